/* cases/system/data_usage.c - GET /system/df
 *
 * It counts everybody's objects, so each case looks for its own. On some engines only one such question is answered at a
 * time, and others are refused meanwhile. */
#include "harness/then/then.h"

#include <string.h>

static const json_t *element(const struct exchange *x, const char *list, const char *member,
                             const char *value)
{
    const json_t *all = answer_json(x, list), *one;
    size_t i;

    json_array_foreach (all, i, one) {
        const char *got = json_string_value(json_object_get(one, member));
        if (got && strcmp(got, value) == 0)
            return one;
    }
    return NULL;
}

static void images_are_counted(void **state)
{
    struct scene *s = *state;
    const char *repository = scene_unique_repository(s, "a");
    const char *id = given_own_image(s, repository, "1", NULL);

    given_created(s, with(a_container("sleeper"), "Image", "'%s:1'", repository));
    struct exchange *x = when_get(s, "/system/df");
    const json_t *image = element(x, "Images", "Id", id);

    then_status(x, 200);
    then_json_between(x, "LayersSize", 1, 1ll << 50);
    then_true(s, image != NULL, "Images has %s", id);
    then_int(s, "its Containers", json_integer_value(json_at(image, "Containers")), 1);
    then_true(s, json_integer_value(json_at(image, "Size")) > 100000, "its Size is that of its files");
    then_true(s,
              json_integer_value(json_at(image, "SharedSize")) == json_integer_value(json_at(image, "Size")),
              "all of it is shared with the image of this run");
}

static void containers_are_counted(void **state)
{
    struct scene *s = *state;
    const char *id = given_running(s, a_probe("['sh', '-c', 'fill /file 5000; exec sleep forever']"));

    if (!wait_until(s, "[0].SizeRw", "5000", "/containers/json?size=1&filters=%s",
                    query_json(s, "{'id': ['%s']}", id)))
        case_blocked(s, "a container with a file of its own: its size does not become 5000");
    struct exchange *x = when_get(s, "/system/df");
    const json_t *container = element(x, "Containers", "Id", id);

    then_status(x, 200);
    then_true(s, container != NULL, "Containers has %s", id);
    then_int(s, "its SizeRw", json_integer_value(json_at(container, "SizeRw")), 5000);
    then_true(s, json_integer_value(json_at(container, "SizeRootFs")) > 100000,
              "its SizeRootFs counts the image too");
    then_string(s, "its State", json_string_value(json_at(container, "State")), "running");
}

static void volumes_are_counted(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL), *unused = given_volume(s, NULL);

    given_exited(s,
                 with(a_probe("['fill', '/data/file', '5000']"), "HostConfig.Binds", "['%s:/data']", name));
    struct exchange *x = when_get(s, "/system/df");
    const json_t *volume = element(x, "Volumes", "Name", name),
                 *other = element(x, "Volumes", "Name", unused);

    then_status(x, 200);
    then_true(s, volume && other, "Volumes has %s and %s", name, unused);
    then_int(s, "its UsageData.RefCount", json_integer_value(json_at(volume, "UsageData.RefCount")), 1);
    then_int(s, "its UsageData.Size", json_integer_value(json_at(volume, "UsageData.Size")), 5000);
    then_int(s, "UsageData.RefCount of the other", json_integer_value(json_at(other, "UsageData.RefCount")),
             0);
    then_int(s, "UsageData.Size of the other", json_integer_value(json_at(other, "UsageData.Size")), 0);
}

static void an_image_is_told_as_the_list_tells_it(void **state)
{
    struct scene *s = *state;
    const char *id = given_own_image(s, scene_unique_repository(s, "a"), "1", NULL);
    struct exchange *list = when_get(s, "/images/json");

    struct exchange *x = when_get(s, "/system/df");

    then_status(x, 200);
    then_same(s, "its element of Images", element(x, "Images", "Id", id), element(list, "", "Id", id),
              "Containers SharedSize");
}

