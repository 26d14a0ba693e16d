/* volume/volume.h - named directories that outlive containers: ROOT/<name>/_data and a record of each.
 *
 * The "local" driver alone. From any thread. */
#ifndef VOLUME_VOLUME_H
#define VOLUME_VOLUME_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"

struct events;
struct filters;
struct volumes;

int volumes_open(const char *root, struct events *events, struct volumes **ret, struct error *err);
struct volumes *volumes_close(struct volumes *v);

/* VolumeCreate. `request` as in the API ({Name, Driver, DriverOpts, Labels}); no Name makes an anonymous one,
 * with 64 hex digits and the label com.docker.volume.anonymous. One that exists with the same driver is
 * returned as it is. *ret: the API's Volume. */
int volume_create(struct volumes *v, const json_t *request, json_t **ret, struct error *err);
int volume_inspect(struct volumes *v, const char *name, json_t **ret,
                   struct error *err); /* ERR_NOT_FOUND "get NAME: no such volume" */
int volume_list(struct volumes *v, const struct filters *filters, json_t **ret,
                struct error *err); /* {"Volumes":[..],"Warnings":null} */
int volume_remove(struct volumes *v, const char *name, bool force,
                  struct error *err); /* ERR_CONFLICT "volume is in use - [ids]" */
int volume_prune(struct volumes *v, const struct filters *filters, int api_version, json_t **ret,
                 struct error *err);

/* A container holds a volume from create to remove: *path is its directory (the caller frees it). Makes it
 * when it does not exist; `fresh` says whether it is empty and new, so that the image's content is copied up.
 * Options that mount something (tmpfs, bind, device) are mounted by the first volume_mount() and unmounted by
 * the last volume_unmount(). */
int volume_hold(struct volumes *v, const char *name, const json_t *driver_options, const json_t *labels,
                const char *container_id, char **path, bool *fresh, struct error *err);
void volume_release(struct volumes *v, const char *name, const char *container_id);
int volume_mount(struct volumes *v, const char *name, const char *container_id, struct error *err);
void volume_unmount(struct volumes *v, const char *name, const char *container_id);
bool volume_is_anonymous(struct volumes *v, const char *name);

#endif
