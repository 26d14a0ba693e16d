/* registry/client.c - see client.h.
 *
 * A request that a registry refuses for want of a token is made once more with one, for what the challenge itself asks: a registry knows
 * best which scope it wants. A blob that breaks off goes on where it ended (Range), as long as something comes now and then; one that
 * was damaged on its way is not asked for again, as it would be damaged again. */
#include "registry/client.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "registry/challenge.h"
#include "registry/transfer.h"

#define TRIES          5
#define TOKEN_MAX      (256u * 1024)
#define TAGS_MAX       10000
#define TAG_PAGES_MAX  100
#define PROGRESS_BYTES (512 * 1024)
#define WAIT_MAX       30 /* seconds, whatever Retry-After says */
#define ACCEPT                                                                                               \
    "Accept: " TYPE_OCI_INDEX ", " TYPE_DOCKER_LIST ", " TYPE_OCI_MANIFEST ", " TYPE_DOCKER_MANIFEST

DEFINE_SCOPED(struct digest *, digest_free)

struct registry {
    char *base; /* "https://host:port" */
    char *path; /* of the repository */
    char *actions;
    const struct credentials *who;
    struct challenge challenge;
    char *authorization; /* the whole header line; NULL: none yet */
    void *handle;        /* of the connection, for all requests */
    bool insecure;
};

/* -- which registry, and how it is spoken to -- */

static bool is_loopback(const char *host)
{
    struct in_addr four;

    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &four) == 1 && (ntohl(four.s_addr) >> 24) == 127);
}

/* "10.0.0.0/8" */
static bool in_cidr(const char *host, const char *cidr)
{
    const char *slash = strchr(cidr, '/');
    scoped_free char *net = slash ? xstrndup(cidr, (size_t)(slash - cidr)) : NULL;
    struct in_addr a, b;
    int64_t bits;

    if (!net || !str_to_int64(slash + 1, &bits) || bits < 0 || bits > 32 ||
        inet_pton(AF_INET, host, &a) != 1 || inet_pton(AF_INET, net, &b) != 1)
        return false;
    return bits == 0 || (ntohl(a.s_addr) >> (32 - bits)) == (ntohl(b.s_addr) >> (32 - bits));
}

bool registry_is_insecure(const char *domain, const struct strv *insecure)
{
    const char *colon = *domain == '[' ? strstr(domain, "]:") : strrchr(domain, ':');
    scoped_free char *host =
        colon ? xstrndup(domain, (size_t)(colon - domain) + (*domain == '[')) : xstrdup(domain);

    if (is_loopback(host))
        return true;
    for (size_t i = 0; insecure && i < insecure->count; i++)
        if (str_eq(insecure->items[i], domain) || str_eq(insecure->items[i], host) ||
            in_cidr(host, insecure->items[i]))
            return true;
    return false;
}

static const char *host_of(const char *domain)
{
    return str_eq(domain, "docker.io") ? "registry-1.docker.io" : domain;
}

/* -- what a refusal says -- */

static char *code_text(const char *code)
{
    char *text = xstrdup(code);

    for (char *p = text; *p; p++)
        *p = *p == '_' ? ' ' : (char)tolower((unsigned char)*p);
    return text;
}

void registry_error_text(const char *bytes, size_t n, int status, struct str *ret)
{
    scoped(json_decref) json_t *body = NULL;
    const json_t *first;
    const char *code, *message;

    json_parse(bytes, n, &body, NULL);
    first = json_array_get(json_at(body, "errors"), 0);
    code = json_str_at(first, "code", "");
    message = json_str_at(first, "message", "");
    if (*code) {
        scoped_free char *text = code_text(code);

        str_addf(ret, "%.200s: %.600s", text, *message ? message : text);
    } else if (json_str_at(body, "details", "")[0]) { /* of a token server */
        str_addf(ret, "%s: %.600s", status == 401 ? "unauthorized" : "denied",
                 json_str_at(body, "details", ""));
    } else if (status == 401) {
        str_add(ret, "unauthorized: authentication required");
    } else {
        str_addf(ret, "received unexpected HTTP status: %d", status);
    }
}

