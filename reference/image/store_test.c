/* image/store_test.c - images in and out of a store of one's own. The archives are those of fixtures/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"
#include "image/store.h"

DEFINE_SCOPED(struct image *, image_unref)

struct scene {
    char root[32];
    struct events *events;
    struct image_store *store;
    struct str said; /* the stream of the last load */
};

static int open_scene(void **state)
{
    struct scene *s = new_zeroed(struct scene);
    struct error err = { 0 };

    strcpy(s->root, "/var/tmp/image-XXXXXX");
    if (!mkdtemp(s->root))
        return -1;
    s->events = events_new();
    *state = s;
    return image_store_open(s->root, s->events, &s->store, &err);
}

static int close_scene(void **state)
{
    struct scene *s = *state;

    image_store_close(s->store);
    events_free(s->events);
    tree_remove(s->root, NULL);
    str_free(&s->said);
    free(s);
    return 0;
}

static void reopen(struct scene *s)
{
    struct error err = { 0 };

    image_store_close(s->store);
    s->store = NULL;
    if (image_store_open(s->root, s->events, &s->store, &err) < 0)
        fail_msg("%s", err.text);
}

static ssize_t read_file(void *user, void *bytes, size_t n, struct error *err)
{
    ssize_t got = read(*(int *)user, bytes, n);

    return got < 0 ? error_errno(err, "read") : got;
}

static int hear(void *user, json_t *message, struct error *err)
{
    struct scene *s = user;
    scoped_free char *text = json_text(message);

    (void)err;
    str_add(&s->said, text);
    str_add_char(&s->said, '\n');
    json_decref(message);
    return 0;
}

static int load(struct scene *s, const char *name, struct error *err)
{
    scoped_free char *path = xasprintf("%s/%s", FIXTURES, name);
    scoped_close int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        fail_msg("no %s", path);
    str_cut(&s->said, 0);
    return image_load(s->store, read_file, &fd, hear, s, err);
}

static void must_load(struct scene *s, const char *name)
{
    struct error err = { 0 };

    if (load(s, name, &err) < 0)
        fail_msg("%s: %s", name, err.text);
}

static struct image *find(struct scene *s, const char *ref)
{
    struct image *image = NULL;
    struct error err = { 0 };

    if (image_store_find(s->store, ref, &image, &err) < 0)
        fail_msg("%s: %s", ref, err.text);
    return image;
}

static int count_of(struct scene *s, const char *below)
{
    scoped_free char *path = path_join(s->root, below);
    scoped(closedir) DIR *dir = opendir(path);
    int n = 0;

    assert_non_null(dir);
    while (readdir(dir))
        n++;
    return n - 2;
}

static void an_image_is_found_by_all_its_names(void **state)
{
    struct scene *s = *state;
    static const char *const names[] = { "plimsoll/probe:1", "docker.io/plimsoll/probe:1",
                                         "index.docker.io/plimsoll/probe:1", NULL };
    scoped(image_unref) struct image *by_tag = NULL, *by_prefix = NULL, *by_id = NULL;
    scoped_free char *prefix = NULL;

    must_load(s, "images/probe.tar");
    assert_non_null(strstr(s->said.data, "{\"stream\":\"Loaded image: plimsoll/probe:1\\n\"}\n"));
    for (size_t i = 0; names[i]; i++) {
        image_unref(by_tag);
        by_tag = find(s, names[i]);
    }
    prefix = xstrndup(image_id(by_tag) + 7, 12);
    by_prefix = find(s, prefix);
    by_id = find(s, image_id(by_tag));
    assert_ptr_equal(by_tag, by_prefix);
    assert_ptr_equal(by_tag, by_id);
    assert_int_equal(image_store_find(s->store, "plimsoll/probe", &by_id, NULL), -1);
    assert_true(image_size(by_tag) > 100000);
    assert_string_equal(json_str_at(image_config(by_tag), "os", ""), "linux");
}

static void every_form_of_an_archive_gives_the_same_image(void **state)
{
    struct scene *s = *state;
    scoped(image_unref) struct image *first = NULL, *second = NULL;

    must_load(s, "images/probe.tar");
    first = find(s, "plimsoll/probe:1");
    must_load(s, "images/probe-classic.tar");
    must_load(s, "images/probe.tar.gz");
    second = find(s, "plimsoll/probe:1");
    assert_ptr_equal(first, second);
    assert_int_equal(image_store_count(s->store), 1);
    assert_int_equal(count_of(s, "layers"), 1);
    assert_int_equal(count_of(s, "tmp"), 0);
}

