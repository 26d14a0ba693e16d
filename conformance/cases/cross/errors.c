/* cases/cross/errors.c - how an engine refuses, whatever it was asked. */
#include "harness/then/then.h"

#include <string.h>

static const struct refusal {
    const char *label, *method, *path;
    int status;
} refusals[] = {
    {"unknown path",          "GET",    "/plimsoll-none",                 404},
    { "unknown below known",  "GET",    "/containers/a/plimsoll-none",    404},
    { "no container",         "GET",    "/containers/plimsoll-none/json", 404},
    { "no container, POST",   "POST",   "/containers/plimsoll-none/stop", 404},
    { "no container, DELETE", "DELETE", "/containers/plimsoll-none",      404},
    { "no exec",              "GET",    "/exec/plimsoll-none/json",       404},
    { "no image",             "GET",    "/images/plimsoll-none/json",     404},
    { "no image, DELETE",     "DELETE", "/images/plimsoll-none",          404},
    { "no network",           "GET",    "/networks/plimsoll-none",        404},
    { "no network, DELETE",   "DELETE", "/networks/plimsoll-none",        404},
    { "no volume",            "GET",    "/volumes/plimsoll-none",         404},
    { "no volume, DELETE",    "DELETE", "/volumes/plimsoll-none",         404},
};

static void a_refusal_is_json_with_a_message(void **state)
{
    struct scene *s = *state;
    const struct refusal *row = s->row;

    struct exchange *x =
        when_sent(s, NULL, &(struct wire_request){ .method = row->method, .path = row->path }, NULL);

    then_status(x, row->status);
    then_content_type(x, "application/json");
    then_json_is_string(x, "message");
    then_json_not_empty(x, "message");
}

static const struct wrong_method {
    const char *label, *method, *path;
} wrong_methods[] = {
    {"DELETE of a version",    "DELETE", "/version"          },
    { "POST to info",          "POST",   "/info"             },
    { "PUT to the containers", "PUT",    "/containers/json"  },
    { "PATCH of the images",   "PATCH",  "/images/json"      },
    { "GET of what creates",   "GET",    "/containers/create"},
};

static void a_method_that_a_path_has_not_is_not_found(void **state)
{
    struct scene *s = *state;
    const struct wrong_method *row = s->row;

    struct exchange *x =
        when_sent(s, NULL, &(struct wire_request){ .method = row->method, .path = row->path }, NULL);

    then_refused(x, 404);
}

/* Bodies that no engine takes. NAME is a new name, that nothing may have afterwards; LABELS are the scene's, for the
 * sweep behind an engine that takes it all the same. */
static const struct bad_body {
    const char *label, *path, *type, *body, *there;
} bad_bodies[] = {
    {"volume, cut short", "/volumes/create", "application/json", "{\"Name\": \"NAME\"", "/volumes/NAME"},
    {"volume, no JSON", "/volumes/create", "application/json", "Name=NAME", "/volumes/NAME"},
    {"network, cut short", "/networks/create", "application/json", "{\"Name\": \"NAME\"", "/networks/NAME"},
    {"network, no JSON", "/networks/create", "application/json", "Name=NAME", "/networks/NAME"},
}, wrong_types[] = {
    {"volume, an array", "/volumes/create", "application/json", "[\"NAME\"]", "/volumes/NAME"},
    {"volume, a label that is a number", "/volumes/create", "application/json", "{\"Name\": \"NAME\", \"Labels\": {\"a\": 5}}", "/volumes/NAME"},
    {"volume, a driver that is a number", "/volumes/create", "application/json", "{\"Name\": \"NAME\", \"Labels\": LABELS, \"Driver\": 5}", "/volumes/NAME"},
    {"network, an array", "/networks/create", "application/json", "[\"NAME\"]", "/networks/NAME"},
    {"network, a text for a boolean", "/networks/create", "application/json", "{\"Name\": \"NAME\", \"Labels\": LABELS, \"Internal\": \"yes\"}", "/networks/NAME"},
}, wrong_content[] = {
    {"volume, text", "/volumes/create", "text/plain", "{\"Name\": \"NAME\", \"Labels\": LABELS}", "/volumes/NAME"},
    {"volume, a form", "/volumes/create", "application/x-www-form-urlencoded", "{\"Name\": \"NAME\", \"Labels\": LABELS}", "/volumes/NAME"},
    {"network, text", "/networks/create", "text/plain", "{\"Name\": \"NAME\", \"Labels\": LABELS}", "/networks/NAME"},
    {"container, text", "/containers/create", "text/plain", "{\"Image\": \"NAME\"}", "/containers/NAME/json"},
}, trailing[] = {
    {"volume", "/volumes/create", "application/json", "{\"Name\": \"NAME\", \"Labels\": LABELS} more", "/volumes/NAME"},
    {"network", "/networks/create", "application/json", "{\"Name\": \"NAME\", \"Labels\": LABELS} {}", "/networks/NAME"},
};

