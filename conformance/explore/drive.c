/* explore/drive.c - see drive.h.
 *
 *     step -> the model says what must come -> request -> its answer
 *          -> the container, who waits for it, the list of containers, the events
 *
 * What an operation promises with its answer must be so at the first look (`at once`); what follows from the answer later,
 * such as a process that ends upon a signal, must become so within the patience. A step is over when all of it is so, so that the
 * next one finds what the model thinks: a process has said "ready" by then. */
#include "explore/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/case_run.h"
#include "harness/scene/json.h"
#include "harness/wire/clock.h"
#include "harness/wire/exchange.h"
#include "harness/wire/raw.h"
#include "report/memory.h"

#define REQUEST_MS 60000
#define NAME_SIZE  96
#define PATH_SIZE  512
#define TOLD_MAX   64 /* events of a slot that no step has claimed yet */

struct slot {
    char id[80]; /* of the container that is in it, or was */
    struct raw *wait;
    char told[TOLD_MAX][EVENT_SIZE];
    size_t told_count;
};

struct drive {
    struct drive_ground *ground;
    unsigned number;
    struct model model;
    struct slot slots[SLOTS];
    struct raw *events;
    size_t events_taken; /* bytes */
    json_t *curls;       /* of this step */
    struct disagreement *ret;
};

/* --- disagreeing --- */

/* False, so that a comparison may end with it. The first one counts. */
static bool disagrees(struct drive *drive, const char *what, char *wanted, char *got)
{
    if (drive->ret->what) {
        free(wanted);
        free(got);
        return false;
    }
    drive->ret->what = what;
    drive->ret->wanted = wanted;
    drive->ret->got = got;
    return false;
}

static void forget(struct drive *drive)
{
    free(drive->ret->wanted);
    free(drive->ret->got);
    drive->ret->what = NULL;
    drive->ret->wanted = drive->ret->got = NULL;
}

static bool same_text(struct drive *drive, const char *what, const char *wanted, const char *got)
{
    if (got && strcmp(wanted, got) == 0)
        return true;
    return disagrees(drive, what, must_copy(wanted), must_copy(got ? got : "nothing"));
}

static bool same_int(struct drive *drive, const char *what, long long wanted, const json_t *got)
{
    if (json_is_integer(got) && json_integer_value(got) == wanted)
        return true;
    if (json_is_integer(got))
        return disagrees(drive, what, must_format("%lld", wanted),
                         must_format("%lld", (long long)json_integer_value(got)));
    return disagrees(drive, what, must_format("%lld", wanted), must_copy("no number"));
}

static bool same_bool(struct drive *drive, const char *what, bool wanted, const json_t *got)
{
    return same_text(drive, what, wanted ? "true" : "false",
                     json_is_boolean(got) ? (json_is_true(got) ? "true" : "false") : NULL);
}

/* --- asking --- */

static void name_of(const struct drive *drive, unsigned name, char text[NAME_SIZE])
{
    snprintf(text, NAME_SIZE, "plimsoll-%s-e%u-%u", drive->ground->run_id, drive->number, name);
}

/* How a step names the container of the slot: by its name, or by one that nobody has. */
static void address_of(const struct drive *drive, unsigned slot, char text[NAME_SIZE])
{
    const struct model_container *container = &drive->model.slots[slot];

    if (container->life == ABSENT)
        snprintf(text, NAME_SIZE, "plimsoll-%s-e%u-nobody", drive->ground->run_id, drive->number);
    else
        name_of(drive, container->name, text);
}

static void scene_of(const struct drive *drive, char *text, size_t size)
{
    snprintf(text, size, "%s/explore-%u", drive->ground->run_id, drive->number);
}

/* Takes body. Never NULL. */
static struct exchange *ask(const struct drive *drive, const char *method, json_t *body, const char *path)
{
    char *full = must_format("/v%s%s", drive->ground->api_version, path);
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct wire_request request = { .method = method, .path = full, .timeout_ms = REQUEST_MS };
    struct exchange *ret;

