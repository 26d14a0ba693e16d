/* wire/headers.c - see headers.h. */
#include "harness/wire/headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *copy(const char *data, size_t size)
{
    char *ret = malloc(size + 1);

    if (ret) {
        if (size)
            memcpy(ret, data, size);
        ret[size] = '\0';
    }
    return ret;
}

bool headers_add(struct wire_headers *headers, const char *name, size_t name_size, const char *value,
                 size_t value_size)
{
    struct wire_header *list = realloc(headers->list, (headers->count + 1) * sizeof *list);
    struct wire_header header = { copy(name, name_size), copy(value, value_size) };

    if (list)
        headers->list = list;
    if (!list || !header.name || !header.value) {
        free(header.name);
        free(header.value);
        return false;
    }
    headers->list[headers->count++] = header;
    return true;
}

bool headers_add_line(struct wire_headers *headers, const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size), *value, *end = line + size;

    if (!colon || colon == line)
        return false;
    value = colon + 1;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return headers_add(headers, line, (size_t)(colon - line), value, (size_t)(end - value));
}

bool headers_copy(struct wire_headers *to, const struct wire_headers *from)
{
    headers_clear(to);
    for (size_t i = 0; i < from->count; i++)
        if (!headers_add(to, from->list[i].name, strlen(from->list[i].name), from->list[i].value,
                         strlen(from->list[i].value)))
            return false;
    return true;
}

const char *headers_find(const struct wire_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (strcasecmp(headers->list[i].name, name) == 0)
            return headers->list[i].value;
    return NULL;
}

void headers_clear(struct wire_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        free(headers->list[i].name);
        free(headers->list[i].value);
    }
    free(headers->list);
    *headers = (struct wire_headers){ 0 };
}
