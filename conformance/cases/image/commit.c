/* cases/image/commit.c - POST /commit */
#include "harness/then/then.h"

#include <string.h>

#define NOBODY "plimsoll-nobody-has-this-name"

/* POST /commit of a container, under a name of this case's own so that it is swept up; `more` begins with '&' or is "". */
static struct exchange *when_committed(struct scene *s, const char *id, const char *repository,
                                       const char *more, json_t *body)
{
    const char *path = scene_printf(s, "/commit?container=%s&repo=%s%s", id, repository, more);

    return body ? when_post_json(s, body, "%s", path) : when_post(s, "%s", path);
}

static struct exchange *when_inspected(struct scene *s, const char *repository)
{
    return when_get(s, "/images/%s/json", repository);
}

static void then_made(struct exchange *x)
{
    then_status(x, 201);
    then_json_digest(x, "Id");
}

static void an_image_is_made(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_exited(s, a_probe("['write', '/made', 'by the container']"));

    struct exchange *x = when_committed(s, id, repository, "", NULL);
    const char *made = answer_string(x, "Id");

    then_made(x);
    x = when_inspected(s, repository);
    then_json(x, "Id", made);
    then_json_equals(x, "RepoTags", "['%s:latest']", repository);
    then_json_length(x, "RootFS.Layers", 2);
    then_json_date(x, "Created");
    then_json(x, "Os", "linux");
    then_json_not_empty(x, "Architecture");
}

static const char *run_it(struct scene *s, const char *repository, const char *command, const char *path)
{
    return probe_output(s, json_of("{'Image': '%s', 'Entrypoint': ['/bin/probe'], 'Cmd': ['%s', '%s']}",
                                   repository, command, path));
}

static void a_container_of_it_has_the_files(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id =
        given_created(s, json_of("{'Image': '%s', 'Cmd': ['/bin/probe', 'true']}", given_image(s, "layers")));
    given_files(
        s, id,
        json_of("[{'name': 'data/changed', 'content': 'changed'}, {'name': 'new/f', 'content': 'new'}]"));

    struct exchange *x = when_committed(s, id, repository, "", NULL);

    then_made(x);
    then_string(s, "what was changed", run_it(s, repository, "read", "/data/changed"), "changed");
    then_string(s, "what was added", run_it(s, repository, "read", "/new/f"), "new");
    then_mentions(s, "what was left alone", run_it(s, repository, "ls", "/data"), "kept");
}

static void what_was_deleted_is_not_in_it(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *seen;
    const char *id = given_running(
        s, json_of("{'Image': '%s', 'Cmd': ['/bin/probe', 'sleep', 'forever']}", given_image(s, "layers")));
    probe_exec(s, id, "['rm', '/data/kept']");
    probe_exec(s, id, "['rm', '/data/links']");

    struct exchange *x = when_committed(s, id, repository, "", NULL);

    then_made(x);
    seen = run_it(s, repository, "ls", "/data");
    then_mentions(s, "what is there", seen, "added");
    then_true(s, !strstr(seen, "kept"), "the deleted file is gone");
    then_true(s, !strstr(seen, "links"), "the deleted directory is gone");
}

static void what_is_in_a_volume_is_not_in_it(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_exited(s, with(a_probe("['write', '/data/file', 'x']"), "HostConfig.Binds",
                                          "['%s:/data']", given_volume(s, NULL)));

    struct exchange *x = when_committed(s, id, repository, "", NULL);

    then_made(x);
    then_string(s, "what is there", run_it(s, repository, "ls", "/data"), "");
}

static void without_a_change_there_is_no_layer(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_container(s, "sleeper");
    struct exchange *before = when_inspected(s, given_image(s, "probe"));

    struct exchange *x = when_committed(s, id, repository, "", NULL);
    struct exchange *image = when_inspected(s, repository);
    struct exchange *history = when_get(s, "/images/%s/history", repository);

    then_made(x);
    then_json_value(image, "RootFS.Layers", json_incref((json_t *)answer_json(before, "RootFS.Layers")));
    then_json_int(image, "Size", json_integer_value(answer_json(before, "Size")));
    then_json_int(history, "[0].Size", 0);
}

/* -- its config -- */

