/* scene/stream.c - streams as cases see them: text that comes, text that goes, an end.
 *
 * There is no thread: whoever waits pumps. What nobody waits for stays in the socket, which is bounded by the
 * kernel, and what was read is bounded by wire/. stdout and stderr are taken from the body as far as it has
 * come, when somebody asks. */
#include "harness/scene/json.h"
#include "harness/scene/scene_inside.h"
#include "harness/spec/schema.h"
#include "harness/wire/frames.h"
#include "harness/wire/raw.h"
#include "harness/wire/websocket.h"

#include <stdlib.h>
#include <string.h>

struct stream {
    struct scene *s;
    struct raw *raw;
    struct frames frames;
    struct websocket websocket;
    size_t taken; /* bytes of the body that the frames have seen */
    bool is_raw;
    bool is_websocket;
    bool frames_ended;
    bool recorded;
    struct exchange *x; /* the raw's own */
    json_t *values;
    size_t values_taken;
    size_t values_count; /* members included */
    struct stream *next;
};

static struct stream *stream_open(struct scene *s, struct wire_request request, json_t *json)
{
    struct stream *st = scene_keep(s, calloc(1, sizeof *st));
    char *dump = json ? json_dumps(json, JSON_COMPACT) : NULL;

    if (dump) {
        request.body = dump;
        request.body_size = strlen(dump);
        request.content_type = "application/json";
    }
    json_decref(json);
    request.path = scene_path(s, NULL, request.path);
    request.timeout_ms = s->inside->patience_ms;
    st->s = s;
    st->raw = raw_open(s->inside->context->target, &request);
    free(dump);
    if (!st->raw)
        abort();
    st->next = s->inside->streams;
    s->inside->streams = st;
    return st;
}

/* RFC 6455, 1.3; it need not be a secret */
#define SAMPLE_KEY "dGhlIHNhbXBsZSBub25jZQ=="

static const char *const upgrade[] = { "Connection: Upgrade", "Upgrade: tcp", NULL };

static struct stream *attach(struct scene *s, const char *container, const char *query,
                             const char *const *headers)
{
    struct wire_request request = { .method = "POST", .headers = headers };

    request.path = scene_printf(s, "/containers/%s/attach%s%s", container, query && *query ? "?" : "",
                                query ? query : "");
    return stream_open(s, request, NULL);
}

struct stream *when_attach(struct scene *s, const char *container, const char *query)
{
    return attach(s, container, query, upgrade);
}

struct stream *when_attach_plain(struct scene *s, const char *container, const char *query)
{
    return attach(s, container, query, NULL);
}

struct stream *when_attach_websocket(struct scene *s, const char *container, const char *query)
{
    static const char *const handshake[] = { "Connection: Upgrade", "Upgrade: websocket",
                                             "Sec-WebSocket-Key: " SAMPLE_KEY, "Sec-WebSocket-Version: 13",
                                             NULL };

    return when_attach_websocket_with(s, container, query, handshake);
}

struct stream *when_attach_websocket_with(struct scene *s, const char *container, const char *query,
                                          const char *const *headers)
{
    struct wire_request request = { .method = "GET", .headers = headers };
    struct stream *st;

    request.path = scene_printf(s, "/containers/%s/attach/ws?%s", container, query);
    st = stream_open(s, request, NULL);
    st->is_websocket = true;
    return st;
}

static struct stream *exec_start(struct scene *s, const char *exec, json_t *body, const char *const *headers)
{
    struct wire_request request = { .method = "POST", .headers = headers };

    request.path = scene_printf(s, "/exec/%s/start", exec);
    return stream_open(s, request, body ? body : json_object());
}

struct stream *when_exec_start(struct scene *s, const char *exec, json_t *body)
{
    return exec_start(s, exec, body, upgrade);
}

struct stream *when_exec_start_plain(struct scene *s, const char *exec, json_t *body)
{
    return exec_start(s, exec, body, NULL);
}

static bool pump(struct stream *st, unsigned ms)
{
    return raw_pump(st->raw, ms) > 0;
}

static unsigned patience(const struct stream *st)
{
    unsigned left = clock_left(st->s->inside->deadline_ms);

    return left < st->s->inside->patience_ms ? left : st->s->inside->patience_ms;
}

struct stream *when_follow(struct scene *s, const char *format, ...)
{
    struct wire_request request = { .method = "GET" };
    struct stream *st;
    uint64_t deadline;
    va_list args;

    va_start(args, format);
    request.path = scene_vprintf(s, format, args);
    va_end(args);
    st = stream_open(s, request, NULL);
    deadline = clock_ms() + patience(st); /* with its head the engine says that it listens */
    while (raw_status(st->raw) == 0 && !raw_is_over(st->raw) && clock_left(deadline))
        pump(st, clock_left(deadline));
    return st;
}

struct stream *when_post_pending(struct scene *s, const char *format, ...)
{
    struct wire_request request = { .method = "POST" };
    struct stream *st;
    va_list args;

