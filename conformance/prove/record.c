/* prove/record.c - `plimsoll record`: every case once, through a proxy that writes down what passes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/spec/capability.h"
#include "prove/ground.h"
#include "prove/prove.h"
#include "report/memory.h"

struct record {
    struct ground ground;
    FILE *out;
    const char *path;
    struct trial *trials;
    size_t next, done, of[VERDICT_FAULT + 1];
};

static int write_begin(struct record *record)
{
    struct recording header = { .same_host = record->ground.trial.same_host,
                                .version = record->ground.facts.version_json,
                                .info = record->ground.facts.info };

    snprintf(header.run_id, sizeof(header.run_id), "%s", record->ground.run_id);
    snprintf(header.api_version, sizeof(header.api_version), "%s", record->ground.trial.api_version);
    snprintf(header.engine, sizeof(header.engine), "%s %s", record->ground.facts.product,
             record->ground.facts.version);
    record->out = fopen(record->path, "w");
    if (!record->out) {
        fprintf(stderr, "plimsoll: %s: %s\n", record->path, strerror(errno));
        return EXIT_SUITE_FAILED;
    }
    recording_write_header(&header, record->out);
    return -1;
}

/* Only what can pass is worth a recording. */
static bool is_recorded(const struct record *record, const struct planned *planned)
{
    unsigned has = record->ground.facts.capabilities | (record->ground.trial.same_host ? NEEDS_SAME_HOST : 0);
    char missing[256], *why = NULL;

    if (!planned_applies(planned, record->ground.facts.min_api_version, record->ground.facts.api_version,
                         &why)) {
        free(why);
        return false;
    }
    return needs_missing(planned->suite_case->needs, has, missing, sizeof(missing)) == 0;
}

static void start_next(struct record *record)
{
    struct trial *trial = &record->trials[record->next];

    if (!is_recorded(record, &record->ground.plan.list[record->next])) {
        record->next++;
        return;
    }

    *trial = (struct trial){ .ground = &record->ground.trial,
                             .planned = &record->ground.plan.list[record->next],
                             .record = true };
    if (trial_start(trial, record->ground.pool) < 0)
        fprintf(stderr, "plimsoll: %s: no process could be started: %s\n", trial->planned->id,
                strerror(errno));
    record->next++;
}

static void finish(struct record *record, struct finished *finished)
{
    const struct trial *trial = finished->argument;
    struct outcome outcome;
    json_t *exchanges;

    trial_read(finished, &outcome, &exchanges);
    record->of[outcome.verdict]++;
    record->done++;
    if (outcome.verdict == VERDICT_FAIL || outcome.verdict == VERDICT_FAULT ||
        outcome.verdict == VERDICT_BLOCKED)
        fprintf(stderr, "%s %s: %s\n", verdict_name(outcome.verdict), trial->planned->id,
                outcome.reason ? outcome.reason : "");
    if (exchanges)
        recording_write_case(trial->planned->id, outcome.verdict, exchanges, record->out);
    json_decref(exchanges);
    outcome_clear(&outcome);
    finished_clear(finished);
    ground_progress("recorded %zu of %zu", record->done, record->ground.plan.count);
}

static int record_all(struct record *record)
{
    struct finished finished;
    int bad;

    record->trials = must_alloc(record->ground.plan.count, sizeof(*record->trials));
    while (record->next < record->ground.plan.count || !pool_is_idle(record->ground.pool)) {
        while (record->next < record->ground.plan.count && !pool_is_full(record->ground.pool))
            start_next(record);
        if (!pool_is_idle(record->ground.pool) && pool_wait(record->ground.pool, 500, &finished) == 1)
            finish(record, &finished);
    }
    ground_progress(NULL);
    bad = ferror(record->out);
    if (fclose(record->out) != 0 || bad) {
        fprintf(stderr, "plimsoll: %s: it could not be written whole\n", record->path);
        return EXIT_SUITE_FAILED;
    }
    printf("recorded %zu cases into %s: %zu pass, %zu fail\n", record->done, record->path,
           record->of[VERDICT_PASS], record->of[VERDICT_FAIL]);
    return record->of[VERDICT_PASS] ? EXIT_HOLDS : EXIT_NOTHING_RAN;
}

int command_record(const struct options *options)
{
    struct record record = { .path = options->operands[0] };
    int status = ground_open(&record.ground, options);

    if (status < 0)
        status = ground_find_engine(&record.ground, options);
    if (status < 0) {
        plan_select(&record.ground.plan, options);
        status = write_begin(&record);
    }
    if (status < 0)
        status = record_all(&record);
    free(record.trials);
    ground_close(&record.ground);
    return status;
}
