/* cases/image/build.c - POST /build: the stream, the parameters, what is refused */
#include "harness/scene/build.h"
#include "harness/then/then.h"

#include <string.h>

static void each_step_is_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "", dockerfile_of(s, "ENV A=b\nRUN true\n"));

    then_status(x, 200);
    then_content_type(x, "application/json");
    const char *text = build_text(s, x);
    then_mentions(s, "the stream", text, scene_printf(s, "Step 1/4 : FROM %s\n", base_image(s)));
    then_mentions(s, "the stream", text, "Step 3/4 : ENV A=b\n ---> ");
    then_mentions(s, "the stream", text, "Step 4/4 : RUN true\n");
    then_mentions(s, "the stream", text, scene_printf(s, "Successfully built %.12s\n", build_id(s, x) + 7));
}

static void the_id_is_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "", dockerfile_of(s, "ENV A=b\n"));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_status(image, 200);
    then_json_digest(image, "Id");
    then_json(image, "Id", build_id(s, x));
    then_json_equals(image, "RepoTags", "[]");
    then_json_contains(image, "Config.Env", "A=b");
}

static void older_versions_have_no_aux(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "", dockerfile_of(s, "ENV A=b\n"));

    then_status(x, 200);
    then_body_lacks(x, "\"aux\"");
    then_mentions(s, "the stream", build_text(s, x), "Successfully built");
}

static void the_image_gets_its_names(void **state)
{
    struct scene *s = *state;
    const char *one = scene_unique_repository(s, "a"), *two = scene_unique_repository(s, "b");

    struct exchange *x =
        when_build(s, scene_printf(s, "t=%s:1&t=%s&t=%s:1", one, two, one), dockerfile_of(s, "%s", ""));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), scene_printf(s, "Successfully tagged %s:1\n", one));
    then_mentions(s, "the stream", build_text(s, x), scene_printf(s, "Successfully tagged %s:latest\n", two));
    then_json_length(image, "RepoTags", 2);
    then_json_contains(image, "RepoTags", scene_printf(s, "%s:1", one));
    then_json_contains(image, "RepoTags", scene_printf(s, "%s:latest", two));
}

static void a_taken_name_moves(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a");
    const char *before = given_own_image(s, name, "1", NULL);

    struct exchange *x = when_build(s, scene_printf(s, "t=%s:1", name), dockerfile_of(s, "ENV A=b\n"));
    struct exchange *old = when_get(s, "/images/%s/json", before);
    struct exchange *now = when_get(s, "/images/%s:1/json", name);

    then_status(x, 200);
    then_json_equals(old, "RepoTags", "[]");
    /* older versions tell the id's beginning alone */
    then_mentions(s, "Id", json_string_value(json_at(now->json, "Id")), build_id(s, x));
}

static const struct bad_name {
    const char *label, *name;
} bad_names[] = {
    {"capitals",  "Plimsoll/UPPER"                                                                    },
    { "two tags", "plimsoll/a:b:c"                                                                    },
    { "a digest", "plimsoll/a@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
};

static void a_bad_name_is_refused_before_anything_is_built(void **state)
{
    struct scene *s = *state;
    const struct bad_name *row = s->row;

    struct exchange *x = when_build(s, scene_printf(s, "t=%s", row->name), dockerfile_of(s, "%s", ""));

    then_status_in(x, 400, 500);
    then_error_form(x);
    then_body_lacks(x, "Step 1");
}

static void quietly_the_id_alone_is_said(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "q=1", dockerfile_of(s, "RUN echo hello\n"));
    const char *id = scene_printf(s, "%s", answer_string(x, "stream") ? answer_string(x, "stream") : "");
    struct exchange *image = when_get(s, "/images/%.71s/json", id);

    then_status(x, 200); /* the body is this one object */
    then_status(image, 200);
    then_string(s, "the stream", id, scene_printf(s, "%s\n", answer_string(image, "Id")));
}

static void quietly_a_failure_says_all(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "q=1", dockerfile_of(s, "RUN echo hello && exit 3\n"));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "RUN echo hello");
    then_mentions(s, "the stream", build_text(s, x), "hello\n");
    then_mentions(s, "the error", build_error(s, x), "non-zero code: 3");
}

