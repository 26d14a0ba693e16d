/* runtime/spec_test.c - what a bundle says, against what docker-28.5 was seen to put into its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "runtime/capabilities.h"
#include "runtime/devices.h"
#include "runtime/resources.h"
#include "runtime/seccomp.h"
#include "runtime/spec.h"
#include "runtime/users.h"

static json_t *json(const char *text)
{
    json_t *value = NULL;

    assert_int_equal(json_parse(text, strlen(text), &value, NULL), 0);
    return value;
}

static void capabilities_are(const char *host_config, const char *wanted)
{
    scoped(json_decref) json_t *hc = json(host_config);
    scoped_strv got = { 0 };
    scoped_free char *text = NULL;

    assert_int_equal(capabilities_make(hc, false, &got, NULL), 0);
    text = strv_join(&got, " ");
    assert_string_equal(text, wanted);
}

static void capabilities_are_added_and_dropped(void **state)
{
    scoped(json_decref) json_t *bad = json("{\"CapDrop\":[\"cap_foo\"]}");
    struct error err;

    (void)state;
    capabilities_are("{\"CapDrop\":[\"all\"],\"CapAdd\":[\"chown\",\"CAP_KILL\"]}", "CAP_CHOWN CAP_KILL");
    capabilities_are(
        "{}", "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP "
              "CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_CHROOT CAP_MKNOD CAP_AUDIT_WRITE CAP_SETFCAP");
    capabilities_are("{\"CapDrop\":[\"CHOWN\",\"MKNOD\"]}",
                     "CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP "
                     "CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_CHROOT CAP_AUDIT_WRITE CAP_SETFCAP");
    assert_int_equal(capabilities_check(bad, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    assert_string_equal(err.text, "invalid CapDrop: unknown capability: \"CAP_FOO\"");
}

static void device_error(const char *host_config, const char *wanted)
{
    scoped(json_decref) json_t *hc = json(host_config);
    json_t *nodes, *rules;
    struct error err;

    assert_int_equal(devices_make(hc, false, &nodes, &rules, &err), -1);
    assert_string_equal(err.text, wanted);
}

static void devices_are_looked_at(void **state)
{
    scoped(json_decref) json_t *hc =
        json("{\"Devices\":[{\"PathOnHost\":\"/dev/null\",\"PathInContainer\":\"/dev/x\","
             "\"CgroupPermissions\":\"r\"}],\"DeviceCgroupRules\":[\"c 42:* rmw\"]}");
    scoped(json_decref) json_t *nodes = NULL, *rules = NULL;
    scoped_free char *text = NULL;

    (void)state;
    device_error("{\"Devices\":[{\"PathOnHost\":\"/dev/nope\"}]}",
                 "error gathering device information while adding custom device \"/dev/nope\": no such file "
                 "or directory");
    device_error(
        "{\"Devices\":[{\"PathOnHost\":\"/etc/passwd\"}]}",
        "error gathering device information while adding custom device \"/etc/passwd\": not a device node");
    device_error("{\"DeviceCgroupRules\":[\"z 1:1 r\"]}", "invalid device cgroup rule format: 'z 1:1 r'");
    assert_int_equal(devices_make(hc, false, &nodes, &rules, NULL), 0);
    assert_string_equal(json_str_at(json_array_get(nodes, 0), "path", ""), "/dev/x");
    assert_int_equal(json_array_size(rules), 10);
    text = json_text(json_array_get(rules, 9));
    assert_string_equal(text, "{\"allow\":true,\"access\":\"rmw\",\"type\":\"c\",\"major\":42}");
}

static void limits_become_resources(void **state)
{
    scoped(json_decref) json_t *hc =
        json("{\"Memory\":67108864,\"MemoryReservation\":33554432,\"CpuShares\":512,"
             "\"NanoCpus\":500000000,\"CpusetCpus\":\"0\",\"PidsLimit\":50,\"BlkioWeight\":300}");
    struct host host = {
        .memory = true, .swap = true, .cpu_quota = true, .cpu_shares = true, .cpuset = true, .pids = true
    };
    scoped(json_decref) json_t *made = resources_make(hc, &host);
    scoped_free char *text = json_text(made);

    (void)state;
    assert_string_equal(text, "{\"memory\":{\"limit\":67108864,\"reservation\":33554432,\"swap\":134217728},"
                              "\"cpu\":{\"shares\":512,\"quota\":50000,\"period\":100000,\"cpus\":\"0\"},"
                              "\"pids\":{\"limit\":50}}");
}

static void profiles_are_resolved(void **state)
{
    scoped_strv none = { 0 };
    scoped(json_decref) json_t *made = NULL;
    scoped_free char *text = NULL;
    struct error err;

    (void)state;
    assert_int_equal(seccomp_from_profile(
                         "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
                         "{\"name\":\"mkdir\",\"action\":\"SCMP_ACT_ERRNO\",\"args\":[]},"
                         "{\"names\":[\"a\"],\"action\":\"X\",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
                         "{\"names\":[\"b\"],\"action\":\"X\",\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}}]}",
                         &none, &made, NULL),
                     0);
    text = json_text(made);
    assert_string_equal(
        text, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":"
              "\"SCMP_ACT_ERRNO\"},{\"names\":[\"b\"],\"action\":\"X\"}]}");
    assert_int_equal(seccomp_from_profile("{bad", &none, &made, &err), -1);
    assert_true(str_starts(err.text, "Decoding seccomp profile failed: "));
}

static const char passwd[] =
    "root:x:0:0:root:/root:/bin/sh\n# comment\nbad\n:::\nbob:x:1000:1001:Bob:/home/bob:/bin/sh";
static const char groups[] =
    "root:x:0:\nbobs:x:1001:\nextra:x:2000:bob\nother:x:2001:root,bob\nbobby:x:2002:bobx,xbob\n";

static void user_is(const char *user, const char *add, const char *wanted)
{
    scoped(json_decref) json_t *group_add = json(add);
    scoped_free char *home = NULL;
    scoped_str text = { 0 };
    struct spec_user u;

    assert_int_equal(users_find(passwd, groups, user, group_add, &u, &home, NULL), 0);
    str_addf(&text, "%u:%u", u.uid, u.gid);
    for (size_t i = 0; i < u.extra_count; i++)
        str_addf(&text, " %u", u.extra[i]);
    str_addf(&text, " %s", home);
    free((void *)u.extra);
    assert_string_equal(str_text(&text), wanted);
}

static void user_fails(const char *user, const char *add, const char *wanted)
{
    scoped(json_decref) json_t *group_add = json(add);
    struct spec_user u;
    struct error err;

    assert_int_equal(users_find(passwd, groups, user, group_add, &u, NULL, &err), -1);
    assert_string_equal(err.text, wanted);
}

static void users_are_looked_up(void **state)
{
    (void)state;
    user_is("", "[]", "0:0 0 2001 /root");
    user_is("bob", "[]", "1000:1001 1001 2000 2001 /home/bob");
    user_is("1000", "[]", "1000:1001 1001 2000 2001 /home/bob");
    user_is("bob:extra", "[]", "1000:2000 2000 /home/bob");
    user_is("bob", "[\"other\",\"7\"]", "1000:1001 1001 2000 2001 2001 7 /home/bob");
    user_is("77:88", "[\"5\"]", "77:88 88 5 /");
    user_is("77", "[]", "77:0 0 /");
    user_is(":2000", "[]", "0:2000 2000 /root");
    user_fails("nobody2", "[]", "unable to find user nobody2: no matching entries in passwd file");
    user_fails("bob:nogrp", "[]", "unable to find group nogrp: no matching entries in group file");
    user_fails("bob", "[\"nogroup\"]", "unable to find group nogroup: no matching entries in group file");
    user_fails("4294967296", "[]", "uids and gids must be in range 0-2147483647");
}

static void an_exec_inherits(void **state)
{
    scoped(json_decref) json_t *base =
        json("{\"process\":{\"args\":[\"a\"],\"env\":[\"A=1\",\"B=2\"],\"cwd\":\"/x\","
             "\"terminal\":true,\"user\":{\"uid\":5}}}");
    scoped(json_decref) json_t *config =
        json("{\"Cmd\":[\"ls\"],\"Env\":[\"B=3\",\"C=4\"],\"WorkingDir\":null}");
    scoped(json_decref) json_t *made = NULL;
    scoped_free char *text = NULL;

    (void)state;
    assert_int_equal(spec_exec_process(base, config, NULL, &made, NULL), 0);
    text = json_text(made);
    assert_string_equal(
        text, "{\"args\":[\"ls\"],\"env\":[\"A=1\",\"B=3\",\"C=4\"],\"cwd\":\"/x\",\"terminal\":false,"
              "\"user\":{\"uid\":5}}");
}

static void a_plain_container_is_that_of_dockerd(void **state)
{
    struct runtimes_config config = { .exec_root = "/tmp/spec_test.runtimes", .instance = "spec-test" };
    struct spec spec = { .id = "id", .rootfs = "/r", .hostname = "h", .netns = "/n" };
    scoped(json_decref) json_t *hc =
        json("{\"Tmpfs\":{\"/run\":\"size=1m,exec\"},\"SecurityOpt\":[\"no-new-privileges\"]}");
    scoped(json_decref) json_t *made = NULL, *bad = json("{\"Tmpfs\":{\"/run\":\"foo=1\"}}");
    struct runtimes *r = NULL;
    scoped_free char *text = NULL;
    struct error err;

    (void)state;
    spec.host_config = hc;
    strv_add(&spec.args, "/x");
    assert_int_equal(runtimes_open(&config, &r, NULL), 0);
    assert_int_equal(spec_make(&spec, r, &made, NULL), 0);
    assert_true(json_bool_at(made, "process.noNewPrivileges", false));
    assert_int_equal(json_array_size(json_at(made, "mounts")), 8);
    text = json_text(json_array_get(json_at(made, "mounts"), 7));
    assert_string_equal(text, "{\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":"
                              "[\"nosuid\",\"nodev\",\"rprivate\",\"size=1m\",\"exec\"]}");
    assert_int_equal(json_array_size(json_at(made, "linux.maskedPaths")), 12);
    assert_string_equal(json_str_at(made, "linux.cgroupsPath", ""), "/engined/spec-test/id");
    spec.host_config = bad;
    assert_int_equal(spec_make(&spec, r, &made, &err), -1);
    assert_string_equal(err.text, "invalid tmpfs option \"foo\"");
    strv_free(&spec.args);
    runtimes_close(r);
    tree_remove("/tmp/spec_test.runtimes", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capabilities_are_added_and_dropped),
        cmocka_unit_test(devices_are_looked_at),
        cmocka_unit_test(limits_become_resources),
        cmocka_unit_test(profiles_are_resolved),
        cmocka_unit_test(users_are_looked_up),
        cmocka_unit_test(an_exec_inherits),
        cmocka_unit_test(a_plain_container_is_that_of_dockerd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
