/* base/map_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/map.h"

static void it_keeps_what_was_set_and_forgets_what_was_removed(void **state)
{
    struct map *m = map_new();
    static int values[1000];
    char key[16];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_null(map_set(m, key, &values[i]));
    }
    for (int i = 0; i < 1000; i += 2) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_ptr_equal(map_remove(m, key), &values[i]);
        assert_null(map_remove(m, key));
    }
    assert_int_equal(map_count(m), 500);
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_ptr_equal(map_get(m, key), i % 2 ? &values[i] : NULL);
    }
    map_free(m);
}

static void removing_and_adding_again_for_long_does_not_grow_it(void **state)
{
    struct map *m = map_new();
    size_t at = 0, seen = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        map_set(m, "same", m);
        map_remove(m, "same");
    }
    map_set(m, "a", m);
    map_set(m, "b", m);
    while (map_next(m, &at, NULL, NULL))
        seen++;
    assert_int_equal(seen, 2);
    map_free(m);
}

static void it_is_walked_in_the_order_of_insertion(void **state)
{
    struct map *m = map_new();
    const char *key;
    size_t at = 0;

    (void)state;
    map_set(m, "z", m);
    map_set(m, "a", m);
    assert_true(map_next(m, &at, &key, NULL));
    assert_string_equal(key, "z");
    assert_true(map_next(m, &at, &key, NULL));
    assert_string_equal(key, "a");
    assert_false(map_next(m, &at, &key, NULL));
    map_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_what_was_set_and_forgets_what_was_removed),
        cmocka_unit_test(removing_and_adding_again_for_long_does_not_grow_it),
        cmocka_unit_test(it_is_walked_in_the_order_of_insertion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
