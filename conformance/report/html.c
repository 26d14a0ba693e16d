/* report/html.c - the result as one HTML page that needs nothing beside it: no script, no picture, no style
 * sheet. */
#include "report/view.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/memory.h"
#include "report/result.h"

static const char style[] =
    "body{font:15px/1.45 sans-serif;max-width:72rem;margin:2rem auto;padding:0 "
    "1rem;color:#222;background:#fff}"
    "pre{background:#f4f4f4;padding:.6rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #ddd}"
    "summary{cursor:pointer;padding:.15rem 0}b{display:inline-block;min-width:8.5rem}"
    ".pass b{color:#176b2c}.fail b{color:#b00020}.fault b{color:#9a5b00}";

static void print_text(FILE *out, const char *text)
{
    escape_xml(out, text, strlen(text));
}

static void print_row(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<tr><th>%s</th><td>", name);
    print_text(out, text);
    fputs("</td></tr>\n", out);
}

static void print_case(FILE *out, const json_t *result, const json_t *one)
{
    bool detailed = case_is_red(result, one) || case_verdict(one) == VERDICT_FAIL;
    const char *verdict = verdict_name(case_verdict(one));
    char *text;
    size_t size;

    fprintf(out, "<%s class=\"%s\">%s<b>%s</b> ", detailed ? "details" : "div", verdict,
            detailed ? "<summary>" : "", verdict);
    print_text(out, text_at(one, "id"));
    if (case_verdict(one) != VERDICT_PASS) {
        fputs(" &#8212; ", out);
        print_text(out, case_message(one));
    }
    if (detailed) {
        FILE *console = must_stream(&text, &size);
        console_case(one, console, false);
        must_close(console);
        fputs("</summary><pre>", out);
        escape_xml(out, text, size);
        fputs("</pre>", out);
        free(text);
    }
    fprintf(out, "</%s>\n", detailed ? "details" : "div");
}

static void print_header(FILE *out, const json_t *result)
{
    struct tally tally;

    result_tally(result, &tally);
    fputs("<table>\n", out);
    print_row(out, "engine", text_at(result, "engine.product"));
    print_row(out, "version", text_at(result, "engine.version"));
    print_row(out, "API version", text_at(result, "run.api_version"));
    print_row(out, "started", text_at(result, "run.started"));
    print_row(out, "suite", text_at(result, "suite.version"));
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        fprintf(out, "<tr><th>%s</th><td>%u</td></tr>\n", verdict_name((enum verdict)i), tally.of[i]);
    fprintf(out, "<tr><th>total</th><td>%u</td></tr>\n</table>\n<p>", tally.total);
    print_text(out, text_at(result, "conclusion"));
    fputs("</p>\n", out);
}

void view_html(const json_t *result, FILE *out)
{
    const json_t *one;
    size_t index;

    fprintf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>plimsoll: ");
    print_text(out, text_at(result, "engine.product"));
    putc(' ', out);
    print_text(out, text_at(result, "engine.version"));
    fprintf(out, "</title><style>%s</style></head>\n<body>\n<h1>plimsoll</h1>\n", style);
    print_header(out, result);
    json_array_foreach (value_at(result, "cases"), index, one)
        print_case(out, result, one);
    fputs("</body>\n</html>\n", out);
}
