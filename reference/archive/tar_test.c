/* archive/tar_test.c - trees out of archives and back, archives that want to leave, cut at every length. */
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

#include "archive/digest.h"
#include "archive/stream.h"
#include "archive/tar.h"
#include "base/path.h"
#include "base/str.h"

DEFINE_SCOPED(struct inflater *, inflater_free)
DEFINE_SCOPED(struct deflater *, deflater_free)

/* -- archives made by hand, so that they may be wrong -- */

struct member {
    char type; /* '0' file, '1' hard link, '2' symlink, '3' device, '5' directory */
    const char *name, *to, *text;
};

static void add_member(struct str *tar, const struct member *m)
{
    char block[512] = "", octal[24];
    unsigned sum = 0;
    size_t n = m->text ? strlen(m->text) : 0;
    static const char zeros[512];

    snprintf(block, 100, "%s", m->name);
    memcpy(block + 100, "0000644", 8);
    memcpy(block + 108, "0000000", 8);
    memcpy(block + 116, "0000000", 8);
    snprintf(octal, sizeof(octal), "%011zo", n);
    memcpy(block + 124, octal, 12);
    memcpy(block + 136, "07346545000", 12);
    memset(block + 148, ' ', 8);
    block[156] = m->type;
    if (m->to)
        snprintf(block + 157, 100, "%s", m->to);
    memcpy(block + 257, "ustar\00000", 8);
    memcpy(block + 329, "0000000", 8);
    memcpy(block + 337, "0000000", 8);
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)block[i];
    snprintf(octal, sizeof(octal), "%06o", sum);
    memcpy(block + 148, octal, 7);
    str_add_bytes(tar, block, 512);
    if (n) {
        str_add_bytes(tar, m->text, n);
        str_add_bytes(tar, zeros, (512 - n % 512) % 512);
    }
}

static void end_tar(struct str *tar)
{
    static const char zeros[1024];

    str_add_bytes(tar, zeros, sizeof(zeros));
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
    if (n > 1000)
        n = 1000; /* as a network gives it */
    memcpy(bytes, b->data, n);
    b->data += n;
    b->left -= n;
    return (ssize_t)n;
}

static int write_str(void *user, const void *bytes, size_t n, struct error *err)
{
    (void)err;
    str_add_bytes(user, bytes, n);
    return 0;
}

/* -- a directory around the root, to see that nothing lands there -- */

struct scene {
    char dir[32];
    char *root;
};

static int open_scene(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));

    strcpy(s->dir, "/var/tmp/tar-XXXXXX");
    if (!mkdtemp(s->dir))
        return -1;
    s->root = path_join(s->dir, "root");
    *state = s;
    return mkdir(s->root, 0755);
}

static int close_scene(void **state)
{
    struct scene *s = *state;

    tree_remove(s->dir, NULL);
    free(s->root);
    free(s);
    return 0;
}

static int unpack(struct scene *s, const struct str *tar, bool layer, struct error *err)
{
    struct tar_unpack how = { .root = s->root, .layer = layer, .keep_owner = true };
    struct bytes b = { tar->data, tar->len };

    return tar_unpack(&how, read_bytes, &b, NULL, err);
}

static struct stat stat_of(struct scene *s, const char *path)
{
    scoped_free char *whole = path_join(s->root, path);
    struct stat st = { 0 };

    if (lstat(whole, &st) < 0)
        st.st_mode = 0;
    return st;
}

