/* cases/network/create.c - POST /networks/create */
#include "harness/then/then.h"

#include <string.h>

static void a_network_is_made(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x = when_post_json(s, json_of("{'Name': '%s'}", name), "/networks/create");

    then_status(x, 201);
    then_json_hex_id(x, "Id");
    then_json(x, "Warning", "");
    then_json(when_get(s, "/networks/%s", name), "Driver", "bridge");
}

static void it_gets_a_subnet_of_its_own(void **state)
{
    struct scene *s = *state;

    const char *one = given_network(s, NULL), *two = given_network(s, NULL);

    struct exchange *x = when_get(s, "/networks/%s", one), *y = when_get(s, "/networks/%s", two);
    const char *subnet = answer_string(x, "IPAM.Config[0].Subnet"),
               *gateway = answer_string(x, "IPAM.Config[0].Gateway");

    then_json_length(x, "IPAM.Config", 1);
    then_true(s, subnet && strchr(subnet, '/'), "a subnet in CIDR form");
    then_true(s, gateway && strncmp(gateway, subnet, 4) == 0, "a gateway in %s",
              subnet ? subnet : "the subnet");
    then_true(s, strcmp(subnet, answer_string(y, "IPAM.Config[0].Subnet")) != 0,
              "another subnet than that of the other network");
}

static void the_address_plan_is_kept(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net"), *p = scene_unique_prefix(s);

    struct exchange *x = when_post_json(
        s,
        json_of("{'Name': '%s', 'IPAM': {'Driver': 'default', 'Options': {'color': 'red'}, 'Config': "
                "[{'Subnet': '%s.0/24', 'Gateway': '%s.1', 'IPRange': '%s.128/25', "
                "'AuxiliaryAddresses': {'router': '%s.5'}}]}}",
                name, p, p, p, p),
        "/networks/create");
    struct exchange *made = when_get(s, "/networks/%s", name);

    then_status(x, 201);
    then_json(made, "IPAM.Driver", "default");
    then_json(made, "IPAM.Options.color", "red");
    then_json(made, "IPAM.Config[0].Subnet", scene_printf(s, "%s.0/24", p));
    then_json(made, "IPAM.Config[0].Gateway", scene_printf(s, "%s.1", p));
    then_json(made, "IPAM.Config[0].IPRange", scene_printf(s, "%s.128/25", p));
    then_json(made, "IPAM.Config[0].AuxiliaryAddresses.router", scene_printf(s, "%s.5", p));
}

static void options_are_kept(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x = when_post_json(
        s,
        json_of("{'Name': '%s', 'Internal': true, 'Attachable': true, 'Labels': {'color': 'red'}, "
                "'Options': {'com.docker.network.driver.mtu': '1400'}}",
                name),
        "/networks/create");
    struct exchange *made = when_get(s, "/networks/%s", name);

    then_status(x, 201);
    then_json_bool(made, "Internal", true);
    then_json_bool(made, "Attachable", true);
    then_json(made, "Labels.color", "red");
    then_json(made, "Options.com\\.docker\\.network\\.driver\\.mtu", "1400");
}

static void a_name_is_not_given_twice(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL), *name = given_network_name(s, id);

    struct exchange *x = when_post_json(s, json_of("{'Name': '%s'}", name), "/networks/create");

    then_refused(x, 409);
    then_error_mentions(x, name);
    struct exchange *list = when_get(s, "/networks?filters=%s", query_json(s, "{'name': ['%s']}", name));
    then_json_length(list, "", 1);
    then_json(list, "[0].Id", id);
}

static void a_name_that_is_checked_is_not_given_twice(void **state)
{
    struct scene *s = *state;
    const char *id = given_network(s, NULL), *name = given_network_name(s, id);

    struct exchange *x =
        when_post_json(s, json_of("{'Name': '%s', 'CheckDuplicate': true}", name), "/networks/create");

    then_refused(x, 409);
    then_error_mentions(x, name);
    struct exchange *list = when_get(s, "/networks?filters=%s", query_json(s, "{'name': ['%s']}", name));
    then_json_length(list, "", 1);
    then_json(list, "[0].Id", id);
}

static void a_name_is_needed(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post_json(s, json_of("{'Driver': 'bridge'}"), "/networks/create");

    then_refused(x, 400);
}

static const struct name_row {
    const char *label;
} predefined[] = { { "bridge" }, { "host" }, { "none" } };

static void predefined_names_are_refused(void **state)
{
    struct scene *s = *state;
    const struct name_row *row = s->row;

    struct exchange *x = when_post_json(s, json_of("{'Name': '%s'}", row->label), "/networks/create");

    then_refused(x, 403);
}

static void an_unknown_driver_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x =
        when_post_json(s, json_of("{'Name': '%s', 'Driver': 'plimsoll-none'}", name), "/networks/create");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
    then_not_found(s, "/networks/%s", name);
}

