/* api/status.c - the one table from what went wrong to what the client is told. */
#include "api/api.h"

/* clang-format off */
static const int statuses[] = {
    [ERR_NONE] = 500,      [ERR_INVALID] = 400,         [ERR_UNAUTHORIZED] = 401, [ERR_FORBIDDEN] = 403,
    [ERR_NOT_FOUND] = 404, [ERR_AMBIGUOUS] = 400,       [ERR_CONFLICT] = 409,     [ERR_NOT_MODIFIED] = 304,
    [ERR_SYSTEM] = 500,    [ERR_NOT_IMPLEMENTED] = 501, [ERR_UNAVAILABLE] = 503,  [ERR_TOO_LARGE] = 413,
    [ERR_CLOSED] = 500,
};
/* clang-format on */

int status_of(enum error_kind kind)
{
    return kind < sizeof(statuses) / sizeof(statuses[0]) ? statuses[kind] : 500;
}
