/* report/diff.c - see diff.h. */
#include "report/diff.h"

#include <stdbool.h>
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

json_t *result_diff(const json_t *a, const json_t *b)
{
    json_t *diff = json_object(), *before = by_id(a), *after = by_id(b), *one;
    const char *id;

    must_have(diff);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        json_object_set_new(diff, kinds[i], json_array());
    json_object_foreach (after, id, one) {
        const json_t *old = json_object_get(before, id);
        if (old == NULL)
            add(diff, "new", NULL, one);
        else if (case_verdict(old) != case_verdict(one))
            add(diff, kind_of(case_verdict(old), case_verdict(one)), old, one);
    }
    json_object_foreach (before, id, one) {
        if (json_object_get(after, id) == NULL)
            add(diff, "gone", one, NULL);
    }
    json_decref(before);
    json_decref(after);
    return diff;
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
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const json_t *rows = json_object_get(diff, kinds[i]), *row;
        size_t index;
        if (json_array_size(rows) > 0)
            fprintf(out, "%s (%zu):\n", kinds[i], json_array_size(rows));
        json_array_foreach (rows, index, row)
            print_row(row, out);
    }
}
