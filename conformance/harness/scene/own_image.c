/* scene/own_image.c - an image of one's own, made of a fixture.
 *
 * Two runs may work on one engine at once, and cases run in parallel; whoever removes or retags an image that
 * others use breaks them. So nobody uses the fixture itself: each run, and each case that is about images,
 * gets a copy with the same layers and a configuration that carries its labels. The labels make it another
 * image (its id is the digest of that configuration) and let the sweep find it.
 *
 * The archive is in the form that "docker save" wrote before OCI layouts (manifest.json, CONFIG.json,
 * layer.tar), which every engine reads. The fixtures are small, so that everything is held in memory. */
#include "harness/scene/json.h"
#include "harness/scene/scene_inside.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIXTURE_MAX (64u * 1024 * 1024)

struct member {
    char *name;
    char *data;
    size_t size;
};

struct members {
    struct member *list;
    size_t count;
};

static void members_clear(struct members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        free(members->list[i].name);
        free(members->list[i].data);
    }
    free(members->list);
    *members = (struct members){ 0 };
}

static int add_member(struct members *members, struct archive *archive, struct archive_entry *entry)
{
    size_t size = (size_t)archive_entry_size(entry);
    struct member *list = realloc(members->list, (members->count + 1) * sizeof *list), member = { 0 };

    if (!list)
        return -1;
    members->list = list;
    if (size > FIXTURE_MAX || !(member.data = malloc(size + 1)))
        return -1;
    member.name = strdup(archive_entry_pathname(entry));
    member.size = size;
    list[members->count++] = member;
    return archive_read_data(archive, member.data, size) == (la_ssize_t)size ? 0 : -1;
}

static int read_members(const char *path, struct members *ret)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    int result;

    archive_read_support_format_tar(archive);
    archive_read_support_filter_all(archive);
    result = archive_read_open_filename(archive, path, 64 * 1024);
    while (result == ARCHIVE_OK && archive_read_next_header(archive, &entry) == ARCHIVE_OK)
        if (archive_entry_filetype(entry) == AE_IFREG && add_member(ret, archive, entry) < 0)
            result = ARCHIVE_FATAL;
    archive_read_free(archive);
    return result == ARCHIVE_OK ? 0 : -1;
}

static const struct member *find(const struct members *members, const char *name)
{
    for (size_t i = 0; name && i < members->count; i++)
        if (strcmp(members->list[i].name, name) == 0)
            return &members->list[i];
    return NULL;
}

static json_t *member_json(const struct members *members, const char *name)
{
    const struct member *member = find(members, name);

    return member ? json_loadb(member->data, member->size, 0, NULL) : NULL;
}

static void sha256_hex(const void *data, size_t size, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL);
    for (unsigned i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static void merge_config(json_t *image, const json_t *config, const json_t *labels)
{
    json_t *inner = json_object_get(image, "config"), *all, *value;
    const char *key;

    if (!json_is_object(inner)) {
        inner = json_object();
        json_object_set_new(image, "config", inner);
    }
    json_object_foreach ((json_t *)config, key, value)
        json_object_set(key[0] == '/' ? image : inner, key[0] == '/' ? key + 1 : key, value);
    all = json_object_get(inner, "Labels");
    if (!json_is_object(all)) {
        all = json_object();
        json_object_set_new(inner, "Labels", all);
    }
    json_object_update(all, (json_t *)labels);
}

static void write_member(struct archive *archive, const char *name, const void *data, size_t size)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_entry_set_mtime(entry, 1000000000, 0);
    archive_write_header(archive, entry);
    archive_write_data(archive, data, size);
    archive_entry_free(entry);
}

/* Each layer once, under a folder of its own; `layers` gets the names. */
static int write_layers(struct archive *archive, const struct members *members, const json_t *manifest,
                        json_t *layers)
{
    const json_t *name;
    size_t i;

    json_array_foreach (json_object_get(manifest, "Layers"), i, name) {
        const struct member *layer = find(members, json_string_value(name));
        char digest[65], path[96];
        if (!layer)
            return -1;
        sha256_hex(layer->data, layer->size, digest);
        snprintf(path, sizeof path, "%s/layer.tar", digest);
        if (json_array_size(layers) == 0 ||
            strcmp(path, json_string_value(json_array_get(layers, i - 1))) != 0)
            write_member(archive, path, layer->data, layer->size);
        json_array_append_new(layers, json_string(path));
    }
    return 0;
}

