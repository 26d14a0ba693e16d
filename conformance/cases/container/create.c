/* cases/container/create.c - POST /containers/create: names, what comes from the image, what is refused.
 *
 * What the host configuration does to the process stands in create_host.c, what it sees by default in create_inside.c. */
#include "harness/then/then.h"

/* The create body of a container of the fixture "config", whose image sets every field. */
static json_t *of_config(struct scene *s)
{
    return json_of("{'Image': '%s'}", given_image(s, "config"));
}

static struct exchange *created_of(struct scene *s, json_t *body)
{
    return when_get(s, "/containers/%s/json", given_created(s, body));
}

/* --- names --- */

static void a_container_is_made_under_its_name(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "web");

    struct exchange *x = when_create(s, name, a_container("sleeper"));

    then_status(x, 201);
    then_json_hex_id(x, "Id");
    then_json_equals(x, "Warnings", "[]");
    struct exchange *look = when_get(s, "/containers/%s/json", name);
    then_json(look, "Id", answer_string(x, "Id"));
    then_json(look, "Name", scene_printf(s, "/%s", name));
    then_json(look, "State.Status", "created");
}

static void a_slash_before_the_name_does_not_count(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "web");

    struct exchange *x = when_create(s, scene_printf(s, "/%s", name), a_container("sleeper"));

    then_status(x, 201);
    then_json(when_get(s, "/containers/%s/json", name), "Id", answer_string(x, "Id"));
}

static void a_container_without_a_name_gets_one(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_create(s, NULL, a_container("sleeper"));

    then_status(x, 201);
    struct exchange *look = when_get(s, "/containers/%s/json", answer_string(x, "Id"));
    const char *name = answer_string(look, "Name");
    then_true(s, name && name[0] == '/' && name[1], "a name after a slash");
    then_json(when_get(s, "/containers/%s/json", name + 1), "Id", answer_string(x, "Id"));
}

static const struct bad_name {
    const char *label, *name;
} bad_names[] = {
    {"one character", "a"           },
    { "slash",        "plimsoll/x"  },
    { "space",        "plimsoll%20x"},
    { "leading dash", "-plimsoll"   },
    { "leading dot",  ".plimsoll"   },
    { "colon",        "plimsoll:x"  },
};

static void a_bad_name_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_name *row = s->row;

    struct exchange *x = when_post_json(s, a_container("sleeper"), "/containers/create?name=%s", row->name);

    then_refused(x, 400);
    then_error_mentions(x, "name");
    then_json_length(when_get(s, "/containers/json?all=1&filters=%s",
                              query_json(s, "{'label': ['%s', '%s']}", scene_label(s), scene_run_label(s))),
                     "", 0);
}

static void a_name_that_is_taken_is_refused(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_create(s, given_name_of(s, id), a_container("sleeper"));

    then_refused(x, 409);
    then_error_mentions(x, given_name_of(s, id));
    then_error_mentions(x, id);
    then_json(when_get(s, "/containers/%s/json", given_name_of(s, id)), "Id", id);
}

/* --- the image --- */

static void the_image_gives_what_the_request_leaves_out(void **state)
{
    struct scene *s = *state;

    struct exchange *x = created_of(s, of_config(s));

    then_json_equals(x, "Config.Entrypoint", "['/bin/probe']");
    then_json_equals(x, "Config.Cmd", "['sleep', 'forever']");
    then_json(x, "Config.WorkingDir", "/srv/dir");
    then_json(x, "Config.User", "probe:probe");
    then_json(x, "Path", "/bin/probe");
    then_json_equals(x, "Args", "['sleep', 'forever']");
}

static void the_images_environment_is_taken(void **state)
{
    struct scene *s = *state;

    struct exchange *x = created_of(s, of_config(s));

    then_json_equals(x, "Config.Env",
                     "['PATH=/bin', 'PLIMSOLL_MARK=loaded', 'PLIMSOLL_EMPTY=', 'PLIMSOLL_EQUALS=a=b']");
}

