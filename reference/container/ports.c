/* container/ports.c - ports as Config.ExposedPorts and HostConfig.PortBindings name them. */
#include "container/internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool port_parse(const char *s, size_t n, uint16_t *ret)
{
    unsigned value = 0;

    if (n == 0 || n > 5)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)s[i]))
            return false;
        value = value * 10 + (unsigned)(s[i] - '0');
    }
    if (value > UINT16_MAX)
        return false;
    *ret = (uint16_t)value;
    return true;
}

bool port_range_parse(const char *text, struct port_range *ret)
{
    const char *dash = strchr(text, '-');
    struct port_range r;

    if (!port_parse(text, dash ? (size_t)(dash - text) : strlen(text), &r.first))
        return false;
    r.last = r.first;
    if (dash && !port_parse(dash + 1, strlen(dash + 1), &r.last))
        return false;
    if (r.last < r.first)
        return false;
    *ret = r;
    return true;
}

bool port_spec_parse(const char *text, struct port_range *ret, char proto[8])
{
    static const char *const protocols[] = { "tcp", "udp", "sctp" };
    const char *slash = strchr(text, '/');
    scoped_free char *range = slash ? xstrndup(text, (size_t)(slash - text)) : xstrdup(text);
    struct port_range r;

    if (!port_range_parse(range, &r))
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (strcasecmp(slash ? slash + 1 : "tcp", protocols[i]) == 0) {
            strcpy(proto, protocols[i]);
            *ret = r;
            return true;
        }
    }
    return false;
}
