/* runner/run.c - `plimsoll run`.
 *
 *     options, expectations -> what is selected -> the engine's facts -> what it holds -> images -> cases ->
 * sweep
 *         -> what it holds now -> result -> reports
 *
 * Each arrow is a place where a run can end early; what is there by then is reported all the same. Two things
 * end it while cases run: a signal, and an engine that does not answer any more. The latter is asked for
 * after each case that ended in silence: an engine that died need not be waited for by every case to come,
 * and an engine that only leaves one request unanswered has broken that one clause. When one case after the
 * other ends in silence although /_ping is answered, the run ends as well, so that its time stays bounded. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/case_run.h"
#include "harness/scene/facts.h"
#include "harness/spec/capability.h"
#include "harness/spec/version.h"
#include "harness/wire/exchange.h"
#include "report/memory.h"
#include "report/result.h"
#include "report/view.h"
#include "runner/commands.h"
#include "runner/ending.h"
#include "runner/expect.h"
#include "runner/inventory.h"
#include "runner/pool.h"
#include "runner/progress.h"
#include "runner/record.h"
#include "runner/run_id.h"
#include "runner/shelf.h"
#include "runner/sweep.h"

#define FACTS_TIMEOUT_MS 15000 /* a busy Podman takes longer than five seconds for /info */
#define PING_TIMEOUT_MS  5000
#define KILL_AFTER_MS    5000 /* beyond the case's own deadline, by which it should have ended itself */
#define LABEL_SIZE       256
#define JOURNAL_MAX      (96u * 1024 * 1024) /* bytes of all cases' reports; those that come later are shortened */

struct run;

struct job {
    struct run *run;
    const struct planned *planned;
};

struct run {
    const struct options *options;
    struct plan plan;
    struct job *jobs;     /* by place in the plan */
    const char **all_ids; /* of every case there is, selected or not */
    size_t all_count;
    struct expectations expectations;
    struct expectations written; /* what is in the file of --write-expect, when --expect names none */
    struct wire_target target;
    struct engine_facts facts;
    char id[RUN_ID_SIZE];
    const char *api_version; /* "all", or that of every case */
    json_t *result, *leftovers;
    json_t **cases; /* by position in the plan's order of reports, `case_places` of them; NULL: not run */
    size_t case_places;
    struct shelf *shelf; /* their exchanges while cases run */
    struct pool *pool;
    struct progress progress;
    double started;
    size_t journal;  /* bytes */
    unsigned silent; /* cases in a row that ended in silence */
    char *stopped;   /* why the run ended early */
    bool engine_lost;
    size_t next; /* of the plan */
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    if (signalled != 0)
        _exit(128 + number); /* asked twice: at once */
    signalled = number;
}

static void stop(struct run *run, bool engine_lost, char *why)
{
    run->engine_lost |= engine_lost;
    if (run->stopped == NULL)
        run->stopped = why;
    else
        free(why);
}

static struct case_context context_of(const struct run *run, const char *version, int outcome_fd)
{
    return (struct case_context){ .target = &run->target,
                                  .facts = &run->facts,
                                  .run_id = run->id,
                                  .api_version = version,
                                  .fixtures_dir = run->options->fixtures,
                                  .same_host = run->options->same_host,
                                  .exclusive = run->options->exclusive,
                                  .keep = run->options->keep,
                                  .timeout_ms = 0,
                                  .outcome_fd = outcome_fd };
}

static unsigned case_timeout_ms(const struct run *run, const struct planned *planned)
{
    unsigned own = planned->suite_case->timeout_s;

    return 1000 * (own > run->options->timeout_s ? own : run->options->timeout_s);
}

/* In the worker. */
static void work(void *argument, int report_fd)
{
    const struct job *job = argument;
    struct case_context context = context_of(job->run, job->planned->version, report_fd);
    struct outcome outcome;

    context.timeout_ms = case_timeout_ms(job->run, job->planned);
    if (case_run(job->planned->suite_case, job->planned->row, &context, &outcome) < 0) {
        perror("plimsoll: the outcome cannot be written");
        _exit(EXIT_SUITE_FAILED);
    }
    outcome_clear(&outcome);
}

