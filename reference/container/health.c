/* container/health.c - health checks: a command in the container, now and then, and what follows from its answers.
 *
 * A thread per container that has a check and runs. In the start period failures do not count, and the first success
 * ends it. */
#include "container/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DEFAULT_INTERVAL (30 * NANOS_PER_SECOND)
#define DEFAULT_TIMEOUT  (30 * NANOS_PER_SECOND)
#define START_INTERVAL   (5 * NANOS_PER_SECOND)
#define DEFAULT_RETRIES  3
#define LOG_KEPT         5

struct checker {
    struct container *c;
    unsigned start;
    json_t *command;
    nanos interval, timeout, start_period, start_interval;
    int64_t retries;
};

static json_t *command_of(const json_t *config)
{
    const json_t *test = json_at(config, "Healthcheck.Test"), *shell = json_object_get(config, "Shell");
    const char *kind = json_string_value(json_array_get(test, 0));
    json_t *command = NULL;

    if (json_array_size(test) < 2)
        return NULL;
    if (str_eq(kind, "CMD")) {
        command = json_copy((json_t *)test);
        json_array_remove(command, 0);
    } else if (str_eq(kind, "CMD-SHELL")) {
        command = json_array_size(shell) ? json_copy((json_t *)shell) : json_pack("[s,s]", "/bin/sh", "-c");
        json_array_append(command, json_array_get(test, 1));
    }
    return command;
}

static nanos or_default(const json_t *config, const char *path, nanos otherwise)
{
    nanos t = json_int_at(config, path, 0);

    return t > 0 ? t : otherwise;
}

/* -- results -- */

static json_t *result_json(nanos from, nanos to, int code, const char *output, size_t n)
{
    char start[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];

    clock_format(from, start);
    clock_format(to, end);
    return json_pack("{s:s, s:s, s:i, s:o}", "Start", start, "End", end, "ExitCode", code, "Output",
                     json_string_lossy(output, n));
}

static void set_status(struct health *h, const char *status)
{
    snprintf(h->status, sizeof(h->status), "%s", status);
}

/* Under c->lock. */
static void judge(struct checker *k, struct health *h, bool good)
{
    bool starting = str_eq(h->status, "starting");

    if (good) {
        h->failing_streak = 0;
        set_status(h, "healthy");
    } else if (!starting || k->start_period == 0 || clock_now() - k->c->state.started > k->start_period) {
        h->failing_streak++;
        if (h->failing_streak >= k->retries)
            set_status(h, "unhealthy");
    }
}

static void add_result(struct checker *k, json_t *result, bool good)
{
    struct container *c = k->c;
    char before[16], after[16];
    json_t *log;
    bool mine;

    pthread_mutex_lock(&c->lock);
    mine = c->starts == k->start && c->state.running;
    memcpy(before, c->health.status, sizeof(before));
    if (mine) {
        log = json_copy(c->health.log);
        json_array_append(log, result);
        while (json_array_size(log) > LOG_KEPT)
            json_array_remove(log, 0);
        json_decref(c->health.log);
        c->health.log = log;
        judge(k, &c->health, good);
    }
    memcpy(after, c->health.status, sizeof(after));
    pthread_mutex_unlock(&c->lock);
    json_decref(result);
    if (mine && !str_eq(before, after)) {
        scoped_free char *action = xasprintf("health_status: %s", after);

        container_event(c, action, NULL);
    }
}

static void check_once(struct checker *k)
{
    scoped_str output = { 0 };
    struct error err = { 0 };
    nanos from = clock_now();
    int code = -1;

    if (exec_probe(k->c, k->command, k->timeout, &code, &output, &err) < 0) {
        if (err.kind == ERR_CONFLICT)
            return; /* paused or ended: no answer is no failure */
        str_cut(&output, 0);
        str_addf(&output, "%s (%lldms)", err.text, (long long)(k->timeout / 1000000));
        code = -1;
    }
    add_result(k, result_json(from, clock_now(), code, str_text(&output), output.len), code == 0);
}

/* -- the thread -- */

static nanos pause_before_next(struct checker *k)
{
    struct container *c = k->c;
    nanos pause = k->interval;

    if (k->start_period && str_eq(c->health.status, "starting") &&
        clock_now() - c->state.started < k->start_period && k->start_interval < pause)
        pause = k->start_interval;
    return pause;
}

/* False: the container has ended. */
static bool wait_for_turn(struct checker *k)
{
    struct container *c = k->c;
    struct timespec until;
    nanos at;
    bool on;

    pthread_mutex_lock(&c->lock);
    at = clock_now() + pause_before_next(k);
    until = (struct timespec){ at / NANOS_PER_SECOND, at % NANOS_PER_SECOND };
    while ((on = c->starts == k->start && c->state.running && !c->state.restarting && !c->gone))
        if (pthread_cond_timedwait(&c->changed, &c->lock, &until) == ETIMEDOUT)
            break;
    on = on && c->starts == k->start && c->state.running && !c->state.restarting;
    pthread_mutex_unlock(&c->lock);
    return on;
}

static void checker_free(struct checker *k)
{
    json_decref(k->command);
    container_unref(k->c);
    free(k);
}

static void *checker_main(void *arg)
{
    struct checker *k = arg;
    struct containers *all = k->c->all;

    while (wait_for_turn(k))
        check_once(k);
    checker_free(k);
    thread_done(all);
    return NULL;
}

static struct checker *checker_new(struct container *c)
{
    scoped(json_decref) json_t *config = container_config(c, NULL);
    json_t *command = command_of(config);
    struct checker *k;

    if (!command)
        return NULL;
    k = new_zeroed(struct checker);
    k->c = container_ref(c);
    k->start = c->starts;
    k->command = command;
    k->interval = or_default(config, "Healthcheck.Interval", DEFAULT_INTERVAL);
    k->timeout = or_default(config, "Healthcheck.Timeout", DEFAULT_TIMEOUT);
    k->start_period = or_default(config, "Healthcheck.StartPeriod", 0);
    k->start_interval = or_default(config, "Healthcheck.StartInterval", START_INTERVAL);
    k->retries = json_int_at(config, "Healthcheck.Retries", 0);
    if (k->retries <= 0)
        k->retries = DEFAULT_RETRIES;
    return k;
}

void health_start(struct container *c)
{
    struct checker *k = checker_new(c);

    if (!k)
        return;
    pthread_mutex_lock(&c->lock);
    set_status(&c->health, "starting");
    c->health.failing_streak = 0;
    json_decref(c->health.log);
    c->health.log = json_array();
    pthread_mutex_unlock(&c->lock);
    if (thread_run(c->all, checker_main, k, NULL) < 0)
        checker_free(k);
}

json_t *health_json(struct container *c)
{
    const struct health *h = &c->health;

    if (!h->status[0])
        return NULL;
    return json_pack("{s:s, s:I, s:o}", "Status", h->status, "FailingStreak", (json_int_t)h->failing_streak,
                     "Log", json_deep_copy(h->log));
}
