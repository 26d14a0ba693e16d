/* prove/prove.c - `plimsoll prove`: is each thing that the suite claims to cover noticed when it is wrong?
 *
 *     recording -> items -> control -> points -> sample -> ledger
 *
 * Control: every recorded case is replayed without a deviation, but with all JSON written anew; what does not pass then
 * proves nothing in a replay. A point is one deviation of one item. Its cases are tried one after the other, the most
 * promising first, until one fails; that one has noticed it. What must reach an engine (a parameter that is ignored) is
 * tried live with --exclusive, on an engine on which the suite passes: a prune without its filter takes what is
 * everybody's. A case that fails there is asked once without the deviation, and counts only when it passes then.
 * Sample: points of the replay are tried live as well. */
#include "prove/prove.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prove/ground.h"
#include "prove/ledger.h"
#include "report/memory.h"
#include "report/result.h"
#include "runner/pattern.h"

#define BLOCKED_MAX 2 /* live tries of a point that are repeated */

enum health { HEALTH_UNKNOWN, HEALTH_GOOD, HEALTH_BAD };

struct subject { /* one recorded case */
    const struct planned *planned;
    enum health replayed, live;
};

enum purpose { FOR_CONTROL, FOR_LIVE_CONTROL, FOR_POINT, FOR_SAMPLE };

struct
try {
    struct trial trial;
    enum purpose purpose;
    struct point *point;
    size_t subject;
    bool busy;
    char *by, *sentence;
};

struct prove {
    struct ground ground;
    const struct options *options;
    struct recording recording;
    struct items items;
    struct subject *subjects; /* by place in the recording */
    struct point *points;
    size_t point_count;
    struct try *tries; /* one for each process */
    unsigned lanes;
    bool greedy; /* the turn of the points that need the engine for themselves */
    size_t trials, agreed, sampled;
    json_t *disagreed;
};

/* --- what there is
 * ------------------------------------------------------------------------------------------------------ */

static const struct planned *planned_of(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->count; i++)
        if (strcmp(plan->list[i].id, id) == 0)
            return &plan->list[i];
    return NULL;
}

static void make_subjects(struct prove *prove)
{
    prove->subjects = must_alloc(prove->recording.count, sizeof(*prove->subjects));
    for (size_t i = 0; i < prove->recording.count; i++) {
        struct subject *subject = &prove->subjects[i];
        subject->planned = planned_of(&prove->ground.plan, prove->recording.cases[i].id);
        if (prove->recording.cases[i].verdict != VERDICT_PASS || !subject->planned)
            subject->replayed = subject->live = HEALTH_BAD;
    }
}

static bool is_selected(const struct prove *prove, const struct item *item)
{
    const struct strings *select = &prove->options->select;
    bool ret = select->count == 0;

    for (size_t i = 0; i < select->count; i++)
        ret |= pattern_fits(select->at[i], item->operation);
    return ret;
}

/* What is not selected is not there. */
static void select_items(struct prove *prove)
{
    size_t kept = 0;

    for (size_t i = 0; i < prove->items.count; i++) {
        if (is_selected(prove, &prove->items.list[i]))
            prove->items.list[kept++] = prove->items.list[i];
        else
            item_clear(&prove->items.list[i]);
    }
    prove->items.count = kept;
}

static void make_points(struct prove *prove)
{
    for (size_t i = 0; i < prove->items.count; i++) {
        struct item *item = &prove->items.list[i];
        for (enum deviation_kind kind = 0; kind < DEVIATION_KINDS; kind++) {
            struct point point = { .item = item, .kind = kind, .live = deviation_is_live(kind) };
            if ((item->kinds & 1ul << kind) == 0)
                continue;
            point.reason = unobservable_reason(item, deviation_name(kind));
            point.notice = point.reason ? NOTICE_UNOBSERVABLE : NOTICE_NOT_TRIED;
            prove->points = must_grow(prove->points, prove->point_count, sizeof(*prove->points));
            prove->points[prove->point_count++] = point;
        }
    }
}

