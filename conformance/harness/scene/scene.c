/* scene/scene.c - the scene itself: what it owns, how it sends, how a case ends.
 *
 * A failed assertion leaves the case by longjmp (cmocka), so nothing that a case holds may need a release of
 * its own: every pointer that the scene gives out is kept in one of its lists and freed when the process is
 * done with the case. An exchange is written to the runner as soon as it is over; see outcome.h for why. */
#include "harness/scene/scene.h"
#include "harness/scene/json.h"
#include "harness/scene/scene_inside.h"
#include "harness/spec/schema.h"
#include "harness/spec/version.h"
#include "harness/wire/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXCHANGE_MS 30000

static struct scene *current;

struct scene *scene_current(void)
{
    return current;
}

void scene_set_current(struct scene *s)
{
    current = s;
}

/* --- what it owns
 * ------------------------------------------------------------------------------------------------------- */

static void *grown(void *list, size_t count, size_t size)
{
    void *ret = realloc(list, (count + 1) * size);

    if (!ret)
        abort(); /* the runner sees a crash, which is what it is */
    return ret;
}

void *scene_keep(struct scene *s, void *memory)
{
    if (!memory)
        abort();
    s->inside->kept = grown(s->inside->kept, s->inside->kept_count, sizeof *s->inside->kept);
    s->inside->kept[s->inside->kept_count++] = memory;
    return memory;
}

json_t *scene_keep_json(struct scene *s, json_t *json)
{
    json_array_append_new(s->inside->kept_json, json);
    return json;
}

void scene_keep_exchange(struct scene *s, struct exchange *x)
{
    s->inside->exchanges =
        grown(s->inside->exchanges, s->inside->exchange_count, sizeof *s->inside->exchanges);
    s->inside->exchanges[s->inside->exchange_count++] = x;
}

char *scene_vprintf(struct scene *s, const char *format, va_list args)
{
    va_list again;
    char *ret;
    int length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    ret = scene_keep(s, malloc((size_t)(length < 0 ? 0 : length) + 1));
    ret[0] = '\0';
    vsnprintf(ret, (size_t)(length < 0 ? 0 : length) + 1, format, args);
    return ret;
}

const char *scene_printf(struct scene *s, const char *format, ...)
{
    va_list args;
    char *ret;

    va_start(args, format);
    ret = scene_vprintf(s, format, args);
    va_end(args);
    return ret;
}

/* FNV-1a: what parts the names of two cases of one run, the same whenever and wherever the case runs. */
static unsigned hash_of(const char *text, unsigned lane)
{
    unsigned ret = 2166136261u + lane;

    for (; *text; text++)
        ret = (ret ^ (unsigned char)*text) * 16777619u;
    return ret;
}

void scene_open(struct scene *s, struct scene_inside *inside, const struct suite_case *suite_case, size_t row,
                const struct case_context *context, struct outcome *outcome)
{
    unsigned timeout = context->timeout_ms ? context->timeout_ms : 60000;

    *inside = (struct scene_inside){ .context = context, .suite_case = suite_case, .outcome = outcome };
    inside->deadline_ms = clock_ms() + timeout - timeout / 5;
    inside->patience_ms = timeout / 3 > PATIENCE_MS ? timeout / 3 : PATIENCE_MS;
    inside->exchange_ms = timeout / 2 > EXCHANGE_MS ? timeout / 2 : EXCHANGE_MS;
    inside->names = json_object();
    inside->kept_json = json_array();
    inside->temporary = json_array();
    snprintf(inside->version, sizeof inside->version, "%s", context->api_version);
    case_label(suite_case, row, context->api_version, inside->case_name, sizeof inside->case_name);
    inside->case_hash = hash_of(inside->case_name, context->lane);
    if (context->lane) {
        size_t used = strlen(inside->case_name);
        snprintf(inside->case_name + used, sizeof inside->case_name - used, "@%u", context->lane);
    }
    snprintf(inside->label, sizeof inside->label, "plimsoll.scene=%s/%s", context->run_id, inside->case_name);
    snprintf(inside->run_label, sizeof inside->run_label, "plimsoll.run=%s", context->run_id);
    *s = (struct scene){
        .run = context->run_id, .facts = context->facts, .same_host = context->same_host, .inside = inside
    };
    s->row = suite_case->row_count ? (const char *)suite_case->rows + row * suite_case->row_size : NULL;
    s->case_name = inside->case_name;
    s->version = inside->version;
}

