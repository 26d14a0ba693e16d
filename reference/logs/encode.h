/* logs/encode.h - one log entry to and from its line of JSON. Private to logs/, its tests and its fuzz
 * target. */
#ifndef LOGS_ENCODE_H
#define LOGS_ENCODE_H

#include "logs/json_log.h"

#define LOG_CHUNK 16384 /* output bytes of an entry, without its newline */
#define LOG_ENTRY                                                                                            \
    (6 * LOG_CHUNK + 128)        /* the longest line that entry_encode() gives: every byte as \u00XX  \
                                         */
#define LOG_LINE (2 * LOG_ENTRY) /* the longest line that a reader takes; more is skipped */

/* Writes the line, newline included, to `ret` (LOG_ENTRY bytes of room); returns its length. `newline` adds
 * one to the text. `time` is the instant as text. */
size_t entry_encode(char *ret, bool is_stderr, const char *time, const char *text, size_t n, bool newline);

/* Reads a line (without its newline); unescapes in place, so that ret->text lies within `line`. Keys may come
 * in any order, unknown ones are skipped. False: it is no entry. */
bool entry_decode(char *line, size_t n, struct log_entry *ret);

#endif
