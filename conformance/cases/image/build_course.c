/* cases/image/build_course.c - POST /build: what is taken from before, the containers of RUN, their limits, events, cancelling */
#include "harness/scene/build.h"
#include "harness/then/then.h"

#include <string.h>

/* -- what was made before -- */

#define F(text) json_of("[{'name': 'f', 'content': '" text "'}]")

static void the_same_again_is_taken_from_before(void **state)
{
    struct scene *s = *state;
    const char *text = dockerfile_of(s, "ENV A=b\nCOPY f /f\nRUN true\n");
    const char *before = given_built(s, "", text, F("one"));

    struct exchange *x = when_build_with(s, "", text, F("one"));

    then_status(x, 200);
    then_int(s, "steps taken from before", build_hits(s, x), 4);
    then_string(s, "the image", build_id(s, x), before);
}

static void another_file_is_another_step(void **state)
{
    struct scene *s = *state;
    const char *text = dockerfile_of(s, "ENV A=b\nCOPY f /f\nRUN read /f\n");
    given_built(s, "", text, F("one"));

    struct exchange *x = when_build_with(s, "", text, F("two"));

    then_status(x, 200);
    then_int(s, "steps taken from before", build_hits(s, x), 2);
    then_mentions(s, "the stream", build_text(s, x), "two");
}

static void another_command_is_another_step(void **state)
{
    struct scene *s = *state;
    given_built(s, "", dockerfile_of(s, "ENV A=b\nRUN echo one\nRUN true\n"), NULL);

    struct exchange *x = when_build(s, "", dockerfile_of(s, "ENV A=b\nRUN echo two\nRUN true\n"));

    then_status(x, 200);
    then_int(s, "steps taken from before", build_hits(s, x), 2);
    then_mentions(s, "the stream", build_text(s, x), "two");
}

static void nothing_is_taken_if_so_asked(void **state)
{
    struct scene *s = *state;
    const char *text = dockerfile_of(s, "RUN echo again\n");
    const char *before = given_built(s, "", text, NULL);

    struct exchange *x = when_build(s, "nocache=1", text);

    then_status(x, 200);
    then_int(s, "steps taken from before", build_hits(s, x), 0);
    then_mentions(s, "the stream", build_text(s, x), "again");
    then_true(s, strcmp(build_id(s, x), before) != 0, "another image");
}

static const struct argument {
    const char *label, *text, *before, *now;
    int hits;
} argument_rows[] = {
    {"the same",       "ARG A\nRUN echo $A\n", "buildargs=%7B%22A%22%3A%221%22%7D",
     "buildargs=%7B%22A%22%3A%221%22%7D",          3},
    { "another",       "ARG A\nRUN echo $A\n", "buildargs=%7B%22A%22%3A%221%22%7D",
     "buildargs=%7B%22A%22%3A%222%22%7D",          2},
    { "another proxy", "ENV A=b\nRUN true\n",  "buildargs=%7B%22HTTP_PROXY%22%3A%221%22%7D",
     "buildargs=%7B%22HTTP_PROXY%22%3A%222%22%7D", 3},
};

static void a_build_argument_counts_for_a_command(void **state)
{
    struct scene *s = *state;
    const struct argument *row = s->row;
    const char *text = dockerfile_of(s, "%s", row->text);
    given_built(s, row->before, text, NULL);

    struct exchange *x = when_build(s, row->now, text);

    then_status(x, 200);
    then_int(s, "steps taken from before", build_hits(s, x), row->hits);
}

static void only_what_led_to_these_is_taken(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a"), *other = scene_unique_repository(s, "b");
    const char *text = dockerfile_of(s, "ENV A=b\n");
    given_built(s, scene_printf(s, "t=%s:1", name), text, NULL);

    struct exchange *named =
        when_build(s, scene_printf(s, "cachefrom=%s", query_json(s, "['%s:1']", name)), text);
    struct exchange *missing =
        when_build(s, scene_printf(s, "cachefrom=%s", query_json(s, "['%s:1']", other)), text);
    struct exchange *base =
        when_build(s, scene_printf(s, "cachefrom=%s", query_json(s, "['%s']", base_image(s))), text);
    struct exchange *none = when_build(s, scene_printf(s, "cachefrom=%s", query_json(s, "[]")), text);

    then_status(named, 200);
    then_int(s, "steps taken from it", build_hits(s, named), 2);
    then_int(s, "steps taken from what is not there", build_hits(s, missing), 0);
    then_int(s, "steps taken from the base", build_hits(s, base), 0);
    then_int(s, "steps taken without a list", build_hits(s, none), 2);
}

