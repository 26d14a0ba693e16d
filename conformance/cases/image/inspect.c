/* cases/image/inspect.c - GET /images/{name}/json */
#include "harness/then/then.h"

#include <string.h>

static void an_image_is_told(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_get(s, "/images/%s:1/json", repository);

    then_status(x, 200);
    then_json(x, "Id", id);
    then_json_digest(x, "Id");
    then_json_equals(x, "RepoTags", "['%s:1']", repository);
    then_json(x, "Created", "2001-09-09T01:46:40Z");
    then_json(x, "Os", "linux");
    then_json_not_empty(x, "Architecture");
    then_json_between(x, "Size", 100000, 10000000);
}

static void an_image_that_no_registry_has_seen_has_no_digests(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);

    struct exchange *x = when_get(s, "/images/%s/json", id);

    then_status(x, 200);
    then_json_equals(x, "RepoDigests", "[]");
}

static void layers_are_told_by_the_digests_of_their_content(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/images/%s/json", given_image(s, "layers"));

    then_status(x, 200);
    then_json(x, "RootFS.Type", "layers");
    then_json_length(x, "RootFS.Layers", 6);
    then_json_digest(x, "RootFS.Layers[0]");
    then_json_digest(x, "RootFS.Layers[5]");
}

/* fixtures/images/config sets every member. */
static const struct member {
    const char *label, *json;
} members[] = {
    {"User",                          "'probe:probe'"                                                                  },
    { "ExposedPorts",                 "{'8080/tcp': {}, '8081/tcp': {}, '53/udp': {}}"                                 },
    { "Env",                          "['PATH=/bin', 'PLIMSOLL_MARK=loaded', 'PLIMSOLL_EMPTY=', 'PLIMSOLL_EQUALS=a=b']"},
    { "Entrypoint",                   "['/bin/probe']"                                                                 },
    { "Cmd",                          "['sleep', 'forever']"                                                           },
    { "Volumes",                      "{'/volume': {}, '/empty-volume': {}}"                                           },
    { "WorkingDir",                   "'/srv/dir'"                                                                     },
    { "StopSignal",                   "'SIGUSR1'"                                                                      },
    { "Shell",                        "['/bin/sh', '-c']"                                                              },
    { "OnBuild",                      "['RUN true', 'ENV PLIMSOLL_ONBUILD=1']"                                         },
    { "Labels.org\\.example\\.empty", "''"                                                                             },
    { "Healthcheck",                  "{'Test': ['CMD', '/bin/probe', 'health', '/tmp/healthy'], 'Interval': 1000000000, "
                     "'Timeout': 2000000000,"
                     " 'StartPeriod': 3000000000, 'Retries': 2}"                                   },
};

/* JSON of the table, where ' stands for ". */
static json_t *json_of_row(struct scene *s, const char *text)
{
    char *copy = (char *)scene_printf(s, "%s", text);

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    return json_loads(copy, JSON_DECODE_ANY, NULL);
}

static void the_configuration_is_told_as_it_was_saved(void **state)
{
    struct scene *s = *state;
    const struct member *row = s->row;

    struct exchange *x = when_get(s, "/images/%s/json", given_image(s, "config"));

    then_status(x, 200);
    then_json_equals_at(x, scene_printf(s, "Config.%s", row->label), json_of_row(s, row->json), __FILE__,
                        __LINE__);
}

static void author_and_time_are_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/images/%s/json", given_image(s, "config"));

    then_status(x, 200);
    then_json(x, "Author", "The Plimsoll project <plimsoll@example.com>");
    then_json(x, "Created", "2001-09-09T01:46:40.123456789Z");
    then_json(x, "Config.Labels.org\\.example\\.text", "a \"quoted\" word");
}