static void a_layer_has_its_whiteouts(void **state)
{
    struct scene *s = *state;
    static const struct member members[] = {
        {'5',  "a/",             NULL,     NULL  },
        { '0', "a/.wh.x",        NULL,     NULL  },
        { '0', "a/.wh..wh..opq", NULL,     NULL  },
        { '0', "b/file",         NULL,     "text"},
        { '1', "c/link",         "b/file", NULL  },
        { '2', "c/sym",          "/etc",   NULL  },
        { '0', "b/.wh.file",     NULL,     ""    },
        { '0', ".wh..wh.plnk",   NULL,     NULL  },
        { '3', "dev",            NULL,     NULL  },
    };
    scoped_str tar = { 0 };
    scoped_free char *a = path_join(s->root, "a");
    struct error err = { 0 };
    char value[4];

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        add_member(&tar, &members[i]);
    end_tar(&tar);
    if (unpack(s, &tar, true, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(S_ISCHR(stat_of(s, "a/x").st_mode));
    assert_int_equal(stat_of(s, "a/x").st_rdev, 0);
    assert_int_equal(getxattr(a, "trusted.overlay.opaque", value, sizeof(value)), 1);
    assert_int_equal(stat_of(s, "a").st_mtime, 1000000000);
    assert_true(S_ISREG(stat_of(s, "b/file").st_mode));
    assert_int_equal(stat_of(s, "b/file").st_ino, stat_of(s, "c/link").st_ino);
    assert_true(S_ISLNK(stat_of(s, "c/sym").st_mode));
    assert_int_equal(stat_of(s, ".wh..wh.plnk").st_mode, 0);
}

static const struct climb {
    const char *label;
    struct member members[2];
    bool only_layer; /* elsewhere links are taken inside the root, and this one is harmless */
} climbs[] = {
    {"dots",                      { { '0', "../evil", NULL, "x" } },                                  false},
    { "dots within",              { { '0', "a/../../evil", NULL, "x" } },                             false},
    { "through a link up",        { { '2', "up", "../", NULL }, { '0', "up/evil", NULL, "x" } },      true },
    { "through a link to /",      { { '2', "up", "/", NULL }, { '0', "up/evil", NULL, "x" } },        true },
    { "hard link up",             { { '1', "evil", "../outside", NULL } },                            false},
    { "hard link through a link", { { '2', "up", "..", NULL }, { '1', "evil", "up/outside", NULL } }, false},
    { "whiteout of ..",           { { '0', ".wh...", NULL, NULL } },                                  true },
    { "whiteout of nothing",      { { '0', ".wh.", NULL, NULL } },                                    true },
};

static void no_name_leaves_the_root(void **state)
{
    struct scene *s = *state;
    scoped_free char *outside = path_join(s->dir, "outside"), *evil = path_join(s->dir, "evil");

    close(open(outside, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    for (size_t i = 0; i < sizeof(climbs) / sizeof(climbs[0]); i++) {
        for (int layer = 0; layer < 2; layer++) {
            scoped_str tar = { 0 };
            struct error err = { 0 };
            struct stat st;
            int r;

            tree_remove(s->root, NULL);
            mkdir(s->root, 0755);
            add_member(&tar, &climbs[i].members[0]);
            if (climbs[i].members[1].name)
                add_member(&tar, &climbs[i].members[1]);
            end_tar(&tar);
            r = unpack(s, &tar, layer, &err);
            if (r == 0 && (layer || !climbs[i].only_layer))
                fail_msg("%s: was unpacked", climbs[i].label);
            if (r < 0 && err.kind != ERR_INVALID)
                fail_msg("%s: kind %d: %s", climbs[i].label, err.kind, err.text);
            assert_false(path_exists(evil));
            assert_true(stat(outside, &st) == 0 && st.st_nlink == 1);
        }
    }
}

static void an_archive_cut_short_is_refused(void **state)
{
    struct scene *s = *state;
    static const struct member member = { '0', "file", NULL, "some text that takes less than a block" };
    scoped_str tar = { 0 };

    add_member(&tar, &member);
    for (size_t n = 1; n < 520; n += 13) { /* all of the header, and part of the text */
        struct str cut = { tar.data, n, 0 };
        struct error err = { 0 };

        assert_int_equal(unpack(s, &cut, true, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
    }
}

static void bounds_are_kept(void **state)
{
    struct scene *s = *state;
    static const struct member member = { '0', "file", NULL, "0123456789" };
    struct tar_unpack small = { .root = s->root, .max_bytes = 5 },
                      few = { .root = s->root, .max_entries = 1 };
    scoped_str tar = { 0 };
    struct error err = { 0 };

    add_member(&tar, &member);
    add_member(&tar, &member);
    end_tar(&tar);
    assert_int_equal(tar_unpack(&small, read_bytes, &(struct bytes){ tar.data, tar.len }, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_TOO_LARGE);
    assert_int_equal(tar_unpack(&few, read_bytes, &(struct bytes){ tar.data, tar.len }, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_TOO_LARGE);
}

static void a_tree_packs_to_the_same_bytes(void **state)
{
    struct scene *s = *state;
    static const struct member members[] = {
        {'5',  "d/",             NULL,      NULL  },
        { '0', "d/f",            NULL,      "text"},
        { '1', "d/g",            "d/f",     NULL  },
        { '2', "d/s",            "nowhere", NULL  },
        { '0', "d/.wh.gone",     NULL,      ""    },
        { '0', "d/.wh..wh..opq", NULL,      ""    },
        { '0', "d/\303\244",     NULL,      "name"},
    };
    struct tar_pack what = { .root = s->root, .path = "/", .layer = true };
    scoped_str tar = { 0 }, first = { 0 }, second = { 0 };
    struct error err = { 0 };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        add_member(&tar, &members[i]);
    end_tar(&tar);
    if (unpack(s, &tar, true, &err) < 0 || tar_pack(&what, write_str, &first, &err) < 0)
        fail_msg("%s", err.text);
    tree_remove(s->root, NULL);
    mkdir(s->root, 0755);
    if (unpack(s, &first, true, &err) < 0 || tar_pack(&what, write_str, &second, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(S_ISCHR(stat_of(s, "d/gone").st_mode));
    assert_int_equal(stat_of(s, "d/f").st_nlink, 2);
    assert_int_equal(stat_of(s, "d/\303\244").st_size, 4);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
}

static void a_part_of_a_tree_can_take_another_name(void **state)
{
    struct scene *s = *state;
    static const struct member member = { '0', "d/f", NULL, "text" };
    struct tar_pack what = { .root = s->root, .path = "/d/f", .rename = "other" };
    struct tar_pack missing = { .root = s->root, .path = "/d/no" };
    scoped_str tar = { 0 }, packed = { 0 };
    struct error err = { 0 };

    add_member(&tar, &member);
    end_tar(&tar);
    assert_int_equal(unpack(s, &tar, false, &err), 0);
    assert_int_equal(tar_pack(&what, write_str, &packed, &err), 0);
    assert_int_equal(unpack(s, &packed, false, &err), 0);
    assert_int_equal(stat_of(s, "other").st_size, 4);
    assert_int_equal(tar_pack(&missing, write_str, &packed, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static int refuse_later(void *user, const void *bytes, size_t n, struct error *err)
{
    size_t *left = user;

    (void)bytes;
    if (n > *left)
        return error_set(err, ERR_CLOSED, "the reader is gone");
    *left -= n;
    return 0;
}

static void a_reader_that_goes_ends_the_writing(void **state)
{
    static const char zeros[4096];
    (void)state;
    for (size_t room = 0; room < 600000; room += 100000) {
        size_t left = room;
        struct tar_writer *w = tar_writer_new(refuse_later, &left);
        struct error err = { 0 };
        int r = tar_writer_dir(w, "d/", &err);

        if (r == 0)
            r = tar_writer_file(w, "d/f", INT64_C(1) << 40, &err);
        while (r == 0)
            r = tar_writer_add(w, zeros, sizeof(zeros), &err);
        assert_int_equal(err.kind, ERR_CLOSED);
        assert_string_equal(err.text, "the reader is gone");
        tar_writer_free(w); /* at once, though most of the file is missing */
    }
}

static void compressed_bytes_come_back(void **state)
{
    scoped_str packed = { 0 }, plain = { 0 };
    scoped(deflater_free) struct deflater *d = deflater_new(write_str, &packed);
    scoped(inflater_free) struct inflater *i = NULL;
    struct error err = { 0 };
    struct bytes b;
    char bytes[777];
    ssize_t n;

    (void)state;
    for (int k = 0; k < 10000; k++)
        assert_int_equal(deflater_write(d, "a line of text\n", 15, &err), 0);
    assert_int_equal(deflater_end(d, &err), 0);
    assert_true(packed.len < 15000);
    b = (struct bytes){ packed.data, packed.len };
    i = inflater_new(read_bytes, &b);
    while ((n = inflater_read(i, bytes, sizeof(bytes), &err)) > 0)
        str_add_bytes(&plain, bytes, (size_t)n);
    assert_int_equal(n, 0);
    assert_int_equal(plain.len, 150000);
    assert_memory_equal(plain.data, "a line of text\na line", 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_layer_has_its_whiteouts, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(no_name_leaves_the_root, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(an_archive_cut_short_is_refused, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(bounds_are_kept, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(a_tree_packs_to_the_same_bytes, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(a_part_of_a_tree_can_take_another_name, open_scene, close_scene),
        cmocka_unit_test(a_reader_that_goes_ends_the_writing),
        cmocka_unit_test(compressed_bytes_come_back),
    };

    return geteuid() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