/* --- before a case runs
 * -------------------------------------------------------------------------------------------- */

static bool has_needs(const struct run *run, const struct planned *planned, char **why)
{
    unsigned has = run->facts.capabilities | (run->options->same_host ? NEEDS_SAME_HOST : 0) |
                   (run->options->exclusive ? NEEDS_EXCLUSIVE : 0);
    char missing[256];

    if (needs_missing(planned->suite_case->needs, has, missing, sizeof(missing)) == 0)
        return true;
    *why = must_format("needs what is not there: %s", missing);
    return false;
}

static void case_done(struct run *run, const struct planned *planned, json_t *one)
{
    run->cases[planned->position] = one;
    expectations_mark(&run->expectations, run->result, one);
    progress_case(&run->progress, one);
    shelf_take(run->shelf, one);
}

/* Whether the case has to run; if not, its record is there. */
static bool must_run(struct run *run, const struct planned *planned)
{
    char *why = NULL;

    if (!planned_applies(planned, run->facts.min_api_version, run->facts.api_version, &why))
        case_done(run, planned, record_skipped(planned, VERDICT_NOT_APPLICABLE, why));
    else if (!has_needs(run, planned, &why))
        case_done(run, planned, record_skipped(planned, VERDICT_BLOCKED, why));
    free(why);
    return why == NULL;
}

/* --- after a case ran
 * ---------------------------------------------------------------------------------------------- */

static bool engine_answers(const struct run *run)
{
    struct wire_request ping = { .method = "GET", .path = "/_ping", .timeout_ms = PING_TIMEOUT_MS };
    struct exchange *x = exchange_send(&run->target, &ping);
    bool ret = x != NULL && x->status != 0;

    exchange_free(x);
    return ret;
}

static void look_after_silence(struct run *run, const struct planned *planned)
{
    unsigned bound = 2 * run->options->jobs + 2;

    run->silent++;
    if (!engine_answers(run) && !engine_answers(run))
        stop(run, true,
             must_format("the engine stopped answering at '%s', and does not answer /_ping", planned->id));
    else if (run->silent >= bound)
        stop(run, true,
             must_format("the engine answers /_ping, but %u cases in a row ended in silence", run->silent));
}

static void sweep_after(struct run *run, const struct planned *planned)
{
    char label[LABEL_SIZE];

    if (run->options->keep || run->engine_lost)
        return;
    case_label(planned->suite_case, planned->row, planned->version, label, sizeof(label));
    scene_sweep(&run->target, run->id, label, SWEEP_ALL, run->leftovers);
}

static void finish(struct run *run, struct finished *finished)
{
    struct job *job = finished->argument;
    struct outcome outcome;
    bool died;

    record_judge(finished, &outcome, &died);
    run->journal += finished->report_size;
    if (run->journal > JOURNAL_MAX)
        record_shorten(&outcome);
    case_done(run, job->planned, record_case(job->planned, &outcome, finished->seconds, finished));
    if (outcome.verdict != VERDICT_PASS && (died || record_was_silent(&outcome)))
        look_after_silence(run, job->planned);
    else
        run->silent = 0;
    if (died)
        sweep_after(run, job->planned);
    outcome_clear(&outcome);
    finished_clear(finished);
}

/* --- the cases
 * ----------------------------------------------------------------------------------------------------- */

static bool is_exclusive(const struct planned *planned)
{
    return (planned->suite_case->needs & NEEDS_EXCLUSIVE) != 0;
}

static void start_next(struct run *run)
{
    const struct planned *planned = &run->plan.list[run->next];
    struct job *job = &run->jobs[run->next++];

    if (!must_run(run, planned))
        return;
    *job = (struct job){ .run = run, .planned = planned };
    if (pool_start(run->pool, work, job, case_timeout_ms(run, planned) + KILL_AFTER_MS) < 0) {
        char *why = must_format("no process could be started: %s", strerror(errno));
        case_done(run, planned, record_skipped(planned, VERDICT_FAULT, why));
        free(why);
    }
    progress_draw(&run->progress, planned->suite_case->name);
}

