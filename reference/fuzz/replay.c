/* fuzz/replay.c - runs a fuzz target on every file of the folders named, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/scope.h"
#include "base/str.h"

#define INPUT_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *dir, const char *name)
{
    scoped_free char *path = path_join(dir, name);
    scoped_str bytes = { 0 };
    struct error err;

    if (file_read(path, INPUT_MAX, &bytes, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    LLVMFuzzerTestOneInput((const uint8_t *)str_text(&bytes), bytes.len);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2, count = 0;

    for (int i = 1; i < argc; i++) {
        scoped(closedir) DIR *dir = opendir(argv[i]);
        struct dirent *entry;

        if (!dir) {
            perror(argv[i]);
            failed = 1;
        }
        while (dir && (entry = readdir(dir)))
            if (entry->d_name[0] != '.' && ++count && replay(argv[i], entry->d_name) < 0)
                failed = 1;
    }
    printf("%d inputs\n", count);
    return failed || count == 0;
}
