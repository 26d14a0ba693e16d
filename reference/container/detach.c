/* container/detach.c - the keys by which a user leaves a terminal without ending what runs in it. */
#include "container/stream.h"

#include <string.h>

static int key_parse(const char *name)
{
    if (name[0] && !name[1])
        return (unsigned char)name[0];
    if (!str_starts(name, "ctrl-") || !name[5] || name[6])
        return -1;
    if (name[5] >= 'a' && name[5] <= 'z')
        return name[5] - 'a' + 1;
    switch (name[5]) {
    case '@':
        return 0;
    case '[':
        return 27;
    case '\\':
        return 28;
    case ']':
        return 29;
    case '^':
        return 30;
    case '_':
        return 31;
    default:
        return -1;
    }
}

int detach_parse(const char *keys, struct detach *ret, struct error *err)
{
    scoped_strv names = { 0 };
    struct detach d = { 0 };

    strv_split(&names, str_empty(keys) ? "ctrl-p,ctrl-q" : keys, ',');
    if (names.count > DETACH_KEYS_MAX)
        return error_set(err, ERR_INVALID, "Invalid detach keys (%s) provided", keys);
    for (size_t i = 0; i < names.count; i++) {
        int key = key_parse(names.items[i]);

        if (key < 0)
            return error_set(err, ERR_INVALID, "Invalid detach keys (%s) provided", keys);
        d.keys[d.count++] = (unsigned char)key;
    }
    *ret = d;
    return 0;
}

bool detach_filter(struct detach *d, unsigned char *bytes, size_t *n, unsigned char *held, size_t *held_count)
{
    size_t in = *n, out = 0;
    unsigned char *copy;

    *held_count = 0;
    if (d->count == 0)
        return false;
    copy = xmalloc(in + d->count);
    for (size_t i = 0; i < in; i++) {
        if (bytes[i] == d->keys[d->seen]) {
            if (++d->seen == d->count) {
                memcpy(bytes, copy, out < in ? out : in);
                *n = out < in ? out : in;
                free(copy);
                return true;
            }
            continue;
        }
        memcpy(copy + out, d->keys, d->seen); /* it was no leave-taking after all */
        out += d->seen;
        d->seen = 0;
        if (bytes[i] == d->keys[0] && d->count > 1)
            d->seen = 1;
        else
            copy[out++] = bytes[i];
    }
    /* what was held back before may make the piece longer than it came */
    memcpy(bytes, copy, out < in ? out : in);
    if (out > in) {
        *held_count = out - in;
        memcpy(held, copy + in, *held_count);
    }
    *n = out < in ? out : in;
    free(copy);
    return false;
}
