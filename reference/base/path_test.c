/* base/path_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/resolve.h"
#include "base/scope.h"

static void paths_are_cleaned_lexically(void **state)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"/a/../../b//c/.", "/b/c"},
        { "a/..",           "."   },
        { "../a",           "../a"},
        { "/",              "/"   },
        { "",               "."   }
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scoped_free char *got = path_clean(rows[i].from);

        assert_string_equal(got, rows[i].to);
    }
}

static void a_tree_is_removed_without_following_links(void **state)
{
    char root[] = "/tmp/path_test.XXXXXX", text[64];
    struct error err = { 0 };

    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(text, sizeof(text), "%s/victim", root);
    assert_int_equal(dir_make(text, 0755, &err), 0);
    snprintf(text, sizeof(text), "%s/victim/file", root);
    assert_int_equal(file_write_atomic(text, "x", 1, 0600, &err), 0);
    snprintf(text, sizeof(text), "%s/tree/deep", root);
    assert_int_equal(dir_make(text, 0755, &err), 0);
    snprintf(text, sizeof(text), "%s/tree/deep/link", root);
    assert_int_equal(symlink("../../victim", text), 0);
    snprintf(text, sizeof(text), "%s/tree", root);
    assert_int_equal(tree_remove(text, &err), 0);
    assert_false(path_exists(text));
    snprintf(text, sizeof(text), "%s/victim/file", root);
    assert_true(path_exists(text));
    assert_int_equal(tree_remove(root, &err), 0);
}

static void nothing_leads_out_of_a_root(void **state)
{
    char root[] = "/tmp/path_test.XXXXXX", text[64];
    struct error err = { 0 };

    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(text, sizeof(text), "%s/out", root);
    assert_int_equal(symlink("/etc", text), 0);
    {
        scoped_close int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

        assert_int_equal(open_in_root(dir, "out/passwd", O_RDONLY, 0, &err), -1);
        assert_int_equal(err.kind, ERR_NOT_FOUND);
        assert_int_equal(open_in_root(dir, "../../../etc/passwd", O_RDONLY, 0, &err), -1);
    }
    assert_int_equal(tree_remove(root, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_cleaned_lexically),
        cmocka_unit_test(a_tree_is_removed_without_following_links),
        cmocka_unit_test(nothing_leads_out_of_a_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
