/* then/then.c - see then.h.
 *
 * Each function is: count, look, and either return or reject() with three texts: the sentence that stands
 * alone in a list of failures, and wanted and got in full for whoever looks closer. */
#include "harness/then/then.h"
#include "harness/scene/json.h"
#include "harness/wire/buffer.h"
#include "harness/wire/exchange.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHORT 160 /* of a value within a sentence */

/* Where an assertion stands, and what it looks at. */
struct place {
    struct scene *s;
    const struct exchange *x;
    const char *file;
    int line;
};

static struct place count(const struct exchange *x, const char *file, int line)
{
    struct place ret = { scene_current(), x, file, line };

    scene_count_assertion(ret.s);
    return ret;
}

static _Noreturn void reject(const struct place *at, const char *what, const char *wanted, const char *got)
{
    const char *line =
        scene_printf(at->s, "%s: wanted %.*s%s, got %.*s%s", what, SHORT, wanted,
                     strlen(wanted) > SHORT ? "..." : "", SHORT, got, strlen(got) > SHORT ? "..." : "");

    scene_fail(at->s, at->file, at->line, at->x, line, wanted, got);
}

/* A value as JSON text, of the scene. */
static const char *shown(const struct place *at, const json_t *value)
{
    char *dump = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    const char *ret = dump ? scene_printf(at->s, "%s", dump) : "nothing";

    free(dump);
    return ret;
}

static const char *quoted(const struct place *at, const char *text)
{
    return text ? scene_printf(at->s, "\"%s\"", text) : "nothing";
}

static const char *answer_text(const struct place *at)
{
    const char *message = json_string_value(json_object_get(at->x->json, "message"));

    if (at->x->error && at->x->status == 0)
        return scene_printf(at->s, "no answer (%s)", at->x->error);
    if (at->x->error)
        return scene_printf(at->s, "%d, and then %s", at->x->status, at->x->error);
    if (message && at->x->status >= 400)
        return scene_printf(at->s, "%d (%s)", at->x->status, message);
    return scene_printf(at->s, "%d", at->x->status);
}

/* --- the answer
 * ---------------------------------------------------------------------------------------------------------
 */

void then_status_at(const struct exchange *x, int wanted, const char *file, int line)
{
    struct place at = count(x, file, line);

    if (x->status != wanted || x->error)
        reject(&at, "status", scene_printf(at.s, "%d", wanted), answer_text(&at));
}

void then_status_in_at(const struct exchange *x, const int *wanted, const char *file, int line)
{
    struct place at = count(x, file, line);
    const char *list = "";

    for (size_t i = 0; wanted[i]; i++) {
        if (x->status == wanted[i] && !x->error)
            return;
        list = scene_printf(at.s, "%s%s%d", list, i ? " or " : "", wanted[i]);
    }
    reject(&at, "status", list, answer_text(&at));
}

void then_no_body_at(const struct exchange *x, const char *file, int line)
{
    struct place at = count(x, file, line);

    if (x->error || x->size)
        reject(&at, "body", "none",
               x->error ? x->error : scene_printf(at.s, "%zu bytes: %.200s", x->size, x->body));
}

static bool content_type_is(const struct exchange *x, const char *type)
{
    const char *got = exchange_header(x, "Content-Type");
    size_t length = strlen(type);

    return got && strncasecmp(got, type, length) == 0 &&
           (got[length] == '\0' || got[length] == ';' || got[length] == ' ');
}

void then_content_type_at(const struct exchange *x, const char *type, const char *file, int line)
{
    struct place at = count(x, file, line);

    if (!content_type_is(x, type))
        reject(&at, "Content-Type", type, quoted(&at, exchange_header(x, "Content-Type")));
}

void then_error_form_at(const struct exchange *x, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *message = json_object_get(x->json, "message");

    if (x->status < 400 || x->status > 599)
        reject(&at, "status", "an error (4xx or 5xx)", answer_text(&at));
    if (!content_type_is(x, "application/json"))
        reject(&at, "error: Content-Type", "application/json",
               quoted(&at, exchange_header(x, "Content-Type")));
    if (!json_is_string(message) || !*json_string_value(message))
        reject(&at, "error", "{\"message\": \"...\"}",
               scene_printf(at.s, "%s", x->size ? x->body : "an empty body"));
}

static bool mentions(const char *text, const char *part)
{
    size_t length = strlen(part);

    for (; text && *text; text++)
        if (strncasecmp(text, part, length) == 0)
            return true;
    return length == 0;
}

