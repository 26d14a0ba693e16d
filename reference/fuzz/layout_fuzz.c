/* fuzz/layout_fuzz.c - an OCI image layout. The input is its files, ended by zeros: index.json first, then the blobs. "@2" in one of them
 * stands for the digest of the second blob behind it, so that digests fit whatever the fuzzer makes of the texts. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/internal.h"

#define FILES_MAX 16

struct file {
    struct str bytes;
    char digest[DIGEST_LENGTH + 1];
};

static struct file files[FILES_MAX];
static size_t count;

static void write_file(size_t at, const uint8_t *data, size_t n)
{
    struct file *f = &files[at];

    for (size_t i = 0; i < n; i++) {
        size_t to = i + 1 < n && isdigit(data[i + 1]) ? at + (size_t)(data[i + 1] - '0') : at;

        if (data[i] == '@' && to > at && to < count)
            str_add(&f->bytes, files[to].digest), i++;
        else
            str_add_char(&f->bytes, (char)data[i]);
    }
    digest_of(f->bytes.data ? f->bytes.data : "", f->bytes.len, f->digest);
}

static int read_file(void *user, const char *path, struct str *ret, struct error *err)
{
    (void)user;
    if (str_eq(path, "index.json"))
        return str_add_bytes(ret, files[0].bytes.data, files[0].bytes.len), 0;
    for (size_t i = 1; i < count; i++)
        if (str_eq(path_base(path), digest_hex(files[i].digest)))
            return str_add_bytes(ret, files[i].bytes.data, files[i].bytes.len), 0;
    return error_set(err, ERR_NOT_FOUND, "no %s", path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped(json_decref) json_t *items = NULL;
    const uint8_t *begin[FILES_MAX + 1] = { data };
    json_t *item;
    size_t i;

    for (count = 0; count < FILES_MAX && begin[count] < data + size; count++) {
        const uint8_t *end = memchr(begin[count], 0, size - (size_t)(begin[count] - data));

        begin[count + 1] = end ? end + 1 : data + size + 1;
    }
    for (i = count; i-- > 0;)
        write_file(i, begin[i], (size_t)(begin[i + 1] - begin[i]) - 1);
    if (layout_items(read_file, NULL, NULL, &items, NULL) == 0)
        json_array_foreach (items, i, item)
            if (strncmp(json_str_at(item, "Config", ""), "blobs/sha256/", 13) != 0 ||
                !json_is_array(json_object_get(item, "Layers")))
                abort();
    for (i = 0; i < count; i++)
        str_free(&files[i].bytes);
    return 0;
}
