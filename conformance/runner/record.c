/* runner/record.c - see record.h.
 *
 * The verdict of a case that did not live to tell it: whoever is silent is to blame. When the last exchange
 * of the journal had no answer, the engine has failed the case; in every other case the suite has, and that
 * is a fault. */
#include "runner/record.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/wire/exchange.h"
#include "report/escape.h"
#include "report/memory.h"
#include "report/result.h"

/* An answer that began and did not end in time is silence too: an engine that sends a byte now and then would
 * have each case wait for all of its time. */
bool record_was_silent(const struct outcome *outcome)
{
    size_t count = json_array_size(outcome->journal);
    const json_t *last = count > 0 ? json_array_get(outcome->journal, count - 1) : NULL;

    return last != NULL && (number_at(last, "status") == 0 || exchange_is_late(text_at(last, "error")));
}

void record_shorten(struct outcome *outcome)
{
    static const char *const kept[] = { "method", "path", "status", "error", "operation", "curl" };
    json_t *journal = json_array(), *exchange;
    size_t index;

    must_have(journal);
    json_array_foreach (outcome->journal, index, exchange) {
        json_t *one = json_object();
        must_have(one);
        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
            json_object_set(one, kept[i], json_object_get(exchange, kept[i]));
        json_object_set_new(one, "cut", json_true());
        json_array_append_new(journal, one);
    }
    json_decref(outcome->journal);
    outcome->journal = journal;
}

static void overrule(struct outcome *outcome, enum verdict verdict, char *reason)
{
    free(outcome->reason);
    outcome->verdict = verdict;
    outcome->reason = reason;
}

static char *how_it_ended(int status)
{
    if (WIFSIGNALED(status))
        return must_format("the case crashed with signal %d (%s)", WTERMSIG(status),
                           strsignal(WTERMSIG(status)));
    return must_format("the case left with status %d instead of an outcome", WEXITSTATUS(status));
}

static void judge_late(struct outcome *ret, double seconds)
{
    if (record_was_silent(ret))
        overrule(ret, VERDICT_FAIL, must_format("the engine did not answer; killed after %.0f s", seconds));
    else
        overrule(ret, VERDICT_FAULT,
                 must_format("the case did not end by itself; killed after %.0f s", seconds));
}

void record_judge(const struct finished *finished, struct outcome *ret, bool *died)
{
    int read = outcome_read(finished->report, finished->report_size, ret);

    *died = finished->timed_out || finished->overflow || finished->status != 0;
    if (finished->overflow)
        overrule(ret, VERDICT_FAULT, must_copy("the report of the case grew beyond its bound; killed"));
    else if (finished->timed_out)
        judge_late(ret, finished->seconds);
    else if (finished->status != 0)
        overrule(ret, VERDICT_FAULT, how_it_ended(finished->status));
    else if (read <= 0)
        overrule(ret, VERDICT_FAULT, must_copy("the case ended without an outcome"));
    else if (ret->verdict == VERDICT_PASS && ret->assertions == 0)
        overrule(ret, VERDICT_FAULT, must_copy("the case evaluated no assertion"));
}

json_t *record_clause(const struct clause *clause)
{
    json_t *ret = json_object();

    must_have(ret);
    json_object_set_new(ret, "name", text_new(clause->name));
    json_object_set_new(ret, "level", text_new(clause_level_name(clause->level)));
    json_object_set_new(ret, "first", text_new(clause->first));
    json_object_set_new(ret, "last", text_new(clause->last));
    json_object_set_new(ret, "sentence", text_new(clause->sentence));
    json_object_set_new(ret, "line", json_integer(clause->line));
    return ret;
}

static json_t *record_begin(const struct planned *planned, enum verdict verdict, const char *reason)
{
    json_t *ret = json_object(), *clauses = json_array();

    must_have(ret);
    must_have(clauses);
    for (size_t i = 0; i < planned->clause_count; i++)
        json_array_append_new(clauses, record_clause(planned->clauses[i]));
    json_object_set_new(ret, "id", text_new(planned->id));
    json_object_set_new(ret, "name", text_new(planned->suite_case->name));
    json_object_set_new(ret, "row", text_new(planned->label));
    json_object_set_new(ret, "api_version", text_new(planned->version));
    json_object_set_new(ret, "clauses", clauses);
    json_object_set_new(ret, "verdict", text_new(verdict_name(verdict)));
    json_object_set_new(ret, "reason", text_new(reason));
    return ret;
}

json_t *record_skipped(const struct planned *planned, enum verdict verdict, const char *reason)
{
    json_t *ret = record_begin(planned, verdict, reason);

    json_object_set_new(ret, "seconds", json_real(0));
    json_object_set_new(ret, "assertions", json_integer(0));
    json_object_set_new(ret, "exchanges", json_array());
    return ret;
}

static json_t *record_failure(const struct failure *failure)
{
    json_t *ret = json_object();

    must_have(ret);
    json_object_set_new(ret, "file", text_new(failure->file));
    json_object_set_new(ret, "line", json_integer(failure->line));
    json_object_set_new(ret, "sentence", text_new(failure->sentence));
    json_object_set_new(ret, "wanted", text_new(failure->wanted));
    json_object_set_new(ret, "got", text_new(failure->got));
    json_object_set_new(ret, "exchange", json_integer(failure->exchange));
    if (failure->clause != NULL)
        json_object_set_new(ret, "clause", text_new(failure->clause));
    return ret;
}

json_t *record_case(const struct planned *planned, const struct outcome *outcome, double seconds,
                    const struct finished *finished)
{
    json_t *ret = record_begin(planned, outcome->verdict, outcome->reason);

    json_object_set_new(ret, "seconds", json_real(seconds));
    json_object_set_new(ret, "assertions", json_integer(outcome->assertions));
    if (outcome->failed != NULL && outcome->verdict == VERDICT_FAIL)
        json_object_set_new(ret, "failure", record_failure(outcome->failed));
    json_object_set(ret, "exchanges", outcome->journal);
    if (json_array_size(outcome->remarks) > 0)
        json_object_set(ret, "remarks", outcome->remarks);
    if (json_array_size(outcome->leftovers) > 0)
        json_object_set(ret, "leftovers", outcome->leftovers);
    if (outcome->verdict == VERDICT_FAULT && finished->output_size > 0) {
        char *output = escape_utf8(finished->output, finished->output_size, POOL_OUTPUT_MAX);
        json_object_set_new(ret, "output", text_new(output));
        free(output);
    }
    return ret;
}
