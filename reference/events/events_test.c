/* Unit tests of events/events.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/json.h"
#include "events/events.h"

static struct event_listener *listen_since(struct events *hub, nanos since, nanos until)
{
    struct event_query q = { .since = since, .until = until };

    return events_listen(hub, &q);
}

static void assert_next(struct event_listener *l, const char *action)
{
    json_t *e;

    assert_int_equal(events_next(l, 1000, &e), 1);
    assert_string_equal(json_str_at(e, "Action", ""), action);
    json_decref(e);
}

static bool readable(struct event_listener *l)
{
    struct pollfd p = { .fd = events_fd(l), .events = POLLIN };

    return poll(&p, 1, 0) == 1;
}

static void a_listener_gets_what_comes(void **state)
{
    struct events *hub = events_new();
    struct event_listener *l;
    json_t *e;

    (void)state;
    events_publish(hub, "volume", "early", "v", NULL);
    l = listen_since(hub, 0, 0);
    assert_int_equal(events_next(l, 0, &e), 2);
    assert_false(readable(l));
    events_publish(hub, "volume", "create", "v", json_pack("{s:s}", "driver", "local"));
    assert_true(readable(l));
    assert_int_equal(events_next(l, 0, &e), 1);
    assert_string_equal(json_str_at(e, "Actor.Attributes.driver", ""), "local");
    assert_int_equal(json_int_at(e, "time", 0), json_int_at(e, "timeNano", 0) / 1000000000);
    json_decref(e);
    assert_false(readable(l));
    events_unlisten(l);
    events_free(hub);
}

static void the_last_256_are_replayed(void **state)
{
    struct events *hub = events_new();
    struct event_listener *l;
    char action[16];
    json_t *e;

    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(action, sizeof(action), "a%d", i);
        events_publish(hub, "x", action, "id", NULL);
    }
    l = listen_since(hub, 1, 0);
    for (int i = 300 - 256; i < 300; i++) {
        snprintf(action, sizeof(action), "a%d", i);
        assert_next(l, action);
    }
    assert_int_equal(events_next(l, 0, &e), 2);
    events_unlisten(l);
    l = listen_since(hub, clock_now() + NANOS_PER_SECOND, 0);
    assert_int_equal(events_next(l, 0, &e), 2);
    events_unlisten(l);
    events_free(hub);
}

static void it_ends_at_until(void **state)
{
    struct events *hub = events_new();
    struct event_listener *l;
    json_t *e;

    (void)state;
    events_publish(hub, "x", "one", "id", NULL);
    l = listen_since(hub, 1, clock_now());
    events_publish(hub, "x", "late", "id", NULL);
    assert_next(l, "one");
    assert_int_equal(events_next(l, -1, &e), 0);
    events_unlisten(l);
    l = listen_since(hub, 0, clock_now() + 20 * 1000000);
    assert_int_equal(events_next(l, -1, &e), 0);
    events_unlisten(l);
    events_free(hub);
}

static void one_that_does_not_read_is_ended(void **state)
{
    struct events *hub = events_new();
    struct event_listener *l = listen_since(hub, 0, 0);
    json_t *e;

    (void)state;
    for (int i = 0; i < 4097; i++)
        events_publish(hub, "x", "a", "id", NULL);
    for (int i = 0; i < 4096; i++)
        assert_next(l, "a");
    assert_int_equal(events_next(l, -1, &e), 0);
    events_unlisten(l);
    events_free(hub);
}

static void closing_the_hub_ends_all(void **state)
{
    struct events *hub = events_new();
    struct event_listener *l = listen_since(hub, 0, 0);
    json_t *e;

    (void)state;
    assert_int_equal(events_listeners(hub), 1);
    events_close(hub);
    assert_true(readable(l));
    assert_int_equal(events_next(l, -1, &e), 0);
    events_unlisten(l);
    events_free(hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_gets_what_comes), cmocka_unit_test(the_last_256_are_replayed),
        cmocka_unit_test(it_ends_at_until),           cmocka_unit_test(one_that_does_not_read_is_ended),
        cmocka_unit_test(closing_the_hub_ends_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
