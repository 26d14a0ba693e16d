/* cases/image/load.c - POST /images/load */
#include "harness/then/then.h"

#include <string.h>

/* Does a line of the progress hold the text in that member? */
static bool says(const struct exchange *x, const char *member, const char *text)
{
    json_t *values = exchange_values(x);
    const json_t *value;
    bool ret = false;
    size_t i;

    json_array_foreach (values, i, value) {
        const char *got = json_string_value(json_at(value, member));
        ret = ret || (got && strstr(got, text));
    }
    json_decref(values);
    return ret;
}

static void a_saved_image_is_loaded(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *archive =
        own_image_archive(s, repository, "1", json_of("{'Env': ['MARK=%s'], 'WorkingDir': '/tmp'}", s->run));

    struct exchange *x = when_upload(s, archive, "/images/load");
    struct exchange *image = when_get(s, "/images/%s:1/json", repository);

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_status(image, 200);
    then_json_equals(image, "RepoTags", "['%s:1']", repository);
    then_json_equals(image, "Config.Env", "['MARK=%s']", s->run);
    then_json(image, "Config.WorkingDir", "/tmp");
}

static void loading_says_the_name(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *archive = own_image_archive(s, repository, "1", NULL);

    struct exchange *x = when_upload(s, archive, "/images/load");

    then_status(x, 200);
    then_true(s, says(x, "stream", scene_printf(s, "Loaded image: %s:1", repository)),
              "a line {\"stream\": \"Loaded image: %s:1\"}", repository);
}

