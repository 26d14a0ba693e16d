/* scene/wait.c - waiting for a state, and the probe's reports.
 *
 * There is no event to wait for that every engine sends in time, so a state is looked at again and again:
 * soon at first, then ever less often, for the scene's patience in all. All looks are in the journal. */
#include "harness/scene/json.h"
#include "harness/scene/scene_inside.h"

#include <stdlib.h>
#include <string.h>

struct wait {
    uint64_t deadline_ms;
    unsigned pause_ms;
};

static struct wait wait_begin(const struct scene *s)
{
    struct wait ret = { clock_ms() + s->inside->patience_ms, 5 };

    if (ret.deadline_ms > s->inside->deadline_ms)
        ret.deadline_ms = s->inside->deadline_ms;
    return ret;
}

static bool wait_again(struct wait *wait)
{
    if (clock_left(wait->deadline_ms) == 0)
        return false;
    clock_pause(wait->pause_ms);
    wait->pause_ms = wait->pause_ms < 200 ? wait->pause_ms * 2 : wait->pause_ms;
    return true;
}

bool wait_until(struct scene *s, const char *member, const char *json, const char *format, ...)
{
    struct wait wait = wait_begin(s);
    const json_t *wanted = scene_keep_json(s, json_loads(json, JSON_DECODE_ANY, NULL));
    const char *path;
    va_list args;

    va_start(args, format);
    path = scene_vprintf(s, format, args);
    va_end(args);
    do {
        const struct exchange *x = scene_look(s, "%s", path);
        const json_t *value = json_at(x->json, member);
        if (x->status == 200 && value && json_same(value, wanted))
            return true;
    } while (wait_again(&wait));
    return false;
}

/* dockerd does one prune of a kind, and one SystemDataUsage, at a time, and refuses the others. */
static bool another_runs(const struct exchange *x)
{
    return (x->status == 409 || x->status == 500) && strstr(x->body, "already running") && x->operation &&
           (strstr(x->operation, "Prune") || strcmp(x->operation, "SystemDataUsage") == 0);
}

/* dockerd's classic builder looks through all images that were built on the same one, and gives up when one of them is removed just
 * then, whosever it is. */
static bool another_was_removed(const struct exchange *x)
{
    return x->operation && strcmp(x->operation, "ImageBuild") == 0 && x->body &&
           strstr(x->body, "\"error\":\"unable to find image ");
}

static bool was_in_the_way(const struct exchange *x)
{
    return another_runs(x) || another_was_removed(x);
}

struct exchange *scene_send_in_turn(struct scene *s, const char *version, const struct wire_request *request)
{
    /* how long others take is none of the engine's faults: all of the case's time is given to it */
    struct wait wait = { s->inside->deadline_ms, 5 };
    struct exchange *ret;

    do
        ret = scene_send(s, SENT_BY_CASE, version, request, NULL);
    while (was_in_the_way(ret) && wait_again(&wait));
    if (was_in_the_way(ret))
        case_blocked(s, "%s: others are in the way on this engine, again and again", request->path);
    return ret;
}

bool wait_until_container_is(struct scene *s, const char *container, const char *status)
{
    struct wait wait = wait_begin(s);

    do {
        const struct exchange *x = scene_look(s, "/containers/%s/json", container);
        const char *is = json_string_value(json_at(x->json, "State.Status"));
        if (x->error || x->status == 404)
            return false;
        if (is && strcmp(is, status) == 0)
            return true;
    } while (wait_again(&wait));
    return false;
}

bool wait_until_container_gone(struct scene *s, const char *container)
{
    struct wait wait = wait_begin(s);

    do {
        const struct exchange *x = scene_look(s, "/containers/%s/json", container);
        if (x->status == 404)
            return true;
    } while (wait_again(&wait));
    return false;
}

bool wait_for_log(struct scene *s, const char *container, const char *text)
{
    struct wait wait = wait_begin(s);

    do {
        const struct exchange *x = scene_look(s, "/containers/%s/logs?stdout=1&stderr=1", container);
        for (size_t i = 0, length = strlen(text); x->status == 200 && i + length <= x->size; i++)
            if (memcmp(x->body + i, text, length) == 0)
                return true;
    } while (wait_again(&wait));
    return false;
}

/* --- the probe
 * ------------------------------------------------------------------------------------------------------------
 */

const char *probe_output(struct scene *s, json_t *body)
{
    bool tty = json_is_true(json_object_get(body, "Tty"));
    const char *id = given_exited(s, body);
    const struct exchange *x = scene_look(s, "/containers/%s/logs?stdout=1", id);

    scene_need(s, x, 200, 0, "the output of the probe");
    return logs_stdout(s, x, tty);
}

const json_t *probe_report(struct scene *s, json_t *body)
{
    const char *output = probe_output(s, body);
    json_error_t error;
    json_t *ret = json_loads(output, JSON_DECODE_ANY, &error);

    if (!ret)
        case_blocked(s, "the probe's report is no JSON (%s): %.200s", error.text, output);
    return scene_keep_json(s, ret);
}

const char *probe_exec(struct scene *s, const char *container, const char *template, ...)
{
    json_t *words, *body = json_of("{'AttachStdout': true, 'AttachStderr': true}");
    const struct exchange *x;
    const char *exec;
    va_list args;

    va_start(args, template);
    words = json_from_template(template, args);
    va_end(args);
    if (!json_is_array(words))
        case_fault(s, "probe_exec() wants an array of words, not %s", template);
    json_array_insert_new(words, 0, json_string("/bin/probe"));
    json_object_set_new(body, "Cmd", words);
    exec = given_exec(s, container, body);
    x = scene_ask(s, "POST", json_object(), "/exec/%s/start", exec);
    scene_need(s, x, 200, 0, "a command in a container");
    return logs_stdout(s, x, false);
}

const char *probe_hears(struct scene *s, const char *container, const char *address, const char *port)
{
    return probe_exec(s, container, "['sh', '-c', 'http-get %s %s || echo nothing']", address, port);
}
