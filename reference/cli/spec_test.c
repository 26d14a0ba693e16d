/* The small languages of flags. */
#include "cli/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/units.h"

static void is_json(const json_t *value, const char *wanted)
{
    char *text = json_text(value);

    assert_string_equal(text, wanted);
    free(text);
}

static void ports_are_read(void **state)
{
    static const struct {
        const char *spec, *exposed, *bindings;
    } rows[] = {
        {"80",                 "{\"80/tcp\":{}}",             "{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"\"}]}"    },
        { "8080:80",           "{\"80/tcp\":{}}",             "{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]}"},
        { "127.0.0.1::53/udp", "{\"53/udp\":{}}",
         "{\"53/udp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"\"}]}"                                                },
        { "[::1]:1:2",         "{\"2/tcp\":{}}",              "{\"2/tcp\":[{\"HostIp\":\"::1\",\"HostPort\":\"1\"}]}" },
        { "7-8:1-2",           "{\"1/tcp\":{},\"2/tcp\":{}}",
         "{\"1/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"7\"}],\"2/"
          "tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8\"}]}"                                                             },
        { "7-9:1",             "{\"1/tcp\":{}}",              "{\"1/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"7-9\"}]}"  },
    };
    static const char *const bad[] = { "",        "a",   "1:a", "99999", "1:2:3:x", "80/icmp",
                                       "1-3:1-2", "2-1", ":",   "-",     "8080:" };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *exposed = json_object(), *bindings = json_object();

        assert_int_equal(spec_port(rows[i].spec, exposed, bindings, NULL), 0);
        is_json(exposed, rows[i].exposed);
        is_json(bindings, rows[i].bindings);
        json_decref(exposed);
        json_decref(bindings);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        json_t *exposed = json_object(), *bindings = json_object();

        if (spec_port(bad[i], exposed, bindings, NULL) == 0)
            fail_msg("port '%s' was taken", bad[i]);
        json_decref(exposed);
        json_decref(bindings);
    }
}

static void mounts_are_read(void **state)
{
    static const struct {
        const char *spec, *wanted;
    } rows[] = {
        {"type=bind,src=/a,dst=/b,readonly",
         "{\"Type\":\"bind\",\"Source\":\"/a\",\"Target\":\"/b\",\"ReadOnly\":true}"                     },
        { "target=/v",                                          "{\"Type\":\"volume\",\"Target\":\"/v\"}"},
        { "type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1770",
         "{\"Type\":\"tmpfs\",\"Target\":\"/t\",\"TmpfsOptions\":{\"SizeBytes\":1048576,\"Mode\":1016}}" },
        { "source=v,dst=/b,\"volume-opt=o=a,b\",volume-nocopy",
         "{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/"
          "b\",\"VolumeOptions\":{\"DriverConfig\":{\"Options\":{\"o\":\"a,b\"}},"
          "\"NoCopy\":true}}"                                                                            },
    };
    static const char *const bad[] = {
        "", "type=bind", "dst", "dst=/a,nope=1", "dst=/a,\"x", "dst=/a,tmpfs-size=x", "dst=/a,ro=maybe"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *mount = NULL;

        assert_int_equal(spec_mount(rows[i].spec, &mount, NULL), 0);
        is_json(mount, rows[i].wanted);
        json_decref(mount);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        json_t *mount = NULL;

        if (spec_mount(bad[i], &mount, NULL) == 0)
            fail_msg("mount '%s' was taken", bad[i]);
    }
}

static void volumes_are_read(void **state)
{
    json_t *binds = json_array(), *volumes = json_object();

    (void)state;
    assert_int_equal(spec_volume("/a:/b:ro", binds, volumes, NULL), 0);
    assert_int_equal(spec_volume("name:/b", binds, volumes, NULL), 0);
    assert_int_equal(spec_volume("/anonymous", binds, volumes, NULL), 0);
    is_json(binds, "[\"/a:/b:ro\",\"name:/b\"]");
    is_json(volumes, "{\"/anonymous\":{}}");
    assert_int_equal(spec_volume("./here:/b", binds, volumes, NULL), 0);
    assert_true(json_string_value(json_array_get(binds, 2))[0] == '/');
    assert_int_equal(spec_volume("", binds, volumes, NULL), -1);
    assert_int_equal(spec_volume(":/b", binds, volumes, NULL), -1);
    assert_int_equal(spec_volume("/b:", binds, volumes, NULL), -1);
    json_decref(binds);
    json_decref(volumes);
}

