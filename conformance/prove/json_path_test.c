/* Tests of prove/json_path.c. */
#include "prove/json_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static json_t *nought(void *user, json_t *value)
{
    (void)user;
    (void)value;
    return json_integer(0);
}

static json_t *gone(void *user, json_t *value)
{
    (void)user;
    (void)value;
    return NULL;
}

static void then_becomes(const char *before, const char *path, json_path_change change, size_t count,
                         const char *after)
{
    json_t *value = json_loads(before, JSON_DECODE_ANY, NULL);
    char *text;

    assert_int_equal(json_path_each(&value, path, change, NULL), count);
    text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (after)
        assert_string_equal(text, after);
    else
        assert_null(value);
    free(text);
    json_decref(value);
}

static void every_place_is_changed(void **state)
{
    (void)state;
    then_becomes("{\"a\":1,\"b\":2}", "a", nought, 1, "{\"a\":0,\"b\":2}");
    then_becomes("{\"a\":[{\"b\":1},{\"b\":2},{}]}", "a[].b", nought, 2, "{\"a\":[{\"b\":0},{\"b\":0},{}]}");
    then_becomes("[{\"b\":1}]", "[].b", gone, 1, "[{}]");
    then_becomes("{\"m\":{\"x\":{\"k\":1},\"y\":{\"k\":2}}}", "m.{*}.k", nought, 2,
                 "{\"m\":{\"x\":{\"k\":0},\"y\":{\"k\":0}}}");
    then_becomes("{\"m\":{\"x\":1,\"y\":2}}", "m.{*}", gone, 2, "{\"m\":{}}");
    then_becomes("[1,2]", "[]", gone, 2, "[]");
    then_becomes("{\"a.b\":1}", "a\\.b", nought, 1, "{\"a.b\":0}");
    then_becomes("{\"a\":1}", "$", nought, 1, "0");
    then_becomes("{\"a\":1}", "$", gone, 1, NULL);
}

static void what_is_not_there_is_no_place(void **state)
{
    (void)state;
    then_becomes("{\"a\":1}", "b", nought, 0, "{\"a\":1}");
    then_becomes("{\"a\":1}", "a.b", nought, 0, "{\"a\":1}");
    then_becomes("{\"a\":null}", "a[].b", nought, 0, "{\"a\":null}");
    then_becomes("3", "[].b", nought, 0, "3");
    then_becomes("{\"a\":1}", "", nought, 0, "{\"a\":1}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_is_changed),
        cmocka_unit_test(what_is_not_there_is_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
