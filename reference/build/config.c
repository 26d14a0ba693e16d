/* build/config.c - the instructions that change the config alone, one function each; and which instruction is whose. */
#include "build/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "build/words.h"

/* What a step's words may name: the environment first, then the build's args. */
static void visible_env(const struct build *b, struct strv *ret)
{
    json_strv_at(b->config, "Env", ret);
    args_visible(&b->args, json_object_get(b->config, "Env"), ret);
}

static int expand_all(struct build *b, const struct strv *words, struct strv *ret, struct error *err)
{
    scoped_strv env = { 0 };

    visible_env(b, &env);
    for (size_t i = 0; i < words->count; i++) {
        scoped_free char *word = NULL;

        if (word_expand(words->items[i], b->file->escape, &env, &word, err) < 0)
            return -1;
        strv_add(ret, word);
    }
    return 0;
}

/* Go's %q of a list: ["a" "b c"]. */
static char *quoted_list(const json_t *list)
{
    scoped_str text = { 0 };
    json_t *item;
    size_t i;

    str_add_char(&text, '[');
    json_array_foreach (list, i, item) {
        scoped_free char *quoted = json_dumps(item, JSON_ENCODE_ANY);

        str_addf(&text, "%s%s", i ? " " : "", quoted);
    }
    str_add_char(&text, ']');
    return str_take(&text);
}

static json_t *string_of(const char *s)
{
    return json_string_lossy(s, strlen(s));
}

static json_t *object_in(json_t *config, const char *name)
{
    json_t *o = json_object_get(config, name);

    if (!json_is_object(o)) {
        o = json_object();
        json_object_set_new(config, name, o);
    }
    return o;
}

/* -- ENV, LABEL, ARG -- */

static void set_env(json_t *config, const char *name, const char *value)
{
    json_t *env = json_object_get(config, "Env"), *item, *entry;
    scoped_free char *text = xasprintf("%s=%s", name, value);
    size_t n = strlen(name), i;

    if (!json_is_array(env)) {
        env = json_array();
        json_object_set_new(config, "Env", env);
    }
    entry = string_of(text);
    json_array_foreach (env, i, item) {
        const char *s = json_string_value(item);

        if (s && strncmp(s, name, n) == 0 && s[n] == '=') {
            json_array_set_new(env, i, entry);
            return;
        }
    }
    json_array_append_new(env, entry);
}

static int do_pairs(struct build *b, const struct instruction *i, struct error *err)
{
    scoped_strv words = { 0 };
    scoped_str text = { 0 };

    if (expand_all(b, &i->words, &words, err) < 0)
        return -1;
    str_add(&text, i->name);
    for (size_t k = 0; k + 1 < words.count; k += 2) {
        if (i->kind == I_ENV && !words.items[k][0])
            return error_set(err, ERR_INVALID, "ENV names can not be blank");
        if (i->kind == I_ENV)
            set_env(b->config, words.items[k], words.items[k + 1]);
        else {
            json_t *lossy = string_of(words.items[k]);

            json_object_set_new(object_in(b->config, "Labels"), json_string_value(lossy),
                                string_of(words.items[k + 1]));
            json_decref(lossy);
        }
        str_addf(&text, " %s=%s", words.items[k], words.items[k + 1]);
    }
    return step_metadata(b, str_text(&text), err);
}

static int do_arg(struct build *b, const struct instruction *i, struct error *err)
{
    scoped_str text = { 0 };

    str_add(&text, "ARG");
    if (args_declare_words(b, i, b->args.declared, &text, err) < 0)
        return -1;
    return step_metadata(b, str_text(&text), err);
}

/* -- CMD, ENTRYPOINT, SHELL, HEALTHCHECK -- */

/* The words of a command; of one that is no list, behind the shell. */
static json_t *command_of(struct build *b, const struct instruction *i, size_t from)
{
    json_t *ret = i->json ? json_array() : shell_of(b);

    for (size_t k = from; k < i->words.count; k++)
        json_array_append_new(ret, string_of(i->words.items[k]));
    return ret;
}

static int do_command(struct build *b, const struct instruction *i, struct error *err)
{
    json_t *command = command_of(b, i, 0);
    scoped_free char *list = quoted_list(command), *text = xasprintf("%s %s", i->name, list);
    bool is_cmd = i->kind == I_CMD, size = json_array_size(command) > 0;

    if (size)
        json_object_set_new(b->config, is_cmd ? "Cmd" : "Entrypoint", command);
    else {
        json_decref(command);
        json_object_set_new(b->config, is_cmd ? "Cmd" : "Entrypoint", json_null());
    }
    if (is_cmd)
        b->cmd_set = true;
    else if (!b->cmd_set) /* the base's arguments are for another program */
        json_object_set_new(b->config, "Cmd", json_null());
    return step_metadata(b, text, err);
}

