/* network/resolv.c - the resolv.conf of a container: what it asked for, else the host's. */
#include "network/network.h"

#include <string.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "network/book.h"
#include "resolver/names.h"

static void add_list(struct str *s, const char *keyword, const json_t *values, bool one_line)
{
    size_t i;
    json_t *value;

    json_array_foreach (values, i, value)
        str_addf(s, "%s%s%s%s", i && one_line ? "" : keyword, i && one_line ? " " : " ",
                 json_string_value(value), one_line && i + 1 < json_array_size(values) ? "" : "\n");
}

/* A name server on the host's loopback is another thing inside of a container's namespace, so it is left out, as dockerd does. */
static bool usable(const char *line)
{
    const char *address = line + strcspn(line, " \t");

    return !str_starts(line, "nameserver") || !str_starts(address + strspn(address, " \t"), "127.");
}

static void add_host_lines(struct str *s, bool servers, bool search, bool options)
{
    scoped_str text = { 0 };
    scoped_strv lines = { 0 };

    if (file_read("/etc/resolv.conf", 65536, &text, NULL) < 0)
        return;
    strv_split(&lines, str_text(&text), '\n');
    for (size_t i = 0; i < lines.count; i++) {
        const char *line = lines.items[i];

        if ((servers && str_starts(line, "nameserver") && usable(line)) ||
            (search && str_starts(line, "search")) || (options && str_starts(line, "options")))
            str_addf(s, "%s\n", line);
    }
}

/* A name without a dot is to be tried as it is first: it is most likely a container's. */
static bool says_ndots(const json_t *options)
{
    size_t i;
    json_t *value;

    json_array_foreach (options, i, value)
        if (str_starts(json_string_value(value), "ndots:"))
            return true;
    return false;
}

char *network_resolv_conf(struct networks *n, bool resolver, const json_t *dns, const json_t *dns_search,
                          const json_t *dns_options)
{
    scoped(json_decref) json_t *options =
        json_is_array(dns_options) ? json_copy((json_t *)dns_options) : json_array();
    struct str s = { 0 };

    (void)n;
    if (resolver) {
        str_add(&s, "nameserver " RESOLVER_ADDRESS "\n");
        if (!says_ndots(options))
            json_array_append_new(options, json_string("ndots:0"));
    } else {
        add_list(&s, "nameserver", dns, false);
    }
    add_list(&s, "search", dns_search, true);
    add_list(&s, "options", options, true);
    add_host_lines(&s, !resolver && !json_array_size(dns), !json_array_size(dns_search),
                   !json_array_size(options));
    return str_take(&s);
}

bool network_has_resolver(const struct networks *n, const json_t *endpoints)
{
    const char *name;
    json_t *endpoint;

    json_object_foreach ((json_t *)endpoints, name, endpoint)
        if (n->resolver && json_is_array(json_object_get(endpoint, "DNSNames")))
            return true;
    return false;
}