static json_t *with_all(struct scene *s)
{
    return json_of(
        "{'Image': '%s', 'Cmd': ['sleep', 'forever'], 'Entrypoint': ['/bin/probe'], 'Env': ['A=1', 'B=2'],"
        "'Labels': {'kept': 'yes', 'changed': 'no'}, 'User': '3', 'WorkingDir': '/home',"
        "'ExposedPorts': {'90/udp': {}}, 'Volumes': {'/volume': {}}, 'StopSignal': 'SIGINT',"
        "'Healthcheck': {'Test': ['CMD', '/bin/probe', 'true'], 'Interval': 3000000000}}",
        given_image(s, "probe"));
}

static const struct body {
    const char *label, *text;
} bodies[] = {
    {"no body",          NULL},
    { "an empty object", "{}"}
};

static void without_a_config_it_has_the_container_s(void **state)
{
    struct scene *s = *state;
    const struct body *row = s->row;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x = when_committed(s, id, repository, "", row->text ? json_object() : NULL);

    then_made(x);
    x = when_inspected(s, repository);
    then_json_equals(x, "Config.Cmd", "['sleep', 'forever']");
    then_json_equals(x, "Config.Entrypoint", "['/bin/probe']");
    then_json_contains(x, "Config.Env", "A=1");
    then_json_contains(x, "Config.Env", "B=2");
    then_json(x, "Config.Labels.kept", "yes");
    then_json(x, "Config.User", "3");
    then_json(x, "Config.WorkingDir", "/home");
    then_json_equals(x, "Config.ExposedPorts", "{'90/udp': {}}");
    then_json_equals(x, "Config.Volumes", "{'/volume': {}}");
    then_json(x, "Config.StopSignal", "SIGINT");
    then_json_equals(x, "Config.Healthcheck",
                     "{'Test': ['CMD', '/bin/probe', 'true'], 'Interval': 3000000000}");
}

static void a_config_is_completed_by_the_container_s(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x = when_committed(
        s, id, repository, "",
        json_of(
            "{'Cmd': ['echo'], 'Env': ['A=9', 'C=3'], 'Labels': {'changed': 'yes'}, 'WorkingDir': '/other',"
            "'ExposedPorts': {'1/tcp': {}}, 'Volumes': {'/second': {}}, 'Healthcheck': {'Retries': 4},"
            "'OnBuild': ['RUN x']}"));

    then_made(x);
    x = when_inspected(s, repository);
    then_json_equals(x, "Config.Cmd", "['echo']");
    then_json_equals(x, "Config.Entrypoint", "['/bin/probe']");
    then_json_contains(x, "Config.Env", "A=9");
    then_json_contains(x, "Config.Env", "B=2");
    then_json_contains(x, "Config.Env", "C=3");
    then_json_lacks(x, "Config.Env", "A=1");
    then_json(x, "Config.Labels.kept", "yes");
    then_json(x, "Config.Labels.changed", "yes");
    then_json(x, "Config.User", "3");
    then_json(x, "Config.WorkingDir", "/other");
    then_json_equals(x, "Config.ExposedPorts", "{'1/tcp': {}, '90/udp': {}}");
    then_json_equals(x, "Config.Volumes", "{'/second': {}, '/volume': {}}");
    then_json(x, "Config.StopSignal", "SIGINT");
    then_json_equals(x, "Config.Healthcheck",
                     "{'Test': ['CMD', '/bin/probe', 'true'], 'Interval': 3000000000, 'Retries': 4}");
    then_json_equals(x, "Config.OnBuild", "['RUN x']");
}

static void the_rest_of_a_config_is_the_request_s(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x = when_committed(
        s, id, repository, "",
        json_of(
            "{'User': '9', 'StopSignal': 'SIGKILL', 'Shell': ['/bin/probe', 'sh'], 'Healthcheck': {'Test': "
            "['NONE'], 'Interval': 5000000000, 'Timeout': 6000000000, 'StartPeriod': 7000000000}}"));

    then_made(x);
    x = when_inspected(s, repository);
    then_json(x, "Config.User", "9");
    then_json(x, "Config.StopSignal", "SIGKILL");
    then_json_equals(x, "Config.Shell", "['/bin/probe', 'sh']");
    then_json_equals(
        x, "Config.Healthcheck",
        "{'Test': ['NONE'], 'Interval': 5000000000, 'Timeout': 6000000000, 'StartPeriod': 7000000000}");
}

