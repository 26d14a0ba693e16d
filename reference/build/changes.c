/* build/changes.c - instructions applied to a config alone: `changes` of ImageCommit. Nothing is built and nothing is looked for. */
#include "build/internal.h"

static bool is_change(enum instruction_kind kind)
{
    switch (kind) {
    case I_CMD:
    case I_ENTRYPOINT:
    case I_ENV:
    case I_EXPOSE:
    case I_HEALTHCHECK:
    case I_LABEL:
    case I_ONBUILD:
    case I_STOPSIGNAL:
    case I_USER:
    case I_VOLUME:
    case I_WORKDIR:
        return true;
    default:
        return false;
    }
}

/* All of them are looked at before the first is applied. */
static int check_all(const struct dockerfile *file, struct error *err)
{
    for (size_t i = 0; i < file->count; i++) {
        if (!is_change(file->items[i].kind))
            return error_set(err, ERR_INVALID, "%s is not a valid change command", file->items[i].name);
        if (instruction_check(&file->items[i], err) < 0)
            return -1;
    }
    return 0;
}

int build_changes(json_t *config, const struct strv *changes, struct error *err)
{
    scoped(dockerfile_free) struct dockerfile *file = NULL;
    scoped_free char *text = strv_join(changes, "\n");
    struct build b = { .config = config, .config_only = true };

    if (changes->count == 0)
        return 0;
    if (dockerfile_parse(text, strlen(text), &file, err) < 0 || check_all(file, err) < 0)
        return -1;
    b.file = file;
    for (size_t i = 0; i < file->count; i++)
        if (step_dispatch(&b, &file->items[i], err) < 0)
            return -1;
    return 0;
}
