/* Tests of explore/model.c: what the machine in SPEC.md says, where it is easily got wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "explore/model.h"

static struct model model;
static struct wanted wanted;

/* Takes steps from a new model on, all for slot 0; the status of the last one. */
static int after(const struct step *steps, size_t count)
{
    model = (struct model){ 0 };
    for (size_t i = 0; i < count; i++)
        model_step(&model, &steps[i], &wanted);
    return wanted.status;
}

#define AFTER(...)                                                                                           \
    after((const struct step[]){ __VA_ARGS__ },                                                              \
          sizeof((const struct step[]){ __VA_ARGS__ }) / sizeof(struct step))

#define A(what)                                                                                              \
    {                                                                                                        \
        .operation = OP_##what                                                                               \
    }

/* The events of the last step: "die 3, start". */
static const char *events(void)
{
    static char text[512];

    text[0] = '\0';
    for (size_t i = 0; i < wanted.event_count; i++) {
        strcat(text, i > 0 ? ", " : "");
        strcat(text, wanted.events[i].text);
    }
    return text;
}

static void a_life_goes_its_way(void **state)
{
    (void)state;
    assert_int_equal(AFTER(A(START)), 404);
    assert_int_equal(AFTER(A(CREATE), A(START)), 204);
    assert_int_equal(AFTER(A(CREATE), A(START), A(START)), 304);
    assert_int_equal(AFTER(A(CREATE), A(START), A(STOP)), 204);
    assert_int_equal(model.slots[0].life, EXITED);
    assert_int_equal(model.slots[0].exit_code, 3);
    assert_string_equal(events(), "kill 15, die 3, stop");
    assert_int_equal(AFTER(A(CREATE), A(START), A(REMOVE)), 409);
    assert_int_equal(AFTER(A(CREATE), A(START), A(FORCE_REMOVE)), 204);
    assert_string_equal(events(), "kill 9, die 137, destroy");
    assert_int_equal(model.slots[0].life, ABSENT);
}

static void the_policy_brings_back_who_ends_by_itself(void **state)
{
    (void)state;
    AFTER({ .operation = OP_CREATE, .policy = POLICY_ALWAYS }, A(START),
          { .operation = OP_LEAVE, .signal = SIG_OF_TERM });
    assert_int_equal(model.slots[0].life, RUNNING);
    assert_int_equal(model.slots[0].restarts, 1);
    assert_string_equal(events(), "die 3, start");
}

/* A signal by kill ends it, even one that the process does not mind. */
static void a_harmless_signal_ends_the_policy(void **state)
{
    (void)state;
    AFTER({ .operation = OP_CREATE, .policy = POLICY_ALWAYS }, A(START),
          { .operation = OP_KILL, .signal = SIG_OF_HUP }, { .operation = OP_LEAVE, .signal = SIG_OF_TERM });
    assert_int_equal(model.slots[0].life, EXITED);
}

static void on_failure_ends_after_its_retries(void **state)
{
    (void)state;
    AFTER({ .operation = OP_CREATE, .program = BRIEF, .policy = POLICY_ON_FAILURE, .retries = 2 }, A(START));
    assert_int_equal(model.slots[0].life, EXITED);
    assert_int_equal(model.slots[0].restarts, 2);
    assert_int_equal(model.slots[0].starts, 3);
    assert_string_equal(events(), "start, die 7, start, die 7, start, die 7");
}

static void who_waits_is_answered_at_its_event(void **state)
{
    (void)state;
    AFTER(A(CREATE), { .operation = OP_WAIT, .condition = NOT_RUNNING });
    assert_true(wanted.waits[0].ends);
    AFTER(A(CREATE), A(START), { .operation = OP_WAIT, .condition = NEXT_EXIT });
    assert_false(wanted.waits[0].ends);
    AFTER(A(CREATE), A(START), { .operation = OP_WAIT, .condition = REMOVED }, A(STOP));
    assert_false(wanted.waits[0].ends);
    AFTER(A(CREATE), A(START), { .operation = OP_WAIT, .condition = REMOVED }, A(STOP), A(REMOVE));
    assert_true(wanted.waits[0].ends);
    assert_int_equal(wanted.waits[0].code, 3);
}

static void names_are_taken_once(void **state)
{
    struct step taken = { .operation = OP_CREATE, .slot = 1 };

    (void)state;
    AFTER(A(CREATE), { .operation = OP_RENAME, .name = 1 });
    assert_int_equal(model_named(&model, 1), 0);
    model_step(&model, &taken, &wanted);
    assert_int_equal(wanted.status, 409);
    assert_int_equal(AFTER(A(CREATE), { .operation = OP_RENAME, .name = 0 }), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_goes_its_way),
        cmocka_unit_test(the_policy_brings_back_who_ends_by_itself),
        cmocka_unit_test(a_harmless_signal_ends_the_policy),
        cmocka_unit_test(on_failure_ends_after_its_retries),
        cmocka_unit_test(who_waits_is_answered_at_its_event),
        cmocka_unit_test(names_are_taken_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
