/* cases/network/resolver.c - names in the networks of users: whom a container finds, and what it asks others.
 *
 * The probe asks 127.0.0.11 by itself, so that neither a hosts file nor a libc comes in between; where another name server
 * is to be asked it is a container of the case. */
#include "harness/then/then.h"

#include <string.h>

#define SERVER "127.0.0.11"

/* A body in that network (an id), known there by the aliases (takes; may be NULL). */
static json_t *in_network(struct scene *s, json_t *body, const char *network, json_t *aliases)
{
    const char *name = given_network_name(s, network);

    with(body, "HostConfig.NetworkMode", "'%s'", name);
    json_object_set_new(body, "NetworkingConfig",
                        json_pack("{s:{s:o}}", "EndpointsConfig", name,
                                  aliases ? json_pack("{s:o}", "Aliases", aliases) : json_object()));
    return body;
}

static const char *given_in(struct scene *s, const char *network, json_t *aliases)
{
    return given_running(s, in_network(s, a_container("sleeper"), network, aliases));
}

static const char *address_in(struct scene *s, const char *container, const char *network)
{
    return given_endpoint(s, container, network, "IPAddress");
}

static const char *asked(struct scene *s, const char *container, const char *name, const char *type)
{
    return probe_exec(s, container, "['dns-ask', '" SERVER "', '%s', '%s']", name, type);
}

static void then_finds(struct scene *s, const char *container, const char *name, const char *address)
{
    then_string(s, scene_printf(s, "the answer to A %s", name), asked(s, container, name, "A"),
                scene_printf(s, "NOERROR\nA %s\n", address));
}

static void then_does_not_find(struct scene *s, const char *container, const char *name, const char *address)
{
    const char *answer = asked(s, container, name, "A");

    then_true(s, strstr(answer, address) == NULL, "no address %s in the answer to A %s, got %s", address,
              name, answer);
}

/* A name server on the network that says ADDRESS of outside.example; what it is asked is in its log. */
static const char *given_name_server(struct scene *s, const char *network, const char *more)
{
    return given_ready(
        s, in_network(s, a_probe("['dns-serve', 'outside.example=192.0.2.55', '%s']", more), network, NULL));
}

static json_t *asking(struct scene *s, json_t *body, const char *server, const char *network)
{
    return with(body, "HostConfig.Dns", "['%s']", address_in(s, server, network));
}

/* -- who is found -- */

static void a_container_is_found_by_its_name(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);

    const char *web = given_in(s, net, NULL), *other = given_in(s, net, NULL);

    then_finds(s, other, given_name_of(s, web), address_in(s, web, net));
    then_finds(s, other, given_name_of(s, other), address_in(s, other, net));
    then_mentions(s, "what the libc finds", probe_exec(s, other, "['resolve', '%s']", given_name_of(s, web)),
                  address_in(s, web, net));
}

static void letters_of_either_case_find_it(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);

    const char *web = given_in(s, net, json_of("['Web']"));

    then_finds(s, web, "wEB", address_in(s, web, net));
}

static void an_alias_finds_it(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *other = given_in(s, net, NULL);

    const char *web = given_in(s, net, json_of("['www', 'web.example']"));

    then_finds(s, other, "www", address_in(s, web, net));
    then_finds(s, other, "web.example", address_in(s, web, net));
}

static void the_short_id_finds_it(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *other = given_in(s, net, NULL);

    const char *web = given_in(s, net, NULL);

    then_finds(s, other, scene_printf(s, "%.12s", web), address_in(s, web, net));
}

static void its_host_name_finds_it(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *other = given_in(s, net, NULL);

    const char *web = given_running(
        s, with(in_network(s, a_container("sleeper"), net, NULL), "Hostname", "'plimsollhost'"));

    then_finds(s, other, "plimsollhost", address_in(s, web, net));
}

static void a_link_is_found_by_who_has_it_alone(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *db = given_in(s, net, NULL), *other = given_in(s, net, NULL);
    json_t *body = in_network(s, a_container("sleeper"), net, NULL);

    json_object_set_new(
        json_object_get(json_object_get(json_object_get(body, "NetworkingConfig"), "EndpointsConfig"),
                        given_network_name(s, net)),
        "Links", json_of("['%s:storage']", given_name_of(s, db)));
    const char *web = given_running(s, body);

    then_finds(s, web, "storage", address_in(s, db, net));
    then_does_not_find(s, other, "storage", address_in(s, db, net));
}

