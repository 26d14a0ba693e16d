/* runner/expect_write.c - `--write-expect`: the expectations file written anew, see expect.h.
 *
 * An entry must name failures and nothing else: were it wider, a case that it names would pass one day, here
 * or on another machine, and the file would be stale. So a pattern is taken only when every case that it names,
 * run or not, has failed; tried are the case's clauses first, which are the shortest and say the most. */
#include "runner/expect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/escape.h"
#include "report/memory.h"
#include "report/neutral.h"
#include "report/result.h"
#include "runner/pattern.h"

#define REASON_MAX 300 /* bytes */

struct writer {
    const struct expectations *old;
    const json_t *result;
    const char *const *ids;
    size_t id_count;
    json_t *failed;  /* id -> the case */
    json_t *written; /* id -> true: an entry of the new file names it */
    FILE *out;
};

static void note_written(struct writer *w, const struct expectation *entry)
{
    const char *id;
    json_t *one;

    json_object_foreach (w->failed, id, one) {
        if (expectation_names_case(entry, one))
            json_object_set_new(w->written, id, json_true());
    }
}

/* Whether a case without a version, at some version that the pattern names, has failed. */
static bool has_failed(const struct writer *w, const char *pattern, const char *plain_id)
{
    size_t length = strlen(plain_id);
    const char *id;
    json_t *one;

    json_object_foreach (w->failed, id, one) {
        if (strncmp(id, plain_id, length) == 0 && strchr("@", id[length]) != NULL &&
            pattern_names(pattern, id))
            return true;
    }
    return false;
}

static bool names_only_failures(const struct writer *w, const char *pattern)
{
    const json_t *one;
    size_t index;

    json_array_foreach (value_at(w->result, "cases"), index, one) {
        if (case_verdict(one) != VERDICT_FAIL && pattern_names(pattern, text_at(one, "id")))
            return false;
    }
    for (size_t i = 0; i < w->id_count; i++)
        if (pattern_names_at_some_version(pattern, w->ids[i]) && !has_failed(w, pattern, w->ids[i]))
            return false;
    return true;
}

/* In double quotes no double quote can stand: '?' fits it. */
static char *without_quotes(char *text)
{
    for (char *at = text; (at = strchr(at, '"')) != NULL;)
        *at = '?';
    return text;
}

/* The id without the version at its end. */
static char *plain_id(const json_t *one)
{
    const char *id = text_at(one, "id");
    char *version = must_format("@%s", text_at(one, "api_version"));
    size_t length = strlen(id), more = strlen(version);
    bool has = more > 1 && length > more && strcmp(id + length - more, version) == 0;
    char *ret = must_format("%.*s", (int)(has ? length - more : length), id);

    free(version);
    return ret;
}

/* "name" and "name[row]" of an id, new. */
static void names_of(const char *id, char **name, char **with_row)
{
    const char *end = id + strcspn(id, "["), *begin = end;

    while (begin > id && begin[-1] != ' ')
        begin--;
    *name = must_format("%.*s", (int)(end - begin), begin);
    *with_row = must_copy(begin);
}

/* The first of the clauses, the name, the name with its row that names nothing but failures, each with `end`
 * behind it. NULL: none does. */
static char *pattern_ending(const struct writer *w, const json_t *one, const char *id, const char *end)
{
    char *candidates[3 + 16], *ret = NULL;
    size_t count = 0, index;
    const json_t *clause;

    json_array_foreach (value_at(one, "clauses"), index, clause) {
        if (count < 16)
            candidates[count++] = must_format("%s%s", text_at(clause, "name"), end);
    }
    char *name, *with_row;
    names_of(id, &name, &with_row);
    candidates[count++] = must_format("%s%s", name, end);
    candidates[count++] = without_quotes(must_format("%s%s", with_row, end));
    candidates[count++] = without_quotes(must_format("%s%s", id, end));
    for (size_t i = 0; i < count; i++) {
        if (ret == NULL && names_only_failures(w, candidates[i]))
            ret = candidates[i];
        else
            free(candidates[i]);
    }
    free(name);
    free(with_row);
    return ret;
}

/* The pattern for a case that failed: for every version when it fails at every one. The caller frees it. */
static char *pattern_for(const struct writer *w, const json_t *one)
{
    char *id = plain_id(one), *version = must_format("@%s", text_at(one, "api_version"));
    char *ret = pattern_ending(w, one, id, "");

    if (ret == NULL)
        ret = pattern_ending(w, one, id, version);
    if (ret == NULL)
        ret = without_quotes(must_copy(text_at(one, "id")));
    free(id);
    free(version);
    return ret;
}

