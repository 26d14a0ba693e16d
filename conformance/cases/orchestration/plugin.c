/* cases/orchestration/plugin.c - tag Plugin: names that no plugin has, so that nobody's plugin is touched. */
#include "harness/then/then.h"

#include <string.h>

static void plugins_are_a_list(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/plugins");

    then_status(x, 200);
    then_json_is_array(x, "");
}

static void no_plugin_does_what_nobody_knows(void **state)
{
    struct scene *s = *state;

    struct exchange *x =
        when_get(s, "/plugins?filters=%s", query_json(s, "{'capability': ['plimsoll-none']}"));

    then_status(x, 200);
    then_json_equals(x, "", "[]");
}

static void an_unknown_key_is_refused(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/plugins?filters=%s", query_json(s, "{'plimsoll-none': ['x']}"));

    then_refused(x, 400);
    then_error_mentions(x, "plimsoll-none");
}

static void enabled_is_a_boolean(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/plugins?filters=%s", query_json(s, "{'enabled': ['plimsoll']}"));

    then_refused(x, 400);
}

/* clang-format off */
static const struct request { /* `operation` names the row */
    const char *operation, *method, *path, *body;
} unknown_names[] = {
    { "PluginInspect", "GET",    "/plugins/plimsoll-none/json",             NULL },
    { "PluginDelete",  "DELETE", "/plugins/plimsoll-none",                  NULL },
    { "PluginEnable",  "POST",   "/plugins/plimsoll-none/enable?timeout=0", NULL },
    { "PluginDisable", "POST",   "/plugins/plimsoll-none/disable",          NULL },
    { "PluginUpgrade", "POST",   "/plugins/plimsoll-none/upgrade?remote=a", "[]" },
    { "PluginPush",    "POST",   "/plugins/plimsoll-none/push",             NULL },
    { "PluginSet",     "POST",   "/plugins/plimsoll-none/set",              "[]" },
}, bad_timeouts[] = {
    { "PluginEnable, without",   "POST", "/plugins/plimsoll-none/enable",           NULL },
    { "PluginEnable, no number", "POST", "/plugins/plimsoll-none/enable?timeout=a", NULL },
}, bad_bodies[] = {
    { "PluginSet, cut short", "POST", "/plugins/plimsoll-none/set", "[" },
    { "PluginSet, no list",   "POST", "/plugins/plimsoll-none/set", "{}" },
};
/* clang-format on */

static void a_name_that_no_plugin_has_is_not_found(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    struct exchange *x = when_method(s, row->method, row->body, "%s", row->path);

    then_refused(x, 404);
    then_error_mentions(x, "plimsoll-none");
}

static void a_timeout_is_a_number(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    struct exchange *x = when_method(s, row->method, row->body, "%s", row->path);

    then_refused(x, 500);
}

static void a_bad_body_is_refused(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    struct exchange *x = when_method(s, row->method, row->body, "%s", row->path);

    then_refused(x, 400);
}

CASES(orchestration_plugin) = {
    CASE("Plugin.list", plugins_are_a_list),
    CASE("Plugin.filter", no_plugin_does_what_nobody_knows),
    CASE("Plugin.filter-unknown", an_unknown_key_is_refused),
    CASE("Plugin.filter-malformed", enabled_is_a_boolean),
    CASE_ROWS("Plugin.not-found", a_name_that_no_plugin_has_is_not_found, unknown_names),
    CASE_ROWS("Plugin.bad-timeout", a_timeout_is_a_number, bad_timeouts),
    CASE_ROWS("Plugin.bad-body", a_bad_body_is_refused, bad_bodies),
    CASE_END,
};
