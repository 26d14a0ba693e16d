/* spec/schema_test.c */
#include "harness/spec/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
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
    assert_string_equal(operation_of("DELETE", "/v1.41/containers/a/b?link=1"), "ContainerDelete");
    assert_string_equal(operation_of("POST", "/images/load"), "ImageLoad");
    assert_null(operation_of("GET", "/containers/a/b/json"));
    assert_null(operation_of("GET", "/containers//json"));
    assert_null(operation_of("GET", "/nowhere"));
    assert_null(operation_of("GET", ""));
}

/* What was told: of which rule how often, and the first of it. */
struct findings {
    unsigned of[SCHEMA_UNKNOWN + 1];
    char first[SCHEMA_UNKNOWN + 1][256];
};

static void told(void *data, enum schema_rule rule, const char *sentence)
{
    struct findings *findings = data;

    if (findings->of[rule]++ == 0)
        snprintf(findings->first[rule], sizeof findings->first[rule], "%s", sentence);
}

static struct findings check_at(const char *version, const char *operation, const char *text)
{
    json_t *body = json_loads(text, JSON_DECODE_ANY, NULL);
    struct findings ret = { 0 };

    assert_non_null(body);
    schema_check(operation, version, body, told, &ret);
    json_decref(body);
    return ret;
}

static struct findings check(const char *operation, const char *text)
{
    return check_at("1.41", operation, text);
}

static void members_of_the_right_type_are_let_pass(void **state)
{
    (void)state;
    assert_int_equal(
        check("ContainerInspect", "{\"State\": {\"Pid\": 1, \"Unknown\": []}, \"Args\": [\"a\"]}")
            .of[SCHEMA_TYPES],
        0);
    assert_int_equal(check("ContainerInspect",
                           "{\"NetworkSettings\": {\"Networks\": {\"my.net\": {\"IPPrefixLen\": 16}}}}")
                         .of[SCHEMA_TYPES],
                     0);
    assert_int_equal(check("ContainerList", "[]").of[SCHEMA_TYPES], 0);
}

static void members_of_another_type_are_told(void **state)
{
    struct findings found = check("ContainerInspect", "{\"State\": {\"Pid\": \"1\", \"Running\": 1}}");

    (void)state;
    assert_int_equal(found.of[SCHEMA_TYPES], 2);
    assert_string_equal(found.first[SCHEMA_TYPES], "State.Pid: wanted integer, got string");
    found = check("ContainerInspect", "[]");
    assert_string_equal(found.first[SCHEMA_TYPES], "$: wanted object, got array");
    found = check("ContainerInspect", "{\"Args\": [1]}");
    assert_string_equal(found.first[SCHEMA_TYPES], "Args[]: wanted string, got integer");
    found = check("ContainerInspect",
                  "{\"NetworkSettings\": {\"Networks\": {\"my.net\": {\"IPPrefixLen\": \"16\"}}}}");
    assert_string_equal(found.first[SCHEMA_TYPES],
                        "NetworkSettings.Networks.{*}.IPPrefixLen: wanted integer, got string");
}

static void members_that_are_always_there_are_missed(void **state)
{
    struct findings found = check("NetworkCreate", "{\"Warning\": \"\"}");

    (void)state;
    assert_int_equal(found.of[SCHEMA_MEMBERS], 1);
    assert_string_equal(found.first[SCHEMA_MEMBERS], "Id is missing");
    found = check("ContainerList", "[{\"NetworkSettings\": {\"Networks\": {\"a.b\": {}}}}]");
    assert_true(found.of[SCHEMA_MEMBERS] > 15);
    found = check("ContainerTop", "{\"Titles\": [], \"Processes\": []}");
    assert_int_equal(found.of[SCHEMA_MEMBERS], 0);
}

static void a_member_is_missed_at_its_versions_alone(void **state)
{
    (void)state;
    assert_int_equal(check_at("1.44", "ImageInspect", "{\"ContainerConfig\": null}").of[SCHEMA_MEMBERS],
                     check_at("1.45", "ImageInspect", "{\"ContainerConfig\": null}").of[SCHEMA_MEMBERS]);
    assert_int_equal(check_at("1.44", "ImageInspect", "{}").of[SCHEMA_MEMBERS],
                     check_at("1.45", "ImageInspect", "{}").of[SCHEMA_MEMBERS] + 1);
}

static void null_is_told_where_it_may_not_be(void **state)
{
    struct findings found = check("ContainerInspect", "{\"Id\": null}");

    (void)state;
    assert_string_equal(found.first[SCHEMA_NULL], "Id: wanted string, got null");
    assert_int_equal(found.of[SCHEMA_TYPES], 0);
    assert_int_equal(check("ContainerInspect", "{\"HostConfig\": {\"Binds\": null}}").of[SCHEMA_NULL], 0);
    found = check("ContainerInspect", "{\"HostConfig\": {\"ConsoleSize\": null}}");
    assert_int_equal(found.of[SCHEMA_NULL], 1);
}