static void a_container_is_told_as_the_list_tells_it(void **state)
{
    struct scene *s = *state;
    const char *created = given_created(s, with(a_container("sleeper"), "Labels.color", "'red'"));
    const char *p = scene_unique_prefix(s), *volume = given_volume(s, NULL);
    const char *net =
        given_network_name(s, given_network(s, json_of("{'IPAM': {'Config': [{'Subnet': '%s.0/24'}]}}", p)));
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", net);

    body = with(body, "HostConfig.Binds", "['%s:/data:ro']", volume);
    body = with(body, "HostConfig.Annotations", "{'color': 'red'}");
    body = with(body, "HostConfig.PortBindings", "{'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': ''}]}");
    body = with(body, "ExposedPorts", "{'80/tcp': {}}");
    body = with(body, "NetworkingConfig.EndpointsConfig",
                "{'%s': {'Aliases': ['other'], 'IPAMConfig': {'IPv4Address': '%s.7'}}}", net, p);
    const char *running = given_running(s, body);
    struct exchange *list = when_get(s, "/containers/json?all=1&size=1&filters=%s",
                                     query_json(s, "{'label': ['%s']}", scene_label(s)));

    struct exchange *x = when_get(s, "/system/df");

    then_status(x, 200);
    then_same(s, "the created one's element of Containers", element(x, "Containers", "Id", created),
              element(list, "", "Id", created), NULL);
    then_same(s, "the running one's element of Containers", element(x, "Containers", "Id", running),
              element(list, "", "Id", running), "Status");
}

/* Others may make and remove things meanwhile, and then it is asked again. */
static void all_are_told(void **state)
{
    struct scene *s = *state;
    enum { TRIES = 20 };
    bool containers = false, images = false, volumes = false;

    for (int i = 0; i < TRIES && !(containers && images && volumes); i++) {
        struct exchange *x = when_get(s, "/system/df");
        size_t listed = json_array_size(when_get(s, "/containers/json?all=1")->json);
        containers = containers || json_array_size(answer_json(x, "Containers")) == listed;
        listed = json_array_size(when_get(s, "/images/json")->json);
        images = images || json_array_size(answer_json(x, "Images")) == listed;
        listed = json_array_size(answer_json(when_get(s, "/volumes"), "Volumes"));
        volumes = volumes || json_array_size(answer_json(x, "Volumes")) == listed;
    }

    then_true(s, containers, "Containers has as many as ContainerList");
    then_true(s, images, "Images has as many as ImageList");
    then_true(s, volumes, "Volumes has as many as VolumeList");
}

static void a_volume_is_told_as_its_inspect_tells_it(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, json_of("{'Labels': {'color': 'red'}}"));
    const json_t *volume = given_get(s, "/volumes/%s", name);

    struct exchange *x = when_get(s, "/system/df");

    then_status(x, 200);
    then_same(s, "its element of Volumes", element(x, "Volumes", "Name", name), volume, "UsageData");
}

static const struct type {
    const char *label, *list;
} types[] = {
    {"image",      "Images"    },
    { "container", "Containers"},
    { "volume",    "Volumes"   },
};

static void one_kind_can_be_asked_for(void **state)
{
    struct scene *s = *state;
    const struct type *row = s->row;

    given_container(s, "sleeper");
    given_volume(s, NULL);
    struct exchange *x = when_get(s, "/system/df?type=%s", row->label);

    then_status(x, 200);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].list, row->list) == 0)
            then_json_not_empty(x, row->list);
        else
            then_json_empty(x, types[i].list);
}

static void several_kinds_can_be_asked_for(void **state)
{
    struct scene *s = *state;

    given_container(s, "sleeper");
    given_volume(s, NULL);
    struct exchange *x = when_get(s, "/system/df?type=container&type=volume");

    then_status(x, 200);
    then_json_not_empty(x, "Containers");
    then_json_not_empty(x, "Volumes");
    then_json_empty(x, "Images");
}

static void an_unknown_kind_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/system/df?type=plimsoll-none");

    then_refused(x, 400);
    then_error_mentions(x, "plimsoll-none");
}

CASES(system_data_usage) = {
    CASE("SystemDataUsage.images", images_are_counted),
    CASE("SystemDataUsage.containers", containers_are_counted),
    CASE("SystemDataUsage.volumes", volumes_are_counted),
    CASE("SystemDataUsage.image-as-listed", an_image_is_told_as_the_list_tells_it),
    CASE_NEEDS("SystemDataUsage.container-as-listed", a_container_is_told_as_the_list_tells_it,
               NEEDS_BRIDGE_NETWORK),
    CASE("SystemDataUsage.all", all_are_told),
    CASE("SystemDataUsage.volume-as-inspected", a_volume_is_told_as_its_inspect_tells_it),
    CASE_ROWS("SystemDataUsage.type", one_kind_can_be_asked_for, types),
    CASE("SystemDataUsage.types", several_kinds_can_be_asked_for),
    CASE("SystemDataUsage.unknown-type", an_unknown_kind_is_refused),
    CASE_END,
};