static void the_images_ports_volumes_and_labels_are_taken(void **state)
{
    struct scene *s = *state;

    struct exchange *x = created_of(s, of_config(s));

    then_json_equals(x, "Config.ExposedPorts", "{'8080/tcp': {}, '8081/tcp': {}, '53/udp': {}}");
    then_json_equals(x, "Config.Volumes", "{'/volume': {}, '/empty-volume': {}}");
    then_json(x, "Config.Labels.org\\.example\\.plimsoll", "fixture");
    then_json(x, "Config.Labels.org\\.example\\.empty", "");
    then_json_length(x, "Mounts", 2);
    then_json_has(x, "Mounts", "{'Type': 'volume', 'Destination': '/volume', 'RW': true}");
}

static void the_images_stop_signal_and_health_check_are_taken(void **state)
{
    struct scene *s = *state;

    struct exchange *x = created_of(s, of_config(s));

    then_json(x, "Config.StopSignal", "SIGUSR1");
    then_json_equals(x, "Config.Healthcheck",
                     "{'Test': ['CMD', '/bin/probe', 'health', '/tmp/healthy'], 'Interval': 1000000000, "
                     "'Timeout': 2000000000, 'StartPeriod': 3000000000, 'Retries': 2}");
}

static void a_command_of_its_own_replaces_the_images(void **state)
{
    struct scene *s = *state;

    struct exchange *x = created_of(s, with(of_config(s), "Cmd", "['echo', 'mine']"));

    then_json_equals(x, "Config.Entrypoint", "['/bin/probe']");
    then_json_equals(x, "Config.Cmd", "['echo', 'mine']");
    then_json_equals(x, "Args", "['echo', 'mine']");
}

static void an_entry_point_of_its_own_drops_the_images_command(void **state)
{
    struct scene *s = *state;

    struct exchange *x = created_of(s, with(of_config(s), "Entrypoint", "['/bin/probe', 'env']"));

    then_json_equals(x, "Config.Entrypoint", "['/bin/probe', 'env']");
    then_json_null(x, "Config.Cmd");
    then_json(x, "Path", "/bin/probe");
    then_json_equals(x, "Args", "['env']");
}

static const struct no_entry_point {
    const char *label, *entry_point;
} no_entry_points[] = {
    {"an empty list",          "[]"  },
    { "a list with one empty", "['']"},
};

static void an_empty_entry_point_removes_the_images(void **state)
{
    struct scene *s = *state;
    const struct no_entry_point *row = s->row;
    json_t *body = with(of_config(s), "Cmd", "['/bin/probe', 'true']");

    struct exchange *x = created_of(s, row->entry_point[1] == ']' ? with(body, "Entrypoint", "[]")
                                                                  : with(body, "Entrypoint", "['']"));

    then_json(x, "Path", "/bin/probe");
    then_json_equals(x, "Args", "['true']");
    then_json_value(x, "Config.Entrypoint", row->entry_point[1] == ']' ? json_array() : json_null());
}

static void variables_are_merged_by_name(void **state)
{
    struct scene *s = *state;

    struct exchange *x = created_of(s, with(of_config(s), "Env", "['PLIMSOLL_MARK=mine', 'NEW=1']"));

    then_json_length(x, "Config.Env", 5);
    then_json_contains(x, "Config.Env", "PLIMSOLL_MARK=mine");
    then_json_contains(x, "Config.Env", "NEW=1");
    then_json_contains(x, "Config.Env", "PLIMSOLL_EQUALS=a=b");
    then_json_contains(x, "Config.Env", "PATH=/bin");
}

