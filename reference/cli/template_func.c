/* cli/template_func.c - the functions of Go's text/template and those that docker adds. */
#include "cli/template_func.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/template.h"

#define TEXT_MAX (16u << 20) /* of what one function makes */

bool template_truth(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT:
        return json_object_size(value) > 0;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_REAL:
        return json_real_value(value) < 0 || json_real_value(value) > 0;
    default:
        return json_is_true(value);
    }
}

/* -- printing -- */

static void print_value(const json_t *value, bool inner, struct str *ret);

static void print_object(const json_t *value, struct str *ret)
{
    scoped_strv keys = { 0 };
    const char *name;
    json_t *item;

    json_object_foreach ((json_t *)value, name, item)
        strv_add(&keys, name);
    strv_sort(&keys);
    str_add(ret, "map[");
    for (size_t i = 0; i < keys.count; i++) {
        str_addf(ret, "%s%s:", i ? " " : "", keys.items[i]);
        print_value(json_object_get(value, keys.items[i]), true, ret);
    }
    str_add(ret, "]");
}

static void print_value(const json_t *value, bool inner, struct str *ret)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT:
        print_object(value, ret);
        break;
    case JSON_ARRAY:
        str_add(ret, "[");
        for (size_t i = 0; i < json_array_size(value); i++) {
            str_add(ret, i ? " " : "");
            print_value(json_array_get(value, i), true, ret);
        }
        str_add(ret, "]");
        break;
    case JSON_STRING:
        str_add(ret, json_string_value(value));
        break;
    case JSON_INTEGER:
        str_addf(ret, "%lld", (long long)json_integer_value(value));
        break;
    case JSON_REAL:
        str_addf(ret, "%.15g", json_real_value(value));
        break;
    case JSON_NULL:
        str_add(ret, inner ? "<nil>" : "<no value>");
        break;
    default:
        str_add(ret, json_is_true(value) ? "true" : "false");
    }
}

void template_print(const json_t *value, struct str *ret)
{
    print_value(value, false, ret);
}

void template_json(const json_t *value, bool html, struct str *ret)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | (html ? JSON_SORT_KEYS : 0));

    for (const char *c = text ? text : "null"; *c; c++) {
        if (html && strchr("<>&", *c))
            str_addf(ret, "\\u00%02x", (unsigned char)*c);
        else
            str_add_char(ret, *c);
    }
    free(text);
}

/* -- functions -- */

typedef int (*function)(json_t *const *v, size_t n, json_t **ret, struct error *err);

static int wrong(struct error *err, const char *name, const char *why)
{
    return error_set(err, ERR_INVALID, "template parsing error: template: error calling %s: %s", name, why);
}

static int give_text(struct str *s, json_t **ret)
{
    *ret = json_string_lossy(str_text(s), s->len);
    str_free(s);
    return 0;
}

static int f_json(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    struct str s = { 0 };

    (void)n;
    (void)err;
    template_json(v[0], false, &s);
    return give_text(&s, ret);
}

static int f_join(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    struct str s = { 0 };

    (void)n;
    if ((!json_is_array(v[0]) && !json_is_null(v[0])) || !json_is_string(v[1]))
        return wrong(err, "join", "wrong type of argument");
    for (size_t i = 0; i < json_array_size(v[0]); i++) {
        if (i)
            str_add(&s, json_string_value(v[1]));
        print_value(json_array_get(v[0], i), true, &s);
    }
    return give_text(&s, ret);
}

static int index_one(json_t *in, const json_t *key, json_t **ret, struct error *err)
{
    json_int_t at;

    if (json_is_object(in) && json_is_string(key)) {
        *ret = json_object_get(in, json_string_value(key));
        return 0;
    }
    if (json_is_object(in) || !json_is_array(in) || !json_is_integer(key))
        return wrong(err, "index", json_is_null(in) ? "index of untyped nil" : "can't index this value");
    at = json_integer_value(key);
    if (at < 0 || (size_t)at >= json_array_size(in))
        return wrong(err, "index", "index out of range");
    *ret = json_array_get(in, (size_t)at);
    return 0;
}

static int f_index(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    json_t *value = v[0];

    for (size_t i = 1; i < n; i++) {
        if (!value) { /* a missing entry of a map has the zero value, which has no entries either */
            break;
        }
        if (index_one(value, v[i], &value, err) < 0)
            return -1;
    }
    *ret = value ? json_incref(value) : json_null();
    return 0;
}

static int f_len(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    (void)n;
    if (json_is_string(v[0]))
        *ret = json_integer((json_int_t)json_string_length(v[0]));
    else if (json_is_object(v[0]))
        *ret = json_integer((json_int_t)json_object_size(v[0]));
    else if (json_is_array(v[0]) || json_is_null(v[0]))
        *ret = json_integer((json_int_t)json_array_size(v[0]));
    else
        return wrong(err, "len", "this value has no length");
    return 0;
}

