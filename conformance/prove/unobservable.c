/* prove/unobservable.c - the reviewed list of what nobody can notice, from unobservable.tsv, which is built in. */
#include <stdlib.h>
#include <string.h>

#include "harness/spec/inventory.h"
#include "prove/ledger.h"
#include "report/memory.h"
#include "runner/pattern.h"

enum { OPERATION, CLASS, ITEM, DEVIATION, REASON, COLUMNS };

const char *unobservable_reason(const struct item *item, const char *kind)
{
    const struct inventory_table *table = inventory_unobservable();
    char *name = item->status ? must_format("%d %s", item->status, item->name) : must_copy(item->name);
    const char *ret = NULL;

    for (size_t i = 0; i < table->rows && !ret; i++) {
        char **row = table->cells + i * table->columns;
        if (pattern_fits(row[OPERATION], item->operation) &&
            pattern_fits(row[CLASS], item_class_name(item->class)) && pattern_fits(row[ITEM], name) &&
            (kind ? pattern_fits(row[DEVIATION], kind) : strcmp(row[DEVIATION], "*") == 0))
            ret = row[REASON];
    }
    free(name);
    return ret;
}

static bool is_class(const char *text)
{
    for (int class = 0; class < ITEM_CLASSES; class ++)
        if (pattern_fits(text, item_class_name((enum item_class) class)))
            return true;
    return false;
}

static bool is_kind(const char *text)
{
    for (int kind = 0; kind < DEVIATION_KINDS; kind++)
        if (pattern_fits(text, deviation_name((enum deviation_kind)kind)))
            return true;
    return false;
}

int unobservable_check(char **why)
{
    const struct inventory_table *table = inventory_unobservable();

    for (size_t i = 0; i < table->rows; i++) {
        char **row = table->cells + i * table->columns;
        if (is_class(row[CLASS]) && is_kind(row[DEVIATION]) && row[REASON][0])
            continue;
        *why = must_format("unobservable.tsv, line %zu: %s", i + 2,
                           row[REASON][0] ? "no such class or deviation" : "a reason is missing");
        return -1;
    }
    return 0;
}
