/* build/dockerfile.h - the text of a Dockerfile as a list of instructions, each with its flags and words.
 *
 * Only the form is looked at here: which instructions there are, how lines go together, what a word is. What the words must be is
 * stages.h; variables are put in at each step (words.h). The text is hostile input: bytes, lines and instructions have bounds. */
#ifndef BUILD_DOCKERFILE_H
#define BUILD_DOCKERFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/scope.h"
#include "base/strv.h"

#define DOCKERFILE_MAX       (1u << 20) /* bytes */
#define DOCKERFILE_LINE_MAX  65535
#define DOCKERFILE_STEPS_MAX 10000

enum instruction_kind {
    I_ADD,
    I_ARG,
    I_CMD,
    I_COPY,
    I_ENTRYPOINT,
    I_ENV,
    I_EXPOSE,
    I_FROM,
    I_HEALTHCHECK,
    I_LABEL,
    I_MAINTAINER,
    I_ONBUILD,
    I_RUN,
    I_SHELL,
    I_STOPSIGNAL,
    I_USER,
    I_VOLUME,
    I_WORKDIR,
    I_UNKNOWN,
};

struct instruction {
    enum instruction_kind kind;
    char *name;        /* in capitals: "RUN" */
    char *text;        /* as it was written, on one line */
    char *rest;        /* what follows name and flags */
    unsigned line;     /* where it begins, from 1 */
    struct strv flags; /* "from=one", without the dashes */
    struct strv
        words; /* RUN, CMD, ENTRYPOINT: one word unless `json`. ENV, LABEL: name, value, name, value */
    bool json; /* the words were written as a JSON list */
};

struct dockerfile {
    struct instruction *items;
    size_t count;
    char escape; /* '\\' or '`' */
    struct strv warnings;
};

/* ERR_INVALID, worded as a Docker Engine does. */
int dockerfile_parse(const char *bytes, size_t n, struct dockerfile **ret, struct error *err);
struct dockerfile *dockerfile_free(struct dockerfile *d);
DEFINE_SCOPED(struct dockerfile *, dockerfile_free)

#endif
