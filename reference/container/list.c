/* container/list.c - containers as ContainerList shows them: filtered, newest first. */
#include "container/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

void human_duration(nanos d, char *ret, size_t room)
{
    long long s = d / NANOS_PER_SECOND, minutes = s / 60,
              hours = (d + NANOS_PER_SECOND * 1800) / (NANOS_PER_SECOND * 3600);

    if (s < 1)
        snprintf(ret, room, "Less than a second");
    else if (s == 1)
        snprintf(ret, room, "1 second");
    else if (s < 60)
        snprintf(ret, room, "%lld seconds", s);
    else if (minutes == 1)
        snprintf(ret, room, "About a minute");
    else if (minutes < 60)
        snprintf(ret, room, "%lld minutes", minutes);
    else if (hours == 1)
        snprintf(ret, room, "About an hour");
    else if (hours < 48)
        snprintf(ret, room, "%lld hours", hours);
    else if (hours < 24 * 7 * 2)
        snprintf(ret, room, "%lld days", hours / 24);
    else if (hours < 24 * 30 * 2)
        snprintf(ret, room, "%lld weeks", hours / 24 / 7);
    else if (hours < 24 * 365 * 2)
        snprintf(ret, room, "%lld months", hours / 24 / 30);
    else
        snprintf(ret, room, "%lld years", hours / 24 / 365);
}

void status_text(const struct state *s, const struct health *h, nanos now, char *ret, size_t room)
{
    char since[48];

    if (s->running && s->restarting) {
        human_duration(now - s->finished, since, sizeof(since));
        snprintf(ret, room, "Restarting (%d) %s ago", s->exit_code, since);
    } else if (s->running) {
        human_duration(now - s->started, since, sizeof(since));
        if (s->paused)
            snprintf(ret, room, "Up %s (Paused)", since);
        else if (h && h->status[0])
            snprintf(ret, room, "Up %s (%s%s)", since, str_eq(h->status, "starting") ? "health: " : "",
                     h->status);
        else
            snprintf(ret, room, "Up %s", since);
    } else if (s->removing) {
        snprintf(ret, room, "Removal In Progress");
    } else if (s->dead) {
        snprintf(ret, room, "Dead");
    } else if (s->started == 0) {
        snprintf(ret, room, "Created");
    } else if (s->finished == 0) {
        ret[0] = '\0';
    } else {
        human_duration(now - s->finished, since, sizeof(since));
        snprintf(ret, room, "Exited (%d) %s ago", s->exit_code, since);
    }
}

/* -- filters -- */

struct listing {
    struct containers *all;
    const struct container_list_query *query;
    struct container *before, *since; /* references */
    struct strv ancestors;            /* image ids */
};

static int check_values(const struct filters *f, const char *key, const char *const *known, const char *what,
                        const char *list, struct error *err)
{
    for (size_t i = 0; i < filters_count(f, key); i++) {
        const char *value = filters_value(f, key, i);
        const char *const *k = known;

        while (*k && !str_eq(*k, value))
            k++;
        if (!*k)
            return error_set(err, ERR_INVALID,
                             "invalid filter '%s=%s': invalid value for %s (%s): must be one of %s", key,
                             value, what, value, list);
    }
    return 0;
}

static int check_ports(const struct filters *f, const char *key, struct error *err)
{
    for (size_t i = 0; i < filters_count(f, key); i++) {
        struct port_range range;
        char proto[8];

        if (!port_spec_parse(filters_value(f, key, i), &range, proto))
            return error_set(
                err, ERR_SYSTEM,
                "error while looking up for %s %s: strconv.ParseUint: parsing \"%s\": invalid syntax", key,
                filters_value(f, key, i), filters_value(f, key, i));
    }
    return 0;
}

