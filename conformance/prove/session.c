/* prove/session.c - see session.h: a request's way in, an answer's way out, and the recorder. */
#include "prove/session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "harness/spec/schema.h"
#include "harness/wire/clock.h"
#include "harness/wire/headers.h"
#include "prove/change.h"
#include "prove/session_inside.h"
#include "report/memory.h"

/* --- the client as a sink
 * --------------------------------------------------------------------------------------------- */

struct client {
    struct server_connection *connection;
    bool chunked, bodiless;
};

static bool client_head(void *user, int status, const char *reason, const struct wire_headers *headers)
{
    struct client *client = user;
    const char *coding = headers_find(headers, "Transfer-Encoding");
    struct buffer head = { 0 };
    bool ok;

    client->chunked = coding && strcasecmp(coding, "chunked") == 0;
    client->bodiless = client->bodiless || status == 204 || status == 304;
    buffer_printf(&head, "HTTP/1.1 %d %s\r\n", status, reason);
    for (size_t i = 0; i < headers->count; i++)
        buffer_printf(&head, "%s: %s\r\n", headers->list[i].name, headers->list[i].value);
    buffer_text(&head, "\r\n");
    ok = server_send(client->connection, buffer_string(&head), head.size);
    buffer_clear(&head);
    return ok;
}

static bool client_data(void *user, const void *data, size_t size)
{
    struct client *client = user;
    char length[32];

    if (size == 0 || client->bodiless)
        return true;
    if (!client->chunked)
        return server_send(client->connection, data, size);
    snprintf(length, sizeof(length), "%zx\r\n", size);
    return server_send(client->connection, length, strlen(length)) &&
           server_send(client->connection, data, size) && server_send(client->connection, "\r\n", 2);
}

static void client_end(void *user, bool whole)
{
    struct client *client = user;

    if (client->chunked && whole && !client->bodiless)
        server_send(client->connection, "0\r\n\r\n", 5);
}

/* --- the recorder as a sink
 * ------------------------------------------------------------------------------------------- */

struct recorder {
    struct session *session;
    struct recorded *recorded;
    struct sink to;
};

static struct moment now(struct session *session)
{
    struct moment ret = { .ms = clock_ms() - session->begin_ms };

    pthread_mutex_lock(&session->lock);
    ret.requests = session->requests;
    ret.heard = session->heard;
    pthread_mutex_unlock(&session->lock);
    return ret;
}

static bool recorder_head(void *user, int status, const char *reason, const struct wire_headers *headers)
{
    struct recorder *r = user;
    struct moment when = now(r->session);

    pthread_mutex_lock(&r->session->lock);
    r->recorded->status = status;
    r->recorded->reason = must_copy(reason);
    headers_copy(&r->recorded->headers, headers);
    r->recorded->head = when;
    pthread_mutex_unlock(&r->session->lock);
    return r->to.head(r->to.user, status, reason, headers);
}

static bool recorder_data(void *user, const void *data, size_t size)
{
    struct recorder *r = user;
    struct moment when = now(r->session);

    pthread_mutex_lock(&r->session->lock);
    recorded_add(r->recorded, when, data, size);
    pthread_mutex_unlock(&r->session->lock);
    return r->to.data(r->to.user, data, size);
}

static void recorder_end(void *user, bool whole)
{
    struct recorder *r = user;
    struct moment when = now(r->session);

    pthread_mutex_lock(&r->session->lock);
    r->recorded->ended = true;
    r->recorded->whole = whole;
    r->recorded->end = when;
    pthread_mutex_unlock(&r->session->lock);
    r->to.end(r->to.user, whole);
}

static struct recorded *record_request(struct session *session, const struct server_request *request)
{
    struct recorded *recorded = recorded_new(request->method, buffer_string(&request->path),
                                             buffer_string(&request->body), request->body.size);

    headers_copy(&recorded->sent, &request->headers);
    pthread_mutex_lock(&session->lock);
    session->list = must_grow(session->list, session->count, sizeof(*session->list));
    session->list[session->count++] = recorded;
    pthread_mutex_unlock(&session->lock);
    return recorded;
}

/* --- an engine that refuses and does it all the same
 * ------------------------------------------------------------------ */

/* Between the engine and the client: the harm is done before the refusal is heard. */
struct effect {
    const struct session *session;
    const char *operation;
    const struct outgoing *request;
    struct sink to;
};

