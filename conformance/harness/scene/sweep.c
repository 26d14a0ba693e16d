/* scene/sweep.c - removes what a case, a run, or any run has left.
 *
 * It is safe on an engine that somebody works with: what is removed must itself say, in the engine's own
 * list, that it carries our label. The filter in the request is not trusted for that; an engine that ignores
 * it would otherwise have us remove everything. Order: containers hold networks, volumes and images, so they
 * go first. */
#include "harness/scene/scene_inside.h"
#include "harness/wire/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_REQUEST_MS 15000
#define SWEEP_TRIES      40

struct sweep {
    const struct wire_target *target;
    const char *run, *case_name;
    json_t *leftovers;
    int removed;
};

static struct exchange *ask(const struct sweep *sweep, const char *method, const char *path)
{
    struct wire_request request = { .method = method, .path = path, .timeout_ms = SWEEP_REQUEST_MS };

    return exchange_send(sweep->target, &request);
}

static bool label_is(const json_t *labels, const char *key, const char *value)
{
    const char *got = json_string_value(json_object_get(labels, key));

    return got && (!value || strcmp(got, value) == 0);
}

static bool is_ours(const struct sweep *sweep, const json_t *object)
{
    const json_t *labels = json_object_get(object, "Labels");

    return label_is(labels, "plimsoll.run", sweep->run) &&
           (!sweep->case_name || label_is(labels, "plimsoll.case", sweep->case_name));
}

static void add_encoded(struct buffer *path, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";

    for (; *text; text++) {
        if (strchr(plain, *text))
            buffer_add(path, text, 1);
        else
            buffer_printf(path, "%%%02X", (unsigned char)*text);
    }
}

/* The list at `path`, with a filter for our labels; `key` names the member that holds the array (NULL: it is
 * the body). NULL: no such list. */
static json_t *list(const struct sweep *sweep, const char *path, const char *key)
{
    struct buffer filtered = { 0 };
    json_t *labels = json_array(), *filters = json_object(), *ret = NULL;
    struct exchange *x;
    char label[400], *dump;

    snprintf(label, sizeof label, sweep->run ? "plimsoll.run=%s" : "plimsoll.run%s",
             sweep->run ? sweep->run : "");
    json_array_append_new(labels, json_string(label));
    if (sweep->case_name) {
        snprintf(label, sizeof label, "plimsoll.case=%s", sweep->case_name);
        json_array_append_new(labels, json_string(label));
    }
    json_object_set_new(filters, "label", labels);
    dump = json_dumps(filters, JSON_COMPACT);
    buffer_printf(&filtered, "%s%cfilters=", path, strchr(path, '?') ? '&' : '?');
    add_encoded(&filtered, dump);
    x = ask(sweep, "GET", buffer_string(&filtered));
    if (x && x->status == 200)
        ret = json_incref(key ? json_object_get(x->json, key) : x->json);
    exchange_free(x);
    free(dump);
    json_decref(filters);
    buffer_clear(&filtered);
    return ret;
}

/* Until it is gone: an engine may be busy with it (409), or still hold it for a container that is just going.
 */
static void remove_at(struct sweep *sweep, const char *kind, const char *name, const char *path)
{
    unsigned pause_ms = 10;
    struct buffer line = { 0 };
    int status = 0;

    for (int i = 0; i < SWEEP_TRIES; i++) {
        struct exchange *x = ask(sweep, "DELETE", path);
        status = x ? x->status : 0;
        exchange_free(x);
        if (status == 404 || status == 200 || status == 204) {
            sweep->removed += status != 404;
            return;
        }
        if (status == 0)
            break;
        clock_pause(pause_ms);
        pause_ms = pause_ms < 250 ? pause_ms * 2 : pause_ms;
    }
    buffer_printf(&line, "%s %s: DELETE answers %d", kind, name, status);
    if (sweep->leftovers)
        json_array_append_new(sweep->leftovers, json_string(buffer_string(&line)));
    buffer_clear(&line);
}

