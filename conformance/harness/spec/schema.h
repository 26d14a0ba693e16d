/* spec/schema.h - is a body what the API says that it is?
 *
 * What it says is in the tables of conformance/inventory/: response-fields.tsv has the types,
 * corrections.tsv what real engines send instead, always.tsv the members that are in every answer, forms.tsv
 * words and formats. Members that the tables do not know are told, and break nothing. */
#ifndef PLIMSOLL_SPEC_SCHEMA_H
#define PLIMSOLL_SPEC_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum schema_rule {
    SCHEMA_TYPES,   /* Bodies.types */
    SCHEMA_MEMBERS, /* Bodies.members */
    SCHEMA_NULL,    /* Bodies.null */
    SCHEMA_ENUMS,   /* Bodies.enums */
    SCHEMA_FORMATS, /* Bodies.formats */
    SCHEMA_UNKNOWN, /* of no clause: a member that the tables do not know */
};

/* The clause that is broken (NULL for SCHEMA_UNKNOWN), and the table that says so. */
const char *schema_clause(enum schema_rule rule);
const char *schema_table(enum schema_rule rule);

/* Is called for each finding, in the order of the body: "State.Pid: wanted integer, got string", "State.Pid is
 * missing", "State.Mood is unknown". */
typedef void schema_told(void *data, enum schema_rule rule, const char *sentence);

/* The operation of a request: "ContainerInspect" for GET /v1.41/containers/x/json?size=1. NULL: none of the
 * inventory's. */
const char *operation_of(const char *method, const char *path);

/* Is a 2xx body of the operation an object or an array, as the tables have it? */
bool schema_is_structured(const char *operation);

/* Checks a 2xx body, or one of several values that such a body consists of. */
void schema_check(const char *operation, const char *version, const json_t *body, schema_told *told,
                  void *data);

/* Checks what a client sends: names and types (SCHEMA_TYPES, SCHEMA_UNKNOWN), of any version. */
void schema_check_request(const char *operation, const json_t *body, schema_told *told, void *data);
void schema_check_query(const char *operation, const char *path, schema_told *told, void *data);

#endif
