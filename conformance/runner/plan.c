/* runner/plan.c - see plan.h. */
#include "runner/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/spec/version.h"
#include "report/memory.h"
#include "runner/pattern.h"

static const char *row_label(const struct suite_case *one, size_t row)
{
    const char *label;

    memcpy(&label, (const char *)one->rows + row * one->row_size, sizeof(label));
    return label;
}

static bool planned_init(struct planned *ret, const struct suite_case *one, size_t row,
                         const struct clause_list *clauses, char **why)
{
    *ret = (struct planned){ .suite_case = one,
                             .row = row,
                             .label = one->row_count > 0 ? row_label(one, row) : "" };
    for (const char *word = one->clauses; *word != '\0';) {
        char name[128];
        size_t length = strcspn(word, " ");
        snprintf(name, sizeof(name), "%.*s", (int)length, word);
        const struct clause *clause = clause_find(clauses, name);
        if (clause == NULL || ret->clause_count == PLAN_CLAUSES_MAX) {
            *why =
                must_format("%s: %s '%s'", one->name,
                            clause ? "more clauses than a case can have, at" : "SPEC.md has no clause", name);
            return false;
        }
        ret->clauses[ret->clause_count++] = clause;
        word += length + (word[length] == ' ');
    }
    ret->id = one->row_count > 0 ? must_format("%s %s[%s]", one->clauses, one->name, ret->label)
                                 : must_format("%s %s", one->clauses, one->name);
    return true;
}

static bool plan_add(struct plan *plan, const struct suite_case *one, const struct clause_list *clauses,
                     char **why)
{
    size_t rows = one->row_count > 0 ? one->row_count : 1;

    for (size_t row = 0; row < rows; row++) {
        struct planned planned;
        if (!planned_init(&planned, one, row, clauses, why))
            return false;
        planned.position = plan->count;
        plan->list = must_grow(plan->list, plan->count, sizeof(*plan->list));
        plan->list[plan->count++] = planned;
    }
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The id of two cases, NULL when there is none. */
static const char *find_twice(const struct plan *plan)
{
    const char **ids = must_alloc(plan->count, sizeof(*ids)), *ret = NULL;

    for (size_t i = 0; i < plan->count; i++)
        ids[i] = plan->list[i].id;
    qsort(ids, plan->count, sizeof(*ids), compare_ids);
    for (size_t i = 1; i < plan->count && ret == NULL; i++)
        ret = strcmp(ids[i - 1], ids[i]) == 0 ? ids[i] : NULL;
    free(ids);
    return ret;
}

int plan_make(const struct suite_case *const *tables, const struct clause_list *clauses, struct plan *ret,
              char **why)
{
    struct plan plan = { 0 };

    for (; *tables != NULL; tables++) {
        for (const struct suite_case *one = *tables; one->name != NULL; one++) {
            if (!plan_add(&plan, one, clauses, why)) {
                plan_clear(&plan);
                return -1;
            }
        }
    }
    const char *twice = find_twice(&plan);
    if (twice != NULL) {
        *why = must_format("two cases have the id '%s'", twice);
        plan_clear(&plan);
        return -1;
    }
    *ret = plan;
    return 0;
}

static void planned_clear(struct planned *planned)
{
    free(planned->id);
    free(planned->version);
}

void plan_clear(struct plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->count; i++)
        planned_clear(&plan->list[i]);
    free(plan->list);
    *plan = (struct plan){ 0 };
}

/* FNV-1a, 64 bits (draft-eastlake-fnv), its upper half folded in: the low bits alone are uneven for ids that
 * differ in one byte. */
unsigned plan_shard(const char *id, unsigned parts)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *id != '\0'; id++)
        hash = (hash ^ (unsigned char)*id) * 0x100000001b3u;
    return (unsigned)((hash ^ hash >> 32) % parts) + 1;
}

static bool any_names(const struct strings *patterns, const char *id)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (pattern_names(patterns->at[i], id))
            return true;
    return false;
}

/* A case is as strong as the strongest of its clauses. */
static enum clause_level planned_level(const struct planned *planned)
{
    enum clause_level ret = LEVEL_MAY;

    for (size_t i = 0; i < planned->clause_count; i++)
        ret = planned->clauses[i]->level < ret ? planned->clauses[i]->level : ret;
    return ret;
}

static bool is_named(const struct planned *planned, const struct options *options)
{
    return (options->select.count == 0 || any_names(&options->select, planned->id)) &&
           !any_names(&options->skip, planned->id);
}