/* A case that touches what it did not make runs alone. */
static bool may_start(const struct run *run)
{
    if (run->next == run->plan.count || pool_is_full(run->pool))
        return false;
    return pool_is_idle(run->pool) || !is_exclusive(&run->plan.list[run->next]);
}

static void exclusive_last(struct plan *plan)
{
    struct planned *sorted = must_alloc(plan->count, sizeof(*sorted));
    size_t count = 0;

    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < plan->count; i++)
            if (is_exclusive(&plan->list[i]) == (last == 1))
                sorted[count++] = plan->list[i];
    free(plan->list);
    plan->list = sorted;
}

static void run_cases(struct run *run)
{
    struct finished finished;

    exclusive_last(&run->plan);
    run->jobs = must_alloc(run->plan.count, sizeof(*run->jobs));
    run->pool = pool_open(run->options->jobs);
    if (run->pool == NULL) {
        stop(run, false, must_format("no processes can be watched: %s", strerror(errno)));
        return;
    }
    run->shelf = shelf_open();
    while (run->stopped == NULL && (run->next < run->plan.count || !pool_is_idle(run->pool))) {
        while (run->stopped == NULL && may_start(run))
            start_next(run);
        if (!pool_is_idle(run->pool) && pool_wait(run->pool, 500, &finished) == 1)
            finish(run, &finished);
        if (signalled != 0)
            stop(run, false, must_format("interrupted by %s", strsignal(signalled)));
    }
    pool_close(run->pool);
    shelf_return(run->shelf, run->cases, run->case_places);
    shelf_close(run->shelf);
    progress_end(&run->progress);
}

/* --- the engine before and after
 * ----------------------------------------------------------------------------------- */

/* A path is printed by the reader of the message, so it says what was tried, what came, and what can be done.
 */
static void say_no_engine(struct run *run)
{
    stop(run, true,
         must_format(
             "%s at %s: %s. Name the engine by --host or DOCKER_HOST, as unix:///var/run/docker.sock.",
             run->facts.reachable ? "what answers is no engine" : "no engine can be reached",
             run->target.host,
             run->facts.why != NULL ? run->facts.why : "it did not answer GET /_ping, /version and /info"));
}

static bool choose_version(struct run *run)
{
    const char *wanted = run->options->api_version, *newest = run->facts.api_version;

    run->api_version = wanted;
    if (strcmp(wanted, "all") == 0) {
        plan_spread(&run->plan, run->options, run->facts.min_api_version, newest);
        return true;
    }
    if (strcmp(wanted, "negotiate") == 0)
        run->api_version = version_compare(newest, NEWEST_API) < 0 ? newest : NEWEST_API;
    plan_at(&run->plan, run->api_version);
    if (version_within(run->api_version, run->facts.min_api_version, newest))
        return true;
    fprintf(stderr,
            "plimsoll: the engine speaks API versions %s to %s, and not %s; choose one with --api-version\n",
            run->facts.min_api_version ? run->facts.min_api_version : "?", newest, wanted);
    return false;
}

static void prepare_images(struct run *run)
{
    struct case_context context = context_of(run, run->facts.api_version, -1);
    char why[512] = "";

    if (run_prepare(&context, why, sizeof(why)) == 0)
        return;
    if (!engine_answers(run))
        stop(run, true, must_format("the engine stopped answering while the images were loaded: %s", why));
    else
        fprintf(stderr,
                "plimsoll: the images of the fixtures cannot be loaded, so most cases will be blocked: %s\n",
                why);
}

/* Lists what there is of this run. NULL when the engine cannot say. */
static json_t *look_for_leftovers(struct run *run, bool images, const char *how)
{
    char *why = NULL;
    json_t *now = inventory_take(&run->target, &why, NULL);

    if (now != NULL)
        inventory_list_run(now, run->id, images, how, run->leftovers);
    free(why);
    return now;
}

/* Removes what the cases' own sweeps have left, and the images of the run. A case that was killed by a signal
 * to the run could not sweep; every other one has, so what is found before is as wrong as what is found
 * after. */
