/* spec/schema.c - see schema.h.
 *
 * Path and type travel together: while a value is walked, the path of the place is written as the table
 * writes it ("[]" for any element, "{*}" for any value of a map), so that one look-up finds its line. A map
 * and an object look alike in JSON; the table knows which it is: where "Networks" is a map, its members are
 * all "Networks.{*}". */
#include "harness/spec/schema.h"
#include "harness/spec/inventory.h"
#include "harness/spec/version.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES 512

struct walk {
    const char *operation, *version;
    char path[PATH_MAX_BYTES];
    unsigned wrong;
    char *first;
    size_t first_size;
    json_t *all;
};

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

/* {name} of an image stands for one segment or more: names hold slashes. Both begin behind a slash. */
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
    return strncmp(template, "{name}", 6) == 0 && path[got] == '/' && path_fits(template, path + got + 1);
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

/* --- which type
 * ---------------------------------------------------------------------------------------------------------
 */

static const char *bound(const char *cell)
{
    return strcmp(cell, "-") == 0 ? NULL : cell;
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_open(const char *path)
{
    size_t length = strlen(path);

    return length && path[length - 1] == '*';
}

static bool correction_fits(char *const *row, const struct walk *walk, const char *path)
{
    if (strcmp(row[0], "*") != 0 && strcmp(row[0], walk->operation) != 0)
        return false;
    if (is_open(row[1]) ? strncmp(row[1], path, strlen(row[1]) - 1) != 0 : strcmp(row[1], path) != 0)
        return false;
    return version_within(walk->version, bound(row[2]), bound(row[3]));
}

struct wanted {
    const char *type; /* NULL: the table does not know the place */
    bool nullable;
};

static void correct(struct wanted *wanted, char *const *row)
{
    bool list = wanted->type && (begins(wanted->type, "array<") || begins(wanted->type, "map<"));

    if (strcmp(row[4], "null") != 0)
        wanted->type = row[4];
    else if (list || !is_open(row[1])) /* under a path that is open, only lists and maps */
        wanted->nullable = true;
}

static struct wanted wanted_at(const struct walk *walk, const char *path, const char *inherited)
{
    const struct inventory_table *fields = inventory_response_fields(),
                                 *corrections = inventory_corrections();
    struct wanted ret = { .type = inherited };

    for (size_t i = 0; i < fields->rows; i++) {
        char **row = row_of(fields, i);
        if (strcmp(row[0], walk->operation) == 0 && strcmp(row[1], path) == 0) {
            ret.type = row[2];
            ret.nullable = row[5][0] == 'y';
            break;
        }
    }
    for (size_t i = 0; i < corrections->rows; i++)
        if (correction_fits(row_of(corrections, i), walk, path))
            correct(&ret, row_of(corrections, i));
    return ret;
}

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

/* --- the walk
 * -----------------------------------------------------------------------------------------------------------
 */

static void report(struct walk *walk, const char *wanted, const char *got)
{
    char line[PATH_MAX_BYTES + 128];

    snprintf(line, sizeof line, "%s: wanted %s, got %s", walk->path[0] ? walk->path : "$", wanted, got);
    if (walk->wrong++ == 0)
        snprintf(walk->first, walk->first_size, "%s", line);
    if (walk->all)
        json_array_append_new(walk->all, json_string(line));
}

static void walk_value(struct walk *walk, const json_t *value, const char *inherited);

/* Lengthens the path, walks on, and shortens it again. A path that gets too long is not followed. */
static void walk_below(struct walk *walk, const char *step, const json_t *value, const char *type)
{
    size_t length = strlen(walk->path), more = strlen(step);
    bool dot = length && step[0] != '[';

    if (length + more + 2 > sizeof walk->path)
        return;
    snprintf(walk->path + length, sizeof walk->path - length, "%s%s", dot ? "." : "", step);
    walk_value(walk, value, type);
    walk->path[length] = '\0';
}

/* The T of "array<T>" or "map<T>". */
static const char *element_type(const char *type, char *text, size_t size)
{
    const char *open = type ? strchr(type, '<') : NULL;

    if (!open)
        return NULL;
    snprintf(text, size, "%.*s", (int)(strlen(open + 1) - 1), open + 1);
    return text;
}

static void escape_dots(const char *key, char *text, size_t size)
{
    size_t used = 0;

    for (; *key && used + 3 < size; key++) {
        if (*key == '.')
            text[used++] = '\\';
        text[used++] = *key;
    }
    text[used] = '\0';
}

static void walk_object(struct walk *walk, json_t *object, const char *type)
{
    char element[64], step[PATH_MAX_BYTES];
    bool map = type && begins(type, "map<");
    const char *key;
    json_t *value;

    element_type(type, element, sizeof element);
    json_object_foreach (object, key, value) {
        escape_dots(key, step, sizeof step);
        walk_below(walk, map ? "{*}" : step, value, map ? element : NULL);
    }
}

static void walk_value(struct walk *walk, const json_t *value, const char *inherited)
{
    struct wanted wanted = wanted_at(walk, walk->path[0] ? walk->path : "$", inherited);
    char element[64];
    size_t i;
    json_t *item;

    if (wanted.type && json_is_null(value) && !wanted.nullable && strcmp(wanted.type, "any") != 0)
        report(walk, wanted.type, "null");
    else if (wanted.type && !json_is_null(value) && !type_fits(wanted.type, type_of(value)))
        report(walk, wanted.type, type_of(value));
    else if (json_is_object(value))
        walk_object(walk, (json_t *)value, wanted.type);
    else if (json_is_array(value)) {
        const char *type = element_type(wanted.type, element, sizeof element);
        json_array_foreach (value, i, item)
            walk_below(walk, "[]", item, type);
    }
}

unsigned schema_check(const char *operation, const char *version, const json_t *body, char *first,
                      size_t first_size, json_t *all)
{
    struct walk walk = {
        .operation = operation, .version = version, .first = first, .first_size = first_size, .all = all
    };

    if (first_size)
        first[0] = '\0';
    walk_value(&walk, body, NULL);
    return walk.wrong;
}