static int refused(const struct transfer *t, struct error *err)
{
    scoped_str text = { 0 };

    registry_error_text(str_text(&t->answer), t->answer.len, t->status, &text);
    if (str_starts(str_text(&text), "unauthorized"))
        return error_set(err, ERR_UNAUTHORIZED, "%s", str_text(&text));
    if (t->status == 403 || str_starts(str_text(&text), "denied"))
        return error_set(err, ERR_FORBIDDEN, "%s", str_text(&text));
    return error_set(err, t->status == 404 ? ERR_NOT_FOUND : ERR_SYSTEM, "%s", str_text(&text));
}

/* -- tokens -- */

/* Everything but what a URL may hold as it is. */
static void add_escaped(struct str *s, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            str_add_char(s, *text);
        else
            str_addf(s, "%%%02X", (unsigned char)*text);
    }
}

static void add_pair(struct str *s, const char *name, const char *value)
{
    if (str_empty(value))
        return;
    if (s->len && !strchr("?&", s->data[s->len - 1]))
        str_add_char(s, '&');
    str_addf(s, "%s=", name);
    add_escaped(s, value);
}

char *token_of_answer(const char *bytes, size_t n, char **identity)
{
    json_t *body = NULL;
    char *token = NULL;
    const char *text;

    if (json_parse(bytes, n, &body, NULL) < 0)
        return NULL;
    text = json_str_at(body, "token", "");
    if (!*text)
        text = json_str_at(body, "access_token", "");
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 127)
            text = ""; /* it goes into a header */
    if (*text)
        token = xstrdup(text);
    text = json_str_at(body, "refresh_token", "");
    if (identity && *text)
        *identity = xstrdup(text);
    json_decref(body);
    return token;
}

/* GET with name and password, or POST of a form with the identity token. `identity` not NULL: one is asked for. */
static void shape_token_request(const struct registry *r, const char *scope, bool offline, struct str *url,
                                struct str *form)
{
    bool exchange = r->who->identity_token != NULL;
    struct str *to = exchange ? form : url;

    str_add(url, r->challenge.realm);
    if (!exchange)
        str_add_char(url, strchr(r->challenge.realm, '?') ? '&' : '?');
    if (exchange) {
        add_pair(form, "grant_type", "refresh_token");
        add_pair(form, "refresh_token", r->who->identity_token);
    } else {
        add_pair(to, "account", r->who->username);
    }
    if (offline || exchange)
        add_pair(to, "client_id", "docker");
    if (offline)
        add_pair(to, exchange ? "access_type" : "offline_token", exchange ? "offline" : "true");
    add_pair(to, "scope", scope);
    add_pair(to, "service", r->challenge.service);
}

static void set_authorization(struct registry *r, const char *kind, const char *value)
{
    secret_free(r->authorization);
    r->authorization = xasprintf("Authorization: %s %s", kind, value);
}

