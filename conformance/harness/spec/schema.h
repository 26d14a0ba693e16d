/* spec/schema.h - is every member of an answer of the type that the API gives it?
 *
 * The types are those of conformance/inventory/response-fields.tsv, with what real engines do otherwise in
 * corrections.tsv. Members that the table does not know are let pass, and members that are not there too:
 * which must be there, clauses say. */
#ifndef PLIMSOLL_SPEC_SCHEMA_H
#define PLIMSOLL_SPEC_SCHEMA_H

#include <jansson.h>
#include <stddef.h>

/* The operation of a request: "ContainerInspect" for GET /v1.41/containers/x/json?size=1. NULL: none of the
 * inventory's. */
const char *operation_of(const char *method, const char *path);

/* Checks a 2xx body. Returns how many members are of the wrong type, and the first of them as "State.Pid:
 * wanted integer, got string". With `all` (an array; may be NULL) every one is appended. */
unsigned schema_check(const char *operation, const char *version, const json_t *body, char *first,
                      size_t first_size, json_t *all);

#endif
