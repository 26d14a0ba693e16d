/* prove/json_path.c - see json_path.h. One step of the path is taken, and the rest is left to the next call. */
#include "prove/json_path.h"

#include <string.h>

#define NAME_MAX_BYTES 256

struct change {
    json_path_change call;
    void *user;
    size_t count;
};

enum step { STEP_END, STEP_NAME, STEP_VALUES, STEP_ELEMENTS };

/* The next step; `rest` is what follows it. */
static enum step step_read(const char *path, char name[NAME_MAX_BYTES], const char **rest)
{
    size_t used = 0;

    if (*path == '.')
        path++;
    if (*path == '\0')
        return STEP_END;
    if (strncmp(path, "[]", 2) == 0 || strncmp(path, "{*}", 3) == 0) {
        *rest = path + (*path == '[' ? 2 : 3);
        return *path == '[' ? STEP_ELEMENTS : STEP_VALUES;
    }
    for (; *path && *path != '.' && *path != '['; path++) {
        if (path[0] == '\\' && path[1])
            path++;
        if (used + 1 < NAME_MAX_BYTES)
            name[used++] = *path;
    }
    name[used] = '\0';
    *rest = path;
    return STEP_NAME;
}

static void visit(json_t *value, const char *path, struct change *change);

static bool is_last(const char *rest)
{
    return *rest == '\0';
}

static void visit_member(json_t *object, const char *name, const char *rest, struct change *change)
{
    json_t *value = json_object_get(object, name), *now;

    if (!value)
        return;
    if (!is_last(rest)) {
        visit(value, rest, change);
        return;
    }
    change->count++;
    now = change->call(change->user, value);
    if (!now)
        json_object_del(object, name);
    else if (now != value)
        json_object_set_new(object, name, now);
}

static void visit_values(json_t *object, const char *rest, struct change *change)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe (object, next, key, value)
        visit_member(object, key, rest, change);
}

static void visit_elements(json_t *array, const char *rest, struct change *change)
{
    for (size_t i = json_array_size(array); i-- > 0;) {
        json_t *value = json_array_get(array, i), *now;
        if (!is_last(rest)) {
            visit(value, rest, change);
            continue;
        }
        change->count++;
        now = change->call(change->user, value);
        if (!now)
            json_array_remove(array, i);
        else if (now != value)
            json_array_set_new(array, i, now);
    }
}

static void visit(json_t *value, const char *path, struct change *change)
{
    char name[NAME_MAX_BYTES];
    const char *rest;

    switch (step_read(path, name, &rest)) {
    case STEP_NAME:
        visit_member(value, name, rest, change);
        break;
    case STEP_VALUES:
        visit_values(value, rest, change);
        break;
    case STEP_ELEMENTS:
        visit_elements(value, rest, change);
        break;
    case STEP_END:
        break;
    }
}

size_t json_path_each(json_t **root, const char *path, json_path_change call, void *user)
{
    struct change change = { .call = call, .user = user };
    json_t *now;

    if (strcmp(path, "$") != 0) {
        visit(*root, path, &change);
        return change.count;
    }
    now = call(user, *root);
    if (now != *root) {
        json_decref(*root);
        *root = now;
    }
    return 1;
}

json_t *json_path_look(void *user, json_t *value)
{
    (void)user;
    return value;
}