static int ask_token(struct registry *r, const char *scope, char **identity, struct error *err)
{
    scoped_str url = { 0 }, form = { 0 };
    scoped_strv headers = { 0 };
    scoped(secret_free) char *token = NULL, *basic = r->who->username ? credentials_basic(r->who) : NULL;
    struct transfer t = { .url = NULL, .max = TOKEN_MAX };
    int result;

    if (!r->challenge.realm ||
        (!str_starts(r->challenge.realm, "http://") && !str_starts(r->challenge.realm, "https://")))
        return error_set(err, ERR_SYSTEM, "the registry names no token server");
    shape_token_request(r, scope, identity != NULL, &url, &form);
    t.method = form.len ? "POST" : "GET";
    t.url = str_text(&url);
    t.headers = &headers;
    if (form.len) {
        strv_add(&headers, "Content-Type: application/x-www-form-urlencoded");
        t.body = form.data;
        t.body_size = form.len;
    } else if (basic) {
        strv_addf(&headers, "Authorization: Basic %s", basic);
    }
    result = transfer_run(&t, err);
    if (result == 0 && t.status != 200)
        result = refused(&t, err);
    else if (result == 0 && !(token = token_of_answer(str_text(&t.answer), t.answer.len, identity)))
        result = error_set(err, ERR_SYSTEM, "authorization server did not include a token in the response");
    if (result == 0)
        set_authorization(r, "Bearer", token);
    if (t.answer.len)
        explicit_bzero(t.answer.data, t.answer.len);
    if (form.len)
        explicit_bzero(form.data, form.len);
    for (size_t i = 0; i < headers.count; i++)
        explicit_bzero(headers.items[i], strlen(headers.items[i]));
    transfer_clear(&t);
    return result;
}

static char *own_scope(const struct registry *r)
{
    return r->path ? xasprintf("repository:%s:%s", r->path, r->actions) : NULL;
}

/* What the challenge wants is there afterwards, or it is said what is missing. */
static int authenticate(struct registry *r, const char *url, char **identity, struct error *err)
{
    scoped_free char *scope = own_scope(r);

    if (r->who->registry_token) {
        if (r->challenge.kind == CHALLENGE_BEARER)
            set_authorization(r, "Bearer", r->who->registry_token);
        return 0;
    }
    if (r->challenge.kind == CHALLENGE_BASIC) {
        scoped(secret_free) char *basic = r->who->username ? credentials_basic(r->who) : NULL;

        if (!basic)
            return error_set(err, ERR_SYSTEM, "Get \"%s\": no basic auth credentials", url);
        set_authorization(r, "Basic", basic);
    } else if (r->challenge.kind == CHALLENGE_BEARER) {
        return ask_token(r, scope, identity, err);
    }
    return 0;
}

/* -- asking -- */

static void take_challenge(struct registry *r, const struct transfer *t)
{
    struct challenge c = { 0 };

    if (t->status != 401 || !t->challenge)
        return;
    challenge_parse(t->challenge, &c);
    if (c.kind == CHALLENGE_NONE)
        return;
    challenge_clear(&r->challenge);
    r->challenge = c;
}

static int run_once(struct registry *r, struct transfer *t, const char *const *more, struct error *err)
{
    scoped_strv headers = { 0 };
    int result;

    for (; more && *more; more++)
        strv_add(&headers, *more);
    if (r->authorization)
        strv_add(&headers, r->authorization);
    t->headers = &headers;
    t->handle = &r->handle;
    t->unverified = r->insecure;
    result = transfer_run(t, err);
    t->headers = NULL;
    if (r->authorization)
        explicit_bzero(headers.items[headers.count - 1], strlen(headers.items[headers.count - 1]));
    return result;
}

/* A token may have run out, or be wanted for this request alone: then once more with a new one. */
static int run(struct registry *r, struct transfer *t, const char *const *more, struct error *err)
{
    if (run_once(r, t, more, err) < 0)
        return -1;
    if (t->status != 401 || r->who->registry_token)
        return 0;
    take_challenge(r, t);
    if (r->challenge.kind != CHALLENGE_BEARER)
        return 0;
    return authenticate(r, t->url, NULL, err) < 0 ? -1 : run_once(r, t, more, err);
}

static int ping_by(struct registry *r, const char *scheme, const char *host, struct transfer *t,
                   struct error *err)
{
    scoped_free char *url = xasprintf("%s://%s/v2/", scheme, host);
    int result;

    free(r->base);
    r->base = xasprintf("%s://%s", scheme, host);
    transfer_clear(t);
    *t = (struct transfer){
        .method = "GET", .url = url, .max = ERROR_TEXT_MAX, .handle = &r->handle, .unverified = r->insecure
    };
    result = transfer_run(t, err);
    t->url = NULL;
    return result;
}

