/* build/context.c - what the client sent, unpacked below the build's directory, and the Dockerfile in it.
 *
 * .dockerignore is the client's affair: it has left out already what it names. Here it takes away but the Dockerfile and itself, which
 * a client must send all the same. */
#include "build/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/ignore.h"
#include "base/fd.h"
#include "base/resolve.h"

#define CONTEXT_ENTRIES_MAX 1000000

static int check_remote(const char *remote, struct error *err)
{
    static const char *const gits[] = { "git://", "git@", "github.com/" };
    size_t path = strcspn(remote ? remote : "", "#");

    if (str_empty(remote))
        return 0;
    if (str_eq(remote, "client-session"))
        return error_set(
            err, ERR_INVALID,
            "experimental session with v1 builder is no longer supported, use builder version v2 "
            "(BuildKit) instead");
    for (size_t i = 0; i < sizeof(gits) / sizeof(gits[0]); i++)
        if (str_starts(remote, gits[i]) || (path > 4 && strncmp(remote + path - 4, ".git", 4) == 0))
            return error_set(
                err, ERR_SYSTEM,
                "error downloading remote context %s: this engine takes no context from a git repository",
                remote);
    if (str_starts(remote, "http://") || str_starts(remote, "https://"))
        return 0;
    return error_set(err, ERR_SYSTEM, "remoteURL (%s) could not be recognized as URL", remote);
}

/* A regular file of the context. ERR_NOT_FOUND. */
static int read_file(int tree, const char *path, size_t max, struct str *ret, struct error *err)
{
    scoped_close int fd = open_in_root(tree, path, O_RDONLY | O_NONBLOCK, 0, err);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return error_errno(err, "stat '%s'", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_SYSTEM, "unexpected error reading Dockerfile: read %s: %s", path,
                         S_ISDIR(st.st_mode) ? "is a directory" : "is no file");
    return fd_read_all(fd, max, ret, err);
}

static void drop_ignored(int tree, const char *dockerfile)
{
    scoped_str text = { 0 };
    scoped(ignore_free) struct ignore *ignore = NULL;

    if (read_file(tree, ".dockerignore", IGNORE_MAX, &text, NULL) < 0)
        return;
    ignore = ignore_parse(str_text(&text));
    if (ignore_fits(ignore, ".dockerignore"))
        unlinkat(tree, ".dockerignore", 0);
    if (ignore_fits(ignore, dockerfile)) {
        scoped_free char *above = xstrndup(dockerfile, (size_t)(path_base(dockerfile) - dockerfile));
        scoped_close int dir = open_in_root(tree, *above ? above : ".", O_PATH | O_DIRECTORY, 0, NULL);

        if (dir >= 0)
            unlinkat(dir, path_base(dockerfile), 0);
    }
}

static int read_dockerfile(struct build *b, int tree, struct error *err)
{
    const char *asked =
        str_empty(b->request->dockerfile) || b->dockerfile_alone ? "Dockerfile" : b->request->dockerfile;
    scoped_free char *path = path_clean(asked[0] == '/' ? asked + 1 : asked);
    scoped_str text = { 0 };
    struct error failure = { 0 };

    if (str_eq(path, "..") || str_starts(path, "../"))
        return error_set(err, ERR_SYSTEM, "forbidden path outside the build context: %s ()", asked);
    if (read_file(tree, path, DOCKERFILE_MAX, &text, &failure) < 0 && failure.kind == ERR_NOT_FOUND &&
        str_eq(path, "Dockerfile")) {
        error_clear(&failure);
        read_file(tree, "dockerfile", DOCKERFILE_MAX, &text, &failure);
    }
    if (failure.kind == ERR_NOT_FOUND)
        return error_set(err, ERR_SYSTEM, "Cannot locate specified Dockerfile: %s", asked);
    if (failure.kind != ERR_NONE) {
        if (err)
            *err = failure;
        return -1;
    }
    if (text.len == 0)
        return error_set(err, ERR_INVALID, "the Dockerfile (%s) cannot be empty", asked);
    drop_ignored(tree, path);
    return dockerfile_parse(text.data, text.len, &b->file, err);
}

static int unpack(struct build *b, tar_source source, void *user, struct error *err)
{
    struct tar_unpack how = { .root = b->tree, .max_entries = CONTEXT_ENTRIES_MAX };

    if (tar_unpack(&how, source, user, NULL, err) == 0)
        return 0;
    /* a context that is none is the server's failure, as a Docker Engine has it */
    return err && err->kind == ERR_INVALID ? error_as(err, ERR_SYSTEM) : -1;
}

static ssize_t read_fetched(void *user, void *bytes, size_t n, struct error *err)
{
    return fd_read_full(*(int *)user, bytes, n, err);
}

enum remote_kind { REMOTE_NONE, REMOTE_DOCKERFILE, REMOTE_ARCHIVE };

/* By the Content-Type; a text is a Dockerfile. */
static enum remote_kind remote_kind(const char *type)
{
    static const char *const archives[] = { "tar",   "x-tar",   "octet-stream", "gzip",   "x-gzip",
                                            "bzip2", "x-bzip2", "bzip",         "x-bzip", "bz",
                                            "x-bz",  "xz",      "x-xz" };
    size_t n = strcspn(type, "; \t");

    if (n == strlen("text/plain") && strncasecmp(type, "text/plain", n) == 0)
        return REMOTE_DOCKERFILE;
    for (size_t i = 0;
         i < sizeof(archives) / sizeof(archives[0]) && strncasecmp(type, "application/", 12) == 0; i++)
        if (strlen(archives[i]) == n - 12 && strncasecmp(type + 12, archives[i], n - 12) == 0)
            return REMOTE_ARCHIVE;
    return REMOTE_NONE;
}

/* A Dockerfile from the network is the whole context, under the name that is looked for. */
static int place_dockerfile(struct build *b, const char *file, struct error *err)
{
    scoped_free char *to = path_join(b->tree, "Dockerfile");

    return rename(file, to) < 0 ? error_errno(err, "rename '%s'", file) : 0;
}

static int read_remote(struct build *b, struct error *err)
{
    const char *url = b->request->remote;
    scoped_free char *file = path_join(b->dir, "remote");
    scoped_close int fd = -1;
    struct fetched what;
    enum remote_kind kind;

    if (fetch(b, url, file, &what, err) < 0)
        return error_wrap(err, "error downloading remote context %s", url);
    kind = remote_kind(what.type);
    if (kind == REMOTE_NONE)
        return error_set(err, ERR_SYSTEM,
                         "error detecting content type for remote %s: unsupported Content-Type \"%s\"", url,
                         what.type);
    b->dockerfile_alone = kind == REMOTE_DOCKERFILE;
    if (b->dockerfile_alone)
        return place_dockerfile(b, file, err) < 0 ? -1
                                                  : fetch_said(b, url, "Downloading context", &what, err);
    fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "open '%s'", file);
    if (unpack(b, read_fetched, &fd, err) < 0)
        return -1;
    unlink(file);
    return 0;
}

int context_read(struct build *b, struct error *err)
{
    scoped_close int tree = -1;

    if (check_remote(b->request->remote, err) < 0 || dir_make(b->tree, 0700, err) < 0)
        return -1;
    if (str_empty(b->request->remote) ? unpack(b, b->request->context, b->request->context_user, err) < 0
                                      : read_remote(b, err) < 0)
        return -1;
    tree = open(b->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tree < 0)
        return error_errno(err, "open '%s'", b->tree);
    return read_dockerfile(b, tree, err);
}
