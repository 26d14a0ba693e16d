/* scene/facts.c - see facts.h. A server that says yes to everything is no engine: each of the three answers
 * must have members that only an engine sends, of the right types, and the versions must be versions. */
#include "harness/scene/facts.h"
#include "harness/scene/json.h"
#include "harness/spec/capability.h"
#include "harness/spec/version.h"
#include "harness/wire/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void not_engine(struct engine_facts *facts, const char *text)
{
    if (!facts->why)
        facts->why = strdup(text);
}

static struct exchange *ask(const struct wire_target *target, const char *path, unsigned timeout_ms,
                            struct engine_facts *facts)
{
    struct wire_request request = { .method = "GET", .path = path, .timeout_ms = timeout_ms };
    struct exchange *x = exchange_send(target, &request);
    char line[512];

    if (!x)
        abort();
    facts->reachable = facts->reachable || x->status > 0;
    if (x->error || x->cut || x->status != 200) {
        if (x->error)
            snprintf(line, sizeof line, "GET %s: %s", path, x->error);
        else
            snprintf(line, sizeof line, "GET %s answers %d", path, x->status);
        not_engine(facts, line);
    }
    return x;
}

static char *text_at(const json_t *json, const char *path)
{
    const char *value = json_string_value(json_at(json, path));

    return value ? strdup(value) : NULL;
}

static char *product_of(const json_t *version)
{
    static const char *const paths[] = { "Components[0].Name", "Platform.Name" };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *name = json_string_value(json_at(version, paths[i]));
        if (name && strcmp(name, "Engine") == 0)
            return strdup("Docker Engine");
        if (name && *name)
            return strdup(name);
    }
    return strdup("engine");
}

static void read_version(struct engine_facts *facts, json_t *version)
{
    char *api = text_at(version, "ApiVersion"), *min = text_at(version, "MinAPIVersion");

    if (!api || !version_is_valid(api) || (min && !version_is_valid(min))) {
        not_engine(facts, "GET /version gives no ApiVersion");
        free(api);
        free(min);
        return;
    }
    facts->api_version = api;
    facts->min_api_version = min ? min : strdup("1.24");
    facts->product = product_of(version);
    facts->version = text_at(version, "Version");
    facts->os = text_at(version, "Os");
    facts->arch = text_at(version, "Arch");
    facts->kernel = text_at(version, "KernelVersion");
    facts->version_json = json_incref(version);
}

static void read_info(struct engine_facts *facts, json_t *info)
{
    if (!json_is_string(json_object_get(info, "ID")) && !json_is_integer(json_object_get(info, "Containers")))
        not_engine(facts, "GET /info has neither ID nor Containers");
    else
        facts->info = json_incref(info);
}

static void conclude(struct engine_facts *facts)
{
    facts->is_engine = !facts->why;
    if (facts->is_engine)
        facts->capabilities = capabilities_of(facts->info, facts->version_json);
}

void facts_probe(const struct wire_target *target, unsigned timeout_ms, struct engine_facts *ret)
{
    struct engine_facts facts = { 0 };
    struct exchange *x = ask(target, "/_ping", timeout_ms, &facts);

    if (!facts.why && strncmp(x->body, "OK", 2) != 0)
        not_engine(&facts, "GET /_ping does not answer OK");
    exchange_free(x);
    if (!facts.why) {
        x = ask(target, "/version", timeout_ms, &facts);
        if (!facts.why)
            read_version(&facts, x->json);
        exchange_free(x);
    }
    if (!facts.why) {
        x = ask(target, "/info", timeout_ms, &facts);
        if (!facts.why)
            read_info(&facts, x->json);
        exchange_free(x);
    }
    conclude(&facts);
    *ret = facts;
}

void facts_read(json_t *version, json_t *info, struct engine_facts *ret)
{
    *ret = (struct engine_facts){ .reachable = true };
    read_version(ret, version);
    read_info(ret, info);
    conclude(ret);
}

void facts_clear(struct engine_facts *facts)
{
    if (!facts)
        return;
    free(facts->why);
    free(facts->api_version);
    free(facts->min_api_version);
    free(facts->product);
    free(facts->version);
    free(facts->os);
    free(facts->arch);
    free(facts->kernel);
    json_decref(facts->info);
    json_decref(facts->version_json);
    *facts = (struct engine_facts){ 0 };
}