/* One that may speak plain HTTP is asked so first: trying TLS costs more than all the rest. Nothing secret is said yet. */
static int ping(struct registry *r, const char *host, bool insecure, struct transfer *t, struct error *err)
{
    bool plain;

    r->insecure = insecure;
    plain = insecure && ping_by(r, "http", host, t, err) == 0;

    if (plain && (t->status == 200 || t->status == 401)) {
        take_challenge(r, t);
        return 0;
    }
    if (ping_by(r, "https", host, t, err) < 0 && (!insecure || ping_by(r, "http", host, t, err) < 0))
        return -1;
    take_challenge(r, t);
    return 0;
}

int registry_open(const struct reference *repository, const char *actions, const struct credentials *who,
                  const struct strv *insecure, struct registry **ret, struct error *err)
{
    scoped(registry_close) struct registry *r = new_zeroed(struct registry);
    scoped_free char *url = NULL;
    struct transfer t = { 0 };

    r->path = xstrdup(repository->path);
    r->actions = xstrdup(actions);
    r->who = who;
    if (ping(r, host_of(repository->domain), registry_is_insecure(repository->domain, insecure), &t, err) < 0)
        return -1;
    transfer_clear(&t);
    url = xasprintf("%s/v2/%s/", r->base, r->path);
    if (authenticate(r, url, NULL, err) < 0)
        return -1;
    *ret = take_ptr(&r);
    return 0;
}

struct registry *registry_close(struct registry *r)
{
    if (!r)
        return NULL;
    challenge_clear(&r->challenge);
    secret_free(r->authorization);
    transfer_close(r->handle);
    free(r->base);
    free(r->path);
    free(r->actions);
    free(r);
    return NULL;
}

/* "https://host/v1/" and "host" name the same registry. */
static char *server_host(const char *server)
{
    const char *from = strstr(server, "://");

    from = from ? from + 3 : server;
    return xstrndup(from, strcspn(from, "/"));
}

int registry_login(const char *server, const struct credentials *who, const struct strv *insecure,
                   char **token, struct error *err)
{
    scoped_free char *host = server_host(server), *url = NULL;
    scoped(registry_close) struct registry *r = new_zeroed(struct registry);
    scoped(secret_free) char *identity = NULL;
    struct transfer t = { 0 };
    int result = 0;

    r->who = who;
    if (ping(r, host_of(host), registry_is_insecure(host, insecure), &t, err) < 0)
        return -1;
    transfer_clear(&t);
    url = xasprintf("%s/v2/", r->base);
    if (r->challenge.kind != CHALLENGE_NONE) {
        if (authenticate(r, url, &identity, err) < 0)
            return -1;
        t = (struct transfer){ .method = "GET", .url = url, .max = ERROR_TEXT_MAX };
        result = run_once(r, &t, NULL, err);
    }
    if (result == 0 && t.status != 200)
        result = error_set(err, t.status == 401 ? ERR_UNAUTHORIZED : ERR_SYSTEM,
                           "login attempt to %s failed with status: %d%s", url, t.status,
                           t.status == 401 ? " Unauthorized" : "");
    transfer_clear(&t);
    if (result == 0)
        *token = take_ptr(&identity);
    return result;
}

/* -- manifests and tags -- */

/* What the registry itself says of the bytes; a schema 1 manifest has no mediaType. */
static void take_type(const struct transfer *t, struct manifest *m)
{
    scoped(json_decref) json_t *body = NULL;
    const char *inside;
    size_t n = t->content_type ? strcspn(t->content_type, "; ") : 0;

    json_parse(str_text(&m->bytes), m->bytes.len, &body, NULL);
    inside = json_str_at(body, "mediaType", "");
    m->type = *inside ? xstrdup(inside) : xstrndup(t->content_type ? t->content_type : "", n);
}