static void labels_ports_and_volumes_are_added(void **state)
{
    struct scene *s = *state;
    json_t *body = with(of_config(s), "Labels", "{'org.example.plimsoll': 'mine', 'new': '1'}");
    with(body, "ExposedPorts", "{'1/tcp': {}}");
    with(body, "Volumes", "{'/more': {}}");

    struct exchange *x = created_of(s, body);

    then_json(x, "Config.Labels.org\\.example\\.plimsoll", "mine");
    then_json(x, "Config.Labels.new", "1");
    then_json(x, "Config.Labels.org\\.example\\.empty", "");
    then_json_equals(x, "Config.ExposedPorts", "{'8080/tcp': {}, '8081/tcp': {}, '53/udp': {}, '1/tcp': {}}");
    then_json_equals(x, "Config.Volumes", "{'/volume': {}, '/empty-volume': {}, '/more': {}}");
    then_json_length(x, "Mounts", 3);
}

static void what_is_one_value_is_replaced(void **state)
{
    struct scene *s = *state;
    json_t *body = with(of_config(s), "WorkingDir", "'/tmp'");
    with(body, "User", "'root'");
    with(body, "StopSignal", "'SIGINT'");

    struct exchange *x = created_of(s, body);

    then_json(x, "Config.WorkingDir", "/tmp");
    then_json(x, "Config.User", "root");
    then_json(x, "Config.StopSignal", "SIGINT");
}

static void a_health_check_is_merged_by_member(void **state)
{
    struct scene *s = *state;

    struct exchange *x = created_of(s, with(of_config(s), "Healthcheck", "{'Retries': 9}"));

    then_json_int(x, "Config.Healthcheck.Retries", 9);
    then_json_int(x, "Config.Healthcheck.Interval", 1000000000);
    then_json_equals(x, "Config.Healthcheck.Test", "['CMD', '/bin/probe', 'health', '/tmp/healthy']");
}

static void a_volume_of_its_own_takes_the_place_of_the_images(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);

    struct exchange *x = created_of(s, with(of_config(s), "HostConfig.Binds", "['%s:/volume']", volume));

    then_json_length(x, "Mounts", 2);
    then_json_has(x, "Mounts", "{'Type': 'volume', 'Destination': '/volume', 'Name': '%s'}", volume);
}

static void an_image_by_id_is_told_by_id(void **state)
{
    struct scene *s = *state;
    const char *image =
        json_string_value(json_at(given_get(s, "/images/%s/json", given_image(s, "probe")), "Id"));

    struct exchange *x = created_of(s, json_of("{'Image': '%s'}", image));

    then_json(x, "Config.Image", image);
    then_json(x, "Image", image);
}

/* --- refused --- */

/* Of a table's template, which takes no arguments. */
static json_t *from_table(const char *template, ...)
{
    va_list args;
    json_t *ret;

    va_start(args, template);
    ret = json_from_template(template, args);
    va_end(args);
    return ret;
}

static void then_nothing_was_made(struct scene *s, const char *name)
{
    then_not_found(s, "/containers/%s/json", name);
}

static void an_unknown_image_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "c");

    struct exchange *x = when_create(s, name, json_of("{'Image': 'plimsoll/nobody-has-this:1'}"));

    then_refused(x, 404);
    then_error_mentions(x, "No such image");
    then_error_mentions(x, "plimsoll/nobody-has-this:1");
    then_nothing_was_made(s, name);
}

static void no_image_and_no_configuration_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "c");

    struct exchange *x = when_post_text(s, "application/json", "{}", "/containers/create?name=%s", name);

    then_refused(x, 400);
    then_nothing_was_made(s, name);
}

