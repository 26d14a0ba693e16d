/* cases/system/events.c - GET /events
 *
 * Two ways to look: a stream that is open while something happens, and what happened between two moments of the
 * engine's clock, which /info tells. Everybody's events pass by, so each case filters by its own objects. */
#include "harness/then/then.h"

#include <stdlib.h>
#include <string.h>

/* What happened since that moment, as an array. */
static const json_t *happened(struct scene *s, const char *since, const char *filters)
{
    struct exchange *x = when_get(s, "/events?since=%s&until=%s&filters=%s", since, engine_now(s), filters);
    json_t *values;

    then_status(x, 200);
    values = x->size ? exchange_values(x) : json_array();
    then_true(s, values != NULL, "the body is a sequence of JSON objects");
    return values;
}

static size_t count_of(const json_t *events, const char *action)
{
    const json_t *event;
    size_t i, ret = 0;

    json_array_foreach (events, i, event) {
        const char *got = json_string_value(json_at(event, "Action"));
        ret += got && strcmp(got, action) == 0;
    }
    return ret;
}

static const char *action_at(const json_t *events, size_t i)
{
    return json_string_value(json_at(json_array_get(events, i), "Action"));
}

static const char *only_container(struct scene *s, const char *id)
{
    return query_json(s, "{'container': ['%s'], 'type': ['container']}", id);
}

/* created, started, ended and removed between the two moments */
static const char *a_life(struct scene *s)
{
    const char *id = given_exited(s, a_probe("['exit', '7']"));

    given_removed(s, id);
    return id;
}

/* An engine may send the head of the answer a moment before it listens. So containers are made until one has been seen. */
static void given_it_listens(struct scene *s, struct stream *stream)
{
    for (int i = 0; i < 3; i++)
        if (stream_wait_for_value(stream, "{'Actor': {'ID': '%s'}}", given_container(s, "sleeper")))
            return;
}

static void events_come_while_the_stream_is_open(void **state)
{
    struct scene *s = *state;
    struct stream *stream = when_follow(
        s, "/events?filters=%s", query_json(s, "{'label': ['%s'], 'type': ['container']}", scene_label(s)));

    then_status(stream_answer(stream), 200);
    given_it_listens(s, stream);
    const char *id = given_container(s, "sleeper");
    then_event(stream, "{'Action': 'create', 'Actor': {'ID': '%s'}}", id);
    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_event(stream, "{'Action': 'start', 'Actor': {'ID': '%s'}}", id);
    then_status(when_post(s, "/containers/%s/kill", id), 204);
    then_event(stream, "{'Action': 'die', 'Actor': {'ID': '%s'}}", id);
    then_true(s, stream_is_open(stream, 1), "the stream stays open");
}

static void the_answer_begins_before_anything_happens(void **state)
{
    struct scene *s = *state;

    struct stream *stream =
        when_follow(s, "/events?filters=%s", query_json(s, "{'container': ['plimsoll-none']}"));

    then_status(stream_answer(stream), 200);
    then_true(s, stream_is_open(stream, 50), "the stream stays open");
}

static void events_are_announced_as_json(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/events?since=1&until=2");

    then_status(x, 200);
    then_content_type(x, "application/json");
}

static void what_happened_comes_in_its_order(void **state)
{
    struct scene *s = *state;
    const char *since = engine_now(s), *id = a_life(s);

    const json_t *events = happened(
        s, since, query_json(s, "{'container': ['%s'], 'event': ['create', 'start', 'die', 'destroy']}", id));

    then_int(s, "the events", (long long)json_array_size(events), 4);
    then_string(s, "the first", action_at(events, 0), "create");
    then_string(s, "the second", action_at(events, 1), "start");
    then_string(s, "the third", action_at(events, 2), "die");
    then_string(s, "the fourth", action_at(events, 3), "destroy");
}

static void until_ends_the_answer(void **state)
{
    struct scene *s = *state;
    const char *since = engine_now(s), *id = given_container(s, "sleeper"), *until = engine_now(s);

    given_removed(s, id);
    struct exchange *x =
        when_get(s, "/events?since=%s&until=%s&filters=%s", since, until, only_container(s, id));

    then_status(x, 200);
    then_body_mentions(x, "create");
    then_body_lacks(x, "destroy");
}

