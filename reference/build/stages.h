/* build/stages.h - instructions that say what they must, put into stages.
 *
 *     ARG ...                     metas: seen by each FROM
 *     FROM image AS name ...      a stage, up to the next FROM
 */
#ifndef BUILD_STAGES_H
#define BUILD_STAGES_H

#include "build/dockerfile.h"

struct stage {
    const struct instruction *from;
    char *name;          /* in small letters; "" when it has none */
    const char *base;    /* what it is made of, with variables */
    size_t first, count; /* of the file's instructions, FROM left out */
};

struct stages {
    struct stage *items;
    size_t count, metas;
};

/* `file` must outlive it. ERR_INVALID with the line: "dockerfile parse error on line 4: unknown instruction: FOO". */
int stages_make(const struct dockerfile *file, struct stages **ret, struct error *err);
/* The index of the stage with that name, below `before`; -1. */
long stages_find(const struct stages *s, const char *name, size_t before);
struct stages *stages_free(struct stages *s);
DEFINE_SCOPED(struct stages *, stages_free)

/* One instruction by itself, for those that ONBUILD kept. */
int instruction_check(const struct instruction *i, struct error *err);
/* The value of a flag; NULL when it was not given, "" when it has none. */
const char *instruction_flag(const struct instruction *i, const char *name);

#endif
