/* harness/outcome.c - the outcome of a case as lines of JSON.
 *
 * The writer is a process that tests a hostile peer, so the text may end anywhere; whatever whole lines there
 * are count. Bytes that are not UTF-8 never get here: exchange_to_json() writes them as \xNN, and text()
 * below does the same for the rest. */
#include "harness/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const verdict_names[] = { "pass",        "fail",    "not-applicable",
                                             "unsupported", "blocked", "fault" };

const char *verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

int verdict_from_name(const char *name, enum verdict *ret)
{
    for (size_t i = 0; name && i < sizeof verdict_names / sizeof *verdict_names; i++)
        if (strcmp(name, verdict_names[i]) == 0) {
            *ret = (enum verdict)i;
            return 0;
        }
    return -1;
}

void outcome_init(struct outcome *outcome)
{
    *outcome = (struct outcome){ .verdict = VERDICT_FAULT };
    outcome->journal = json_array();
    outcome->remarks = json_array();
    outcome->leftovers = json_array();
}

static void failure_free(struct failure *failure)
{
    if (!failure)
        return;
    free(failure->file);
    free(failure->sentence);
    free(failure->wanted);
    free(failure->got);
    free(failure->clause);
    free(failure);
}

void outcome_clear(struct outcome *outcome)
{
    if (!outcome)
        return;
    free(outcome->reason);
    failure_free(outcome->failed);
    json_decref(outcome->journal);
    json_decref(outcome->remarks);
    json_decref(outcome->leftovers);
    *outcome = (struct outcome){ .verdict = VERDICT_FAULT };
}

/* A JSON string of any bytes; null for NULL. */
static json_t *text(const char *value)
{
    json_t *ret;
    char *clean;
    size_t length;

    if (!value)
        return json_null();
    ret = json_string(value);
    if (ret)
        return ret;
    length = strlen(value);
    clean = malloc(4 * length + 1);
    if (!clean)
        return json_null();
    for (size_t i = 0, o = 0; i <= length; i++) {
        if ((unsigned char)value[i] < 0x80)
            clean[o++] = value[i];
        else
            o += (size_t)sprintf(clean + o, "\\x%02x", (unsigned char)value[i]);
    }
    ret = json_string(clean);
    free(clean);
    return ret;
}

static json_t *failure_to_json(const struct failure *failure)
{
    json_t *ret = json_pack("{s:o, s:i, s:o, s:o, s:o, s:i}", "file", text(failure->file), "line",
                            failure->line, "sentence", text(failure->sentence), "wanted",
                            text(failure->wanted), "got", text(failure->got), "exchange", failure->exchange);

    if (failure->clause)
        json_object_set_new(ret, "clause", text(failure->clause));
    return ret;
}

json_t *outcome_to_json(const struct outcome *outcome)
{
    json_t *ret = json_object();

    json_object_set_new(ret, "verdict", json_string(verdict_name(outcome->verdict)));
    json_object_set_new(ret, "reason", text(outcome->reason));
    json_object_set_new(ret, "assertions", json_integer(outcome->assertions));
    if (outcome->failed)
        json_object_set_new(ret, "failure", failure_to_json(outcome->failed));
    json_object_set(ret, "remarks", outcome->remarks);
    json_object_set(ret, "leftovers", outcome->leftovers);
    return ret;
}

static int write_line(int fd, const char *key, const json_t *value)
{
    json_t *line = json_pack("{s:O}", key, value);
    char *dump = line ? json_dumps(line, JSON_COMPACT) : NULL;
    size_t size = dump ? strlen(dump) : 0;
    int ret = dump ? 0 : -1;

    json_decref(line);
    if (dump)
        dump[size++] = '\n';
    for (size_t done = 0; ret == 0 && done < size;) {
        ssize_t n = write(fd, dump + done, size - done);
        if (n < 0 && errno != EINTR)
            ret = -1;
        else if (n > 0)
            done += (size_t)n;
    }
    free(dump);
    return ret;
}

int outcome_write_exchange(int fd, const json_t *exchange)
{
    return write_line(fd, "exchange", exchange);
}

int outcome_write(int fd, const struct outcome *outcome)
{
    json_t *json = outcome_to_json(outcome);
    int ret = json ? write_line(fd, "outcome", json) : -1;

    json_decref(json);
    return ret;
}

static char *copy_member(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? strdup(value) : NULL;
}

static struct failure *read_failure(const json_t *json)
{
    struct failure *ret;

    if (!json_is_object(json))
        return NULL;
    ret = calloc(1, sizeof *ret);
    if (!ret)
        return NULL;
    ret->file = copy_member(json, "file");
    ret->line = (int)json_integer_value(json_object_get(json, "line"));
    ret->sentence = copy_member(json, "sentence");
    ret->wanted = copy_member(json, "wanted");
    ret->got = copy_member(json, "got");
    ret->exchange = (int)json_integer_value(json_object_get(json, "exchange"));
    ret->clause = copy_member(json, "clause");
    return ret;
}

static void take_array(json_t **into, json_t *array)
{
    if (!json_is_array(array))
        return;
    json_decref(*into);
    *into = json_incref(array);
}

static int read_verdict(const json_t *json, struct outcome *ret)
{
    if (verdict_from_name(json_string_value(json_object_get(json, "verdict")), &ret->verdict) < 0)
        return -1;
    ret->reason = copy_member(json, "reason");
    ret->assertions = (unsigned)json_integer_value(json_object_get(json, "assertions"));
    ret->failed = read_failure(json_object_get(json, "failure"));
    take_array(&ret->remarks, json_object_get(json, "remarks"));
    take_array(&ret->leftovers, json_object_get(json, "leftovers"));
    return 0;
}

/* 1: the verdict, 0: something else of ours, -1: neither. */
static int read_line(const char *line, size_t size, struct outcome *ret)
{
    json_t *json = json_loadb(line, size, 0, NULL);
    json_t *exchange = json_object_get(json, "exchange"), *verdict = json_object_get(json, "outcome");
    int result = -1;

    if (exchange)
        result = json_array_append(ret->journal, exchange);
    else if (verdict)
        result = read_verdict(verdict, ret) < 0 ? -1 : 1;
    json_decref(json);
    return result;
}

int outcome_read(const char *whole, size_t size, struct outcome *ret)
{
    const char *end = whole + size;

    outcome_init(ret);
    for (const char *line = whole, *newline; line < end; line = newline + 1) {
        int result;
        newline = memchr(line, '\n', (size_t)(end - line));
        if (!newline)
            return 0; /* cut off */
        result = read_line(line, (size_t)(newline - line), ret);
        if (result != 0)
            return result;
    }
    return 0;
}
