/* api/distribution.c - DistributionInspect and SystemAuth: what is asked of a registry and kept nowhere. */
#include "api/api.h"
#include "api/exchange.h"
#include "base/str.h"
#include "registry/client.h"
#include "registry/inspect.h"

#define DEFAULT_SERVER "https://index.docker.io/v1/"

int system_auth_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;
    scoped(credentials_free) struct credentials *who = NULL;
    scoped(secret_free) char *token = NULL;

    if (request_json(req, false, &body, err) < 0 || credentials_from_json(body, &who, err) < 0)
        return -1;
    if (registry_login(who->server ? who->server : DEFAULT_SERVER, who,
                       request_engine(req)->insecure_registries, &token, err) < 0)
        return -1;
    return reply_json(
        reply, 200,
        json_pack("{s:s, s:s}", "IdentityToken", token ? token : "", "Status", "Login Succeeded"));
}

static int distribution_inspect_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(credentials_free) struct credentials *who = NULL;
    json_t *found = NULL;

    if (credentials_parse(request_header(req, "X-Registry-Auth"), &who, NULL) < 0)
        credentials_parse(NULL, &who, NULL);
    if (registry_inspect(request_param(req, "name"), who, request_engine(req)->insecure_registries, &found,
                         err) < 0)
        return -1;
    return reply_json(reply, 200, found);
}

/* clang-format off */
const struct route distribution_routes[] = {
    { "DistributionInspect", GET, "/distribution/{name...}/json", distribution_inspect_handler, 30 },
    { 0 },
};
