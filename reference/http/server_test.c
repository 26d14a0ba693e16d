/* Unit tests of http/server.h, over a real socket: one row per exchange, the request's bytes and what the
 * answer must hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "http/server.h"
#include "http/websocket.h"

static char directory[] = "/tmp/http-server-test-XXXXXX";
static char path[64], url[80];
static struct http_server *server;
static pthread_t runner;

static int echo(struct request *req, struct reply *reply, struct error *err)
{
    json_t *body;

    if (request_json(req, false, &body, err) < 0)
        return -1;
    return reply_json(reply, 201, body);
}

static int stream(struct reply *reply, struct error *err)
{
    reply_begin(reply, 200, "text/x");
    if (reply_write(reply, "one", 3, err) < 0)
        return -1;
    return reply_write_json(reply, json_true(), err);
}

static int hijack(struct request *req, struct reply *reply, struct error *err)
{
    char bytes[64];
    ssize_t got;

    if (reply_hijack(req, reply, "application/vnd.docker.raw-stream", err) < 0)
        return -1;
    while ((got = hijack_read(req, bytes, sizeof(bytes), err)) > 0)
        if (hijack_write(req, bytes, (size_t)got, err) < 0)
            return -1;
    return hijack_write(req, "end", 3, err);
}

static int echo_messages(struct request *req, struct reply *reply, struct error *err)
{
    struct websocket *ws;
    char bytes[64];
    ssize_t got;
    int rc = 0;

    if (websocket_accept(req, reply, false, &ws, err) < 0)
        return -1;
    while (rc == 0 && (got = websocket_read(ws, bytes, sizeof(bytes), err)) > 0)
        rc = websocket_write(ws, bytes, (size_t)got, err);
    websocket_close(ws);
    return rc;
}

static int handle(struct request *req, struct reply *reply, struct error *err)
{
    const char *at = request_path(req);
    scoped_str text = { 0 };

    if (str_eq(at, "/echo"))
        return echo(req, reply, err);
    if (str_eq(at, "/stream"))
        return stream(reply, err);
    if (str_eq(at, "/hijack"))
        return hijack(req, reply, err);
    if (str_eq(at, "/websocket"))
        return echo_messages(req, reply, err);
    if (str_eq(at, "/empty"))
        return reply_empty(reply, 204);
    if (str_eq(at, "/cut")) {
        reply_begin(reply, 200, NULL);
        reply_write(reply, "x", 1, err);
        return error_set(err, ERR_SYSTEM, "broke");
    }
    if (str_eq(at, "/large")) {
        for (int i = 0; i < 3000; i++)
            str_add_char(&text, 'y');
        return reply_text(reply, 200, "text/plain", text.data);
    }
    if (str_eq(at, "/query")) {
        str_addf(&text, "%s %d %d", request_query(req, "a"), request_query_bool(req, "t", false),
                 request_query_bool(req, "f", true));
        return reply_text(reply, 200, "text/plain", text.data);
    }
    reply_header(reply, "X-Break", "a\r\nInjected: 1");
    return error_set(err, ERR_NOT_FOUND, "no %s", at);
}

static void encode_failure(struct request *req, struct reply *reply, const struct error *err)
{
    (void)req;
    reply_json(reply, err->kind == ERR_NOT_FOUND ? 404 : 400, json_pack("{s:s}", "message", err->text));
}

static void *run(void *arg)
{
    (void)arg;
    http_server_run(server, 200, NULL);
    return NULL;
}

static int start(void **state)
{
    struct http_server_config config = {
        .handler = handle, .fail = encode_failure, .server_header = "Test", .max_connections = 50
    };
    struct error err;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/s.sock", directory);
    snprintf(url, sizeof(url), "unix://%s", path);
    server = http_server_new(&config);
    if (http_server_listen(server, url, "docker", NULL, &err) < 0)
        return -1;
    return pthread_create(&runner, NULL, run, NULL);
}

static int stop(void **state)
{
    (void)state;
    http_server_stop(server);
    pthread_join(runner, NULL);
    server = http_server_free(server);
    return rmdir(directory); /* the socket file is gone */
}

static int dial(void)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

/* Sends, ends the sending side, reads to the end. */
static void talk(const char *request, struct str *answer)
{
    scoped_close int fd = dial();

    fd_write_all(fd, request, strlen(request), NULL);
    shutdown(fd, SHUT_WR);
    assert_int_equal(fd_read_all(fd, 1 << 20, answer, NULL), 0);
}

