/* cases/image/build_config.c - POST /build: what each instruction does to the image's configuration, and what words mean */
#include "harness/scene/build.h"
#include "harness/then/then.h"

#include <string.h>

/* clang-format off */
static const struct instruction {
    const char *label, *text, *path, *wanted;
} instructions[] = {
    {"CMD as a list",            "CMD [\"/bin/echo\", \"a b\"]\n",              "Config.Cmd",          "[\"/bin/echo\", \"a b\"]"                  },
    { "CMD for the shell",       "CMD echo  a\n",                               "Config.Cmd",          "[\"/bin/sh\", \"-c\", \"echo  a\"]"          },
    { "CMD no good list",        "CMD [\"/bin/echo\", 'a']\n",                  "Config.Cmd",          "[\"/bin/sh\", \"-c\", \"[\\\"/bin/echo\\\", 'a']\"]"},
    { "ENTRYPOINT as a list",    "ENTRYPOINT [\"/bin/true\", \"x\"]\n",         "Config.Entrypoint",   "[\"/bin/true\", \"x\"]"                    },
    { "ENTRYPOINT for the shell", "ENTRYPOINT echo a\n",                        "Config.Entrypoint",   "[\"/bin/sh\", \"-c\", \"echo a\"]"           },
    { "ENTRYPOINT drops Cmd",    "ENTRYPOINT [\"/bin/true\"]\n",                "Config.Cmd",          "null"                                  },
    { "CMD stays",               "CMD [\"a\"]\nENTRYPOINT [\"/bin/true\"]\n",   "Config.Cmd",          "[\"a\"]"                                 },
    { "EXPOSE",                  "EXPOSE 80 81/udp 90-91/tcp\n",                "Config.ExposedPorts",
     "{\"80/tcp\": {}, \"81/udp\": {}, \"90/tcp\": {}, \"91/tcp\": {}}"                                                                                  },
    { "VOLUME",                  "VOLUME /a /b\nVOLUME [\"/c d\"]\n",           "Config.Volumes",      "{\"/a\": {}, \"/b\": {}, \"/c d\": {}}"      },
    { "USER",                    "USER 1:2\n",                                  "Config.User",         "\"1:2\""                                 },
    { "WORKDIR",                 "WORKDIR a\nWORKDIR b/../c\n",                 "Config.WorkingDir",   "\"/a/c\""                                },
    { "STOPSIGNAL",              "STOPSIGNAL SIGUSR1\n",                        "Config.StopSignal",   "\"SIGUSR1\""                             },
    { "STOPSIGNAL by number",    "STOPSIGNAL 9\n",                              "Config.StopSignal",   "\"9\""                                   },
    { "MAINTAINER",              "MAINTAINER me <a@b>\n",                       "Author",              "\"me <a@b>\""                            },
    { "SHELL",                   "SHELL [\"/bin/sh\", \"-c\"]\n",               "Config.Shell",        "[\"/bin/sh\", \"-c\"]"                     },
    { "SHELL of what follows",   "SHELL [\"/bin/args\", \"-e\"]\nCMD a b\n",    "Config.Cmd",          "[\"/bin/args\", \"-e\", \"a b\"]"            },
    { "ONBUILD",                 "ONBUILD ENV A=b\nONBUILD RUN true\n",         "Config.OnBuild",      "[\"ENV A=b\", \"RUN true\"]"               },
    { "HEALTHCHECK",
     "HEALTHCHECK --interval=5s --timeout=3s --start-period=1s --retries=2 CMD echo a\n",
     "Config.Healthcheck",
     "{\"Test\": [\"CMD-SHELL\", \"echo a\"], \"Interval\": 5000000000, \"Timeout\": 3000000000, \"StartPeriod\": 1000000000, \"Retries\": 2}"                 },
    { "HEALTHCHECK as a list",   "HEALTHCHECK CMD [\"/bin/true\"]\n",           "Config.Healthcheck",  "{\"Test\": [\"CMD\", \"/bin/true\"]}"        },
    { "HEALTHCHECK NONE",        "HEALTHCHECK NONE\n",                          "Config.Healthcheck",  "{\"Test\": [\"NONE\"]}"                    },
    { "small letters",           "stopsignal SIGINT\n",                         "Config.StopSignal",   "\"SIGINT\""                              },
    { "a variable in USER",      "ENV U=5\nUSER $U\n",                          "Config.User",         "\"5\""                                   },
    { "a variable in WORKDIR",   "ENV D=/x\nWORKDIR ${D}/y\n",                  "Config.WorkingDir",   "\"/x/y\""                                },
    { "a variable in EXPOSE",    "ENV P=99\nEXPOSE $P\n",                       "Config.ExposedPorts", "{\"99/tcp\": {}}"                        },
    { "a variable in VOLUME",    "ENV V=/v\nVOLUME $V\n",                       "Config.Volumes",      "{\"/v\": {}}"                            },
    { "a variable in STOPSIGNAL", "ENV S=SIGINT\nSTOPSIGNAL $S\n",              "Config.StopSignal",   "\"SIGINT\""                              },
};
/* clang-format on */

