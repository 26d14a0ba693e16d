/* prove/recording.h - what was said between cases and an engine, so that it can be said again without the engine.
 *
 * A recording is a file of JSON lines: first what it is a recording of, then a line for each case. Bytes of any value are
 * kept as text, each as the character of that number. Upload bodies are kept as a hash.
 *
 * What a recorded engine sent depends on what it had heard by then. So each piece of an answer carries how many requests
 * had begun and how many bytes of streams had come by then, from all connections of the case: in a replay it is held back
 * until as much has been said again. */
#ifndef PLIMSOLL_PROVE_RECORDING_H
#define PLIMSOLL_PROVE_RECORDING_H

#include "harness/outcome.h"
#include "harness/wire/buffer.h"
#include "harness/wire/exchange.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RECORDING_FORMAT  1
#define RECORDED_BODY_MAX (256u * 1024) /* bytes of a request's body that are kept beside its hash */

struct moment {
    unsigned requests;   /* that had begun */
    unsigned long heard; /* bytes that clients had sent into streams */
    uint64_t ms;         /* since the case began */
};

struct piece {
    struct moment when;
    struct buffer data;
};

/* One request and its answer. */
struct recorded {
    char *method, *path;
    struct wire_headers sent;
    struct buffer body;
    uint64_t body_hash;
    const char *operation; /* of the inventory; NULL: none */

    int status; /* 0: no answer */
    char *reason;
    struct wire_headers headers;
    struct moment head;
    struct piece *pieces;
    size_t count;
    bool ended, whole; /* not ended: the client hung up first */
    struct moment end;
    unsigned used; /* in this replay */
};

struct recorded_case {
    char *id;
    enum verdict verdict;
    struct recorded **list;
    size_t count;
};

struct recording {
    char run_id[32], api_version[16], engine[64];
    bool same_host;
    json_t *version, *info; /* the engine's answers to GET /version and GET /info */
    struct recorded_case *cases;
    size_t count;
};

struct recorded *recorded_new(const char *method, const char *path, const void *body, size_t body_size);
/* Adds to the last piece where nothing was heard in between. */
void recorded_add(struct recorded *recorded, struct moment when, const void *data, size_t size);
uint64_t hash_bytes(const void *data, size_t size);

/* Of a list that ends up in one line; the caller unrefs it. */
json_t *recorded_list_to_json(struct recorded *const *list, size_t count);
/* The whole body of the answer; of the caller. */
void recorded_body(const struct recorded *recorded, struct buffer *ret);

void recording_write_header(const struct recording *recording, FILE *out);
/* `exchanges` as recorded_list_to_json() gives it. */
void recording_write_case(const char *id, enum verdict verdict, const json_t *exchanges, FILE *out);

/* -1: `why`, which the caller frees, says what is wrong with the file. End with recording_clear(). */
int recording_load(const char *path, struct recording *ret, char **why);
void recording_clear(struct recording *recording);
const struct recorded_case *recording_find(const struct recording *recording, const char *id);

#endif
