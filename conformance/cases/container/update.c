/* cases/container/update.c - POST /containers/{id}/update */
#include "harness/then/then.h"

static void the_limits_of_a_running_one_change(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, with(a_container("sleeper"), "HostConfig.Memory", "%d", 32 << 20));

    struct exchange *x = when_post_json(s, json_of("{'Memory': 50331648, 'MemorySwap': 100663296}"),
                                        "/containers/%s/update", id);

    then_status(x, 200);
    then_json_empty(x, "Warnings");
    x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "HostConfig.Memory", 50331648);
    then_json_int(x, "HostConfig.MemorySwap", 100663296);
    then_mentions(s, "the limits inside", probe_exec(s, id, "['report']"), "\"memory\":50331648");
    then_container_is(s, id, "running");
}

static void the_limit_of_processes_changes(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(s, json_of("{'PidsLimit': 44}"), "/containers/%s/update", id);

    then_status(x, 200);
    then_json_int(when_get(s, "/containers/%s/json", id), "HostConfig.PidsLimit", 44);
    then_mentions(s, "the limits inside", probe_exec(s, id, "['report']"), "\"pids\":44");
}

static void a_created_one_changes_too(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x =
        when_post_json(s, json_of("{'CpuShares': 512, 'NanoCpus': 500000000}"), "/containers/%s/update", id);

    then_status(x, 200);
    x = when_get(s, "/containers/%s/json", id);
    then_json_int(x, "HostConfig.CpuShares", 512);
    then_json_int(x, "HostConfig.NanoCpus", 500000000);
}

static void what_is_left_out_stays(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_container("sleeper"), "HostConfig.CpuShares", "512"));
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_json(s, json_of("{}"), "/containers/%s/update", id);

    then_status(x, 200);
    then_unchanged(s, id, before);
}

static void the_restart_policy_changes(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x =
        when_post_json(s, json_of("{'RestartPolicy': {'Name': 'on-failure', 'MaximumRetryCount': 3}}"),
                       "/containers/%s/update", id);

    then_status(x, 200);
    then_json_equals(when_get(s, "/containers/%s/json", id), "HostConfig.RestartPolicy",
                     "{'Name': 'on-failure', 'MaximumRetryCount': 3}");
}

static const struct change {
    const char *member;
    long long value;
} changes[] = {
    {"CpuShares",          768     },
    { "CpuPeriod",         50000   },
    { "CpuQuota",          25000   },
    { "Memory",            67108864},
    { "MemoryReservation", 33554432},
    { "MemorySwap",        94371840},
    { "PidsLimit",         44      },
};

static void every_limit_changes(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");
    json_t *body = json_of("{'CpusetCpus': '0', 'CpusetMems': '0'}");
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        json_object_set_new(body, changes[i].member, json_integer(changes[i].value));

    struct exchange *x = when_post_json(s, body, "/containers/%s/update", id);

    then_status(x, 200);
    x = when_get(s, "/containers/%s/json", id);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        then_json_int(x, scene_printf(s, "HostConfig.%s", changes[i].member), changes[i].value);
    then_json(x, "HostConfig.CpusetCpus", "0");
    then_json(x, "HostConfig.CpusetMems", "0");
}

static void what_no_kernel_has_is_warned_of(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_post_json(s, json_of("{'CpuPercent': 50}"), "/containers/%s/update", id);

    then_status(x, 200);
    then_json_contains(x, "Warnings", "linux does not support CPU percent. Percent discarded.");
    then_json_int(when_get(s, "/containers/%s/json", id), "HostConfig.CpuPercent", 0);
}

/* What the kernel does not have is discarded with a warning, or refused. */
static const struct optional {
    const char *label, *member;
    long long value;
    const char *word;
} optional[] = {
    {"weight",               "BlkioWeight",        300,     "Weight discarded"},
    { "period of real time", "CpuRealtimePeriod",  1000000, "real-time"       },
    { "share of real time",  "CpuRealtimeRuntime", 950000,  "real-time"       },
};

