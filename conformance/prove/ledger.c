/* prove/ledger.c - see ledger.h. */
#include "prove/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "report/memory.h"
#include "report/result.h"

struct share {
    size_t of[STANDINGS];
};

static const char *standing_name(enum standing standing)
{
    static const char *const names[] = {
        [STANDING_NOTICED] = "noticed",         [STANDING_UNNOTICED] = "unnoticed",
        [STANDING_UNEXERCISED] = "unexercised", [STANDING_UNOBSERVABLE] = "unobservable",
        [STANDING_NOT_TRIED] = "not-tried",     [STANDING_OTHER_VERSION] = "other-version",
    };

    return names[standing];
}

/* --- points of an item
 * ------------------------------------------------------------------------------------------------- */

struct range {
    const struct point *from, *to;
};

/* The points of the item that `at` is the first of. */
static struct range points_of(const struct ledger *ledger, const struct item *item, const struct point *at)
{
    struct range ret = { at, at };

    while (ret.to < ledger->points + ledger->point_count && ret.to->item == item)
        ret.to++;
    return ret;
}

static enum standing standing_of(const struct item *item, struct range points)
{
    size_t of[4] = { 0 };

    if (points.from == points.to) {
        if (unobservable_reason(item, NULL))
            return STANDING_UNOBSERVABLE;
        return item->documented ? STANDING_UNEXERCISED : STANDING_OTHER_VERSION;
    }
    for (const struct point *point = points.from; point < points.to; point++)
        of[point->notice]++;
    if (of[NOTICE_NONE])
        return STANDING_UNNOTICED;
    if (of[NOTICE_NOT_TRIED])
        return STANDING_NOT_TRIED;
    return of[NOTICE_NOTICED] ? STANDING_NOTICED : STANDING_UNOBSERVABLE;
}

/* --- for a person
 * ------------------------------------------------------------------------------------------------------- */

static size_t observable(const struct share *share)
{
    return share->of[STANDING_NOTICED] + share->of[STANDING_UNNOTICED] + share->of[STANDING_UNEXERCISED];
}

static void print_share(const char *name, const struct share *share, FILE *out)
{
    size_t all = observable(share);

    fprintf(out, "%-22s %5zu of %5zu  %5.1f %%   unnoticed %zu, unexercised %zu, unobservable %zu", name,
            share->of[STANDING_NOTICED], all,
            all ? 100.0 * (double)share->of[STANDING_NOTICED] / (double)all : 100.0,
            share->of[STANDING_UNNOTICED], share->of[STANDING_UNEXERCISED], share->of[STANDING_UNOBSERVABLE]);
    if (share->of[STANDING_NOT_TRIED])
        fprintf(out, ", not tried %zu", share->of[STANDING_NOT_TRIED]);
    fputc('\n', out);
}

static void print_item(const struct item *item, struct range points, enum standing standing, FILE *out)
{
    fprintf(out, "  %s %s %s %s", standing_name(standing), item_class_name(item->class), item->operation,
            item->name);
    if (item->status)
        fprintf(out, " %d", item->status);
    for (const struct point *point = points.from; point < points.to; point++)
        if (point->notice == NOTICE_NONE)
            fprintf(out, " %s(%zu)", deviation_name(point->kind), point->tried);
    fputc('\n', out);
}

static void print_unnoticed(const struct ledger *ledger, FILE *out)
{
    const struct point *at = ledger->points;

    fputs("\nNot noticed, with the number of cases that were tried:\n", out);
    for (size_t i = 0; i < ledger->items->count; i++) {
        const struct item *item = &ledger->items->list[i];
        struct range points = points_of(ledger, item, at);
        enum standing standing = standing_of(item, points);
        if (standing == STANDING_UNNOTICED || standing == STANDING_UNEXERCISED)
            print_item(item, points, standing, out);
        at = points.to;
    }
}

/* The shares of one operation, or of one class, or of all: NULL or -1 for any. */
static struct share share_of(const struct ledger *ledger, const char *operation, int class)
{
    const struct point *at = ledger->points;
    struct share ret = { 0 };

    for (size_t i = 0; i < ledger->items->count; i++) {
        const struct item *item = &ledger->items->list[i];
        struct range points = points_of(ledger, item, at);
        if ((!operation || strcmp(item->operation, operation) == 0) &&
            (class < 0 || (int)item->class == class))
            ret.of[standing_of(item, points)]++;
        at = points.to;
    }
    return ret;
}

static bool is_first_of_operation(const struct items *items, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(items->list[i].operation, items->list[index].operation) == 0)
            return false;
    return true;
}

