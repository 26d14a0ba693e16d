/* cases/orchestration/swarm.c - tags Swarm, Node, Service, Task, Secret, Config, of an engine that is in no swarm.
 *
 * No request here could make a swarm: each lacks what SwarmInit and SwarmJoin cannot do without. */
#include "harness/then/then.h"

#include <string.h>

static void need_no_swarm(struct scene *s)
{
    const json_t *swarm = json_object_get(s->facts->info, "Swarm");
    const char *local = json_string_value(json_object_get(swarm, "LocalNodeState"));

    if (local && strcmp(local, "inactive") != 0)
        case_not_applicable(s, "the engine is in a swarm");
}

static void then_no_swarm(struct scene *s)
{
    then_json(when_get(s, "/info"), "Swarm.LocalNodeState", "inactive");
}

struct request { /* `operation` names the row */
    const char *operation, *method, *path, *body;
};

/* clang-format off */
static const struct request needs_manager[] = {
    { "SwarmInspect",   "GET",    "/swarm",                                NULL },
    { "SwarmUpdate",    "POST",   "/swarm/update?version=1",               "{}" },
    { "SwarmUnlockkey", "GET",    "/swarm/unlockkey",                      NULL },
    { "SwarmUnlock",    "POST",   "/swarm/unlock",                         "{\"UnlockKey\": \"plimsoll\"}" },
    { "NodeList",       "GET",    "/nodes",                                NULL },
    { "NodeInspect",    "GET",    "/nodes/plimsoll",                       NULL },
    { "NodeDelete",     "DELETE", "/nodes/plimsoll",                       NULL },
    { "NodeUpdate",     "POST",   "/nodes/plimsoll/update?version=1",      "{}" },
    { "ServiceList",    "GET",    "/services",                             NULL },
    { "ServiceCreate",  "POST",   "/services/create",                      "{}" },
    { "ServiceInspect", "GET",    "/services/plimsoll",                    NULL },
    { "ServiceDelete",  "DELETE", "/services/plimsoll",                    NULL },
    { "ServiceUpdate",  "POST",   "/services/plimsoll/update?version=1",   "{}" },
    { "ServiceLogs",    "GET",    "/services/plimsoll/logs?stdout=1",      NULL },
    { "TaskList",       "GET",    "/tasks",                                NULL },
    { "TaskInspect",    "GET",    "/tasks/plimsoll",                       NULL },
    { "TaskLogs",       "GET",    "/tasks/plimsoll/logs?stderr=1",         NULL },
    { "SecretList",     "GET",    "/secrets",                              NULL },
    { "SecretCreate",   "POST",   "/secrets/create",                       "{}" },
    { "SecretInspect",  "GET",    "/secrets/plimsoll",                     NULL },
    { "SecretDelete",   "DELETE", "/secrets/plimsoll",                     NULL },
    { "SecretUpdate",   "POST",   "/secrets/plimsoll/update?version=1",    "{}" },
    { "ConfigList",     "GET",    "/configs",                              NULL },
    { "ConfigCreate",   "POST",   "/configs/create",                       "{}" },
    { "ConfigInspect",  "GET",    "/configs/plimsoll",                     NULL },
    { "ConfigDelete",   "DELETE", "/configs/plimsoll",                     NULL },
    { "ConfigUpdate",   "POST",   "/configs/plimsoll/update?version=1",    "{}" },
}, leaves[] = {
    { "SwarmLeave",         "POST", "/swarm/leave",         NULL },
    { "SwarmLeave, forced", "POST", "/swarm/leave?force=1", NULL },
}, updates[] = {
    { "SwarmUpdate",   "POST", "/swarm/update",             "{}" },
    { "NodeUpdate",    "POST", "/nodes/plimsoll/update",    "{}" },
    { "ServiceUpdate", "POST", "/services/plimsoll/update", "{}" },
    { "SecretUpdate",  "POST", "/secrets/plimsoll/update",  "{}" },
    { "ConfigUpdate",  "POST", "/configs/plimsoll/update",  "{}" },
}, bad_bodies[] = {
    { "SwarmInit",     "POST", "/swarm/init",                         "{\"ListenAddr\": " },
    { "SwarmJoin",     "POST", "/swarm/join",                         "{\"ListenAddr\": " },
    { "SwarmUnlock",   "POST", "/swarm/unlock",                       "{" },
    { "SwarmUpdate",   "POST", "/swarm/update?version=1",             "{" },
    { "NodeUpdate",    "POST", "/nodes/plimsoll/update?version=1",    "{" },
    { "ServiceCreate", "POST", "/services/create",                    "{" },
    { "ServiceUpdate", "POST", "/services/plimsoll/update?version=1", "{" },
    { "SecretCreate",  "POST", "/secrets/create",                     "{" },
    { "SecretUpdate",  "POST", "/secrets/plimsoll/update?version=1",  "{" },
    { "ConfigCreate",  "POST", "/configs/create",                     "{" },
    { "ConfigUpdate",  "POST", "/configs/plimsoll/update?version=1",  "{" },
}, wrong_types[] = {
    { "SwarmInit",     "POST", "/swarm/init",             "[]" },
    { "SwarmJoin",     "POST", "/swarm/join",             "[]" },
    { "SwarmUpdate",   "POST", "/swarm/update?version=1", "[]" },
    { "ServiceCreate", "POST", "/services/create",        "[]" },
    { "SecretCreate",  "POST", "/secrets/create",         "[]" },
    { "ConfigCreate",  "POST", "/configs/create",         "[]" },
}, no_addresses[] = {
    { "SwarmInit", "POST", "/swarm/init", "{}" },
    { "SwarmJoin", "POST", "/swarm/join", "{}" },
}, lists[] = {
    { "NodeList",    "GET", "/nodes",    NULL },
    { "ServiceList", "GET", "/services", NULL },
    { "TaskList",    "GET", "/tasks",    NULL },
    { "SecretList",  "GET", "/secrets",  NULL },
    { "ConfigList",  "GET", "/configs",  NULL },
}, logs[] = {
    { "ServiceLogs", "GET", "/services/plimsoll/logs", NULL },
    { "TaskLogs",    "GET", "/tasks/plimsoll/logs",    NULL },
};
/* clang-format on */

