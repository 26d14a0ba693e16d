/* registry/reference_test.c - what is a name and what is none; each row was asked of Docker Engine (ImageTag, ImageInspect). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "registry/reference.h"

static const struct good {
    const char *text, *full, *familiar;
} good[] = {
    {"probe",                                                                      "docker.io/library/probe",    "probe"                                                                    },
    { "probe:1",                                                                   "docker.io/library/probe:1",  "probe:1"                                                                  },
    { "plimsoll/probe:1",                                                          "docker.io/plimsoll/probe:1", "plimsoll/probe:1"                                                         },
    { "docker.io/plimsoll/probe:1",                                                "docker.io/plimsoll/probe:1", "plimsoll/probe:1"                                                         },
    { "index.docker.io/probe",                                                     "docker.io/library/probe",    "probe"                                                                    },
    { "docker.io/library/probe",                                                   "docker.io/library/probe",    "probe"                                                                    },
    { "localhost/a",                                                               "localhost/a",                "localhost/a"                                                              },
    { "localhost:5000/a/b:x",                                                      "localhost:5000/a/b:x",       "localhost:5000/a/b:x"                                                     },
    { "r.example/a",                                                               "r.example/a",                "r.example/a"                                                              },
    { "[::1]:80/a",                                                                "[::1]:80/a",                 "[::1]:80/a"                                                               },
    { "docker.io/r.example/a",                                                     "docker.io/r.example/a",      "docker.io/r.example/a"                                                    },
    { "UPPER/a",                                                                   "UPPER/a",                    "UPPER/a"                                                                  },
    { "a__b/c-----d",                                                              "docker.io/a__b/c-----d",     "a__b/c-----d"                                                             },
    { "a:_x.Y-1",                                                                  "docker.io/library/a:_x.Y-1", "a:_x.Y-1"                                                                 },
    { "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     "docker.io/library/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",              "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
};

static void a_good_name_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        scoped(reference_free) struct reference *r = NULL;
        scoped_free char *full = NULL, *familiar = NULL;
        struct error err = { 0 };

        if (reference_parse(good[i].text, &r, &err) < 0)
            fail_msg("%s: %s", good[i].text, err.text);
        full = reference_full(r);
        familiar = reference_familiar(r);
        assert_string_equal(full, good[i].full);
        assert_string_equal(familiar, good[i].familiar);
    }
}

static const struct bad {
    const char *text, *message;
} bad[] = {
    {"",                                                                  "invalid reference format"                                                   },
    { "a:",                                                               "invalid reference format"                                                   },
    { "a b",                                                              "invalid reference format"                                                   },
    { "-a",                                                               "invalid reference format"                                                   },
    { "a-",                                                               "invalid reference format"                                                   },
    { "a..b",                                                             "invalid reference format"                                                   },
    { "a___b",                                                            "invalid reference format"                                                   },
    { "a/",                                                               "invalid reference format"                                                   },
    { "a//b",                                                             "invalid reference format"                                                   },
    { "a:.x",                                                             "invalid reference format"                                                   },
    { "a@sha256:12",                                                      "invalid reference format"                                                   },
    { "a:1:2",                                                            "invalid reference format"                                                   },
    { "Probe",                                                            "invalid reference format: repository name (library/Probe) must be lowercase"},
    { "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     "invalid repository name (0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef), cannot "
      "specify "
      "64-byte hexadecimal strings"                                                                                                                    },
};

static void a_bad_name_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct reference *r = NULL;
        struct error err = { 0 };

        if (reference_parse(bad[i].text, &r, &err) == 0)
            fail_msg("'%s' was taken", bad[i].text);
        assert_int_equal(err.kind, ERR_INVALID);
        assert_string_equal(err.text, bad[i].message);
        assert_null(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_name_is_taken),
        cmocka_unit_test(a_bad_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