static void limits_are_read(void **state)
{
    json_t *value = NULL;
    int64_t cpus = 0;

    (void)state;
    assert_int_equal(spec_ulimit("nofile=10:20", &value, NULL), 0);
    is_json(value, "{\"Name\":\"nofile\",\"Hard\":20,\"Soft\":10}");
    json_decref(value);
    assert_int_equal(spec_ulimit("nofile", &value, NULL), -1);
    assert_int_equal(spec_ulimit("nofile=2:1", &value, NULL), -1);
    assert_int_equal(spec_ulimit("nofile=a", &value, NULL), -1);
    assert_int_equal(spec_device("/dev/a:/dev/b:r", &value, NULL), 0);
    is_json(value, "{\"PathOnHost\":\"/dev/a\",\"PathInContainer\":\"/dev/b\",\"CgroupPermissions\":\"r\"}");
    json_decref(value);
    assert_int_equal(spec_device("/dev/a:rw", &value, NULL), 0);
    is_json(value, "{\"PathOnHost\":\"/dev/a\",\"PathInContainer\":\"/dev/a\",\"CgroupPermissions\":\"rw\"}");
    json_decref(value);
    assert_int_equal(spec_device("/dev/a:/b:x", &value, NULL), -1);
    assert_int_equal(spec_restart("on-failure:3", &value, NULL), 0);
    is_json(value, "{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}");
    json_decref(value);
    assert_int_equal(spec_restart("on-failure:x", &value, NULL), -1);
    assert_int_equal(spec_cpus("1.5", &cpus, NULL), 0);
    assert_int_equal(cpus, 1500000000);
    assert_int_equal(spec_cpus("x", &cpus, NULL), -1);
    assert_int_equal(spec_cpus("", &cpus, NULL), -1);
}

static void environment_files_are_read(void **state)
{
    struct strv env = { 0 };
    struct error err = { 0 };

    (void)state;
    setenv("SPEC_TEST_SET", "here", 1);
    unsetenv("SPEC_TEST_UNSET");
    assert_int_equal(spec_env_file("f",
                                   "\xef\xbb\xbf# c\n A=1\r\n\nB=x y=z \nSPEC_TEST_SET\nSPEC_TEST_UNSET\n",
                                   true, &env, &err),
                     0);
    assert_int_equal(env.count, 3);
    assert_string_equal(env.items[0], "A=1");
    assert_string_equal(env.items[1], "B=x y=z ");
    assert_string_equal(env.items[2], "SPEC_TEST_SET=here");
    assert_int_equal(spec_env_file("f", "a b=1\n", true, &env, &err), -1);
    assert_int_equal(spec_env_file("f", "=1\n", true, &env, &err), -1);
    strv_free(&env);
}

static void references_are_taken_apart(void **state)
{
    static const char *const bad[] = { "", "Upper", "a:", "a:b c", "a@b", "/a", "a//b", "-a", "a-", "a:.b" };
    struct spec_ref ref;

    (void)state;
    assert_int_equal(spec_ref("localhost:5000/a/b:tag", &ref, NULL), 0);
    assert_string_equal(ref.name, "localhost:5000/a/b");
    assert_string_equal(ref.tag, "tag");
    assert_null(ref.digest);
    spec_ref_free(&ref);
    assert_int_equal(
        spec_ref("a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", &ref, NULL), 0);
    assert_string_equal(ref.name, "a");
    assert_null(ref.tag);
    spec_ref_free(&ref);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (spec_ref(bad[i], &ref, NULL) == 0)
            fail_msg("reference '%s' was taken", bad[i]);
}

