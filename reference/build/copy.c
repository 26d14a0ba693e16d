/* build/copy.c - COPY, ADD and WORKDIR: what writes into the image's tree without a container.
 *
 *     sources (context, stage or image) -> digest of what they hold -> known already? else: tree mounted, copied into, a layer of it
 *
 * A copy is a tar that is packed in one thread and unpacked in this one: so it keeps what a layer keeps, follows no link out of
 * either tree, and needs no memory for what it copies. */
#include "build/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/glob.h"
#include "archive/stream.h"
#include "base/fd.h"
#include "base/resolve.h"
#include "container/overlay.h"

DEFINE_SCOPED(struct digest *, digest_free)
DEFINE_SCOPED(struct inflater *, inflater_free)

#define SOURCES_MAX 10000
#define TAR_BLOCK   512

struct source {
    const char *root; /* where it lies */
    char *path;       /* in there, links resolved; "" is the root itself */
    char *name;       /* what it is called where it goes to */
    bool is_dir, fetched;
};

struct copy {
    struct build *b;
    const struct instruction *i;
    const char *from; /* the flag; NULL: the context */
    struct view view; /* of an image that is copied from */
    const char *root; /* where sources lie, but those from the network */
    char *fetched;    /* where those lie; NULL: there is none */
    struct source *sources;
    size_t count;
    const char *dest; /* as in the image, absolute */
    char *dest_text;
    bool into; /* it is a directory, whether there is one or not */
    bool keep_owner;
    uid_t uid;
    gid_t gid;
};

/* -- sources -- */

static int not_there(const struct copy *c, const char *path, struct error *err)
{
    return error_set(err, ERR_INVALID,
                     c->from
                         ? "%s failed: stat %s: file does not exist"
                         : "%s failed: file not found in build context or excluded by .dockerignore: stat "
                           "%s: file does not exist",
                     c->i->name, path);
}

/* "../a" to an error, "/a/./b" to "a/b", "." to "". */
static int clean_source(const struct copy *c, const char *path, char **ret, struct error *err)
{
    scoped_free char *clean = NULL;

    while (*path == '/')
        path++;
    clean = path_clean(*path ? path : ".");
    if (str_eq(clean, "..") || str_starts(clean, "../"))
        return error_set(err, ERR_INVALID, "%s failed: forbidden path outside the build context: %s ()",
                         c->i->name, path);
    *ret = str_eq(clean, ".") ? xstrdup("") : take_ptr(&clean);
    return 0;
}

/* Takes the texts of it. */
static int put_source(struct copy *c, struct source s, struct error *err)
{
    if (c->count == SOURCES_MAX) {
        free(s.path);
        free(s.name);
        return error_set(err, ERR_TOO_LARGE, "%s failed: too many sources", c->i->name);
    }
    if (c->count % 64 == 0)
        c->sources = xreallocarray(c->sources, c->count + 64, sizeof(*c->sources));
    c->sources[c->count++] = s;
    return 0;
}

static int add_source(struct copy *c, int root, const char *path, struct error *err)
{
    char link[40], real[PATH_MAX], base[PATH_MAX];
    scoped_close int fd = open_in_root(root, *path ? path : ".", O_PATH, 0, NULL);
    ssize_t n, m;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return not_there(c, path, err);
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "%s failed: %s is neither a file nor a directory", c->i->name,
                         path);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, real, sizeof(real) - 1);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", root);
    m = readlink(link, base, sizeof(base) - 1);
    if (n < 0 || m < 0 || n < m)
        return error_errno(err, "resolve '%s'", path);
    real[n] = '\0';
    return put_source(c,
                      (struct source){ .root = c->root,
                                       .path = xstrdup(real + m + (real[m] == '/')),
                                       .name = xstrdup(path_base(path)),
                                       .is_dir = S_ISDIR(st.st_mode) },
                      err);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void fts_release(FTS *walk)
{
    fts_close(walk);
}
DEFINE_SCOPED(FTS *, fts_release)

static FTS *walk_open(const char *root, struct error *err)
{
    char *const roots[] = { (char *)root, NULL };
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);

    if (!walk)
        error_errno(err, "walk '%s'", root);
    return walk;
}

static const char *below(const char *root, const FTSENT *entry)
{
    const char *path = entry->fts_path + strlen(root);

    return *path == '/' ? path + 1 : path;
}