static void remove_listed(struct sweep *sweep, const json_t *objects, const char *kind, const char *member,
                          const char *prefix, const char *suffix)
{
    const json_t *object;
    size_t i;

    json_array_foreach (objects, i, object) {
        const char *name = json_string_value(json_object_get(object, member));
        struct buffer path = { 0 };
        if (!name || !*name || !is_ours(sweep, object))
            continue;
        buffer_text(&path, prefix);
        add_encoded(&path, name);
        buffer_text(&path, suffix);
        remove_at(sweep, kind, name, buffer_string(&path));
        buffer_clear(&path);
    }
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A name that only we give; another name on an image of ours is somebody else's. */
static bool name_is_ours(const char *name)
{
    static const char *const hosts[] = { "docker.io/library/", "docker.io/", "localhost/", "localhost:5000/",
                                         "" };

    if (begins(name, "127.0.0.1:") && strchr(name, '/')) /* of a registry of ours */
        return begins(strchr(name, '/'), "/plimsoll/run-");
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (begins(name, hosts[i]))
            return begins(name + strlen(hosts[i]), "plimsoll/run-") ||
                   begins(name + strlen(hosts[i]), "plimsoll-");
    return false;
}

/* By each of its names, or by its id when it has none. Names of the form <none>:<none> are none. */
static void remove_image(struct sweep *sweep, const json_t *image)
{
    const json_t *tags = json_object_get(image, "RepoTags"), *tag;
    const char *id = json_string_value(json_object_get(image, "Id"));
    struct buffer path = { 0 };
    size_t i, names = 0;

    json_array_foreach (tags, i, tag) {
        const char *name = json_string_value(tag);
        if (!name || begins(name, "<none>"))
            continue;
        names++;
        if (!name_is_ours(name))
            continue;
        buffer_clear(&path);
        buffer_printf(&path, "/images/%s", name);
        remove_at(sweep, "image", name, buffer_string(&path));
    }
    if (names == 0 && id) {
        buffer_clear(&path);
        buffer_printf(&path, "/images/%s?force=1", id);
        remove_at(sweep, "image", id, buffer_string(&path));
    }
    buffer_clear(&path);
}

static void sweep_images(struct sweep *sweep)
{
    json_t *images = list(sweep, "/images/json", NULL);
    const json_t *image;
    size_t i;

    json_array_foreach (images, i, image)
        if (is_ours(sweep, image))
            remove_image(sweep, image);
    json_decref(images);
}

static int sweep_containers(struct sweep *sweep)
{
    json_t *containers = list(sweep, "/containers/json?all=1", NULL);

    if (!containers)
        return -1;
    remove_listed(sweep, containers, "container", "Id", "/containers/", "?force=1&v=1");
    json_decref(containers);
    return 0;
}

int scene_sweep(const struct wire_target *target, const char *run_id, const char *case_name, unsigned kinds,
                json_t *leftovers)
{
    struct sweep sweep = { .target = target, .run = run_id, .case_name = case_name, .leftovers = leftovers };
    json_t *networks = NULL, *volumes = NULL;

    if ((kinds & SWEEP_CONTAINERS) && sweep_containers(&sweep) < 0)
        return -1;
    if (kinds & SWEEP_NETWORKS)
        networks = list(&sweep, "/networks", NULL);
    remove_listed(&sweep, networks, "network", "Id", "/networks/", "");
    if (kinds & SWEEP_VOLUMES)
        volumes = list(&sweep, "/volumes", "Volumes");
    remove_listed(&sweep, volumes, "volume", "Name", "/volumes/", "?force=1");
    if (kinds & SWEEP_IMAGES)
        sweep_images(&sweep);
    json_decref(networks);
    json_decref(volumes);
    return sweep.removed;
}

/* Behind "/v1.NN". */
static const char *bare_path(const char *path)
{
    size_t version = begins(path, "/v1.") ? 4 + strspn(path + 4, "0123456789") : 0;

    return path + version;
}

/* A volume has our label when it was made by itself, or by a container's mount that says so. */
static bool may_make_volume(const json_t *exchange)
{
    const char *body = json_string_value(json_object_get(exchange, "request_body"));
    json_int_t size = json_integer_value(json_object_get(exchange, "request_size"));

    return !body || (json_int_t)strlen(body) < size ||
           strstr(body, "VolumeOptions"); /* cut short: who knows */
}

static unsigned kinds_of(const json_t *exchange)
{
    const char *method = json_string_value(json_object_get(exchange, "method"));
    const char *path = json_string_value(json_object_get(exchange, "path"));

    if (!method || !path)
        return SWEEP_ALL;
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return 0;
    path = bare_path(path);
    if (begins(path, "/containers/create"))
        return SWEEP_CONTAINERS | (may_make_volume(exchange) ? SWEEP_VOLUMES : 0);
    if (begins(path, "/containers/") || begins(path, "/exec/"))
        return 0;
    if (begins(path, "/networks"))
        return SWEEP_NETWORKS;
    if (begins(path, "/volumes"))
        return SWEEP_VOLUMES;
    if (begins(path, "/images/") || begins(path, "/commit"))
        return SWEEP_IMAGES;
    return SWEEP_ALL;
}

unsigned sweep_kinds_of(const json_t *journal)
{
    const json_t *exchange;
    unsigned ret = 0;
    size_t i;

    json_array_foreach (journal, i, exchange)
        ret |= kinds_of(exchange);
    return ret;
}