static const struct bad_member {
    const char *label, *path, *value, *mentions;
} bad_members[] = {
    { "too little memory",               "HostConfig.Memory",           "1000",                           "memory"     },
    { "bad working folder",              "WorkingDir",                  "'relative'",                     "relative"   },
    { "bad variable",                    "Env",                         "['=x']",                         "=x"         },
    { "unknown stop signal",             "StopSignal",                  "'PLIMSOLL'",                     "PLIMSOLL"   },
    { "negative retries",                "Healthcheck",                 "{'Test': ['CMD', 'a'], 'Retries': -1}", "retries" },
    { "interval below 1 ms",             "Healthcheck",                 "{'Test': ['CMD', 'a'], 'Interval': 1}", "interval" },
    { "unknown capability to add",       "HostConfig.CapAdd",           "['PLIMSOLL']",                   "PLIMSOLL"   },
    { "unknown capability to drop",      "HostConfig.CapDrop",          "['PLIMSOLL']",                   "PLIMSOLL"   },
    { "negative shared memory",          "HostConfig.ShmSize",          "-1",                             "SHM"        },
    { "oom score beyond 1000",           "HostConfig.OomScoreAdj",      "2000",                           "2000"       },
    { "extra host without address",      "HostConfig.ExtraHosts",       "['nohost']",                     "nohost"     },
    { "unknown restart policy",          "HostConfig.RestartPolicy",    "{'Name': 'plimsoll'}",           "plimsoll"   },
    { "negative restart count",          "HostConfig.RestartPolicy",    "{'Name': 'on-failure', 'MaximumRetryCount': -1}", "negative" },
    { "restart count with always",       "HostConfig.RestartPolicy",    "{'Name': 'always', 'MaximumRetryCount': 3}", "retry count" },
    { "unknown runtime",                 "HostConfig.Runtime",          "'plimsoll-none'",                "plimsoll-none" },
    { "unknown log driver",              "HostConfig.LogConfig",        "{'Type': 'plimsoll'}",           "plimsoll"   },
    { "unknown log option",              "HostConfig.LogConfig",        "{'Type': 'json-file', 'Config': {'plimsoll': '1'}}", "plimsoll" },
    { "bad cgroup namespace",            "HostConfig.CgroupnsMode",     "'plimsoll'",                     "plimsoll"   },
    { "port that is no number",          "HostConfig.PortBindings",     "{'web': [{'HostPort': '1'}]}",   "web"        },
    { "host port beyond 65535",          "HostConfig.PortBindings",     "{'80/tcp': [{'HostPort': '99999999'}]}", "99999999" },
    { "volumes from nobody",             "HostConfig.VolumesFrom",      "['plimsoll-nobody']",            "plimsoll-nobody" },
    { "link to nobody",                  "HostConfig.Links",            "['plimsoll-nobody:x']",          "plimsoll-nobody" },
    { "tmpfs at a relative path",        "HostConfig.Tmpfs",            "{'x': ''}",                      "absolute"   },
    { "mount of an unknown type",        "HostConfig.Mounts",           "[{'Type': 'plimsoll', 'Target': '/x'}]", "plimsoll" },
    { "mount without a target",          "HostConfig.Mounts",           "[{'Type': 'volume'}]",           "Target"     },
    { "tmpfs mount with a source",       "HostConfig.Mounts",           "[{'Type': 'tmpfs', 'Source': 'a', 'Target': '/x'}]", "Source" },
    { "bind mount of what is not there", "HostConfig.Mounts",           "[{'Type': 'bind', 'Source': '/plimsoll-none', 'Target': '/x'}]", "/plimsoll-none" },
    { "volume with a bad name",          "HostConfig.Binds",            "['./a/b:/x']",                   "./a/b"      },
}, bad_modes[] = {
    { "ipc",                             "HostConfig.IpcMode",          "'plimsoll'",                     "plimsoll"   },
    { "pid",                             "HostConfig.PidMode",          "'plimsoll'",                     "plimsoll"   },
    { "uts",                             "HostConfig.UTSMode",          "'plimsoll'",                     "plimsoll"   },
}, bad_macs[] = {
    { "mac address",                     "MacAddress",                  "'plimsoll'",                     "plimsoll"   },
}, bad_binds[] = {
    { "relative target",                 "HostConfig.Binds",            "['plimsoll:relative']",          "absolute"   },
    { "nothing but a relative path",     "HostConfig.Binds",            "['relative']",                   "absolute"   },
    { "unknown mode",                    "HostConfig.Binds",            "['plimsoll:/x:plimsoll']",       "mode"       },
    { "over the root",                   "HostConfig.Binds",            "['plimsoll:/']",                 "destination" },
    { "unknown security option",         "HostConfig.SecurityOpt",      "['plimsoll=1']",                 "plimsoll"   },
};

