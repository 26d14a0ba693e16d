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

bool pattern_names(const char *pattern, const char *id)
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