/* Members that an inspect does not show at every version are in the document that is saved. */
static struct exchange *when_saved(struct scene *s, const char *repository)
{
    return as_saved_config(when_get(s, "/images/%s/get", repository));
}

static void what_is_no_image_s_affair_is_kept_as_well(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x = when_committed(
        s, id, repository, "",
        json_of(
            "{'Hostname': 'host', 'Domainname': 'domain', 'AttachStdin': true, 'AttachStdout': true,"
            "'AttachStderr': true, 'Tty': true, 'OpenStdin': true, 'StdinOnce': true, 'ArgsEscaped': true,"
            "'Image': 'some-image', 'NetworkDisabled': true, 'StopTimeout': 7,"
            "'MacAddress': '02:42:ac:11:00:77'}"));

    then_made(x);
    x = when_saved(s, repository);
    then_json(x, "config.Hostname", "host");
    then_json(x, "config.Domainname", "domain");
    then_json_bool(x, "config.AttachStdin", true);
    then_json_bool(x, "config.AttachStdout", true);
    then_json_bool(x, "config.AttachStderr", true);
    then_json_bool(x, "config.Tty", true);
    then_json_bool(x, "config.OpenStdin", true);
    then_json_bool(x, "config.StdinOnce", true);
    then_json_bool(x, "config.ArgsEscaped", true);
    then_json(x, "config.Image", "some-image");
    then_json_bool(x, "config.NetworkDisabled", true);
    then_json_int(x, "config.StopTimeout", 7);
    then_json(x, "config.MacAddress", "02:42:ac:11:00:77");
}

static void what_it_is_worth_to_a_container_is_nothing(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_container(s, "sleeper");

    struct exchange *x = when_committed(s, id, repository, "",
                                        json_of("{'Hostname': 'host', 'Tty': true, 'OpenStdin': true, "
                                                "'NetworkDisabled': true, 'StopTimeout': 7}"));
    const char *made = given_created(s, json_of("{'Image': '%s', 'Cmd': ['true']}", repository));
    struct exchange *container = when_get(s, "/containers/%s/json", made);

    then_made(x);
    then_true(s, strncmp(made, json_string_value(answer_json(container, "Config.Hostname")), 12) == 0,
              "its own host name");
    then_json_bool(container, "Config.Tty", false);
    then_json_bool(container, "Config.OpenStdin", false);
    then_json_absent(container, "Config.NetworkDisabled");
    then_json_absent(container, "Config.StopTimeout");
}

static void the_start_interval_is_the_request_s(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_container(s, "sleeper");

    struct exchange *x = when_committed(
        s, id, repository, "",
        json_of("{'Healthcheck': {'Test': ['CMD', '/bin/probe', 'true'], 'StartInterval': 3000000000}}"));

    then_made(x);
    then_json_int(when_inspected(s, repository), "Config.Healthcheck.StartInterval", 3000000000);
}

static void an_entrypoint_drops_the_container_s_cmd(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x =
        when_committed(s, id, repository, "", json_of("{'Entrypoint': ['/bin/probe', 'echo']}"));

    then_made(x);
    x = when_inspected(s, repository);
    then_json_equals(x, "Config.Entrypoint", "['/bin/probe', 'echo']");
    then_json_empty(x, "Config.Cmd");
}

/* -- changes -- */

