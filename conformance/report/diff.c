/* report/diff.c - see diff.h. */
#include "report/diff.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/memory.h"
#include "report/result.h"

static bool is_bad(enum verdict verdict)
{
    return verdict == VERDICT_FAIL || verdict == VERDICT_FAULT;
}

static const char *kind_of(enum verdict from, enum verdict to)
{
    if ((from == VERDICT_PASS && to != VERDICT_NOT_APPLICABLE) || (!is_bad(from) && is_bad(to)))
        return "regressions";
    return to == VERDICT_PASS ? "fixed" : "changed";
}

/* `from` or `to` is NULL where the case is not. */
static void add(json_t *diff, const char *kind, const json_t *from, const json_t *to)
{
    json_t *row = json_object();

    must_have(row);
    json_object_set_new(row, "id", text_new(text_at(to != NULL ? to : from, "id")));
    json_object_set_new(row, "from", text_new(text_at(from, "verdict")));
    json_object_set_new(row, "to", text_new(text_at(to, "verdict")));
    json_object_set_new(row, "message",
                        text_new(to != NULL && case_verdict(to) != VERDICT_PASS ? case_message(to) : ""));
    json_array_append_new(json_object_get(diff, kind), row);
}

/* The cases by id; the caller unrefs it. */
static json_t *by_id(const json_t *result)
{
    json_t *ret = json_object(), *one;
    size_t index;

    must_have(ret);
    json_array_foreach (json_object_get(result, "cases"), index, one)
        json_object_set(ret, text_at(one, "id"), one);
    return ret;
}

static const char *const kinds[] = { "regressions", "fixed", "changed", "new", "gone" };

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static void add_of_both(json_t *diff, const json_t *before, json_t *after)
{
    const char *id;
    json_t *one;

    json_object_foreach (after, id, one) {
        const json_t *old = json_object_get(before, id);
        if (old != NULL && case_verdict(old) != case_verdict(one))
            add(diff, kind_of(case_verdict(old), case_verdict(one)), old, one);
    }
}

/* Those that are bad first. */
static void add_new(json_t *diff, const json_t *before, json_t *after)
{
    const char *id;
    json_t *one;

    for (int bad = 1; bad >= 0; bad--)
        json_object_foreach (after, id, one) {
            if (json_object_get(before, id) == NULL && is_bad(case_verdict(one)) == (bad == 1))
                add(diff, "new", NULL, one);
        }
}

/* What passed and was not reached, because the run ended early, holds no longer as far as anybody knows; what
 * was not selected, or what another suite does not have, is gone and no more. */
static void add_gone(json_t *diff, json_t *before, const json_t *after, bool ended_early)
{
    const char *id;
    json_t *one;

    json_object_foreach (before, id, one) {
        bool worse = ended_early && case_verdict(one) == VERDICT_PASS;
        if (json_object_get(after, id) == NULL)
            add(diff, worse ? "regressions" : "gone", one, NULL);
    }
}

static json_t *what_ran(const json_t *result)
{
    const char *product = text_at(result, "engine.product"), *stopped = text_at(result, "stopped");
    char *text =
        must_format("%s %s, API %s, plimsoll %s, %zu cases%s%s", product[0] ? product : "no engine",
                    text_at(result, "engine.version"), text_at(result, "run.api_version"),
                    text_at(result, "suite.version"), json_array_size(json_object_get(result, "cases")),
                    stopped[0] ? "; ended early: " : "", stopped);
    json_t *ret = text_new(text);

    free(text);
    return ret;
}

json_t *result_diff(const json_t *a, const json_t *b)
{
    json_t *diff = json_object(), *before = by_id(a), *after = by_id(b);

    must_have(diff);
    json_object_set_new(diff, "before", what_ran(a));
    json_object_set_new(diff, "after", what_ran(b));
    for (size_t i = 0; i < KIND_COUNT; i++)
        json_object_set_new(diff, kinds[i], json_array());
    add_of_both(diff, before, after);
    add_new(diff, before, after);
    add_gone(diff, before, after, text_at(b, "stopped")[0] != '\0');
    json_decref(before);
    json_decref(after);
    return diff;
}

static void print_line(const char *label, const char *text, FILE *out)
{
    fprintf(out, "%-6s ", label);
    escape_terminal(out, text, strlen(text), "       ");
    putc('\n', out);
}

static void print_row(const json_t *row, FILE *out)
{
    const char *id = text_at(row, "id"), *from = text_at(row, "from"), *to = text_at(row, "to");
    const char *message = text_at(row, "message");

    fputs("  ", out);
    escape_terminal(out, id, strlen(id), "  ");
    fprintf(out, ": %s%s%s", from, from[0] != '\0' && to[0] != '\0' ? " -> " : "", to);
    if (message[0] != '\0') {
        fputs(": ", out);
        escape_terminal(out, message, strlen(message), "    ");
    }
    putc('\n', out);
}

void diff_print(const json_t *diff, FILE *out)
{
    print_line("before", text_at(diff, "before"), out);
    print_line("after", text_at(diff, "after"), out);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const json_t *rows = json_object_get(diff, kinds[i]), *row;
        size_t index;
        if (json_array_size(rows) > 0)
            fprintf(out, "%s (%zu):\n", kinds[i], json_array_size(rows));
        json_array_foreach (rows, index, row)
            print_row(row, out);
    }
    for (size_t i = 0; i < KIND_COUNT; i++)
        fprintf(out, "%s%zu %s", i > 0 ? ", " : "", json_array_size(json_object_get(diff, kinds[i])),
                kinds[i]);
    putc('\n', out);
}
