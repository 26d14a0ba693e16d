/* Unit tests of the System tag over a real socket, without any domain: what each answers, and how events stream and end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "api/api.h"
#include "api/system.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"

static char directory[] = "/tmp/api-test-XXXXXX";
static char url[80];
static struct system_facts facts;
static struct engine engine = { .facts = &facts };
static struct http_server *server;
static pthread_t runner;

static void *run(void *arg)
{
    (void)arg;
    http_server_run(server, 100, NULL);
    return NULL;
}

static int start(void **state)
{
    struct http_server_config config = { .user = &engine, .handler = api_handle, .fail = api_fail };
    scoped_free char *id_file = NULL;

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(directory))
        return -1;
    id_file = path_join(directory, "id");
    if (system_id(id_file, &facts.id, NULL) < 0)
        return -1;
    facts.data_root = xstrdup(directory);
    system_facts_gather(&facts);
    engine.events = events_new();
    snprintf(url, sizeof(url), "unix://%s/s", directory);
    server = http_server_new(&config);
    if (http_server_listen(server, url, NULL, NULL, NULL) < 0)
        return -1;
    return pthread_create(&runner, NULL, run, NULL);
}

static int stop(void **state)
{
    (void)state;
    events_close(engine.events);
    http_server_stop(server);
    pthread_join(runner, NULL);
    server = http_server_free(server);
    events_free(engine.events);
    system_facts_clear(&facts);
    return tree_remove(directory, NULL);
}

static int ask(const char *method, const char *path)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    scoped_str text = { 0 };

    snprintf(a.sun_path, sizeof(a.sun_path), "%s", url + strlen("unix://"));
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    str_addf(&text, "%s %s HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n", method, path);
    fd_write_all(fd, text.data, text.len, NULL);
    return fd;
}

static const struct {
    const char *method, *path;
    const char *has[3], *lacks;
    /* clang-format off */
} rows[] = {
    { "GET",
      "/_ping",
      { "HTTP/1.1 200 OK\r\nApi-Version: " API_VERSION_MAX "\r\n", "Ostype: linux\r\n", "\r\n\r\nOK" },
      NULL },
    { "HEAD", "/v1.24/_ping", { "200 OK", "Content-Length: 0\r\n" }, "\r\n\r\nOK" },
    { "GET", "/v1.40.1/version", { "200 OK", "\"ApiVersion\":\"" API_VERSION_MAX "\"" }, NULL },
    { "GET",
      "/v1.41/info",
      { "\"KernelMemory\":", "\"Expected\":", "\"BridgeNfIptables\":" },
      "FirewallBackend" },
    { "GET", "/v1.51/info", { "\"FirewallBackend\":", "\"Warnings\":[" }, "\"BridgeNfIptables\":" },
    { "GET",
      "/v1.99/info",
      { "400 Bad Request", "{\"message\":\"client version 1.99 is too new. Maximum" },
      NULL },
    { "GET", "/v1.0/info", { "400 Bad Request", "client version 1.0 is too old. Minimum" }, NULL },
    { "GET", "/vx/info", { "404 Not Found", "{\"message\":\"page not found\"}\n" }, "Api-Version" },
    { "HEAD", "/info", { "404 Not Found" }, "message" },
    { "PUT", "/info", { "404 Not Found" }, NULL },
    { "GET", "//v1.41/info", { "301 Moved Permanently", "Location: /v1.41/info\r\n" }, NULL },
    { "OPTIONS", "/v1.41/info", { "200 OK", "Content-Length: 0\r\n" }, NULL },
    { "GET", "/info?a=%zz", { "400 Bad Request", "invalid URL escape \\\"%zz\\\"" }, NULL },
    { "GET",
      "/events?until=x",
      { "500 Internal Server Error", "strconv.ParseInt: parsing \\\"x\\\": invalid syntax" },
      NULL },
    { "GET",
      "/events?since=10&until=1",
      { "400 Bad Request", "`since` time (10) cannot be after `until` time (1)" },
      NULL },
    { "GET", "/events?filters=x", { "400 Bad Request", "{\"message\":\"invalid filter\"}" }, NULL },
    { "GET", "/v1.52/events?until=1", { "200 OK", "Content-Type: application/jsonl\r\n" }, NULL },
    { "GET",
      "/v1.51/events?until=1",
      { "200 OK", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", "\r\n\r\n0\r\n\r\n" },
      NULL },
    { "GET", "/v1.41/system/df?type=x", { "200 OK", "\"LayersSize\":0" }, NULL },
    { "GET", "/v1.51/system/df?type=x", { "400 Bad Request", "unknown object type: x" }, NULL },
    { "GET",
      "/v1.51/system/df?type=volume",
      { "\"Images\":null,\"Containers\":null,\"Volumes\":[],\"BuildCache\":null" },
      "VolumeUsage" },
    { "GET",
      "/v1.52/system/df?type=volume&verbose=1",
      { "{\"VolumeUsage\":{\"ActiveCount\":0,\"TotalCount\":0,\"Reclaimable\":0,\"TotalSize\":0}}" },
      "BuildCache" },
};
/* clang-format on */

static void answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scoped_str answer = { 0 };
        scoped_close int fd = ask(rows[i].method, rows[i].path);

        assert_int_equal(fd_read_all(fd, 1 << 20, &answer, NULL), 0);
        for (size_t k = 0; k < 3 && rows[i].has[k]; k++)
            if (!strstr(str_text(&answer), rows[i].has[k]))
                fail_msg("%s: wanted \"%s\" in \"%s\"", rows[i].path, rows[i].has[k], str_text(&answer));
        if (rows[i].lacks && strstr(str_text(&answer), rows[i].lacks))
            fail_msg("%s: \"%s\" should not be in \"%s\"", rows[i].path, rows[i].lacks, str_text(&answer));
    }
}

