/* Unit tests of what a create request becomes: shape.h, merge.c, gates.c, and the checks that need no host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "container/internal.h"
#include "container/shape.h"

static json_t *parse(const char *text)
{
    json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(v);
    return v;
}

static json_t *filled(const char *text, const struct shape *shape, const char *where)
{
    json_t *given = parse(text), *out = NULL;
    struct error err = { 0 };

    if (shape_fill(given, shape, where, &out, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    json_decref(given);
    return out;
}

static void a_config_shows_every_member(void **state)
{
    scoped(json_decref) json_t *config =
        filled("{\"image\":\"x\",\"Cmd\":\"a b\",\"Bogus\":1}", config_shape, "");

    (void)state;
    assert_string_equal(json_str_at(config, "Image", ""), "x");
    assert_string_equal(json_string_value(json_array_get(json_object_get(config, "Cmd"), 0)), "a b");
    assert_null(json_object_get(config, "Bogus"));
    assert_true(json_is_null(json_object_get(config, "Entrypoint")));
    assert_true(json_is_false(json_object_get(config, "Tty")));
    assert_null(json_object_get(config, "ExposedPorts"));
    assert_null(json_object_get(config, "StopTimeout"));
}

static void a_pointer_that_was_given_is_kept(void **state)
{
    scoped(json_decref) json_t *config = filled("{\"StopTimeout\":0}", config_shape, "");
    scoped(json_decref) json_t *host = filled("{\"Init\":false}", host_config_shape, "");

    (void)state;
    assert_true(json_is_integer(json_object_get(config, "StopTimeout")));
    assert_true(json_is_false(json_object_get(host, "Init")));
    assert_true(json_is_null(json_object_get(host, "PidsLimit")));
}

static void wrong_types_are_named(void **state)
{
    static const struct {
        const char *body, *where, *member, *type;
    } rows[] = {
        {"{\"Memory\":\"1\"}",                              ".HostConfig", ".HostConfig.Memory",        "int64"      },
        { "{\"Memory\":1.5}",                               ".HostConfig", ".HostConfig.Memory",        "int64"      },
        { "{\"Binds\":\"a\"}",                              ".HostConfig", ".HostConfig.Binds",         "[]string"   },
        { "{\"RestartPolicy\":\"x\"}",                      ".HostConfig", ".HostConfig.RestartPolicy",
         "container.RestartPolicy"                                                                                   },
        { "{\"PortBindings\":[]}",                          ".HostConfig", ".HostConfig.PortBindings",  "nat.PortMap"},
        { "{\"PortBindings\":{\"80\":[{\"HostPort\":8}]}}", ".HostConfig", "HostPort",                  "string"     },
        { "{\"Mounts\":[{\"Type\":1}]}",                    ".HostConfig", "Type",                      "string"     },
        { "[]",                                             ".HostConfig", ".HostConfig",               "struct"     },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scoped(json_decref) json_t *given = parse(rows[i].body);
        struct error err = { 0 };
        json_t *out = NULL;

        assert_int_equal(shape_fill(given, host_config_shape, rows[i].where, &out, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
        assert_non_null(strstr(err.text, rows[i].member));
        assert_non_null(strstr(err.text, rows[i].type));
    }
}

static char *merged(const char *own, const char *image, const char *member)
{
    scoped(json_decref) json_t *config = filled(own, config_shape, "");
    scoped(json_decref) json_t *other = parse(image);

    config_merge(config, other);
    return json_text(json_object_get(config, member));
}

static void the_image_says_what_the_container_does_not(void **state)
{
    static const struct {
        const char *label, *own, *image, *member, *wanted;
    } rows[] = {
        {"command",          "{}",                                "{\"Cmd\":[\"a\"]}",                        "Cmd",         "[\"a\"]"          },
        { "own command",     "{\"Cmd\":[\"b\"]}",                 "{\"Cmd\":[\"a\"],\"Entrypoint\":[\"e\"]}", "Entrypoint",
         "[\"e\"]"                                                                                                                              },
        { "own entry drops", "{\"Entrypoint\":[\"b\"]}",          "{\"Cmd\":[\"a\"]}",                        "Cmd",         "null"             },
        { "empty entry",     "{\"Entrypoint\":[]}",               "{\"Entrypoint\":[\"e\"]}",                 "Entrypoint",  "[]"               },
        { "env",             "{\"Env\":[\"A=1\"]}",               "{\"Env\":[\"A=2\",\"B=3\"]}",              "Env",         "[\"A=1\",\"B=3\"]"},
        { "env of image",    "{}",                                "{\"Env\":[\"A=2\"]}",                      "Env",         "[\"A=2\"]"        },
        { "labels",          "{\"Labels\":{\"a\":\"1\"}}",        "{\"Labels\":{\"a\":\"2\",\"b\":\"3\"}}",   "Labels",
         "{\"a\":\"1\",\"b\":\"3\"}"                                                                                                            },
        { "user",            "{}",                                "{\"User\":\"u\"}",                         "User",        "\"u\""            },
        { "own user",        "{\"User\":\"v\"}",                  "{\"User\":\"u\"}",                         "User",        "\"v\""            },
        { "volumes",         "{\"Volumes\":{\"/a\":{}}}",         "{\"Volumes\":{\"/b\":{}}}",                "Volumes",
         "{\"/a\":{},\"/b\":{}}"                                                                                                                },
        { "stop signal",     "{}",                                "{\"StopSignal\":\"SIGUSR1\"}",             "StopSignal",  "\"SIGUSR1\""      },
        { "nothing",         "{}",                                "null",                                     "Cmd",         "null"             },
        { "health",          "{\"Healthcheck\":{\"Retries\":2}}",
         "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Retries\":9}}",                                        "Healthcheck",
         "{\"Retries\":2,\"Test\":[\"CMD\",\"x\"]}"                                                                                             },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scoped_free char *text = merged(rows[i].own, rows[i].image, rows[i].member);

        if (!str_eq(text, rows[i].wanted))
            fail_msg("%s: wanted %s, got %s", rows[i].label, rows[i].wanted, text);
    }
}

static void a_command_is_asked_for(void **state)
{
    scoped(json_decref) json_t *config = filled("{\"Entrypoint\":[\"\"]}", config_shape, "");
    scoped(json_decref) json_t *both =
        filled("{\"Entrypoint\":[\"a\",\"b\"],\"Cmd\":[\"c\"]}", config_shape, "");
    scoped(json_decref) json_t *args = NULL;
    scoped_free char *path = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(config_command(config, &path, &args, &err), -1);
    assert_string_equal(err.text, "no command specified");
    assert_int_equal(config_command(both, &path, &args, &err), 0);
    assert_string_equal(path, "a");
    assert_int_equal(json_array_size(args), 2);
}

static void an_environment_has_what_programs_expect(void **state)
{
    scoped(json_decref) json_t *config =
        filled("{\"Hostname\":\"h\",\"Tty\":true,\"Env\":[\"PATH=/x\",\"TERM\",\"A=1\"]}", config_shape, "");
    scoped_strv env = { 0 };

    (void)state;
    config_environment(config, "/root", &env);
    assert_true(strv_has(&env, "PATH=/x"));
    assert_true(strv_has(&env, "HOSTNAME=h"));
    assert_true(strv_has(&env, "A=1"));
    assert_true(strv_has(&env, "HOME=/root"));
    assert_false(strv_has(&env, "TERM=xterm"));
}

static void configs_are_checked(void **state)
{
    static const struct {
        const char *body, *wanted; /* NULL: fine */
    } rows[] = {
        {"{\"Env\":[\"A\"]}",                      NULL                                                                   },
        { "{\"Env\":[\"=x\"]}",                    "invalid environment variable: =x"                                     },
        { "{\"Env\":[\"\"]}",                      "invalid environment variable: "                                       },
        { "{\"WorkingDir\":\"a\"}",                "the working directory 'a' is invalid, it needs to be an absolute path"},
        { "{\"StopSignal\":\"NOSUCH\"}",           "invalid signal: NOSUCH"                                               },
        { "{\"Healthcheck\":{\"Interval\":1000}}", "Interval in Healthcheck cannot be less than 1ms"                      },
        { "{\"Healthcheck\":{\"Retries\":-1}}",    "Retries in Healthcheck cannot be negative"                            },
        { "{\"StopTimeout\":-5}",                  NULL                                                                   },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scoped(json_decref) json_t *config = filled(rows[i].body, config_shape, "");
        struct error err = { 0 };

        assert_int_equal(config_validate(config, &err), rows[i].wanted ? -1 : 0);
        assert_string_equal(err.text, rows[i].wanted ? rows[i].wanted : "");
    }
}

