/* runner/expect.c - see expect.h. */
#include "runner/expect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/memory.h"
#include "report/result.h"
#include "runner/pattern.h"

#define LINE_MAX_BYTES 4096

static void expectation_clear(struct expectation *one)
{
    free(one->pattern);
    free(one->engine);
    free(one->version);
    free(one->api);
    free(one->until);
    free(one->link);
    free(one->reason);
}

void expectations_clear(struct expectations *expectations)
{
    if (expectations == NULL)
        return;
    for (size_t i = 0; i < expectations->count; i++)
        expectation_clear(&expectations->list[i]);
    for (size_t i = 0; i < expectations->line_count; i++)
        free(expectations->lines[i]);
    free(expectations->list);
    free(expectations->lines);
    *expectations = (struct expectations){ 0 };
}

static bool is_day(const char *text)
{
    static const char form[] = "dddd-dd-dd";

    if (strlen(text) != sizeof(form) - 1)
        return false;
    for (size_t i = 0; form[i] != '\0'; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-')
            return false;
    return strncmp(text + 5, "00", 2) > 0 && strncmp(text + 5, "12", 2) <= 0 && strcmp(text + 8, "00") > 0 &&
           strcmp(text + 8, "31") <= 0;
}

/* Cuts the next word off *at: up to a space, or between double quotes. NULL at the end. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " \t");
    bool quoted = *word == '"';
    char *end = quoted ? strchr(++word, '"') : word + strcspn(word, " \t");

    if (*word == '\0' || end == NULL)
        return NULL;
    *at = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

/* Takes "engine=Podman*" and its like. */
static bool take_condition(struct expectation *one, const char *word)
{
    char **const places[] = { &one->engine, &one->version, &one->api, &one->until, &one->link };
    static const char *const names[] = { "engine=", "version=", "api=", "until=", "link=" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t length = strlen(names[i]);
        if (strncmp(word, names[i], length) == 0 && word[length] != '\0' && *places[i] == NULL) {
            *places[i] = must_copy(word + length);
            return true;
        }
    }
    return false;
}

/* `line` is cut up. NULL, or what is wrong with it. */
static const char *expectation_parse(char *line, struct expectation *ret)
{
    char *word = next_word(&line);

    if (word == NULL)
        return "a quote has no end";
    ret->pattern = must_copy(word);
    while ((word = next_word(&line)) != NULL && strcmp(word, ":") != 0)
        if (!take_condition(ret, word))
            return "wanted engine=, version=, api=, until=, link= (each once), then ' : ' and the reason";
    line += strspn(line, " \t");
    if (word == NULL || *line == '\0')
        return "the reason is missing; it comes after ' : '";
    if (ret->until != NULL && !is_day(ret->until))
        return "until= wants a day as 2027-06-30";
    ret->reason = must_copy(line);
    return NULL;
}

static const char *line_parse(const char *text, size_t length, unsigned number, struct expectations *ret)
{
    char line[LINE_MAX_BYTES];

    if (length >= sizeof(line))
        return "the line is too long";
    memcpy(line, text, length);
    line[length] = '\0';
    line[strcspn(line, "\r")] = '\0';
    ret->lines = must_grow(ret->lines, ret->line_count, sizeof(*ret->lines));
    ret->lines[ret->line_count++] = must_copy(line);
    char *begin = line + strspn(line, " \t");
    if (*begin == '\0' || *begin == '#')
        return NULL;
    struct expectation one = { .line = number };
    const char *wrong = expectation_parse(begin, &one);
    if (wrong != NULL) {
        expectation_clear(&one);
        return wrong;
    }
    ret->list = must_grow(ret->list, ret->count, sizeof(*ret->list));
    ret->list[ret->count++] = one;
    return NULL;
}

int expectations_parse(const char *text, struct expectations *ret, char **why)
{
    struct expectations expectations = { 0 };
    unsigned number = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        const char *wrong = line_parse(text, length, ++number, &expectations);
        if (wrong != NULL) {
            *why = must_format("line %u: %s", number, wrong);
            expectations_clear(&expectations);
            return -1;
        }
        text += length + (text[length] == '\n');
    }
    *ret = expectations;
    return 0;
}

