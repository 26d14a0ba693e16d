/* cases/cross/bodies.c - the bodies of the answers, each as a whole.
 *
 * What they must hold is written nowhere here: it is in the tables of conformance/inventory/, and the same check goes over
 * every answer of every case. Here it is asked by name, for an object of each kind in each state that it can be in. */
#include "harness/then/then.h"

static struct exchange *of_container(struct scene *s, const char *id)
{
    return when_get(s, "/containers/%s/json?size=1", id);
}

static struct exchange *of_list(struct scene *s, const char *id)
{
    return when_get(s, "/containers/json?all=1&size=1&filters=%s", query_json(s, "{'id': ['%s']}", id));
}

/* A container that has one of everything: ports, mounts of each kind, a network of its own, limits. */
static const char *given_rich(struct scene *s)
{
    const char *network = given_network(s, NULL);
    json_t *body = with(a_container("sleeper"), "ExposedPorts", "{'80/tcp': {}, '81/udp': {}}");

    with(body, "HostConfig",
         "{'PortBindings': {'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': ''}]}, 'NetworkMode': '%s', "
         "'Mounts': "
         "[{'Type': 'volume', 'Source': '%s', 'Target': '/v'}, {'Type': 'tmpfs', 'Target': '/t'}]}",
         given_network_name(s, network), given_volume(s, NULL));
    with(body, "Labels", "{'color': 'red'}");
    return given_running(s, body);
}

static const char *given_healthy(struct scene *s)
{
    json_t *body =
        with(a_container("sleeper"), "Healthcheck",
             "{'Test': ['CMD', '/bin/probe', 'true'], 'Interval': 100000000, 'Timeout': 5000000000}");
    const char *id = given_running(s, body);

    if (!wait_until(s, "State.Health.Status", "\"healthy\"", "/containers/%s/json", id))
        case_blocked(s, "a healthy container: it does not become healthy");
    return id;
}

static struct exchange *created(struct scene *s)
{
    return of_container(s, given_container(s, "sleeper"));
}

static struct exchange *running(struct scene *s)
{
    return of_container(s, given_running_container(s, "sleeper"));
}

static struct exchange *exited(struct scene *s)
{
    return of_container(s, given_exited_container(s, "failing"));
}

static struct exchange *rich(struct scene *s)
{
    return of_container(s, given_rich(s));
}

static struct exchange *healthy(struct scene *s)
{
    return of_container(s, given_healthy(s));
}

static struct exchange *listed_created(struct scene *s)
{
    return of_list(s, given_container(s, "sleeper"));
}

static struct exchange *listed_rich(struct scene *s)
{
    return of_list(s, given_rich(s));
}

static struct exchange *listed_exited(struct scene *s)
{
    return of_list(s, given_exited_container(s, "failing"));
}

static struct exchange *top(struct scene *s)
{
    return when_get(s, "/containers/%s/top", given_running_container(s, "sleeper"));
}

static struct exchange *stats(struct scene *s)
{
    return when_get(s, "/containers/%s/stats?stream=0", given_running_container(s, "sleeper"));
}

static struct exchange *stats_of_ended(struct scene *s)
{
    return when_get(s, "/containers/%s/stats?stream=0", given_exited_container(s, "failing"));
}

static struct exchange *image(struct scene *s)
{
    return when_get(s, "/images/%s/json", given_own_image(s, scene_unique_repository(s, "a"), "1", NULL));
}

static struct exchange *untagged_image(struct scene *s)
{
    return when_get(s, "/images/%s/json", given_untagged_image(s, NULL));
}

static struct exchange *images(struct scene *s)
{
    given_untagged_image(s, json_of("{'Labels': {'a': 'b'}}"));
    return when_get(s, "/images/json?all=1");
}

static struct exchange *history(struct scene *s)
{
    return when_get(s, "/images/%s/history", given_image(s, "probe"));
}

static struct exchange *network(struct scene *s)
{
    return when_get(s, "/networks/%s", given_network(s, NULL));
}

static struct exchange *joined_network(struct scene *s)
{
    const char *id = given_network(s, NULL);

    given_running(s, with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", id));
    return when_get(s, "/networks/%s", id);
}

static struct exchange *networks(struct scene *s)
{
    given_network(s, NULL);
    return when_get(s, "/networks");
}

static struct exchange *volume(struct scene *s)
{
    return when_get(s, "/volumes/%s", given_volume(s, NULL));
}

static struct exchange *volumes(struct scene *s)
{
    given_volume(s, NULL);
    return when_get(s, "/volumes");
}

static struct exchange *exec(struct scene *s)
{
    const char *id = given_running_container(s, "sleeper");

    return when_get(s, "/exec/%s/json", given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'true']}")));
}

