/* cases/container/archive.c - GET /containers/{id}/archive */
#include "harness/then/then.h"
#include "harness/wire/headers.h"

#define NOBODY "plimsoll-nobody-has-this-name"

static void given_tree(struct scene *s, const char *id)
{
    given_files(
        s, id,
        json_of(
            "[{'name': 'd', 'type': 'dir', 'mode': 1000, 'uid': 5, 'gid': 6},"
            "{'name': 'd/f', 'content': 'hello', 'mode': 416, 'uid': 7, 'gid': 8, 'mtime': 1234567890},"
            "{'name': 'd/again', 'hardlink': 'd/f', 'mode': 416, 'uid': 7, 'gid': 8, 'mtime': 1234567890},"
            "{'name': 'd/link', 'link': '/d/sub'}, {'name': 'd/out', 'link': '../../../../tmp/out'},"
            "{'name': 'd/pipe', 'type': 'fifo', 'mode': 384}, {'name': 'd/sub', 'type': 'dir'},"
            "{'name': 'd/sub/deep', 'content': 'deep'}, {'name': 'tmp/out', 'type': 'dir'},"
            "{'name': 'tmp/out/own', 'content': 'the container''s'}]"));
}

static struct exchange *when_got(struct scene *s, const char *id, const char *path)
{
    return as_archive(when_get(s, "/containers/%s/archive?path=%s", id, url_encoded(s, path)));
}

static void a_file_is_an_archive_of_one_entry(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_got(s, id, "/d/sub/deep");

    then_status(x, 200);
    then_content_type(x, "application/x-tar");
    then_json_length(x, "", 1);
    then_json_has(x, "", "{'name': 'deep', 'type': 'file', 'size': 4, 'content': 'deep', 'mode': 420}");
}

static void the_header_is_that_of_head(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);
    struct exchange *head = when_head(s, "/containers/%s/archive?path=/d/f", id);

    struct exchange *x = when_got(s, id, "/d/f");
    const char *wanted = headers_find(&head->headers, "X-Docker-Container-Path-Stat");

    then_status(head, 200);
    then_status(x, 200);
    then_header(x, "X-Docker-Container-Path-Stat", wanted ? wanted : "(HEAD tells it)");
    then_json(as_path_stat(x), "name", "f");
}

static void a_directory_is_sent_with_all_in_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_files(s, id, json_of("[{'name': 'a/b/c', 'content': '1'}, {'name': 'a/b/d/e', 'content': '2'}]"));

    struct exchange *x = when_got(s, id, "/a/b");
    struct exchange *slash = when_got(s, id, "/a/b/");

    then_status(x, 200);
    then_json_length(x, "", 4);
    then_json_has(x, "", "{'name': 'b/', 'type': 'dir'}");
    then_json_has(x, "", "{'name': 'b/c', 'content': '1'}");
    then_json_has(x, "", "{'name': 'b/d/', 'type': 'dir'}");
    then_json_has(x, "", "{'name': 'b/d/e', 'content': '2'}");
    then_json_has(slash, "", "{'name': 'b/d/e', 'content': '2'}");
}

static void with_a_dot_the_names_begin_with_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_files(s, id, json_of("[{'name': 'a/b/c', 'content': '1'}]"));

    struct exchange *x = when_got(s, id, "/a/b/.");

    then_status(x, 200);
    then_json_length(x, "", 2);
    then_json_has(x, "", "{'name': './', 'type': 'dir'}");
    then_json_has(x, "", "{'name': './c', 'content': '1'}");
}

static void facts_are_those_of_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_got(s, id, "/d");

    then_status(x, 200);
    then_json_has(x, "",
                  "{'name': 'd/', 'type': 'dir', 'mode': 1000, 'uid': 5, 'gid': 6, 'mtime': 1000000000}");
    then_json_has(x, "", "{'name': 'd/sub/', 'type': 'dir', 'mode': 493, 'uid': 0, 'gid': 0}");
    then_json_has(x, "", "{'name': 'd/sub/deep', 'mode': 420, 'size': 4, 'mtime': 1000000000}");
    then_json_has(x, "", "{'name': 'd/link', 'type': 'link', 'link': '/d/sub'}");
    then_json_has(x, "", "{'name': 'd/out', 'type': 'link', 'link': '../../../../tmp/out'}");
    then_json_has(x, "", "{'name': 'd/pipe', 'type': 'fifo', 'mode': 384}");
}

static void further_names_of_a_file_are_links(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_got(s, id, "/d");

    then_status(x, 200);
    then_json_has(x, "",
                  "{'name': 'd/again', 'type': 'file', 'content': 'hello', 'mode': 416, 'uid': 7, 'gid': 8,"
                  " 'mtime': 1234567890}");
    then_json_has(x, "", "{'name': 'd/f', 'type': 'hardlink', 'link': 'd/again'}");
}

