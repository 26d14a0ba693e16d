/* container/remove.c - removal, alone and by the dozen; renaming; update. */
#include "container/internal.h"
#include "container/shape.h"

#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "events/events.h"
#include "runtime/runtime.h"
#include "volume/volume.h"

static int refuse_running(struct container *c, const struct state *s, struct error *err)
{
    scoped_free char *name = container_name(c);

    if (s->paused)
        return error_set(err, ERR_CONFLICT,
                         "cannot remove container \"%s\": container is paused and must be unpaused first",
                         name);
    return error_set(
        err, ERR_CONFLICT,
        "cannot remove container \"%s\": container is %s: stop the container before removing or force "
        "remove",
        name, state_name(s));
}

static void remove_anonymous(struct container *c)
{
    json_t *m;
    size_t i;

    json_array_foreach (c->mounts, i, m) {
        const char *name = json_str_at(m, "Name", NULL);

        if (name && volume_is_anonymous(c->all->volumes, name))
            volume_remove(c->all->volumes, name, false, NULL); /* one that another container holds stays */
    }
}

static void set_removing(struct container *c, bool removing, bool dead)
{
    pthread_mutex_lock(&c->lock);
    c->state.removing = removing;
    c->state.dead = dead;
    pthread_mutex_unlock(&c->lock);
}

static void leave_index(struct container *c)
{
    pthread_mutex_lock(&c->all->lock);
    index_remove(c->all->index, c->id);
    pthread_mutex_unlock(&c->all->lock);
    pthread_mutex_lock(&c->lock);
    c->gone = true;
    waits_notify(c, true);
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

int remove_moving(struct container *c, const struct container_remove *how, struct error *err)
{
    scoped_free char *dir = container_dir(c, NULL), *run = container_run_dir(c);

    set_removing(c, true, false);
    container_save(c, NULL);
    attaches_drop(c);
    rootfs_drop(c);
    if (tree_remove(dir, err) < 0 || tree_remove(run, err) < 0 ||
        store_remove(c->all->store, c->id, err) < 0) {
        set_removing(c, false, true);
        return error_wrap(err, "container %s: driver \"overlay2\" failed to remove root filesystem", c->id);
    }
    mounts_release(c->all, c->id, c->mounts);
    if (how->volumes)
        remove_anonymous(c);
    execs_remove(c);
    leave_index(c);
    container_event(c, "destroy", NULL);
    container_unref(c); /* the index's */
    return 0;
}

int container_remove(struct container *c, const struct container_remove *how, struct error *err)
{
    bool killed = false;
    struct state s;
    int rc;

    if (how->link)
        return error_set(err, ERR_SYSTEM, "Conflict, cannot remove the default link name of the container");
    for (;;) {
        if (move_begin(c, killed ? NULL : err) < 0)
            return killed ? 0 : -1; /* one that removes itself at its end was faster */
        s = container_state(c);
        if (!s.running)
            break;
        move_end(c);
        if (!how->force)
            return refuse_running(c, &s, err);
        if (kill_waiting(c, err) < 0)
            return error_wrap(err, "cannot remove container: could not kill container");
        killed = true;
    }
    rc = remove_moving(c, how, err);
    move_end(c);
    return rc;
}

/* -- prune -- */

static bool prunable(struct container *c, const struct filters *f, nanos until)
{
    scoped(json_decref) json_t *config = container_config(c, NULL);
    const json_t *labels = json_object_get(config, "Labels");

    return !container_state(c).running && (until == 0 || c->created <= until) &&
           filters_match_labels(f, "label", labels) && filters_match_labels(f, "label!", labels);
}

static int prune_one(struct container *c, int64_t *space)
{
    scoped_free char *upper = container_dir(c, "upper");
    int64_t size = 0;

    tree_size(upper, &size, NULL);
    if (container_remove(c, &(struct container_remove){ .force = false }, NULL) < 0)
        return -1;
    *space += size;
    return 0;
}

int container_prune(struct containers *all, const struct filters *filters, json_t **ret, struct error *err)
{
    size_t count;
    struct container **list;
    json_t *deleted = json_array();
    int64_t space = 0;
    nanos until = 0;
    char reclaimed[24];

    if (filters_has(filters, "until") &&
        !clock_parse_query(filters_value(filters, "until", 0), clock_now(), &until)) {
        json_decref(deleted);
        return error_set(err, ERR_INVALID, "invalid until filter: %s", filters_value(filters, "until", 0));
    }
    list = containers_snapshot(all, &count);
    for (size_t i = 0; i < count; i++) {
        if (prunable(list[i], filters, until) && prune_one(list[i], &space) == 0)
            json_array_append_new(deleted, json_string(list[i]->id));
        container_unref(list[i]);
    }
    free(list);
    snprintf(reclaimed, sizeof(reclaimed), "%lld", (long long)space);
    events_publish(all->events, "container", "prune", "", json_pack("{s:s}", "reclaimed", reclaimed));
    *ret = json_pack("{s:o, s:I}", "ContainersDeleted",
                     json_array_size(deleted) ? json_incref(deleted) : json_null(), "SpaceReclaimed",
                     (json_int_t)space);
    json_decref(deleted);
    return 0;
}

/* -- rename -- */

static int rename_in_index(struct container *c, const char *name, struct error *err)
{
    int rc;

    pthread_mutex_lock(&c->all->lock);
    rc = index_rename(c->all->index, c->id, name, err);
    pthread_mutex_unlock(&c->all->lock);
    return rc;
}

static int rename_moving(struct container *c, const char *name, char **old, struct error *err)
{
    scoped_free char *slashed = NULL;

    *old = container_name(c);
    if (str_eq(*old, name))
        return error_set(err, ERR_INVALID, "Renaming a container with the same name as its current name");
    slashed = xasprintf("/%s", name);
    if (name_check(c->all, name, slashed, err) < 0)
        return error_wrap(err, "Error when allocating new name");
    if (rename_in_index(c, name, err) < 0)
        return name_check(c->all, name, slashed, err) < 0 ? error_wrap(err, "Error when allocating new name")
                                                          : -1;
    pthread_mutex_lock(&c->lock);
    free(c->name);
    c->name = xstrdup(name);
    pthread_mutex_unlock(&c->lock);
    networks_renamed(c);
    return container_save(c, err);
}

int container_rename(struct container *c, const char *name, struct error *err)
{
    const char *bare = name && name[0] == '/' ? name + 1 : name;
    scoped_free char *old = NULL, *slashed = NULL;
    int rc;

    if (str_empty(bare))
        return error_set(err, ERR_INVALID, "Neither old nor new names may be empty");
    if (move_begin(c, err) < 0)
        return -1;
    rc = rename_moving(c, bare, &old, err);
    move_end(c);
    if (rc < 0)
        return -1;
    slashed = xasprintf("/%s", old);
    container_event(c, "rename", json_pack("{s:s}", "oldName", slashed));
    return 0;
}

/* -- update -- */

/* What is 0, empty or null stays as it is; but an empty list of devices says that there shall be no rules for any. */
static bool says_something(const char *key, const json_t *v)
{
    if (json_is_array(v))
        return str_starts(key, "Blkio");
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_INTEGER:
        return json_integer_value(v) != 0;
    case JSON_STRING:
        return json_string_length(v) != 0;
    case JSON_TRUE:
        return true;
    case JSON_OBJECT:
        return json_str_at(v, "Name", "")[0] != '\0';
    default:
        return false;
    }
}

