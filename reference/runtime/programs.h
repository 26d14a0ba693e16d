/* runtime/programs.h - seccomp profiles that a runtime has compiled, kept for the next container with the same one.
 *
 * crun compiles its four hundred names for every container anew. (It has a cache of its own where it was built with libgcrypt; Debian's
 * is not.) It leaves the program in its state folder, and takes one from the annotation "run.oci.seccomp_bpf_data" as it is: crun(1). A
 * runtime that leaves none is given none. */
#ifndef RUNTIME_PROGRAMS_H
#define RUNTIME_PROGRAMS_H

#include <jansson.h>

struct programs; /* for use from any thread */

struct programs *programs_new(void);
struct programs *programs_free(struct programs *p); /* takes NULL, returns NULL */

/* Puts the program for its profile into `document` (config.json), if that runtime's is known. */
void programs_offer(struct programs *p, const char *runtime, json_t *document);
/* Keeps what the runtime left in `state`, the folder of the container that it made of `document`. Does nothing when there is none, or
 * when an annotation of the container's own may have changed it. */
void programs_learn(struct programs *p, const char *runtime, const char *state, const json_t *document);

#endif
