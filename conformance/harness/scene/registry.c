/* scene/registry.c - see registry.h. What is said by stdin is obeyed in its order; "sync" tells that all of it is done. */
#include "harness/scene/registry.h"

#include "harness/scene/scene_inside.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYER_MAX (4u * 1024 * 1024)

struct registry {
    struct scene *s;
    struct stream *st;
    const char *host;
    unsigned syncs, contents;
};

/* --- the registry itself --- */

static bool takes_plain_http(struct scene *s)
{
    const json_t *cidr;
    size_t i;

    json_array_foreach (json_at(s->facts->info, "RegistryConfig.InsecureRegistryCIDRs"), i, cidr) {
        const char *text = json_string_value(cidr);
        if (text && strcmp(text, "127.0.0.0/8") == 0)
            return true;
    }
    return false;
}

static const char *ready_port(struct registry *g)
{
    const char *out, *port;

    if (!stream_wait_for(g->st, "ready "))
        case_blocked(g->s, "a registry: its container does not say that it is ready");
    for (;;) {
        out = stream_stdout(g->st);
        port = strstr(out, "ready ") + strlen("ready ");
        if (strchr(port, '\n'))
            return scene_printf(g->s, "%.*s", (int)strcspn(port, "\n"), port);
        if (!stream_wait_for(g->st, "\n"))
            case_blocked(g->s, "a registry: it says no port");
    }
}

struct registry *given_registry(struct scene *s)
{
    struct registry *g = scene_keep(s, calloc(1, sizeof *g));
    const char *id;

    if (!takes_plain_http(s))
        case_blocked(s, "a registry: the engine does not say that it takes plain HTTP from 127.0.0.0/8");
    id = given_created(s, with(with(a_container("echoer"), "Cmd", "['/bin/probe', 'registry', '0']"),
                               "HostConfig.NetworkMode", "'host'"));
    g->s = s;
    g->st = when_attach(s, id, "stream=1&stdin=1&stdout=1&stderr=1");
    scene_need(s, stream_answer(g->st), 101, 200, "attaching to the registry");
    scene_need(s, scene_ask(s, "POST", NULL, "/containers/%s/start", id), 204, 0, "a registry that runs");
    g->host = scene_printf(s, "127.0.0.1:%s", ready_port(g));
    return g;
}

const char *registry_host(const struct registry *g)
{
    return g->host;
}

static void say(struct registry *g, const void *data, size_t size)
{
    if (!stream_write(g->st, data, size))
        case_blocked(g->s, "the registry does not take what it is told");
}

static void say_line(struct registry *g, const char *line)
{
    say(g, line, strlen(line));
    say(g, "\n", 1);
}

static void sync_with(struct registry *g)
{
    const char *word = scene_printf(g->s, "%u.", ++g->syncs);

    say_line(g, scene_printf(g->s, "sync %s", word));
    if (!stream_wait_for(g->st, scene_printf(g->s, "synced %s\n", word)))
        case_blocked(g->s, "the registry does not answer");
}

/* --- what it holds --- */

static const char *digest_text(struct scene *s, const void *data, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    char hex[65];

    EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL);
    for (unsigned i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return scene_printf(s, "sha256:%s", hex);
}

static const char *put_blob(struct registry *g, const char *path, const void *data, size_t size)
{
    say_line(g, scene_printf(g->s, "blob %s %zu", path, size));
    say(g, data, size);
    return digest_text(g->s, data, size);
}

const char *given_manifest_text(struct registry *g, const char *path, const char *tag, const char *type,
                                const char *text)
{
    say_line(g, scene_printf(g->s, "manifest %s %s %s %zu", path, tag ? tag : "-", type, strlen(text)));
    say(g, text, strlen(text));
    sync_with(g);
    return digest_text(g->s, text, strlen(text));
}

const char *given_manifest(struct registry *g, const char *path, const char *tag, const char *type,
                           json_t *manifest)
{
    char *text = scene_keep(g->s, json_dumps(manifest, JSON_COMPACT));

    json_decref(manifest);
    return given_manifest_text(g, path, tag, type, text);
}

struct bytes {
    char *data;
    size_t size;
};