static const struct bad_plan {
    const char *label, *subnet, *gateway;
} bad_plans[] = {
    {"no CIDR block",               "10.239.1.0",    "10.239.1.1"},
    { "host bits",                  "10.239.1.7/24", "10.239.1.1"},
    { "gateway outside of it",      "10.239.1.0/24", "10.239.2.1"},
    { "gateway that is no address", "10.239.1.0/24", "gateway"   },
};

static void a_bad_address_plan_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_plan *row = s->row;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x =
        when_post_json(s,
                       json_of("{'Name': '%s', 'IPAM': {'Config': [{'Subnet': '%s', 'Gateway': '%s'}]}}",
                               name, row->subnet, row->gateway),
                       "/networks/create");

    then_refused(x, 400);
    then_not_found(s, "/networks/%s", name);
}

static void an_overlapping_subnet_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");
    const json_t *other = given_get(s, "/networks/%s", given_network(s, NULL));

    struct exchange *x =
        when_post_json(s,
                       json_of("{'Name': '%s', 'IPAM': {'Config': [{'Subnet': '%s'}]}}", name,
                               json_string_value(json_at(other, "IPAM.Config[0].Subnet"))),
                       "/networks/create");

    then_refused(x, 403);
    then_error_mentions(x, "overlaps");
    then_not_found(s, "/networks/%s", name);
}

static void a_wrong_type_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post_json(s, json_of("{'Name': 7}"), "/networks/create");

    then_refused(x, 400);
}

/* What the container's inspect says afterwards is not looked at: Docker Engine keeps the endpoint that it has refused. */
static void a_configuration_alone_takes_no_container(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, json_of("{'ConfigOnly': true}"));
    const char *id = given_running_container(s, "sleeper");

    struct exchange *x = when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/connect", net);
    struct exchange *after = when_get(s, "/networks/%s", net);

    then_refused(x, 403);
    then_json_bool(after, "ConfigOnly", true);
    then_json_length(after, "Containers", 0);
}

static void the_scope_of_a_swarm_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x =
        when_post_json(s, json_of("{'Name': '%s', 'Scope': 'swarm'}", name), "/networks/create");

    then_refused(x, 403);
    then_not_found(s, "/networks/%s", name);
}

/* Of a swarm too, and not to be had by asking. */
static void an_ingress_network_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x =
        when_post_json(s, json_of("{'Name': '%s', 'Ingress': true}", name), "/networks/create");

    then_refused(x, 403);
    then_not_found(s, "/networks/%s", name);
}

static void an_unknown_address_driver_is_refused(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");

    struct exchange *x = when_post_json(
        s, json_of("{'Name': '%s', 'IPAM': {'Driver': 'plimsoll-none'}}", name), "/networks/create");

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
    then_not_found(s, "/networks/%s", name);
}

/* Labels are such settings, and every network of a case has some. */
static void a_network_of_a_configuration_has_no_settings_of_its_own(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net"), *none = scene_unique_name(s, "none");

    struct exchange *x = when_post_json(
        s, json_of("{'Name': '%s', 'ConfigFrom': {'Network': '%s'}}", name, none), "/networks/create");

    then_refused(x, 403);
    then_not_found(s, "/networks/%s", name);
}

static void an_event_tells_of_it(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "net");
    struct stream *events =
        when_events_follow(s, query_json(s, "{'type': ['network'], 'event': ['create']}"));

    const char *id = given_network(s, json_of("{'Name': '%s'}", name));

    then_event(events,
               "{'Type': 'network', 'Action': 'create', 'Actor': {'ID': '%s', 'Attributes': {'name': '%s', "
               "'type': 'bridge'}}}",
               id, name);
}

CASES(network_create) = {
    CASE("NetworkCreate.named", a_network_is_made),
    CASE("NetworkCreate.default-subnet", it_gets_a_subnet_of_its_own),
    CASE("NetworkCreate.ipam", the_address_plan_is_kept),
    CASE("NetworkCreate.options", options_are_kept),
    CASE("NetworkCreate.duplicate", a_name_is_not_given_twice),
    CASE("NetworkCreate.check-duplicate", a_name_that_is_checked_is_not_given_twice),
    CASE("NetworkCreate.no-name", a_name_is_needed),
    CASE_ROWS("NetworkCreate.predefined-name", predefined_names_are_refused, predefined),
    CASE("NetworkCreate.unknown-driver", an_unknown_driver_is_refused),
    CASE_ROWS("NetworkCreate.bad-ipam", a_bad_address_plan_is_refused, bad_plans),
    CASE("NetworkCreate.overlap", an_overlapping_subnet_is_refused),
    CASE("NetworkCreate.wrong-type", a_wrong_type_is_refused),
    CASE("NetworkCreate.config-only", a_configuration_alone_takes_no_container),
    CASE("NetworkCreate.swarm-scope", the_scope_of_a_swarm_is_refused),
    CASE("NetworkCreate.ingress", an_ingress_network_is_refused),
    CASE("NetworkCreate.unknown-ipam-driver", an_unknown_address_driver_is_refused),
    CASE("NetworkCreate.config-from", a_network_of_a_configuration_has_no_settings_of_its_own),
    CASE("NetworkCreate.event", an_event_tells_of_it),
    CASE_END,
};