static void origin_and_platform_are_told_as_saved(void **state)
{
    struct scene *s = *state;
    const char *id =
        given_own_image(s, scene_unique_repository(s, "a"), "1",
                        json_of("{'/comment': 'by hand', '/docker_version': '1.2.3', '/variant': "
                                "'v9', '/os.version': '10.0.1'}"));
    struct exchange *version = when_get(s, "/version"), *info = when_get(s, "/info");

    struct exchange *x = when_get(s, "/images/%s/json", id);

    then_status(x, 200);
    then_json(x, "Comment", "by hand");
    then_json(x, "Variant", "v9");
    then_json(x, "OsVersion", "10.0.1");
    if (scene_version_within(s, NULL, "1.51"))
        then_json(x, "DockerVersion", "1.2.3");
    then_json(x, "Architecture", answer_string(version, "Arch"));
    then_json(x, "Os", answer_string(version, "Os"));
    then_json(x, "GraphDriver.Name", answer_string(info, "Driver"));
    then_json_is_object(x, "GraphDriver.Data");
}

static void the_interval_of_a_starting_health_check_is_told(void **state)
{
    struct scene *s = *state;
    const char *id =
        given_own_image(s, scene_unique_repository(s, "a"), "1",
                        json_of("{'Healthcheck': {'Test': ['CMD', '/bin/probe', 'true'], 'StartInterval': "
                                "4000000000}}"));

    struct exchange *x = when_get(s, "/images/%s/json", id);

    then_status(x, 200);
    then_json_int(x, "Config.Healthcheck.StartInterval", 4000000000ll);
}

static void an_image_without_a_name_has_none(void **state)
{
    struct scene *s = *state;
    const char *id = given_untagged_image(s, NULL);

    struct exchange *x = when_get(s, "/images/%s/json", id);

    then_status(x, 200);
    then_json(x, "Id", id);
    then_json_equals(x, "RepoTags", "[]");
    then_json_equals(x, "RepoDigests", "[]");
}

static void without_a_tag_it_is_latest(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");

    given_own_image(s, repository, "1", NULL);
    struct exchange *missing = when_get(s, "/images/%s/json", repository);
    const char *id = given_own_image(s, repository, "latest", NULL);
    struct exchange *x = when_get(s, "/images/%s/json", repository);

    then_refused(missing, 404);
    then_status(x, 200);
    then_json(x, "Id", id);
}

static void the_default_registry_may_be_named(void **state)
{
    struct scene *s = *state;
    const char *plain = scene_unique_repository(s, "a") + sizeof "localhost/" - 1;
    const char *id = given_own_image(s, plain, "1", NULL);

    struct exchange *x = when_get(s, "/images/docker.io/%s:1/json", plain);

    then_status(x, 200);
    then_json(x, "Id", id);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");

    given_own_image(s, repository, "1", NULL);
    struct exchange *x = when_get(s, "/images/%s:2/json", repository);

    then_refused(x, 404);
    then_error_mentions(x, scene_printf(s, "No such image: %s:2", repository));
}

static const struct no_name {
    const char *label, *name;
} no_names[] = {
    {"upper case",  "Plimsoll"},
    { "two colons", "a:b:c"   },
    { "a space",    "%20"     },
};

static void what_is_no_name_is_refused(void **state)
{
    struct scene *s = *state;
    const struct no_name *row = s->row;

    struct exchange *x = when_get(s, "/images/%s/json", row->name);

    then_refused(x, 400);
    then_error_mentions(x, "invalid reference format");
}

static void the_virtual_size_was_told(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);

    struct exchange *x = when_get(s, "/images/%s/json", id);

    then_status(x, 200);
    then_json_present(x, "VirtualSize");
    then_json_int(x, "VirtualSize", json_integer_value(answer_json(x, "Size")));
}

/* ... and at 1.43 it still is. */
static void the_virtual_size_is_gone(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);

    struct exchange *x = when_get_at(s, "1.44", "/images/%s/json", id);
    struct exchange *before = when_get_at(s, "1.43", "/images/%s/json", id);

    then_status(x, 200);
    then_json_absent(x, "VirtualSize");
    then_json_int(before, "VirtualSize", json_integer_value(answer_json(x, "Size")));
}

