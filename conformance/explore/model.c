/* explore/model.c - see model.h.
 *
 *                  start                    pause
 *     created ------------------> running ----------> paused
 *        |         start           |   ^ <----------
 *        | rm    +-----------------+   |   unpause
 *        v       v   end, stop, kill   | policy, after a while
 *       gone <- exited            restarting
 *           rm
 *
 * One function for each operation: first what refuses it, then what it does. What ends a process ends in ends(), which
 * asks the policy. An operation that the container's state refuses changes nothing. */
#include "explore/model.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int number, code; /* of the catcher; -1: it lives on */
} signals[SIGNALS] = {
    [SIG_OF_KILL] = {"KILL",   9,  137},
      [SIG_OF_TERM] = { "TERM",  15, 3  },
      [SIG_OF_INT] = { "INT",   2,  4  },
    [SIG_OF_USR1] = { "USR1",  10, 5  },
      [SIG_OF_USR2] = { "USR2",  12, 0  },
      [SIG_OF_HUP] = { "HUP",   1,  -1 },
    [SIG_OF_NONE] = { "BOGUS", 0,  -1 },
};

#define BRIEF_CODE  7
#define KILLED_CODE 137
#define BROKEN_CODE 127

struct move { /* one step that is being taken */
    struct model *model;
    struct model_container *container;
    unsigned slot;
    const struct step *step;
    struct wanted *wanted;
};

static void answers(struct move *move, int status)
{
    move->wanted->status = status;
}

/* The engine says `what`, and `number` unless that is negative. */
static void tells(struct move *move, const char *what, int number)
{
    struct wanted *wanted = move->wanted;
    struct model_event *event = &wanted->events[wanted->event_count];

    if (wanted->event_count == EVENTS_MAX)
        return;
    wanted->event_count++;
    event->slot = move->slot;
    if (number >= 0)
        snprintf(event->text, sizeof(event->text), "%s %d", what, number);
    else
        snprintf(event->text, sizeof(event->text), "%s", what);
}

static bool is_alive(const struct model_container *container)
{
    return container->life == RUNNING || container->life == PAUSED;
}

static void wait_ends(struct move *move, int code)
{
    if (!move->container->waited_for)
        return;
    move->container->waited_for = false;
    move->wanted->waits[move->slot] = (struct waited){ true, code };
}

/* --- lives and ends --- */

static void goes(struct move *move)
{
    tells(move, "destroy", -1);
    wait_ends(move, move->container->exit_code);
    move->container->life = ABSENT;
}

static bool policy_restarts(const struct model_container *container, int code)
{
    if (container->policy_off)
        return false;
    if (container->policy == POLICY_ON_FAILURE)
        return code != 0 && (container->retries == 0 || container->restarts < container->retries);
    return container->policy != POLICY_NO;
}

static void process_starts(struct move *move)
{
    move->container->life = RUNNING;
    move->container->exit_code = 0;
    move->container->any_code = false;
    move->container->starts++;
    tells(move, "start", -1);
}

static bool is_a_loop(const struct model_container *container)
{
    return container->program == BRIEF && (container->policy != POLICY_ON_FAILURE || container->retries == 0);
}

static void ends(struct move *move, int code)
{
    struct model_container *container = move->container;

    if (code < 0)
        return;
    tells(move, "die", code);
    container->exit_code = code;
    if (container->condition != REMOVED)
        wait_ends(move, code);
    if (policy_restarts(container, code)) {
        move->wanted->later = true;
        if (is_a_loop(container)) {
            container->life = LOOPING;
            container->looped = true;
            return;
        }
        container->restarts++;
        process_starts(move);
        if (container->program == BRIEF)
            ends(move, BRIEF_CODE);
        return;
    }
    container->life = EXITED;
    if (container->auto_remove) {
        move->wanted->later = true;
        goes(move);
    }
}

