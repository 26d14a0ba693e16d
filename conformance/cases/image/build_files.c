/* cases/image/build_files.c - POST /build: COPY and ADD, stages */
#include "harness/scene/build.h"
#include "harness/then/then.h"

#include <string.h>

/* What lies in the context of these rows. */
#define TREE                                                                                                 \
    "[{'name': 'a', 'content': 'A\\n'}, {'name': 'b', 'content': 'B\\n'}, {'name': 'e.txt', 'content': "     \
    "'E\\n'}, "                                                                                              \
    "{'name': 'd', 'type': 'dir'}, {'name': 'd/x', 'content': 'X\\n'}, {'name': 'd/y', 'type': 'dir'}, "     \
    "{'name': 'd/y/z', 'content': 'Z\\n'}, {'name': 'to-a', 'link': 'a'}, {'name': 'out', 'link': '/a'}, "   \
    "{'name': '.hidden', 'content': 'H\\n'}]"

static const struct copy {
    const char *label, *text, *told;
} copies[] = {
    {"a file to a name",         "COPY a /t/n\nRUN read /t/n\n",                                   "A\n"                                               },
    { "a file into a folder",    "COPY a /t/\nRUN ls /t\n",                                        "\na\n"                                             },
    { "into one that is there",  "COPY a /etc\nRUN read /etc/a\n",                                 "A\n"                                               },
    { "several files",           "COPY a b /t/\nRUN ls /t\n",                                      "\na\nb\n"                                          },
    { "as a list",               "COPY [\"a\", \"/t x\"]\nRUN read '/t x'\n",                      "A\n"                                               },
    { "a folder's content",      "COPY d /t\nRUN ls /t\nRUN read /t/y/z\n",                        "\nx\ny\n"                                          },
    { "all of a folder's depth", "COPY d /t\nRUN read /t/y/z\n",                                   "Z\n"                                               },
    { "everything",              "COPY . /t\nRUN ls /t\n",                                         "\n.hidden\nDockerfile\na\nb\nd\ne.txt\nout\nto-a\n"},
    { "by a pattern",            "COPY *.t?t [bc] /t/\nRUN ls /t\n",                               "\nb\ne.txt\n"                                      },
    { "folders by a pattern",    "COPY d* /t/\nRUN ls /t\n",                                       "\nx\ny\n"                                          },
    { "from the context's root", "COPY /a /t\nRUN read /t\n",                                      "A\n"                                               },
    { "by a link",               "COPY to-a /t\nRUN read /t\n",                                    "A\n"                                               },
    { "by a link to the root",   "COPY out /t\nRUN read /t\n",                                     "A\n"                                               },
    { "to the working folder",   "WORKDIR /w\nCOPY a n\nCOPY b ./\nRUN ls /w\n",                   "\nb\nn\n"                                          },
    { "over a file",             "COPY a /etc/group\nRUN read /etc/group\n",                       "A\n"                                               },
    { "through a link",          "RUN ln -s /home/probe /lnk\nCOPY a /lnk/\nRUN ls /home/probe\n", "\na\n"                                             },
    { "with variables",          "ENV S=a T=/t\nCOPY $S ${T}/n\nRUN read /t/n\n",                  "A\n"                                               },
    { "ADD a file",              "ADD a /t/\nRUN read /t/a\n",                                     "A\n"                                               },
    { "ADD a folder",            "ADD d /t\nRUN ls /t\n",                                          "\nx\ny\n"                                          },
};

static void files_are_copied(void **state)
{
    struct scene *s = *state;
    const struct copy *row = s->row;

    struct exchange *x = when_build_with(s, "", dockerfile_of(s, "%s", row->text), json_of(TREE));

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
    then_mentions(s, "the stream", build_text(s, x), row->told);
}

/* -- what a copy is -- */

/* The line that the probe's stat wrote of a path in the last RUN, from the answer. */
static const json_t *stat_of(struct scene *s, const struct exchange *x, const char *path)
{
    const char *text = build_text(s, x), *at = strstr(text, scene_printf(s, "{\"path\":\"%s\"", path));
    size_t n = at ? strcspn(at, "\n") : 0;

    return at ? json_loadb(at, n, 0, NULL) : NULL;
}

