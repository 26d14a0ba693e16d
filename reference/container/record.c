/* container/record.c - a container as a JSON record, and back. */
#include "container/internal.h"

#include "base/path.h"

static void put_time(json_t *o, const char *path, nanos t)
{
    char text[CLOCK_TEXT_MAX];

    clock_format(t, text);
    json_put(o, path, json_string(text));
}

static nanos get_time(const json_t *o, const char *path)
{
    nanos t = 0;

    clock_parse(json_str_at(o, path, ""), &t);
    return t;
}

static void put_state(json_t *record, const struct state *s)
{
    json_put(record, "State.Running", json_boolean(s->running));
    json_put(record, "State.Paused", json_boolean(s->paused));
    json_put(record, "State.Restarting", json_boolean(s->restarting));
    json_put(record, "State.OOMKilled", json_boolean(s->oom_killed));
    json_put(record, "State.Dead", json_boolean(s->dead));
    json_put(record, "State.Removing", json_boolean(s->removing));
    json_put(record, "State.Pid", json_integer(s->pid));
    json_put(record, "State.ExitCode", json_integer(s->exit_code));
    json_put_str(record, "State.Error", s->error ? s->error : "");
    put_time(record, "State.StartedAt", s->started);
    put_time(record, "State.FinishedAt", s->finished);
}

static json_t *to_record(struct container *c)
{
    json_t *r = json_object();

    json_put_str(r, "Id", c->id);
    put_time(r, "Created", c->created);
    json_put_str(r, "Name", c->name);
    json_put_str(r, "Image", c->image_id);
    json_put_str(r, "Path", c->path);
    json_object_set_new(r, "Args", json_deep_copy(c->args));
    json_object_set_new(r, "Config", json_deep_copy(c->config));
    json_object_set_new(r, "HostConfig", json_deep_copy(c->host_config));
    json_object_set_new(r, "Mounts", json_deep_copy(c->mounts));
    json_object_set_new(r, "Asked", json_deep_copy(c->asked));
    json_object_set_new(r, "Networks", json_deep_copy(c->networks));
    json_object_set_new(r, "Ports", json_deep_copy(c->ports));
    if (c->netns)
        json_put_str(r, "Netns", c->netns);
    put_state(r, &c->state);
    json_put(r, "RestartCount", json_integer(c->restart_count));
    json_put(r, "StartedBefore", json_boolean(c->started_before));
    json_put(r, "ManuallyStopped", json_boolean(c->manually_stopped));
    return r;
}

int container_save(struct container *c, struct error *err)
{
    scoped(json_decref) json_t *record = NULL;

    pthread_mutex_lock(&c->lock);
    record = to_record(c);
    pthread_mutex_unlock(&c->lock);
    return store_put(c->all->store, c->id, record, err);
}

static void get_state(const json_t *r, struct state *s)
{
    s->running = json_bool_at(r, "State.Running", false);
    s->paused = json_bool_at(r, "State.Paused", false);
    s->restarting = json_bool_at(r, "State.Restarting", false);
    s->oom_killed = json_bool_at(r, "State.OOMKilled", false);
    s->dead = json_bool_at(r, "State.Dead", false);
    s->removing = json_bool_at(r, "State.Removing", false);
    s->pid = (pid_t)json_int_at(r, "State.Pid", 0);
    s->exit_code = (int)json_int_at(r, "State.ExitCode", 0);
    if (json_str_at(r, "State.Error", "")[0])
        s->error = xstrdup(json_str_at(r, "State.Error", ""));
    s->started = get_time(r, "State.StartedAt");
    s->finished = get_time(r, "State.FinishedAt");
}

static json_t *own(const json_t *record, const char *name, json_t *otherwise)
{
    json_t *v = json_object_get(record, name);

    if (!v || json_typeof(v) != json_typeof(otherwise))
        return otherwise;
    json_decref(otherwise);
    return json_incref(v);
}

struct container *container_load(struct containers *all, const char *id, const json_t *record,
                                 struct error *err)
{
    struct container *c;

    if (!id_is_full(id) || !str_eq(json_str_at(record, "Id", ""), id) ||
        !json_str_at(record, "Name", "")[0]) {
        error_set(err, ERR_INVALID, "the record of container %s is none", id);
        return NULL;
    }
    c = container_new(all, id);
    c->created = get_time(record, "Created");
    c->name = xstrdup(json_str_at(record, "Name", ""));
    c->image_id = xstrdup(json_str_at(record, "Image", ""));
    c->path = xstrdup(json_str_at(record, "Path", ""));
    c->args = own(record, "Args", json_array());
    c->config = own(record, "Config", json_object());
    container_set_host_config(c, own(record, "HostConfig", json_object()));
    c->mounts = own(record, "Mounts", json_array());
    c->asked = own(record, "Asked", json_object());
    c->networks = own(record, "Networks", json_object());
    c->ports = own(record, "Ports", json_object());
    if (json_str_at(record, "Netns", NULL))
        c->netns = xstrdup(json_str_at(record, "Netns", NULL));
    get_state(record, &c->state);
    c->restart_count = json_int_at(record, "RestartCount", 0);
    c->started_before = json_bool_at(record, "StartedBefore", false);
    c->manually_stopped = json_bool_at(record, "ManuallyStopped", false);
    if (c->image_id[0] && image_store_find(all->images, c->image_id, &c->image, NULL) < 0)
        c->image = NULL;
    mounts_hold_images(c);
    return c;
}