static void since_leaves_out_what_was_before(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper"), *since = engine_now(s);

    given_removed(s, id);
    const json_t *events = happened(s, since, only_container(s, id));

    then_int(s, "create", (long long)count_of(events, "create"), 0);
    then_int(s, "destroy", (long long)count_of(events, "destroy"), 1);
}

static void until_lets_the_stream_go_on_to_that_moment(void **state)
{
    struct scene *s = *state;
    struct stream *stream;
    const char *id;
    long long until, seconds = 1;

    do { /* the container must be made before that moment, and a busy engine takes seconds for it */
        seconds *= 2;
        const char *now = engine_now(s);
        until = atoll(now) + seconds;
        stream = when_follow(s, "/events?since=%s&until=%lld&filters=%s", now, until,
                             query_json(s, "{'label': ['%s'], 'type': ['container']}", scene_label(s)));
        then_status(stream_answer(stream), 200);
        id = given_container(s, "sleeper");
    } while (atoll(engine_now(s)) >= until && seconds < 8);

    then_event(stream, "{'Action': 'create', 'Actor': {'ID': '%s'}}", id);
    then_stream_ends(stream);
}

static void nothing_happened_is_an_empty_answer(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/events?since=1&until=2");

    then_status(x, 200);
    then_no_body(x);
}

static void until_before_since_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/events?since=2&until=1");

    then_refused(x, 400);
}

static void filters_that_are_no_json_are_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/events?until=1&filters=plimsoll");

    then_refused(x, 400);
}

/* Events of this type; of containers those that have the label of the case. The others tell no labels, or none any more. */
static struct stream *given_stream(struct scene *s, const char *type)
{
    bool labelled = strcmp(type, "container") == 0;
    struct stream *stream = when_events_follow(
        s, labelled ? query_json(s, "{'label': ['%s'], 'type': ['%s']}", scene_label(s), type)
                    : query_json(s, "{'type': ['%s']}", type));

    if (stream_answer(stream)->status != 200)
        case_blocked(s, "a stream of events: %d", stream_answer(stream)->status);
    return stream;
}

static const json_t *event_of(struct scene *s, struct stream *stream, const char *action, const char *id)
{
    const json_t *event =
        stream_wait_for_value(stream, "{'Action': '%s', 'Actor': {'ID': '%s'}}", action, id);

    then_true(s, event != NULL, "an event %s of %s", action, id);
    return event;
}

static void then_event_has(struct scene *s, const json_t *event, const char *path, const char *wanted)
{
    then_string(s, path, json_string_value(json_at(event, path)), wanted);
}

static void an_event_has_its_members(void **state)
{
    struct scene *s = *state;
    struct stream *stream = given_stream(s, "container");
    const char *id = given_created(s, with(a_container("sleeper"), "Labels.mark", "'here'"));

    const json_t *event = event_of(s, stream, "create", id);

    then_event_has(s, event, "Type", "container");
    then_event_has(s, event, "scope", "local");
    then_event_has(s, event, "Actor.Attributes.name", given_name_of(s, id));
    then_event_has(s, event, "Actor.Attributes.image", given_image(s, "probe"));
    then_event_has(s, event, "Actor.Attributes.mark", "here");
}

static void an_event_has_its_time(void **state)
{
    struct scene *s = *state;
    const char *since = engine_now(s);
    struct stream *stream = given_stream(s, "container");

    const json_t *event = event_of(s, stream, "create", given_container(s, "sleeper"));
    long long second = json_integer_value(json_at(event, "time"));
    long long nano = json_integer_value(json_at(event, "timeNano"));

    then_int(s, "the seconds of timeNano", nano / 1000000000, second);
    then_true(s, second >= atoll(since) && second <= atoll(engine_now(s)),
              "time is between both looks at the clock");
}

static void old_clients_find_their_members(void **state)
{
    struct scene *s = *state;
    struct stream *stream = given_stream(s, "container");
    const char *id = given_container(s, "sleeper");

    const json_t *event = event_of(s, stream, "create", id);

    then_event_has(s, event, "status", "create");
    then_event_has(s, event, "id", id);
    then_event_has(s, event, "from", given_image(s, "probe"));
}

static void an_end_has_its_exit_code(void **state)
{
    struct scene *s = *state;
    struct stream *stream = given_stream(s, "container");

    const json_t *event = event_of(s, stream, "die", given_exited(s, a_probe("['exit', '7']")));

    then_event_has(s, event, "Actor.Attributes.exitCode", "7");
}