static const struct change {
    const char *label; /* the instruction */
    const char *member, *wanted;
} changes[] = {
    {"CMD [\"x\",\"y\"]",                     "Cmd",              "['x', 'y']"                                },
    { "CMD x  y",                             "Cmd",              "['/bin/sh', '-c', 'x  y']"                 },
    { "ENTRYPOINT [\"x\"]",                   "Entrypoint",       "['x']"                                     },
    { "ENTRYPOINT x",                         "Entrypoint",       "['/bin/sh', '-c', 'x']"                    },
    { "ENV C=3 D=\"e f\"",                    "Env",              "['A=1', 'B=2', 'C=3', 'D=e f']"            },
    { "ENV C 3 4",                            "Env",              "['A=1', 'B=2', 'C=3 4']"                   },
    { "ENV A=$B",                             "Env",              "['A=2', 'B=2']"                            },
    { "env A=9",                              "Env",              "['A=9', 'B=2']"                            },
    { "EXPOSE 80 81/udp",                     "ExposedPorts",     "{'80/tcp': {}, '81/udp': {}, '90/udp': {}}"},
    { "EXPOSE 80-81",                         "ExposedPorts",     "{'80/tcp': {}, '81/tcp': {}, '90/udp': {}}"},
    { "LABEL a=b \"c d\"=\"e f\"",            "Labels.c d",       "'e f'"                                     },
    { "LABEL changed=$A",                     "Labels.changed",   "'1'"                                       },
    { "USER u:g",                             "User",             "'u:g'"                                     },
    { "VOLUME /second",                       "Volumes",          "{'/second': {}, '/volume': {}}"            },
    { "VOLUME [\"/v3\",\"/v4\"]",             "Volumes",          "{'/v3': {}, '/v4': {}, '/volume': {}}"     },
    { "WORKDIR /x",                           "WorkingDir",       "'/x'"                                      },
    { "WORKDIR relative",                     "WorkingDir",       "'/home/relative'"                          },
    { "ONBUILD RUN x",                        "OnBuild",          "['RUN x']"                                 },
    { "HEALTHCHECK NONE",                     "Healthcheck.Test", "['NONE']"                                  },
    { "HEALTHCHECK --interval=5s CMD x y",    "Healthcheck",
     "{'Test': ['CMD-SHELL', 'x y'], 'Interval': 5000000000}"                                                 },
    { "HEALTHCHECK --retries=2 CMD [\"/h\"]", "Healthcheck",
     "{'Test': ['CMD', '/h'], 'Interval': 3000000000, 'Retries': 2}"                                          },
};

/* PATH is there on some releases and not on others. */
static json_t *without_path(json_t *env)
{
    for (size_t i = json_array_size(env); i-- > 0;)
        if (strncmp(json_string_value(json_array_get(env, i)), "PATH=", 5) == 0)
            json_array_remove(env, i);
    return env;
}

/* JSON with single quotes. */
static json_t *value_of(struct scene *s, const char *text)
{
    char *copy = (char *)scene_printf(s, "%s", text);

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    return json_loads(copy, JSON_DECODE_ANY, NULL);
}

static void a_change_is_made(void **state)
{
    struct scene *s = *state;
    const struct change *row = s->row;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x =
        when_committed(s, id, repository, scene_printf(s, "&changes=%s", url_encoded(s, row->label)), NULL);

    then_made(x);
    x = when_inspected(s, repository);
    then_status(x, 200);
    without_path(json_object_get(json_object_get(x->json, "Config"), "Env"));
    then_json_value(x, scene_printf(s, "Config.%s", row->member), value_of(s, row->wanted));
    then_json(x, "Config.Labels.kept", "yes");
}

static void changes_are_made_one_after_the_other(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x = when_committed(
        s, id, repository,
        "&changes=ENV%20X%3D1&changes=ENV%20Y%3D%24X%0AWORKDIR%20a%0A%23%20none%0AWORKDIR%20b", NULL);

    then_made(x);
    x = when_inspected(s, repository);
    then_json_contains(x, "Config.Env", "X=1");
    then_json_contains(x, "Config.Env", "Y=1");
    then_json(x, "Config.WorkingDir", "/home/a/b");
}

static void changes_come_after_the_body(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x = when_committed(s, id, repository, "&changes=ENV%20A%3D9&changes=CMD%20%5B%22z%22%5D",
                                        json_of("{'Env': ['A=8', 'C=3'], 'Cmd': ['y']}"));

    then_made(x);
    x = when_inspected(s, repository);
    then_json_equals(x, "Config.Cmd", "['z']");
    then_json_contains(x, "Config.Env", "A=9");
    then_json_contains(x, "Config.Env", "B=2");
    then_json_contains(x, "Config.Env", "C=3");
    then_json_lacks(x, "Config.Env", "A=8");
}

static void an_entrypoint_change_drops_the_cmd(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *id = given_created(s, with_all(s));

    struct exchange *x = when_committed(s, id, repository, "&changes=ENTRYPOINT%20%5B%22x%22%5D", NULL);
    struct exchange *kept =
        when_committed(s, id, other, "&changes=CMD%20%5B%22y%22%5D&changes=ENTRYPOINT%20%5B%22x%22%5D", NULL);

    then_made(x);
    then_json_empty(when_inspected(s, repository), "Config.Cmd");
    then_made(kept);
    then_json_equals(when_inspected(s, other), "Config.Cmd", "['y']");
}