static void an_instruction_sets_the_configuration(void **state)
{
    struct scene *s = *state;
    const struct instruction *row = s->row;

    struct exchange *x = when_build(s, "", dockerfile_of(s, "%s", row->text));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_status(image, 200);
    if (strcmp(row->wanted, "null") == 0)
        then_json_nothing(image, row->path);
    else
        then_json_value(image, row->path, json_loads(row->wanted, JSON_DECODE_ANY, NULL));
}

static void a_start_interval_is_kept(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build(s, "", dockerfile_of(s, "HEALTHCHECK --start-interval=2s CMD [\"/bin/true\"]\n"));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_json_int(image, "Config.Healthcheck.StartInterval", 2000000000);
}

/* Each sets V. */
static const struct word {
    const char *label, *text, *wanted;
} words[] = {
    {"plain",                      "ENV V=b\n",                          "b"     },
    { "double quotes",             "ENV V=\"a b\"\n",                    "a b"   },
    { "single quotes",             "ENV A=x\nENV V='a $A'\n",            "a $A"  },
    { "an escaped blank",          "ENV V=a\\ b\n",                      "a b"   },
    { "an escaped dollar",         "ENV A=x\nENV V=\\$A\n",              "$A"    },
    { "an escaped quote",          "ENV V=\"a\\\"b\"\n",                 "a\"b"  },
    { "several pairs",             "ENV A=1 V=2 B=3\n",                  "2"     },
    { "without =",                 "ENV V a  b c\n",                     "a  b c"},
    { "a variable",                "ENV A=x\nENV V=a$A\n",               "ax"    },
    { "braces",                    "ENV A=x\nENV V=${A}y\n",             "xy"    },
    { "in double quotes",          "ENV A=x\nENV V=\"$A ${A}\"\n",       "x x"   },
    { "of the same line, not yet", "ENV A=x\nENV A=y V=$A\n",            "x"     },
    { "not set",                   "ENV V=a${NOT_SET}b\n",               "ab"    },
    { "a dollar alone",            "ENV V=a$\n",                         "a$"    },
    { ":- not set",                "ENV V=${NOT_SET:-word}\n",           "word"  },
    { ":- empty",                  "ENV A=\nENV V=${A:-word}\n",         "word"  },
    { ":- set",                    "ENV A=x\nENV V=${A:-word}\n",        "x"     },
    { ":+ not set",                "ENV V=a${NOT_SET:+word}\n",          "a"     },
    { ":+ set",                    "ENV A=x\nENV V=${A:+word}\n",        "word"  },
    { ":? set",                    "ENV A=x\nENV V=${A:?no}\n",          "x"     },
    { "a variable in a word",      "ENV A=x\nENV V=${NOT_SET:-${A}y}\n", "xy"    },
    { "set again",                 "ENV V=1\nENV V=2\n",                 "2"     },
    { "continued",                 "ENV V=a\\\n\\\nb\n",                 "ab"    },
    { "a comment in between",      "ENV A=1 \\\n# a comment\n  V=b\n",   "b"     },
    { "blanks behind the escape",  "ENV A=1 \\  \n V=b\n",               "b"     },
    { "lines ended by CR LF",      "ENV A=1 \\\r\n V=b\r\n",             "b"     },
    { "behind a tab",              "ENV\tV=b\n",                         "b"     },
    { "a line that is indented",   "   ENV V=b\n",                       "b"     },
};

static void a_word_is_read_as_it_is_written(void **state)
{
    struct scene *s = *state;
    const struct word *row = s->row;

    struct exchange *x = when_build(s, "", dockerfile_of(s, "%s", row->text));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_status(image, 200);
    then_json_contains(image, "Config.Env", scene_printf(s, "V=%s", row->wanted));
}