static const char *facts_of(struct scene *s, const struct exchange *x, const char *path)
{
    json_t *stat = (json_t *)stat_of(s, x, path);
    const char *ret = stat ? scene_printf(s, "%s %s %d:%d", json_string_value(json_object_get(stat, "type")),
                                          json_string_value(json_object_get(stat, "mode")),
                                          (int)json_integer_value(json_object_get(stat, "uid")),
                                          (int)json_integer_value(json_object_get(stat, "gid")))
                           : "nothing";

    json_decref(stat);
    return ret;
}

static void modes_stay_and_owners_do_not(void **state)
{
    struct scene *s = *state;
    const char *text = dockerfile_of(s, "COPY f d /t/\nRUN stat /t/f /t/in /t/sub /t\n");

    struct exchange *x = when_build_with(s, "", text,
                                         json_of("[{'name': 'f', 'content': 'a', 'mode': %d, 'uid': 7, "
                                                 "'gid': 8}, {'name': 'd', 'type': 'dir', 'mode': "
                                                 "%d, 'uid': 7}, {'name': 'd/in', 'content': 'b', 'mode': "
                                                 "%d, 'uid': 7}, {'name': 'd/sub', 'type': 'dir', "
                                                 "'mode': %d, 'uid': 7}]",
                                                 0755, 0700, 0640, 0750));
    json_t *stat = (json_t *)stat_of(s, x, "/t/f");
    int mtime = (int)json_integer_value(json_object_get(stat, "mtime"));
    json_decref(stat);

    then_status(x, 200);
    then_string(s, "/t/f", facts_of(s, x, "/t/f"), "file 0755 0:0");
    then_string(s, "/t/in", facts_of(s, x, "/t/in"), "file 0640 0:0");
    then_string(s, "/t/sub", facts_of(s, x, "/t/sub"), "dir 0750 0:0");
    then_string(s, "/t", facts_of(s, x, "/t"), "dir 0755 0:0");
    then_int(s, "mtime of /t/f", mtime, 1000000000);
}

static const struct owner {
    const char *label, *chown, *wanted;
} owners[] = {
    {"numbers",     "5:6",        "5:6"      },
    { "one number", "5",          "5:5"      },
    { "names",      "probe:blue", "1000:2001"},
    { "one name",   "probe",      "1000:1000"},
    { "mixed",      "probe:7",    "1000:7"   },
};

static void an_owner_is_given(void **state)
{
    struct scene *s = *state;
    const struct owner *row = s->row;

    struct exchange *x = when_build_with(
        s, "",
        dockerfile_of(s, "COPY --chown=%s d /t\nADD --chown=%s a /u/a\nRUN stat /t /t/x /u/a\n", row->chown,
                      row->chown),
        json_of(TREE));

    then_status(x, 200);
    then_string(s, "/t", facts_of(s, x, "/t"), scene_printf(s, "dir 0755 %s", row->wanted));
    then_string(s, "/t/x", facts_of(s, x, "/t/x"), scene_printf(s, "file 0644 %s", row->wanted));
    then_string(s, "/u/a", facts_of(s, x, "/u/a"), scene_printf(s, "file 0644 %s", row->wanted));
}

static void links_in_a_folder_stay_links(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build_with(
        s, "", dockerfile_of(s, "COPY d /t\nRUN stat /t/up /t/one /t/two\n"),
        json_of("[{'name': 'd', 'type': 'dir'}, {'name': 'd/up', 'link': '../nowhere'}, "
                "{'name': 'd/one', 'content': 'same'}, {'name': 'd/two', 'hardlink': 'd/one'}]"));
    json_t *stat = (json_t *)stat_of(s, x, "/t/up");
    const char *target = json_string_value(json_object_get(stat, "link"));
    target = scene_printf(s, "%s", target ? target : "");
    json_decref(stat);

    then_status(x, 200);
    then_string(s, "the target of /t/up", target, "../nowhere");
    then_string(s, "/t/two", facts_of(s, x, "/t/two"), "file 0644 0:0");
}

static void a_link_never_leads_out_of_the_context(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build_with(s, "", dockerfile_of(s, "COPY l /t\n"),
                        json_of("[{'name': 'l', 'link': '../../../../../../../../../etc/passwd'}]"));

    then_status(x, 200);
    then_mentions(s, "the error", build_error(s, x), "file does not exist");
}