/* What somebody asked for, not the policy. */
static void starts(struct move *move)
{
    move->container->policy_off = false;
    move->container->restarts = 0;
    process_starts(move);
    if (move->container->program == BRIEF) {
        move->wanted->later = true;
        ends(move, BRIEF_CODE);
    }
}

/* --- one operation each --- */

static void create(struct move *move)
{
    const struct step *step = move->step;
    struct model_container *container = move->container;

    if (step->auto_remove && step->policy != POLICY_NO) {
        answers(move, 400);
        return;
    }
    if (container->life != ABSENT || model_named(move->model, move->slot) >= 0) {
        answers(move, 409);
        return;
    }
    *container = (struct model_container){ .life = CREATED,
                                           .program = step->program,
                                           .policy = step->policy,
                                           .retries = step->retries,
                                           .auto_remove = step->auto_remove,
                                           .name = move->slot };
    answers(move, 201);
    tells(move, "create", -1);
}

static void cannot_start(struct move *move)
{
    struct model_container *container = move->container;

    answers(move, 400);
    container->exit_code = BROKEN_CODE;
    container->restarts = 0;
    container->policy_off = false;
    if (container->auto_remove) {
        move->wanted->later = true;
        goes(move);
    }
}

static void start(struct move *move)
{
    switch (move->container->life) {
    case PAUSED:
        answers(move, 409);
        return;
    case RUNNING:
    case LOOPING:
        answers(move, 304);
        return;
    default:
        if (move->container->program == BROKEN) {
            cannot_start(move);
            return;
        }
        answers(move, 204);
        starts(move);
    }
}

/* The code that it ends with; -1: it lives on. */
static int code_upon(const struct model_container *container, enum sent_signal signal)
{
    if (signal == SIG_OF_KILL)
        return KILLED_CODE;
    return container->program == CATCHER ? signals[signal].code : -1;
}

static void end_the_loop(struct move *move)
{
    move->container->life = EXITED;
    move->container->exit_code = BRIEF_CODE;
    move->container->any_code = true;
    move->wanted->later = true;
}

/* A signal reaches a paused process by thawing it. */
static void thaws(struct move *move)
{
    if (move->container->life != PAUSED)
        return;
    move->container->life = RUNNING;
    tells(move, "unpause", -1);
}

/* TERM, and KILL for who does not hear it. */
static void stop_process(struct move *move)
{
    struct model_container *container = move->container;
    int code = code_upon(container, SIG_OF_TERM);

    container->policy_off = true;
    if (container->life == LOOPING) {
        end_the_loop(move);
        return;
    }
    thaws(move);
    tells(move, "kill", signals[SIG_OF_TERM].number);
    if (code < 0)
        tells(move, "kill", signals[SIG_OF_KILL].number);
    ends(move, code < 0 ? KILLED_CODE : code);
}

static void stop(struct move *move)
{
    if (!is_alive(move->container) && move->container->life != LOOPING) {
        answers(move, 304);
        return;
    }
    answers(move, 204);
    stop_process(move);
    tells(move, "stop", -1);
}

static void kill_it(struct move *move)
{
    struct model_container *container = move->container;
    enum sent_signal signal = move->step->signal;

    if (signal == SIG_OF_NONE) {
        answers(move, 400);
        return;
    }
    if (!is_alive(container) && container->life != LOOPING) {
        answers(move, 409);
        return;
    }
    answers(move, 204);
    container->policy_off = true; /* whatever the signal */
    if (container->life == LOOPING) {
        end_the_loop(move);
        return;
    }
    move->wanted->later = signal != SIG_OF_KILL;
    move->wanted->thaw_untold = signal == SIG_OF_KILL;
    thaws(move);
    tells(move, "kill", signals[signal].number);
    ends(move, code_upon(container, signal));
}

