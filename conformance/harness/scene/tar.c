/* scene/tar.c - archives of files: made of a list of their entries, and told as one.
 *
 * What an engine sends is hostile input: it is read by libarchive from memory, entries and contents are bounded, and nothing of it
 * touches a disk. */
#include "harness/scene/json.h"
#include "harness/scene/scene_inside.h"
#include "harness/wire/headers.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENTRIES_MAX 20000
#define CONTENT_MAX 4096 /* of a file that is told */
#define STAT_MAX    65536
#define MEMBER_MAX  65536 /* of a JSON document in an archive */

/* -- made -- */

static const struct {
    const char *name;
    unsigned type;
} kinds[] = {
    {"file",     AE_IFREG},
    { "dir",     AE_IFDIR},
    { "link",    AE_IFLNK},
    { "fifo",    AE_IFIFO},
    { "char",    AE_IFCHR},
    { "block",   AE_IFBLK},
    { "unknown", 0       },
};

static unsigned kind_of(const json_t *entry)
{
    const char *type = json_string_value(json_object_get(entry, "type"));

    if (json_object_get(entry, "link"))
        return AE_IFLNK;
    for (size_t i = 0; type && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, type) == 0)
            return kinds[i].type;
    return AE_IFREG;
}

static long long number(const json_t *entry, const char *name, long long otherwise)
{
    const json_t *value = json_object_get(entry, name);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static int write_entry(struct archive *archive, const json_t *given, const char *content, size_t size)
{
    const char *hardlink = json_string_value(json_object_get(given, "hardlink"));
    struct archive_entry *entry = archive_entry_new();
    unsigned type = kind_of(given);
    int result;

    archive_entry_set_pathname(entry, json_string_value(json_object_get(given, "name")));
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, (mode_t)number(given, "mode", type == AE_IFDIR ? 0755 : 0644));
    archive_entry_set_uid(entry, number(given, "uid", 0));
    archive_entry_set_gid(entry, number(given, "gid", 0));
    archive_entry_set_mtime(entry, (time_t)number(given, "mtime", 1000000000), 0);
    archive_entry_set_size(entry, type == AE_IFREG && !hardlink ? (la_int64_t)size : 0);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(entry, json_string_value(json_object_get(given, "link")));
    if (hardlink)
        archive_entry_set_hardlink(entry, hardlink);
    result = archive_write_header(archive, entry);
    if (result == ARCHIVE_OK && archive_entry_size(entry) > 0 &&
        archive_write_data(archive, content, size) < 0)
        result = ARCHIVE_FATAL;
    archive_entry_free(entry);
    return result;
}

static struct archive *writer_new(const char *compression)
{
    struct archive *archive = archive_write_new();

    archive_write_set_format_pax_restricted(archive);
    if (compression)
        archive_write_add_filter_by_name(archive, compression);
    archive_write_set_bytes_in_last_block(archive, 1);
    return archive;
}

static int write_all(struct archive *archive, const json_t *entries, const char *name, struct tar_bytes file)
{
    json_t *last = name ? json_pack("{s:s}", "name", name) : NULL;
    const json_t *entry;
    int result = ARCHIVE_OK;
    size_t i;

    json_array_foreach (entries, i, entry) {
        const char *content = json_string_value(json_object_get(entry, "content"));

        if (result == ARCHIVE_OK)
            result = write_entry(archive, entry, content, content ? strlen(content) : 0);
    }
    if (last && result == ARCHIVE_OK)
        result = write_entry(archive, last, file.bytes, file.size);
    json_decref(last);
    return result;
}

static struct tar_bytes tar_made(struct scene *s, const char *compression, json_t *entries, const char *name,
                                 struct tar_bytes file)
{
    size_t room = (1u << 20) + file.size, used = 0;
    struct archive *archive = writer_new(compression);
    char *bytes = scene_keep(s, malloc(room));
    int result = archive_write_open_memory(archive, bytes, room, &used);

    scene_keep_json(s, entries);
    if (result == ARCHIVE_OK)
        result = write_all(archive, entries, name, file);
    if (result != ARCHIVE_OK || archive_write_close(archive) != ARCHIVE_OK)
        case_fault(s, "an archive cannot be made: %s", archive_error_string(archive));
    archive_write_free(archive);
    return (struct tar_bytes){ bytes, used };
}

struct tar_bytes scene_tar(struct scene *s, const char *compression, json_t *entries)
{
    return tar_made(s, compression, entries, NULL, (struct tar_bytes){ 0 });
}

struct tar_bytes scene_tar_with(struct scene *s, json_t *entries, const char *name, struct tar_bytes file)
{
    return tar_made(s, NULL, entries, name, file);
}

struct exchange *when_put_archive(struct scene *s, const char *container, const char *query,
                                  struct tar_bytes tar)
{
    return when_sent(
        s, NULL,
        &(struct wire_request){ .method = "PUT",
                                .path = scene_printf(s, "/containers/%s/archive?%s", container, query),
                                .content_type = "application/x-tar",
                                .body = tar.bytes,
                                .body_size = tar.size },
        NULL);
}

void given_files(struct scene *s, const char *container, json_t *entries)
{
    struct exchange *x = when_put_archive(s, container, "path=/", scene_tar(s, NULL, entries));

    if (x->status != 200)
        case_blocked(s, "files cannot be put into a container: status %d", x->status);
}