    if (text) {
        request.body = text;
        request.body_size = strlen(text);
        request.content_type = "application/json";
    }
    ret = exchange_send(drive->ground->target, &request);
    must_have(ret);
    free(full);
    free(text);
    json_decref(body);
    return ret;
}

/* A request that belongs to the step, and is told with it. */
static struct exchange *step_ask(struct drive *drive, const char *method, json_t *body, const char *path)
{
    struct exchange *ret = ask(drive, method, body, path);
    char *curl = exchange_curl(ret);

    json_array_append_new(drive->curls, json_string(curl ? curl : ""));
    free(curl);
    return ret;
}

static struct raw *open_raw(const struct drive *drive, const char *method, const char *path)
{
    char *full = must_format("/v%s%s", drive->ground->api_version, path);
    struct raw *ret =
        raw_open(drive->ground->target,
                 &(struct wire_request){ .method = method, .path = full, .timeout_ms = REQUEST_MS });

    must_have(ret);
    free(full);
    return ret;
}

static void wait_for_head(struct raw *raw, unsigned ms)
{
    uint64_t deadline = clock_ms() + ms;

    while (raw_status(raw) == 0 && !raw_is_over(raw) && clock_left(deadline))
        raw_pump(raw, clock_left(deadline));
}

/* Of the containers of this walk. The caller frees it. */
static char *filters_of(const struct drive *drive)
{
    return must_format("filters=%%7B%%22label%%22%%3A%%5B%%22plimsoll.scene%%3D%s%%2Fexplore-%u%%22%%5D%%7D",
                       drive->ground->run_id, drive->number);
}

/* --- events --- */

static bool is_followed(const char *action)
{
    static const char *const actions[] = { "create",  "start",   "die",    "kill",   "stop",   "pause",
                                           "unpause", "restart", "rename", "update", "destroy" };

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(actions[i], action) == 0)
            return true;
    return false;
}

static void take_event(struct drive *drive, const json_t *event)
{
    const char *action = json_string_value(json_at(event, "Action")),
               *id = json_string_value(json_at(event, "Actor.ID"));
    const char *more = NULL;

    if (!action || !id || !is_followed(action))
        return;
    if (strcmp(action, "die") == 0)
        more = json_string_value(json_at(event, "Actor.Attributes.exitCode"));
    if (strcmp(action, "kill") == 0)
        more = json_string_value(json_at(event, "Actor.Attributes.signal"));
    for (struct slot *slot = drive->slots; slot < drive->slots + SLOTS; slot++) {
        if (strcmp(slot->id, id) != 0 || slot->told_count == TOLD_MAX)
            continue;
        snprintf(slot->told[slot->told_count++], EVENT_SIZE, "%s%s%s", action, more ? " " : "",
                 more ? more : "");
    }
}

static void pump_events(struct drive *drive, unsigned ms)
{
    const char *body;
    size_t size, used = 0;
    json_t *event;

    raw_pump(drive->events, ms);
    body = raw_body(drive->events, &size);
    while (drive->events_taken < size &&
           (event = exchange_parse(body + drive->events_taken, size - drive->events_taken,
                                   JSON_DISABLE_EOF_CHECK, &used)) != NULL) {
        drive->events_taken += used;
        take_event(drive, event);
        json_decref(event);
    }
}

