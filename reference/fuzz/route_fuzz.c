/* Paths against every route of this build, and the version in front. */
#include <stdint.h>
#include <stdlib.h>

#include "api/route.h"
#include "api/tables.h"
#include "api/version.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
    char *path = xstrndup((const char *)data, size < 4096 ? size : 4096);
    char version[32];
    const char *rest = version_split(path, version, sizeof(version));
    struct route_match match;
    struct error err;

    if (version[0])
        version_check(version, &err);
    for (int i = 0; i < 5; i++)
        route_find(route_tables, methods[i], rest, &match);
    route_fits("/{a...}/x/{b...}", rest, &match);
    free(route_clean(path));
    free(path);
    return 0;
}