static int do_shell(struct build *b, const struct instruction *i, struct error *err)
{
    scoped_free char *words = strv_join(&i->words, " "), *text = xasprintf("SHELL [%s]", words);

    json_object_set_new(b->config, "Shell", json_from_strv(&i->words));
    return step_metadata(b, text, err);
}

static void put_interval(json_t *health, const struct instruction *i, const char *flag, const char *member)
{
    const char *value = instruction_flag(i, flag);
    nanos ns;

    if (value && clock_parse_duration(value, &ns) && ns != 0)
        json_object_set_new(health, member, json_integer(ns));
}

static json_t *health_test(const struct instruction *i)
{
    json_t *test = json_array();

    if (strcasecmp(i->words.items[0], "NONE") == 0) {
        json_array_append_new(test, json_string("NONE"));
        return test;
    }
    json_array_append_new(test, json_string(i->json ? "CMD" : "CMD-SHELL"));
    for (size_t k = 1; k < i->words.count; k++)
        json_array_append_new(test, string_of(i->words.items[k]));
    return test;
}

static int do_health(struct build *b, const struct instruction *i, struct error *err)
{
    bool none = strcasecmp(i->words.items[0], "NONE") == 0;
    json_t *before = json_object_get(b->config, "Healthcheck");
    json_t *health = none && json_is_object(before) ? json_deep_copy(before) : json_object();
    const char *retries = instruction_flag(i, "retries");
    scoped_free char *list = NULL, *text = NULL;
    int64_t n;

    json_object_set_new(health, "Test", health_test(i));
    put_interval(health, i, "interval", "Interval");
    put_interval(health, i, "timeout", "Timeout");
    put_interval(health, i, "start-period", "StartPeriod");
    put_interval(health, i, "start-interval", "StartInterval");
    if (retries && str_to_int64(retries, &n) && n > 0)
        json_object_set_new(health, "Retries", json_integer(n));
    json_object_set_new(b->config, "Healthcheck", health);
    list = json_text(health);
    text = xasprintf("HEALTHCHECK %s", list);
    return step_metadata(b, text, err);
}

/* -- EXPOSE, VOLUME, USER, WORKDIR, STOPSIGNAL, MAINTAINER, ONBUILD -- */

/* "80", "80-90/udp", "8080:80" (what is before the colon does not count) as "80/tcp". */
static int add_ports(const char *text, struct strv *ret, struct error *err)
{
    const char *spec = strrchr(text, ':') ? strrchr(text, ':') + 1 : text, *slash = strchr(spec, '/');
    const char *proto = slash ? slash + 1 : "tcp";
    scoped_free char *range = xstrndup(spec, strcspn(spec, "/"));
    char *dash = strchr(range, '-');
    uint64_t first, last;

    if (dash)
        *dash = '\0';
    if (!str_to_uint64(range, &first) || !str_to_uint64(dash ? dash + 1 : range, &last) || last > 65535 ||
        first > last)
        return error_set(err, ERR_INVALID, "Invalid containerPort: %s", spec);
    if (!str_eq(proto, "tcp") && !str_eq(proto, "udp") && !str_eq(proto, "sctp"))
        return error_set(err, ERR_INVALID, "Invalid proto: %s", proto);
    for (; first <= last; first++)
        strv_addf(ret, "%llu/%s", (unsigned long long)first, proto);
    return 0;
}

static int do_expose(struct build *b, const struct instruction *i, struct error *err)
{
    scoped_strv env = { 0 }, words = { 0 }, ports = { 0 };
    scoped_free char *list = NULL, *text = NULL;

    visible_env(b, &env);
    for (size_t k = 0; k < i->words.count; k++)
        if (word_expand_split(i->words.items[k], b->file->escape, &env, &words, err) < 0)
            return -1;
    for (size_t k = 0; k < words.count; k++)
        if (add_ports(words.items[k], &ports, err) < 0)
            return -1;
    strv_sort(&ports);
    for (size_t k = 0; k < ports.count; k++)
        json_object_set_new(object_in(b->config, "ExposedPorts"), ports.items[k], json_object());
    list = strv_join(&ports, " ");
    text = xasprintf("EXPOSE %s", list ? list : "");
    return step_metadata(b, text, err);
}