static struct exchange *ended_exec(struct scene *s)
{
    const char *id = given_running_container(s, "sleeper");
    const char *session = given_exec(s, id, json_of("{'Cmd': ['/bin/probe', 'true'], 'AttachStdout': true}"));

    stream_wait_for_end(when_exec_start(s, session, NULL));
    return when_get(s, "/exec/%s/json", session);
}

static struct exchange *info(struct scene *s)
{
    return when_get(s, "/info");
}

static struct exchange *version(struct scene *s)
{
    return when_get(s, "/version");
}

static struct exchange *data_usage(struct scene *s)
{
    given_container(s, "sleeper");
    given_volume(s, NULL);
    return when_get(s, "/system/df");
}

static struct exchange *events(struct scene *s)
{
    const char *id = given_exited_container(s, "failing");
    struct stream *st =
        when_follow(s, "/events?since=1&filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));

    stream_wait_for_value(st, "{'Action': 'die', 'Actor': {'ID': '%s'}}", id);
    given_removed(s, id);
    stream_wait_for_value(st, "{'Action': 'destroy', 'Actor': {'ID': '%s'}}", id);
    stream_close(st);
    return stream_answer(st);
}

static struct exchange *network_events(struct scene *s)
{
    const char *id = given_network(s, NULL);
    struct stream *st =
        when_follow(s, "/events?since=1&filters=%s", query_json(s, "{'network': ['%s']}", id));

