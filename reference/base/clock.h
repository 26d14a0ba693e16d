/* base/clock.h - times on the wire. Instants are nanoseconds since the epoch, UTC; 0 stands for Go's zero
 * time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t nanos;

#define NANOS_PER_SECOND INT64_C(1000000000)
#define CLOCK_TEXT_MAX   40

nanos clock_now(void);       /* CLOCK_REALTIME */
nanos clock_monotonic(void); /* for intervals and deadlines */

/* RFC 3339 with the fraction's trailing zeros cut, "Z": "2026-01-02T03:04:05.6Z"; 0 gives
 * "0001-01-01T00:00:00Z". */
void clock_format(nanos t, char ret[CLOCK_TEXT_MAX]);
/* As a log line has it: always nine digits of fraction. */
void clock_format_fixed(nanos t, char ret[CLOCK_TEXT_MAX]);
/* RFC 3339, with or without a fraction; the zero time gives 0. */
bool clock_parse(const char *s, nanos *ret);
/* What the API takes for since= and until=: "SECONDS[.NANOS]", RFC 3339 with or without zone, or a Go
 * duration before `now`
 * ("10m", "1h30m"). ("since"/"until" of SystemEvents and ContainerLogs.) */
bool clock_parse_query(const char *s, nanos now, nanos *ret);
/* Go's time.ParseDuration: "300ms", "-1.5h", "2h45m". */
bool clock_parse_duration(const char *s, nanos *ret);

#endif