static char *file_text(const char *path, char **why)
{
    FILE *in = fopen(path, "r");
    char *text = NULL, buffer[4096];
    size_t size = 0, got;

    if (in == NULL) {
        *why = must_format("%s: %s", path, strerror(errno));
        return NULL;
    }
    FILE *out = must_stream(&text, &size);
    while ((got = fread(buffer, 1, sizeof(buffer), in)) > 0)
        fwrite(buffer, 1, got, out);
    must_close(out);
    bool bad = ferror(in);
    fclose(in);
    if (bad) {
        *why = must_format("%s: cannot be read", path);
        free(text);
        return NULL;
    }
    return text;
}

int expectations_load(const char *path, struct expectations *ret, char **why)
{
    char *wrong, *text = file_text(path, why);

    if (text == NULL)
        return -1;
    int parsed = expectations_parse(text, ret, &wrong);
    free(text);
    if (parsed < 0) {
        *why = must_format("%s: %s", path, wrong);
        free(wrong);
    }
    return parsed;
}

static bool condition_fits(const char *pattern, const char *text)
{
    return pattern == NULL || pattern_fits(pattern, text);
}

bool expectation_concerns(const struct expectation *one, const json_t *result)
{
    return condition_fits(one->engine, text_at(result, "engine.product")) &&
           condition_fits(one->version, text_at(result, "engine.version")) &&
           (strcmp(text_at(result, "run.api_version"), "all") == 0 ||
            condition_fits(one->api, text_at(result, "run.api_version")));
}

/* At the version that the entry speaks about, if it speaks of one. */
bool expectation_names_case(const struct expectation *one, const json_t *tested)
{
    const char *version = text_at(tested, "api_version");

    return pattern_names(one->pattern, text_at(tested, "id")) &&
           (version[0] == '\0' || condition_fits(one->api, version));
}

static void say_stale(json_t *stale, const struct expectation *one, const char *what)
{
    char *text = must_format("line %u, %s: %s", one->line, one->pattern, what);

    json_array_append_new(stale, text_new(text));
    free(text);
}

void expectations_mark(const struct expectations *expectations, const json_t *result, json_t *one)
{
    for (size_t i = 0; case_verdict(one) == VERDICT_FAIL && i < expectations->count; i++) {
        const struct expectation *entry = &expectations->list[i];
        if (expectation_concerns(entry, result) && expectation_names_case(entry, one)) {
            json_t *expected =
                json_pack("{s:i, s:o}", "line", (int)entry->line, "reason", text_new(entry->reason));
            if (entry->link != NULL)
                json_object_set_new(expected, "link", text_new(entry->link));
            json_object_set_new(one, "expected", expected);
            return;
        }
    }
}

static void say_passing(const struct expectation *one, const json_t *result, json_t *stale)
{
    const json_t *tested;
    size_t index;

    json_array_foreach (json_object_get(result, "cases"), index, tested) {
        if (case_verdict(tested) != VERDICT_PASS || !expectation_names_case(one, tested))
            continue;
        char *what = must_format("%s passes", text_at(tested, "id"));
        say_stale(stale, one, what);
        free(what);
    }
}

bool expectation_names_any(const struct expectation *one, const char *const *ids, size_t id_count)
{
    for (size_t i = 0; i < id_count; i++)
        if (pattern_names_at_some_version(one->pattern, ids[i]))
            return true;
    return false;
}

void expectations_judge(const struct expectations *expectations, json_t *result, const char *const *ids,
                        size_t id_count, const char *today)
{
    json_t *stale = json_array();

    must_have(stale);
    for (size_t i = 0; i < expectations->count; i++) {
        const struct expectation *one = &expectations->list[i];
        if (!expectation_names_any(one, ids, id_count))
            say_stale(stale, one, "there is no such case");
        if (!expectation_concerns(one, result))
            continue;
        if (one->until != NULL && strcmp(today, one->until) > 0)
            say_stale(stale, one, "has expired");
        say_passing(one, result, stale);
    }
    json_object_set_new(result, "stale", stale);
}