static int check_filters(const struct filters *f, struct error *err)
{
    static const char *const states[] = { "created",  "running", "paused", "restarting",
                                          "removing", "exited",  "dead",   NULL };
    static const char *const healths[] = { "none", "starting", "healthy", "unhealthy", NULL };
    int64_t code;
    bool task;

    if (check_values(f, "status", states, "state",
                     "created, running, paused, restarting, removing, exited, dead", err) < 0 ||
        check_values(f, "health", healths, "health", "none, starting, healthy, unhealthy", err) < 0 ||
        filters_bool(f, "is-task", false, &task, err) < 0 || check_ports(f, "publish", err) < 0 ||
        check_ports(f, "expose", err) < 0)
        return -1;
    for (size_t i = 0; i < filters_count(f, "exited"); i++)
        if (!str_to_int64(filters_value(f, "exited", i), &code))
            return error_set(err, ERR_INVALID,
                             "invalid filter 'exited=%s': strconv.Atoi: parsing \"%s\": invalid syntax",
                             filters_value(f, "exited", i), filters_value(f, "exited", i));
    return 0;
}

static int find_neighbours(struct listing *l, struct error *err)
{
    const struct filters *f = l->query->filters;

    if (filters_has(f, "before") &&
        container_find(l->all, filters_value(f, "before", 0), &l->before, err) < 0)
        return -1;
    if (filters_has(f, "since") && container_find(l->all, filters_value(f, "since", 0), &l->since, err) < 0)
        return -1;
    return 0;
}

static void find_ancestors(struct listing *l)
{
    const struct filters *f = l->query->filters;

    for (size_t i = 0; i < filters_count(f, "ancestor"); i++) {
        struct image *image = NULL;

        if (image_store_find(l->all->images, filters_value(f, "ancestor", i), &image, NULL) == 0)
            strv_add(&l->ancestors, image_id(image));
        image_unref(image);
    }
}

static bool fits_exited(const struct filters *f, const struct state *s)
{
    char code[16];

    if (!filters_has(f, "exited"))
        return true;
    snprintf(code, sizeof(code), "%d", s->exit_code);
    return !s->running && s->started != 0 && filters_match(f, "exited", code);
}

static bool fits_volume(const struct filters *f, const json_t *mounts)
{
    json_t *m;
    size_t i;

    if (!filters_has(f, "volume"))
        return true;
    json_array_foreach (mounts, i, m)
        if (filters_match(f, "volume", json_str_at(m, "Destination", "")) ||
            filters_match(f, "volume", json_str_at(m, "Name", json_str_at(m, "Source", ""))))
            return true;
    return false;
}

static bool fits_network(const struct filters *f, const json_t *networks)
{
    const char *name;
    json_t *endpoint;

    if (!filters_has(f, "network"))
        return true;
    json_object_foreach ((json_t *)networks, name, endpoint) {
        const char *id = json_str_at(endpoint, "NetworkID", "");

        if (filters_match(f, "network", name) || (id[0] && filters_match_prefix(f, "network", id)))
            return true;
    }
    return false;
}

/* `ports`: an object whose keys are ports. */
static bool asks_for_port(const struct filters *f, const char *key, uint32_t first, uint32_t last,
                          const char *proto)
{
    for (size_t i = 0; i < filters_count(f, key); i++) {
        struct port_range wanted;
        char wanted_proto[8];

        if (port_spec_parse(filters_value(f, key, i), &wanted, wanted_proto) && str_eq(proto, wanted_proto) &&
            first >= wanted.first && last <= wanted.last)
            return true;
    }
    return false;
}

static bool fits_exposed(const struct filters *f, const json_t *exposed)
{
    struct port_range have;
    const char *port;
    json_t *value;
    char proto[8];

    json_object_foreach ((json_t *)exposed, port, value)
        if (port_spec_parse(port, &have, proto) && asks_for_port(f, "expose", have.first, have.last, proto))
            return true;
    return !filters_has(f, "expose");
}

/* By the port of the host, as it is while the container runs. */
static bool fits_published(const struct filters *f, const json_t *ports)
{
    struct port_range have;
    const char *port;
    json_t *list, *binding;
    char proto[8];
    size_t i;

    json_object_foreach ((json_t *)ports, port, list)
        json_array_foreach (list, i, binding) {
            uint32_t host = (uint32_t)strtoul(json_str_at(binding, "HostPort", "0"), NULL, 10);

            if (port_spec_parse(port, &have, proto) && asks_for_port(f, "publish", host, host, proto))
                return true;
        }
    return !filters_has(f, "publish");
}

