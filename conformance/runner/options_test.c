/* runner/options_test.c - the command line: what is understood, and what is wrong use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/options.h"

/* Splits `line` at spaces into `words`. */
static int words_of(char *line, char *words[32])
{
    int count = 0;

    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    return count;
}

static int parse(const char *text, struct options *ret)
{
    char line[256], *words[32], *advice = NULL;

    snprintf(line, sizeof(line), "%s", text);
    int result = options_parse(words_of(line, words), words, ret, &advice);
    assert_true((result < 0) == (advice != NULL));
    assert_true(advice == NULL || strchr(advice, '\n') == NULL);
    free(advice);
    return result;
}

static void a_run_is_understood(void **state)
{
    struct options options;

    (void)state;
    unsetenv("DOCKER_API_VERSION");
    assert_int_equal(
        parse("plimsoll run -j 8 --select A --select B.x --skip C --level Must --shard 2/3 --timeout 9 "
              "--report tap=- --strict --json --api-version 1.41",
              &options),
        0);
    assert_int_equal(options.command, COMMAND_RUN);
    assert_int_equal(options.jobs, 8);
    assert_int_equal(options.select.count, 2);
    assert_int_equal(options.skip.count, 1);
    assert_int_equal(options.level, LEVEL_MUST);
    assert_int_equal(options.shard, 2);
    assert_int_equal(options.shards, 3);
    assert_int_equal(options.timeout_s, 9);
    assert_true(options.strict && options.json && !options.keep && !options.random);
    assert_int_equal(options.report_count, 1);
    options_free(&options);
}

static void the_environment_is_heard(void **state)
{
    struct options options;

    (void)state;
    setenv("DOCKER_API_VERSION", "1.44", 1);
    assert_int_equal(parse("plimsoll run", &options), 0);
    options_free(&options);
    setenv("DOCKER_API_VERSION", "new", 1);
    assert_int_equal(parse("plimsoll run", &options), -1);
    unsetenv("DOCKER_API_VERSION");
    setenv("NO_COLOR", "1", 1);
    assert_int_equal(parse("plimsoll run --seed 7", &options), 0);
    assert_false(options.colour);
    assert_true(options.random);
    options_free(&options);
}

static void wrong_use_is_told_in_one_line(void **state)
{
    static const char *const lines[] = {
        "plimsoll",
        "plimsoll ran",
        "plimsoll prove",
        "plimsoll run -j",
        "plimsoll run -j 0",
        "plimsoll run -j 2x",
        "plimsoll run -x",
        "plimsoll run --no-such",
        "plimsoll run --report xml=x",
        "plimsoll run --report tap",
        "plimsoll run --shard 3/2",
        "plimsoll run --shard 0/2",
        "plimsoll run --level none",
        "plimsoll run --api-version 1",
        "plimsoll run --api-version every",
        "plimsoll record --api-version all FILE",
        "plimsoll run --timeout 0",
        "plimsoll run --order sorted",
        "plimsoll run word",
        "plimsoll list --host x",
        "plimsoll spec --keep",
        "plimsoll diff a",
        "plimsoll diff a b c",
        "plimsoll help none",
    };
    struct options options;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_int_equal(parse(lines[i], &options), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_understood),
        cmocka_unit_test(the_environment_is_heard),
        cmocka_unit_test(wrong_use_is_told_in_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
