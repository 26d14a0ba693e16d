/* report/console.c - the result for a person at a terminal or in the log of a CI job.
 *
 * A failure is shown with all that it takes to understand it without a second run: the case and its clauses,
 * what was wanted and what came, the sentence of SPEC.md, every exchange and the curl line that repeats it.
 * Bodies and the number of exchanges are bounded here; result.json has more of them. */
#include "report/view.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/memory.h"
#include "report/result.h"

#define BODY_SHOWN      2048 /* bytes of each body */
#define REASONS_SHOWN   12   /* of each verdict */
#define UNKNOWN_SHOWN   10   /* members of answers that no table has */
#define EXCHANGES_SHOWN 24   /* the last ones: those that led to the failure */

struct paint {
    const char *red, *green, *yellow, *bold, *dim, *plain;
};

static const struct paint *paint_for(bool colour)
{
    static const struct paint none = { "", "", "", "", "", "" };
    static const struct paint ansi = { "\033[31m", "\033[32m", "\033[33m", "\033[1m", "\033[2m", "\033[0m" };

    return colour ? &ansi : &none;
}

static void print_text(FILE *out, const char *text, const char *indent)
{
    escape_terminal(out, text, strlen(text), indent);
}

/* One value under its name, left out where there is none. */
static void print_field(FILE *out, const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    fprintf(out, "    %-7s ", name);
    print_text(out, text, "            ");
    putc('\n', out);
}

/* What was wanted or came, when it is too long to stand in the failure's sentence. */
static void print_unless_said(FILE *out, const json_t *one, const char *name)
{
    const char *text = text_at(value_at(one, "failure"), name);

    if (strstr(case_message(one), text) == NULL)
        print_field(out, name, text);
}

static void print_body(FILE *out, char direction, const char *body)
{
    size_t length = strlen(body), shown = length < BODY_SHOWN ? length : BODY_SHOWN;
    const char indent[] = { ' ', ' ', ' ', ' ', direction, ' ', ' ', '\0' };

    if (length == 0)
        return;
    fputs(indent, out);
    while (shown > 0 && body[shown - 1] == '\n')
        shown--;
    escape_terminal(out, body, shown, indent);
    putc('\n', out);
    if (length > BODY_SHOWN)
        fprintf(out, "%s... %zu bytes more in result.json\n", indent, length - shown);
}

static void print_exchange(FILE *out, const json_t *exchange, bool failed_here, const struct paint *paint)
{
    fprintf(out, "  %s%c%s > ", paint->bold, failed_here ? '*' : ' ', paint->plain);
    print_text(out, text_at(exchange, "method"), "");
    putc(' ', out);
    print_text(out, text_at(exchange, "path"), "");
    putc('\n', out);
    print_body(out, '>', text_at(exchange, "request_body"));
    if (text_at(exchange, "request_file")[0] != '\0')
        fprintf(out, "    >  (the file %s)\n", text_at(exchange, "request_file"));
    if (number_at(exchange, "status") == 0) {
        fputs("    < no answer: ", out);
        print_text(out, text_at(exchange, "error"), "    ");
    } else {
        fprintf(out, "    < %d ", (int)number_at(exchange, "status"));
        print_text(out, text_at(exchange, "reason"), "    ");
        fprintf(out, ", %.0f bytes%s", number_at(exchange, "size"),
                truth_at(exchange, "cut") ? " and more" : "");
        if (text_at(exchange, "error")[0] != '\0') {
            fputs(", then: ", out);
            print_text(out, text_at(exchange, "error"), "    ");
        }
    }
    fprintf(out, ", %.0f ms\n", number_at(exchange, "ms"));
    print_body(out, '<', text_at(exchange, "body"));
    fprintf(out, "    %s", paint->dim);
    print_text(out, text_at(exchange, "curl"), "    ");
    fprintf(out, "%s\n", paint->plain);
}

