/* prove/deviator.c - the way of an answer through a deviation.
 *
 * How much of an answer must be held back depends on what is to be made wrong: nothing (a status, a header), a whole body (a
 * member of an answer in one piece; its length stands in a head that waits), one JSON value (events and other streams must
 * flow), or one frame (whoever shall lose the last one must know which it is). */
#include "prove/deviation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "harness/spec/inventory.h"
#include "harness/wire/headers.h"
#include "prove/change.h"
#include "prove/json_path.h"
#include "report/memory.h"

enum mode { PASS, WHOLE, VALUES, FRAMES, HOLD };

#define FRAME_HEAD 8

/* --- heads
 * ------------------------------------------------------------------------------------------------------------ */

static bool is_2xx(int status)
{
    return status >= 200 && status < 300;
}

/* Does the operation answer in many pieces? */
static bool is_stream(const char *operation)
{
    const struct inventory_table *table = inventory_operations();

    for (size_t i = 0; i < table->rows; i++)
        if (strcmp(table->cells[i * table->columns], operation) == 0)
            return strstr(table->cells[i * table->columns + 4], "json-stream") != NULL;
    return false;
}

static bool is_json(const struct wire_headers *headers)
{
    const char *type = headers_find(headers, "Content-Type");

    return type && strstr(type, "json");
}

static enum mode mode_for(const struct deviator *d, int status, const struct wire_headers *headers)
{
    switch (d->deviation->kind) {
    case DEVIATION_REWRITE:
    case DEVIATION_MISSING:
    case DEVIATION_TYPE:
    case DEVIATION_VALUE:
    case DEVIATION_NULL:
    case DEVIATION_OMITTED:
    case DEVIATION_DATE:
        if (!is_2xx(status))
            return PASS;
        if (is_json(headers))
            return is_stream(d->operation) ? VALUES : WHOLE;
        return d->deviation->name && strcmp(d->deviation->name, "$") == 0 ? WHOLE : PASS;
    case DEVIATION_EVENT_LOST:
    case DEVIATION_EVENT_TWICE:
    case DEVIATION_EVENT_LATE:
        return is_2xx(status) ? VALUES : PASS;
    case DEVIATION_FRAME_KIND:
    case DEVIATION_FRAME_SWAP:
    case DEVIATION_FRAME_LENGTH:
    case DEVIATION_FRAME_LAST:
        return is_2xx(status) || status == 101 ? FRAMES : PASS;
    case DEVIATION_CUT:
        return is_2xx(status) || status == 101 ? HOLD : PASS;
    default:
        return PASS;
    }
}

static void change_header(struct wire_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++) {
        struct wire_header *header = &headers->list[i];
        if (strcasecmp(header->name, name) != 0)
            continue;
        char *value = must_format("%sx", header->value);
        free(header->value);
        header->value = value;
    }
}

static void change_status(struct deviator *d, struct wire_headers *headers)
{
    static const char length[] = "Content-Length: 0";

    d->status = deviation_other_status(d->status);
    snprintf(d->reason, sizeof(d->reason), "Deviated");
    if (!headers_find(headers, "Content-Length") && !headers_find(headers, "Transfer-Encoding"))
        headers_add_line(headers, length, strlen(length)); /* of 204 and 304, which need none */
}

static void change_head(struct deviator *d, struct wire_headers *headers)
{
    bool meant = d->deviation->status == 0 || d->deviation->status == d->status;

    switch (d->deviation->kind) {
    case DEVIATION_STATUS:
        if (meant)
            change_status(d, headers);
        break;
    case DEVIATION_NO_HEADER:
        if (meant)
            change_drop_header(headers, d->deviation->name);
        break;
    case DEVIATION_OTHER_HEADER:
        if (meant)
            change_header(headers, d->deviation->name);
        break;
    case DEVIATION_NO_UPGRADE:
        if (d->status == 101) {
            d->status = 200;
            snprintf(d->reason, sizeof(d->reason), "OK");
            change_drop_header(headers, "Upgrade");
            change_drop_header(headers, "Connection");
        }
        break;
    default:
        break;
    }
}

