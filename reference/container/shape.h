/* container/shape.h - the members of an API object: their names, types and empty values, as tables.
 *
 * A Docker Engine decodes a request into typed structs: a wrong type is refused, an unknown member is dropped, a name
 * may be in any case, and whoever inspects the object later sees every member, also those that nobody set. One table
 * does all of that here. */
#ifndef CONTAINER_SHAPE_H
#define CONTAINER_SHAPE_H

#include <jansson.h>

#include "base/error.h"

enum shape_kind {
    SHAPE_STRING,
    SHAPE_INT,
    SHAPE_BOOL,
    SHAPE_STRINGS,    /* array of strings */
    SHAPE_COMMAND,    /* a string, or an array of strings; kept as the array */
    SHAPE_STRING_MAP, /* object of strings */
    SHAPE_SET,        /* object of objects that are empty: {"80/tcp":{}} */
    SHAPE_OBJECT,     /* members as `of` says */
    SHAPE_OBJECTS,    /* array of those */
    SHAPE_OBJECT_MAP, /* object of those; a null one stays null */
    SHAPE_LISTS_MAP,  /* object of arrays of those */
    SHAPE_LISTS,      /* array of arrays of strings */
    SHAPE_PAIR,       /* two numbers, [0,0] by default */
};

#define SHAPE_OMIT 1u /* left out when it is empty */
#define SHAPE_NULL 2u /* null when nobody gave it */

struct shape {
    const char *name;
    enum shape_kind kind;
    unsigned flags;
    const char *type; /* as an engine's error names it; NULL: the kind's */
    const struct shape *of;
};

/* *ret: a new object that has the members of `shape` (ended by a NULL name) in their order. `given` may be NULL or
 * null. `where` names the object in errors: "" or ".HostConfig". ERR_INVALID: "invalid JSON: json: cannot unmarshal
 * string into Go struct field .HostConfig.Memory of type int64". */
int shape_fill(const json_t *given, const struct shape *shape, const char *where, json_t **ret,
               struct error *err);

/* A member by its name, or else by its name in other case. */
json_t *shape_member(const json_t *given, const char *name);

/* What ContainerCreate takes and ContainerInspect gives (OpenAPI: ContainerConfig, HostConfig, EndpointSettings). */
extern const struct shape config_shape[], host_config_shape[], networking_shape[], endpoint_shape[],
    exec_shape[], update_shape[];

#endif
