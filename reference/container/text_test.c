/* Unit tests of the small languages: binds, ports, signals, names, detach keys, ps(1), durations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <cmocka.h>

#include "container/stream.h"

static void binds_are_read(void **state)
{
    static const struct {
        const char *text, *source, *target, *mode;
        bool is_volume, read_only;
    } rows[] = {
        {"/a:/b",              "/a",   "/b", "",          false, false},
        { "/a:/b:ro",          "/a",   "/b", "ro",        false, true },
        { "name:/b",           "name", "/b", "",          true,  false},
        { "name:/b:nocopy,ro", "name", "/b", "nocopy,ro", true,  true },
        { "/b",                NULL,   "/b", "",          true,  false},
        { "/a:/b:rshared,z",   "/a",   "/b", "rshared,z", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bind_spec b;

        assert_int_equal(bind_parse(rows[i].text, &b, NULL), 0);
        assert_true(str_eq(b.source, rows[i].source));
        assert_string_equal(b.target, rows[i].target);
        assert_string_equal(b.mode, rows[i].mode);
        assert_int_equal(b.is_volume, rows[i].is_volume);
        assert_int_equal(b.read_only, rows[i].read_only);
        bind_free(&b);
    }
}

static void bad_binds_are_refused(void **state)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"",              "invalid volume specification: ''"           },
        { "::",           "invalid volume specification: '::'"         },
        { "/a:/b:ro:rw",  "invalid volume specification: '/a:/b:ro:rw'"},
        { "/a:/b:bogus",  "invalid mode: bogus"                        },
        { "/a:/b:ro,rw",  "invalid mode: ro,rw"                        },
        { "/a:relative",  "mount path must be absolute"                },
        { "/a:/",         "destination can't be '/'"                   },
        { "/a://",        "destination can't be '/'"                   },
        { "/a:/b:nocopy", "field VolumeOptions must not be specified"  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bind_spec b = { 0 };
        struct error err = { 0 };

        assert_int_equal(bind_parse(rows[i].text, &b, &err), -1);
        assert_non_null(strstr(err.text, rows[i].wanted));
        assert_null(b.target);
    }
}

static void ports_are_read(void **state)
{
    static const struct {
        const char *text;
        unsigned first, last; /* 0, 0: refused */
        const char *proto;
    } rows[] = {
        {"80/tcp",     80, 80, "tcp" },
        { "80",        80, 80, "tcp" },
        { "80-90/udp", 80, 90, "udp" },
        { "1/SCTP",    1,  1,  "sctp"},
        { "abc/tcp",   0,  0,  NULL  },
        { "99999/tcp", 0,  0,  NULL  },
        { "80-70/tcp", 0,  0,  NULL  },
        { "80/xyz",    0,  0,  NULL  },
        { "",          0,  0,  NULL  },
        { "-",         0,  0,  NULL  },
        { "80-",       0,  0,  NULL  },
        { "-80",       0,  0,  NULL  },
        { " 80",       0,  0,  NULL  },
        { "+80",       0,  0,  NULL  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct port_range r;
        char proto[8];

        assert_int_equal(port_spec_parse(rows[i].text, &r, proto), rows[i].proto != NULL);
        if (!rows[i].proto)
            continue;
        assert_int_equal(r.first, rows[i].first);
        assert_int_equal(r.last, rows[i].last);
        assert_string_equal(proto, rows[i].proto);
    }
}

static void signals_are_read(void **state)
{
    static const struct {
        const char *text;
        int number; /* 0: refused */
    } rows[] = {
        {"KILL",      9  },
        { "SIGKILL",  9  },
        { "sigterm",  15 },
        { "9",        9  },
        { "0",        0  },
        { "-1",       0  },
        { "NOSUCH",   0  },
        { "SIG",      0  },
        { "RTMIN+3",  37 },
        { "SIGRTMIN", 34 },
        { "RTMAX-14", 50 },
        { "RTMAX",    64 },
        { "RTMIN+31", 0  },
        { "RTMIN-1",  0  },
        { "",         0  },
        { "999",      999},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int number = 0;

        assert_int_equal(signal_parse(rows[i].text, &number, NULL), rows[i].number ? 0 : -1);
        assert_int_equal(number, rows[i].number);
    }
}

static void names_are_checked_and_made(void **state)
{
    char name[64];

    (void)state;
    assert_true(name_is_valid("web"));
    assert_true(name_is_valid("0_a.b-c"));
    assert_false(name_is_valid("a"));
    assert_false(name_is_valid("-web"));
    assert_false(name_is_valid("we b"));
    assert_false(name_is_valid(""));
    assert_false(name_is_valid("caf\xc3\xa9"));
    for (unsigned i = 0; i < 100; i++) {
        name_make(i, name, sizeof(name));
        assert_true(name_is_valid(name));
        assert_non_null(strchr(name, '_'));
    }
}

static void type(struct detach *d, const char *text, bool leaves, const char *passes)
{
    unsigned char bytes[64], held[DETACH_KEYS_MAX];
    size_t n = strlen(text), held_count;

    memcpy(bytes, text, n);
    assert_int_equal(detach_filter(d, bytes, &n, held, &held_count), leaves);
    memcpy(bytes + n, held, held_count);
    n += held_count;
    assert_int_equal(n, strlen(passes));
    assert_memory_equal(bytes, passes, n);
}

