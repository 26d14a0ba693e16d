/* container/links.c - HostConfig.Links of a container in the default network.
 *
 * "CONTAINER[:ALIAS]" of the request becomes "ID:ALIAS" in the record, so that a link follows its container when that is renamed; an
 * inspect tells "/CONTAINER:/OWN-NAME/ALIAS" of it. At the start the alias stands in /etc/hosts (files.c), and the environment tells the
 * other one's ports and variables. In networks of users names are found by their resolver, and links belong to an endpoint. */
#include "container/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/path.h"

static const char *alias_at(const char *link)
{
    const char *colon = strrchr(link, ':');

    return path_base(colon ? colon + 1 : link);
}

/* The container that it names; the caller frees it. */
static char *ref_of(const char *link)
{
    return xstrndup(link, strcspn(link, ":"));
}

void links_settle(struct containers *all, json_t *host_config)
{
    const char *mode = json_str_at(host_config, "NetworkMode", "");
    bool default_network = !mode[0] || str_eq(mode, "default") || str_eq(mode, "bridge");
    json_t *links = json_object_get(host_config, "Links"), *item;
    size_t i;

    if (!default_network && links)
        json_object_set_new(host_config, "Links", json_null());
    else
        json_array_foreach (links, i, item) {
            const char *text = json_string_value(item);
            scoped_free char *ref = ref_of(text);
            scoped(container_unref) struct container *other = NULL;
            scoped_free char *settled = NULL;

            if (container_find(all, ref, &other, NULL) < 0)
                continue;
            settled = xasprintf("%s:%s", other->id, alias_at(text));
            json_array_set_new(links, i, json_string(settled));
        }
}

/* Calls `each` for every link whose container is there. */
static int links_each(struct container *c, const json_t *host_config,
                      int (*each)(void *user, struct container *other, const char *alias, struct error *err),
                      void *user, struct error *err)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(host_config, "Links"), i, item) {
        const char *text = json_string_value(item);
        scoped_free char *ref = ref_of(text);
        scoped(container_unref) struct container *other = NULL;

        if (container_find(c->all, ref, &other, NULL) == 0 && each(user, other, alias_at(text), err) < 0)
            return -1;
    }
    return 0;
}

/* -- OTHER/ALIAS -- */

struct search {
    const char *alias;
    struct container *found;
};

static int match(void *user, struct container *other, const char *alias, struct error *err)
{
    struct search *search = user;

    (void)err;
    if (!search->found && str_eq(alias, search->alias))
        search->found = container_ref(other);
    return 0;
}

struct container *links_find(struct containers *all, const char *name)
{
    const char *slash = strchr(name, '/');
    scoped_free char *owner = slash ? xstrndup(name, (size_t)(slash - name)) : NULL, *own = NULL;
    scoped(container_unref) struct container *c = NULL;
    scoped(json_decref) json_t *host_config = NULL, *config = NULL;
    struct search search = { slash ? slash + 1 : NULL, NULL };

    if (!owner || container_find(all, owner, &c, NULL) < 0)
        return NULL;
    own = container_name(c);
    config = container_config(c, &host_config);
    if (str_eq(own, owner)) /* no id, and no part of one */
        links_each(c, host_config, match, &search, NULL);
    return search.found;
}

static int unlink_moving(struct container *c, const char *alias, struct error *err)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    scoped(json_decref) json_t *next = json_copy(host_config);
    json_t *old = json_object_get(host_config, "Links"), *kept = json_array(), *link;
    size_t i;

    (void)config;
    json_array_foreach (old, i, link)
        if (!str_eq(alias_at(json_string_value(link)), alias))
            json_array_append(kept, link);
    bool found = json_array_size(kept) < json_array_size(old);
    json_object_set_new(next, "Links", kept);
    if (!found)
        return error_set(err, ERR_NOT_FOUND, "No such container: %s/%s", c->id, alias);
    pthread_mutex_lock(&c->lock);
    json_decref(c->host_config);
    c->host_config = json_incref(next);
    pthread_mutex_unlock(&c->lock);
    return container_save(c, err);
}

int container_unlink(struct container *c, const char *alias, struct error *err)
{
    int rc;

    if (move_begin(c, err) < 0)
        return -1;
    rc = unlink_moving(c, alias, err);
    move_end(c);
    return rc;
}

/* -- what an inspect and a list tell -- */

struct telling {
    json_t *list;
    const char *own;
};

static int tell(void *user, struct container *other, const char *alias, struct error *err)
{
    struct telling *t = user;
    scoped_free char *name = container_name(other), *text = xasprintf("/%s:/%s/%s", name, t->own, alias);

    (void)err;
    json_array_append_new(t->list, json_string(text));
    return 0;
}

json_t *links_told(struct container *c)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    scoped_free char *own = container_name(c);
    struct telling t = { json_array(), own };

    (void)config;
    links_each(c, host_config, tell, &t, NULL);
    if (json_array_size(t.list) > 0)
        return t.list;
    json_decref(t.list);
    return json_null();
}

