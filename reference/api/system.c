/* api/system.c - the System tag: ping, version, info, events, disk usage. */
#include "api/api.h"

#include <string.h>

#include "api/exchange.h"
#include "api/system.h"
#include "base/json.h"
#include "base/str.h"

static int system_ping_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)err;
    (void)req;
    reply_header(reply, "Cache-Control", "no-cache, no-store, must-revalidate");
    reply_header(reply, "Pragma", "no-cache");
    reply_header(reply, "Builder-Version", "1"); /* no BuildKit */
    reply_header(reply, "Swarm", "inactive");
    return reply_text(reply, 200, "text/plain; charset=utf-8", "OK");
}

static int system_version_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)err;
    return reply_json(reply, 200, system_version(req));
}

static int system_info_handler(struct request *req, struct reply *reply, struct error *err)
{
    (void)err;
    return reply_json(reply, 200, system_info(req));
}

/* clang-format off */
const struct route system_routes[] = {
    { "SystemPing",      GET,  "/_ping",     system_ping_handler,       0 },
    { "SystemPingHead",  HEAD, "/_ping",     system_ping_handler,       0 },
    { "SystemVersion",   GET,  "/version",   system_version_handler,    0 },
    { "SystemInfo",      GET,  "/info",      system_info_handler,       0 },
    { "SystemEvents",    GET,  "/events",    system_events_handler,     0 },
    { "SystemAuth",      POST, "/auth",      system_auth_handler,       0 },
    { "SystemDataUsage", GET,  "/system/df", system_data_usage_handler, 0 },
    { 0 },
};
