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
static const struct change containerd[] = {
    {"Containerd", "1.45", "1.46", "Containerd.Address", true},
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

static void a_runtime_has_a_status(void **state)
{
    struct scene *s = *state;
    struct exchange *x = when_get_at(s, "1.44", "/info");
    const char *path = scene_printf(s, "Runtimes.%s", answer_string(x, "DefaultRuntime"));

    struct exchange *before = when_get_at(s, "1.43", "/info");

    then_json_is_object(x, scene_printf(s, "%s.status", path));
    then_json_is_object(before, path);
    then_json_absent(before, scene_printf(s, "%s.status", path));
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

    then_json_not_empty(x, "Images");
    then_json_absent(x, "Images[0].VirtualSize");
    then_json_int(before, "Images[0].VirtualSize", json_integer_value(answer_json(before, "Images[0].Size")));
}

CASES(system_gates) = {
    CASE_ROWS("SystemInfo.bridge-nf SystemInfo.no-bridge-nf", a_member_comes_or_goes, bridge_nf),
    CASE_ROWS("SystemInfo.nondistributable SystemInfo.no-nondistributable", a_member_comes_or_goes, registry),
    CASE_ROWS("SystemInfo.expected-commit SystemInfo.no-expected-commit", a_member_comes_or_goes, commits),
    CASE_ROWS("SystemInfo.no-firewall SystemInfo.firewall", a_member_comes_or_goes, firewall),
    CASE_ROWS("SystemInfo.no-containerd SystemInfo.containerd", a_member_comes_or_goes, containerd),
    CASE("SystemInfo.runtime-without-status SystemInfo.runtime-status", a_runtime_has_a_status),
    CASE("SystemDataUsage.type-ignored SystemDataUsage.type", a_kind_can_be_asked_for),
    CASE("SystemDataUsage.type-ignored SystemDataUsage.unknown-type", an_unknown_kind_is_refused),
    CASE("SystemDataUsage.virtual-size SystemDataUsage.no-virtual-size", the_virtual_size_is_gone),
    CASE_END,
};
