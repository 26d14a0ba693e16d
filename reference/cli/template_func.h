/* cli/template_func.h - the functions of templates, and how values print. */
#ifndef CLI_TEMPLATE_FUNC_H
#define CLI_TEMPLATE_FUNC_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"

bool template_func_known(const char *name);
/* *ret is a new reference. ERR_INVALID: arguments of another number or type. */
int template_func_call(const char *name, json_t *const *values, size_t count, json_t **ret,
                       struct error *err);
/* False for null, false, 0 and what is empty. */
bool template_truth(const json_t *value);

#endif
