/* runtime/programs.c - see programs.h. */
#include "runtime/programs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"

#define ANNOTATION   "run.oci.seccomp_bpf_data"
#define ANNOTATIONS  "run.oci.seccomp" /* the beginning of all that shape the program */
#define PROGRAM_MAX  32768             /* 4096 instructions, the kernel's own bound */
#define PROGRAMS_MAX 16

struct programs {
    pthread_mutex_t lock;
    struct map *known; /* runtime and profile -> program (char *, base64) */
};

struct programs *programs_new(void)
{
    struct programs *p = new_zeroed(struct programs);

    pthread_mutex_init(&p->lock, NULL);
    p->known = map_new();
    return p;
}

static void forget_all(struct programs *p)
{
    void *program;

    for (size_t at = 0; map_next(p->known, &at, NULL, &program);)
        free(program);
    map_free(p->known);
}

struct programs *programs_free(struct programs *p)
{
    if (!p)
        return NULL;
    forget_all(p);
    pthread_mutex_destroy(&p->lock);
    free(p);
    return NULL;
}

/* NULL: the document has no profile, or asks for something of its own. */
static char *key_of(const char *runtime, const json_t *document)
{
    const json_t *profile = json_at(document, "linux.seccomp");
    const char *name;
    json_t *value;

    if (!json_is_object(profile))
        return NULL;
    json_object_foreach (json_object_get(document, "annotations"), name, value)
        if (strncmp(name, ANNOTATIONS, strlen(ANNOTATIONS)) == 0)
            return NULL;
    scoped_free char *text = json_text(profile);
    return xasprintf("%s %s", runtime, text);
}

void programs_offer(struct programs *p, const char *runtime, json_t *document)
{
    scoped_free char *key = key_of(runtime, document);
    json_t *annotations, *program;

    if (!key)
        return;
    pthread_mutex_lock(&p->lock);
    program = json_string(map_get(p->known, key)); /* NULL: not known */
    pthread_mutex_unlock(&p->lock);
    if (!program)
        return;
    annotations = json_copy(json_object_get(document, "annotations")); /* the client's own are shared */
    annotations = annotations ? annotations : json_object();
    json_object_set_new(annotations, ANNOTATION, program);
    json_object_set_new(document, "annotations", annotations);
}

void programs_learn(struct programs *p, const char *runtime, const char *state, const json_t *document)
{
    scoped_free char *key = key_of(runtime, document), *path = path_join(state, "seccomp.bpf");
    scoped_str program = { 0 };

    if (!key || file_read(path, PROGRAM_MAX, &program, NULL) < 0 || program.len == 0)
        return;
    pthread_mutex_lock(&p->lock);
    if (map_count(p->known) >= PROGRAMS_MAX) {
        forget_all(p);
        p->known = map_new();
    }
    free(map_set(p->known, key, base64_encode(program.data, program.len)));
    pthread_mutex_unlock(&p->lock);
}
