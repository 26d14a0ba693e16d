/* scene/build.c - see build.h. Contexts are small and held in memory. */
#include "harness/scene/build.h"
#include "harness/scene/scene_inside.h"
#include "harness/wire/buffer.h"

#include <stdlib.h>
#include <string.h>

#define BUILT    "Successfully built "
#define BUILD_MS 50000 /* a build has several steps, each with a container */

/* -- the image that is built upon -- */

const char *base_image(struct scene *s)
{
    return given_image(s, "probe");
}

const char *dockerfile_of(struct scene *s, const char *format, ...)
{
    va_list args;
    const char *rest;

    va_start(args, format);
    rest = scene_vprintf(s, format, args);
    va_end(args);
    return scene_printf(s, "FROM %s\nLABEL plimsoll.case=\"%s\" plimsoll.scene=\"%s\"\n%s", base_image(s),
                        s->case_name, strchr(scene_label(s), '=') + 1, rest);
}

/* -- contexts -- */

struct tar_bytes given_context(struct scene *s, const char *compression, const char *dockerfile,
                               json_t *entries)
{
    json_t *all = json_array();

    if (dockerfile)
        json_array_append_new(all, json_pack("{s:s, s:s}", "name", "Dockerfile", "content", dockerfile));
    if (entries)
        json_array_extend(all, entries);
    json_decref(entries);
    return scene_tar(s, compression, all);
}

struct tar_bytes context_with(struct scene *s, const char *dockerfile, const char *name,
                              struct tar_bytes file)
{
    json_t *entries = json_pack("[{s:s, s:s}]", "name", "Dockerfile", "content", dockerfile);

    return scene_tar_with(s, entries, name, file);
}

/* -- builds -- */

static struct wire_request build_request(struct scene *s, struct tar_bytes context, const char *query)
{
    return (struct wire_request){ .method = "POST",
                                  .path = scene_printf(s, "/build%s%s", *query ? "?" : "", query),
                                  .content_type = "application/x-tar",
                                  .body = context.bytes,
                                  .body_size = context.size,
                                  .timeout_ms = BUILD_MS };
}

struct exchange *when_build_of(struct scene *s, struct tar_bytes context, const char *query)
{
    struct wire_request request = build_request(s, context, query);

    return scene_send_in_turn(s, NULL, &request);
}

struct exchange *when_build_as(struct scene *s, const char *content_type, const char *header,
                               const char *dockerfile)
{
    struct wire_request request = build_request(s, given_context(s, NULL, dockerfile, NULL), "");
    const char *headers[] = { header, NULL };

    request.content_type = content_type;
    request.headers = headers;
    return when_sent(s, NULL, &request, NULL);
}

struct stream *when_build_pending(struct scene *s, const char *query, const char *dockerfile)
{
    struct stream *st = stream_of(s, build_request(s, given_context(s, NULL, dockerfile, NULL), query));

    stream_is_raw(st);
    return st;
}

struct exchange *when_build_with(struct scene *s, const char *query, const char *dockerfile, json_t *entries)
{
    return when_build_of(s, given_context(s, NULL, dockerfile, entries), query);
}

struct exchange *when_build(struct scene *s, const char *query, const char *dockerfile)
{
    return when_build_with(s, query, dockerfile, NULL);
}

const char *given_built(struct scene *s, const char *query, const char *dockerfile, json_t *entries)
{
    const struct exchange *x = when_build_with(s, query, dockerfile, entries);
    const char *id = build_id(s, x);

    if (x->status != 200 || !*id)
        case_blocked(s, "an image cannot be built: %s", x->body);
    return id;
}

/* -- what the answer says -- */

static const char *text(const json_t *value, const char *name)
{
    return json_string_value(json_object_get(value, name));
}

static const char *kept_text(struct scene *s, struct buffer *text)
{
    const char *ret = scene_printf(s, "%s", buffer_string(text));

    buffer_clear(text);
    return ret;
}

const char *build_text(struct scene *s, const struct exchange *x)
{
    json_t *values = exchange_values(x);
    const json_t *value;
    struct buffer all = { 0 };
    size_t i;

    json_array_foreach (values, i, value)
        if (text(value, "stream"))
            buffer_text(&all, text(value, "stream"));
    json_decref(values);
    return kept_text(s, &all);
}

static const char *last_of(struct scene *s, const struct exchange *x, const char *path)
{
    json_t *values = exchange_values(x);
    const json_t *value;
    struct buffer last = { 0 };
    size_t i;

    json_array_foreach (values, i, value) {
        const char *got = json_string_value(json_at(value, path));

        if (!got)
            continue;
        buffer_clear(&last);
        buffer_text(&last, got);
    }
    json_decref(values);
    return kept_text(s, &last);
}

const char *build_error(struct scene *s, const struct exchange *x)
{
    return last_of(s, x, "error");
}

const char *build_id(struct scene *s, const struct exchange *x)
{
    const char *id = last_of(s, x, "aux.ID"), *built;

    if (*id)
        return id;
    built = strstr(build_text(s, x), BUILT); /* older versions tell its beginning alone */
    return built ? scene_printf(s, "sha256:%.12s", built + strlen(BUILT)) : "";
}

int build_hits(struct scene *s, const struct exchange *x)
{
    int hits = 0;

    for (const char *at = build_text(s, x); (at = strstr(at, "Using cache")); at++)
        hits++;
    return hits;
}