void then_error_mentions_at(const struct exchange *x, const char *text, const char *file, int line)
{
    struct place at;
    const char *message = json_string_value(json_object_get(x->json, "message"));

    then_error_form_at(x, file, line);
    at = count(x, file, line);
    if (!mentions(message, text))
        reject(&at, "error message", scene_printf(at.s, "\"%s\" in it", text), quoted(&at, message));
}

void then_refused_at(const struct exchange *x, int wanted, const char *file, int line)
{
    then_status_at(x, wanted, file, line);
    then_error_form_at(x, file, line);
}

void then_header_at(const struct exchange *x, const char *name, const char *value, const char *file, int line)
{
    struct place at = count(x, file, line);
    const char *got = exchange_header(x, name);
    const char *what = scene_printf(at.s, "header %s", name);

    if (!value && (!got || !*got))
        reject(&at, what, "some value", got ? "an empty one" : "nothing");
    if (value && (!got || strcmp(got, value) != 0))
        reject(&at, what, quoted(&at, value), quoted(&at, got));
}

void then_header_absent_at(const struct exchange *x, const char *name, const char *file, int line)
{
    struct place at = count(x, file, line);
    const char *got = exchange_header(x, name);

    if (got)
        reject(&at, scene_printf(at.s, "header %s", name), "none", quoted(&at, got));
}

void then_body_at(const struct exchange *x, const char *text, const char *file, int line)
{
    struct place at = count(x, file, line);

    if (x->size != strlen(text) || memcmp(x->body, text, x->size) != 0)
        reject(&at, "body", quoted(&at, text), quoted(&at, x->body));
}

static bool holds(const char *data, size_t size, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(data + i, text, length) == 0)
            return true;
    return false;
}

void then_body_mentions_at(const struct exchange *x, const char *text, const char *file, int line)
{
    struct place at = count(x, file, line);

    if (!holds(x->body, x->size, text))
        reject(&at, "body", scene_printf(at.s, "\"%s\" in it", text), quoted(&at, x->body));
}

void then_body_lacks_at(const struct exchange *x, const char *text, const char *file, int line)
{
    struct place at = count(x, file, line);

    if (holds(x->body, x->size, text))
        reject(&at, "body", scene_printf(at.s, "no \"%s\" in it", text), quoted(&at, x->body));
}

void then_body_holds_at(struct exchange *x, const char *clause, const char *file, int line)
{
    struct place at = count(x, file, line);
    const char *broken = scene_body_breaks(at.s, x, clause);

    if (broken)
        scene_fail(
            at.s, file, line, x,
            scene_printf(at.s, "%s: %s: %s", clause, x->operation ? x->operation : "no operation", broken),
            NULL, NULL);
}

/* --- members
 * --------------------------------------------------------------------------------------------------------------
 */

const json_t *answer_json(const struct exchange *x, const char *path)
{
    return json_at(x->json, path);
}

const char *answer_string(const struct exchange *x, const char *path)
{
    return json_string_value(json_at(x->json, path));
}

static const char *named(const struct place *at, const char *path)
{
    return *path ? scene_printf(at->s, "%s", path) : "the body";
}

static _Noreturn void reject_member(const struct place *at, const char *path, const char *wanted,
                                    const json_t *got)
{
    if (!at->x->json)
        reject(at, named(at, path), wanted, scene_printf(at->s, "no JSON body (status %s)", answer_text(at)));
    reject(at, named(at, path), wanted, shown(at, got));
}

void then_json_string_at(const struct exchange *x, const char *path, const char *wanted, const char *file,
                         int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!json_is_string(got) || strcmp(json_string_value(got), wanted) != 0)
        reject_member(&at, path, quoted(&at, wanted), got);
}

static bool is_integer(const json_t *value)
{
    return json_is_integer(value) ||
           (json_is_real(value) && (double)(long long)json_real_value(value) == json_real_value(value));
}

static long long integer(const json_t *value)
{
    return json_is_integer(value) ? json_integer_value(value) : (long long)json_real_value(value);
}

void then_json_int_at(const struct exchange *x, const char *path, long long wanted, const char *file,
                      int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!is_integer(got) || integer(got) != wanted)
        reject_member(&at, path, scene_printf(at.s, "%lld", wanted), got);
}

void then_json_bool_at(const struct exchange *x, const char *path, bool wanted, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!json_is_boolean(got) || json_is_true(got) != wanted)
        reject_member(&at, path, wanted ? "true" : "false", got);
}

void then_json_null_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!json_is_null(got))
        reject_member(&at, path, "null", got);
}

void then_json_present_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);

    if (!json_at(x->json, path))
        reject_member(&at, path, "some value", NULL);
}

void then_json_absent_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (got || !x->json)
        reject_member(&at, path, "nothing there", got);
}