static void sweep_run(struct run *run, const json_t *before)
{
    json_t *now, *changed = json_array();

    must_have(changed);
    json_object_set_new(run->result, "changed_meanwhile", changed);
    if (run->engine_lost || run->options->keep)
        return;
    if (signalled == 0)
        json_decref(look_for_leftovers(run, false, " was left by a case"));
    if (run->stopped == NULL)
        scene_sweep(&run->target, run->id, NULL, SWEEP_ALL, run->leftovers);
    else
        sweep_thoroughly(&run->target, run->id, run->leftovers);
    now = look_for_leftovers(run, true, " could not be removed");
    if (before != NULL && now != NULL)
        inventory_list_changes(before, now, changed);
    json_decref(now);
}

/* --- the result
 * ---------------------------------------------------------------------------------------------------- */

static json_t *now_text(void)
{
    char text[32];
    time_t now = time(NULL);
    struct tm tm;

    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    return text_new(text);
}

static json_t *words_of(int argc, char **argv)
{
    json_t *ret = json_array();

    must_have(ret);
    for (int i = 1; i < argc; i++)
        json_array_append_new(ret, text_new(argv[i]));
    return ret;
}

static void result_begin(struct run *run, int argc, char **argv)
{
    const struct options *options = run->options;
    json_t *header = json_object(), *suite = json_object();

    run->result = json_object();
    run->leftovers = json_array();
    must_have(header);
    must_have(suite);
    must_have(run->result);
    must_have(run->leftovers);
    json_object_set_new(run->result, "schema", json_integer(RESULT_SCHEMA));
    json_object_set_new(suite, "name", text_new("plimsoll"));
    json_object_set_new(suite, "version", text_new(PLIMSOLL_VERSION));
    json_object_set_new(run->result, "suite", suite);
    json_object_set_new(header, "id", text_new(run->id));
    json_object_set_new(header, "started", now_text());
    json_object_set_new(header, "ended", text_new(""));
    json_object_set_new(header, "seconds", json_real(0));
    json_object_set_new(header, "host", text_new(run->target.host));
    json_object_set_new(header, "api_version", text_new(""));
    json_object_set_new(header, "arguments", words_of(argc, argv));
    json_object_set_new(header, "jobs", json_integer(options->jobs));
    json_object_set_new(header, "order", text_new(options->random ? "random" : "listed"));
    json_object_set_new(header, "seed",
                        options->random ? json_integer((json_int_t)options->seed) : json_null());
    json_object_set_new(header, "strict", json_boolean(options->strict));
    json_object_set_new(header, "selected", json_integer((json_int_t)run->plan.count));
    json_object_set_new(run->result, "run", header);
}

static void result_engine(struct run *run)
{
    const struct engine_facts *facts = &run->facts;
    json_t *engine = json_object(), *names = json_array();

    must_have(engine);
    must_have(names);
    for (unsigned bit = 1; bit != 0 && bit <= facts->capabilities; bit <<= 1)
        if ((facts->capabilities & bit) != 0)
            json_array_append_new(names, text_new(need_name(bit)));
    json_object_set_new(engine, "product", text_new(facts->product));
    json_object_set_new(engine, "version", text_new(facts->version));
    json_object_set_new(engine, "api_version", text_new(facts->api_version));
    json_object_set_new(engine, "min_api_version", text_new(facts->min_api_version));
    json_object_set_new(engine, "os", text_new(facts->os));
    json_object_set_new(engine, "arch", text_new(facts->arch));
    json_object_set_new(engine, "kernel", text_new(facts->kernel));
    json_object_set_new(engine, "capabilities", names);
    json_object_set_new(run->result, "engine", engine);
    json_object_set_new(json_object_get(run->result, "run"), "api_version", text_new(run->api_version));
    json_object_set_new(json_object_get(run->result, "run"), "selected",
                        json_integer((json_int_t)run->plan.count));
}

/* In the order of the catalogue, whatever the order was in which they ran. */
static void result_cases(struct run *run)
{
    json_t *cases = json_array();

    must_have(cases);
    for (size_t i = 0; i < run->case_places; i++)
        if (run->cases[i] != NULL)
            json_array_append_new(cases, run->cases[i]);
    json_object_set_new(run->result, "cases", cases);
}

