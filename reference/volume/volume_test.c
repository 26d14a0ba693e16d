/* volume/volume_test.c - on a directory of its own; needs no privilege. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"
#include "volume/volume.h"

struct fixture {
    char root[32];
    struct events *events;
    struct volumes *v;
};

static int set_up(void **state)
{
    struct fixture *f = new_zeroed(struct fixture);

    strcpy(f->root, "/tmp/volume_test.XXXXXX");
    assert_non_null(mkdtemp(f->root));
    f->events = events_new();
    assert_int_equal(volumes_open(f->root, f->events, &f->v, NULL), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    volumes_close(f->v);
    events_free(f->events);
    assert_int_equal(tree_remove(f->root, NULL), 0);
    free(f);
    return 0;
}

static int create(struct fixture *f, const char *text, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *request = json_loads(text, 0, NULL);

    return volume_create(f->v, request, ret, err);
}

static void a_volume_survives_the_daemon(void **state)
{
    struct fixture *f = *state;
    scoped(json_decref) json_t *made = NULL;
    scoped(json_decref) json_t *found = NULL;

    assert_int_equal(create(f, "{\"Name\":\"data\",\"Labels\":{\"a\":\"b\"}}", &made, NULL), 0);
    assert_true(path_is_dir(json_str_at(made, "Mountpoint", "")));
    volumes_close(f->v);
    assert_int_equal(volumes_open(f->root, f->events, &f->v, NULL), 0);
    assert_int_equal(volume_inspect(f->v, "data", &found, NULL), 0);
    assert_true(json_equal(made, found));
}

static void one_that_is_held_is_not_removed(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    scoped_free char *path = NULL;
    bool fresh;

    assert_int_equal(volume_hold(f->v, "held", NULL, NULL, "c1", &path, &fresh, &err), 0);
    assert_true(fresh);
    assert_int_equal(volume_remove(f->v, "held", true, &err), -1);
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_non_null(strstr(err.text, "volume is in use - [c1]"));
    assert_true(path_is_dir(path));
    volume_release(f->v, "held", "c1");
    assert_int_equal(volume_remove(f->v, "held", false, &err), 0);
    assert_false(path_is_dir(path));
}

static void bad_requests_are_refused_and_leave_nothing(void **state)
{
    static const struct {
        const char *request, *part;
        enum error_kind kind;
    } rows[] = {
        {"{\"Name\":\"a\"}",                                       "too short",                           ERR_INVALID  },
        { "{\"Name\":\"../x\"}",                                   "invalid characters",                  ERR_INVALID  },
        { "{\"Name\":\"ok\",\"Driver\":\"nope\"}",                 "plugin \"nope\" not found",           ERR_NOT_FOUND},
        { "{\"Name\":\"ok\",\"DriverOpts\":{\"foo\":\"x\"}}",      "invalid option: \"foo\"",             ERR_INVALID  },
        { "{\"Name\":\"ok\",\"DriverOpts\":{\"type\":\"tmpfs\"}}", "missing required option: \"device\"",
         ERR_INVALID                                                                                                   },
        { "{\"Name\":7}",                                          "Name",                                ERR_INVALID  },
    };
    struct fixture *f = *state;
    scoped(json_decref) json_t *list = NULL;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = { 0 };
        json_t *made = NULL;

        assert_int_equal(create(f, rows[i].request, &made, &err), -1);
        assert_int_equal(err.kind, rows[i].kind);
        assert_non_null(strstr(err.text, rows[i].part));
    }
    assert_int_equal(volume_list(f->v, NULL, &list, NULL), 0);
    assert_int_equal(json_array_size(json_at(list, "Volumes")), 0);
}

static void prune_takes_anonymous_ones_only_since_1_42(void **state)
{
    struct fixture *f = *state;
    scoped(json_decref) json_t *named = NULL;
    scoped(json_decref) json_t *anonymous = NULL;
    scoped(json_decref) json_t *pruned = NULL;
    scoped(json_decref) json_t *all = NULL;

    assert_int_equal(create(f, "{\"Name\":\"named\"}", &named, NULL), 0);
    assert_int_equal(create(f, "{}", &anonymous, NULL), 0);
    assert_true(volume_is_anonymous(f->v, json_str_at(anonymous, "Name", "")));
    assert_int_equal(volume_prune(f->v, NULL, 42, &pruned, NULL), 0);
    assert_int_equal(json_array_size(json_at(pruned, "VolumesDeleted")), 1);
    assert_int_equal(volume_prune(f->v, NULL, 41, &all, NULL), 0);
    assert_string_equal(json_string_value(json_array_get(json_at(all, "VolumesDeleted"), 0)), "named");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_volume_survives_the_daemon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_held_is_not_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_requests_are_refused_and_leave_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prune_takes_anonymous_ones_only_since_1_42, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
