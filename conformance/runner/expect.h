/* runner/expect.h - the expectations file: failures that are known, with the reason and a date by which to
 * look again.
 *
 * One per line; the pattern is that of --select, in double quotes when it holds spaces:
 *
 *     # cases                on which engine             until             where it is told        why
 *     ContainerStart.paused  engine=Podman* version=5.*  until=2027-06-30  link=https://bugs/123 : answers 500
 *
 * engine, version and api (the version that the case ran at) are patterns too and may be missing ('?' stands
 * for a space); so may link, and until, a day that still counts. The reason may not. */
#ifndef PLIMSOLL_RUNNER_EXPECT_H
#define PLIMSOLL_RUNNER_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct expectation {
    char *pattern, *reason;
    char *engine, *version, *api, *until, *link; /* NULL when not given */
    unsigned line;
};

struct expectations {
    struct expectation *list;
    size_t count;
    char **lines; /* of the file, comments too, so that it can be written again */
    size_t line_count;
};

/* -1: *why, which the caller frees, names the line and what is wrong with it. End with expectations_clear().
 */
int expectations_parse(const char *text, struct expectations *ret, char **why);
int expectations_load(const char *path, struct expectations *ret, char **why);
void expectations_clear(struct expectations *expectations); /* takes NULL */

/* Whether the conditions on engine, version and API version hold. */
bool expectation_concerns(const struct expectation *one, const json_t *result);
/* Whether it names a case of a result, at the version that the case ran at. */
bool expectation_names_case(const struct expectation *one, const json_t *tested);
/* Whether it names any of the cases there are. */
bool expectation_names_any(const struct expectation *one, const char *const *ids, size_t id_count);

/* Gives a case that failed, and that an entry names, the member "expected" {"line", "reason", "link"}.
 * `result` says which engine it is. */
void expectations_mark(const struct expectations *expectations, const json_t *result, json_t *one);

/* Makes the result's member "stale", an array of sentences: entries whose case passed, that name no case at
 * all (`ids`, `id_count`: all there are, run or not), or that have expired by `today`, "2026-11-23". An entry
 * for another engine or version is left alone. */
void expectations_judge(const struct expectations *expectations, json_t *result, const char *const *ids,
                        size_t id_count, const char *today);

/* The text of the file that knows what fails in `result` (`--write-expect`). Of `old`, comments and entries
 * that still hold stay as they are: those of other engines, those whose cases failed or did not run, also
 * when their day is over, for the date is somebody's promise. An entry of whose cases some pass is split, with
 * its conditions and its reason, into entries for those that fail; one whose cases all pass, or that names
 * none, goes. Failures that no entry knows come last, with what was wanted and what came for a reason. The
 * caller frees the text. */
char *expectations_text(const struct expectations *old, const json_t *result, const char *const *ids,
                        size_t id_count);

/* Replaces the file at once or not at all. -1: *why, which the caller frees. */
int expectations_save(const char *text, const char *path, char **why);

#endif
