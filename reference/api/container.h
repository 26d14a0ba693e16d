/* api/container.h - what the files of tag Container and Exec share. Internal to api/. */
#ifndef API_CONTAINER_H
#define API_CONTAINER_H

#include <stdint.h>

#include "api/api.h"
#include "base/scope.h"
#include "container/container.h"

DEFINE_SCOPED(struct container *, container_unref)

int find_container(struct request *req, struct container **ret, struct error *err);
/* ?h= and ?w=. */
int size_arguments(struct request *req, uint16_t *rows, uint16_t *cols, struct error *err);

/* container_stream.c: what sends as it goes, or takes the connection over. */
int container_logs_handler(struct request *req, struct reply *reply, struct error *err);
int container_stats_handler(struct request *req, struct reply *reply, struct error *err);
int container_wait_handler(struct request *req, struct reply *reply, struct error *err);
int container_attach_handler(struct request *req, struct reply *reply, struct error *err);
int container_attach_websocket_handler(struct request *req, struct reply *reply, struct error *err);

/* container_files.c */
int container_archive_handler(struct request *req, struct reply *reply, struct error *err);
int container_archive_info_handler(struct request *req, struct reply *reply, struct error *err);
int put_container_archive_handler(struct request *req, struct reply *reply, struct error *err);
int container_changes_handler(struct request *req, struct reply *reply, struct error *err);
int container_export_handler(struct request *req, struct reply *reply, struct error *err);
int image_commit_handler(struct request *req, struct reply *reply, struct error *err);

/* The name of a stream of stdio: multiplexed without a terminal, from 1.42 on; `upgraded`: attach and exec say so only on an
 * upgraded connection. */
const char *stream_type(struct request *req, bool tty, bool upgraded);
bool wants_upgrade(struct request *req);
/* A connection that was taken over. */
struct byte_stream hijacked_stream(struct request *req);

#endif
