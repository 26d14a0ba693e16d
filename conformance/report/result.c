/* report/result.c - see result.h. */
#include "report/result.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/memory.h"

const json_t *value_at(const json_t *object, const char *path)
{
    char key[64];

    while (object != NULL) {
        size_t length = strcspn(path, ".");
        if (length >= sizeof(key))
            return NULL;
        snprintf(key, sizeof(key), "%.*s", (int)length, path);
        object = json_object_get(object, key);
        if (path[length] == '\0')
            return object;
        path += length + 1;
    }
    return NULL;
}

const char *text_at(const json_t *object, const char *path)
{
    const char *text = json_string_value(value_at(object, path));

    return text != NULL ? text : "";
}

double number_at(const json_t *object, const char *path)
{
    return json_number_value(value_at(object, path));
}

bool truth_at(const json_t *object, const char *path)
{
    return json_is_true(value_at(object, path));
}

json_t *text_new(const char *text)
{
    json_t *ret = json_string(text != NULL ? text : "");

    if (ret == NULL) { /* not UTF-8 */
        char *clean = escape_utf8(text, strlen(text), strlen(text));
        ret = json_string(clean);
        free(clean);
    }
    must_have(ret);
    return ret;
}

enum verdict case_verdict(const json_t *one)
{
    enum verdict verdict;

    return verdict_from_name(text_at(one, "verdict"), &verdict) == 0 ? verdict : VERDICT_FAULT;
}

bool case_is_expected(const json_t *one)
{
    return case_verdict(one) == VERDICT_FAIL && json_is_object(value_at(one, "expected"));
}

bool case_is_red(const json_t *result, const json_t *one)
{
    switch (case_verdict(one)) {
    case VERDICT_FAIL:
        return !case_is_expected(one);
    case VERDICT_UNSUPPORTED:
    case VERDICT_BLOCKED:
        return truth_at(result, "run.strict");
    case VERDICT_FAULT:
        return true;
    default:
        return false;
    }
}

char *case_skip_reason(const json_t *one)
{
    if (case_is_expected(one)) {
        const char *link = text_at(one, "expected.link");
        return must_format("expected: %s%s%s%s", text_at(one, "expected.reason"), link[0] ? " (" : "", link,
                           link[0] ? ")" : "");
    }
    return must_format("%s: %s", text_at(one, "verdict"), text_at(one, "reason"));
}

const char *case_message(const json_t *one)
{
    const char *sentence = text_at(one, "failure.sentence");

    sentence = sentence[0] != '\0' ? sentence : text_at(one, "reason");
    return sentence[0] != '\0' ? sentence : "no reason was given";
}

void result_tally(const json_t *result, struct tally *ret)
{
    const json_t *one;
    size_t index;

    *ret = (struct tally){ 0 };
    json_array_foreach (json_object_get(result, "cases"), index, one) {
        ret->of[case_verdict(one)]++;
        ret->expected += case_is_expected(one);
        ret->red += case_is_red(result, one);
        ret->total++;
    }
}

json_t *tally_to_json(const struct tally *tally)
{
    json_t *ret = json_object();

    must_have(ret);
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        json_object_set_new(ret, verdict_name((enum verdict)i), json_integer(tally->of[i]));
    json_object_set_new(ret, "expected", json_integer(tally->expected));
    json_object_set_new(ret, "total", json_integer(tally->total));
    return ret;
}

json_t *result_load(const char *path, char **why)
{
    json_error_t error;
    json_t *result = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (result == NULL)
        *why = must_format("%s: %s", path, error.text);
    else if (number_at(result, "schema") != RESULT_SCHEMA || !json_is_array(value_at(result, "cases")))
        *why = must_format("%s: not a result file of plimsoll, schema %d", path, RESULT_SCHEMA);
    else
        return result;
    json_decref(result);
    return NULL;
}
