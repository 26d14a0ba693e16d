/* image/changes.h - what clients say about an image that is made without a Dockerfile: single instructions (ImageCreate, `changes`). */
#ifndef IMAGE_CHANGES_H
#define IMAGE_CHANGES_H

#include <jansson.h>

#include "base/error.h"

/* Puts the instructions of the text, one a line, into `config`: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER,
 * VOLUME, WORKDIR. ERR_INVALID: "RUN is not a valid change command". */
int image_change(json_t *config, const char *text, struct error *err);

#endif
