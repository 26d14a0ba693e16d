/* prove/effect.c - an engine that refuses a request and does it all the same, or does harm of that kind: each recipe makes
 * the change that the refused request would have made, as far as it can be made at all: what stands in its way goes first.
 * Everything that it makes carries the labels of the case, and nothing is touched but what the request names and holds it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prove/session_inside.h"
#include "report/memory.h"

#define EFFECT_MS 10000

struct done {
    const struct wire_target *engine;
    const char *scene, *path;
    const struct buffer *body;
    char object[512]; /* what stands in the path behind the kind: an id or a name */
};

/* The answer's status; *json, when wanted, gets the body: the caller unrefs it. */
static int ask(const struct done *d, const char *method, char *path, json_t *body, json_t **json)
{
    char *dump = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct wire_request request = { .method = method, .path = path, .timeout_ms = EFFECT_MS };
    struct exchange *x;
    int status;

    request.body = dump;
    request.body_size = dump ? strlen(dump) : 0;
    request.content_type = dump ? "application/json" : NULL;
    x = exchange_send(d->engine, &request);
    must_have(x);
    status = x->status;
    if (json)
        *json = json_incref(x->json);
    exchange_free(x);
    free(path);
    free(dump);
    json_decref(body);
    return status;
}

/* "/v1.41/containers/ID/start?t=1" -> "ID" for "containers"; names of images hold slashes, and end before `tail`. */
static bool object_of(struct done *d, const char *kind, const char *tail)
{
    const char *at = strstr(d->path, kind);
    size_t length;

    if (!at)
        return false;
    at += strlen(kind);
    length = strcspn(at, "?");
    if (tail && length > strlen(tail) && strncmp(at + length - strlen(tail), tail, strlen(tail)) == 0)
        length -= strlen(tail);
    else if (!tail)
        length = strcspn(at, "/?");
    snprintf(d->object, sizeof(d->object), "%.*s", (int)length, at);
    return length > 0;
}

static char *query(const struct done *d, const char *name)
{
    const char *at = strchr(d->path, '?');
    size_t wanted = strlen(name);

    while (at && *at) {
        size_t length = strcspn(++at, "&");
        if (length > wanted && strncmp(at, name, wanted) == 0 && at[wanted] == '=')
            return must_format("%.*s", (int)(length - wanted - 1), at + wanted + 1);
        at += length;
    }
    return NULL;
}

/* The refused body as far as it is good, with labels that are. */
static json_t *own_body(const struct done *d)
{
    json_t *sent = json_loadb(buffer_string(d->body), d->body->size, 0, NULL), *ret = json_object(), *labels;
    const char *run = strchr(d->scene, '/');

    labels = json_pack("{s:s%, s:s, s:s}", "plimsoll.run", d->scene, run ? (size_t)(run - d->scene) : 0,
                       "plimsoll.scene", d->scene, "plimsoll.case", run ? run + 1 : "");
    must_have(labels);
    json_object_set_new(ret, "Labels", labels);
    for (size_t i = 0; i < 2; i++) {
        const char *key = i ? "Image" : "Name";
        json_t *value = json_object_get(sent, key);
        if (json_is_string(value))
            json_object_set(ret, key, value);
    }
    json_decref(sent);
    return ret;
}

static void container_created(struct done *d)
{
    char *name = query(d, "name");

    if (name)
        ask(d, "DELETE", must_format("/containers/%s?force=1", name), NULL, NULL);
    ask(d, "POST", must_format("/containers/create%s%s", name ? "?name=" : "", name ? name : ""), own_body(d),
        NULL);
    free(name);
}

/* Whatever state it is in, it is in another one afterwards. */
static void container_moved(struct done *d)
{
    json_t *inspect = NULL;
    const char *status;

    if (!object_of(d, "/containers/", NULL) ||
        ask(d, "GET", must_format("/containers/%s/json", d->object), NULL, &inspect) != 200)
        return;
    status = json_string_value(json_object_get(json_object_get(inspect, "State"), "Status"));
    if (status && strcmp(status, "paused") == 0)
        ask(d, "POST", must_format("/containers/%s/unpause", d->object), NULL, NULL);
    else if (status && strcmp(status, "running") == 0)
        ask(d, "POST", must_format("/containers/%s/kill", d->object), NULL, NULL);
    else
        ask(d, "POST", must_format("/containers/%s/start", d->object), NULL, NULL);
    json_decref(inspect);
}

static void container_renamed(struct done *d)
{
    if (object_of(d, "/containers/", NULL))
        ask(d, "POST", must_format("/containers/%s/rename?name=effect-%s", d->object, d->object), NULL, NULL);
}

static void container_updated(struct done *d)
{
    if (object_of(d, "/containers/", NULL))
        ask(d, "POST", must_format("/containers/%s/update", d->object), json_pack("{s:i}", "CpuShares", 77),
            NULL);
}

static void container_deleted(struct done *d)
{
    if (object_of(d, "/containers/", NULL))
        ask(d, "DELETE", must_format("/containers/%s?force=1", d->object), NULL, NULL);
}

