/* spec/form_test.c */
#include "harness/spec/form.h"
#include "harness/spec/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct pair {
    const char *form, *text;
} right[] = {
    {"a|b|\"\"",        "b"                             },
    { "a|b|\"\"",       ""                              },
    { "0|1|2",          "2"                             },
    { "<date>",         "2026-11-25T19:45:13Z"          },
    { "<date>",         "2026-11-25T19:45:13.1+01:00"   },
    { "<date-nano>",    "2026-11-25T19:45:13.115294296Z"},
    { "<date-nano>",    "0001-01-01T00:00:00Z"          },
    { "<date-seconds>", "2026-11-25T19:45:13Z"          },
    { "<seconds>",      "1795475010"                    },
    { "<seconds>",      "-62135596800"                  },
    { "<nanoseconds>",  "1795475010480761889"           },
    { "<digest>",       "sha256:" ID                    },
    { "\"\"|<id>",      ID                              },
    { "\"\"|<id>",      ""                              },
    { "<ipv4>|<ipv6>",  "::1"                           },
    { "<cidr>",         "10.0.0.0/8"                    },
    { "<cidr>",         "fd00::/64"                     },
    { "<mac>",          "02:42:ac:11:00:02"             },
    { "<port>",         "32768"                         },
    { "<version>",      "1.51"                          },
    { "<missing>",      "<missing>"                     },
}, wrong[] = {
    { "a|b",            ""                               },
    { "a|b",            "ab"                             },
    { "a|bc",           "b"                              },
    { "<date>",         "1795475010"                     },
    { "<date>",         "2026-11-25 19:45:13"            },
    { "<date>",         "2026-11-25T19:45:13"            },
    { "<date>",         "2026-11-25T19:45:13.Z"          },
    { "<date>",         "2026-11-25T19:45:13.1234567890Z"},
    { "<date>",         "2026-11-25T19:45:13+01:00x"     },
    { "<date-nano>",    "2026-11-25T19:45:13Z"           },
    { "<date-seconds>", "2026-11-25T19:45:13.1Z"         },
    { "<seconds>",      "1795475010480"                  },
    { "<nanoseconds>",  "1795475010"                     },
    { "<digest>",       ID                               },
    { "<id>",           "0123456789ab"                   },
    { "<id>",           ID "0"                           },
    { "<ipv4>",         "10.0.0.0/8"                     },
    { "<cidr>",         "10.0.0.0"                       },
    { "<cidr>",         "10.0.0.0/33"                    },
    { "<mac>",          "02:42:AC:11:00:02"              },
    { "<mac>",          "02:42:ac:11:00"                 },
    { "<port>",         "65536"                          },
    { "<version>",      "1."                             },
};

static void what_fits_is_let_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        if (!form_fits(right[i].form, right[i].text))
            fail_msg("%s should take '%s'", right[i].form, right[i].text);
}

static void what_does_not_fit_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (form_fits(wrong[i].form, wrong[i].text))
            fail_msg("%s should not take '%s'", wrong[i].form, wrong[i].text);
}

static void every_line_of_the_table_has_a_known_form(void **state)
{
    const struct inventory_table *forms = inventory_forms();

    (void)state;
    for (size_t i = 0; i < forms->rows; i++)
        if (!form_is_known(forms->cells[i * forms->columns + 4]))
            fail_msg("unknown form: %s", forms->cells[i * forms->columns + 4]);
    assert_false(form_is_known("a|<daet>"));
    assert_false(form_is_known("a||b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_let_pass),
        cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(every_line_of_the_table_has_a_known_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