    va_start(args, format);
    request.path = scene_vprintf(s, format, args);
    va_end(args);
    st = stream_open(s, request, NULL);
    pump(st, 300); /* engines that send the head early have registered the wait by then */
    return st;
}

struct stream *stream_of(struct scene *s, struct wire_request request)
{
    return stream_open(s, request, NULL);
}

/* --- what came
 * ----------------------------------------------------------------------------------------------------------
 */

/* A refusal has no frames. */
static void take_websocket(struct stream *st, const char *body, size_t size)
{
    if (raw_status(st->raw) != 101)
        return;
    websocket_feed(&st->websocket, body + st->taken, size - st->taken);
    st->taken = size;
    if (raw_is_over(st->raw))
        websocket_end(&st->websocket);
}

static void take_frames(struct stream *st)
{
    size_t size;
    const char *body = raw_body(st->raw, &size);

    if (st->is_raw)
        return;
    if (st->is_websocket) {
        take_websocket(st, body, size);
        return;
    }
    frames_feed(&st->frames, body + st->taken, size - st->taken);
    st->taken = size;
    if (raw_is_over(st->raw) && !st->frames_ended) {
        st->frames_ended = true;
        frames_end(&st->frames);
    }
}

static bool contains(const char *data, size_t size, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(data + i, text, length) == 0)
            return true;
    return false;
}

static bool says(struct stream *st, const char *text)
{
    size_t size;
    const char *body = raw_body(st->raw, &size);

    if (st->is_raw)
        return contains(body, size, text);
    take_frames(st);
    if (st->is_websocket)
        return contains(buffer_string(&st->websocket.data), st->websocket.data.size, text);
    return contains(buffer_string(&st->frames.out), st->frames.out.size, text) ||
           contains(buffer_string(&st->frames.err), st->frames.err.size, text);
}

bool stream_wait_for(struct stream *st, const char *text)
{
    uint64_t deadline = clock_ms() + patience(st);

    while (!says(st, text)) {
        if (raw_is_over(st->raw) || clock_left(deadline) == 0)
            return false;
        pump(st, clock_left(deadline));
    }
    return true;
}

bool stream_wait_for_end(struct stream *st)
{
    uint64_t deadline = clock_ms() + patience(st);

    while (!raw_is_over(st->raw) && clock_left(deadline))
        pump(st, clock_left(deadline));
    take_frames(st);
    return raw_is_over(st->raw);
}

bool stream_is_open(struct stream *st, unsigned ms)
{
    uint64_t deadline = clock_ms() + ms;

    while (!raw_is_over(st->raw) && clock_left(deadline))
        pump(st, clock_left(deadline));
    return !raw_is_over(st->raw);
}

