/* cases/container/export.c - GET /containers/{id}/export */
#include "harness/then/then.h"

#define NOBODY "plimsoll-nobody-has-this-name"

static json_t *layers(struct scene *s)
{
    return json_of("{'Image': '%s', 'Cmd': ['/bin/probe', 'sleep', 'forever']}", given_image(s, "layers"));
}

static struct exchange *when_exported(struct scene *s, const char *id)
{
    return as_archive(when_get(s, "/containers/%s/export", id));
}

static void all_files_of_the_container_are_in_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, layers(s));
    given_files(s, id,
                json_of("[{'name': 'data/changed', 'content': 'by the container'},"
                        "{'name': 'own/file', 'content': 'added'}]"));

    struct exchange *x = when_exported(s, id);

    then_status(x, 200);
    then_content_type(x, "application/octet-stream");
    then_json_has(x, "", "{'name': 'data/added', 'uid': 1000, 'gid': 2000, 'mode': 416}");
    then_json_has(x, "", "{'name': 'data/kept', 'type': 'file'}");
    then_json_has(x, "", "{'name': 'data/changed', 'content': 'by the container'}");
    then_json_has(x, "", "{'name': 'own/', 'type': 'dir'}");
    then_json_has(x, "", "{'name': 'own/file', 'content': 'added'}");
    then_json_has(x, "", "{'name': 'bin/probe'}");
}

static void what_was_deleted_is_not_in_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, layers(s));

    probe_exec(s, id, "['rm', '/data/kept']");
    struct exchange *x = when_exported(s, id);

    then_status(x, 200);
    then_json_has(x, "", "{'name': 'data/again', 'type': 'file'}");
    then_json_has_none(x, "", "{'name': 'data/kept'}");
    then_json_has_none(x, "", "{'name': 'data/.wh.kept'}");
    then_json_has_none(x, "", "{'name': 'data/deleted'}");
    then_json_has_none(x, "", "{'name': 'data/.wh.deleted'}");
}

static void facts_are_those_of_the_container(void **state)
{
    struct scene *s = *state;
    const char *id = given_created(s, layers(s));
    given_files(s, id,
                json_of("[{'name': 'own', 'type': 'dir', 'mode': 1000, 'uid': 5, 'gid': 6},"
                        "{'name': 'own/f', 'content': 'hello', 'mode': 416, 'mtime': 1234567890},"
                        "{'name': 'own/link', 'link': '../up'}]"));

    struct exchange *x = when_exported(s, id);

    then_status(x, 200);
    then_json_has(x, "", "{'name': 'own/', 'type': 'dir', 'mode': 1000, 'uid': 5, 'gid': 6}");
    then_json_has(x, "",
                  "{'name': 'own/f', 'content': 'hello', 'size': 5, 'mode': 416, 'mtime': 1234567890}");
    then_json_has(x, "", "{'name': 'own/link', 'type': 'link', 'link': '../up'}");
    then_json_has(x, "", "{'name': 'data/fifo', 'type': 'fifo'}");
}

static void a_volume_is_an_empty_directory(void **state)
{
    struct scene *s = *state;
    const char *volume = given_volume(s, NULL);
    const char *id = given_exited(
        s, with(a_probe("['write', '/data/file', 'x']"), "HostConfig.Binds", "['%s:/data']", volume));

    struct exchange *x = when_exported(s, id);

    then_status(x, 200);
    then_json_has(x, "", "{'name': 'data/', 'type': 'dir'}");
    then_json_has_none(x, "", "{'name': 'data/file'}");
}

static void a_running_container_is_exported(void **state)
{
    struct scene *s = *state;
    const char *id = given_running_container(s, "sleeper");

    probe_exec(s, id, "['write', '/written', 'just now']");
    struct exchange *x = when_exported(s, id);

    then_status(x, 200);
    then_json_has(x, "", "{'name': 'written', 'content': 'just now'}");
    then_json_has(x, "", "{'name': 'proc/', 'type': 'dir'}");
    then_json_has_none(x, "", "{'name': 'proc/1/'}");
    then_json_has_none(x, "", "{'name': 'dev/null'}");
    then_container_is(s, id, "running");
}

static void there_is_an_event(void **state)
{
    struct scene *s = *state;
    const char *id = given_container(s, "sleeper");
    struct stream *events = when_events_follow(s, query_json(s, "{'container': ['%s']}", id));

    struct exchange *x = when_exported(s, id);

    then_status(x, 200);
    then_event(events, "{'Type': 'container', 'Action': 'export', 'Actor': {'ID': '%s'}}", id);
    given_removed(s, id);
    then_events(events, "export destroy");
}

static void a_container_that_is_not_there(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/containers/" NOBODY "/export");

    then_refused(x, 404);
    then_error_mentions(x, NOBODY);
}

CASES(container_export) = {
    CASE("ContainerExport.root", all_files_of_the_container_are_in_it),
    CASE("ContainerExport.facts", facts_are_those_of_the_container),
    CASE("ContainerExport.deleted", what_was_deleted_is_not_in_it),
    CASE("ContainerExport.volumes", a_volume_is_an_empty_directory),
    CASE("ContainerExport.running", a_running_container_is_exported),
    CASE("ContainerExport.event", there_is_an_event),
    CASE("ContainerExport.not-found", a_container_that_is_not_there),
    CASE_END,
};