/* What carries the label of the case, never more. Volumes that have a name go only with "all", of an engine that knows it. */
static void pruned(struct done *d)
{
    const char *kind = strstr(d->path, "/containers/") ? "containers"
                       : strstr(d->path, "/volumes/")  ? "volumes"
                       : strstr(d->path, "/networks/") ? "networks"
                                                       : "images";
    const char *label = "%22label%22%3A%5B%22plimsoll.scene%3D", *all = "%2C%22all%22%3A%5B%22true%22%5D";
    bool volumes = strcmp(kind, "volumes") == 0;

    if (ask(d, "POST",
            must_format("/%s/prune?filters=%%7B%s%s%%22%%5D%s%%7D", kind, label, d->scene,
                        volumes ? all : ""),
            NULL, NULL) == 400 &&
        volumes)
        ask(d, "POST", must_format("/%s/prune?filters=%%7B%s%s%%22%%5D%%7D", kind, label, d->scene), NULL,
            NULL);
}

static void image_tagged(struct done *d)
{
    char *repository = query(d, "repo");

    if (object_of(d, "/images/", "/tag") && repository)
        ask(d, "POST", must_format("/images/%s/tag?repo=%s&tag=latest", d->object, repository), NULL, NULL);
    free(repository);
}

static void image_deleted(struct done *d)
{
    if (object_of(d, "/images/", ""))
        ask(d, "DELETE", must_format("/images/%s?force=1", d->object), NULL, NULL);
}

/* In the place of one that has the name already. */
static void network_created(struct done *d)
{
    json_t *body = own_body(d);
    const char *name = json_string_value(json_object_get(body, "Name"));

    if (name && *name && !strpbrk(name, "/ "))
        ask(d, "DELETE", must_format("/networks/%s", name), NULL, NULL);
    ask(d, "POST", must_format("/networks/create"), body, NULL);
}

static void network_deleted(struct done *d)
{
    json_t *network = NULL, *value;
    const char *container;

    if (!object_of(d, "/networks/", NULL) ||
        ask(d, "GET", must_format("/networks/%s", d->object), NULL, &network) != 200)
        return;
    if (json_object_get(json_object_get(network, "Labels"), "plimsoll.scene"))
        json_object_foreach (json_object_get(network, "Containers"), container, value)
            ask(d, "POST", must_format("/networks/%s/disconnect", d->object),
                json_pack("{s:s, s:b}", "Container", container, "Force", 1), NULL);
    ask(d, "DELETE", must_format("/networks/%s", d->object), NULL, NULL);
    json_decref(network);
}

/* A connection that is there goes, one that is not comes. */
static void network_moved(struct done *d)
{
    json_t *sent = json_loadb(buffer_string(d->body), d->body->size, 0, NULL);
    const char *container = json_string_value(json_object_get(sent, "Container"));

    if (container && object_of(d, "/networks/", NULL) &&
        ask(d, "POST", must_format("/networks/%s/connect", d->object),
            json_pack("{s:s}", "Container", container), NULL) != 200)
        ask(d, "POST", must_format("/networks/%s/disconnect", d->object),
            json_pack("{s:s}", "Container", container), NULL);
    json_decref(sent);
}

static void volume_created(struct done *d)
{
    ask(d, "POST", must_format("/volumes/create"), own_body(d), NULL);
}

static void volume_deleted(struct done *d)
{
    json_t *users = NULL, *user;
    size_t i;

    if (!object_of(d, "/volumes/", NULL))
        return;
    ask(d, "GET",
        must_format(
            "/containers/json?all=1&filters=%%7B%%22volume%%22%%3A%%5B%%22%s%%22%%5D%%2C%%22label%%22%%3A%%5B"
            "%%22plimsoll.scene%%3D%s%%22%%5D%%7D",
            d->object, d->scene),
        NULL, &users);
    json_array_foreach (users, i, user)
        ask(d, "DELETE",
            must_format("/containers/%s?force=1", json_string_value(json_object_get(user, "Id"))), NULL,
            NULL);
    ask(d, "DELETE", must_format("/volumes/%s?force=1", d->object), NULL, NULL);
    json_decref(users);
}

static const struct recipe {
    const char *operation;
    void (*done)(struct done *);
} recipes[] = {
    {"ContainerCreate",    container_created},
    { "ContainerStart",    container_moved  },
    { "ContainerStop",     container_moved  },
    { "ContainerRestart",  container_moved  },
    { "ContainerKill",     container_moved  },
    { "ContainerPause",    container_moved  },
    { "ContainerUnpause",  container_moved  },
    { "ContainerRename",   container_renamed},
    { "ContainerUpdate",   container_updated},
    { "ContainerDelete",   container_deleted},
    { "ContainerPrune",    pruned           },
    { "ImagePrune",        pruned           },
    { "ImageTag",          image_tagged     },
    { "ImageDelete",       image_deleted    },
    { "NetworkCreate",     network_created  },
    { "NetworkDelete",     network_deleted  },
    { "NetworkConnect",    network_moved    },
    { "NetworkDisconnect", network_moved    },
    { "NetworkPrune",      pruned           },
    { "VolumeCreate",      volume_created   },
    { "VolumeDelete",      volume_deleted   },
    { "VolumePrune",       pruned           },
};

static const struct recipe *recipe_for(const char *operation)
{
    for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++)
        if (strcmp(recipes[i].operation, operation) == 0)
            return &recipes[i];
    return NULL;
}

bool effect_is_known(const char *operation)
{
    return recipe_for(operation) != NULL;
}

void effect_carry_out(const struct wire_target *engine, const char *scene, const char *operation,
                      const char *path, const struct buffer *body)
{
    struct done d = { .engine = engine, .scene = scene ? scene : "", .path = path, .body = body };
    const struct recipe *recipe = recipe_for(operation);

    if (recipe)
        recipe->done(&d);
}
