/* registry/transfer.c - see transfer.h. A header Authorization that we put there is not sent on to another host by a redirect; libcurl
 * sees to that since 7.58. */
#include "registry/transfer.h"

#include <ctype.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/mem.h"
#include "base/scope.h"

#define CURL_LIBRARY     "libcurl.so.4"
#define CONNECT_SECONDS  15L
#define SILENCE_SECONDS  60L /* without a byte */
#define REDIRECTS_MAX    5L
#define HEADER_VALUE_MAX 16384
#define ERROR_BODY_MAX   65536
#define RETRY_AFTER_MAX  3600

static struct {
    CURLcode (*global_init)(long);
    CURL *(*init)(void);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    void (*cleanup)(CURL *);
    void (*reset)(CURL *);
    const char *(*strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    bool loaded;
} lib;

static void load(void)
{
    void *library = dlopen(CURL_LIBRARY, RTLD_LAZY | RTLD_LOCAL);

#define LOAD(name, symbol)                                                                                   \
    if (!library || !(*(void **)&lib.name = dlsym(library, symbol)))                                         \
    return
    LOAD(global_init, "curl_global_init");
    LOAD(init, "curl_easy_init");
    LOAD(setopt, "curl_easy_setopt");
    LOAD(perform, "curl_easy_perform");
    LOAD(getinfo, "curl_easy_getinfo");
    LOAD(cleanup, "curl_easy_cleanup");
    LOAD(reset, "curl_easy_reset");
    LOAD(strerror, "curl_easy_strerror");
    LOAD(slist_append, "curl_slist_append");
    LOAD(slist_free_all, "curl_slist_free_all");
#undef LOAD
    lib.loaded = lib.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

struct run {
    struct transfer *t;
    CURL *curl;
    struct error failure; /* of the sink, or of a bound */
    int64_t sent;
};

static size_t on_body(char *bytes, size_t one, size_t n, void *user)
{
    struct run *run = user;
    struct transfer *t = run->t;
    long status = 0;

    lib.getinfo(run->curl, CURLINFO_RESPONSE_CODE, &status);
    n *= one;
    if (t->sink && (status == 200 || status == 206)) {
        t->status = (int)status;
        return t->sink(t->sink_user, bytes, n, &run->failure) < 0 ? 0 : n;
    }
    if (n > (t->max && status < 300 ? t->max : ERROR_BODY_MAX) - t->answer.len) {
        error_set(&run->failure, ERR_TOO_LARGE, "the answer is too large");
        return 0;
    }
    str_add_bytes(&t->answer, bytes, n);
    return n;
}

static void forget_headers(struct transfer *t)
{
    char **all[] = { &t->location, &t->challenge, &t->content_type, &t->digest, &t->link, &t->modified };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        free(*all[i]);
        *all[i] = NULL;
    }
    t->retry_after = -1;
}

static void keep(struct transfer *t, const char *name, const char *value)
{
    static const char *const names[] = { "location",     "www-authenticate",
                                         "content-type", "docker-content-digest",
                                         "link",         "last-modified" };
    char **members[] = { &t->location, &t->challenge, &t->content_type, &t->digest, &t->link, &t->modified };
    int64_t seconds;

    if (strcasecmp(name, "retry-after") == 0 && str_to_int64(value, &seconds) && seconds >= 0)
        t->retry_after = seconds < RETRY_AFTER_MAX ? seconds : RETRY_AFTER_MAX;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(name, names[i]) != 0 || *members[i])
            continue;
        *members[i] = xstrdup(value);
    }
}

static size_t on_header(char *bytes, size_t one, size_t n, void *user)
{
    struct run *run = user;
    scoped_free char *line = xstrndup(bytes, n * one);
    char *colon = strchr(line, ':'), *value;

    if (str_starts(line, "HTTP/")) {
        forget_headers(run->t); /* those of a redirect, of "100 Continue" */
        return n * one;
    }
    if (!colon || strlen(colon) > HEADER_VALUE_MAX)
        return n * one;
    *colon = '\0';
    value = colon + 1 + strspn(colon + 1, " \t");
    for (size_t end = strlen(value); end && isspace((unsigned char)value[end - 1]);)
        value[--end] = '\0';
    keep(run->t, line, value);
    return n * one;
}

static size_t on_send(char *to, size_t one, size_t n, void *user)
{
    struct run *run = user;
    struct transfer *t = run->t;
    size_t left = t->body_fd ? n * one : t->body_size - (size_t)run->sent;
    ssize_t got;

    n *= one;
    n = n < left ? n : left;
    if (t->body_fd) {
        got = pread(t->body_fd, to, n, (off_t)run->sent);
        if (got < 0)
            return CURL_READFUNC_ABORT;
        n = (size_t)got;
    } else {
        memcpy(to, (const char *)t->body + run->sent, n);
    }
    run->sent += (int64_t)n;
    return n;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
    struct run *run = user;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    run->sent = offset;
    return CURL_SEEKFUNC_OK;
}