/* Go's Sprint: a blank between operands when neither is a string; Sprintln: always. */
static int sprint(json_t *const *v, size_t n, bool line, json_t **ret)
{
    struct str s = { 0 };

    for (size_t i = 0; i < n; i++) {
        if (i && (line || (!json_is_string(v[i]) && !json_is_string(v[i - 1]))))
            str_add(&s, " ");
        print_value(v[i], true, &s);
    }
    str_add(&s, line ? "\n" : "");
    return give_text(&s, ret);
}

static int f_print(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    (void)err;
    return sprint(v, n, false, ret);
}

static int f_println(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    (void)err;
    return sprint(v, n, true, ret);
}

static void format_one(struct str *s, const char *spec, size_t length, json_t *value)
{
    struct str text = { 0 };
    bool left = memchr(spec, '-', length) != NULL;
    long width = strtol(spec + strcspn(spec, "123456789%sqvdt"), NULL, 10);
    char verb = spec[length - 1];

    if (width < 0 || width > 1000)
        width = 0;
    if (verb == 'q')
        template_json(value, false, &text);
    else
        print_value(value, true, &text);
    str_addf(s, left ? "%-*s" : "%*s", (int)width, str_text(&text));
    str_free(&text);
}

static int f_printf(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    struct str s = { 0 };
    size_t next = 1;

    if (!json_is_string(v[0]))
        return wrong(err, "printf", "the format is no string");
    for (const char *c = json_string_value(v[0]); *c; c++) {
        size_t length = strspn(c + 1, "-0123456789.");

        if (*c != '%' || !c[1]) {
            str_add_char(&s, *c);
        } else if (c[1] == '%') {
            str_add_char(&s, *c++);
        } else if (!c[1 + length] || !strchr("sqvdt", c[1 + length]) || next >= n) {
            str_free(&s);
            return wrong(err, "printf", "an unknown verb, or too few arguments");
        } else {
            format_one(&s, c + 1, length + 1, v[next++]);
            c += length + 1;
        }
    }
    return give_text(&s, ret);
}

static int map_text(json_t *const *v, int (*each)(int), json_t **ret, struct error *err)
{
    struct str s = { 0 };

    if (!json_is_string(v[0]))
        return wrong(err, "upper, lower or title", "not a string");
    for (const char *c = json_string_value(v[0]); *c; c++)
        str_add_char(&s, (unsigned char)*c < 0x80 ? (char)each((unsigned char)*c) : *c);
    return give_text(&s, ret);
}

static int f_upper(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    (void)n;
    return map_text(v, toupper, ret, err);
}

static int f_lower(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    (void)n;
    return map_text(v, tolower, ret, err);
}

static int f_title(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    struct str s = { 0 };
    bool begins = true;

    (void)n;
    if (!json_is_string(v[0]))
        return wrong(err, "title", "not a string");
    for (const char *c = json_string_value(v[0]); *c; c++) {
        str_add_char(&s, begins && isalpha((unsigned char)*c) ? (char)toupper((unsigned char)*c) : *c);
        begins = *c == ' ';
    }
    return give_text(&s, ret);
}

static int f_split(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    const char *s = json_string_value(v[0]), *between = json_string_value(v[1]), *end;
    json_t *list;

    (void)n;
    if (!s || !between || !*between)
        return wrong(err, "split", "wrong type of argument");
    list = json_array();
    for (; (end = strstr(s, between)); s = end + strlen(between))
        json_array_append_new(list, json_string_lossy(s, (size_t)(end - s)));
    json_array_append_new(list, json_string(s));
    *ret = list;
    return 0;
}

static int f_truncate(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    const char *s = json_string_value(v[0]);
    json_int_t most = json_integer_value(v[1]);

    (void)n;
    if (!s || !json_is_integer(v[1]) || most < 0)
        return wrong(err, "truncate", "wrong type of argument");
    *ret = json_string_lossy(s, strnlen(s, (size_t)most));
    return 0;
}

static int f_pad(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    const char *s = json_string_value(v[0]);
    json_int_t before = json_integer_value(v[1]), after = json_integer_value(v[2]);
    struct str text = { 0 };

    (void)n;
    if (!s || before < 0 || after < 0 || before > 1000 || after > 1000)
        return wrong(err, "pad", "wrong type of argument");
    if (*s)
        str_addf(&text, "%*s%s%*s", (int)before, "", s, (int)after, "");
    return give_text(&text, ret);
}

/* -1, 0, 1, or 2 when the values cannot be compared. */
static int compare(const json_t *a, const json_t *b)
{
    if (json_is_string(a) && json_is_string(b)) {
        int order = strcmp(json_string_value(a), json_string_value(b));

        return (order > 0) - (order < 0);
    }
    if (json_is_integer(a) && json_is_integer(b))
        return (json_integer_value(a) > json_integer_value(b)) -
               (json_integer_value(a) < json_integer_value(b));
    if (json_is_number(a) && json_is_number(b))
        return (json_number_value(a) > json_number_value(b)) - (json_number_value(a) < json_number_value(b));
    if (json_is_boolean(a) && json_is_boolean(b))
        return json_is_true(a) - json_is_true(b);
    return json_is_null(a) && json_is_null(b) ? 0 : 2;
}