/* --- trials
 * ------------------------------------------------------------------------------------------------------------- */

static struct try *free_try(struct prove *prove)
{
    struct try *try = prove->tries;

    while (try->busy)
        try++;
    return try;
}

static struct try *start(struct prove *prove, enum purpose purpose, struct point *point, size_t subject,
                         bool live)
{
    struct try *try = free_try(prove);

    *try = (struct try){ .purpose = purpose, .point = point, .subject = subject, .busy = true };
    try->trial = (struct trial){ .ground = &prove->ground.trial,
                                 .planned = prove->subjects[subject].planned,
                                 .from = live ? NULL : &prove->recording.cases[subject],
                                 .deviates = purpose != FOR_LIVE_CONTROL,
                                 .lane = live ? ++prove->lanes : 0,
                                 .owner = try };
    if (point && purpose != FOR_LIVE_CONTROL)
        try->trial.deviation = item_deviation(point->item, point->kind);
    prove->trials++;
    if (trial_start(&try->trial, prove->ground.pool) < 0) {
        fprintf(stderr, "plimsoll: no process could be started: %s\n", strerror(errno));
        exit(EXIT_SUITE_FAILED);
    }
    return try;
}

/* The clause that failed: the one that the failure names, else the case's own about the operation, else its first. */
static char *clause_of(const struct subject *subject, const struct outcome *outcome, const char *operation)
{
    const struct planned *planned = subject->planned;
    size_t length = strlen(operation);

    if (outcome->failed && outcome->failed->clause)
        return must_copy(outcome->failed->clause);
    for (size_t i = 0; i < planned->clause_count; i++)
        if (strncmp(planned->clauses[i]->name, operation, length) == 0 &&
            planned->clauses[i]->name[length] == '.')
            return must_copy(planned->clauses[i]->name);
    return must_copy(planned->clauses[0]->name);
}

static void notice(const struct try *try, char *by, char *sentence)
{
    struct point *point = try->point;

    point->notice = NOTICE_NOTICED;
    point->by_case = try->subject;
    point->by = by;
    point->sentence = sentence;
}

/* A case that failed live with a deviation: does it pass without? */
static void ask_without(struct prove *prove, const struct try *failed, const struct outcome *outcome)
{
    struct try *without = start(prove, FOR_LIVE_CONTROL, failed->point, failed->subject, true);

    without->by = clause_of(&prove->subjects[failed->subject], outcome, failed->point->item->operation);
    without->sentence = must_copy(outcome->reason ? outcome->reason : "");
}

static void finish_point(struct prove *prove, const struct try *try, const struct outcome *outcome)
{
    struct subject *subject = &prove->subjects[try->subject];
    bool live = try->trial.from == NULL;

    try->point->tried++;
    try->point->live |= live;
    if (try->point->notice == NOTICE_NOT_TRIED)
        try->point->notice = NOTICE_NONE;
    if (live && outcome->verdict == VERDICT_BLOCKED && try->point->blocked++ < BLOCKED_MAX)
        try->point->next--; /* once more */
    if (outcome->verdict != VERDICT_FAIL)
        return;
    if (live && subject->live != HEALTH_GOOD) {
        ask_without(prove, try, outcome);
        return;
    }
    notice(try, clause_of(subject, outcome, try->point->item->operation),
           must_copy(outcome->reason ? outcome->reason : ""));
}

static void finish_live_control(struct prove *prove, const struct try *try, const struct outcome *outcome)
{
    prove->subjects[try->subject].live = outcome->verdict == VERDICT_PASS ? HEALTH_GOOD : HEALTH_BAD;
    if (outcome->verdict == VERDICT_PASS) {
        notice(try, try->by, try->sentence);
        return;
    }
    free(try->by);
    free(try->sentence);
}

