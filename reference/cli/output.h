/* cli/output.h - tables and --format.
 *
 * A list command makes one JSON object of strings per row, with the names that docker's --format knows ("ID", "Names");
 * the table itself is only one more template over it. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>

#include "base/error.h"
#include "base/str.h"
#include "cli/template.h"

struct output_table {
    const char *columns;             /* "{{.ID}}\t{{.Image}}", what `table` alone stands for */
    const char *quiet;               /* template of -q */
    const char *const (*headers)[2]; /* { "ID", "CONTAINER ID" }, ended by { NULL, NULL } */
};

/* Prints `rows` by `format`: NULL or "" or "table" or "table TEMPLATE" or "json" or a template. */
int output_rows(const struct output_table *table, const json_t *rows, const char *format, bool quiet,
                struct error *err);
/* One value by a template of --format (docker inspect -f, version -f, info -f): the text and a line end. */
int output_value(const json_t *value, const char *format, enum template_missing missing, struct error *err);
/* Aligns the cells, which tabs end, of `text`: at least `min` wide, `padding` blanks between. */
void output_align(const char *text, size_t min, size_t padding, struct str *ret);
/* "\t" and "\n" as two characters each become the one that they name. The caller frees it. */
char *output_unescape(const char *format);
/* The first `max` characters, the last of them an ellipsis when there were more. The caller frees it. */
char *output_ellipsis(const char *s, size_t max);
size_t output_width(const char *s); /* in characters */

/* What rows are made of; both put a string. */
void row_put(json_t *row, const char *name, const char *value);
void row_putf(json_t *row, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "sha256:..." and long ids cut to 12 digits, unless `whole`. */
void row_put_id(json_t *row, const char *name, const char *id, bool whole);
/* "a=b,c=d" of an object of strings. */
void row_put_labels(json_t *row, const json_t *labels);

/* Indented by four blanks, as `docker inspect` prints it. */
void output_json(const json_t *value);

#endif