static void outside_of_a_swarm_there_is_no_manager(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    need_no_swarm(s);
    struct exchange *x = when_method(s, row->method, row->body, "%s", row->path);

    then_refused(x, 503);
    then_error_mentions(x, "not a swarm manager");
}

static void who_is_in_no_swarm_cannot_leave(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    need_no_swarm(s);
    struct exchange *x = when_method(s, row->method, row->body, "%s", row->path);

    then_refused(x, 503);
    then_error_mentions(x, "not part of a swarm");
}

static void an_update_names_the_version(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    need_no_swarm(s);
    struct exchange *none = when_method(s, row->method, row->body, "%s", row->path),
                    *no_number = when_method(s, row->method, row->body, "%s?version=plimsoll", row->path);

    then_refused(none, 400);
    then_refused(no_number, 400);
}

static void a_bad_body_makes_no_swarm(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    need_no_swarm(s);
    struct exchange *x = when_method(s, row->method, row->body, "%s", row->path);

    then_refused(x, 400);
    then_no_swarm(s);
}

static void filters_that_are_no_json_are_refused(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    need_no_swarm(s);
    struct exchange *x = when_method(s, row->method, row->body, "%s?filters=plimsoll", row->path);

    then_refused(x, 400);
}

static void logs_need_a_stream(void **state)
{
    struct scene *s = *state;
    const struct request *row = s->row;

    need_no_swarm(s);
    struct exchange *x = when_method(s, row->method, row->body, "%s", row->path);

    then_refused(x, 500);
}

CASES(orchestration_swarm) = {
    CASE_ROWS("Swarm.not-manager", outside_of_a_swarm_there_is_no_manager, needs_manager),
    CASE_ROWS("Swarm.not-part", who_is_in_no_swarm_cannot_leave, leaves),
    CASE_ROWS("Swarm.bad-version", an_update_names_the_version, updates),
    CASE_ROWS("Swarm.bad-body", a_bad_body_makes_no_swarm, bad_bodies),
    CASE_ROWS("Swarm.wrong-type", a_bad_body_makes_no_swarm, wrong_types),
    CASE_ROWS("Swarm.no-address", a_bad_body_makes_no_swarm, no_addresses),
    CASE_ROWS("Swarm.bad-filters", filters_that_are_no_json_are_refused, lists),
    CASE_ROWS("Swarm.no-stream", logs_need_a_stream, logs),
    CASE_END,
};