static const struct word later_words[] = {
    {"- empty",         "ENV A=\nENV V=a${A-word}\n",        "a"      },
    { "- not set",      "ENV V=${NOT_SET-word}\n",           "word"   },
    { "+ empty",        "ENV A=\nENV V=${A+word}\n",         "word"   },
    { "# the shortest", "ENV A=foofoobar\nENV V=${A#*o}\n",  "ofoobar"},
    { "## the longest", "ENV A=foofoobar\nENV V=${A##*o}\n", "bar"    },
    { "% the shortest", "ENV A=a.b.c\nENV V=${A%.*}\n",      "a.b"    },
    { "%% the longest", "ENV A=a.b.c\nENV V=${A%%.*}\n",     "a"      },
    { "/ the first",    "ENV A=foo\nENV V=${A/o/0}\n",       "f0o"    },
    { "// each",        "ENV A=foo\nENV V=${A//o/0}\n",      "f00"    },
};

/* -- LABEL -- */

static void labels_are_set(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build(s, scene_printf(s, "labels=%s", query_json(s, "{'given': 'yes', 'two': 'over'}")),
                   dockerfile_of(s, "ENV A=x\nLABEL one=$A \"a b\"=\"c d\" two=2\nLABEL old a  b\n"));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_json(image, "Config.Labels.one", "x");
    then_json(image, "Config.Labels.a b", "c d");
    then_json(image, "Config.Labels.old", "a  b");
    then_json(image, "Config.Labels.given", "yes");
    then_json(image, "Config.Labels.two", "over");
    then_json(image, "Config.Labels.plimsoll\\.run", s->run); /* the base's */
}

/* -- ARG: what a command sees of it -- */

/* clang-format off */
static const struct argument {
    const char *label, *text, *args, *wanted;
} arguments[] = {
    {"its default",             "ARG A=1\nRUN echo [$A]\n",                     NULL,                  "[1]"       },
    { "given",                  "ARG A=1\nRUN echo [$A]\n",                     "{\"A\": \"2\"}",          "[2]"       },
    { "given, without default", "ARG A\nRUN echo [$A]\n",                       "{\"A\": \"2\"}",          "[2]"       },
    { "null",                   "ARG A=1\nRUN echo [$A]\n",                     "{\"A\": null}",         "[1]"       },
    { "not given",              "ARG A\nRUN echo [$A]\n",                       NULL,                  "[]"        },
    { "not declared",           "RUN echo [$A]\n",                              "{\"A\": \"2\"}",          "[]"        },
    { "declared later",         "RUN echo [$A]\nARG A\n",                       "{\"A\": \"2\"}",          "[]"        },
    { "ENV wins",               "ARG A=1\nENV A=3\nRUN echo [$A]\n",            "{\"A\": \"2\"}",          "[3]"       },
    { "of another one",         "ARG A=1\nARG B=${A}2\nRUN echo [$B]\n",        NULL,                  "[12]"      },
    { "two in one",             "ARG A=1 B=2\nRUN echo [$A$B]\n",               NULL,                  "[12]"      },
    { "a proxy",                "RUN echo [$HTTP_PROXY$https_proxy$no_proxy]\n",
     "{\"HTTP_PROXY\": \"a\", \"https_proxy\": \"b\", \"no_proxy\": \"c\"}",                                       "[abc]"     },
    { "a given proxy",          "ARG FTP_PROXY=x\nRUN echo [$FTP_PROXY]\n",     "{\"FTP_PROXY\": \"y\"}",  "[y]"       },
};
/* clang-format on */

static void a_build_argument_is_seen(void **state)
{
    struct scene *s = *state;
    const struct argument *row = s->row;
    const char *query = row->args ? scene_printf(s, "buildargs=%s", url_encoded(s, row->args)) : "";

    struct exchange *x = when_build(s, query, dockerfile_of(s, "%s", row->text));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), scene_printf(s, "%s\n", row->wanted));
    then_json_lacks(image, "Config.Env", "A=2"); /* it is of the build, not of the image */
}

static void an_argument_that_nothing_declares_is_warned_of(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build(s, scene_printf(s, "buildargs=%s", query_json(s, "{'SPARE': '1', 'USED': '2'}")),
                   dockerfile_of(s, "ARG USED\n"));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "build-args [SPARE] were not consumed");
}

static void an_argument_before_from_is_for_from(void **state)
{
    struct scene *s = *state;
    const char *text = scene_printf(
        s, "ARG BASE=nothing\nARG WORD=w\nFROM ${BASE}\nRUN echo [$WORD]\nARG WORD\nRUN echo [$WORD]\n");

    struct exchange *x =
        when_build(s, scene_printf(s, "buildargs=%s", query_json(s, "{'BASE': '%s'}", base_image(s))), text);
    struct exchange *blank = when_build(s, "", "FROM ${NOT_SET}\n");

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "\n[]\n");
    then_mentions(s, "the stream", build_text(s, x), "\n[w]\n");
    then_mentions(s, "the error", build_error(s, blank), "should not be blank");
}

