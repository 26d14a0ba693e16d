/* registry/challenge.c - see challenge.h. A header may hold several challenges with commas between them, and the parameters of one have
 * commas between them too: a word that no '=' follows begins the next challenge. */
#include "registry/challenge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/scope.h"
#include "base/str.h"

#define SEPARATORS " \t,"

static bool is_token(char c)
{
    return c > ' ' && c < 127 && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static size_t token_length(const char *s)
{
    size_t n = 0;

    while (is_token(s[n]))
        n++;
    return n;
}

/* A token or a quoted text; *s is moved behind it. */
static char *take_value(const char **s)
{
    struct str text = { 0 };
    size_t n = token_length(*s);

    str_add(&text, "");
    if (**s != '"') {
        str_add_bytes(&text, *s, n);
        *s += n;
        return str_take(&text);
    }
    for ((*s)++; **s && **s != '"'; (*s)++) {
        if (**s == '\\' && (*s)[1])
            (*s)++;
        str_add_char(&text, **s);
    }
    *s += **s == '"';
    return str_take(&text);
}

static void set(char **member, char *value)
{
    free(*member);
    *member = value;
}

/* What stands before a scheme, or belongs to one that we do not know, is nobody's. */
static void take_parameter(struct challenge *c, const char *name, size_t n, char *value)
{
    if (c->kind == CHALLENGE_NONE)
        free(value);
    else if (n == 5 && strncasecmp(name, "realm", n) == 0)
        set(&c->realm, value);
    else if (n == 7 && strncasecmp(name, "service", n) == 0)
        set(&c->service, value);
    else if (n == 5 && strncasecmp(name, "scope", n) == 0)
        set(&c->scope, value);
    else
        free(value);
}

void challenge_parse(const char *s, struct challenge *ret)
{
    while (*(s += strspn(s, SEPARATORS))) {
        size_t n = token_length(s);
        const char *name = s;

        if (n == 0) {
            s++; /* nothing that we know */
            continue;
        }
        s += n;
        s += strspn(s, " \t");
        if (*s == '=') {
            s++;
            s += strspn(s, " \t");
            take_parameter(ret, name, n, take_value(&s));
        } else if (ret->kind != CHALLENGE_NONE) {
            return; /* the next challenge */
        } else {
            ret->kind = n == 5 && strncasecmp(name, "basic", n) == 0    ? CHALLENGE_BASIC
                        : n == 6 && strncasecmp(name, "bearer", n) == 0 ? CHALLENGE_BEARER
                                                                        : CHALLENGE_NONE;
        }
    }
}

void challenge_clear(struct challenge *c)
{
    free(c->realm);
    free(c->service);
    free(c->scope);
    *c = (struct challenge){ 0 };
}
