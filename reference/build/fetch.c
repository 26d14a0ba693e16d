/* build/fetch.c - what a build takes from the network: ADD of a URL, and the whole context (`remote`). It goes to a file, whatever its size. */
#include "build/internal.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "image/progress.h"
#include "registry/transfer.h"

#define FETCH_MAX (64ll << 30)
#define SAID_MAX  300 /* of what a server says to a refusal */

struct sink {
    struct build *b;
    int fd;
    int64_t size;
};

static int take(void *user, const void *bytes, size_t n, struct error *err)
{
    struct sink *sink = user;

    if (sink->b->request->gone(sink->b->request->user))
        return error_set(err, ERR_CLOSED, "Build cancelled");
    sink->size += (int64_t)n;
    if (sink->size > FETCH_MAX)
        return error_set(err, ERR_TOO_LARGE, "the file is too large");
    return fd_write_all(sink->fd, bytes, n, err);
}

static int refused(const struct transfer *t, struct error *err)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {
        {401,  "Unauthorized"         },
        { 403, "Forbidden"            },
        { 404, "Not Found"            },
        { 429, "Too Many Requests"    },
        { 500, "Internal Server Error"},
        { 503, "Service Unavailable"  },
    };
    const char *text = "";

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].status == t->status)
            text = texts[i].text;
    return error_set(err, t->status == 404 ? ERR_NOT_FOUND : ERR_SYSTEM,
                     "failed to GET %s with status %d %s: %.*s", t->url, t->status, text,
                     (int)(t->answer.len < SAID_MAX ? t->answer.len : SAID_MAX), str_text(&t->answer));
}

/* "Wed, 21 Oct 2015 07:28:00 GMT"; else the beginning of time, so that the same file is the same layer. */
static void set_time(int fd, const char *modified)
{
    struct tm tm = { 0 };
    struct timespec times[2] = { { 0 }, { 0 } };

    if (modified && strptime(modified, "%a, %d %b %Y %H:%M:%S", &tm))
        times[0].tv_sec = times[1].tv_sec = timegm(&tm);
    futimens(fd, times);
}

int fetch(struct build *b, const char *url, const char *path, struct fetched *ret, struct error *err)
{
    scoped_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct sink sink = { .b = b, .fd = fd };
    struct transfer t = { .method = "GET", .url = url, .sink = take, .sink_user = &sink };
    int r;

    if (fd < 0)
        return error_errno(err, "create '%s'", path);
    r = transfer_run(&t, err);
    if (r == 0 && t.status != 200)
        r = refused(&t, err);
    if (r == 0) {
        set_time(fd, t.modified);
        ret->size = sink.size;
        snprintf(ret->type, sizeof(ret->type), "%s", t.content_type ? t.content_type : "");
    }
    transfer_clear(&t);
    return r;
}

int fetch_said(struct build *b, const char *status, const char *id, const struct fetched *file,
               struct error *err)
{
    json_t *message;

    if (b->request->quiet)
        return 0;
    message = progress_message(status, id ? id : "", file->size, file->size);
    if (!id)
        json_object_del(message, "id");
    return b->request->say(b->request->user, message, err);
}

/* One letter of "%2F" or of itself. */
static char decoded(const char **p)
{
    char hex[3] = { 0 };

    if (**p == '%' && isxdigit((unsigned char)(*p)[1]) && isxdigit((unsigned char)(*p)[2])) {
        memcpy(hex, *p + 1, 2);
        *p += 3;
        return (char)strtol(hex, NULL, 16);
    }
    return *(*p)++;
}

char *fetch_name(const char *url)
{
    const char *p = strstr(url, "://"), *end;
    scoped_str path = { 0 };
    scoped_free char *clean = NULL;

    p = p ? p + 3 : url;
    end = p + strcspn(p, "?#");
    p += strcspn(p, "/");
    while (p < end)
        str_add_char(&path, decoded(&p));
    if (path.len == 0 || strlen(str_text(&path)) != path.len)
        return NULL;
    clean = path_clean(str_text(&path));
    return str_eq(path_base(clean), "") || str_eq(path_base(clean), ".") || str_eq(path_base(clean), "..")
               ? NULL
               : xstrdup(path_base(clean));
}
