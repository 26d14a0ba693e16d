/* registry/reference.c - see reference.h. The grammar is regular; it is matched by hand since each part has its own refusal. */
#include "registry/reference.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define NAME_MAX_LENGTH 255
#define TAG_MAX_LENGTH  128
#define DEFAULT_DOMAIN  "docker.io"
#define OLD_DOMAIN      "index.docker.io"
#define OFFICIAL        "library/"

static bool is_small(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
    return is_small(c) || (c >= 'A' && c <= 'Z');
}

/* Letters and digits, divided by one '.', one or two '_', or any number of '-'. */
static bool component_is_valid(const char *s, size_t n)
{
    size_t i = 0;

    while (i < n && is_small(s[i])) {
        while (i < n && is_small(s[i]))
            i++;
        if (i == n)
            return true;
        if (s[i] == '-') {
            while (i < n && s[i] == '-')
                i++;
        } else if (s[i] == '_') {
            i += i + 1 < n && s[i + 1] == '_' ? 2 : 1;
        } else if (s[i] == '.') {
            i++;
        } else {
            return false;
        }
    }
    return false;
}

static bool path_is_valid(const char *path)
{
    for (;;) {
        size_t n = strcspn(path, "/");

        if (!component_is_valid(path, n))
            return false;
        if (!path[n])
            return true;
        path += n + 1;
    }
}

static bool label_is_valid(const char *s, size_t n)
{
    if (n == 0 || !is_alnum(s[0]) || !is_alnum(s[n - 1]))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_alnum(s[i]) && s[i] != '-')
            return false;
    return true;
}

static bool port_is_valid(const char *s)
{
    return *s == '\0' || (*s == ':' && s[1] && strspn(s + 1, "0123456789") == strlen(s + 1));
}

static bool domain_is_valid(const char *domain)
{
    if (*domain == '[') {
        size_t n = strspn(domain + 1, "0123456789abcdefABCDEF:");

        return n && domain[1 + n] == ']' && port_is_valid(domain + n + 2);
    }
    for (;;) {
        size_t n = strcspn(domain, ".:");

        if (!label_is_valid(domain, n))
            return false;
        if (domain[n] != '.')
            return port_is_valid(domain + n);
        domain += n + 1;
    }
}

bool reference_tag_is_valid(const char *tag)
{
    size_t n = strlen(tag);

    if (n == 0 || n > TAG_MAX_LENGTH || !(is_alnum(tag[0]) || tag[0] == '_'))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!is_alnum(tag[i]) && !strchr("_.-", tag[i]))
            return false;
    return true;
}

/* "algorithm:hex", the algorithm of parts divided by one of "-_+."; at least 32 digits. sha256 has 64 small ones. */
static bool digest_part_is_valid(const char *s)
{
    bool fresh = true;
    size_t hex;

    if (str_starts(s, "sha256:"))
        return strlen(s) == 71 && str_is_hex(s + 7);
    for (; *s && *s != ':'; s++) {
        if (fresh ? !isalpha((unsigned char)*s) : !is_alnum(*s) && !strchr("-_+.", *s))
            return false;
        fresh = strchr("-_+.", *s) != NULL;
    }
    if (fresh || *s != ':')
        return false;
    hex = strspn(s + 1, "0123456789abcdefABCDEF");
    return hex >= 32 && !s[1 + hex];
}

/* The part before the first slash is a domain only if it looks like one. */
static bool names_domain(const char *s, size_t n)
{
    if (memchr(s, '.', n) || memchr(s, ':', n) || (n == 9 && strncmp(s, "localhost", 9) == 0))
        return true;
    for (size_t i = 0; i < n; i++)
        if (isupper((unsigned char)s[i]))
            return true;
    return false;
}