static bool on_head(void *user, int status, const char *reason, const struct wire_headers *headers)
{
    struct deviator *d = user;

    if (!d->deviation)
        return d->to.head(d->to.user, status, reason, headers);
    d->status = status;
    snprintf(d->reason, sizeof(d->reason), "%s", reason);
    headers_copy(&d->held, headers);
    d->mode = mode_for(d, status, headers);
    change_head(d, &d->held);
    d->head_is_held = d->mode == WHOLE && headers_find(headers, "Content-Length");
    return d->head_is_held || d->to.head(d->to.user, d->status, d->reason, &d->held);
}

/* --- JSON
 * ------------------------------------------------------------------------------------------------------------- */

static bool send_json(struct deviator *d, const json_t *value)
{
    char *dump = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    bool ret = !dump || (d->to.data(d->to.user, dump, strlen(dump)) && d->to.data(d->to.user, "\n", 1));

    free(dump);
    return ret;
}

static bool is_event(const json_t *value, const char *name)
{
    const char *type = json_string_value(json_object_get(value, "Type")), *slash = strchr(name, '/');
    const char *action = json_string_value(json_object_get(value, "Action"));

    return type && action && slash && strncmp(type, name, (size_t)(slash - name)) == 0 &&
           type[slash - name] == '\0' && strncmp(action, slash + 1, strlen(slash + 1)) == 0 &&
           strchr(":", action[strlen(slash + 1)]);
}

/* Takes the value. */
static bool send_event(struct deviator *d, json_t *value)
{
    bool meant = is_event(value, d->deviation->name), ok = true;
    int times = !meant ? 1 : d->deviation->kind == DEVIATION_EVENT_TWICE ? 2 : 0;
    json_t *late = d->late;

    d->late = meant && d->deviation->kind == DEVIATION_EVENT_LATE ? json_incref(value) : NULL;
    while (ok && times-- > 0)
        ok = send_json(d, value);
    if (ok && late)
        ok = send_json(d, late);
    json_decref(late);
    json_decref(value);
    return ok;
}

/* Takes the value. */
static bool send_value(struct deviator *d, json_t *value)
{
    bool ok;

    if (d->deviation->kind >= DEVIATION_EVENT_LOST)
        return send_event(d, value);
    if (d->deviation->kind != DEVIATION_REWRITE)
        json_path_each(&value, d->deviation->name, change_member, (void *)d->deviation);
    ok = send_json(d, value);
    json_decref(value);
    return ok;
}

static void forget(struct buffer *buffer, size_t size)
{
    memmove(buffer->data, buffer->data + size, buffer->size - size);
    buffer->size -= size;
    buffer->data[buffer->size] = '\0';
}

/* Every value that is whole. */
static bool send_values(struct deviator *d)
{
    bool ok = true;

    while (ok && d->body.size) {
        size_t used = strspn(d->body.data, " \t\r\n\x1e"); /* also RFC 7464's record separator */
        json_t *value =
            used ? NULL : exchange_parse(d->body.data, d->body.size, JSON_DISABLE_EOF_CHECK, &used);
        if (used == 0)
            break;
        if (value)
            ok = send_value(d, value);
        forget(&d->body, used);
    }
    return ok;
}

/* --- frames
 * ----------------------------------------------------------------------------------------------------------- */

static void change_frame(enum deviation_kind kind, char *frame)
{
    if (kind == DEVIATION_FRAME_KIND)
        frame[0] = 3;
    else if (kind == DEVIATION_FRAME_SWAP && (frame[0] == 1 || frame[0] == 2))
        frame[0] = (char)(3 - frame[0]);
    else if (kind == DEVIATION_FRAME_LENGTH)
        frame[7]++;
}