const char *imported_labels(struct scene *s)
{
    return scene_printf(
        s, "changes=%s",
        url_encoded(s, scene_printf(s, "LABEL plimsoll.run=%s plimsoll.case=\"%s\" plimsoll.scene=\"%s\"",
                                    s->run, s->case_name, strchr(scene_label(s), '=') + 1)));
}

const char *given_imported(struct scene *s, const char *repository, const char *tag, json_t *entries)
{
    struct tar_bytes tar = scene_tar(s, NULL, entries);
    struct wire_request import = { .method = "POST",
                                   .path = scene_printf(s, "/images/create?fromSrc=-&repo=%s&tag=%s&%s",
                                                        repository, tag, imported_labels(s)),
                                   .content_type = "application/x-tar",
                                   .body = tar.bytes,
                                   .body_size = tar.size };
    const struct exchange *x = scene_send(s, SENT_BY_SCENE, NULL, &import, NULL);

    scene_need(s, x, 200, 0, "importing an image");
    x = scene_look(s, "/images/%s:%s/json", repository, tag);
    scene_need(s, x, 200, 0, "an image of one's own files");
    return scene_printf(s, "%s", json_string_value(json_object_get(x->json, "Id")));
}

/* -- told -- */

static json_t *content_of(struct archive *archive)
{
    char bytes[CONTENT_MAX];
    la_ssize_t n = archive_read_data(archive, bytes, sizeof bytes);
    json_t *text = n < 0 ? NULL : json_stringn(bytes, (size_t)n);

    return text ? text : json_null();
}

static json_t *entry_told(struct archive *archive, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry), *link = archive_entry_symlink(entry);
    const char *hardlink = archive_entry_hardlink(entry), *type = "unknown";
    json_t *ret = json_object();

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].type == archive_entry_filetype(entry) && kinds[i].type)
            type = kinds[i].name;
    json_object_set_new(ret, "name", json_string(name ? name : ""));
    json_object_set_new(ret, "type", json_string(hardlink ? "hardlink" : type));
    json_object_set_new(ret, "mode", json_integer(archive_entry_perm(entry)));
    json_object_set_new(ret, "uid", json_integer(archive_entry_uid(entry)));
    json_object_set_new(ret, "gid", json_integer(archive_entry_gid(entry)));
    json_object_set_new(ret, "size", json_integer(archive_entry_size(entry)));
    json_object_set_new(ret, "mtime", json_integer(archive_entry_mtime(entry)));
    if (link || hardlink)
        json_object_set_new(ret, "link", json_string(hardlink ? hardlink : link));
    if (!hardlink && archive_entry_filetype(entry) == AE_IFREG)
        json_object_set_new(ret, "content", content_of(archive));
    return ret;
}

json_t *archive_told(const char *bytes, size_t size)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), old = utf8 ? uselocale(utf8) : utf8;
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    json_t *ret = json_array();
    int result;

    archive_read_support_format_tar(archive);
    archive_read_support_format_empty(archive);
    result = archive_read_open_memory(archive, bytes, size);
    while (result == ARCHIVE_OK && json_array_size(ret) < ENTRIES_MAX &&
           ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || result == ARCHIVE_WARN)) {
        json_array_append_new(ret, entry_told(archive, entry));
        result = ARCHIVE_OK;
    }
    if (result != ARCHIVE_EOF) {
        json_decref(ret);
        ret = NULL;
    }
    archive_read_free(archive);
    if (utf8) {
        uselocale(old);
        freelocale(utf8);
    }
    return ret;
}

struct exchange *as_archive(struct exchange *x)
{
    json_decref(x->json);
    x->json = archive_told(x->body, x->size);
    return x;
}

/* The JSON document that the archive has under this name, or NULL. */
static json_t *member_of(const struct exchange *x, const char *name)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    json_t *ret = NULL;
    char *bytes = malloc(MEMBER_MAX);
    la_ssize_t n;

    archive_read_support_format_tar(archive);
    archive_read_open_memory(archive, x->body, x->size);
    while (!ret && archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
        const char *found = archive_entry_pathname(entry);

        if (!found || strcmp(found, name) != 0)
            continue;
        n = archive_read_data(archive, bytes, MEMBER_MAX);
        ret = n > 0 ? json_loadb(bytes, (size_t)n, 0, NULL) : NULL;
    }
    archive_read_free(archive);
    free(bytes);
    return ret;
}

struct exchange *as_saved_config(struct exchange *x)
{
    json_t *manifest = member_of(x, "manifest.json");
    const char *name = json_string_value(json_object_get(json_array_get(manifest, 0), "Config"));

    json_decref(x->json);
    x->json = name ? member_of(x, name) : NULL;
    json_decref(manifest);
    return x;
}

struct exchange *as_path_stat(struct exchange *x)
{
    const char *text = headers_find(&x->headers, "X-Docker-Container-Path-Stat");
    size_t length = text ? strlen(text) : 0, pad = length && text[length - 1] == '=';
    unsigned char *bytes;
    int n;

    json_decref(x->json);
    x->json = NULL;
    if (length < 4 || length > STAT_MAX)
        return x;
    pad += text[length - 2] == '=';
    bytes = malloc(length + 1);
    n = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);
    if (n > (int)pad)
        x->json = json_loadb((char *)bytes, (size_t)n - pad, 0, NULL);
    free(bytes);
    return x;
}
