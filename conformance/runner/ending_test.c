/* runner/ending_test.c - the exit status, its order included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "report/memory.h"
#include "runner/ending.h"
#include "runner/options.h"

static const struct row {
    const char *label;
    struct ending ending;
    int status;
} rows[] = {
    {"one passed",           { .tally = { .of = { [VERDICT_PASS] = 1 }, .total = 1 } },                EXIT_HOLDS      },
    { "nothing at all",      { .tally = { .total = 0 } },                                              EXIT_NOTHING_RAN},
    { "all blocked",         { .tally = { .of = { [VERDICT_BLOCKED] = 3 }, .total = 3 } },             EXIT_NOTHING_RAN},
    { "one failed",          { .tally = { .of = { [VERDICT_FAIL] = 1 }, .red = 1, .total = 1 } },      EXIT_BROKEN     },
    { "blocked when strict",
     { .tally = { .of = { [VERDICT_BLOCKED] = 1 }, .red = 1, .total = 1 } },
     EXIT_BROKEN                                                                                                       },
    { "expected",            { .tally = { .of = { [VERDICT_FAIL] = 1 }, .expected = 1, .total = 1 } }, EXIT_HOLDS      },
    { "fault",
     { .tally = { .of = { [VERDICT_PASS] = 1, [VERDICT_FAULT] = 1 }, .red = 1, .total = 2 } },
     EXIT_SUITE_FAILED                                                                                                 },
    { "fail and fault",
     { .tally = { .of = { [VERDICT_FAIL] = 1, [VERDICT_FAULT] = 1 }, .red = 2, .total = 2 } },
     EXIT_BROKEN                                                                                                       },
    { "leftovers",
     { .tally = { .of = { [VERDICT_PASS] = 1 }, .total = 1 }, .leftovers = 1 },
     EXIT_SUITE_FAILED                                                                                                 },
    { "stale",               { .tally = { .of = { [VERDICT_PASS] = 1 }, .total = 1 }, .stale = true }, EXIT_STALE      },
    { "stale and broken",
     { .tally = { .of = { [VERDICT_FAIL] = 1 }, .red = 1, .total = 1 }, .stale = true },
     EXIT_BROKEN                                                                                                       },
    { "no report",
     { .tally = { .of = { [VERDICT_FAIL] = 1 }, .red = 1, .total = 1 }, .report_failed = true },
     EXIT_SUITE_FAILED                                                                                                 },
    { "engine died",
     { .tally = { .of = { [VERDICT_FAIL] = 1 }, .red = 1, .total = 1 }, .engine_lost = true },
     EXIT_NO_ENGINE                                                                                                    },
    { "interrupted",
     { .tally = { .of = { [VERDICT_PASS] = 1 }, .total = 1 }, .interrupted = true },
     EXIT_SUITE_FAILED                                                                                                 },
};

static void the_status_is_that_of_the_design(void **state)
{
    const struct row *row = *state;
    int status = ending_status(&row->ending);
    char *sentence = ending_sentence(&row->ending, status);

    assert_int_equal(status, row->status);
    assert_true(sentence[0] != '\0');
    free(sentence);
}

int main(void)
{
    struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tests[i] = (struct CMUnitTest){ rows[i].label, the_status_is_that_of_the_design, NULL, NULL,
                                        (void *)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
