/* build/internal.h - what the files of build/ share; nobody else includes it. */
#ifndef BUILD_INTERNAL_H
#define BUILD_INTERNAL_H

#include <stdlib.h>
#include <string.h>

#include "archive/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "build/build.h"
#include "build/dockerfile.h"
#include "build/stages.h"
#include "container/container.h"
#include "image/store.h"

DEFINE_SCOPED(struct image *, image_unref)
DEFINE_SCOPED(struct container *, container_unref)

struct builder {
    char *root, *engine_version;
    struct image_store *images;
    struct containers *containers;
};

/* Which build args there are: given by the client, declared before the first FROM, declared in this stage. */
struct args {
    const json_t *given;
    json_t *metas, *declared; /* name -> default, or null */
    json_t *used;             /* names that some ARG declared, of the whole build */
};

struct build {
    struct builder *builder;
    const struct build_request *request;
    char *dir;             /* all that this build keeps on disk meanwhile */
    char *tree;            /* the context, unpacked */
    bool dockerfile_alone; /* which is all that the context is */
    struct dockerfile *file;
    struct stages *stages;
    size_t last_stage;
    struct image **made; /* of each stage that is done; NULL: it has none */
    unsigned step, steps, views;
    int64_t code;
    json_t *kept; /* quiet: messages that are sent only when it fails */
    size_t kept_bytes;
    struct strv sources; /* ids of the images of cache_from */
    bool has_sources;

    /* the stage at work */
    size_t stage;
    struct image *image; /* of the last step; NULL: nothing yet */
    json_t *config;      /* the same image's */
    char *author;
    struct args args;
    bool config_only;       /* no image is made of any step: build_changes() */
    bool cmd_set;           /* a CMD stood in this stage */
    bool missed;            /* a step was not found: those after it are not looked for */
    struct strv containers; /* made, and still there */
};

/* -- build.c -- */
/* Text of the stream. */
int build_say(struct build *b, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int build_say_bytes(struct build *b, const char *bytes, size_t n, struct error *err);
const char *build_image_id(const struct build *b); /* "" for none */

/* -- context.c -- */
/* Unpacks the context into b->tree and parses the Dockerfile in it. */
int context_read(struct build *b, struct error *err);

/* -- fetch.c -- */
struct fetched {
    int64_t size;
    char type[128]; /* Content-Type */
};
/* What http or https has under that URL, to a new file of its own time, 0600. ERR_NOT_FOUND; ERR_SYSTEM. */
int fetch(struct build *b, const char *url, const char *path, struct fetched *ret, struct error *err);
/* Tells of it in the stream. `id` NULL: without one. */
int fetch_said(struct build *b, const char *status, const char *id, const struct fetched *file,
               struct error *err);
/* What a file from there is called; NULL: the URL does not say. */
char *fetch_name(const char *url);

/* -- args.c -- */
void args_declare(json_t *to, const char *name, const char *value); /* value NULL: no default */
/* "NAME=value" of all that a stage may see and that `env` does not set. */
void args_visible(const struct args *a, const json_t *env, struct strv *ret);
/* The same of what is declared before FROM. */
void args_of_metas(const struct args *a, struct strv *ret);
bool args_is_predefined(const char *name); /* HTTP_PROXY and its like */
/* What ARG's words declare goes to `to`; one may name the one before. `text` (may be NULL) gets them as the step is told. */
int args_declare_words(struct build *b, const struct instruction *i, json_t *to, struct str *text,
                       struct error *err);
void args_clear(struct args *a);
json_t *args_unused(
    const struct args *a); /* array of the names that were given and are in no ARG; a new reference */

/* -- commit.c -- */
/* Is there an image of this step already? 1: it is the build's image now. `cmd` is what the step's container would run. */
int step_probe(struct build *b, json_t *container_config, struct error *err);
/* What this step's container has as its config: the build's, with this Cmd (taken over). */
json_t *step_config(struct build *b, json_t *cmd);
/* The Cmd of a step that runs nothing: /bin/sh -c #(nop) TEXT. */
json_t *step_nop(struct build *b, const char *text);
/* Makes the image of this step. `upper` NULL: no layer. `container` NULL: none. */
int step_commit(struct build *b, const json_t *container_config, const char *upper, const char *container,
                struct error *err);
/* step_probe() and, if there is none, step_commit() of a step that changes the config alone. */
int step_metadata(struct build *b, const char *text, struct error *err);
json_t *shell_of(const struct build *b); /* a new reference */

/* -- view.c: trees of images -- */
struct view {
    char *dir; /* where upper, work and merged lie; NULL: nothing is mounted */
    char *upper, *merged;
    struct image *image;
};
int view_open(struct build *b, struct image *image, struct view *ret,
              struct error *err); /* NULL: an empty tree */
void view_close(struct view *v);

/* -- owner.c -- */
/* "user:group" of --chown, by the passwd and group of the tree. */
int owner_find(const char *root, const char *text, uid_t *uid, gid_t *gid, struct error *err);

/* -- copy.c, run.c, config.c, from.c -- */
int step_copy(struct build *b, const struct instruction *i, const struct strv *words, struct error *err);
int step_run(struct build *b, const struct instruction *i, struct error *err);
void containers_drop(struct build *b); /* those that were made; says so */
int step_workdir(struct build *b, const char *dir, struct error *err);
int step_dispatch(struct build *b, const struct instruction *i, struct error *err);
int stage_begin(struct build *b, const struct stage *stage, struct error *err);
int image_for_build(struct build *b, const char *ref, struct image **ret, struct error *err);

#endif
