/* report/ledger.c - what an engine does, clause by clause, in a form whose change can be reviewed: one line
 * per clause, and nothing in it that another run on the same engine would write otherwise (no ids, names,
 * times, order of the run). */
#include "report/view.h"

#include <stdlib.h>
#include <string.h>

#include "report/memory.h"
#include "report/neutral.h"
#include "report/result.h"

/* What a clause is told to be when its cases differ: the worst that was found; but what was seen to hold
 * counts for more than what could not be seen. */
static const enum verdict ranked[] = { VERDICT_FAIL,    VERDICT_FAULT,       VERDICT_PASS,
                                       VERDICT_BLOCKED, VERDICT_UNSUPPORTED, VERDICT_NOT_APPLICABLE };

static size_t rank_of(const char *name)
{
    size_t rank = 0;

    while (rank + 1 < VERDICT_COUNT && strcmp(verdict_name(ranked[rank]), name) != 0)
        rank++;
    return rank;
}

static char *why_of(const json_t *one, const char *run_id)
{
    const char *row = text_at(one, "row"), *verdict = text_at(one, "verdict");
    const char *at = strrchr(text_at(one, "id"), '@'), *version = text_at(one, "api_version");
    bool failed = case_verdict(one) == VERDICT_FAIL;
    bool versioned = at != NULL && version[0] != '\0' && strcmp(at + 1, version) == 0;
    char *text =
        must_format("%s%s%s%s%s: %s%s%s", text_at(one, "name"), row[0] ? "[" : "", row, row[0] ? "]" : "",
                    versioned ? at : "", failed ? "" : verdict, failed ? "" : ": ", case_message(one));
    char *ret = neutral_text(text, run_id);

    free(text);
    return ret;
}

static json_t *clause_new(const char *verdict)
{
    json_t *ret = json_object();

    must_have(ret);
    json_object_set_new(ret, "verdict", text_new(verdict));
    json_object_set_new(ret, "cases", json_integer(0));
    return ret;
}

static void add_why(json_t *entry, const char *why)
{
    json_t *list = json_object_get(entry, "why");

    if (list == NULL) {
        list = json_array();
        must_have(list);
        json_object_set_new(entry, "why", list);
    }
    json_array_append_new(list, text_new(why));
}

static void add_case(json_t *clauses, const json_t *one, const char *run_id)
{
    const char *verdict = text_at(one, "verdict");
    const json_t *clause;
    size_t index;

    json_array_foreach (value_at(one, "clauses"), index, clause) {
        const char *name = text_at(clause, "name");
        json_t *entry = json_object_get(clauses, name);
        if (entry == NULL) {
            entry = clause_new(verdict);
            json_object_set_new(clauses, name, entry);
        }
        json_object_set_new(entry, "cases",
                            json_integer(json_integer_value(json_object_get(entry, "cases")) + 1));
        if (rank_of(verdict) < rank_of(text_at(entry, "verdict")))
            json_object_set_new(entry, "verdict", text_new(verdict));
        if (case_verdict(one) != VERDICT_PASS) {
            char *why = why_of(one, run_id);
            add_why(entry, why);
            free(why);
        }
    }
}

static void print_member(const char *name, json_t *value, const char *before, FILE *out)
{
    json_t *key = text_new(name);

    fputs(before, out);
    json_dumpf(key, out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    fputs(": ", out);
    json_dumpf(value, out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    json_decref(key);
    json_decref(value);
}

void view_ledger(const json_t *result, FILE *out)
{
    json_t *clauses = json_object(), *entry;
    const json_t *one;
    const char *name;
    size_t index;
    bool first = true;

    must_have(clauses);
    json_array_foreach (value_at(result, "cases"), index, one)
        add_case(clauses, one, text_at(result, "run.id"));
    print_member("engine", text_new(text_at(result, "engine.product")), "{\n ", out);
    print_member("version", text_new(text_at(result, "engine.version")), ",\n ", out);
    print_member("api_version", text_new(text_at(result, "run.api_version")), ",\n ", out);
    print_member("stopped", text_new(text_at(result, "stopped")), ",\n ", out);
    fputs(",\n \"clauses\": {", out);
    json_object_foreach (clauses, name, entry) {
        print_member(name, json_incref(entry), first ? "\n  " : ",\n  ", out);
        first = false;
    }
    fputs("\n }\n}\n", out);
    json_decref(clauses);
}
