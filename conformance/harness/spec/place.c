/* spec/place.c - see place.h.
 *
 * The order of the tables matters: first the types, then what real engines send instead, then the elements of
 * lists and maps that have no line of their own, and only then what is said of lists and maps in general. */
#include "harness/spec/place.h"
#include "harness/spec/inventory.h"
#include "harness/spec/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, const char *prefix)
{
    return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

bool place_is_map(const struct place *place)
{
    return begins(place->type, "map<");
}

static bool is_list(const struct place *place)
{
    return begins(place->type, "array<") || place_is_map(place);
}

/* --- building
 * --------------------------------------------------------------------------------------------------------- */

static struct place *place_add(struct place *in, const char *step, size_t length)
{
    struct place *ret;

    for (size_t i = 0; i < in->count; i++)
        if (strlen(in->below[i].step) == length && strncmp(in->below[i].step, step, length) == 0)
            return &in->below[i];
    in->below = must(realloc(in->below, (in->count + 1) * sizeof *in->below));
    ret = &in->below[in->count++];
    *ret = (struct place){ .step = must(strndup(step, length)) };
    return ret;
}

/* Takes the next step off the path: "[]", "{*}" or a name, whose "\." becomes a dot. Returns what follows. */
static const char *next_step(const char *path, char *step, size_t size)
{
    size_t used = 0;

    if (*path == '.')
        path++;
    if (begins(path, "[]")) {
        snprintf(step, size, "[]");
        return path + 2;
    }
    for (; *path && *path != '.' && !begins(path, "[]") && used + 1 < size; path++) {
        if (*path == '\\' && path[1])
            path++;
        step[used++] = *path;
    }
    step[used] = '\0';
    return path;
}

static struct place *place_at(struct place *root, const char *path)
{
    char step[256];

    if (strcmp(path, "$") == 0)
        return root;
    while (*path) {
        path = next_step(path, step, sizeof step);
        root = place_add(root, step, strlen(step));
    }
    return root;
}

/* Does something with every place below: "HostConfig.*" means all of them. */
static void for_all_below(struct place *in, void (*act)(struct place *place))
{
    for (size_t i = 0; i < in->count; i++) {
        act(&in->below[i]);
        for_all_below(&in->below[i], act);
    }
}

static const char *kept_type(const char *type, size_t length)
{
    static char **kept;
    static size_t count;

    for (size_t i = 0; i < count; i++)
        if (strlen(kept[i]) == length && strncmp(kept[i], type, length) == 0)
            return kept[i];
    kept = must(realloc(kept, (count + 1) * sizeof *kept));
    kept[count] = must(strndup(type, length));
    return kept[count++];
}

/* The T of "array<T>" and "map<T>" for elements without a line of their own. */
static void type_elements(struct place *place)
{
    const char *open = is_list(place) ? strchr(place->type, '<') : NULL;

    if (open) {
        struct place *element =
            place_add(place, place_is_map(place) ? "{*}" : "[]", place_is_map(place) ? 3 : 2);
        if (!element->type)
            element->type = kept_type(open + 1, strlen(open + 1) - 1);
    }
    for (size_t i = 0; i < place->count; i++)
        type_elements(&place->below[i]);
}

static int by_step(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->step, ((const struct place *)b)->step);
}

static void sort_below(struct place *place)
{
    if (place->count)
        qsort(place->below, place->count, sizeof *place->below, by_step);
    for (size_t i = 0; i < place->count; i++)
        sort_below(&place->below[i]);
}

/* --- reading the tables
 * ----------------------------------------------------------------------------------------------- */

static const char *bound(const char *cell)
{
    return strcmp(cell, "-") == 0 ? NULL : cell;
}

/* Row by row, those of the operation (a line for "*" is of each); NULL at the end. */
static char *const *next_row(const struct inventory_table *table, size_t *row, const char *operation)
{
    for (; *row < table->rows; (*row)++) {
        char *const *cells = table->cells + *row * table->columns;
        if (strcmp(cells[0], operation) == 0 || strcmp(cells[0], "*") == 0) {
            (*row)++;
            return cells;
        }
    }
    return NULL;
}

static void add_types(struct place *root, const struct inventory_table *table, const char *operation)
{
    char *const *cells;

    for (size_t row = 0; (cells = next_row(table, &row, operation));) {
        struct place *place = place_at(root, cells[1]);
        place->type = cells[2];
        place->nullable = table->columns > 5 && cells[5][0] == 'y';
    }
}