static void print_exchanges(FILE *out, const json_t *one, const struct paint *paint)
{
    const json_t *exchanges = value_at(one, "exchanges"), *exchange;
    size_t count = json_array_size(exchanges), index;
    double failed_at = value_at(one, "failure.exchange") != NULL ? number_at(one, "failure.exchange") : -1;

    if (count > EXCHANGES_SHOWN)
        fprintf(out, "    (%zu exchanges before these are in result.json)\n", count - EXCHANGES_SHOWN);
    json_array_foreach (exchanges, index, exchange) {
        if (index + EXCHANGES_SHOWN >= count)
            print_exchange(out, exchange, (double)index == failed_at, paint);
    }
}

static void print_clauses(FILE *out, const json_t *one)
{
    const json_t *clause;
    size_t index;

    json_array_foreach (value_at(one, "clauses"), index, clause)
        fprintf(out, "    SPEC.md:%.0f %s (%s, %s-%s) %s\n", number_at(clause, "line"),
                text_at(clause, "name"), text_at(clause, "level"), text_at(clause, "first"),
                text_at(clause, "last"), text_at(clause, "sentence"));
}

/* Of a failure that is known, what is known is enough. */
static void print_expected(FILE *out, const json_t *one)
{
    fputs("expected ", out);
    print_text(out, text_at(one, "id"), "  ");
    fputs("\n    ", out);
    print_text(out, case_message(one), "    ");
    putc('\n', out);
    print_field(out, "known", text_at(one, "expected.reason"));
    putc('\n', out);
}

void console_case(const json_t *one, FILE *out, bool colour)
{
    const struct paint *paint = paint_for(colour);
    const json_t *failure = value_at(one, "failure");
    bool fault = case_verdict(one) == VERDICT_FAULT;

    if (case_is_expected(one)) {
        print_expected(out, one);
        return;
    }
    fprintf(out, "%s%s%s %s", fault ? paint->yellow : paint->red, text_at(one, "verdict"), paint->plain,
            paint->bold);
    print_text(out, text_at(one, "id"), "  ");
    fprintf(out, "%s\n    ", paint->plain);
    if (json_is_object(failure))
        fprintf(out, "%s", text_at(failure, "file"));
    if (number_at(failure, "line") > 0) /* a table of the inventory has none */
        fprintf(out, ":%.0f", number_at(failure, "line"));
    if (json_is_object(failure))
        fputs(": ", out);
    print_text(out, case_message(one), "    ");
    putc('\n', out);
    print_unless_said(out, one, "wanted");
    print_unless_said(out, one, "got");
    print_clauses(out, one);
    print_exchanges(out, one, paint);
    if (fault)
        print_field(out, "output", text_at(one, "output"));
    putc('\n', out);
}

/* The reasons of one verdict, each with how many cases gave it. */
static void print_reasons(FILE *out, const json_t *result, enum verdict verdict)
{
    json_t *reasons = json_object();
    const json_t *one;
    const char *reason;
    json_t *count;
    size_t index;

    must_have(reasons);
    json_array_foreach (value_at(result, "cases"), index, one) {
        if (case_verdict(one) != verdict)
            continue;
        reason = text_at(one, "reason");
        json_int_t before = json_integer_value(json_object_get(reasons, reason));
        json_object_set_new(reasons, reason, json_integer(before + 1));
    }
    json_object_foreach (reasons, reason, count) {
        fprintf(out, "  %s (%d): ", verdict_name(verdict), (int)json_integer_value(count));
        print_text(out, reason, "    ");
        putc('\n', out);
    }
    json_decref(reasons);
}

