/* daemon/wiring.c - see wiring.h. HAVE_X: the domain X is part of this build (CMakeLists.txt). */
#include "daemon/wiring.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "events/events.h"
#ifdef HAVE_BUILD
#include "build/build.h"
#endif
#ifdef HAVE_CONTAINER
#include "container/container.h"
#endif
#ifdef HAVE_IMAGE
#include "image/store.h"
#endif
#ifdef HAVE_NETWORK
#include "network/network.h"
#endif
#ifdef HAVE_RUNTIME
#include "runtime/runtime.h"
#endif
#ifdef HAVE_VOLUME
#include "volume/volume.h"
#endif

/* A program beside this one, else in PATH. NULL when it is nowhere. The caller frees it. */
static char *find_program(const char *name, bool beside)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    scoped_strv dirs = { 0 };

    if (beside && n > 0) {
        self[n] = '\0';
        *strrchr(self, '/') = '\0';
        strv_add(&dirs, self);
    }
    strv_split(&dirs, getenv("PATH") ? getenv("PATH") : "/usr/sbin:/usr/bin:/sbin:/bin", ':');
    for (size_t i = 0; i < dirs.count; i++) {
        char *path = path_join(dirs.items[i], name);

        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

static char *find_init(void)
{
    static const char *const names[] = { "tini-static", "docker-init", "tini" };
    char *path = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !path; i++)
        path = find_program(names[i], false);
    return path;
}

static int open_facts(struct wiring *w, const struct config *config, struct error *err)
{
    struct system_facts *f = &w->facts;
    scoped_free char *id_file = path_join(config->data_root, "engine-id");

    if (system_id(id_file, &f->id, err) < 0)
        return -1;
    f->data_root = xstrdup(config->data_root);
    f->debug = config->log_level == LOG_LEVEL_DEBUG;
    f->init_path = find_init();
    system_facts_gather(f);
    w->engine.facts = f;
    w->engine.events = events_new();
    return 0;
}

#ifdef HAVE_RUNTIME
static int open_runtimes(struct wiring *w, const struct config *config, const char *instance,
                         struct error *err)
{
    scoped_free char *dir = path_join(config->exec_root, "runtimes");
    struct runtimes_config c = { .exec_root = dir,
                                 .instance = instance,
                                 .default_name = config->default_runtime,
                                 .more = config->runtimes };
    const struct host *host;

    if (runtimes_open(&c, &w->runtimes, err) < 0)
        return -1;
    host = runtimes_host(w->runtimes);
    w->facts.runtimes = runtimes_json(w->runtimes);
    w->facts.default_runtime = xstrdup(runtimes_default(w->runtimes));
    w->facts.cgroup_v2 = host->cgroups == CGROUP_V2;
    w->facts.memory = host->memory;
    w->facts.swap = host->swap;
    w->facts.cpu_quota = host->cpu_quota;
    w->facts.cpu_shares = host->cpu_shares;
    w->facts.cpuset = host->cpuset;
    w->facts.pids = host->pids;
    w->facts.blkio = host->blkio;
    w->facts.seccomp = host->seccomp;
    w->facts.apparmor = host->apparmor;
    return 0;
}
#endif

#ifdef HAVE_IMAGE
static int open_images(struct wiring *w, const struct config *config, struct error *err)
{
    scoped_free char *dir = path_join(config->data_root, "images");

    return image_store_open(dir, w->engine.events, &w->engine.images, err);
}
#endif

#ifdef HAVE_VOLUME
static int open_volumes(struct wiring *w, const struct config *config, struct error *err)
{
    scoped_free char *dir = path_join(config->data_root, "volumes");

    return volumes_open(dir, w->engine.events, &w->engine.volumes, err);
}
#endif

#ifdef HAVE_NETWORK
static int open_networks(struct wiring *w, const struct config *config, const char *instance,
                         struct error *err)
{
    scoped_free char *root = path_join(config->data_root, "networks");
    scoped_free char *run = path_join(config->exec_root, "networks");
    struct networks_config c = { .root = root,
                                 .run = run,
                                 .instance = instance,
                                 .default_subnet = config->default_subnet,
                                 .events = w->engine.events };

    return networks_open(&c, &w->engine.networks, err);
}
#endif

#ifdef HAVE_CONTAINER
static int open_containers(struct wiring *w, const struct config *config, struct error *err)
{
    scoped_free char *root = path_join(config->data_root, "containers");
    scoped_free char *run = path_join(config->exec_root, "containers");
    struct containers_config c = { .root = root,
                                   .run = run,
                                   .events = w->engine.events,
                                   .images = w->engine.images,
                                   .networks = w->engine.networks,
                                   .volumes = w->engine.volumes,
                                   .runtimes = w->runtimes };

    w->shim = config->shim ? xstrdup(config->shim) : find_program("engine-shim", true);
    if (!w->shim)
        return error_set(err, ERR_SYSTEM,
                         "engine-shim is neither beside engined nor in PATH; name it by --shim");
    c.shim_program = w->shim;
    return containers_open(&c, &w->engine.containers, err);
}
#endif

#ifdef HAVE_BUILD
static int open_builder(struct wiring *w, const struct config *config, struct error *err)
{
    scoped_free char *root = path_join(config->data_root, "builds");

    return builder_open(root, w->engine.images, w->engine.containers, ENGINE_VERSION, &w->engine.builder,
                        err);
}
#endif

int wiring_open(struct wiring *w, const struct config *config, struct error *err)
{
    char instance[7];

    *w = (struct wiring){ .runtimes = NULL };
    if (open_facts(w, config, err) < 0)
        return -1;
    memcpy(instance, w->facts.id, 6); /* the first digits of the UUID */
    instance[6] = '\0';
#ifdef HAVE_RUNTIME
    if (open_runtimes(w, config, instance, err) < 0)
        return error_wrap(err, "runtimes");
#endif
#ifdef HAVE_IMAGE
    if (open_images(w, config, err) < 0)
        return error_wrap(err, "images");
#endif
#ifdef HAVE_VOLUME
    if (open_volumes(w, config, err) < 0)
        return error_wrap(err, "volumes");
#endif
#ifdef HAVE_NETWORK
    if (open_networks(w, config, instance, err) < 0)
        return error_wrap(err, "networks");
#endif
#ifdef HAVE_CONTAINER
    if (open_containers(w, config, err) < 0)
        return error_wrap(err, "containers");
#endif
#ifdef HAVE_BUILD
    if (open_builder(w, config, err) < 0)
        return error_wrap(err, "builder");
#endif
    return 0;
}

void wiring_stop_containers(struct wiring *w)
{
#ifdef HAVE_CONTAINER
    if (w->engine.containers)
        containers_stop_all(w->engine.containers);
#endif
    events_close(w->engine.events);
}

void wiring_close(struct wiring *w)
{
#ifdef HAVE_BUILD
    builder_close(w->engine.builder);
#endif
#ifdef HAVE_CONTAINER
    containers_close(w->engine.containers);
#endif
#ifdef HAVE_NETWORK
    networks_close(w->engine.networks);
#endif
#ifdef HAVE_VOLUME
    volumes_close(w->engine.volumes);
#endif
#ifdef HAVE_IMAGE
    image_store_close(w->engine.images);
#endif
#ifdef HAVE_RUNTIME
    runtimes_close(w->runtimes);
#endif
    events_free(w->engine.events);
    system_facts_clear(&w->facts);
    free(w->shim);
    *w = (struct wiring){ .runtimes = NULL };
}
