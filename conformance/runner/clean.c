/* runner/clean.c - `plimsoll clean`: removes what runs that died left on an engine, and nothing else.
 *
 * Whatever a run makes carries its id; run_id.h tells which run still lives. A run of another machine may
 * live: it is named, and left alone until somebody who knows names it with --run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scene/facts.h"
#include "report/memory.h"
#include "report/result.h"
#include "runner/commands.h"
#include "runner/inventory.h"
#include "runner/run_id.h"
#include "runner/sweep.h"

#define FACTS_TIMEOUT_MS 15000

static bool may_clean(const char *id, const struct options *options, bool say)
{
    static const char *const why[] = {
        [RUN_ALIVE] = "is alive", [RUN_ELSEWHERE] = "is of another machine, and may live"
    };
    enum run_state state = run_id_state(id);

    if (options->run_id != NULL)
        return strcmp(options->run_id, id) == 0;
    if (state == RUN_DEAD)
        return true;
    if (say)
        printf("left alone: run %s %s; plimsoll clean --run %s removes it all the same\n", id, why[state],
               id);
    return false;
}

static void clean_run(const struct wire_target *target, const char *id, json_t *leftovers)
{
    int removed = sweep_thoroughly(target, id, leftovers);

    if (removed < 0)
        json_array_append_new(leftovers, text_new("all of it: the engine did not answer"));
    else
        printf("run %s: %d removed\n", id, removed);
    run_id_forget(id);
}

/* One look at the engine. -1: it cannot be looked at. */
static int clean_once(const struct wire_target *target, const struct options *options, bool say,
                      json_t *leftovers)
{
    char *why = NULL;
    json_t *inventory = inventory_take(target, &why, NULL), *runs, *count;
    const char *id;

    if (inventory == NULL) {
        fprintf(stderr, "plimsoll: %s\n", why);
        free(why);
        return -1;
    }
    runs = inventory_runs(inventory);
    json_object_foreach (runs, id, count) {
        if (may_clean(id, options, say))
            clean_run(target, id, leftovers);
    }
    json_decref(runs);
    json_decref(inventory);
    return 0;
}

/* Looks twice: what a run asked for just before it died may come only now. */
static int clean_engine(const struct wire_target *target, const struct options *options)
{
    json_t *leftovers = json_array(), *line;
    size_t index;
    int ret = EXIT_HOLDS;

    must_have(leftovers);
    for (int look = 0; look < 2 && ret == EXIT_HOLDS && json_array_size(leftovers) == 0; look++) {
        if (look > 0)
            sweep_pause(0);
        if (clean_once(target, options, look == 0, leftovers) < 0)
            ret = EXIT_NO_ENGINE;
    }
    json_array_foreach (leftovers, index, line) {
        fprintf(stderr, "plimsoll: left: %s\n", json_string_value(line));
        ret = EXIT_SUITE_FAILED;
    }
    json_decref(leftovers);
    return ret;
}

static int clean_if_engine(const struct wire_target *target, const struct options *options)
{
    struct engine_facts facts;
    int ret = EXIT_NO_ENGINE;

    facts_probe(target, FACTS_TIMEOUT_MS, &facts);
    if (facts.is_engine)
        ret = clean_engine(target, options);
    else
        fprintf(stderr, "plimsoll: no engine at %s: %s\n", target->host, facts.why);
    facts_clear(&facts);
    return ret;
}

int command_clean(const struct options *options)
{
    struct wire_target target;
    char why[512] = "";

    if (wire_target_from_environment(options->host, &target, why, sizeof(why)) < 0) {
        fprintf(stderr, "plimsoll: %s\n", why);
        return EXIT_USAGE;
    }
    int ret = clean_if_engine(&target, options);
    wire_target_clear(&target);
    return ret;
}