/* Members of answers that no table of the inventory has: they break nothing, but somebody may have misspelt one. */
static void print_unknown(FILE *out, const json_t *result)
{
    static const char kind[] = "unknown: ";
    json_t *members = json_object(), *count;
    const json_t *one, *remark;
    const char *member;
    size_t index, inner, told = 0;

    must_have(members);
    json_array_foreach (value_at(result, "cases"), index, one)
        json_array_foreach (value_at(one, "remarks"), inner, remark) {
            member = json_string_value(remark);
            if (member == NULL || strncmp(member, kind, strlen(kind)) != 0)
                continue;
            member += strlen(kind);
            json_int_t before = json_integer_value(json_object_get(members, member));
            json_object_set_new(members, member, json_integer(before + 1));
        }
    json_object_foreach (members, member, count) {
        if (told++ == UNKNOWN_SHOWN)
            break;
        fprintf(out, "  no failure (%d): ", (int)json_integer_value(count));
        print_text(out, member, "    ");
        putc('\n', out);
    }
    if (json_object_size(members) > UNKNOWN_SHOWN)
        fprintf(out, "  no failure: %zu more unknown members in result.json\n",
                json_object_size(members) - UNKNOWN_SHOWN);
    json_decref(members);
}

static void print_lines(FILE *out, const json_t *lines, const char *before, const struct paint *paint)
{
    const json_t *line;
    size_t index;

    json_array_foreach (lines, index, line) {
        fprintf(out, "%s%s%s ", paint->yellow, before, paint->plain);
        print_text(out, json_string_value(line), "  ");
        putc('\n', out);
    }
}

static void print_counts(FILE *out, const struct tally *tally, const struct paint *paint)
{
    fprintf(out, "%s%u pass%s", tally->of[VERDICT_PASS] ? paint->green : "", tally->of[VERDICT_PASS],
            paint->plain);
    fprintf(out, ", %s%u fail%s", tally->of[VERDICT_FAIL] ? paint->red : "", tally->of[VERDICT_FAIL],
            paint->plain);
    if (tally->expected > 0)
        fprintf(out, " (%u expected)", tally->expected);
    for (unsigned i = VERDICT_NOT_APPLICABLE; i < VERDICT_COUNT; i++)
        if (tally->of[i] > 0 || i == VERDICT_FAULT)
            fprintf(out, ", %u %s", tally->of[i], verdict_name((enum verdict)i));
}

void console_summary(const json_t *result, FILE *out, bool colour)
{
    const struct paint *paint = paint_for(colour);
    struct tally tally;

    result_tally(result, &tally);
    print_reasons(out, result, VERDICT_NOT_APPLICABLE);
    print_reasons(out, result, VERDICT_UNSUPPORTED);
    print_reasons(out, result, VERDICT_BLOCKED);
    print_unknown(out, result);
    print_lines(out, value_at(result, "changed_meanwhile"), "changed meanwhile:", paint);
    print_lines(out, value_at(result, "leftovers"), "left on the engine:", paint);
    print_lines(out, value_at(result, "stale"), "stale expectation:", paint);
    if (text_at(result, "stopped")[0] != '\0')
        fprintf(out, "%sstopped early:%s %s\n", paint->red, paint->plain, text_at(result, "stopped"));
    print_lines(out, value_at(result, "in_flight"), "ran at that time:", paint);
    print_counts(out, &tally, paint);
    fputs(" on ", out);
    print_text(out, text_at(result, "engine.product"), "");
    putc(' ', out);
    print_text(out, text_at(result, "engine.version"), "");
    fprintf(out, ", API %s, in %.1f s\n", text_at(result, "run.api_version"),
            number_at(result, "run.seconds"));
    fprintf(out, "%s%s%s\n",
            tally.red > 0 || number_at(result, "exit_status") != 0 ? paint->red : paint->green,
            text_at(result, "conclusion"), paint->plain);
}

void view_console(const json_t *result, FILE *out)
{
    const json_t *one;
    size_t index;

    json_array_foreach (value_at(result, "cases"), index, one) {
        if (case_verdict(one) == VERDICT_FAIL || case_is_red(result, one))
            console_case(one, out, false);
    }
    console_summary(result, out, false);
}
