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

#include "base/fd.h"
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

    must_load(s, "images/probe-oci.tar");
    first = find(s, "plimsoll/probe:1");
    must_load(s, "images/probe.tar");
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

/* -- names and deletion -- */

static int write_str(void *user, const void *bytes, size_t n, struct error *err)
{
    (void)err;
    str_add_bytes(user, bytes, n);
    return 0;
}

struct bytes {
    const char *data;
    size_t left;
};

static ssize_t read_bytes(void *user, void *bytes, size_t n, struct error *err)
{
    struct bytes *b = user;

    (void)err;
    if (n > b->left)
        n = b->left;
    memcpy(bytes, b->data, n);
    b->data += n;
    b->left -= n;
    return (ssize_t)n;
}

static void save(struct scene *s, const char *ref, struct str *ret)
{
    struct strv refs = { 0 };
    struct error err = { 0 };

    strv_add(&refs, ref);
    if (image_save(s->store, &refs, write_str, ret, &err) < 0)
        fail_msg("%s", err.text);
    strv_free(&refs);
}

/* What was done, in one line: "Untagged a:1, Deleted sha256:..., ". */
static char *delete_it(struct scene *s, const char *ref, bool force, struct error *err)
{
    scoped(json_decref) json_t *steps = NULL;
    scoped_str text = { 0 };
    size_t i;
    json_t *step, *value;
    const char *what;

    if (image_delete(s->store, ref, force, false, &steps, err) < 0)
        return NULL;
    json_array_foreach (steps, i, step)
        json_object_foreach (step, what, value)
            str_addf(&text, "%s %.*s, ", what, str_eq(what, "Deleted") ? 6 : 60, json_string_value(value));
    str_add(&text, "");
    return xstrdup(str_text(&text));
}

static void must_delete(struct scene *s, const char *ref, bool force, const char *wanted)
{
    struct error err = { 0 };
    scoped_free char *got = delete_it(s, ref, force, &err);

    if (!got)
        fail_msg("%s: %s", ref, err.text);
    assert_string_equal(got, wanted);
}

static void must_not_delete(struct scene *s, const char *ref, bool force, const char *wanted)
{
    struct error err = { 0 };
    scoped_free char *got = delete_it(s, ref, force, &err);

    assert_null(got);
    assert_int_equal(err.kind, ERR_CONFLICT);
    if (!strstr(err.text, wanted))
        fail_msg("wanted '%s' in '%s'", wanted, err.text);
}

static void a_saved_image_is_the_same_elsewhere(void **state)
{
    struct scene *s = *state;
    static const char *const archives[] = { "images/layers.tar", "images/config.tar", "images/untagged.tar",
                                            NULL };

    for (size_t i = 0; archives[i]; i++) {
        scoped_str first = { 0 }, second = { 0 };
        scoped(json_decref) json_t *list = NULL;
        scoped_free char *id = NULL;
        struct image_list_query query = { .api_version = 51 };
        void *own = NULL;
        struct scene *other;
        struct error err = { 0 };
        struct bytes b;

        must_load(s, archives[i]);
        assert_int_equal(image_list(s->store, &query, &list, &err), 0);
        id = xstrdup(json_str_at(json_array_get(list, 0), "Id", ""));
        save(s, id, &first);
        assert_int_equal(open_scene(&own), 0);
        other = own;
        b = (struct bytes){ first.data, first.len };
        if (image_load(other->store, read_bytes, &b, NULL, NULL, &err) < 0)
            fail_msg("%s: %s", archives[i], err.text);
        save(other, id, &second);
        assert_int_equal(first.len, second.len);
        assert_memory_equal(first.data, second.data, first.len);
        close_scene(&own);
        free(delete_it(s, id, true, &err));
    }
}