/* Starts and ends of a container that was started again and again are not counted. */
static bool is_counted(const struct model_container *container, const struct wanted *wanted, const char *text)
{
    static const char *const uncounted[] = { "start", "die", "kill", "stop", "restart" };

    for (size_t i = 0; container->looped && i < sizeof(uncounted) / sizeof(uncounted[0]); i++)
        if (strncmp(text, uncounted[i], strlen(uncounted[i])) == 0)
            return false;
    return !wanted->thaw_untold || strcmp(text, "unpause") != 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The texts that count, sorted and joined. The caller frees it. */
static char *joined(const struct model_container *container, const struct wanted *wanted,
                    char (*texts)[EVENT_SIZE], size_t count)
{
    char *ret = must_copy("");

    qsort(texts, count, EVENT_SIZE, by_text);
    for (size_t i = 0; i < count; i++) {
        char *longer;
        if (!is_counted(container, wanted, texts[i]))
            continue;
        longer = must_format("%s%s%s", ret, *ret ? ", " : "", texts[i]);
        free(ret);
        ret = longer;
    }
    return ret;
}

static bool events_agree(struct drive *drive, unsigned at, const struct wanted *wanted)
{
    struct slot *slot = &drive->slots[at];
    const struct model_container *container = &drive->model.slots[at];
    char texts[EVENTS_MAX][EVENT_SIZE], *want, *got;
    size_t count = 0;
    bool ret;

    for (size_t i = 0; i < wanted->event_count; i++)
        if (wanted->events[i].slot == at)
            memcpy(texts[count++], wanted->events[i].text, EVENT_SIZE);
    want = joined(container, wanted, texts, count);
    got = joined(container, wanted, slot->told, slot->told_count);
    ret = strcmp(want, got) == 0 || disagrees(drive, "events", must_copy(want), must_copy(got));
    free(want);
    free(got);
    return ret;
}

/* --- requests, one for each operation --- */

static json_t *create_body(const struct drive *drive, const struct step *step)
{
    static const char *const commands[PROGRAMS][6] = {
        [CATCHER] = {"/bin/probe", "signals", "TERM=3", "INT=4", "USR1=5", "USR2=0" },
        [DEAF] = { "/bin/probe",    "stubborn" },
        [BRIEF] = { "/bin/probe",    "exit", "7" },
        [BROKEN] = { "/plimsoll/none"          },
    };
    char image[128], scene[128];
    json_t *words = json_array();

    for (size_t i = 0; i < 6 && commands[step->program][i]; i++)
        json_array_append_new(words, json_string(commands[step->program][i]));
    run_image_name(drive->ground->run_id, "probe", image, sizeof(image));
    scene_of(drive, scene, sizeof(scene));
    return json_pack("{s:s, s:o, s:{s:s, s:s, s:s}, s:{s:s, s:b, s:{s:s, s:i}}}", "Image", image, "Cmd",
                     words, "Labels", "plimsoll.run", drive->ground->run_id, "plimsoll.case",
                     strchr(scene, '/') + 1, "plimsoll.scene", scene, "HostConfig", "NetworkMode",
                     step->slot == 0 ? "default" : "none", "AutoRemove", step->auto_remove, "RestartPolicy",
                     "Name", policy_name(step->policy), "MaximumRetryCount", (int)step->retries);
}

static struct exchange *send_create(struct drive *drive, const struct step *step)
{
    char name[NAME_SIZE], path[PATH_SIZE];
    struct exchange *ret;

    if (drive->model.slots[step->slot].life == ABSENT)
        name_of(drive, step->slot, name);
    else
        address_of(drive, step->slot, name);
    snprintf(path, sizeof(path), "/containers/create?name=%s", name);
    ret = step_ask(drive, "POST", create_body(drive, step), path);
    if (ret->status == 201)
        snprintf(drive->slots[step->slot].id, sizeof(drive->slots[step->slot].id), "%s",
                 json_string_value(json_object_get(ret->json, "Id"))
                     ? json_string_value(json_object_get(ret->json, "Id"))
                     : "");
    return ret;
}

/* `words`: of the probe. `detached`: nobody waits for its end. */
static struct exchange *send_exec(struct drive *drive, const char *address, json_t *words, bool detached)
{
    char path[PATH_SIZE];
    const char *id;
    struct exchange *ret, *started;

    snprintf(path, sizeof(path), "/containers/%s/exec", address);
    ret = step_ask(drive, "POST", json_pack("{s:o, s:b}", "Cmd", words, "AttachStdout", !detached), path);
    id = json_string_value(json_object_get(ret->json, "Id"));
    if (ret->status != 201 || !id)
        return ret;
    snprintf(path, sizeof(path), "/exec/%s/start", id);
    started = step_ask(drive, "POST", json_pack("{s:b}", "Detach", detached), path);
    if (started->status != 200) {
        exchange_free(ret);
        return started;
    }
    exchange_free(started);
    return ret;
}

/* An engine ends a process of which it knows that it is deaf soon, and one that hears never by force. */
static unsigned stop_timeout(const struct drive *drive, unsigned slot)
{
    return drive->model.slots[slot].program == DEAF ? 1 : 30;
}

static struct exchange *send_wait(struct drive *drive, const struct step *step, const char *address)
{
    struct slot *slot = &drive->slots[step->slot];
    char path[PATH_SIZE], *curl;

    raw_close(slot->wait);
    snprintf(path, sizeof(path), "/containers/%s/wait?condition=%s", address,
             condition_name(step->condition));
    slot->wait = open_raw(drive, "POST", path);
    wait_for_head(slot->wait, drive->ground->patience_ms);
    curl = exchange_curl(raw_exchange(slot->wait));
    json_array_append_new(drive->curls, json_string(curl ? curl : ""));
    free(curl);
    return NULL; /* its answer is the raw's */
}

/* POST /containers/ADDRESS/WHAT */
static struct exchange *post(struct drive *drive, const char *address, json_t *body, char *what)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "/containers/%s/%s", address, what);
    free(what);
    return step_ask(drive, "POST", body, path);
}

