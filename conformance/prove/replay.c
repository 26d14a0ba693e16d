/* prove/replay.c - answers from a recording.
 *
 * A request is answered by the first recorded one with the same method, path and body that has not been used yet; when all
 * have been, by the last of them, so that whoever looks again sees what was there at the end. What was never asked in the
 * recording is answered with 404: in a replay only a deviation leads there, as a rule by an id or a name that is none.
 *
 * Each piece of an answer waits until clients have said as much as they had when it was recorded. Where the deviation keeps
 * them from saying it, the piece comes after a moment in which nothing was said. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/wire/clock.h"
#include "harness/wire/headers.h"
#include "prove/session_inside.h"

#define STALL_MS 60

/* --- which one
 * -------------------------------------------------------------------------------------------------------- */

static bool is_asked(const struct recorded *r, const struct server_request *request, bool with_body)
{
    return strcmp(r->method, request->method) == 0 && strcmp(r->path, buffer_string(&request->path)) == 0 &&
           (!with_body || r->body_hash == hash_bytes(buffer_string(&request->body), request->body.size));
}

static struct recorded *find(const struct recorded_case *from, const struct server_request *request,
                             bool with_body)
{
    struct recorded *last = NULL;

    for (size_t i = 0; i < from->count; i++) {
        struct recorded *r = from->list[i];
        if (!is_asked(r, request, with_body) || r->status == 0)
            continue;
        if (r->used == 0)
            return r;
        last = r;
    }
    return last;
}

static struct recorded *take(struct session *session, const struct server_request *request)
{
    struct recorded *ret;

    pthread_mutex_lock(&session->lock);
    ret = find(session->options.from, request, true);
    if (!ret)
        ret = find(session->options.from, request, false);
    if (ret)
        ret->used++;
    pthread_mutex_unlock(&session->lock);
    return ret;
}

/* --- when
 * ------------------------------------------------------------------------------------------------------------- */

static bool has_come(const struct session *session, const struct moment *when)
{
    return session->requests >= when->requests && session->heard >= when->heard;
}

static struct timespec after_ms(long ms)
{
    struct timespec ret;

    clock_gettime(CLOCK_REALTIME, &ret);
    ret.tv_nsec += ms * 1000000;
    ret.tv_sec += ret.tv_nsec / 1000000000;
    ret.tv_nsec %= 1000000000;
    return ret;
}

/* What the client says meanwhile counts, and is said to nobody. False: it is gone. */
static bool listen_to_client(struct session *session, struct server_connection *client, unsigned ms)
{
    char data[16 * 1024];
    long n = server_receive(client, data, sizeof(data), ms);

    if (n > 0)
        session_heard(session, (size_t)n);
    return n >= 0 || !server_is_gone(client);
}

static void wait_for(struct session *session, struct server_connection *client, const struct moment *when)
{
    unsigned seen_requests = 0;
    unsigned long seen_heard = 0;
    struct timespec until = after_ms(STALL_MS);

    pthread_mutex_lock(&session->lock);
    while (!has_come(session, when)) {
        struct timespec soon = after_ms(2);
        if (seen_requests != session->requests || seen_heard != session->heard)
            until = after_ms(STALL_MS);
        else if (soon.tv_sec > until.tv_sec || (soon.tv_sec == until.tv_sec && soon.tv_nsec > until.tv_nsec))
            break;
        seen_requests = session->requests;
        seen_heard = session->heard;
        pthread_mutex_unlock(&session->lock);
        listen_to_client(session, client, 0);
        pthread_mutex_lock(&session->lock);
        if (!has_come(session, when))
            pthread_cond_timedwait(&session->changed, &session->lock, &soon);
    }
    pthread_mutex_unlock(&session->lock);
    clock_tell(session->begin_ms + when->ms);
}

/* --- the answer
 * ------------------------------------------------------------------------------------------------------- */

static void not_found(const struct sink *to)
{
    static const char body[] = "{\"message\":\"No such object: it is not in the recording\"}\n";
    static const char *const lines[] = { "Content-Type: application/json", "Transfer-Encoding: chunked" };
    struct wire_headers headers = { 0 };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        headers_add_line(&headers, lines[i], strlen(lines[i]));
    if (to->head(to->user, 404, "Not Found", &headers) && to->data(to->user, body, strlen(body)))
        to->end(to->user, true);
    headers_clear(&headers);
}

void replay_answer(struct session *session, struct server_connection *client,
                   const struct server_request *request, const struct sink *to)
{
    const struct recorded *r = take(session, request);
    bool ok;

    if (!r) {
        not_found(to);
        return;
    }
    wait_for(session, client, &r->head);
    ok = to->head(to->user, r->status, r->reason, &r->headers);
    for (size_t i = 0; ok && i < r->count; i++) {
        wait_for(session, client, &r->pieces[i].when);
        ok = to->data(to->user, buffer_string(&r->pieces[i].data), r->pieces[i].data.size);
    }
    if (ok && r->ended) {
        wait_for(session, client, &r->end);
        to->end(to->user, r->whole);
    }
    while (ok && !r->ended && listen_to_client(session, client, 100))
        ;
}
