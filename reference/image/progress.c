/* image/progress.c - see progress.h. */
#include "image/progress.h"

#include <stdio.h>
#include <string.h>

#define BAR_WIDTH 50

/* Four digits and a decimal unit: "32.77kB", "1.5MB". */
static void size_text(int64_t bytes, char ret[32])
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1000;
        unit++;
    }
    snprintf(ret, 32, "%.4g%s", value, units[unit]);
}

json_t *progress_message(const char *status, const char *id, int64_t current, int64_t total)
{
    char bar[BAR_WIDTH + 2] = "", done[32], all[32], text[160];
    int filled = total > 0 && current > 0 ? (int)((double)current / (double)total * BAR_WIDTH) : 0;

    if (filled > BAR_WIDTH)
        filled = BAR_WIDTH;
    memset(bar, '=', (size_t)filled);
    memset(bar + filled, ' ', (size_t)(BAR_WIDTH - filled) + 1);
    bar[filled] = '>';
    bar[filled < BAR_WIDTH ? BAR_WIDTH : BAR_WIDTH + 1] = '\0';
    size_text(current, done);
    size_text(total, all);
    snprintf(text, sizeof(text), "[%s] %7s/%s", bar, done, all);
    return json_pack("{s:s, s:{s:I, s:I}, s:s, s:s}", "status", status, "progressDetail", "current",
                     (json_int_t)current, "total", (json_int_t)total, "progress", text, "id", id);
}