/* -- the containers of RUN -- */

static json_t *containers_of(struct scene *s)
{
    return (json_t *)given_get(s, "/containers/json?all=1&filters=%s",
                               query_json(s, "{'label': ['%s']}", scene_label(s)));
}

static const struct removal {
    const char *label, *query, *command;
    int left;
} removals[] = {
    {"by default",           "",               "true",  0},
    { "rm=1",                "rm=1",           "true",  0},
    { "rm=0",                "rm=0",           "true",  1},
    { "a failed one stays",  "rm=1",           "false", 1},
    { "forcerm=1",           "forcerm=1",      "false", 0},
    { "forcerm=1 over rm=0", "rm=0&forcerm=1", "false", 0},
};

static void a_container_goes_or_stays(void **state)
{
    struct scene *s = *state;
    const struct removal *row = s->row;

    struct exchange *x = when_build(s, row->query, dockerfile_of(s, "RUN %s\n", row->command));
    int left = 0;
    const json_t *c;
    size_t i;
    json_array_foreach (containers_of(s), i, c) {
        const char *command = json_string_value(json_at(c, "Command"));
        left += command && strcmp(command, scene_printf(s, "/bin/sh -c %s", row->command)) == 0;
    }

    then_status(x, 200);
    then_int(s, "containers of that command", left, row->left);
}

/* The container that a build with rm=0 has left of its RUN. */
static struct exchange *left_container(struct scene *s, const char *query)
{
    const json_t *c;
    const char *id = NULL;
    size_t i;

    when_build(s, scene_printf(s, "rm=0&%s", query), dockerfile_of(s, "RUN true\n"));
    json_array_foreach (containers_of(s), i, c) {
        const char *command = json_string_value(json_at(c, "Command"));
        if (command && strcmp(command, "/bin/sh -c true") == 0)
            id = json_string_value(json_at(c, "Id"));
    }
    if (!id)
        case_blocked(s, "no container is left with rm=0");
    return when_get(s, "/containers/%s/json", id);
}

static const struct limit {
    const char *label, *query, *path;
    long long wanted;
} limits[] = {
    {"memory",     "memory=67108864",                   "HostConfig.Memory",     67108864 },
    { "memswap",   "memory=67108864&memswap=201326592", "HostConfig.MemorySwap", 201326592},
    { "cpushares", "cpushares=512",                     "HostConfig.CpuShares",  512      },
    { "cpuperiod", "cpuperiod=50000",                   "HostConfig.CpuPeriod",  50000    },
    { "cpuquota",  "cpuquota=25000",                    "HostConfig.CpuQuota",   25000    },
    { "shmsize",   "shmsize=1048576",                   "HostConfig.ShmSize",    1048576  },
};

static void a_command_has_these_limits(void **state)
{
    struct scene *s = *state;
    const struct limit *row = s->row;

    struct exchange *x = left_container(s, row->query);

    then_status(x, 200);
    then_json_int(x, row->path, row->wanted);
}

static void a_command_has_these_processors(void **state)
{
    struct scene *s = *state;

    struct exchange *x = left_container(s, "cpusetcpus=0");

    then_json(x, "HostConfig.CpusetCpus", "0");
}

static void a_command_has_this_network(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build(s, "networkmode=none", dockerfile_of(s, "RUN ls /sys/class/net && echo end\n"));
    struct exchange *container = left_container(s, "networkmode=none");

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "lo\nend\n");
    then_json(container, "HostConfig.NetworkMode", "none");
}

