/* What --format makes of a value; the results are those of docker 28's --format on the same JSON. */
#include "cli/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static const char document[] =
    "{\"Id\":\"abc\",\"Name\":\"/"
    "web\",\"N\":3,\"Zero\":0,\"No\":false,\"Yes\":true,\"Null\":null,\"Html\":\"<a&b>\","
    "\"List\":[\"x\",\"y\",\"z\"],\"Empty\":[],\"State\":{\"Pid\":7,\"Deep\":{\"Er\":\"!\"}},"
    "\"Ports\":{\"80/tcp\":[{\"HostPort\":\"8080\"}],\"53/udp\":null},\"Labels\":{\"b\":\"2\",\"a\":\"1\"}}";

struct row {
    const char *template, *wanted;
};

static const struct row rows[] = {
    {"plain",                                                                                  "plain"                },
    { "{{.Name}}",                                                                             "/web"                 },
    { "{{ .Name }}",                                                                           "/web"                 },
    { "{{.State.Pid}}/{{.State.Deep.Er}}",                                                     "7/!"                  },
    { "{{.ID}}",                                                                               "abc"                  },
    { "{{.N}} {{.Yes}} {{.Null}}",                                                             "3 true <no value>"    },
    { "{{.List}} {{.Labels}}",                                                                 "[x y z] map[a:1 b:2]" },
    { "{{json .List}}",                                                                        "[\"x\",\"y\",\"z\"]"  },
    { "{{.Html | json}}",                                                                      "\"<a&b>\""            },
    { "{{join .List \", \"}}",                                                                 "x, y, z"              },
    { "{{.List | len}} {{len .Name}}",                                                         "3 4"                  },
    { "{{index .List 1}}{{index .Labels \"a\"}}",                                              "y1"                   },
    { "{{(index (index .Ports \"80/tcp\") 0).HostPort}}",                                      "8080"                 },
    { "{{range .List}}<{{.}}>{{end}}",                                                         "<x><y><z>"            },
    { "{{range .Empty}}a{{else}}none{{end}}",                                                  "none"                 },
    { "{{range $i, $e := .List}}{{$i}}={{$e}} {{end}}",                                        "0=x 1=y 2=z "         },
    { "{{range $p, $c := .Ports}}{{$p}} {{range $c}}{{.HostPort}}{{end}};{{end}}",             "53/udp ;80/tcp 8080;" },
    { "{{range .List}}{{$.N}}{{end}}",                                                         "333"                  },
    { "{{if .Yes}}y{{else}}n{{end}}{{if .Zero}}y{{else if .No}}m{{else}}n{{end}}",             "yn"                   },
    { "{{with .State}}{{.Pid}}{{end}}{{with .Null}}x{{else}}-{{end}}",                         "7-"                   },
    { "{{$x := .N}}{{$x}}{{$x = 4}}{{$x}}",                                                    "34"                   },
    { "{{if and .Yes (eq .N 3)}}ok{{end}}{{if or .No .Zero}}bad{{end}}{{if not .No}}!{{end}}", "ok!"                  },
    { "{{eq .Name \"/web\"}} {{ne .N 3}} {{lt .N 4}} {{ge .N 4}}",                             "true false true false"},
    { "{{upper .Name}} {{title .Id}} {{lower \"AB\"}}",                                        "/WEB Abc ab"          },
    { "{{split .Name \"/\"}} {{truncate .Name 2}} {{pad .Id 1 2}}|",                           "[ web] /w  abc  |"    },
    { "{{println .Id}}{{print .Id .N}} {{printf \"%s-%d-%5s|%-4s|\" .Id .N .Id .Id}}",
     "abc\nabc3 abc-3-  abc|abc |"                                                                                    },
    { "{{slice .Name 1}} {{slice .Name 1 3}}",                                                 "web we"               },
    { "a {{- .N -}} b",                                                                        "a3b"                  },
    { "a{{/* no */}}b",                                                                        "ab"                   },
    { "{{`raw\\n`}}{{\"q\\n\"}}",                                                              "raw\\nq\n"            },
    { "{{.State.Nope}}",                                                                       "<no value>"           },
};