static void correct(struct place *place, const char *what)
{
    if (strcmp(what, "null") == 0)
        place->nullable = true;
    else if (strcmp(what, "never-null") == 0)
        place->nullable = false;
    else if (strcmp(what, "null-if-empty") == 0)
        place->nullable = place->null_if_empty = true;
    else
        place->type = what;
}

static void allow_null_to_list(struct place *place)
{
    if (is_list(place))
        place->nullable = true;
}

/* The place of an open path, "HostConfig.*", without its end. NULL: the path is of one place. */
static struct place *open_place(struct place *root, const char *path)
{
    size_t length = strlen(path);
    char *text;
    struct place *ret;

    if (length < 2 || path[length - 1] != '*')
        return NULL;
    text = must(strndup(path, length - 2));
    ret = place_at(root, text);
    free(text);
    return ret;
}

static bool is_about_null(const char *what)
{
    return strcmp(what, "null") == 0 || strcmp(what, "never-null") == 0 || strcmp(what, "null-if-empty") == 0;
}

static void add_corrections(struct place *root, const char *operation, const char *version, bool about_null)
{
    char *const *cells;

    for (size_t row = 0; (cells = next_row(inventory_corrections(), &row, operation));) {
        struct place *open;
        if (!version_within(version, bound(cells[2]), bound(cells[3])) ||
            is_about_null(cells[4]) != about_null)
            continue;
        open = open_place(root, cells[1]);
        if (open)
            for_all_below(open, allow_null_to_list);
        else
            correct(place_at(root, cells[1]), cells[4]);
    }
}

static void add_always(struct place *root, const char *operation, const char *version)
{
    char *const *cells;

    for (size_t row = 0; (cells = next_row(inventory_always(), &row, operation));)
        if (version_within(version, bound(cells[2]), bound(cells[3])))
            place_at(root, cells[1])->always = true;
}

static void add_forms(struct place *root, const char *operation, const char *version)
{
    char *const *cells;

    for (size_t row = 0; (cells = next_row(inventory_forms(), &row, operation));)
        if (version_within(version, bound(cells[2]), bound(cells[3])))
            place_at(root, cells[1])->form = cells[4];
}

/* --- at hand
 * ----------------------------------------------------------------------------------------------------------- */

struct tree {
    char *operation, *version;
    struct place root;
    struct tree *next;
};

static struct tree *tree_find(struct tree *list, const char *operation, const char *version)
{
    for (; list; list = list->next)
        if (strcmp(list->operation, operation) == 0 && strcmp(list->version, version) == 0)
            return list;
    return NULL;
}

static struct tree *tree_new(struct tree **list, const char *operation, const char *version)
{
    struct tree *ret = must(calloc(1, sizeof *ret));

    ret->operation = must(strdup(operation));
    ret->version = must(strdup(version));
    ret->root.step = must(strdup("$"));
    ret->next = *list;
    *list = ret;
    return ret;
}

const struct place *places_of_answer(const char *operation, const char *version)
{
    static struct tree *trees;
    struct tree *tree = tree_find(trees, operation, version);

    if (tree)
        return &tree->root;
    tree = tree_new(&trees, operation, version);
    add_types(&tree->root, inventory_response_fields(), operation);
    add_corrections(&tree->root, operation, version, false);
    type_elements(&tree->root);
    add_corrections(&tree->root, operation, version, true);
    add_always(&tree->root, operation, version);
    add_forms(&tree->root, operation, version);
    sort_below(&tree->root);
    return &tree->root;
}

const struct place *places_of_request(const char *operation)
{
    static struct tree *trees;
    struct tree *tree = tree_find(trees, operation, "");

    if (tree)
        return &tree->root;
    tree = tree_new(&trees, operation, "");
    add_types(&tree->root, inventory_request_fields(), operation);
    type_elements(&tree->root);
    sort_below(&tree->root);
    return &tree->root;
}

static const struct place *find_below(const struct place *place, const char *step)
{
    const struct place key = { .step = (char *)step };

    return place->count ? bsearch(&key, place->below, place->count, sizeof key, by_step) : NULL;
}

const struct place *place_member(const struct place *place, const char *name)
{
    return find_below(place, place_is_map(place) ? "{*}" : name);
}

const struct place *place_element(const struct place *place)
{
    return find_below(place, "[]");
}
