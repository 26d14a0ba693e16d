/* report/junit.c - JUnit XML, as CI servers read it: one suite, a test case per case; a fail is a <failure>,
 * a fault an <error>, and everything that is neither good nor bad a <skipped> with its reason, so that no
 * skipped case looks like a passed one. */
#include "report/view.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/memory.h"
#include "report/result.h"

static void print_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    escape_xml(out, text, strlen(text));
    putc('"', out);
}

/* The operation or the subject: the first clause up to its dot. */
static void print_class(FILE *out, const json_t *one)
{
    const char *clause = text_at(json_array_get(value_at(one, "clauses"), 0), "name");

    fputs(" classname=\"plimsoll.", out);
    escape_xml(out, clause, strcspn(clause, "."));
    putc('"', out);
}

static void print_problem(FILE *out, const json_t *one)
{
    const char *element = case_verdict(one) == VERDICT_FAULT ? "error" : "failure";
    char *text;
    size_t size;
    FILE *console = must_stream(&text, &size);

    fprintf(out, "    <%s", element);
    print_attribute(out, "type", text_at(one, "verdict"));
    print_attribute(out, "message", case_message(one));
    putc('>', out);
    console_case(one, console, false);
    must_close(console);
    escape_xml(out, text, size);
    fprintf(out, "</%s>\n", element);
    free(text);
}

static void print_case(FILE *out, const json_t *result, const json_t *one)
{
    fputs("  <testcase", out);
    print_attribute(out, "name", text_at(one, "id"));
    print_class(out, one);
    fprintf(out, " time=\"%.3f\">\n", number_at(one, "seconds"));
    if (case_is_red(result, one)) {
        print_problem(out, one);
    } else if (case_verdict(one) != VERDICT_PASS) {
        char *reason = case_skip_reason(one);
        fputs("    <skipped", out);
        print_attribute(out, "message", reason);
        fputs("/>\n", out);
        free(reason);
    }
    fputs("  </testcase>\n", out);
}

static void print_property(FILE *out, const json_t *result, const char *path)
{
    fputs("    <property", out);
    print_attribute(out, "name", path);
    print_attribute(out, "value", text_at(result, path));
    fputs("/>\n", out);
}

/* <failure> holds the red ones that are no faults; what is left after those and the passed ones is skipped.
 */
static void print_counts(FILE *out, const json_t *result)
{
    struct tally tally;

    result_tally(result, &tally);
    fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%.3f\"", tally.total,
            tally.red - tally.of[VERDICT_FAULT], tally.of[VERDICT_FAULT],
            tally.total - tally.red - tally.of[VERDICT_PASS], number_at(result, "run.seconds"));
}

void view_junit(const json_t *result, FILE *out)
{
    static const char *const properties[] = { "engine.product", "engine.version", "run.api_version", "run.id",
                                              "run.host",       "suite.version",  "stopped" };
    const json_t *one;
    size_t index;

    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plimsoll\"", out);
    print_counts(out, result);
    fputs(">\n <testsuite name=\"plimsoll\"", out);
    print_counts(out, result);
    print_attribute(out, "timestamp", text_at(result, "run.started"));
    fputs(">\n  <properties>\n", out);
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
        print_property(out, result, properties[i]);
    fputs("  </properties>\n", out);
    json_array_foreach (value_at(result, "cases"), index, one)
        print_case(out, result, one);
    fputs(" </testsuite>\n</testsuites>\n", out);
}