/* As long as the engine's versions are not known, a pattern that ends in one selects its case whatever the version. */
static bool may_be_named(const struct planned *planned, const struct options *options)
{
    bool all = options->api_version != NULL && strcmp(options->api_version, "all") == 0;

    if (is_named(planned, options))
        return true;
    for (size_t i = 0; all && i < options->select.count; i++)
        if (pattern_names_at_some_version(options->select.at[i], planned->id))
            return !any_names(&options->skip, planned->id);
    return false;
}

static bool is_selected(const struct planned *planned, const struct options *options)
{
    return may_be_named(planned, options) && planned_level(planned) <= options->level &&
           plan_shard(planned->id, options->shards) == options->shard;
}

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"): the same order
 * everywhere for a seed. */
uint64_t plan_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void plan_shuffle(struct plan *plan, uint64_t seed)
{
    for (size_t i = plan->count; i > 1; i--) {
        size_t j = plan_random(&seed) % i;
        struct planned held = plan->list[j];
        plan->list[j] = plan->list[i - 1];
        plan->list[i - 1] = held;
    }
}

void plan_select(struct plan *plan, const struct options *options)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->count; i++) {
        if (is_selected(&plan->list[i], options))
            plan->list[kept++] = plan->list[i];
        else
            planned_clear(&plan->list[i]);
    }
    plan->count = kept;
    if (options->random)
        plan_shuffle(plan, options->seed);
}

/* --- versions --- */

void plan_at(struct plan *plan, const char *version)
{
    for (size_t i = 0; i < plan->count; i++)
        plan->list[i].version = must_copy(version);
}

/* What all clauses have in common; `oldest` and `newest` are bounds too, unless NULL. False: nothing. */
static bool range_of(const struct planned *planned, const char *oldest, const char *newest, const char **low,
                     const char **high)
{
    *low = oldest;
    *high = newest;
    for (size_t i = 0; i < planned->clause_count; i++) {
        const struct clause *clause = planned->clauses[i];
        if (*low == NULL || version_compare(clause->first, *low) > 0)
            *low = clause->first;
        if (clause->last[0] != '\0' && (*high == NULL || version_compare(clause->last, *high) < 0))
            *high = clause->last;
    }
    return *high == NULL || version_compare(*low, *high) <= 0;
}

static bool stands_at_gate(const struct planned *planned)
{
    const char *low, *high;

    return !range_of(planned, NULL, NULL, &low, &high);
}

bool planned_applies(const struct planned *planned, const char *oldest, const char *newest, char **why)
{
    bool gate = stands_at_gate(planned);

    for (size_t i = 0; i < planned->clause_count; i++) {
        const struct clause *clause = planned->clauses[i];
        if (gate ? version_compare(clause->first, newest) <= 0 && version_within(oldest, NULL, clause->last)
                 : version_within(planned->version, clause->first, clause->last))
            continue;
        *why = gate ? must_format("the engine speaks %s-%s, and the gate has a side of %s-%s", oldest, newest,
                                  clause->first, clause->last)
                    : must_format("API version %s is outside %s-%s", planned->version, clause->first,
                                  clause->last);
        return false;
    }
    return true;
}

static void plan_add_at(struct plan *plan, const struct planned *planned, const char *version, bool again)
{
    struct planned added = *planned;

    added.id = must_format("%s@%s", planned->id, version);
    added.version = must_copy(version);
    added.position = 2 * planned->position + again;
    plan->list = must_grow(plan->list, plan->count, sizeof(*plan->list));
    plan->list[plan->count++] = added;
}

void plan_spread(struct plan *plan, const struct options *options, const char *oldest, const char *newest)
{
    struct plan spread = { 0 };
    size_t kept = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const char *low, *high;
        if (!range_of(&plan->list[i], oldest, newest, &low, &high))
            low = high = newest;
        plan_add_at(&spread, &plan->list[i], low, false);
        if (version_compare(low, high) != 0)
            plan_add_at(&spread, &plan->list[i], high, true);
    }
    plan_clear(plan);
    *plan = spread;
    for (size_t i = 0; i < plan->count; i++) {
        if (is_named(&plan->list[i], options))
            plan->list[kept++] = plan->list[i];
        else
            planned_clear(&plan->list[i]);
    }
    plan->count = kept;
    if (options->random)
        plan_shuffle(plan, options->seed);
}
