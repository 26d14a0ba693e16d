/* scene/events.c - the engine's clock, and its events from now on. */
#include "harness/scene/json.h"
#include "harness/scene/scene_inside.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *system_time(struct scene *s)
{
    const char *ret = json_string_value(json_at(given_get(s, "/info"), "SystemTime"));

    if (!ret)
        case_blocked(s, "the engine's clock: /info has no SystemTime");
    return ret;
}

/* RFC 3339: "2026-11-23T23:03:31.48076Z", "...+01:00" */
const char *engine_now(struct scene *s)
{
    struct tm tm = { 0 };
    char fraction[10] = "000000000", sign = '+';
    int hours = 0, minutes = 0;
    long offset = 0;

    system_time(
        s); /* engines share an answer of /info between all who wait for it: this one may be of earlier */
    const char *rest = strptime(system_time(s), "%Y-%m-%dT%H:%M:%S", &tm);
    if (!rest)
        case_blocked(s, "the engine's clock: SystemTime is no date");
    if (*rest == '.') {
        size_t digits = strspn(++rest, "0123456789");
        memcpy(fraction, rest, digits < 9 ? digits : 9);
        rest += digits;
    }
    if (sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) == 3)
        offset = (hours * 60L + minutes) * (sign == '-' ? -60 : 60);
    return scene_printf(s, "%lld.%s", (long long)timegm(&tm) - offset, fraction);
}

struct stream *when_events_follow(struct scene *s, const char *filters)
{
    return when_follow(s, "/events?since=%s&filters=%s", engine_now(s), filters);
}
