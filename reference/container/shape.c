/* container/shape.c - see shape.h. */
#include "container/shape.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/scope.h"
#include "base/str.h"

static const char *kind_of(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    default:
        return "bool";
    }
}

static const char *type_of(const struct shape *m)
{
    static const char *const types[] = {
        [SHAPE_STRING] = "string",
        [SHAPE_INT] = "int64",
        [SHAPE_BOOL] = "bool",
        [SHAPE_STRINGS] = "[]string",
        [SHAPE_COMMAND] = "string",
        [SHAPE_STRING_MAP] = "map[string]string",
        [SHAPE_SET] = "map[string]struct {}",
        [SHAPE_OBJECT] = "struct",
        [SHAPE_OBJECTS] = "[]struct",
        [SHAPE_OBJECT_MAP] = "map[string]struct",
        [SHAPE_LISTS_MAP] = "map[string][]struct",
        [SHAPE_LISTS] = "[][]string",
        [SHAPE_PAIR] = "[2]uint",
    };

    return m->type ? m->type : types[m->kind];
}

static int wrong_type(const json_t *v, const struct shape *m, const char *where, struct error *err)
{
    if (json_is_real(v))
        return error_set(err, ERR_INVALID,
                         "invalid JSON: json: cannot unmarshal number %g into Go struct field %s of type %s",
                         json_real_value(v), where, type_of(m));
    return error_set(err, ERR_INVALID,
                     "invalid JSON: json: cannot unmarshal %s into Go struct field %s of type %s", kind_of(v),
                     where, type_of(m));
}

json_t *shape_member(const json_t *given, const char *name)
{
    json_t *v = json_object_get(given, name);
    const char *key;
    json_t *item;

    if (v)
        return v;
    json_object_foreach ((json_t *)given, key, item)
        if (strcasecmp(key, name) == 0)
            return item;
    return NULL;
}

static const struct shape string_item = { "", SHAPE_STRING, 0, NULL, NULL };

static int check_strings(const json_t *v, const char *where, struct error *err)
{
    size_t i;
    json_t *item;
    const char *key;

    json_array_foreach (v, i, item)
        if (!json_is_string(item) && !json_is_null(item))
            return wrong_type(item, &string_item, where, err);
    if (json_is_object(v))
        json_object_foreach ((json_t *)v, key, item)
            if (!json_is_string(item) && !json_is_null(item))
                return wrong_type(item, &string_item, where, err);
    return 0;
}

/* Strings with null in between: Go decodes those as "". */
static json_t *copy_strings(const json_t *v)
{
    json_t *out = json_is_array(v) ? json_array() : json_object();
    size_t i;
    json_t *item;
    const char *key;

    if (json_is_array(v)) {
        json_array_foreach (v, i, item)
            json_array_append_new(out, json_string(json_is_string(item) ? json_string_value(item) : ""));
    } else {
        json_object_foreach ((json_t *)v, key, item)
            json_object_set_new(out, key, json_string(json_is_string(item) ? json_string_value(item) : ""));
    }
    return out;
}

static int fill_command(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                        struct error *err)
{
    if (json_is_string(v)) {
        *ret = json_pack("[s]", json_string_value(v));
        return 0;
    }
    if (!json_is_array(v))
        return wrong_type(v, m, where, err);
    if (check_strings(v, where, err) < 0)
        return -1;
    *ret = copy_strings(v);
    return 0;
}

static int fill_strings(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                        struct error *err)
{
    if (m->kind == SHAPE_STRINGS ? !json_is_array(v) : !json_is_object(v))
        return wrong_type(v, m, where, err);
    if (check_strings(v, where, err) < 0)
        return -1;
    *ret = copy_strings(v);
    return 0;
}

static int fill_set(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                    struct error *err)
{
    scoped(json_decref) json_t *out = json_object();
    const char *key;
    json_t *item;

    if (!json_is_object(v))
        return wrong_type(v, m, where, err);
    json_object_foreach ((json_t *)v, key, item) {
        if (!json_is_object(item) && !json_is_null(item))
            return wrong_type(item, m, where, err);
        json_object_set_new(out, key, json_object());
    }
    *ret = take_ptr(&out);
    return 0;
}

static int fill_list(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                     struct error *err)
{
    scoped(json_decref) json_t *out = json_array();
    size_t i;
    json_t *item, *filled;

    if (!json_is_array(v))
        return wrong_type(v, m, where, err);
    json_array_foreach (v, i, item) {
        if (shape_fill(item, m->of, where, &filled, err) < 0)
            return -1;
        json_array_append_new(out, filled);
    }
    *ret = take_ptr(&out);
    return 0;
}

static int fill_map(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                    struct error *err)
{
    scoped(json_decref) json_t *out = json_object();
    const char *key;
    json_t *item, *filled;

    if (!json_is_object(v))
        return wrong_type(v, m, where, err);
    json_object_foreach ((json_t *)v, key, item) {
        int rc = 0;

        if (json_is_null(item))
            filled = json_null();
        else if (m->kind == SHAPE_LISTS_MAP)
            rc = fill_list(item, m, where, &filled, err);
        else
            rc = shape_fill(item, m->of, where, &filled, err);
        if (rc < 0)
            return -1;
        json_object_set_new(out, key, filled);
    }
    *ret = take_ptr(&out);
    return 0;
}