static void detach_keys_are_found_over_pieces(void **state)
{
    struct detach d;

    (void)state;
    assert_int_equal(detach_parse(NULL, &d, NULL), 0);
    type(&d, "ab\x10", false, "ab");
    type(&d, "\x11x", true, "");
    assert_int_equal(detach_parse("", &d, NULL), 0);
    type(&d, "a\x10", false, "a");
    type(&d, "b", false,
         "\x10"
         "b");
    type(&d, "c\x10\x10\x11", true, "c\x10");
    assert_int_equal(detach_parse("a,b,c", &d, NULL), 0);
    type(&d, "ab", false, "");
    type(&d, "x", false, "abx");
    assert_int_equal(detach_parse("bogus", &d, NULL), -1);
    assert_int_equal(detach_parse("ctrl-1", &d, NULL), -1);
    assert_int_equal(detach_parse("a,,b", &d, NULL), -1);
}

static void frames_are_taken_apart_however_they_are_cut(void **state)
{
    uint8_t bytes[2 * STREAM_HEADER_SIZE + 7];

    (void)state;
    stream_header(STREAM_STDOUT, 5, bytes);
    memcpy(bytes + STREAM_HEADER_SIZE, "hello", 5);
    stream_header(STREAM_STDERR, 2, bytes + STREAM_HEADER_SIZE + 5);
    memcpy(bytes + 2 * STREAM_HEADER_SIZE + 5, "!?", 2);
    for (size_t piece = 1; piece <= sizeof(bytes); piece++) {
        struct unframe u = { 0 };
        scoped_str out = { 0 }, little = { 0 };

        for (size_t at = 0; at < sizeof(bytes); at += piece)
            unframe_add(&u, bytes + at, sizeof(bytes) - at < piece ? sizeof(bytes) - at : piece, &out, 100);
        assert_string_equal(str_text(&out), "hello!?");
        u = (struct unframe){ 0 };
        unframe_add(&u, bytes, sizeof(bytes), &little, 3);
        assert_string_equal(str_text(&little), "hel");
    }
}

static void ps_is_read_by_its_titles(void **state)
{
    static const char output[] = "UID          PID    PPID  CMD\nroot           1       0  init\nroot        "
                                 "  42       1  sh -c sleep  9\n";
    const pid_t pids[] = { 42 };
    scoped(json_decref) json_t *top = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(top_parse(output, pids, 1, &top, &err), 0);
    assert_int_equal(json_array_size(json_object_get(top, "Titles")), 4);
    assert_int_equal(json_array_size(json_object_get(top, "Processes")), 1);
    assert_string_equal(
        json_string_value(json_array_get(json_array_get(json_object_get(top, "Processes"), 0), 3)),
        "sh -c sleep  9");
    assert_int_equal(top_parse("A B\n1 2\n", pids, 1, &top, &err), -1);
    assert_int_equal(top_parse("", pids, 1, &top, &err), -1);
}

static void durations_are_told_as_people_do(void **state)
{
    static const struct {
        int64_t seconds;
        const char *wanted;
    } rows[] = {
        {0,            "Less than a second"},
        { 1,           "1 second"          },
        { 59,          "59 seconds"        },
        { 60,          "About a minute"    },
        { 125,         "2 minutes"         },
        { 3600,        "About an hour"     },
        { 7200,        "2 hours"           },
        { 3 * 86400,   "3 days"            },
        { 21 * 86400,  "3 weeks"           },
        { 90 * 86400,  "3 months"          },
        { 800 * 86400, "2 years"           },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[48];

        human_duration(rows[i].seconds * NANOS_PER_SECOND, text, sizeof(text));
        assert_string_equal(text, rows[i].wanted);
    }
}

static void a_state_has_one_name_and_one_sentence(void **state)
{
    const nanos now = 1000 * NANOS_PER_SECOND;
    const struct {
        struct state s;
        const char *health, *name, *text;
    } rows[] = {
        {{ 0 },                                                                                        "",        "created",    "Created"                        },
        { { .running = true, .started = now - 5 * NANOS_PER_SECOND },                                  "",        "running",    "Up 5 seconds"                   },
        { { .running = true, .paused = true, .started = now },
         "",                                                                                                      "paused",
         "Up Less than a second (Paused)"                                                                                                                        },
        { { .running = true, .started = now },                                                         "healthy", "running",    "Up Less than a second (healthy)"},
        { { .running = true, .started = now },
         "starting",                                                                                              "running",
         "Up Less than a second (health: starting)"                                                                                                              },
        { { .running = true, .restarting = true, .exit_code = 1, .finished = now - NANOS_PER_SECOND },
         "",                                                                                                      "restarting",
         "Restarting (1) 1 second ago"                                                                                                                           },
        { { .started = 1, .finished = now - NANOS_PER_SECOND, .exit_code = 3 },
         "",                                                                                                      "exited",
         "Exited (3) 1 second ago"                                                                                                                               },
        { { .dead = true },                                                                            "",        "dead",       "Dead"                           },
        { { .removing = true },                                                                        "",        "removing",   "Removal In Progress"            },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct health h = { 0 };
        char text[128];

        snprintf(h.status, sizeof(h.status), "%s", rows[i].health);
        status_text(&rows[i].s, &h, now, text, sizeof(text));
        assert_string_equal(text, rows[i].text);
        assert_string_equal(state_name(&rows[i].s), rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds_are_read),
        cmocka_unit_test(bad_binds_are_refused),
        cmocka_unit_test(ports_are_read),
        cmocka_unit_test(signals_are_read),
        cmocka_unit_test(names_are_checked_and_made),
        cmocka_unit_test(detach_keys_are_found_over_pieces),
        cmocka_unit_test(frames_are_taken_apart_however_they_are_cut),
        cmocka_unit_test(ps_is_read_by_its_titles),
        cmocka_unit_test(durations_are_told_as_people_do),
        cmocka_unit_test(a_state_has_one_name_and_one_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
