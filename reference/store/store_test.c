/* Unit tests of store/store.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "store/store.h"

static char directory[] = "/tmp/store-test-XXXXXX";

static int make(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int unmake(void **state)
{
    (void)state;
    return tree_remove(directory, NULL);
}

static int collect(void *user, const char *id, json_t *record, struct error *err)
{
    (void)err;
    str_addf(user, "%s=%d;", id, (int)json_int_at(record, "n", -1));
    return 0;
}

static int give_up(void *user, const char *id, json_t *record, struct error *err)
{
    (void)user;
    (void)record;
    return error_set(err, ERR_CONFLICT, "%s", id);
}

static void put(struct store *s, const char *id, int n)
{
    scoped(json_decref) json_t *record = json_pack("{s:i}", "n", n);

    assert_int_equal(store_put(s, id, record, NULL), 0);
}

static void write_file(const char *name, const char *text)
{
    scoped_free char *path = xasprintf("%s/records/%s", directory, name);

    assert_int_equal(file_write_atomic(path, text, strlen(text), 0600, NULL), 0);
}

static void records_come_back(void **state)
{
    scoped_free char *dir = xasprintf("%s/records", directory);
    scoped_free char *bad = xasprintf("%s/records/b.json.bad", directory);
    scoped_free char *left = xasprintf("%s/records/c.json.123.tmp", directory);
    struct store *s;
    struct error err = { .kind = ERR_NONE };
    scoped_str all = { 0 };

    (void)state;
    assert_int_equal(store_open(dir, &s, &err), 0);
    put(s, "c", 1);
    put(s, "a", 2);
    put(s, "c", 3);
    put(s, "gone", 4);
    assert_int_equal(store_remove(s, "gone", &err), 0);
    assert_int_equal(store_remove(s, "gone", &err), 0);
    store_close(s);
    write_file("b.json", "{\"n\":");
    write_file("c.json.123.tmp", "half");

    assert_int_equal(store_open(dir, &s, &err), 0);
    assert_false(path_exists(left));
    assert_int_equal(store_each(s, collect, &all, &err), 0);
    assert_string_equal(str_text(&all), "a=2;c=3;");
    assert_true(path_exists(bad));
    assert_int_equal(store_each(s, give_up, NULL, &err), -1);
    assert_string_equal(err.text, "a");
    store_close(s);
}

static void an_id_cannot_leave_the_directory(void **state)
{
    static const char *const wrong[] = { "", ".", "../x", "a/b", ".hidden" };
    struct store *s;
    struct error err;

    (void)state;
    assert_int_equal(store_open(directory, &s, &err), 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        scoped(json_decref) json_t *record = json_object();

        assert_int_equal(store_put(s, wrong[i], record, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
    }
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back),
        cmocka_unit_test(an_id_cannot_leave_the_directory),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}
