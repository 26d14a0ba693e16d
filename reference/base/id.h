/* base/id.h - identifiers of containers, networks and execs: 32 random bytes as 64 hex digits. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>

#define ID_LENGTH       64
#define ID_SHORT_LENGTH 12

void id_make(char ret[ID_LENGTH + 1]); /* never all decimal digits in its first 12, as dockerd's */
bool id_is_full(const char *s);        /* 64 lower-case hex digits */
bool id_is_prefix(const char *s);      /* 1 to 64 lower-case hex digits */

void hex_encode(const void *bytes, size_t n, char *ret); /* ret holds 2n+1 */
void random_bytes(void *ret, size_t n);

#endif
