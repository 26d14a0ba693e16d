/* cases/system/data_usage.c - GET /system/df
 *
 * It counts everybody's objects, so each case looks for its own. On some engines only one such question is answered at a
 * time, and others are refused meanwhile. */
#include "harness/scene/build.h"
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
    const char *p = scene_unique_prefix(s), *six = scene_unique_prefix_six(s),
               *volume = given_volume(s, NULL);
    const char *net = given_network_name(
        s,
        given_network(
            s, json_of(
                   "{'EnableIPv6': true, 'IPAM': {'Config': [{'Subnet': '%s.0/24'}, {'Subnet': '%s::/64'}]}}",
                   p, six)));
    json_t *body = with(a_container("sleeper"), "HostConfig.NetworkMode", "'%s'", net);

    body = with(body, "HostConfig.Binds", "['%s:/data:ro']", volume);
    body = with(body, "HostConfig.Annotations", "{'color': 'red'}");
    body = with(body, "HostConfig.PortBindings", "{'80/tcp': [{'HostIp': '127.0.0.1', 'HostPort': ''}]}");
    body = with(body, "ExposedPorts", "{'80/tcp': {}}");
    body =
        with(body, "NetworkingConfig.EndpointsConfig",
             "{'%s': {'Aliases': ['other'], 'IPAMConfig': {'IPv4Address': '%s.7', 'IPv6Address': '%s::7'}}}",
             net, p, six);
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

/* --- what BuildKit keeps --- */

/* The record whose Description names the file that only this case copies. */
static const json_t *record_of(const struct exchange *x, const char *file)
{
    const json_t *all = answer_json(x, "BuildCache"), *one;
    size_t i;

    json_array_foreach (all, i, one) {
        const char *text = json_string_value(json_object_get(one, "Description"));
        if (text && strstr(text, file))
            return one;
    }
    return NULL;
}

/* A date between two answers' `Date`, a second more or less. */
static void then_within(struct scene *s, const char *what, const json_t *record, const char *first,
                        const char *last)
{
    const char *text = json_string_value(json_object_get(record, what));

    then_true(s, text && strlen(text) > 20 && text[10] == 'T', "%s is a date, got %s", what,
              text ? text : "nothing");
    then_true(s, strncmp(text, first, 19) >= 0 && strncmp(text, last, 19) <= 0, "%s %s is between %s and %s",
              what, text, first, last);
}

static const char *clock_of(struct scene *s)
{
    return scene_printf(s, "%s", answer_string(when_get(s, "/info"), "SystemTime"));
}

/* What this case's builds left goes again, those records too that nobody can tell from another's: new ones, used by nobody. */
static void records_pruned(struct scene *s, const struct exchange *before)
{
    struct exchange *now = when_get(s, "/system/df");
    const json_t *all = answer_json(now, "BuildCache"), *one;
    size_t i;

    json_array_foreach (all, i, one) {
        const char *id = json_string_value(json_object_get(one, "ID"));
        if (!element(before, "BuildCache", "ID", id))
            when_post(s, "/build/prune?all=1&filters=%s", query_json(s, "{'id': ['%s']}", id));
    }
}

static void what_buildkit_keeps_is_told(void **state)
{
    struct scene *s = *state;
    const char *builder = exchange_header(when_get(s, "/_ping"), "Builder-Version");
    if (!builder || strcmp(builder, "2") != 0)
        case_not_applicable(s, "the engine does not say that it builds by BuildKit (Builder-Version: 2)");
    const char *file = scene_unique_name(s, "file"), *first = clock_of(s);
    const char *dockerfile = dockerfile_of(s, "COPY %s /copied\n", file);
    const char *content = "12345678901234567890123456789012345678901234567890123456789012345678901234567";
    struct exchange *before = when_get(s, "/system/df");

    scene_sends_unknown(s); /* `version`: no document knows it */
    for (int i = 0; i < 2; i++) {
        struct exchange *built = when_build_with(s, "version=2", dockerfile,
                                                 json_of("[{'name': '%s', 'content': '%s'}]", file, content));
        then_status(built, 200);
        then_string(s, "error of the build", build_error(s, built), "");
    }
    struct exchange *x = when_get(s, "/system/df");
    const json_t *record = record_of(x, file);
    for (int again = 0; again < 50 && json_is_true(json_object_get(record, "InUse")); again++)
        record = record_of(when_get(s, "/system/df"), file); /* the build lets go of it a moment later */
    const char *id = json_string_value(json_object_get(record, "ID"));

    then_true(s, record != NULL, "BuildCache has a record with %s in its Description", file);
    then_string(s, "its Type", json_string_value(json_object_get(record, "Type")), "regular");
    const char *text = json_string_value(json_object_get(record, "Description"));
    const char *step = text ? strstr(text, "COPY ") : NULL; /* after "[3/3] " */
    then_string(s, "the step in its Description", step, scene_printf(s, "COPY %s /copied", file));
    then_int(s, "its Size", json_integer_value(json_object_get(record, "Size")), 77);
    long long uses = json_integer_value(
        json_object_get(record, "UsageCount")); /* the last one is counted a moment later */
    then_true(s, uses == 1 || uses == 2, "its UsageCount is 1 or 2, got %lld", uses);
    then_true(s, json_is_false(json_object_get(record, "InUse")), "it is not InUse");
    then_true(s, json_is_true(json_object_get(record, "Shared")), "it is Shared with the image");
    then_within(s, "CreatedAt", record, first, clock_of(s));
    then_within(s, "LastUsedAt", record, first, clock_of(s));
    struct exchange *pruned =
        when_post(s, "/build/prune?all=1&filters=%s", query_json(s, "{'id': ['%s']}", id));
    then_json_equals(pruned, "CachesDeleted", "['%s']", id);
    then_true(s, !record_of(when_get(s, "/system/df"), file), "it is gone after a prune of its id");
    records_pruned(s, before);
}

CASES(system_data_usage) = {
    CASE("SystemDataUsage.images", images_are_counted),
    CASE("SystemDataUsage.containers", containers_are_counted),
    CASE("SystemDataUsage.volumes", volumes_are_counted),
    CASE("SystemDataUsage.image-as-listed", an_image_is_told_as_the_list_tells_it),
    CASE_NEEDS("SystemDataUsage.container-as-listed", a_container_is_told_as_the_list_tells_it,
               NEEDS_BRIDGE_NETWORK | NEEDS_IPV6),
    CASE("SystemDataUsage.all", all_are_told),
    CASE("SystemDataUsage.build-cache BuildPrune.id", what_buildkit_keeps_is_told),
    CASE("SystemDataUsage.volume-as-inspected", a_volume_is_told_as_its_inspect_tells_it),
    CASE_ROWS("SystemDataUsage.type", one_kind_can_be_asked_for, types),
    CASE("SystemDataUsage.types", several_kinds_can_be_asked_for),
    CASE("SystemDataUsage.unknown-type", an_unknown_kind_is_refused),
    CASE_END,
};
