/* cli/progress.c - see progress.h. */
#include "cli/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/map.h"
#include "cli/units.h"

#define BAR_WIDTH 50
#define LINES_MAX 1000 /* ids beyond that get no line of their own */

struct progress {
    FILE *out;
    bool terminal, quiet;
    struct map *lines; /* id -> its line's number, from 1 */
};

static void bar(const json_t *detail, struct str *ret)
{
    double current = (double)json_int_at(detail, "current", 0),
           total = (double)json_int_at(detail, "total", 0);
    char a[UNITS_TEXT_MAX], b[UNITS_TEXT_MAX];
    int filled = total > 0 && current <= total ? (int)(current / total * BAR_WIDTH) : 0;

    units_size(current, 4, a);
    units_size(total, 4, b);
    if (total <= 0) {
        str_addf(ret, " %8s", a);
        return;
    }
    str_add(ret, " [");
    for (int i = 0; i < BAR_WIDTH; i++)
        str_add(ret, i < filled ? "=" : i == filled ? ">" : " ");
    str_addf(ret, "] %8s/%s", a, b);
}

/* How many lines above the cursor this id's line is; a new id begins one. */
static uintptr_t line_up(struct progress *p, const char *id)
{
    uintptr_t line = (uintptr_t)map_get(p->lines, id);

    if (line)
        return map_count(p->lines) - line + 1;
    if (map_count(p->lines) >= LINES_MAX)
        return 0;
    map_set(p->lines, id, (void *)(uintptr_t)(map_count(p->lines) + 1));
    fputs("\n", p->out);
    return 1;
}

static void show_status(struct progress *p, const json_t *message)
{
    const char *id = json_str_at(message, "id", ""), *status = json_str_at(message, "status", "");
    const json_t *detail = json_at(message, "progressDetail");
    bool moves = json_int_at(detail, "current", 0) > 0 || json_int_at(detail, "total", 0) > 0;
    scoped_str text = { 0 };
    uintptr_t up;

    if (*id)
        str_addf(&text, "%s: ", id);
    str_add(&text, status);
    if (!p->terminal) {
        if (!moves)
            fprintf(p->out, "%s\n", str_text(&text));
        return;
    }
    if (moves)
        bar(detail, &text);
    up = *id ? line_up(p, id) : 0;
    if (up)
        fprintf(p->out, "\033[%dA\033[2K\r%s\033[%dB\r", (int)up, str_text(&text), (int)up);
    else
        fprintf(p->out, "%s\n", str_text(&text));
}

static int show(struct progress *p, const json_t *message, struct error *err)
{
    const char *failure = json_str_at(message, "errorDetail.message", json_str_at(message, "error", NULL));
    const char *stream = json_str_at(message, "stream", NULL);

    if (failure)
        return error_set(err, ERR_SYSTEM, "%s", failure);
    if (p->quiet)
        return 0;
    if (stream)
        fputs(stream, p->out);
    else if (json_str_at(message, "status", NULL))
        show_status(p, message);
    fflush(p->out);
    return 0;
}

int progress_show(struct http_call *call, FILE *out, bool quiet, struct error *err)
{
    struct progress p = { .out = out, .terminal = isatty(fileno(out)), .quiet = quiet, .lines = map_new() };
    json_t *message = NULL;
    int result, shown = 0;

    while (shown == 0 && (result = http_call_next_json(call, &message, err)) == 1) {
        shown = show(&p, message, err);
        json_decref(message);
    }
    map_free(p.lines);
    return shown < 0 ? -1 : result;
}