/* As a container's that asked for nothing. */
static void then_asks_for_nothing(const struct exchange *x, const char *config)
{
    static const char *const texts[] = { "Hostname", "Domainname", "User", "Image", "WorkingDir" };
    static const char *const switches[] = { "AttachStdin", "AttachStdout", "AttachStderr",
                                            "Tty",         "OpenStdin",    "StdinOnce" };
    struct scene *s = scene_current();

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        then_json(x, scene_printf(s, "%s.%s", config, texts[i]), "");
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        then_json_bool(x, scene_printf(s, "%s.%s", config, switches[i]), false);
}

static void the_container_of_a_build_is_gone(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);

    struct exchange *x = when_get_at(s, "1.45", "/images/%s/json", id);
    struct exchange *before = when_get_at(s, "1.44", "/images/%s/json", id);

    then_status(x, 200);
    then_json_absent(x, "Container");
    then_json_absent(x, "ContainerConfig");
    then_asks_for_nothing(before, "ContainerConfig");
}

static void members_of_containers_are_gone_from_the_configuration(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);

    struct exchange *x = when_get_at(s, "1.50", "/images/%s/json", id);
    struct exchange *before = when_get_at(s, "1.49", "/images/%s/json", id);

    then_json_absent(x, "Config.Hostname");
    then_json_absent(x, "Config.AttachStdin");
    then_json_absent(x, "Config.Tty");
    then_json_absent(x, "Config.Image");
    then_asks_for_nothing(before, "Config");
}

/* The time of the engine's own clock, to the hour. */
static void the_time_of_the_last_tag_is_told(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);
    const char *now = json_string_value(json_at(given_get(s, "/info"), "SystemTime"));
    struct exchange *tagged = when_post(s, "/images/%s/tag?repo=%s&tag=2", id, repository);

    struct exchange *x = when_get(s, "/images/%s/json", id);
    const char *later = json_string_value(json_at(given_get(s, "/info"), "SystemTime"));
    const char *told = answer_string(x, "Metadata.LastTagTime");

    then_status(tagged, 201);
    then_json_date(x, "Metadata.LastTagTime");
    then_true(s, told && (strncmp(told, now, 13) == 0 || strncmp(told, later, 13) == 0),
              "Metadata.LastTagTime is in the hour of %s", now);
}

CASES(image_inspect) = {
    CASE("ImageInspect.members", an_image_is_told),
    CASE("ImageInspect.no-digests", an_image_that_no_registry_has_seen_has_no_digests),
    CASE("ImageInspect.layers", layers_are_told_by_the_digests_of_their_content),
    CASE_ROWS("ImageInspect.config", the_configuration_is_told_as_it_was_saved, members),
    CASE("ImageInspect.origin", author_and_time_are_told),
    CASE("ImageInspect.origin-more", origin_and_platform_are_told_as_saved),
    CASE("ImageInspect.start-interval", the_interval_of_a_starting_health_check_is_told),
    CASE("ImageInspect.no-name", an_image_without_a_name_has_none),
    CASE("ImageInspect.latest", without_a_tag_it_is_latest),
    CASE("ImageInspect.default-registry", the_default_registry_may_be_named),
    CASE("ImageInspect.not-found", what_is_not_there_is_not_found),
    CASE_ROWS("ImageInspect.no-reference", what_is_no_name_is_refused, no_names),
    CASE("ImageInspect.virtual-size", the_virtual_size_was_told),
    CASE("ImageInspect.virtual-size ImageInspect.no-virtual-size", the_virtual_size_is_gone),
    CASE("ImageInspect.container ImageInspect.no-container", the_container_of_a_build_is_gone),
    CASE("ImageInspect.container-members ImageInspect.no-container-members",
         members_of_containers_are_gone_from_the_configuration),
    CASE("ImageInspect.last-tag", the_time_of_the_last_tag_is_told),
    CASE_END,
};
