/* api/events.c - SystemEvents: one JSON line per event until the client leaves or `until` is reached.
 *
 * A filter's key that no event has is ignored here, alone among all operations (Docker 20.10 to 28.5). The older members status,
 * id and from stand beside the newer ones below API 1.52. Since 1.52 the client chooses among three forms of a stream of JSON by
 * `Accept`; json-seq (RFC 7464) has a record separator before each text. */
#include "api/system.h"

#include <poll.h>
#include <string.h>

#include "api/api.h"
#include "base/filters.h"
#include "base/json.h"
#include "base/str.h"
#include "events/events.h"

struct watch {
    struct event_query query;
    struct filters *filters;
    const char *type; /* Content-Type */
};

#define JSON_SEQ "application/json-seq"

static const char *choose_type(struct request *req)
{
    static const char *const types[] = { "application/jsonl", "application/x-ndjson", JSON_SEQ };
    const char *accept = request_header(req, "Accept");

    if (request_version(req) < 52)
        return "application/json";
    for (size_t i = 0; accept && i < sizeof(types) / sizeof(types[0]); i++)
        if (strstr(accept, types[i]))
            return types[i];
    return types[0];
}

/* A wrong time is the engine's failure there, not the client's: 500. */
static int read_time(struct request *req, const char *name, nanos *ret, struct error *err)
{
    const char *value = request_query(req, name);

    *ret = 0;
    if (str_empty(value) || clock_parse_query(value, clock_now(), ret))
        return 0;
    return error_set(err, ERR_SYSTEM, "strconv.ParseInt: parsing \"%s\": invalid syntax", value);
}

static int read_query(struct request *req, struct watch *w, struct error *err)
{
    if (read_time(req, "since", &w->query.since, err) < 0 ||
        read_time(req, "until", &w->query.until, err) < 0)
        return -1;
    if (w->query.since && w->query.until && w->query.since > w->query.until)
        return error_set(err, ERR_INVALID, "`since` time (%s) cannot be after `until` time (%s)",
                         request_query(req, "since"), request_query(req, "until"));
    return filters_parse(request_query(req, "filters"), NULL, &w->filters, err);
}

/* One of the values is the event's action, or its part before a colon ("exec_start: sh" fits "exec_start"). */
static bool fits_action(const struct filters *f, const char *action)
{
    size_t n = strcspn(action, ":");

    if (filters_match(f, "event", action))
        return true;
    for (size_t i = 0; i < filters_count(f, "event"); i++) {
        const char *wanted = filters_value(f, "event", i);

        if (strlen(wanted) == n && strncmp(wanted, action, n) == 0)
            return true;
    }
    return false;
}

/* {"container":["web"]}: a prefix of the actor's id or name. It asks nothing of the event's type: a volume called "web" passes too. */
static bool fits_actor(const struct filters *f, const json_t *event)
{
    static const char *const keys[] = { "container", "plugin", "volume", "network", "daemon",
                                        "service",   "node",   "secret", "config",  NULL };
    const char *id = json_str_at(event, "Actor.ID", "");
    const char *name = json_str_at(event, "Actor.Attributes.name", "");

    for (size_t i = 0; keys[i]; i++)
        if (!filters_match_prefix(f, keys[i], id) && !filters_match_prefix(f, keys[i], name))
            return false;
    return true;
}

/* "repo:tag" fits "repo" too. */
static bool fits_image_name(const struct filters *f, const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *colon = strchr(slash ? slash : name, ':');
    scoped_str bare = { 0 };

    str_add_bytes(&bare, name, colon ? (size_t)(colon - name) : strlen(name));
    return filters_match(f, "image", name) || filters_match(f, "image", str_text(&bare));
}

/* An image event's name, else the image that the actor was made of; or the actor itself. */
static bool fits_image(const struct filters *f, const char *type, const json_t *event)
{
    const char *member = str_eq(type, "image") ? "Actor.Attributes.name" : "Actor.Attributes.image";

    return fits_image_name(f, json_str_at(event, "Actor.ID", "")) ||
           fits_image_name(f, json_str_at(event, member, ""));
}

static bool fits(const struct filters *f, const json_t *event, int version)
{
    const char *type = json_str_at(event, "Type", "");

    if (version < 46 && str_eq(type, "image") && str_eq(json_str_at(event, "Action", ""), "create"))
        return false;
    return filters_match(f, "type", type) && fits_action(f, json_str_at(event, "Action", "")) &&
           filters_match(f, "scope", json_str_at(event, "scope", "local")) && fits_actor(f, event) &&
           fits_image(f, type, event) && filters_match_labels(f, "label", json_at(event, "Actor.Attributes"));
}

static json_t *encode(const json_t *event, int version)
{
    const char *type = json_str_at(event, "Type", "");
    json_t *o = json_object();

    if (version < 52 && (str_eq(type, "container") || str_eq(type, "image"))) {
        const char *from = json_string_value(json_object_get(json_at(event, "Actor.Attributes"), "image"));

        json_put_str(o, "status", json_str_at(event, "Action", ""));
        json_put_str(o, "id", json_str_at(event, "Actor.ID", ""));
        if (!str_empty(from))
            json_put_str(o, "from", from);
    }
    json_object_update(o, (json_t *)event);
    return o;
}

/* Until there is an event, the client has left, or `until` has come. False when the client has left. */
static bool wait_for_either(struct request *req, struct event_listener *l, nanos until)
{
    struct pollfd fds[2] = {
        {.fd = events_fd(l),     .events = POLLIN   },
        { .fd = request_fd(req), .events = POLLRDHUP}
    };
    nanos left = until ? (until - clock_now()) / 1000000 + 1 : -1;

    poll(fds, 2, !until ? -1 : left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left);
    return !(fds[1].revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static int send_events(struct request *req, struct reply *reply, struct watch *w, struct event_listener *l,
                       struct error *err)
{
    int version = request_version(req);

    for (;;) {
        json_t *event;
        int got = events_next(l, 0, &event);

        if (got == 0)
            return 0;
        if (got == 2) {
            if (!wait_for_either(req, l, w->query.until))
                return 0;
            continue;
        }
        if (fits(w->filters, event, version)) {
            scoped_free char *text = NULL;
            json_t *line = encode(event, version);
            scoped_str bytes = { 0 };

            text = json_text(line);
            json_decref(line);
            str_addf(&bytes, "%s%s\n", str_eq(w->type, JSON_SEQ) ? "\x1e" : "", text);
            got = reply_write(reply, bytes.data, bytes.len, err);
        }
        json_decref(event);
        if (got < 0)
            return -1;
    }
}

int system_events_handler(struct request *req, struct reply *reply, struct error *err)
{
    struct watch w = { .filters = NULL };
    struct event_listener *l;
    int result;

    if (read_query(req, &w, err) < 0)
        return -1;
    if (w.query.until && !w.query.since && w.query.until <= clock_now())
        w.query.since = w.query.until + 1; /* nothing can come */
    l = events_listen(request_engine(req)->events, &w.query);
    w.type = choose_type(req);
    reply_begin(reply, 200, w.type);
    result = reply_flush(reply, err);
    if (result == 0)
        result = send_events(req, reply, &w, l, err);
    events_unlisten(l);
    filters_free(w.filters);
    return result;
}