static json_t *updated(const json_t *host_config, const json_t *update)
{
    json_t *copy = json_copy((json_t *)host_config), *value;
    const char *key;

    json_object_foreach ((json_t *)update, key, value)
        if (says_something(key, value))
            json_object_set(copy, key, value);
    return copy;
}

/* The kernel keeps a rule until another one of the same device comes: those that are not wanted any more get the rate 0, which is
 * none. */
static json_t *with_ended_rules(const json_t *update, const json_t *old)
{
    json_t *copy = json_copy((json_t *)update), *list;
    const char *key;

    json_object_foreach ((json_t *)update, key, list) {
        json_t *all, *rule;
        size_t i;

        if (!str_starts(key, "BlkioDevice") || !json_is_array(list))
            continue;
        all = json_array();
        json_array_foreach (json_object_get(old, key), i, rule)
            json_array_append_new(all,
                                  json_pack("{s:s, s:i}", "Path", json_str_at(rule, "Path", ""), "Rate", 0));
        json_array_extend(all, list); /* the later one of a device counts */
        json_object_set_new(copy, key, all);
    }
    return copy;
}

static int update_moving(struct container *c, const json_t *update, struct error *err)
{
    scoped(json_decref) json_t *old = NULL;
    scoped(json_decref) json_t *next = NULL;
    scoped(json_decref) json_t *change = NULL;
    scoped(json_decref) json_t *config = container_config(c, &old);
    struct state s = container_state(c);

    (void)config;
    if (s.removing || s.dead)
        return error_set(err, ERR_CONFLICT, "cannot update container %s: container is marked for removal",
                         c->id);
    if (json_str_at(update, "RestartPolicy.Name", "")[0] && json_bool_at(old, "AutoRemove", false) &&
        !str_eq(json_str_at(update, "RestartPolicy.Name", ""), "no"))
        return error_set(err, ERR_CONFLICT,
                         "Restart policy cannot be updated because AutoRemove is enabled for the container");
    next = updated(old, update);
    if (json_int_at(next, "NanoCpus", 0) && json_int_at(update, "CpuQuota", 0))
        return error_set(err, ERR_CONFLICT,
                         "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already "
                         "been set");
    if (resources_validate(c->all, next, err) < 0)
        return error_wrap(err, "cannot update container %s", c->id);
    change = with_ended_rules(update, old);
    if (s.running && !s.restarting && runtime_update(c->all->runtimes, as_runtime_knows(c), change, err) < 0)
        return error_wrap(err, "cannot update container %s", c->id);
    pthread_mutex_lock(&c->lock);
    json_decref(c->host_config);
    c->host_config = json_incref(next);
    pthread_mutex_unlock(&c->lock);
    return container_save(c, err);
}

int container_update(struct container *c, const json_t *body, int api_version, json_t **warnings,
                     struct error *err)
{
    scoped(json_decref) json_t *update = NULL;
    scoped(json_decref) json_t *said = json_array();
    int rc;

    if (shape_fill(body, update_shape, "", &update, err) < 0)
        return -1;
    update_gates(update, api_version);
    host_config_warn(c->all, update, said);
    if (restart_policy_validate(update, err) < 0 || resources_validate(c->all, update, err) < 0 ||
        move_begin(c, err) < 0)
        return -1;
    rc = update_moving(c, update, err);
    move_end(c);
    if (rc < 0)
        return -1;
    container_event(c, "update", NULL);
    *warnings = json_array_size(said) ? json_incref(said) : json_null();
    return 0;
}