static int write_image(struct archive *archive, const struct members *members, const json_t *manifest,
                       const json_t *image, const char *tag)
{
    json_t *layers = json_array(), *tags = json_array();
    char *config = json_dumps(image, JSON_COMPACT), *list, digest[65], config_name[80];
    json_t *whole;
    int result = write_layers(archive, members, manifest, layers);

    sha256_hex(config, strlen(config), digest);
    snprintf(config_name, sizeof config_name, "%s.json", digest);
    write_member(archive, config_name, config, strlen(config));
    if (tag)
        json_array_append_new(tags, json_string(tag));
    whole = json_pack("[{s:s, s:o, s:o}]", "Config", config_name, "RepoTags", tags, "Layers", layers);
    list = json_dumps(whole, JSON_COMPACT);
    write_member(archive, "manifest.json", list, strlen(list));
    json_decref(whole);
    free(list);
    free(config);
    return result;
}

static char *temporary_file(int *fd)
{
    const char *folder = getenv("TMPDIR");
    char path[512];

    snprintf(path, sizeof path, "%s/plimsoll-image-XXXXXX", folder && *folder ? folder : "/tmp");
    *fd = mkstemp(path);
    return *fd < 0 ? NULL : strdup(path);
}

static char *write_archive(const struct members *members, const json_t *manifest, const json_t *image,
                           const char *tag)
{
    int fd, result;
    char *path = temporary_file(&fd);
    struct archive *archive = archive_write_new();

    if (!path) {
        archive_write_free(archive);
        return NULL;
    }
    archive_write_set_format_ustar(archive);
    archive_write_open_fd(archive, fd);
    result = write_image(archive, members, manifest, image, tag);
    if (archive_write_close(archive) != ARCHIVE_OK)
        result = -1;
    archive_write_free(archive);
    close(fd);
    if (result == 0)
        return path;
    unlink(path);
    free(path);
    return NULL;
}

char *image_archive_derive(const char *from, const char *tag, const json_t *config, const json_t *labels,
                           char *why, size_t why_size)
{
    struct members members = { 0 };
    json_t *manifests = NULL, *image = NULL;
    const json_t *manifest;
    char *ret = NULL;

    if (read_members(from, &members) == 0)
        manifests = member_json(&members, "manifest.json");
    manifest = json_array_get(manifests, 0);
    image = member_json(&members, json_string_value(json_object_get(manifest, "Config")));
    if (image) {
        merge_config(image, config, labels);
        ret = write_archive(&members, manifest, image, tag);
    }
    if (!ret)
        snprintf(why, why_size, "the fixture %s cannot be made into an image: %s", from,
                 image ? "writing failed" : "no docker save archive");
    json_decref(manifests);
    json_decref(image);
    members_clear(&members);
    return ret;
}

/* An archive of the format "raw" is nothing but its one entry: this is how libarchive runs a filter alone. */
static void write_compressed(int fd, const char *data, size_t size)
{
    struct archive *archive = archive_write_new();

    archive_write_add_filter_gzip(archive);
    archive_write_set_format_raw(archive);
    archive_write_open_fd(archive, fd);
    write_member(archive, "data", data, size);
    archive_write_close(archive);
    archive_write_free(archive);
}

static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *ret = file ? malloc(FIXTURE_MAX) : NULL;

    *size = ret ? fread(ret, 1, FIXTURE_MAX, file) : 0;
    if (file)
        fclose(file);
    return ret;
}

char *file_compress(const char *from, char *why, size_t why_size)
{
    size_t size;
    int fd;
    char *data = read_whole(from, &size), *path = data ? temporary_file(&fd) : NULL;

    if (path) {
        write_compressed(fd, data, size);
        close(fd);
    } else {
        snprintf(why, why_size, "%s cannot be compressed: %s", from, strerror(errno));
    }
    free(data);
    return path;
}

void run_image_name(const char *run_id, const char *fixture, char *text, size_t size)
{
    snprintf(text, size, "plimsoll/run-%s/%s:1", run_id, fixture);
}

char *run_image_archive(const struct case_context *context, const char *fixture, char *why, size_t why_size)
{
    char from[1024], name[128];
    json_t *labels = json_object();
    char *ret;

    json_object_set_new(labels, "plimsoll.run", json_string(context->run_id));
    snprintf(from, sizeof from, "%s/images/%s.tar", context->fixtures_dir, fixture);
    run_image_name(context->run_id, fixture, name, sizeof name);
    ret = image_archive_derive(from, name, NULL, labels, why, why_size);
    json_decref(labels);
    return ret;
}
