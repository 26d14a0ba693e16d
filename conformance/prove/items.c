/* prove/items.c - see items.h.
 *
 * One walk over the recording: each exchange is held against the lines of its operation. A line that nothing met stays in
 * the list with no case: an item that the suite does not exercise is one that it cannot notice. */
#include "prove/items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "harness/spec/inventory.h"
#include "harness/spec/version.h"
#include "harness/wire/headers.h"
#include "prove/change.h"
#include "prove/json_path.h"
#include "report/memory.h"

#define BIT(kind) (1ul << (kind))

struct walk {
    const struct recording *recording;
    struct items *items;
    size_t index; /* of the case */
    const struct recorded *exchange;
    json_t *answer; /* array of the values of a 2xx body; NULL: no JSON */
    json_t *sent;   /* the request's body; NULL: no JSON */
};

const char *item_class_name(enum item_class class)
{
    static const char *const names[] = {
        [ITEM_FIELD] = "field",
        [ITEM_STATUS] = "status",
        [ITEM_HEADER] = "header",
        [ITEM_PARAMETER] = "parameter",
        [ITEM_FILTER] = "filter",
        [ITEM_MEMBER] = "member",
        [ITEM_SENT_HEADER] = "sent-header",
        [ITEM_EVENT] = "event",
        [ITEM_STREAM] = "stream",
        [ITEM_REFUSAL] = "refusal",
        [ITEM_GATE] = "gate",
    };

    return names[class];
}

/* --- the inventory's lines
 * --------------------------------------------------------------------------------------------- */

static const char *bound(const char *cell)
{
    return strcmp(cell, "-") == 0 ? NULL : cell;
}

static struct item *add(struct items *items, enum item_class class, const char *operation, const char *name,
                        int status)
{
    items->list = must_grow(items->list, items->count, sizeof(*items->list));
    items->list[items->count] = (struct item){ .class = class,
                                               .operation = operation,
                                               .name = must_copy(name),
                                               .status = status,
                                               .type = "",
                                               .documented = true };
    return &items->list[items->count++];
}

struct columns {
    enum item_class class;
    size_t name, type, since; /* `until` follows `since`; 0 for a column that is not there */
};

static void add_lines(struct walk *walk, const struct inventory_table *table, const struct columns *columns)
{
    for (size_t i = 0; i < table->rows; i++) {
        char **row = table->cells + i * table->columns;
        bool status = columns->class == ITEM_STATUS || columns->class == ITEM_HEADER;
        struct item *item;
        if (columns->class == ITEM_MEMBER && strcmp(row[columns->name], "$") == 0)
            continue; /* a request without its body: each of its members has a line */
        item = add(walk->items, columns->class, row[0], columns->name ? row[columns->name] : "",
                   status ? atoi(row[1]) : 0);
        if (columns->type)
            item->type = row[columns->type];
        item->documented = version_within(walk->recording->api_version, bound(row[columns->since]),
                                          bound(row[columns->since + 1]));
    }
}

/* Of the query, of `filters`, of the head; what stands in the path cannot be left out. */
static void add_parameters(struct walk *walk)
{
    const struct inventory_table *table = inventory_parameters();

    for (size_t i = 0; i < table->rows; i++) {
        char **row = table->cells + i * table->columns;
        bool filter = strncmp(row[2], "filters.", 8) == 0;
        enum item_class class = filter                          ? ITEM_FILTER
                                : strcmp(row[1], "header") == 0 ? ITEM_SENT_HEADER
                                                                : ITEM_PARAMETER;
        struct item *item;
        if (strcmp(row[1], "path") == 0)
            continue;
        item = add(walk->items, class, row[0], row[2] + (filter ? 8 : 0), 0);
        item->documented = version_within(walk->recording->api_version, bound(row[5]), bound(row[6]));
    }
}

static void add_gate(struct walk *walk, const char *operation, size_t length, const char *version)
{
    const char *newest = walk->recording->api_version;

    for (size_t i = 0; i < walk->items->count; i++) {
        const struct item *item = &walk->items->list[i];
        if (item->class == ITEM_GATE && strncmp(item->operation, operation, length) == 0 &&
            item->operation[length] == '\0' && strcmp(item->name, version) == 0)
            return; /* two changes at one gate */
    }
    for (size_t i = 0; i < inventory_operations()->rows; i++) {
        const char *known = inventory_operations()->cells[i * inventory_operations()->columns];
        if (strncmp(known, operation, length) == 0 && known[length] == '\0') {
            struct item *item = add(walk->items, ITEM_GATE, known, version, 0);
            item->type = newest;
            item->documented = version_within(version, NULL, newest);
        }
    }
}

