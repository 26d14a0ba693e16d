/* base/filters.c - see filters.h. Both forms become one: a map from key to its values.
 *
 * What dockerd 26.1 and 28.5 answer: "invalid filter" for what is neither form, "invalid filter 'KEY'" for a key that the
 * operation does not know, a value's `false` counts as the value all the same, "null" is no filter. */
#include "base/filters.h"

#include <regex.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/strv.h"

#define FILTERS_MAX_BYTES (1u << 20)
#define EXPRESSION_MAX    256

struct filters {
    struct map *keys; /* of struct strv */
};

static struct filters *filters_new(void)
{
    struct filters *f = new_zeroed(struct filters);

    f->keys = map_new();
    return f;
}

struct filters *filters_free(struct filters *f)
{
    size_t at = 0;
    void *value;

    if (!f)
        return NULL;
    while (map_next(f->keys, &at, NULL, &value)) {
        strv_free(value);
        free(value);
    }
    map_free(f->keys);
    free(f);
    return NULL;
}

static int add_key(struct filters *f, const char *key, const json_t *values)
{
    struct strv *list = new_zeroed(struct strv);
    const char *value;
    json_t *item;
    size_t i;
    bool good = json_is_object(values) || json_is_array(values) || json_is_null(values);

    map_set(f->keys, key, list);
    json_object_foreach ((json_t *)values, value, item) {
        good = good && json_is_boolean(item);
        strv_add(list, value);
    }
    json_array_foreach (values, i, item) {
        good = good && json_is_string(item);
        if (json_is_string(item))
            strv_add(list, json_string_value(item));
    }
    return good ? 0 : -1;
}

/* Every key has the same form; a document that mixes them is neither. */
static int add_all(struct filters *f, const json_t *root)
{
    const char *key;
    json_t *values;
    bool arrays = false, objects = false;

    json_object_foreach ((json_t *)root, key, values) {
        arrays = arrays || json_is_array(values);
        objects = objects || json_is_object(values);
        if (add_key(f, key, values) < 0)
            return -1;
    }
    return arrays && objects ? -1 : 0;
}

static int check_keys(const struct filters *f, const char *const *known, struct error *err)
{
    size_t at = 0;
    const char *key;

    while (map_next(f->keys, &at, &key, NULL)) {
        const char *const *k = known;

        while (*k && !str_eq(*k, key))
            k++;
        if (!*k)
            return error_set(err, ERR_INVALID, "invalid filter '%s'", key);
    }
    return 0;
}

int filters_parse(const char *text, const char *const *known, struct filters **ret, struct error *err)
{
    scoped(filters_free) struct filters *f = filters_new();
    scoped(json_decref) json_t *root = NULL;

    if (!str_empty(text)) {
        if (strlen(text) <= FILTERS_MAX_BYTES)
            root = json_loads(text, JSON_DECODE_ANY, NULL);
        if (!root || !(json_is_object(root) || json_is_null(root)) || add_all(f, root) < 0)
            return error_set(err, ERR_INVALID, "invalid filter");
    }
    if (known && check_keys(f, known, err) < 0)
        return -1;
    *ret = take_ptr(&f);
    return 0;
}

static const struct strv *values_of(const struct filters *f, const char *key)
{
    const struct strv *v = f ? map_get(f->keys, key) : NULL;

    return v && v->count ? v : NULL;
}

bool filters_has(const struct filters *f, const char *key)
{
    return values_of(f, key) != NULL;
}

size_t filters_count(const struct filters *f, const char *key)
{
    const struct strv *v = values_of(f, key);

    return v ? v->count : 0;
}

const char *filters_value(const struct filters *f, const char *key, size_t n)
{
    const struct strv *v = values_of(f, key);

    return v && n < v->count ? v->items[n] : NULL;
}

static bool any(const struct filters *f, const char *key, const char *value,
                bool (*fits)(const char *wanted, const char *value))
{
    const struct strv *v = values_of(f, key);

    if (!v)
        return true;
    for (size_t i = 0; value && i < v->count; i++)
        if (fits(v->items[i], value))
            return true;
    return false;
}

static bool starts(const char *wanted, const char *value)
{
    return str_starts(value, wanted);
}

/* regcomp(3) recurses for each parenthesis and copies for each repetition: "((a{999}){999}){999}" would take all memory. */
static bool is_cheap(const char *expression)
{
    const char *brace = strchr(expression, '{');

    if (strlen(expression) > EXPRESSION_MAX)
        return false;
    if (!brace)
        return true;
    if (strchr(brace + 1, '{'))
        return false;
    for (size_t digits = 0; *++brace;) {
        digits = *brace >= '0' && *brace <= '9' ? digits + 1 : 0;
        if (digits > 2)
            return false;
    }
    return true;
}

/* What is no expression, or a costly one, is still a piece of text. */
static bool matches(const char *wanted, const char *value)
{
    regex_t re;
    bool found;

    if (strstr(value, wanted))
        return true;
    if (!is_cheap(wanted))
        return false;
    if (regcomp(&re, wanted, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    found = regexec(&re, value, 0, NULL, 0) == 0;
    regfree(&re);
    return found;
}

bool filters_match(const struct filters *f, const char *key, const char *value)
{
    return any(f, key, value, str_eq);
}

bool filters_match_prefix(const struct filters *f, const char *key, const char *value)
{
    return any(f, key, value, starts);
}

bool filters_match_regex(const struct filters *f, const char *key, const char *value)
{
    return any(f, key, value, matches);
}

/* "KEY" or "KEY=VALUE" */
static bool has_label(const json_t *labels, const char *wanted)
{
    const char *equals = strchr(wanted, '=');
    scoped_free char *key = equals ? xstrndup(wanted, (size_t)(equals - wanted)) : xstrdup(wanted);
    const json_t *value = json_object_get(labels, key);

    if (!equals || !value)
        return value != NULL;
    return str_eq(json_string_value(value), equals + 1);
}

bool filters_match_labels(const struct filters *f, const char *key, const json_t *labels)
{
    const struct strv *v = values_of(f, key);
    bool negated = str_ends(key, "!");

    for (size_t i = 0; v && i < v->count; i++)
        if (has_label(labels, v->items[i]) == negated)
            return false;
    return true;
}

static int truth(const char *s)
{
    if (!strcasecmp(s, "true") || str_eq(s, "1"))
        return 1;
    return !strcasecmp(s, "false") || str_eq(s, "0") ? 0 : -1;
}

int filters_bool(const struct filters *f, const char *key, bool otherwise, bool *ret, struct error *err)
{
    const struct strv *v = values_of(f, key);
    bool yes = false, no = false;

    if (!v) {
        *ret = otherwise;
        return 0;
    }
    for (size_t i = 0; i < v->count; i++) {
        yes = yes || truth(v->items[i]) == 1;
        no = no || truth(v->items[i]) == 0;
    }
    if (yes == no)
        return error_set(err, ERR_INVALID, "invalid filter '%s=[%s]'", key, v->items[0]);
    *ret = yes;
    return 0;
}
