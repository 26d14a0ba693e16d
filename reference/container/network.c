/* container/network.c - a container's endpoints: made at its start, gone at its end, added and taken away in between.
 *
 * What was asked for stays in `asked` from create on; `networks` is what ContainerInspect shows, which while the
 * container runs says how things are, and otherwise what was asked for and the network's id. */
#include "network/network.h"

#include "base/log.h"
#include "container/internal.h"
#include "container/shape.h"

static void fill_endpoint(struct container *c, struct network_endpoint *e, const char *network,
                          const json_t *asked, const json_t *config, const json_t *host_config,
                          const char *name, const char *netns)
{
    *e = (struct network_endpoint){
        .container_id = c->id,
        .container_name = name,
        .hostname = json_str_at(config, "Hostname", ""),
        .netns = netns,
        .network = network,
        .settings = asked,
        .port_bindings = json_object_get(host_config, "PortBindings"),
        .exposed_ports = json_object_get(config, "ExposedPorts"),
        .publish_all = json_bool_at(host_config, "PublishAllPorts", false),
    };
}

static int connect_one(struct container *c, const char *network, const json_t *asked, json_t *networks,
                       json_t *ports, struct error *err)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    scoped_free char *name = container_name(c);
    struct network_endpoint e;
    json_t *settings = NULL, *published = NULL;

    fill_endpoint(c, &e, network, asked, config, host_config, name, c->netns);
    if (network_connect(c->all->networks, &e, &settings, &published, err) < 0)
        return -1;
    json_object_set_new(networks, network, settings);
    if (json_is_object(published))
        json_object_update(ports, published);
    json_decref(published);
    return 0;
}

static void publish_networks(struct container *c, json_t *networks, json_t *ports)
{
    pthread_mutex_lock(&c->lock);
    json_decref(c->networks);
    c->networks = json_incref(networks);
    if (ports) {
        json_decref(c->ports);
        c->ports = json_incref(ports);
    }
    pthread_mutex_unlock(&c->lock);
}

/* Without names a container still runs. */
static void names_up(struct container *c)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    struct error err = { 0 };

    (void)config;
    if (network_names_up(c->all->networks, c->id, c->netns, json_object_get(host_config, "Dns"), &err) < 0)
        log_warn("container %s: %s", c->id, err.text);
}

int networks_up(struct container *c, struct error *err)
{
    scoped(json_decref) json_t *networks = json_object();
    scoped(json_decref) json_t *ports = json_object();
    const char *name;
    json_t *asked;
    int rc = 0;

    json_object_foreach (c->asked, name, asked) {
        rc = connect_one(c, name, asked, networks, ports, err);
        if (rc < 0)
            break;
    }
    if (rc < 0) {
        json_object_foreach (networks, name, asked)
            network_disconnect(c->all->networks, c->id, name, true, NULL);
        return error_wrap(err, "failed to set up container networking");
    }
    publish_networks(c, networks, ports);
    names_up(c);
    return 0;
}

/* As it is shown while nothing is connected. */
static json_t *resting(const json_t *asked, const json_t *live)
{
    json_t *s = json_deep_copy(asked);

    json_object_set_new(s, "NetworkID", json_string(json_str_at(live ? live : asked, "NetworkID", "")));
    return s;
}

void networks_down(struct container *c)
{
    scoped(json_decref) json_t *networks = json_object();
    scoped(json_decref) json_t *ports = json_object();
    const char *name;
    json_t *asked;

    json_object_foreach (c->asked, name, asked) {
        const json_t *live = json_object_get(c->networks, name);

        if (json_str_at(live, "EndpointID", "")[0])
            network_disconnect(c->all->networks, c->id, name, true, NULL);
        json_object_set_new(networks, name, resting(asked, live));
    }
    publish_networks(c, networks, ports);
}