static int add_matches(struct copy *c, int root, const char *pattern, struct error *err)
{
    scoped(fts_release) FTS *walk = walk_open(c->root, err);
    FTSENT *entry;

    if (!walk)
        return -1;
    if (!glob_is_valid(pattern))
        return error_set(err, ERR_INVALID, "%s failed: syntax error in pattern", c->i->name);
    while ((entry = fts_read(walk))) {
        const char *path = below(c->root, entry);

        if (entry->fts_info == FTS_DP || !*path || !glob_fits(pattern, path, false))
            continue;
        if (add_source(c, root, path, err) < 0)
            return -1;
    }
    return 0;
}

static bool is_url(const char *s)
{
    return str_starts(s, "http://") || str_starts(s, "https://") || str_starts(s, "ftp://");
}

/* ADD of a URL: a file of its own directory, so that two of the same name do not meet. */
static int add_url(struct copy *c, const char *url, struct error *err)
{
    scoped_free char *name = fetch_name(url), *path = NULL;
    struct fetched file;

    if (c->i->kind != I_ADD)
        return error_set(err, ERR_INVALID, "%s failed: source can't be a URL for %s", c->i->name, c->i->name);
    if (!c->fetched)
        c->fetched = xasprintf("%s/fetched-%u", c->b->dir, c->b->step);
    if (dir_make(c->fetched, 0700, err) < 0)
        return -1;
    path = xasprintf("%s/%zu", c->fetched, c->count);
    if (fetch(c->b, url, path, &file, err) < 0)
        return error_wrap(err, "ADD failed");
    if (fetch_said(c->b, "Downloading", NULL, &file, err) < 0 || build_say(c->b, err, "\n") < 0)
        return -1;
    if (!name && c->into)
        return error_set(err, ERR_INVALID, "ADD failed: cannot determine filename for source %s", url);
    return put_source(c,
                      (struct source){ .root = c->fetched,
                                       .path = xstrdup(path_base(path)),
                                       .name = name ? take_ptr(&name) : xstrdup("__unnamed__"),
                                       .fetched = true },
                      err);
}

static int find_sources(struct copy *c, const struct strv *words, struct error *err)
{
    scoped_close int root = open(c->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (root < 0)
        return error_errno(err, "open '%s'", c->root);
    for (size_t k = 0; k + 1 < words->count; k++) {
        scoped_free char *path = NULL;
        int r;

        if (is_url(words->items[k])) {
            if (add_url(c, words->items[k], err) < 0)
                return -1;
            continue;
        }
        if (clean_source(c, words->items[k], &path, err) < 0)
            return -1;
        r = glob_has_wildcard(path) ? add_matches(c, root, path, err) : add_source(c, root, path, err);
        if (r < 0)
            return -1;
    }
    if (c->count == 0)
        return error_set(err, ERR_INVALID, "%s failed: no source files were specified", c->i->name);
    if (c->count > 1 && !c->into)
        return error_set(err, ERR_INVALID,
                         "When using %s with more than one source file, the destination must be a directory "
                         "and end with a /",
                         c->i->name);
    return 0;
}

/* -- digest -- */

static int add_content(struct digest *d, const char *path, struct error *err)
{
    scoped_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char bytes[32768];
    ssize_t n;

    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    while ((n = fd_read_full(fd, bytes, sizeof(bytes), err)) > 0)
        digest_add(d, bytes, (size_t)n);
    return (int)n;
}

/* All that a copy keeps but for the time. */
static int add_entry(struct digest *d, const char *name, const FTSENT *entry, struct error *err)
{
    const struct stat *st = entry->fts_statp;
    char target[PATH_MAX] = "", *head;
    ssize_t n = S_ISLNK(st->st_mode) ? readlink(entry->fts_path, target, sizeof(target) - 1) : 0;
    bool file = S_ISREG(st->st_mode);

    if (n < 0)
        return error_errno(err, "read link '%s'", entry->fts_path);
    target[n] = '\0';
    head = xasprintf("%s%c%o %u:%u %lld %llu%c%s%c", name, 0, st->st_mode, st->st_uid, st->st_gid,
                     file ? (long long)st->st_size : 0, (unsigned long long)st->st_rdev, 0, target, 0);
    digest_add(d, name, strlen(name) + 1);
    digest_add(d, head + strlen(name) + 1, strlen(head + strlen(name) + 1) + 1);
    digest_add(d, target, strlen(target) + 1);
    free(head);
    return file ? add_content(d, entry->fts_path, err) : 0;
}

static int digest_source(const struct source *s, struct digest *d, struct error *err)
{
    scoped_free char *path = *s->path ? path_join(s->root, s->path) : xstrdup(s->root);
    scoped(fts_release) FTS *walk = walk_open(path, err);
    FTSENT *entry;

    if (!walk)
        return -1;
    digest_add(d, s->name, strlen(s->name) + 1);
    while ((entry = fts_read(walk))) {
        if (entry->fts_info == FTS_DP)
            continue;
        if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS)
            return error_set(err, ERR_SYSTEM, "read '%s': %s", entry->fts_path, strerror(entry->fts_errno));
        if (add_entry(d, below(path, entry), entry, err) < 0)
            return -1;
    }
    return 0;
}

