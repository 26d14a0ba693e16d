/* fuzz/replay.c - gives files to a fuzz target, where there is no libFuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    static uint8_t data[1024 * 1024];
    FILE *file = fopen(path, "rb");
    uint8_t *exact; /* so that a sanitizer sees the end */
    size_t size;

    if (!file)
        return -1;
    size = fread(data, 1, sizeof data, file);
    fclose(file);
    exact = malloc(size + !size);
    if (!exact)
        return -1;
    for (size_t i = 0; i < size; i++)
        exact[i] = data[i];
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (replay(argv[i]) < 0) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
    return 0;
}
