/* explore/explore.c - `plimsoll explore`.
 *
 *     seed -> walk -> taken on the engine -> the first disagreement -> cut down -> told as a case
 *
 * Either may be wrong. Where real Docker Engines agree with each other and not with the model, the model is; else the engine
 * breaks a clause, or shows one that is missing. */
#include "explore/explore.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore/drive.h"
#include "harness/case_run.h"
#include "harness/spec/inventory.h"
#include "harness/spec/schema.h"
#include "harness/spec/version.h"
#include "harness/wire/exchange.h"
#include "report/escape.h"
#include "report/memory.h"
#include "runner/plan.h"
#include "runner/run_id.h"
#include "runner/sweep.h"

#define FACTS_TIMEOUT_MS 15000
#define PING_TIMEOUT_MS  5000
#define SHRINK_TRIES     200
#define CONFIRM_TRIES    2

struct explore {
    const struct options *options;
    struct wire_target target;
    struct engine_facts facts;
    char run_id[RUN_ID_SIZE];
    struct drive_ground ground;
    struct walk walk;                /* of the seed, and at last the shortest that disagrees */
    struct disagreement first, last; /* as it was found; of the shortest walk */
    size_t at;                       /* the step that disagreed first */
    enum operation operation;        /* its */
    bool shortest, again;            /* nothing more can be left out; it came again on fresh containers */
    unsigned tries;
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    if (signalled != 0)
        _exit(128 + number); /* asked twice: at once */
    signalled = number;
}

/* A line that stays on a terminal, and nothing in a pipe. NULL: it goes. */
static void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void progress(const char *format, ...)
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

static void on_step(void *user, size_t step)
{
    const struct explore *explore = user;

    if (explore->tries == 0)
        progress("seed %llu: step %zu of %zu", (unsigned long long)explore->options->seed, step + 1,
                 explore->walk.count);
    else
        progress("seed %llu: cutting down %zu steps, try %u", (unsigned long long)explore->options->seed,
                 explore->walk.count, explore->tries);
}

/* --- the engine --- */

static int find_engine(struct explore *explore)
{
    struct case_context context;
    const struct options *options = explore->options;
    const char *newest;
    char why[512] = "";

    if (wire_target_from_environment(options->host, &explore->target, why, sizeof(why)) < 0) {
        fprintf(stderr, "plimsoll: %s\n", why);
        return EXIT_USAGE;
    }
    facts_probe(&explore->target, FACTS_TIMEOUT_MS, &explore->facts);
    if (!explore->facts.is_engine) {
        fprintf(stderr, "plimsoll: no engine at %s: %s\n", explore->target.host, explore->facts.why);
        return EXIT_NO_ENGINE;
    }
    if (run_id_take(explore->run_id) < 0) {
        perror("plimsoll: the run's lock in /tmp");
        return EXIT_SUITE_FAILED;
    }
    newest =
        version_compare(explore->facts.api_version, NEWEST_API) < 0 ? explore->facts.api_version : NEWEST_API;
    explore->ground = (struct drive_ground){ .target = &explore->target,
                                             .run_id = explore->run_id,
                                             .api_version = strcmp(options->api_version, "negotiate") == 0
                                                                ? newest
                                                                : options->api_version,
                                             .patience_ms = options->timeout_s * 1000 / 3,
                                             .signalled = &signalled,
                                             .progress = on_step,
                                             .user = explore };
    context = (struct case_context){ .target = &explore->target,
                                     .facts = &explore->facts,
                                     .run_id = explore->run_id,
                                     .api_version = explore->ground.api_version,
                                     .fixtures_dir = options->fixtures };
    if (run_prepare(&context, why, sizeof(why)) == 0)
        return EXIT_HOLDS;
    fprintf(stderr, "plimsoll: the images of the fixtures cannot be loaded: %s\n", why);
    return EXIT_NO_ENGINE;
}

static bool engine_answers(const struct explore *explore)
{
    struct exchange *x = exchange_send(
        &explore->target,
        &(struct wire_request){ .method = "GET", .path = "/_ping", .timeout_ms = PING_TIMEOUT_MS });
    bool ret = x && x->status == 200;

    exchange_free(x);
    return ret;
}

