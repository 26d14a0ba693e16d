/* fuzz/ignore_fuzz.c - a line with a path, then a .dockerignore: does it leave that path out? */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "archive/glob.h"
#include "archive/ignore.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *text = xstrndup((const char *)data, size);
    char *rest = strchr(text, '\n');
    scoped(ignore_free) struct ignore *ignore = NULL;

    if (!rest)
        return 0;
    *rest++ = '\0';
    ignore = ignore_parse(rest);
    ignore_fits(ignore, text);
    ignore_keeps_below(ignore, text);
    if (glob_is_valid(rest))
        glob_fits(rest, text, false);
    return 0;
}