static void images_outlive_the_store(void **state)
{
    struct scene *s = *state;
    scoped_free char *id = NULL, *lower = NULL;
    struct image *image;
    struct strv dirs = { 0 };

    must_load(s, "images/two.tar");
    must_load(s, "images/untagged.tar");
    image = find(s, "plimsoll/two-two:1");
    id = xstrdup(image_id(image));
    image_unref(image);
    reopen(s);
    image = find(s, "plimsoll/two-two:1");
    assert_string_equal(image_id(image), id);
    image_lower_dirs(image, &dirs);
    assert_int_equal(dirs.count, 2);
    for (size_t i = 0; i < dirs.count; i++)
        assert_true(path_is_dir(dirs.items[i]));
    strv_free(&dirs);
    image_unref(image);
    assert_int_equal(image_store_count(s->store), 3);
}

static void whiteouts_take_the_form_of_overlayfs(void **state)
{
    struct scene *s = *state;
    struct image *image;
    struct strv dirs = { 0 };
    int whiteouts = 0;

    must_load(s, "images/layers.tar");
    image = find(s, "plimsoll/layers");
    image_lower_dirs(image, &dirs);
    for (size_t i = 0; i < dirs.count; i++) {
        scoped(closedir) DIR *dir = NULL;
        scoped_free char *below = path_join(dirs.items[i], "data");
        struct dirent *entry;

        dir = opendir(below);
        while (dir && (entry = readdir(dir))) {
            struct stat st;

            assert_false(str_starts(entry->d_name, ".wh."));
            if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
                whiteouts += S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
        }
    }
    assert_true(whiteouts > 0);
    strv_free(&dirs);
    image_unref(image);
}

/* As Docker Engine 28.5 does, but for the words: fixtures/archives/README.md. */
static const struct broken {
    const char *archive;
    bool accepted;
    int images;       /* that are there afterwards */
    const char *says; /* NULL: anything */
} broken[] = {
    {"not-a-tar",                         false, 0, NULL                                            },
    { "empty-file",                       false, 0, NULL                                            },
    { "empty-tar",                        false, 0, NULL                                            },
    { "cut-short",                        false, 0, NULL                                            },
    { "no-manifest",                      false, 0, NULL                                            },
    { "no-images",                        true,  0, NULL                                            },
    { "manifest-not-json",                false, 0, NULL                                            },
    { "manifest-names-missing-config",    false, 0, NULL                                            },
    { "manifest-names-missing-layer",     false, 0, NULL                                            },
    { "manifest-climbs-out",              false, 0, NULL                                            },
    { "config-not-json",                  false, 0, NULL                                            },
    { "config-without-rootfs",            false, 0, "invalid image JSON, no RootFS key"             },
    { "wrong-digest",                     false, 0, "invalid diffID for layer 0: expected \"sha256:"},
    { "layer-not-tar",                    false, 0, NULL                                            },
    { "bad-tag",                          false, 1, "invalid reference format"                      },
    { "path-climbs-out",                  false, 0, NULL                                            },
    { "path-climbs-out-of-archive",       false, 0, NULL                                            },
    { "symlink-climbs-out",               false, 0, NULL                                            },
    { "symlink-climbs-out-across-layers", true,  1, NULL                                            },
    { "hardlink-climbs-out",              false, 0, NULL                                            },
    { "symlink-as-layer",                 false, 0, NULL                                            },
    { "symlink-as-manifest",              false, 0, NULL                                            },
};

static void a_broken_archive_leaves_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        scoped_free char *name = xasprintf("archives/%s.tar", broken[i].archive);
        void *own = NULL;
        struct scene *s;
        struct error err = { 0 };
        int r;

        assert_int_equal(open_scene(&own), 0);
        s = own;
        r = load(s, name, &err);
        if ((r == 0) != broken[i].accepted)
            fail_msg("%s: %s", broken[i].archive, r == 0 ? "was taken" : err.text);
        if (broken[i].says && !str_starts(err.text, broken[i].says))
            fail_msg("%s: %s", broken[i].archive, err.text);
        assert_int_equal(image_store_count(s->store), broken[i].images);
        assert_int_equal(count_of(s, "tmp"), 0);
        if (broken[i].images == 0)
            assert_int_equal(count_of(s, "layers"), 0);
        assert_false(path_exists("/plimsoll-evil"));
        assert_false(path_exists("/tmp/plimsoll-evil"));
        close_scene(&own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_image_is_found_by_all_its_names, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(every_form_of_an_archive_gives_the_same_image, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(images_outlive_the_store, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(whiteouts_take_the_form_of_overlayfs, open_scene, close_scene),
        cmocka_unit_test(a_broken_archive_leaves_nothing),
    };

    return geteuid() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