static void a_kill_has_its_signal(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "deaf");
    struct stream *stream = given_stream(s, "container");

    then_status(when_post(s, "/containers/%s/kill?signal=SIGUSR1", id), 204);
    const json_t *event = event_of(s, stream, "kill", id);

    then_event_has(s, event, "Actor.Attributes.signal", "10");
}

static void a_rename_has_both_names(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper"), *name = scene_unique_name(s, "new");
    struct stream *stream = given_stream(s, "container");

    then_status(when_post(s, "/containers/%s/rename?name=%s", id, name), 204);
    const json_t *event = event_of(s, stream, "rename", id);

    then_event_has(s, event, "Actor.Attributes.name", name);
    then_event_has(s, event, "Actor.Attributes.oldName", scene_printf(s, "/%s", given_name_of(s, id)));
}

static void networks_have_events(void **state)
{
    struct scene *s = *state;
    struct stream *stream = given_stream(s, "network");
    const char *id = given_network(s, NULL);

    then_status(when_delete(s, "/networks/%s", id), 204);
    const json_t *event = event_of(s, stream, "create", id);

    then_event_has(s, event, "Type", "network");
    then_event_has(s, event, "Actor.Attributes.name", given_network_name(s, id));
    then_event_has(s, event, "Actor.Attributes.type", "bridge");
    event_of(s, stream, "destroy", id);
}

static void volumes_have_events(void **state)
{
    struct scene *s = *state;
    struct stream *stream = given_stream(s, "volume");
    const char *name = given_volume(s, NULL);

    then_status(when_delete(s, "/volumes/%s", name), 204);
    const json_t *event = event_of(s, stream, "create", name);

    then_event_has(s, event, "Type", "volume");
    then_event_has(s, event, "Actor.Attributes.driver", "local");
    event_of(s, stream, "destroy", name);
}

static void images_have_events(void **state)
{
    struct scene *s = *state;
    struct stream *stream = given_stream(s, "image");
    const char *repository = scene_unique_repository(s, "a"), *id = given_own_image(s, repository, "1", NULL);

    then_status(when_post(s, "/images/%s/tag?repo=%s&tag=2", id, repository), 201);
    then_status(when_delete(s, "/images/%s:2", repository), 200);
    then_status(when_delete(s, "/images/%s:1", repository), 200);

    event_of(s, stream, "load", id);
    event_of(s, stream, "tag", id);
    event_of(s, stream, "untag", id);
    event_of(s, stream, "delete", id);
}

/* --- each thing that happens is told once, in its place among what happened to the same object */

/* "create start die": what happened to that object; what stands behind a colon is left out. Engines tell the end of a
 * process and that somebody has stopped it at the same time: of both, `die` is put first. */
static const char *told_of(struct scene *s, const json_t *events, const char *id)
{
    const char *ret = "", *held = NULL;
    const json_t *event;
    size_t i;

    json_array_foreach (events, i, event) {
        const char *actor = json_string_value(json_at(event, "Actor.ID")), *action = action_at(events, i);
        int length = action ? (int)strcspn(action, ":") : 0;
        if (!length || !actor || strcmp(actor, id) != 0)
            continue;
        if (held && strcmp(action, "die") != 0)
            ret = scene_printf(s, "%s %s", ret, held), held = NULL;
        if (strcmp(action, "stop") == 0) {
            held = action;
            continue;
        }
        ret = scene_printf(s, "%s %.*s", ret, length, action);
    }
    return scene_printf(s, "%s%s%s", *ret ? ret + 1 : ret, held ? " " : "", held ? held : "");
}

static void given_exec_ended(struct scene *s, const char *container)
{
    const char *exec = given_exec(s, container, json_of("{'Cmd': ['/bin/probe', 'exit', '0']}"));

    then_status(when_post_json(s, json_of("{'Detach': true}"), "/exec/%s/start", exec), 200);
    then_true(s, wait_until(s, "Running", "false", "/exec/%s/json", exec), "the command ends");
}

