/* image/layer.c - one layer on disk.
 *
 *     layers/<chain id>/diff/          what overlayfs shows
 *                       layer.tar.zst  the tar that it came as
 *                       layer.json     {"DiffID", "Size", "TarSize"}
 *
 * A layer's digest covers each byte of its tar, so that it cannot be made again from the tree: headers, padding and order of
 * entries would differ. To save an image that another engine takes for the same one, the tar is kept. zstd at its quickest level
 * costs less time than the disk writes that it saves, and about a third of the layer's size. */
#include "image/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/stream.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

DEFINE_SCOPED(struct digest *, digest_free)
DEFINE_SCOPED(struct inflater *, inflater_free)
DEFINE_SCOPED(struct deflater *, deflater_free)
DEFINE_SCOPED(struct layer *, layer_free)

#define TAR_NAME    "layer.tar.zst"
#define RECORD_NAME "layer.json"

void chain_id(const char *parent, const char *diff_id, char ret[DIGEST_LENGTH + 1])
{
    scoped_free char *both = NULL;

    if (!*parent) {
        memcpy(ret, diff_id, DIGEST_LENGTH + 1);
        return;
    }
    both = xasprintf("%s %s", parent, diff_id);
    digest_of(both, strlen(both), ret);
}

char *layer_dir(const struct image_store *s, const struct layer *l)
{
    return l->staged ? xstrdup(l->staged) : xasprintf("%s/layers/%s", s->root, digest_hex(l->chain));
}

int layer_read(struct image_store *s, const char *chain, struct layer **ret, struct error *err)
{
    scoped_free char *path = xasprintf("%s/layers/%s/" RECORD_NAME, s->root, digest_hex(chain));
    scoped(json_decref) json_t *record = NULL;
    scoped(layer_free) struct layer *l = new_zeroed(struct layer);
    const char *diff_id;

    if (json_read_file(path, &record, err) < 0)
        return -1;
    diff_id = json_str_at(record, "DiffID", "");
    if (!digest_is_valid(diff_id))
        return error_set(err, ERR_INVALID, "'%s' names no layer", path);
    memcpy(l->chain, chain, DIGEST_LENGTH + 1);
    memcpy(l->diff_id, diff_id, DIGEST_LENGTH + 1);
    l->size = json_int_at(record, "Size", 0);
    l->tar_size = json_int_at(record, "TarSize", 0);
    *ret = take_ptr(&l);
    return 0;
}

/* Plain bytes pass by: hashed, kept, and on to the unpacking. */
struct passage {
    struct inflater *from;
    struct digest *digest;
    struct deflater *keep;
    int64_t bytes;
};

static ssize_t passage_read(void *user, void *bytes, size_t n, struct error *err)
{
    struct passage *p = user;
    ssize_t got = inflater_read(p->from, bytes, n, err);

    if (got <= 0)
        return got;
    digest_add(p->digest, bytes, (size_t)got);
    p->bytes += got;
    return deflater_write(p->keep, bytes, (size_t)got, err) < 0 ? -1 : got;
}

/* What follows a tar's end belongs to the digest too. */
static int passage_drain(struct passage *p, struct error *err)
{
    char bytes[16384];
    ssize_t n;

    while ((n = passage_read(p, bytes, sizeof(bytes), err)) > 0)
        ;
    return (int)n;
}

static int write_to_fd(void *user, const void *bytes, size_t n, struct error *err)
{
    return fd_write_all(*(int *)user, bytes, n, err);
}

static ssize_t read_from_fd(void *user, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    do
        got = read(*(int *)user, bytes, n);
    while (got < 0 && errno == EINTR);
    return got < 0 ? error_errno(err, "read") : got;
}

static int write_record(const char *dir, const struct layer *l, struct error *err)
{
    scoped_free char *path = path_join(dir, RECORD_NAME);
    scoped(json_decref) json_t *record = json_object();

    json_put_str(record, "DiffID", l->diff_id);
    json_put(record, "Size", json_integer(l->size));
    json_put(record, "TarSize", json_integer(l->tar_size));
    return json_write_file(path, record, err);
}

static int unpack_diff(const char *dir, struct passage *p, struct layer *l, struct error *err)
{
    scoped_free char *diff = path_join(dir, "diff");
    struct tar_unpack how = { .root = diff, .layer = true, .keep_owner = true };

    if (mkdir(diff, 0755) < 0 || chmod(diff, 0755) < 0)
        return error_errno(err, "create '%s'", diff);
    if (tar_unpack(&how, passage_read, p, &l->size, err) < 0 || passage_drain(p, err) < 0)
        return -1;
    l->tar_size = p->bytes;
    return deflater_end(p->keep, err);
}