static void names_come_and_go(void **state)
{
    struct scene *s = *state;
    struct image *image;
    struct error err = { 0 };

    must_load(s, "images/probe.tar");
    assert_int_equal(image_tag(s->store, "plimsoll/probe:1", "other/name", "2", &err), 0);
    assert_int_equal(image_tag(s->store, "plimsoll/probe:1", "Other", "", &err), -1);
    assert_int_equal(image_tag(s->store, "plimsoll/probe:1", "other", "-2", &err), -1);
    assert_int_equal(image_tag(s->store, "plimsoll/none", "other", "2", &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    reopen(s);
    image = find(s, "other/name:2");
    must_not_delete(s, image_id(image), false, "image is referenced in multiple repositories");
    image_unref(image);
    must_delete(s, "plimsoll/probe:1", false, "Untagged plimsoll/probe:1, ");
    assert_int_equal(image_store_find(s->store, "plimsoll/probe:1", &image, NULL), -1);
    must_delete(s, "other/name:2", false, "Untagged other/name:2, Deleted sha256, Deleted sha256, ");
    assert_int_equal(count_of(s, "layers"), 0);
    assert_int_equal(count_of(s, "blobs/sha256"), 0);
}

static void shared_layers_stay_as_long_as_one_needs_them(void **state)
{
    struct scene *s = *state;

    must_load(s, "images/two.tar");
    assert_int_equal(count_of(s, "layers"), 3);
    must_delete(s, "plimsoll/two-one:1", false,
                "Untagged plimsoll/two-one:1, Deleted sha256, Deleted sha256, ");
    assert_int_equal(count_of(s, "layers"), 2);
    reopen(s);
    must_delete(s, "plimsoll/two-two:1", false,
                "Untagged plimsoll/two-two:1, Deleted sha256, Deleted sha256, Deleted sha256, ");
    assert_int_equal(count_of(s, "layers"), 0);
}

static bool container_runs, container_exists;

static void one_container(void *user, const char *id, bool running_only, struct strv *ret)
{
    (void)user;
    (void)id;
    if (container_exists && (container_runs || !running_only))
        strv_add(ret, "0123456789abcdef");
}

static void a_container_keeps_its_layers(void **state)
{
    struct scene *s = *state;
    struct image *image = NULL;
    scoped_free char *id = NULL;

    must_load(s, "images/probe.tar");
    image_store_set_users(s->store, one_container, NULL);
    container_exists = container_runs = true;
    image = find(s, "plimsoll/probe:1");
    id = xstrdup(image_id(image));
    must_not_delete(s, "plimsoll/probe:1", false, "container 0123456789ab is using its referenced image");
    must_not_delete(s, id, true,
                    "(cannot be forced) - image is being used by running container 0123456789ab");
    container_runs = false;
    must_not_delete(s, id, false, "(must be forced) - image is being used by stopped container 0123456789ab");
    must_delete(s, id, true, "Untagged plimsoll/probe:1, Deleted sha256, ");
    assert_int_equal(image_store_find(s->store, id, &image, NULL), -1);
    assert_int_equal(count_of(s, "layers"), 1);
    image_unref(image);

    reopen(s); /* the daemon comes back, and finds the container's image again */
    image_store_set_users(s->store, one_container, NULL);
    assert_int_equal(image_store_hold(s->store, id, &image, NULL), 0);
    assert_int_equal(image_store_find(s->store, id, &image, NULL), -1);
    must_load(s, "images/untagged.tar");
    assert_int_equal(count_of(s, "gone"), 1);
    container_exists = false;
    image_unref(image);
    reopen(s);
    assert_int_equal(count_of(s, "gone"), 1); /* as long as nobody can say who uses it */
    image_store_set_users(s->store, one_container, NULL);
    assert_int_equal(count_of(s, "gone"), 0);
    assert_int_equal(count_of(s, "layers"), 1);
}

/* -- images made of images -- */

static char *upper_with_change(struct scene *s)
{
    char *upper = path_join(s->root, "upper");
    scoped_free char *file = path_join(upper, "new"), *gone = path_join(upper, "data");
    FILE *f;

    assert_int_equal(mkdir(upper, 0755), 0);
    assert_int_equal(mknod(gone, S_IFCHR, makedev(0, 0)), 0);
    f = fopen(file, "we");
    assert_non_null(f);
    fputs("five!", f);
    fclose(f);
    return upper;
}

static struct image *make(struct scene *s, struct image *parent, const char *upper, const char *comment)
{
    scoped(json_decref) json_t *config = json_pack("{s:[s]}", "Cmd", "/bin/sh");
    struct image_recipe recipe = { .parent = parent, .upper = upper, .config = config, .comment = comment };
    struct image *image = NULL;
    struct error err = { 0 };

    if (image_make(s->store, &recipe, &image, &err) < 0)
        fail_msg("%s", err.text);
    return image;
}

static void check_made(struct scene *s, const char *id)
{
    scoped(json_decref) json_t *inspected = NULL, *history = NULL;
    struct image *parent = find(s, "plimsoll/layers:1");
    struct error err = { 0 };

    assert_int_equal(image_inspect(s->store, id, 51, &inspected, &err), 0);
    assert_string_equal(json_str_at(inspected, "Parent", ""), image_id(parent));
    assert_string_equal(json_str_at(inspected, "Comment", ""), "why");
    assert_int_equal(image_history(s->store, id, &history, &err), 0);
    assert_int_equal(json_int_at(json_array_get(history, 0), "Size", 0), 5);
    assert_string_equal(json_str_at(json_array_get(history, 0), "Id", ""), id);
    assert_string_equal(json_str_at(json_array_get(history, 1), "Id", ""), image_id(parent));
    assert_string_equal(json_str_at(json_array_get(history, 2), "Id", ""), "<missing>");
    image_unref(parent);
}

static void an_image_is_made_of_another_and_a_layer(void **state)
{
    struct scene *s = *state;
    scoped_free char *upper = upper_with_change(s), *id = NULL, *hidden = NULL;
    struct image *parent, *image;
    struct strv dirs = { 0 };
    struct stat st;

    must_load(s, "images/layers.tar");
    parent = find(s, "plimsoll/layers:1");
    image = make(s, parent, upper, "why");
    id = xstrdup(image_id(image));
    assert_int_equal(image_size(image), image_size(parent) + 5);
    image_lower_dirs(image, &dirs);
    hidden = path_join(dirs.items[0], "data");
    assert_int_equal(stat(hidden, &st), 0);
    assert_true(S_ISCHR(st.st_mode) && st.st_rdev == 0);
    strv_free(&dirs);
    image_unref(parent);
    image_unref(image);
    check_made(s, id);
    reopen(s);
    check_made(s, id);
    assert_int_equal(count_of(s, "tmp"), 0);
}

static void an_empty_layer_is_none(void **state)
{
    struct scene *s = *state;
    scoped_free char *upper = path_join(s->root, "upper"), *id = NULL;
    struct image *parent, *image;
    int layers;

    assert_int_equal(mkdir(upper, 0755), 0);
    must_load(s, "images/layers.tar");
    layers = count_of(s, "layers");
    parent = find(s, "plimsoll/layers:1");
    image = make(s, parent, upper, "nothing");
    assert_int_equal(count_of(s, "layers"), layers);
    assert_int_equal(image_size(image), image_size(parent));
    id = xstrdup(image_id(image));
    image_unref(image);
    image_unref(parent);
    reopen(s);
    image_unref(find(s, id));
}

static void a_nameless_parent_goes_with_its_child(void **state)
{
    struct scene *s = *state;
    scoped_free char *upper = upper_with_change(s), *step = NULL, *last = NULL;
    struct image *base, *middle, *top;

    must_load(s, "images/two.tar");
    base = find(s, "plimsoll/two-two:1");
    middle = make(s, base, upper, "a step");
    top = make(s, middle, NULL, "the last");
    step = xstrdup(image_id(middle));
    last = xstrdup(image_id(top));
    image_unref(base);
    image_unref(middle);
    image_unref(top);
    must_not_delete(s, step, true, "(cannot be forced) - image has dependent child images");
    must_delete(s, last, false, "Deleted sha256, Deleted sha256, Deleted sha256, ");
    image_unref(find(s, "plimsoll/two-two:1"));
    assert_int_equal(count_of(s, "gone"), 0);
}

/* As a crash in the middle of file_write_atomic() leaves one. */
static void half_written(struct strv *names, const char *folder, const char *name)
{
    scoped_free char *path = path_join(folder, name);

    assert_int_equal(file_replace(path, "{", 1, 0600, NULL), 0);
    strv_add(names, path);
}

static void what_a_crash_left_is_dropped(void **state)
{
    struct scene *s = *state;
    scoped_strv dirs = { 0 }, left = { 0 };
    struct image *image;
    static const char *const names[] = {
        "layers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/diff", "tmp/load-x/archive",
        NULL
    };

    must_load(s, "images/probe.tar");
    for (size_t i = 0; names[i]; i++) {
        scoped_free char *path = path_join(s->root, names[i]);

        assert_int_equal(dir_make(path, 0700, NULL), 0);
    }
    image = find(s, "plimsoll/probe:1");
    image_lower_dirs(image, &dirs);
    image_unref(image);
    half_written(&left, s->root, "tags.json.0123456789ab.tmp");
    half_written(&left, s->root, "blobs/sha256/0123456789abcdef.0123456789ab.tmp");
    half_written(&left, dirs.items[0], "../blobs.json.0123456789ab.tmp");
    reopen(s);
    for (size_t i = 0; i < left.count; i++)
        assert_false(path_exists(left.items[i]));
    assert_int_equal(count_of(s, "layers"), 1);
    assert_int_equal(count_of(s, "tmp"), 0);
    image_unref(find(s, "plimsoll/probe:1"));
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
        cmocka_unit_test_setup_teardown(a_saved_image_is_the_same_elsewhere, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(names_come_and_go, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(shared_layers_stay_as_long_as_one_needs_them, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(a_container_keeps_its_layers, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(an_image_is_made_of_another_and_a_layer, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(an_empty_layer_is_none, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(a_nameless_parent_goes_with_its_child, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(what_a_crash_left_is_dropped, open_scene, close_scene),
    };

    return geteuid() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
