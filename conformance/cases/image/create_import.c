/* cases/image/create_import.c - POST /images/create with fromSrc: an image from a plain archive of files */
#include "harness/scene/registry.h"
#include "harness/then/then.h"

#include <string.h>

static struct exchange *when_imported(struct scene *s, const char *file, const char *query)
{
    return when_upload(s, file, "/images/create?fromSrc=-&%s&%s", imported_labels(s), query);
}

/* The id that the answer ends with, or NULL. */
static const char *told_id(struct exchange *x)
{
    const char *status = json_string_value(json_object_get(last_message(x), "status"));

    return status && strncmp(status, "sha256:", 7) == 0 && strlen(status) == 71 ? status : NULL;
}

static void an_archive_becomes_an_image(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x =
        when_imported(s, archive_of_probe(s, ""), scene_printf(s, "repo=%s&tag=2", repository));
    struct exchange *image = when_get(s, "/images/%s:2/json", repository);

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_true(s, told_id(x), "the last message's status is the id");
    then_status(image, 200);
    then_json(image, "Id", told_id(x));
    then_json_equals(image, "RepoTags", "['%s:2']", repository);
    then_json_length(image, "RepoDigests", 0);
    then_json_length(image, "RootFS.Layers", 1);
    then_json(image, "Os", "linux");
    then_json_not_empty(image, "Architecture");
    then_json_date(image, "Created");
}

static void an_imported_image_runs(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x = when_imported(
        s, archive_of_probe(s, ""),
        scene_printf(s, "repo=%s&changes=CMD%%20[%%22/bin/probe%%22,%%22echo%%22,%%22hi%%22]", repository));

    then_status(x, 200);
    then_string(s, "what its own command writes", probe_output(s, json_of("{'Image': '%s'}", repository)),
                "hi\n");
}

static const struct name_way {
    const char *label, *query, *tag; /* behind the repository */
} name_ways[] = {
    {"no tag",              "",         "latest"},
    { "tag in the name",    ":3",       "3"     },
    { "tag beside another", ":3&tag=4", "4"     },
};

static void the_name_may_be_given_in_several_ways(void **state)
{
    struct scene *s = *state;
    const struct name_way *row = s->row;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x =
        when_imported(s, archive_of_probe(s, ""), scene_printf(s, "repo=%s%s", repository, row->query));
    struct exchange *image = when_get(s, "/images/%s:%s/json", repository, row->tag);

    then_status(x, 200);
    then_json_equals(image, "RepoTags", "['%s:%s']", repository, row->tag);
}

static void without_a_name_there_is_an_id(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_imported(s, archive_of_probe(s, ""), "");
    struct exchange *image = when_get(s, "/images/%s/json", told_id(x) ? told_id(x) : "none");

    then_status(x, 200);
    then_status(image, 200);
    then_json_length(image, "RepoTags", 0);
}

static const struct compression {
    const char *label;
} old_compressions[] = { { "gzip" } }, new_compressions[] = { { "zstd" } };

static void a_compressed_archive_is_imported(void **state)
{
    struct scene *s = *state;
    const struct compression *row = s->row;
    const char *repository = scene_unique_repository(s, "i");
    struct exchange *plain =
        when_imported(s, archive_of_probe(s, ""), scene_printf(s, "repo=%s&tag=plain", repository));

    struct exchange *x =
        when_imported(s, archive_of_probe(s, row->label), scene_printf(s, "repo=%s&tag=packed", repository));
    struct exchange *image = when_get(s, "/images/%s:packed/json", repository);

    then_status(plain, 200);
    then_status(x, 200);
    then_same(s, "the layers of the compressed one", answer_json(image, "RootFS"),
              json_object_get(given_get(s, "/images/%s:plain/json", repository), "RootFS"), NULL);
}

static void a_message_is_the_comment(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x = when_imported(s, archive_of_probe(s, ""),
                                       scene_printf(s, "repo=%s&message=hello%%20there", repository));
    struct exchange *image = when_get(s, "/images/%s/json", repository);

    then_status(x, 200);
    then_json(image, "Comment", "hello there");
}

static void without_a_message_the_comment_tells_the_source(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x = when_imported(s, archive_of_probe(s, ""), scene_printf(s, "repo=%s", repository));
    struct exchange *image = when_get(s, "/images/%s/json", repository);

    then_status(x, 200);
    then_json(image, "Comment", "Imported from -");
}

static const struct change {
    const char *label, *text, *member, *value;
} changes[] = {
    {"CMD",            "CMD [\"/x\", \"a b\"]", "Cmd",              "[\"/x\", \"a b\"]"               },
    { "CMD, shell",    "CMD /x a",              "Cmd",              "[\"/bin/sh\", \"-c\", \"/x a\"]" },
    { "ENTRYPOINT",    "ENTRYPOINT [\"/e\"]",   "Entrypoint",       "[\"/e\"]"                        },
    { "ENV",           "ENV A=1 B=\"2 3\"",     "Env",              "[\"A=1\", \"B=2 3\"]"            },
    { "ENV, old form", "ENV A some words",      "Env",              "[\"A=some words\"]"              },
    { "two lines",     "ENV A=1\nENV A=2",      "Env",              "[\"A=2\"]"                       },
    { "EXPOSE",        "EXPOSE 80 53/udp",      "ExposedPorts",     "{\"80/tcp\": {}, \"53/udp\": {}}"},
    { "HEALTHCHECK",   "HEALTHCHECK CMD true",  "Healthcheck.Test", "[\"CMD-SHELL\", \"true\"]"       },
    { "ONBUILD",       "ONBUILD RUN x",         "OnBuild",          "[\"RUN x\"]"                     },
    { "USER",          "USER me:us",            "User",             "\"me:us\""                       },
    { "VOLUME",        "VOLUME /v /w",          "Volumes",          "{\"/v\": {}, \"/w\": {}}"        },
    { "WORKDIR",       "WORKDIR /tmp",          "WorkingDir",       "\"/tmp\""                        },
};

