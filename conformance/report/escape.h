/* report/escape.h - text that came from an engine, made fit for XML, YAML, HTML, Markdown and terminals.
 *
 * An engine under test may answer with any bytes at all. Each function takes `length` bytes that need not be
 * UTF-8 nor end with NUL, and writes text that every reader of the format accepts: what is not UTF-8, or is a
 * character that the format forbids, becomes U+FFFD; nothing is dropped in silence. */
#ifndef PLIMSOLL_REPORT_ESCAPE_H
#define PLIMSOLL_REPORT_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* XML 1.0 section 2.2 (Char), 2.4; good for element text and for attributes in double quotes. Also what HTML
 * needs. */
void escape_xml(FILE *out, const char *text, size_t length);

/* A YAML 1.2 double-quoted scalar (section 7.3.1), quotes included, in one line. */
void escape_yaml(FILE *out, const char *text, size_t length);

/* One line of Markdown running text: no markup, no table cell ends, no line breaks. */
void escape_markdown(FILE *out, const char *text, size_t length);

/* The description of a TAP 14 test point: '#' and '\' escaped, in one line. */
void escape_tap(FILE *out, const char *text, size_t length);

/* For a terminal: tabs and line breaks stay, other control characters become \xNN, so that no body can write
 * to the screen what it likes. Every line after a line break begins with `indent`. */
void escape_terminal(FILE *out, const char *text, size_t length, const char *indent);

/* A new UTF-8 string, at most `limit` bytes of the text, that jansson and every format take. The caller frees
 * it. */
char *escape_utf8(const char *text, size_t length, size_t limit);

#endif
