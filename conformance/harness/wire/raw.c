/* wire/raw.c - see raw.h. */
#include "harness/wire/raw.h"
#include "harness/wire/answer.h"
#include "harness/wire/buffer.h"
#include "harness/wire/clock.h"
#include "harness/wire/curl_setup.h"
#include "harness/wire/exchange_inside.h"
#include "harness/wire/headers.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define DEFAULT_TIMEOUT_MS 10000
#define REPLAY_WAIT_MS     150 /* real ones: what is replayed comes within them or never */

struct raw {
    CURL *curl;
    curl_socket_t fd;
    struct answer answer;
    struct exchange *x;
    bool over;
    char error[CURL_ERROR_SIZE];
    uint64_t begin_ms;
};

static bool has_connection_header(const struct wire_request *request)
{
    for (const char *const *header = request->headers; header && *header; header++)
        if (strncasecmp(*header, "Connection:", 11) == 0)
            return true;
    return false;
}

static void add_line(struct raw *raw, struct buffer *head, const char *line)
{
    buffer_printf(head, "%s\r\n", line);
    headers_add_line(&raw->x->sent_headers, line, strlen(line));
}

static void write_head(struct raw *raw, const struct wire_request *request, struct buffer *head)
{
    char line[512];

    buffer_printf(head, "%s %s HTTP/1.1\r\n", request->method, request->path);
    snprintf(line, sizeof line, "Host: %s", raw->x->target->authority);
    add_line(raw, head, line);
    add_line(raw, head, "User-Agent: plimsoll");
    if (!has_connection_header(request))
        add_line(raw, head, "Connection: close");
    for (const char *const *header = request->headers; header && *header; header++)
        add_line(raw, head, *header);
    if (request->content_type) {
        snprintf(line, sizeof line, "Content-Type: %s", request->content_type);
        add_line(raw, head, line);
    }
    if (request->body || strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0) {
        snprintf(line, sizeof line, "Content-Length: %zu", request->body_size);
        add_line(raw, head, line);
    }
    buffer_text(head, "\r\n");
}

static void fail(struct raw *raw, const char *text)
{
    raw->over = true;
    if (!raw->error[0])
        snprintf(raw->error, sizeof raw->error, "%s", text);
}

