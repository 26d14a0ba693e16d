/* cases/container/stats.c - GET /containers/{id}/stats
 *
 * A second reading takes a second on every engine: only the cases of what needs one ask for it. */
#include "harness/then/then.h"

#define ONE "stream=0&one-shot=1"

static void one_reading_comes_at_once(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/stats?" ONE, id);

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_json_date(x, "read");
    then_json(x, "preread", "0001-01-01T00:00:00Z");
    then_json_int(x, "precpu_stats.cpu_usage.total_usage", 0);
    then_json_between(x, "cpu_stats.cpu_usage.total_usage", 1, 1LL << 60);
    then_json_between(x, "cpu_stats.system_cpu_usage", 1, 1LL << 62);
    then_json_between(x, "cpu_stats.online_cpus", 1, 1 << 20);
}

static void processor_time_is_counted(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, a_probe("['sh', '-c', 'cpu 300; echo done; sleep forever']"));

    if (!wait_for_log(s, id, "done\n"))
        case_blocked(s, "a container that used its processor time: it did not get it");
    struct exchange *x = when_get(s, "/containers/%s/stats?" ONE, id);

    then_json_between(x, "cpu_stats.cpu_usage.total_usage", 250LL * 1000 * 1000, 30LL * 1000 * 1000 * 1000);
}

static void memory_is_counted(void **state)
{
    struct scene *s = *state;
    json_t *body = a_probe("['sh', '-c', 'memory 16m forever']");
    const char *id = given_running(s, with(body, "HostConfig.Memory", "%d", 64 << 20));

    then_true(s, wait_until(s, "State.Running", "true", "/containers/%s/json", id), "a running container");
    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&follow=1", id);
    then_stream_says(logs, "\n");
    struct exchange *x = when_get(s, "/containers/%s/stats?" ONE, id);

    then_json_between(x, "memory_stats.usage", 16 << 20, 64 << 20);
    then_json_int(x, "memory_stats.limit", 64 << 20);
}

static void processes_are_counted(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, a_probe("['spawn', '2', 'sleep', 'forever']"));
    struct stream *logs = when_follow(s, "/containers/%s/logs?stdout=1&follow=1", id);

    then_stream_says(logs, "spawned 2\n");
    struct exchange *x = when_get(s, "/containers/%s/stats?" ONE, id);

    then_json_int(x, "pids_stats.current", 3);
}

/* What the kernel has counted adds up, and what is told twice is the same. */
static void a_reading_adds_up(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "HostConfig.PidsLimit", "33");
    const char *id = given_running(s, with(body, "HostConfig.Memory", "%d", 64 << 20));
    const json_t *cpus = json_at(given_get(s, "/info"), "NCPU");

    struct exchange *x = when_get(s, "/containers/%s/stats?" ONE, id);

    then_json_int(x, "pids_stats.limit", 33);
    then_json_int(x, "cpu_stats.online_cpus", json_integer_value(cpus));
    const json_t *each = answer_json(x, "cpu_stats.cpu_usage.percpu_usage"), *one;
    long long sum = 0;
    size_t i;
    json_array_foreach (each, i, one)
        sum += json_integer_value(one);
    if (each)
        then_json_int(x, "cpu_stats.cpu_usage.total_usage", sum);
    then_json_int(x, "num_procs", 0);
    then_json_equals(x, "storage_stats", "{}");
    then_json_equals(x, "cpu_stats.throttling_data",
                     "{'periods': 0, 'throttled_periods': 0, 'throttled_time': 0}");
    then_json_equals(x, "precpu_stats.throttling_data",
                     "{'periods': 0, 'throttled_periods': 0, 'throttled_time': 0}");
    then_json_nothing(x, "precpu_stats.online_cpus");
    then_json_int(x, "precpu_stats.cpu_usage.usage_in_kernelmode", 0);
    then_json_int(x, "precpu_stats.cpu_usage.usage_in_usermode", 0);
    then_json_int(x, "networks.eth0.rx_errors", 0);
    then_json_int(x, "networks.eth0.tx_errors", 0);
    then_json_int(x, "networks.eth0.tx_dropped", 0);
}

static void traffic_is_counted(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/stats?" ONE, id);

    then_json_is_int(x, "networks.eth0.rx_bytes");
    then_json_is_int(x, "networks.eth0.rx_packets");
    then_json_is_int(x, "networks.eth0.rx_errors");
    then_json_is_int(x, "networks.eth0.rx_dropped");
    then_json_is_int(x, "networks.eth0.tx_bytes");
    then_json_is_int(x, "networks.eth0.tx_packets");
    then_json_is_int(x, "networks.eth0.tx_errors");
    then_json_is_int(x, "networks.eth0.tx_dropped");
}