void then_json_equals_at(const struct exchange *x, const char *path, json_t *wanted, const char *file,
                         int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);
    const char *text = shown(&at, wanted);
    bool same = got && json_same(got, wanted);

    json_decref(wanted);
    if (!same)
        reject_member(&at, path, text, got);
}

static size_t length_of(const json_t *value)
{
    return json_is_array(value)    ? json_array_size(value)
           : json_is_object(value) ? json_object_size(value)
                                   : json_string_length(value);
}

void then_json_length_at(const struct exchange *x, const char *path, size_t wanted, const char *file,
                         int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if ((!json_is_array(got) && !json_is_object(got)) || length_of(got) != wanted)
        reject_member(&at, path, scene_printf(at.s, "%zu elements", wanted), got);
}

void then_json_not_empty_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if ((!json_is_array(got) && !json_is_object(got) && !json_is_string(got)) || length_of(got) == 0)
        reject_member(&at, path, "something that is not empty", got);
}

void then_json_empty_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);
    bool container = json_is_array(got) || json_is_object(got) || json_is_string(got);

    if (!x->json || (got && !json_is_null(got) && (!container || length_of(got))))
        reject_member(&at, path, "something empty", got);
}

void then_json_nothing_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);
    bool something =
        json_is_true(got) || (json_is_number(got) && json_number_value(got) != 0) || length_of(got) > 0;

    if (!x->json || something)
        reject_member(&at, path, "nothing: null, empty, zero or false", got);
}

void then_json_type_at(const struct exchange *x, const char *path, const char *type, const char *file,
                       int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);
    bool fits = (strcmp(type, "string") == 0 && json_is_string(got)) ||
                (strcmp(type, "integer") == 0 && is_integer(got)) ||
                (strcmp(type, "boolean") == 0 && json_is_boolean(got)) ||
                (strcmp(type, "array") == 0 && json_is_array(got)) ||
                (strcmp(type, "object") == 0 && json_is_object(got));

    if (!fits)
        reject_member(&at, path, scene_printf(at.s, "of type %s", type), got);
}

void then_json_between_at(const struct exchange *x, const char *path, long long low, long long high,
                          const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!is_integer(got) || integer(got) < low || integer(got) > high)
        reject_member(&at, path, scene_printf(at.s, "%lld to %lld", low, high), got);
}

static bool digits(const char **text, int least, int most)
{
    int n = 0;

    while (n < most && isdigit((unsigned char)(*text)[n]))
        n++;
    *text += n;
    return n >= least;
}

static bool literal(const char **text, const char *any_of)
{
    if (!**text || !strchr(any_of, **text))
        return false;
    ++*text;
    return true;
}

/* RFC 3339: 2026-01-02T03:04:05[.fraction](Z|+hh:mm|-hh:mm) */
static bool is_date(const char *t)
{
    bool date = t && digits(&t, 4, 4) && literal(&t, "-") && digits(&t, 2, 2) && literal(&t, "-") &&
                digits(&t, 2, 2) && literal(&t, "T") && digits(&t, 2, 2) && literal(&t, ":") &&
                digits(&t, 2, 2) && literal(&t, ":") && digits(&t, 2, 2);

    if (!date || (*t == '.' && (!literal(&t, ".") || !digits(&t, 1, 9))))
        return false;
    if (*t == 'Z')
        return t[1] == '\0';
    return literal(&t, "+-") && digits(&t, 2, 2) && literal(&t, ":") && digits(&t, 2, 2) && *t == '\0';
}

void then_json_date_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!is_date(json_string_value(got)))
        reject_member(&at, path, "a date as in RFC 3339", got);
}

static bool is_hex_id(const char *text)
{
    return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

void then_json_hex_id_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!is_hex_id(json_string_value(got)))
        reject_member(&at, path, "64 hexadecimal digits", got);
}

void then_json_digest_at(const struct exchange *x, const char *path, const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);
    const char *text = json_string_value(got);

    if (!text || strncmp(text, "sha256:", 7) != 0 || !is_hex_id(text + 7))
        reject_member(&at, path, "sha256: and 64 hexadecimal digits", got);
}

static bool has_text(const json_t *value, const char *text)
{
    if (json_is_string(value))
        return strstr(json_string_value(value), text) != NULL;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *element = json_string_value(json_array_get(value, i));
        if (element && strcmp(element, text) == 0)
            return true;
    }
    return false;
}

void then_json_contains_at(const struct exchange *x, const char *path, const char *text, const char *file,
                           int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!has_text(got, text))
        reject_member(&at, path, scene_printf(at.s, "\"%s\" in it", text), got);
}

