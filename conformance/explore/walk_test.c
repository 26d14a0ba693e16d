/* Tests of explore/walk.c: seeds, and the cutting down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "explore/walk.h"

static void a_seed_is_one_walk(void **state)
{
    struct walk a, b, other;

    (void)state;
    walk_make(7, 300, &a);
    walk_make(7, 300, &b);
    walk_make(8, 300, &other);
    assert_int_equal(a.count, 300);
    for (size_t i = 0; i < a.count; i++) {
        char left[128], right[128];
        step_describe(&a.steps[i], left, sizeof(left));
        step_describe(&b.steps[i], right, sizeof(right));
        assert_string_equal(left, right);
    }
    assert_memory_not_equal(a.steps, other.steps, a.count * sizeof(struct step));
    walk_clear(&a);
    walk_clear(&b);
    walk_clear(&other);
}

static void no_step_depends_on_the_moment(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct walk walk;
        walk_make(seed, 200, &walk);
        assert_int_equal(walk.count, 200);
        assert_true(walk_is_defined(&walk));
        walk_clear(&walk);
    }
}

/* A walk of some length comes to each pair of state and operation that there is. */
static void a_walk_sees_all_there_is(void **state)
{
    struct model model = { 0 };
    struct wanted wanted;
    struct walk walk;
    bool seen[LIVES][OPERATIONS] = { { false } };
    unsigned missing = 0;

    (void)state;
    walk_make(1, 20000, &walk);
    for (size_t i = 0; i < walk.count; i++) {
        seen[model.slots[walk.steps[i].slot].life][walk.steps[i].operation] = true;
        model_step(&model, &walk.steps[i], &wanted);
    }
    walk_clear(&walk);
    for (enum life life = 0; life < LIVES; life++)
        for (enum operation operation = 0; operation < OPERATIONS; operation++) {
            bool left_out = operation == OP_LEAVE && life != RUNNING && life != ABSENT;
            bool by_chance =
                life == LOOPING && (operation == OP_PAUSE || operation == OP_UPDATE || operation == OP_EXEC ||
                                    operation == OP_WAIT || operation == OP_RENAME);
            missing += !seen[life][operation] && !left_out && !by_chance;
        }
    assert_int_equal(missing, 0);
}

/* --- cutting down --- */

/* The deviation of an engine that forgets a pause of container 1 after a rename: how many tests were made is counted. */
static bool pauses_after_rename(void *user, const struct walk *walk)
{
    bool renamed = false;
    struct model model = { 0 };
    struct wanted wanted;

    ++*(unsigned *)user;
    for (size_t i = 0; i < walk->count; i++) {
        const struct step *step = &walk->steps[i];
        model_step(&model, step, &wanted);
        if (step->slot != 1)
            continue;
        renamed =
            step->operation == OP_RENAME ? wanted.status == 204 : renamed && step->operation != OP_CREATE;
        if (renamed && step->operation == OP_PAUSE && wanted.status == 204)
            return i + 1 == walk->count;
    }
    return false;
}

static void only_what_matters_is_left(void **state)
{
    static const enum operation left[] = { OP_CREATE, OP_START, OP_RENAME, OP_PAUSE };
    struct walk walk;
    unsigned tries = 0;

    (void)state;
    walk_make(3, 2000, &walk);
    for (walk.count = 1; walk.count < 2000 && !pauses_after_rename(&tries, &walk); walk.count++)
        ;
    assert_in_range(walk.count, 5, 1999);
    tries = 0;
    assert_true(walk_shrink(&walk, pauses_after_rename, &tries, 400));
    assert_int_equal(walk.count, 4);
    for (size_t i = 0; i < 4; i++) {
        bool there = false;
        for (size_t j = 0; j < 4; j++)
            there |= walk.steps[j].operation == left[i] ||
                     (left[i] == OP_START && walk.steps[j].operation == OP_RESTART);
        assert_true(there);
    }
    for (size_t i = 0; i < 4; i++)
        if (walk.steps[i].operation == OP_CREATE)
            assert_true(walk.steps[i].program == CATCHER && walk.steps[i].policy == POLICY_NO &&
                        !walk.steps[i].auto_remove);
    assert_in_range(tries, 1, 400);
    walk_clear(&walk);
}

static void too_few_tries_are_told(void **state)
{
    struct walk walk;
    unsigned tries = 0;

    (void)state;
    walk_make(3, 2000, &walk);
    for (walk.count = 1; walk.count < 2000 && !pauses_after_rename(&tries, &walk); walk.count++)
        ;
    tries = 0;
    assert_false(walk_shrink(&walk, pauses_after_rename, &tries, 3));
    assert_int_equal(tries, 3);
    walk_clear(&walk);
}

static void own_steps_are_those_of_the_last_container(void **state)
{
    static struct step steps[] = {
        {.operation = OP_CREATE,  .slot = 1},
        { .operation = OP_CREATE},
        { .operation = OP_FORCE_REMOVE,              .slot = 1         },
        { .operation = OP_CREATE,              .slot = 1},
        { .operation = OP_START                     },
        { .operation = OP_START,                      .slot = 1         },
    };
    struct walk walk = { steps, 6 }, own;

    (void)state;
    walk_own_steps(&walk, &own);
    assert_int_equal(own.count, 2);
    assert_int_equal(own.steps[0].operation, OP_CREATE);
    assert_int_equal(own.steps[1].operation, OP_START);
    assert_int_equal(own.steps[1].slot, 1);
    walk_clear(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_is_one_walk),
        cmocka_unit_test(no_step_depends_on_the_moment),
        cmocka_unit_test(a_walk_sees_all_there_is),
        cmocka_unit_test(only_what_matters_is_left),
        cmocka_unit_test(too_few_tries_are_told),
        cmocka_unit_test(own_steps_are_those_of_the_last_container),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