static void a_container_is_told_of_once(void **state)
{
    struct scene *s = *state;
    const char *since = engine_now(s), *id = given_ready(s, a_container("catcher"));

    given_exec_ended(s, id);
    then_status(when_post(s, "/containers/%s/rename?name=%s", id, scene_unique_name(s, "new")), 204);
    then_status(when_post_json(s, json_of("{'RestartPolicy': {'Name': 'no'}}"), "/containers/%s/update", id),
                200);
    then_status(when_post(s, "/containers/%s/restart", id), 204);
    then_status(when_delete(s, "/containers/%s?force=1", id), 204);

    then_string(s, "the events", told_of(s, happened(s, since, only_container(s, id)), id),
                "create start exec_create exec_start exec_die rename update kill die stop start restart "
                "kill die destroy");
}

static void a_network_is_told_of_once(void **state)
{
    struct scene *s = *state;
    const char *since = engine_now(s), *net = given_network(s, NULL);

    given_removed(s, given_exited(s, with(a_probe("['exit', '0']"), "HostConfig.NetworkMode", "'%s'",
                                          given_network_name(s, net))));
    then_status(when_delete(s, "/networks/%s", net), 204);

    then_string(s, "the events",
                told_of(s, happened(s, since, query_json(s, "{'network': ['%s']}", net)), net),
                "create connect disconnect destroy");
}

static void a_volume_is_told_of_once(void **state)
{
    struct scene *s = *state;
    const char *since = engine_now(s), *name = given_volume(s, NULL);
    const char *id = given_exited(
        s, with(a_probe("['exit', '0']"), "HostConfig.Mounts",
                "[{'Type': 'volume', 'Source': '%s', 'Target': '/data', 'VolumeOptions': {'NoCopy': true}}]",
                name));

    given_removed(s, id);
    then_status(when_delete(s, "/volumes/%s", name), 204);

    then_string(s, "the events",
                told_of(s, happened(s, since, query_json(s, "{'volume': ['%s']}", name)), name),
                "create mount unmount destroy");
}

static void an_image_is_told_of_once(void **state)
{
    struct scene *s = *state;
    const char *since = engine_now(s), *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    then_status(when_post(s, "/images/%s/tag?repo=%s&tag=2", id, repository), 201);
    then_status(when_delete(s, "/images/%s:2", repository), 200);
    then_status(when_delete(s, "/images/%s:1", repository), 200);

    then_string(s, "the events", told_of(s, happened(s, since, query_json(s, "{'type': ['image']}")), id),
                "load tag untag untag delete");
}

/* --- filters: a container, a volume and a network of the case, and which of them are left */

static const struct filter {
    const char *label, *filters; /* CONTAINER, NAME, VOLUME, NETWORK and LABEL stand for this case's */
    int container, volume, network;
} filters[] = {
    {"container by id",    "{\"container\": [\"CONTAINER\"]}",                                        1, 0, 0},
    { "container by name", "{\"container\": [\"NAME\"]}",                                             1, 0, 0},
    { "volume",            "{\"volume\": [\"VOLUME\"]}",                                              0, 1, 0},
    { "network",           "{\"network\": [\"NETWORK\"]}",                                            0, 0, 1},
    { "a label",           "{\"label\": [\"LABEL\"], \"event\": [\"create\"]}",                       1, 0, 0},
    { "a key of a label",  "{\"label\": [\"mark\", \"LABEL\"]}",                                      1, 0, 0},
    { "another label",     "{\"label\": [\"mark=other\", \"LABEL\"]}",                                0, 0, 0},
    { "type and another",  "{\"container\": [\"CONTAINER\"], \"type\": [\"volume\"]}",                0, 0, 0},
    { "one of two types",  "{\"container\": [\"CONTAINER\"], \"type\": [\"volume\", \"container\"]}", 1, 0,
     0                                                                                                       },
    { "another event",     "{\"container\": [\"CONTAINER\"], \"event\": [\"start\"]}",                0, 0, 0},
    { "one of two events", "{\"volume\": [\"VOLUME\"], \"event\": [\"start\", \"create\"]}",          0, 1, 0},
    { "local",             "{\"volume\": [\"VOLUME\"], \"scope\": [\"local\"]}",                      0, 1, 0},
    { "swarm",             "{\"volume\": [\"VOLUME\"], \"scope\": [\"swarm\"]}",                      0, 0, 0},
    { "image",             "{\"image\": [\"IMAGE\"], \"container\": [\"CONTAINER\"]}",                1, 0, 0},
    { "another image",     "{\"image\": [\"plimsoll/none:1\"], \"container\": [\"CONTAINER\"]}",      0, 0, 0},
};