/* --- cutting down --- */

/* The same operation brings the same disagreement. */
static bool is_same(const struct explore *explore, const struct walk *walk, const struct disagreement *found)
{
    return strcmp(found->what, explore->first.what) == 0 && found->step == walk->count - 1 &&
           walk->steps[found->step].operation == explore->operation;
}

static bool shows(void *user, const struct walk *walk)
{
    struct explore *explore = user;
    struct disagreement found;

    explore->tries++;
    if (drive_take(&explore->ground, walk, &found) == DISAGREES && is_same(explore, walk, &found)) {
        disagreement_clear(&explore->last);
        explore->last = found;
        return true;
    }
    disagreement_clear(&found);
    return false;
}

static bool shows_at_last(struct explore *explore, const struct walk *walk)
{
    for (unsigned i = 0; i < CONFIRM_TRIES && !signalled; i++)
        if (shows(explore, walk))
            return true;
    return false;
}

/* From the walk up to the disagreement to the shortest that shows it. */
static void cut_down(struct explore *explore)
{
    struct walk own;

    explore->walk.count = explore->at + 1;
    walk_own_steps(&explore->walk, &own);
    if (shows_at_last(explore, &own)) {
        walk_clear(&explore->walk);
        explore->walk = own;
        explore->again = true;
    } else {
        explore->again = own.count < explore->walk.count && shows_at_last(explore, &explore->walk);
        walk_clear(&own);
    }
    if (explore->again && !signalled)
        explore->shortest = walk_shrink(&explore->walk, shows, explore, SHRINK_TRIES) && !signalled;
}

/* --- telling --- */

static void tell_case(const struct explore *explore, const struct disagreement *told)
{
    const json_t *step, *curl;
    size_t i, j;

    json_array_foreach (told->story, i, step) {
        printf("%3zu. %s\n", i + 1, json_string_value(json_object_get(step, "step")));
        json_array_foreach (json_object_get(step, "curl"), j, curl)
            printf("     %s\n", json_string_value(curl));
        printf("     < %lld\n", (long long)json_integer_value(json_object_get(step, "status")));
    }
    printf("     %s: wanted ", told->what);
    escape_terminal(stdout, told->wanted, strlen(told->wanted), "     ");
    printf(", got ");
    escape_terminal(stdout, told->got, strlen(told->got), "     ");
    printf("\n");
    if (!explore->options->keep)
        printf("     (the image of these lines is gone by now; --keep leaves it on the engine)\n");
}

static void tell_disagreement(const struct explore *explore)
{
    const struct options *options = explore->options;
    size_t steps = json_array_size(explore->last.story ? explore->last.story : explore->first.story);

    printf("seed %llu: %s %s disagrees with the model at step %zu of %u", (unsigned long long)options->seed,
           explore->facts.product, explore->facts.version, explore->at + 1, options->steps);
    if (!explore->again)
        printf("; it did not come again on fresh containers\n\n");
    else
        printf("; cut down to %zu step%s by %u tries%s\n\n", steps, steps == 1 ? "" : "s", explore->tries,
               explore->shortest ? "" : ", and perhaps not the shortest");
    tell_case(explore, explore->again ? &explore->last : &explore->first);
}

/* How often each operation met each state: {"running": {"stop": 12}}. */
static json_t *seen_of(const struct walk *walk)
{
    struct model model = { 0 };
    struct wanted wanted;
    json_t *ret = json_object();

    for (size_t i = 0; i < walk->count; i++) {
        const struct step *step = &walk->steps[i];
        const char *life = life_name(model.slots[step->slot].life), *word = operation_word(step->operation);
        json_t *row = json_object_get(ret, life);
        if (!row) {
            row = json_object();
            json_object_set_new(ret, life, row);
        }
        json_object_set_new(row, word, json_integer(json_integer_value(json_object_get(row, word)) + 1));
        model_step(&model, step, &wanted);
    }
    return ret;
}

