/* Unit tests of daemon/config.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/json.h"
#include "daemon/config.h"

#define ARGS_MAX 12

static enum config_result parse(const char *const *args, struct config *ret)
{
    char *argv[ARGS_MAX + 2] = { (char *)"engined" };
    int argc = 1;

    for (; args[argc - 1]; argc++)
        argv[argc] = (char *)args[argc - 1];
    return config_parse(argc, argv, ret);
}

static void options_are_read(void **state)
{
    static const char *const args[] = { "-H",          "unix:///a",   "--host=tcp://127.0.0.1:1",
                                        "--data-root", "/d",          "--add-runtime",
                                        "x=/y",        "--log-level", "warn",
                                        NULL };
    struct config c;

    (void)state;
    assert_int_equal(parse(args, &c), CONFIG_RUN);
    assert_int_equal(c.hosts.count, 2);
    assert_string_equal(c.data_root, "/d");
    assert_string_equal(json_str_at(c.runtimes, "x", ""), "/y");
    assert_int_equal(c.log_level, LOG_LEVEL_WARN);
    config_free(&c);
}

static void there_is_a_default_for_all(void **state)
{
    static const char *const args[] = { NULL };
    struct config c;

    (void)state;
    assert_int_equal(parse(args, &c), CONFIG_RUN);
    assert_int_equal(c.hosts.count, 1);
    assert_string_equal(c.data_root, "/var/lib/engined");
    assert_false(c.use_tls);
    config_free(&c);
}

static void wrong_use_is_told(void **state)
{
    /* clang-format off */
    static const char *const rows[][4] = {
        { "--nothing" },           { "stray" },
        { "--log-level", "loud" }, { "--tls" },
        { "--tlscert", "x" },      { "--data-root", "relative" },
        { "--add-runtime", "x" },  { "-H" },
    };
    /* clang-format on */
    int null = open("/dev/null", O_WRONLY), kept = dup(2);

    (void)state;
    dup2(null, 2);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct config c;

        assert_int_equal(parse(rows[i], &c), CONFIG_WRONG);
        config_free(&c);
    }
    dup2(kept, 2);
    close(null);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(there_is_a_default_for_all),
        cmocka_unit_test(wrong_use_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
