/* prove/recording.c - see recording.h. */
#include "prove/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/spec/schema.h"
#include "report/memory.h"

uint64_t hash_bytes(const void *data, size_t size)
{
    const unsigned char *byte = data;
    uint64_t ret = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        ret = (ret ^ byte[i]) * 1099511628211u;
    return ret;
}

struct recorded *recorded_new(const char *method, const char *path, const void *body, size_t body_size)
{
    struct recorded *ret = must_alloc(1, sizeof(*ret));

    ret->method = must_copy(method);
    ret->path = must_copy(path);
    ret->operation = operation_of(method, path);
    ret->body_hash = hash_bytes(body, body_size);
    if (body_size <= RECORDED_BODY_MAX)
        buffer_add(&ret->body, body, body_size);
    return ret;
}

static bool nothing_heard_between(const struct moment *a, const struct moment *b)
{
    return a->requests == b->requests && a->heard == b->heard;
}

void recorded_add(struct recorded *recorded, struct moment when, const void *data, size_t size)
{
    struct piece *last = recorded->count ? &recorded->pieces[recorded->count - 1] : NULL;

    if (!last || !nothing_heard_between(&last->when, &when)) {
        recorded->pieces = must_grow(recorded->pieces, recorded->count, sizeof(*recorded->pieces));
        last = &recorded->pieces[recorded->count++];
        *last = (struct piece){ 0 };
    }
    last->when = when;
    buffer_add(&last->data, data, size);
}

void recorded_body(const struct recorded *recorded, struct buffer *ret)
{
    *ret = (struct buffer){ 0 };
    for (size_t i = 0; i < recorded->count; i++)
        buffer_add(ret, buffer_string(&recorded->pieces[i].data), recorded->pieces[i].data.size);
}

/* --- bytes as text: each the character of its number
 * ------------------------------------------------------------------ */

static json_t *bytes_to_json(const void *data, size_t size)
{
    const unsigned char *byte = data;
    struct buffer text = { .max = 2 * (size_t)EXCHANGE_BODY_MAX };
    json_t *ret;

    for (size_t i = 0; i < size; i++) {
        unsigned char two[2] = { (unsigned char)(0xc0 | byte[i] >> 6),
                                 (unsigned char)(0x80 | (byte[i] & 0x3f)) };
        if (byte[i] < 0x80)
            buffer_add(&text, &byte[i], 1);
        else
            buffer_add(&text, two, 2);
    }
    ret = json_stringn(buffer_string(&text), text.size);
    must_have(ret);
    buffer_clear(&text);
    return ret;
}

static void bytes_from_json(const json_t *json, struct buffer *ret)
{
    const unsigned char *text = (const unsigned char *)json_string_value(json);
    size_t size = json_string_length(json);

    for (size_t i = 0; text && i < size; i++) {
        unsigned char byte = text[i];
        if (byte >= 0xc0 && i + 1 < size) {
            byte = (unsigned char)(byte << 6 | (text[i + 1] & 0x3f));
            i++;
        }
        buffer_add(ret, &byte, 1);
    }
}

/* --- writing
 * ---------------------------------------------------------------------------------------------------------- */

static json_t *headers_to_json(const struct wire_headers *headers)
{
    json_t *ret = json_array();

    for (size_t i = 0; i < headers->count; i++) {
        json_array_append_new(ret, bytes_to_json(headers->list[i].name, strlen(headers->list[i].name)));
        json_array_append_new(ret, bytes_to_json(headers->list[i].value, strlen(headers->list[i].value)));
    }
    return ret;
}

static json_t *moment_to_json(const struct moment *moment)
{
    return json_pack("[I, I, I]", (json_int_t)moment->requests, (json_int_t)moment->heard,
                     (json_int_t)moment->ms);
}

static json_t *pieces_to_json(const struct recorded *recorded)
{
    json_t *ret = json_array();

    for (size_t i = 0; i < recorded->count; i++) {
        const struct piece *piece = &recorded->pieces[i];
        json_array_append_new(ret, moment_to_json(&piece->when));
        json_array_append_new(ret, bytes_to_json(buffer_string(&piece->data), piece->data.size));
    }
    return ret;
}