static void what_a_command_writes_is_told(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "", dockerfile_of(s, "RUN both this that\n"));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "this\n");
    then_mentions(s, "the stream", build_text(s, x), "that\n");
}

static void a_command_that_fails_ends_it(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a");

    struct exchange *x =
        when_build(s, scene_printf(s, "t=%s:1", name),
                   dockerfile_of(s, "RUN [\"/bin/probe\", \"exit\", \"3\"]\nRUN echo after\n"));
    json_t *values = exchange_values(x);
    const json_t *last = json_array_get(values, json_array_size(values) - 1);
    int code = (int)json_integer_value(json_at(last, "errorDetail.code"));
    const char *detail = json_string_value(json_at(last, "errorDetail.message"));
    detail = scene_printf(s, "%s", detail ? detail : "");
    json_decref(values);

    then_status(x, 200);
    then_int(s, "errorDetail.code", code, 3);
    then_string(s, "errorDetail.message", detail,
                "The command '/bin/probe exit 3' returned a non-zero code: 3");
    then_string(s, "error", build_error(s, x), detail);
    then_body_lacks(x, "after\n");
    then_body_lacks(x, "Successfully");
    then_not_found(s, "/images/%s:1/json", name);
}

static void a_command_that_is_not_there_ends_it(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a");

    struct exchange *x =
        when_build(s, scene_printf(s, "t=%s:1", name), dockerfile_of(s, "RUN [\"/bin/not-there\"]\n"));

    then_status(x, 200);
    then_mentions(s, "the error", build_error(s, x), "/bin/not-there");
    then_body_lacks(x, "Successfully");
    then_not_found(s, "/images/%s:1/json", name);
}

static void a_base_that_is_not_there_ends_it(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "not-there");

    struct exchange *x = when_build(s, "", scene_printf(s, "FROM localhost:1/%s:1\n", name));

    then_status(x, 200);
    then_true(s, *build_error(s, x), "an error in the answer");
    then_body_lacks(x, "Successfully");
}

static void with_pull_what_is_here_alone_does_not_do(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "local");
    const char *repository = scene_printf(s, "localhost:1/plimsoll/%s", name);
    given_own_image(s, repository, "1", NULL);

    struct exchange *x = when_build(s, "pull=1", scene_printf(s, "FROM %s:1\n", repository));
    struct exchange *without = when_build(s, "pull=0", scene_printf(s, "FROM %s:1\n", repository));
    when_delete(s, "/images/%s:1", repository);

    then_status(x, 200);
    then_true(s, *build_error(s, x), "an error in the answer");
    then_string(s, "the error without pull", build_error(s, without), "");
}

/* -- the Dockerfile -- */

