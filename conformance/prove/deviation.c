/* prove/deviation.c - see deviation.h: the names, and what becomes of a value and of a request. The way of an answer is in
 * deviator.c. */
#include "prove/deviation.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "harness/spec/version.h"
#include "prove/change.h"
#include "prove/json_path.h"
#include "report/memory.h"

static const char *const names[DEVIATION_KINDS] = {
    [DEVIATION_REWRITE] = "rewrite",
    [DEVIATION_MISSING] = "missing",
    [DEVIATION_TYPE] = "type",
    [DEVIATION_VALUE] = "value",
    [DEVIATION_NULL] = "null",
    [DEVIATION_OMITTED] = "omitted",
    [DEVIATION_DATE] = "date",
    [DEVIATION_STATUS] = "status",
    [DEVIATION_NO_HEADER] = "no-header",
    [DEVIATION_OTHER_HEADER] = "other-header",
    [DEVIATION_EVENT_LOST] = "event-lost",
    [DEVIATION_EVENT_TWICE] = "event-twice",
    [DEVIATION_EVENT_LATE] = "event-late",
    [DEVIATION_FRAME_KIND] = "frame-kind",
    [DEVIATION_FRAME_SWAP] = "frame-swap",
    [DEVIATION_FRAME_LENGTH] = "frame-length",
    [DEVIATION_FRAME_LAST] = "frame-last",
    [DEVIATION_CUT] = "cut",
    [DEVIATION_NO_UPGRADE] = "no-upgrade",
    [DEVIATION_PARAMETER] = "parameter",
    [DEVIATION_FILTER] = "filter",
    [DEVIATION_MEMBER] = "member",
    [DEVIATION_SENT_HEADER] = "sent-header",
    [DEVIATION_GATE] = "gate",
    [DEVIATION_EFFECT] = "effect",
};

const char *deviation_name(enum deviation_kind kind)
{
    return names[kind];
}

bool deviation_is_live(enum deviation_kind kind)
{
    return kind >= DEVIATION_PARAMETER;
}

int deviation_other_status(int status)
{
    static const int pairs[][2] = {
        {101,  200},
        { 200, 203},
        { 201, 200},
        { 204, 200},
        { 304, 302},
        { 400, 422},
        { 401, 403},
        { 403, 401},
        { 404, 410},
        { 406, 400},
        { 409, 400},
        { 500, 502},
        { 501, 500},
        { 503, 500},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (pairs[i][0] == status)
            return pairs[i][1];
    return status + 7;
}

/* --- values
 * ----------------------------------------------------------------------------------------------------------- */

static bool is_date(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00";

    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return true;
}

static bool is_hex(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

static bool is_id(const char *text)
{
    return is_hex(text, 64) || is_hex(text, 12) || (strncmp(text, "sha256:", 7) == 0 && is_hex(text + 7, 64));
}

bool deviation_fits(enum deviation_kind kind, const json_t *value)
{
    const char *text = json_string_value(value);

    switch (kind) {
    case DEVIATION_NULL:
        return json_is_array(value) && json_array_size(value) == 0;
    case DEVIATION_OMITTED:
        return text && *text == '\0';
    case DEVIATION_DATE:
        return text && is_date(text);
    case DEVIATION_VALUE: /* an object's members have rows of their own, and its being empty is no value */
        return !json_is_object(value) && !json_is_null(value);
    default:
        return true;
    }
}

static json_t *other_type(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return json_integer(7);
    case JSON_ARRAY:
        return json_object();
    case JSON_OBJECT:
        return json_array();
    default:
        return json_string("7");
    }
}

/* A year earlier; the zero date becomes a real one. */
static json_t *other_date(const char *text)
{
    char *copy = must_copy(text);
    json_t *ret;

    if (strncmp(copy, "0001", 4) == 0)
        memcpy(copy, "2001", 4);
    else
        for (int i = 3; i >= 0 && copy[i]-- == '0'; i--)
            copy[i] = '9';
    ret = json_string(copy);
    free(copy);
    return ret;
}

static json_t *other_string(const char *text)
{
    size_t length = strlen(text);
    char *copy;
    json_t *ret;

    if (is_date(text))
        return other_date(text);
    copy = must_format("%sx", text);
    if (is_id(text)) {
        copy[length] = '\0';
        copy[length - 1] = copy[length - 1] == '0' ? '1' : '0';
    }
    ret = json_string(copy);
    free(copy);
    return ret ? ret : json_string("x");
}

static json_t *other_array(const json_t *value)
{
    json_t *ret = json_copy((json_t *)value);

    if (json_array_size(ret) > 0)
        json_array_remove(ret, json_array_size(ret) - 1);
    else
        json_array_append_new(ret, json_string("x"));
    return ret;
}

static json_t *other_value(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return other_string(json_string_value(value));
    case JSON_INTEGER:
        return json_integer(json_integer_value(value) + 1);
    case JSON_REAL:
        return json_real(json_real_value(value) + 1);
    case JSON_TRUE:
        return json_false();
    case JSON_FALSE:
        return json_true();
    default:
        return other_array(value);
    }
}

/* As Go prints a time that nobody marshalled. */
static json_t *other_date_form(const char *text)
{
    char *copy = must_format("%.10s %.8s +0000 UTC", text, text + 11);
    json_t *ret = json_string(copy);

    free(copy);
    return ret;
}

static atomic_bool met;

bool deviation_was_met(enum deviation_kind kind)
{
    return kind < DEVIATION_MISSING || kind > DEVIATION_DATE || atomic_load(&met);
}

