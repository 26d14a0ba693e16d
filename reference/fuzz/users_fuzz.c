/* fuzz/users_fuzz.c - passwd, group and a user's name from an image: three parts, divided by NULs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "runtime/users.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xmalloc(size + 3), *group, *user, *home = NULL;
    struct spec_user found = { 0 };

    memcpy(text, data, size);
    memset(text + size, 0, 3);
    group = text + strlen(text) + 1;
    user = group < text + size ? group + strlen(group) + 1 : group;
    user = user < text + size ? user : text + size;
    if (users_find(text, group, user, NULL, &found, &home, NULL) == 0) {
        free((void *)found.extra);
        free(home);
    }
    free(text);
    return 0;
}
