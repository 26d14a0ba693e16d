/* spec/schema.c - see schema.h.
 *
 * A body is walked along the tree of its places (place.h). Where the tree ends the walk ends, so that its
 * depth is that of the tables, whatever comes. */
#include "harness/spec/schema.h"
#include "harness/spec/form.h"
#include "harness/spec/inventory.h"
#include "harness/spec/place.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct rule {
    const char *clause, *table;
} rules[] = {
    [SCHEMA_TYPES] = {"Bodies.types",    "inventory/response-fields.tsv"},
    [SCHEMA_MEMBERS] = { "Bodies.members", "inventory/always.tsv"         },
    [SCHEMA_NULL] = { "Bodies.null",    "inventory/corrections.tsv"    },
    [SCHEMA_ENUMS] = { "Bodies.enums",   "inventory/forms.tsv"          },
    [SCHEMA_FORMATS] = { "Bodies.formats", "inventory/forms.tsv"          },
    [SCHEMA_UNKNOWN] = { NULL,             "inventory/response-fields.tsv"},
};

const char *schema_clause(enum schema_rule rule)
{
    return rules[rule].clause;
}

const char *schema_table(enum schema_rule rule)
{
    return rules[rule].table;
}

static char **row_of(const struct inventory_table *table, size_t row)
{
    return table->cells + row * table->columns;
}

/* --- which operation
 * ---------------------------------------------------------------------------------------------------- */

static size_t segment(const char *path)
{
    return strcspn(path, "/?");
}

/* "/v1.41/x" -> "/x" */
static const char *without_version(const char *path)
{
    if (path[0] == '/' && path[1] == 'v' && path[2] >= '0' && path[2] <= '9')
        path += 1 + segment(path + 1);
    return path;
}

/* {name} of an image stands for one segment or more, and {id} at the end, for "NAME/ALIAS", which is a link: they hold slashes.
 * Both begin behind a slash. */
static bool path_fits(const char *template, const char *path)
{
    size_t wanted = segment(template), got = segment(path);

    if (template[0] != '{' && (wanted != got || strncmp(template, path, got) != 0))
        return false;
    if (got == 0)
        return false;
    if (template[wanted] == '\0' && path[got] != '/')
        return true;
    if (template[wanted] == '/' && path[got] == '/' && path_fits(template + wanted + 1, path + got + 1))
        return true;
    return (strncmp(template, "{name}", 6) == 0 || strcmp(template, "{id}") == 0) && path[got] == '/' &&
           path_fits(template, path + got + 1);
}

static bool row_fits(char *const *row, const char *method, const char *path, bool literally)
{
    return strcmp(row[1], method) == 0 && !strchr(row[2], '{') == literally && path[0] == '/' &&
           path_fits(row[2] + 1, path + 1);
}

const char *operation_of(const char *method, const char *path)
{
    const struct inventory_table *operations = inventory_operations();

    path = without_version(path);
    for (int literally = 1; literally >= 0; literally--)
        for (size_t i = 0; i < operations->rows; i++)
            if (row_fits(row_of(operations, i), method, path, literally))
                return row_of(operations, i)[0];
    return NULL;
}

/* --- the walk
 * ----------------------------------------------------------------------------------------------------------- */

/* Where the walk is: a list that leads back to the root, written out only when there is something to tell. */
struct trail {
    const char *step;
    const struct trail *up;
};

struct walk {
    schema_told *told;
    void *data;
    bool request; /* of which types and names alone are asked; null is let pass everywhere */
};

static const char *type_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
        return "integer";
    case JSON_REAL:
        return floor(json_real_value(value)) == json_real_value(value) ? "integer" : "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    case JSON_NULL:
        break;
    }
    return "null";
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool type_fits(const char *wanted, const char *got)
{
    if (begins(wanted, "array<"))
        return strcmp(got, "array") == 0;
    if (begins(wanted, "map<"))
        return strcmp(got, "object") == 0;
    if (strcmp(wanted, "number") == 0 && strcmp(got, "integer") == 0)
        return true;
    return strcmp(wanted, "any") == 0 || strcmp(wanted, got) == 0;
}

