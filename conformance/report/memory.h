/* report/memory.h - allocation for a program that cannot go on without: on failure it says so and leaves with
 * status 6. */
#ifndef PLIMSOLL_REPORT_MEMORY_H
#define PLIMSOLL_REPORT_MEMORY_H

#include <stddef.h>
#include <stdio.h>

/* The suite itself failed (design: exit status). */
#define EXIT_SUITE_FAILED 6

void must_have(const void *pointer);

/* Zeroed memory for `count` things of `size` bytes. The caller frees it. */
void *must_alloc(size_t count, size_t size);

/* `array` with room for `count` things of `size` bytes, grown by doubling: cheap to call before every append.
 */
void *must_grow(void *array, size_t count, size_t size);

char *must_copy(const char *text);
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A stream that writes to *ret, which the caller frees after must_close(). */
FILE *must_stream(char **ret, size_t *size);
void must_close(FILE *stream);

#endif
