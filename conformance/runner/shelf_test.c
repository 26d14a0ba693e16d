/* runner/shelf_test.c - what is put on the shelf comes back as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "runner/shelf.h"

static void all_comes_back(void **state)
{
    struct shelf *shelf = shelf_open();
    json_t *records[] = {
        json_pack("{s:s, s:[{s:s, s:i}]}", "id", "one", "exchanges", "body", "a\"\n", "status", 200), NULL,
        json_pack("{s:s, s:[{s:o}, {}]}", "id", "three", "exchanges", "body",
                  json_stringn("a\0b\xc3\xa4", 5)),
        json_pack("{s:[]}", "exchanges")
    };
    json_t *as_they_were[4];

    (void)state;
    assert_non_null(shelf);
    for (int i = 0; i < 4; i++)
        as_they_were[i] = json_deep_copy(records[i]);
    for (int i = 3; i >= 0; i--)
        if (records[i])
            shelf_take(shelf, records[i]);
    assert_true(json_is_integer(json_object_get(records[0], "exchanges")));
    assert_true(json_is_integer(json_object_get(records[2], "exchanges")));
    shelf_return(shelf, records, 4);
    for (int i = 0; i < 4; i++) {
        assert_true(records[i] == NULL || json_equal(records[i], as_they_were[i]));
        json_decref(records[i]);
        json_decref(as_they_were[i]);
    }
    shelf_close(shelf);
}

static void without_a_shelf_all_stays(void **state)
{
    json_t *record = json_pack("{s:[i]}", "exchanges", 1);

    (void)state;
    shelf_take(NULL, record);
    assert_int_equal(json_array_size(json_object_get(record, "exchanges")), 1);
    shelf_return(NULL, &record, 1);
    shelf_close(NULL);
    json_decref(record);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(all_comes_back),
                                               cmocka_unit_test(without_a_shelf_all_stays) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
