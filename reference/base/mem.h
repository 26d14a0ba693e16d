/* base/mem.h - memory that is there or the program is not.
 *
 * A daemon that cannot get a few bytes cannot undo anything orderly either; what a peer can grow is bounded
 * before it is asked for here. So these end the process (abort) when memory runs out, and callers need no
 * path for it. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size); /* zeroed */
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s); /* NULL gives NULL */
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define new_zeroed(type) ((type *)xcalloc(1, sizeof(type)))

#endif