static json_t *recorded_to_json(const struct recorded *r)
{
    char hash[32];
    json_t *ret;

    snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)r->body_hash);
    ret = json_pack("{s:o, s:o, s:o, s:o, s:s, s:i, s:o, s:o, s:o, s:o}", "method",
                    bytes_to_json(r->method, strlen(r->method)), "path",
                    bytes_to_json(r->path, strlen(r->path)), "sent", headers_to_json(&r->sent), "body",
                    bytes_to_json(buffer_string(&r->body), r->body.size), "hash", hash, "status", r->status,
                    "reason", bytes_to_json(r->reason ? r->reason : "", r->reason ? strlen(r->reason) : 0),
                    "headers", headers_to_json(&r->headers), "head", moment_to_json(&r->head), "pieces",
                    pieces_to_json(r));
    must_have(ret);
    if (r->ended) {
        json_object_set_new(ret, "end", moment_to_json(&r->end));
        json_object_set_new(ret, "whole", json_boolean(r->whole));
    }
    return ret;
}

json_t *recorded_list_to_json(struct recorded *const *list, size_t count)
{
    json_t *ret = json_array();

    must_have(ret);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(ret, recorded_to_json(list[i]));
    return ret;
}

static void write_line(json_t *line, FILE *out)
{
    must_have(line);
    json_dumpf(line, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(line);
}

void recording_write_header(const struct recording *recording, FILE *out)
{
    write_line(json_pack("{s:i, s:s, s:s, s:s, s:b, s:O, s:O}", "plimsoll_recording", RECORDING_FORMAT, "run",
                         recording->run_id, "api_version", recording->api_version, "engine",
                         recording->engine, "same_host", recording->same_host, "version", recording->version,
                         "info", recording->info),
               out);
}

void recording_write_case(const char *id, enum verdict verdict, const json_t *exchanges, FILE *out)
{
    write_line(
        json_pack("{s:s, s:s, s:O}", "case", id, "verdict", verdict_name(verdict), "exchanges", exchanges),
        out);
}

/* --- reading
 * ---------------------------------------------------------------------------------------------------------- */

static char *text_from_json(const json_t *json)
{
    struct buffer text = { 0 };

    bytes_from_json(json, &text);
    buffer_add(&text, "", 0);
    return text.data ? buffer_take(&text) : must_copy("");
}

static void headers_from_json(const json_t *json, struct wire_headers *ret)
{
    for (size_t i = 0; i + 1 < json_array_size(json); i += 2) {
        ret->list = must_grow(ret->list, ret->count, sizeof(*ret->list));
        ret->list[ret->count++] = (struct wire_header){ text_from_json(json_array_get(json, i)),
                                                        text_from_json(json_array_get(json, i + 1)) };
    }
}

static struct moment moment_from_json(const json_t *json)
{
    return (struct moment){ .requests = (unsigned)json_integer_value(json_array_get(json, 0)),
                            .heard = (unsigned long)json_integer_value(json_array_get(json, 1)),
                            .ms = (uint64_t)json_integer_value(json_array_get(json, 2)) };
}

static void pieces_from_json(const json_t *json, struct recorded *ret)
{
    ret->count = json_array_size(json) / 2;
    ret->pieces = must_alloc(ret->count + 1, sizeof(*ret->pieces));
    for (size_t i = 0; i < ret->count; i++) {
        ret->pieces[i].when = moment_from_json(json_array_get(json, 2 * i));
        bytes_from_json(json_array_get(json, 2 * i + 1), &ret->pieces[i].data);
    }
}

static struct recorded *recorded_from_json(const json_t *json)
{
    struct recorded *ret = must_alloc(1, sizeof(*ret));
    const char *hash = json_string_value(json_object_get(json, "hash"));

    ret->method = text_from_json(json_object_get(json, "method"));
    ret->path = text_from_json(json_object_get(json, "path"));
    ret->operation = operation_of(ret->method, ret->path);
    headers_from_json(json_object_get(json, "sent"), &ret->sent);
    bytes_from_json(json_object_get(json, "body"), &ret->body);
    ret->body_hash = strtoull(hash ? hash : "0", NULL, 16);
    ret->status = (int)json_integer_value(json_object_get(json, "status"));
    ret->reason = text_from_json(json_object_get(json, "reason"));
    headers_from_json(json_object_get(json, "headers"), &ret->headers);
    ret->head = moment_from_json(json_object_get(json, "head"));
    pieces_from_json(json_object_get(json, "pieces"), ret);
    ret->ended = json_object_get(json, "end") != NULL;
    ret->end = moment_from_json(json_object_get(json, "end"));
    ret->whole = json_is_true(json_object_get(json, "whole"));
    return ret;
}

static int read_header(const json_t *line, struct recording *ret)
{
    if (json_integer_value(json_object_get(line, "plimsoll_recording")) != RECORDING_FORMAT)
        return -1;
    snprintf(ret->run_id, sizeof(ret->run_id), "%s", json_string_value(json_object_get(line, "run")));
    snprintf(ret->api_version, sizeof(ret->api_version), "%s",
             json_string_value(json_object_get(line, "api_version")));
    snprintf(ret->engine, sizeof(ret->engine), "%s", json_string_value(json_object_get(line, "engine")));
    ret->same_host = json_is_true(json_object_get(line, "same_host"));
    ret->version = json_incref(json_object_get(line, "version"));
    ret->info = json_incref(json_object_get(line, "info"));
    return ret->version && ret->info ? 0 : -1;
}

static int read_case(const json_t *line, struct recording *ret)
{
    const json_t *exchanges = json_object_get(line, "exchanges");
    const char *id = json_string_value(json_object_get(line, "case"));
    struct recorded_case one = { .count = json_array_size(exchanges) };

    if (!id || verdict_from_name(json_string_value(json_object_get(line, "verdict")), &one.verdict) < 0)
        return -1;
    one.id = must_copy(id);
    one.list = must_alloc(one.count + 1, sizeof(*one.list));
    for (size_t i = 0; i < one.count; i++)
        one.list[i] = recorded_from_json(json_array_get(exchanges, i));
    ret->cases = must_grow(ret->cases, ret->count, sizeof(*ret->cases));
    ret->cases[ret->count++] = one;
    return 0;
}

int recording_load(const char *path, struct recording *ret, char **why)
{
    FILE *in = fopen(path, "r");
    json_error_t error;
    json_t *line;
    int good = 0;

    *ret = (struct recording){ 0 };
    if (!in) {
        *why = must_format("%s: %s", path, strerror(errno));
        return -1;
    }
    for (size_t i = 0; good == 0; i++) {
        line = json_loadf(in, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);
        if (!line)
            break;
        good = i == 0 ? read_header(line, ret) : read_case(line, ret);
        json_decref(line);
    }
    fclose(in);
    if (good == 0 && ret->count > 0)
        return 0;
    *why = must_format("%s: no recording of plimsoll's, format %d", path, RECORDING_FORMAT);
    recording_clear(ret);
    return -1;
}

static void headers_free(struct wire_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        free(headers->list[i].name);
        free(headers->list[i].value);
    }
    free(headers->list);
}

static void recorded_free(struct recorded *recorded)
{
    free(recorded->method);
    free(recorded->path);
    free(recorded->reason);
    headers_free(&recorded->sent);
    headers_free(&recorded->headers);
    buffer_clear(&recorded->body);
    for (size_t i = 0; i < recorded->count; i++)
        buffer_clear(&recorded->pieces[i].data);
    free(recorded->pieces);
    free(recorded);
}

void recording_clear(struct recording *recording)
{
    for (size_t i = 0; i < recording->count; i++) {
        for (size_t j = 0; j < recording->cases[i].count; j++)
            recorded_free(recording->cases[i].list[j]);
        free(recording->cases[i].list);
        free(recording->cases[i].id);
    }
    free(recording->cases);
    json_decref(recording->version);
    json_decref(recording->info);
    *recording = (struct recording){ 0 };
}

const struct recorded_case *recording_find(const struct recording *recording, const char *id)
{
    for (size_t i = 0; i < recording->count; i++)
        if (strcmp(recording->cases[i].id, id) == 0)
            return &recording->cases[i];
    return NULL;
}