static bool effect_head(void *user, int status, const char *reason, const struct wire_headers *headers)
{
    struct effect *e = user;
    const struct deviation *deviation = e->session->options.deviation;

    if (status == deviation->status)
        effect_carry_out(e->session->options.engine, e->session->options.scene, e->operation,
                         e->request->path, &e->request->body);
    return e->to.head(e->to.user, status, reason, headers);
}

static bool effect_data(void *user, const void *data, size_t size)
{
    struct effect *e = user;

    return e->to.data(e->to.user, data, size);
}

static void effect_end(void *user, bool whole)
{
    struct effect *e = user;

    e->to.end(e->to.user, whole);
}

/* --- one request
 * ------------------------------------------------------------------------------------------------------ */

void session_heard(struct session *session, size_t size)
{
    pthread_mutex_lock(&session->lock);
    session->heard += size;
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);
}

static void count_request(struct session *session, int begun)
{
    pthread_mutex_lock(&session->lock);
    session->requests += begun > 0;
    session->open += (unsigned)begun;
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);
}

/* What raw streams write by themselves is left out. */
static void copy_request(const struct server_request *from, struct outgoing *ret)
{
    static const char *const own[] = { "Host", "User-Agent", "Content-Length", "Transfer-Encoding" };
    const char *connection = headers_find(&from->headers, "Connection");

    ret->path = must_copy(buffer_string(&from->path));
    headers_copy(&ret->headers, &from->headers);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        change_drop_header(&ret->headers, own[i]);
    if (connection && !strcasestr(connection, "upgrade"))
        change_drop_header(&ret->headers, "Connection");
    buffer_add(&ret->body, buffer_string(&from->body), from->body.size);
}

static void answer_live(struct session *session, struct server_connection *connection,
                        const struct server_request *request, const char *operation, const struct sink *to)
{
    const struct deviation *deviation = session->options.deviation;
    bool meant = deviation && operation && strcmp(deviation->operation, operation) == 0;
    struct outgoing outgoing = { 0 };
    struct effect effect = { .session = session, .operation = operation, .request = &outgoing, .to = *to };
    struct sink effective = { .user = &effect, .head = effect_head, .data = effect_data, .end = effect_end };
    struct recorder recorder = { .session = session, .to = *to };
    struct sink recording = { &recorder, recorder_head, recorder_data, recorder_end };

    copy_request(request, &outgoing);
    if (meant)
        deviation_apply_to_request(deviation, &outgoing);
    if (session->options.record) {
        recorder.recorded = record_request(session, request);
        to = &recording;
    } else if (meant && deviation->kind == DEVIATION_EFFECT)
        to = &effective;
    live_answer(session, connection, &outgoing, request->method, to);
    free(outgoing.path);
    headers_clear(&outgoing.headers);
    buffer_clear(&outgoing.body);
}

static void handle(void *user, struct server_connection *connection, const struct server_request *request)
{
    struct session *session = user;
    const char *operation = operation_of(request->method, buffer_string(&request->path));
    struct client client = { .connection = connection, .bodiless = strcmp(request->method, "HEAD") == 0 };
    struct sink to_client = { &client, client_head, client_data, client_end }, deviated;
    struct deviator deviator;

    count_request(session, 1);
    deviator_init(&deviator, session->options.deviation, operation, &to_client);
    deviated = deviator_sink(&deviator);
    if (session->options.from)
        replay_answer(session, connection, request, &deviated);
    else
        answer_live(session, connection, request, operation, &deviated);
    deviator_clear(&deviator);
    count_request(session, -1);
}

/* --- all of it
 * -------------------------------------------------------------------------------------------------------- */

struct session *session_open(const struct session_options *options)
{
    struct session *session = must_alloc(1, sizeof(*session));

    session->options = *options;
    pthread_mutex_init(&session->lock, NULL);
    pthread_cond_init(&session->changed, NULL);
    if (options->from)
        clock_replay();
    session->begin_ms = clock_ms();
    session->server = server_open(options->socket, handle, session);
    if (session->server)
        return session;
    free(session);
    return NULL;
}

void session_close(struct session *session)
{
    struct timespec until;

    server_close(session->server);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&session->lock);
    while (session->open > 0 && pthread_cond_timedwait(&session->changed, &session->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&session->lock);
}

json_t *session_exchanges(struct session *session)
{
    json_t *ret;

    pthread_mutex_lock(&session->lock);
    ret = recorded_list_to_json(session->list, session->count);
    pthread_mutex_unlock(&session->lock);
    return ret;
}