static size_t frame_size(const struct buffer *body)
{
    const unsigned char *head = (const unsigned char *)body->data;

    if (body->size < FRAME_HEAD)
        return 0;
    return FRAME_HEAD + ((size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 | head[7]);
}

static bool looks_like_frames(const struct buffer *body)
{
    return body->size < 4 || (body->data[0] >= 0 && body->data[0] <= 2 && body->data[1] == 0 &&
                              body->data[2] == 0 && body->data[3] == 0);
}

static bool send_frames(struct deviator *d)
{
    bool ok = true;
    size_t size;

    while (ok && (size = frame_size(&d->body)) > 0 && size <= d->body.size) {
        change_frame(d->deviation->kind, d->body.data);
        if (d->deviation->kind != DEVIATION_FRAME_LAST)
            ok = d->to.data(d->to.user, d->body.data, size);
        else {
            ok = !d->frame.size || d->to.data(d->to.user, d->frame.data, d->frame.size);
            buffer_clear(&d->frame);
            buffer_add(&d->frame, d->body.data, size);
        }
        forget(&d->body, size);
    }
    return ok;
}

/* --- bodies
 * ----------------------------------------------------------------------------------------------------------- */

static bool send_all(struct deviator *d)
{
    bool ok = d->to.data(d->to.user, buffer_string(&d->body), d->body.size);

    buffer_clear(&d->body);
    return ok;
}

/* All but the last byte, which comes when there is another. */
static bool send_but_last(struct deviator *d)
{
    char last;
    bool ok;

    if (d->body.size < 2)
        return true;
    last = d->body.data[d->body.size - 1];
    ok = d->to.data(d->to.user, d->body.data, d->body.size - 1);
    buffer_clear(&d->body);
    buffer_add(&d->body, &last, 1);
    return ok;
}

static bool on_data(void *user, const void *data, size_t size)
{
    struct deviator *d = user;

    if (!d->deviation || d->mode == PASS)
        return d->to.data(d->to.user, data, size);
    if (!buffer_add(&d->body, data, size))
        return false;
    switch (d->mode) {
    case VALUES:
        return send_values(d);
    case FRAMES:
        if (!looks_like_frames(&d->body))
            d->mode = PASS;
        return d->mode == PASS ? send_all(d) : send_frames(d);
    case HOLD:
        return send_but_last(d);
    default:
        return true;
    }
}

/* A body that is no JSON has one value, its bytes. */
static void change_bytes(const struct deviation *deviation, struct buffer *body)
{
    if (deviation->kind == DEVIATION_MISSING)
        buffer_clear(body);
    else if (deviation->kind == DEVIATION_VALUE && body->size)
        body->data[body->size / 2] ^= 1;
}

/* Sets the length in a head that has waited for it. */
static bool send_held_head(struct deviator *d)
{
    char line[64];

    if (!d->head_is_held)
        return true;
    d->head_is_held = false;
    change_drop_header(&d->held, "Content-Length");
    snprintf(line, sizeof(line), "Content-Length: %zu", d->body.size);
    headers_add_line(&d->held, line, strlen(line));
    return d->to.head(d->to.user, d->status, d->reason, &d->held);
}

static bool send_whole(struct deviator *d)
{
    json_t *value = d->body.size ? exchange_parse(d->body.data, d->body.size, 0, NULL) : NULL;
    char *dump = NULL;

    if (value && d->deviation->kind != DEVIATION_REWRITE)
        json_path_each(&value, d->deviation->name, change_member, (void *)d->deviation);
    else if (!value)
        change_bytes(d->deviation, &d->body);
    if (value || (d->deviation->kind == DEVIATION_MISSING && strcmp(d->deviation->name, "$") == 0)) {
        dump = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
        buffer_clear(&d->body);
        buffer_printf(&d->body, "%s\n", dump ? dump : "");
    }
    free(dump);
    json_decref(value);
    return send_held_head(d) && send_all(d);
}

static void on_end(void *user, bool whole)
{
    struct deviator *d = user;
    bool ok = true;

    if (d->deviation && d->mode == WHOLE)
        ok = send_whole(d);
    else if (d->deviation && d->late)
        ok = send_json(d, d->late);
    else if (d->deviation && d->mode != PASS && d->mode != HOLD && d->body.size)
        ok = send_all(d);
    d->to.end(d->to.user, ok && whole && !(d->deviation && d->mode == HOLD));
    deviator_clear(d);
}

void deviator_init(struct deviator *deviator, const struct deviation *deviation, const char *operation,
                   const struct sink *to)
{
    bool meant = deviation && operation &&
                 (deviation->kind == DEVIATION_REWRITE || strcmp(deviation->operation, operation) == 0);

    *deviator = (struct deviator){ .deviation = meant ? deviation : NULL, .operation = operation, .to = *to };
}

struct sink deviator_sink(struct deviator *deviator)
{
    return (struct sink){ .user = deviator, .head = on_head, .data = on_data, .end = on_end };
}

void deviator_clear(struct deviator *deviator)
{
    headers_clear(&deviator->held);
    buffer_clear(&deviator->body);
    buffer_clear(&deviator->frame);
    json_decref(deviator->late);
    deviator->late = NULL;
}