/* A point that was not met is none of the sample: another one is drawn. */
static void finish_sample(struct prove *prove, const struct try *try, const struct outcome *outcome, bool met)
{
    bool noticed = try->point->notice == NOTICE_NOTICED && try->point->by_case == try->subject;
    bool live = outcome->verdict == VERDICT_FAIL;
    char *line;

    if (!met)
        return;
    prove->sampled++;
    prove->agreed += live == noticed;
    if (live == noticed)
        return;
    line = must_format("%s %s %s by %s: replay %s, live %s (%s)", try->point->item->operation,
                       try->point->item->name, deviation_name(try->point->kind), try->trial.planned->id,
                       noticed ? "fails" : "passes", verdict_name(outcome->verdict),
                       outcome->reason ? outcome->reason : "");
    json_array_append_new(prove->disagreed, text_new(line));
    free(line);
}

static void finish(struct prove *prove, struct finished *finished)
{
    struct try *slot = ((struct trial *)finished->argument)->owner, try = *slot;
    struct outcome outcome;
    json_t *more;

    slot->busy = false; /* what follows may start another one there */
    trial_read(finished, &outcome, &more);
    switch (try.purpose) {
    case FOR_CONTROL:
        prove->subjects[try.subject].replayed = outcome.verdict == VERDICT_PASS ? HEALTH_GOOD : HEALTH_BAD;
        if (outcome.verdict != VERDICT_PASS && prove->options->keep)
            fprintf(stderr, "not replayable: %s: %s: %s\n", try.trial.planned->id,
                    verdict_name(outcome.verdict), outcome.reason ? outcome.reason : "");
        break;
    case FOR_LIVE_CONTROL:
        finish_live_control(prove, &try, &outcome);
        break;
    case FOR_POINT:
        finish_point(prove, &try, &outcome);
        break;
    case FOR_SAMPLE:
        finish_sample(prove, &try, &outcome, !json_is_false(more));
        break;
    }
    json_decref(more);
    outcome_clear(&outcome);
    finished_clear(finished);
}

static void wait_for_one(struct prove *prove)
{
    struct finished finished;

    while (!pool_is_idle(prove->ground.pool))
        if (pool_wait(prove->ground.pool, 500, &finished) == 1) {
            finish(prove, &finished);
            return;
        }
}

static void wait_for_room(struct prove *prove)
{
    while (pool_is_full(prove->ground.pool))
        wait_for_one(prove);
}

static void wait_for_all(struct prove *prove)
{
    while (!pool_is_idle(prove->ground.pool))
        wait_for_one(prove);
}

/* --- control, points, sample
 * -------------------------------------------------------------------------------------------- */

/* Whether the case is tried on the point: those of the operation's own all are, of others only some. */
static bool is_worth_it(const struct prove *prove, const struct item *item, size_t index, size_t *others)
{
    return case_is_about(prove->recording.cases[index].id, item->operation) ||
           (*others)++ < prove->options->patience;
}

/* Marks the cases that a replayed point may come to. */
static void mark_wanted(const struct prove *prove, const struct point *point, bool *wanted)
{
    size_t others = 0;

    for (size_t i = 0; i < point->item->case_count; i++)
        if (is_worth_it(prove, point->item, point->item->cases[i], &others))
            wanted[point->item->cases[i]] = true;
}

static void control(struct prove *prove)
{
    bool *wanted = must_alloc(prove->recording.count + 1, sizeof(*wanted));
    size_t good = 0, recorded = 0;

    for (size_t i = 0; i < prove->point_count; i++)
        if (prove->points[i].notice != NOTICE_UNOBSERVABLE && !prove->points[i].live)
            mark_wanted(prove, &prove->points[i], wanted);
    for (size_t i = 0; i < prove->recording.count; i++) {
        if (!wanted[i] || prove->subjects[i].replayed == HEALTH_BAD)
            continue;
        recorded++;
        wait_for_room(prove);
        start(prove, FOR_CONTROL, NULL, i, false);
        ground_progress("control: %zu of %zu cases", i + 1, prove->recording.count);
    }
    wait_for_all(prove);
    for (size_t i = 0; i < prove->recording.count; i++)
        good += prove->subjects[i].replayed == HEALTH_GOOD;
    free(wanted);
    ground_progress(NULL);
    fprintf(prove->options->json ? stderr : stdout,
            "%zu of %zu cases that passed when they were recorded pass in a replay; the others are only "
            "tried live\n",
            good, recorded);
    if (good < recorded / 2)
        fputs("plimsoll: most cases do not pass in a replay: was the recording made by this build of the "
              "suite?\n",
              stderr);
}

