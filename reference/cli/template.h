/* cli/template.h - the part of Go's text/template that --format needs, over JSON values.
 *
 * Text, {{PIPELINE}}, {{if}} {{else}} {{else if}} {{range}} {{with}} {{end}}, {{$x := ...}}, {{/ * comment * /}}, {{- trimming -}};
 * .A.B, $, $x, "text", `text`, numbers, true, false, nil, parentheses, and the functions json, join, index, len, print,
 * printf (%s %q %v %d), println, upper, lower, title, split, truncate, pad, eq, ne, lt, le, gt, ge, and, or, not, slice.
 * Left out: {{define}}, {{template}}, {{block}}, {{break}}, {{continue}}, methods of Go's types. */
#ifndef CLI_TEMPLATE_H
#define CLI_TEMPLATE_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"
#include "base/str.h"

struct template;

enum template_missing {
    TEMPLATE_MISSING_IS_NO_VALUE, /* prints <no value> */
    TEMPLATE_MISSING_IS_ERROR,
};

/* ERR_INVALID: "template parsing error: ...". */
int template_parse(const char *text, struct template **ret, struct error *err);
/* Appends to `ret`. Work and output are bounded (ERR_TOO_LARGE). */
int template_execute(const struct template *t, const json_t *value, enum template_missing missing,
                     struct str *ret, struct error *err);
struct template *template_free(struct template *t);

DEFINE_SCOPED(struct template *, template_free)

/* As Go prints a value with %v. */
void template_print(const json_t *value, struct str *ret);
/* `value` as JSON in one line; `html`: with <, > and & escaped, and its members sorted, as Go does for a map. */
void template_json(const json_t *value, bool html, struct str *ret);

#endif