static struct exchange *delete (struct drive *drive, const char *address, const char *query)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "/containers/%s%s", address, query);
    return step_ask(drive, "DELETE", NULL, path);
}

static struct exchange *send_rename(struct drive *drive, const struct step *step, const char *address)
{
    char name[NAME_SIZE];

    name_of(drive, step->name, name);
    return post(drive, address, NULL, must_format("rename?name=%s", name));
}

static json_t *policy_body(const struct step *step)
{
    return json_pack("{s:{s:s, s:i}}", "RestartPolicy", "Name", policy_name(step->policy),
                     "MaximumRetryCount", (int)step->retries);
}

static json_t *words_of_leaving(const struct step *step)
{
    char number[16];

    snprintf(number, sizeof(number), "%d", signal_number(step->signal));
    return json_pack("[s, s, s, s]", "/bin/probe", "kill", number, "1");
}

/* The answer, which the caller frees; NULL: that of the slot's wait. Before the model takes the step. */
static struct exchange *send_step(struct drive *drive, const struct step *step)
{
    char address[NAME_SIZE];

    address_of(drive, step->slot, address);
    switch (step->operation) {
    case OP_CREATE:
        return send_create(drive, step);
    case OP_STOP:
    case OP_RESTART:
        return post(drive, address, NULL,
                    must_format("%s?t=%u", operation_word(step->operation), stop_timeout(drive, step->slot)));
    case OP_KILL:
        return post(drive, address, NULL, must_format("kill?signal=%s", signal_name(step->signal)));
    case OP_RENAME:
        return send_rename(drive, step, address);
    case OP_REMOVE:
        return delete (drive, address, "");
    case OP_FORCE_REMOVE:
        return delete (drive, address, "?force=1");
    case OP_UPDATE:
        return post(drive, address, policy_body(step), must_copy("update"));
    case OP_EXEC:
        return send_exec(drive, address, json_pack("[s, s, s]", "/bin/probe", "exit", "5"), false);
    case OP_LEAVE:
        return send_exec(drive, address, words_of_leaving(step), true);
    case OP_WAIT:
        return send_wait(drive, step, address);
    default: /* start, pause, unpause */
        return post(drive, address, NULL, must_copy(operation_word(step->operation)));
    }
}

/* --- comparing --- */

static bool answer_agrees(struct drive *drive, int status, const char *error, const struct wanted *wanted)
{
    char or [16] = "";

    if (!error && (status == wanted->status || (wanted->or_status && status == wanted->or_status)))
        return true;
    if (wanted->or_status)
        snprintf(or, sizeof(or), " or %d", wanted->or_status);
    return disagrees(drive, "answer", must_format("%d%s", wanted->status, or),
                     error ? must_copy(error) : must_format("%d", status));
}

static const char *text_at(const json_t *json, const char *path)
{
    const char *ret = json_string_value(json_at(json, path));

    return ret ? ret : "nothing";
}

static bool loop_agrees(struct drive *drive, const json_t *json)
{
    const char *status = text_at(json, "State.Status");

    return strcmp(status, "restarting") == 0 || strcmp(status, "running") == 0 ||
           disagrees(drive, "State.Status", must_copy("restarting or running"), must_copy(status));
}

