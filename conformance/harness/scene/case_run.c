/* scene/case_run.c - see harness/case_run.h. */
#include "harness/case_run.h"
#include "harness/scene/scene_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two files may have a static function of one name, so the first clause stands before it. */
void case_label(const struct suite_case *suite_case, size_t row, const char *version, char *text, size_t size)
{
    int clause = (int)strcspn(suite_case->clauses, " ");

    if (suite_case->row_count)
        snprintf(text, size, "%.*s/%s.%zu@%s", clause, suite_case->clauses, suite_case->name, row, version);
    else
        snprintf(text, size, "%.*s/%s@%s", clause, suite_case->clauses, suite_case->name, version);
}

static void end_as_fault(struct outcome *outcome, const char *reason)
{
    free(outcome->reason);
    outcome->verdict = VERDICT_FAULT;
    outcome->reason = strdup(reason);
}

/* A clause of the bodies is broken, which need not be one of the case's. */
static void fail_by_schema(struct scene *s)
{
    struct scene_inside *in = s->inside;
    struct failure *failure = scene_record_failure(s, schema_table(in->schema_rule), 0, in->schema_exchange,
                                                   in->schema_text, NULL, NULL);

    failure->clause = strdup(schema_clause(in->schema_rule));
}

/* The order matters: what the case itself says comes first, then the bodies that it received. */
static void judge(struct scene *s, struct outcome *outcome, int failed)
{
    struct scene_inside *in = s->inside;

    if (in->ended)
        return;
    if (failed)
        end_as_fault(outcome, "the case left without a verdict: a crash, or an assertion that is no then_*");
    else if (in->schema_failed)
        fail_by_schema(s);
    else if (outcome->assertions == 0)
        end_as_fault(outcome, "the case evaluated no assertion");
    else
        outcome->verdict = VERDICT_PASS;
}

static int run_function(struct scene *s, const struct suite_case *suite_case)
{
    const struct CMUnitTest test[] = {
        {suite_case->name, suite_case->run, NULL, NULL, s},
    };
    int saved;
    int ret;

    fflush(stdout);
    saved = dup(STDOUT_FILENO); /* what cmocka prints is not for whoever reads the runner's output */
    dup2(STDERR_FILENO, STDOUT_FILENO);
    ret = cmocka_run_group_tests_name(suite_case->name, test, NULL, NULL);
    fflush(stdout);
    if (saved >= 0) {
        dup2(saved, STDOUT_FILENO);
        close(saved);
    }
    return ret;
}

int case_run(const struct suite_case *suite_case, size_t row, const struct case_context *context,
             struct outcome *ret)
{
    struct scene_inside inside;
    struct scene scene;
    int failed;

    outcome_init(ret);
    scene_open(&scene, &inside, suite_case, row, context, ret);
    scene_set_current(&scene);
    failed = run_function(&scene, suite_case);
    streams_close_all(&scene);
    judge(&scene, ret, failed);
    if (!context->keep)
        scene_sweep(context->sweep_target ? context->sweep_target : context->target, scene.run,
                    scene.case_name, sweep_kinds_of(ret->journal), ret->leftovers);
    scene_set_current(NULL);
    scene_close(&scene);
    return context->outcome_fd < 0 ? 0 : outcome_write(context->outcome_fd, ret);
}

int run_prepare(const struct case_context *context, char *why, size_t why_size)
{
    struct wire_request request = { .method = "POST",
                                    .path = "/images/load",
                                    .content_type = "application/x-tar" };
    char name[128], path[160];
    char *archive = run_image_archive(context, "probe", why, why_size);
    struct exchange *x;
    int ret = -1;

    if (!archive)
        return -1;
    request.body_file = archive;
    request.timeout_ms = 60000;
    exchange_free(exchange_send(context->target, &request));
    unlink(archive);
    free(archive);
    run_image_name(context->run_id, "probe", name, sizeof name);
    snprintf(path, sizeof path, "/images/%s/json", name);
    x = exchange_send(context->target, &(struct wire_request){ .method = "GET", .path = path });
    if (x && x->status == 200)
        ret = 0;
    else
        snprintf(why, why_size, "the probe's image cannot be loaded: GET %s answers %d%s%s", path,
                 x ? x->status : 0, x && x->error ? ": " : "", x && x->error ? x->error : "");
    exchange_free(x);
    return ret;
}