static int digest_sources(const struct copy *c, char ret[DIGEST_LENGTH + 1], struct error *err)
{
    scoped(digest_free) struct digest *d = digest_new();

    for (size_t k = 0; k < c->count; k++)
        if (digest_source(&c->sources[k], d, err) < 0)
            return -1;
    digest_end(d, ret);
    return 0;
}

/* -- one tree into another -- */

struct packing {
    struct tar_pack what;
    int fd;
    struct error err;
    int result;
};

static int send_bytes(void *user, const void *bytes, size_t n, struct error *err)
{
    return fd_write_all(((struct packing *)user)->fd, bytes, n, err);
}

static void *pack(void *arg)
{
    struct packing *p = arg;

    p->result = tar_pack(&p->what, send_bytes, p, &p->err);
    shutdown(p->fd, SHUT_WR);
    return NULL;
}

static ssize_t receive_bytes(void *user, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    do
        got = read(*(int *)user, bytes, n);
    while (got < 0 && errno == EINTR);
    return got < 0 ? error_errno(err, "read") : got;
}

/* What `what` names, unpacked below the directory `fd`. */
static int transfer(const struct copy *c, const struct tar_pack *what, int fd, struct error *err)
{
    char root[40];
    struct tar_unpack how = { .root = root, .keep_owner = c->keep_owner, .uid = c->uid, .gid = c->gid };
    struct packing packing = { .what = *what };
    int ends[2], r;
    pthread_t thread;

    snprintf(root, sizeof(root), "/proc/self/fd/%d", fd);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(err, "socketpair");
    packing.fd = ends[0];
    r = pthread_create(&thread, NULL, pack, &packing);
    if (r) {
        errno = r;
        error_errno(err, "thread");
        r = -1;
    } else {
        r = tar_unpack(&how, receive_bytes, &ends[1], NULL, err);
        shutdown(ends[1], SHUT_RDWR); /* the packing may still write */
        pthread_join(thread, NULL);
        if (r == 0 && packing.result < 0) {
            if (err)
                *err = packing.err;
            r = -1;
        }
    }
    close(ends[0]);
    close(ends[1]);
    return r;
}

/* The directory `path` of the tree, made if it is not there. */
static int open_dest(const struct copy *c, int tree, const char *path, struct error *err)
{
    int fd;

    if (dir_in_root(tree, path, c->uid, c->gid, err) < 0)
        return error_wrap(err, "failed to copy files");
    fd = open_in_root(tree, path, O_RDONLY | O_DIRECTORY, 0, err);
    return fd < 0 ? error_wrap(err, "failed to copy files") : fd;
}

static bool is_dir_in(int tree, const char *path)
{
    scoped_close int fd = open_in_root(tree, path, O_PATH | O_DIRECTORY, 0, NULL);

    return fd >= 0;
}

static int copy_dir(const struct copy *c, const struct source *s, int tree, struct error *err)
{
    scoped_free char *root = *s->path ? path_join(s->root, s->path) : xstrdup(s->root);
    struct tar_pack what = { .root = root, .path = "/" };
    scoped_close int fd = open_dest(c, tree, c->dest, err);

    return fd < 0 ? -1 : transfer(c, &what, fd, err);
}

