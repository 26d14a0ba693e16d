/* network/network_test.c - networks in the kernel: in a network namespace that the test makes, so that nothing of this machine's is
 * touched. Needs root; says so and passes over itself without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"
#include "network/link.h"
#include "network/network.h"
#include "network/rules.h"

struct fixture {
    char dir[40];
    char root[64];
    struct events *events;
    struct networks *n;
};

static int open_networks(struct fixture *f, struct error *err)
{
    struct networks_config config = {
        .root = f->root, .run = f->dir, .instance = "abcd1234", .events = f->events
    };

    return networks_open(&config, &f->n, err);
}

static int set_up(void **state)
{
    struct fixture *f = new_zeroed(struct fixture);
    struct error err = { 0 };

    strcpy(f->dir, "/tmp/network_test.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->root, sizeof(f->root), "%s/records", f->dir);
    assert_int_equal(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
    assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), 0);
    f->events = events_new();
    if (open_networks(f, &err) < 0)
        fail_msg("%s", err.text);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    networks_close(f->n);
    events_free(f->events);
    assert_int_equal(tree_remove(f->dir, NULL), 0);
    free(f);
    return 0;
}

static json_t *created(struct fixture *f, const char *text, struct error *err)
{
    scoped(json_decref) json_t *request = json_loads(text, 0, NULL);
    json_t *made = NULL;

    return network_create(f->n, request, 51, &made, err) < 0 ? NULL : made;
}

static json_t *inspected(struct fixture *f, const char *ref)
{
    json_t *j = NULL;

    assert_int_equal(network_inspect(f->n, ref, false, NULL, 51, &j, NULL), 0);
    return j;
}

static void predefined_networks_are_there_and_stay(void **state)
{
    static const char *const names[] = { "bridge", "host", "none" };
    struct fixture *f = *state;

    for (size_t i = 0; i < 3; i++) {
        struct error err = { 0 };
        scoped(json_decref) json_t *j = inspected(f, names[i]);

        assert_string_equal(json_str_at(j, "Name", ""), names[i]);
        assert_int_equal(network_remove(f->n, names[i], &err), -1);
        assert_int_equal(err.kind, ERR_FORBIDDEN);
    }
}

static void a_network_brings_a_bridge_and_takes_it_away(void **state)
{
    struct fixture *f = *state;
    scoped(json_decref) json_t *made =
        created(f, "{\"Name\":\"n\",\"Options\":{\"com.docker.network.bridge.name\":\"ntbr0\"}}", NULL);
    struct error err = { 0 };

    assert_non_null(made);
    assert_true(link_exists("ntbr0"));
    assert_null(created(f, "{\"Name\":\"n\"}", &err));
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_int_equal(network_remove(f->n, "n", &err), 0);
    assert_false(link_exists("ntbr0"));
}

static void a_network_survives_the_daemon(void **state)
{
    struct fixture *f = *state;
    scoped(json_decref) json_t *made = created(f, "{\"Name\":\"n\",\"Labels\":{\"a\":\"b\"}}", NULL);
    scoped(json_decref) json_t *before = inspected(f, "n");
    scoped(json_decref) json_t *after = NULL;

    assert_non_null(made);
    networks_close(f->n);
    assert_int_equal(open_networks(f, NULL), 0);
    after = inspected(f, "n");
    assert_true(json_equal(before, after));
}

static void rules_are_taken_by_this_kernel(void **state)
{
    const struct rules_bridge bridges[] = {
        {.name = "b0", .subnets = { { FOUR, 0x0a000001, 24 } }, .masquerade = true, .icc = true },
        { .name = "b1",           .subnets = { { FOUR, 0x0a010000, 24 } },                                      .internal = true      },
        { .name = "b2",
         .subnets = { { FOUR, 0x0a020001, 24 } },
         .modes = { GATEWAY_ROUTED, GATEWAY_ROUTED }                                  },
    };
    const struct rules_port ports[] = {
        {"b0",  "tcp", FOUR, 0,          8080, 80, 0x0a000002},
        { "b0", "udp", FOUR, 0x7f000001, 53,   53, 0x0a000002},
        { "b2", "udp", FOUR, 0,          0,    53, 0x0a020002},
        { "b2", "tcp", SIX,  0,          0,    53, 1         },
    };
    const struct rules rules = { "network-test", bridges, 3, ports, 4 }, none = { .table = "network-test" };
    struct error err = { 0 };

    (void)state;
    if (rules_apply(&rules, &err) < 0 || rules_apply(&none, &err) < 0 ||
        rules_remove("network-test", &err) < 0)
        fail_msg("%s", err.text);
}

static struct network_endpoint endpoint(const char *network, const char *netns)
{
    return (struct network_endpoint){ .container_id =
                                          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                                      .container_name = "web",
                                      .network = network,
                                      .netns = netns };
}

static void a_container_gets_an_address_and_gives_it_back(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    struct network_endpoint e = endpoint("bridge", NULL);
    scoped_free char *netns = NULL;
    scoped(json_decref) json_t *settings = NULL;
    scoped(json_decref) json_t *again = NULL;
    scoped(json_decref) json_t *during = NULL;
    scoped(json_decref) json_t *afterwards = NULL;

    assert_int_equal(netns_make(f->n, e.container_id, &netns, &err), 0);
    e.netns = netns;
    if (network_connect(f->n, &e, &settings, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(json_str_at(settings, "IPAddress", ""), "172.17.0.2");
    assert_int_equal(network_connect(f->n, &e, &again, NULL, &err), -1);
    during = inspected(f, "bridge");
    assert_int_equal(json_object_size(json_at(during, "Containers")), 1);
    assert_int_equal(network_disconnect(f->n, e.container_id, "bridge", false, &err), 0);
    assert_int_equal(network_disconnect(f->n, e.container_id, "bridge", false, &err), -1);
    afterwards = inspected(f, "bridge");
    assert_int_equal(json_object_size(json_at(afterwards, "Containers")), 0);
    netns_remove(f->n, e.container_id);
    assert_false(path_exists(netns));
}

static void what_nobody_owns_is_removed(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    struct network_endpoint e = endpoint("bridge", NULL);
    scoped_free char *netns = NULL;
    scoped_free char *veth = NULL;
    scoped(json_decref) json_t *settings = NULL;

    assert_int_equal(netns_make(f->n, e.container_id, &netns, &err), 0);
    e.netns = netns;
    assert_int_equal(network_connect(f->n, &e, &settings, NULL, &err), 0);
    veth = xasprintf("vabcd%.8s", json_str_at(settings, "EndpointID", ""));
    assert_true(link_exists(veth));
    networks_close(f->n); /* the daemon dies and nobody adopts the container */
    assert_int_equal(open_networks(f, NULL), 0);
    networks_settle(f->n);
    assert_false(link_exists(veth));
    assert_false(path_exists(netns));
}

