/* report/view.h - the forms in which a result can be had. Each is computed from the result and from nothing
 * else, so that their counts agree. */
#ifndef PLIMSOLL_REPORT_VIEW_H
#define PLIMSOLL_REPORT_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* "json", "console", "tap", "junit", "html", "markdown", "har", "ledger". */
bool view_known(const char *format);

/* Writes the view `format`, which must be known. */
void view_write(const char *format, const json_t *result, FILE *out);

/* Writes a view to a file: to a temporary one beside it, which is then renamed, so that nobody reads half a
 * report. What exists and is no regular file (/dev/stdout, a fifo) is written to as it is; "-" is standard
 * output. -1: *why, which the caller frees, says what went wrong. */
int view_write_file(const char *format, const json_t *result, const char *path, char **why);

/* The views. JUnit: the schema of the Ant task as Jenkins and GitLab read it; TAP: version 14; Markdown: as
 * GitHub renders it; HAR: version 1.2. */
void view_console(const json_t *result, FILE *out);
void view_tap(const json_t *result, FILE *out);
void view_junit(const json_t *result, FILE *out);
void view_html(const json_t *result, FILE *out);
void view_markdown(const json_t *result, FILE *out);
void view_har(const json_t *result, FILE *out);
void view_ledger(const json_t *result, FILE *out);

/* Parts of the console view, which the runner also shows while it runs. */
void console_case(const json_t *one, FILE *out, bool colour);
void console_summary(const json_t *result, FILE *out, bool colour);

#endif
