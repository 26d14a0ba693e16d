/* runner/select_test.c - patterns, plans, shards and orders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/memory.h"
#include "runner/pattern.h"
#include "runner/plan.h"

#define ID "ContainerStart.already-running Errors.form a_name_is_good[one [two] three]"

static void patterns_fit_whole_texts(void **state)
{
    (void)state;
    assert_true(pattern_fits("a*c", "abbc"));
    assert_true(pattern_fits("*", ""));
    assert_true(pattern_fits("a?c*", "abc"));
    assert_true(pattern_fits("*a*b", "xaaxab"));
    assert_false(pattern_fits("a", "ab"));
    assert_false(pattern_fits("a?", "a"));
    assert_true(pattern_fits("x[1]", "x[1]"));
    assert_false(pattern_fits("x[1]", "x1"));
}

static void patterns_name_cases(void **state)
{
    static const char *const good[] = {
        "ContainerStart",   "Errors",         "Errors.form",
        "ContainerStart.*", "a_name_is_good", "a_name_is_good[one [two] three]",
        "*[one*",           "Container*",     ID
    };
    static const char *const bad[] = { "Container", "ContainerStart.", "form", "a_name", "one", "two", "" };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(pattern_names(good[i], ID));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(pattern_names(bad[i], ID));
    assert_true(pattern_names("a_name", "A.x a_name"));
}

static void a_pattern_may_end_in_a_version(void **state)
{
    (void)state;
    assert_true(pattern_names("ContainerStart", ID "@1.24"));
    assert_true(pattern_names("a_name_is_good", "A.x a_name_is_good@1.24"));
    assert_true(pattern_names("a_name_is_good@1.24", "A.x a_name_is_good@1.24"));
    assert_true(pattern_names("Errors@1.*", ID "@1.24"));
    assert_true(pattern_names(ID "@1.24", ID "@1.24"));
    assert_false(pattern_names("Errors@1.41", ID "@1.24"));
    assert_false(pattern_names("Errors@1.24", ID));
    assert_true(pattern_names("A.x f[a@1.2]", "A.x f[a@1.2]"));
    assert_true(pattern_names("f[a@1.2]", "A.x f[a@1.2]@1.24"));
    assert_true(pattern_names_at_some_version("Errors@1.41", ID));
    assert_false(pattern_names_at_some_version("Other@1.41", ID));
}

static void nothing_runs(void **state)
{
    (void)state;
}

static const struct row {
    const char *label;
    int value;
} table[] = {
    {"first row",   1},
    { "second row", 2}
};

CASES(first) = {
    {"A.must",          "one", nothing_runs, 0, 0, NULL,  0,                0},
    { "A.may B.should", "two", nothing_runs, 0, 0, table, sizeof(table[0]), 2},
    CASE_END,
};

CASES(second) = {
    {"B.should", "three", nothing_runs, 0, 0, NULL, 0, 0},
    CASE_END,
};

static const struct suite_case *const tables[] = { first_cases, second_cases, NULL };
static char a_must[] = "A.must", a_may[] = "A.may", b_should[] = "B.should", v24[] = "1.24", v30[] = "1.30",
            v40[] = "1.40", no_end[] = "";
static struct clause clauses[] = {
    {.name = a_must,    .level = LEVEL_MUST,   .first = v24, .last = no_end},
    { .name = a_may,    .level = LEVEL_MAY,    .first = v24, .last = v30   },
    { .name = b_should, .level = LEVEL_SHOULD, .first = v40, .last = no_end},
};
static const struct clause_list clause_list = { clauses, 3 };

static struct plan a_plan(const struct options *options)
{
    struct plan plan;
    char *why = NULL;

    assert_int_equal(plan_make(tables, &clause_list, &plan, &why), 0);
    plan_select(&plan, options);
    return plan;
}

static void a_row_is_a_case_of_its_own(void **state)
{
    struct options all = { .level = LEVEL_MAY, .shard = 1, .shards = 1 };
    struct plan plan = a_plan(&all);

    (void)state;
    assert_int_equal(plan.count, 4);
    assert_string_equal(plan.list[0].id, "A.must one");
    assert_string_equal(plan.list[2].id, "A.may B.should two[second row]");
    assert_int_equal(plan.list[2].clause_count, 2);
    assert_int_equal(plan.list[3].position, 3);
    plan_clear(&plan);
}

static void options_select(void **state)
{
    const char *select[] = { "B", "one" }, *skip[] = { "three" };
    struct options options = {
        .level = LEVEL_MAY, .shard = 1, .shards = 1, .select = {select, 2},
                   .skip = { skip,  1}
    };
    struct plan plan = a_plan(&options);

    (void)state;
    assert_int_equal(plan.count, 3);
    plan_clear(&plan);
    options = (struct options){ .level = LEVEL_MUST, .shard = 1, .shards = 1 };
    plan = a_plan(&options);
    assert_int_equal(plan.count, 1);
    plan_clear(&plan);
    options.level = LEVEL_SHOULD; /* a case is as strong as its strongest clause */
    plan = a_plan(&options);
    assert_int_equal(plan.count, 4);
    plan_clear(&plan);
}