void networks_adopt(struct container *c)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    const char *name;
    json_t *asked;

    json_object_foreach (c->asked, name, asked) {
        struct network_endpoint e;

        fill_endpoint(c, &e, name, asked, config, host_config, c->name, c->netns);
        e.port_bindings = json_object_size(c->ports) ? c->ports : NULL;
        network_adopt(c->all->networks, &e, json_object_get(c->networks, name), NULL);
    }
    if (c->netns)
        names_up(c);
}

void networks_renamed(struct container *c)
{
    scoped(json_decref) json_t *networks = json_deep_copy(c->networks);
    scoped_free char *own = container_name(c);
    const char *name;
    json_t *endpoint;

    network_rename_container(c->all->networks, c->id, own);
    json_object_foreach (networks, name, endpoint)
        if (json_is_array(json_object_get(endpoint, "DNSNames")))
            json_object_set_new(endpoint, "DNSNames", network_dns_names(c->all->networks, c->id, name));
    publish_networks(c, networks, NULL);
}

/* -- NetworkConnect, NetworkDisconnect -- */

static void set_asked(struct container *c, const char *name, json_t *asked)
{
    json_t *copy = json_copy(c->asked);

    if (asked)
        json_object_set_new(copy, name, asked);
    else
        json_object_del(copy, name);
    pthread_mutex_lock(&c->lock);
    json_decref(c->asked);
    c->asked = copy;
    pthread_mutex_unlock(&c->lock);
}

static bool is_private_mode(const char *mode)
{
    return str_eq(mode, "none") || str_eq(mode, "host") || mode_container(mode);
}

/* A running container's endpoint that names a network of its own must name one that is there; the start would look as well. */
static int check_network_id(struct container *c, const json_t *asked, struct error *err)
{
    const char *id = json_str_at(asked, "NetworkID", "");

    if (!*id || !container_state(c).running)
        return 0;
    return network_resolve(c->all->networks, id, NULL, NULL, err);
}

static int check_connect(struct container *c, const char *name, const json_t *asked, struct error *err)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    const char *mode = json_str_at(host_config, "NetworkMode", "");
    struct network_endpoint e;

    if (str_eq(name, "host"))
        return error_set(
            err, ERR_INVALID,
            "cannot connect container to host network - container must be created in host network mode");
    if (mode_container(mode))
        return error_set(err, ERR_INVALID,
                         "container sharing network namespace with another container or host cannot "
                         "be connected to any other network");
    if (str_eq(name, "none") && container_state(c).running)
        return error_set(
            err, ERR_INVALID,
            "container cannot be connected to multiple networks with one of the networks in private "
            "(none) mode");
    if (is_private_mode(mode) && container_state(c).running)
        return error_set(err, ERR_FORBIDDEN,
                         "container cannot be connected to multiple networks with one of the "
                         "networks in private (none) mode");
    if (container_state(c).removing || container_state(c).dead)
        return error_set(
            err, ERR_CONFLICT,
            "container is marked for removal and cannot be connected or disconnected to the network");
    fill_endpoint(c, &e, name, asked, config, host_config, c->name, c->netns);
    if (network_check(c->all->networks, &e, err) == 0)
        return check_network_id(c, asked, err);
    if (err && err->kind == ERR_NOT_FOUND && !container_state(c).running)
        return 0; /* the start will say so */
    return err && err->kind == ERR_INVALID ? error_wrap(err, "invalid config for network %s", name) : -1;
}

static int connect_moving(struct container *c, const char *name, json_t *asked, struct error *err)
{
    scoped(json_decref) json_t *networks = NULL;
    scoped(json_decref) json_t *ports = NULL;

    if (check_connect(c, name, asked, err) < 0)
        return -1;
    if (!container_state(c).running && json_object_get(c->asked, name))
        return 0; /* it is asked for already, and stays as it was asked for */
    networks = json_copy(c->networks);
    ports = json_copy(c->ports);
    if (container_state(c).running) {
        if (connect_one(c, name, asked, networks, ports, err) < 0)
            return -1;
        files_move_host(c, NULL, json_object_get(networks, name),
                        NULL); /* a name alone: not worth undoing the connection */
    } else {
        json_object_set_new(networks, name, resting(asked, NULL));
    }
    set_asked(c, name, json_incref(asked));
    publish_networks(c, networks, ports);
    if (container_state(c).running) {
        names_up(c);
        if (network_has_resolver(c->all->networks, networks))
            files_use_resolver(c, NULL);
    }
    return container_save(c, err);
}