/* "a/b" to "a" and "b"; the first is "/" for "b". */
static char *above_of(const char *path)
{
    const char *base = path_base(path);
    size_t n = (size_t)(base - path);

    return n > 1 ? xstrndup(path, n - 1) : xstrdup("/");
}

static int copy_file(const struct copy *c, const struct source *s, int tree, struct error *err)
{
    bool into = c->into || is_dir_in(tree, c->dest);
    scoped_free char *dest = into ? path_join(c->dest, s->name) : path_clean(c->dest);
    scoped_free char *above = above_of(dest);
    struct tar_pack what = { .root = s->root, .path = s->path, .rename = path_base(dest) };
    scoped_close int fd = open_dest(c, tree, above, err);

    if (fd < 0)
        return -1;
    if (!*path_base(dest) || is_dir_in(tree, dest))
        return error_set(err, ERR_INVALID, "failed to copy files: cannot overwrite directory %s", dest);
    return transfer(c, &what, fd, err);
}

/* -- archives -- */

static ssize_t read_file(void *user, void *bytes, size_t n, struct error *err)
{
    return receive_bytes(user, bytes, n, err);
}

/* POSIX ustar: the sum of a header's bytes, its own field as blanks, stands in it. */
static bool is_tar_header(const unsigned char block[TAR_BLOCK])
{
    unsigned sum = 0;
    char text[9] = { 0 }, *end;

    for (unsigned k = 0; k < TAR_BLOCK; k++)
        sum += k >= 148 && k < 156 ? ' ' : block[k];
    memcpy(text, block + 148, 8);
    return strtoul(text, &end, 8) == sum && end != text;
}

static bool is_archive(int fd)
{
    scoped(inflater_free) struct inflater *plain = inflater_new(read_file, &fd);
    unsigned char block[TAR_BLOCK];
    size_t have = 0;
    ssize_t n = 1;

    while (have < sizeof(block) && n > 0) {
        n = inflater_read(plain, block + have, sizeof(block) - have, NULL);
        have += n > 0 ? (size_t)n : 0;
    }
    return have == sizeof(block) && is_tar_header(block);
}

/* ADD: an archive of the context is unpacked, one from the network is not. 0: it is none. */
static int add_archive(const struct copy *c, const struct source *s, int tree, struct error *err)
{
    scoped_free char *path = path_join(s->root, s->path);
    scoped_close int fd = -1, dest = -1;
    struct tar_unpack how = { .keep_owner = true };
    char root[40];

    if (c->i->kind != I_ADD || s->is_dir || s->fetched)
        return 0;
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    if (!is_archive(fd))
        return 0;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return error_errno(err, "seek");
    dest = open_dest(c, tree, c->dest, err);
    if (dest < 0)
        return -1;
    snprintf(root, sizeof(root), "/proc/self/fd/%d", dest);
    how.root = root;
    return tar_unpack(&how, read_file, &fd, NULL, err) < 0 ? error_wrap(err, "ADD failed") : 1;
}

/* -- the step -- */