static void shards_share_all_and_nothing_twice(void **state)
{
    size_t sum = 0;
    unsigned filled[4] = { 0 };
    char id[32];

    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        struct options options = { .level = LEVEL_MAY, .shard = i, .shards = 3 };
        struct plan plan = a_plan(&options);
        sum += plan.count;
        plan_clear(&plan);
    }
    assert_int_equal(sum, 4);
    for (unsigned i = 0; i < 4000; i++) {
        snprintf(id, sizeof(id), "A.one case_%u", i);
        filled[plan_shard(id, 4) - 1]++;
    }
    for (unsigned i = 0; i < 4; i++)
        assert_in_range(filled[i], 900, 1100);
    assert_int_equal(plan_shard("ContainerStart.started a_created_container_starts", 7),
                     plan_shard("ContainerStart.started a_created_container_starts", 7));
}

static void a_seed_is_an_order(void **state)
{
    struct options options = { .level = LEVEL_MAY, .shard = 1, .shards = 1, .random = true, .seed = 5 };
    struct plan a = a_plan(&options), b = a_plan(&options);
    bool differs = false;

    (void)state;
    for (size_t i = 0; i < a.count; i++)
        assert_string_equal(a.list[i].id, b.list[i].id);
    plan_clear(&b);
    for (options.seed = 6; options.seed < 20; options.seed++) {
        b = a_plan(&options);
        assert_int_equal(b.count, a.count);
        for (size_t i = 0; i < a.count; i++)
            differs |= strcmp(a.list[i].id, b.list[i].id) != 0;
        plan_clear(&b);
    }
    assert_true(differs);
    plan_clear(&a);
}

static void a_wrong_catalogue_is_refused(void **state)
{
    const struct suite_case unknown[] = {
        {.clauses = "A.none", .name = "x", .run = nothing_runs},
        CASE_END
    };
    const struct suite_case *const bad[] = { unknown, NULL };
    const struct suite_case *const twice[] = { second_cases, second_cases, NULL };
    struct plan plan;
    char *why = NULL;

    (void)state;
    assert_int_equal(plan_make(bad, &clause_list, &plan, &why), -1);
    assert_non_null(strstr(why, "A.none"));
    free(why);
    assert_int_equal(plan_make(twice, &clause_list, &plan, &why), -1);
    assert_non_null(strstr(why, "B.should three"));
    free(why);
}

/* "one" speaks about 1.24-, "two" stands at a gate (1.24-1.30, 1.40-), "three" speaks about 1.40-. */
static void each_case_runs_at_its_lowest_and_its_highest_version(void **state)
{
    static const char *const wanted[] = { "A.must one@1.26",
                                          "A.must one@1.45",
                                          "A.may B.should two[first row]@1.45",
                                          "A.may B.should two[second row]@1.45",
                                          "B.should three@1.40",
                                          "B.should three@1.45" };
    struct options options = { .api_version = "all", .level = LEVEL_MAY, .shard = 1, .shards = 1 };
    struct plan plan = a_plan(&options);

    (void)state;
    plan_spread(&plan, &options, "1.26", "1.45");
    assert_int_equal(plan.count, 6);
    for (size_t i = 0; i < plan.count; i++) {
        char *why = NULL;
        assert_string_equal(plan.list[i].id, wanted[i]);
        assert_string_equal(plan.list[i].version, strrchr(wanted[i], '@') + 1);
        assert_true(i == 0 || plan.list[i].position > plan.list[i - 1].position);
        assert_true(planned_applies(&plan.list[i], "1.26", "1.45", &why));
    }
    plan_clear(&plan);
}

static void a_version_selects(void **state)
{
    const char *only[] = { "one@1.45", "A.may" }, *not [] = { "*second row*@1.45" };
    struct options options = {
        .api_version = "all",
        .level = LEVEL_MAY,
        .shard = 1,
        .shards = 1,
        .select = {only, 2},
        .skip = { not, 1}
    };
    struct plan plan = a_plan(&options);

    (void)state;
    plan_spread(&plan, &options, "1.24", "1.45");
    assert_int_equal(plan.count, 2);
    assert_string_equal(plan.list[0].id, "A.must one@1.45");
    assert_string_equal(plan.list[1].id, "A.may B.should two[first row]@1.45");
    plan_clear(&plan);
}

static void what_the_engine_does_not_speak_does_not_apply(void **state)
{
    struct options options = { .api_version = "all", .level = LEVEL_MAY, .shard = 1, .shards = 1 };
    struct plan plan = a_plan(&options);
    char *why = NULL;

    (void)state;
    plan_spread(&plan, &options, "1.24", "1.39");
    assert_int_equal(plan.count, 5);
    assert_false(planned_applies(&plan.list[2], "1.24", "1.39", &why)); /* one side of its gate */
    assert_string_equal(why, "the engine speaks 1.24-1.39, and the gate has a side of 1.40-");
    free(why);
    assert_string_equal(plan.list[4].id, "B.should three@1.39");
    assert_false(planned_applies(&plan.list[4], "1.24", "1.39", &why));
    assert_string_equal(why, "API version 1.39 is outside 1.40-");
    free(why);
    plan_clear(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_fit_whole_texts),
        cmocka_unit_test(patterns_name_cases),
        cmocka_unit_test(a_row_is_a_case_of_its_own),
        cmocka_unit_test(options_select),
        cmocka_unit_test(shards_share_all_and_nothing_twice),
        cmocka_unit_test(a_seed_is_an_order),
        cmocka_unit_test(a_wrong_catalogue_is_refused),
        cmocka_unit_test(a_pattern_may_end_in_a_version),
        cmocka_unit_test(each_case_runs_at_its_lowest_and_its_highest_version),
        cmocka_unit_test(a_version_selects),
        cmocka_unit_test(what_the_engine_does_not_speak_does_not_apply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
