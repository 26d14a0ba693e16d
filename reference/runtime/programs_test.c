/* runtime/programs_test.c - which program is given to which container. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "runtime/programs.h"

struct box {
    struct programs *programs;
    char state[64]; /* a container's folder */
};

static int set_up(void **state)
{
    struct box *b = new_zeroed(struct box);

    b->programs = programs_new();
    snprintf(b->state, sizeof(b->state), "/tmp/programs-test.XXXXXX");
    *state = b;
    return mkdtemp(b->state) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct box *b = *state;
    scoped_free char *program = path_join(b->state, "seccomp.bpf");

    unlink(program);
    rmdir(b->state);
    programs_free(b->programs);
    free(b);
    return 0;
}

static json_t *document(const char *profile, const char *annotations)
{
    return json_pack("{s:{s:{s:s}}, s:o*}", "linux", "seccomp", "defaultAction", profile, "annotations",
                     annotations ? json_loads(annotations, 0, NULL) : NULL);
}

static void learn(struct box *b, const char *profile, const char *annotations, const char *program)
{
    scoped_free char *path = path_join(b->state, "seccomp.bpf");
    scoped(json_decref) json_t *d = document(profile, annotations);

    assert_int_equal(file_replace(path, program, strlen(program), 0600, NULL), 0);
    programs_learn(b->programs, "crun", b->state, d);
}

static void offered(struct box *b, const char *runtime, const char *profile, const char *annotations,
                    const char *wanted)
{
    scoped(json_decref) json_t *d = document(profile, annotations);
    const json_t *got;

    programs_offer(b->programs, runtime, d);
    got = json_object_get(json_object_get(d, "annotations"), "run.oci.seccomp_bpf_data");
    if (wanted)
        assert_string_equal(json_string_value(got), wanted);
    else
        assert_null(got);
}

static void the_same_profile_gets_its_program(void **state)
{
    struct box *b = *state;

    offered(b, "crun", "A", NULL, NULL);
    learn(b, "A", NULL, "abc");
    learn(b, "B", NULL, "xyz");
    offered(b, "crun", "A", NULL, "YWJj");
    offered(b, "crun", "B", NULL, "eHl6");
    offered(b, "crun", "C", NULL, NULL);
    offered(b, "runc", "A", NULL, NULL);
}

static void other_annotations_stay(void **state)
{
    struct box *b = *state;
    scoped(json_decref) json_t *d = document("A", "{\"a\": \"b\"}");

    learn(b, "A", "{\"a\": \"b\"}", "abc");
    programs_offer(b->programs, "crun", d);
    assert_string_equal(json_str_at(d, "annotations.a", ""), "b");
    assert_int_equal(json_object_size(json_object_get(d, "annotations")), 2);
}

/* One client's own filter must not become that of another one's container. */
static void who_shapes_the_program_is_left_alone(void **state)
{
    static const char own[] = "{\"run.oci.seccomp_bpf_data\": \"b3du\"}",
                      strict[] = "{\"run.oci.seccomp_fail_unknown_syscall\": \"1\"}";
    struct box *b = *state;

    learn(b, "A", own, "own");
    offered(b, "crun", "A", NULL, NULL);
    learn(b, "A", NULL, "abc");
    offered(b, "crun", "A", own, "b3du");
    offered(b, "crun", "A", strict, NULL);
}

static void without_a_profile_there_is_none(void **state)
{
    struct box *b = *state;
    scoped(json_decref) json_t *d = json_pack("{s:{}}", "linux");

    learn(b, "A", NULL, "abc");
    programs_learn(b->programs, "crun", b->state, d);
    programs_offer(b->programs, "crun", d);
    assert_null(json_object_get(d, "annotations"));
}

static void what_is_no_program_is_not_kept(void **state)
{
    struct box *b = *state;
    scoped_free char *large = malloc(40000);

    memset(large, 'x', 39999);
    large[39999] = '\0';
    learn(b, "A", NULL, "");
    learn(b, "B", NULL, large);
    offered(b, "crun", "A", NULL, NULL);
    offered(b, "crun", "B", NULL, NULL);
}

static void many_profiles_do_not_pile_up(void **state)
{
    struct box *b = *state;
    char name[16];

    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "P%d", i);
        learn(b, name, NULL, "abc");
        offered(b, "crun", name, NULL, "YWJj");
    }
    offered(b, "crun", "P0", NULL, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_profile_gets_its_program, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_annotations_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_shapes_the_program_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_profile_there_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_program_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_profiles_do_not_pile_up, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
