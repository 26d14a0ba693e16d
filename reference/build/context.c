/* build/context.c - what the client sent, unpacked below the build's directory, and the Dockerfile in it.
 *
 * .dockerignore is the client's affair: it has left out already what it names. Here it takes away but the Dockerfile and itself, which
 * a client must send all the same. */
#include "build/internal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/ignore.h"
#include "base/fd.h"
#include "base/resolve.h"

#define CONTEXT_ENTRIES_MAX 1000000

static int check_remote(const char *remote, struct error *err)
{
    static const char *const urls[] = { "http://", "https://", "git://", "git@", "github.com/" };

    if (str_empty(remote))
        return 0;
    if (str_eq(remote, "client-session"))
        return error_set(
            err, ERR_INVALID,
            "experimental session with v1 builder is no longer supported, use builder version v2 "
            "(BuildKit) instead");
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        if (str_starts(remote, urls[i]))
            return error_set(
                err, ERR_SYSTEM,
                "error downloading remote context %s: this engine takes contexts from its client "
                "alone",
                remote);
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
    const char *asked = str_empty(b->request->dockerfile) ? "Dockerfile" : b->request->dockerfile;
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

int context_read(struct build *b, struct error *err)
{
    struct tar_unpack how = { .root = b->tree, .max_entries = CONTEXT_ENTRIES_MAX };
    scoped_close int tree = -1;

    if (check_remote(b->request->remote, err) < 0 || dir_make(b->tree, 0700, err) < 0)
        return -1;
    if (tar_unpack(&how, b->request->context, b->request->context_user, NULL, err) < 0) {
        /* a context that is none is the server's failure, as a Docker Engine has it */
        return err && err->kind == ERR_INVALID ? error_as(err, ERR_SYSTEM) : -1;
    }
    tree = open(b->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tree < 0)
        return error_errno(err, "open '%s'", b->tree);
    return read_dockerfile(b, tree, err);
}