static void what_a_kernel_may_lack_is_kept_or_warned_of(void **state)
{
    struct scene *s = *state;
    const struct optional *row = s->row;
    const char *id = given_container(s, "sleeper");
    json_t *body = json_object();
    json_object_set_new(body, row->member, json_integer(row->value));

    struct exchange *x = when_post_json(s, body, "/containers/%s/update", id);

    then_status_in(x, 200, 400);
    bool kept = x->status == 200 && json_array_size(answer_json(x, "Warnings")) == 0;
    if (!kept)
        then_body_mentions(x, row->word);
    then_json_int(when_get(s, "/containers/%s/json", id), scene_printf(s, "HostConfig.%s", row->member),
                  kept ? row->value : 0);
}

static const struct bad_update {
    const char *label, *body, *mentions;
} bad_updates[] = {
    {"too little memory",       "{\"Memory\": 1000}",                                                         "memory"  },
    { "unknown restart policy", "{\"RestartPolicy\": {\"Name\": \"plimsoll\"}}",                              "plimsoll"},
    { "negative restart count", "{\"RestartPolicy\": {\"Name\": \"on-failure\", \"MaximumRetryCount\": -1}}",
     "negative"                                                                                                         },
    { "operations of a disk",   "{\"IOMaximumIOps\": 5}",                                                     "maximum" },
    { "bandwidth of a disk",    "{\"IOMaximumBandwidth\": 5}",                                                "maximum" },
    { "unknown processors",     "{\"CpusetCpus\": \"plimsoll\"}",                                             "plimsoll"},
};

static void a_bad_value_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_update *row = s->row;
    const char *id = given_container(s, "sleeper");
    const json_t *before = given_inspect(s, id);

    struct exchange *x = when_post_text(s, "application/json", row->body, "/containers/%s/update", id);

    then_refused(x, 400);
    then_error_mentions(x, row->mentions);
    then_unchanged(s, id, before);
}

static void what_removes_itself_gets_no_restart_policy(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, with(a_container("sleeper"), "HostConfig.AutoRemove", "true"));
    const json_t *before = given_inspect(s, id);

    struct exchange *x =
        when_post_json(s, json_of("{'RestartPolicy': {'Name': 'always'}}"), "/containers/%s/update", id);

    then_refused(x, 409);
    then_unchanged(s, id, before);
}

static void updating_what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post_json(s, json_of("{}"), "/containers/plimsoll-nobody-has-this-name/update");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-nobody-has-this-name");
}

CASES(container_update) = {
    CASE_NEEDS("ContainerUpdate.running", the_limits_of_a_running_one_change, NEEDS_MEMORY_LIMIT),
    CASE_NEEDS("ContainerUpdate.pids-limit", the_limit_of_processes_changes, NEEDS_PIDS_LIMIT),
    CASE_NEEDS("ContainerUpdate.created", a_created_one_changes_too, NEEDS_CPU_QUOTA),
    CASE_NEEDS("ContainerUpdate.limits", every_limit_changes,
               NEEDS_MEMORY_LIMIT | NEEDS_CPU_QUOTA | NEEDS_PIDS_LIMIT | NEEDS_CPUSET),
    CASE("ContainerUpdate.discarded", what_no_kernel_has_is_warned_of),
    CASE_ROWS("ContainerUpdate.kernel", what_a_kernel_may_lack_is_kept_or_warned_of, optional),
    CASE("ContainerUpdate.left-out", what_is_left_out_stays),
    CASE("ContainerUpdate.restart-policy", the_restart_policy_changes),
    CASE_ROWS("ContainerUpdate.bad-value", a_bad_value_is_refused, bad_updates),
    CASE("ContainerUpdate.auto-remove", what_removes_itself_gets_no_restart_policy),
    CASE("ContainerUpdate.not-found", updating_what_is_not_there_is_not_found),
    CASE_END,
};
