/* container/inspect.c - a container as ContainerInspect shows it. */
#include "container/internal.h"

#include <stdio.h>

#include "base/path.h"

/* Of the default bridge, once more beside Networks: clients up to API 1.51 may look there. */
static const char *const bridge_members[] = { "EndpointID",          "Gateway",   "GlobalIPv6Address",
                                              "GlobalIPv6PrefixLen", "IPAddress", "IPPrefixLen",
                                              "IPv6Gateway",         "MacAddress" };

static void put_time(json_t *o, const char *name, nanos t)
{
    char text[CLOCK_TEXT_MAX];

    clock_format(t, text);
    json_object_set_new(o, name, json_string(text));
}

static json_t *state_json(struct container *c)
{
    const struct state *s = &c->state;
    json_t *o =
        json_pack("{s:s, s:b, s:b, s:b, s:b, s:b, s:i, s:i}", "Status", state_name(s), "Running",
                  (int)s->running, "Paused", (int)s->paused, "Restarting", (int)s->restarting, "OOMKilled",
                  (int)s->oom_killed, "Dead", (int)s->dead, "Pid", (int)s->pid, "ExitCode", s->exit_code);
    json_t *health = health_json(c);

    json_put_str(o, "Error", s->error ? s->error : "");
    put_time(o, "StartedAt", s->started);
    put_time(o, "FinishedAt", s->finished);
    if (health)
        json_object_set_new(o, "Health", health);
    return o;
}

/* Up to 1.44 a container's short id is among its aliases on networks of the user's. */
static json_t *endpoints_json(struct container *c, int api_version)
{
    const char *name;
    json_t *endpoint, *copy;

    if (api_version >= 45)
        return json_deep_copy(c->networks);
    copy = json_object();
    json_object_foreach (c->networks, name, endpoint) {
        json_t *e = json_deep_copy(endpoint);

        if (!str_eq(name, "bridge") && !str_eq(name, "host") && !str_eq(name, "none")) {
            json_t *aliases = json_is_array(json_object_get(e, "Aliases"))
                                  ? json_incref(json_object_get(e, "Aliases"))
                                  : json_array();
            char id[ID_SHORT_LENGTH + 1];

            snprintf(id, sizeof(id), "%.12s", c->id);
            json_array_append_new(aliases, json_string(id));
            json_object_set_new(e, "Aliases", aliases);
        }
        json_object_set_new(copy, name, e);
    }
    return copy;
}

static void put_default_bridge(json_t *o, const json_t *bridge)
{
    json_object_update_new(o, json_pack("{s:s, s:b, s:s, s:i, s:n, s:n}", "Bridge", "", "HairpinMode", 0,
                                        "LinkLocalIPv6Address", "", "LinkLocalIPv6PrefixLen", 0,
                                        "SecondaryIPAddresses", "SecondaryIPv6Addresses"));
    for (size_t i = 0; i < sizeof(bridge_members) / sizeof(bridge_members[0]); i++) {
        json_t *v = json_object_get(bridge, bridge_members[i]);
        bool number = str_ends(bridge_members[i], "Len");

        json_object_set_new(o, bridge_members[i],
                            v        ? json_deep_copy(v)
                            : number ? json_integer(0)
                                     : json_string(""));
    }
}

static json_t *config_json(const struct container *c, int api_version)
{
    json_t *o = json_deep_copy(c->config);

    if (api_version >= 52) {
        json_object_del(o, "MacAddress");
        if (json_array_size(json_object_get(o, "OnBuild")) == 0)
            json_object_del(o, "OnBuild");
    }
    return o;
}