static void sizes_go_both_ways(void **state)
{
    static const char *const bad[] = { "", "x", "1x", "-1", "1kk", "0x10", "1e", "k" };
    char text[UNITS_TEXT_MAX];
    int64_t bytes = 0;

    (void)state;
    assert_true(units_parse_size("512m", &bytes));
    assert_int_equal(bytes, 512 << 20);
    assert_true(units_parse_size("1.5GiB", &bytes));
    assert_int_equal(bytes, 1610612736);
    assert_true(units_parse_size("10b", &bytes));
    assert_int_equal(bytes, 10);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(units_parse_size(bad[i], &bytes));
    units_size(1982481, 3, text);
    assert_string_equal(text, "1.98MB");
    units_size(1982481, 4, text);
    assert_string_equal(text, "1.982MB");
    units_binary_size(25275858124.0, text);
    assert_string_equal(text, "23.54GiB");
    units_duration(0, text);
    assert_string_equal(text, "Less than a second");
    units_duration(90 * NANOS_PER_SECOND, text);
    assert_string_equal(text, "About a minute");
    units_duration(3 * 24 * 3600 * NANOS_PER_SECOND, text);
    assert_string_equal(text, "3 days");
}

static const struct flag flags[] = {
    {'a',  "all",  FLAG_BOOL,  NULL,     ""  },
    { 'e', "env",  FLAG_LIST,  "list",   ""  },
    { 0,   "name", FLAG_VALUE, "string", ""  },
    { 0,   NULL,   FLAG_BOOL,  NULL,     NULL},
};

static void flags_are_read_as_docker_reads_them(void **state)
{
    char *argv[] = { (char *)"run",      (char *)"-a=false", (char *)"-eA=b", (char *)"--env",  (char *)"C",
                     (char *)"--name=x", (char *)"image",    (char *)"-a",    (char *)"--name", NULL };
    char *unknown[] = { (char *)"ps", (char *)"--foo", NULL };
    char *needs[] = { (char *)"ps", (char *)"--name", NULL };
    struct args args;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(args_parse(flags, true, 9, argv, &args, &err), 0);
    assert_false(args_bool(&args, "all", true));
    assert_int_equal(args_list(&args, "env")->count, 2);
    assert_string_equal(args_value(&args, "name", ""), "x");
    assert_int_equal(args.count, 3);
    assert_string_equal(args.rest[1], "-a");
    args_free(&args);
    assert_int_equal(args_parse(flags, false, 2, unknown, &args, &err), -1);
    assert_string_equal(err.text, "unknown flag: --foo");
    args_free(&args);
    assert_int_equal(args_parse(flags, false, 2, needs, &args, &err), -1);
    assert_string_equal(err.text, "flag needs an argument: --name");
    args_free(&args);
}

static void cells_are_aligned(void **state)
{
    struct str out = { 0 };
    char *cut = output_ellipsis("sixteen letters!x", 16);

    (void)state;
    output_align("A\tB\nlonger than ten\tc\n", 10, 3, &out);
    assert_string_equal(str_text(&out), "A                 B\nlonger than ten   c\n");
    assert_string_equal(cut, "sixteen letters\xe2\x80\xa6");
    free(cut);
    str_free(&out);
}

static void detach_keys_are_found_in_any_pieces(void **state)
{
    struct detach_keys k;
    unsigned char out[64];
    unsigned n;

    (void)state;
    assert_int_equal(detach_keys_parse("ctrl-p,ctrl-q", &k, NULL), 0);
    assert_false(detach_keys_filter(&k, (const unsigned char *)"ab\x10", 3, out, &n));
    assert_int_equal(n, 2);
    assert_false(detach_keys_filter(&k, (const unsigned char *)"c", 1, out, &n));
    assert_int_equal(n, 2); /* the held-back key comes first */
    assert_memory_equal(out,
                        "\x10"
                        "c",
                        2);
    assert_false(detach_keys_filter(&k, (const unsigned char *)"\x10", 1, out, &n));
    assert_true(detach_keys_filter(&k, (const unsigned char *)"\x11", 1, out, &n));
    assert_int_equal(detach_keys_parse("nokey", &k, NULL), -1);
    assert_int_equal(detach_keys_parse("a,b,ctrl-@", &k, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_read),
        cmocka_unit_test(mounts_are_read),
        cmocka_unit_test(volumes_are_read),
        cmocka_unit_test(limits_are_read),
        cmocka_unit_test(environment_files_are_read),
        cmocka_unit_test(references_are_taken_apart),
        cmocka_unit_test(sizes_go_both_ways),
        cmocka_unit_test(flags_are_read_as_docker_reads_them),
        cmocka_unit_test(cells_are_aligned),
        cmocka_unit_test(detach_keys_are_found_in_any_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