/* A gate that no clause asserts from below cannot be missed: its line says why. */
static void add_gates(struct walk *walk)
{
    const struct inventory_table *table = inventory_gates();

    for (size_t i = 0; i < table->rows; i++) {
        char **row = table->cells + i * table->columns;
        for (const char *at = row[1]; *at && strcmp(row[3], "-") != 0; at += *at == ',') {
            size_t length = strcspn(at, ",");
            add_gate(walk, at, length, row[0]);
            at += length;
        }
    }
}

static void add_all_lines(struct walk *walk)
{
    add_lines(walk, inventory_response_fields(), &(struct columns){ ITEM_FIELD, 1, 2, 3 });
    add_lines(walk, inventory_statuses(), &(struct columns){ ITEM_STATUS, 0, 0, 2 });
    add_lines(walk, inventory_response_headers(), &(struct columns){ ITEM_HEADER, 2, 0, 3 });
    add_parameters(walk);
    add_lines(walk, inventory_request_fields(), &(struct columns){ ITEM_MEMBER, 1, 2, 3 });
    add_gates(walk);
}

/* --- which case met what
 * ----------------------------------------------------------------------------------------------- */

static void meet(struct walk *walk, struct item *item, unsigned long kinds)
{
    if (!kinds)
        return;
    item->kinds |= kinds;
    if (item->case_count && item->cases[item->case_count - 1] == walk->index)
        return;
    item->cases = must_grow(item->cases, item->case_count, sizeof(*item->cases));
    item->cases[item->case_count++] = walk->index;
}

/* A json_path_change that only looks: which deviations would change the value. */
static json_t *look_at_member(void *user, json_t *value)
{
    unsigned long *kinds = user;

    for (enum deviation_kind kind = DEVIATION_MISSING; kind <= DEVIATION_DATE; kind++)
        if (deviation_fits(kind, value))
            *kinds |= BIT(kind);
    return value;
}

static void meet_field(struct walk *walk, struct item *item)
{
    unsigned long kinds = 0;
    json_t *value;
    size_t i;

    if (walk->exchange->status < 200 || walk->exchange->status > 299)
        return;
    json_array_foreach (walk->answer, i, value)
        json_path_each(&value, item->name, look_at_member, &kinds);
    if (!walk->answer && strcmp(item->name, "$") == 0 && walk->exchange->count > 0)
        kinds = BIT(DEVIATION_MISSING) | BIT(DEVIATION_VALUE);
    if (strcmp(item->name, "$") ==
        0) /* an empty list is what it is, and its elements have lines of their own */
        kinds &= BIT(DEVIATION_MISSING) | BIT(DEVIATION_TYPE) | BIT(DEVIATION_VALUE);
    meet(walk, item, kinds);
}

static void meet_filter(struct walk *walk, struct item *item)
{
    json_t *filters = request_filters(walk->exchange->path);

    if (json_object_get(filters, item->name))
        meet(walk, item, BIT(DEVIATION_FILTER));
    json_decref(filters);
}

static void meet_member(struct walk *walk, struct item *item)
{
    if (walk->sent && strcmp(item->name, "$") != 0 &&
        json_path_each(&walk->sent, item->name, json_path_look, NULL))
        meet(walk, item, BIT(DEVIATION_MEMBER));
}

static void meet_gate(struct walk *walk, struct item *item)
{
    const char *path = walk->exchange->path;
    char version[16] = "";

    if (strncmp(path, "/v", 2) == 0)
        snprintf(version, sizeof(version), "%.*s", (int)strcspn(path + 2, "/"), path + 2);
    if (item->documented && version_is_valid(version) && version_compare(version, item->name) < 0)
        meet(walk, item, BIT(DEVIATION_GATE)); /* of a gate above the newest version there is but one side */
}

