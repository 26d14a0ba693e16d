/* runner/catalogue.c - list, spec and coverage: what this program was built with. */
#include <stdio.h>
#include <stdlib.h>

#include "report/memory.h"
#include "report/result.h"
#include "runner/commands.h"
#include "runner/record.h"

int catalogue_load(struct plan *plan, const struct clause_list **clauses)
{
    char text[512] = "", *why = NULL;

    *clauses = spec_clauses(text, sizeof(text));
    if (*clauses == NULL) {
        fprintf(stderr, "plimsoll: SPEC.md: %s\n", text);
        return -1;
    }
    if (plan_make(suite_case_tables, *clauses, plan, &why) == 0)
        return 0;
    fprintf(stderr, "plimsoll: %s\n", why);
    free(why);
    return -1;
}

/* Prints the array and lets it go. */
static int print_json(json_t *value)
{
    int bad = json_dumpf(value, stdout, JSON_INDENT(1)) < 0 || putchar('\n') == EOF || fflush(stdout) != 0;

    json_decref(value);
    return bad ? EXIT_SUITE_FAILED : EXIT_HOLDS;
}

static json_t *planned_to_json(const struct planned *planned)
{
    json_t *ret = json_object(), *clauses = json_array();

    must_have(ret);
    must_have(clauses);
    for (size_t i = 0; i < planned->clause_count; i++)
        json_array_append_new(clauses, text_new(planned->clauses[i]->name));
    json_object_set_new(ret, "id", text_new(planned->id));
    json_object_set_new(ret, "name", text_new(planned->suite_case->name));
    json_object_set_new(ret, "clauses", clauses);
    return ret;
}

int command_list(const struct options *options)
{
    const struct clause_list *clauses;
    struct plan plan;
    json_t *list = json_array();
    int ret;

    must_have(list);
    if (catalogue_load(&plan, &clauses) < 0)
        return EXIT_SUITE_FAILED;
    plan_select(&plan, options);
    for (size_t i = 0; i < plan.count; i++) {
        if (options->json)
            json_array_append_new(list, planned_to_json(&plan.list[i]));
        else
            puts(plan.list[i].id);
    }
    ret = plan.count > 0 ? EXIT_HOLDS : EXIT_NOTHING_RAN;
    if (options->json && print_json(json_incref(list)) != EXIT_HOLDS)
        ret = EXIT_SUITE_FAILED;
    json_decref(list);
    plan_clear(&plan);
    return ret;
}

int command_spec(const struct options *options)
{
    const struct clause_list *clauses;
    struct plan plan;
    json_t *list = json_array();

    must_have(list);
    if (catalogue_load(&plan, &clauses) < 0)
        return EXIT_SUITE_FAILED;
    for (size_t i = 0; i < clauses->count; i++) {
        const struct clause *clause = &clauses->list[i];
        if (options->json)
            json_array_append_new(list, record_clause(clause));
        else
            printf("%s (%s, %s-%s) %s\n", clause->name, clause_level_name(clause->level), clause->first,
                   clause->last, clause->sentence);
    }
    plan_clear(&plan);
    if (options->json)
        return print_json(list);
    json_decref(list);
    return EXIT_HOLDS;
}

/* The ids of the cases of a clause; the caller unrefs the array. */
static json_t *cases_of(const struct plan *plan, const struct clause *clause)
{
    json_t *ret = json_array();

    must_have(ret);
    for (size_t i = 0; i < plan->count; i++)
        for (size_t j = 0; j < plan->list[i].clause_count; j++)
            if (plan->list[i].clauses[j] == clause)
                json_array_append_new(ret, text_new(plan->list[i].id));
    return ret;
}

/* Takes `cases`. */
static json_t *coverage_row(const struct clause *clause, json_t *cases)
{
    json_t *ret = json_object();

    must_have(ret);
    json_object_set_new(ret, "clause", text_new(clause->name));
    json_object_set_new(ret, "cases", cases);
    return ret;
}

int command_coverage(const struct options *options)
{
    const struct clause_list *clauses;
    struct plan plan;
    json_t *list = json_array();
    size_t covered = 0;

    must_have(list);
    if (catalogue_load(&plan, &clauses) < 0)
        return EXIT_SUITE_FAILED;
    for (size_t i = 0; i < clauses->count; i++) {
        json_t *cases = cases_of(&plan, &clauses->list[i]);
        covered += json_array_size(cases) > 0;
        if (!options->json)
            printf("%4zu  %s\n", json_array_size(cases), clauses->list[i].name);
        json_array_append_new(list, coverage_row(&clauses->list[i], cases));
    }
    if (!options->json)
        printf("%zu of %zu clauses have a case; there are %zu cases\n", covered, clauses->count, plan.count);
    plan_clear(&plan);
    if (options->json)
        return print_json(list);
    json_decref(list);
    return EXIT_HOLDS;
}