static const struct bad_dockerfile {
    const char *label, *text;
    const char *mentions;
} bad_dockerfiles[] = {
    {"empty",                  "",                                                 "cannot be empty"                           },
    { "comments alone",        "# nothing\n\n",                                    "no instructions"                           },
    { "unknown instruction",   "FROM scratch\n\n# c\nFOO bar\n",                   "line 4: unknown instruction: FOO"          },
    { "no FROM",               "RUN true\n",                                       "no build stage"                            },
    { "FROM nothing",          "FROM\n",                                           "line 1: FROM requires either one or three" },
    { "FROM two words",        "FROM a b\n",                                       "FROM requires either one or three"         },
    { "bad name of a stage",   "FROM scratch AS 1a\n",                             "invalid name for build stage"              },
    { "ENV nothing",           "FROM scratch\nENV\n",                              "line 2: ENV requires at least one argument"},
    { "ENV one word",          "FROM scratch\nENV A\n",                            "ENV must have two arguments"               },
    { "ENV mixed",             "FROM scratch\nENV A=b c\n",                        "can't find = in \"c\""                     },
    { "ENV blank name",        "FROM scratch\nENV =b\n",                           "ENV names can not be blank"                },
    { "LABEL nothing",         "FROM scratch\nLABEL\n",                            "LABEL requires at least one argument"      },
    { "ARG nothing",           "FROM scratch\nARG\n",                              "ARG requires at least one argument"        },
    { "ARG blank name",        "FROM scratch\nARG =x\n",                           "ARG names can not be blank"                },
    { "COPY one word",         "FROM scratch\nCOPY a\n",                           "COPY requires at least two arguments"      },
    { "ADD one word",          "FROM scratch\nADD a\n",                            "ADD requires at least two arguments"       },
    { "WORKDIR nothing",       "FROM scratch\nWORKDIR\n",                          "WORKDIR requires exactly one argument"     },
    { "USER nothing",          "FROM scratch\nUSER\n",                             "USER requires exactly one argument"        },
    { "STOPSIGNAL nothing",    "FROM scratch\nSTOPSIGNAL\n",                       "STOPSIGNAL requires exactly one argument"  },
    { "MAINTAINER nothing",    "FROM scratch\nMAINTAINER\n",                       "MAINTAINER requires exactly one argument"  },
    { "EXPOSE nothing",        "FROM scratch\nEXPOSE\n",                           "EXPOSE requires at least one argument"     },
    { "VOLUME nothing",        "FROM scratch\nVOLUME\n",                           "VOLUME requires at least one argument"     },
    { "SHELL no list",         "FROM scratch\nSHELL /bin/sh\n",                    "SHELL requires the arguments to be in JSON"},
    { "SHELL empty list",      "FROM scratch\nSHELL []\n",                         "SHELL requires at least one argument"      },
    { "a list of numbers",     "FROM scratch\nCMD [1]\n",                          "must be comprised of strings only"         },
    { "ONBUILD nothing",       "FROM scratch\nONBUILD\n",                          "ONBUILD requires at least one argument"    },
    { "ONBUILD FROM",          "FROM scratch\nONBUILD FROM a\n",                   "FROM isn't allowed as an ONBUILD trigger"  },
    { "ONBUILD MAINTAINER",    "FROM scratch\nONBUILD MAINTAINER a\n",
     "MAINTAINER isn't allowed as an ONBUILD trigger"                                                                          },
    { "ONBUILD ONBUILD",       "FROM scratch\nONBUILD ONBUILD RUN a\n",            "Chaining ONBUILD"                          },
    { "HEALTHCHECK nothing",   "FROM scratch\nHEALTHCHECK\n",                      "HEALTHCHECK requires at least one argument"},
    { "HEALTHCHECK unknown",   "FROM scratch\nHEALTHCHECK FOO a\n",                "Unknown type \"FOO\" in HEALTHCHECK"       },
    { "HEALTHCHECK NONE more", "FROM scratch\nHEALTHCHECK NONE a\n",               "HEALTHCHECK NONE takes no arguments"       },
    { "HEALTHCHECK CMD alone", "FROM scratch\nHEALTHCHECK CMD\n",                  "Missing command after HEALTHCHECK CMD"     },
    { "HEALTHCHECK no unit",   "FROM scratch\nHEALTHCHECK --interval=5 CMD a\n",   "duration \"5\""                            },
    { "HEALTHCHECK too often", "FROM scratch\nHEALTHCHECK --interval=1us CMD a\n",
     "cannot be less than 1ms"                                                                                                 },
    { "HEALTHCHECK retries",   "FROM scratch\nHEALTHCHECK --retries=-1 CMD a\n",   "--retries"                                 },
    { "unknown flag",          "FROM scratch\nCOPY --foo=1 a /b\n",                "nknown flag"                               },
    { "flag of another",       "FROM scratch\nENV --chown=1 a=b\n",                "nknown flag"                               },
    { "flag twice",            "FROM scratch\nCOPY --chown=1 --chown=2 a /b\n",    "uplicate flag"                             },
    { "flag without a value",  "FROM scratch\nCOPY --chown a /b\n",                "issing a value on flag"                    },
    { "bad escape",            "# escape=x\nFROM scratch\n",                       "invalid escape token 'x'"                  },
    { "escape twice",          "# escape=`\n# escape=`\nFROM scratch\n",           "only one escape parser directive"          },
};

