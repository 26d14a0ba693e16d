/* volume/options.h - the local driver's options, as mount(8) would take them: type, device, o. */
#ifndef VOLUME_OPTIONS_H
#define VOLUME_OPTIONS_H

#include <stdbool.h>
#include <jansson.h>

#include "base/error.h"

/* `options`: an object of strings, or NULL. ERR_INVALID: an option that the driver does not know, or "device" missing where
 * others are given. */
int volume_options_check(const json_t *options, struct error *err);
bool volume_options_mount(const json_t *options); /* do they ask for a mount? */
int volume_options_apply(const json_t *options, const char *target, struct error *err);

#endif
