/* base/json.c - see json.h. Jansson itself bounds the depth (2048); size is bounded before. */
#include "base/json.h"

#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

/* Splits the first name off `path`; names may not hold dots. */
static const char *next_name(const char *path, char *name, size_t room)
{
    size_t n = strcspn(path, ".");
    size_t kept = n < room ? n : room - 1;

    memcpy(name, path, kept);
    name[kept] = '\0';
    return path[n] ? path + n + 1 : NULL;
}

json_t *json_at(const json_t *root, const char *path)
{
    char name[128];
    const json_t *at = root;

    while (at && path) {
        path = next_name(path, name, sizeof(name));
        at = json_object_get(at, name);
    }
    return (json_t *)at;
}

const char *json_str_at(const json_t *root, const char *path, const char *otherwise)
{
    const json_t *v = json_at(root, path);

    return json_is_string(v) ? json_string_value(v) : otherwise;
}

int64_t json_int_at(const json_t *root, const char *path, int64_t otherwise)
{
    const json_t *v = json_at(root, path);
    double real;

    if (json_is_integer(v))
        return json_integer_value(v);
    if (!json_is_real(v))
        return otherwise;
    real = json_real_value(v); /* beyond the range, the conversion would be undefined */
    return real >= 0x1p63 ? INT64_MAX : real < -0x1p63 ? INT64_MIN : (int64_t)real;
}

bool json_bool_at(const json_t *root, const char *path, bool otherwise)
{
    const json_t *v = json_at(root, path);

    return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

void json_strv_at(const json_t *root, const char *path, struct strv *ret)
{
    const json_t *array = json_at(root, path);
    size_t i;
    json_t *item;

    json_array_foreach (array, i, item)
        if (json_is_string(item))
            strv_add(ret, json_string_value(item));
}

void json_put(json_t *root, const char *path, json_t *value)
{
    char name[128];
    json_t *at = root;

    while ((path = next_name(path, name, sizeof(name)))) {
        json_t *child = json_object_get(at, name);

        if (!json_is_object(child)) {
            child = json_object();
            json_object_set_new(at, name, child);
        }
        at = child;
    }
    json_object_set_new(at, name, value);
}

/* Length of the UTF-8 sequence at p, or 0 when it is none (RFC 3629). */
static size_t sequence_length(const unsigned char *p, size_t left)
{
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
               : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                             : 0;

    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

json_t *json_string_lossy(const char *bytes, size_t n)
{
    scoped_str clean = { 0 };
    const unsigned char *p = (const unsigned char *)bytes;

    for (size_t i = 0; i < n;) {
        size_t length = sequence_length(p + i, n - i);

        if (length)
            str_add_bytes(&clean, p + i, length);
        else
            str_add(&clean, "\xef\xbf\xbd");
        i += length ? length : 1;
    }
    return json_stringn(str_text(&clean), clean.len);
}

void json_put_str(json_t *root, const char *path, const char *value)
{
    json_put(root, path, value ? json_string_lossy(value, strlen(value)) : json_null());
}

json_t *json_from_strv(const struct strv *v)
{
    json_t *array = json_array();

    for (size_t i = 0; i < v->count; i++)
        json_array_append_new(array, json_string_lossy(v->items[i], strlen(v->items[i])));
    return array;
}

int json_parse(const char *bytes, size_t n, json_t **ret, struct error *err)
{
    json_error_t why;
    json_t *value;

    if (n > JSON_MAX_BYTES)
        return error_set(err, ERR_TOO_LARGE, "JSON of more than %u bytes", JSON_MAX_BYTES);
    value = json_loadb(bytes, n, JSON_DECODE_ANY, &why);
    if (!value)
        return error_set(err, ERR_INVALID, "invalid JSON: %s (line %d, column %d)", why.text, why.line,
                         why.column);
    *ret = value;
    return 0;
}

int json_read_file(const char *path, json_t **ret, struct error *err)
{
    scoped_str text = { 0 };

    if (file_read(path, JSON_MAX_BYTES, &text, err) < 0)
        return -1;
    if (json_parse(str_text(&text), text.len, ret, err) < 0)
        return error_wrap(err, "'%s'", path);
    return 0;
}

char *json_text(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    return text ? text : xstrdup("null");
}

int json_write_file(const char *path, const json_t *value, struct error *err)
{
    scoped_free char *text = json_text(value);

    return file_write_atomic(path, text, strlen(text), 0600, err);
}

static bool all_strings(const json_t *v)
{
    size_t i;
    json_t *item;

    json_array_foreach (v, i, item)
        if (!json_is_string(item))
            return false;
    return true;
}

static bool map_of_strings(const json_t *v)
{
    const char *key;
    json_t *item;

    json_object_foreach ((json_t *)v, key, item)
        if (!json_is_string(item))
            return false;
    return true;
}

static bool has_type(const json_t *v, const char *type)
{
    switch (type[0]) {
    case 's':
        return str_eq(type, "string") ? json_is_string(v) : json_is_array(v) && all_strings(v);
    case 'i':
        return json_is_integer(v);
    case 'b':
        return json_is_boolean(v);
    case 'o':
        return json_is_object(v);
    case 'a':
        return json_is_array(v);
    case 'm':
        return json_is_object(v) && map_of_strings(v);
    default:
        return json_is_number(v);
    }
}

int json_check(const json_t *root, const struct json_field *fields, struct error *err)
{
    if (!json_is_object(root))
        return error_set(err, ERR_INVALID, "invalid JSON: wanted an object");
    for (; fields->path; fields++) {
        const json_t *v = json_at(root, fields->path);

        if (v && !json_is_null(v) && !has_type(v, fields->type))
            return error_set(err, ERR_INVALID, "json: cannot unmarshal %s into field %s of type %s",
                             json_is_string(v)    ? "string"
                             : json_is_number(v)  ? "number"
                             : json_is_boolean(v) ? "bool"
                             : json_is_array(v)   ? "array"
                                                  : "object",
                             fields->path, fields->type);
    }
    return 0;
}
