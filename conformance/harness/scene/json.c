/* scene/json.c - see json.h. */
#include "harness/scene/json.h"
#include "harness/wire/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_escaped(struct buffer *text, const char *value)
{
    json_t *string = value ? json_string(value) : NULL;
    char *dump = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

    if (dump)
        buffer_add(text, dump + 1, strlen(dump) - 2); /* without its quotes */
    free(dump);
    json_decref(string);
}

/* %s %d %u %ld %lu %lld %zu %%; returns the characters that it took, 0: unknown. */
static size_t add_argument(struct buffer *text, const char *format, va_list *args)
{
    static const char *const known[] = { "%s", "%d", "%u", "%ld", "%lu", "%lld", "%zu", "%%" };
    size_t i = 0, count = sizeof known / sizeof *known;

    while (i < count && strncmp(format, known[i], strlen(known[i])) != 0)
        i++;
    switch (i) {
    case 0:
        add_escaped(text, va_arg(*args, const char *));
        break;
    case 1:
        buffer_printf(text, "%d", va_arg(*args, int));
        break;
    case 2:
        buffer_printf(text, "%u", va_arg(*args, unsigned));
        break;
    case 3:
        buffer_printf(text, "%ld", va_arg(*args, long));
        break;
    case 4:
        buffer_printf(text, "%lu", va_arg(*args, unsigned long));
        break;
    case 5:
        buffer_printf(text, "%lld", va_arg(*args, long long));
        break;
    case 6:
        buffer_printf(text, "%zu", va_arg(*args, size_t));
        break;
    case 7:
        buffer_text(text, "%");
        break;
    default:
        return 0;
    }
    return strlen(known[i]);
}

json_t *json_from_template(const char *template, va_list borrowed)
{
    struct buffer text = { 0 };
    json_t *ret;
    bool known = true;
    va_list args;

    va_copy(args, borrowed);
    for (const char *c = template; *c && known;) {
        size_t taken = 1;
        if (c[0] == '\'' && c[1] == '\'' && c[2] != ',' && c[2] != '}' && c[2] != ']' && c[2] != ':' &&
            c[2] != '\0') {
            buffer_text(&text, "'");
            taken = 2;
        } else if (*c == '\'')
            buffer_text(&text, "\"");
        else if (*c == '%')
            known = (taken = add_argument(&text, c, &args)) > 0;
        else
            buffer_add(&text, c, 1);
        c += taken;
    }
    va_end(args);
    ret = known ? json_loadb(buffer_string(&text), text.size, JSON_DECODE_ANY, NULL) : NULL;
    buffer_clear(&text);
    return ret;
}

/* Reads a name up to a dot or bracket; "\." and "\[" stand for the character. Returns what lies behind it. */
static const char *read_name(const char *path, char *name, size_t size)
{
    size_t used = 0;

    for (; *path && *path != '.' && *path != '['; path++) {
        if (path[0] == '\\' && path[1])
            path++;
        if (used + 1 < size)
            name[used++] = *path;
    }
    name[used] = '\0';
    return path;
}

static const json_t *element(const json_t *array, long index)
{
    long size = (long)json_array_size(array);

    if (index < 0)
        index += size;
    return index >= 0 && index < size ? json_array_get(array, (size_t)index) : NULL;
}

const json_t *json_at(const json_t *value, const char *path)
{
    char name[256];

    while (*path && value) {
        if (*path == '[') {
            char *end;
            long index = strtol(path + 1, &end, 10);
            if (*end != ']')
                return NULL;
            value = element(value, index);
            path = end + 1;
        } else {
            path = read_name(path, name, sizeof name);
            value = json_object_get(value, name);
        }
        if (*path == '.')
            path++;
    }
    return value;
}

bool json_same(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;

    if (json_is_number(a) && json_is_number(b))
        return json_is_integer(a) && json_is_integer(b) ? json_integer_value(a) == json_integer_value(b)
                                                        : json_number_value(a) == json_number_value(b);
    if (json_is_array(a) && json_is_array(b)) {
        for (size_t i = 0; i < json_array_size(a); i++)
            if (!json_same(json_array_get(a, i), json_array_get(b, i)))
                return false;
        return json_array_size(a) == json_array_size(b);
    }
    if (!json_is_object(a) || !json_is_object(b))
        return a && b && json_equal(a, b);
    json_object_foreach ((json_t *)a, key, value)
        if (!json_same(value, json_object_get(b, key)))
            return false;
    return json_object_size(a) == json_object_size(b);
}

static bool array_covers(const json_t *value, const json_t *wanted)
{
    for (size_t w = 0; w < json_array_size(wanted); w++) {
        bool found = false;
        for (size_t i = 0; i < json_array_size(value) && !found; i++)
            found = json_covers(json_array_get(value, i), json_array_get(wanted, w));
        if (!found)
            return false;
    }
    return true;
}

bool json_covers(const json_t *value, const json_t *wanted)
{
    const char *key;
    json_t *member;

    if (json_is_array(wanted) && json_is_array(value))
        return array_covers(value, wanted);
    if (!json_is_object(wanted) || !json_is_object(value))
        return value && json_same(value, wanted);
    json_object_foreach ((json_t *)wanted, key, member) {
        const json_t *got = json_object_get(value, key);
        if (!got || !json_covers(got, member))
            return false;
    }
    return true;
}

bool json_set_at(json_t *object, const char *path, json_t *value)
{
    char name[256];

    for (;;) {
        json_t *below;
        path = read_name(path, name, sizeof name);
        if (*path == '\0')
            break;
        below = json_object_get(object, name);
        if (!below && value) {
            json_object_set_new(object, name, json_object());
            below = json_object_get(object, name); /* NULL: the name is no UTF-8 */
        }
        if (*path != '.' || !json_is_object(below)) {
            json_decref(value);
            return false;
        }
        object = below;
        path++;
    }
    if (value)
        return json_object_set_new(object, name, value) == 0;
    json_object_del(object, name);
    return true;
}
