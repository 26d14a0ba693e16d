/* cases/container/list.c - GET /containers/json
 *
 * Others work on the engine too: every look is narrowed to the case's own containers by their labels or ids. */
#include "harness/then/then.h"

#include <stdlib.h>
#include <string.h>

/* The list, with `more` (members of a JSON object, or "") as filters beside the case's own labels. */
#define LIST(s, parameters, ...)                                                                             \
    when_get(s, "/containers/json?" parameters "&filters=%s", mine(s, query_json_text(s, __VA_ARGS__)))

static const char *mine(struct scene *s, const char *more)
{
    return url_encoded(s, scene_printf(s, "{\"label\":[\"%s\",\"%s\"]%s%s}", scene_label(s),
                                       scene_run_label(s), *more ? "," : "", more));
}

/* {'a': ['b']} as text without its braces; a label of `more` takes the place of the case's own. */
static const char *query_json_text(struct scene *s, const char *template, ...)
{
    va_list args;
    json_t *value;
    char *text;
    const char *ret;

    va_start(args, template);
    value = json_from_template(template, args);
    va_end(args);
    text = json_dumps(value, JSON_COMPACT);
    ret = scene_printf(s, "%.*s", (int)strlen(text) - 2, text + 1);
    free(text);
    json_decref(value);
    return ret;
}

static void then_lists(const struct exchange *x, const char *id)
{
    then_json_has(x, "", "{'Id': '%s'}", id);
}

static void then_lists_only(const struct exchange *x, const char *id)
{
    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json(x, "[0].Id", id);
}

static void then_lists_none(const struct exchange *x)
{
    then_status(x, 200);
    then_json_length(x, "", 0);
}

static json_t *labelled(const char *shape, const char *key, const char *value)
{
    json_t *body = a_container(shape), *labels = json_object();

    json_object_set_new(labels, key, json_string(value));
    json_object_set_new(body, "Labels", labels);
    return body;
}

/* --- members --- */

static void the_members_of_a_running_one(void **state)
{
    struct scene *s = *state;
    const char *name = given_image(s, "probe");
    json_t *body = labelled("sleeper", "color", "red");
    const char *id = given_running(s, with(body, "ExposedPorts", "{'80/tcp': {}, '53/udp': {}}"));
    const json_t *inspect = given_inspect(s, id);

    struct exchange *x = LIST(s, "all=0", "{}");

    then_lists_only(x, id);
    then_json_equals(x, "[0].Names", "['/%s']", given_name_of(s, id));
    then_json(x, "[0].Image", name);
    then_json(x, "[0].ImageID", json_string_value(json_at(inspect, "Image")));
    then_json(x, "[0].Command", "/bin/probe sleep forever");
    then_json_between(x, "[0].Created", 1500000000, 4102444800);
    then_json(x, "[0].State", "running");
    then_json_contains(x, "[0].Status", "Up ");
    then_json(x, "[0].Labels.color", "red");
    then_json_length(x, "[0].Ports", 2);
    then_json_has(x, "[0].Ports", "{'PrivatePort': 80, 'Type': 'tcp'}");
    then_json_has(x, "[0].Ports", "{'PrivatePort': 53, 'Type': 'udp'}");
    then_json_equals(x, "[0].Mounts", "[]");
    then_json_not_empty(x, "[0].NetworkSettings.Networks.bridge.IPAddress");
    then_json_absent(x, "[0].SizeRootFs");
}

static void the_members_of_one_that_does_not_run(void **state)
{
    struct scene *s = *state;
    const char *created = given_container(s, "sleeper"), *exited = given_exited_container(s, "failing");

    /* Podman lists one that has ended as "stopped" until it has cleaned up: how soon it says what it says is not asked here */
    wait_until(s, "[0].State", "\"exited\"", "/containers/json?all=1&filters=%s",
               query_json(s, "{'id': ['%s']}", exited));
    struct exchange *x = LIST(s, "all=1", "{}");

    then_json_has(x, "", "{'Id': '%s', 'State': 'created', 'Status': 'Created', 'Ports': []}", created);
    then_json_has(x, "", "{'Id': '%s', 'State': 'exited', 'Command': '/bin/probe exit 7', 'Ports': []}",
                  exited);
    then_json_contains(LIST(s, "all=1", "{'status': ['exited']}"), "[0].Status", "Exited (7) ");
}

