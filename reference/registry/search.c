/* registry/search.c - see search.h. */
#include "registry/search.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "registry/client.h"
#include "registry/transfer.h"

#define DEFAULT_INDEX "index.docker.io"
#define ANSWER_MAX    (1u << 20)

/* The part before the first slash is a host if it looks like one. */
static char *split_host(const char **term)
{
    const char *slash = strchr(*term, '/');
    char *host = slash ? xstrndup(*term, (size_t)(slash - *term)) : NULL;

    if (host && (strpbrk(host, ".:") || strcmp(host, "localhost") == 0)) {
        *term = slash + 1;
        return host;
    }
    free(host);
    return xstrdup(DEFAULT_INDEX);
}

static void add_escaped(struct str *s, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            str_add_char(s, *text);
        else
            str_addf(s, "%%%02X", (unsigned char)*text);
    }
}

static json_t *result_of(const json_t *found)
{
    json_t *ret = json_object();

    json_object_set_new(ret, "star_count", json_integer(json_int_at(found, "star_count", 0)));
    json_object_set_new(ret, "is_official", json_boolean(json_bool_at(found, "is_official", false)));
    json_put_str(ret, "name", json_str_at(found, "name", ""));
    json_object_set_new(ret, "is_automated", json_false()); /* since 1.44 it means nothing */
    json_put_str(ret, "description", json_str_at(found, "description", ""));
    return ret;
}

static int read_results(const struct transfer *t, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;
    json_t *found;
    size_t i;

    if (t->status != 200)
        return error_set(err, ERR_SYSTEM, "Unexpected status code %d", t->status);
    if (json_parse(str_text(&t->answer), t->answer.len, &body, NULL) < 0 ||
        !json_is_array(json_at(body, "results")))
        return error_set(err, ERR_SYSTEM, "error decoding registry search results");
    *ret = json_array();
    json_array_foreach (json_at(body, "results"), i, found)
        json_array_append_new(*ret, result_of(found));
    return 0;
}

static int search_at(const char *base, const char *words, int limit, const struct credentials *who,
                     bool unverified, bool *broken, json_t **ret, struct error *err)
{
    scoped(secret_free) char *basic = who->username ? credentials_basic(who) : NULL;
    scoped_str url = { 0 };
    scoped_strv headers = { 0 };
    struct transfer t = { .method = "GET", .headers = &headers, .unverified = unverified, .max = ANSWER_MAX };
    int result;

    str_addf(&url, "%s/v1/search?q=", base);
    add_escaped(&url, words);
    str_addf(&url, "&n=%d", limit);
    t.url = str_text(&url);
    if (basic)
        strv_addf(&headers, "Authorization: Basic %s", basic);
    result = transfer_run(&t, err);
    *broken = t.broken || t.status == 400; /* plain HTTP where TLS is spoken */
    if (result == 0)
        result = read_results(&t, ret, err);
    if (basic)
        explicit_bzero(headers.items[0], strlen(headers.items[0]));
    transfer_clear(&t);
    return result;
}

int registry_search(const char *term, int limit, const struct credentials *who, const struct strv *insecure,
                    json_t **ret, struct error *err)
{
    scoped_free char *host = split_host(&term), *secure = xasprintf("https://%s", host),
                     *plain = xasprintf("http://%s", host);
    bool broken = true, plainly = registry_is_insecure(host, insecure);
    int result = plainly ? search_at(plain, term, limit, who, true, &broken, ret, err) : -1;

    return result < 0 && broken ? search_at(secure, term, limit, who, plainly, &broken, ret, err) : result;
}
