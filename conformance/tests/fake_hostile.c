/* tests/fake_hostile.c - engines that want to keep the suite busy, or to have all its memory.
 *
 * To the runner each is an engine: /_ping, /version, /info, empty lists and an image that can be loaded. What
 * the cases ask, by paths with a version in them, is answered with what the mode is about: at once, or, where
 * it is about streams, after containers that are said to be created and to run. */
#include "tests/fake.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* --- the requests --- */

/* Where the path goes on behind "/v1.41"; NULL: the runner asks, not a case. */
static const char *case_path(const char *request)
{
    const char *path = strchr(request, ' ');

    if (path == NULL || strncmp(path + 1, "/v1.", 4) != 0)
        return NULL;
    path += 5;
    return path + strcspn(path, "/ ");
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Drops the body, so that the next request begins where it should. `head` holds what was read so far, `size`
 * bytes. */
static void drop_body(int fd, const char *head, size_t size)
{
    const char *length = strstr(head, "Content-Length: "), *end = strstr(head, "\r\n\r\n");
    size_t left = length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0;
    size_t have = size - (size_t)(end + 4 - head);
    char block[REQUEST_MAX];

    for (left -= left < have ? left : have; left > 0;) {
        ssize_t got = read(fd, block, left < sizeof(block) ? left : sizeof(block));
        if (got <= 0)
            return;
        left -= (size_t)got;
    }
}

/* Serves one connection; `hostile` answers the cases, and says false when it is done with the connection. */
static void serve(int fd, bool (*hostile)(int fd, const char *request, const char *path))
{
    char request[REQUEST_MAX];

    size_t size;

    while ((size = read_into(fd, request, sizeof(request))) > 0) {
        const char *path = case_path(request);
        drop_body(fd, request, size);
        if (path != NULL) {
            if (!hostile(fd, request, path))
                return;
            continue;
        }
        const char *body = engine_body(request);
        body = body != NULL ? body : empty_body(request);
        if (!answer(fd, body != NULL ? body : "{}"))
            return;
    }
}

static bool answer_as(int fd, const char *status, const char *body)
{
    char head[192];

    snprintf(head, sizeof(head),
             "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", status,
             strlen(body));
    return say(fd, head) && say(fd, body);
}

/* What the scenes need before a stream: things are made, started, and said to run. False: not one of these.
 */
static bool makes_things(int fd, const char *request, const char *path, bool *go_on)
{
    bool post = begins(request, "POST "), get = begins(request, "GET ");
    const char *sub = strstr(path, ID) != NULL ? strstr(path, ID) + strlen(ID) : "";

    if (post && (strstr(path, "/create") != NULL || begins(sub, "/exec")))
        *go_on = answer_as(fd, "201 Created", "{\"Id\":\"" ID "\",\"Warnings\":[]}");
    else if (begins(request, "DELETE ") ||
             (post && (begins(sub, "/start") || begins(sub, "/stop") || begins(sub, "/kill")) &&
              !begins(path, "/exec")))
        *go_on = say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
    else if (get && begins(path, "/images/"))
        *go_on = answer(fd, "{\"Id\":\"sha256:" ID "\"}");
    else if (get && begins(sub, "/json"))
        *go_on = answer(fd, "{\"Id\":\"" ID "\",\"State\":{\"Status\":\"running\",\"Running\":true}}");
    else
        return false;
    return true;
}

/* --- bodies --- */

static const char json_head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";

/* `text` again and again, `times` or (0) for ever. */
static bool repeat(int fd, const char *text, size_t size, unsigned long times)
{
    static const size_t room = 65536;
    char *block = malloc(room + size);
    size_t used = 0, per_block = 0;
    bool good = block != NULL;

    while (good && used + size <= room) {
        memcpy(block + used, text, size);
        used += size;
        per_block++;
    }
    for (unsigned long left = times; good && (times == 0 || left > 0);) {
        size_t part = times == 0 || left > per_block ? per_block : left;
        good = send_all(fd, block, part * size);
        left -= times == 0 ? 0 : part;
    }
    free(block);
    return good;
}

static bool endless_headers(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    return say(fd, "HTTP/1.1 200 OK\r\n") && repeat(fd, "X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 40, 0);
}

static bool endless_body(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    return say(fd, json_head) && repeat(fd, " ", 1, 0);
}

static bool endless_chunks(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    return say(fd,
               "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n") &&
           repeat(fd, "1\r\n \r\n", 6, 0);
}

static bool cut_chunk(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    say(fd,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{}");
    return false;
}

static bool huge_chunk(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            "fffffffffffffffff\r\n{}");
    return false;
}

static bool long_length(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{}");
    return false;
}

static bool short_length(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    return say(
        fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{\"Id\":\"x\"}");
}

static bool two_answers(int fd, const char *request, const char *path)
{
    return short_length(fd, request, path) && answer(fd, "{\"Id\":\"" ID "\"}") && answer(fd, "[]");
}

/* A byte in a second: always something, never an end. */
static bool drip(int fd, const char *request, const char *path)
{
    struct timespec pause = { .tv_sec = 1 };

    (void)request, (void)path;
    if (!say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"))
        return false;
    while (say(fd, " "))
        nanosleep(&pause, NULL);
    return false;
}

/* --- JSON --- */

static bool nested(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    if (say(fd, json_head) && repeat(fd, "[", 1, 5000000))
        repeat(fd, "]", 1, 5000000);
    return false;
}

static bool nested_objects(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    if (say(fd, json_head) && repeat(fd, "{\"a\":", 5, 2000) && say(fd, "1"))
        repeat(fd, "}", 1, 2000);
    return false;
}

static bool many_values(int fd, const char *request, const char *path)
{
    (void)request, (void)path;
    if (say(fd, json_head) && say(fd, "[") && repeat(fd, "0,", 2, 10000000))
        say(fd, "0]");
    return false;
}

static bool many_members(int fd, const char *request, const char *path)
{
    char *text = malloc(64 * 16384);

    (void)request, (void)path;
    bool good = text != NULL && say(fd, json_head) && say(fd, "{");
    for (unsigned i = 0; good && i < 10000000; i += 16384) {
        size_t used = 0;
        for (unsigned j = 0; j < 16384; j++)
            used += (size_t)sprintf(text + used, "\"%x\":0,", i + j);
        good = send_all(fd, text, used);
    }
    if (good)
        say(fd, "\"\":0}");
    free(text);
    return false;
}

/* Just below what the suite takes, and good: whoever keeps all of them has soon no memory left. */
static bool big_answers(int fd, const char *request, const char *path)
{
    bool go_on;

    if (!begins(request, "GET ") && makes_things(fd, request, path, &go_on))
        return go_on;
    if (say(fd, json_head) && say(fd, "{\"Id\":\"" ID "\",\"State\":{\"Status\":\"created\"},\"x\":\"") &&
        repeat(fd, "x", 1, 8000000))
        say(fd, "\"}");
    return false;
}

static bool nuls(int fd, const char *request, const char *path)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
                               "{\"Id\":\"a\\u0000b\",\"message\":\"\\u0000\"}\0\0\0";

    (void)request, (void)path;
    send_all(fd, text, sizeof(text) - 1);
    return false;
}

/* --- a bomb --- */

#define BOMB_MIB 512

static unsigned char *bomb;
static size_t bomb_size;

static void make_bomb(void)
{
    static unsigned char zeros[1 << 20];
    z_stream stream = { 0 };

    bomb_size = 4u << 20;
    bomb = malloc(bomb_size);
    if (bomb == NULL || deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    stream.next_out = bomb;
    stream.avail_out = (unsigned)bomb_size;
    for (int i = 0; i < BOMB_MIB; i++) {
        stream.next_in = zeros;
        stream.avail_in = sizeof(zeros);
        deflate(&stream, i + 1 == BOMB_MIB ? Z_FINISH : Z_NO_FLUSH);
    }
    bomb_size -= stream.avail_out;
    deflateEnd(&stream);
}

static bool gzip_bomb(int fd, const char *request, const char *path)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)request, (void)path;
    pthread_once(&once, make_bomb);
    if (say(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n"))
        send_all(fd, (char *)bomb, bomb_size);
    return false;
}

/* --- streams --- */

static const char upgraded[] =
    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"
    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

static bool is_stream(const char *path)
{
    return strstr(path, "/attach") != NULL || strstr(path, "/logs") != NULL ||
           (begins(path, "/exec/") && strstr(path, "/start") != NULL);
}

static bool is_events(const char *path)
{
    return begins(path, "/events");
}

static bool begin_stream(int fd, const char *path)
{
    return say(fd, strstr(path, "/logs") != NULL ? json_head : upgraded);
}

static void wait_for_end(int fd)
{
    char block[4096];

    while (read(fd, block, sizeof(block)) > 0)
        ;
}

static bool otherwise(int fd, const char *request, const char *path)
{
    bool go_on;

    return makes_things(fd, request, path, &go_on) ? go_on
                                                   : answer_as(fd, "404 Not Found", "{\"message\":\"no\"}");
}

static bool stalled_upgrade(int fd, const char *request, const char *path)
{
    if (!is_stream(path) && !is_events(path))
        return otherwise(fd, request, path);
    if (begin_stream(fd, path))
        wait_for_end(fd);
    return false;
}

/* Not even the head. */
static bool stalled_head(int fd, const char *request, const char *path)
{
    if (!is_stream(path) && !is_events(path))
        return otherwise(fd, request, path);
    wait_for_end(fd);
    return false;
}

static bool flood(int fd, const char *request, const char *path)
{
    if (!is_stream(path) && !is_events(path))
        return otherwise(fd, request, path);
    if (begin_stream(fd, path))
        repeat(fd,
               "\1\0\0\0\0\0\0\x10"
               "0123456789abcde\n",
               24, 0);
    return false;
}

static bool huge_frame(int fd, const char *request, const char *path)
{
    if (!is_stream(path))
        return otherwise(fd, request, path);
    if (begin_stream(fd, path) && send_all(fd, "\1\0\0\0\xff\xff\xff\xff", 8))
        repeat(fd, "x", 1, 0);
    return false;
}

static bool empty_frames(int fd, const char *request, const char *path)
{
    if (!is_stream(path))
        return otherwise(fd, request, path);
    if (begin_stream(fd, path))
        repeat(fd, "\1\0\0\0\0\0\0\0", 8, 0);
    return false;
}

static bool event_flood(int fd, const char *request, const char *path)
{
    static const char event[] =
        "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" ID
        "\",\"Attributes\":{\"image\":\"x\","
        "\"name\":\"x\"}},\"scope\":\"local\",\"time\":1795635960,\"timeNano\":1795635960000000000}\n";

    if (!is_events(path))
        return otherwise(fd, request, path);
    if (say(fd, json_head))
        repeat(fd, event, sizeof(event) - 1, 0);
    return false;
}

/* One event that never ends. */
static bool endless_event(int fd, const char *request, const char *path)
{
    if (!is_events(path))
        return otherwise(fd, request, path);
    if (say(fd, json_head) && say(fd, "["))
        repeat(fd, "{},", 3, 0);
    return false;
}

#define SERVE(name)                                                                                          \
    static void serve_##name(int fd)                                                                         \
    {                                                                                                        \
        serve(fd, name);                                                                                     \
    }

SERVE(endless_headers)
SERVE(endless_body)
SERVE(endless_chunks)
SERVE(cut_chunk)
SERVE(huge_chunk)
SERVE(long_length)
SERVE(short_length)
SERVE(two_answers)
SERVE(drip)
SERVE(nested)
SERVE(nested_objects)
SERVE(many_values)
SERVE(many_members)
SERVE(big_answers)
SERVE(nuls)
SERVE(gzip_bomb)
SERVE(stalled_upgrade)
SERVE(stalled_head)
SERVE(flood)
SERVE(huge_frame)
SERVE(empty_frames)
SERVE(event_flood)
SERVE(endless_event)
SERVE(otherwise)

const struct mode hostile_modes[] = {
    {"later-endless-headers", serve_endless_headers},
    { "later-endless-body",   serve_endless_body   },
    { "endless-chunks",       serve_endless_chunks },
    { "cut-chunk",            serve_cut_chunk      },
    { "huge-chunk",           serve_huge_chunk     },
    { "long-length",          serve_long_length    },
    { "short-length",         serve_short_length   },
    { "two-answers",          serve_two_answers    },
    { "later-drip",           serve_drip           },
    { "nested",               serve_nested         },
    { "nested-objects",       serve_nested_objects },
    { "many-values",          serve_many_values    },
    { "many-members",         serve_many_members   },
    { "big-answers",          serve_big_answers    },
    { "nuls",                 serve_nuls           },
    { "gzip-bomb",            serve_gzip_bomb      },
    { "stalled-upgrade",      serve_stalled_upgrade},
    { "stalled-head",         serve_stalled_head   },
    { "flood",                serve_flood          },
    { "huge-frame",           serve_huge_frame     },
    { "empty-frames",         serve_empty_frames   },
    { "event-flood",          serve_event_flood    },
    { "endless-event",        serve_endless_event  },
    { "broken",               serve_otherwise      },
    { NULL,                   NULL                 },
};