int registry_manifest(struct registry *r, const char *reference, struct manifest *ret, struct error *err)
{
    static const char *const accept[] = { ACCEPT, NULL };
    scoped_free char *url = xasprintf("%s/v2/%s/manifests/%s", r->base, r->path, reference);
    struct transfer t = { .method = "GET", .url = url, .max = MANIFEST_MAX };
    struct manifest m = { .type = NULL };
    int result = run(r, &t, accept, err);

    if (result == 0 && t.status != 200)
        result = refused(&t, err);
    if (result == 0) {
        digest_of(str_text(&t.answer), t.answer.len, m.digest);
        if ((digest_is_valid(reference) && !str_eq(reference, m.digest)) ||
            (t.digest && digest_is_valid(t.digest) && !str_eq(t.digest, m.digest)))
            result = error_set(err, ERR_SYSTEM, "manifest verification failed for digest %s",
                               digest_is_valid(reference) ? reference : t.digest);
    }
    if (result == 0) {
        m.bytes = t.answer;
        t.answer = (struct str){ 0 };
        take_type(&t, &m);
        *ret = m;
    }
    transfer_clear(&t);
    return result;
}

void manifest_clear(struct manifest *m)
{
    free(m->type);
    str_free(&m->bytes);
    *m = (struct manifest){ .type = NULL };
}

/* "</v2/a/tags/list?last=x&n=5>; rel=\"next\"", of the same registry; NULL: that was the last page. */
static char *next_page(const struct registry *r, const char *link)
{
    const char *end = link && *link == '<' ? strchr(link, '>') : NULL;

    if (!end || !strstr(end, "next") || link[1] != '/')
        return NULL;
    return xasprintf("%s%.*s", r->base, (int)(end - link - 1), link + 1);
}

int registry_tags(struct registry *r, struct strv *ret, struct error *err)
{
    char *url = xasprintf("%s/v2/%s/tags/list", r->base, r->path);
    int result = 0;

    for (int page = 0; url && result == 0 && page < TAG_PAGES_MAX && ret->count < TAGS_MAX; page++) {
        struct transfer t = { .method = "GET", .url = url, .max = MANIFEST_MAX };
        scoped(json_decref) json_t *body = NULL;
        char *next = NULL;

        result = run(r, &t, NULL, err);
        if (result == 0 && t.status != 200)
            result = refused(&t, err);
        if (result == 0)
            result = json_parse(str_text(&t.answer), t.answer.len, &body, err);
        if (result == 0) {
            json_strv_at(body, "tags", ret);
            next = next_page(r, t.link);
        }
        transfer_clear(&t);
        free(url);
        url = next;
    }
    free(url);
    return result;
}

/* -- blobs, here -- */

struct fetch {
    struct transfer *t;
    int fd;
    struct digest *digest;
    int64_t size, done, said;
    bool fresh; /* no byte of this try has come */
    registry_progress progress;
    void *user;
};

/* From the beginning, when a registry sends the whole although a part was asked for. */
static int fetch_restart(struct fetch *f, struct error *err)
{
    if (ftruncate(f->fd, 0) < 0 || lseek(f->fd, 0, SEEK_SET) < 0)
        return error_errno(err, "truncate");
    digest_free(f->digest);
    f->digest = digest_new();
    f->done = f->said = 0;
    return 0;
}

static int fetch_take(void *user, const void *bytes, size_t n, struct error *err)
{
    struct fetch *f = user;

    if (f->fresh && f->t->status == 200 && f->done && fetch_restart(f, err) < 0)
        return -1;
    f->fresh = false;
    if ((int64_t)n > f->size - f->done)
        return error_set(err, ERR_INVALID, "it is longer than the %lld bytes that the manifest says",
                         (long long)f->size);
    digest_add(f->digest, bytes, n);
    f->done += (int64_t)n;
    if (fd_write_all(f->fd, bytes, n, err) < 0)
        return -1;
    if (f->done - f->said < PROGRESS_BYTES)
        return 0;
    f->said = f->done;
    return f->progress(f->user, f->done, 0, err);
}

