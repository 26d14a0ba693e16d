/* container/create.c - from ContainerCreate's body to a container that lies ready.
 *
 * Everything that can be checked is checked before anything is made; what was made before a failure is undone. */
#include "container/internal.h"
#include "container/shape.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "network/network.h"
#include "runtime/runtime.h"
#include "volume/volume.h"

struct making {
    struct containers *all;
    const struct container_create *request;
    json_t *config, *host_config, *networking, *warnings;
    struct image *image;
    struct container *c;
    bool named; /* the name is reserved in all->naming */
};

static void making_free(struct making *m)
{
    if (m->named) {
        pthread_mutex_lock(&m->all->lock);
        map_remove(m->all->naming, m->c->name);
        pthread_mutex_unlock(&m->all->lock);
    }
    json_decref(m->config);
    json_decref(m->host_config);
    json_decref(m->networking);
    json_decref(m->warnings);
    image_unref(m->image);
    container_unref(m->c);
}

static bool has_config(const json_t *body)
{
    for (const struct shape *m = config_shape; m->name; m++)
        if (shape_member(body, m->name))
            return true;
    return false;
}

static int decode(struct making *m, struct error *err)
{
    const json_t *body = m->request->body;

    if (body && !json_is_null(body) && !json_is_object(body))
        return error_set(
            err, ERR_INVALID,
            "invalid JSON: json: cannot unmarshal %s into Go value of type container.CreateRequest",
            json_is_array(body)    ? "array"
            : json_is_string(body) ? "string"
                                   : "number");
    if (!has_config(body))
        return error_set(err, ERR_INVALID, "config cannot be empty in order to create a container");
    if (shape_fill(body, config_shape, "", &m->config, err) < 0 ||
        shape_fill(shape_member(body, "HostConfig"), host_config_shape, ".HostConfig", &m->host_config, err) <
            0 ||
        shape_fill(shape_member(body, "NetworkingConfig"), networking_shape, ".NetworkingConfig",
                   &m->networking, err) < 0)
        return -1;
    return create_gates(m->config, m->host_config, m->networking, m->request->api_version, m->warnings, err);
}

static int find_image(struct making *m, struct error *err)
{
    const char *ref = json_str_at(m->config, "Image", "");
    const char *platform = m->request->api_version >= 41 ? m->request->platform : NULL;

    if (!ref[0])
        return 0;
    if (image_store_find(m->all->images, ref, &m->image, err) < 0)
        return -1;
    return platform_check(platform, ref, image_config(m->image), err);
}

/* -- names -- */

static int name_conflict(const struct container *other, const char *name, struct error *err)
{
    return error_set(
        err, ERR_CONFLICT,
        "Conflict. The container name \"/%s\" is already in use by container \"%s\". You have to remove "
        "(or rename) that container to be able to reuse that name.",
        name, other->id);
}

int name_check(struct containers *all, const char *name, const char *shown, struct error *err)
{
    struct container *other;
    int rc = 0;

    if (!name_is_valid(name))
        return error_set(err, ERR_INVALID,
                         "Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", shown);
    pthread_mutex_lock(&all->lock);
    other = index_by_name(all->index, name);
    if (other)
        rc = name_conflict(other, name, err);
    pthread_mutex_unlock(&all->lock);
    return rc;
}

/* A generated name is nobody's wish: two clients that get the same at once must not be told of a conflict. */
static bool reserve(struct making *m, const char *name)
{
    pthread_mutex_lock(&m->all->lock);
    m->named = !index_by_name(m->all->index, name) && !map_get(m->all->naming, name);
    if (m->named)
        map_set(m->all->naming, name, m);
    pthread_mutex_unlock(&m->all->lock);
    return m->named;
}

static int choose_name(struct making *m, struct error *err)
{
    const char *given = m->request->name;
    char name[64];

    if (!str_empty(given)) {
        m->c->name = xstrdup(given[0] == '/' ? given + 1 : given);
        return name_check(m->all, m->c->name, given, err);
    }
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        name_make(attempt, name, sizeof(name));
        if (reserve(m, name)) {
            m->c->name = xstrdup(name);
            return 0;
        }
    }
    m->c->name = xstrndup(m->c->id, ID_SHORT_LENGTH);
    return 0;
}

/* -- networks -- */

static int check_endpoint(struct making *m, const char *network, const json_t *endpoint, struct error *err)
{
    struct network_endpoint e = {
        .container_id = m->c->id,
        .container_name = m->c->name,
        .hostname = "",
        .network = network,
        .settings = endpoint,
    };
    const char *mac = json_str_at(endpoint, "MacAddress", "");
    unsigned b[6];
    int used = 0;

    if (!json_is_object(endpoint))
        return error_set(err, ERR_INVALID, "invalid config for network %s: EndpointsConfig is nil", network);
    if (mac[0] &&
        (sscanf(mac, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &used) != 6 ||
         mac[used]))
        return error_set(err, ERR_INVALID, "invalid config for network %s: invalid MAC address %s", network,
                         mac);
    if (network_check(m->all->networks, &e, err) < 0) {
        if (err && err->kind == ERR_NOT_FOUND)
            return 0; /* the start will say so */
        return error_wrap(err, "invalid config for network %s", network);
    }
    return 0;
}

/* By name, whatever the client called it. */
static char *network_name(struct making *m, const char *ref)
{
    char *name = NULL;

    if (network_resolve(m->all->networks, ref, NULL, &name, NULL) < 0)
        name = xstrdup(str_eq(ref, "default") ? "bridge" : ref);
    return name;
}

