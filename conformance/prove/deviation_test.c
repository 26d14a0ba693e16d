/* Tests of prove/deviation.c and prove/deviator.c: what comes out where an answer or a request goes in. */
#include "prove/deviation.h"
#include "harness/wire/headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct collected {
    int status;
    char length[32];
    struct buffer body;
    bool ended, whole;
};

static bool on_head(void *user, int status, const char *reason, const struct wire_headers *headers)
{
    struct collected *c = user;
    const char *length = headers_find(headers, "Content-Length");

    (void)reason;
    c->status = status;
    snprintf(c->length, sizeof c->length, "%s", length ? length : "");
    return true;
}

static bool on_data(void *user, const void *data, size_t size)
{
    struct collected *c = user;

    return buffer_add(&c->body, data, size);
}

static void on_end(void *user, bool whole)
{
    struct collected *c = user;

    c->ended = true;
    c->whole = whole;
}

/* Sends the answer through the deviation, `step` bytes at a time. */
static struct collected through(const struct deviation *deviation, const char *operation, int status,
                                const char *type, bool has_length, const char *body, size_t size, size_t step)
{
    struct collected ret = { 0 };
    struct sink to = { &ret, on_head, on_data, on_end }, sink;
    struct wire_headers headers = { 0 };
    struct deviator deviator;
    char line[64];

    snprintf(line, sizeof line, "Content-Type: %s", type);
    headers_add_line(&headers, line, strlen(line));
    snprintf(line, sizeof line, "Content-Length: %zu", size);
    if (has_length)
        headers_add_line(&headers, line, strlen(line));
    deviator_init(&deviator, deviation, operation, &to);
    sink = deviator_sink(&deviator);
    sink.head(sink.user, status, "OK", &headers);
    for (size_t at = 0; at < size; at += step)
        sink.data(sink.user, body + at, step < size - at ? step : size - at);
    sink.end(sink.user, true);
    headers_clear(&headers);
    return ret;
}

static void then_body(struct deviation deviation, const char *body, const char *wanted)
{
    for (size_t step = 1; step <= strlen(body); step++) {
        struct collected got =
            through(&deviation, deviation.operation, 200, "application/json", true, body, strlen(body), step);
        assert_string_equal(buffer_string(&got.body), wanted);
        assert_int_equal(got.body.size, (size_t)atoi(got.length));
        assert_true(got.whole);
        buffer_clear(&got.body);
    }
}

static void a_member_of_an_answer_is_made_wrong(void **state)
{
    static const char body[] = "{\"Id\":\"ab\",\"N\":1,\"L\":[],\"T\":\"2026-01-02T03:04:05.6Z\",\"E\":\"\"}";
    struct deviation d = { .operation = "ContainerInspect", .name = "Id", .kind = DEVIATION_MISSING };

    (void)state;
    then_body(d, body, "{\"N\":1,\"L\":[],\"T\":\"2026-01-02T03:04:05.6Z\",\"E\":\"\"}\n");
    d.kind = DEVIATION_TYPE;
    then_body(d, body, "{\"Id\":7,\"N\":1,\"L\":[],\"T\":\"2026-01-02T03:04:05.6Z\",\"E\":\"\"}\n");
    d.name = "N";
    d.kind = DEVIATION_VALUE;
    then_body(d, body, "{\"Id\":\"ab\",\"N\":2,\"L\":[],\"T\":\"2026-01-02T03:04:05.6Z\",\"E\":\"\"}\n");
    d.name = "L";
    d.kind = DEVIATION_NULL;
    then_body(d, body, "{\"Id\":\"ab\",\"N\":1,\"L\":null,\"T\":\"2026-01-02T03:04:05.6Z\",\"E\":\"\"}\n");
    d.name = "T";
    d.kind = DEVIATION_DATE;
    then_body(d, body,
              "{\"Id\":\"ab\",\"N\":1,\"L\":[],\"T\":\"2026-01-02 03:04:05 +0000 UTC\",\"E\":\"\"}\n");
    d.kind = DEVIATION_VALUE;
    then_body(d, body, "{\"Id\":\"ab\",\"N\":1,\"L\":[],\"T\":\"2025-01-02T03:04:05.6Z\",\"E\":\"\"}\n");
    d.name = "E";
    d.kind = DEVIATION_OMITTED;
    then_body(d, body, "{\"Id\":\"ab\",\"N\":1,\"L\":[],\"T\":\"2026-01-02T03:04:05.6Z\"}\n");
}

static void another_operation_passes_as_it_is(void **state)
{
    static const char body[] = " {\"Id\" : 1}";
    struct deviation d = { .operation = "ContainerList", .name = "Id", .kind = DEVIATION_MISSING };
    struct collected got =
        through(&d, "ContainerInspect", 200, "application/json", true, body, strlen(body), 3);

    (void)state;
    assert_string_equal(buffer_string(&got.body), body);
    buffer_clear(&got.body);
}

static void a_status_becomes_another(void **state)
{
    struct deviation d = { .operation = "ContainerStart", .status = 304, .kind = DEVIATION_STATUS };
    struct collected got = through(&d, "ContainerStart", 304, "text/plain", false, "", 0, 1);

    (void)state;
    assert_int_equal(got.status, 302);
    assert_string_equal(got.length, "0");
    got = through(&d, "ContainerStart", 204, "text/plain", false, "", 0, 1);
    assert_int_equal(got.status, 204);
}

