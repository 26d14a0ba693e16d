/* api/exchange.h - operations that speak with registries; their rows are in image.c, system.c and distribution.c. */
#ifndef API_EXCHANGE_H
#define API_EXCHANGE_H

#include "http/server.h"

int image_create_handler(struct request *req, struct reply *reply, struct error *err);
int image_push_handler(struct request *req, struct reply *reply, struct error *err);
int image_search_handler(struct request *req, struct reply *reply, struct error *err);
int system_auth_handler(struct request *req, struct reply *reply, struct error *err);

/* The platforms that a request names by `name`, which means something since a version; an array, to be unrefed. image.c */
int image_platforms(struct request *req, const char *name, int since, json_t **ret, struct error *err);
/* Applies the `changes` of a request, given again and again, to a config. ERR_INVALID as build_changes() has it. */
int request_changes(struct request *req, json_t *config, struct error *err);

#endif
