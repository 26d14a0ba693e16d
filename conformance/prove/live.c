/* prove/live.c - answers from an engine, passed on as they come. */
#include <stdlib.h>
#include <string.h>

#include "harness/wire/headers.h"
#include "harness/wire/raw.h"
#include "prove/change.h"
#include "prove/session_inside.h"
#include "report/memory.h"

#define TURN_MS 100

struct passing {
    struct session *session;
    struct server_connection *client;
    struct raw *raw;
    struct sink to;
    size_t passed; /* bytes of the body */
    bool head_passed;
    bool client_quiet; /* it will send no more */
    bool client_gone;
};

static struct raw *ask(const struct wire_target *engine, const struct outgoing *request, const char *method)
{
    const char **lines = must_alloc(request->headers.count + 1, sizeof(*lines));
    struct wire_request wire = { .method = method, .path = request->path, .headers = lines };
    struct raw *raw;

    for (size_t i = 0; i < request->headers.count; i++)
        lines[i] = must_format("%s: %s", request->headers.list[i].name, request->headers.list[i].value);
    if (request->body.size) {
        wire.body = request->body.data;
        wire.body_size = request->body.size;
    }
    raw = raw_open(engine, &wire);
    must_have(raw);
    for (size_t i = 0; i < request->headers.count; i++)
        free((char *)lines[i]);
    free(lines);
    return raw;
}

/* "Connection: close" is the answer to our own asking for it. */
static bool pass_head(struct passing *p)
{
    struct exchange *x = raw_exchange(p->raw);
    struct wire_headers headers = { 0 };
    bool ok;

    headers_copy(&headers, &x->headers);
    if (x->status != 101)
        change_drop_header(&headers, "Connection");
    ok = p->to.head(p->to.user, x->status, x->reason, &headers);
    headers_clear(&headers);
    p->head_passed = true;
    return ok;
}

static bool pass_answer(struct passing *p)
{
    size_t size;
    const char *body = raw_body(p->raw, &size);
    size_t from = p->passed;

    if (!p->head_passed && raw_status(p->raw) && !pass_head(p))
        return false;
    if (!p->head_passed || size == from)
        return true;
    p->passed = size;
    return p->to.data(p->to.user, body + from, size - from);
}

static void listen_to_client(struct passing *p)
{
    char data[16 * 1024];
    long n = p->client_quiet ? 0 : server_receive(p->client, data, sizeof(data), 0);

    if (n > 0) {
        session_heard(p->session, (size_t)n);
        raw_send(p->raw, data, (size_t)n, 10000);
    } else if (n < 0) {
        p->client_quiet = true;
        if (!server_is_gone(p->client))
            raw_half_close(p->raw);
    }
    p->client_gone = p->client_quiet && server_is_gone(p->client);
}

void live_answer(struct session *session, struct server_connection *client, const struct outgoing *request,
                 const char *method, const struct sink *to)
{
    struct passing p = { .session = session, .client = client, .to = *to };
    bool ok = true;

    p.raw = ask(session->options.engine, request, method);
    while (ok && !p.client_gone) {
        long n = raw_pump(p.raw, 0);
        ok = pass_answer(&p);
        if (raw_is_over(p.raw))
            break;
        listen_to_client(&p);
        if (n == 0)
            raw_wait(p.raw, p.client_quiet ? -1 : server_descriptor(client), TURN_MS);
    }
    if (ok && p.head_passed && raw_is_over(p.raw) && !p.client_gone)
        to->end(to->user, raw_exchange(p.raw)->error == NULL);
    raw_close(p.raw);
}