static int f_eq(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    bool equal = false;

    for (size_t i = 1; i < n && !equal; i++) {
        int order = compare(v[0], v[i]);

        if (order == 2 && !json_is_null(v[0]) && !json_is_null(v[i]))
            return wrong(err, "eq", "incompatible types for comparison");
        equal = order == 0;
    }
    *ret = json_boolean(equal);
    return 0;
}

static int f_ne(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *equal = NULL;

    if (f_eq(v, n, &equal, err) < 0)
        return -1;
    *ret = json_boolean(!json_is_true(equal));
    return 0;
}

static int ordered(json_t *const *v, int *order, struct error *err)
{
    *order = compare(v[0], v[1]);
    return *order == 2 || json_is_boolean(v[0]) || json_is_null(v[0])
               ? wrong(err, "a comparison", "incompatible types for comparison")
               : 0;
}

#define COMPARISON(name, operation)                                                                          \
    static int name(json_t *const *v, size_t n, json_t **ret, struct error *err)                             \
    {                                                                                                        \
        int order;                                                                                           \
                                                                                                             \
        (void)n;                                                                                             \
        if (ordered(v, &order, err) < 0)                                                                     \
            return -1;                                                                                       \
        *ret = json_boolean(order operation 0);                                                              \
        return 0;                                                                                            \
    }
COMPARISON(f_lt, <)
COMPARISON(f_le, <=)
COMPARISON(f_gt, >)
COMPARISON(f_ge, >=)

static int pick(json_t *const *v, size_t n, bool wanted, json_t **ret)
{
    size_t i = 0;

    while (i + 1 < n && template_truth(v[i]) != wanted)
        i++;
    *ret = json_incref(v[i]);
    return 0;
}

static int f_and(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    (void)err;
    return pick(v, n, false, ret);
}

static int f_or(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    (void)err;
    return pick(v, n, true, ret);
}

static int f_not(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    (void)n;
    (void)err;
    *ret = json_boolean(!template_truth(v[0]));
    return 0;
}

static int f_slice(json_t *const *v, size_t n, json_t **ret, struct error *err)
{
    size_t length = json_is_string(v[0]) ? json_string_length(v[0]) : json_array_size(v[0]);
    size_t from = n > 1 ? (size_t)json_integer_value(v[1]) : 0,
           to = n > 2 ? (size_t)json_integer_value(v[2]) : length;

    if ((!json_is_string(v[0]) && !json_is_array(v[0])) || from > to || to > length)
        return wrong(err, "slice", "index out of range, or not a list");
    if (json_is_string(v[0])) {
        *ret = json_string_lossy(json_string_value(v[0]) + from, to - from);
        return 0;
    }
    *ret = json_array();
    for (; from < to; from++)
        json_array_append(*ret, json_array_get(v[0], from));
    return 0;
}

static const struct {
    const char *name;
    size_t min, max;
    function call;
} functions[] = {
    {"json",      1, 1,  f_json    },
    { "join",     2, 2,  f_join    },
    { "index",    1, 64, f_index   },
    { "len",      1, 1,  f_len     },
    { "print",    0, 64, f_print   },
    { "println",  0, 64, f_println },
    { "printf",   1, 64, f_printf  },
    { "upper",    1, 1,  f_upper   },
    { "lower",    1, 1,  f_lower   },
    { "title",    1, 1,  f_title   },
    { "split",    2, 2,  f_split   },
    { "truncate", 2, 2,  f_truncate},
    { "pad",      3, 3,  f_pad     },
    { "eq",       2, 64, f_eq      },
    { "ne",       2, 2,  f_ne      },
    { "lt",       2, 2,  f_lt      },
    { "le",       2, 2,  f_le      },
    { "gt",       2, 2,  f_gt      },
    { "ge",       2, 2,  f_ge      },
    { "and",      1, 64, f_and     },
    { "or",       1, 64, f_or      },
    { "not",      1, 1,  f_not     },
    { "slice",    1, 3,  f_slice   },
};

bool template_func_known(const char *name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (strcmp(functions[i].name, name) == 0)
            return true;
    return false;
}

int template_func_call(const char *name, json_t *const *values, size_t count, json_t **ret, struct error *err)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        json_t *made = NULL;

        if (strcmp(functions[i].name, name) != 0)
            continue;
        if (count < functions[i].min || count > functions[i].max)
            return wrong(err, name, "wrong number of args");
        if (functions[i].call(values, count, &made, err) < 0)
            return -1;
        if (json_is_string(made) && json_string_length(made) > TEXT_MAX) {
            json_decref(made);
            return wrong(err, name, "its result is too long");
        }
        *ret = made;
        return 0;
    }
    return wrong(err, name, "not defined");
}
