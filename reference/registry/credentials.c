/* registry/credentials.c - see credentials.h. */
#include "registry/credentials.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

#define HEADER_MAX 65536

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static int digit_value(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* With padding, as clients send it. Returns how many bytes, or -1. */
static ssize_t base64url_decode(const char *text, char *ret)
{
    size_t n = strlen(text), used = 0;

    if (n % 4)
        return -1;
    for (size_t i = 0; i < n; i += 4) {
        int pad = i + 4 < n || text[i + 3] != '=' ? 0 : text[i + 2] == '=' ? 2 : 1;
        uint32_t v = 0;

        for (int k = 0; k < 4 - pad; k++) {
            int d = digit_value(text[i + (size_t)k]);

            if (d < 0)
                return -1;
            v |= (uint32_t)d << (18 - 6 * k);
        }
        for (int k = 0; k < 3 - pad; k++)
            ret[used++] = (char)(v >> (16 - 8 * k));
    }
    return (ssize_t)used;
}

static char *member(const json_t *json, const char *key)
{
    const char *text = json_str_at(json, key, "");

    return *text ? xstrdup(text) : NULL;
}

int credentials_from_json(const json_t *json, struct credentials **ret, struct error *err)
{
    static const struct json_field fields[] = {
        {"username",       "string"},
        { "password",      "string"},
        { "auth",          "string"},
        { "serveraddress", "string"},
        { "identitytoken", "string"},
        { "registrytoken", "string"},
        { NULL,            NULL    },
    };
    struct credentials *c;

    if (!json_is_object(json))
        return error_set(err, ERR_INVALID, "credentials are a JSON object");
    if (json_check(json, fields, err) < 0)
        return -1;
    c = new_zeroed(struct credentials);
    c->username = member(json, "username");
    c->password = member(json, "password");
    c->identity_token = member(json, "identitytoken");
    c->registry_token = member(json, "registrytoken");
    c->server = member(json, "serveraddress");
    *ret = c;
    return 0;
}

/* The JSON in a header, or NULL. */
static json_t *header_json(const char *header)
{
    size_t n = strlen(header);
    json_t *json = NULL;
    char *text;
    ssize_t size;

    if (n > HEADER_MAX)
        return NULL;
    text = xcalloc(1, n + 1);
    size = base64url_decode(header, text);
    if (size >= 0)
        json_parse(text, (size_t)size, &json, NULL);
    explicit_bzero(text, n);
    free(text);
    return json;
}

/* The text of a failure is our own: the parser's would quote what it was given. */
int credentials_parse(const char *header, struct credentials **ret, struct error *err)
{
    json_t *json = NULL;
    int r;

    if (str_empty(header)) {
        *ret = new_zeroed(struct credentials);
        return 0;
    }
    json = header_json(header);
    r = json ? credentials_from_json(json, ret, NULL) : -1;
    json_decref(json);
    return r < 0 ? error_set(err, ERR_INVALID, "invalid X-Registry-Auth header") : 0;
}

/* -- of several registries -- */

struct credentials_set {
    struct credentials nobody;
    size_t count;
    struct entry {
        char *domain;
        struct credentials *who;
    } * entries;
};

/* "https://index.docker.io/v1/" is docker.io, "http://host:5000/v2/" host:5000. */
static char *domain_of(const char *address)
{
    const char *host = strstr(address, "://") ? strstr(address, "://") + 3 : address;
    size_t n = strcspn(host, "/");

    return n == 15 && strncmp(host, "index.docker.io", n) == 0 ? xstrdup("docker.io") : xstrndup(host, n);
}

struct credentials_set *credentials_set_parse(const char *header)
{
    struct credentials_set *set = new_zeroed(struct credentials_set);
    json_t *json = str_empty(header) ? NULL : header_json(header), *value;
    const char *address;

    set->entries = xcalloc(json_object_size(json) + 1, sizeof(*set->entries));
    json_object_foreach (json, address, value) {
        struct entry *e = &set->entries[set->count];

        if (credentials_from_json(value, &e->who, NULL) < 0)
            continue;
        e->domain = domain_of(address);
        set->count++;
    }
    json_decref(json);
    return set;
}

struct credentials_set *credentials_set_free(struct credentials_set *set)
{
    for (size_t i = 0; set && i < set->count; i++) {
        free(set->entries[i].domain);
        credentials_free(set->entries[i].who);
    }
    if (set)
        free(set->entries);
    free(set);
    return NULL;
}

const struct credentials *credentials_for(const struct credentials_set *set, const char *domain)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_eq(set->entries[i].domain, domain))
            return set->entries[i].who;
    return &set->nobody;
}

char *secret_free(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
    return NULL;
}

struct credentials *credentials_free(struct credentials *c)
{
    if (!c)
        return NULL;
    free(c->username);
    free(c->server);
    secret_free(c->password);
    secret_free(c->identity_token);
    secret_free(c->registry_token);
    free(c);
    return NULL;
}

char *credentials_basic(const struct credentials *c)
{
    scoped(secret_free) char *both =
        xasprintf("%s:%s", c->username ? c->username : "", c->password ? c->password : "");
    size_t n = strlen(both);
    char *ret = xcalloc(n / 3 + 1, 4 + 1), *p = ret;

    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = 0;

        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < n ? (unsigned char)both[i + k] : 0);
        for (size_t k = 0; k < 4; k++) {
            uint32_t d = v >> (18 - 6 * k) & 63;

            *p++ = i + k > n ? '=' : d < 62 ? digits[d] : d == 62 ? '+' : '/';
        }
    }
    return ret;
}
