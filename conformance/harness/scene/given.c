/* scene/given.c - given_*: what a case finds, made by requests that must succeed. */
#include "harness/scene/json.h"
#include "harness/scene/scene_inside.h"
#include "harness/wire/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- images
 * -------------------------------------------------------------------------------------------------------------
 */

const char *given_image(struct scene *s, const char *fixture)
{
    char name[128], why[512];
    char *archive;
    struct wire_request load = { .method = "POST",
                                 .path = "/images/load",
                                 .content_type = "application/x-tar" };

    run_image_name(s->run, fixture, name, sizeof name);
    if (scene_look(s, "/images/%s/json", name)->status == 200)
        return scene_printf(s, "%s", name);
    archive = run_image_archive(s->inside->context, fixture, why, sizeof why);
    if (!archive)
        case_blocked(s, "%s", why);
    load.body_file = scene_keep(s, archive);
    scene_send(s, SENT_BY_SCENE, NULL, &load, NULL);
    unlink(archive);
    scene_need(s, scene_look(s, "/images/%s/json", name), 200, 0, "the probe's image");
    return scene_printf(s, "%s", name);
}

static const char *probe_image(struct scene *s)
{
    if (!s->inside->image)
        s->inside->image = strdup(given_image(s, "probe"));
    return s->inside->image;
}

const char *own_image_archive(struct scene *s, const char *repository, const char *tag, json_t *config)
{
    char why[512];
    const char *name = repository ? scene_printf(s, "%s:%s", repository, tag) : NULL;
    json_t *labels = json_of(
        "{'plimsoll.run': '%s', 'plimsoll.case': '%s', 'plimsoll.scene': '%s', 'plimsoll.number': '%u'}",
        s->run, s->case_name, strchr(scene_label(s), '=') + 1, ++s->inside->next_number);
    char *file =
        image_archive_derive(scene_fixture(s, "images/probe.tar"), name, config, labels, why, sizeof why);

    json_decref(labels);
    json_decref(config);
    if (!file)
        case_blocked(s, "%s", why);
    scene_keep(s, file);
    json_array_append_new(s->inside->temporary, json_string(file));
    return file;
}

const char *given_own_image(struct scene *s, const char *repository, const char *tag, json_t *config)
{
    struct wire_request load = { .method = "POST",
                                 .path = "/images/load",
                                 .content_type = "application/x-tar" };
    const struct exchange *x;

    load.body_file = own_image_archive(s, repository, tag, config);
    scene_need(s, scene_send(s, SENT_BY_SCENE, NULL, &load, NULL), 200, 0, "loading an image");
    x = scene_look(s, "/images/%s:%s/json", repository, tag);
    scene_need(s, x, 200, 0, "an image of its own");
    return scene_printf(s, "%s", json_string_value(json_object_get(x->json, "Id")));
}

/* By its number, which is looked for here: not every engine can filter by two labels. */
static const char *id_of_number(const json_t *images, const char *number)
{
    const json_t *image;
    size_t i;

    json_array_foreach (images, i, image) {
        const char *got = json_string_value(json_at(image, "Labels.plimsoll\\.number"));
        if (got && strcmp(got, number) == 0)
            return json_string_value(json_at(image, "Id"));
    }
    return NULL;
}

const char *given_untagged_image(struct scene *s, json_t *config)
{
    struct wire_request load = { .method = "POST",
                                 .path = "/images/load",
                                 .content_type = "application/x-tar" };
    const struct exchange *x;
    const char *number, *id;

    load.body_file = own_image_archive(s, NULL, NULL, config);
    number = scene_printf(s, "%u", s->inside->next_number);
    scene_need(s, scene_send(s, SENT_BY_SCENE, NULL, &load, NULL), 200, 0, "loading an image");
    x = scene_look(s, "/images/json?filters=%s", query_json(s, "{'label': ['%s']}", scene_label(s)));
    scene_need(s, x, 200, 0, "the list of images");
    id = id_of_number(x->json, number);
    if (!id)
        case_blocked(s, "an image without a name: it is not in the list");
    return scene_printf(s, "%s", id);
}

