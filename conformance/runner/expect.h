/* runner/expect.h - the expectations file: failures that are known, with the reason and a date by which to
 * look again.
 *
 * One per line; the pattern is that of --select, in double quotes when it holds spaces:
 *
 *     # cases                          on which engine                     until             why
 *     ContainerStart.already-running   engine=Podman* version=5.*          until=2027-06-30  : answers 204,
 * see its issue 12345
 *
 * engine, version and api (the version that the case ran at) are patterns too and may be missing; so may until, a day that still counts. The
 * reason may not. */
#ifndef PLIMSOLL_RUNNER_EXPECT_H
#define PLIMSOLL_RUNNER_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct expectation {
    char *pattern, *engine, *version, *api, *until,
        *reason; /* engine, version, api, until: NULL when not given */
    unsigned line;
};

struct expectations {
    struct expectation *list;
    size_t count;
};

/* -1: *why, which the caller frees, names the line and what is wrong with it. End with expectations_clear().
 */
int expectations_parse(const char *text, struct expectations *ret, char **why);
int expectations_load(const char *path, struct expectations *ret, char **why);
void expectations_clear(struct expectations *expectations); /* takes NULL */

/* Gives a case that failed, and that an entry names, the member "expected" {"line", "reason"}. `result` says which engine it is. */
void expectations_mark(const struct expectations *expectations, const json_t *result, json_t *one);

/* Makes the result's member "stale", an array of sentences: entries whose case passed, that name no case at all (`ids`, `id_count`: all there
 * are, run or not), or that have expired by `today`, "2026-11-23". An entry for another engine or version is left alone. */
void expectations_judge(const struct expectations *expectations, json_t *result, const char *const *ids,
                        size_t id_count, const char *today);

#endif