void then_json_lacks_at(const struct exchange *x, const char *path, const char *text, const char *file,
                        int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);

    if (!got || has_text(got, text))
        reject_member(&at, path, scene_printf(at.s, "no \"%s\" in it", text), got);
}

void then_json_has_at(const struct exchange *x, const char *path, json_t *members, bool wanted,
                      const char *file, int line)
{
    struct place at = count(x, file, line);
    const json_t *got = json_at(x->json, path);
    const char *text = shown(&at, members);
    bool found = false;

    for (size_t i = 0; i < json_array_size(got) && !found; i++)
        found = json_covers(json_array_get(got, i), members);
    json_decref(members);
    if (!json_is_array(got) || found != wanted)
        reject_member(&at, path,
                      scene_printf(at.s, wanted ? "an element with %s" : "no element with %s", text), got);
}

/* --- streams
 * --------------------------------------------------------------------------------------------------------------
 */

static const char *stream_text(const struct place *at, struct stream *st)
{
    const char *broken = stream_broken(st);

    return scene_printf(at->s, "stdout \"%s\", stderr \"%s\"%s%s", stream_stdout(st), stream_stderr(st),
                        broken ? ", and then " : "", broken ? broken : "");
}

void then_stream_says_at(struct stream *st, const char *text, const char *file, int line)
{
    bool said = stream_wait_for(st, text);
    struct place at = count(stream_answer(st), file, line);

    if (!said)
        reject(&at, "stream", scene_printf(at.s, "\"%s\"", text), stream_text(&at, st));
}

static void then_all_of(struct stream *st, bool err, const char *wanted, const char *file, int line)
{
    bool ended = stream_wait_for_end(st);
    struct place at = count(stream_answer(st), file, line);
    const char *got = err ? stream_stderr(st) : stream_stdout(st);
    const char *what = err ? "stderr" : "stdout";

    if (stream_broken(st))
        reject(&at, "stream", "whole frames", stream_broken(st));
    if (strcmp(got, wanted) != 0 || (!err && stream_stdout_size(st) != strlen(wanted)))
        reject(&at, what, quoted(&at, wanted), stream_text(&at, st));
    if (!ended)
        reject(&at, what, "an end", "none in time");
}

void then_stdout_at(struct stream *st, const char *wanted, const char *file, int line)
{
    then_all_of(st, false, wanted, file, line);
}

void then_stderr_at(struct stream *st, const char *wanted, const char *file, int line)
{
    then_all_of(st, true, wanted, file, line);
}

void then_stream_ends_at(struct stream *st, const char *file, int line)
{
    bool ended = stream_wait_for_end(st);
    struct place at = count(stream_answer(st), file, line);

    if (!ended)
        reject(&at, "stream", "an end", scene_printf(at.s, "none in time, after %s", stream_text(&at, st)));
}

void then_event_at(struct stream *st, json_t *members, const char *file, int line)
{
    const json_t *found = stream_wait_for_json(st, members);
    struct place at = count(stream_answer(st), file, line);
    const char *text = shown(&at, members);

    json_decref(members);
    if (!found)
        reject(&at, "event", text, shown(&at, stream_values(st)));
}

static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = words; n && (at = strstr(at, word)); at += n)
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
            return true;
    return false;
}

void then_events_at(struct stream *st, const char *actions, const char *file, int line)
{
    const char *last = strrchr(actions, ' '), *seen = "";
    struct place at;
    const json_t *value;
    size_t i;

    stream_wait_for_value(st, "{'Action': '%s'}", last ? last + 1 : actions);
    at = count(stream_answer(st), file, line);
    json_array_foreach (stream_values(st), i, value) {
        const char *action = json_string_value(json_object_get(value, "Action"));

        if (action && has_word(actions, action))
            seen = scene_printf(at.s, "%s%s%s", seen, *seen ? " " : "", action);
    }
    if (strcmp(seen, actions) != 0)
        reject(&at, "events", actions, seen);
}

/* --- what the engine holds now
 * ---------------------------------------------------------------------------------------------- */

void then_container_is_at(struct scene *s, const char *id, const char *status, const char *file, int line)
{
    then_json_string_at(scene_look(s, "/containers/%s/json", id), "State.Status", status, file, line);
}

void then_container_becomes_at(struct scene *s, const char *id, const char *status, const char *file,
                               int line)
{
    wait_until_container_is(s, id, status);
    then_container_is_at(s, id, status, file, line);
}

void then_container_gone_at(struct scene *s, const char *id, const char *file, int line)
{
    wait_until_container_gone(s, id);
    then_status_at(scene_look(s, "/containers/%s/json", id), 404, file, line);
}