static void write_entry(struct archive *a, const char *name, const char *data, size_t size)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_entry_set_mtime(entry, 1000000000, 0);
    archive_write_header(a, entry);
    archive_write_data(a, data, size);
    archive_entry_free(entry);
}

/* A tar of the file /mark, or what `plain` has through a filter. */
static struct bytes archived(struct scene *s, const char *content, const struct bytes *plain,
                             const char *compression)
{
    struct archive *a = archive_write_new();
    struct bytes ret = { scene_keep(s, malloc(LAYER_MAX)), 0 };

    if (plain)
        archive_write_set_format_raw(a);
    else
        archive_write_set_format_ustar(a);
    if (strcmp(compression, "gzip") == 0)
        archive_write_add_filter_gzip(a);
    else if (strcmp(compression, "zstd") == 0)
        archive_write_add_filter_zstd(a);
    archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
    archive_write_set_bytes_in_last_block(a, 1);
    archive_write_open_memory(a, ret.data, LAYER_MAX, &ret.size);
    if (plain)
        write_entry(a, "data", plain->data, plain->size);
    else
        write_entry(a, "mark", content, strlen(content));
    if (archive_write_close(a) != ARCHIVE_OK)
        case_fault(s, "a layer cannot be made: %s", archive_error_string(a));
    archive_write_free(a);
    return ret;
}

/* The one layer of the fixture. */
static struct bytes probe_layer(struct scene *s)
{
    struct archive *a = archive_read_new();
    struct archive_entry *entry;
    struct bytes ret = { NULL, 0 };

    archive_read_support_format_tar(a);
    archive_read_open_filename(a, scene_fixture(s, "images/probe-classic.tar"), 65536);
    while (!ret.data && archive_read_next_header(a, &entry) == ARCHIVE_OK)
        if (strstr(archive_entry_pathname(entry), "layer.tar")) {
            ret.size = (size_t)archive_entry_size(entry);
            ret.data = scene_keep(s, malloc(ret.size + 1));
            if (archive_read_data(a, ret.data, ret.size) != (la_ssize_t)ret.size)
                ret.size = 0;
        }
    archive_read_free(a);
    if (!ret.size)
        case_blocked(s, "the probe's layer is not in its archive");
    return ret;
}

static const char *layer_type(const struct holding *what)
{
    const char *compression = what->compression ? what->compression : "gzip";

    if (strcmp(compression, "zstd") == 0)
        return "application/vnd.oci.image.layer.v1.tar+zstd";
    if (what->oci)
        return *compression ? "application/vnd.oci.image.layer.v1.tar+gzip"
                            : "application/vnd.oci.image.layer.v1.tar";
    return *compression ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
                        : "application/vnd.docker.image.rootfs.diff.tar";
}

/* Adds the layer to the config's and the manifest's. */
static void hold_layer(struct registry *g, const struct holding *what, const struct bytes *plain,
                       json_t *diff_ids, json_t *layers, struct held *ret)
{
    struct bytes packed = archived(g->s, NULL, plain, what->compression ? what->compression : "gzip");

    ret->diff_id = digest_text(g->s, plain->data, plain->size);
    ret->layer_size = packed.size;
    ret->layer = put_blob(g, ret->path, packed.data, packed.size);
    json_array_append_new(diff_ids, json_string(ret->diff_id));
    json_array_append_new(layers, json_pack("{s:s, s:I, s:s}", "mediaType", layer_type(what), "size",
                                            (json_int_t)packed.size, "digest", ret->layer));
}

static void hold_layers(struct registry *g, const struct holding *what, json_t *diff_ids, json_t *layers,
                        struct held *ret)
{
    const char *content = what->content
                              ? what->content
                              : scene_printf(g->s, "%s %s %u", g->s->run, g->s->case_name, ++g->contents);
    struct bytes plain;

    if (what->below) {
        plain = archived(g->s, what->below, NULL, "");
        hold_layer(g, what, &plain, diff_ids, layers, ret);
    }
    plain = what->probe ? probe_layer(g->s) : archived(g->s, content, NULL, "");
    hold_layer(g, what, &plain, diff_ids, layers, ret);
}

