/* image/progress.h - the lines of a progress stream, as `docker` prints them. */
#ifndef IMAGE_PROGRESS_H
#define IMAGE_PROGRESS_H

#include <stdint.h>
#include <jansson.h>

/* {"status": ..., "progressDetail": {"current", "total"}, "progress": "[===>   ]  1.2kB/3.4kB", "id": ...} */
json_t *progress_message(const char *status, const char *id, int64_t current, int64_t total);

#endif
