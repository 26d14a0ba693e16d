/* then/then.h - then_*: what must hold.
 *
 * Each counts as one assertion, and a failure says in its first line what was wanted and what came, then the
 * exchange and the curl line that repeats it; it leaves the case. Nothing here is printed: it goes to the
 * runner, which adds the clause.
 *
 * A member of a JSON body is named by its path: "State.Status", "Ports[0].PrivatePort", "Mounts[-1].Name"
 * (from the end), "Config.Labels.com\\.example" (a dot in a name), "" (the whole body). A path that is not
 * there is a failure of every then_json_* but then_json_absent. */
#ifndef PLIMSOLL_THEN_THEN_H
#define PLIMSOLL_THEN_THEN_H

#include "harness/scene/scene.h"

/* clang-format off */

/* --- the answer --- */
#define then_status(x, wanted)                then_status_at(x, wanted, __FILE__, __LINE__)
#define then_status_in(x, ...)                then_status_in_at(x, (const int[]){ __VA_ARGS__, 0 }, __FILE__, __LINE__)
#define then_no_body(x)                       then_no_body_at(x, __FILE__, __LINE__)
#define then_error_form(x)                    then_error_form_at(x, __FILE__, __LINE__)         /* 4xx or 5xx, JSON, {"message": "..."} */
#define then_error_mentions(x, text)          then_error_mentions_at(x, text, __FILE__, __LINE__) /* whatever the case of letters */
/* Status, form of an error, and not a 5xx taken for a 4xx: what most refusals want. */
#define then_refused(x, wanted)               then_refused_at(x, wanted, __FILE__, __LINE__)
#define then_header(x, name, value)           then_header_at(x, name, value, __FILE__, __LINE__)  /* value NULL: is there, not empty */
#define then_header_absent(x, name)           then_header_absent_at(x, name, __FILE__, __LINE__)
#define then_content_type(x, type)            then_content_type_at(x, type, __FILE__, __LINE__)   /* without its parameters */
#define then_body(x, text)                    then_body_at(x, text, __FILE__, __LINE__)
#define then_body_mentions(x, text)           then_body_mentions_at(x, text, __FILE__, __LINE__)
#define then_body_holds(x, clause)            then_body_holds_at(x, clause, __FILE__, __LINE__)            /* a clause of "Bodies" */
#define then_body_lacks(x, text)              then_body_lacks_at(x, text, __FILE__, __LINE__)

/* --- members of its JSON body --- */
#define then_json(x, path, text)              then_json_string(x, path, text)
#define then_json_string(x, path, wanted)     then_json_string_at(x, path, wanted, __FILE__, __LINE__)
#define then_json_int(x, path, wanted)        then_json_int_at(x, path, wanted, __FILE__, __LINE__)
#define then_json_bool(x, path, wanted)       then_json_bool_at(x, path, wanted, __FILE__, __LINE__)
#define then_json_null(x, path)               then_json_null_at(x, path, __FILE__, __LINE__)
#define then_json_present(x, path)            then_json_present_at(x, path, __FILE__, __LINE__)  /* null counts */
#define then_json_absent(x, path)             then_json_absent_at(x, path, __FILE__, __LINE__)
#define then_json_equals(x, path, ...)        then_json_equals_at(x, path, json_of(__VA_ARGS__), __FILE__, __LINE__)
#define then_json_value(x, path, value)       then_json_equals_at(x, path, value, __FILE__, __LINE__)   /* takes value */
#define then_json_nothing(x, path)            then_json_nothing_at(x, path, __FILE__, __LINE__)         /* absent, null, empty, 0 or false */
#define then_json_length(x, path, wanted)     then_json_length_at(x, path, wanted, __FILE__, __LINE__)   /* of an array or object */
#define then_json_not_empty(x, path)          then_json_not_empty_at(x, path, __FILE__, __LINE__)        /* string, array, object */
#define then_json_empty(x, path)              then_json_empty_at(x, path, __FILE__, __LINE__)            /* ..., null or absent */
#define then_json_is_string(x, path)          then_json_type_at(x, path, "string", __FILE__, __LINE__)
#define then_json_is_int(x, path)             then_json_type_at(x, path, "integer", __FILE__, __LINE__)
#define then_json_is_bool(x, path)            then_json_type_at(x, path, "boolean", __FILE__, __LINE__)
#define then_json_is_array(x, path)           then_json_type_at(x, path, "array", __FILE__, __LINE__)
#define then_json_is_object(x, path)          then_json_type_at(x, path, "object", __FILE__, __LINE__)
#define then_json_between(x, path, low, high) then_json_between_at(x, path, low, high, __FILE__, __LINE__)
#define then_json_date(x, path)               then_json_date_at(x, path, __FILE__, __LINE__)     /* RFC 3339 */
#define then_json_hex_id(x, path)             then_json_hex_id_at(x, path, __FILE__, __LINE__)   /* 64 of 0-9a-f */
#define then_json_digest(x, path)             then_json_digest_at(x, path, __FILE__, __LINE__)   /* sha256:... */
#define then_json_contains(x, path, text)     then_json_contains_at(x, path, text, __FILE__, __LINE__)  /* part of a string, or an element */
#define then_json_lacks(x, path, text)        then_json_lacks_at(x, path, text, __FILE__, __LINE__)
/* An element of the array at `path` whose members equal those of the template; and that there is none. */
#define then_json_has(x, path, ...)           then_json_has_at(x, path, json_of(__VA_ARGS__), true, __FILE__, __LINE__)
#define then_json_has_none(x, path, ...)      then_json_has_at(x, path, json_of(__VA_ARGS__), false, __FILE__, __LINE__)