static void a_bad_dockerfile_is_refused_before_anything_is_built(void **state)
{
    struct scene *s = *state;
    const struct bad_dockerfile *row = s->row;
    const char *name = scene_unique_repository(s, "a");

    struct exchange *x = when_build(s, scene_printf(s, "t=%s:1", name), row->text);

    then_refused(x, 400);
    then_error_mentions(x, row->mentions);
    then_not_found(s, "/images/%s:1/json", name);
}

static const struct bad_step {
    const char *label, *text, *mentions;
} bad_steps[] = {
    {"a signal that is none",        "STOPSIGNAL SIGFOO\n",                         "nvalid signal: SIGFOO"                         },
    { "a port that is none",         "EXPOSE foo\n",                                "nvalid containerPort: foo"                     },
    { "an empty volume",             "VOLUME \"\"\n",                               "VOLUME specified can not be an empty string"   },
    { "an open quote",               "ENV A=\"b\n",                                 "looking for matching double-quote"             },
    { "an unset variable",           "ENV A=${NOT_SET:?missing}\n",                 "NOT_SET: missing"                              },
    { "an unknown modifier",         "ENV A=${B:x}\n",                              "unsupported modifier"                          },
    { "a file that is not there",    "COPY nothing /t\n",                           "stat nothing: file does not exist"             },
    { "a pattern that fits nothing", "COPY *.none /t\n",                            "no source files were specified"                },
    { "a climbing source",           "COPY ../a /t\n",                              "forbidden path outside the build context: ../a"},
    { "many to one",                 "COPY Dockerfile Dockerfile /t\n",
     "the destination must be a directory and end with a /"                                                                         },
    { "an unknown user",             "COPY --chown=nobody-here Dockerfile /t\n",    "nobody-here"                                   },
    { "an unknown group",            "COPY --chown=probe:no-group Dockerfile /t\n", "no-group"                                      },
    { "a stage that is to come",     "COPY --from=1 /a /t\n",                       "invalid from flag value 1: index out of bounds"},
    { "this stage itself",           "COPY --from=0 /a /t\n",
     "invalid from flag value 0: refers to current build stage"                                                                     },
};

static void a_step_that_cannot_be_done_ends_it(void **state)
{
    struct scene *s = *state;
    const struct bad_step *row = s->row;
    const char *name = scene_unique_repository(s, "a");

    struct exchange *x =
        when_build(s, scene_printf(s, "t=%s:1", name), dockerfile_of(s, "%sENV AFTER=1\n", row->text));

    then_status(x, 200);
    then_mentions(s, "the error", build_error(s, x), row->mentions);
    then_body_lacks(x, "ENV AFTER");
    then_body_lacks(x, "Successfully");
    then_not_found(s, "/images/%s:1/json", name);
}

static const struct buildkit_option {
    const char *label, *text, *mentions;
} buildkit_options[] = {
    {"RUN --mount",   "RUN --mount=type=cache,target=/a true\n", "--mount option requires BuildKit"},
    { "COPY --chmod", "COPY --chmod=755 Dockerfile /\n",         "--chmod option requires BuildKit"},
    { "ADD --chmod",  "ADD --chmod=755 Dockerfile /\n",          "--chmod option requires BuildKit"},
};

static void what_needs_buildkit_is_told(void **state)
{
    struct scene *s = *state;
    const struct buildkit_option *row = s->row;

    struct exchange *x = when_build(s, "version=1", dockerfile_of(s, "%s", row->text));

    then_status(x, 200);
    then_mentions(s, "the error", build_error(s, x), row->mentions);
}

static void the_dockerfile_lies_elsewhere(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build_with(
        s, "dockerfile=sub/Other", dockerfile_of(s, "ENV FILE=wrong\n"),
        json_of("[{'name': 'sub/Other', 'content': '%s'}]", dockerfile_of(s, "ENV FILE=right\n")));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_json_contains(image, "Config.Env", "FILE=right");
}

static void a_name_in_small_letters_serves(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build_with(
        s, "", NULL, json_of("[{'name': 'dockerfile', 'content': '%s'}]", dockerfile_of(s, "ENV A=b\n")));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "Successfully built");
}