const char *compressed_file(struct scene *s, const char *file)
{
    char why[512], *ret = file_compress(file, why, sizeof why);

    if (!ret)
        case_blocked(s, "%s", why);
    scene_keep(s, ret);
    json_array_append_new(s->inside->temporary, json_string(ret));
    return ret;
}

/* --- bodies
 * -------------------------------------------------------------------------------------------------------------
 */

static json_t *command_of_probe(json_t *words)
{
    json_t *ret = json_object();

    json_array_insert_new(words, 0, json_string("/bin/probe"));
    json_object_set_new(ret, "Image", json_string(probe_image(scene_current())));
    json_object_set_new(ret, "Cmd", words);
    return ret;
}

json_t *a_probe(const char *template, ...)
{
    json_t *words;
    va_list args;

    va_start(args, template);
    words = json_from_template(template, args);
    va_end(args);
    if (!json_is_array(words))
        case_fault(scene_current(), "a_probe() wants an array of words, not %s", template);
    return command_of_probe(words);
}

#define ATTACHED                                                                                             \
    "'OpenStdin': true, 'StdinOnce': true, 'AttachStdin': true, 'AttachStdout': true, 'AttachStderr': true"

static const struct shape {
    const char *name, *words, *more;
} shapes[] = {
    {"sleeper",   "['sleep', 'forever']",                               "{}"                         },
    { "catcher",  "['signals', 'TERM=3', 'INT=4', 'USR1=5', 'USR2=6']", "{}"                         },
    { "deaf",     "['stubborn']",                                       "{}"                         },
    { "echoer",   "['cat']",                                            "{" ATTACHED "}"             },
    { "terminal", "['cat']",                                            "{" ATTACHED ", 'Tty': true}"},
    { "talker",   "['alternate', '3']",                                 "{}"                         },
    { "ticker",   "['tick', 'forever', '100']",                         "{}"                         },
    { "failing",  "['exit', '7']",                                      "{}"                         },
};

/* Of a table's template, which takes no arguments. */
static json_t *plain(const char *template, ...)
{
    va_list args;
    json_t *ret;

    va_start(args, template);
    ret = json_from_template(template, args);
    va_end(args);
    return ret;
}

json_t *a_container(const char *shape)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i].name, shape) == 0) {
            json_t *ret = command_of_probe(plain(shapes[i].words)), *more = plain(shapes[i].more);
            json_object_update(ret, more);
            json_decref(more);
            return ret;
        }
    case_fault(scene_current(), "there is no container of the shape '%s'", shape);
}

/* --- containers
 * ---------------------------------------------------------------------------------------------------------
 */

/* The id in the answer, kept with the name that the object was given. */
static const char *remember(struct scene *s, const struct exchange *x, const char *member, const char *name)
{
    const char *id = json_string_value(json_object_get(x->json, member));

    if (!id || !*id)
        case_blocked(s, "%s %s gives no %s", x->method, x->path, member);
    json_object_set_new(s->inside->names, id, json_string(name));
    return scene_printf(s, "%s", id);
}

static const char *remembered_name(struct scene *s, const char *id)
{
    const char *name = json_string_value(json_object_get(s->inside->names, id));

    if (!name)
        case_fault(s, "no given_* made '%s'", id);
    return name;
}

const char *given_created(struct scene *s, json_t *body)
{
    const char *name = scene_unique_name(s, "c");
    const struct exchange *x = scene_ask(s, "POST", body, "/containers/create?name=%s", name);

    scene_need(s, x, 201, 0, "a container");
    return remember(s, x, "Id", name);
}

const char *given_running(struct scene *s, json_t *body)
{
    const char *id = given_created(s, body);

    scene_need(s, scene_ask(s, "POST", NULL, "/containers/%s/start", id), 204, 0, "a running container");
    return id;
}

const char *given_exited(struct scene *s, json_t *body)
{
    const char *id = given_running(s, body);

    if (!wait_until_container_is(s, id, "exited"))
        case_blocked(s, "a container that has ended: it did not end");
    return id;
}

const char *given_container(struct scene *s, const char *shape)
{
    return given_created(s, a_container(shape));
}