static char *canonical(struct containers *all, const char *ref)
{
    char *name = NULL;

    if (network_resolve(all->networks, ref, NULL, &name, NULL) < 0)
        name = xstrdup(ref);
    return name;
}

int container_network_connect(struct container *c, const char *network, const json_t *endpoint,
                              bool takes_mac, struct error *err)
{
    scoped(json_decref) json_t *asked = NULL;
    scoped_free char *name = canonical(c->all, network);
    int rc;

    if (shape_fill(endpoint, endpoint_shape, ".EndpointConfig", &asked, err) < 0 || move_begin(c, err) < 0)
        return -1;
    if (!takes_mac && container_state(c).running)
        json_put_str(asked, "MacAddress", "");
    rc = connect_moving(c, name, asked, err);
    move_end(c);
    return rc;
}

static int record_networks(struct container *c, const char *name, json_t *asked, json_t *networks,
                           struct error *err)
{
    set_asked(c, name, asked);
    publish_networks(c, networks, NULL);
    return container_save(c, err);
}

/* The record goes first: a daemon that is killed in between leaves a pair that no endpoint owns, and the next one removes it. The other
 * way round the record would name a pair that is gone. */
static int disconnect_running(struct container *c, const char *name, json_t *networks, bool force,
                              struct error *err)
{
    scoped(json_decref) json_t *before = json_incref(c->networks);
    scoped(json_decref) json_t *asked = json_incref(json_object_get(c->asked, name));

    if (record_networks(c, name, NULL, networks, err) < 0 ||
        network_disconnect(c->all->networks, c->id, name, force, err) < 0) {
        record_networks(c, name, json_incref(asked), before, NULL);
        return -1;
    }
    files_move_host(c, json_object_get(before, name), NULL, NULL);
    names_up(c);
    return 0;
}

static int disconnect_moving(struct container *c, const char *name, const char *network, bool force,
                             struct error *err)
{
    scoped(json_decref) json_t *networks = NULL;
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);

    (void)config;
    if (str_eq(json_str_at(host_config, "NetworkMode", ""), "host") && str_eq(name, "host"))
        return error_set(err, ERR_INVALID,
                         "cannot disconnect container from host network - container was created in "
                         "host network mode");
    if (!json_object_get(c->asked, name)) {
        if (network_resolve(c->all->networks, network, NULL, NULL, err) < 0)
            return -1;
        return error_set(err, ERR_SYSTEM, "container %s is not connected to the network %s", c->id, name);
    }
    networks = json_copy(c->networks);
    json_object_del(networks, name);
    return container_state(c).running ? disconnect_running(c, name, networks, force, err)
                                      : record_networks(c, name, NULL, networks, err);
}

int container_network_disconnect(struct containers *all, const char *container, const char *network,
                                 bool force, struct error *err)
{
    scoped(container_unref) struct container *c = NULL;
    scoped_free char *name = canonical(all, network);
    int rc;

    if (container_find(all, container, &c, err) < 0) {
        if (force && network_disconnect(all->networks, container, network, true, NULL) < 0)
            return error_set(err, ERR_NOT_FOUND, "endpoint %s not found", container);
        return force ? error_set(err, ERR_NOT_FOUND, "endpoint %s not found", container) : -1;
    }
    if (move_begin(c, err) < 0)
        return -1;
    rc = disconnect_moving(c, name, network, force, err);
    move_end(c);
    return rc;
}
