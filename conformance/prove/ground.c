/* prove/ground.c - see ground.h. */
#include "prove/ground.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/case_run.h"
#include "harness/spec/inventory.h"
#include "harness/spec/schema.h"
#include "harness/spec/version.h"
#include "report/memory.h"
#include "runner/commands.h"
#include "runner/sweep.h"

#define FACTS_TIMEOUT_MS 5000

int ground_open(struct ground *ground, const struct options *options)
{
    const struct clause_list *clauses;

    signal(SIGPIPE, SIG_IGN);
    operation_of("GET", "/"); /* reads the tables now: afterwards threads ask */
    inventory_operations();
    exchange_prepare();
    if (catalogue_load(&ground->plan, &clauses) < 0)
        return EXIT_SUITE_FAILED;
    snprintf(ground->scratch, sizeof(ground->scratch), "/tmp/plimsoll-prove-XXXXXX");
    if (!mkdtemp(ground->scratch)) {
        fprintf(stderr, "plimsoll: a folder in /tmp: %s\n", strerror(errno));
        ground->scratch[0] = '\0';
        return EXIT_SUITE_FAILED;
    }
    ground->pool = pool_open(options->jobs);
    if (!ground->pool) {
        fprintf(stderr, "plimsoll: no processes can be watched: %s\n", strerror(errno));
        return EXIT_SUITE_FAILED;
    }
    ground->trial = (struct trial_ground){ .scratch = ground->scratch,
                                           .fixtures = options->fixtures,
                                           .same_host = options->same_host,
                                           .timeout_s = options->timeout_s };
    return -1;
}

static int no_engine(const struct ground *ground, const char *what)
{
    fprintf(stderr, "plimsoll: %s at %s: %s\n", what, ground->engine.host,
            ground->facts.why ? ground->facts.why : "it did not answer");
    return EXIT_NO_ENGINE;
}

static const char *version_for(const struct engine_facts *facts, const struct options *options)
{
    if (strcmp(options->api_version, "negotiate") != 0)
        return options->api_version;
    return version_compare(facts->api_version, NEWEST_API) < 0 ? facts->api_version : NEWEST_API;
}

int ground_find_engine(struct ground *ground, const struct options *options)
{
    struct case_context context = { 0 };
    char why[512] = "";

    if (wire_target_from_environment(options->host, &ground->engine, why, sizeof(why)) < 0) {
        fprintf(stderr, "plimsoll: %s\n", why);
        return EXIT_USAGE;
    }
    facts_probe(&ground->engine, FACTS_TIMEOUT_MS, &ground->facts);
    if (!ground->facts.is_engine)
        return no_engine(ground, "no engine");
    if (run_id_take(ground->run_id) < 0) {
        perror("plimsoll: the run's lock in /tmp");
        return EXIT_SUITE_FAILED;
    }
    ground->trial.engine = &ground->engine;
    ground->trial.facts = &ground->facts;
    ground->trial.run_id = ground->run_id;
    ground->trial.api_version = version_for(&ground->facts, options);
    plan_at(&ground->plan, ground->trial.api_version);
    context = (struct case_context){ .target = &ground->engine,
                                     .facts = &ground->facts,
                                     .run_id = ground->run_id,
                                     .api_version = ground->trial.api_version,
                                     .fixtures_dir = options->fixtures };
    if (run_prepare(&context, why, sizeof(why)) == 0)
        return -1;
    fprintf(stderr, "plimsoll: the images of the fixtures cannot be loaded: %s\n", why);
    return EXIT_NO_ENGINE;
}

void ground_close(struct ground *ground)
{
    json_t *leftovers = json_array();
    size_t i;
    json_t *line;

    pool_close(ground->pool);
    if (ground->trial.engine) {
        sweep_thoroughly(&ground->engine, ground->run_id, leftovers);
        json_array_foreach (leftovers, i, line)
            fprintf(stderr, "plimsoll: left on the engine: %s\n", json_string_value(line));
        run_id_drop();
    }
    json_decref(leftovers);
    if (ground->scratch[0] && rmdir(ground->scratch) < 0) {
        char *command = must_format("rm -rf %s", ground->scratch); /* sockets of cases that were killed */
        if (system(command) != 0)
            fprintf(stderr, "plimsoll: %s cannot be removed\n", ground->scratch);
        free(command);
    }
    plan_clear(&ground->plan);
    facts_clear(&ground->facts);
    facts_clear(&ground->recorded_facts);
    wire_target_clear(&ground->engine);
}

void ground_progress(const char *format, ...)
{
    va_list args;

    if (!isatty(STDERR_FILENO))
        return;
    fputs("\r\033[K", stderr);
    if (format) {
        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
    }
    fflush(stderr);
}