/* Appends to a text that may be full; returns the new length. */
static size_t append(char *text, size_t size, size_t used, const char *part, bool escape)
{
    for (; *part && used + 3 < size; part++) {
        if (escape && *part == '.')
            text[used++] = '\\';
        text[used++] = *part;
    }
    text[used] = '\0';
    return used;
}

static size_t write_trail(const struct trail *trail, char *text, size_t size)
{
    size_t used;

    if (!trail)
        return 0;
    used = write_trail(trail->up, text, size);
    if (used && strcmp(trail->step, "[]") != 0)
        used = append(text, size, used, ".", false);
    return append(text, size, used, trail->step, true);
}

static void tell(struct walk *walk, enum schema_rule rule, const struct trail *trail, const char *what)
{
    char line[640] = "";
    size_t used = write_trail(trail, line, sizeof line - 128);

    if (used == 0)
        used = append(line, sizeof line, used, "$", false);
    append(line, sizeof line, used, what, false);
    walk->told(walk->data, rule, line);
}

static void tell_type(struct walk *walk, enum schema_rule rule, const struct trail *trail, const char *wanted,
                      const char *got)
{
    char what[160];

    snprintf(what, sizeof what, ": wanted %s, got %s", wanted, got);
    tell(walk, rule, trail, what);
}

static void walk_value(struct walk *walk, const struct place *place, const json_t *value,
                       const struct trail *trail);

/* An object of which the tables name no member may have any. */
static void walk_object(struct walk *walk, const struct place *place, json_t *object,
                        const struct trail *trail)
{
    bool map = place_is_map(place);
    const char *key;
    json_t *value;

    for (size_t i = 0; !map && i < place->count; i++) {
        struct trail missing = { place->below[i].step, trail };
        if (place->below[i].always && !json_object_get(object, missing.step))
            tell(walk, SCHEMA_MEMBERS, &missing, " is missing");
    }
    json_object_foreach (object, key, value) {
        const struct place *below = place_member(place, key);
        struct trail here = { map ? "{*}" : key, trail };
        if (below)
            walk_value(walk, below, value, &here);
        else if (!map && place->count)
            tell(walk, SCHEMA_UNKNOWN, &here, " is unknown");
    }
}

static void walk_array(struct walk *walk, const struct place *place, json_t *array, const struct trail *trail)
{
    const struct place *element = place_element(place);
    struct trail here = { "[]", trail };
    json_t *item;
    size_t i;

    json_array_foreach (array, i, item)
        if (element)
            walk_value(walk, element, item, &here);
}