static int do_volume(struct build *b, const struct instruction *i, struct error *err)
{
    scoped_strv words = { 0 };
    scoped_free char *list = NULL, *text = NULL;

    if (expand_all(b, &i->words, &words, err) < 0)
        return -1;
    for (size_t k = 0; k < words.count; k++) {
        const char *path = words.items[k];
        json_t *lossy;

        while (isspace((unsigned char)*path))
            path++;
        if (!*path)
            return error_set(err, ERR_INVALID, "VOLUME specified can not be an empty string");
        lossy = string_of(path);
        json_object_set_new(object_in(b->config, "Volumes"), json_string_value(lossy), json_object());
        json_decref(lossy);
    }
    list = strv_join(&words, " ");
    text = xasprintf("VOLUME [%s]", list);
    return step_metadata(b, text, err);
}

static int do_workdir(struct build *b, const char *asked, struct error *err)
{
    const char *before = json_str_at(b->config, "WorkingDir", "");
    scoped_free char *joined = NULL, *dir = NULL;

    if (!*asked)
        return error_set(err, ERR_INVALID, "cannot normalize nothing");
    joined = asked[0] == '/' ? xstrdup(asked) : xasprintf("/%s/%s", before, asked);
    dir = path_clean(joined);
    json_object_set_new(b->config, "WorkingDir", string_of(dir));
    return b->config_only ? 0 : step_workdir(b, dir, err);
}

static int do_onbuild(struct build *b, const struct instruction *i, struct error *err)
{
    json_t *list = json_object_get(b->config, "OnBuild");
    scoped_free char *text = xasprintf("ONBUILD %s", i->words.items[0]);

    if (!json_is_array(list)) {
        list = json_array();
        json_object_set_new(b->config, "OnBuild", list);
    }
    json_array_append_new(list, string_of(i->words.items[0]));
    return step_metadata(b, text, err);
}

/* Those of one word, with variables. */
static int do_word(struct build *b, const struct instruction *i, struct error *err)
{
    scoped_strv words = { 0 };
    scoped_free char *text = NULL;
    const char *word;

    if (expand_all(b, &i->words, &words, err) < 0)
        return -1;
    word = words.items[0];
    text = xasprintf("%s %s", i->name, word);
    switch (i->kind) {
    case I_USER:
        json_object_set_new(b->config, "User", string_of(word));
        break;
    case I_STOPSIGNAL:
        if (!*word || container_signal_check("", word, NULL) < 0)
            return error_set(err, ERR_INVALID, "invalid signal: %s", word);
        json_object_set_new(b->config, "StopSignal", string_of(word));
        break;
    default:
        return do_workdir(b, word, err);
    }
    return step_metadata(b, text, err);
}

static int do_maintainer(struct build *b, const struct instruction *i, struct error *err)
{
    scoped_free char *text = xasprintf("MAINTAINER %s", i->words.items[0]);

    free(b->author);
    b->author = xstrdup(i->words.items[0]);
    return step_metadata(b, text, err);
}

static int do_copy(struct build *b, const struct instruction *i, struct error *err)
{
    scoped_strv words = { 0 };

    return expand_all(b, &i->words, &words, err) < 0 ? -1 : step_copy(b, i, &words, err);
}

/* Flags that the form knows and this builder cannot do. */
static int check_flags(const struct instruction *i, struct error *err)
{
    static const char *const later[] = { "chmod", "mount", "network", "security" };

    for (size_t k = 0; k < sizeof(later) / sizeof(later[0]); k++)
        if (instruction_flag(i, later[k]))
            return error_set(
                err, ERR_INVALID,
                "the --%s option requires BuildKit. Refer to "
                "https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit "
                "enabled",
                later[k]);
    return 0;
}

int step_dispatch(struct build *b, const struct instruction *i, struct error *err)
{
    if (check_flags(i, err) < 0)
        return -1;
    switch (i->kind) {
    case I_ENV:
    case I_LABEL:
        return do_pairs(b, i, err);
    case I_ARG:
        return do_arg(b, i, err);
    case I_CMD:
    case I_ENTRYPOINT:
        return do_command(b, i, err);
    case I_SHELL:
        return do_shell(b, i, err);
    case I_HEALTHCHECK:
        return do_health(b, i, err);
    case I_EXPOSE:
        return do_expose(b, i, err);
    case I_VOLUME:
        return do_volume(b, i, err);
    case I_ONBUILD:
        return do_onbuild(b, i, err);
    case I_MAINTAINER:
        return do_maintainer(b, i, err);
    case I_COPY:
    case I_ADD:
        return do_copy(b, i, err);
    case I_RUN:
        return step_run(b, i, err);
    default:
        return do_word(b, i, err);
    }
}
