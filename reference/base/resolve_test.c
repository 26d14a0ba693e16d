/* base/resolve_test.c - both ways say the same of every name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/path.h"
#include "base/resolve.h"

/* A tree with everything that leads somewhere; returns its descriptor. */
static int make_tree(char *root)
{
    int fd;

    assert_non_null(mkdtemp(root));
    fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(mkdirat(fd, "a", 0755) | mkdirat(fd, "a/b", 0755) | mkdirat(fd, "etc", 0755), 0);
    close(openat(fd, "a/b/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    close(openat(fd, "etc/passwd", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    assert_int_equal(symlinkat("/etc", fd, "abs"), 0);
    assert_int_equal(symlinkat("../../../etc", fd, "out"), 0);
    assert_int_equal(symlinkat("a/b", fd, "in"), 0);
    assert_int_equal(symlinkat("../b/file", fd, "a/again"), 0);
    assert_int_equal(symlinkat("loop", fd, "loop"), 0);
    assert_int_equal(symlinkat("missing", fd, "dangling"), 0);
    assert_int_equal(symlinkat("in/", fd, "slash"), 0);
    return fd;
}

static void the_walk_and_the_kernel_agree(void **state)
{
    static const char *const names[] = {
        "a",
        "a/b/file",
        "/a/b/file",
        "a//b/./file",
        "a/b/../b/file",
        "..",
        "../../etc/passwd",
        "abs/passwd",
        "out/passwd",
        "in/file",
        "in/../b",
        "a/again",
        "loop",
        "loop/x",
        "dangling",
        "dangling/x",
        "missing",
        "a/b/file/x",
        "a/b/file/..",
        "slash/file",
        "",
        "/",
        ".",
        "a/b/",
        "a/b/file/",
        "in",
        "in/",
    };
    static const int flags[] = { O_PATH, O_RDONLY, O_PATH | O_DIRECTORY, O_PATH | O_NOFOLLOW };
    char root[] = "/tmp/resolve_test.XXXXXX";
    int fd = make_tree(root);

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (size_t f = 0; f < sizeof(flags) / sizeof(flags[0]); f++)
            for (int how = RESOLVE_AS_ROOT; how <= RESOLVE_INSIDE; how++) {
                struct stat one = { 0 }, two = { 0 };
                int kernel = resolve_open(fd, names[i], flags[f], 0, (enum resolve_bounds)how),
                    kernel_errno = errno;
                int walk = resolve_walk(fd, names[i], flags[f], 0, (enum resolve_bounds)how),
                    walk_errno = errno;

                if ((kernel < 0) != (walk < 0) || (kernel < 0 && kernel_errno != walk_errno))
                    fail_msg("'%s' flags %#x how %d: kernel %d (%d), walk %d (%d)", names[i],
                             (unsigned)flags[f], how, kernel, kernel_errno, walk, walk_errno);
                if (kernel < 0)
                    continue;
                assert_int_equal(fstat(kernel, &one) | fstat(walk, &two), 0);
                assert_true(one.st_ino == two.st_ino && one.st_dev == two.st_dev);
                close(kernel);
                close(walk);
            }
    close(fd);
    assert_int_equal(tree_remove(root, NULL), 0);
}

static void both_make_files_inside(void **state)
{
    char root[] = "/tmp/resolve_test.XXXXXX";
    int fd = make_tree(root);

    (void)state;
    close(resolve_walk(fd, "abs/made", O_CREAT | O_WRONLY, 0600, RESOLVE_AS_ROOT));
    assert_int_equal(faccessat(fd, "etc/made", F_OK, 0), 0);
    close(resolve_open(fd, "out/made too", O_CREAT | O_WRONLY, 0600, RESOLVE_AS_ROOT));
    assert_int_equal(faccessat(fd, "etc/made too", F_OK, 0), 0);
    assert_int_equal(resolve_walk(fd, "out/made", O_CREAT | O_WRONLY, 0600, RESOLVE_INSIDE), -1);
    assert_int_equal(errno, EXDEV);
    close(fd);
    assert_int_equal(tree_remove(root, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_walk_and_the_kernel_agree),
        cmocka_unit_test(both_make_files_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
