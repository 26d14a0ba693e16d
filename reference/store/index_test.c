/* Unit tests of store/index.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/index.h"

static char a[] = "a", b[] = "b", c[] = "c";

static struct index *filled(void)
{
    struct index *x = index_new();

    assert_int_equal(index_add(x, "aa11", "web", a, NULL), 0);
    assert_int_equal(index_add(x, "aa22", "aa1", b, NULL), 0);
    assert_int_equal(index_add(x, "bb33", NULL, c, NULL), 0);
    return x;
}

static void the_order_is_id_name_prefix(void **state)
{
    static const struct {
        const char *ref, *found;
        enum error_kind kind;
        /* clang-format off */
    } rows[] = {
        { "aa11", a, ERR_NONE },      { "web", a, ERR_NONE },        { "aa1", b, ERR_NONE },
        { "aa2", b, ERR_NONE },       { "b", c, ERR_NONE },          { "aa", NULL, ERR_AMBIGUOUS },
        { "x", NULL, ERR_NOT_FOUND }, { "we", NULL, ERR_NOT_FOUND }, { "", NULL, ERR_NOT_FOUND },
    };
    /* clang-format on */
    struct index *x = filled();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = { .kind = ERR_NONE };
        void *found = NULL;

        index_find(x, rows[i].ref, &found, &err);
        assert_ptr_equal(found, rows[i].found);
        assert_int_equal(err.kind, rows[i].kind);
    }
    index_free(x);
}

static void a_name_is_taken_once(void **state)
{
    struct index *x = filled();
    struct error err;

    (void)state;
    assert_int_equal(index_add(x, "cc44", "web", c, &err), -1);
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_int_equal(index_count(x), 3);
    assert_int_equal(index_rename(x, "bb33", "web", &err), -1);
    assert_int_equal(index_rename(x, "aa11", "web", &err), 0);
    assert_int_equal(index_rename(x, "aa11", "www", &err), 0);
    assert_null(index_by_name(x, "web"));
    assert_ptr_equal(index_by_name(x, "www"), a);
    index_remove(x, "aa11");
    index_remove(x, "aa11");
    assert_null(index_by_name(x, "www"));
    assert_int_equal(index_add(x, "cc44", "www", c, &err), 0);
    index_free(x);
}

static void all_are_walked_in_order(void **state)
{
    struct index *x = filled();
    const char *order[] = { a, b, c };
    size_t at = 0, n = 0;
    void *value;

    (void)state;
    while (index_next(x, &at, &value))
        assert_ptr_equal(value, order[n++]);
    assert_int_equal(n, 3);
    index_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_is_id_name_prefix),
        cmocka_unit_test(a_name_is_taken_once),
        cmocka_unit_test(all_are_walked_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