static bool numbers_agree(struct drive *drive, const struct model_container *container, const json_t *json)
{
    bool alive = container->life == RUNNING || container->life == PAUSED;

    return same_text(drive, "State.Pid", alive ? "a process" : "none",
                     json_integer_value(json_at(json, "State.Pid")) > 0 ? "a process" : "none") &&
           (container->any_code ||
            same_int(drive, "State.ExitCode", container->exit_code, json_at(json, "State.ExitCode"))) &&
           (container->looped ||
            same_int(drive, "RestartCount", container->restarts, json_at(json, "RestartCount")));
}

static bool state_agrees(struct drive *drive, const struct model_container *container, const json_t *json)
{
    bool alive = container->life == RUNNING || container->life == PAUSED;

    if (container->life == LOOPING)
        return loop_agrees(drive, json);
    return same_text(drive, "State.Status", life_name(container->life), text_at(json, "State.Status")) &&
           same_bool(drive, "State.Running", alive, json_at(json, "State.Running")) &&
           same_bool(drive, "State.Paused", container->life == PAUSED, json_at(json, "State.Paused")) &&
           same_bool(drive, "State.Restarting", false, json_at(json, "State.Restarting")) &&
           same_bool(drive, "State.Dead", false, json_at(json, "State.Dead")) &&
           numbers_agree(drive, container, json);
}

static bool inspect_agrees(struct drive *drive, const struct model_container *container,
                           const struct exchange *x)
{
    char name[NAME_SIZE + 1] = "/";

    if (container->life == ABSENT)
        return x->status == 404 || disagrees(drive, "State.Status", must_copy("gone"),
                                             must_copy(text_at(x->json, "State.Status")));
    if (x->status != 200)
        return disagrees(
            drive, "State.Status", must_copy(life_name(container->life)),
            must_format("inspect answers %d%s%s", x->status, x->error ? ": " : "", x->error ? x->error : ""));
    name_of(drive, container->name, name + 1);
    return state_agrees(drive, container, x->json) &&
           same_text(drive, "Name", name, text_at(x->json, "Name")) &&
           same_text(drive, "HostConfig.RestartPolicy.Name", policy_name(container->policy),
                     text_at(x->json, "HostConfig.RestartPolicy.Name"));
}

static bool container_agrees(struct drive *drive, unsigned at)
{
    char path[PATH_SIZE];
    struct exchange *x;
    bool ret;

    if (!drive->slots[at].id[0])
        return true;
    snprintf(path, sizeof(path), "/containers/%s/json", drive->slots[at].id);
    x = ask(drive, "GET", NULL, path);
    ret = inspect_agrees(drive, &drive->model.slots[at], x);
    exchange_free(x);
    return ret;
}

static unsigned count_of(const char *text, size_t size, const char *word)
{
    const char *end = text + size;
    unsigned ret = 0;

    while ((text = memmem(text, (size_t)(end - text), word, strlen(word))) != NULL) {
        text += strlen(word);
        ret++;
    }
    return ret;
}

/* Each life of the process has said so: from now on it hears signals. */
static bool process_is_ready(struct drive *drive, unsigned at)
{
    const struct model_container *container = &drive->model.slots[at];
    char path[PATH_SIZE];
    struct exchange *x;
    unsigned ready;

    if (container->life != RUNNING || (container->program != CATCHER && container->program != DEAF))
        return true;
    snprintf(path, sizeof(path), "/containers/%s/logs?stdout=1", drive->slots[at].id);
    x = ask(drive, "GET", NULL, path);
    ready = count_of(x->body, x->size, "ready\n");
    exchange_free(x);
    return ready == container->starts ||
           disagrees(drive, "starts of the process", must_format("%u", container->starts),
                     must_format("%u", ready));
}