void then_found_at(struct scene *s, const char *path, bool wanted, const char *file, int line)
{
    then_status_at(scene_look(s, "%s", path), wanted ? 200 : 404, file, line);
}

/* The path of the first place where they differ, in `path`; false: nowhere. */
static bool first_difference(const json_t *a, const json_t *b, struct buffer *path)
{
    const char *key;
    json_t *value;

    if (json_is_object(a) && json_is_object(b) && json_object_size(a) == json_object_size(b))
        json_object_foreach ((json_t *)a, key, value) {
            size_t size = path->size;
            if (json_same(value, json_object_get(b, key)))
                continue;
            buffer_printf(path, "%s%s", size ? "." : "", key);
            return first_difference(value, json_object_get(b, key), path);
        }
    return !json_same(a, b);
}

void then_unchanged_at(struct scene *s, const char *id, const json_t *before, const char *file, int line)
{
    const struct exchange *x = scene_look(s, "/containers/%s/json", id);
    struct place at = count(x, file, line);
    struct buffer path = { 0 };
    const char *where;
    bool differ = first_difference(before, x->json, &path);

    where = scene_printf(s, "%s", buffer_string(&path));
    buffer_clear(&path);
    if (differ)
        reject(&at, scene_printf(s, "unchanged: %s", where), shown(&at, json_at(before, where)),
               shown(&at, json_at(x->json, where)));
}

/* --- plain values
 * ------------------------------------------------------------------------------------------------------------
 */

void then_true_at(struct scene *s, bool condition, const char *wanted, const char *file, int line)
{
    struct place at = count(NULL, file, line);

    if (!condition)
        scene_fail(s, at.file, at.line, NULL, scene_printf(s, "wanted: %s", wanted), wanted,
                   "that does not hold");
}

void then_int_at(struct scene *s, const char *what, long long got, long long wanted, const char *file,
                 int line)
{
    struct place at = count(NULL, file, line);

    if (got != wanted)
        reject(&at, what, scene_printf(s, "%lld", wanted), scene_printf(s, "%lld", got));
}

void then_string_at(struct scene *s, const char *what, const char *got, const char *wanted, const char *file,
                    int line)
{
    struct place at = count(NULL, file, line);

    (void)s;
    if (!got || strcmp(got, wanted) != 0)
        reject(&at, what, quoted(&at, wanted), quoted(&at, got));
}

void then_mentions_at(struct scene *s, const char *what, const char *got, const char *part, const char *file,
                      int line)
{
    struct place at = count(NULL, file, line);

    if (!got || !strstr(got, part))
        reject(&at, what, scene_printf(s, "\"%s\" in it", part), quoted(&at, got));
}

static bool is_nothing(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static bool is_excepted(const char *except, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = except; at && *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == length && strncmp(at, name, length) == 0)
            return true;
    return false;
}

/* As json_at() reads it. */
static void add_name(struct buffer *path, const char *name)
{
    if (path->size)
        buffer_printf(path, ".");
    for (; *name; name++)
        buffer_printf(path, *name == '.' ? "\\." : "%c", *name);
}

static bool disagree(const json_t *a, const json_t *b, const char *except, struct buffer *path);

/* Members of `a`: those that `b` has as well are compared when `both`, those that it lacks must be nothing. */
static bool members_disagree(const json_t *a, const json_t *b, bool both, const char *except,
                             struct buffer *path)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)a, key, value) {
        const json_t *other = json_object_get(b, key);
        size_t size = path->size;
        if (is_excepted(except, key) || (other && !both))
            continue;
        add_name(path, key);
        if (disagree(value, other, NULL, path))
            return true;
        path->size = size;
    }
    return false;
}

static bool disagree(const json_t *a, const json_t *b, const char *except, struct buffer *path)
{
    if (is_nothing(a) && is_nothing(b))
        return false;
    if (json_is_object(a) && json_is_object(b))
        return members_disagree(a, b, true, except, path) || members_disagree(b, a, false, except, path);
    return !a || !b || !json_same(a, b);
}

void then_same_at(struct scene *s, const char *what, const json_t *got, const json_t *wanted,
                  const char *except, const char *file, int line)
{
    struct place at = count(NULL, file, line);
    struct buffer path = { 0 };
    bool differ = !got || !wanted || disagree(got, wanted, except, &path);
    const char *where = scene_printf(s, "%.*s", (int)path.size, path.size ? buffer_string(&path) : "");

    buffer_clear(&path);
    if (differ)
        reject(&at, *where ? scene_printf(s, "%s: %s", what, where) : what,
               shown(&at, json_at(wanted, where)), shown(&at, json_at(got, where)));
}