static bool helps_again(const struct transfer *t)
{
    return t->broken || t->status == 408 || t->status == 429 || t->status >= 500;
}

static int wait_before(struct fetch *f, int seconds, struct error *err)
{
    for (; seconds > 0; seconds--) {
        if (f->progress(f->user, f->done, seconds, err) < 0)
            return -1;
        sleep(1);
    }
    return 0;
}

/* One request. 1: ask again. */
static int fetch_once(struct registry *r, struct fetch *f, const char *url, int *wait, struct error *err)
{
    scoped_free char *range = f->done ? xasprintf("Range: bytes=%lld-", (long long)f->done) : NULL;
    const char *more[] = { range, NULL };
    struct transfer t = { .method = "GET", .url = url, .sink = fetch_take, .sink_user = f };
    int result;

    f->t = &t;
    f->fresh = true;
    result = run(r, &t, range ? more : NULL, err);
    if (result == 0 && t.status != 200 && t.status != 206)
        result = t.status == 404 ? error_set(err, ERR_NOT_FOUND, "unknown blob") : refused(&t, err);
    if (result < 0 && helps_again(&t)) {
        *wait = t.retry_after >= 0 ? (int)(t.retry_after < WAIT_MAX ? t.retry_after : WAIT_MAX) : *wait;
        result = 1;
    }
    transfer_clear(&t);
    return result;
}

int registry_fetch(struct registry *r, const char *digest, int64_t size, int fd, registry_progress progress,
                   void *user, struct error *err)
{
    scoped_free char *url = xasprintf("%s/v2/%s/blobs/%s", r->base, r->path, digest);
    struct fetch f = { .fd = fd, .size = size, .digest = digest_new(), .progress = progress, .user = user };
    char got[DIGEST_LENGTH + 1];
    int result = 1;

    for (int i = 1; result == 1; i++) {
        int wait = i;
        int64_t before = f.done;

        result = fetch_once(r, &f, url, &wait, err);
        if (f.done > before)
            i = 1; /* it goes on */
        if (result == 1 && (i == TRIES || wait_before(&f, wait, err) < 0))
            result = -1;
    }
    digest_end(f.digest, got);
    digest_free(f.digest);
    if (result == 0 && !str_eq(got, digest))
        return error_set(err, ERR_INVALID, "filesystem layer verification failed for digest %s", digest);
    if (result == 0 && f.done != size)
        return error_set(err, ERR_INVALID, "%s has %lld bytes, and the manifest says %lld", digest,
                         (long long)f.done, (long long)size);
    return result;
}

int registry_fetch_text(struct registry *r, const char *digest, size_t max, struct str *ret,
                        struct error *err)
{
    scoped_free char *url = xasprintf("%s/v2/%s/blobs/%s", r->base, r->path, digest);
    char got[DIGEST_LENGTH + 1];
    int result = 1;

    for (int i = 1; result == 1; i++) {
        struct transfer t = { .method = "GET", .url = url, .max = max };

        result = run(r, &t, NULL, err);
        if (result == 0 && t.status != 200)
            result = t.status == 404 ? error_set(err, ERR_NOT_FOUND, "unknown blob") : refused(&t, err);
        if (result < 0 && helps_again(&t) && i < TRIES) {
            sleep((unsigned)(t.retry_after >= 0 && t.retry_after < WAIT_MAX ? t.retry_after : i));
            result = 1;
        }
        if (result == 0) {
            *ret = t.answer;
            t.answer = (struct str){ 0 };
        }
        transfer_clear(&t);
    }
    if (result < 0)
        return -1;
    digest_of(str_text(ret), ret->len, got);
    if (str_eq(got, digest))
        return 0;
    str_free(ret);
    return error_set(err, ERR_INVALID, "image config verification failed for digest %s", digest);
}

/* -- blobs, there -- */