static void an_empty_list_is_told_where_null_is_sent(void **state)
{
    struct findings found = check("ContainerPrune", "{\"ContainersDeleted\": [], \"SpaceReclaimed\": 0}");

    (void)state;
    assert_string_equal(found.first[SCHEMA_NULL],
                        "ContainersDeleted: wanted null in place of an empty list, got []");
    assert_int_equal(check("ContainerPrune", "{\"ContainersDeleted\": null}").of[SCHEMA_NULL], 0);
    assert_int_equal(check("ContainerInspect", "{\"HostConfig\": {\"Binds\": []}}").of[SCHEMA_NULL], 0);
}

static void words_and_formats_are_held_against_their_table(void **state)
{
    struct findings found =
        check("ContainerInspect",
              "{\"State\": {\"Status\": \"up\", \"StartedAt\": \"yesterday\"}, \"ExecIDs\": [\"1\"]}");

    (void)state;
    assert_int_equal(found.of[SCHEMA_ENUMS], 1);
    assert_int_equal(found.of[SCHEMA_FORMATS], 2);
    found = check("SystemEvents", "{\"time\": 1795475010480}");
    assert_string_equal(found.first[SCHEMA_FORMATS], "time: wanted <seconds>, got '1795475010480'");
    found = check("ContainerChanges", "[{\"Path\": \"/a\", \"Kind\": 3}]");
    assert_string_equal(found.first[SCHEMA_ENUMS], "[].Kind: wanted 0|1|2, got '3'");
}

static void members_that_no_table_has_are_told(void **state)
{
    struct findings found =
        check("ContainerInspect", "{\"State\": {\"Mo.od\": 1}, \"Config\": {\"Labels\": {\"any\": \"a\"}}}");

    (void)state;
    assert_int_equal(found.of[SCHEMA_UNKNOWN], 1);
    assert_string_equal(found.first[SCHEMA_UNKNOWN], "State.Mo\\.od is unknown");
    assert_null(schema_clause(SCHEMA_UNKNOWN));
}

static void bodies_that_are_objects_or_arrays_are_known(void **state)
{
    (void)state;
    assert_true(schema_is_structured("ContainerInspect"));
    assert_true(schema_is_structured("ContainerList"));
    assert_false(schema_is_structured("ContainerLogs"));
    assert_false(schema_is_structured("Nothing"));
}

static struct findings check_request(const char *operation, const char *text)
{
    json_t *body = json_loads(text, 0, NULL);
    struct findings ret = { 0 };

    assert_non_null(body);
    schema_check_request(operation, body, told, &ret);
    json_decref(body);
    return ret;
}

static void typos_of_a_request_are_told(void **state)
{
    struct findings found = check_request(
        "ContainerCreate", "{\"Comand\": [], \"Tty\": 1, \"Env\": null, \"HostConfig\": {\"Binds\": [1]}}");

    (void)state;
    assert_string_equal(found.first[SCHEMA_UNKNOWN], "Comand is unknown");
    assert_int_equal(found.of[SCHEMA_UNKNOWN], 1);
    assert_int_equal(found.of[SCHEMA_TYPES], 2);
    assert_int_equal(found.of[SCHEMA_MEMBERS] + found.of[SCHEMA_NULL], 0);
}

static void typos_of_a_query_are_told(void **state)
{
    struct findings found = { 0 };

    (void)state;
    schema_check_query("ContainerList", "/v1.41/containers/json?al=1&size=2&limit=x", told, &found);
    assert_int_equal(found.of[SCHEMA_UNKNOWN], 1);
    assert_string_equal(found.first[SCHEMA_UNKNOWN], "?.al is unknown");
    assert_int_equal(found.of[SCHEMA_TYPES], 2);
    found = (struct findings){ 0 };
    schema_check_query("ContainerList",
                       "/containers/json?filters=%7B%22labl%22%3A%5B%5D%2C%22id%22%3A%5B%5D%7D", told,
                       &found);
    assert_int_equal(found.of[SCHEMA_UNKNOWN], 1);
    assert_string_equal(found.first[SCHEMA_UNKNOWN], "?.filters\\.labl is unknown");
    found = (struct findings){ 0 };
    schema_check_query("ContainerList", "/containers/json?all=1&limit=5&filters=%7B%7D", told, &found);
    assert_int_equal(found.of[SCHEMA_UNKNOWN] + found.of[SCHEMA_TYPES], 0);
}

static void depth_is_bounded(void **state)
{
    char text[4200] = "";

    (void)state;
    for (int i = 0; i < 600; i++)
        strcat(text, "{\"a\":");
    strcat(text, "1");
    for (int i = 0; i < 600; i++)
        strcat(text, "}");
    assert_int_equal(check("ContainerInspect", text).of[SCHEMA_TYPES], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_told_by_method_and_path),
        cmocka_unit_test(members_of_the_right_type_are_let_pass),
        cmocka_unit_test(members_of_another_type_are_told),
        cmocka_unit_test(members_that_are_always_there_are_missed),
        cmocka_unit_test(a_member_is_missed_at_its_versions_alone),
        cmocka_unit_test(null_is_told_where_it_may_not_be),
        cmocka_unit_test(an_empty_list_is_told_where_null_is_sent),
        cmocka_unit_test(words_and_formats_are_held_against_their_table),
        cmocka_unit_test(members_that_no_table_has_are_told),
        cmocka_unit_test(bodies_that_are_objects_or_arrays_are_known),
        cmocka_unit_test(typos_of_a_request_are_told),
        cmocka_unit_test(typos_of_a_query_are_told),
        cmocka_unit_test(depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