static void write_condition(FILE *out, const char *name, const char *value)
{
    if (value != NULL)
        fprintf(out, " %s=%s", name, value);
}

/* One line: the engine's text is in it. */
static char *reason_from(const struct writer *w, const json_t *one)
{
    char *neutral = neutral_text(case_message(one), text_at(w->result, "run.id"));
    char *ret = escape_utf8(neutral, strlen(neutral), REASON_MAX);

    for (char *at = ret; *at != '\0'; at++)
        *at = (unsigned char)*at < ' ' ? ' ' : *at;
    free(neutral);
    return ret;
}

/* `like`: whose conditions and reason it takes; NULL: a new one. */
static void write_entry(struct writer *w, const json_t *one, const struct expectation *like)
{
    static const struct expectation none = { 0 };
    char *pattern = pattern_for(w, one),
         *reason = like == NULL ? reason_from(w, one) : must_copy(like->reason);
    bool quoted = pattern[strcspn(pattern, " \t")] != '\0';

    like = like != NULL ? like : &none;
    fprintf(w->out, quoted ? "\"%s\"" : "%s", pattern);
    write_condition(w->out, "engine", like->engine);
    write_condition(w->out, "version", like->version);
    write_condition(w->out, "api", like->api);
    write_condition(w->out, "until", like->until);
    write_condition(w->out, "link", like->link);
    fprintf(w->out, " : %s\n", reason[strspn(reason, " ")] != '\0' ? reason + strspn(reason, " ") : "?");
    note_written(w, &(struct expectation){ .pattern = pattern, .api = like->api });
    free(pattern);
    free(reason);
}

static bool some_pass(const struct writer *w, const struct expectation *entry)
{
    const json_t *one;
    size_t index;

    json_array_foreach (value_at(w->result, "cases"), index, one) {
        if (case_verdict(one) == VERDICT_PASS && expectation_names_case(entry, one))
            return true;
    }
    return false;
}

/* The failures that `like` names, or NULL: all, as far as no entry knows them. */
static void write_failures(struct writer *w, const struct expectation *like)
{
    const char *id;
    json_t *one;

    json_object_foreach (w->failed, id, one) {
        if (json_object_get(w->written, id) == NULL && (like == NULL || expectation_names_case(like, one)))
            write_entry(w, one, like);
    }
}

static void write_again(struct writer *w, const struct expectation *entry)
{
    bool concerns = expectation_concerns(entry, w->result);

    if (!expectation_names_any(entry, w->ids, w->id_count))
        return;
    if (concerns && some_pass(w, entry)) {
        write_failures(w, entry);
        return;
    }
    fprintf(w->out, "%s\n", w->old->lines[entry->line - 1]);
    if (concerns)
        note_written(w, entry);
}

static void write_old(struct writer *w)
{
    const struct expectation *entry = w->old->list, *end = entry + w->old->count;

    for (size_t i = 0; i < w->old->line_count; i++) {
        if (entry < end && entry->line == i + 1)
            write_again(w, entry++);
        else
            fprintf(w->out, "%s\n", w->old->lines[i]);
    }
}

static void find_failed(struct writer *w)
{
    json_t *one;
    size_t index;

    json_array_foreach (json_object_get(w->result, "cases"), index, one) {
        if (case_verdict(one) == VERDICT_FAIL)
            json_object_set(w->failed, text_at(one, "id"), one);
    }
}

char *expectations_text(const struct expectations *old, const json_t *result, const char *const *ids,
                        size_t id_count)
{
    struct writer w = { old, result, ids, id_count, json_object(), json_object(), NULL };
    char *ret;
    size_t size;

    must_have(w.failed);
    must_have(w.written);
    w.out = must_stream(&ret, &size);
    find_failed(&w);
    write_old(&w);
    write_failures(&w, NULL);
    must_close(w.out);
    json_decref(w.failed);
    json_decref(w.written);
    return ret;
}

int expectations_save(const char *text, const char *path, char **why)
{
    char *temporary = must_format("%s.XXXXXX", path);
    int fd = mkstemp(temporary), ret = -1;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    mode_t mask = umask(0);

    umask(mask);
    if (out != NULL) {
        fchmod(fd, 0666 & ~mask); /* as any other new file; mkstemp() makes 0600 */
        bool bad = fputs(text, out) < 0;
        ret = fclose(out) != 0 || bad ? -1 : rename(temporary, path);
    }
    if (ret < 0)
        *why = must_format("%s: %s", path, strerror(errno));
    if (ret < 0 && fd >= 0)
        unlink(temporary);
    free(temporary);
    return ret;
}
