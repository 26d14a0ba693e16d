/* HostConfig.Binds and PortBindings: what a client may write there. */
#include <stdint.h>
#include <stdlib.h>

#include "container/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *text = xstrndup((const char *)data, size);
    struct bind_spec b;
    struct port_range range;
    char proto[8];
    int number;

    if (bind_parse(text, &b, NULL) == 0)
        bind_free(&b);
    port_spec_parse(text, &range, proto);
    signal_parse(text, &number, NULL);
    return 0;
}
