/* runner/inventory.c - see inventory.h. Asks without a version prefix, so that it works on every engine that
 * has an API at all.
 *
 * A thing is ours by its label plimsoll.run, or, for an image, by a name below plimsoll/run-ID: the harness
 * gives every run its images under names of the run's own, so that two runs at once, and whoever has the same
 * image under another name, do not get in each other's way: the engine itself counts the names of an image.
 */
#include "runner/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "harness/wire/exchange.h"
#include "report/memory.h"
#include "report/result.h"
#include "runner/run_id.h"

#define ASK_TIMEOUT_MS 20000
#define LINES_MAX      20 /* an engine that somebody works with changes all the time */

static json_t *ask(const struct wire_target *target, const char *path, char **why, bool *silent)
{
    struct wire_request request = { .method = "GET", .path = path, .timeout_ms = ASK_TIMEOUT_MS };
    struct exchange *x = exchange_send(target, &request);

    must_have(x);
    json_t *ret = x->status == 200 ? json_incref(x->json) : NULL;
    if (ret == NULL)
        *why = must_format("GET %s: %s", path, x->error ? x->error : "not the answer of an engine");
    if (silent != NULL)
        *silent = x->status == 0;
    exchange_free(x);
    return ret;
}

static void add(json_t *inventory, const char *kind, const char *id, const char *name, const char *run)
{
    char *key =
        name[0] != '\0' ? must_format("%s %.19s (%s)", kind, id, name) : must_format("%s %.64s", kind, id);

    json_object_set_new(inventory, key, text_new(run));
    free(key);
}

static const char *label_of(const json_t *thing)
{
    return json_string_value(json_object_get(json_object_get(thing, "Labels"), "plimsoll.run"));
}

/* The run in "plimsoll/run-ID/probe:latest"; "" when there is none. */
static void run_of_tag(const char *tag, char run[RUN_ID_SIZE])
{
    static const char mark[] = "plimsoll/run-";
    const char *at = strstr(tag, mark);
    size_t length = at == NULL ? 0 : strspn(at + sizeof(mark) - 1, "0123456789abcdefghijklmnopqrstuvwxyz");

    snprintf(run, RUN_ID_SIZE, "%.*s", (int)length, at == NULL ? "" : at + sizeof(mark) - 1);
}

static void add_image(json_t *inventory, const json_t *image)
{
    const json_t *tags = json_object_get(image, "RepoTags"), *tag;
    const char *label = label_of(image);
    char run[RUN_ID_SIZE] = "", any_run[RUN_ID_SIZE] = "";
    size_t index, named = 0;

    json_array_foreach (tags, index, tag) {
        const char *text = json_string_value(tag);
        if (text == NULL || strcmp(text, "<none>:<none>") == 0)
            continue;
        run_of_tag(text, run);
        snprintf(any_run, sizeof(any_run), "%s", run[0] != '\0' ? run : any_run);
        add(inventory, "image", text_at(image, "Id"), text, run[0] != '\0' || label == NULL ? run : label);
        named++;
    }
    if (named == 0)
        add(inventory, "image", text_at(image, "Id"), "", label != NULL ? label : any_run);
}

static void add_other(json_t *inventory, const char *kind, const json_t *thing)
{
    const char *label = label_of(thing), *name = text_at(thing, "Name"), *id = text_at(thing, "Id");
    const char *first = json_string_value(json_array_get(json_object_get(thing, "Names"), 0));

    name = first != NULL ? first : name; /* only containers have Names, each with a slash before it */
    name = name[0] == '/' ? name + 1 : name;
    if (id[0] == '\0')
        add(inventory, kind, name, "", label != NULL ? label : "");
    else
        add(inventory, kind, id, name, label != NULL ? label : "");
}

json_t *inventory_take(const struct wire_target *target, char **why, bool *silent)
{
    static const struct {
        const char *kind, *path, *member;
    } rows[] = {
        {"container", "/containers/json?all=1", NULL     },
        { "image",    "/images/json",           NULL     },
        { "volume",   "/volumes",               "Volumes"},
        { "network",  "/networks",              NULL     },
    };
    json_t *ret = json_object(), *thing;
    size_t index;

    must_have(ret);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *answer = ask(target, rows[i].path, why, silent);
        if (answer == NULL) {
            json_decref(ret);
            return NULL;
        }
        json_array_foreach (rows[i].member ? json_object_get(answer, rows[i].member) : answer, index, thing) {
            if (strcmp(rows[i].kind, "image") == 0)
                add_image(ret, thing);
            else
                add_other(ret, rows[i].kind, thing);
        }
        json_decref(answer);
    }
    return ret;
}

static void say(json_t *lines, const char *key, const char *what)
{
    char *text = must_format("%s%s", key, what);

    if (json_array_size(lines) < LINES_MAX)
        json_array_append_new(lines, text_new(text));
    else if (json_array_size(lines) == LINES_MAX)
        json_array_append_new(lines, text_new("... and more"));
    free(text);
}

void inventory_list_run(const json_t *inventory, const char *run_id, bool images, const char *how,
                        json_t *lines)
{
    const char *key;
    json_t *run;

    json_object_foreach ((json_t *)inventory, key, run) {
        if (strcmp(json_string_value(run), run_id) == 0 && (images || strncmp(key, "image ", 6) != 0))
            say(lines, key, how);
    }
}

/* Those in `a` that are not in `b`, and of no run. */
static void list_missing(const json_t *a, const json_t *b, const char *what, json_t *lines)
{
    const char *key;
    json_t *run;

    json_object_foreach ((json_t *)a, key, run) {
        if (json_string_length(run) == 0 && json_object_get(b, key) == NULL)
            say(lines, key, what);
    }
}

void inventory_list_changes(const json_t *before, const json_t *after, json_t *lines)
{
    list_missing(after, before, " is new", lines);
    list_missing(before, after, " is gone", lines);
}

json_t *inventory_runs(const json_t *inventory)
{
    json_t *ret = json_object(), *run;
    const char *key;

    must_have(ret);
    json_object_foreach ((json_t *)inventory, key, run) {
        const char *id = json_string_value(run);
        if (id[0] != '\0')
            json_object_set_new(ret, id, json_integer(json_integer_value(json_object_get(ret, id)) + 1));
    }
    return ret;
}
