/* runner/clean.c - `plimsoll clean`: removes what runs that died left on an engine, and nothing else.
 *
 * Whatever a run makes carries its id; run_id.h tells which run still lives. A run of another machine may
 * live: it is named, and left alone until somebody who knows names it with --run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/case_run.h"
#include "harness/scene/facts.h"
#include "report/memory.h"
#include "report/result.h"
#include "runner/commands.h"
#include "runner/inventory.h"
#include "runner/run_id.h"

#define FACTS_TIMEOUT_MS 5000

static bool may_clean(const char *id, const struct options *options)
{
    static const char *const why[] = {
        [RUN_ALIVE] = "is alive", [RUN_ELSEWHERE] = "is of another machine, and may live"
    };
    enum run_state state = run_id_state(id);

    if (options->run_id != NULL)
        return strcmp(options->run_id, id) == 0;
    if (state == RUN_DEAD)
        return true;
    printf("left alone: run %s %s; plimsoll clean --run %s removes it all the same\n", id, why[state], id);
    return false;
}

static int clean_runs(const struct wire_target *target, const struct options *options, const json_t *runs)
{
    json_t *leftovers = json_array(), *count, *line;
    const char *id;
    size_t index;
    int ret;

    must_have(leftovers);
    json_object_foreach ((json_t *)runs, id, count) {
        if (!may_clean(id, options))
            continue;
        int removed = scene_sweep(target, id, NULL, leftovers);
        if (removed < 0)
            json_array_append_new(leftovers, text_new("all of it: the engine did not answer"));
        else
            printf("run %s: %d removed\n", id, removed);
        run_id_forget(id);
    }
    json_array_foreach (leftovers, index, line)
        fprintf(stderr, "plimsoll: left: %s\n", json_string_value(line));
    ret = json_array_size(leftovers) > 0 ? EXIT_SUITE_FAILED : EXIT_HOLDS;
    json_decref(leftovers);
    return ret;
}

static int clean_engine(const struct wire_target *target, const struct options *options)
{
    struct engine_facts facts;
    char *why = NULL;

    facts_probe(target, FACTS_TIMEOUT_MS, &facts);
    json_t *inventory = facts.is_engine ? inventory_take(target, &why, NULL) : NULL;
    if (inventory == NULL) {
        fprintf(stderr, "plimsoll: no engine at %s: %s\n", target->host, facts.is_engine ? why : facts.why);
        free(why);
        facts_clear(&facts);
        return EXIT_NO_ENGINE;
    }
    json_t *runs = inventory_runs(inventory);
    int ret = clean_runs(target, options, runs);
    json_decref(runs);
    json_decref(inventory);
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
    int ret = clean_engine(&target, options);
    wire_target_clear(&target);
    return ret;
}
