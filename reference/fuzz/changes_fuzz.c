/* fuzz/changes_fuzz.c - the instructions of `changes` (ImageCreate, ImageCommit), and the platform beside them. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "build/build.h"
#include "image/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *text = xstrndup((const char *)data, size), *written = NULL;
    scoped_strv changes = { 0 };
    scoped(json_decref) json_t *config = json_object(), *platform = NULL;

    strv_add(&changes, text);
    build_changes(config, &changes, NULL);
    image_platform_specified(text, &platform, NULL);
    written = json_text(config); /* whatever it holds is text */
    return 0;
}