static void the_status_tells_paused(void **state)
{
    struct scene *s = *state;
    const char *id = given_paused_container(s, "sleeper");

    struct exchange *x = LIST(s, "all=0", "{}");

    then_lists_only(x, id);
    then_json(x, "[0].State", "paused");
    then_json_contains(x, "[0].Status", " (Paused)");
}

static void a_published_port_is_told(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "ExposedPorts", "{'80/tcp': {}}");
    const char *id = given_running(
        s, with(body, "HostConfig.PortBindings", "{'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': ''}]}"));
    const char *port =
        json_string_value(json_at(given_inspect(s, id), "NetworkSettings.Ports.80/tcp[0].HostPort"));

    struct exchange *x = LIST(s, "all=0", "{}");

    then_lists_only(x, id);
    then_json_equals(x, "[0].Ports",
                     "[{'IP': '127.0.0.1', 'PrivatePort': 80, 'PublicPort': %d, 'Type': 'tcp'}]",
                     port ? atoi(port) : 0);
}

static void mounts_are_told(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *id =
        given_created(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data:ro']", volume));

    struct exchange *x = LIST(s, "all=1", "{}");

    then_lists_only(x, id);
    then_json_has(x, "[0].Mounts",
                  "{'Type': 'volume', 'Name': '%s', 'Destination': '/data', 'RW': false, 'Driver': 'local'}",
                  volume);
}

static void the_size_is_told_when_asked_for(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_probe("['write', '/file', '12345']"));

    struct exchange *x = LIST(s, "all=1&size=1", "{}");

    then_lists_only(x, id);
    then_json_int(x, "[0].SizeRw", 5);
    then_json_between(x, "[0].SizeRootFs", 100000, 10000000);
}

/* --- all, limit --- */

static void what_does_not_run_is_left_out(void **state)
{
    struct scene *s = *state;
    const char *running = given_running_container(s, "sleeper");
    const char *created = given_container(s, "sleeper"), *exited = given_exited_container(s, "failing");

    struct exchange *by_default = LIST(s, "", "{}");
    struct exchange *all = LIST(s, "all=1", "{}");

    then_lists_only(by_default, running);
    then_json_length(all, "", 3);
    then_lists(all, running);
    then_lists(all, created);
    then_lists(all, exited);
}

static void the_newest_comes_first(void **state)
{
    struct scene *s = *state;
    const char *first = given_container(s, "sleeper"), *second = given_container(s, "sleeper"),
               *third = given_container(s, "sleeper");

    struct exchange *x = LIST(s, "all=1", "{}");

    then_json_length(x, "", 3);
    then_json(x, "[0].Id", third);
    then_json(x, "[1].Id", second);
    then_json(x, "[2].Id", first);
}

static void a_limit_keeps_the_newest_in_any_state(void **state)
{
    struct scene *s = *state;
    given_running_container(s, "sleeper");
    const char *second = given_container(s, "sleeper"), *third = given_container(s, "sleeper");

    struct exchange *x = LIST(s, "limit=2", "{}");

    then_status(x, 200);
    then_json_length(x, "", 2);
    then_json(x, "[0].Id", third);
    then_json(x, "[1].Id", second);
}

static void a_limit_that_is_no_number_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/containers/json?limit=few");

    then_status_in(x, 400, 500);
    then_error_form(x);
}

/* --- filters --- */

static const struct status {
    const char *label;
} statuses[] = {
    { "created" },
    { "running" },
    { "paused" },
    { "exited" },
};

static const char *given_in_state(struct scene *s, const char *status)
{
    return strcmp(status, "created") == 0   ? given_container(s, "sleeper")
           : strcmp(status, "running") == 0 ? given_running_container(s, "sleeper")
           : strcmp(status, "paused") == 0  ? given_paused_container(s, "sleeper")
                                            : given_exited_container(s, "failing");
}

static void the_status_chooses(void **state)
{
    struct scene *s = *state;
    const struct status *row = s->row;
    const char *id = given_in_state(s, row->label);
    given_in_state(s, strcmp(row->label, "created") == 0 ? "exited" : "created");

    struct exchange *x = LIST(s, "", "{'status': ['%s']}", row->label);

    then_lists_only(x, id);
}