static void meet_item(struct walk *walk, struct item *item)
{
    const struct recorded *x = walk->exchange;

    switch (item->class) {
    case ITEM_FIELD:
        meet_field(walk, item);
        break;
    case ITEM_STATUS:
        if (x->status == item->status && item->status != 101)
            meet(walk, item, BIT(DEVIATION_STATUS));
        if (x->status == item->status && item->status == 101)
            meet(walk, item, BIT(DEVIATION_NO_UPGRADE));
        break;
    case ITEM_HEADER:
        if (x->status == item->status && headers_find(&x->headers, item->name))
            meet(walk, item, BIT(DEVIATION_NO_HEADER) | BIT(DEVIATION_OTHER_HEADER));
        break;
    case ITEM_PARAMETER:
        if (request_has_parameter(x->path, item->name))
            meet(walk, item, BIT(DEVIATION_PARAMETER));
        break;
    case ITEM_FILTER:
        meet_filter(walk, item);
        break;
    case ITEM_MEMBER:
        meet_member(walk, item);
        break;
    case ITEM_SENT_HEADER:
        if (headers_find(&x->sent, item->name))
            meet(walk, item, BIT(DEVIATION_SENT_HEADER));
        break;
    case ITEM_GATE:
        meet_gate(walk, item);
        break;
    default:
        break;
    }
}

/* --- what the inventory does not list
 * ------------------------------------------------------------------------------------ */

/* The item of that name, made when it is the first time. */
static struct item *found(struct walk *walk, enum item_class class, const char *name, int status)
{
    const char *operation = walk->exchange->operation;

    for (size_t i = 0; i < walk->items->count; i++) {
        struct item *item = &walk->items->list[i];
        if (item->class == class && item->status == status && strcmp(item->operation, operation) == 0 &&
            strcmp(item->name, name) == 0)
            return item;
    }
    return add(walk->items, class, operation, name, status);
}

static void meet_events(struct walk *walk)
{
    json_t *event;
    size_t i;

    json_array_foreach (walk->answer, i, event) {
        const char *type = json_string_value(json_object_get(event, "Type"));
        const char *action = json_string_value(json_object_get(event, "Action"));
        char *name;
        if (!type || !action)
            continue;
        name = must_format("%s/%.*s", type, (int)strcspn(action, ":"), action);
        meet(walk, found(walk, ITEM_EVENT, name, 0),
             BIT(DEVIATION_EVENT_LOST) | BIT(DEVIATION_EVENT_TWICE) | BIT(DEVIATION_EVENT_LATE));
        free(name);
    }
}

static bool has_frames(const struct buffer *body)
{
    return body->size >= 8 && body->data[0] > 0 && body->data[0] <= 2 &&
           memcmp(body->data + 1, "\0\0\0", 3) == 0;
}

static bool is_text(const struct recorded *x)
{
    const char *type = headers_find(&x->headers, "Content-Type");

    return type && (strncmp(type, "application/json", 16) == 0 || strncmp(type, "text/", 5) == 0);
}

static void meet_stream(struct walk *walk)
{
    const struct recorded *x = walk->exchange;
    struct buffer body;

    if (is_text(x) || x->count == 0 || (x->status != 101 && x->status != 200))
        return;
    recorded_body(x, &body);
    if (has_frames(&body))
        meet(walk, found(walk, ITEM_STREAM, "frames", 0),
             BIT(DEVIATION_FRAME_KIND) | BIT(DEVIATION_FRAME_SWAP) | BIT(DEVIATION_FRAME_LENGTH) |
                 BIT(DEVIATION_FRAME_LAST));
    if (x->ended)
        meet(walk, found(walk, ITEM_STREAM, "end", 0), BIT(DEVIATION_CUT));
    buffer_clear(&body);
}

static void meet_refusal(struct walk *walk)
{
    const struct recorded *x = walk->exchange;

    if (x->status >= 400 && x->status <= 499 && x->status != 404 && effect_is_known(x->operation))
        meet(walk, found(walk, ITEM_REFUSAL, "", x->status), BIT(DEVIATION_EFFECT));
}

/* --- the walk
 * ------------------------------------------------------------------------------------------------------------- */

static json_t *values_of(const struct recorded *x)
{
    const char *type = headers_find(&x->headers, "Content-Type");
    struct exchange whole = { 0 };
    struct buffer body;
    json_t *ret;

    if (x->status < 200 || x->status > 299 || !type || !strstr(type, "json"))
        return NULL;
    recorded_body(x, &body);
    whole.body = body.data;
    whole.size = body.size;
    ret = body.size ? exchange_values(&whole) : NULL;
    buffer_clear(&body);
    return ret;
}