static void the_network_may_be_told(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);

    const char *web = given_in(s, net, json_of("['www']"));

    then_finds(s, web, scene_printf(s, "www.%s", given_network_name(s, net)), address_in(s, web, net));
    then_finds(s, web, scene_printf(s, "%s.%s", given_name_of(s, web), given_network_name(s, net)),
               address_in(s, web, net));
}

static void an_alias_of_several_finds_all(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *other = given_in(s, net, NULL), *web[3], *first, *answer;
    bool changes = false;

    for (size_t i = 0; i < 3; i++)
        web[i] = given_in(s, net, json_of("['web']"));

    first = answer = asked(s, other, "web", "A");
    for (size_t i = 0; i < 3; i++)
        then_mentions(s, "the answer to A web", answer,
                      scene_printf(s, "A %s\n", address_in(s, web[i], net)));
    then_int(s, "its length", (long long)strlen(answer),
             (long long)(strlen("NOERROR\n") + 9 + strlen(address_in(s, web[0], net)) +
                         strlen(address_in(s, web[1], net)) + strlen(address_in(s, web[2], net))));
    for (size_t i = 0; i < 30 && !changes; i++)
        changes = strcmp(asked(s, other, "web", "A"), first) != 0;
    then_true(s, changes, "addresses in another order once in 30 answers");
}

static void an_address_has_a_name(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *other = given_in(s, net, NULL);
    const char *web = given_in(s, net, NULL), *address = address_in(s, web, net);
    char part[4][4] = { "" };

    then_int(s, "numbers in the address",
             sscanf(address, "%3[0-9].%3[0-9].%3[0-9].%3[0-9]", part[0], part[1], part[2], part[3]), 4);
    then_string(s, "the answer to PTR",
                asked(s, other,
                      scene_printf(s, "%s.%s.%s.%s.in-addr.arpa", part[3], part[2], part[1], part[0]), "PTR"),
                scene_printf(s, "NOERROR\nPTR %s.%s\n", given_name_of(s, web), given_network_name(s, net)));
}

static void a_name_without_such_an_address_has_none(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);

    const char *web = given_in(s, net, NULL);

    then_string(s, "the answer to AAAA", asked(s, web, given_name_of(s, web), "AAAA"), "NOERROR\n");
}

static void it_answers_by_tcp(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);

    const char *web = given_in(s, net, json_of("['www']"));

    then_string(s, "the answer by TCP", probe_exec(s, web, "['dns-ask', '" SERVER "', 'www', 'A', 'tcp']"),
                scene_printf(s, "NOERROR\nA %s\n", address_in(s, web, net)));
}

/* -- who is not -- */

static void a_container_of_another_network_is_not_found(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *elsewhere = given_network(s, NULL);
    const char *web = given_in(s, net, json_of("['www']"));
    const char *dns = given_name_server(s, elsewhere, "x=192.0.2.1");

    const char *other =
        given_running(s, asking(s, in_network(s, a_container("sleeper"), elsewhere, NULL), dns, elsewhere));

    then_string(s, "the answer to its name", asked(s, other, given_name_of(s, web), "A"), "NXDOMAIN\n");
    then_string(s, "the answer to its alias", asked(s, other, "www", "A"), "NXDOMAIN\n");
    then_finds(s, web, "www", address_in(s, web, net));
}

static void only_who_runs_is_found(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *dns = given_name_server(s, net, "x=192.0.2.1");
    const char *other =
        given_running(s, asking(s, in_network(s, a_container("sleeper"), net, NULL), dns, net));
    const char *web = given_created(s, in_network(s, a_container("sleeper"), net, json_of("['www']")));

    then_string(s, "the answer before the start", asked(s, other, "www", "A"), "NXDOMAIN\n");
    then_status(when_post(s, "/containers/%s/start", web), 204);
    then_finds(s, other, "www", address_in(s, web, net));
    then_status(when_post(s, "/containers/%s/stop?t=1", web), 204);
    then_string(s, "the answer after the stop", asked(s, other, "www", "A"), "NXDOMAIN\n");
}