static const char *replaced(struct scene *s, const char *text, const char *word, const char *by)
{
    const char *at = strstr(text, word);

    return at ? scene_printf(s, "%.*s%s%s", (int)(at - text), text, by, at + strlen(word)) : text;
}

static long long count_of_id(const json_t *events, const char *id)
{
    const json_t *event;
    long long ret = 0;
    size_t i;

    json_array_foreach (events, i, event) {
        const char *got = json_string_value(json_at(event, "Actor.ID"));
        ret += got && strcmp(got, id) == 0;
    }
    return ret;
}

static void filters_choose_events(void **state)
{
    struct scene *s = *state;
    const struct filter *row = s->row;
    const char *since = engine_now(s), *volume = given_volume(s, NULL), *network = given_network(s, NULL);
    const char *container = given_created(s, with(a_container("sleeper"), "Labels.mark", "'here'"));
    const char *text = row->filters;

    text = replaced(s, text, "CONTAINER", container);
    text = replaced(s, text, "NAME", given_name_of(s, container));
    text = replaced(s, text, "VOLUME", volume);
    text = replaced(s, text, "NETWORK", given_network_name(s, network));
    text = replaced(s, text, "LABEL", scene_label(s));
    text = replaced(s, text, "IMAGE", given_image(s, "probe"));
    const json_t *events = happened(s, since, url_encoded(s, text));

    then_int(s, "events of the container", count_of_id(events, container), row->container);
    then_int(s, "events of the volume", count_of_id(events, volume), row->volume);
    then_int(s, "events of the network", count_of_id(events, network), row->network);
    then_int(s, "all events", (long long)json_array_size(events),
             row->container + row->volume + row->network);
}

static const char *const other_kinds[] = { "config", "daemon", "node", "plugin", "secret", "service" };

static void what_others_choose_leaves_out_containers(void **state)
{
    struct scene *s = *state;
    const char *since = engine_now(s), *id = a_life(s);
    then_true(s, json_array_size(happened(s, since, query_json(s, "{'container': ['%s']}", id))) > 0,
              "events of the container");

    for (size_t i = 0; i < sizeof(other_kinds) / sizeof(other_kinds[0]); i++)
        then_int(s, other_kinds[i],
                 (long long)json_array_size(happened(
                     s, since,
                     query_json(s, "{'container': ['%s'], '%s': ['plimsoll-none']}", id, other_kinds[i]))),
                 0);
}

CASES(system_events) = {
    CASE("SystemEvents.streams", events_come_while_the_stream_is_open),
    CASE("SystemEvents.begins", the_answer_begins_before_anything_happens),
    CASE("SystemEvents.type", events_are_announced_as_json),
    CASE("SystemEvents.order", what_happened_comes_in_its_order),
    CASE("SystemEvents.until", until_ends_the_answer),
    CASE("SystemEvents.until-later", until_lets_the_stream_go_on_to_that_moment),
    CASE("SystemEvents.since", since_leaves_out_what_was_before),
    CASE("SystemEvents.nothing", nothing_happened_is_an_empty_answer),
    CASE("SystemEvents.until-before-since", until_before_since_is_refused),
    CASE("SystemEvents.bad-filters", filters_that_are_no_json_are_refused),
    CASE("SystemEvents.members", an_event_has_its_members),
    CASE("SystemEvents.time", an_event_has_its_time),
    CASE("SystemEvents.old-members", old_clients_find_their_members),
    CASE("SystemEvents.exit-code", an_end_has_its_exit_code),
    CASE("SystemEvents.signal", a_kill_has_its_signal),
    CASE("SystemEvents.rename", a_rename_has_both_names),
    CASE("SystemEvents.networks", networks_have_events),
    CASE("SystemEvents.volumes", volumes_have_events),
    CASE("SystemEvents.images", images_have_events),
    CASE("SystemEvents.container-once", a_container_is_told_of_once),
    CASE_NEEDS("SystemEvents.network-once", a_network_is_told_of_once, NEEDS_BRIDGE_NETWORK),
    CASE("SystemEvents.volume-once", a_volume_is_told_of_once),
    CASE("SystemEvents.image-once", an_image_is_told_of_once),
    CASE_ROWS("SystemEvents.filters", filters_choose_events, filters),
    CASE("SystemEvents.other-filters", what_others_choose_leaves_out_containers),
    CASE_END,
};
