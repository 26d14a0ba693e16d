/* container/containers.c - all containers: found by name, kept on disk, counted. */
#include "container/internal.h"

#include <limits.h>
#include <string.h>

#include "base/path.h"
#include "events/events.h"
#include "runtime/runtime.h"

/* A watcher waits, and now and then restarts: its stack is mapped, not used. A sanitizer needs more. */
#define THREAD_STACK (512u << 10)

struct container *container_new(struct containers *all, const char *id)
{
    struct container *c = new_zeroed(struct container);

    atomic_init(&c->refs, 1);
    c->all = all;
    memcpy(c->id, id, ID_LENGTH);
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->root_lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    return c;
}

struct container *container_ref(struct container *c)
{
    atomic_fetch_add(&c->refs, 1);
    return c;
}

struct container *container_unref(struct container *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return NULL;
    image_unref(c->image);
    mounts_drop_images(c);
    json_decref(c->args);
    json_decref(c->mounts);
    json_decref(c->config);
    json_decref(c->host_config);
    json_decref(c->asked);
    json_decref(c->networks);
    json_decref(c->ports);
    json_decref(c->health.log);
    strv_free(&c->execs);
    free(c->image_id);
    free(c->path);
    free(c->runtime);
    free(c->cgroup_parent);
    free(c->name);
    free(c->netns);
    free(c->state.error);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->root_lock);
    free(c);
    return NULL;
}

const char *container_id(const struct container *c)
{
    return c->id;
}

char *container_name(struct container *c)
{
    char *name;

    pthread_mutex_lock(&c->lock);
    name = xstrdup(c->name);
    pthread_mutex_unlock(&c->lock);
    return name;
}

json_t *container_config(struct container *c, json_t **host_config)
{
    json_t *config;

    pthread_mutex_lock(&c->lock);
    config = json_deep_copy(c->config);
    if (host_config)
        *host_config = json_deep_copy(c->host_config);
    pthread_mutex_unlock(&c->lock);
    return config;
}

void container_set_host_config(struct container *c, json_t *host_config)
{
    c->host_config = host_config;
    c->runtime = xstrdup(json_str_at(host_config, "Runtime", ""));
    c->cgroup_parent = xstrdup(json_str_at(host_config, "CgroupParent", ""));
}

struct runtime_container as_runtime_knows(const struct container *c)
{
    return (struct runtime_container){ c->id, c->runtime, c->cgroup_parent };
}

bool container_has_tty(const struct container *c)
{
    scoped(json_decref) json_t *config = container_config((struct container *)c, NULL);

    return json_bool_at(config, "Tty", false);
}

char *container_dir(const struct container *c, const char *file)
{
    return file ? xasprintf("%s/%s/%s", c->all->root, c->id, file) : xasprintf("%s/%s", c->all->root, c->id);
}

char *container_run_dir(const struct container *c)
{
    return xasprintf("%s/%s", c->all->run, c->id);
}

char *container_log_path(const struct container *c)
{
    return xasprintf("%s/%s/%s-json.log", c->all->root, c->id, c->id);
}

/* -- the index -- */

int container_find(struct containers *all, const char *ref, struct container **ret, struct error *err)
{
    const char *name = ref[0] == '/' ? ref + 1 : ref;
    void *found = NULL;
    int rc;

    pthread_mutex_lock(&all->lock);
    rc = index_find(all->index, name, &found, err);
    if (rc == 0)
        container_ref(found);
    pthread_mutex_unlock(&all->lock);
    if (rc < 0)
        found = links_find(all, name);
    if (found) {
        *ret = found;
        return 0;
    }
    if (err && err->kind == ERR_AMBIGUOUS)
        return error_set(err, ERR_AMBIGUOUS, "multiple IDs found with provided prefix: %s", ref);
    return error_set(err, ERR_NOT_FOUND, "No such container: %s", ref);
}

struct container **containers_snapshot(struct containers *all, size_t *count)
{
    struct container **list;
    size_t at = 0, n = 0;
    void *value;

    pthread_mutex_lock(&all->lock);
    list = xcalloc(index_count(all->index) + 1, sizeof(*list));
    while (index_next(all->index, &at, &value))
        list[n++] = container_ref(value);
    pthread_mutex_unlock(&all->lock);
    *count = n;
    return list;
}

void containers_count(struct containers *all, int64_t *running, int64_t *paused, int64_t *stopped)
{
    size_t count;
    struct container **list = containers_snapshot(all, &count);

    *running = *paused = *stopped = 0;
    for (size_t i = 0; i < count; i++) {
        struct state s = container_state(list[i]);

        ++*(!s.running ? stopped : s.paused ? paused : running);
        container_unref(list[i]);
    }
    free(list);
}

/* -- threads -- */

int thread_run(struct containers *all, void *(*f)(void *), void *arg, struct error *err)
{
    pthread_attr_t attr;
    pthread_t thread;
    int rc;

    pthread_mutex_lock(&all->lock);
    all->threads++;
    pthread_mutex_unlock(&all->lock);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, THREAD_STACK);
    rc = pthread_create(&thread, &attr, f, arg);
    pthread_attr_destroy(&attr);
    if (rc == 0)
        return 0;
    thread_done(all);
    return error_set(err, ERR_SYSTEM, "pthread_create: %s", strerror(rc));
}

void wait_until_settled(struct containers *all)
{
    pthread_mutex_lock(&all->lock);
    while (!all->settled && !all->closing)
        pthread_cond_wait(&all->idle, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

void thread_done(struct containers *all)
{
    pthread_mutex_lock(&all->lock);
    all->threads--;
    pthread_cond_broadcast(&all->idle);
    pthread_mutex_unlock(&all->lock);
}

/* -- events -- */

/* Labels are attributes too; "image" and "name" win over labels of that name. */
void container_event(struct container *c, const char *action, json_t *more)
{
    scoped(json_decref) json_t *config = container_config(c, NULL);
    scoped_free char *name = container_name(c);
    json_t *attributes = json_object();

    if (json_is_object(json_object_get(config, "Labels")))
        json_object_update(attributes, json_object_get(config, "Labels"));
    json_object_set_new(attributes, "image", json_string(json_str_at(config, "Image", "")));
    json_object_set_new(attributes, "name", json_string(name));
    if (more) {
        json_object_update(attributes, more);
        json_decref(more);
    }
    events_publish(c->all->events, "container", action, c->id, attributes);
}