static void resources_are_checked(void **state)
{
    static const struct {
        const char *body, *wanted;
    } rows[] = {
        {"{}",                                           NULL                                                        },
        { "{\"Memory\":6291456}",                        NULL                                                        },
        { "{\"Memory\":1024}",                           "Minimum memory limit allowed is 6MB"                       },
        { "{\"Memory\":-1}",                             "Minimum memory limit allowed is 6MB"                       },
        { "{\"Memory\":8388608,\"MemorySwap\":4194304}",
         "Minimum memoryswap limit should be larger than memory limit, see usage"                                    },
        { "{\"MemorySwap\":8388608}",
         "You should always set the Memory limit when using Memoryswap limit, see usage"                             },
        { "{\"MemorySwappiness\":200}",                  "Invalid value: 200, valid memory swappiness range is 0-100"},
        { "{\"NanoCpus\":1000000000,\"CpuQuota\":5000}",
         "Conflicting options: Nano CPUs and CPU Quota cannot both be set"                                           },
        { "{\"CpuPeriod\":10}",
         "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"                      },
        { "{\"CpuShares\":-5}",                          "invalid CPU shares (-5): value must be a positive integer" },
        { "{\"CpusetCpus\":\"abc\"}",                    "Invalid value abc for cpuset cpus: invalid format: abc"    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scoped(json_decref) json_t *host = filled(rows[i].body, host_config_shape, "");
        struct error err = { 0 };

        assert_int_equal(resources_validate(NULL, host, &err), rows[i].wanted ? -1 : 0);
        assert_string_equal(err.text, rows[i].wanted ? rows[i].wanted : "");
    }
}

static void restart_policies_are_checked(void **state)
{
    static const struct {
        const char *name;
        int most;
        bool good;
    } rows[] = {
        {"",                0,  true },
        { "no",             0,  true },
        { "always",         0,  true },
        { "always",         3,  false},
        { "on-failure",     3,  true },
        { "on-failure",     -3, false},
        { "unless-stopped", 0,  true },
        { "bogus",          0,  false},
        { "",               3,  false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scoped(json_decref) json_t *host = json_pack("{s:{s:s, s:i}}", "RestartPolicy", "Name", rows[i].name,
                                                     "MaximumRetryCount", rows[i].most);

        assert_int_equal(restart_policy_validate(host, NULL), rows[i].good ? 0 : -1);
    }
}

static int gates(const char *host_text, const char *net_text, int version, json_t **host, struct error *err)
{
    scoped(json_decref) json_t *config = filled("{\"Healthcheck\":{\"StartInterval\":5}}", config_shape, "");
    scoped(json_decref) json_t *net = filled(net_text, networking_shape, "");
    scoped(json_decref) json_t *warnings = json_array();

    *host = filled(host_text, host_config_shape, "");
    return create_gates(config, *host, net, version, warnings, err);
}

static void older_clients_are_served_as_before(void **state)
{
    static const char annotated[] = "{\"Annotations\":{\"a\":\"b\"},\"ConsoleSize\":[1,2]}";
    static const char mixed[] =
        "{\"Mounts\":[{\"Type\":\"bind\",\"Target\":\"/x\",\"VolumeOptions\":{\"NoCopy\":true}}]}";
    static const char two[] = "{\"EndpointsConfig\":{\"a\":{},\"b\":{}}}";
    struct error err = { 0 };
    json_t *host = NULL;

    (void)state;
    assert_int_equal(gates(annotated, "{}", 41, &host, &err), 0);
    assert_null(json_object_get(host, "Annotations"));
    assert_int_equal(json_integer_value(json_array_get(json_object_get(host, "ConsoleSize"), 0)), 0);
    json_decref(host);
    assert_int_equal(gates(annotated, "{}", 43, &host, &err), 0);
    assert_non_null(json_object_get(host, "Annotations"));
    json_decref(host);
    assert_int_equal(gates(mixed, "{}", 41, &host, &err), 0);
    json_decref(host);
    assert_int_equal(gates(mixed, "{}", 42, &host, &err), -1);
    assert_string_equal(err.text, "VolumeOptions must not be specified on mount type \"bind\"");
    json_decref(host);
    assert_int_equal(gates("{}", two, 43, &host, &err), -1);
    json_decref(host);
    assert_int_equal(gates("{}", two, 44, &host, &err), 0);
    json_decref(host);
}

static void a_platform_is_compared(void **state)
{
    scoped(json_decref) json_t *image = json_pack("{s:s, s:s}", "os", "linux", "architecture", "amd64");
    struct error err = { 0 };

    (void)state;
    assert_int_equal(platform_check(NULL, "x", image, &err), 0);
    assert_int_equal(platform_check("linux/amd64", "x", image, &err), 0);
    assert_int_equal(platform_check("linux/x86_64", "x", image, &err), 0);
    assert_int_equal(platform_check("linux/s390x", "x", image, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_int_equal(platform_check("a/b/c/d", "x", image, &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    assert_int_equal(platform_check("linux/", "x", image, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_config_shows_every_member),
        cmocka_unit_test(a_pointer_that_was_given_is_kept),
        cmocka_unit_test(wrong_types_are_named),
        cmocka_unit_test(the_image_says_what_the_container_does_not),
        cmocka_unit_test(a_command_is_asked_for),
        cmocka_unit_test(an_environment_has_what_programs_expect),
        cmocka_unit_test(configs_are_checked),
        cmocka_unit_test(resources_are_checked),
        cmocka_unit_test(restart_policies_are_checked),
        cmocka_unit_test(older_clients_are_served_as_before),
        cmocka_unit_test(a_platform_is_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