static void an_image_without_a_name_is_told_by_its_id(void **state)
{
    struct scene *s = *state;
    const char *archive = own_image_archive(s, NULL, NULL, NULL);

    struct exchange *x = when_upload(s, archive, "/images/load");

    then_status(x, 200);
    const json_t *images =
        given_get(s, "/images/json?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));
    const char *id = json_string_value(json_at(images, "[0].Id"));
    then_true(s, id && strncmp(id, "sha256:", 7) == 0, "an image in the list");
    then_true(s, says(x, "stream", scene_printf(s, "Loaded image ID: %s", id)),
              "a line {\"stream\": \"Loaded image ID: %s\"}", id);
}

static void a_compressed_archive_is_loaded(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *archive = compressed_file(s, own_image_archive(s, repository, "1", NULL));

    struct exchange *x = when_upload(s, archive, "/images/load");

    then_status(x, 200);
    then_found(s, "/images/%s:1/json", repository);
}

/* The archive of an image with a layer that no engine has seen; the image itself is gone. */
static struct exchange *given_new_archive(struct scene *s, const char *repository)
{
    const char *text = scene_unique_name(s, "text");
    const char *id = given_exited(s, a_probe("['sh', '-c', 'fill /file 300000; write /other %s']", text));
    struct exchange *made = when_post(s, "/commit?container=%s&repo=%s&tag=1", id, repository);
    struct exchange *ret = when_get(s, "/images/%s:1/get", repository);

    if (made->status != 201 || ret->status != 200 ||
        when_delete(s, "/images/%s:1", repository)->status != 200)
        case_blocked(s, "an image of a container, as an archive: it cannot be made");
    return ret;
}

static const struct quietness {
    const char *label, *query;
} quiet[] = {
    {"as asked",   "?quiet=1"},
    { "unasked",   ""        },
}, loud[] = {
    {"quiet=0",     "?quiet=0"    },
    { "quiet=false", "?quiet=false"},
};

static struct exchange *when_loaded(struct scene *s, const struct exchange *archive, const char *query)
{
    return when_sent(s, NULL,
                     &(struct wire_request){
                         .method = "POST",
                         .path = scene_printf(s, "/images/load%s", query),
                         .content_type = "application/x-tar",
                         .body = archive->body,
                         .body_size = archive->size,
                     },
                     NULL);
}

static void quietly_nothing_but_the_result_is_said(void **state)
{
    struct scene *s = *state;
    const struct quietness *row = s->row;
    const char *repository = scene_unique_repository(s, "a");
    const struct exchange *archive = given_new_archive(s, repository);

    struct exchange *x = when_loaded(s, archive, row->query);

    then_status(x, 200);
    then_json_contains(x, "stream", scene_printf(s, "%s:1", repository)); /* the body is this one object */
    then_found(s, "/images/%s:1/json", repository);
}

struct progress {
    size_t messages;
    size_t id_length; /* all of the last one */
    long long current, total;
};

static struct progress progress_of(const struct exchange *x)
{
    struct progress ret = { 0 };
    json_t *values = exchange_values(x);
    const json_t *value;
    size_t i;

    json_array_foreach (values, i, value) {
        const char *status = json_string_value(json_at(value, "status")),
                   *id = json_string_value(json_at(value, "id"));
        if (!status || !id || strcmp(status, "Loading layer") != 0)
            continue;
        ret = (struct progress){ ret.messages + 1, strlen(id),
                                 json_integer_value(json_at(value, "progressDetail.current")),
                                 json_integer_value(json_at(value, "progressDetail.total")) };
    }
    json_decref(values);
    return ret;
}

static void progress_is_said_of_what_is_new(void **state)
{
    struct scene *s = *state;
    const struct quietness *row = s->row;
    const char *repository = scene_unique_repository(s, "a");
    const struct exchange *archive = given_new_archive(s, repository);

    struct exchange *x = when_loaded(s, archive, row->query);
    struct progress progress = progress_of(x);

    then_status(x, 200);
    then_true(s, progress.messages > 0, "a message with the status Loading layer");
    then_int(s, "the length of the layer's id", (long long)progress.id_length, 12);
    then_true(s, progress.total > 300000, "the total is that of the layer");
    then_int(s, "current in the last", progress.current, progress.total);
    then_true(s, says(x, "stream", scene_printf(s, "%s:1", repository)), "the name is said");
}

static void loading_again_changes_nothing(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *archive = own_image_archive(s, repository, "1", NULL);
    struct exchange *first = when_upload(s, archive, "/images/load");

    struct exchange *x = when_upload(s, archive, "/images/load");
    struct exchange *images =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(first, 200);
    then_status(x, 200);
    then_true(s, says(x, "stream", scene_printf(s, "%s:1", repository)), "the name is said again");
    then_json_length(images, "", 1);
    then_json_equals(images, "[0].RepoTags", "['%s:1']", repository);
}

static void loading_moves_a_name_that_is_taken(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *old = given_own_image(s, repository, "1", NULL);
    const char *archive = own_image_archive(s, repository, "1", json_of("{'Env': ['NEW=1']}"));

    struct exchange *x = when_upload(s, archive, "/images/load");
    struct exchange *by_name = when_get(s, "/images/%s:1/json", repository);
    struct exchange *by_id = when_get(s, "/images/%s/json", old);

    then_status(x, 200);
    then_json_equals(by_name, "Config.Env", "['NEW=1']");
    then_status(by_id, 200);
    then_json_length(by_id, "RepoTags", 0);
}

static void a_loaded_image_runs(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *archive = own_image_archive(
        s, repository, "1", json_of("{'Env': ['MARK=here'], 'Cmd': ['/bin/probe', 'env', 'MARK']}"));

    struct exchange *x = when_upload(s, archive, "/images/load");

    then_status(x, 200);
    then_string(s, "what its own command writes", probe_output(s, json_of("{'Image': '%s:1'}", repository)),
                "here\n");
}

/* fixtures/images/layers/README.md tells what is below /data. */
static const struct look {
    const char *label, *command, *path, *output;
} looks[] = {
    {"whiteouts and replaced types", "ls",   "/data",
     "added\nagain\nchanged\nexecutable\nfifo\nkept\nlinks\nnames\nold\nopaque\nsetgid\nsetuid\nsticky\nto-"
      "dir\nto-file\nxattr\n"                                                                       },
    { "an opaque folder",            "ls",   "/data/opaque",    "new\n"                             },
    { "a changed file",              "read", "/data/changed",   "second, and longer\n"              },
    { "made again",                  "read", "/data/again",     "fifth\n"                           },
    { "a file, once a folder",       "read", "/data/to-file",   "a folder until layer 4\n"          },
    { "a folder, once a file",       "ls",   "/data/to-dir",    "inside\n"                          },
    { "a hard link",                 "read", "/data/links/two", "one body, two names\n"             },
    { "a link that climbs",          "read", "/data/links/up",  "root:x:0:0:root:/root:/bin/probe\n"},
};

static void layers_are_put_on_each_other(void **state)
{
    struct scene *s = *state;
    const struct look *row = s->row;
    const char *image = given_image(s, "layers");

    const char *output =
        probe_output(s, with(a_probe("['%s', '%s']", row->command, row->path), "Image", "'%s'", image));

    then_string(s, row->path, output, row->output);
}

static const struct broken {
    const char *label;
} broken[] = {
    { "not-a-tar" },
    { "empty-file" },
    { "empty-tar" },
    { "cut-short" },
    { "no-manifest" },
    { "manifest-not-json" },
    { "config-not-json" },
    { "config-without-rootfs" },
    { "manifest-names-missing-config" },
    { "manifest-names-missing-layer" },
    { "manifest-climbs-out" },
    { "wrong-digest" },
    { "layer-not-tar" },
    { "symlink-climbs-out" },
    { "hardlink-climbs-out" },
    { "symlink-as-layer" },
    { "symlink-as-manifest" },
};

/* These archives have no labels of ours, so what an engine takes all the same must be taken away here. The name is only
 * in these archives. Some engines end the answer with a status of its own. */
static void no_image_is_made_of_a_broken_archive(void **state)
{
    struct scene *s = *state;
    const struct broken *row = s->row;
    const char *archive = scene_fixture(s, scene_printf(s, "archives/%s.tar", row->label));

    struct exchange *x = when_upload(s, archive, "/images/load?quiet=1");
    struct exchange *there = when_delete(s, "/images/plimsoll/%s:1?force=1", row->label);

    then_true(s, x->status >= 400 || says(x, "error", ""),
              "a refusal, by the status or by an error in the answer");
    then_true(s, !says(x, "stream", "Loaded"), "nothing is said to be loaded");
    then_status(there, 404);
}

static const struct broken some_broken[] = {
    { "not-a-tar" }, { "no-manifest" }, { "config-not-json" }, { "wrong-digest" }, { "layer-not-tar" },
};

static void the_answer_tells_what_is_wrong(void **state)
{
    struct scene *s = *state;
    const struct broken *row = s->row;
    const char *archive = scene_fixture(s, scene_printf(s, "archives/%s.tar", row->label));

    struct exchange *x = when_upload(s, archive, "/images/load?quiet=1");

    then_status(x, 200);
    then_true(s, says(x, "error", ""), "a line {\"error\": ...}");
    then_true(s, says(x, "errorDetail.message", ""), "a line {\"errorDetail\": {\"message\": ...}}");
}

CASES(image_load) = {
    CASE("ImageLoad.loads", a_saved_image_is_loaded),
    CASE("ImageLoad.says-name", loading_says_the_name),
    CASE("ImageLoad.says-id", an_image_without_a_name_is_told_by_its_id),
    CASE("ImageLoad.compressed", a_compressed_archive_is_loaded),
    CASE_ROWS("ImageLoad.quiet", quietly_nothing_but_the_result_is_said, quiet),
    CASE_ROWS("ImageLoad.progress", progress_is_said_of_what_is_new, loud),
    CASE("ImageLoad.again", loading_again_changes_nothing),
    CASE("ImageLoad.moves-name", loading_moves_a_name_that_is_taken),
    CASE("ImageLoad.runs", a_loaded_image_runs),
    CASE_ROWS("ImageLoad.layers", layers_are_put_on_each_other, looks),
    CASE_ROWS("ImageLoad.broken", no_image_is_made_of_a_broken_archive, broken),
    CASE_ROWS("ImageLoad.error", the_answer_tells_what_is_wrong, some_broken),
    CASE_END,
};