int registry_has_blob(struct registry *r, const char *digest, bool *ret, struct error *err)
{
    scoped_free char *url = xasprintf("%s/v2/%s/blobs/%s", r->base, r->path, digest);
    struct transfer t = { .method = "HEAD", .url = url };
    int result = run(r, &t, NULL, err);

    if (result == 0 && t.status != 200 && t.status != 404)
        result = refused(&t, err);
    *ret = t.status == 200;
    transfer_clear(&t);
    return result;
}

int registry_mount(struct registry *r, const char *digest, const char *from, bool *ret, struct error *err)
{
    scoped_str url = { 0 };
    struct transfer t = { .method = "POST", .max = ERROR_TEXT_MAX };
    int result;

    str_addf(&url, "%s/v2/%s/blobs/uploads/?", r->base, r->path);
    add_pair(&url, "from", from);
    add_pair(&url, "mount", digest);
    t.url = str_text(&url);
    result = run(r, &t, NULL, err);
    *ret = result == 0 && t.status == 201;
    transfer_clear(&t);
    return result;
}

/* Where an upload goes on, with the digest that ends it. Nothing is sent to another host than the registry says. */
static char *upload_target(const struct registry *r, const char *location, const char *digest)
{
    scoped_str url = { 0 };

    if (*location == '/')
        str_add(&url, r->base);
    str_add(&url, location);
    str_add_char(&url, strchr(location, '?') ? '&' : '?');
    add_pair(&url, "digest", digest);
    return str_take(&url);
}

static int upload_begin(struct registry *r, const char *digest, char **ret, struct error *err)
{
    scoped_free char *url = xasprintf("%s/v2/%s/blobs/uploads/", r->base, r->path);
    struct transfer t = { .method = "POST", .url = url, .max = ERROR_TEXT_MAX };
    int result = run(r, &t, NULL, err);

    if (result == 0 && t.status != 202)
        result = refused(&t, err);
    else if (result == 0 && (!t.location || (*t.location != '/' && !str_starts(t.location, "http"))))
        result = error_set(err, ERR_SYSTEM, "the registry says no place for an upload");
    if (result == 0)
        *ret = upload_target(r, t.location, digest);
    transfer_clear(&t);
    return result;
}

static int upload_once(struct registry *r, const char *digest, int fd, int64_t size, bool *again,
                       struct error *err)
{
    static const char *const type[] = { "Content-Type: application/octet-stream", NULL };
    scoped_free char *url = NULL;
    struct transfer t = { .method = "PUT", .body_fd = fd, .body_fd_size = size, .max = ERROR_TEXT_MAX };
    int result = upload_begin(r, digest, &url, err);

    *again = false;
    if (result < 0)
        return -1;
    t.url = url;
    result = run(r, &t, type, err);
    if (result == 0 && t.status != 201 && t.status != 204)
        result = refused(&t, err);
    *again = result < 0 && helps_again(&t);
    transfer_clear(&t);
    return result;
}

int registry_upload(struct registry *r, const char *digest, int fd, int64_t size, struct error *err)
{
    bool again = true;
    int result = -1;

    for (unsigned i = 1; result < 0 && again && i <= 3; i++) {
        if (i > 1)
            sleep(i - 1);
        result = upload_once(r, digest, fd, size, &again, err);
    }
    return result;
}

int registry_put_manifest(struct registry *r, const char *reference, const char *type, const char *bytes,
                          size_t n, struct error *err)
{
    scoped_free char *url = xasprintf("%s/v2/%s/manifests/%s", r->base, r->path, reference),
                     *line = xasprintf("Content-Type: %s", type);
    const char *more[] = { line, NULL };
    struct transfer t = { .method = "PUT", .url = url, .body = bytes, .body_size = n, .max = ERROR_TEXT_MAX };
    int result = run(r, &t, more, err);

    if (result == 0 && t.status != 201)
        result = refused(&t, err);
    transfer_clear(&t);
    return result;
}