static bool fits_position(const struct listing *l, const struct container *c)
{
    if (l->before && (c == l->before || c->created >= l->before->created))
        return false;
    return !l->since || (c != l->since && c->created > l->since->created);
}

/* Under c->lock. */
static bool fits(const struct listing *l, struct container *c)
{
    const struct filters *f = l->query->filters;
    bool task = false;
    scoped_free char *slashed = xasprintf("/%s", c->name);

    if (!c->state.running && !l->query->all && l->query->limit <= 0 && !filters_has(f, "status"))
        return false;
    if (filters_bool(f, "is-task", false, &task, NULL) == 0 && task)
        return false;
    if (filters_has(f, "ancestor") && !strv_has(&l->ancestors, c->image_id))
        return false;
    return (filters_match_regex(f, "name", c->name) || filters_match_regex(f, "name", slashed)) &&
           filters_match_prefix(f, "id", c->id) &&
           filters_match_labels(f, "label", json_object_get(c->config, "Labels")) &&
           filters_match(f, "status", state_name(&c->state)) &&
           filters_match(f, "health", c->health.status[0] ? c->health.status : "none") &&
           fits_exited(f, &c->state) && fits_volume(f, c->mounts) && fits_network(f, c->networks) &&
           fits_published(f, c->ports) && fits_exposed(f, json_object_get(c->config, "ExposedPorts")) &&
           fits_position(l, c);
}

/* -- one entry -- */

static json_t *port_json(const char *ip, int port, int public, const char *proto)
{
    json_t *o = json_object();

    if (ip)
        json_object_set_new(o, "IP", json_string(ip));
    json_object_set_new(o, "PrivatePort", json_integer(port));
    if (public)
        json_object_set_new(o, "PublicPort", json_integer(public));
    json_object_set_new(o, "Type", json_string(proto));
    return o;
}

static json_t *ports_json(const json_t *ports)
{
    json_t *out = json_array(), *bindings, *b;
    const char *port;
    size_t i;

    json_object_foreach ((json_t *)ports, port, bindings) {
        struct port_range range;
        char proto[8];

        if (!port_spec_parse(port, &range, proto))
            continue;
        if (json_array_size(bindings) == 0)
            json_array_append_new(out, port_json(NULL, range.first, 0, proto));
        json_array_foreach (bindings, i, b)
            json_array_append_new(out, port_json(json_str_at(b, "HostIp", ""), range.first,
                                                 atoi(json_str_at(b, "HostPort", "0")), proto));
    }
    return out;
}

static json_t *command_json(const struct container *c)
{
    scoped_str s = { 0 };
    json_t *arg;
    size_t i;

    str_add(&s, c->path);
    json_array_foreach (c->args, i, arg) {
        const char *text = json_string_value(arg);

        str_addf(&s, strchr(text, ' ') ? " '%s'" : " %s", text);
    }
    return json_string_lossy(str_text(&s), s.len);
}

/* Endpoints with their addresses alone, asked for and given (ContainerList.endpoint-alone). */
static json_t *listed_networks(const json_t *networks)
{
    static const char *const left_out[] = { "Aliases", "Links", "DriverOpts", "DNSNames" };
    json_t *ret = json_deep_copy(networks), *endpoint;
    const char *name;

    json_object_foreach (ret, name, endpoint) {
        for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
            if (json_object_get(endpoint, left_out[i]))
                json_object_set_new(endpoint, left_out[i], json_null());
        json_object_del(json_object_get(endpoint, "IPAMConfig"), "LinkLocalIPs");
    }
    return ret;
}