static int choose_networks(struct making *m, struct error *err)
{
    const char *mode = json_str_at(m->host_config, "NetworkMode", ""), *ref;
    json_t *endpoints = json_object_get(m->networking, "EndpointsConfig"), *endpoint;

    m->c->networks = json_object();
    m->c->ports = json_object();
    if (mode_container(mode) || json_bool_at(m->config, "NetworkDisabled", false)) {
        m->c->asked = json_object();
        return 0;
    }
    json_object_foreach (endpoints, ref, endpoint) {
        scoped_free char *name = network_name(m, ref);

        if (check_endpoint(m, ref, endpoint, err) < 0)
            return -1;
        json_object_set(m->c->networks, name, endpoint);
    }
    if (json_object_size(m->c->networks) == 0) {
        scoped_free char *name = network_name(m, mode);

        if (shape_fill(NULL, endpoint_shape, "", &endpoint, err) < 0)
            return -1;
        json_object_set_new(m->c->networks, name, endpoint);
    }
    m->c->asked = json_deep_copy(m->c->networks);
    return 0;
}

/* -- the container -- */

static void complete_config(struct making *m)
{
    char host[65] = "";

    if (!json_is_object(json_object_get(m->config, "Labels")))
        json_object_set_new(m->config, "Labels", json_object());
    if (json_str_at(m->config, "Hostname", "")[0])
        return;
    if (str_eq(json_str_at(m->host_config, "NetworkMode", ""), "host"))
        gethostname(host, sizeof(host) - 1);
    else
        snprintf(host, sizeof(host), "%.12s", m->c->id);
    json_object_set_new(m->config, "Hostname", json_string_lossy(host, strlen(host)));
}

static int fill_container(struct making *m, struct error *err)
{
    struct container *c = m->c;

    c->created = clock_now();
    c->image_id = xstrdup(m->image ? image_id(m->image) : "");
    c->image = m->image ? image_ref(m->image) : NULL;
    c->mounts = json_array();
    if (choose_name(m, err) < 0)
        return -1;
    complete_config(m);
    if (choose_networks(m, err) < 0)
        return -1;
    c->config = json_deep_copy(m->config);
    container_set_host_config(c, json_deep_copy(m->host_config));
    return 0;
}

/* What the checks want to know once the image has had its say. */
static int check(struct making *m, struct error *err)
{
    if (config_validate(m->config, err) < 0 ||
        host_config_validate(m->all, m->config, m->host_config, err) < 0)
        return -1;
    links_settle(m->all, m->host_config);
    host_config_complete(m->all, m->host_config, m->request->api_version);
    host_config_warn(m->all, m->host_config, m->warnings);
    return 0;
}

static void forget_mounts(struct making *m)
{
    json_t *mount;
    size_t i;

    mounts_release(m->all, m->c->id, m->c->mounts);
    json_array_foreach (m->c->mounts, i, mount) {
        const char *name = json_str_at(mount, "Name", NULL);

        if (name && volume_is_anonymous(m->all->volumes, name))
            volume_remove(m->all->volumes, name, false, NULL);
    }
}

static int add_to_index(struct making *m, struct error *err)
{
    struct container *c = m->c;
    int rc;

    pthread_mutex_lock(&m->all->lock);
    rc = index_add(m->all->index, c->id, c->name, c, err);
    if (rc == 0)
        container_ref(c);
    else
        name_conflict(index_by_name(m->all->index, c->name), c->name, err);
    pthread_mutex_unlock(&m->all->lock);
    return rc;
}

/* Disk, then the index, then the event. */
static int settle(struct making *m, struct error *err)
{
    scoped_free char *dir = container_dir(m->c, NULL);

    if (dir_make(dir, 0710, err) < 0)
        return -1;
    if (mounts_resolve(m->all, m->c->id, m->config, m->host_config, m->c->mounts, err) < 0)
        goto forget;
    mounts_hold_images(m->c);
    if (mounts_copy_up(m->c, err) < 0)
        goto forget;
    if (container_save(m->c, err) < 0)
        goto forget;
    if (add_to_index(m, err) < 0) {
        store_remove(m->all->store, m->c->id, NULL);
        goto forget;
    }
    return 0;
forget:
    forget_mounts(m);
    tree_remove(dir, NULL);
    return -1;
}

static int make(struct making *m, struct error *err)
{
    char id[ID_LENGTH + 1];

    m->warnings = json_array();
    if (decode(m, err) < 0 || config_validate(m->config, err) < 0 || find_image(m, err) < 0)
        return -1;
    id_make(id);
    m->c = container_new(m->all, id);
    if (m->image)
        config_merge(m->config, json_object_get(image_config(m->image), "config"));
    if (check(m, err) < 0 || config_command(m->config, &m->c->path, &m->c->args, err) < 0 ||
        fill_container(m, err) < 0)
        return -1;
    return settle(m, err);
}

int container_create(struct containers *all, const struct container_create *request, char **id,
                     json_t **warnings, struct error *err)
{
    struct making m = { .all = all, .request = request };

    if (make(&m, err) < 0) {
        making_free(&m);
        return -1;
    }
    container_event(m.c, "create", NULL);
    *id = xstrdup(m.c->id);
    *warnings = json_incref(m.warnings);
    making_free(&m);
    return 0;
}