static const struct compression {
    const char *label, *compression;
} compressions[] = {
    {"plain",  NULL   },
    { "gzip",  "gzip" },
    { "bzip2", "bzip2"},
    { "xz",    "xz"   }
};

/* An archive holds bytes that JSON cannot: so it is put into the context by an image that has it. */
static void an_archive_is_unpacked_by_add(void **state)
{
    struct scene *s = *state;
    const struct compression *row = s->row;
    struct tar_bytes inner =
        given_context(s, row->compression, NULL,
                      json_of("[{'name': 'in', 'type': 'dir'}, {'name': 'in/f', 'content': 'packed', "
                              "'uid': 5, 'gid': 6}]"));
    struct tar_bytes outer = context_with(
        s, dockerfile_of(s, "ADD x /t\nCOPY x /u/\nRUN read /t/in/f && stat /t/in/f && ls /u\n"), "x", inner);

    struct exchange *x = when_build_of(s, outer, "");

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
    then_mentions(s, "the stream", build_text(s, x), "packed");
    then_string(s, "/t/in/f", facts_of(s, x, "/t/in/f"), "file 0644 5:6");
    then_mentions(s, "what COPY made", build_text(s, x), "\nx\n");
}

static void the_ignored_are_not_there(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build_with(s, "", dockerfile_of(s, "COPY . /t\nRUN ls /t\n"),
                        json_of("[{'name': '.dockerignore', 'content': '# both\\nDockerfile\\n.docker*\\n'}, "
                                "{'name': 'kept', 'content': 'k'}]"));
    struct exchange *named =
        when_build_with(s, "", dockerfile_of(s, "COPY Dockerfile /t\n"),
                        json_of("[{'name': '.dockerignore', 'content': 'Dockerfile\\n'}]"));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "\nkept\n");
    then_body_lacks(x, "Dockerfile\\n");
    then_body_lacks(x, ".dockerignore\\n");
    then_mentions(s, "the error", build_error(s, named), "excluded by .dockerignore");
}

/* -- stages -- */

static void a_stage_is_copied_from(void **state)
{
    struct scene *s = *state;
    const char *base = base_image(s), *name = scene_unique_repository(s, "a");
    const char *text =
        scene_printf(s,
                     "FROM %s AS First\nRUN write /one text && chown 1000:1000 /one\n"
                     "FROM %s\nCOPY --from=first /one /by-name\nCOPY --from=0 /one /by-number\n"
                     "COPY --from=%s /etc/passwd /by-image\nCOPY --from=0 --chown=5:6 /one /owned\n"
                     "RUN stat /by-name /by-number /by-image /owned; open /one r || exit 0\n",
                     base, base, base);

    struct exchange *x = when_build(s, scene_printf(s, "t=%s:1", name), text);

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
    then_string(s, "/by-name", facts_of(s, x, "/by-name"), "file 0644 1000:1000");
    then_string(s, "/by-number", facts_of(s, x, "/by-number"), "file 0644 1000:1000");
    then_string(s, "/by-image", facts_of(s, x, "/by-image"), "file 0644 0:0");
    then_string(s, "/owned", facts_of(s, x, "/owned"), "file 0644 5:6");
    then_mentions(s, "the stream", build_text(s, x), "ENOENT"); /* what is not copied stays behind */
}

static void a_stage_is_a_base(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_build(
        s, "",
        scene_printf(s, "FROM %s AS one\nENV A=1\nRUN write /f text\nFROM one\nENV B=2\nRUN read /f\n",
                     base_image(s)));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "text");
    then_json_contains(image, "Config.Env", "A=1");
    then_json_contains(image, "Config.Env", "B=2");
}

static void a_target_ends_it(void **state)
{
    struct scene *s = *state;
    const char *base = base_image(s);

    struct exchange *x =
        when_build(s, "target=TWO",
                   scene_printf(s, "FROM %s AS one\nENV A=1\nFROM %s AS two\nENV B=2\nFROM %s\nRUN false\n",
                                base, base, base));
    struct exchange *image = when_get(s, "/images/%s/json", build_id(s, x));

    then_status(x, 200);
    then_mentions(s, "the stream", build_text(s, x), "Step 4/4 : ENV B=2");
    then_mentions(s, "the stream", build_text(s, x), "Successfully built");
    then_json_contains(image, "Config.Env", "B=2");
    then_json_lacks(image, "Config.Env", "A=1");
}