static const struct change stop_signals[] = {
    {"STOPSIGNAL", "STOPSIGNAL SIGINT", "StopSignal", "\"SIGINT\""},
};

static void changes_are_made(void **state)
{
    struct scene *s = *state;
    const struct change *row = s->row;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x =
        when_imported(s, archive_of_probe(s, ""),
                      scene_printf(s, "repo=%s&changes=%s", repository, url_encoded(s, row->text)));
    struct exchange *image = when_get(s, "/images/%s/json", repository);

    then_status(x, 200);
    then_json_value(image, scene_printf(s, "Config.%s", row->member),
                    json_loads(row->value, JSON_DECODE_ANY, NULL));
}

static void a_label_is_a_change(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x = when_imported(s, archive_of_probe(s, ""),
                                       scene_printf(s, "repo=%s&changes=LABEL%%20a=b", repository));
    struct exchange *image = when_get(s, "/images/%s/json", repository);

    then_status(x, 200);
    then_json(image, "Config.Labels.a", "b");
    then_json(image, "Config.Labels.plimsoll\\.run", s->run);
}

static const struct bad {
    const char *label, *query;
} bad_changes[] = {
    {"RUN",      "changes=RUN%20true"},
    { "FROM",    "changes=FROM%20a"  },
    { "no word", "changes=NONSENSE"  },
};

static void a_change_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad *row = s->row;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x =
        when_imported(s, archive_of_probe(s, ""), scene_printf(s, "repo=%s&%s", repository, row->query));

    then_refused(x, 400);
    then_not_found(s, "/images/%s/json", repository);
}

static void a_platform_is_kept(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x = when_imported(s, archive_of_probe(s, ""),
                                       scene_printf(s, "repo=%s&platform=linux/arm64/v8", repository));
    struct exchange *image = when_get(s, "/images/%s/json", repository);

    then_status(x, 200);
    then_json(image, "Os", "linux");
    then_json(image, "Architecture", "arm64");
    then_json(image, "Variant", "v8");
}

static const struct bad bad_imports[] = {
    {"capital letters", "repo=localhost/Plimsoll"                                                     },
    { "a bad tag",      "repo=localhost/plimsoll&tag=b@d"                                             },
    { "a digest",
     "repo=localhost/plimsoll@sha256:0000000000000000000000000000000000000000000000000000000000000000"},
    { "no platform",    "repo=localhost/plimsoll&platform=nope"                                       },
};

static void an_import_of_a_bad_name_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad *row = s->row;

    struct exchange *x = when_imported(s, archive_of_probe(s, ""), row->query);
    struct exchange *list =
        when_get(s, "/images/json?all=1&filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_refused(x, 400);
    then_json_length(list, "", 0);
}

static void what_is_no_archive_is_not_imported(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "i");

    struct exchange *x =
        when_imported(s, scene_fixture(s, "archives/not-a-tar.tar"), scene_printf(s, "repo=%s", repository));

    then_true(s, x->status >= 400 || says_error(x, ""), "a refusal, by the status or in the stream");
    then_not_found(s, "/images/%s/json", repository);
}

static void an_import_is_told(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "i");
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['image'], 'label': ['%s']}", scene_label(s)));

    struct exchange *x = when_imported(s, archive_of_probe(s, ""), "");

    then_status(x, 200);
    then_event(events,
               "{'Type': 'image', 'Action': 'import', 'Actor': {'ID': '%s', 'Attributes': {'name': '%s'}}}",
               told_id(x) ? told_id(x) : "", told_id(x) ? told_id(x) : "");
    then_status(when_post(s, "/images/%s/tag?repo=%s", told_id(x), repository), 201);
    then_events(events, "import tag");
}

CASES(image_create_import) = {
    CASE("ImageCreate.imports", an_archive_becomes_an_image),
    CASE("ImageCreate.import-runs", an_imported_image_runs),
    CASE_ROWS("ImageCreate.import-name", the_name_may_be_given_in_several_ways, name_ways),
    CASE("ImageCreate.import-no-name", without_a_name_there_is_an_id),
    CASE_ROWS("ImageCreate.import-gzip", a_compressed_archive_is_imported, old_compressions),
    CASE_ROWS("ImageCreate.import-zstd", a_compressed_archive_is_imported, new_compressions),
    CASE("ImageCreate.import-message", a_message_is_the_comment),
    CASE("ImageCreate.import-message", without_a_message_the_comment_tells_the_source),
    CASE_ROWS("ImageCreate.import-changes", changes_are_made, changes),
    CASE_ROWS("ImageCreate.import-stop-signal", changes_are_made, stop_signals),
    CASE("ImageCreate.import-changes", a_label_is_a_change),
    CASE_ROWS("ImageCreate.import-bad-change", a_change_that_is_none_is_refused, bad_changes),
    CASE("ImageCreate.import-platform", a_platform_is_kept),
    CASE_ROWS("ImageCreate.import-bad", an_import_of_a_bad_name_is_refused, bad_imports),
    CASE("ImageCreate.import-broken", what_is_no_archive_is_not_imported),
    CASE("ImageCreate.import-event", an_import_is_told),
    CASE_END,
};