static void a_command_knows_these_hosts(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "extrahosts=one:192.0.2.1&extrahosts=two:192.0.2.2",
                                    dockerfile_of(s, "RUN read /etc/hosts\n"));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "192.0.2.1\tone\n192.0.2.2\ttwo\n");
}

/* -- events, cancelling -- */

static void a_build_is_told_by_events(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a");
    struct stream *events = when_events_follow(s, query_json(s, "{'label': ['%s']}", scene_label(s)));

    struct exchange *x = when_build(s, scene_printf(s, "t=%s:1", name), dockerfile_of(s, "RUN exit 0\n"));

    then_status(x, 200);
    then_event(events, "{'Type': 'container', 'Action': 'create'}");
    then_event(events, "{'Type': 'container', 'Action': 'attach'}");
    then_event(events, "{'Type': 'container', 'Action': 'start'}");
    then_event(events, "{'Type': 'container', 'Action': 'die', 'Actor': {'Attributes': {'exitCode': '0'}}}");
    then_event(events, "{'Type': 'container', 'Action': 'destroy'}");
    then_event(events,
               "{'Type': 'image', 'Action': 'tag', 'Actor': {'ID': '%s', 'Attributes': {'name': '%s:1'}}}",
               answer_string(when_get(s, "/images/%s:1/json", name), "Id"), name);
}

/* No container of this case is there any more. */
static bool ends(struct scene *s)
{
    return wait_until(s, "", "[]", "/containers/json?all=1&filters=%s",
                      query_json(s, "{'label': ['%s']}", scene_label(s)));
}

/* A build whose first command says "begun" and does not end. The word is an argument's value: the steps that the build tells of do not
 * hold it, so who sees it knows that the command runs. */
static struct stream *when_build_waits(struct scene *s, const char *name)
{
    return when_build_pending(
        s, scene_printf(s, "t=%s:1&buildargs=%s", name, query_json(s, "{'WORD': 'begun'}")),
        dockerfile_of(s, "ARG WORD\nRUN echo $WORD && sleep forever\nRUN true\n"));
}

static void who_leaves_ends_the_build(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a");
    struct stream *st = when_build_waits(s, name);
    bool began = stream_wait_for(st, "begun");

    stream_close(st);

    then_true(s, began, "the command runs");
    then_true(s, ends(s), "the command is ended, and its container removed");
    then_not_found(s, "/images/%s:1/json", name);
}

static void output_comes_while_a_command_runs(void **state)
{
    struct scene *s = *state;
    struct stream *st = when_build_waits(s, scene_unique_repository(s, "a"));

    then_stream_says(st, "begun");
    then_status(stream_answer(st), 200);
    stream_close(st);
    then_true(s, ends(s), "the command is ended, and its container removed");
}

CASES(image_build_course) = {
    CASE("ImageBuild.cache", the_same_again_is_taken_from_before),
    CASE("ImageBuild.cache-files", another_file_is_another_step),
    CASE("ImageBuild.cache-command", another_command_is_another_step),
    CASE("ImageBuild.nocache", nothing_is_taken_if_so_asked),
    CASE_ROWS("ImageBuild.cache-args", a_build_argument_counts_for_a_command, argument_rows),
    CASE("ImageBuild.cachefrom", only_what_led_to_these_is_taken),
    CASE_ROWS("ImageBuild.rm", a_container_goes_or_stays, removals),
    CASE_ROWS_NEEDS("ImageBuild.limits", a_command_has_these_limits, limits,
                    NEEDS_MEMORY_LIMIT | NEEDS_CPU_QUOTA),
    CASE_NEEDS("ImageBuild.limits", a_command_has_these_processors, NEEDS_CPUSET),
    CASE("ImageBuild.networkmode", a_command_has_this_network),
    CASE("ImageBuild.extrahosts", a_command_knows_these_hosts),
    CASE("ImageBuild.events", a_build_is_told_by_events),
    CASE("ImageBuild.cancel", who_leaves_ends_the_build),
    CASE("ImageBuild.output", output_comes_while_a_command_runs),
    CASE_END,
};
