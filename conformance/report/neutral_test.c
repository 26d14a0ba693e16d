/* report/neutral_test.c - what is another text in each run, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "report/neutral.h"

#define RUN_ID  "lp0r00i6j0tp2pah"
#define LONG_ID "5e240bd15e240bd15e240bd15e240bd15e240bd15e240bd15e240bd15e240bd1"

static const struct row {
    const char *label, *text, *wanted;
} rows[] = {
    {"empty",                "",                                                                 ""                                  },
    { "a plain sentence",    "status: wanted 304, got 500 (no such thing)",                      NULL                                },
    { "an id",               "container " LONG_ID " must be",                                    "container ID must be"              },
    { "a digest",            "sha256:" LONG_ID,                                                  "sha256:ID"                         },
    { "a short id",          "\"5e240bd15e24\"",                                                 "\"ID\""                            },
    { "a UUID",              "got \"c1830452-3139-4e31-841b-fc07ae1c1d07\"",                     "got \"ID\""                        },
    { "too short",           "5e240bd1",                                                         NULL                                },
    { "a longer word",       "x5e240bd15e24",                                                    NULL                                },
    { "a temporary name",    "open /var/tmp/load.tar2544675590/x",                               "open /var/tmp/load.tarN/x"         },
    { "a short number",      "sha256 a1234567",                                                  NULL                                },
    { "a mask",              "wanted 00000000a80425fb",                                          NULL                                },
    { "a number",            "wanted 1073741824, got 100000000000",                              NULL                                },
    { "a decimal id",        "1111111111111111111111111111111111111111111111111111111111111111", "ID"                                },
    { "our name",            "/plimsoll-" RUN_ID "-0b1c2d3e-3-web",                              "/plimsoll-RUN-web"                 },
    { "our image",           "localhost/plimsoll/run-" RUN_ID "/probe:1",                        "localhost/plimsoll/run-RUN/probe:1"},
    { "our repository",      "plimsoll/run-" RUN_ID "/0b1c2d3e-3-own:1",                         "plimsoll/run-RUN-own:1"            },
    { "our label",           "plimsoll.run=" RUN_ID,                                             "plimsoll.run=RUN"                  },
    { "our label, in a URL", "label=plimsoll.run%3D" RUN_ID "%2Fx",                              "label=plimsoll.run%3DRUN%2Fx"      },
    { "a cut id",            "wanted \"5e240b...",                                               "wanted \"..."                      },
    { "a cut run",           "got plimsoll-lp0r0...",                                            "got plimsoll-..."                  },
    { "a cut date",          "at 2026-11-25T19:3...",                                            "at DATE..."                        },
    { "a cut word",          "got plims...",                                                     NULL                                },
    { "a date",              "got 2026-11-25T19:38:24.123456789Z!",                              "got DATE!"                         },
    { "a date, a zone",      "2026-11-25T19:38:24+01:00",                                        "DATE"                              },
    { "a day",               "2026-11-25",                                                       NULL                                },
    { "seconds",             "since 1795635504",                                                 "since DATE"                        },
    { "nanoseconds",         "1795635504123456789",                                              "DATE"                              },
    { "a MAC address",       "02:42:ac:11:00:02",                                                "MAC"                               },
    { "not UTF-8",           "\xff\xfe",                                                         NULL                                },
};

static void a_text_is_made_neutral(void **state)
{
    const struct row *row = *state;
    char *got = neutral_text(row->text, RUN_ID);

    assert_string_equal(got, row->wanted != NULL ? row->wanted : row->text);
    free(got);
}

static void no_run_is_no_word(void **state)
{
    char *got = neutral_text("a--b", "");

    (void)state;
    assert_string_equal(got, "a--b");
    free(got);
}

int main(void)
{
    enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
    struct CMUnitTest tests[ROWS + 1];

    for (size_t i = 0; i < ROWS; i++)
        tests[i] = (struct CMUnitTest){ rows[i].label, a_text_is_made_neutral, NULL, NULL, (void *)&rows[i] };
    tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(no_run_is_no_word);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
