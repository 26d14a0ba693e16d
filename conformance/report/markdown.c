/* report/markdown.c - the result for a pull request or a job summary: the counts, then what needs a look. */
#include "report/view.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/memory.h"
#include "report/result.h"

static void print_text(FILE *out, const char *text)
{
    escape_markdown(out, text, strlen(text));
}

static void print_counts(FILE *out, const json_t *result)
{
    struct tally tally;

    result_tally(result, &tally);
    fputs("| verdict | cases |\n|---|---:|\n", out);
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        fprintf(out, "| %s | %u |\n", verdict_name((enum verdict)i), tally.of[i]);
    fprintf(out, "| total | %u |\n\n", tally.total);
}

/* The exchanges and the rest, behind a fold. <pre> and entities, so that no body can end the block as it
 * could a fence. */
static void print_details(FILE *out, const json_t *one)
{
    char *text;
    size_t size;
    FILE *console = must_stream(&text, &size);

    console_case(one, console, false);
    must_close(console);
    fputs("<details><summary>exchanges</summary><pre>", out);
    for (char *line = text; *line != '\0';) { /* an empty line would end the HTML block */
        size_t length = strcspn(line, "\n");
        escape_xml(out, line, length);
        fputs("&#10;", out);
        line += length + (line[length] == '\n');
    }
    fputs("</pre></details>\n\n", out);
    free(text);
}

static void print_section(FILE *out, const json_t *result, enum verdict verdict)
{
    const json_t *one;
    size_t index;
    bool begun = false;

    json_array_foreach (value_at(result, "cases"), index, one) {
        if (case_verdict(one) != verdict)
            continue;
        if (!begun)
            fprintf(out, "## %s\n\n", verdict_name(verdict));
        begun = true;
        fputs("- **", out);
        print_text(out, text_at(one, "id"));
        fputs("** ", out);
        print_text(out, case_message(one));
        if (case_is_expected(one)) {
            fputs(" (expected: ", out);
            print_text(out, text_at(one, "expected.reason"));
            putc(')', out);
        }
        putc('\n', out);
        if (verdict == VERDICT_FAIL || verdict == VERDICT_FAULT)
            print_details(out, one);
    }
    if (begun)
        putc('\n', out);
}

void view_markdown(const json_t *result, FILE *out)
{
    fputs("# plimsoll on ", out);
    print_text(out, text_at(result, "engine.product"));
    putc(' ', out);
    print_text(out, text_at(result, "engine.version"));
    fputs(", API ", out);
    print_text(out, text_at(result, "run.api_version"));
    fputs("\n\n", out);
    print_text(out, text_at(result, "conclusion"));
    fputs("\n\n", out);
    print_counts(out, result);
    print_section(out, result, VERDICT_FAIL);
    print_section(out, result, VERDICT_FAULT);
    for (int verdict = VERDICT_NOT_APPLICABLE; verdict <= VERDICT_BLOCKED; verdict++)
        print_section(out, result, (enum verdict)verdict);
}