static void a_stop_signal_is_changed(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_created(s, with_all(s));

    struct exchange *x = when_committed(s, id, repository, "&changes=STOPSIGNAL%20SIGTERM", NULL);
    struct exchange *wrong = when_post(s, "/commit?container=%s&changes=STOPSIGNAL%%20nonsense", id);

    then_made(x);
    then_json(when_inspected(s, repository), "Config.StopSignal", "SIGTERM");
    then_refused(wrong, 400);
}

static const struct no_change {
    const char *label; /* the instruction */
} no_changes[] = {
    { "RUN x" },
    { "FROM x" },
    { "COPY a b" },
    { "ADD a b" },
    { "ARG a=b" },
    { "SHELL [\"a\"]" },
    { "MAINTAINER x" },
    { "nonsense" },
    { "" },
    { "# a comment alone" },
    { "ENV" },
    { "ENV =x" },
    { "LABEL" },
    { "LABEL =x" },
    { "USER" },
    { "VOLUME" },
    { "WORKDIR" },
    { "EXPOSE nonsense" },
    { "HEALTHCHECK" },
    { "HEALTHCHECK --interval=nonsense CMD x" },
    { "HEALTHCHECK --nonsense CMD x" },
    { "ONBUILD" },
    { "ONBUILD FROM x" },
    { "ONBUILD ONBUILD RUN x" },
};

static void what_is_no_change_is_refused(void **state)
{
    struct scene *s = *state;
    const struct no_change *row = s->row;
    const char *repository = scene_unique_repository(s, "a"), *id = given_container(s, "sleeper");

    struct exchange *x =
        when_committed(s, id, repository, scene_printf(s, "&changes=%s", url_encoded(s, row->label)), NULL);

    then_refused(x, 400);
    then_not_found(s, "/images/%s/json", repository);
}

/* -- what is told of it -- */

static void author_and_comment_are_told(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_container(s, "sleeper");

    struct exchange *x =
        when_committed(s, id, repository, "&author=Somebody%20%3Cs%40example%3E&comment=a%20reason", NULL);

    then_made(x);
    x = when_inspected(s, repository);
    then_json(x, "Author", "Somebody <s@example>");
    then_json(x, "Comment", "a reason");
    x = when_get(s, "/images/%s/history", repository);
    then_json(x, "[0].Comment", "a reason");
}

static void the_history_has_one_step_more(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *parent = given_image(s, "probe");
    const char *id = given_exited(s, a_probe("['write', '/made', 'seven c']"));
    struct exchange *before = when_get(s, "/images/%s/history", parent);
    struct exchange *image = when_inspected(s, parent);

    struct exchange *x = when_committed(s, id, repository, "", NULL);
    const char *made = answer_string(x, "Id");

    then_made(x);
    x = when_get(s, "/images/%s/history", repository);
    then_json_length(x, "", json_array_size(before->json) + 1);
    then_json(x, "[0].Id", made);
    then_json_equals(x, "[0].Tags", "['%s:latest']", repository);
    then_json(x, "[0].CreatedBy", "/bin/probe write /made seven c");
    then_json_int(x, "[0].Size", 7);
    then_json_between(x, "[0].Created", 1700000000, 9999999999LL);
    then_json(x, "[1].Id", answer_string(image, "Id"));
    then_json(x, "[1].CreatedBy", answer_string(before, "[0].CreatedBy"));
}

static void it_knows_its_parent(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_exited(s, a_probe("['write', '/made', 'seven c']"));
    struct exchange *parent = when_inspected(s, given_image(s, "probe"));

    struct exchange *x = when_committed(s, id, repository, "", NULL);
    struct exchange *image = when_inspected(s, repository);
    struct exchange *list =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'reference': ['%s']}", repository));

    then_made(x);
    then_json(image, "Parent", answer_string(parent, "Id"));
    then_json_int(image, "Size", json_integer_value(answer_json(parent, "Size")) + 7);
    then_json_has(list, "", "{'Id': '%s', 'ParentId': '%s'}", answer_string(x, "Id"),
                  answer_string(parent, "Id"));
}

/* -- its name -- */