json_t *change_member(void *user, json_t *value)
{
    const struct deviation *deviation = user;

    if (!deviation_fits(deviation->kind, value))
        return value;
    atomic_store(&met, true);
    switch (deviation->kind) {
    case DEVIATION_MISSING:
    case DEVIATION_OMITTED:
    case DEVIATION_MEMBER:
        return NULL;
    case DEVIATION_TYPE:
        return other_type(value);
    case DEVIATION_VALUE:
        return other_value(value);
    case DEVIATION_NULL:
        return json_null();
    case DEVIATION_DATE:
        return other_date_form(json_string_value(value));
    default:
        return value;
    }
}

/* --- requests
 * --------------------------------------------------------------------------------------------------------- */

static bool is_parameter(const char *at, size_t length, const char *name)
{
    size_t wanted = strlen(name);

    return length >= wanted && strncmp(at, name, wanted) == 0 && (length == wanted || at[wanted] == '=');
}

/* `value` (of the heap; NULL: none) stands in for every parameter of that name; NULL drops it. */
static void set_parameter(char **path, const char *name, const char *value)
{
    struct buffer ret = { 0 };
    const char *at = strchr(*path, '?');
    char join = '?';

    if (!at)
        return;
    buffer_add(&ret, *path, (size_t)(at - *path));
    while (*at) {
        size_t length = strcspn(++at, "&");
        bool meant = is_parameter(at, length, name);
        if (meant && value)
            buffer_printf(&ret, "%c%s=%s", join, name, value);
        else if (!meant)
            buffer_printf(&ret, "%c%.*s", join, (int)length, at);
        join = meant && !value ? join : '&';
        at += length;
    }
    free(*path);
    *path = buffer_take(&ret);
}

static void decode(const char *text, size_t length, struct buffer *ret)
{
    for (size_t i = 0; i < length; i++) {
        char hex[3] = { 0 }, byte = text[i] == '+' ? ' ' : text[i];
        if (text[i] == '%' && i + 2 < length) {
            memcpy(hex, text + i + 1, 2);
            byte = (char)strtol(hex, NULL, 16);
            i += 2;
        }
        buffer_add(ret, &byte, 1);
    }
}

static char *encode(const char *text)
{
    struct buffer ret = { 0 };

    for (; *text; text++)
        if (isalnum((unsigned char)*text))
            buffer_add(&ret, text, 1);
        else
            buffer_printf(&ret, "%%%02X", (unsigned char)*text);
    return buffer_take(&ret);
}

json_t *request_filters(const char *path)
{
    const char *at = strchr(path, '?');
    struct buffer text = { 0 };
    json_t *ret = NULL;

    while (at && *at) {
        size_t length = strcspn(++at, "&");
        if (is_parameter(at, length, "filters") && length > 8)
            decode(at + 8, length - 8, &text);
        at += length;
    }
    if (text.size)
        ret = json_loadb(buffer_string(&text), text.size, 0, NULL);
    buffer_clear(&text);
    return ret;
}

bool request_has_parameter(const char *path, const char *name)
{
    const char *at = strchr(path, '?');

    while (at && *at) {
        size_t length = strcspn(++at, "&");
        if (is_parameter(at, length, name))
            return true;
        at += length;
    }
    return false;
}

static void drop_filter(char **path, const char *key)
{
    json_t *filters = request_filters(*path);
    char *dump, *encoded;

    if (!json_is_object(filters) || json_object_del(filters, key) < 0) {
        json_decref(filters);
        return;
    }
    dump = json_dumps(filters, JSON_COMPACT);
    must_have(dump);
    encoded = encode(dump);
    set_parameter(path, "filters", json_object_size(filters) ? encoded : NULL);
    free(encoded);
    free(dump);
    json_decref(filters);
}

static void drop_member(const struct deviation *deviation, struct buffer *body)
{
    json_t *json = json_loadb(buffer_string(body), body->size, JSON_DECODE_ANY, NULL);
    char *dump;

    if (!json)
        return;
    json_path_each(&json, deviation->name, change_member, (void *)deviation);
    dump = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    buffer_clear(body);
    if (dump)
        buffer_text(body, dump);
    free(dump);
    json_decref(json);
}

void change_drop_header(struct wire_headers *headers, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->list[i].name, name) != 0) {
            headers->list[kept++] = headers->list[i];
            continue;
        }
        free(headers->list[i].name);
        free(headers->list[i].value);
    }
    headers->count = kept;
}

static void open_gate(const struct deviation *deviation, char **path)
{
    char version[16], *changed;
    size_t length = strncmp(*path, "/v", 2) == 0 ? strcspn(*path + 2, "/") : 0;

    if (length == 0 || length >= sizeof(version))
        return;
    snprintf(version, sizeof(version), "%.*s", (int)length, *path + 2);
    if (!version_is_valid(version) || version_compare(version, deviation->name) >= 0)
        return;
    changed = must_format("/v%s%s", deviation->type, *path + 2 + length);
    free(*path);
    *path = changed;
}

void deviation_apply_to_request(const struct deviation *deviation, struct outgoing *request)
{
    switch (deviation->kind) {
    case DEVIATION_PARAMETER:
        set_parameter(&request->path, deviation->name, NULL);
        break;
    case DEVIATION_FILTER:
        drop_filter(&request->path, deviation->name);
        break;
    case DEVIATION_MEMBER:
        drop_member(deviation, &request->body);
        break;
    case DEVIATION_SENT_HEADER:
        change_drop_header(&request->headers, deviation->name);
        break;
    case DEVIATION_GATE:
        open_gate(deviation, &request->path);
        break;
    default:
        break;
    }
}
