/* Against a server of one thread that says what the test gives it and keeps what it was asked. */
#include "http/client.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "http/json_split.h"

struct server {
    char dir[32], path[64], url[80];
    int fd;
    pthread_t thread;
    const char *answer;
    size_t cut;  /* sends that many bytes at a time; 0: all at once */
    bool echo;   /* after the answer, until the client's end, then "bye" */
    bool refuse; /* reads nothing of the body */
    struct str request;
};

static void *serve(void *user)
{
    struct server *s = user;
    char bytes[4096];
    ssize_t n;
    int fd = accept(s->fd, NULL, NULL);
    size_t length = strlen(s->answer), step = s->cut ? s->cut : length;

    while (!strstr(str_text(&s->request), "\r\n\r\n") && (n = read(fd, bytes, sizeof(bytes))) > 0)
        str_add_bytes(&s->request, bytes, (size_t)n);
    while (!s->refuse && strstr(str_text(&s->request), "chunked") &&
           !strstr(str_text(&s->request), "\r\n0\r\n\r\n") && (n = read(fd, bytes, sizeof(bytes))) > 0)
        str_add_bytes(&s->request, bytes, (size_t)n);
    for (size_t at = 0; at < length; at += step)
        if (write(fd, s->answer + at, length - at < step ? length - at : step) < 0)
            break;
    while (s->echo && (n = read(fd, bytes, sizeof(bytes))) > 0)
        if (write(fd, bytes, (size_t)n) < 0)
            break;
    if (s->echo && write(fd, "bye", 3) < 0)
        s->echo = false;
    shutdown(fd, SHUT_WR);
    while (!s->refuse && read(fd, bytes, sizeof(bytes)) > 0)
        ;
    close(fd);
    return NULL;
}

static struct http_client *begin(struct server *s)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct http_client_config config = { .host = s->url, .version_prefix = "/v1.44" };
    struct http_client *client = NULL;

    strcpy(s->dir, "/tmp/client_test.XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof(s->path), "%s/s", s->dir);
    snprintf(s->url, sizeof(s->url), "unix://%s", s->path);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", s->path);
    s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(s->fd, 1), 0);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    assert_int_equal(http_client_new(&config, &client, NULL), 0);
    return client;
}

static void end(struct server *s, struct http_client *client, struct http_call *call)
{
    http_call_close(call);
    http_client_free(client);
    pthread_join(s->thread, NULL);
    close(s->fd);
    unlink(s->path);
    rmdir(s->dir);
    str_free(&s->request);
}

static void a_chunked_answer_is_joined_however_it_is_cut(void **state)
{
    struct server s = { .answer = "HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
                        .cut = 1 };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "GET", .path = "/info" };
    struct http_call *call = NULL;
    struct error err = { 0 };
    json_t *body = NULL;

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), 0);
    assert_int_equal(http_call_status(call), 200);
    assert_string_equal(http_call_header(call, "api-version"), "1.44");
    assert_int_equal(http_call_json(call, &body, &err), 0);
    assert_int_equal(json_int_at(body, "a", 0), 1);
    assert_true(str_starts(str_text(&s.request), "GET /v1.44/info HTTP/1.1\r\n"));
    json_decref(body);
    end(&s, client, call);
}

static void an_answer_cut_short_is_an_error(void **state)
{
    struct server s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}" };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "GET", .path = "/info" };
    struct http_call *call = NULL;
    struct error err = { 0 };
    json_t *body = NULL;

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), 0);
    assert_int_equal(http_call_json(call, &body, &err), -1);
    assert_int_equal(err.kind, ERR_CLOSED);
    end(&s, client, call);
}

static void a_server_that_says_nothing_is_an_error(void **state)
{
    struct server s = { .answer = "" };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "GET", .path = "/" };
    struct http_call *call = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), -1);
    assert_int_equal(err.kind, ERR_CLOSED);
    end(&s, client, call);
}

static void what_is_no_http_is_an_error(void **state)
{
    struct server s = { .answer = "SSH-2.0-OpenSSH\r\n\r\n" };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "GET", .path = "/" };
    struct http_call *call = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    end(&s, client, call);
}

static void a_head_without_end_is_refused(void **state)
{
    struct str answer = { 0 };
    struct server s = { 0 };
    struct http_client *client;
    struct http_call_spec spec = { .method = "GET", .path = "/" };
    struct http_call *call = NULL;
    struct error err = { 0 };

    (void)state;
    str_add(&answer, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 20000; i++)
        str_addf(&answer, "X-%d: 0123456789\r\n", i);
    s.answer = str_text(&answer);
    client = begin(&s);
    assert_int_equal(http_call_open(client, &spec, &call, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    end(&s, client, call);
    str_free(&answer);
}

static void a_refusal_carries_the_engines_message(void **state)
{
    struct server s = { .answer =
                            "HTTP/1.1 404 Not Found\r\nContent-Length: 16\r\n\r\n{\"message\":\"no\"}" };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "DELETE", .path = "/x" };
    struct http_call *call = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), 0);
    assert_int_equal(http_call_check(call, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_string_equal(err.text, "no");
    end(&s, client, call);
}

static void head_has_no_body(void **state)
{
    struct server s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\n" };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "HEAD", .path = "/_ping" };
    struct http_call *call = NULL;
    struct error err = { 0 };
    char byte;

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), 0);
    assert_int_equal(http_call_read(call, &byte, 1, &err), 0);
    end(&s, client, call);
}

static void interim_answers_are_dropped(void **state)
{
    struct server s = { .answer = "HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
                        .cut = 1 };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "POST", .path = "/x" };
    struct http_call *call = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), 0);
    assert_int_equal(http_call_status(call), 204);
    assert_null(http_call_header(call, "X"));
    end(&s, client, call);
}