static void read_until(int fd, struct str *answer, const char *wanted)
{
    char piece[1024];
    ssize_t got;

    while (!strstr(str_text(answer), wanted)) {
        assert_int_equal(fd_wait_readable(fd, 5000, NULL), 1);
        got = read(fd, piece, sizeof(piece));
        assert_true(got > 0);
        str_add_bytes(answer, piece, (size_t)got);
    }
}

static void events_stream_filtered(void **state)
{
    scoped_close int fd = ask(
        "GET",
        "/v1.51/events?filters=%7B%22type%22%3A%5B%22container%22%5D%2C%22container%22%3A%5B%22we%22%5D%7D");
    scoped_str answer = { 0 };

    (void)state;
    read_until(fd, &answer, "\r\n\r\n");
    events_publish(engine.events, "volume", "create", "we", NULL);
    events_publish(engine.events, "container", "start", "id1", json_pack("{s:s}", "name", "other"));
    events_publish(engine.events, "container", "start", "id2",
                   json_pack("{s:s, s:s}", "name", "web", "image", "probe:1"));
    read_until(fd, &answer, "}\n");
    assert_null(strstr(answer.data, "volume"));
    assert_null(strstr(answer.data, "id1"));
    assert_non_null(strstr(answer.data, "{\"status\":\"start\",\"id\":\"id2\",\"from\":\"probe:1\",\"Type\":"
                                        "\"container\",\"Action\":\"start\","
                                        "\"Actor\":{\"ID\":\"id2\",\"Attributes\":{\"name\":\"web\","
                                        "\"image\":\"probe:1\"}},\"scope\":\"local\",\"time\":"));
}

/* Nobody publishes anything: leaving alone must wake the handler. */
static void leaving_ends_the_listener(void **state)
{
    int fd = ask("GET", "/events");
    scoped_str answer = { 0 };
    nanos deadline = clock_monotonic() + 5 * NANOS_PER_SECOND;
    size_t before;

    (void)state;
    read_until(fd, &answer, "\r\n\r\n");
    before = events_listeners(engine.events);
    assert_true(before > 0);
    close(fd);
    while (events_listeners(engine.events) >= before && clock_monotonic() < deadline)
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    assert_true(events_listeners(engine.events) < before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(events_stream_filtered),
        cmocka_unit_test(leaving_ends_the_listener),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