static json_t *with_bad_member(const struct bad_member *row)
{
    json_t *body = a_container("sleeper");

    json_set_at(body, row->path, from_table(row->value));
    return body;
}

static void a_bad_member_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_member *row = s->row;
    const char *name = scene_unique_name(s, "c");

    struct exchange *x = when_create(s, name, with_bad_member(row));

    then_refused(x, 400);
    then_error_mentions(x, row->mentions);
    then_nothing_was_made(s, name);
}

static void a_bad_bind_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_member *row = s->row;
    const char *name = scene_unique_name(s, "c");

    struct exchange *x = when_create(s, name, with_bad_member(row));

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_error_mentions(x, row->mentions);
    then_nothing_was_made(s, name);
}

static const struct conflict {
    const char *label, *host_config, *mentions;
} conflicts[] = {
    {"less swap than memory",       "{'Memory': 20971520, 'MemorySwap': 10485760}",        "memoryswap" },
    { "swap without memory",        "{'MemorySwap': 10485760}",                            "memory"     },
    { "more reserved than allowed", "{'Memory': 20971520, 'MemoryReservation': 31457280}", "reservation"},
    { "nano CPUs and a period",     "{'NanoCpus': 1000000000, 'CpuPeriod': 1000}",         "Nano CPUs"  },
    { "more CPUs than there are",   "{'NanoCpus': 1000000000000000}",                      "CPUs"       },
};

static const struct conflict removes_itself[] = {
    {"removes itself and restarts", "{'AutoRemove': true, 'RestartPolicy': {'Name': 'always'}}",
     "AutoRemove"},
};

static void what_contradicts_itself_is_refused(void **state)
{
    struct scene *s = *state;
    const struct conflict *row = s->row;
    const char *name = scene_unique_name(s, "c");
    json_t *body = a_container("sleeper");
    json_set_at(body, "HostConfig", from_table(row->host_config));

    struct exchange *x = when_create(s, name, body);

    then_refused(x, 400);
    then_error_mentions(x, row->mentions);
    then_nothing_was_made(s, name);
}

static void the_hosts_name_is_not_given(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "c");
    json_t *body = with(a_container("sleeper"), "HostConfig.UTSMode", "'host'");

    struct exchange *x = when_create(s, name, with(body, "Hostname", "'other'"));

    then_refused(x, 400);
    then_error_mentions(x, "hostname");
    then_nothing_was_made(s, name);
}

static const struct bad_body {
    const char *label, *type, *body;
} bad_bodies[] = {
    { "no JSON",         "application/json", "plimsoll" },
    { "an array",        "application/json", "[]" },
    { "empty",           "application/json", "" },
    { "a wrong type",    "application/json", "{\"Image\": \"plimsoll\", \"Cmd\": {\"a\": 1}}" },
}, bad_types[] = {
    { "text",            "text/plain",       "{\"Image\": \"plimsoll\"}" },
};

static void a_bad_body_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_body *row = s->row;
    const char *name = scene_unique_name(s, "c");

    struct exchange *x = when_post_text(s, row->type, row->body, "/containers/create?name=%s", name);

    then_refused(x, 400);
    then_nothing_was_made(s, name);
}

static void a_platform_that_the_image_is_not_for_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "c");

    struct exchange *x =
        when_post_json(s, a_container("sleeper"), "/containers/create?name=%s&platform=windows/amd64", name);

    then_refused(x, 404);
    then_error_mentions(x, "platform");
    then_nothing_was_made(s, name);
}

static void a_platform_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "c");

    struct exchange *x =
        when_post_json(s, a_container("sleeper"), "/containers/create?name=%s&platform=a/b/c/d", name);

    then_refused(x, 400);
    then_nothing_was_made(s, name);
}