static bool is_live_allowed(const struct prove *prove)
{
    return prove->ground.trial.engine && prove->options->exclusive;
}

/* A prune that does not get its filters takes the objects of every case that runs beside it. */
static bool is_greedy(const struct point *point)
{
    const char *operation = point->item->operation;
    size_t length = strlen(operation);

    return deviation_is_live(point->kind) && length > 5 && strcmp(operation + length - 5, "Prune") == 0;
}

/* The next case to try; false: none is left. */
static bool next_subject(const struct prove *prove, struct point *point, size_t *subject, bool *live)
{
    const struct item *item = point->item;

    while (point->next < item->case_count) {
        size_t index = item->cases[point->next++];
        const struct subject *candidate = &prove->subjects[index];
        bool needs_engine = deviation_is_live(point->kind) || candidate->replayed != HEALTH_GOOD;
        if (!is_worth_it(prove, item, index, &point->others) || !candidate->planned ||
            (needs_engine && (!is_live_allowed(prove) || candidate->live == HEALTH_BAD)))
            continue;
        *subject = index;
        *live = needs_engine;
        return true;
    }
    return false;
}

static bool is_tried_now(const struct prove *prove, const struct point *point)
{
    for (size_t i = 0; i < prove->options->jobs; i++)
        if (prove->tries[i].busy && prove->tries[i].point == point)
            return true;
    return false;
}

/* Starts one more trial of a point that still has cases; false: none has, or all of them are busy. `*from` is the first
 * point that is not settled. */
static bool start_some(struct prove *prove, size_t *from)
{
    bool settled = true;

    for (size_t i = *from; i < prove->point_count; i++) {
        struct point *point = &prove->points[i];
        size_t subject;
        bool live;
        if (is_greedy(point) != prove->greedy)
            continue;
        if (is_tried_now(prove, point)) {
            settled = false;
            continue;
        }
        if (point->notice != NOTICE_UNOBSERVABLE && point->notice != NOTICE_NOTICED &&
            next_subject(prove, point, &subject, &live)) {
            start(prove, FOR_POINT, point, subject, live);
            return true;
        }
        *from = settled ? i + 1 : *from;
    }
    return false;
}

static bool has_room(const struct prove *prove)
{
    return prove->greedy ? pool_is_idle(prove->ground.pool) : !pool_is_full(prove->ground.pool);
}

static void try_points(struct prove *prove, bool greedy)
{
    size_t from = 0;

    prove->greedy = greedy;
    for (;;) {
        while (has_room(prove) && start_some(prove, &from))
            ground_progress("%zu of %zu points, %zu trials", from, prove->point_count, prove->trials);
        if (pool_is_idle(prove->ground.pool))
            break;
        wait_for_one(prove);
    }
    ground_progress(NULL);
}

/* A replayed point and a case that was tried on it: the one that noticed it, or the first. */
static bool sample_subject(const struct prove *prove, const struct point *point, size_t *subject)
{
    if (point->live || point->tried == 0 || (point->notice != NOTICE_NOTICED && point->notice != NOTICE_NONE))
        return false;
    *subject = point->notice == NOTICE_NOTICED ? point->by_case : point->item->cases[0];
    return prove->subjects[*subject].replayed == HEALTH_GOOD && prove->subjects[*subject].live != HEALTH_BAD;
}

/* Returns how many were drawn. */
static size_t draw(struct prove *prove, size_t wanted, uint64_t *state)
{
    size_t drawn = 0, subject;

    for (size_t turn = 0; drawn < wanted && turn < 100 * wanted; turn++) {
        struct point *point = &prove->points[plan_random(state) % prove->point_count];
        if (!sample_subject(prove, point, &subject))
            continue;
        wait_for_room(prove);
        start(prove, FOR_SAMPLE, point, subject, true);
        drawn++;
        ground_progress("sample: %zu left", wanted - drawn);
    }
    wait_for_all(prove);
    return drawn;
}