/* --- streams --- */
#define then_stream_says(st, text)            then_stream_says_at(st, text, __FILE__, __LINE__)   /* waits for it */
#define then_stdout(st, wanted)               then_stdout_at(st, wanted, __FILE__, __LINE__)      /* waits for the end, then all of it */
#define then_stderr(st, wanted)               then_stderr_at(st, wanted, __FILE__, __LINE__)
#define then_stream_ends(st)                  then_stream_ends_at(st, __FILE__, __LINE__)
#define then_event(st, ...)                   then_event_at(st, json_of(__VA_ARGS__), __FILE__, __LINE__) /* waits for it */
/* "commit destroy": these actions in this order, each once and none of them again; the last is waited for. Others do not count. */
#define then_events(st, actions)              then_events_at(st, actions, __FILE__, __LINE__)

/* --- what the engine holds now; each looks by a request of its own --- */
#define then_container_is(s, id, status)      then_container_is_at(s, id, status, __FILE__, __LINE__)      /* now */
#define then_container_becomes(s, id, status) then_container_becomes_at(s, id, status, __FILE__, __LINE__) /* within 20 s */
#define then_container_gone(s, id)            then_container_gone_at(s, id, __FILE__, __LINE__)
#define then_found(s, ...)                    then_found_at(s, scene_printf(s, __VA_ARGS__), true, __FILE__, __LINE__)  /* GET path: 200 */
#define then_not_found(s, ...)                then_found_at(s, scene_printf(s, __VA_ARGS__), false, __FILE__, __LINE__) /* GET path: 404 */
/* The refused request changed nothing: take `before = given_inspect(s, id)`; all members but the named paths are as they were. */
#define then_unchanged(s, id, before)         then_unchanged_at(s, id, before, __FILE__, __LINE__)

/* --- plain values --- */
#define then_true(s, condition, ...)          then_true_at(s, condition, scene_printf(s, __VA_ARGS__), __FILE__, __LINE__) /* what is wanted */
#define then_int(s, what, got, wanted)        then_int_at(s, what, got, wanted, __FILE__, __LINE__)
#define then_string(s, what, got, wanted)     then_string_at(s, what, got, wanted, __FILE__, __LINE__)
#define then_mentions(s, what, got, part)     then_mentions_at(s, what, got, part, __FILE__, __LINE__)
/* Two JSON values say the same; the failure names the first member that differs. Empty lists and objects, null and what is left
 * out are alike. `except`: names of members, with a space between them, that are not looked at; NULL: none. */