static void a_command_may_be_one_text(void **state)
{
    struct scene *s = *state;

    scene_sends_unknown(s);
    struct exchange *x = created_of(s, with(a_container("sleeper"), "Cmd", "'/bin/true'"));

    then_json_equals(x, "Config.Cmd", "['/bin/true']");
    then_json(x, "Path", "/bin/true");
}

static void an_unknown_member_is_ignored(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "c");

    scene_sends_unknown(s);
    struct exchange *x =
        when_create(s, name, with(a_container("sleeper"), "PlimsollNobodyKnows", "{'a': 1}"));

    then_status(x, 201);
    then_json_absent(when_get(s, "/containers/%s/json", name), "Config.PlimsollNobodyKnows");
}

static void an_unknown_network_is_noticed_at_the_start(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "c");

    struct exchange *x =
        when_create(s, name, with(a_container("sleeper"), "HostConfig.NetworkMode", "'plimsoll-none'"));

    then_status(x, 201);
    x = when_post(s, "/containers/%s/start", name);
    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
    then_container_is(s, name, "created");
}

static const struct bad_member not_here[] = {
    {"operations of a disk",   "HostConfig.IOMaximumIOps",      "5",                 "IOps"     },
    { "bandwidth of a disk",   "HostConfig.IOMaximumBandwidth", "5",                 "bandwidth"},
    { "isolation",             "HostConfig.Isolation",          "'hyperv'",          "hyperv"   },
    { "option of the storage", "HostConfig.StorageOpt",         "{'plimsoll': '1'}", "plimsoll" },
};

static const struct discarded {
    const char *label, *path, *value, *warning;
} discarded[] = {
    {"percent of processors", "HostConfig.CpuPercent", "50",
     "linux does not support CPU percent. Percent discarded."},
};

static void what_no_kernel_has_is_warned_of(void **state)
{
    struct scene *s = *state;
    const struct discarded *row = s->row;
    json_t *body = a_container("sleeper");
    json_set_at(body, row->path, from_table(row->value));

    struct exchange *x = when_create(s, NULL, body);

    then_status(x, 201);
    then_json_contains(x, "Warnings", row->warning);
    then_json_nothing(when_get(s, "/containers/%s/json", answer_string(x, "Id")), row->path);
}

/* The weight is kept where the kernel has one, and else discarded with a warning. */
static void a_weight_is_kept_or_warned_of(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_create(s, NULL, with(a_container("sleeper"), "HostConfig.BlkioWeight", "300"));

    then_status(x, 201);
    bool kept = json_array_size(answer_json(x, "Warnings")) == 0;
    if (!kept)
        then_body_mentions(x, "Weight discarded");
    then_json_int(when_get(s, "/containers/%s/json", answer_string(x, "Id")), "HostConfig.BlkioWeight",
                  kept ? 300 : 0);
}

static void weights_of_devices_are_kept_or_warned_of(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "HostConfig.BlkioWeightDevice",
                        "[{'Path': '/dev/null', 'Weight': 100}]");

    struct exchange *x = when_create(s, NULL, body);

    then_status(x, 201);
    bool kept = json_array_size(answer_json(x, "Warnings")) == 0;
    if (!kept)
        then_body_mentions(x, "Weight-device discarded");
    x = when_get(s, "/containers/%s/json", answer_string(x, "Id"));
    then_json_length(x, "HostConfig.BlkioWeightDevice", kept ? 1 : 0);
}

/* As with weights; an engine may also refuse what its kernel cannot do. */
static void a_real_time_share_is_kept_or_refused(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "HostConfig.CpuRealtimePeriod", "1000000");

    struct exchange *x = when_create(s, NULL, with(body, "HostConfig.CpuRealtimeRuntime", "950000"));

    then_status_in(x, 201, 400);
    if (x->status == 400 || json_array_size(answer_json(x, "Warnings"))) {
        then_body_mentions(x, "real-time");
        return;
    }
    x = when_get(s, "/containers/%s/json", answer_string(x, "Id"));
    then_json_int(x, "HostConfig.CpuRealtimePeriod", 1000000);
    then_json_int(x, "HostConfig.CpuRealtimeRuntime", 950000);
}