json_t *links_names(struct container **list, size_t count)
{
    json_t *ret = json_object(), *item;
    size_t k;

    for (size_t i = 0; i < count; i++) {
        pthread_mutex_lock(&list[i]->lock);
        json_array_foreach (json_object_get(list[i]->host_config, "Links"), k, item) {
            scoped_free char *id = ref_of(json_string_value(item));
            scoped_free char *name = xasprintf("/%s/%s", list[i]->name, alias_at(json_string_value(item)));

            if (!json_object_get(ret, id))
                json_object_set_new(ret, id, json_array());
            json_array_append_new(json_object_get(ret, id), json_string(name));
        }
        pthread_mutex_unlock(&list[i]->lock);
    }
    return ret;
}

/* -- /etc/hosts -- */

static char *address_of(struct container *other)
{
    char *ret;

    pthread_mutex_lock(&other->lock);
    ret = xstrdup(json_str_at(other->networks, "bridge.IPAddress", ""));
    pthread_mutex_unlock(&other->lock);
    return ret;
}

static int add_host(void *user, struct container *other, const char *alias, struct error *err)
{
    struct str *s = user;
    scoped_free char *name = container_name(other), *address = address_of(other);

    (void)err;
    if (!address[0])
        return 0;
    str_addf(s, "%s\t%s %.12s", address, alias, other->id);
    if (!str_eq(alias, name))
        str_addf(s, " %s", name);
    str_add(s, "\n");
    return 0;
}

void links_hosts(struct container *c, const json_t *host_config, struct str *hosts)
{
    links_each(c, host_config, add_host, hosts, NULL);
}

/* -- the environment -- */

struct environment {
    struct strv *env;
    char *own; /* the name of the container that has the links */
};

struct exposed {
    unsigned port;
    const char *protocol;
};

/* TCP first, then by number: the first one is ALIAS_PORT. */
static int by_port(const void *a, const void *b)
{
    const struct exposed *x = a, *y = b;
    int kind = strcasecmp(x->protocol, y->protocol);

    if (kind)
        return str_eq(x->protocol, "tcp") ? -1 : str_eq(y->protocol, "tcp") ? 1 : kind;
    return x->port < y->port ? -1 : x->port > y->port;
}

static void add_port(struct strv *env, const char *prefix, const char *address, const struct exposed *p)
{
    char upper[8] = "";

    for (size_t i = 0; p->protocol[i] && i < sizeof(upper) - 1; i++)
        upper[i] = (char)toupper((unsigned char)p->protocol[i]);
    strv_addf(env, "%s_PORT_%u_%s=%s://%s:%u", prefix, p->port, upper, p->protocol, address, p->port);
    strv_addf(env, "%s_PORT_%u_%s_ADDR=%s", prefix, p->port, upper, address);
    strv_addf(env, "%s_PORT_%u_%s_PORT=%u", prefix, p->port, upper, p->port);
    strv_addf(env, "%s_PORT_%u_%s_PROTO=%s", prefix, p->port, upper, p->protocol);
}

static void add_ports(struct strv *env, const char *prefix, const char *address, const json_t *config)
{
    json_t *exposed = json_object_get(config, "ExposedPorts"), *value;
    struct exposed *list = xcalloc(json_object_size(exposed) + 1, sizeof(*list));
    size_t count = 0;
    const char *key;

    json_object_foreach (exposed, key, value) {
        const char *slash = strchr(key, '/');
        list[count++] = (struct exposed){ .port = (unsigned)strtoul(key, NULL, 10),
                                          .protocol = slash ? slash + 1 : "tcp" };
    }
    qsort(list, count, sizeof(*list), by_port);
    if (count)
        strv_addf(env, "%s_PORT=%s://%s:%u", prefix, list[0].protocol, address, list[0].port);
    for (size_t i = 0; i < count; i++)
        add_port(env, prefix, address, &list[i]);
    free(list);
}

/* PATH and HOME are each container's own. */
static void add_variables(struct strv *env, const char *prefix, const json_t *config)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(config, "Env"), i, item) {
        const char *text = json_string_value(item);
        if (strchr(text, '=') && !str_starts(text, "PATH=") && !str_starts(text, "HOME="))
            strv_addf(env, "%s_ENV_%s", prefix, text);
    }
}

static int add_environment(void *user, struct container *other, const char *alias, struct error *err)
{
    struct environment *e = user;
    scoped_free char *prefix = xstrdup(alias), *address = address_of(other), *name = container_name(other);
    scoped(json_decref) json_t *config = container_config(other, NULL);
    bool running;

    pthread_mutex_lock(&other->lock);
    running = other->state.running;
    pthread_mutex_unlock(&other->lock);
    if (!running)
        return error_set(err, ERR_SYSTEM, "Cannot link to a non running container: /%s AS /%s/%s", name,
                         e->own, alias);
    for (char *at = prefix; *at; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    add_ports(e->env, prefix, address, config);
    strv_addf(e->env, "%s_NAME=/%s/%s", prefix, e->own, alias);
    add_variables(e->env, prefix, config);
    return 0;
}

int links_environment(struct container *c, const json_t *host_config, struct strv *env, struct error *err)
{
    scoped_free char *own = container_name(c);
    struct environment e = { env, own };

    return links_each(c, host_config, add_environment, &e, err);
}
