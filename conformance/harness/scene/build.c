/* scene/build.c - see build.h. Contexts are small and held in memory. */
#include "harness/scene/build.h"
#include "harness/scene/scene_inside.h"
#include "harness/wire/buffer.h"

#include <archive.h>
#include <archive_entry.h>
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

static long long number(const json_t *entry, const char *name, long long otherwise)
{
    const json_t *value = json_object_get(entry, name);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static const char *text(const json_t *entry, const char *name)
{
    return json_string_value(json_object_get(entry, name));
}

static unsigned type_of(const json_t *entry)
{
    const char *type = text(entry, "type");

    if (text(entry, "link"))
        return AE_IFLNK;
    if (type && strcmp(type, "dir") == 0)
        return AE_IFDIR;
    return type && strcmp(type, "fifo") == 0 ? AE_IFIFO : AE_IFREG;
}

static void write_bytes(struct archive *archive, const json_t *given, const char *content, size_t size)
{
    struct archive_entry *entry = archive_entry_new();
    unsigned type = type_of(given);

    archive_entry_set_pathname(entry, text(given, "name"));
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, (mode_t)number(given, "mode", type == AE_IFDIR ? 0755 : 0644));
    archive_entry_set_uid(entry, number(given, "uid", 0));
    archive_entry_set_gid(entry, number(given, "gid", 0));
    archive_entry_set_mtime(entry, (time_t)number(given, "mtime", 1000000000), 0);
    archive_entry_set_size(entry, (la_int64_t)size);
    if (text(given, "link"))
        archive_entry_set_symlink(entry, text(given, "link"));
    if (text(given, "hardlink"))
        archive_entry_set_hardlink(entry, text(given, "hardlink"));
    archive_write_header(archive, entry);
    archive_write_data(archive, content, size);
    archive_entry_free(entry);
}

static void write_entry(struct archive *archive, const json_t *given)
{
    const char *content = text(given, "content");
    bool has_content = content && type_of(given) == AE_IFREG && !text(given, "hardlink");

    write_bytes(archive, given, has_content ? content : "", has_content ? strlen(content) : 0);
}

static void write_text(struct archive *archive, const char *name, const char *content, size_t size)
{
    json_t *file = json_pack("{s:s}", "name", name);

    write_bytes(archive, file, content, size);
    json_decref(file);
}

static la_ssize_t add_bytes(struct archive *archive, void *user, const void *bytes, size_t n)
{
    (void)archive;
    buffer_add(user, bytes, n);
    return (la_ssize_t)n;
}

static void add_filter(struct archive *archive, const char *compression)
{
    if (compression && strcmp(compression, "gzip") == 0)
        archive_write_add_filter_gzip(archive);
    else if (compression && strcmp(compression, "bzip2") == 0)
        archive_write_add_filter_bzip2(archive);
    else if (compression && strcmp(compression, "xz") == 0)
        archive_write_add_filter_xz(archive);
}

static struct archive *open_context(struct buffer *bytes, const char *compression)
{
    struct archive *archive = archive_write_new();

    archive_write_set_format_pax_restricted(archive);
    add_filter(archive, compression);
    archive_write_set_bytes_in_last_block(archive, 1); /* nothing behind what is compressed */
    archive_write_open(archive, bytes, NULL, add_bytes, NULL);
    return archive;
}

static struct context close_context(struct scene *s, struct archive *archive, struct buffer *bytes)
{
    struct context ret;

    archive_write_close(archive);
    archive_write_free(archive);
    ret.size = bytes->size;
    ret.bytes = memcpy(scene_keep(s, malloc(bytes->size + 1)), buffer_string(bytes), bytes->size);
    buffer_clear(bytes);
    return ret;
}

struct context given_context(struct scene *s, const char *compression, const char *dockerfile,
                             json_t *entries)
{
    struct buffer bytes = { 0 };
    struct archive *archive = open_context(&bytes, compression);
    const json_t *entry;
    size_t i;

    if (dockerfile)
        write_text(archive, "Dockerfile", dockerfile, strlen(dockerfile));
    json_array_foreach (entries, i, entry)
        write_entry(archive, entry);
    json_decref(entries);
    return close_context(s, archive, &bytes);
}

struct context context_with(struct scene *s, const char *dockerfile, const char *name, struct context file)
{
    struct buffer bytes = { 0 };
    struct archive *archive = open_context(&bytes, NULL);

    write_text(archive, "Dockerfile", dockerfile, strlen(dockerfile));
    write_text(archive, name, file.bytes, file.size);
    return close_context(s, archive, &bytes);
}

/* -- builds -- */

static struct wire_request build_request(struct scene *s, struct context context, const char *query)
{
    return (struct wire_request){ .method = "POST",
                                  .path = scene_printf(s, "/build%s%s", *query ? "?" : "", query),
                                  .content_type = "application/x-tar",
                                  .body = context.bytes,
                                  .body_size = context.size,
                                  .timeout_ms = BUILD_MS };
}

struct exchange *when_build_of(struct scene *s, struct context context, const char *query)
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