static const struct bad_place {
    const char *label, *query, *mentions;
} bad_places[] = {
    {"nowhere",   "dockerfile=nope",          "Cannot locate specified Dockerfile: nope"},
    { "climbing", "dockerfile=../Dockerfile", "forbidden path outside the build context"},
    { "a folder", "dockerfile=sub",           "sub"                                     },
};

static void a_dockerfile_that_is_not_there_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_place *row = s->row;

    struct exchange *x = when_build_with(s, row->query, dockerfile_of(s, "%s", ""),
                                         json_of("[{'name': 'sub', 'type': 'dir'}]"));

    then_status_in(x, 400, 500);
    then_error_mentions(x, row->mentions);
}

/* -- the context -- */

static const struct compression {
    const char *label;
} compressions[] = { { "gzip" }, { "bzip2" }, { "xz" } };

static void a_compressed_context_is_taken(void **state)
{
    struct scene *s = *state;
    const struct compression *row = s->row;
    struct context context = given_context(s, row->label, dockerfile_of(s, "COPY f /f\nRUN read /f\n"),
                                           json_of("[{'name': 'f', 'content': 'packed'}]"));

    struct exchange *x = when_build_of(s, context, "");

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "packed");
    then_mentions(s, "the stream", build_text(s, x), "Successfully built");
}

static const struct type {
    const char *label;
} types[] = { { "text/plain" }, { "application/json" }, { "application/octet-stream" } };

static void a_context_is_taken_whatever_it_is_called(void **state)
{
    struct scene *s = *state;
    const struct type *row = s->row;

    struct exchange *x = when_build_as(s, row->label, NULL, dockerfile_of(s, "ENV A=b\n"));

    then_status(x, 200);
    then_json_equals(when_get(s, "/images/%s/json", build_id(s, x)), "Config.Env[1]", "'A=b'");
}

static void what_is_no_archive_is_refused(void **state)
{
    struct scene *s = *state;
    struct context context = { (char *)scene_printf(s, "this is no archive"), 18 };

    struct exchange *x = when_build_of(s, context, "");

    then_status_in(x, 400, 500);
    then_error_form(x);
}

static void an_empty_context_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build_with(s, "", NULL, NULL);

    then_status_in(x, 400, 500);
    then_error_mentions(x, "Cannot locate specified Dockerfile: Dockerfile");
}

static void a_climbing_context_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build_with(s, "", dockerfile_of(s, "%s", ""),
                                         json_of("[{'name': '../plimsoll-climbs', 'content': 'out'}]"));

    then_status_in(x, 400, 500);
    then_error_mentions(x, "../plimsoll-climbs");
}

/* -- parameters that are refused -- */

static const struct bad_parameter {
    const char *label, *query, *mentions;
} bad_parameters[] = {
    {"buildargs that are no JSON",   "buildargs=%7B",               "error reading build args"                       },
    { "buildargs that are no texts", "buildargs=%7B%22A%22%3A1%7D", "error reading build args"                       },
    { "labels that are no JSON",     "labels=%7B",                  "error reading labels"                           },
    { "an unknown version",          "version=3",                   "invalid version"                                },
    { "a size that is no number",    "shmsize=x",                   "\"x\""                                          },
    { "a remote that is no address", "remote=nonsense",             "could not be recognized as URL"                 },
    { "a remote session",            "remote=client-session",       "v1 builder is no longer supported"              },
    { "a target that is not there",  "target=nope",                 "nope"                                           },
    { "squash",                      "squash=1",                    "squash is only supported with experimental mode"},
};

static void a_bad_parameter_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_parameter *row = s->row;
    const char *name = scene_unique_repository(s, "a");

    struct exchange *x =
        when_build(s, scene_printf(s, "t=%s:1&%s", name, row->query), dockerfile_of(s, "%s", ""));

    then_status_in(x, 400, 500);
    then_error_mentions(x, row->mentions);
    then_not_found(s, "/images/%s:1/json", name);
}

