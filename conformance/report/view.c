/* report/view.c - see view.h. */
#include "report/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/memory.h"

static void view_json(const json_t *result, FILE *out)
{
    json_dumpf(result, out, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    putc('\n', out);
}

static const struct {
    const char *name;
    void (*write)(const json_t *result, FILE *out);
} views[] = {
    {"json",      view_json    },
    { "console",  view_console },
    { "tap",      view_tap     },
    { "junit",    view_junit   },
    { "html",     view_html    },
    { "markdown", view_markdown},
    { "har",      view_har     },
    { "ledger",   view_ledger  },
};

#define VIEW_COUNT (sizeof(views) / sizeof(views[0]))

bool view_known(const char *format)
{
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (strcmp(views[i].name, format) == 0)
            return true;
    return false;
}

void view_write(const char *format, const json_t *result, FILE *out)
{
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (strcmp(views[i].name, format) == 0)
            views[i].write(result, out);
}

/* Closes `out` also when it fails; errno tells of the first failure. */
static int write_and_close(const char *format, const json_t *result, FILE *out)
{
    errno = 0;
    view_write(format, result, out);
    bool bad = fflush(out) != 0 || ferror(out);
    int saved = errno;
    bad |= fclose(out) != 0;
    errno = saved != 0 ? saved : errno;
    return bad ? -1 : 0;
}

static int write_direct(const char *format, const json_t *result, const char *path)
{
    int fd = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CLOEXEC);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

    if (out == NULL) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return write_and_close(format, result, out);
}

static int write_renamed(const char *format, const json_t *result, const char *path)
{
    char *temporary = must_format("%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    int saved = errno, ret = -1;

    if (out != NULL) {
        mode_t mask = umask(0);
        umask(mask);
        fchmod(fd, 0666 & ~mask); /* as any other new file; mkstemp() makes 0600 */
        ret = write_and_close(format, result, out);
        if (ret == 0)
            ret = rename(temporary, path);
        saved = errno;
        if (ret < 0)
            unlink(temporary);
    }
    free(temporary);
    errno = saved;
    return ret;
}

int view_write_file(const char *format, const json_t *result, const char *path, char **why)
{
    struct stat status;
    bool direct = strcmp(path, "-") == 0 || (stat(path, &status) == 0 && !S_ISREG(status.st_mode));
    int ret = direct ? write_direct(format, result, path) : write_renamed(format, result, path);

    if (ret < 0)
        *why = must_format("cannot write the report %s=%s: %s", format, path, strerror(errno));
    return ret;
}