/* What the list must say of a slot: "name running"; "" when it is not in it. */
static void listed_line(const struct drive *drive, const struct model_container *container, bool all,
                        char *text, size_t size)
{
    char name[NAME_SIZE];
    bool alive = container->life == RUNNING || container->life == PAUSED;

    text[0] = '\0';
    name_of(drive, container->name, name);
    if (alive || (all && container->life != ABSENT && container->life != LOOPING))
        snprintf(text, size, "/%s %s", name, life_name(container->life));
}

static bool is_of_a_loop(const struct drive *drive, const char *id)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (drive->model.slots[i].life == LOOPING && strcmp(drive->slots[i].id, id) == 0)
            return true;
    return false;
}

static const json_t *listed(const json_t *list, const char *id)
{
    const json_t *one;
    size_t i;

    json_array_foreach (list, i, one)
        if (strcmp(text_at(one, "Id"), id) == 0)
            return one;
    return NULL;
}

/* All of ours that are not in a loop, and nothing else. */
static bool list_is_right(struct drive *drive, bool all, const json_t *list)
{
    size_t wanted = 0, got = 0, i;
    const json_t *one;

    for (unsigned at = 0; at < SLOTS; at++) {
        char want[NAME_SIZE + 16], has[NAME_SIZE + 16] = "nothing";
        listed_line(drive, &drive->model.slots[at], all, want, sizeof(want));
        if (!want[0])
            continue;
        wanted++;
        one = listed(list, drive->slots[at].id);
        if (one)
            snprintf(has, sizeof(has), "%s %s", text_at(one, "Names[0]"), text_at(one, "State"));
        if (!same_text(drive, all ? "the list of all" : "the list", want, has))
            return false;
    }
    json_array_foreach (list, i, one)
        got += !is_of_a_loop(drive, text_at(one, "Id"));
    return got == wanted || disagrees(drive, all ? "the list of all" : "the list",
                                      must_format("%zu containers", wanted), must_format("%zu", got));
}

static bool list_agrees(struct drive *drive, bool all)
{
    char *filters = filters_of(drive), *path = must_format("/containers/json?all=%d&%s", all, filters);
    struct exchange *x = ask(drive, "GET", NULL, path);
    bool ret = json_is_array(x->json)
                   ? list_is_right(drive, all, x->json)
                   : disagrees(drive, "the list", must_copy("an array"), must_copy("none"));

    exchange_free(x);
    free(path);
    free(filters);
    return ret;
}

/* Who waits is answered when the model says so, and not before. */
static bool wait_agrees(struct drive *drive, unsigned at, const struct waited *wanted)
{
    struct slot *slot = &drive->slots[at];
    const struct model_container *container = &drive->model.slots[at];
    const struct exchange *x;

    if (!slot->wait)
        return true;
    while (raw_pump(slot->wait, 0) > 0)
        ;
    x = raw_exchange(slot->wait);
    if (!wanted->ends && !container->waited_for)
        return true; /* was answered, or refused */
    if (!wanted->ends)
        return !x->json || disagrees(drive, "wait", must_copy("no answer yet"), must_copy(x->body));
    if (!x->json)
        return disagrees(drive, "wait", must_format("an answer with %d", wanted->code), must_copy("none"));
    return container->any_code ||
           same_int(drive, "StatusCode of wait", wanted->code, json_at(x->json, "StatusCode"));
}

/* --- a step --- */

/* Once around; false: something is not as it should be (yet). */
static bool all_agrees(struct drive *drive, const struct step *step, const struct wanted *wanted)
{
    bool ret = container_agrees(drive, step->slot) && process_is_ready(drive, step->slot);

    for (unsigned at = 0; at < SLOTS; at++)
        ret = ret && wait_agrees(drive, at, &wanted->waits[at]);
    pump_events(drive, 0);
    for (unsigned at = 0; at < SLOTS; at++)
        ret = ret && events_agree(drive, at, wanted);
    return ret && list_agrees(drive, true) && list_agrees(drive, false);
}

static bool becomes_so(struct drive *drive, const struct step *step, const struct wanted *wanted)
{
    uint64_t deadline = clock_ms() + drive->ground->patience_ms;
    unsigned pause_ms = 2;

    while (!all_agrees(drive, step, wanted)) {
        if (clock_left(deadline) == 0 || *drive->ground->signalled)
            return false;
        forget(drive);
        pump_events(drive, pause_ms);
        pause_ms = pause_ms < 100 ? pause_ms * 2 : pause_ms;
    }
    for (unsigned at = 0; at < SLOTS; at++)
        drive->slots[at].told_count = 0;
    return true;
}