    stream_wait_for_value(st, "{'Action': 'create'}");
    stream_close(st);
    return stream_answer(st);
}

static struct exchange *container_creation(struct scene *s)
{
    return when_create(s, scene_unique_name(s, "c"), a_container("sleeper"));
}

static struct exchange *network_creation(struct scene *s)
{
    return when_post_json(s, json_of("{'Name': '%s'}", scene_unique_name(s, "n")), "/networks/create");
}

static struct exchange *volume_creation(struct scene *s)
{
    return when_post_json(s, json_of("{'Name': '%s'}", scene_unique_name(s, "v")), "/volumes/create");
}

static struct exchange *exec_creation(struct scene *s)
{
    return when_post_json(s, json_of("{'Cmd': ['/bin/probe', 'true']}"), "/containers/%s/exec",
                          given_running_container(s, "sleeper"));
}

static struct exchange *update(struct scene *s)
{
    return when_post_json(s, json_of("{'RestartPolicy': {'Name': 'no'}}"), "/containers/%s/update",
                          given_container(s, "sleeper"));
}

static struct exchange *end(struct scene *s)
{
    return when_post(s, "/containers/%s/wait", given_exited_container(s, "failing"));
}

static struct exchange *deleted_image(struct scene *s)
{
    return when_delete(s, "/images/%s", given_own_image(s, scene_unique_repository(s, "a"), "1", NULL));
}

static const char *only_ours(struct scene *s)
{
    return query_json(s, "{'label': ['%s']}", scene_label(s));
}

static struct exchange *pruned(struct scene *s, const char *what, const char *filters)
{
    if (!scene_version_within(s, "1.25", NULL))
        case_not_applicable(s, "nothing is pruned before API 1.25");
    return when_pruned(s, what, filters);
}

static struct exchange *pruned_containers(struct scene *s)
{
    given_exited_container(s, "failing");
    return pruned(s, "containers", only_ours(s));
}

static struct exchange *pruned_networks(struct scene *s)
{
    given_network(s, NULL);
    return pruned(s, "networks", only_ours(s));
}

static struct exchange *pruned_volumes(struct scene *s)
{
    given_volume(s, NULL);
    return pruned(s, "volumes", only_ours(s));
}

static struct exchange *pruned_images(struct scene *s)
{
    given_untagged_image(s, NULL);
    return pruned(s, "images", only_ours(s));
}

/* So that nothing is found. */
static struct exchange *nothing_pruned(struct scene *s)
{
    return pruned(s, "containers", only_ours(s));
}

static const struct kind {
    const char *label;
    struct exchange *(*ask)(struct scene *s);
} kinds[] = {
    {"container, created",                          created           },
    { "container, running",                         running           },
    { "container, ended",                           exited            },
    { "container with ports, mounts and a network", rich              },
    { "container with a health check",              healthy           },
    { "container list, created",                    listed_created    },
    { "container list, running",                    listed_rich       },
    { "container list, ended",                      listed_exited     },
    { "processes",                                  top               },
    { "statistics",                                 stats             },
    { "statistics of an ended container",           stats_of_ended    },
    { "image",                                      image             },
    { "image without a name",                       untagged_image    },
    { "image list",                                 images            },
    { "image history",                              history           },
    { "network",                                    network           },
    { "network with a container",                   joined_network    },
    { "network list",                               networks          },
    { "volume",                                     volume            },
    { "volume list",                                volumes           },
    { "exec session, new",                          exec              },
    { "exec session, ended",                        ended_exec        },
    { "info",                                       info              },
    { "version",                                    version           },
    { "data usage",                                 data_usage        },
    { "events of a container",                      events            },
    { "events of a network",                        network_events    },
    { "created container",                          container_creation},
    { "created network",                            network_creation  },
    { "created volume",                             volume_creation   },
    { "created exec session",                       exec_creation     },
    { "updated container",                          update            },
    { "end of a container",                         end               },
    { "deleted image",                              deleted_image     },
    { "pruned containers",                          pruned_containers },
    { "pruned networks",                            pruned_networks   },
    { "pruned volumes",                             pruned_volumes    },
    { "pruned images",                              pruned_images     },
    { "no pruned container",                        nothing_pruned    },
};

/* Of the other clauses the tables say nothing for some of them: a case that cannot fail is none. */
static const struct kind with_null[] = {
    {"container, running", running},
    {"container, ended", exited},
    {"container with ports, mounts and a network", rich},
    {"container with a health check", healthy},
    {"container list, running", listed_rich},
    {"statistics", stats},
    {"image", image},
    {"image list", images},
    {"image history", history},
    {"network", network},
    {"network with a container", joined_network},
    {"network list", networks},
    {"volume", volume},
    {"volume list", volumes},
    {"exec session, ended", ended_exec},
    {"info", info},
    {"version", version},
    {"data usage", data_usage},
    {"events of a container", events},
    {"created container", container_creation},
    {"created network", network_creation},
    {"created volume", volume_creation},
    {"updated container", update},
    {"pruned containers", pruned_containers},
    {"pruned networks", pruned_networks},
    {"pruned images", pruned_images},
    {"no pruned container", nothing_pruned},
}, with_words[] = {
    {"container, created", created},
    {"container, running", running},
    {"container, ended", exited},
    {"container with ports, mounts and a network", rich},
    {"container with a health check", healthy},
    {"container list, running", listed_rich},
    {"container list, ended", listed_exited},
    {"image", image},
    {"network", network},
    {"network list", networks},
    {"volume", volume},
    {"volume list", volumes},
    {"created volume", volume_creation},
    {"info", info},
    {"version", version},
    {"data usage", data_usage},
    {"events of a container", events},
    {"events of a network", network_events},
}, with_forms[] = {
    {"container, created", created},
    {"container, running", running},
    {"container, ended", exited},
    {"container with ports, mounts and a network", rich},
    {"container with a health check", healthy},
    {"container list, created", listed_created},
    {"container list, running", listed_rich},
    {"statistics", stats},
    {"statistics of an ended container", stats_of_ended},
    {"image", image},
    {"image list", images},
    {"image history", history},
    {"network", network},
    {"network with a container", joined_network},
    {"network list", networks},
    {"volume", volume},
    {"volume list", volumes},
    {"exec session, new", exec},
    {"info", info},
    {"version", version},
    {"data usage", data_usage},
    {"events of a container", events},
    {"events of a network", network_events},
    {"created container", container_creation},
    {"created network", network_creation},
    {"created volume", volume_creation},
    {"created exec session", exec_creation},
    {"deleted image", deleted_image},
    {"pruned containers", pruned_containers},
    {"pruned images", pruned_images},
};

static void holds(struct scene *s, const char *clause)
{
    const struct kind *kind = s->row;

    struct exchange *x = kind->ask(s);

    if (x->status < 200 || x->status > 299) /* that it is given is another clause's */
        case_blocked(s, "%s answered %d", x->path, x->status);
    then_body_holds(x, clause);
}

static void every_member_is_of_its_type(void **state)
{
    holds(*state, "Bodies.types");
}

static void every_member_that_is_always_there_is_there(void **state)
{
    holds(*state, "Bodies.members");
}

static void null_is_only_where_it_may_be(void **state)
{
    holds(*state, "Bodies.null");
}

static void every_word_is_one_of_its_set(void **state)
{
    holds(*state, "Bodies.enums");
}

static void every_value_has_its_form(void **state)
{
    holds(*state, "Bodies.formats");
}

CASES(cross_bodies) = {
    CASE_ROWS("Bodies.types", every_member_is_of_its_type, kinds),
    CASE_ROWS("Bodies.members", every_member_that_is_always_there_is_there, kinds),
    CASE_ROWS("Bodies.null", null_is_only_where_it_may_be, with_null),
    CASE_ROWS("Bodies.enums", every_word_is_one_of_its_set, with_words),
    CASE_ROWS("Bodies.formats", every_value_has_its_form, with_forms),
    CASE_END,
};
