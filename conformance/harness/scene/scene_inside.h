/* scene/scene_inside.h - inside scene/: what a scene holds, and how its parts send. */
#ifndef PLIMSOLL_SCENE_INSIDE_H
#define PLIMSOLL_SCENE_INSIDE_H

#include "harness/outcome.h"
#include "harness/scene/scene.h"
#include "harness/spec/schema.h"
#include "harness/wire/clock.h"

#include <stdint.h>

#define PATIENCE_MS 20000 /* of every wait for a state, a text, an event; more with a longer --timeout */
#define WEIGHT_MAX  (160u * 1024 * 1024) /* of the answers to one case, which are all kept */
#define TOLD_MAX    (2u * 1024 * 1024)   /* of what one case's journal says of bodies and headers */
#define SHOWN_MAX   (16u * 1024)         /* of what was wanted and what came */

struct scene_inside {
    const struct case_context *context;
    const struct suite_case *suite_case;
    struct outcome *outcome;
    uint64_t deadline_ms;              /* of the requests; the sweep has its own time */
    unsigned patience_ms, exchange_ms; /* of one wait, of one request */
    bool ended;                        /* a verdict is recorded */
    bool schema_failed;                /* the first that is wrong in an answer to the case's own requests */
    enum schema_rule schema_rule;
    int schema_exchange; /* index into the journal */
    char schema_text[512];
    bool sends_unknown;
    unsigned next_number, case_hash;
    char *image;   /* of the run */
    json_t *names; /* container or network id -> name */
    void **kept;   /* memory of the scene's */
    size_t kept_count;
    json_t *kept_json; /* array: JSON of the scene's */
    json_t *temporary; /* array: files to be unlinked */
    struct exchange **exchanges;
    size_t exchange_count;
    size_t weight; /* bytes of memory that the exchanges take, about */
    size_t told;   /* bytes of their bodies and headers in the journal, about */
    struct stream *streams;
    char version[16];
    char case_name[256];
    char label[300], run_label[64];
};

/* Whose request it is: the types in the answer decide the case, or are only remarked. */
enum sender { SENT_BY_CASE, SENT_BY_SCENE };

/* The scene frees it; returns it. */
void *scene_keep(struct scene *s, void *memory);
json_t *scene_keep_json(struct scene *s, json_t *json);
void scene_keep_exchange(struct scene *s, struct exchange *x);
char *scene_vprintf(struct scene *s, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* "/v1.41" + path, of the scene. `version` NULL: the scene's own; "": no prefix. */
const char *scene_path(struct scene *s, const char *version, const char *path);
/* Puts the labels into the body of a create request; other bodies are left alone. */
void scene_put_labels(struct scene *s, const char *path, json_t *body);
/* A request whose answer is read as it comes. */
struct stream *stream_of(struct scene *s, struct wire_request request);
unsigned scene_request_ms(const struct scene *s); /* for one exchange, within the case's time */

struct exchange *scene_send(struct scene *s, enum sender sender, const char *version,
                            const struct wire_request *request, json_t *json);
/* wait.c: a request of the case, again while the engine refuses it because another one like it runs. */
struct exchange *scene_send_in_turn(struct scene *s, const char *version, const struct wire_request *request);
/* Short forms for the scene's own requests; `json` is taken and may be NULL. */
struct exchange *scene_ask(struct scene *s, const char *method, json_t *json, const char *path, ...)
    PRINTF_LIKE(4, 5);
/* bodies.c: checks an answer that is told as JSON, and what was asked when the engine took it. */
void scene_check_bodies(struct scene *s, enum sender sender, struct exchange *x);
void scene_record(struct scene *s, struct exchange *x); /* into the journal */
/* dump.c: the whole exchange as a line of the file that PLIMSOLL_DUMP names; else nothing. */
void scene_dump(const struct scene *s, enum sender sender, const char *version, const struct exchange *x);

/* Ends the case as blocked unless the status is one of the two (0: only one). */
void scene_need(struct scene *s, const struct exchange *x, int status, int or_status, const char *what);

void streams_record_all(struct scene *s); /* as far as they are */
void streams_close_all(struct scene *s);
/* stdout of an answer of frames (of anything, with `tty`); blocked when the frames are broken. */
const char *logs_stdout(struct scene *s, const struct exchange *x, bool tty);

/* --- case_run.c
 * -------------------------------------------------------------------------------------------------------------
 */

void scene_open(struct scene *s, struct scene_inside *inside, const struct suite_case *suite_case, size_t row,
                const struct case_context *context, struct outcome *outcome);
void scene_close(struct scene *s);
void scene_set_current(struct scene *s);
/* As scene_fail(), and does not leave. Returns it. */
struct failure *scene_record_failure(struct scene *s, const char *file, int line, int exchange,
                                     const char *sentence, const char *wanted, const char *got);

/* --- own_image.c: also without a scene, for run_prepare()
 * ---------------------------------------------------------------------- */

/* A tar as an array of its entries, see as_archive(); NULL: it is none. The caller's. */
json_t *archive_told(const char *bytes, size_t size);

/* Writes an archive in docker save form, made of the one at `from`: same layers, a configuration with
 * `config` merged over it and these labels, tagged `tag` (NULL: untagged). Returns a new temporary file's
 * path (the caller unlinks and frees it); NULL: `why` is set. */
char *image_archive_derive(const char *from, const char *tag, const json_t *config, const json_t *labels,
                           char *why, size_t why_size);
/* A new temporary file with the gzip of that one; as above. */
char *file_compress(const char *from, char *why, size_t why_size);
char *run_image_archive(const struct case_context *context, const char *fixture, char *why, size_t why_size);

#endif
