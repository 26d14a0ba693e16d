/* spec/schema_test.c */
#include "harness/spec/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static void operations_are_told_by_method_and_path(void **state)
{
    (void)state;
    assert_string_equal(operation_of("GET", "/v1.41/containers/json?all=1"), "ContainerList");
    assert_string_equal(operation_of("GET", "/containers/json/json"), "ContainerInspect");
    assert_string_equal(operation_of("POST", "/v1.41/containers/create?name=x"), "ContainerCreate");
    assert_string_equal(operation_of("GET", "/v1.41/images/a/b/c:1/json"), "ImageInspect");
    assert_string_equal(operation_of("GET", "/images/json"), "ImageList");
    assert_string_equal(operation_of("GET", "/images/get?names=a"), "ImageGetAll");
    assert_string_equal(operation_of("DELETE", "/images/a/b"), "ImageDelete");
    assert_string_equal(operation_of("POST", "/images/load"), "ImageLoad");
    assert_null(operation_of("GET", "/containers/a/b/json"));
    assert_null(operation_of("GET", "/containers//json"));
    assert_null(operation_of("GET", "/nowhere"));
    assert_null(operation_of("GET", ""));
}

static unsigned check(const char *operation, const char *text, char *first)
{
    json_t *body = json_loads(text, JSON_DECODE_ANY, NULL);
    unsigned ret = schema_check(operation, "1.41", body, first, 256, NULL);

    assert_non_null(body);
    json_decref(body);
    return ret;
}

static void members_of_the_right_type_are_let_pass(void **state)
{
    char first[256];

    (void)state;
    assert_int_equal(
        check("ContainerInspect", "{\"State\": {\"Pid\": 1, \"Unknown\": []}, \"Args\": [\"a\"]}", first), 0);
    assert_int_equal(check("ContainerInspect",
                           "{\"NetworkSettings\": {\"Networks\": {\"my.net\": {\"IPPrefixLen\": 16}}}}",
                           first),
                     0);
    assert_int_equal(check("ContainerList", "[]", first), 0);
}

static void members_of_another_type_are_told(void **state)
{
    char first[256];

    (void)state;
    assert_int_equal(check("ContainerInspect", "{\"State\": {\"Pid\": \"1\", \"Running\": 1}}", first), 2);
    assert_string_equal(first, "State.Pid: wanted integer, got string");
    assert_int_equal(check("ContainerInspect", "[]", first), 1);
    assert_string_equal(first, "$: wanted object, got array");
    assert_int_equal(check("ContainerInspect", "{\"Args\": [1]}", first), 1);
    assert_string_equal(first, "Args[]: wanted string, got integer");
    assert_int_equal(check("ContainerInspect",
                           "{\"NetworkSettings\": {\"Networks\": {\"my.net\": {\"IPPrefixLen\": \"16\"}}}}",
                           first),
                     1);
    assert_string_equal(first, "NetworkSettings.Networks.{*}.IPPrefixLen: wanted integer, got string");
    assert_int_equal(check("ContainerInspect", "{\"Id\": null}", first), 1);
    assert_string_equal(first, "Id: wanted string, got null");
}

static void depth_is_bounded(void **state)
{
    char text[4200] = "", first[256];

    (void)state;
    for (int i = 0; i < 600; i++)
        strcat(text, "{\"a\":");
    strcat(text, "1");
    for (int i = 0; i < 600; i++)
        strcat(text, "}");
    assert_int_equal(check("ContainerInspect", text, first), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_told_by_method_and_path),
        cmocka_unit_test(members_of_the_right_type_are_let_pass),
        cmocka_unit_test(members_of_another_type_are_told),
        cmocka_unit_test(depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