static void pause_it(struct move *move)
{
    if (move->container->life == LOOPING) {
        move->wanted->undefined = true;
        return;
    }
    answers(move, move->container->life == RUNNING ? 204 : 409);
    if (move->container->life == RUNNING) {
        move->container->life = PAUSED;
        tells(move, "pause", -1);
    }
}

static void unpause(struct move *move)
{
    if (move->container->life != PAUSED) {
        answers(move, 500);
        move->wanted->or_status = 409;
        return;
    }
    answers(move, 204);
    move->container->life = RUNNING;
    tells(move, "unpause", -1);
}

static void restart(struct move *move)
{
    struct model_container *container = move->container;
    bool auto_remove = container->auto_remove;

    if (container->program == BROKEN) {
        move->wanted->undefined = true;
        return;
    }
    answers(move, 204);
    if (container->life == LOOPING) {
        move->wanted->later = true;
        return;
    }
    if (is_alive(container)) {
        container->auto_remove = false; /* a restart is no end */
        stop_process(move);
        tells(move, "stop", -1);
        container->auto_remove = auto_remove;
    }
    starts(move);
    tells(move, "restart", -1);
}

static void rename_it(struct move *move)
{
    struct model_container *container = move->container;

    if (container->life == LOOPING) { /* engine 26 does not find its network between two lives */
        move->wanted->undefined = true;
        return;
    }
    if (container->name == move->step->name) {
        answers(move, 400);
        return;
    }
    if (model_named(move->model, move->step->name) >= 0) {
        answers(move, 409);
        return;
    }
    answers(move, 204);
    container->name = move->step->name;
    tells(move, "rename", -1);
}

static void remove_it(struct move *move)
{
    if (is_alive(move->container) || move->container->life == LOOPING) {
        answers(move, 409);
        return;
    }
    answers(move, 204);
    goes(move);
}

static void force_remove(struct move *move)
{
    struct model_container *container = move->container;

    answers(move, 204);
    container->policy_off = true;
    if (is_alive(container)) {
        move->wanted->thaw_untold = true;
        thaws(move);
        tells(move, "kill", signals[SIG_OF_KILL].number);
        tells(move, "die", KILLED_CODE);
        container->exit_code = KILLED_CODE;
    }
    goes(move);
}

static void update(struct move *move)
{
    struct model_container *container = move->container;

    if (container->life == LOOPING) {
        move->wanted->undefined = true;
        return;
    }
    if (container->auto_remove && move->step->policy != POLICY_NO) {
        answers(move, 409);
        return;
    }
    answers(move, 200);
    container->policy = move->step->policy;
    container->retries = move->step->retries;
    tells(move, "update", -1);
}

#define EXEC_CODE 5

static void exec(struct move *move)
{
    if (move->container->life == LOOPING) {
        move->wanted->undefined = true;
        return;
    }
    if (move->container->life != RUNNING) {
        answers(move, 409);
        return;
    }
    answers(move, 201);
    move->wanted->exec_code = EXEC_CODE;
}

static void leave(struct move *move)
{
    if (move->container->life != RUNNING || move->step->signal == SIG_OF_KILL) {
        move->wanted->undefined = true;
        return;
    }
    answers(move, 201);
    move->wanted->later = true;
    ends(move, code_upon(move->container, move->step->signal));
}

static void wait_for_it(struct move *move)
{
    struct model_container *container = move->container;

    if (container->life == LOOPING) {
        move->wanted->undefined = true;
        return;
    }
    answers(move, 200);
    container->waited_for = true;
    container->condition = move->step->condition;
    if (!is_alive(container) && container->condition == NOT_RUNNING)
        wait_ends(move, container->exit_code);
}

