/* prove/trial.c - see trial.h. */
#include "prove/trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/case_run.h"
#include "prove/session.h"
#include "report/memory.h"
#include "runner/record.h"

#define KILL_AFTER_MS 5000

static const char *version_of(const struct trial *trial)
{
    return trial->from ? trial->ground->recording->api_version : trial->ground->api_version;
}

/* The value of the label plimsoll.scene, as the scene makes it. */
static char *scene_of(const struct trial *trial)
{
    const struct trial_ground *ground = trial->ground;
    char label[256];

    case_label(trial->planned->suite_case, trial->planned->row, version_of(trial), label, sizeof(label));
    return trial->lane ? must_format("%s/%s@%u", ground->run_id, label, trial->lane)
                       : must_format("%s/%s", ground->run_id, label);
}

static struct case_context context_of(const struct trial *trial, const struct wire_target *proxy)
{
    const struct trial_ground *ground = trial->ground;
    bool replayed = trial->from != NULL;

    return (struct case_context){ .target = proxy,
                                  .sweep_target = ground->engine,
                                  .facts = replayed ? ground->recorded_facts : ground->facts,
                                  .run_id = replayed ? ground->recording->run_id : ground->run_id,
                                  .api_version = version_of(trial),
                                  .fixtures_dir = ground->fixtures,
                                  .same_host = replayed ? ground->recording->same_host : ground->same_host,
                                  .keep = replayed,
                                  .timeout_ms = 1000 * ground->timeout_s,
                                  .outcome_fd = -1,
                                  .lane = trial->lane };
}

/* Takes it. */
static void write_more(int fd, json_t *more)
{
    json_dumpfd(more, fd, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(more);
}

/* In the worker. */
static void work(void *argument, int report_fd)
{
    const struct trial *trial = argument;
    char *scene = scene_of(trial), why[256] = "";
    char *path = must_format("%s/%ld", trial->ground->scratch, (long)getpid()),
         *host = must_format("unix://%s", path);
    struct session_options options = { .socket = path,
                                       .engine = trial->from ? NULL : trial->ground->engine,
                                       .from = trial->from,
                                       .deviation = trial->deviates ? &trial->deviation : NULL,
                                       .scene = scene,
                                       .record = trial->record };
    struct session *session = session_open(&options);
    struct wire_target proxy;
    struct case_context context;
    struct outcome outcome;

    if (!session || wire_target_parse(host, false, NULL, &proxy, why, sizeof(why)) < 0) {
        fprintf(stderr, "plimsoll: the proxy at %s: %s\n", path, session ? why : strerror(errno));
        _exit(EXIT_SUITE_FAILED);
    }
    context = context_of(trial, &proxy);
    case_run(trial->planned->suite_case, trial->planned->row, &context, &outcome);
    unlink(path);
    if (trial->record)
        session_close(session);
    outcome_write(report_fd, &outcome);
    write_more(report_fd, trial->record
                              ? session_exchanges(session)
                              : json_boolean(!trial->deviates || deviation_was_met(trial->deviation.kind)));
    _exit(0); /* threads of the session may still run: nothing is freed under them */
}

int trial_start(struct trial *trial, struct pool *pool)
{
    return pool_start(pool, work, trial, 1000 * trial->ground->timeout_s + KILL_AFTER_MS);
}

void trial_read(const struct finished *finished, struct outcome *outcome, json_t **more)
{
    const char *line = finished->report ? memchr(finished->report, '\n', finished->report_size) : NULL;
    bool died;

    record_judge(finished, outcome, &died);
    *more = line ? json_loadb(line + 1, finished->report_size - (size_t)(line + 1 - finished->report),
                              JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL)
                 : NULL;
}