const char *given_ready(struct scene *s, json_t *body)
{
    const char *id = given_running(s, body);

    if (!wait_for_log(s, id, "ready"))
        case_blocked(s, "a container that is ready: it does not say so");
    return id;
}

const char *given_running_container(struct scene *s, const char *shape)
{
    /* these are what they are only once they have said so */
    bool tells = strcmp(shape, "deaf") == 0 || strcmp(shape, "catcher") == 0;

    return tells ? given_ready(s, a_container(shape)) : given_running(s, a_container(shape));
}

const char *given_exited_container(struct scene *s, const char *shape)
{
    bool ends = strcmp(shape, "talker") == 0 || strcmp(shape, "failing") == 0;
    const char *id;

    if (ends)
        return given_exited(s, a_container(shape));
    id = given_running_container(s, shape);
    scene_need(s, scene_ask(s, "POST", NULL, "/containers/%s/stop?t=1", id), 204, 304, "a stopped container");
    if (!wait_until_container_is(s, id, "exited"))
        case_blocked(s, "a container that has ended: it did not end");
    return id;
}

const char *given_paused_container(struct scene *s, const char *shape)
{
    const char *id = given_running_container(s, shape);

    scene_need(s, scene_ask(s, "POST", NULL, "/containers/%s/pause", id), 204, 0, "a paused container");
    return id;
}

const char *given_name_of(struct scene *s, const char *container)
{
    return remembered_name(s, container);
}

void given_removed(struct scene *s, const char *container)
{
    scene_need(s, scene_ask(s, "DELETE", NULL, "/containers/%s?force=1&v=1", container), 204, 404,
               "removing a container");
    if (!wait_until_container_gone(s, container))
        case_blocked(s, "a container that is gone: it is still there");
}

const char *given_exec(struct scene *s, const char *container, json_t *body)
{
    const struct exchange *x = scene_ask(s, "POST", body, "/containers/%s/exec", container);

    scene_need(s, x, 201, 0, "an exec session");
    return remember(s, x, "Id", "exec");
}

/* --- volumes and networks
 * ------------------------------------------------------------------------------------------------ */

static json_t *named(const char *name, json_t *more)
{
    json_t *ret = json_object();

    json_object_set_new(ret, "Name", json_string(name));
    if (more)
        json_object_update(ret, more);
    json_decref(more);
    return ret;
}

const char *given_volume(struct scene *s, json_t *body)
{
    json_t *whole = named(scene_unique_name(s, "v"), body);
    const char *name = scene_printf(s, "%s", json_string_value(json_object_get(whole, "Name")));

    scene_need(s, scene_ask(s, "POST", whole, "/volumes/create"), 201, 0, "a volume");
    return name;
}

const char *given_network(struct scene *s, json_t *body)
{
    json_t *whole = named(scene_unique_name(s, "n"), body);
    const char *name = scene_printf(s, "%s", json_string_value(json_object_get(whole, "Name")));
    const struct exchange *x = scene_ask(s, "POST", whole, "/networks/create");

    scene_need(s, x, 201, 0, "a network");
    return remember(s, x, "Id", name);
}

const char *given_network_name(struct scene *s, const char *network)
{
    return remembered_name(s, network);
}

/* --- looks
 * --------------------------------------------------------------------------------------------------------------
 */

const json_t *given_inspect(struct scene *s, const char *container)
{
    const struct exchange *x = scene_look(s, "/containers/%s/json", container);

    scene_need(s, x, 200, 0, "what a container is");
    if (!json_is_object(x->json))
        case_blocked(s, "GET %s gives no object", x->path);
    return x->json;
}

const char *given_endpoint(struct scene *s, const char *container, const char *network, const char *member)
{
    return json_string_value(
        json_at(given_inspect(s, container),
                scene_printf(s, "NetworkSettings.Networks.%s.%s", given_network_name(s, network), member)));
}

const json_t *given_get(struct scene *s, const char *format, ...)
{
    const struct exchange *x;
    va_list args;

    va_start(args, format);
    x = scene_look(s, "%s", scene_vprintf(s, format, args));
    va_end(args);
    scene_need(s, x, 200, 0, "what there is");
    if (!x->json)
        case_blocked(s, "GET %s gives no JSON", x->path);
    return x->json;
}
