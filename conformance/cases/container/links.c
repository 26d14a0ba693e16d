/* cases/container/links.c - HostConfig.Links of a container in the default network. */
#include "harness/then/then.h"

#include <string.h>

/* A container with variables and a port, that others link to. */
static json_t *a_database(void)
{
    return with(with(a_container("sleeper"), "Env", "['PASS=secret', 'PATH=/bin', 'HOME=/']"), "ExposedPorts",
                "{'5432/tcp': {}}");
}

static json_t *linked_to(struct scene *s, const char *other, const char *alias)
{
    return with(a_container("sleeper"), "HostConfig.Links", "['%s:%s']", given_name_of(s, other), alias);
}

static const char *address_of(struct scene *s, const char *id)
{
    return json_string_value(json_at(given_inspect(s, id), "NetworkSettings.Networks.bridge.IPAddress"));
}

static void the_other_is_told_in_variables(void **state)
{
    struct scene *s = *state;
    const char *other = given_running(s, a_database()), *at = address_of(s, other);
    const char *id = given_running(s, linked_to(s, other, "my-db"));

    const char *env = scene_printf(s, "\n%s", probe_exec(s, id, "['env']"));

    then_mentions(s, "its environment", env,
                  scene_printf(s, "\nMY_DB_NAME=/%s/my-db\n", given_name_of(s, id)));
    then_mentions(s, "its environment", env, scene_printf(s, "\nMY_DB_PORT=tcp://%s:5432\n", at));
    then_mentions(s, "its environment", env, scene_printf(s, "\nMY_DB_PORT_5432_TCP=tcp://%s:5432\n", at));
    then_mentions(s, "its environment", env, scene_printf(s, "\nMY_DB_PORT_5432_TCP_ADDR=%s\n", at));
    then_mentions(s, "its environment", env, "\nMY_DB_PORT_5432_TCP_PORT=5432\n");
    then_mentions(s, "its environment", env, "\nMY_DB_PORT_5432_TCP_PROTO=tcp\n");
    then_mentions(s, "its environment", env, "\nMY_DB_ENV_PASS=secret\n");
    then_true(s, !strstr(env, "MY_DB_ENV_PATH") && !strstr(env, "MY_DB_ENV_HOME"),
              "no PATH and HOME of the other");
}

static void a_variable_of_its_own_stands(void **state)
{
    struct scene *s = *state;
    const char *other = given_running(s, a_database());
    const char *id = given_running(s, with(linked_to(s, other, "db"), "Env", "['DB_NAME=mine']"));

    const char *env = scene_printf(s, "\n%s", probe_exec(s, id, "['env']"));

    then_mentions(s, "its environment", env, "\nDB_NAME=mine\n");
    then_mentions(s, "its environment", env, "\nDB_ENV_PASS=secret\n");
}

static void the_alias_is_in_the_hosts_file(void **state)
{
    struct scene *s = *state;
    const char *other = given_running(s, a_database());
    const char *id = given_running(s, linked_to(s, other, "db"));

    const char *hosts = probe_exec(s, id, "['read', '/etc/hosts']");

    then_mentions(s, "/etc/hosts", hosts, scene_printf(s, "%s\tdb %.12s", address_of(s, other), other));
}

static void links_are_told_by_the_names_of_now(void **state)
{
    struct scene *s = *state;
    const char *other = given_container(s, "sleeper"), *name = scene_unique_name(s, "other");
    const char *own = scene_unique_name(s, "own");
    const char *id = given_created(s, linked_to(s, other, "db"));
    struct exchange *before = when_get(s, "/containers/%s/json", id);
    then_json_equals(before, "HostConfig.Links", "['/%s:/%s/db']", given_name_of(s, other),
                     given_name_of(s, id));

    then_status(when_post(s, "/containers/%s/rename?name=%s", other, name), 204);
    then_status(when_post(s, "/containers/%s/rename?name=%s", id, own), 204);

    struct exchange *x = when_get(s, "/containers/%s/json", id);
    then_json_equals(x, "HostConfig.Links", "['/%s:/%s/db']", name, own);
}

static void a_link_names_the_other(void **state)
{
    struct scene *s = *state;
    const char *other = given_container(s, "sleeper"), *own = scene_unique_name(s, "own");
    const char *id = given_created(s, linked_to(s, other, "db")), *before = given_name_of(s, id);

    then_json_string(when_get(s, "/containers/%s/db/json", before), "Id", other);
    then_json_string(when_get(s, "/containers/%s%%2Fdb/json", before), "Id", other);
    then_refused(when_get(s, "/containers/%s/none/json", before), 404);
    then_status(when_post(s, "/containers/%s/db/start", before), 204);
    then_container_is(s, other, "running");

    then_status(when_post(s, "/containers/%s/rename?name=%s", id, own), 204);
    then_json_string(when_get(s, "/containers/%s/db/json", own), "Id", other);
    then_refused(when_get(s, "/containers/%s/db/json", before), 404);
}

static void a_network_of_users_has_no_such_links(void **state)
{
    struct scene *s = *state;
    const char *other = given_container(s, "sleeper");
    const char *net = given_network_name(s, given_network(s, NULL));
    const char *id = given_created(s, with(linked_to(s, other, "db"), "HostConfig.NetworkMode", "'%s'", net));

    struct exchange *x = when_get(s, "/containers/%s/json", id);

    then_json_null(x, "HostConfig.Links");
}

static void names_of_links_are_listed(void **state)
{
    struct scene *s = *state;
    const char *other = given_container(s, "sleeper"), *id = given_created(s, linked_to(s, other, "db"));

    struct exchange *x =
        when_get(s, "/containers/json?all=1&filters=%s", query_json(s, "{'id': ['%s']}", other));

    then_json_length(x, "[0].Names", 2);
    then_json_contains(x, "[0].Names", scene_printf(s, "/%s", given_name_of(s, other)));
    then_json_contains(x, "[0].Names", scene_printf(s, "/%s/db", given_name_of(s, id)));
}

static void a_link_to_nobody_running_is_no_start(void **state)
{
    struct scene *s = *state;
    const char *other = given_container(s, "sleeper"), *id = given_created(s, linked_to(s, other, "db"));

    struct exchange *x = when_post(s, "/containers/%s/start", id);

    then_refused(x, 500);
    then_error_mentions(x, "Cannot link to a non running container");
    then_container_is(s, id, "created");
}

CASES(container_links) = {
    CASE_NEEDS("ContainerCreate.link-variables", the_other_is_told_in_variables, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerCreate.link-own-variable", a_variable_of_its_own_stands, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerCreate.link-hosts", the_alias_is_in_the_hosts_file, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerInspect.links", links_are_told_by_the_names_of_now, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerInspect.by-link", a_link_names_the_other, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerInspect.links-of-users", a_network_of_users_has_no_such_links, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerList.links", names_of_links_are_listed, NEEDS_BRIDGE_NETWORK),
    CASE_NEEDS("ContainerStart.link-not-running", a_link_to_nobody_running_is_no_start, NEEDS_BRIDGE_NETWORK),
    CASE_END,
};