CASES(container_create) = {
    CASE("ContainerCreate.named", a_container_is_made_under_its_name),
    CASE("ContainerCreate.slash", a_slash_before_the_name_does_not_count),
    CASE("ContainerCreate.unnamed", a_container_without_a_name_gets_one),
    CASE_ROWS("ContainerCreate.bad-name", a_bad_name_is_refused, bad_names),
    CASE("ContainerCreate.name-taken", a_name_that_is_taken_is_refused),
    CASE("ContainerCreate.from-image", the_image_gives_what_the_request_leaves_out),
    CASE("ContainerCreate.image-env", the_images_environment_is_taken),
    CASE("ContainerCreate.image-sets", the_images_ports_volumes_and_labels_are_taken),
    CASE("ContainerCreate.image-stop-signal ContainerCreate.image-health",
         the_images_stop_signal_and_health_check_are_taken),
    CASE("ContainerCreate.cmd", a_command_of_its_own_replaces_the_images),
    CASE("ContainerCreate.entrypoint", an_entry_point_of_its_own_drops_the_images_command),
    CASE_ROWS("ContainerCreate.no-entrypoint", an_empty_entry_point_removes_the_images, no_entry_points),
    CASE("ContainerCreate.env-merged", variables_are_merged_by_name),
    CASE("ContainerCreate.sets-merged", labels_ports_and_volumes_are_added),
    CASE("ContainerCreate.replaced", what_is_one_value_is_replaced),
    CASE("ContainerCreate.health-merged", a_health_check_is_merged_by_member),
    CASE("ContainerCreate.volume-replaced", a_volume_of_its_own_takes_the_place_of_the_images),
    CASE("ContainerCreate.image-id", an_image_by_id_is_told_by_id),
    CASE("ContainerCreate.unknown-image", an_unknown_image_is_not_found),
    CASE("ContainerCreate.nothing", no_image_and_no_configuration_is_refused),
    CASE_ROWS("ContainerCreate.bad-value", a_bad_member_is_refused, bad_members),
    CASE_ROWS("ContainerCreate.bad-mac-address", a_bad_member_is_refused, bad_macs),
    CASE_ROWS("ContainerCreate.bad-mode", a_bad_member_is_refused, bad_modes),
    CASE_ROWS("ContainerCreate.bad-bind", a_bad_bind_is_refused, bad_binds),
    CASE_ROWS("ContainerCreate.contradiction", what_contradicts_itself_is_refused, conflicts),
    CASE("ContainerCreate.contradiction", the_hosts_name_is_not_given),
    CASE_ROWS("ContainerCreate.auto-remove-restarts", what_contradicts_itself_is_refused, removes_itself),
    CASE_ROWS("ContainerCreate.bad-body", a_bad_body_is_refused, bad_bodies),
    CASE_ROWS("ContainerCreate.content-type", a_bad_body_is_refused, bad_types),
    CASE("ContainerCreate.platform", a_platform_that_the_image_is_not_for_is_not_found),
    CASE("ContainerCreate.bad-platform", a_platform_that_is_none_is_refused),
    CASE("ContainerCreate.cmd-text", a_command_may_be_one_text),
    CASE("ContainerCreate.unknown-member", an_unknown_member_is_ignored),
    CASE("ContainerCreate.unknown-network", an_unknown_network_is_noticed_at_the_start),
    CASE_ROWS("ContainerCreate.not-on-linux", a_bad_bind_is_refused, not_here),
    CASE_ROWS("ContainerCreate.discarded", what_no_kernel_has_is_warned_of, discarded),
    CASE("ContainerCreate.weight", a_weight_is_kept_or_warned_of),
    CASE("ContainerCreate.weight", weights_of_devices_are_kept_or_warned_of),
    CASE("ContainerCreate.real-time", a_real_time_share_is_kept_or_refused),
    CASE_END,
};