static void result_expectations(struct run *run)
{
    char today[16];
    time_t now = time(NULL);
    struct tm tm;

    strftime(today, sizeof(today), "%Y-%m-%d", gmtime_r(&now, &tm));
    expectations_judge(&run->expectations, run->result, run->all_ids, run->all_count, today);
}

static void result_conclude(struct run *run, const struct ending *ending)
{
    int status = ending_status(ending);
    char *conclusion = ending_sentence(ending, status);

    json_object_set_new(run->result, "exit_status", json_integer(status));
    json_object_set_new(run->result, "conclusion", text_new(conclusion));
    free(conclusion);
}

/* The cases that had begun and have no record. */
static json_t *in_flight(const struct run *run)
{
    json_t *ret = json_array();

    for (size_t i = 0; i < run->next; i++)
        if (run->cases[run->plan.list[i].position] == NULL)
            json_array_append_new(ret, text_new(run->plan.list[i].id));
    return ret;
}

static void result_footer(struct run *run, struct ending *ending)
{
    json_t *header = json_object_get(run->result, "run");

    *ending = (struct ending){ .engine_lost = run->engine_lost,
                               .interrupted = signalled != 0,
                               .leftovers = (unsigned)json_array_size(run->leftovers),
                               .stale = json_array_size(json_object_get(run->result, "stale")) > 0 };
    result_tally(run->result, &ending->tally);
    json_object_set_new(header, "ended", now_text());
    json_object_set_new(header, "seconds", json_real(monotonic_seconds() - run->started));
    json_object_set(run->result, "leftovers", run->leftovers);
    json_object_set_new(run->result, "stopped", text_new(run->stopped));
    if (run->stopped != NULL)
        json_object_set_new(run->result, "in_flight", in_flight(run));
    json_object_set_new(run->result, "counts", tally_to_json(&ending->tally));
    result_conclude(run, ending);
}

/* A run that ended early does not know what fails. */
static void write_expectations(struct run *run, struct ending *ending)
{
    const char *path = run->options->write_expect;
    char *why = NULL;

    if (path == NULL)
        return;
    if (run->stopped != NULL) {
        fprintf(stderr, "plimsoll: %s is left as it is, because the run ended early\n", path);
        return;
    }
    const struct expectations *old = run->options->expect != NULL ? &run->expectations : &run->written;
    char *text = expectations_text(old, run->result, run->all_ids, run->all_count);
    if (expectations_save(text, path, &why) < 0) {
        fprintf(stderr, "plimsoll: --write-expect %s\n", why);
        ending->report_failed = true;
    }
    free(why);
    free(text);
}

static int write_reports(struct run *run, struct ending *ending)
{
    const struct options *options = run->options;

    write_expectations(run, ending);
    for (size_t i = 0; i < options->report_count; i++) {
        char *why;
        if (view_write_file(options->reports[i].format, run->result, options->reports[i].file, &why) == 0)
            continue;
        fprintf(stderr, "plimsoll: %s\n", why);
        free(why);
        ending->report_failed = true;
    }
    result_conclude(run, ending); /* a report that is not there changes it for those that follow */
    if (options->json)
        view_write("json", run->result, stdout);
    else
        console_summary(run->result, run->progress.out, run->progress.colour);
    if (fflush(stdout) != 0) {
        perror("plimsoll: standard output");
        ending->report_failed = true;
    }
    if (options->keep)
        fprintf(stderr, "plimsoll: kept; remove it with: plimsoll clean --run %s\n", run->id);
    return ending_status(ending);
}

/* --- all of it
 * ----------------------------------------------------------------------------------------------------- */

static void watch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* What the engine holds before the first case. An engine that leaves even that unanswered is lost; one that
 * refuses it can still be judged. */
static json_t *look_before(struct run *run)
{
    bool silent = false;
    char *why = NULL;
    json_t *before = inventory_take(&run->target, &why, &silent);

    if (silent)
        stop(run, true, must_format("the engine answers /_ping, but not what every client asks: %s", why));
    else if (before == NULL)
        fprintf(stderr,
                "plimsoll: what the engine holds cannot be listed, so what changes will not be told: %s\n",
                why);
    free(why);
    return before;
}