static const char *labels_as_json(struct scene *s)
{
    return scene_printf(s, "{\"plimsoll.run\": \"%s\", \"plimsoll.case\": \"%s\"}", s->run, s->case_name);
}

static const char *replaced(struct scene *s, const char *text, const char *word, const char *by)
{
    const char *at = strstr(text, word);

    return at ? scene_printf(s, "%.*s%s%s", (int)(at - text), text, by, at + strlen(word)) : text;
}

static const char *filled_in(struct scene *s, const char *template, const char *name)
{
    return replaced(s, replaced(s, template, "NAME", name), "LABELS", labels_as_json(s));
}

static void a_bad_body_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_body *row = s->row;
    const char *name = scene_unique_name(s, "bad");

    struct exchange *x = when_post_text(s, row->type, filled_in(s, row->body, name), "%s", row->path);

    then_refused(x, 400);
    then_not_found(s, "%s", filled_in(s, row->there, name));
}

static const struct bad_create {
    const char *label, *body;
} bad_creates[] = {
    {"nothing",           NULL                                              },
    { "cut short",        "{\"Image\": \"plimsoll-none\""                   },
    { "no JSON",          "Image=plimsoll-none"                             },
    { "Cmd is a number",  "{\"Image\": \"plimsoll-none\", \"Cmd\": 5}"      },
    { "Env is an object", "{\"Image\": \"plimsoll-none\", \"Env\": {}}"     },
    { "Tty is a text",    "{\"Image\": \"plimsoll-none\", \"Tty\": \"yes\"}"},
    { "more behind",      "{\"Image\": \"plimsoll-none\"} more"             },
};

static void a_container_of_a_bad_body_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad_create *row = s->row;
    const char *name = scene_unique_name(s, "bad");

    struct exchange *x = when_post_text(s, "application/json", row->body, "/containers/create?name=%s", name);

    then_refused(x, 400);
    then_not_found(s, "/containers/%s/json", name);
}

static void a_network_needs_a_body(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_post_text(s, "application/json", NULL, "/networks/create");

    then_refused(x, 400);
}

static void a_content_type_may_have_parameters(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "v");
    const char *body = scene_printf(s, "{\"Name\": \"%s\", \"Labels\": %s}", name, labels_as_json(s));

    struct exchange *x = when_post_text(s, "application/json; charset=utf-8", body, "/volumes/create");

    then_status(x, 201);
    then_json(x, "Name", name);
}

static void members_that_nobody_knows_are_ignored(void **state)
{
    struct scene *s = *state;
    const char *name = scene_unique_name(s, "v");

    scene_sends_unknown(s);
    struct exchange *x = when_post_json(
        s, json_of("{'Name': '%s', 'PlimsollNone': {'a': [1]}, 'plimsoll': null}", name), "/volumes/create");

    then_status(x, 201);
    then_found(s, "/volumes/%s", name);
}

static const struct list {
    const char *label, *path;
} lists[] = {
    {"containers", "/containers/json"},
    { "images",    "/images/json"    },
    { "networks",  "/networks"       },
    { "volumes",   "/volumes"        },
};

static void a_filter_that_is_unknown_is_refused(void **state)
{
    struct scene *s = *state;
    const struct list *row = s->row;

    struct exchange *x = when_get(s, "%s?filters=%s", row->path, query_json(s, "{'plimsoll-none': ['x']}"));

    then_refused(x, 400);
    then_error_mentions(x, "plimsoll-none");
}

static void filters_that_are_no_json_are_refused(void **state)
{
    struct scene *s = *state;
    const struct list *row = s->row;

    struct exchange *x = when_get(s, "%s?filters=plimsoll", row->path);

    then_refused(x, 400);
}

CASES(cross_errors) = {
    CASE_ROWS("Errors.form", a_refusal_is_json_with_a_message, refusals),
    CASE_ROWS("Errors.method", a_method_that_a_path_has_not_is_not_found, wrong_methods),
    CASE_ROWS("Errors.bad-json", a_bad_body_is_refused, bad_bodies),
    CASE_ROWS("Errors.wrong-type", a_bad_body_is_refused, wrong_types),
    CASE_ROWS("Errors.content-type", a_bad_body_is_refused, wrong_content),
    CASE_ROWS("Errors.trailing", a_bad_body_is_refused, trailing),
    CASE_ROWS("Errors.create-body", a_container_of_a_bad_body_is_refused, bad_creates),
    CASE("Errors.empty-body", a_network_needs_a_body),
    CASE("Errors.content-type-parameters", a_content_type_may_have_parameters),
    CASE("Errors.unknown-members", members_that_nobody_knows_are_ignored),
    CASE_ROWS("Errors.unknown-filter", a_filter_that_is_unknown_is_refused, lists),
    CASE_ROWS("Errors.bad-filters", filters_that_are_no_json_are_refused, lists),
    CASE_END,
};
