/* cli/progress.h - the stream of messages that load, pull and import answer with.
 *
 * On a terminal each id has a line that is written anew; elsewhere only what is final is printed. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdio.h>

#include "base/error.h"
#include "http/client.h"

/* Until the stream ends. A message that tells of an error is one; nothing is printed when `quiet`. */
int progress_show(struct http_call *call, FILE *out, bool quiet, struct error *err);

#endif