static size_t pairs_of(const json_t *seen)
{
    const char *life;
    json_t *row;
    size_t ret = 0;

    json_object_foreach ((json_t *)seen, life, row)
        ret += json_object_size(row);
    return ret;
}

static json_t *disagreement_json(const struct explore *explore)
{
    const struct disagreement *told = explore->again ? &explore->last : &explore->first;

    return json_pack("{s:I, s:s, s:s, s:s, s:b, s:b, s:i, s:O}", "step", (json_int_t)explore->at + 1, "what",
                     told->what, "wanted", told->wanted, "got", told->got, "again", explore->again,
                     "shortest", explore->shortest, "tries", (int)explore->tries, "case", told->story);
}

static void tell(const struct explore *explore, enum taken taken, json_t *seen)
{
    const struct options *options = explore->options;
    json_t *json;

    if (!options->json && taken == DISAGREES)
        tell_disagreement(explore);
    else if (!options->json)
        printf("seed %llu: %s %s agrees with the model in %u steps, %zu pairs of state and operation\n",
               (unsigned long long)options->seed, explore->facts.product, explore->facts.version,
               options->steps, pairs_of(seen));
    if (!options->json)
        return;
    json =
        json_pack("{s:I, s:i, s:s, s:s, s:s, s:b, s:O}", "seed", (json_int_t)options->seed, "steps",
                  (int)options->steps, "product", explore->facts.product, "version", explore->facts.version,
                  "api_version", explore->ground.api_version, "agrees", taken == AGREES, "seen", seen);
    if (taken == DISAGREES)
        json_object_set_new(json, "disagreement", disagreement_json(explore));
    json_dumpf(json, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(json);
}

/* --- all of it --- */

static int take_walk(struct explore *explore)
{
    enum taken taken;
    json_t *seen;

    walk_make(explore->options->seed, explore->options->steps, &explore->walk);
    seen = seen_of(&explore->walk);
    taken = drive_take(&explore->ground, &explore->walk, &explore->first);
    explore->at = explore->first.step;
    explore->operation = explore->walk.steps[explore->at].operation;
    if (taken == DISAGREES && !engine_answers(explore)) {
        fprintf(stderr, "plimsoll: the engine does not answer any more: %s: %s\n", explore->first.what,
                explore->first.got);
        json_decref(seen);
        return EXIT_NO_ENGINE;
    }
    if (taken == DISAGREES)
        cut_down(explore);
    progress(NULL);
    if (taken != INTERRUPTED)
        tell(explore, taken, seen);
    json_decref(seen);
    return taken == AGREES ? EXIT_HOLDS : taken == DISAGREES ? EXIT_BROKEN : EXIT_SUITE_FAILED;
}

/* The exit status when something is left. */
static int sweep(struct explore *explore, int status)
{
    json_t *leftovers = json_array(), *line;
    size_t i;

    sweep_thoroughly(&explore->target, explore->run_id, leftovers);
    json_array_foreach (leftovers, i, line) {
        fprintf(stderr, "plimsoll: left on the engine: %s\n", json_string_value(line));
        status = status == EXIT_HOLDS ? EXIT_SUITE_FAILED : status;
    }
    json_decref(leftovers);
    return status;
}

static void clear(struct explore *explore)
{
    walk_clear(&explore->walk);
    disagreement_clear(&explore->first);
    disagreement_clear(&explore->last);
    facts_clear(&explore->facts);
    wire_target_clear(&explore->target);
}

int command_explore(const struct options *options)
{
    struct explore explore = { .options = options };
    struct sigaction action = { .sa_handler = on_signal };
    int status;

    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    status = find_engine(&explore);
    if (status == EXIT_HOLDS)
        status = take_walk(&explore);
    if (explore.run_id[0] && !options->keep)
        status = sweep(&explore, status);
    if (explore.run_id[0])
        run_id_drop();
    clear(&explore);
    if (signalled != 0) { /* so that a shell sees what ended the program */
        signal(signalled, SIG_DFL);
        raise(signalled);
    }
    return fflush(stdout) == 0 ? status : EXIT_SUITE_FAILED;
}