static void sample(struct prove *prove)
{
    uint64_t state = prove->options->random ? prove->options->seed : 1;

    for (int round = 0; round < 10 && prove->ground.trial.engine && prove->sampled < prove->options->sample;
         round++)
        if (draw(prove, prove->options->sample - prove->sampled, &state) == 0)
            break;
    ground_progress(NULL);
}

static void print_sample(const struct prove *prove)
{
    json_t *line;
    size_t i;

    if (!prove->sampled)
        return;
    printf("\nOf %zu points that were tried live as well, %zu came out as in the replay.\n", prove->sampled,
           prove->agreed);
    json_array_foreach (prove->disagreed, i, line)
        printf("  %s\n", json_string_value(line));
}

/* --- all of it
 * ----------------------------------------------------------------------------------------------------------- */

static int write_ledger(const struct ledger *ledger, const char *path)
{
    FILE *out = fopen(path, "w");

    if (out) {
        ledger_write(ledger, out);
        if (fclose(out) == 0)
            return 0;
    }
    fprintf(stderr, "plimsoll: %s: %s\n", path, strerror(errno));
    return -1;
}

static int tell(struct prove *prove)
{
    struct ledger ledger = { .items = &prove->items,
                             .recording = &prove->recording,
                             .points = prove->points,
                             .point_count = prove->point_count };
    json_t *json;

    if (prove->options->json) {
        json = ledger_to_json(&ledger);
        json_object_set_new(json, "sampled", json_integer((json_int_t)prove->sampled));
        json_object_set_new(json, "agreed", json_integer((json_int_t)prove->agreed));
        json_object_set(json, "disagreed", prove->disagreed);
        json_dumpf(json, stdout, JSON_INDENT(1));
        putchar('\n');
        json_decref(json);
    } else {
        ledger_print(&ledger, stdout, false);
        print_sample(prove);
        printf("%zu points, %zu trials\n", prove->point_count, prove->trials);
    }
    if (prove->options->ledger && write_ledger(&ledger, prove->options->ledger) < 0)
        return EXIT_SUITE_FAILED;
    return fflush(stdout) == 0 ? EXIT_HOLDS : EXIT_SUITE_FAILED;
}

static int load(struct prove *prove)
{
    char *why = NULL;

    if (unobservable_check(&why) < 0 ||
        recording_load(prove->options->operands[0], &prove->recording, &why) < 0) {
        fprintf(stderr, "plimsoll: %s\n", why);
        free(why);
        return EXIT_USAGE;
    }
    facts_read(prove->recording.version, prove->recording.info, &prove->ground.recorded_facts);
    prove->ground.trial.recording = &prove->recording;
    prove->ground.trial.recorded_facts = &prove->ground.recorded_facts;
    make_subjects(prove);
    items_make(&prove->recording, &prove->items);
    select_items(prove);
    make_points(prove);
    return -1;
}

static void clear(struct prove *prove)
{
    for (size_t i = 0; i < prove->point_count; i++) {
        free(prove->points[i].by);
        free(prove->points[i].sentence);
    }
    free(prove->points);
    free(prove->subjects);
    free(prove->tries);
    items_clear(&prove->items);
    recording_clear(&prove->recording);
    json_decref(prove->disagreed);
    ground_close(&prove->ground);
}

int command_prove(const struct options *options)
{
    struct prove prove = { .options = options, .disagreed = json_array() };
    int status = ground_open(&prove.ground, options);

    prove.tries = must_alloc(options->jobs, sizeof(*prove.tries));
    if (status < 0)
        status = load(&prove);
    if (status < 0 && options->host)
        status = ground_find_engine(&prove.ground, options);
    if (status < 0) {
        control(&prove);
        try_points(&prove, false);
        try_points(&prove, true);
        sample(&prove);
        status = tell(&prove);
    }
    clear(&prove);
    return status;
}