static void several_values_of_one_key_are_alternatives(void **state)
{
    struct scene *s = *state;
    const char *created = given_container(s, "sleeper"), *exited = given_exited_container(s, "failing");
    given_running_container(s, "sleeper");

    struct exchange *x = LIST(s, "", "{'status': ['created', 'exited']}");

    then_json_length(x, "", 2);
    then_lists(x, created);
    then_lists(x, exited);
}

static void several_keys_must_all_hold(void **state)
{
    struct scene *s = *state;
    const char *first = given_container(s, "sleeper"), *second = given_container(s, "sleeper");

    struct exchange *both = LIST(s, "all=1", "{'status': ['created'], 'id': ['%s']}", second);
    struct exchange *none = LIST(s, "all=1", "{'status': ['running'], 'id': ['%s']}", first);

    then_lists_only(both, second);
    then_lists_none(none);
}

static void the_exit_code_chooses(void **state)
{
    struct scene *s = *state;
    const char *seven = given_exited_container(s, "failing"), *nought = given_exited(s, a_probe("['true']"));
    given_container(s, "sleeper");

    struct exchange *x = LIST(s, "all=1", "{'exited': ['7']}");
    struct exchange *y = LIST(s, "all=1", "{'exited': ['0']}");

    then_lists_only(x, seven);
    then_lists_only(y, nought);
}

static void a_label_chooses(void **state)
{
    struct scene *s = *state;
    const char *red = given_created(s, labelled("sleeper", "color", "red"));
    const char *blue = given_created(s, labelled("sleeper", "color", "blue"));

    struct exchange *by_key =
        when_get(s, "/containers/json?all=1&filters=%s",
                 query_json(s, "{'label': ['%s', '%s', 'color']}", scene_label(s), scene_run_label(s)));
    struct exchange *by_value =
        when_get(s, "/containers/json?all=1&filters=%s",
                 query_json(s, "{'label': ['%s', '%s', 'color=red']}", scene_label(s), scene_run_label(s)));

    then_json_length(by_key, "", 2);
    then_lists(by_key, blue);
    then_lists_only(by_value, red);
}

static void a_name_chooses(void **state)
{
    struct scene *s = *state;
    const char *stem = scene_unique_name(s, "list");
    const char *one = scene_printf(s, "%s-one", stem), *two = scene_printf(s, "%s-two", stem);
    struct exchange *first = when_create(s, one, a_container("sleeper")),
                    *second = when_create(s, two, a_container("sleeper"));
    then_status(first, 201);
    then_status(second, 201);

    struct exchange *part = LIST(s, "all=1", "{'name': ['%s']}", stem);
    struct exchange *whole = LIST(s, "all=1", "{'name': ['%s']}", one);
    struct exchange *pattern = LIST(s, "all=1", "{'name': ['^%s-t.o$']}", stem);
    struct exchange *slash = LIST(s, "all=1", "{'name': ['^/%s$']}", two);
    struct exchange *either = LIST(s, "all=1", "{'name': ['%s', '%s']}", one, two);

    then_json_length(part, "", 2);
    then_lists_only(whole, answer_string(first, "Id"));
    then_lists_only(pattern, answer_string(second, "Id"));
    then_lists_only(slash, answer_string(second, "Id"));
    then_json_length(either, "", 2);
}

static void an_id_chooses(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_container(s, "sleeper");

    struct exchange *whole = LIST(s, "all=1", "{'id': ['%s']}", id);
    struct exchange *prefix = LIST(s, "all=1", "{'id': ['%s']}", scene_printf(s, "%.12s", id));
    struct exchange *middle = LIST(s, "all=1", "{'id': ['%s']}", id + 4);

    then_lists_only(whole, id);
    then_lists_only(prefix, id);
    then_lists_none(middle);
}