static int copy_all(const struct copy *c, const char *merged, struct error *err)
{
    scoped_close int tree = open(merged, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (tree < 0)
        return error_errno(err, "open '%s'", merged);
    for (size_t k = 0; k < c->count; k++) {
        const struct source *s = &c->sources[k];
        int r = add_archive(c, s, tree, err);

        if (r == 0)
            r = s->is_dir ? copy_dir(c, s, tree, err) : copy_file(c, s, tree, err);
        if (r < 0)
            return -1;
    }
    return 0;
}

static int set_owner(struct copy *c, const char *merged, const char *chown, struct error *err)
{
    c->keep_owner = c->from && !chown; /* what comes of an image belongs to whom it belonged there */
    return chown ? owner_find(merged, chown, &c->uid, &c->gid, err) : 0;
}

static int write_layer(struct copy *c, const json_t *config, const char *chown, struct error *err)
{
    struct build *b = c->b;
    struct view view;
    int r;

    if (view_open(b, b->image, &view, err) < 0)
        return -1;
    r = set_owner(c, view.merged, chown, err) < 0 || copy_all(c, view.merged, err) < 0 ||
                step_commit(b, config, view.upper, NULL, err) < 0
            ? -1
            : 0;
    view_close(&view);
    return r;
}

/* --from: a stage by name or number, else an image. */
static int open_from(struct copy *c, struct error *err)
{
    struct build *b = c->b;
    scoped(image_unref) struct image *image = NULL;
    long index = stages_find(b->stages, c->from, b->stage);
    int64_t number;

    if (index < 0 && str_to_int64(c->from, &number)) {
        if (number < 0 || number > (int64_t)b->stage)
            return error_set(err, ERR_INVALID, "invalid from flag value %s: index out of bounds", c->from);
        if (number == (int64_t)b->stage)
            return error_set(err, ERR_INVALID, "invalid from flag value %s: refers to current build stage",
                             c->from);
        index = (long)number;
    }
    if (index >= 0)
        return view_open(b, b->made[index], &c->view, err);
    if (image_for_build(b, c->from, &image, err) < 0)
        return error_wrap(err, "invalid from flag value %s", c->from);
    return view_open(b, image, &c->view, err);
}

static void copy_clear(struct copy *c)
{
    view_close(&c->view);
    for (size_t k = 0; k < c->count; k++) {
        free(c->sources[k].path);
        free(c->sources[k].name);
    }
    free(c->sources);
    free(c->dest_text);
    if (c->fetched)
        tree_remove(c->fetched, NULL);
    free(c->fetched);
}

static void set_dest(struct copy *c, const char *asked)
{
    const char *dir = json_str_at(c->b->config, "WorkingDir", "");
    scoped_free char *whole = asked[0] == '/' ? xstrdup(asked) : xasprintf("/%s/%s", dir, asked);

    c->dest_text = path_clean(whole);
    c->dest = c->dest_text;
    c->into = str_ends(asked, "/") || str_eq(c->dest, "/");
}

/* "COPY file:DIGEST in /dest ": by this the step is known again. */
static char *comment_of(const struct copy *c, const char *digest, const char *chown)
{
    const char *kind = c->count > 1 ? "multi" : c->sources[0].is_dir ? "dir" : "file";

    return xasprintf("%s %s%s%s%s:%s in %s%s ", c->i->name, chown ? "--chown=" : "", chown ? chown : "",
                     chown ? " " : "", kind, digest_hex(digest), c->dest,
                     c->into && !str_eq(c->dest, "/") ? "/" : "");
}

static int run_copy(struct copy *c, const struct strv *words, struct error *err)
{
    const char *chown = instruction_flag(c->i, "chown");
    scoped(json_decref) json_t *config = NULL;
    scoped_free char *comment = NULL;
    char digest[DIGEST_LENGTH + 1];
    int r;

    if (c->from && open_from(c, err) < 0)
        return -1;
    c->root = c->from ? c->view.merged : c->b->tree;
    if (find_sources(c, words, err) < 0 || digest_sources(c, digest, err) < 0)
        return -1;
    comment = comment_of(c, digest, chown);
    config = step_config(c->b, step_nop(c->b, comment));
    r = step_probe(c->b, config, err);
    return r ? (r < 0 ? -1 : 0) : write_layer(c, config, chown, err);
}

int step_copy(struct build *b, const struct instruction *i, const struct strv *words, struct error *err)
{
    struct copy c = { .b = b, .i = i, .from = instruction_flag(i, "from") };
    int r;

    set_dest(&c, words->items[words->count - 1]);
    r = run_copy(&c, words, err);
    copy_clear(&c);
    return r;
}

static int make_workdir(const struct view *view, const char *dir, struct error *err)
{
    scoped_close int tree = open(view->merged, O_PATH | O_DIRECTORY | O_CLOEXEC);

    return tree < 0 ? error_errno(err, "open '%s'", view->merged) : dir_in_root(tree, dir, 0, 0, err);
}

int step_workdir(struct build *b, const char *dir, struct error *err)
{
    scoped_free char *text = xasprintf("WORKDIR %s", dir);
    scoped(json_decref) json_t *config = step_config(b, step_nop(b, text));
    struct view view;
    int r = step_probe(b, config, err);

    if (r)
        return r < 0 ? -1 : 0;
    if (view_open(b, b->image, &view, err) < 0)
        return -1;
    r = make_workdir(&view, dir, err) < 0 ? -1 : step_commit(b, config, view.upper, NULL, err);
    view_close(&view);
    return r;
}
