/* base/scope.h - resources that release themselves when their variable leaves scope.
 *
 *     scoped_close int fd = -1;
 *     scoped(layer_unref) struct layer *layer = NULL;
 *     *ret = take_ptr(&layer);         the caller owns it from here
 *
 * Uses the cleanup attribute of GCC and Clang. A release function takes NULL and may return anything. */
#ifndef BASE_SCOPE_H
#define BASE_SCOPE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <jansson.h>

/* scoped(f) needs DEFINE_SCOPED(type, f) once after f's declaration: the attribute hands over the variable's
 * address. */
#define scoped(release) __attribute__((cleanup(release##_scoped)))
#define DEFINE_SCOPED(type, release)                                                                         \
    static inline __attribute__((unused)) void release##_scoped(type *p)                                     \
    {                                                                                                        \
        if (*p)                                                                                              \
            release(*p);                                                                                     \
    }

static inline __attribute__((unused)) void scoped_close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define scoped_close __attribute__((cleanup(scoped_close_fd)))

static inline __attribute__((unused)) void scoped_free_ptr(void *p)
{
    free(*(void **)p);
}

#define scoped_free __attribute__((cleanup(scoped_free_ptr)))

DEFINE_SCOPED(FILE *, fclose)
DEFINE_SCOPED(DIR *, closedir)
DEFINE_SCOPED(json_t *, json_decref)

/* Moves a pointer or a descriptor out of its variable, which is left empty. */
#define take_ptr(p)                                                                                          \
    __extension__({                                                                                          \
        __typeof__(*(p)) taken_ = *(p);                                                                      \
        *(p) = NULL;                                                                                         \
        taken_;                                                                                              \
    })

static inline int take_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

#endif