void ledger_print(const struct ledger *ledger, FILE *out, bool brief)
{
    struct share share;

    fprintf(out, "What the suite notices, of a recording of %s at API %s:\n\n", ledger->recording->engine,
            ledger->recording->api_version);
    for (size_t i = 0; i < ledger->items->count; i++)
        if (is_first_of_operation(ledger->items, i)) {
            share = share_of(ledger, ledger->items->list[i].operation, -1);
            print_share(ledger->items->list[i].operation, &share, out);
        }
    fputc('\n', out);
    for (int class = 0; class < ITEM_CLASSES; class ++) {
        share = share_of(ledger, NULL, class);
        if (observable(&share) || share.of[STANDING_NOT_TRIED] || share.of[STANDING_UNOBSERVABLE])
            print_share(item_class_name((enum item_class) class), &share, out);
    }
    share = share_of(ledger, NULL, -1);
    print_share("all", &share, out);
    if (!brief)
        print_unnoticed(ledger, out);
}

/* --- for a review
 * ------------------------------------------------------------------------------------------------------- */

/* The kinds with that notice, joined by commas, or "-". */
static void write_kinds(struct range points, enum notice notice, FILE *out)
{
    const char *join = "";

    for (const struct point *point = points.from; point < points.to; point++)
        if (point->notice == notice) {
            fprintf(out, "%s%s", join, deviation_name(point->kind));
            join = ",";
        }
    fputs(*join ? "\t" : "-\t", out);
}

/* Every clause once. */
static void write_clauses(struct range points, FILE *out)
{
    const char *join = "";

    for (const struct point *point = points.from; point < points.to; point++) {
        bool told = point->notice != NOTICE_NOTICED;
        for (const struct point *earlier = points.from; earlier < point && !told; earlier++)
            told = earlier->notice == NOTICE_NOTICED && strcmp(earlier->by, point->by) == 0;
        if (!told) {
            fprintf(out, "%s%s", join, point->by);
            join = ",";
        }
    }
    fputs(*join ? "\n" : "-\n", out);
}

void ledger_write(const struct ledger *ledger, FILE *out)
{
    const struct point *at = ledger->points;

    fputs("operation\tclass\titem\tstatus\tstanding\tnoticed\tunnoticed\tby\n", out);
    for (size_t i = 0; i < ledger->items->count; i++) {
        const struct item *item = &ledger->items->list[i];
        struct range points = points_of(ledger, item, at);
        fprintf(out, "%s\t%s\t%s\t", item->operation, item_class_name(item->class),
                *item->name ? item->name : "-");
        if (item->status)
            fprintf(out, "%d\t", item->status);
        else
            fputs("-\t", out);
        fprintf(out, "%s\t", standing_name(standing_of(item, points)));
        write_kinds(points, NOTICE_NOTICED, out);
        write_kinds(points, NOTICE_NONE, out);
        write_clauses(points, out);
        at = points.to;
    }
}

/* --- for a machine
 * ------------------------------------------------------------------------------------------------------ */

static json_t *point_to_json(const struct ledger *ledger, const struct point *point)
{
    static const char *const notices[] = { "not-tried", "unnoticed", "noticed", "unobservable" };
    json_t *ret = json_pack("{s:s, s:s, s:I, s:b}", "deviation", deviation_name(point->kind), "notice",
                            notices[point->notice], "tried", (json_int_t)point->tried, "live", point->live);

    must_have(ret);
    if (point->notice == NOTICE_NOTICED) {
        json_object_set_new(ret, "clause", text_new(point->by));
        json_object_set_new(ret, "case", text_new(ledger->recording->cases[point->by_case].id));
        json_object_set_new(ret, "sentence", text_new(point->sentence));
    } else if (point->notice == NOTICE_UNOBSERVABLE)
        json_object_set_new(ret, "reason", text_new(point->reason));
    return ret;
}

json_t *ledger_to_json(const struct ledger *ledger)
{
    const struct point *at = ledger->points;
    json_t *items = json_array(), *totals = json_object();
    struct share all = share_of(ledger, NULL, -1);

    must_have(items);
    must_have(totals);
    for (size_t i = 0; i < ledger->items->count; i++) {
        const struct item *item = &ledger->items->list[i];
        struct range points = points_of(ledger, item, at);
        json_t *one =
            json_pack("{s:s, s:s, s:s, s:i, s:s, s:I}", "operation", item->operation, "class",
                      item_class_name(item->class), "item", item->name, "status", item->status, "standing",
                      standing_name(standing_of(item, points)), "cases", (json_int_t)item->case_count);
        json_t *list = json_array();
        must_have(one);
        for (; at < points.to; at++)
            json_array_append_new(list, point_to_json(ledger, at));
        json_object_set_new(one, "points", list);
        json_array_append_new(items, one);
    }
    for (int i = 0; i < STANDINGS; i++)
        json_object_set_new(totals, standing_name((enum standing)i), json_integer((json_int_t)all.of[i]));
    return json_pack("{s:s, s:s, s:o, s:o}", "engine", ledger->recording->engine, "api_version",
                     ledger->recording->api_version, "totals", totals, "items", items);
}
