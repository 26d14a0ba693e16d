/* Tests of wire/server.c by the clients that it is for: exchanges and raw streams. */
#include "harness/wire/clock.h"
#include "harness/wire/exchange.h"
#include "harness/wire/raw.h"
#include "harness/wire/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/plimsoll-server-XXXXXX", host[128], path[96];
static struct wire_target target;
static struct server *server;

/* Answers with what it was asked; an upgraded stream echoes until the client says no more. */
static void echo(void *user, struct server_connection *connection, const struct server_request *request)
{
    char head[512], data[256];
    long n;

    (void)user;
    if (strcmp(buffer_string(&request->path), "/hijack") == 0) {
        static const char upgraded[] = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
        server_send(connection, upgraded, strlen(upgraded));
        while ((n = server_receive(connection, data, sizeof data, 2000)) > 0)
            server_send(connection, data, (size_t)n);
        server_send(connection, "bye", 3);
        return;
    }
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
             strlen(request->method) + 1 + request->path.size + 1 + request->body.size);
    server_send(connection, head, strlen(head));
    if (strcmp(request->method, "HEAD") == 0)
        return;
    server_send(connection, request->method, strlen(request->method));
    server_send(connection, " ", 1);
    server_send(connection, buffer_string(&request->path), request->path.size);
    server_send(connection, " ", 1);
    server_send(connection, buffer_string(&request->body), request->body.size);
}

static int setup(void **state)
{
    char why[128];

    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/s", folder);
    snprintf(host, sizeof host, "unix://%s", path);
    server = server_open(path, echo, NULL);
    return server ? wire_target_parse(host, false, NULL, &target, why, sizeof why) : -1;
}

static int teardown(void **state)
{
    (void)state;
    server_close(server);
    wire_target_clear(&target);
    return rmdir(folder);
}

static void a_request_comes_whole(void **state)
{
    struct wire_request request = { .method = "POST", .path = "/a?b=%20", .body = "hello", .body_size = 5 };
    struct exchange *x = exchange_send(&target, &request);

    (void)state;
    assert_int_equal(x->status, 200);
    assert_string_equal(x->body, "POST /a?b=%20 hello");
    exchange_free(x);
}

static void a_head_has_no_body_for_raw(void **state)
{
    struct wire_request request = { .method = "HEAD", .path = "/" };
    struct raw *raw = raw_open(&target, &request);

    (void)state;
    while (raw_pump(raw, 2000) > 0)
        ;
    assert_int_equal(raw_status(raw), 200);
    assert_null(raw_exchange(raw)->error);
    raw_close(raw);
}

static void a_hijacked_stream_flows_both_ways(void **state)
{
    static const char *const headers[] = { "Connection: Upgrade", "Upgrade: tcp", NULL };
    struct wire_request request = { .method = "POST", .path = "/hijack", .headers = headers };
    struct raw *raw = raw_open(&target, &request);
    size_t size;

    (void)state;
    assert_true(raw_send(raw, "echo", 4, 1000));
    assert_int_equal(raw_half_close(raw), 0);
    while (raw_pump(raw, 2000) > 0)
        ;
    assert_int_equal(raw_status(raw), 101);
    assert_string_equal(raw_body(raw, &size), "echobye");
    raw_close(raw);
}

static void rubbish_gets_no_answer(void **state)
{
    struct wire_request request = { .method = "GET", .path = "/ with spaces" };
    struct raw *raw = raw_open(&target, &request);

    (void)state;
    while (raw_pump(raw, 2000) > 0)
        ;
    assert_int_equal(raw_status(raw), 0);
    raw_close(raw);
}

static void told_time_stands_still(void **state)
{
    uint64_t before;

    (void)state;
    clock_replay();
    before = clock_ms();
    clock_pause(250);
    assert_int_equal(clock_ms(), before + 250);
    clock_tell(before); /* the past */
    assert_int_equal(clock_ms(), before + 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_whole),
        cmocka_unit_test(a_head_has_no_body_for_raw),
        cmocka_unit_test(a_hijacked_stream_flows_both_ways),
        cmocka_unit_test(rubbish_gets_no_answer),
        cmocka_unit_test(told_time_stands_still), /* the last one: there is no way back */
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
