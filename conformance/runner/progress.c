/* runner/progress.c - see progress.h. */
#include "runner/progress.h"

#include <unistd.h>

#include "report/result.h"
#include "report/view.h"

#define NAME_SHOWN 48 /* columns, so that the line does not wrap on a terminal of 100 */

void progress_init(struct progress *progress, FILE *out, bool colour, size_t total)
{
    bool terminal = isatty(fileno(out)) == 1;

    *progress =
        (struct progress){ .out = out, .terminal = terminal, .colour = colour && terminal, .total = total };
}

void progress_end(const struct progress *progress)
{
    if (progress->terminal)
        fputs("\r\033[K", progress->out);
    fflush(progress->out);
}

void progress_draw(const struct progress *progress, const char *name)
{
    if (!progress->terminal)
        return;
    fprintf(progress->out, "\r\033[K%zu/%zu  %zu pass", progress->done, progress->total,
            progress->of[VERDICT_PASS]);
    if (progress->of[VERDICT_FAIL] > 0)
        fprintf(progress->out, "  %s%zu fail%s", progress->colour ? "\033[31m" : "",
                progress->of[VERDICT_FAIL], progress->colour ? "\033[0m" : "");
    if (progress->of[VERDICT_FAULT] > 0)
        fprintf(progress->out, "  %zu fault", progress->of[VERDICT_FAULT]);
    fprintf(progress->out, "  %.*s", NAME_SHOWN, name);
    fflush(progress->out);
}

void progress_case(struct progress *progress, const json_t *one)
{
    enum verdict verdict = case_verdict(one);

    progress->done++;
    progress->of[verdict]++;
    if (verdict != VERDICT_FAIL && verdict != VERDICT_FAULT)
        return;
    progress_end(progress);
    console_case(one, progress->out, progress->colour);
}