static void a_bad_platform_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "platform=a/b/c/d", dockerfile_of(s, "%s", ""));

    then_refused(x, 400);
    then_error_mentions(x, "cannot parse platform specifier");
}

static void before_the_gate_a_platform_is_ignored(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "platform=a/b/c/d", dockerfile_of(s, "%s", ""));

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
}

static void bad_outputs_are_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "outputs=x", dockerfile_of(s, "%s", ""));

    then_status_in(x, 400, 500);
    then_error_form(x);
}

static void a_bad_list_to_take_from_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "cachefrom=x", dockerfile_of(s, "%s", ""));

    then_status_in(x, 400, 500);
    then_error_mentions(x, "invalid");
}

static void a_platform_of_a_stage_is_looked_at(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(s, "", scene_printf(s, "FROM --platform=a/b/c/d %s\n", base_image(s)));
    struct exchange *host =
        when_build(s, "",
                   scene_printf(s, "FROM --platform=%s/%s %s\n", answer_string(when_get(s, "/version"), "Os"),
                                answer_string(when_get(s, "/version"), "Arch"), base_image(s)));

    then_status(x, 200);
    then_mentions(s, "the error", build_error(s, x), "failed to parse platform a/b/c/d");
    then_mentions(s, "the stream", build_text(s, host), "Successfully built");
}

CASES(image_build) = {
    CASE("ImageBuild.steps", each_step_is_told),
    CASE("ImageBuild.id", the_id_is_told),
    CASE("ImageBuild.no-aux", older_versions_have_no_aux),
    CASE("ImageBuild.names", the_image_gets_its_names),
    CASE("ImageBuild.moves-name", a_taken_name_moves),
    CASE_ROWS("ImageBuild.bad-name", a_bad_name_is_refused_before_anything_is_built, bad_names),
    CASE("ImageBuild.quiet", quietly_the_id_alone_is_said),
    CASE("ImageBuild.quiet-failure", quietly_a_failure_says_all),
    CASE("ImageBuild.output", what_a_command_writes_is_told),
    CASE("ImageBuild.command-fails", a_command_that_fails_ends_it),
    CASE("ImageBuild.command-missing", a_command_that_is_not_there_ends_it),
    CASE("ImageBuild.base-missing", a_base_that_is_not_there_ends_it),
    CASE("ImageBuild.pull", with_pull_what_is_here_alone_does_not_do),
    CASE_ROWS("ImageBuild.bad-dockerfile", a_bad_dockerfile_is_refused_before_anything_is_built,
              bad_dockerfiles),
    CASE_ROWS("ImageBuild.bad-step", a_step_that_cannot_be_done_ends_it, bad_steps),
    CASE_ROWS("ImageBuild.buildkit-options", what_needs_buildkit_is_told, buildkit_options),
    CASE("ImageBuild.dockerfile", the_dockerfile_lies_elsewhere),
    CASE("ImageBuild.small-letters", a_name_in_small_letters_serves),
    CASE_ROWS("ImageBuild.no-dockerfile", a_dockerfile_that_is_not_there_is_refused, bad_places),
    CASE_ROWS("ImageBuild.compressed", a_compressed_context_is_taken, compressions),
    CASE_ROWS("ImageBuild.any-type", a_context_is_taken_whatever_it_is_called, types),
    CASE("ImageBuild.no-archive", what_is_no_archive_is_refused),
    CASE("ImageBuild.no-dockerfile", an_empty_context_is_refused),
    CASE("ImageBuild.climbing", a_climbing_context_is_refused),
    CASE_ROWS("ImageBuild.bad-parameter", a_bad_parameter_is_refused, bad_parameters),
    CASE("ImageBuild.bad-platform", a_bad_platform_is_refused),
    CASE("ImageBuild.platform-ignored", before_the_gate_a_platform_is_ignored),
    CASE("ImageBuild.bad-outputs", bad_outputs_are_refused),
    CASE("ImageBuild.bad-cachefrom", a_bad_list_to_take_from_is_refused),
    CASE("ImageBuild.stage-platform", a_platform_of_a_stage_is_looked_at),
    CASE_END,
};
