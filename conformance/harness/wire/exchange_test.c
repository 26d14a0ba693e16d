/* wire/exchange_test.c - against a peer of one thread that says what it is told. */
#include "harness/wire/exchange.h"
#include "harness/wire/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct peer {
    const char *says;    /* after it has seen the head of a request */
    const char *repeats; /* for ever; NULL: it closes */
    int listener;
    char path[64];
    pthread_t thread;
    struct wire_target target;
};

static void say(int fd, const char *text)
{
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        return;
}

static void *serve(void *user)
{
    struct peer *peer = user;
    char head[4096] = "";
    size_t used = 0;
    ssize_t n;
    int fd = accept(peer->listener, NULL, NULL);

    while (!strstr(head, "\r\n\r\n") && (n = read(fd, head + used, sizeof head - 1 - used)) > 0)
        head[used += (size_t)n] = '\0';
    say(fd, peer->says);
    while (peer->repeats && send(fd, peer->repeats, strlen(peer->repeats), MSG_NOSIGNAL) > 0)
        ;
    close(fd);
    return NULL;
}

static void peer_begin(struct peer *peer)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char host[96], why[128];

    snprintf(peer->path, sizeof peer->path, "/tmp/plimsoll-exchange-test-%ld", (long)getpid());
    snprintf(address.sun_path, sizeof address.sun_path, "%s", peer->path);
    unlink(peer->path);
    peer->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(peer->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(peer->listener, 1), 0);
    snprintf(host, sizeof host, "unix://%s", peer->path);
    assert_int_equal(wire_target_parse(host, false, NULL, &peer->target, why, sizeof why), 0);
    assert_int_equal(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

static void peer_end(struct peer *peer)
{
    pthread_join(peer->thread, NULL);
    close(peer->listener);
    unlink(peer->path);
    wire_target_clear(&peer->target);
}

static struct exchange *get(struct peer *peer, unsigned timeout_ms)
{
    struct wire_request request = { .method = "GET", .path = "/v1.41/x y?a=[1]", .timeout_ms = timeout_ms };

    peer_begin(peer);
    return exchange_send(&peer->target, &request);
}

static void an_answer_is_taken_apart(void **state)
{
    struct peer peer = {
        .says =
            "HTTP/1.1 200 Fine by me\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"a\": 1}"
    };
    struct exchange *x = get(&peer, 5000);
    char *curl = exchange_curl(x);

    (void)state;
    assert_null(x->error);
    assert_int_equal(x->status, 200);
    assert_string_equal(x->reason, "Fine by me");
    assert_string_equal(exchange_header(x, "content-TYPE"), "application/json");
    assert_int_equal(json_integer_value(json_object_get(x->json, "a")), 1);
    assert_non_null(strstr(curl, "--request-target '/v1.41/x y?a=[1]'"));
    assert_non_null(strstr(curl, "--unix-socket"));
    free(curl);
    exchange_free(x);
    peer_end(&peer);
}

static void headers_that_do_not_end_end_the_exchange(void **state)
{
    struct peer peer = { .says = "HTTP/1.1 200 OK\r\n", .repeats = "X-Header: and one more header line\r\n" };
    struct exchange *x = get(&peer, 20000);

    (void)state;
    assert_non_null(x->error);
    exchange_free(x);
    peer_end(&peer);
}

static void a_body_that_does_not_end_is_cut(void **state)
{
    static char piece[64 * 1024];
    struct peer peer = { .says = "HTTP/1.1 200 OK\r\n\r\n", .repeats = memset(piece, 'x', sizeof piece - 1) };
    struct exchange *x = get(&peer, 30000);

    (void)state;
    assert_int_equal(x->status, 200);
    assert_true(x->cut || x->error);
    assert_true(x->size <= EXCHANGE_BODY_MAX);
    exchange_free(x);
    peer_end(&peer);
}

static void a_body_cut_short_is_an_error(void **state)
{
    struct peer peer = { .says = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc" };
    struct exchange *x = get(&peer, 5000);

    (void)state;
    assert_int_equal(x->status, 200);
    assert_non_null(x->error);
    exchange_free(x);
    peer_end(&peer);
}

static void values_in_a_row_are_read(void **state)
{
    struct peer peer = { .says = "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}\r\n{\"b\":2}\n" };
    struct exchange *x = get(&peer, 5000);
    json_t *values = exchange_values(x);

    (void)state;
    assert_null(x->json);
    assert_int_equal(json_array_size(values), 2);
    json_decref(values);
    exchange_free(x);
    peer_end(&peer);
}

static void values_are_counted_without_a_tree(void **state)
{
    static const struct {
        const char *text;
        size_t count;
    } rows[] = {
        {"1",                                   1},
        { "{}",                                 2},
        { "[1,2,3]",                            4},
        { "{\"a,[\\\"{\":1,\"b\":[2]} [1,2,3]", 4},
        { "]]]",                                1},
        { "",                                   1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(exchange_count_values(rows[i].text, strlen(rows[i].text)), rows[i].count);
}

/* "[" and `piece` again and again, up to `size` bytes. */
static size_t count_long(const char *piece, size_t size)
{
    size_t length = strlen(piece), used = 1;
    char *text = malloc(size + length + 1);

    assert_non_null(text);
    text[0] = '[';
    for (; used < size; used += length)
        memcpy(text + used, piece, length);
    size_t ret = exchange_count_values(text, used);
    free(text);
    return ret;
}

static void too_many_values_and_too_long_ones_are_not_parsed(void **state)
{
    (void)state;
    assert_int_equal(count_long("0,", 2 * EXCHANGE_VALUES_MAX + 100), EXCHANGE_VALUES_MAX + 1);
    assert_true(count_long("0,", EXCHANGE_VALUES_MAX) <= EXCHANGE_VALUES_MAX);
    assert_int_equal(count_long("          ", EXCHANGE_JSON_MAX + 100), EXCHANGE_VALUES_MAX + 1);
}

static void an_upgraded_stream_gives_all_that_follows_the_head(void **state)
{
    struct peer peer = {
        .says = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nHTTP/1.1 is no more"
    };
    struct wire_request request = { .method = "POST", .path = "/attach", .timeout_ms = 5000 };
    struct raw *raw;
    size_t size;

    (void)state;
    peer_begin(&peer);
    raw = raw_open(&peer.target, &request);
    while (raw_pump(raw, 5000) > 0)
        ;
    assert_int_equal(raw_status(raw), 101);
    assert_string_equal(raw_body(raw, &size), "HTTP/1.1 is no more");
    raw_close(raw);
    peer_end(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_taken_apart),
        cmocka_unit_test(headers_that_do_not_end_end_the_exchange),
        cmocka_unit_test(a_body_that_does_not_end_is_cut),
        cmocka_unit_test(a_body_cut_short_is_an_error),
        cmocka_unit_test(values_in_a_row_are_read),
        cmocka_unit_test(values_are_counted_without_a_tree),
        cmocka_unit_test(too_many_values_and_too_long_ones_are_not_parsed),
        cmocka_unit_test(an_upgraded_stream_gives_all_that_follows_the_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