static void a_link_is_not_followed(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_got(s, id, "/d/link");
    struct exchange *slash = when_got(s, id, "/d/link/");

    then_status(x, 200);
    then_json_length(x, "", 1);
    then_json_has(x, "", "{'name': 'link', 'type': 'link', 'link': '/d/sub'}");
    then_status(slash, 200);
    then_json_has(slash, "", "{'name': 'link/', 'type': 'dir'}");
    then_json_has(slash, "", "{'name': 'link/deep', 'content': 'deep'}");
}

static void no_link_leads_out_of_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_got(s, id, "/d/out/");
    struct exchange *file = when_got(s, id, "/d/out/own");

    then_status(x, 200);
    then_json_has(x, "", "{'name': 'out/own', 'content': 'the container''s'}");
    then_status(file, 200);
    then_json_has(file, "", "{'name': 'own', 'content': 'the container''s'}");
}

static void what_a_volume_holds_is_sent(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *id =
        given_created(s, with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", volume));

    given_exited(
        s, with(a_probe("['write', '/data/file', 'kept']"), "HostConfig.Binds", "['%s:/data']", volume));
    struct exchange *x = when_got(s, id, "/data");

    then_status(x, 200);
    then_json_has(x, "", "{'name': 'data/file', 'content': 'kept'}");
}

static void what_a_running_container_wrote_is_sent(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    probe_exec(s, id, "['write', '/written', 'just now']");
    struct exchange *x = when_got(s, id, "/written");

    then_status(x, 200);
    then_json_has(x, "", "{'name': 'written', 'content': 'just now'}");
    then_container_is(s, id, "running");
}

static void a_megabyte_arrives_whole(void **state)
{
    struct scene *s = *state;
    const char *id = given_exited(s, a_probe("['fill', '/large', '1m']"));

    struct exchange *x = when_got(s, id, "/large");

    then_status(x, 200);
    then_json_has(x, "", "{'name': 'large', 'size': 1048576}");
    then_true(s, x->size >= 1048576 + 1024, "a megabyte in the body");
}

static void there_is_an_event(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_got(s, id, "/bin");

    then_status(x, 200);
    then_event(events, "{'Type': 'container', 'Action': 'archive-path', 'Actor': {'ID': '%s'}}", id);
    given_removed(s, id);
    then_events(events, "archive-path destroy");
}

static void a_path_that_is_not_there(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *x = when_got(s, id, "/not-there");

    then_status(x, 404);
    then_content_type(x, "application/json");
    then_body_mentions(x, "/not-there");
    then_body_mentions(x, id);
}

static void a_file_is_no_directory(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    given_tree(s, id);

    struct exchange *x = when_get(s, "/containers/%s/archive?path=/d/f/x", id);

    then_refused(x, 500);
}

static void without_a_path(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");

    struct exchange *none = when_get(s, "/containers/%s/archive", id);
    struct exchange *empty = when_get(s, "/containers/%s/archive?path=", id);
    struct exchange *nobody = when_get(s, "/containers/" NOBODY "/archive");

    then_refused(none, 400);
    then_error_mentions(none, "path");
    then_refused(empty, 400);
    then_refused(nobody, 400);
}

static void a_container_that_is_not_there(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/containers/" NOBODY "/archive?path=/");

    then_refused(x, 404);
    then_error_mentions(x, NOBODY);
}

CASES(container_archive) = {
    CASE("ContainerArchive.file", a_file_is_an_archive_of_one_entry),
    CASE("ContainerArchive.header", the_header_is_that_of_head),
    CASE("ContainerArchive.directory", a_directory_is_sent_with_all_in_it),
    CASE("ContainerArchive.dot", with_a_dot_the_names_begin_with_it),
    CASE("ContainerArchive.facts", facts_are_those_of_the_container),
    CASE("ContainerArchive.hardlinks", further_names_of_a_file_are_links),
    CASE("ContainerArchive.link", a_link_is_not_followed),
    CASE("ContainerArchive.inside", no_link_leads_out_of_the_container),
    CASE("ContainerArchive.volume", what_a_volume_holds_is_sent),
    CASE("ContainerArchive.running", what_a_running_container_wrote_is_sent),
    CASE("ContainerArchive.large", a_megabyte_arrives_whole),
    CASE("ContainerArchive.event", there_is_an_event),
    CASE("ContainerArchive.no-path", a_path_that_is_not_there),
    CASE("ContainerArchive.not-a-directory", a_file_is_no_directory),
    CASE("ContainerArchive.bad-parameter", without_a_path),
    CASE("ContainerArchive.not-found", a_container_that_is_not_there),
    CASE_END,
};