void scene_close(struct scene *s)
{
    struct scene_inside *in = s->inside;

    for (size_t i = 0; i < json_array_size(in->temporary); i++)
        unlink(json_string_value(json_array_get(in->temporary, i)));
    for (size_t i = 0; i < in->exchange_count; i++)
        exchange_free(in->exchanges[i]);
    for (size_t i = 0; i < in->kept_count; i++)
        free(in->kept[i]);
    free(in->exchanges);
    free(in->kept);
    free(in->image);
    json_decref(in->names);
    json_decref(in->kept_json);
    json_decref(in->temporary);
}

/* --- how it sends
 * ------------------------------------------------------------------------------------------------------- */

const char *scene_path(struct scene *s, const char *version, const char *path)
{
    if (!version)
        version = s->version;
    return *version ? scene_printf(s, "/v%s%s", version, path) : path;
}

unsigned scene_request_ms(const struct scene *s)
{
    unsigned left = clock_left(s->inside->deadline_ms);

    if (left > s->inside->exchange_ms)
        return s->inside->exchange_ms;
    return left < 1000 ? 1000 : left;
}

/* Does a request to that path make something that carries labels? */
static bool creates(const char *path)
{
    static const char *const paths[] = { "/containers/create", "/networks/create", "/volumes/create" };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        size_t length = strlen(paths[i]);
        if (strncmp(path, paths[i], length) == 0 && (path[length] == '\0' || path[length] == '?'))
            return true;
    }
    return false;
}

void scene_put_labels(struct scene *s, const char *path, json_t *body)
{
    json_t *labels = json_object_get(body, "Labels");

    if (!json_is_object(body) || !creates(path))
        return;
    if (!labels || json_is_null(labels)) {
        labels = json_object();
        json_object_set_new(body, "Labels", labels);
    }
    if (!json_is_object(labels))
        return; /* a case that sends rubbish there wants it sent */
    json_object_set_new(labels, "plimsoll.run", json_string(s->run));
    json_object_set_new(labels, "plimsoll.case", json_string(s->case_name));
    json_object_set_new(labels, "plimsoll.scene", json_string(strchr(scene_label(s), '=') + 1));
}

static size_t text_bytes(const json_t *value)
{
    size_t ret = json_string_length(value);

    for (size_t i = 0; i < json_array_size(value); i++)
        ret += text_bytes(json_array_get(value, i));
    return ret;
}

/* An engine that answers a hundred looks with all it can must not fill the runner's memory: beyond a bound the
 * journal goes on without bodies and headers. */
static void bound_told(struct scene *s, json_t *json)
{
    static const char *const members[] = { "body", "headers", "reason", "error" };

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        s->inside->told += text_bytes(json_object_get(json, members[i]));
    if (s->inside->told <= TOLD_MAX)
        return;
    json_object_set_new(json, "body", json_null());
    json_object_set_new(json, "headers", json_array());
    json_object_set_new(json, "reason", json_null());
    json_object_set_new(json, "cut", json_true());
}

void scene_record(struct scene *s, struct exchange *x)
{
    struct outcome *outcome = s->inside->outcome;
    json_t *json = exchange_to_json(x);

    bound_told(s, json);
    x->index = (int)json_array_size(outcome->journal);
    if (s->inside->context->outcome_fd >= 0)
        outcome_write_exchange(s->inside->context->outcome_fd, json);
    json_array_append_new(outcome->journal, json);
}

static void bound_weight(struct scene *s, const struct exchange *x)
{
    s->inside->weight += x->weight;
    if (s->inside->weight > WEIGHT_MAX)
        scene_fail(s, __FILE__, __LINE__, x, "the answers to one case do not end: more than 160 MiB of them",
                   "answers that can be kept", "too much");
}