void model_step(struct model *model, const struct step *step, struct wanted *ret)
{
    static void (*const operations[OPERATIONS])(struct move *) = {
        [OP_CREATE] = create,    [OP_START] = start,
        [OP_STOP] = stop,        [OP_KILL] = kill_it,
        [OP_PAUSE] = pause_it,   [OP_UNPAUSE] = unpause,
        [OP_RESTART] = restart,  [OP_RENAME] = rename_it,
        [OP_REMOVE] = remove_it, [OP_FORCE_REMOVE] = force_remove,
        [OP_UPDATE] = update,    [OP_EXEC] = exec,
        [OP_LEAVE] = leave,      [OP_WAIT] = wait_for_it,
    };
    struct move move = { model, &model->slots[step->slot], step->slot, step, ret };

    *ret = (struct wanted){ .exec_code = -1 };
    if (move.container->life == ABSENT && step->operation != OP_CREATE) /* a signal is looked at first */
        answers(&move, step->operation == OP_KILL && step->signal == SIG_OF_NONE ? 400 : 404);
    else
        operations[step->operation](&move);
}

int model_named(const struct model *model, unsigned name)
{
    for (int slot = 0; slot < SLOTS; slot++)
        if (model->slots[slot].life != ABSENT && model->slots[slot].name == name)
            return slot;
    return -1;
}

/* --- words --- */

const char *life_name(enum life life)
{
    static const char *const names[LIVES] = {
        "gone", "created", "running", "paused", "restarting", "exited"
    };

    return names[life];
}

const char *signal_name(enum sent_signal signal)
{
    return signals[signal].name;
}

int signal_number(enum sent_signal signal)
{
    return signals[signal].number;
}

const char *policy_name(enum policy policy)
{
    static const char *const names[POLICIES] = { "no", "on-failure", "always", "unless-stopped" };

    return names[policy];
}

const char *condition_name(enum condition condition)
{
    static const char *const names[CONDITIONS] = { "not-running", "next-exit", "removed" };

    return names[condition];
}

const char *operation_word(enum operation operation)
{
    static const char *const names[OPERATIONS] = {
        [OP_CREATE] = "create", [OP_START] = "start",        [OP_STOP] = "stop",       [OP_KILL] = "kill",
        [OP_PAUSE] = "pause",   [OP_UNPAUSE] = "unpause",    [OP_RESTART] = "restart", [OP_RENAME] = "rename",
        [OP_REMOVE] = "rm",     [OP_FORCE_REMOVE] = "rm -f", [OP_UPDATE] = "update",   [OP_EXEC] = "exec",
        [OP_LEAVE] = "leave",   [OP_WAIT] = "wait",
    };

    return names[operation];
}

static void describe_policy(const struct step *step, char *text, size_t size)
{
    if (step->policy == POLICY_ON_FAILURE)
        snprintf(text, size, "restart on-failure:%u", step->retries);
    else
        snprintf(text, size, "restart %s", policy_name(step->policy));
}

void step_describe(const struct step *step, char *text, size_t size)
{
    static const char *const programs[PROGRAMS] = { "catcher", "deaf", "brief", "broken" };
    const char *word = operation_word(step->operation);
    char policy[64];

    describe_policy(step, policy, sizeof(policy));
    switch (step->operation) {
    case OP_CREATE:
        snprintf(text, size, "%s c%u: %s%s%s%s", word, step->slot, programs[step->program],
                 step->policy ? ", " : "", step->policy ? policy : "",
                 step->auto_remove ? ", removes itself" : "");
        return;
    case OP_UPDATE:
        snprintf(text, size, "%s c%u: %s", word, step->slot, policy);
        return;
    case OP_KILL:
        snprintf(text, size, "%s c%u with %s", word, step->slot, signal_name(step->signal));
        return;
    case OP_LEAVE:
        snprintf(text, size, "c%u sends itself %s", step->slot, signal_name(step->signal));
        return;
    case OP_RENAME:
        snprintf(text, size, "%s c%u to name %u", word, step->slot, step->name);
        return;
    case OP_WAIT:
        snprintf(text, size, "%s for c%u: %s", word, step->slot, condition_name(step->condition));
        return;
    default:
        snprintf(text, size, "%s c%u", word, step->slot);
    }
}