#define JSON_POST(length, body)                                                                              \
    "POST /echo HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: " length            \
    "\r\n\r\n" body

#define HANDSHAKE                                                                                            \
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                             \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static const struct row {
    const char *label, *request;
    const char *has[4], *lacks;
    /* clang-format off */
} rows[] = {
    { "two requests on one connection",
      "GET /empty HTTP/1.1\r\nHost: d\r\n\r\nGET /query?a=b%20c&t=1&f=False HTTP/1.1\r\nHost: d\r\n\r\n",
      { "HTTP/1.1 204 No Content\r\n", "Content-Length: 7\r\n", "\r\n\r\nb c 1 0" },
      NULL },
    { "a failure, header injection",
      "GET /nothere HTTP/1.1\r\nHost: d\r\n\r\n",
      { "HTTP/1.1 404 Not Found\r\n", "Content-Type: application/json\r\n", "Server: Test\r\n",
        "{\"message\":\"no /nothere\"}\n" },
      "\r\nInjected" },
    { "HEAD has no body",
      "HEAD /nothere HTTP/1.1\r\nHost: d\r\n\r\n",
      { "HTTP/1.1 404 Not Found\r\n" },
      "message" },
    { "a JSON body",
      JSON_POST("7", "{\"a\":1}"),
      { "HTTP/1.1 201 Created\r\n", "\r\n\r\n{\"a\":1}\n" },
      NULL },
    { "a chunked body",
      "POST /echo HTTP/1.1\r\nHost: d\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
      { "201 Created", "{\"a\":1}\n" },
      NULL },
    { "two values", JSON_POST("4", "{}{}"), { "400 Bad Request", "unexpected content after JSON" }, NULL },
    { "half a value", JSON_POST("1", "{"), { "400 Bad Request", "invalid JSON: unexpected EOF" }, NULL },
    { "no value", JSON_POST("0", ""), { "400 Bad Request", "got EOF while reading request body" }, NULL },
    { "another type",
      "POST /echo HTTP/1.1\r\nHost: d\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
      { "400 Bad Request", "unsupported Content-Type header (text/plain)" },
      NULL },
    { "no type",
      "POST /echo HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}",
      { "malformed Content-Type header (): mime: no media type" },
      NULL },
    { "100-continue",
      "POST /echo HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nExpect: "
      "100-continue\r\nContent-Length: 2\r\n\r\n{}",
      { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n" },
      NULL },
    { "100-continue not wanted",
      "POST /empty HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
      { "HTTP/1.1 204 No Content\r\n", "Connection: close\r\n" },
      "100 Continue" },
    { "pieces",
      "GET /stream HTTP/1.1\r\nHost: d\r\n\r\n",
      { "Content-Type: text/x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n6\r\ntrue\r\n\r\n0\r\n\r\n" },
      NULL },
    { "pieces for HTTP/1.0",
      "GET /stream HTTP/1.0\r\n\r\n",
      { "HTTP/1.0 200 OK\r\n", "Connection: close\r\n\r\nonetrue\r\n" },
      "chunked" },
    { "a large answer",
      "GET /large HTTP/1.1\r\nHost: d\r\n\r\n",
      { "Transfer-Encoding: chunked\r\n\r\nbb8\r\nyyy", "y\r\n0\r\n\r\n" },
      "Content-Length" },
    { "cut when it fails", "GET /cut HTTP/1.1\r\nHost: d\r\n\r\n", { "\r\n\r\n1\r\nx\r\n" }, "0\r\n\r\n" },
    { "hijack",
      "POST /hijack HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly",
      { "HTTP/1.1 101 UPGRADED\r\n", "Content-Type: application/vnd.docker.raw-stream\r\nConnection: "
                                     "Upgrade\r\nUpgrade: tcp\r\n\r\nearlyend" },
      NULL },
    { "hijack without upgrade",
      "POST /hijack HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{}early",
      { "HTTP/1.1 200 OK\r\n", "\r\n\r\nearlyend" },
      "Upgrade" },
    /* RFC 6455, 1.3: the key; the frames are masked with "abcd" */
    { "websocket",
      "GET /websocket HTTP/1.1\r\nHost: d\r\n" HANDSHAKE "\x82\x82" "abcd\x09\x0b" "\x89\x81" "abcd\x11",
      { "HTTP/1.1 101 Switching Protocols\r\n", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
        "\x82\x02hi", "\x8a\x01p" },
      NULL },
    { "websocket without masks",
      "GET /websocket HTTP/1.1\r\nHost: d\r\n" HANDSHAKE "\x82\x02hi",
      { "\r\n\r\n\x88\x02\x03\xea" },
      "\x82" },
    { "websocket of another version",
      "GET /websocket HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 8\r\n\r\n",
      { "HTTP/1.1 400 Bad Request\r\n", "Sec-WebSocket-Version: 13\r\n" },
      "Sec-WebSocket-Accept" },
    { "garbage", "GARBAGE\r\n\r\n", { "HTTP/1.1 400 Bad Request\r\n", "Connection: close\r\n" }, NULL },
    { "no host", "GET / HTTP/1.1\r\n\r\n", { "400 Bad Request: missing required Host header" }, NULL },
    { "a malformed path", "GET /%zz HTTP/1.1\r\nHost: d\r\n\r\n", { "HTTP/1.1 400 Bad Request\r\n" }, NULL },
};
/* clang-format on */

static void answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scoped_str answer = { 0 };

        talk(rows[i].request, &answer);
        for (size_t k = 0; k < 4 && rows[i].has[k]; k++)
            if (!strstr(str_text(&answer), rows[i].has[k]))
                fail_msg("%s: wanted \"%s\" in \"%s\"", rows[i].label, rows[i].has[k], str_text(&answer));
        if (rows[i].lacks && strstr(str_text(&answer), rows[i].lacks))
            fail_msg("%s: \"%s\" should not be in \"%s\"", rows[i].label, rows[i].lacks, str_text(&answer));
    }
}

