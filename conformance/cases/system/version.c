/* cases/system/version.c - GET /version */
#include "harness/then/then.h"

static void the_engine_says_what_it_is(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/version");

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_json_not_empty(x, "Version");
    then_json_not_empty(x, "Os");
    then_json_not_empty(x, "Arch");
    then_json_not_empty(x, "KernelVersion");
    then_json_is_string(x, "GitCommit");
    then_json_is_string(x, "GoVersion");
    then_json_is_string(x, "BuildTime");
    then_json_is_string(x, "Platform.Name");
}

static void the_newest_version_is_that_of_ping(void **state)
{
    struct scene *s = *state;
    struct exchange *ping = when_get(s, "/_ping");

    struct exchange *x = when_get(s, "/version");

    then_status(x, 200);
    then_header(ping, "Api-Version", answer_string(x, "ApiVersion"));
}

static void what_is_named_is_spoken(void **state)
{
    struct scene *s = *state;
    struct exchange *x = when_get(s, "/version");
    const char *newest = answer_string(x, "ApiVersion"), *oldest = answer_string(x, "MinAPIVersion");

    then_true(s, newest && oldest, "ApiVersion and MinAPIVersion are texts");
    struct exchange *at_newest = when_get_at(s, newest, "/version");
    struct exchange *at_oldest = when_get_at(s, oldest, "/version");

    then_status(at_newest, 200);
    then_status(at_oldest, 200);
}

static void at_each_version_the_same_is_said(void **state)
{
    struct scene *s = *state;
    struct exchange *newest = when_get_at(s, s->facts->api_version, "/version");

    struct exchange *x = when_get_at(s, s->facts->min_api_version, "/version");

    then_status(x, 200);
    then_json(x, "ApiVersion", answer_string(newest, "ApiVersion"));
    then_json(x, "Version", answer_string(newest, "Version"));
}

static void the_first_component_is_the_engine(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/version");

    then_status(x, 200);
    then_json(x, "Components[0].Name", "Engine");
    then_json(x, "Components[0].Version", answer_string(x, "Version"));
    then_json(x, "Components[0].Details.ApiVersion", answer_string(x, "ApiVersion"));
    then_json(x, "Components[0].Details.MinAPIVersion", answer_string(x, "MinAPIVersion"));
    then_json(x, "Components[0].Details.Os", answer_string(x, "Os"));
    then_json(x, "Components[0].Details.Arch", answer_string(x, "Arch"));
}

static void the_first_component_says_it_again(void **state)
{
    struct scene *s = *state;
    static const char *const members[] = { "GitCommit", "GoVersion", "BuildTime", "KernelVersion" };

    struct exchange *x = when_get(s, "/version");

    then_status(x, 200);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        then_same(s, members[i], answer_json(x, scene_printf(s, "Components[0].Details.%s", members[i])),
                  answer_json(x, members[i]), NULL);
}

CASES(system_version) = {
    CASE("SystemVersion.members", the_engine_says_what_it_is),
    CASE("SystemVersion.newest", the_newest_version_is_that_of_ping),
    CASE("SystemVersion.spoken", what_is_named_is_spoken),
    CASE("SystemVersion.any-version", at_each_version_the_same_is_said),
    CASE("SystemVersion.components", the_first_component_is_the_engine),
    CASE("SystemVersion.component-details", the_first_component_says_it_again),
    CASE_END,
};
