/* build/args.c - ARG: what is declared, what the client gave for it, and what a step may see of it.
 *
 * A name declared before the first FROM is seen by FROM alone; ARG NAME in a stage brings its value there. Names that the client gives
 * and no ARG declares are seen by nobody, but for those of proxies, which need no ARG. */
#include "build/internal.h"

#include <string.h>

#include "build/words.h"

static const char *const predefined[] = { "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
                                          "FTP_PROXY",  "ftp_proxy",  "NO_PROXY",    "no_proxy",
                                          "ALL_PROXY",  "all_proxy" };

#define PREDEFINED (sizeof(predefined) / sizeof(predefined[0]))

bool args_is_predefined(const char *name)
{
    for (size_t i = 0; i < PREDEFINED; i++)
        if (str_eq(name, predefined[i]))
            return true;
    return false;
}

void args_declare(json_t *to, const char *name, const char *value)
{
    json_object_set_new(to, name, value ? json_string_lossy(value, strlen(value)) : json_null());
}

/* NULL: it has no value. */
static const char *value_of(const struct args *a, const char *name, const json_t *fallback)
{
    const char *given = json_string_value(json_object_get(a->given, name));

    if (given)
        return given;
    if (json_is_string(fallback))
        return json_string_value(fallback);
    return json_string_value(json_object_get(a->metas, name));
}

static bool env_sets(const json_t *env, const char *name)
{
    size_t n = strlen(name), i;
    json_t *item;

    json_array_foreach (env, i, item)
        if (strncmp(json_string_value(item), name, n) == 0 && json_string_value(item)[n] == '=')
            return true;
    return false;
}

void args_visible(const struct args *a, const json_t *env, struct strv *ret)
{
    const char *name, *value;
    json_t *fallback;

    json_object_foreach (a->declared, name, fallback) {
        value = value_of(a, name, fallback);
        if (value && !env_sets(env, name))
            strv_addf(ret, "%s=%s", name, value);
    }
    for (size_t i = 0; i < PREDEFINED; i++) {
        value = json_string_value(json_object_get(a->given, predefined[i]));
        if (value && !json_object_get(a->declared, predefined[i]) && !env_sets(env, predefined[i]))
            strv_addf(ret, "%s=%s", predefined[i], value);
    }
    strv_sort(ret);
}

void args_of_metas(const struct args *a, struct strv *ret)
{
    const char *name, *value;
    json_t *fallback;

    json_object_foreach (a->metas, name, fallback) {
        value = value_of(a, name, fallback);
        if (value)
            strv_addf(ret, "%s=%s", name, value);
    }
}

int args_declare_words(struct build *b, const struct instruction *i, json_t *to, struct str *text,
                       struct error *err)
{
    for (size_t k = 0; k < i->words.count; k++) {
        scoped_strv env = { 0 };
        scoped_free char *word = NULL;
        char *equals;

        if (to == b->args.metas)
            args_of_metas(&b->args, &env);
        else {
            json_strv_at(b->config, "Env", &env);
            args_visible(&b->args, json_object_get(b->config, "Env"), &env);
        }
        if (word_expand(i->words.items[k], b->file->escape, &env, &word, err) < 0)
            return -1;
        if (text)
            str_addf(text, " %s", word);
        equals = strchr(word, '=');
        if (equals)
            *equals = '\0';
        args_declare(to, word, equals ? equals + 1 : NULL);
        json_object_set_new(b->args.used, word, json_true());
    }
    return 0;
}

json_t *args_unused(const struct args *a)
{
    json_t *ret = json_array();
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)a->given, name, value)
        if (!json_object_get(a->used, name) && !args_is_predefined(name))
            json_array_append_new(ret, json_string(name));
    return ret;
}

void args_clear(struct args *a)
{
    json_decref(a->metas);
    json_decref(a->declared);
    json_decref(a->used);
}
