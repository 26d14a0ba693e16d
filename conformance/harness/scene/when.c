/* scene/when.c - when_*: the requests of the case itself. */
#include "harness/scene/json.h"
#include "harness/scene/scene_inside.h"

#include <stdlib.h>
#include <string.h>

/* Everything that takes a path as printf does ends here. */
PRINTF_LIKE(5, 0)
static struct exchange *send_formatted(struct scene *s, const char *version, struct wire_request request,
                                       json_t *json, const char *format, va_list args)
{
    request.path = scene_vprintf(s, format, args);
    return json ? scene_send(s, SENT_BY_CASE, version, &request, json)
                : scene_send_in_turn(s, version, &request);
}

#define SEND_FORMATTED(version, last, json, ...)                                                             \
    do {                                                                                                     \
        va_list args;                                                                                        \
        struct exchange *x;                                                                                  \
        va_start(args, last);                                                                                \
        x = send_formatted(s, version, (struct wire_request){ __VA_ARGS__ }, json, last, args);              \
        va_end(args);                                                                                        \
        return x;                                                                                            \
    } while (0)

struct exchange *when_get(struct scene *s, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, NULL, .method = "GET");
}

struct exchange *when_head(struct scene *s, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, NULL, .method = "HEAD");
}

struct exchange *when_delete(struct scene *s, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, NULL, .method = "DELETE");
}

struct exchange *when_post(struct scene *s, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, NULL, .method = "POST");
}

struct exchange *when_post_json(struct scene *s, json_t *body, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, body, .method = "POST");
}

struct exchange *when_put_json(struct scene *s, json_t *body, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, body, .method = "PUT");
}

struct exchange *when_post_text(struct scene *s, const char *content_type, const char *body, const char *path,
                                ...)
{
    SEND_FORMATTED(NULL, path, NULL, .method = "POST", .content_type = content_type, .body = body,
                   .body_size = body ? strlen(body) : 0);
}

struct exchange *when_method(struct scene *s, const char *method, const char *body, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, NULL, .method = method, .content_type = body ? "application/json" : NULL,
                   .body = body, .body_size = body ? strlen(body) : 0);
}

struct exchange *when_upload(struct scene *s, const char *file, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, NULL, .method = "POST", .content_type = "application/x-tar",
                   .body_file = file);
}

struct exchange *when_put_file(struct scene *s, const char *file, const char *path, ...)
{
    SEND_FORMATTED(NULL, path, NULL, .method = "PUT", .content_type = "application/x-tar", .body_file = file);
}

struct exchange *when_get_at(struct scene *s, const char *version, const char *path, ...)
{
    SEND_FORMATTED(version, path, NULL, .method = "GET");
}

struct exchange *when_head_at(struct scene *s, const char *version, const char *path, ...)
{
    SEND_FORMATTED(version, path, NULL, .method = "HEAD");
}

struct exchange *when_post_at(struct scene *s, const char *version, json_t *body, const char *path, ...)
{
    SEND_FORMATTED(version, path, body, .method = "POST");
}

struct exchange *when_create(struct scene *s, const char *name, json_t *body)
{
    if (!name)
        return when_post_json(s, body, "/containers/create");
    return when_post_json(s, body, "/containers/create?name=%s", url_encoded(s, name));
}

struct exchange *when_pruned(struct scene *s, const char *what, const char *filters)
{
    return when_post(s, "/%s/prune?filters=%s", what, filters);
}

struct exchange *when_sent(struct scene *s, const char *version, const struct wire_request *request,
                           json_t *json)
{
    return scene_send(s, SENT_BY_CASE, version, request, json);
}
