/* wire/curl_setup.h - inside wire/: a libcurl handle that reaches a target. */
#ifndef PLIMSOLL_WIRE_CURL_SETUP_H
#define PLIMSOLL_WIRE_CURL_SETUP_H

#include "harness/wire/target.h"

#include <curl/curl.h>

/* NULL when memory ran out. The handle only knows the target; end it with curl_easy_cleanup(). */
CURL *curl_for_target(const struct wire_target *target, unsigned connect_timeout_ms, char *error_text);

#endif