static json_t *network_json(struct container *c, int api_version)
{
    bool up = c->state.running && !c->state.restarting;
    json_t *o = json_pack("{s:s, s:s, s:o}", "SandboxID", up ? c->id : "", "SandboxKey",
                          up && c->netns ? c->netns : "", "Ports", json_deep_copy(c->ports));

    if (api_version < 52)
        put_default_bridge(o, json_object_get(c->networks, "bridge"));
    json_object_set_new(o, "Networks", endpoints_json(c, api_version));
    return o;
}
static json_t *driver_json(struct container *c)
{
    scoped_free char *upper = container_dir(c, "upper"), *work = container_dir(c, "work");
    scoped_free char *merged = container_dir(c, "merged"), *list = NULL;
    scoped_strv lower = { 0 };

    if (c->image)
        image_lower_dirs(c->image, &lower);
    list = strv_join(&lower, ":");
    return json_pack("{s:{s:s, s:s, s:s, s:s, s:s}, s:s}", "Data", "ID", c->id, "LowerDir", list ? list : "",
                     "MergedDir", merged, "UpperDir", upper, "WorkDir", work, "Name", "overlay2");
}

static void put_path(json_t *o, struct container *c, const char *member, const char *file, bool shown)
{
    scoped_free char *path = shown ? container_dir(c, file) : xstrdup("");

    json_object_set_new(o, member, json_string(path));
}

static void put_paths(json_t *o, struct container *c)
{
    /* `local` is kept in the same form here, but its file is nobody's to read */
    bool shown = c->started_before,
         logs = str_eq(json_str_at(c->host_config, "LogConfig.Type", ""), "json-file");
    scoped_free char *log = shown && logs ? container_log_path(c) : xstrdup("");

    put_path(o, c, "ResolvConfPath", "resolv.conf", shown);
    put_path(o, c, "HostnamePath", "hostname", shown);
    put_path(o, c, "HostsPath", "hosts", shown);
    json_object_set_new(o, "LogPath", json_string(log));
}

static void put_sizes(json_t *o, struct container *c)
{
    scoped_free char *upper = container_dir(c, "upper");
    int64_t own = 0;

    tree_size(upper, &own, NULL);
    json_object_set_new(o, "SizeRw", json_integer(own));
    json_object_set_new(o, "SizeRootFs", json_integer(own + (c->image ? image_size(c->image) : 0)));
}

int container_inspect(struct container *c, bool size, int api_version, json_t **ret, struct error *err)
{
    json_t *o = json_object(), *driver = driver_json(c), *links = links_told(c);
    scoped_free char *slashed = NULL;

    (void)err;
    pthread_mutex_lock(&c->lock);
    slashed = xasprintf("/%s", c->name);
    json_object_set_new(o, "Id", json_string(c->id));
    put_time(o, "Created", c->created);
    json_put_str(o, "Path", c->path);
    json_object_set_new(o, "Args", json_deep_copy(c->args));
    json_object_set_new(o, "State", state_json(c));
    json_object_set_new(o, "Image", json_string(c->image_id));
    put_paths(o, c);
    json_object_set_new(o, "Name", json_string(slashed));
    json_object_set_new(o, "RestartCount", json_integer(c->restart_count));
    json_object_set_new(o, "Driver", json_string("overlay2"));
    json_object_set_new(o, "Platform", json_string("linux"));
    json_object_set_new(o, "MountLabel", json_string(""));
    json_object_set_new(o, "ProcessLabel", json_string(""));
    json_object_set_new(o, "AppArmorProfile", json_string(""));
    json_object_set_new(o, "ExecIDs", c->execs.count ? json_from_strv(&c->execs) : json_null());
    json_object_set_new(o, "HostConfig", json_deep_copy(c->host_config));
    json_object_set_new(json_object_get(o, "HostConfig"), "Links", links);
    json_object_set_new(o, "GraphDriver", driver);
    json_object_set_new(o, "Mounts", mounts_public(c->mounts));
    json_object_set_new(o, "Config", config_json(c, api_version));
    json_object_set_new(o, "NetworkSettings", network_json(c, api_version));
    pthread_mutex_unlock(&c->lock);
    if (size)
        put_sizes(o, c);
    *ret = o;
    return 0;
}