static void templates_print_what_docker_prints(void **state)
{
    json_t *value = json_loads(document, 0, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct template *t = NULL;
        struct error err = { 0 };
        struct str out = { 0 };

        if (template_parse(rows[i].template, &t, &err) < 0 ||
            template_execute(t, value, TEMPLATE_MISSING_IS_NO_VALUE, &out, &err) < 0)
            fail_msg("%s: %s", rows[i].template, err.text);
        if (strcmp(str_text(&out), rows[i].wanted) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rows[i].template, rows[i].wanted, str_text(&out));
        template_free(t);
        str_free(&out);
    }
    json_decref(value);
}

static const char *const broken[] = {
    "{{",
    "{{.A",
    "{{end}}",
    "{{else}}",
    "{{if .A}}",
    "{{range}}{{end}}",
    "{{nosuch .A}}",
    "{{\"a}}",
    "{{(.A}}",
    "{{.A b}}",
    "{{}}",
    "{{1x}}",
    "{{/* a}}",
    "{{define \"a\"}}",
    "{{.A | }}",
    "{{if .A}}{{else}}{{else}}{{end}}",
    "{{.A..B}}",
};

static void broken_templates_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct template *t = NULL;
        struct error err = { 0 };

        if (template_parse(broken[i], &t, &err) == 0)
            fail_msg("%s was taken", broken[i]);
        assert_null(t);
        assert_true(str_starts(err.text, "template parsing error: "));
    }
}

static int run(const char *text, enum template_missing missing, struct error *err)
{
    json_t *value = json_loads(document, 0, NULL);
    struct template *t = NULL;
    struct str out = { 0 };
    int result = template_parse(text, &t, err);

    if (result == 0)
        result = template_execute(t, value, missing, &out, err);
    template_free(t);
    str_free(&out);
    json_decref(value);
    return result;
}

static void what_is_missing_can_be_an_error(void **state)
{
    struct error err = { 0 };

    (void)state;
    assert_int_equal(run("x {{.State.Nope}}", TEMPLATE_MISSING_IS_ERROR, &err), -1);
    assert_string_equal(
        err.text, "template parsing error: template: :1:4: executing \"\" at <.State.Nope>: map has no entry "
                  "for key \"Nope\"");
}

static void wrong_use_of_functions_is_an_error(void **state)
{
    static const char *const wrong[] = { "{{index .List 9}}",
                                         "{{index .N 1}}",
                                         "{{join .N \",\"}}",
                                         "{{len .N}}",
                                         "{{eq .N \"3\"}}",
                                         "{{.Name.X}}",
                                         "{{$x}}",
                                         "{{slice .Name 9}}",
                                         "{{split .Name \"\"}}",
                                         "{{upper .N}}",
                                         "{{len}}",
                                         "{{range .N}}{{end}}" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct error err = { 0 };

        if (run(wrong[i], TEMPLATE_MISSING_IS_NO_VALUE, &err) == 0)
            fail_msg("%s was taken", wrong[i]);
    }
}

static void work_is_bounded(void **state)
{
    struct str text = { 0 };
    struct error err = { 0 };

    (void)state;
    for (int i = 0; i < 30; i++)
        str_add(&text, "{{range $.List}}");
    str_add(&text, "x");
    for (int i = 0; i < 30; i++)
        str_add(&text, "{{end}}");
    assert_int_equal(run(str_text(&text), TEMPLATE_MISSING_IS_NO_VALUE, &err), -1);
    assert_int_equal(err.kind, ERR_TOO_LARGE);
    str_cut(&text, 0);
    for (int i = 0; i < 1000; i++)
        str_add(&text, i ? "(" : "{{");
    assert_int_equal(run(str_text(&text), TEMPLATE_MISSING_IS_NO_VALUE, &err), -1);
    str_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_print_what_docker_prints),
        cmocka_unit_test(broken_templates_are_refused),
        cmocka_unit_test(what_is_missing_can_be_an_error),
        cmocka_unit_test(wrong_use_of_functions_is_an_error),
        cmocka_unit_test(work_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