static void who_comes_and_goes_is_found_meanwhile(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *dns = given_name_server(s, net, "x=192.0.2.1");
    const char *other =
        given_running(s, asking(s, in_network(s, a_container("sleeper"), net, NULL), dns, net));
    const char *web = given_running_container(s, "sleeper");

    then_status(when_post_json(s,
                               json_of("{'Container': '%s', 'EndpointConfig': {'Aliases': ['late']}}", web),
                               "/networks/%s/connect", net),
                200);
    then_finds(s, other, "late", address_in(s, web, net));
    then_finds(s, web, given_name_of(s, other), address_in(s, other, net));
    then_status(when_post_json(s, json_of("{'Container': '%s'}", web), "/networks/%s/disconnect", net), 200);
    then_string(s, "the answer after the disconnect", asked(s, other, "late", "A"), "NXDOMAIN\n");
}

static void a_renamed_container_is_found_by_its_new_name(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *dns = given_name_server(s, net, "x=192.0.2.1");
    const char *other =
        given_running(s, asking(s, in_network(s, a_container("sleeper"), net, NULL), dns, net));
    const char *web = given_in(s, net, NULL), *old = given_name_of(s, web),
               *new = scene_unique_name(s, "new");

    then_status(when_post(s, "/containers/%s/rename?name=%s", web, new), 204);
    then_finds(s, other, new, address_in(s, web, net));
    then_string(s, "the answer to the old name", asked(s, other, old, "A"), "NXDOMAIN\n");
    then_json(when_get(s, "/networks/%s", net), scene_printf(s, "Containers.%s.Name", web), new);
    if (scene_version_within(s, "1.44", NULL))
        then_json_contains(
            when_get(s, "/containers/%s/json", web),
            scene_printf(s, "NetworkSettings.Networks.%s.DNSNames", given_network_name(s, net)), new);
}

static void the_default_bridge_has_no_names(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *dns = given_name_server(s, net, "x=192.0.2.1");
    json_t *body = asking(s, a_container("sleeper"), dns, net);

    const char *id = given_running(s, body);
    const char *file = probe_exec(s, id, "['read', '/etc/resolv.conf']");

    then_mentions(s, "/etc/resolv.conf", file, scene_printf(s, "nameserver %s\n", address_in(s, dns, net)));
    then_true(s, strstr(file, SERVER) == NULL, "no " SERVER " in /etc/resolv.conf, got %s", file);
}

/* -- what others are asked -- */

static void other_names_are_asked_of_the_servers_given(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *dns = given_name_server(s, net, "x=192.0.2.1");

    const char *id = given_running(s, asking(s, in_network(s, a_container("sleeper"), net, NULL), dns, net));

    then_finds(s, id, "outside.example", "192.0.2.55");
    then_string(s, "the answer to AAAA", asked(s, id, "outside.example", "AAAA"), "NOERROR\n");
    then_string(s, "the answer to a name that nobody has", asked(s, id, "nobody.example", "A"), "NXDOMAIN\n");
    then_true(s, wait_for_log(s, dns, "A outside.example") && wait_for_log(s, dns, "A nobody.example"),
              "questions in the log of the name server");
}

static void the_second_server_is_asked_when_the_first_is_silent(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *dns = given_name_server(s, net, "x=192.0.2.1");
    const char *silent = given_in(s, net, NULL);
    json_t *body = in_network(s, a_container("sleeper"), net, NULL);

    with(body, "HostConfig.Dns", "['%s', '%s']", address_in(s, silent, net), address_in(s, dns, net));
    const char *id = given_running(s, body);

    then_finds(s, id, "outside.example", "192.0.2.55");
}

static void names_of_containers_are_asked_of_nobody(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *dns = given_name_server(s, net, "www=192.0.2.66");

    const char *id =
        given_running(s, asking(s, in_network(s, a_container("sleeper"), net, json_of("['www']")), dns, net));

    then_finds(s, id, "www", address_in(s, id, net));
    then_string(s, "the answer to AAAA", asked(s, id, "www", "AAAA"), "NOERROR\n");
    then_finds(s, id, "outside.example", "192.0.2.55"); /* its question comes after those would have come */
    then_true(s, wait_for_log(s, dns, "A outside.example"),
              "the last question in the log of the name server");
    then_body_lacks(when_get(s, "/containers/%s/logs?stdout=1", dns), "A www");
}