static struct curl_slist *header_list(const struct transfer *t)
{
    struct curl_slist *list = lib.slist_append(NULL, "Expect:");

    for (size_t i = 0; t->headers && i < t->headers->count; i++)
        list = lib.slist_append(list, t->headers->items[i]);
    return list;
}

static void set_body(struct run *run)
{
    struct transfer *t = run->t;
    bool has = t->body || t->body_fd;

    if (strcmp(t->method, "HEAD") == 0)
        lib.setopt(run->curl, CURLOPT_NOBODY, 1L);
    else if (has || strcmp(t->method, "GET") != 0) {
        lib.setopt(run->curl, CURLOPT_UPLOAD, 1L);
        lib.setopt(run->curl, CURLOPT_INFILESIZE_LARGE,
                   (curl_off_t)(t->body_fd ? t->body_fd_size
                                : t->body  ? (int64_t)t->body_size
                                           : 0));
        lib.setopt(run->curl, CURLOPT_READFUNCTION, on_send);
        lib.setopt(run->curl, CURLOPT_READDATA, run);
        lib.setopt(run->curl, CURLOPT_SEEKFUNCTION, on_seek);
        lib.setopt(run->curl, CURLOPT_SEEKDATA, run);
        lib.setopt(run->curl, CURLOPT_CUSTOMREQUEST, t->method);
    }
}

static void set_up(struct run *run, struct curl_slist *headers)
{
    CURL *c = run->curl;

    lib.setopt(c, CURLOPT_URL, run->t->url);
    lib.setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    lib.setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    lib.setopt(c, CURLOPT_FOLLOWLOCATION,
               strcmp(run->t->method, "GET") == 0 || strcmp(run->t->method, "HEAD") == 0 ? 1L : 0L);
    lib.setopt(c, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    lib.setopt(c, CURLOPT_NOSIGNAL, 1L);
    lib.setopt(c, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1");
    lib.setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    lib.setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    lib.setopt(c, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
    lib.setopt(c, CURLOPT_USERAGENT, "plimsoll");
    lib.setopt(c, CURLOPT_HTTPHEADER, headers);
    lib.setopt(c, CURLOPT_SSL_VERIFYPEER, run->t->unverified ? 0L : 1L);
    lib.setopt(c, CURLOPT_SSL_VERIFYHOST, run->t->unverified ? 0L : 2L);
    lib.setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    lib.setopt(c, CURLOPT_WRITEDATA, run);
    lib.setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    lib.setopt(c, CURLOPT_HEADERDATA, run);
    set_body(run);
}

/* "Get \"http://127.0.0.1:1/v2/\": Couldn't connect to server"; what a URL says after '?' may be a secret of a storage. */
static int say_broken(struct run *run, CURLcode code, const char *detail, struct error *err)
{
    scoped_free char *method = xstrdup(run->t->method);

    for (char *p = method; *p && p[1]; p++)
        p[1] = (char)tolower((unsigned char)p[1]);
    run->t->broken = true;
    return error_set(err, ERR_SYSTEM, "%s \"%.*s\": %s", method, (int)strcspn(run->t->url, "?"), run->t->url,
                     *detail ? detail : lib.strerror(code));
}

int transfer_run(struct transfer *t, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct run run = { .t = t };
    char detail[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers;
    CURLcode code;
    long status = 0;

    pthread_once(&once, load);
    if (lib.loaded)
        run.curl = t->handle && *t->handle ? *t->handle : lib.init();
    if (!run.curl)
        return error_set(err, ERR_SYSTEM, "%s cannot be used: no registry can be asked", CURL_LIBRARY);
    forget_headers(t);
    str_free(&t->answer);
    t->broken = false;
    headers = header_list(t);
    set_up(&run, headers);
    lib.setopt(run.curl, CURLOPT_ERRORBUFFER, detail);
    code = lib.perform(run.curl);
    lib.getinfo(run.curl, CURLINFO_RESPONSE_CODE, &status);
    t->status = (int)status;
    lib.slist_free_all(headers);
    if (t->handle)
        lib.reset(*t->handle = run.curl);
    else
        lib.cleanup(run.curl);
    if (code == CURLE_OK)
        return 0;
    if (run.failure.kind == ERR_NONE)
        return say_broken(&run, code, detail, err);
    if (err)
        *err = run.failure;
    return -1;
}

void transfer_clear(struct transfer *t)
{
    forget_headers(t);
    str_free(&t->answer);
}

void transfer_close(void *handle)
{
    if (handle)
        lib.cleanup(handle);
}