static int fill_lists(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                      struct error *err)
{
    size_t i;
    json_t *item;

    if (!json_is_array(v))
        return wrong_type(v, m, where, err);
    json_array_foreach (v, i, item)
        if (!json_is_array(item) || check_strings(item, where, err) < 0)
            return wrong_type(item, m, where, err);
    *ret = json_deep_copy(v);
    return 0;
}

static int fill_pair(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                     struct error *err)
{
    json_int_t pair[2] = { 0, 0 };

    if (!json_is_array(v))
        return wrong_type(v, m, where, err);
    for (size_t i = 0; i < 2 && i < json_array_size(v); i++) {
        if (!json_is_integer(json_array_get(v, i)) || json_integer_value(json_array_get(v, i)) < 0)
            return wrong_type(json_array_get(v, i), m, where, err);
        pair[i] = json_integer_value(json_array_get(v, i));
    }
    *ret = json_pack("[I,I]", pair[0], pair[1]);
    return 0;
}

static int fill_plain(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                      struct error *err)
{
    bool fits = m->kind == SHAPE_STRING ? json_is_string(v)
                : m->kind == SHAPE_INT  ? json_is_integer(v)
                                        : json_is_boolean(v);

    if (!fits)
        return wrong_type(v, m, where, err);
    *ret = json_incref((json_t *)v);
    return 0;
}

static int fill_given(const json_t *v, const struct shape *m, const char *where, json_t **ret,
                      struct error *err)
{
    switch (m->kind) {
    case SHAPE_COMMAND:
        return fill_command(v, m, where, ret, err);
    case SHAPE_STRINGS:
    case SHAPE_STRING_MAP:
        return fill_strings(v, m, where, ret, err);
    case SHAPE_SET:
        return fill_set(v, m, where, ret, err);
    case SHAPE_OBJECT:
        if (!json_is_object(v))
            return wrong_type(v, m, where, err);
        return shape_fill(v, m->of, where, ret, err);
    case SHAPE_OBJECTS:
        return fill_list(v, m, where, ret, err);
    case SHAPE_OBJECT_MAP:
    case SHAPE_LISTS_MAP:
        return fill_map(v, m, where, ret, err);
    case SHAPE_LISTS:
        return fill_lists(v, m, where, ret, err);
    case SHAPE_PAIR:
        return fill_pair(v, m, where, ret, err);
    default:
        return fill_plain(v, m, where, ret, err);
    }
}

/* What Go has in a member that nobody set. */
static json_t *empty_value(const struct shape *m)
{
    json_t *filled = NULL;

    if (m->flags & SHAPE_NULL)
        return json_null();
    switch (m->kind) {
    case SHAPE_STRING:
        return json_string("");
    case SHAPE_INT:
        return json_integer(0);
    case SHAPE_BOOL:
        return json_false();
    case SHAPE_PAIR:
        return json_pack("[i,i]", 0, 0);
    case SHAPE_OBJECT:
        return shape_fill(NULL, m->of, "", &filled, NULL) == 0 ? filled : json_null();
    default:
        return json_null();
    }
}

static bool is_empty(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return json_object_size(v) == 0;
    case JSON_ARRAY:
        return json_array_size(v) == 0;
    case JSON_STRING:
        return json_string_length(v) == 0;
    case JSON_INTEGER:
        return json_integer_value(v) == 0;
    default:
        return json_is_null(v) || json_is_false(v);
    }
}

static int fill_member(const json_t *given, const struct shape *m, const char *where, json_t *out,
                       struct error *err)
{
    scoped_free char *path = xasprintf("%s.%s", where, m->name);
    json_t *v = shape_member(given, m->name), *filled;

    if (v && !json_is_null(v)) {
        if (fill_given(v, m, path, &filled, err) < 0)
            return -1;
    } else if (m->flags & SHAPE_OMIT) {
        return 0;
    } else {
        filled = empty_value(m);
    }
    /* a pointer (SHAPE_NULL) that was given is kept, also when it points to nothing much */
    if ((m->flags & SHAPE_OMIT) && !(m->flags & SHAPE_NULL) && is_empty(filled))
        json_decref(filled);
    else
        json_object_set_new(out, m->name, filled);
    return 0;
}

int shape_fill(const json_t *given, const struct shape *shape, const char *where, json_t **ret,
               struct error *err)
{
    scoped(json_decref) json_t *out = json_object();
    struct shape whole = { "", SHAPE_OBJECT, 0, NULL, shape };

    if (given && !json_is_null(given) && !json_is_object(given))
        return wrong_type(given, &whole, where, err);
    for (const struct shape *m = shape; m->name; m++)
        if (fill_member(given, m, where, out, err) < 0)
            return -1;
    *ret = take_ptr(&out);
    return 0;
}
