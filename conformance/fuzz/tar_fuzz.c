/* fuzz/tar_fuzz.c - archives of files that an engine sends. */
#include "harness/scene/scene_inside.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_decref(archive_told((const char *)data, size));
    return 0;
}
