/* cli/units.h - sizes and spans of time as people write and read them. */
#ifndef CLI_UNITS_H
#define CLI_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define UNITS_TEXT_MAX 48

/* 1000-based, `digits` significant: "1.98MB". */
void units_size(double bytes, int digits, char ret[UNITS_TEXT_MAX]);
/* 1024-based, four digits: "23.54GiB". */
void units_binary_size(double bytes, char ret[UNITS_TEXT_MAX]);
/* "512", "512b", "512k", "1.5g", "1GiB": powers of 1024. */
bool units_parse_size(const char *s, int64_t *ret);
/* "About a minute", "3 weeks". */
void units_duration(nanos span, char ret[UNITS_TEXT_MAX]);
/* "2026-01-02 03:04:05 +0000 UTC", as Go prints a time. */
void units_go_time(int64_t seconds, char ret[UNITS_TEXT_MAX]);

#endif
