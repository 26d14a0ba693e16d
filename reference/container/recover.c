/* container/recover.c - the daemon comes up, and goes down.
 *
 * What the records say is older than what the kernel does. So for each container that was running the shim is asked: it
 * lives, and the container is watched again; or it has ended, and left the exit code; or it was killed, and then the
 * container is ended too. Only then come the policies. */
#include "container/internal.h"

#include <dirent.h>
#include <time.h>

#include "base/log.h"
#include "base/path.h"
#include "base/scope.h"
#include "network/network.h"
#include "runtime/runtime.h"
#include "volume/volume.h"

#define STRAY_TRIES 500 /* ten seconds */

static void hold_volumes(struct container *c)
{
    json_t *m;
    size_t i;

    json_array_foreach (c->mounts, i, m) {
        const char *name = json_str_at(m, "Name", NULL);
        scoped_free char *path = NULL;
        bool fresh;

        if (!name)
            continue;
        volume_hold(c->all->volumes, name, json_at(m, "Options.VolumeOptions.DriverConfig.Options"), NULL,
                    c->id, &path, &fresh, NULL);
        if (c->state.running && !c->state.restarting)
            volume_mount(c->all->volumes, name, c->id, NULL);
    }
}

static int load_one(void *user, const char *id, json_t *record, struct error *err)
{
    struct containers *all = user;
    struct container *c = container_load(all, id, record, err);

    if (!c)
        return log_error("%s", err->text), 0;
    if (index_add(all->index, c->id, c->name, c, err) < 0) {
        log_error("container %s: %s", id, err->text);
        container_unref(c);
        return 0;
    }
    hold_volumes(c);
    return 0;
}

/* The daemon died after the kernel's part of a start and before the record: nobody was told of that start, and what it began
 * ends. A shim that is still about to run the container is asked again once it does. */
static void end_stray(struct container *c)
{
    const struct timespec pause = { 0, 20 * 1000 * 1000 };
    scoped_free char *dir = container_run_dir(c);

    for (int i = 0; i < STRAY_TRIES && shim_alive(dir); i++) {
        shim_abandon(dir);
        runtime_delete(c->all->runtimes, as_runtime_knows(c), NULL);
        nanosleep(&pause, NULL);
    }
}

static void recover_running(struct container *c)
{
    scoped_free char *dir = container_run_dir(c);
    struct shim_exit exit;

    if (shim_alive(dir)) {
        rootfs_adopt(c);
        networks_adopt(c);
        c->starts++;
        if (watch(c, NULL) == 0)
            health_start(c);
        return;
    }
    find_exit(c, &exit);
    networks_adopt(c); /* so that there is something to disconnect */
    if (move_begin(c, NULL) == 0) {
        ended_moving(c, &exit);
        move_end(c);
    }
}

static void *boot_main(void *arg)
{
    struct container *c = arg;
    struct containers *all = c->all;
    struct error err = { 0 };

    wait_until_settled(all);
    if (container_start(c, &err) < 0 && err.kind != ERR_NOT_MODIFIED)
        log_warn("container %s was not restarted: %s", c->id, err.text);
    container_unref(c);
    thread_done(all);
    return NULL;
}

/* always, and unless-stopped, also bring back what was down when the daemon went; on-failure does not. */
static bool starts_at_boot(struct container *c)
{
    const char *policy = json_str_at(c->host_config, "RestartPolicy.Name", "");

    if (!c->started_before || c->state.running || c->state.removing || c->state.dead)
        return false;
    return (str_eq(policy, "always") || str_eq(policy, "unless-stopped")) && !c->manually_stopped;
}

static void recover_one(struct container *c)
{
    if (!c->state.running || c->state.restarting)
        end_stray(c);
    if (c->state.removing || c->state.dead) {
        if (move_begin(c, NULL) == 0) {
            remove_moving(c, &(struct container_remove){ .force = true }, NULL);
            move_end(c);
        }
    } else if (c->state.restarting) {
        restart_later(c, 0);
    } else if (c->state.running) {
        recover_running(c);
    } else {
        rootfs_unmount(c);
        if (starts_at_boot(c) && thread_run(c->all, boot_main, container_ref(c), NULL) < 0)
            container_unref(c);
    }
}

static void users_of_image(void *user, const char *image, bool running_only, struct strv *ret)
{
    struct containers *all = user;
    size_t at = 0;
    void *value;

    pthread_mutex_lock(&all->lock);
    while (index_next(all->index, &at, &value)) {
        struct container *c = value;

        if (str_eq(c->image_id, image) && (!running_only || container_state(c).running))
            strv_add(ret, c->id);
    }
    pthread_mutex_unlock(&all->lock);
}