static bool is_empty_list(const json_t *value)
{
    return (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static void check_form(struct walk *walk, const struct place *place, const json_t *value,
                       const struct trail *trail)
{
    enum schema_rule rule = form_is_enum(place->form) ? SCHEMA_ENUMS : SCHEMA_FORMATS;
    char number[32];
    const char *text = json_string_value(value);

    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = number;
    }
    if (text && !form_fits(place->form, text)) {
        char got[100];
        snprintf(got, sizeof got, "'%.90s'", text);
        tell_type(walk, rule, trail, place->form, got);
    }
}

static void walk_value(struct walk *walk, const struct place *place, const json_t *value,
                       const struct trail *trail)
{
    const char *type = place->type && strcmp(place->type, "any") != 0 ? place->type : NULL;

    if (json_is_null(value)) {
        if (type && !place->nullable && !walk->request)
            tell_type(walk, SCHEMA_NULL, trail, type, "null");
    } else if (type && !type_fits(type, type_of(value)))
        tell_type(walk, SCHEMA_TYPES, trail, type, type_of(value));
    else if (place->null_if_empty && is_empty_list(value))
        tell_type(walk, SCHEMA_NULL, trail, "null in place of an empty list",
                  json_is_array(value) ? "[]" : "{}");
    else if (json_is_object(value))
        walk_object(walk, place, (json_t *)value, trail);
    else if (json_is_array(value))
        walk_array(walk, place, (json_t *)value, trail);
    else if (place->form)
        check_form(walk, place, value, trail);
}

bool schema_is_structured(const char *operation)
{
    const char *type = places_of_answer(operation, "")->type;

    return type && (strcmp(type, "object") == 0 || begins(type, "array<"));
}

void schema_check(const char *operation, const char *version, const json_t *body, schema_told *told,
                  void *data)
{
    struct walk walk = { .told = told, .data = data };

    walk_value(&walk, places_of_answer(operation, version), body, NULL);
}

void schema_check_request(const char *operation, const json_t *body, schema_told *told, void *data)
{
    struct walk walk = { .told = told, .data = data, .request = true };

    walk_value(&walk, places_of_request(operation), body, NULL);
}

/* --- the query of a request
 * --------------------------------------------------------------------------------------------- */

/* The line of that parameter; NULL: there is none. */
static char *const *parameter(const char *operation, const char *name)
{
    const struct inventory_table *table = inventory_parameters();

    for (size_t i = 0; i < table->rows; i++) {
        char **row = row_of(table, i);
        if (strcmp(row[0], operation) == 0 && strcmp(row[1], "query") == 0 && strcmp(row[2], name) == 0)
            return row;
    }
    return NULL;
}

/* Decodes what is up to one of `ends` into `text`; returns what follows. */
static const char *decode(const char *at, const char *ends, char *text, size_t size)
{
    size_t length = strcspn(at, ends), used = 0;

    for (size_t i = 0; i < length && used + 1 < size; i++) {
        unsigned byte;
        if (at[i] == '%' && i + 2 < length && sscanf(at + i + 1, "%2x", &byte) == 1) {
            text[used++] = (char)byte;
            i += 2;
        } else
            text[used++] = at[i] == '+' ? ' ' : at[i];
    }
    text[used] = '\0';
    return at + length;
}

static void check_filters(const char *operation, const char *value, struct walk *walk)
{
    json_t *filters = json_loads(value, 0, NULL), *values;
    const char *key;

    json_object_foreach (filters, key, values) {
        char name[128], negated[130];
        struct trail query = { "?", NULL }, here = { name, &query };
        snprintf(name, sizeof name, "filters.%.100s", key);
        snprintf(negated, sizeof negated, "%s!", name);
        if (!parameter(operation, name) && !parameter(operation, negated))
            tell(walk, SCHEMA_UNKNOWN, &here, " is unknown");
    }
    json_decref(filters);
}

static bool value_fits(const char *type, const char *value)
{
    if (strcmp(type, "boolean") == 0)
        return form_fits("\"\"|0|1|true|false|True|False", value);
    if (strcmp(type, "integer") == 0) /* moments may have a fraction */
        return *value && strspn(value + (*value == '-'), "0123456789.") == strlen(value + (*value == '-'));
    return true;
}

void schema_check_query(const char *operation, const char *path, schema_told *told, void *data)
{
    struct walk walk = { .told = told, .data = data, .request = true };
    const char *at = path + strcspn(path, "?");

    while (*at) {
        char name[128], value[4096] = "";
        struct trail query = { "?", NULL }, here = { name, &query };
        char *const *row;
        at = decode(at + 1, "=&", name, sizeof name);
        if (*at == '=')
            at = decode(at + 1, "&", value, sizeof value);
        row = parameter(operation, name);
        if (!row && *name)
            tell(&walk, SCHEMA_UNKNOWN, &here, " is unknown");
        else if (row && !value_fits(row[3], value))
            tell_type(&walk, SCHEMA_TYPES, &here, row[3], value);
        else if (row && strcmp(name, "filters") == 0)
            check_filters(operation, value, &walk);
    }
}