static const char *kept_text(struct stream *st, const char *data, size_t size)
{
    char *copy = scene_keep(st->s, malloc(size + 1));

    if (size)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

const char *stream_stdout(struct stream *st)
{
    size_t size;
    const char *body = raw_body(st->raw, &size);

    take_frames(st);
    if (st->is_raw)
        return kept_text(st, body, size);
    if (st->is_websocket)
        return kept_text(st, buffer_string(&st->websocket.data), st->websocket.data.size);
    return kept_text(st, buffer_string(&st->frames.out), st->frames.out.size);
}

size_t stream_stdout_size(struct stream *st)
{
    size_t size;

    take_frames(st);
    raw_body(st->raw, &size);
    return st->is_raw ? size : st->is_websocket ? st->websocket.data.size : st->frames.out.size;
}

const char *stream_stderr(struct stream *st)
{
    take_frames(st);
    return kept_text(st, buffer_string(&st->frames.err), st->frames.err.size);
}

const char *stream_broken(struct stream *st)
{
    take_frames(st);
    if (st->is_websocket)
        return st->websocket.broken[0] ? st->websocket.broken : NULL;
    return st->frames.broken[0] ? st->frames.broken : NULL;
}

struct messages stream_messages(struct stream *st)
{
    const struct websocket *ws = &st->websocket;

    take_frames(st);
    return (struct messages){ .texts = ws->texts,
                              .binaries = ws->binaries,
                              .close_code = ws->closed ? (int)ws->close_code : -1,
                              .pongs = kept_text(st, buffer_string(&ws->pongs), ws->pongs.size) };
}

bool stream_wait_for_pong(struct stream *st, const char *text)
{
    uint64_t deadline = clock_ms() + patience(st);

    while (!strstr(stream_messages(st).pongs, text)) {
        if (raw_is_over(st->raw) || clock_left(deadline) == 0)
            return false;
        pump(st, clock_left(deadline));
    }
    return true;
}

void stream_is_raw(struct stream *st)
{
    st->is_raw = true;
}

struct exchange *stream_answer(struct stream *st)
{
    uint64_t deadline = clock_ms() + patience(st);
    const char *operation;

    while (raw_status(st->raw) == 0 && !raw_is_over(st->raw) && clock_left(deadline))
        pump(st, clock_left(deadline));
    if (raw_status(st->raw) >= 400) /* a refusal is short: then all of it */
        while (!raw_is_over(st->raw) && clock_left(deadline))
            pump(st, clock_left(deadline));
    st->x = raw_exchange(st->raw);
    if (!st->x->operation && (operation = operation_of(st->x->method, st->x->path)))
        st->x->operation = strdup(operation);
    return st->x;
}

/* --- what goes
 * ----------------------------------------------------------------------------------------------------------
 */

bool stream_send_frame(struct stream *st, unsigned opcode, bool last, const void *data, size_t size)
{
    struct buffer frame = { 0 };
    bool ret;

    websocket_add_frame(&frame, opcode, last, data, size);
    ret = raw_send(st->raw, frame.data, frame.size, patience(st));
    buffer_clear(&frame);
    return ret;
}

bool stream_write(struct stream *st, const void *data, size_t size)
{
    if (st->is_websocket)
        return stream_send_frame(st, WEBSOCKET_BINARY, true, data, size);
    return raw_send(st->raw, data, size, patience(st));
}

bool stream_say(struct stream *st, const char *text)
{
    return stream_write(st, text, strlen(text));
}

void stream_half_close(struct stream *st)
{
    if (raw_half_close(st->raw) < 0)
        case_blocked(st->s, "a half-close cannot be sent over this transport");
}

/* A stream is one exchange of the journal, told when it ends. */
static void record(struct stream *st)
{
    if (st->recorded)
        return;
    st->recorded = true;
    st->x = raw_exchange(st->raw);
    if (!st->x->operation) {
        const char *operation = operation_of(st->x->method, st->x->path);
        st->x->operation = operation ? strdup(operation) : NULL;
    }
    scene_record(st->s, st->x);
    scene_check_bodies(st->s, SENT_BY_CASE, st->x);
}

void stream_close(struct stream *st)
{
    raw_hang_up(st->raw);
    record(st);
}

void streams_record_all(struct scene *s)
{
    for (struct stream *st = s->inside->streams; st; st = st->next)
        record(st);
}

void streams_close_all(struct scene *s)
{
    streams_record_all(s);
    for (struct stream *st = s->inside->streams; st; st = st->next) {
        frames_clear(&st->frames);
        websocket_clear(&st->websocket);
        json_decref(st->values);
        raw_close(st->raw);
    }
    s->inside->streams = NULL;
}

/* --- streams of JSON values
 * ------------------------------------------------------------------------------------------------- */

const json_t *stream_values(struct stream *st)
{
    size_t size;
    const char *body = raw_body(st->raw, &size);

    if (!st->values)
        st->values = json_array();
    while (st->values_taken < size) {
        json_error_t error;
        json_t *value;
        if (strchr(" \t\r\n\x1e", body[st->values_taken])) { /* also RFC 7464's record separator */
            st->values_taken++;
            continue;
        }
        st->values_count += exchange_count_values(body + st->values_taken, size - st->values_taken);
        if (st->values_count > EXCHANGE_VALUES_MAX)
            break; /* a flood: whoever waits for more of it waits in vain */
        value = json_loadb(body + st->values_taken, size - st->values_taken,
                           JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &error);
        if (!value)
            break; /* not whole yet */
        st->values_taken += (size_t)error.position;
        json_array_append_new(st->values, value);
    }
    return st->values;
}

/* From the value *next on, which is moved behind those that were looked at. */
static const json_t *find_value(struct stream *st, const json_t *wanted, size_t *next)
{
    const json_t *values = stream_values(st);

    while (*next < json_array_size(values)) {
        const json_t *value = json_array_get(values, (*next)++);
        if (json_covers(value, wanted))
            return value;
    }
    return NULL;
}

const json_t *stream_wait_for_json(struct stream *st, const json_t *wanted)
{
    uint64_t deadline = clock_ms() + patience(st);
    const json_t *ret;
    size_t next = 0;

    while (!(ret = find_value(st, wanted, &next))) {
        if (raw_is_over(st->raw) || clock_left(deadline) == 0)
            return NULL;
        pump(st, clock_left(deadline));
    }
    return ret;
}

const json_t *stream_wait_for_value(struct stream *st, const char *template, ...)
{
    json_t *wanted;
    va_list args;

    va_start(args, template);
    wanted = json_from_template(template, args);
    va_end(args);
    if (!wanted)
        case_fault(st->s, "not JSON: %s", template);
    return stream_wait_for_json(st, scene_keep_json(st->s, wanted));
}

struct scene *stream_scene(struct stream *st)
{
    return st->s;
}

const char *logs_stdout(struct scene *s, const struct exchange *x, bool tty)
{
    struct frames frames = { 0 };
    const char *ret;

    if (tty)
        return scene_printf(s, "%s", x->body);
    frames_feed(&frames, x->body, x->size);
    frames_end(&frames);
    ret = scene_printf(s, "%s", buffer_string(&frames.out));
    if (frames.broken[0]) {
        const char *broken = scene_printf(s, "%s", frames.broken);
        frames_clear(&frames);
        case_blocked(s, "the output of the probe: %s", broken);
    }
    frames_clear(&frames);
    return ret;
}
