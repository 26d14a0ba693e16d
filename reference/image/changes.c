/* image/changes.c - see changes.h. */
#include "image/changes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

static json_t *list_in(json_t *config, const char *key)
{
    if (!json_is_array(json_object_get(config, key)))
        json_object_set_new(config, key, json_array());
    return json_object_get(config, key);
}

static json_t *map_in(json_t *config, const char *key)
{
    if (!json_is_object(json_object_get(config, key)))
        json_object_set_new(config, key, json_object());
    return json_object_get(config, key);
}

/* A JSON array of texts; NULL: it is none, and so a line for the shell. */
static json_t *json_form(const char *text)
{
    json_t *value = NULL, *word;
    size_t i;

    if (*text != '[' || json_parse(text, strlen(text), &value, NULL) < 0)
        return NULL;
    json_array_foreach (value, i, word)
        if (!json_is_string(word)) {
            json_decref(value);
            return NULL;
        }
    return value;
}

static json_t *command_of(const char *text)
{
    json_t *words = json_form(text);

    if (words)
        return words;
    words = json_pack("[s, s]", "/bin/sh", "-c");
    if (*text)
        json_array_append_new(words, json_string_lossy(text, strlen(text)));
    return words;
}

/* The next word, quotes taken away; false at the end. */
static bool next_word(const char **text, struct str *ret)
{
    char quote = '\0';
    const char *p = *text + strspn(*text, " \t");

    ret->len = 0;
    str_add(ret, "");
    if (!*p)
        return false;
    for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
        if (*p == '\\' && quote != '\'' && p[1])
            str_add_char(ret, *++p);
        else if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? '\0' : *p;
        else
            str_add_char(ret, *p);
    }
    *text = p;
    return true;
}

static void set_env(json_t *config, const char *pair)
{
    json_t *list = list_in(config, "Env"), *old;
    size_t i, n = strcspn(pair, "=") + 1;

    json_array_foreach (list, i, old)
        if (strncmp(json_string_value(old), pair, n) == 0) {
            json_array_set_new(list, i, json_string_lossy(pair, strlen(pair)));
            return;
        }
    json_array_append_new(list, json_string_lossy(pair, strlen(pair)));
}

static void set_label(json_t *config, const char *pair)
{
    scoped_free char *key = xstrndup(pair, strcspn(pair, "="));
    json_t *labels = map_in(config, "Labels");

    json_object_set_new(labels, key,
                        json_string_lossy(pair + strlen(key) + 1, strlen(pair + strlen(key) + 1)));
}

/* "A=1 B=2", or the old form "A some words". */
static int each_pair(json_t *config, const char *name, const char *text, void (*set)(json_t *, const char *),
                     struct error *err)
{
    scoped_str word = { 0 };
    const char *at = text;
    size_t space = strcspn(text, " \t");

    if (!*text)
        return error_set(err, ERR_INVALID, "%s requires at least one argument", name);
    if (!memchr(text, '=', space)) {
        if (!text[space])
            return error_set(err, ERR_INVALID, "%s must have two arguments", name);
        str_addf(&word, "%.*s=%s", (int)space, text, text + space + strspn(text + space, " \t"));
        set(config, str_text(&word));
        return 0;
    }
    while (next_word(&at, &word)) {
        if (!strchr(str_text(&word), '=') || *str_text(&word) == '=')
            return error_set(err, ERR_INVALID,
                             "Syntax error - can't find = in \"%s\". Must be of the form: name=value",
                             str_text(&word));
        set(config, str_text(&word));
    }
    return 0;
}

static int change_env(json_t *config, const char *text, struct error *err)
{
    return each_pair(config, "ENV", text, set_env, err);
}

static int change_label(json_t *config, const char *text, struct error *err)
{
    return each_pair(config, "LABEL", text, set_label, err);
}

static int change_cmd(json_t *config, const char *text, struct error *err)
{
    (void)err;
    json_object_set_new(config, "Cmd", command_of(text));
    return 0;
}

static int change_entrypoint(json_t *config, const char *text, struct error *err)
{
    (void)err;
    json_object_set_new(config, "Entrypoint", command_of(text));
    return 0;
}

/* "80", "80/udp" */
static int change_expose(json_t *config, const char *text, struct error *err)
{
    scoped_str word = { 0 };
    json_t *ports = map_in(config, "ExposedPorts");

    while (next_word(&text, &word)) {
        const char *slash = strchr(str_text(&word), '/'), *protocol = slash ? slash + 1 : "tcp";
        scoped_free char *number =
                             xstrndup(str_text(&word), slash ? (size_t)(slash - str_text(&word)) : word.len),
                         *port = xasprintf("%s/%s", number, protocol);
        int64_t n;

        if (!str_to_int64(number, &n) || n < 1 || n > 65535 ||
            (!str_eq(protocol, "tcp") && !str_eq(protocol, "udp") && !str_eq(protocol, "sctp")))
            return error_set(err, ERR_INVALID, "invalid containerPort: %s", str_text(&word));
        json_object_set_new(ports, port, json_object());
    }
    return 0;
}