static void a_large_head_is_refused(void **state)
{
    scoped_str request = { 0 };
    scoped_str answer = { 0 };

    (void)state;
    str_add(&request, "GET / HTTP/1.1\r\nHost: d\r\n");
    while (request.len < 70000)
        str_add(&request, "X-Long: 0123456789012345678901234567890123456789\r\n");
    str_add(&request, "\r\n");
    talk(request.data, &answer);
    assert_non_null(strstr(str_text(&answer), "431 Request Header Fields Too Large"));
}

/* The stack of a connection's thread must hold the recursion that the JSON library allows. */
static void a_deep_body_is_answered(void **state)
{
    scoped_str request = { 0 };
    scoped_str answer = { 0 };

    (void)state;
    str_add(
        &request,
        "POST /echo HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 100000; i++)
        str_add_char(&request, '[');
    talk(request.data, &answer);
    assert_non_null(strstr(str_text(&answer), "400 Bad Request"));
    str_cut(&answer, 0);
    str_cut(&request, 0);
    str_add(
        &request,
        "POST /echo HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n");
    for (int i = 0; i < 4000; i++)
        str_add_char(&request, i < 2000 ? '[' : ']');
    talk(request.data, &answer);
    assert_non_null(strstr(str_text(&answer), "201 Created"));
}

static void the_socket_is_for_its_group_only(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
}

static void a_socket_in_use_is_not_taken(void **state)
{
    struct http_server_config config = { .handler = handle, .fail = encode_failure };
    struct http_server *second = http_server_new(&config);
    struct error err = { .kind = ERR_NONE };

    (void)state;
    assert_int_equal(http_server_listen(second, url, NULL, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_int_equal(http_server_listen(second, "tcp://0.0.0.0:0", NULL, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_FORBIDDEN);
    assert_int_equal(http_server_listen(second, "tcp://127.0.0.1:0", NULL, NULL, &err), 0);
    assert_int_equal(http_server_listen(second, "nonsense", NULL, NULL, &err), -1);
    http_server_free(second);
}

/* Stopping must not wait for a client that just sits there. */
static void an_idle_connection_does_not_hold_up_the_end(void **state)
{
    (void)state;
    dial();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(a_large_head_is_refused),
        cmocka_unit_test(a_deep_body_is_answered),
        cmocka_unit_test(the_socket_is_for_its_group_only),
        cmocka_unit_test(a_socket_in_use_is_not_taken),
        cmocka_unit_test(an_idle_connection_does_not_hold_up_the_end),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
