/* runner/pattern.c - see pattern.h. An id is "clauses name" or "clauses name[label]"; a label may hold spaces
 * and brackets, a clause and a name may not. */
#include "runner/pattern.h"

#include <stdio.h>
#include <string.h>

bool pattern_fits(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL; /* where to go on when a '*' must take one byte more */

    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool word_fits(const char *pattern, const char *word, size_t length)
{
    char buffer[256];

    if (length >= sizeof(buffer))
        return false;
    snprintf(buffer, sizeof(buffer), "%.*s", (int)length, word);
    return pattern_fits(pattern, buffer);
}

/* Without a version. */
static bool names(const char *pattern, const char *id)
{
    size_t head = strcspn(id, "["); /* the label begins here */
    const char *word = id;

    if (pattern_fits(pattern, id))
        return true;
    for (;;) {
        size_t length = strcspn(word, " [");
        bool last = word + length >= id + head;
        if (last)
            return word_fits(pattern, word, length) || pattern_fits(pattern, word);
        if (word_fits(pattern, word, length) || word_fits(pattern, word, strcspn(word, ". ")))
            return true;
        word += length + 1;
    }
}

/* The version at the end of an id, or of a pattern, or what stands for one there; NULL: none. Behind an '@' of a label comes the
 * label's bracket. */
static const char *version_of(const char *text)
{
    const char *at = strrchr(text, '@');

    return at != NULL && at[1] != '\0' && at[1 + strspn(at + 1, "0123456789.*?")] == '\0' ? at + 1 : NULL;
}

static bool without_version(const char *text, const char *version, char *ret, size_t size)
{
    int length = snprintf(ret, size, "%.*s", (int)(version - text) - 1, text);

    return length >= 0 && (size_t)length < size;
}

bool pattern_names(const char *pattern, const char *id)
{
    const char *version = version_of(id), *wanted = version_of(pattern);
    char plain[1024], plain_pattern[1024];

    if (names(pattern, id))
        return true;
    if (version == NULL || !without_version(id, version, plain, sizeof(plain)))
        return false;
    if (wanted == NULL || !without_version(pattern, wanted, plain_pattern, sizeof(plain_pattern)))
        return names(pattern, plain);
    return names(plain_pattern, plain) && pattern_fits(wanted, version);
}

bool pattern_names_at_some_version(const char *pattern, const char *id)
{
    const char *wanted = version_of(pattern);
    char plain[1024];

    return names(pattern, id) ||
           (wanted != NULL && without_version(pattern, wanted, plain, sizeof(plain)) && names(plain, id));
}