static int change_volume(json_t *config, const char *text, struct error *err)
{
    scoped_str word = { 0 };
    json_t *volumes = map_in(config, "Volumes"), *list = json_form(text), *path;
    size_t i;

    if (!*text)
        return error_set(err, ERR_INVALID, "VOLUME requires at least one argument");
    json_array_foreach (list, i, path)
        json_object_set_new(volumes, json_string_value(path), json_object());
    while (!list && next_word(&text, &word))
        json_object_set_new(volumes, str_text(&word), json_object());
    json_decref(list);
    return 0;
}

static int change_workdir(json_t *config, const char *text, struct error *err)
{
    const char *before = json_str_at(config, "WorkingDir", "/");
    scoped_free char *joined = *text == '/' ? xstrdup(text) : xasprintf("/%s/%s", before, text),
                     *clean = path_clean(joined);

    if (!*text)
        return error_set(err, ERR_INVALID, "WORKDIR requires exactly one argument");
    json_put_str(config, "WorkingDir", clean);
    return 0;
}

static int change_user(json_t *config, const char *text, struct error *err)
{
    if (!*text || strpbrk(text, " \t"))
        return error_set(err, ERR_INVALID, "USER requires exactly one argument");
    json_put_str(config, "User", text);
    return 0;
}

static int change_stop_signal(json_t *config, const char *text, struct error *err)
{
    if (!*text || strpbrk(text, " \t"))
        return error_set(err, ERR_INVALID, "STOPSIGNAL requires exactly one argument");
    json_put_str(config, "StopSignal", text);
    return 0;
}

static int change_on_build(json_t *config, const char *text, struct error *err)
{
    if (!*text)
        return error_set(err, ERR_INVALID, "ONBUILD requires at least one argument");
    json_array_append_new(list_in(config, "OnBuild"), json_string_lossy(text, strlen(text)));
    return 0;
}

static int change_health(json_t *config, const char *text, struct error *err)
{
    json_t *words, *test;

    if (strcasecmp(text, "none") == 0) {
        json_object_set_new(config, "Healthcheck", json_pack("{s:[s]}", "Test", "NONE"));
        return 0;
    }
    if (strncasecmp(text, "cmd", 3) != 0 || !isspace((unsigned char)text[3]))
        return error_set(err, ERR_INVALID, "HEALTHCHECK takes NONE, or CMD and a command");
    text += 3 + strspn(text + 3, " \t");
    words = json_form(text);
    test = json_pack("[s]", words ? "CMD" : "CMD-SHELL");
    if (words)
        json_array_extend(test, words);
    else
        json_array_append_new(test, json_string_lossy(text, strlen(text)));
    json_decref(words);
    json_object_set_new(config, "Healthcheck", json_pack("{s:o}", "Test", test));
    return 0;
}

static const struct change {
    const char *name;
    int (*put)(json_t *config, const char *text, struct error *err);
} changes[] = {
    {"CMD",          change_cmd        },
    { "ENTRYPOINT",  change_entrypoint },
    { "ENV",         change_env        },
    { "EXPOSE",      change_expose     },
    { "HEALTHCHECK", change_health     },
    { "LABEL",       change_label      },
    { "ONBUILD",     change_on_build   },
    { "STOPSIGNAL",  change_stop_signal},
    { "USER",        change_user       },
    { "VOLUME",      change_volume     },
    { "WORKDIR",     change_workdir    },
};

static int change_line(json_t *config, char *line, struct error *err)
{
    size_t n;

    while (isspace((unsigned char)*line))
        line++;
    for (n = strlen(line); n && isspace((unsigned char)line[n - 1]);)
        line[--n] = '\0';
    n = strcspn(line, " \t");
    for (size_t i = 0; n && i < sizeof(changes) / sizeof(changes[0]); i++)
        if (strlen(changes[i].name) == n && strncasecmp(line, changes[i].name, n) == 0)
            return changes[i].put(config, line + n + strspn(line + n, " \t"), err);
    return n ? error_set(err, ERR_INVALID, "%.*s is not a valid change command", (int)n, line) : 0;
}

int image_change(json_t *config, const char *text, struct error *err)
{
    scoped_strv lines = { 0 };

    strv_split(&lines, text ? text : "", '\n');
    for (size_t i = 0; i < lines.count; i++)
        if (change_line(config, lines.items[i], err) < 0)
            return -1;
    return 0;
}