static void port_53_is_the_containers_own(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *dns = given_name_server(s, net, "x=192.0.2.7");

    then_finds(s, dns, given_name_of(s, dns), address_in(s, dns, net));
    then_string(s, "the answer of its own server",
                probe_exec(s, dns, "['dns-ask', '%s', 'x', 'A']", address_in(s, dns, net)),
                "NOERROR\nA 192.0.2.7\n");
}

static void an_internal_network_asks_nobody(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, json_of("{'Internal': true}"));

    const char *id = given_in(s, net, json_of("['www']"));

    then_finds(s, id, "www", address_in(s, id, net));
    then_string(s, "the answer to another name", asked(s, id, "outside.example", "A"), "SERVFAIL\n");
}

static void who_shares_a_network_asks_the_same_server(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *web = given_in(s, net, json_of("['www']"));

    const char *id =
        given_running(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'container:%s'", web));

    then_finds(s, id, "www", address_in(s, web, net));
    then_mentions(s, "/etc/resolv.conf", probe_exec(s, id, "['read', '/etc/resolv.conf']"),
                  "nameserver " SERVER "\n");
}

/* -- resolv.conf -- */

static void resolv_conf_names_the_engine_s_server_alone(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    json_t *body = in_network(s, a_container("sleeper"), net, NULL);

    with(body, "HostConfig.Dns", "['192.0.2.1']");
    with(body, "HostConfig.DnsSearch", "['example.test', 'plimsoll.test']");
    with(body, "HostConfig.DnsOptions", "['timeout:1']");
    const char *id = given_running(s, body), *file = probe_exec(s, id, "['read', '/etc/resolv.conf']");

    then_mentions(s, "/etc/resolv.conf", file, "nameserver " SERVER "\n");
    then_true(s, strstr(file, "nameserver 192.0.2.1") == NULL, "no server but " SERVER ", got %s", file);
    then_mentions(s, "/etc/resolv.conf", file, "search example.test plimsoll.test\n");
    then_mentions(s, "/etc/resolv.conf", file, "options timeout:1 ndots:0\n");
}

static void an_option_that_is_given_stays(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL);
    json_t *body =
        with(in_network(s, a_container("sleeper"), net, NULL), "HostConfig.DnsOptions", "['ndots:2']");

    const char *id = given_running(s, body), *file = probe_exec(s, id, "['read', '/etc/resolv.conf']");

    then_mentions(s, "/etc/resolv.conf", file, "options ndots:2\n");
    then_true(s, strstr(file, "ndots:0") == NULL, "no ndots:0, got %s", file);
}

static void a_connect_makes_resolv_conf_name_the_server(void **state)
{
    struct scene *s = *state;
    const char *net = given_network(s, NULL), *id = given_running_container(s, "sleeper");

    when_post_json(s, json_of("{'Container': '%s'}", id), "/networks/%s/connect", net);

    then_mentions(s, "/etc/resolv.conf", probe_exec(s, id, "['read', '/etc/resolv.conf']"),
                  "nameserver " SERVER "\n");
}

CASES(network_resolver) = {
    CASE_NEEDS("Resolver.container-name", a_container_is_found_by_its_name, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.letter-case", letters_of_either_case_find_it, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.alias", an_alias_finds_it, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.short-id", the_short_id_finds_it, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.host-name", its_host_name_finds_it, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.link", a_link_is_found_by_who_has_it_alone, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.network-told", the_network_may_be_told, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.several", an_alias_of_several_finds_all, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.reverse", an_address_has_a_name, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.no-such-address", a_name_without_such_an_address_has_none, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.tcp", it_answers_by_tcp, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.other-network", a_container_of_another_network_is_not_found, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.running", only_who_runs_is_found, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.live", who_comes_and_goes_is_found_meanwhile, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.renamed", a_renamed_container_is_found_by_its_new_name, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.default-bridge", the_default_bridge_has_no_names, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.forwards", other_names_are_asked_of_the_servers_given, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.second-server", the_second_server_is_asked_when_the_first_is_silent,
               NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.keeps-names", names_of_containers_are_asked_of_nobody, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.port-53", port_53_is_the_containers_own, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.internal", an_internal_network_asks_nobody, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.shared-network", who_shares_a_network_asks_the_same_server, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.resolv-conf", resolv_conf_names_the_engine_s_server_alone, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.ndots", an_option_that_is_given_stays, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("Resolver.resolv-conf-connect", a_connect_makes_resolv_conf_name_the_server,
               NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
