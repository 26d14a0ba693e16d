/* container/merge.c - what a container takes from its image where it says nothing itself, and what it runs. */
#include "container/internal.h"

#include <string.h>

static bool is_blank(const json_t *v)
{
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_STRING:
        return json_string_length(v) == 0;
    case JSON_ARRAY:
        return json_array_size(v) == 0;
    case JSON_OBJECT:
        return json_object_size(v) == 0;
    case JSON_INTEGER:
        return json_integer_value(v) == 0;
    default:
        return true;
    }
}

static void take_if_blank(json_t *config, const json_t *image, const char *name)
{
    json_t *v = json_object_get(image, name);

    if (is_blank(json_object_get(config, name)) && !is_blank(v))
        json_object_set_new(config, name, json_deep_copy(v));
}

/* Members of an object that the container does not have itself. */
static void take_members(json_t *config, const json_t *image, const char *name)
{
    json_t *more = json_object_get(image, name), *own = json_object_get(config, name), *item;
    const char *key;

    if (is_blank(more))
        return;
    if (!json_is_object(own)) {
        own = json_object();
        json_object_set_new(config, name, own);
    }
    json_object_foreach (more, key, item)
        if (!json_object_get(own, key))
            json_object_set_new(own, key, json_deep_copy(item));
}

static bool env_has(const json_t *env, const char *entry)
{
    size_t name = strcspn(entry, "="), i;
    json_t *item;

    json_array_foreach (env, i, item) {
        const char *s = json_string_value(item);

        if (strcspn(s, "=") == name && strncmp(s, entry, name) == 0)
            return true;
    }
    return false;
}

static void merge_env(json_t *config, const json_t *image)
{
    json_t *env = json_object_get(config, "Env"), *more = json_object_get(image, "Env"), *item;
    size_t i;

    if (is_blank(more))
        return;
    if (!json_is_array(env)) {
        env = json_array();
        json_object_set_new(config, "Env", env);
    }
    json_array_foreach (more, i, item)
        if (json_is_string(item) && !env_has(env, json_string_value(item)))
            json_array_append(env, item);
}

/* An own Entrypoint, also an empty one, drops the image's Cmd along with its Entrypoint. */
static void merge_command(json_t *config, const json_t *image)
{
    if (!is_blank(json_object_get(config, "Entrypoint")))
        return;
    take_if_blank(config, image, "Cmd");
    if (json_is_null(json_object_get(config, "Entrypoint")))
        take_if_blank(config, image, "Entrypoint");
}

static void merge_health(json_t *config, const json_t *image)
{
    static const char *const members[] = { "Test",        "Interval",      "Timeout",
                                           "StartPeriod", "StartInterval", "Retries" };
    json_t *own = json_object_get(config, "Healthcheck"), *more = json_object_get(image, "Healthcheck");

    if (!json_is_object(more))
        return;
    if (!json_is_object(own)) {
        json_object_set_new(config, "Healthcheck", json_deep_copy(more));
        return;
    }
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        take_if_blank(own, more, members[i]);
}

void config_merge(json_t *config, const json_t *image)
{
    if (!json_is_object(image))
        return;
    take_if_blank(config, image, "User");
    take_members(config, image, "ExposedPorts");
    merge_env(config, image);
    take_members(config, image, "Labels");
    merge_command(config, image);
    merge_health(config, image);
    take_if_blank(config, image, "WorkingDir");
    take_members(config, image, "Volumes");
    take_if_blank(config, image, "StopSignal");
    take_if_blank(config, image, "Shell");
}

int config_command(json_t *config, char **path, json_t **args, struct error *err)
{
    json_t *entrypoint = json_object_get(config, "Entrypoint"), *all = json_array();

    if (json_array_size(entrypoint) == 1 && json_string_length(json_array_get(entrypoint, 0)) == 0) {
        json_object_set_new(config, "Entrypoint", json_null());
        entrypoint = NULL;
    }
    if (json_is_array(entrypoint))
        json_array_extend(all, entrypoint);
    if (json_is_array(json_object_get(config, "Cmd")))
        json_array_extend(all, json_object_get(config, "Cmd"));
    if (json_array_size(all) == 0) {
        json_decref(all);
        return error_set(err, ERR_INVALID, "no command specified");
    }
    *path = xstrdup(json_string_value(json_array_get(all, 0)));
    json_array_remove(all, 0);
    *args = all;
    return 0;
}

static void env_set(struct strv *env, const char *entry)
{
    size_t name = strcspn(entry, "=");

    for (size_t i = 0; i < env->count; i++) {
        if (strcspn(env->items[i], "=") == name && strncmp(env->items[i], entry, name) == 0) {
            if (!entry[name]) { /* "NAME" alone takes it away */
                strv_remove(env, i);
                return;
            }
            free(env->items[i]);
            env->items[i] = xstrdup(entry);
            return;
        }
    }
    if (entry[name])
        strv_add(env, entry);
}

void config_environment(const json_t *config, const char *home, struct strv *ret)
{
    json_t *item;
    size_t i;

    strv_add(ret, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    strv_addf(ret, "HOSTNAME=%s", json_str_at(config, "Hostname", ""));
    if (json_bool_at(config, "Tty", false))
        strv_add(ret, "TERM=xterm");
    json_array_foreach (json_object_get(config, "Env"), i, item)
        if (json_is_string(item))
            env_set(ret, json_string_value(item));
    for (i = 0; i < ret->count; i++)
        if (str_starts(ret->items[i], "HOME="))
            return;
    if (home)
        strv_addf(ret, "HOME=%s", home);
}
