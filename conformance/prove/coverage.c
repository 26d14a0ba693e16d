/* prove/coverage.c - `plimsoll coverage RUN.rec`: which documented statuses, parameters and filter keys the recorded cases met.
 *
 * That a thing was met says little; that its deviation is noticed says all (prove.c). This is the quick look: it needs no trial. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/spec/inventory.h"
#include "prove/items.h"
#include "prove/ledger.h"
#include "prove/prove.h"
#include "report/memory.h"
#include "report/result.h"
#include "runner/commands.h"
#include "runner/pattern.h"

static const enum item_class shown[] = { ITEM_STATUS, ITEM_PARAMETER, ITEM_FILTER };

#define SHOWN (sizeof(shown) / sizeof(shown[0]))

struct met {
    size_t met, of, excluded;
};

static struct met met_of(const struct items *items, const char *operation, enum item_class class)
{
    struct met ret = { 0 };

    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->list[i];
        if (item->class != class || strcmp(item->operation, operation) != 0 || !item->documented)
            continue;
        ret.met += item->case_count > 0;
        ret.excluded += item->case_count == 0 && unobservable_reason(item, NULL);
        ret.of++;
    }
    return ret;
}

static bool is_met(const struct items *items, const char *operation)
{
    for (size_t i = 0; i < items->count; i++)
        if (strcmp(items->list[i].operation, operation) == 0 && items->list[i].case_count > 0)
            return true;
    return false;
}

static bool is_wanted(const struct options *options, const char *operation)
{
    bool ret = options->select.count == 0;

    for (size_t i = 0; i < options->select.count; i++)
        ret |= pattern_fits(options->select.at[i], operation);
    return ret;
}

static json_t *row_of(const struct items *items, const char *operation)
{
    json_t *ret = json_pack("{s:s, s:b}", "operation", operation, "met", is_met(items, operation));

    must_have(ret);
    for (size_t i = 0; i < SHOWN; i++) {
        struct met met = met_of(items, operation, shown[i]);
        json_object_set_new(ret, item_class_name(shown[i]),
                            json_pack("{s:I, s:I, s:I}", "met", (json_int_t)met.met, "excluded",
                                      (json_int_t)met.excluded, "documented", (json_int_t)met.of));
    }
    return ret;
}

/* What was not met: the line of the inventory, and the reason when there is one. */
static json_t *unmet(const struct options *options, const struct items *items)
{
    json_t *ret = json_array();

    must_have(ret);
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->list[i];
        const char *reason = unobservable_reason(item, NULL);
        if (item->case_count > 0 || !item->documented || !is_wanted(options, item->operation) ||
            (item->class != ITEM_STATUS && item->class != ITEM_PARAMETER && item->class != ITEM_FILTER))
            continue;
        json_array_append_new(ret, json_pack("{s:s, s:s, s:s, s:i, s:s?}", "operation", item->operation,
                                             "class", item_class_name(item->class), "item", item->name,
                                             "status", item->status, "reason", reason));
    }
    return ret;
}

static void print_row(const json_t *row)
{
    printf("%-24s", text_at(row, "operation"));
    for (size_t i = 0; i < SHOWN; i++) {
        const json_t *met = json_object_get(row, item_class_name(shown[i]));
        printf("  %2.0f of %2.0f", number_at(met, "met"),
               number_at(met, "documented") - number_at(met, "excluded"));
    }
    puts(json_is_true(json_object_get(row, "met")) ? "" : "  not met");
}

static void print_unmet(const json_t *list, bool excluded)
{
    const json_t *one;
    size_t i;

    json_array_foreach (list, i, one) {
        const char *reason = json_string_value(json_object_get(one, "reason"));
        if ((reason != NULL) != excluded)
            continue;
        printf("  %s %s %s", text_at(one, "operation"), text_at(one, "class"), text_at(one, "item"));
        if (number_at(one, "status") > 0)
            printf("%.0f", number_at(one, "status"));
        printf("%s%s\n", reason ? ": " : "", reason ? reason : "");
    }
}

static void print_all(const json_t *rows, const json_t *missing)
{
    size_t met = 0, i;
    const json_t *row;

    printf("%-24s  %-8s  %-8s  %-8s\n", "operation", "statuses", "params", "filters");
    json_array_foreach (rows, i, row) {
        print_row(row);
        met += json_is_true(json_object_get(row, "met"));
    }
    printf("%zu of %zu operations\n\nNot met:\n", met, json_array_size(rows));
    print_unmet(missing, false);
    puts("\nExcluded, with the reason:");
    print_unmet(missing, true);
}

static int tell(const struct options *options, const struct items *items)
{
    const struct inventory_table *operations = inventory_operations();
    json_t *rows = json_array(), *missing = unmet(options, items), *both;

    must_have(rows);
    for (size_t i = 0; i < operations->rows; i++)
        if (is_wanted(options, operations->cells[i * operations->columns]))
            json_array_append_new(rows, row_of(items, operations->cells[i * operations->columns]));
    if (!options->json)
        print_all(rows, missing);
    both = json_pack("{s:o, s:o}", "operations", rows, "unmet", missing);
    must_have(both);
    if (options->json) {
        json_dumpf(both, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    json_decref(both);
    return fflush(stdout) == 0 ? EXIT_HOLDS : EXIT_SUITE_FAILED;
}

int command_coverage_recorded(const struct options *options)
{
    struct recording recording;
    struct items items;
    char *why = NULL;
    int status;

    if (unobservable_check(&why) < 0 || recording_load(options->operands[0], &recording, &why) < 0) {
        fprintf(stderr, "plimsoll: %s\n", why);
        free(why);
        return EXIT_USAGE;
    }
    items_make(&recording, &items);
    status = tell(options, &items);
    items_clear(&items);
    recording_clear(&recording);
    return status;
}