/* First and one behind last of the lines of an operation in a class: they stand together. */
struct range {
    size_t from, to;
};

static struct range lines_of(const struct items *items, size_t lines, enum item_class class,
                             const char *operation)
{
    struct range ret = { 0 };

    for (size_t i = 0; i < lines; i++)
        if (items->list[i].class == class && strcmp(items->list[i].operation, operation) == 0) {
            ret.from = ret.to ? ret.from : i;
            ret.to = i + 1;
        }
    return ret;
}

static void walk_exchange(struct walk *walk, size_t lines)
{
    const struct recorded *x = walk->exchange;

    walk->answer = values_of(x);
    walk->sent = x->body.size ? json_loadb(x->body.data, x->body.size, JSON_DECODE_ANY, NULL) : NULL;
    for (enum item_class class = 0; class < ITEM_CLASSES; class ++) {
        struct range range = lines_of(walk->items, lines, class, x->operation);
        for (size_t i = range.from; i < range.to; i++)
            if (walk->items->list[i].class == class &&
                strcmp(walk->items->list[i].operation, x->operation) == 0)
                meet_item(walk, &walk->items->list[i]);
    }
    if (strcmp(x->operation, "SystemEvents") == 0)
        meet_events(walk);
    meet_stream(walk);
    meet_refusal(walk);
    json_decref(walk->answer);
    json_decref(walk->sent);
}

bool case_is_about(const char *id, const char *operation)
{
    size_t length = strlen(operation);

    for (const char *at = id; (at = strstr(at, operation)); at += length)
        if ((at == id || at[-1] == ' ') && at[length] == '.')
            return true;
    return false;
}

static const struct recording *sorting;
static const char *sorting_for;

/* Cases of the operation's own first, then short ones. */
static int by_promise(const void *a, const void *b)
{
    const struct recorded_case *one = &sorting->cases[*(const size_t *)a],
                               *two = &sorting->cases[*(const size_t *)b];
    bool about_one = case_is_about(one->id, sorting_for), about_two = case_is_about(two->id, sorting_for);

    if (about_one != about_two)
        return about_one ? -1 : 1;
    if (one->count != two->count)
        return one->count < two->count ? -1 : 1;
    return strcmp(one->id, two->id);
}

void item_clear(struct item *item)
{
    free(item->name);
    free(item->cases);
}

/* Lines of operations that no case met are another issue's, not this recording's. */
static void leave_covered(struct items *items, const json_t *covered)
{
    size_t kept = 0;

    for (size_t i = 0; i < items->count; i++) {
        if (json_object_get(covered, items->list[i].operation))
            items->list[kept++] = items->list[i];
        else
            item_clear(&items->list[i]);
    }
    items->count = kept;
}

void items_make(const struct recording *recording, struct items *ret)
{
    struct walk walk = { .recording = recording, .items = ret };
    json_t *covered = json_object();
    size_t lines;

    *ret = (struct items){ 0 };
    add_all_lines(&walk);
    lines = ret->count;
    for (walk.index = 0; walk.index < recording->count; walk.index++) {
        const struct recorded_case *one = &recording->cases[walk.index];
        for (size_t i = 0; one->verdict == VERDICT_PASS && i < one->count; i++) {
            walk.exchange = one->list[i];
            if (!walk.exchange->operation)
                continue;
            json_object_set_new(covered, walk.exchange->operation, json_true());
            walk_exchange(&walk, lines);
        }
    }
    leave_covered(ret, covered);
    json_decref(covered);
    for (size_t i = 0; i < ret->count; i++) {
        sorting = recording;
        sorting_for = ret->list[i].operation;
        if (ret->list[i].case_count)
            qsort(ret->list[i].cases, ret->list[i].case_count, sizeof(*ret->list[i].cases), by_promise);
    }
}

void items_clear(struct items *items)
{
    for (size_t i = 0; i < items->count; i++)
        item_clear(&items->list[i]);
    free(items->list);
    *items = (struct items){ 0 };
}

struct deviation item_deviation(const struct item *item, enum deviation_kind kind)
{
    return (struct deviation){ .kind = kind,
                               .operation = item->operation,
                               .name = item->name,
                               .status = item->status,
                               .type = item->type };
}