/* Directories that were made when the daemon died, and the record was not yet. One whose record cannot be read stays with it. */
static void remove_unowned(struct containers *all)
{
    scoped(closedir) DIR *dir = opendir(all->root);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        scoped_free char *path = path_join(all->root, entry->d_name);
        scoped_free char *unread = xasprintf("%s/records/%s.json.bad", all->root, entry->d_name);
        struct error err = { 0 };

        if (id_is_full(entry->d_name) && !index_by_id(all->index, entry->d_name) && !path_exists(unread) &&
            tree_remove(path, &err) < 0)
            log_warn("what a crash left of container %s: %s", entry->d_name, err.text);
    }
}

/* Everything that runs is known to the networks now: the rest is what a crash left. Only then may a policy start anything. */
static void settle(struct containers *all)
{
    networks_settle(all->networks);
    pthread_mutex_lock(&all->lock);
    all->settled = true;
    pthread_cond_broadcast(&all->idle);
    pthread_mutex_unlock(&all->lock);
}

int containers_open(const struct containers_config *config, struct containers **ret, struct error *err)
{
    struct containers *all = new_zeroed(struct containers);
    scoped_free char *records = path_join(config->root, "records");
    struct container **list;
    size_t count;

    all->root = xstrdup(config->root);
    all->run = xstrdup(config->run);
    all->shim_program = xstrdup(config->shim_program);
    all->events = config->events;
    all->images = config->images;
    all->networks = config->networks;
    all->volumes = config->volumes;
    all->runtimes = config->runtimes;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->idle, NULL);
    all->index = index_new();
    all->execs = map_new();
    all->naming = map_new();
    if (dir_make(all->root, 0710, err) < 0 || rootfs_prepare(all->root, err) < 0 ||
        rootfs_try(all->root, err) < 0 || dir_make(all->run, 0711, err) < 0 ||
        store_open(records, &all->store, err) < 0 || store_each(all->store, load_one, all, err) < 0) {
        containers_close(all);
        return -1;
    }
    remove_unowned(all);
    image_store_set_users(all->images, users_of_image, all);
    list = containers_snapshot(all, &count);
    for (size_t i = 0; i < count; i++) {
        recover_one(list[i]);
        container_unref(list[i]);
    }
    free(list);
    settle(all);
    *ret = all;
    return 0;
}

/* -- the end -- */

static void *stop_main(void *arg)
{
    struct container *c = arg;
    struct containers *all = c->all;
    bool manually = c->manually_stopped;

    container_stop(c, NULL, NULL, NULL);
    if (move_begin(c, NULL) == 0) { /* it was us, not the user */
        pthread_mutex_lock(&c->lock);
        c->manually_stopped = manually;
        pthread_mutex_unlock(&c->lock);
        container_save(c, NULL);
        move_end(c);
    }
    container_unref(c);
    thread_done(all);
    return NULL;
}

static void wait_for_threads(struct containers *all, int64_t seconds)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&all->lock);
    while (all->threads > 0)
        if (pthread_cond_timedwait(&all->idle, &all->lock, &until) != 0)
            break;
    pthread_mutex_unlock(&all->lock);
}

void containers_stop_all(struct containers *all)
{
    size_t count;
    struct container **list;

    pthread_mutex_lock(&all->lock);
    all->closing = true;
    pthread_mutex_unlock(&all->lock);
    list = containers_snapshot(all, &count);
    for (size_t i = 0; i < count; i++) {
        if (container_state(list[i]).running && thread_run(all, stop_main, container_ref(list[i]), NULL) < 0)
            container_unref(list[i]);
        container_unref(list[i]);
    }
    free(list);
    wait_for_threads(all, 60);
}

struct containers *containers_close(struct containers *all)
{
    size_t at = 0;
    void *value;

    if (!all)
        return NULL;
    pthread_mutex_lock(&all->lock);
    all->closing = true;
    pthread_cond_broadcast(&all->idle);
    pthread_mutex_unlock(&all->lock);
    if (all->images)
        image_store_set_users(all->images, NULL, NULL);
    pthread_mutex_lock(&all->lock);
    if (all->threads > 0) { /* somebody still watches: what they use must stay */
        pthread_mutex_unlock(&all->lock);
        return NULL;
    }
    pthread_mutex_unlock(&all->lock);
    execs_close(all);
    map_free(all->naming);
    while (index_next(all->index, &at, &value))
        container_unref(value);
    index_free(all->index);
    store_close(all->store);
    pthread_cond_destroy(&all->idle);
    pthread_mutex_destroy(&all->lock);
    free(all->root);
    free(all->run);
    free(all->shim_program);
    free(all);
    return NULL;
}
