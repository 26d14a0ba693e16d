/* fuzz/tar_fuzz.c - archives, as a layer and as a tree. Nothing may appear beside the root, and what was made must be removable. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/tar.h"
#include "base/path.h"
#include "base/scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *data;
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

static int drop(void *user, const void *bytes, size_t n, struct error *err)
{
    (void)user;
    (void)bytes;
    (void)n;
    (void)err;
    return 0;
}

static void unpack_below(const char *dir, const uint8_t *data, size_t size, bool layer)
{
    scoped_free char *root = path_join(dir, "root");
    struct tar_unpack how = { .root = root, .layer = layer, .max_bytes = 1 << 20, .max_entries = 1000 };
    struct tar_pack what = { .root = root, .path = "/", .layer = layer };
    struct bytes b = { data, size };

    if (mkdir(root, 0700) < 0)
        abort();
    if (tar_unpack(&how, read_bytes, &b, NULL, NULL) == 0)
        tar_pack(&what, drop, NULL, NULL);
    if (tree_remove(root, NULL) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[] = "/tmp/tar-fuzz-XXXXXX";

    if (geteuid() != 0 || !mkdtemp(dir)) /* others cannot remove what the archive forbids them */
        return 0;
    unpack_below(dir, data, size, true);
    unpack_below(dir, data, size, false);
    if (rmdir(dir) < 0) /* something landed beside the root */
        abort();
    return 0;
}