static void split_domain(const char *text, struct reference *r)
{
    const char *slash = strchr(text, '/');

    if (!slash || !names_domain(text, (size_t)(slash - text))) {
        r->domain = xstrdup(DEFAULT_DOMAIN);
        r->path = xstrdup(text);
    } else {
        r->domain = xstrndup(text, (size_t)(slash - text));
        r->path = xstrdup(slash + 1);
    }
    if (str_eq(r->domain, OLD_DOMAIN)) {
        free(r->domain);
        r->domain = xstrdup(DEFAULT_DOMAIN);
    }
    if (str_eq(r->domain, DEFAULT_DOMAIN) && !strchr(r->path, '/')) {
        char *official = xasprintf("%s%s", OFFICIAL, r->path);

        free(r->path);
        r->path = official;
    }
}

/* Cuts "@DIGEST" and ":TAG" off r->path. */
static bool split_rest(struct reference *r)
{
    char *at = strchr(r->path, '@'), *colon;

    if (at) {
        *at = '\0';
        r->digest = xstrdup(at + 1);
        if (!digest_part_is_valid(r->digest))
            return false;
    }
    colon = strchr(r->path, ':');
    if (colon) {
        *colon = '\0';
        r->tag = xstrdup(colon + 1);
        if (!reference_tag_is_valid(r->tag))
            return false;
    }
    return true;
}

int reference_parse(const char *text, struct reference **ret, struct error *err)
{
    scoped(reference_free) struct reference *r = new_zeroed(struct reference);
    size_t name;

    if (strlen(text) == 64 && str_is_hex(text))
        return error_set(err, ERR_INVALID,
                         "invalid repository name (%s), cannot specify 64-byte hexadecimal strings", text);
    split_domain(text, r);
    name = strcspn(r->path, ":@");
    for (size_t i = 0; i < name; i++)
        if (isupper((unsigned char)r->path[i]))
            return error_set(err, ERR_INVALID,
                             "invalid reference format: repository name (%.*s) must be lowercase", (int)name,
                             r->path);
    if (!split_rest(r) || !path_is_valid(r->path) || !domain_is_valid(r->domain))
        return error_set(err, ERR_INVALID, "invalid reference format");
    if (strlen(r->domain) + 1 + strlen(r->path) > NAME_MAX_LENGTH)
        return error_set(err, ERR_INVALID, "repository name must not be more than %d characters",
                         NAME_MAX_LENGTH);
    *ret = take_ptr(&r);
    return 0;
}

struct reference *reference_free(struct reference *r)
{
    if (!r)
        return NULL;
    free(r->domain);
    free(r->path);
    free(r->tag);
    free(r->digest);
    free(r);
    return NULL;
}

void reference_set_tag(struct reference *r, const char *tag)
{
    free(r->tag);
    r->tag = xstrdup(tag);
}

char *reference_full_name(const struct reference *r)
{
    return xasprintf("%s/%s", r->domain, r->path);
}

/* The short form of a name of the default domain; the whole one where the short one would be read as something else, such as
 * "docker.io/r.example/a". */
char *reference_familiar_name(const struct reference *r)
{
    const char *path = r->path, *slash = strchr(path, '/');

    if (!str_eq(r->domain, DEFAULT_DOMAIN) || (slash && names_domain(path, (size_t)(slash - path))))
        return reference_full_name(r);
    if (str_starts(path, OFFICIAL) && !strchr(path + strlen(OFFICIAL), '/'))
        path += strlen(OFFICIAL);
    if (strlen(path) == 64 && str_is_hex(path))
        return reference_full_name(r);
    return xstrdup(path);
}

static char *with_rest(const struct reference *r, char *name)
{
    char *whole = xasprintf("%s%s%s%s%s", name, r->tag ? ":" : "", r->tag ? r->tag : "", r->digest ? "@" : "",
                            r->digest ? r->digest : "");

    free(name);
    return whole;
}

char *reference_full(const struct reference *r)
{
    return with_rest(r, reference_full_name(r));
}

char *reference_familiar(const struct reference *r)
{
    return with_rest(r, reference_familiar_name(r));
}