struct exchange *scene_send(struct scene *s, enum sender sender, const char *version,
                            const struct wire_request *given, json_t *json)
{
    struct wire_request request = *given;
    char *dump = NULL;
    struct exchange *x;
    const char *operation;

    if (json) {
        scene_put_labels(s, given->path, json);
        dump = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
        request.body = dump;
        request.body_size = dump ? strlen(dump) : 0;
        request.content_type = "application/json";
        json_decref(json);
    }
    request.path = scene_path(s, version, given->path);
    if (!request.timeout_ms)
        request.timeout_ms = scene_request_ms(s);
    x = exchange_send(s->inside->context->target, &request);
    free(dump);
    if (!x)
        abort();
    scene_keep_exchange(s, x);
    operation = operation_of(x->method, x->path);
    x->operation = operation ? strdup(operation) : NULL;
    scene_record(s, x);
    bound_weight(s, x);
    scene_check_bodies(s, sender, x);
    return x;
}

struct exchange *scene_ask(struct scene *s, const char *method, json_t *json, const char *format, ...)
{
    struct wire_request request = { .method = method };
    va_list args;

    va_start(args, format);
    request.path = scene_vprintf(s, format, args);
    va_end(args);
    return scene_send(s, SENT_BY_SCENE, NULL, &request, json);
}

struct exchange *scene_look(struct scene *s, const char *format, ...)
{
    struct wire_request request = { .method = "GET" };
    va_list args;

    va_start(args, format);
    request.path = scene_vprintf(s, format, args);
    va_end(args);
    return scene_send(s, SENT_BY_SCENE, NULL, &request, NULL);
}

/* --- how a case ends
 * ------------------------------------------------------------------------------------------------------ */

void scene_count_assertion(struct scene *s)
{
    s->inside->outcome->assertions++;
}

static char *copied(const char *text)
{
    return text ? strndup(text, SHOWN_MAX) : NULL;
}

struct failure *scene_record_failure(struct scene *s, const char *file, int line, int exchange,
                                     const char *sentence, const char *wanted, const char *got)
{
    struct failure *failure = calloc(1, sizeof *failure);
    const char *tree = strstr(file, "cases/");

    if (!failure)
        abort();
    failure->file = strdup(tree ? tree : file);
    failure->line = line;
    failure->sentence = copied(sentence);
    failure->wanted = copied(wanted);
    failure->got = copied(got);
    failure->exchange = exchange;
    s->inside->outcome->failed = failure;
    s->inside->outcome->verdict = VERDICT_FAIL;
    s->inside->outcome->reason = copied(sentence);
    s->inside->ended = true;
    return failure;
}

void scene_fail(struct scene *s, const char *file, int line, const struct exchange *x, const char *sentence,
                const char *wanted, const char *got)
{
    struct buffer text = { 0 };
    char *described = x ? exchange_describe(x) : NULL, *curl = x ? exchange_curl(x) : NULL;

    streams_record_all(s);
    scene_record_failure(s, file, line, x ? x->index : -1, sentence, wanted, got);
    buffer_printf(&text, "%s\n%s%s", sentence, described ? described : "", curl ? curl : "");
    free(described);
    free(curl);
    _assert_true(0, scene_keep(s, buffer_take(&text)), file, line);
    abort(); /* never reached: cmocka has left by longjmp */
}

PRINTF_LIKE(3, 0)
static _Noreturn void end_with(struct scene *s, enum verdict verdict, const char *reason, va_list args)
{
    s->inside->outcome->verdict = verdict;
    s->inside->outcome->reason = strdup(scene_vprintf(s, reason, args));
    s->inside->ended = true;
    _skip(__FILE__, __LINE__);
    abort();
}

void case_not_applicable(struct scene *s, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    end_with(s, VERDICT_NOT_APPLICABLE, reason, args);
}

void case_unsupported(struct scene *s, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    end_with(s, VERDICT_UNSUPPORTED, reason, args);
}

void case_blocked(struct scene *s, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    end_with(s, VERDICT_BLOCKED, reason, args);
}

void case_fault(struct scene *s, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    end_with(s, VERDICT_FAULT, reason, args);
}