/* Under c->lock. `image` is what its image is called now. */
static json_t *entry(const struct listing *l, struct container *c, nanos now)
{
    scoped_free char *slashed = xasprintf("/%s", c->name);
    const char *health;
    char status[128];
    json_t *o, *host;

    status_text(&c->state, &c->health, now, status, sizeof(status));
    health = c->health.status[0] ? c->health.status : "none";
    host = json_pack("{s:s}", "NetworkMode", json_str_at(c->host_config, "NetworkMode", ""));
    if (l->query->api_version >= 46 && json_object_get(c->host_config, "Annotations"))
        json_object_set_new(host, "Annotations",
                            json_deep_copy(json_object_get(c->host_config, "Annotations")));
    o = json_pack("{s:s, s:[s], s:s, s:s, s:o, s:I, s:o, s:o, s:s, s:s, s:o, s:{s:o}, s:o}", "Id", c->id,
                  "Names", slashed, "Image", json_str_at(c->config, "Image", ""), "ImageID", c->image_id,
                  "Command", command_json(c), "Created", (json_int_t)(c->created / NANOS_PER_SECOND), "Ports",
                  ports_json(c->ports), "Labels", json_deep_copy(json_object_get(c->config, "Labels")),
                  "State", state_name(&c->state), "Status", status, "HostConfig", host, "NetworkSettings",
                  "Networks", listed_networks(c->networks), "Mounts", mounts_public(c->mounts));
    if (l->query->api_version >= 52)
        json_object_set_new(
            o, "Health",
            json_pack("{s:s, s:I}", "Status", health, "FailingStreak", (json_int_t)c->health.failing_streak));
    return o;
}

/* A name that means another image by now is replaced by the id. */
static void settle_image(struct containers *all, struct container *c, json_t *o)
{
    const char *ref = json_str_at(o, "Image", "");
    struct image *image = NULL;

    if (!ref[0] || str_eq(ref, c->image_id))
        return;
    if (image_store_find(all->images, ref, &image, NULL) < 0 || !str_eq(image_id(image), c->image_id))
        json_object_set_new(o, "Image", json_string(c->image_id));
    image_unref(image);
}

static void put_sizes(struct container *c, json_t *o)
{
    scoped_free char *upper = container_dir(c, "upper");
    int64_t own = 0;

    tree_size(upper, &own, NULL);
    if (own)
        json_object_set_new(o, "SizeRw", json_integer(own));
    json_object_set_new(o, "SizeRootFs", json_integer(own + (c->image ? image_size(c->image) : 0)));
}

static int newest_first(const void *a, const void *b)
{
    const struct container *x = *(struct container *const *)a, *y = *(struct container *const *)b;

    return x->created < y->created ? 1 : x->created > y->created ? -1 : 0;
}

static json_t *collect(struct listing *l)
{
    size_t count;
    struct container **list = containers_snapshot(l->all, &count);
    scoped(json_decref) json_t *linked = links_names(list, count);
    json_t *out = json_array();
    nanos now = clock_now();

    qsort(list, count, sizeof(*list), newest_first);
    for (size_t i = 0; i < count; i++) {
        struct container *c = list[i];
        bool full = l->query->limit > 0 && (int64_t)json_array_size(out) >= l->query->limit;
        json_t *o = NULL;

        if (!full) {
            pthread_mutex_lock(&c->lock);
            o = !c->gone && fits(l, c) ? entry(l, c, now) : NULL;
            pthread_mutex_unlock(&c->lock);
        }
        if (o) {
            json_array_extend(json_object_get(o, "Names"), json_object_get(linked, c->id));
            settle_image(l->all, c, o);
            if (l->query->size)
                put_sizes(c, o);
            json_array_append_new(out, o);
        }
        container_unref(c);
    }
    free(list);
    return out;
}

int container_list(struct containers *all, const struct container_list_query *query, json_t **ret,
                   struct error *err)
{
    struct listing l = { .all = all, .query = query };
    int rc = -1;

    if (check_filters(query->filters, err) == 0 && find_neighbours(&l, err) == 0) {
        find_ancestors(&l);
        *ret = collect(&l);
        rc = 0;
    }
    container_unref(l.before);
    container_unref(l.since);
    strv_free(&l.ancestors);
    return rc;
}