static void run_on_engine(struct run *run)
{
    json_t *before = look_before(run);

    if (run->stopped == NULL)
        prepare_images(run);
    if (run->stopped == NULL)
        run_cases(run);
    sweep_run(run, before);
    json_decref(before);
}

static int say_nothing_selected(void)
{
    fputs("plimsoll: no case is selected; see plimsoll list\n", stderr);
    return EXIT_NOTHING_RAN;
}

static int run_all(struct run *run, int argc, char **argv)
{
    struct ending ending;

    run->started = monotonic_seconds();
    progress_init(&run->progress, run->options->json ? stderr : stdout, run->options->colour,
                  run->plan.count);
    result_begin(run, argc, argv);
    facts_probe(&run->target, FACTS_TIMEOUT_MS, &run->facts);
    if (!run->facts.is_engine)
        say_no_engine(run);
    else if (!choose_version(run))
        return EXIT_USAGE;
    else if (run->plan.count == 0)
        return say_nothing_selected();
    run->progress.total = run->plan.count;
    result_engine(run);
    if (run->facts.is_engine)
        run_on_engine(run);
    result_cases(run);
    result_expectations(run);
    result_footer(run, &ending);
    return write_reports(run, &ending);
}

static int load_expectations(const char *option, const char *path, struct expectations *ret)
{
    char *why;

    if (path == NULL || expectations_load(path, ret, &why) == 0)
        return 0;
    fprintf(stderr, "plimsoll: %s %s\n", option, why);
    free(why);
    return -1;
}

/* The file of --write-expect need not be there; what is in it lends its reasons and judges nothing. */
static int load_both_expectations(struct run *run)
{
    const char *expect = run->options->expect, *write = run->options->write_expect;

    if (load_expectations("--expect", expect, &run->expectations) < 0)
        return -1;
    if (expect != NULL || write == NULL || access(write, F_OK) < 0)
        return 0;
    return load_expectations("--write-expect", write, &run->written);
}

/* What can be wrong before the engine is asked. Returns an exit status, or -1 to go on. */
static int run_init(struct run *run)
{
    const struct options *options = run->options;
    const struct clause_list *clauses;
    char text[512] = "";

    if (catalogue_load(&run->plan, &clauses) < 0)
        return EXIT_SUITE_FAILED;
    run->all_count = run->plan.count;
    run->all_ids = must_alloc(run->plan.count, sizeof(*run->all_ids));
    for (size_t i = 0; i < run->plan.count; i++)
        run->all_ids[i] = must_copy(run->plan.list[i].id);
    run->case_places = 2 * run->plan.count; /* a case runs at two versions at most */
    run->cases = must_alloc(run->case_places, sizeof(*run->cases));
    if (load_both_expectations(run) < 0)
        return EXIT_USAGE;
    if (wire_target_from_environment(options->host, &run->target, text, sizeof(text)) < 0) {
        fprintf(stderr, "plimsoll: %s\n", text);
        return EXIT_USAGE;
    }
    plan_select(&run->plan, options);
    if (run->plan.count == 0)
        return say_nothing_selected();
    if (run_id_take(run->id) < 0) {
        perror("plimsoll: the run's lock in /tmp");
        return EXIT_SUITE_FAILED;
    }
    return -1;
}

static void run_clear(struct run *run)
{
    run_id_drop();
    for (size_t i = 0; i < run->all_count; i++)
        free((char *)run->all_ids[i]);
    free(run->all_ids);
    free(run->cases);
    free(run->jobs);
    free(run->stopped);
    plan_clear(&run->plan);
    expectations_clear(&run->expectations);
    expectations_clear(&run->written);
    wire_target_clear(&run->target);
    facts_clear(&run->facts);
    json_decref(run->leftovers);
    json_decref(run->result);
}

int command_run(const struct options *options, int argc, char **argv)
{
    struct run run = { .options = options };

    watch_signals();
    int status = run_init(&run);
    if (status < 0)
        status = run_all(&run, argc, argv);
    run_clear(&run);
    if (signalled != 0) { /* so that a shell sees what ended the program */
        signal(signalled, SIG_DFL);
        raise(signalled);
    }
    return status;
}