static void an_ancestor_chooses(void **state)
{
    struct scene *s = *state;
    const char *name = given_image(s, "config"), *id = given_created(s, json_of("{'Image': '%s'}", name));
    const char *image = json_string_value(json_at(given_get(s, "/images/%s/json", name), "Id"));
    given_container(s, "sleeper");

    struct exchange *by_name = LIST(s, "all=1", "{'ancestor': ['%s']}", name);
    struct exchange *by_id = LIST(s, "all=1", "{'ancestor': ['%s']}", image);
    struct exchange *by_prefix =
        LIST(s, "all=1", "{'ancestor': ['%s']}", scene_printf(s, "%.12s", image + strlen("sha256:")));
    struct exchange *unknown = LIST(s, "all=1", "{'ancestor': ['plimsoll/nobody-has-this']}");

    then_lists_only(by_name, id);
    then_lists_only(by_id, id);
    then_lists_only(by_prefix, id);
    then_lists_none(unknown);
}

static void before_and_since_choose(void **state)
{
    struct scene *s = *state;
    const char *first = given_container(s, "sleeper"), *second = given_container(s, "sleeper"),
               *third = given_container(s, "sleeper");

    struct exchange *before = LIST(s, "all=1", "{'before': ['%s']}", second);
    struct exchange *since = LIST(s, "all=1", "{'since': ['%s']}", given_name_of(s, second));

    then_lists_only(before, first);
    then_lists_only(since, third);
}

static const struct bad_moment {
    const char *label;
} bad_moments[] = {
    { "before" },
    { "since" },
};

static void before_or_since_nobody_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_moment *row = s->row;

    struct exchange *x = LIST(s, "all=1", "{'%s': ['plimsoll-nobody']}", row->label);

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody");
}

static void a_volume_chooses(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *id =
        given_created(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", volume));
    given_container(s, "sleeper");

    struct exchange *by_name = LIST(s, "all=1", "{'volume': ['%s']}", volume);
    struct exchange *by_path = LIST(s, "all=1", "{'volume': ['/data']}");
    struct exchange *unknown = LIST(s, "all=1", "{'volume': ['plimsoll-nobody']}");

    then_lists_only(by_name, id);
    then_lists_only(by_path, id);
    then_lists_none(unknown);
}

static void a_network_chooses(void **state)
{
    struct scene *s = *state;
    const char *network = given_network(s, NULL);
    const char *id = given_running(
        s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", given_network_name(s, network)));
    given_running_container(s, "sleeper");

    struct exchange *by_name = LIST(s, "all=1", "{'network': ['%s']}", given_network_name(s, network));
    struct exchange *by_id = LIST(s, "all=1", "{'network': ['%s']}", network);

    then_lists_only(by_name, id);
    then_lists_only(by_id, id);
}

static void an_exposed_port_chooses(void **state)
{
    struct scene *s = *state;
    const char *id =
        given_running(s, with(a_container("sleeper"), "ExposedPorts", "{'80/tcp': {}, '99/udp': {}}"));
    given_running_container(s, "sleeper");

    struct exchange *number = LIST(s, "all=1", "{'expose': ['80']}");
    struct exchange *udp = LIST(s, "all=1", "{'expose': ['99/udp']}");
    struct exchange *range = LIST(s, "all=1", "{'expose': ['79-81/tcp']}");
    struct exchange *wrong = LIST(s, "all=1", "{'expose': ['99/tcp']}");

    then_lists_only(number, id);
    then_lists_only(udp, id);
    then_lists_only(range, id);
    then_lists_none(wrong);
}

static void a_published_port_chooses(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "ExposedPorts", "{'80/tcp': {}}");
    const char *id = given_running(
        s, with(body, "HostConfig.PortBindings", "{'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': ''}]}"));
    const char *port =
        json_string_value(json_at(given_inspect(s, id), "NetworkSettings.Ports.80/tcp[0].HostPort"));

    struct exchange *x = LIST(s, "all=1", "{'publish': ['%s']}", port ? port : "none");
    struct exchange *with_protocol = LIST(s, "all=1", "{'publish': ['%s/tcp']}", port ? port : "none");
    struct exchange *udp = LIST(s, "all=1", "{'publish': ['%s/udp']}", port ? port : "none");

    then_lists_only(x, id);
    then_lists_only(with_protocol, id);
    then_lists_none(udp);
}

static void health_chooses(void **state)
{
    struct scene *s = *state;
    const char *well =
        given_running(s, with(a_container("sleeper"), "Healthcheck",
                              "{'Test': ['CMD', '/bin/probe', 'true'], 'Interval': 100000000}"));
    const char *none = given_container(s, "sleeper");
    then_true(s, wait_until(s, "State.Health.Status", "\"healthy\"", "/containers/%s/json", well),
              "it becomes healthy");

    struct exchange *healthy = LIST(s, "all=1", "{'health': ['healthy']}");
    struct exchange *without = LIST(s, "all=1", "{'health': ['none']}");
    struct exchange *ill = LIST(s, "all=1", "{'health': ['unhealthy']}");

    then_lists_only(healthy, well);
    then_json_contains(healthy, "[0].Status", "(healthy)");
    then_lists_only(without, none);
    then_lists_none(ill);
}

static void tasks_are_chosen(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *tasks = LIST(s, "all=1", "{'is-task': ['true']}");
    struct exchange *others = LIST(s, "all=1", "{'is-task': ['false']}");

    then_lists_none(tasks);
    then_lists_only(others, id);
}

static const struct bad_filter {
    const char *label, *filters;
} bad_filters[] = {
    { "unknown key",    "{\"plimsoll\":[\"x\"]}"        },
    { "unknown status", "{\"status\":[\"plimsoll\"]}"   },
    { "unknown health", "{\"health\":[\"plimsoll\"]}"   },
}, bad_forms[] = {
    { "exit code that is no number", "{\"exited\":[\"plimsoll\"]}" },
    { "no JSON",                     "plimsoll" },
    { "a text instead of a list",    "{\"name\":\"plimsoll\"}" },
};

static void a_bad_filter_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_filter *row = s->row;

    struct exchange *x = when_get(s, "/containers/json?filters=%s", url_encoded(s, row->filters));

    then_refused(x, 400);
    then_error_mentions(x, "filter");
}