static void a_name_of_a_stage_is_used_once(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build(s, "", scene_printf(s, "FROM %s AS one\nFROM %s AS one\n", base_image(s), base_image(s)));

    then_status(x, 200);
    then_mentions(s, "the error", build_error(s, x), "already used");
}

static void from_nothing(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a");

    struct exchange *x =
        when_build_with(s, scene_printf(s, "t=%s:1", name),
                        scene_printf(s, "FROM scratch\nLABEL plimsoll.run=%s\nCOPY f /f\n", s->run),
                        json_of("[{'name': 'f', 'content': '12345'}]"));
    struct exchange *image = when_get(s, "/images/%s:1/json", name);
    struct exchange *nothing = when_build(s, "", "FROM scratch\n");

    then_status(x, 200);
    then_json_length(image, "RootFS.Layers", 1);
    then_json_int(image, "Size", 5);
    then_json_length(image, "Config.Env", 1); /* PATH */
    then_mentions(s, "the error", build_error(s, nothing), "No image was generated");
}

/* -- RUN -- */

static void a_command_runs_as_the_image_says(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build(s, "",
                   dockerfile_of(s, "ENTRYPOINT [\"/bin/false\"]\nENV A=b\nUSER probe\nWORKDIR /tmp\n"
                                    "RUN id && pwd && echo $A\nSHELL [\"/bin/args\", \"x\"]\nRUN a b\n"));

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
    then_mentions(s, "the stream", build_text(s, x), "uid=1000 gid=1000 groups=1000,2001,2002\n/tmp\nb\n");
    then_mentions(s, "the stream", build_text(s, x), "\"x\"\n\"a b\"\n");
}

static void what_a_command_changes_is_in_the_image(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_repository(s, "a");

    struct exchange *x = when_build(
        s, scene_printf(s, "t=%s:1", name),
        dockerfile_of(
            s, "RUN write /made text\nRUN rm /etc/passwd\nRUN append /etc/group more && mkdir /new\n"));
    const char *root = probe_output(s, json_of("{'Image': '%s:1', 'Cmd': ['ls', '/']}", name));
    const char *etc = probe_output(s, json_of("{'Image': '%s:1', 'Cmd': ['ls', '/etc']}", name));
    const char *group = probe_output(s, json_of("{'Image': '%s:1', 'Cmd': ['read', '/etc/group']}", name));

    then_status(x, 200);
    then_mentions(s, "the root", root, "\nmade\nnew\n");
    then_true(s, !strstr(etc, "passwd"), "no passwd in /etc");
    then_mentions(s, "/etc/group", group, "nogroup:x:65534:\nmore");
}

static void what_is_in_a_volume_is_not_in_the_image(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_build(s, "", dockerfile_of(s, "VOLUME /v\nRUN write /v/f text\nRUN ls /v && echo end\n"));

    then_status(x, 200);
    then_string(s, "the error", build_error(s, x), "");
    then_body_lacks(x, "\"f\\n");
    then_mentions(s, "the stream", build_text(s, x), "end\n");
}

CASES(image_build_files) = {
    CASE_ROWS("ImageBuild.copy", files_are_copied, copies),
    CASE("ImageBuild.copy-facts", modes_stay_and_owners_do_not),
    CASE_ROWS("ImageBuild.chown", an_owner_is_given, owners),
    CASE("ImageBuild.copy-links", links_in_a_folder_stay_links),
    CASE("ImageBuild.copy-inside", a_link_never_leads_out_of_the_context),
    CASE_ROWS("ImageBuild.add-archive", an_archive_is_unpacked_by_add, compressions),
    CASE("ImageBuild.dockerignore", the_ignored_are_not_there),
    CASE("ImageBuild.copy-from", a_stage_is_copied_from),
    CASE("ImageBuild.stage-base", a_stage_is_a_base),
    CASE("ImageBuild.target", a_target_ends_it),
    CASE("ImageBuild.stage-twice", a_name_of_a_stage_is_used_once),
    CASE("ImageBuild.scratch", from_nothing),
    CASE("ImageBuild.run", a_command_runs_as_the_image_says),
    CASE("ImageBuild.run-changes", what_a_command_changes_is_in_the_image),
    CASE("ImageBuild.run-volume", what_is_in_a_volume_is_not_in_the_image),
    CASE_END,
};