static void it_gets_the_name(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_container(s, "sleeper");

    struct exchange *first = when_committed(s, id, repository, "&tag=one", NULL);
    struct exchange *second = when_committed(s, id, repository, "&tag=one&comment=other", NULL);
    struct exchange *image = when_get(s, "/images/%s:one/json", repository);
    struct exchange *nameless = when_get(s, "/images/%s/json", answer_string(first, "Id"));

    then_made(first);
    then_made(second);
    then_json(image, "Id", answer_string(second, "Id"));
    then_json_equals(image, "RepoTags", "['%s:one']", repository);
    then_json_empty(nameless, "RepoTags");
}

static void without_a_name_it_has_none(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_post(s, "/commit?container=%s", id);
    struct exchange *tag = when_post(s, "/commit?container=%s&tag=alone", id);
    struct exchange *image = when_get(s, "/images/%s/json", answer_string(x, "Id"));
    struct exchange *other = when_get(s, "/images/%s/json", answer_string(tag, "Id"));

    then_made(x);
    then_made(tag);
    then_json_empty(image, "RepoTags");
    then_json_empty(other, "RepoTags");
}

/* -- of a running container -- */

static bool has_event(struct stream *events, const char *action)
{
    const json_t *event;
    size_t i;

    json_array_foreach (stream_values(events), i, event)
        if (strcmp(json_string_value(json_object_get(event, "Action")), action) == 0)
            return true;
    return false;
}

static void a_running_container_is_paused_meanwhile(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_running_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_committed(s, id, repository, "", NULL);

    then_made(x);
    then_event(events, "{'Type': 'container', 'Action': 'unpause'}");
    then_true(s, has_event(events, "pause"), "an event pause");
    then_container_is(s, id, "running");
}

static void it_is_not_paused_when_told_so(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_running_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_committed(s, id, repository, "&pause=0", NULL);

    then_made(x);
    then_status(when_post(s, "/containers/%s/kill?signal=WINCH", id), 204);
    then_event(events, "{'Type': 'container', 'Action': 'kill'}");
    then_true(s, !has_event(events, "pause"), "no event pause");
    then_container_is(s, id, "running");
}

static void a_paused_container_stays_paused(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_paused_container(s, "sleeper");

    struct exchange *x = when_committed(s, id, repository, "", NULL);

    then_made(x);
    then_container_is(s, id, "paused");
}

/* -- events -- */

static void there_is_an_event(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_committed(s, id, repository, "&tag=t&comment=because", NULL);

    then_made(x);
    then_event(events,
               "{'Type': 'container', 'Action': 'commit', 'Actor': {'ID': '%s', 'Attributes': {'comment': "
               "'because', "
               "'imageID': '%s', 'imageRef': '%s:t', 'name': '%s'}}}",
               id, answer_string(x, "Id"), repository, given_name_of(s, id));
    given_removed(s, id);
    then_events(events, "commit destroy");
}

static void its_name_is_an_event_of_the_image(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_container(s, "sleeper");
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['image'], 'label': ['%s']}", scene_label(s)));

    struct exchange *x = when_committed(s, id, repository, "&tag=t", NULL);

    then_made(x);
    then_event(events,
               "{'Type': 'image', 'Action': 'tag', 'Actor': {'ID': '%s', 'Attributes': {'name': '%s:t'}}}",
               answer_string(x, "Id"), repository);
}

static void it_is_an_event_that_an_image_is_made(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a"), *id = given_container(s, "sleeper");
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['image'], 'label': ['%s']}", scene_label(s)));

    struct exchange *x = when_committed(s, id, repository, "", NULL);

    then_made(x);
    then_event(events, "{'Type': 'image', 'Action': 'create', 'Actor': {'ID': '%s'}}",
               answer_string(x, "Id"));
    then_events(events, "create tag");
}

/* -- refused -- */

static const struct name {
    const char *label, *query;
} names[] = {
    {"capitals",    "repo=Not-Lower-Case"            },
    { "bad tag",    "repo=localhost/plimsoll&tag=a@b"},
    { "empty part", "repo=localhost//plimsoll"       },
};