static void bad_requests_are_refused_and_leave_nothing(void **state)
{
    static const struct {
        const char *request, *part;
        enum error_kind kind;
    } rows[] = {
        {"{}",                                                                                             "name is empty",             ERR_INVALID  },
        { "{\"Name\":\"bridge\"}",                                                                         "predefined",                ERR_FORBIDDEN},
        { "{\"Name\":\"x\",\"Driver\":\"nope\"}",                                                          "plugin \"nope\" not found", ERR_NOT_FOUND},
        { "{\"Name\":\"x\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.0.0.0\"}]}}",                            "invalid subnet",
         ERR_INVALID                                                                                                                                 },
        { "{\"Name\":\"x\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.0.0.1/8\"}]}}",                          "it should be 10.0.0.0/8",
         ERR_INVALID                                                                                                                                 },
        { "{\"Name\":\"x\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.0.0.0/8\",\"Gateway\":\"11.0.0.1\"}]}}",
         "invalid gateway",                                                                                                             ERR_INVALID  },
        { "{\"Name\":\"x\",\"IPAM\":{\"Config\":[{\"Subnet\":\"172.17.0.0/16\"}]}}",                       "overlaps",
         ERR_FORBIDDEN                                                                                                                               },
        { "{\"Name\":7}",                                                                                  "Name",                      ERR_INVALID  },
    };
    struct fixture *f = *state;
    scoped(json_decref) json_t *list = NULL;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = { 0 };

        assert_null(created(f, rows[i].request, &err));
        assert_int_equal(err.kind, rows[i].kind);
        assert_non_null(strstr(err.text, rows[i].part));
    }
    assert_int_equal(network_list(f->n, NULL, 51, &list, NULL), 0);
    assert_int_equal(json_array_size(list), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(predefined_networks_are_there_and_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_network_brings_a_bridge_and_takes_it_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_network_survives_the_daemon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_are_taken_by_this_kernel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_container_gets_an_address_and_gives_it_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_owns_is_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_requests_are_refused_and_leave_nothing, set_up, tear_down),
    };

    if (geteuid() != 0) {
        puts("network_test: needs root to make network namespaces; nothing was tested");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