static const char *machine_of(struct scene *s)
{
    const json_t *version = given_get(s, "/version");
    const char *arch = json_string_value(json_object_get(version, "Arch"));

    return arch ? arch : "amd64";
}

static json_t *image_config(struct registry *g, const struct holding *what, json_t *diff_ids)
{
    struct scene *s = g->s;
    json_t *inner = json_of("{'Cmd': ['/bin/probe', 'true'], 'Labels': {'plimsoll.run': '%s', "
                            "'plimsoll.case': '%s', 'plimsoll.scene': "
                            "'%s', 'plimsoll.number': '%u'}}",
                            s->run, s->case_name, strchr(scene_label(s), '=') + 1, ++s->inside->next_number);
    json_t *ret = json_pack("{s:s, s:s, s:o, s:s, s:{s:s, s:o}}", "architecture", machine_of(s), "os",
                            "linux", "config", inner, "created", "2001-09-09T01:46:40Z", "rootfs", "type",
                            "layers", "diff_ids", diff_ids);
    json_t *value;
    const char *key;

    json_object_foreach (what->config, key, value)
        json_object_set(*key == '/' ? ret : inner, *key == '/' ? key + 1 : key, value);
    json_decref(what->config);
    return ret;
}

const struct held *given_held(struct registry *g, struct holding what)
{
    struct held *ret = scene_keep(g->s, calloc(1, sizeof *ret));
    json_t *diff_ids = json_array(), *layers = json_array(), *config;
    char *text;

    ret->path = what.path ? what.path : strchr(scene_unique_repository(g->s, "p"), '/') + 1;
    ret->name = scene_printf(g->s, "%s/%s", g->host, ret->path);
    ret->tag = what.tag ? what.tag : "1";
    ret->type = what.oci ? OCI_MANIFEST : DOCKER_MANIFEST;
    hold_layers(g, &what, diff_ids, layers, ret);
    config = image_config(g, &what, diff_ids);
    text = scene_keep(g->s, json_dumps(config, JSON_COMPACT));
    json_decref(config);
    ret->id = put_blob(g, ret->path, text, strlen(text));
    config = json_pack("{s:i, s:s, s:{s:s, s:I, s:s}, s:o}", "schemaVersion", 2, "mediaType", ret->type,
                       "config", "mediaType",
                       what.oci ? "application/vnd.oci.image.config.v1+json"
                                : "application/vnd.docker.container.image.v1+json",
                       "size", (json_int_t)strlen(text), "digest", ret->id, "layers", layers);
    ret->manifest = text = scene_keep(g->s, json_dumps(config, JSON_COMPACT));
    json_decref(config);
    ret->size = strlen(text);
    ret->digest = given_manifest_text(g, ret->path, ret->tag, ret->type, text);
    return ret;
}

json_t *entry_of(const struct held *image, const char *platform_json)
{
    return json_pack("{s:s, s:I, s:s, s:o}", "mediaType", image->type, "size", (json_int_t)image->size,
                     "digest", image->digest, "platform", json_loads(platform_json, 0, NULL));
}

static const char *vline(struct registry *g, const char *lead, const char *format, va_list args)
{
    return scene_printf(g->s, "%s%s", lead, scene_vprintf(g->s, format, args));
}

void given_auth(struct registry *g, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_line(g, vline(g, "auth ", format, args));
    va_end(args);
    sync_with(g);
}

void given_fault(struct registry *g, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_line(g, vline(g, "fault ", format, args));
    va_end(args);
    sync_with(g);
}

const char *archive_of_probe(struct scene *s, const char *compression)
{
    struct bytes plain = probe_layer(s), packed = archived(s, NULL, &plain, compression);
    char path[] = "/tmp/plimsoll-files-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");

    if (!file || fwrite(packed.data, 1, packed.size, file) != packed.size || fclose(file) != 0)
        case_blocked(s, "an archive of files: it cannot be written");
    json_array_append_new(s->inside->temporary, json_string(path));
    return scene_printf(s, "%s", path);
}

/* --- what it was asked --- */

const char *registry_log(struct registry *g)
{
    sync_with(g);
    return stream_stdout(g->st);
}