static void a_bad_name_is_refused(void **state)
{
    struct scene *s = *state;
    const struct name *row = s->row;
    const char *id = given_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_post(s, "/commit?container=%s&%s", id, row->query);

    then_refused(x, 400);
    then_status(when_post(s, "/containers/%s/start", id), 204);
    then_event(events, "{'Type': 'container', 'Action': 'start'}");
    then_true(s, !has_event(events, "commit"), "no event commit");
}

static void without_a_container(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post(s, "/commit");
    struct exchange *empty = when_post(s, "/commit?container=");

    then_refused(x, 400);
    then_refused(empty, 400);
}

static const struct wrong {
    const char *label, *type, *body;
} wrongs[] = {
    {"not whole",     "application/json", "{\"Cmd\": [\"a\""},
    { "a wrong type", "application/json", "{\"Cmd\": 7}"    },
    { "of text",      "text/plain",       "{}"              },
};

static void a_wrong_body_is_refused(void **state)
{
    struct scene *s = *state;
    const struct wrong *row = s->row;
    const char *id = given_container(s, "sleeper"), *repository = scene_unique_repository(s, "a");

    scene_sends_unknown(s);
    struct exchange *x =
        when_post_text(s, row->type, row->body, "/commit?container=%s&repo=%s", id, repository);

    then_refused(x, 400);
    then_not_found(s, "/images/%s/json", repository);
}

static void a_container_that_is_not_there(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");

    struct exchange *x = when_committed(s, NOBODY, repository, "", NULL);

    then_refused(x, 404);
    then_error_mentions(x, NOBODY);
    then_not_found(s, "/images/%s/json", repository);
}

CASES(image_commit) = {
    CASE("ImageCommit.image", an_image_is_made),
    CASE("ImageCommit.files", a_container_of_it_has_the_files),
    CASE("ImageCommit.deleted", what_was_deleted_is_not_in_it),
    CASE("ImageCommit.volumes", what_is_in_a_volume_is_not_in_it),
    CASE("ImageCommit.no-layer", without_a_change_there_is_no_layer),
    CASE_ROWS("ImageCommit.no-config", without_a_config_it_has_the_container_s, bodies),
    CASE("ImageCommit.config", a_config_is_completed_by_the_container_s),
    CASE("ImageCommit.config-members", the_rest_of_a_config_is_the_request_s),
    CASE("ImageCommit.config-rest", what_is_no_image_s_affair_is_kept_as_well),
    CASE("ImageCommit.config-rest-unused", what_it_is_worth_to_a_container_is_nothing),
    CASE("ImageCommit.start-interval", the_start_interval_is_the_request_s),
    CASE("ImageCommit.entrypoint", an_entrypoint_drops_the_container_s_cmd),
    CASE_ROWS("ImageCommit.changes", a_change_is_made, changes),
    CASE("ImageCommit.changes-order", changes_are_made_one_after_the_other),
    CASE("ImageCommit.changes-body", changes_come_after_the_body),
    CASE("ImageCommit.changes-entrypoint", an_entrypoint_change_drops_the_cmd),
    CASE("ImageCommit.changes-stop-signal", a_stop_signal_is_changed),
    CASE_ROWS("ImageCommit.bad-changes", what_is_no_change_is_refused, no_changes),
    CASE("ImageCommit.author", author_and_comment_are_told),
    CASE("ImageCommit.history", the_history_has_one_step_more),
    CASE("ImageCommit.parent", it_knows_its_parent),
    CASE("ImageCommit.name", it_gets_the_name),
    CASE("ImageCommit.no-name", without_a_name_it_has_none),
    CASE_NEEDS("ImageCommit.pause", a_running_container_is_paused_meanwhile, NEEDS_FREEZER),
    CASE("ImageCommit.no-pause", it_is_not_paused_when_told_so),
    CASE_NEEDS("ImageCommit.paused", a_paused_container_stays_paused, NEEDS_FREEZER),
    CASE("ImageCommit.event", there_is_an_event),
    CASE("ImageCommit.tag-event", its_name_is_an_event_of_the_image),
    CASE("ImageCommit.image-event", it_is_an_event_that_an_image_is_made),
    CASE_ROWS("ImageCommit.bad-name", a_bad_name_is_refused, names),
    CASE("ImageCommit.no-container", without_a_container),
    CASE_ROWS("ImageCommit.wrong-body", a_wrong_body_is_refused, wrongs),
    CASE("ImageCommit.not-found", a_container_that_is_not_there),
    CASE_END,
};