#define then_same(s, what, got, wanted, except) then_same_at(s, what, got, wanted, except, __FILE__, __LINE__)
/* clang-format on */

/* The value at a path of an answer's body; NULL: not there. Borrowed. For what no then_* says; see also
 * json_at(). */
const json_t *answer_json(const struct exchange *x, const char *path);
const char *answer_string(const struct exchange *x, const char *path); /* NULL: no string */

void then_status_at(const struct exchange *x, int wanted, const char *file, int line);
void then_status_in_at(const struct exchange *x, const int *wanted, const char *file, int line);
void then_no_body_at(const struct exchange *x, const char *file, int line);
void then_error_form_at(const struct exchange *x, const char *file, int line);
void then_error_mentions_at(const struct exchange *x, const char *text, const char *file, int line);
void then_refused_at(const struct exchange *x, int wanted, const char *file, int line);
void then_header_at(const struct exchange *x, const char *name, const char *value, const char *file,
                    int line);
void then_header_absent_at(const struct exchange *x, const char *name, const char *file, int line);
void then_content_type_at(const struct exchange *x, const char *type, const char *file, int line);
void then_body_at(const struct exchange *x, const char *text, const char *file, int line);
void then_body_mentions_at(const struct exchange *x, const char *text, const char *file, int line);
void then_body_holds_at(struct exchange *x, const char *clause, const char *file, int line);
void then_body_lacks_at(const struct exchange *x, const char *text, const char *file, int line);
void then_json_string_at(const struct exchange *x, const char *path, const char *wanted, const char *file,
                         int line);
void then_json_int_at(const struct exchange *x, const char *path, long long wanted, const char *file,
                      int line);
void then_json_bool_at(const struct exchange *x, const char *path, bool wanted, const char *file, int line);
void then_json_null_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_present_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_absent_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_equals_at(const struct exchange *x, const char *path, json_t *wanted, const char *file,
                         int line);
void then_json_length_at(const struct exchange *x, const char *path, size_t wanted, const char *file,
                         int line);
void then_json_not_empty_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_empty_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_nothing_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_type_at(const struct exchange *x, const char *path, const char *type, const char *file,
                       int line);
void then_json_between_at(const struct exchange *x, const char *path, long long low, long long high,
                          const char *file, int line);
void then_json_date_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_hex_id_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_digest_at(const struct exchange *x, const char *path, const char *file, int line);
void then_json_contains_at(const struct exchange *x, const char *path, const char *text, const char *file,
                           int line);
void then_json_lacks_at(const struct exchange *x, const char *path, const char *text, const char *file,
                        int line);
void then_json_has_at(const struct exchange *x, const char *path, json_t *members, bool wanted,
                      const char *file, int line);
void then_stream_says_at(struct stream *st, const char *text, const char *file, int line);
void then_stdout_at(struct stream *st, const char *wanted, const char *file, int line);
void then_stderr_at(struct stream *st, const char *wanted, const char *file, int line);
void then_stream_ends_at(struct stream *st, const char *file, int line);
void then_event_at(struct stream *st, json_t *members, const char *file, int line);
void then_events_at(struct stream *st, const char *actions, const char *file, int line);
void then_container_is_at(struct scene *s, const char *id, const char *status, const char *file, int line);
void then_container_becomes_at(struct scene *s, const char *id, const char *status, const char *file,
                               int line);
void then_container_gone_at(struct scene *s, const char *id, const char *file, int line);
void then_found_at(struct scene *s, const char *path, bool wanted, const char *file, int line);
void then_unchanged_at(struct scene *s, const char *id, const json_t *before, const char *file, int line);
void then_true_at(struct scene *s, bool condition, const char *wanted, const char *file, int line);
void then_int_at(struct scene *s, const char *what, long long got, long long wanted, const char *file,
                 int line);
void then_string_at(struct scene *s, const char *what, const char *got, const char *wanted, const char *file,
                    int line);
void then_mentions_at(struct scene *s, const char *what, const char *got, const char *part, const char *file,
                      int line);
void then_same_at(struct scene *s, const char *what, const json_t *got, const json_t *wanted,
                  const char *except, const char *file, int line);

#endif