static void an_unknown_filter_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_filter *row = s->row;

    struct exchange *x = when_get(s, "/containers/json?filters=%s", url_encoded(s, row->filters));

    then_refused(x, 400);
    then_error_mentions(x, "plimsoll");
}

CASES(container_list) = {
    CASE_NEEDS("ContainerList.members", the_members_of_a_running_one, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerList.not-running", the_members_of_one_that_does_not_run),
    CASE_NEEDS("ContainerList.paused", the_status_tells_paused, NEEDS_FREEZER),
    CASE_NEEDS("ContainerList.ports", a_published_port_is_told, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerList.mounts", mounts_are_told, NEEDS_LOCAL_VOLUMES),
    CASE("ContainerList.size", the_size_is_told_when_asked_for),
    CASE("ContainerList.all", what_does_not_run_is_left_out),
    CASE("ContainerList.order", the_newest_comes_first),
    CASE("ContainerList.limit", a_limit_keeps_the_newest_in_any_state),
    CASE("ContainerList.bad-limit", a_limit_that_is_no_number_is_refused),
    CASE_ROWS("ContainerList.filter-status", the_status_chooses, statuses),
    CASE("ContainerList.filter-values", several_values_of_one_key_are_alternatives),
    CASE("ContainerList.filter-keys", several_keys_must_all_hold),
    CASE("ContainerList.filter-exited", the_exit_code_chooses),
    CASE("ContainerList.filter-label", a_label_chooses),
    CASE("ContainerList.filter-name", a_name_chooses),
    CASE("ContainerList.filter-id", an_id_chooses),
    CASE("ContainerList.filter-ancestor", an_ancestor_chooses),
    CASE("ContainerList.filter-before ContainerList.filter-since", before_and_since_choose),
    CASE_ROWS("ContainerList.filter-nobody", before_or_since_nobody_is_refused, bad_moments),
    CASE_NEEDS("ContainerList.filter-volume", a_volume_chooses, NEEDS_LOCAL_VOLUMES),
    CASE_NEEDS("ContainerList.filter-network", a_network_chooses, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerList.filter-expose", an_exposed_port_chooses),
    CASE_NEEDS("ContainerList.filter-publish", a_published_port_chooses, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerList.filter-health", health_chooses),
    CASE("ContainerList.filter-is-task", tasks_are_chosen),
    CASE_ROWS("ContainerList.filter-unknown", an_unknown_filter_is_refused, bad_filters),
    CASE_ROWS("ContainerList.filter-form", a_bad_filter_is_refused, bad_forms),
    CASE_END,
};