/* -- parser directives -- */

static void an_escape_is_chosen(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(
        s, "", scene_printf(s, "# escape=`\nFROM %s\nENV A=1 `\n V=x`$y\\z\nRUN echo $V\n", base_image(s)));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_json_contains(image, "Config.Env", "V=x$y\\z");
}

static void a_directive_after_the_first_line_is_a_comment(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build(s, "",
                   scene_printf(s, "# syntax=docker/dockerfile:1\nFROM %s\n# escape=`\nENV A=1 \\\n V=x`y\n",
                                base_image(s)));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_json_contains(image, "Config.Env", "V=x`y");
}

/* -- ONBUILD, history -- */

static void triggers_run_in_the_next_build(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a");
    given_built(s, scene_printf(s, "t=%s:1", name),
                dockerfile_of(s, "ONBUILD ENV TRIGGERED=1\nONBUILD RUN write /triggered yes\n"), NULL);

    struct exchange *x = when_build(s, "", scene_printf(s, "FROM %s:1\nRUN read /triggered\n", name));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "# Executing 2 build triggers");
    then_mentions(s, "the stream", build_text(s, x), "yes");
    then_json_contains(image, "Config.Env", "TRIGGERED=1");
    then_json_nothing(image, "Config.OnBuild");
}

static void the_history_tells_the_steps(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build_with(
        s, "", dockerfile_of(s, "ENV A=b\nWORKDIR /w\nCMD [\"x\", \"y z\"]\nARG N=1\nCOPY f /t/\nRUN true\n"),
        json_of("[{'name': 'f', 'content': '12345'}]"));
    struct exchange *history = when_get(s, "/images/%s/history", build_id(s, x));

    then_status(history, 200);
    then_json(history, "[0].CreatedBy", "|1 N=1 /bin/sh -c true");
    then_json_int(history, "[0].Size", 0);
    then_json_contains(history, "[1].CreatedBy", "/bin/sh -c #(nop) COPY file:");
    then_json_contains(history, "[1].CreatedBy", " in /t/ ");
    then_json_int(history, "[1].Size", 5);
    then_json(history, "[2].CreatedBy", "/bin/sh -c #(nop)  ARG N=1");
    then_json(history, "[3].CreatedBy", "/bin/sh -c #(nop)  CMD [\"x\" \"y z\"]");
    then_json(history, "[4].CreatedBy", "/bin/sh -c #(nop) WORKDIR /w");
    then_json(history, "[5].CreatedBy", "/bin/sh -c #(nop)  ENV A=b");
    then_json_contains(history, "[6].CreatedBy", "/bin/sh -c #(nop)  LABEL ");
}

static void each_step_is_an_image(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "", dockerfile_of(s, "ENV A=b\nENV B=c\n"));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));
    struct exchange *parent = when_get(s, "/images/%s/json", answer_string(image, "Parent"));
    struct exchange *listed =
        when_get(s, "/images/json?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));
    struct exchange *all =
        when_get(s, "/images/json?all=1&filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    then_status(parent, 200);
    then_json_contains(parent, "Config.Env", "A=b");
    then_json_lacks(parent, "Config.Env", "B=c");
    then_json_length(listed, "", 1);
    then_json_length(all, "", 3);
}

CASES(image_build_config) = {
    CASE_ROWS("ImageBuild.instructions", an_instruction_sets_the_configuration, instructions),
    CASE("ImageBuild.start-interval", a_start_interval_is_kept),
    CASE_ROWS("ImageBuild.words", a_word_is_read_as_it_is_written, words),
    CASE_ROWS("ImageBuild.more-words", a_word_is_read_as_it_is_written, later_words),
    CASE("ImageBuild.labels", labels_are_set),
    CASE_ROWS("ImageBuild.args", a_build_argument_is_seen, arguments),
    CASE("ImageBuild.unused-arg", an_argument_that_nothing_declares_is_warned_of),
    CASE("ImageBuild.arg-before-from", an_argument_before_from_is_for_from),
    CASE("ImageBuild.escape", an_escape_is_chosen),
    CASE("ImageBuild.late-directive", a_directive_after_the_first_line_is_a_comment),
    CASE("ImageBuild.onbuild", triggers_run_in_the_next_build),
    CASE("ImageBuild.history", the_history_tells_the_steps),
    CASE("ImageBuild.step-images", each_step_is_an_image),
    CASE_END,
};