int registry_requests(struct registry *g, const char *format, ...)
{
    const char *begin, *log = registry_log(g);
    va_list args;
    int ret = 0;

    va_start(args, format);
    begin = vline(g, "\nrequest ", format, args);
    va_end(args);
    for (const char *p = strstr(log, begin); p; p = strstr(p + 1, begin))
        ret++;
    return ret;
}

const json_t *registry_shown(struct registry *g, const char *path, const char *reference)
{
    const char *out, *at = NULL;
    json_t *ret;

    say_line(g, scene_printf(g->s, "show %s %s", path, reference));
    sync_with(g);
    out = stream_stdout(g->st);
    for (const char *p = strstr(out, "\nshown "); p; p = strstr(p + 1, "\nshown "))
        at = p;
    at = at ? strchr(at + 1, '\n') : NULL;
    ret = at ? json_loads(at + 1, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    return ret ? scene_keep_json(g->s, ret) : NULL;
}

/* --- requests --- */

const char *base64_url(struct scene *s, const char *text)
{
    size_t n = strlen(text);
    char *ret = scene_keep(s, calloc(1, (n + 2) / 3 * 4 + 1));

    EVP_EncodeBlock((unsigned char *)ret, (const unsigned char *)text, (int)n);
    for (char *p = ret; *p; p++)
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    return ret;
}

const char *registry_auth(struct scene *s, const char *template, ...)
{
    json_t *json;
    va_list args;
    char *text;

    va_start(args, template);
    json = json_from_template(template, args);
    va_end(args);
    text = scene_keep(s, json_dumps(json, JSON_COMPACT));
    json_decref(json);
    return base64_url(s, text);
}

static struct exchange *post_with(struct scene *s, const char *auth, const char *path)
{
    const char *headers[] = { auth ? scene_printf(s, "X-Registry-Auth: %s", auth) : NULL, NULL };
    struct wire_request request = { .method = "POST", .path = path, .headers = headers };

    return when_sent(s, NULL, &request, NULL);
}

struct exchange *when_pull(struct scene *s, const char *auth, const char *format, ...)
{
    const char *query;
    va_list args;

    va_start(args, format);
    query = scene_vprintf(s, format, args);
    va_end(args);
    return post_with(s, auth, scene_printf(s, "/images/create?%s", query));
}

struct exchange *when_push(struct scene *s, const char *auth, const char *name, const char *query)
{
    return post_with(s, auth ? auth : base64_url(s, "{}"),
                     scene_printf(s, "/images/%s/push%s%s", name, *query ? "?" : "", query));
}

/* --- progress streams --- */

static const json_t *messages(struct exchange *x)
{
    json_t *values = exchange_values(x);

    return values ? scene_keep_json(scene_current(), values) : NULL;
}

const json_t *message_of(struct exchange *x, const char *template, ...)
{
    const json_t *values = messages(x), *value, *found = NULL;
    json_t *wanted;
    va_list args;
    size_t i;

    va_start(args, template);
    wanted = json_from_template(template, args);
    va_end(args);
    if (!wanted)
        case_fault(scene_current(), "not JSON: %s", template);
    json_array_foreach (values, i, value)
        if (!found && json_covers(value, wanted))
            found = value;
    json_decref(wanted);
    return found;
}

const json_t *last_message(struct exchange *x)
{
    const json_t *values = messages(x);

    return json_array_size(values) ? json_array_get(values, json_array_size(values) - 1) : NULL;
}

static bool says(struct exchange *x, const char *member, const char *part)
{
    const json_t *values = messages(x), *value;
    size_t i;

    json_array_foreach (values, i, value) {
        const char *text = json_string_value(json_at(value, member));
        if (text && strstr(text, part))
            return true;
    }
    return false;
}

bool says_status(struct exchange *x, const char *part)
{
    return says(x, "status", part);
}

bool says_error(struct exchange *x, const char *part)
{
    return says(x, "error", part) && says(x, "errorDetail.message", part);
}

const char *short_digest(struct scene *s, const char *digest)
{
    return scene_printf(s, "%.12s", digest + strlen("sha256:"));
}