static void without_a_network_there_is_no_traffic(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'none'"));

    struct exchange *x = when_get(s, "/containers/%s/stats?" ONE, id);

    then_status(x, 200);
    then_json_absent(x, "networks.eth0");
}

static void a_second_reading_has_the_first_beside_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_get(s, "/containers/%s/stats?stream=0", id);

    then_status(x, 200);
    then_json(x, "id", id);
    then_json(x, "name", scene_printf(s, "/%s", given_name_of(s, id)));
    then_json_date(x, "read");
    then_json_date(x, "preread");
    then_json_between(x, "precpu_stats.cpu_usage.total_usage", 1, 1LL << 60);
    then_json_between(x, "precpu_stats.system_cpu_usage", 1, 1LL << 62);
    then_json_int(x, "precpu_stats.online_cpus", json_integer_value(answer_json(x, "cpu_stats.online_cpus")));
    then_true(s,
              json_integer_value(answer_json(x, "cpu_stats.system_cpu_usage")) >
                  json_integer_value(answer_json(x, "precpu_stats.system_cpu_usage")),
              "a later cpu_stats.system_cpu_usage than that of precpu_stats");
}

static void a_stream_goes_on(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct stream *st = when_follow(s, "/containers/%s/stats", id);

    then_status(stream_answer(st), 200);
    then_event(st, "{'id': '%s', 'pids_stats': {'current': 1}}", id);
    for (int i = 0; i < 20 && json_array_size(stream_values(st)) < 2; i++)
        stream_is_open(st, 200);
    then_true(s, json_array_size(stream_values(st)) >= 2, "a second reading");
    then_true(s, stream_is_open(st, 0), "a stream that is open");
}

static void then_zeros(struct scene *s, const char *id)
{
    struct exchange *x = when_get(s, "/containers/%s/stats?stream=0", id);

    then_status(x, 200);
    then_json(x, "id", id);
    then_json(x, "name", scene_printf(s, "/%s", given_name_of(s, id)));
    then_json(x, "read", "0001-01-01T00:00:00Z");
    then_json_int(x, "cpu_stats.cpu_usage.total_usage", 0);
    then_json_empty(x, "memory_stats");
    then_json_empty(x, "pids_stats");
    then_json_absent(x, "networks");
}

static void a_created_container_has_zeros(void **state)
{
    struct scene *s = *state;

    then_zeros(s, given_container(s, "sleeper"));
}

static void an_exited_container_has_zeros(void **state)
{
    struct scene *s = *state;

    then_zeros(s, given_exited_container(s, "failing"));
}

static const struct missing {
    const char *label, *query;
} missings[] = {
    {"one",       "?stream=0"},
    { "a stream", ""         },
};

static void a_missing_container_is_not_found(void **state)
{
    struct scene *s = *state;
    const struct missing *row = s->row;
    const char *name = scene_unique_name(s, "none");

    struct exchange *x = when_get(s, "/containers/%s/stats%s", name, row->query);

    then_refused(x, 404);
    then_error_mentions(x, name);
}

CASES(container_stats) = {
    CASE("ContainerStats.one-shot", one_reading_comes_at_once),
    CASE("ContainerStats.cpu", processor_time_is_counted),
    CASE_NEEDS("ContainerStats.memory", memory_is_counted, NEEDS_MEMORY_LIMIT),
    CASE("ContainerStats.pids", processes_are_counted),
    CASE_NEEDS("ContainerStats.adds-up", a_reading_adds_up,
               NEEDS_MEMORY_LIMIT | NEEDS_PIDS_LIMIT | NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerStats.networks", traffic_is_counted, NEEDS_BRIDGE_NETWORK),
    CASE("ContainerStats.no-network", without_a_network_there_is_no_traffic),
    CASE("ContainerStats.no-stream", a_second_reading_has_the_first_beside_it),
    CASE("ContainerStats.stream", a_stream_goes_on),
    CASE("ContainerStats.not-running", a_created_container_has_zeros),
    CASE("ContainerStats.not-running", an_exited_container_has_zeros),
    CASE_ROWS("ContainerStats.not-found", a_missing_container_is_not_found, missings),
    CASE_END,
};
