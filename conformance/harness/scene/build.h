/* scene/build.h - builds: contexts in memory, POST /build, and what its answer says.
 *
 * All that a build makes must carry the case's labels, or nobody sweeps it. So a Dockerfile begins with dockerfile_of(), or its stages
 * with base_image(), whose labels are inherited. */
#ifndef PLIMSOLL_SCENE_BUILD_H
#define PLIMSOLL_SCENE_BUILD_H

#include "harness/scene/scene.h"

/* "FROM base\nLABEL ...\n" and what follows. */
const char *dockerfile_of(struct scene *s, const char *format, ...) PRINTF_LIKE(2, 3);
#define DOCKERFILE_OF_STEPS 2 /* so many steps come before what follows */
/* "FROM base" for a stage of one's own Dockerfile is this name: the run's image of the probe. */
const char *base_image(struct scene *s);

/* A tar of a Dockerfile (NULL: none) and of these entries (takes; NULL: none), as scene_tar() has them. */
struct tar_bytes given_context(struct scene *s, const char *compression, const char *dockerfile,
                               json_t *entries);

/* A plain one of a Dockerfile and a file with these bytes. */
struct tar_bytes context_with(struct scene *s, const char *dockerfile, const char *name,
                              struct tar_bytes file);

/* POST /build?QUERY of that context. */
struct exchange *when_build_of(struct scene *s, struct tar_bytes context, const char *query);
/* Of a Dockerfile alone; and with entries (takes). */
struct exchange *when_build(struct scene *s, const char *query, const char *dockerfile);
struct exchange *when_build_with(struct scene *s, const char *query, const char *dockerfile, json_t *entries);
/* With another Content-Type, and a header of one's own ("Name: value"; NULL: none). */
struct exchange *when_build_as(struct scene *s, const char *content_type, const char *header,
                               const char *dockerfile);
/* As it goes on: stream_wait_for(), stream_close(). */
struct stream *when_build_pending(struct scene *s, const char *query, const char *dockerfile);
/* The same, of the scene itself: the image's id. */
const char *given_built(struct scene *s, const char *query, const char *dockerfile, json_t *entries);

/* What the answer's "stream" members say, joined; of the scene. */
const char *build_text(struct scene *s, const struct exchange *x);
/* The text of its "error"; "" when there is none. */
const char *build_error(struct scene *s, const struct exchange *x);
/* The id of the last "aux", or, of an answer without one, what it begins with; "" when nothing was built. */
const char *build_id(struct scene *s, const struct exchange *x);
/* How often "Using cache" stands in it. */
int build_hits(struct scene *s, const struct exchange *x);

#endif