static void hijacked(const char *answer)
{
    struct server s = { .answer = answer, .echo = true };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "POST", .path = "/attach", .hijack = 1 };
    struct http_call *call = NULL;
    struct error err = { 0 };
    struct str got = { 0 };
    char bytes[64];
    ssize_t n;

    assert_int_equal(http_call_open(client, &spec, &call, &err), 0);
    assert_int_equal(http_call_write(call, "hello ", 6, &err), 0);
    http_call_shutdown(call);
    while ((n = http_call_read(call, bytes, sizeof(bytes), &err)) > 0)
        str_add_bytes(&got, bytes, (size_t)n);
    assert_int_equal(n, 0);
    assert_string_equal(str_text(&got), "early hello bye");
    assert_non_null(strstr(str_text(&s.request), "Upgrade: tcp\r\n"));
    str_free(&got);
    end(&s, client, call);
}

static void a_hijacked_stream_goes_both_ways_after_101(void **state)
{
    (void)state;
    hijacked("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly ");
}

static void a_hijacked_stream_goes_both_ways_after_200(void **state)
{
    (void)state;
    hijacked("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nearly ");
}

static ssize_t endless(void *user, void *bytes, size_t n, struct error *err)
{
    size_t *left = user;

    (void)err;
    if (n > *left)
        n = *left;
    memset(bytes, 'x', n);
    *left -= n;
    return (ssize_t)n;
}

static void a_body_is_sent_in_chunks(void **state)
{
    struct server s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" };
    struct http_client *client = begin(&s);
    size_t left = 300000;
    struct http_call_spec spec = {
        .method = "POST", .path = "/load", .source = endless, .source_user = &left
    };
    struct http_call *call = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), 0);
    assert_int_equal(http_call_status(call), 200);
    assert_int_equal(left, 0);
    end(&s, client, call);
}

static void a_refusal_in_the_middle_of_a_body_is_read(void **state)
{
    struct server s = { .answer =
                            "HTTP/1.1 400 Bad Request\r\nContent-Length: 18\r\n\r\n{\"message\":\"tar?\"}",
                        .refuse = true };
    struct http_client *client = begin(&s);
    size_t left = 64u << 20;
    struct http_call_spec spec = {
        .method = "POST", .path = "/load", .source = endless, .source_user = &left
    };
    struct http_call *call = NULL;
    struct error err = { 0 };

    (void)state;
    if (http_call_open(client, &spec, &call, &err) == 0)
        assert_int_equal(http_call_status(call), 400);
    else /* a reset may overtake the answer: then the connection's end is what we say */
        assert_int_equal(err.kind, ERR_CLOSED);
    assert_true(left > 0);
    end(&s, client, call);
}

static void values_follow_each_other_in_a_stream(void **state)
{
    struct server s = { .answer = "HTTP/1.1 200 OK\r\n\r\n{\"n\":1}{\"n\":\"}\\\"{\"}\r\n\r\n[3] 4 \n" };
    struct http_client *client = begin(&s);
    struct http_call_spec spec = { .method = "GET", .path = "/events" };
    struct http_call *call = NULL;
    struct error err = { 0 };
    json_t *value = NULL;
    int count = 0;

    (void)state;
    assert_int_equal(http_call_open(client, &spec, &call, &err), 0);
    while (http_call_next_json(call, &value, &err) == 1) {
        count++;
        json_decref(value);
    }
    assert_int_equal(count, 4);
    assert_int_equal(err.kind, ERR_NONE);
    end(&s, client, call);
}

static void nobody_there_is_told_as_unavailable(void **state)
{
    struct http_client_config config = { .host = "unix:///nonexistent/socket" };
    struct http_call_spec spec = { .method = "GET", .path = "/" };
    struct http_client *client = NULL;
    struct http_call *call = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(http_client_new(&config, &client, &err), 0);
    assert_int_equal(http_call_open(client, &spec, &call, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    http_client_free(client);
}

static void hosts_that_are_none_are_refused(void **state)
{
    static const char *const hosts[] = { "", "unix:/x", "tcp://nohost", "tcp://[::1]", "http://x" };

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct http_client_config config = { .host = hosts[i] };
        struct http_client *client = NULL;
        struct error err = { 0 };

        assert_int_equal(http_client_new(&config, &client, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
    }
}

static void names_are_escaped(void **state)
{
    char *escaped = http_escape("a b/c?d=\xc3\xa4~");

    (void)state;
    assert_string_equal(escaped, "a%20b%2Fc%3Fd%3D%C3%A4~");
    free(escaped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chunked_answer_is_joined_however_it_is_cut),
        cmocka_unit_test(an_answer_cut_short_is_an_error),
        cmocka_unit_test(a_server_that_says_nothing_is_an_error),
        cmocka_unit_test(what_is_no_http_is_an_error),
        cmocka_unit_test(a_head_without_end_is_refused),
        cmocka_unit_test(a_refusal_carries_the_engines_message),
        cmocka_unit_test(head_has_no_body),
        cmocka_unit_test(interim_answers_are_dropped),
        cmocka_unit_test(a_hijacked_stream_goes_both_ways_after_101),
        cmocka_unit_test(a_hijacked_stream_goes_both_ways_after_200),
        cmocka_unit_test(a_body_is_sent_in_chunks),
        cmocka_unit_test(a_refusal_in_the_middle_of_a_body_is_read),
        cmocka_unit_test(values_follow_each_other_in_a_stream),
        cmocka_unit_test(nobody_there_is_told_as_unavailable),
        cmocka_unit_test(hosts_that_are_none_are_refused),
        cmocka_unit_test(names_are_escaped),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
