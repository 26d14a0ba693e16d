/* base/strv.h - a list of strings that it owns, ended by NULL so that it serves as argv or envp. */
#ifndef BASE_STRV_H
#define BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/scope.h"

struct strv {
    char **items; /* items[count] is NULL; NULL itself while empty */
    size_t count;
    size_t room;
};

void strv_add(struct strv *v, const char *s);
void strv_addf(struct strv *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strv_add_all(struct strv *v, const struct strv *more);
void strv_split(struct strv *v, const char *s, char separator); /* "a,,b" gives three items */
bool strv_has(const struct strv *v, const char *s);
void strv_remove(struct strv *v, size_t index);
void strv_sort(struct strv *v);
char *strv_join(const struct strv *v, const char *between); /* the caller frees it */
void strv_free(struct strv *v);

#define scoped_strv __attribute__((cleanup(strv_free))) struct strv

#endif
