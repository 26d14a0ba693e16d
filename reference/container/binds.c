/* container/binds.c - HostConfig.Binds: "SOURCE:TARGET[:MODE]", "TARGET". */
#include "container/internal.h"

#include <string.h>

static bool is_propagation(const char *s)
{
    static const char *const known[] = { "private", "rprivate", "slave", "rslave", "shared", "rshared" };

    for (size_t i = 0; i < 6; i++)
        if (str_eq(s, known[i]))
            return true;
    return false;
}

struct mode_seen {
    int rw, label, copy, propagation, consistency;
};

static bool mode_word(struct bind_spec *b, const char *word, struct mode_seen *seen)
{
    if (str_eq(word, "rw") || str_eq(word, "ro")) {
        b->read_only = word[1] == 'o';
        seen->rw++;
    } else if (str_eq(word, "z") || str_eq(word, "Z")) {
        seen->label++;
    } else if (str_eq(word, "nocopy")) {
        b->no_copy = true;
        seen->copy++;
    } else if (is_propagation(word)) {
        free(b->propagation);
        b->propagation = xstrdup(word);
        seen->propagation++;
    } else if (str_eq(word, "consistent") || str_eq(word, "cached") || str_eq(word, "delegated")) {
        seen->consistency++;
    } else {
        return false;
    }
    return true;
}

/* Each kind of word at most once; "" alone is no mode. */
static bool mode_parse(struct bind_spec *b)
{
    scoped_strv words = { 0 };
    struct mode_seen seen = { 0 };

    if (!b->mode[0])
        return true;
    strv_split(&words, b->mode, ',');
    for (size_t i = 0; i < words.count; i++)
        if (!mode_word(b, words.items[i], &seen))
            return false;
    return seen.rw <= 1 && seen.label <= 1 && seen.copy <= 1 && seen.propagation <= 1 &&
           seen.consistency <= 1;
}

static int bind_split(const char *text, struct bind_spec *b, struct error *err)
{
    scoped_strv parts = { 0 };

    strv_split(&parts, text, ':');
    if (parts.count == 0 || parts.count > 3)
        return error_set(err, ERR_SYSTEM, "invalid volume specification: '%s'", text);
    for (size_t i = 0; i < parts.count; i++)
        if (!parts.items[i][0])
            return error_set(err, ERR_SYSTEM, "invalid volume specification: '%s'", text);
    if (parts.count == 1) {
        b->target = xstrdup(parts.items[0]);
        b->mode = xstrdup("");
    } else {
        b->source = xstrdup(parts.items[0]);
        b->target = xstrdup(parts.items[1]);
        b->mode = xstrdup(parts.count == 3 ? parts.items[2] : "");
    }
    return 0;
}

static int bind_check(const char *text, const struct bind_spec *b, struct error *err)
{
    const char *type = b->is_volume ? "volume" : "bind";

    if (b->target[0] != '/')
        return error_set(
            err, ERR_SYSTEM,
            "invalid volume specification: '%s': invalid mount config for type \"%s\": invalid mount path: "
            "'%s' mount path must be absolute",
            text, type, b->target);
    if (strspn(b->target, "/") == strlen(b->target))
        return error_set(err, ERR_SYSTEM,
                         "invalid volume specification: '%s': invalid mount config for type \"%s\": invalid "
                         "specification: destination can't be '/'",
                         text, type);
    if (!b->is_volume && b->no_copy)
        return error_set(err, ERR_SYSTEM,
                         "invalid volume specification: '%s': invalid mount config for type \"bind\": field "
                         "VolumeOptions must not be specified",
                         text);
    if (b->is_volume && b->propagation[0])
        return error_set(
            err, ERR_SYSTEM,
            "invalid volume specification: '%s': invalid mount config for type \"volume\": field "
            "BindOptions must not be specified",
            text);
    return 0;
}

int bind_parse(const char *text, struct bind_spec *ret, struct error *err)
{
    struct bind_spec b = { 0 };

    b.propagation = xstrdup("");
    if (bind_split(text, &b, err) < 0)
        goto fail;
    b.is_volume = !b.source || b.source[0] != '/';
    if (!mode_parse(&b)) {
        error_set(err, ERR_SYSTEM, "invalid mode: %s", b.mode);
        goto fail;
    }
    if (bind_check(text, &b, err) < 0)
        goto fail;
    *ret = b;
    return 0;
fail:
    bind_free(&b);
    return -1;
}

void bind_free(struct bind_spec *b)
{
    free(b->source);
    free(b->target);
    free(b->mode);
    free(b->propagation);
    *b = (struct bind_spec){ 0 };
}