static void then_events(enum deviation_kind kind, const char *wanted)
{
    static const char events[] =
        "{\"Type\":\"container\",\"Action\":\"create\"}\n{\"Type\":\"container\",\"Action\":"
        "\"start\"}\n{\"Type\":\"container\",\"Action\":\"die\"}\n";
    struct deviation d = { .operation = "SystemEvents", .name = "container/start", .kind = kind };

    for (size_t step = 1; step < 60; step += 7) {
        struct collected got =
            through(&d, "SystemEvents", 200, "application/json", false, events, strlen(events), step);
        char actions[64] = "";
        for (const char *at = buffer_string(&got.body); (at = strstr(at, "\"Action\":\"")); at += 10)
            strncat(actions, at + 10, 1);
        assert_string_equal(actions, wanted);
        buffer_clear(&got.body);
    }
}

static void an_event_is_lost_doubled_late(void **state)
{
    (void)state;
    then_events(DEVIATION_EVENT_LOST, "cd");
    then_events(DEVIATION_EVENT_TWICE, "cssd");
    then_events(DEVIATION_EVENT_LATE, "cds");
}

static void then_frames(enum deviation_kind kind, const char *wanted, size_t size, bool whole)
{
    static const char frames[] = "\1\0\0\0\0\0\0\2ab\2\0\0\0\0\0\0\1c";
    struct deviation d = { .operation = "ContainerLogs", .name = "frames", .kind = kind };

    for (size_t step = 1; step < sizeof frames; step++) {
        struct collected got = through(&d, "ContainerLogs", 200, "application/vnd.docker.raw-stream", false,
                                       frames, sizeof frames - 1, step);
        assert_int_equal(got.body.size, size);
        assert_memory_equal(buffer_string(&got.body), wanted, size);
        assert_true(got.ended && got.whole == whole);
        buffer_clear(&got.body);
    }
}

static void frames_are_broken(void **state)
{
    (void)state;
    then_frames(DEVIATION_FRAME_KIND, "\3\0\0\0\0\0\0\2ab\3\0\0\0\0\0\0\1c", 19, true);
    then_frames(DEVIATION_FRAME_SWAP, "\2\0\0\0\0\0\0\2ab\1\0\0\0\0\0\0\1c", 19, true);
    then_frames(DEVIATION_FRAME_LENGTH, "\1\0\0\0\0\0\0\3ab\2\0\0\0\0\0\0\2c", 19, true);
    then_frames(DEVIATION_FRAME_LAST, "\1\0\0\0\0\0\0\2ab", 10, true);
    then_frames(DEVIATION_CUT, "\1\0\0\0\0\0\0\2ab\2\0\0\0\0\0\0\1", 18, false);
}

static void then_request(struct deviation d, const char *path, const char *body, const char *wanted_path,
                         const char *wanted_body)
{
    struct outgoing request = { .path = strdup(path) };

    buffer_text(&request.body, body);
    deviation_apply_to_request(&d, &request);
    assert_string_equal(request.path, wanted_path);
    assert_string_equal(buffer_string(&request.body), wanted_body);
    free(request.path);
    buffer_clear(&request.body);
}

static void a_request_loses_something(void **state)
{
    struct deviation d = { .name = "all", .kind = DEVIATION_PARAMETER };

    (void)state;
    then_request(d, "/c/json?all=1&limit=2", "", "/c/json?limit=2", "");
    then_request(d, "/c/json?limit=2&all=1", "", "/c/json?limit=2", "");
    then_request(d, "/c/json?all", "", "/c/json", "");
    then_request(d, "/c/json?allx=1", "", "/c/json?allx=1", "");
    d = (struct deviation){ .name = "label", .kind = DEVIATION_FILTER };
    then_request(d, "/c?filters=%7B%22label%22%3A%5B%22a%22%5D%7D&x=1", "", "/c?x=1", "");
    then_request(d, "/c?filters=%7B%22label%22%3A%5B%22a%22%5D%2C%22id%22%3A%5B%22b%22%5D%7D", "",
                 "/c?filters=%7B%22id%22%3A%5B%22b%22%5D%7D", "");
    d = (struct deviation){ .name = "HostConfig.Memory", .kind = DEVIATION_MEMBER };
    then_request(d, "/c", "{\"HostConfig\":{\"Memory\":1,\"Init\":true}}", "/c",
                 "{\"HostConfig\":{\"Init\":true}}");
    d = (struct deviation){ .name = "1.44", .type = "1.51", .kind = DEVIATION_GATE };
    then_request(d, "/v1.43/c?a=b", "", "/v1.51/c?a=b", "");
    then_request(d, "/v1.44/c", "", "/v1.44/c", "");
    then_request(d, "/c", "", "/c", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_of_an_answer_is_made_wrong),
        cmocka_unit_test(another_operation_passes_as_it_is),
        cmocka_unit_test(a_status_becomes_another),
        cmocka_unit_test(an_event_is_lost_doubled_late),
        cmocka_unit_test(frames_are_broken),
        cmocka_unit_test(a_request_loses_something),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
