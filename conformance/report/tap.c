/* report/tap.c - TAP version 14 (testanything.org, "TAP 14 specification"). What is no failure and no pass is
 * a SKIP; an expected failure is a
 * TODO, which a TAP reader does not count against the run. Diagnostics are one YAML block of double-quoted
 * scalars. */
#include "report/view.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/memory.h"
#include "report/result.h"

static void print_tap(FILE *out, const char *text)
{
    escape_tap(out, text, strlen(text));
}

static void print_yaml(FILE *out, const char *key, const char *text)
{
    if (text[0] == '\0')
        return;
    fprintf(out, "  %s: ", key);
    escape_yaml(out, text, strlen(text));
    putc('\n', out);
}

static void print_diagnostics(const json_t *one, FILE *out)
{
    const json_t *exchange;
    size_t index;

    fputs("  ---\n", out);
    print_yaml(out, "message", case_message(one));
    print_yaml(out, "severity", text_at(one, "verdict"));
    if (json_is_object(value_at(one, "failure"))) {
        print_yaml(out, "file", text_at(one, "failure.file"));
        fprintf(out, "  line: %.0f\n", number_at(one, "failure.line"));
        print_yaml(out, "wanted", text_at(one, "failure.wanted"));
        print_yaml(out, "got", text_at(one, "failure.got"));
    }
    if (json_array_size(value_at(one, "exchanges")) > 0)
        fputs("  repeat:\n", out);
    json_array_foreach (value_at(one, "exchanges"), index, exchange) {
        const char *curl = text_at(exchange, "curl");
        fputs("    - ", out);
        escape_yaml(out, curl, strlen(curl));
        putc('\n', out);
    }
    fputs("  ...\n", out);
}

void view_tap(const json_t *result, FILE *out)
{
    const json_t *one;
    size_t index;

    fprintf(out, "TAP version 14\n1..%zu\n", json_array_size(value_at(result, "cases")));
    json_array_foreach (value_at(result, "cases"), index, one) {
        bool red = case_is_red(result, one), expected = case_is_expected(one);
        fprintf(out, "%sok %zu - ", red || expected ? "not " : "", index + 1);
        print_tap(out, text_at(one, "id"));
        if (!red && case_verdict(one) != VERDICT_PASS) {
            char *reason = case_skip_reason(one);
            fputs(expected ? " # TODO " : " # SKIP ", out);
            print_tap(out, reason);
            free(reason);
        }
        putc('\n', out);
        if (red || expected)
            print_diagnostics(one, out);
    }
    if (text_at(result, "stopped")[0] != '\0') {
        fputs("Bail out! ", out);
        print_tap(out, text_at(result, "stopped"));
        putc('\n', out);
    }
}
