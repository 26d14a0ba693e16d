/* wire/target_test.c */
#include "harness/wire/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static void assert_target(const char *host, bool tls, const char *socket_path, const char *base_url)
{
    struct wire_target target;
    char why[256];

    assert_int_equal(wire_target_parse(host, tls, NULL, &target, why, sizeof why), 0);
    assert_string_equal(target.base_url, base_url);
    if (socket_path)
        assert_string_equal(target.socket_path, socket_path);
    else
        assert_null(target.socket_path);
    wire_target_clear(&target);
}

static void hosts_are_understood(void **state)
{
    (void)state;
    assert_target(NULL, false, "/var/run/docker.sock", "http://localhost");
    assert_target("unix:///tmp/x.sock", true, "/tmp/x.sock", "http://localhost");
    assert_target("tcp://10.0.0.1:1234", false, NULL, "http://10.0.0.1:1234");
    assert_target("tcp://10.0.0.1", true, NULL, "https://10.0.0.1:2376");
    assert_target("tcp://[::1]", false, NULL, "http://[::1]:2375");
    assert_target("tcp://[::1]:99/", false, NULL, "http://[::1]:99");
    assert_target("https://host:1", false, NULL, "https://host:1");
}

static void what_is_no_host_is_refused(void **state)
{
    static const char *const hosts[] = { "ssh://host", "unix://", "tcp://", "host:1", "tcp://host:1/path" };
    struct wire_target target;
    char why[256];

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        assert_int_equal(wire_target_parse(hosts[i], false, NULL, &target, why, sizeof why), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_understood),
        cmocka_unit_test(what_is_no_host_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