void scene_need(struct scene *s, const struct exchange *x, int status, int or_status, const char *what)
{
    const char *message = json_string_value(json_object_get(x->json, "message"));

    if (!x->error && (x->status == status || (or_status && x->status == or_status)))
        return;
    if (x->error)
        case_blocked(s, "%s: %s %s: %s", what, x->method, x->path, x->error);
    case_blocked(s, "%s: %s %s answered %d%s%s", what, x->method, x->path, x->status, message ? ": " : "",
                 message ? message : "");
}

/* --- names and versions
 * ---------------------------------------------------------------------------------------------------- */

const char *scene_unique_name(struct scene *s, const char *stem)
{
    return scene_printf(s, "plimsoll-%s-%08x-%u-%s", s->run, s->inside->case_hash, ++s->inside->next_number,
                        stem);
}

const char *scene_unique_repository(struct scene *s, const char *stem)
{
    return scene_printf(s, "localhost/plimsoll/run-%s/%08x-%u-%s", s->run, s->inside->case_hash,
                        ++s->inside->next_number, stem);
}

const char *scene_unique_prefix(struct scene *s)
{
    unsigned hash = 2166136261u; /* FNV-1a */

    for (const char *name = scene_unique_name(s, "subnet"); *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return scene_printf(s, "10.%u.%u", 240 + (hash >> 8) % 16, hash % 256);
}

const char *scene_unique_prefix_six(struct scene *s)
{
    unsigned a = 0, b = 0, c = 0;

    sscanf(scene_unique_prefix(s), "%u.%u.%u", &a, &b, &c);
    /* no group is zero: an engine may write "0::" as "::" */
    return scene_printf(s, "fd%02x:%x:%x:%x", a & 255u, 0x706cu, 0x100u | (b & 255u), 0x100u | (c & 255u));
}

const char *scene_label(struct scene *s)
{
    return s->inside->label;
}

const char *scene_run_label(struct scene *s)
{
    return s->inside->run_label;
}

const char *url_encoded(struct scene *s, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    struct buffer encoded = { 0 };

    for (; *text; text++) {
        if (strchr(plain, *text))
            buffer_add(&encoded, text, 1);
        else
            buffer_printf(&encoded, "%%%02X", (unsigned char)*text);
    }
    return scene_keep(s, buffer_take(&encoded));
}

static json_t *template_or_fault(const char *template, va_list args)
{
    json_t *ret = json_from_template(template, args);

    if (!ret)
        case_fault(current, "not JSON: %s", template);
    return ret;
}

json_t *json_of(const char *template, ...)
{
    va_list args;
    json_t *ret;

    va_start(args, template);
    ret = template_or_fault(template, args);
    va_end(args);
    return ret;
}

const char *query_json(struct scene *s, const char *template, ...)
{
    va_list args;
    json_t *json;
    char *dump;

    va_start(args, template);
    json = scene_keep_json(s, template_or_fault(template, args));
    va_end(args);
    dump = scene_keep(s, json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY));
    return url_encoded(s, dump);
}

json_t *with(json_t *body, const char *path, const char *template, ...)
{
    va_list args;
    json_t *value;

    va_start(args, template);
    value = template_or_fault(template, args);
    va_end(args);
    if (!json_set_at(body, path, value))
        case_fault(current, "with(): '%s' has no place in the body", path);
    return body;
}

json_t *without(json_t *body, const char *path)
{
    json_set_at(body, path, NULL);
    return body;
}

bool scene_version_within(const struct scene *s, const char *first, const char *last)
{
    return version_within(s->version, first, last);
}

void scene_at_version(struct scene *s, const char *version)
{
    const struct engine_facts *facts = s->facts;

    if (!version_within(version, facts->min_api_version, facts->api_version))
        case_not_applicable(s, "the engine speaks API %s to %s, not %s", facts->min_api_version,
                            facts->api_version, version);
    snprintf(s->inside->version, sizeof s->inside->version, "%s", version);
}

const char *scene_fixture(struct scene *s, const char *name)
{
    const char *path = scene_printf(s, "%s/%s", s->inside->context->fixtures_dir, name);

    if (access(path, R_OK) < 0)
        case_blocked(s, "the fixture %s is not there", path);
    return path;
}