int layer_stage(const char *dir, const char *chain, tar_source source, void *user, struct layer **ret,
                struct error *err)
{
    scoped(inflater_free) struct inflater *from = inflater_new(source, user);
    scoped(digest_free) struct digest *digest = digest_new();
    scoped_free char *tar = path_join(dir, TAR_NAME);
    scoped_close int fd = -1;
    scoped(deflater_free) struct deflater *keep = NULL; /* goes before `fd` does */
    scoped(layer_free) struct layer *l = new_zeroed(struct layer);
    struct passage p = { .from = from, .digest = digest };

    if (mkdir(dir, 0700) < 0)
        return error_errno(err, "create '%s'", dir);
    fd = open(tar, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, "create '%s'", tar);
    p.keep = keep = deflater_new(write_to_fd, &fd);
    if (unpack_diff(dir, &p, l, err) < 0)
        return -1;
    digest_end(digest, l->diff_id);
    memcpy(l->chain, chain, DIGEST_LENGTH + 1);
    if (write_record(dir, l, err) < 0)
        return -1;
    l->refs = 1;
    l->staged = xstrdup(dir);
    *ret = take_ptr(&l);
    return 0;
}

/* Tar bytes on their way out of a tree: hashed and kept. */
static int passage_write(void *user, const void *bytes, size_t n, struct error *err)
{
    struct passage *p = user;

    digest_add(p->digest, bytes, n);
    p->bytes += (int64_t)n;
    return deflater_write(p->keep, bytes, n, err);
}

static int pack_tree(const char *upper, int fd, struct layer *l, struct error *err)
{
    scoped(digest_free) struct digest *digest = digest_new();
    scoped(deflater_free) struct deflater *keep = deflater_new(write_to_fd, &fd);
    struct passage p = { .digest = digest, .keep = keep };
    struct tar_pack what = { .root = upper, .path = "/", .layer = true };

    if (tar_pack(&what, passage_write, &p, err) < 0 || deflater_end(keep, err) < 0)
        return -1;
    digest_end(digest, l->diff_id);
    l->tar_size = p.bytes;
    return 0;
}

/* From the tar and not from the tree: what is kept and what is shown cannot differ. */
static int unpack_kept(const char *dir, int fd, struct layer *l, struct error *err)
{
    scoped_free char *diff = path_join(dir, "diff");
    struct tar_unpack how = { .root = diff, .layer = true, .keep_owner = true };

    if (mkdir(diff, 0755) < 0 || chmod(diff, 0755) < 0)
        return error_errno(err, "create '%s'", diff);
    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_errno(err, "seek");
    return tar_unpack(&how, read_from_fd, &fd, &l->size, err);
}

int layer_stage_tree(const char *dir, const char *below, const char *upper, struct layer **ret,
                     struct error *err)
{
    scoped_free char *tar = path_join(dir, TAR_NAME);
    scoped_close int fd = -1;
    scoped(layer_free) struct layer *l = new_zeroed(struct layer);

    if (mkdir(dir, 0700) < 0)
        return error_errno(err, "create '%s'", dir);
    fd = open(tar, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, "create '%s'", tar);
    if (pack_tree(upper, fd, l, err) < 0 || unpack_kept(dir, fd, l, err) < 0)
        return -1;
    chain_id(below, l->diff_id, l->chain);
    if (write_record(dir, l, err) < 0)
        return -1;
    l->refs = 1;
    l->staged = xstrdup(dir);
    *ret = take_ptr(&l);
    return 0;
}

int layer_commit(struct image_store *s, struct layer *l, struct error *err)
{
    scoped_free char *to = xasprintf("%s/layers/%s", s->root, digest_hex(l->chain));

    if (rename(l->staged, to) < 0)
        return error_errno(err, "rename '%s' to '%s'", l->staged, to);
    free(l->staged);
    l->staged = NULL;
    return 0;
}

void layer_release(struct image_store *s, struct layer *l)
{
    scoped_free char *dir = NULL, *tmp = NULL;

    if (--l->refs > 0)
        return;
    if (!l->staged) {
        dir = layer_dir(s, l);
        tmp = xasprintf("%s/tmp/layer-%s", s->root, digest_hex(l->chain));
        map_remove(s->layers, l->chain);
        if (rename(dir, tmp) == 0) /* in one step; what is left after a crash goes at open */
            tree_remove(tmp, NULL);
    }
    layer_free(l);
}

struct layer *layer_free(struct layer *l)
{
    if (l)
        free(l->staged);
    free(l);
    return NULL;
}

int layer_read_tar(const struct image_store *s, const struct layer *l, tar_sink sink, void *user,
                   struct error *err)
{
    scoped_free char *dir = layer_dir(s, l), *path = path_join(dir, TAR_NAME);
    scoped_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    scoped(inflater_free) struct inflater *i = inflater_new(read_from_fd, &fd);
    char bytes[32768];
    ssize_t n;

    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    while ((n = inflater_read(i, bytes, sizeof(bytes), err)) > 0)
        if (sink(user, bytes, (size_t)n, err) < 0)
            return -1;
    return (int)n;
}