/* How a session ended. */
static bool session_agrees(struct drive *drive, const struct exchange *x, const struct wanted *wanted)
{
    uint64_t deadline = clock_ms() + drive->ground->patience_ms;
    char path[PATH_SIZE];

    if (wanted->exec_code < 0)
        return true;
    snprintf(path, sizeof(path), "/exec/%s/json", text_at(x->json, "Id"));
    for (bool ended = false; !ended; clock_pause(ended ? 0 : 5)) {
        struct exchange *look = ask(drive, "GET", NULL, path);
        ended = json_is_false(json_at(look->json, "Running")) || clock_left(deadline) == 0;
        if (ended)
            same_int(drive, "ExitCode of the session", wanted->exec_code, json_at(look->json, "ExitCode"));
        exchange_free(look);
    }
    return drive->ret->what == NULL;
}

static void tell_step(struct drive *drive, const struct step *step, const struct wanted *wanted, int status)
{
    char words[128];

    step_describe(step, words, sizeof(words));
    json_array_append_new(drive->ret->story,
                          json_pack("{s:s, s:i, s:i, s:O}", "step", words, "wanted", wanted->status, "status",
                                    status, "curl", drive->curls));
}

/* What is so only later, or, between the lives of a loop, for a moment is something else. */
static bool is_passing(const struct drive *drive, const struct step *step, const struct wanted *wanted)
{
    return wanted->later || drive->model.slots[step->slot].life == LOOPING;
}

static bool take_step(struct drive *drive, const struct step *step)
{
    struct wanted wanted;
    struct exchange *x = send_step(drive, step);
    const struct exchange *answer = x ? x : raw_exchange(drive->slots[step->slot].wait);
    bool ret;

    model_step(&drive->model, step, &wanted);
    tell_step(drive, step, &wanted, answer->status);
    ret = answer_agrees(drive, answer->status, answer->status ? NULL : answer->error, &wanted) &&
          session_agrees(drive, answer, &wanted) &&
          (is_passing(drive, step, &wanted) || container_agrees(drive, step->slot)) &&
          becomes_so(drive, step, &wanted);
    exchange_free(x);
    return ret;
}

/* --- a walk --- */

static void begin(struct drive *drive)
{
    char *filters = filters_of(drive), *path = must_format("/events?since=1&%s", filters);

    drive->events = open_raw(drive, "GET", path);
    wait_for_head(drive->events, drive->ground->patience_ms);
    free(path);
    free(filters);
}

static void end(struct drive *drive)
{
    char scene[128];

    raw_close(drive->events);
    for (unsigned at = 0; at < SLOTS; at++)
        raw_close(drive->slots[at].wait);
    scene_of(drive, scene, sizeof(scene));
    scene_sweep(drive->ground->target, drive->ground->run_id, strchr(scene, '/') + 1, SWEEP_ALL, NULL);
}

enum taken drive_take(struct drive_ground *ground, const struct walk *walk, struct disagreement *ret)
{
    struct drive drive = { .ground = ground, .number = ++ground->taken, .ret = ret };
    bool agrees = true;

    *ret = (struct disagreement){ .story = json_array() };
    begin(&drive);
    for (size_t i = 0; i < walk->count && agrees && !*ground->signalled; i++) {
        if (ground->progress)
            ground->progress(ground->user, i);
        drive.curls = json_array();
        ret->step = i;
        agrees = take_step(&drive, &walk->steps[i]);
        json_decref(drive.curls);
    }
    end(&drive);
    if (*ground->signalled)
        return INTERRUPTED;
    return agrees ? AGREES : DISAGREES;
}

void disagreement_clear(struct disagreement *disagreement)
{
    free(disagreement->wanted);
    free(disagreement->got);
    json_decref(disagreement->story);
    *disagreement = (struct disagreement){ 0 };
}
