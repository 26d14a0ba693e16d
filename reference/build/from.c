/* build/from.c - FROM: what a stage begins with, and what its image wants to be done first (ONBUILD). */
#include "build/internal.h"

#include <sys/utsname.h>

#include "build/words.h"
#include "image/exchange.h"

#define TRIGGERS_MAX 1000

static const char *host_architecture(void)
{
    static _Thread_local struct utsname host;

    uname(&host);
    return str_eq(host.machine, "x86_64")    ? "amd64"
           : str_eq(host.machine, "aarch64") ? "arm64"
                                             : host.machine;
}

static bool platform_fits(const char *platform, const json_t *config)
{
    scoped_strv parts = { 0 };
    const char *os = json_str_at(config, "os", "linux");

    if (str_empty(platform))
        return true;
    strv_split(&parts, platform, '/');
    if (parts.count == 1) /* "linux" or "arm64" */
        return str_eq(parts.items[0], os) ||
               str_eq(parts.items[0], json_str_at(config, "architecture", host_architecture()));
    return str_eq(parts.items[0], os) &&
           str_eq(parts.items[1], json_str_at(config, "architecture", host_architecture()));
}

static int say_pull(void *user, json_t *message, struct error *err)
{
    struct build *b = user;

    if (!b->request->quiet)
        return b->request->say(b->request->user, message, err);
    json_decref(message);
    return 0;
}

static int pull(struct build *b, const char *ref, struct error *err)
{
    struct exchange with = { .who = b->request->who(b->request->user, ref),
                             .insecure = b->request->insecure,
                             .say = say_pull,
                             .user = b };
    const char *name = strrchr(ref, '/') ? strrchr(ref, '/') : ref;
    const char *tag = strpbrk(name, ":@") ? NULL : "latest"; /* without one, all would be pulled */

    return image_pull(b->builder->images, ref, tag, b->request->platform, &with, err);
}

/* As the engine has it; one that is not there, or is to be the newest, is pulled before. */
int image_for_build(struct build *b, const char *ref, struct image **ret, struct error *err)
{
    struct error failure = { 0 };

    if (!b->request->pull) {
        if (image_store_find(b->builder->images, ref, ret, &failure) == 0)
            return 0;
        if (failure.kind != ERR_NOT_FOUND) {
            if (err)
                *err = failure;
            return -1;
        }
    }
    return pull(b, ref, err) < 0 ? -1 : image_store_find(b->builder->images, ref, ret, err);
}

/* -- ONBUILD of the base -- */

static int run_trigger(struct build *b, const char *text, struct error *err)
{
    scoped(dockerfile_free) struct dockerfile *d = NULL;

    if (dockerfile_parse(text, strlen(text), &d, err) < 0)
        return -1;
    if (d->count != 1)
        return error_set(err, ERR_INVALID, "onbuild trigger should be a single expression");
    if (instruction_check(&d->items[0], err) < 0)
        return -1;
    if (d->items[0].kind == I_FROM || d->items[0].kind == I_ONBUILD || d->items[0].kind == I_MAINTAINER)
        return error_set(err, ERR_INVALID, "%s isn't allowed as an ONBUILD trigger", d->items[0].name);
    return step_dispatch(b, &d->items[0], err);
}

static int run_triggers(struct build *b, struct error *err)
{
    scoped_strv triggers = { 0 };

    json_strv_at(b->config, "OnBuild", &triggers);
    json_object_del(b->config, "OnBuild");
    if (triggers.count == 0)
        return 0;
    if (triggers.count > TRIGGERS_MAX)
        return error_set(err, ERR_INVALID, "the base image has too many triggers");
    if (build_say(b, err, "# Executing %zu build trigger%s\n", triggers.count,
                  triggers.count > 1 ? "s" : "") < 0)
        return -1;
    for (size_t k = 0; k < triggers.count; k++)
        if (run_trigger(b, triggers.items[k], err) < 0)
            return -1;
    return 0;
}

/* -- the base -- */

static void set_default_path(json_t *config)
{
    json_t *env = json_object_get(config, "Env"), *item;
    size_t i;

    if (!json_is_array(env)) {
        env = json_array();
        json_object_set_new(config, "Env", env);
    }
    json_array_foreach (env, i, item)
        if (json_is_string(item) && str_starts(json_string_value(item), "PATH="))
            return;
    json_array_append_new(env,
                          json_string("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
}

static int check_platform(struct build *b, const struct stage *stage, const struct strv *env,
                          const char *base, const struct image *image, struct error *err)
{
    const char *flag = instruction_flag(stage->from, "platform");
    scoped_free char *platform = NULL;
    scoped_strv parts = { 0 };

    if (!flag)
        platform = xstrdup(b->request->platform ? b->request->platform : "");
    else if (word_expand(flag, b->file->escape, env, &platform, err) < 0)
        return -1;
    strv_split(&parts, platform, '/');
    if (flag && (!*platform || parts.count > 3))
        return error_set(
            err, ERR_INVALID,
            "failed to parse platform %s: \"%s\": cannot parse platform specifier: invalid argument",
            platform, platform);
    if (image && !platform_fits(platform, image_config(image)))
        return error_set(
            err, ERR_NOT_FOUND,
            "image with reference %s was found but does not match the specified platform: wanted "
            "%s",
            base, platform);
    return 0;
}

/* *ret stays NULL for "scratch". */
static int find_base(struct build *b, const struct stage *stage, struct image **ret, struct error *err)
{
    scoped_strv env = { 0 };
    scoped_free char *base = NULL;
    long index;

    args_of_metas(&b->args, &env);
    if (word_expand(stage->base, b->file->escape, &env, &base, err) < 0)
        return -1;
    if (!*base)
        return error_set(err, ERR_INVALID, "base name (%s) should not be blank", stage->base);
    index = stages_find(b->stages, base, b->stage);
    if (index >= 0) {
        if (b->made[index])
            *ret = image_ref(b->made[index]);
        return 0;
    }
    if (!str_eq(base, "scratch") && image_for_build(b, base, ret, err) < 0)
        return -1;
    return check_platform(b, stage, &env, base, *ret, err);
}

int stage_begin(struct build *b, const struct stage *stage, struct error *err)
{
    struct image *image = NULL;
    const json_t *config;

    if (find_base(b, stage, &image, err) < 0) {
        image_unref(image);
        return -1;
    }
    image_unref(b->image);
    b->image = image;
    json_decref(b->config);
    config = image ? json_object_get(image_config(image), "config") : NULL;
    b->config = json_is_object(config) ? json_deep_copy(config) : json_object();
    set_default_path(b->config);
    json_decref(b->args.declared);
    b->args.declared = json_object();
    b->missed = b->cmd_set = false;
    return run_triggers(b, err);
}