static void connect_and_send(struct raw *raw, const struct wire_request *request)
{
    unsigned ms = request->timeout_ms ? request->timeout_ms : DEFAULT_TIMEOUT_MS;
    struct buffer head = { 0 };
    CURLcode code;

    curl_easy_setopt(raw->curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(raw->curl, CURLOPT_TIMEOUT_MS, (long)ms);
    code = curl_easy_perform(raw->curl);
    if (code != CURLE_OK || curl_easy_getinfo(raw->curl, CURLINFO_ACTIVESOCKET, &raw->fd) != CURLE_OK) {
        fail(raw, curl_easy_strerror(code));
        return;
    }
    write_head(raw, request, &head);
    if (request->body)
        buffer_add(&head, request->body, request->body_size);
    raw_send(raw, buffer_string(&head), head.size, ms);
    buffer_clear(&head);
}

struct raw *raw_open(const struct wire_target *target, const struct wire_request *request)
{
    struct raw *raw = calloc(1, sizeof *raw);

    if (!raw)
        return NULL;
    raw->fd = CURL_SOCKET_BAD;
    raw->begin_ms = clock_ms();
    answer_init(&raw->answer);
    raw->answer.bodiless = strcmp(request->method, "HEAD") == 0;
    raw->x = exchange_new(target, request);
    raw->curl = curl_for_target(target, DEFAULT_TIMEOUT_MS, raw->error);
    if (!raw->x || !raw->curl) {
        raw_close(raw);
        return NULL;
    }
    connect_and_send(raw, request);
    return raw;
}

void raw_close(struct raw *raw)
{
    if (!raw)
        return;
    curl_easy_cleanup(raw->curl);
    answer_clear(&raw->answer);
    exchange_free(raw->x);
    free(raw);
}

void raw_hang_up(struct raw *raw)
{
    curl_easy_cleanup(raw->curl);
    raw->curl = NULL;
    raw->fd = CURL_SOCKET_BAD;
    raw->over = true;
}

static bool wait_for(struct raw *raw, short events, unsigned ms)
{
    struct pollfd fd = { .fd = raw->fd, .events = events };
    bool replayed = clock_is_replayed();
    int n;

    do
        n = poll(&fd, 1, replayed && ms > REPLAY_WAIT_MS ? REPLAY_WAIT_MS : (int)ms);
    while (n < 0 && errno == EINTR);
    if (n == 0 && replayed)
        clock_tell(clock_ms() + ms);
    return n > 0;
}

/* What is there now: bytes, 0 nothing, -1 over. TLS may hold bytes that poll() does not see, so this comes
 * before any wait. */
static long receive(struct raw *raw)
{
    char data[32 * 1024];
    size_t size = 0;
    CURLcode code = curl_easy_recv(raw->curl, data, sizeof data, &size);

    if (code == CURLE_AGAIN)
        return 0;
    if (code == CURLE_OK && size > 0) {
        answer_feed(&raw->answer, data, size);
        raw->over = raw->answer.complete || raw->answer.error[0];
        return (long)size;
    }
    answer_end(&raw->answer);
    raw->over = true;
    return -1;
}

long raw_pump(struct raw *raw, unsigned ms)
{
    uint64_t deadline = clock_ms() + ms;

    for (;;) {
        long n;
        if (raw->over)
            return -1;
        n = receive(raw);
        if (n != 0)
            return n;
        if (clock_left(deadline) == 0 || !wait_for(raw, POLLIN, clock_left(deadline)))
            return 0;
    }
}

bool raw_is_over(const struct raw *raw)
{
    return raw->over;
}

void raw_wait(const struct raw *raw, int fd, unsigned ms)
{
    struct pollfd both[] = {
        {.fd = raw->fd, .events = POLLIN},
        { .fd = fd,     .events = POLLIN}
    };

    poll(both, 2, (int)ms); /* a signal ends it early, which no caller minds */
}

bool raw_send(struct raw *raw, const void *data, size_t size, unsigned ms)
{
    uint64_t deadline = clock_ms() + ms;
    const char *from = data;

    while (size) {
        size_t sent = 0;
        CURLcode code;
        if (raw->fd == CURL_SOCKET_BAD || clock_left(deadline) == 0)
            return false;
        code = curl_easy_send(raw->curl, from, size, &sent);
        if (code != CURLE_OK && code != CURLE_AGAIN)
            return false;
        from += sent;
        size -= sent;
        if (code == CURLE_AGAIN) {
            if (!raw->over)
                receive(raw);
            wait_for(raw, POLLOUT, 50);
        }
    }
    return true;
}

int raw_half_close(struct raw *raw)
{
    if (raw->x->target->tls || raw->fd == CURL_SOCKET_BAD)
        return -1;
    shutdown(raw->fd, SHUT_WR);
    return 0;
}

int raw_status(const struct raw *raw)
{
    return raw->answer.head_done ? raw->answer.status : 0;
}

const char *raw_body(const struct raw *raw, size_t *size)
{
    *size = raw->answer.body.size;
    return buffer_string(&raw->answer.body);
}

struct exchange *raw_exchange(struct raw *raw)
{
    struct exchange *x = raw->x;
    const char *error = raw->error[0] ? raw->error : raw->answer.error;
    struct buffer body = { 0 };

    x->status = raw_status(raw);
    x->ms = (unsigned)(clock_ms() - raw->begin_ms);
    free(x->reason);
    x->reason = strdup(buffer_string(&raw->answer.reason));
    headers_copy(&x->headers, &raw->answer.headers);
    free(x->error);
    x->error = *error ? strdup(error) : x->status == 0 ? strdup("no answer yet") : NULL;
    buffer_add(&body, buffer_string(&raw->answer.body), raw->answer.body.size);
    exchange_set_body(x, &body);
    return x;
}
