/* cases/system/gates.c - what the engine tells of itself at an API version and what it told at the one before.
 *
 * As cases/container/gates.c: both sides of a gate on one engine. */
#include "harness/then/then.h"

/* A member that comes or goes. */
static const struct change {
    const char *label, *before, *after, *path;
    bool comes; /* or goes */
} bridge_nf[] = {
    {"BridgeNfIptables",   "1.49", "1.50", "BridgeNfIptables",  false},
    { "BridgeNfIp6tables", "1.49", "1.50", "BridgeNfIp6tables", false},
};
static const struct change registry[] = {
    {"CIDRs",      "1.46", "1.47", "RegistryConfig.AllowNondistributableArtifactsCIDRs",     false},
    { "Hostnames", "1.46", "1.47", "RegistryConfig.AllowNondistributableArtifactsHostnames", false},
};
static const struct change commits[] = {
    {"RuncCommit", "1.48", "1.49", "RuncCommit.Expected", false},
};
static const struct change firewall[] = {
    {"FirewallBackend", "1.48", "1.49", "FirewallBackend.Driver", true},
};

static void a_member_comes_or_goes(void **state)
{
    struct scene *s = *state;
    const struct change *row = s->row;

    struct exchange *before = when_get_at(s, row->before, "/info");
    struct exchange *x = when_get_at(s, row->after, "/info");

    then_json_present(row->comes ? x : before, row->path);
    then_json_absent(row->comes ? before : x, row->path);
}

/* A name in a path: "io.containerd.runc.v2" has dots. */
static const char *escaped(struct scene *s, const char *name)
{
    char *ret = (char *)scene_printf(s, "%s%s", name, name), *to = ret; /* room enough */

    for (; *name; name++) {
        if (*name == '.')
            *to++ = '\\';
        *to++ = *name;
    }
    *to = '\0';
    return ret;
}

/* An engine may do without it. */
static void containerd_is_told(void **state)
{
    struct scene *s = *state;

    struct exchange *before = when_get_at(s, "1.45", "/info");
    struct exchange *x = when_get_at(s, "1.46", "/info");

    then_json_present(before, "Runtimes");
    then_json_absent(before, "Containerd");
    if (!answer_json(x, "Containerd"))
        case_not_applicable(s, "the engine tells of no containerd");
    then_json_not_empty(x, "Containerd.Address");
}

static void a_runtime_has_a_status(void **state)
{
    struct scene *s = *state;
    struct exchange *before = when_get_at(s, "1.43", "/info");
    struct exchange *x = when_get_at(s, "1.44", "/info");
    const char *name, *with = NULL;
    json_t *runtime;

    then_json_not_empty(before, "Runtimes");
    json_object_foreach ((json_t *)answer_json(x, "Runtimes"), name, runtime) {
        then_json_absent(before, scene_printf(s, "Runtimes.%s.status", escaped(s, name)));
        if (json_object_get(runtime, "status"))
            with = name;
    }
    if (!with)
        case_not_applicable(s, "no runtime of this engine can tell its features");
    then_json_is_object(x, scene_printf(s, "Runtimes.%s.status", escaped(s, with)));
}

static void memory_of_the_kernel_is_gone(void **state)
{
    struct scene *s = *state;
    json_t *body = with(a_container("sleeper"), "HostConfig.KernelMemory", "12582912");

    scene_at_version(s, "1.41");
    const char *id = given_created(s, body);
    struct exchange *kept = when_get_at(s, "1.41", "/containers/%s/json", id);
    struct exchange *before = when_get_at(s, "1.41", "/info");
    struct exchange *x = when_get_at(s, "1.42", "/info");

    then_json_absent(x, "KernelMemory");
    then_json_bool(before, "KernelMemory",
                   json_integer_value(answer_json(kept, "HostConfig.KernelMemory")) == 12582912);
}

/* --- SystemDataUsage --- */

static void a_kind_can_be_asked_for(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);

    given_container(s, "sleeper");
    struct exchange *before = when_get_at(s, "1.41", "/system/df?type=volume");
    struct exchange *x = when_get_at(s, "1.42", "/system/df?type=volume");

    then_json_has(x, "Volumes", "{'Name': '%s'}", name);
    then_json_empty(x, "Containers");
    then_json_has(before, "Volumes", "{'Name': '%s'}", name);
    then_json_not_empty(before, "Containers");
}

static void an_unknown_kind_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *before = when_get_at(s, "1.41", "/system/df?type=plimsoll-none");
    struct exchange *x = when_get_at(s, "1.42", "/system/df?type=plimsoll-none");

    then_refused(x, 400);
    then_status(before, 200);
}

static void the_virtual_size_is_gone(void **state)
{
    struct scene *s = *state;

    given_image(s, "probe");
    struct exchange *before = when_get_at(s, "1.43", "/system/df");
    struct exchange *x = when_get_at(s, "1.44", "/system/df");

    /* Docker Engine gives one reckoning to all who ask at once, at whatever version, and one of them may want the member */
    for (int again = 0; again < 10 && answer_json(x, "Images[0].VirtualSize"); again++)
        x = when_get_at(s, "1.44", "/system/df");
    then_json_not_empty(x, "Images");
    then_json_absent(x, "Images[0].VirtualSize");
    then_json_int(before, "Images[0].VirtualSize", json_integer_value(answer_json(before, "Images[0].Size")));
}

CASES(system_gates) = {
    CASE_ROWS("SystemInfo.bridge-nf SystemInfo.no-bridge-nf", a_member_comes_or_goes, bridge_nf),
    CASE_ROWS("SystemInfo.nondistributable SystemInfo.no-nondistributable", a_member_comes_or_goes, registry),
    CASE_ROWS("SystemInfo.expected-commit SystemInfo.no-expected-commit", a_member_comes_or_goes, commits),
    CASE_ROWS("SystemInfo.no-firewall SystemInfo.firewall", a_member_comes_or_goes, firewall),
    CASE("SystemInfo.no-containerd SystemInfo.containerd", containerd_is_told),
    CASE("SystemInfo.runtime-without-status SystemInfo.runtime-status", a_runtime_has_a_status),
    CASE("SystemInfo.kernel-memory SystemInfo.no-kernel-memory", memory_of_the_kernel_is_gone),
    CASE("SystemDataUsage.type-ignored SystemDataUsage.type", a_kind_can_be_asked_for),
    CASE("SystemDataUsage.type-ignored SystemDataUsage.unknown-type", an_unknown_kind_is_refused),
    CASE("SystemDataUsage.virtual-size SystemDataUsage.no-virtual-size", the_virtual_size_is_gone),
    CASE_END,
};
