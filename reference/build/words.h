/* build/words.h - variables and quotes in the words of a Dockerfile: $NAME, ${NAME:-word} and their like. */
#ifndef BUILD_WORDS_H
#define BUILD_WORDS_H

#include "base/error.h"
#include "base/strv.h"

#define WORD_MAX (1u << 20) /* bytes that a word may grow to */

/* `env` holds "NAME=value"; the first of a name counts. *ret is the caller's to free.
 * ERR_INVALID, worded as a Docker Engine does: `failed to process "WORD": ...`. */
int word_expand(const char *word, char escape, const struct strv *env, char **ret, struct error *err);
/* The same, and what variables bring is split at blanks; appends to `ret`. */
int word_expand_split(const char *word, char escape, const struct strv *env, struct strv *ret,
                      struct error *err);

#endif
