/* build/owner.c - whom --chown means: numbers as they stand, names by /etc/passwd and /etc/group of the tree that is written to. */
#include "build/internal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/resolve.h"

#define ACCOUNTS_MAX (1u << 20)

/* The field `index` of a line "a:b:c". */
static char *field(const char *line, size_t length, unsigned index)
{
    const char *end = line + length, *stop;

    for (; index > 0; index--) {
        line = memchr(line, ':', (size_t)(end - line));
        if (!line)
            return xstrdup("");
        line++;
    }
    stop = memchr(line, ':', (size_t)(end - line));
    return xstrndup(line, (size_t)((stop ? stop : end) - line));
}

static bool id_of_text(const char *text, uint32_t *ret)
{
    uint64_t n;

    if (!str_to_uint64(text, &n) || n > INT32_MAX)
        return false;
    *ret = (uint32_t)n;
    return true;
}

/* The numbers of `name` in a file of accounts: its third field, and its fourth if `more` is not NULL. */
static int look_up(const char *root, const char *file, const char *name, uint32_t *id, uint32_t *more)
{
    scoped_close int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    scoped_close int fd = dir < 0 ? -1 : open_in_root(dir, file, O_RDONLY | O_NONBLOCK, 0, NULL);
    scoped_str text = { 0 };

    if (fd < 0 || fd_read_all(fd, ACCOUNTS_MAX, &text, NULL) < 0)
        return -1;
    for (const char *line = str_text(&text); *line;) {
        size_t n = strcspn(line, "\n");
        scoped_free char *account = field(line, n, 0), *number = field(line, n, 2),
                         *group = field(line, n, 3);

        if (str_eq(account, name) && id_of_text(number, id))
            return more && !id_of_text(group, more) ? -1 : 0;
        line += n + (line[n] == '\n');
    }
    return -1;
}

static int refuse(const char *kind, const char *what, const char *name, struct error *err)
{
    return error_set(err, ERR_SYSTEM,
                     "unable to convert uid/gid chown string to host mapping: can't find %s for %s %s: no "
                     "such %s: %s",
                     kind, what, name, what, name);
}

int owner_find(const char *root, const char *text, uid_t *uid, gid_t *gid, struct error *err)
{
    scoped_strv parts = { 0 };
    const char *user, *group;
    uint32_t u = 0;

    strv_split(&parts, text, ':');
    if (parts.count > 2)
        return error_set(err, ERR_SYSTEM, "invalid chown string format: %s", text);
    user = parts.count ? parts.items[0] : "";
    group = parts.count == 2 ? parts.items[1] : user; /* a user alone is the name of the group, too */
    if (!id_of_text(user, &u) && look_up(root, "/etc/passwd", user, &u, NULL) < 0)
        return refuse("uid", "user", user, err);
    *uid = u;
    if (!id_of_text(group, &u) && look_up(root, "/etc/group", group, &u, NULL) < 0)
        return refuse("gid", "group", group, err);
    *gid = u;
    return 0;
}
