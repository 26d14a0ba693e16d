/* wire/exchange.c - an exchange by libcurl, and the forms in which it is told.
 *
 * The path goes out by CURLOPT_REQUEST_TARGET, byte for byte as the case wrote it: libcurl would normalise or
 * refuse what some cases are about. What was sent is taken from libcurl's own trace, not from what we asked
 * for, so that the journal is true. */
#include "harness/wire/exchange.h"
#include "harness/wire/buffer.h"
#include "harness/wire/clock.h"
#include "harness/wire/curl_setup.h"
#include "harness/wire/exchange_inside.h"
#include "harness/wire/headers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define DEFAULT_TIMEOUT_MS 30000
#define TOLD_BODY_MAX      (16 * 1024)
#define TOLD_HEADERS_MAX   (16 * 1024)
#define VALUE_WEIGHT       160 /* bytes of memory of a member in jansson, about */

#define LATE "no whole answer within "

struct transfer {
    struct exchange *x;
    struct buffer body;
    size_t header_bytes;
    bool headers_endless;
    FILE *file;
};

static size_t on_header(char *data, size_t one, size_t size, void *user)
{
    struct transfer *t = user;
    const char *space;

    t->header_bytes += size;
    if (t->header_bytes > EXCHANGE_HEADERS_MAX) {
        t->headers_endless = true;
        return 0;
    }
    if (size > 5 && strncmp(data, "HTTP/", 5) == 0) { /* also after "100 Continue": the last head counts */
        headers_clear(&t->x->headers);
        free(t->x->reason);
        space = memchr(data, ' ', size);
        space = space ? memchr(space + 1, ' ', size - (size_t)(space + 1 - data)) : NULL;
        t->x->reason = space ? strndup(space + 1, strcspn(space + 1, "\r\n")) : strdup("");
    } else
        headers_add_line(&t->x->headers, data, size);
    return one * size;
}

static size_t on_body(char *data, size_t one, size_t size, void *user)
{
    struct transfer *t = user;

    if (buffer_add(&t->body, data, size))
        return one * size;
    t->x->cut = true;
    return 0;
}

static size_t on_read(char *data, size_t one, size_t size, void *user)
{
    struct transfer *t = user;
    size_t n = fread(data, one, size, t->file);

    return ferror(t->file) ? CURL_READFUNC_ABORT : n;
}

static int on_trace(CURL *curl, curl_infotype type, char *data, size_t size, void *user)
{
    struct transfer *t = user;

    (void)curl;
    if (type != CURLINFO_HEADER_OUT)
        return 0;
    headers_clear(&t->x->sent_headers);
    for (char *end = data + size, *line = memchr(data, '\n', size); line && ++line < end;) {
        char *next = memchr(line, '\n', (size_t)(end - line));
        if (next)
            headers_add_line(&t->x->sent_headers, line, (size_t)(next - line));
        line = next;
    }
    return 0;
}

static struct curl_slist *request_headers(const struct wire_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    char line[256];

    if (request->content_type) {
        snprintf(line, sizeof line, "Content-Type: %s", request->content_type);
        list = curl_slist_append(list, line);
    } else
        list = curl_slist_append(list, "Content-Type:");
    for (const char *const *header = request->headers; header && *header; header++)
        list = curl_slist_append(list, *header);
    return list;
}

static bool method_has_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
}

static void set_body(CURL *curl, const struct wire_request *request, struct transfer *t)
{
    struct stat st;

    if (request->body_file && t->file && fstat(fileno(t->file), &st) == 0) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(curl, CURLOPT_READDATA, t);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)st.st_size);
        t->x->sent_size = (size_t)st.st_size;
    } else if (request->body || method_has_body(request->method)) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    }
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* The separators outside of strings tell, without a tree in memory. */
size_t exchange_count_values(const char *data, size_t size)
{
    size_t count = 1, depth = 0;
    bool text = false;

    for (size_t i = 0; i < size && count <= EXCHANGE_VALUES_MAX; i++) {
        char c = data[i];
        if (i == EXCHANGE_JSON_MAX)
            return EXCHANGE_VALUES_MAX + 1;
        if (text && c == '\\') {
            i++;
        } else if (c == '"') {
            text = !text;
        } else if (!text) {
            count += c == ',' || c == '[' || c == '{';
            depth += c == '[' || c == '{';
            if ((c == ']' || c == '}') && (depth == 0 || --depth == 0))
                break;
        }
    }
    return count;
}

/* Text of any length is too big an integer for jansson above 2^63: engines do send 2^64-1. Then all numbers
 * become reals. */
json_t *exchange_parse(const char *data, size_t size, size_t flags, size_t *used)
{
    json_error_t error;
    json_t *ret;

    if (exchange_count_values(data, size) > EXCHANGE_VALUES_MAX)
        return NULL;
    ret = json_loadb(data, size, flags | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

    if (!ret && json_error_code(&error) == json_error_numeric_overflow)
        ret = json_loadb(data, size, flags | JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
                         &error);
    if (ret && used)
        *used = (size_t)error.position;
    return ret;
}

struct exchange *exchange_new(const struct wire_target *target, const struct wire_request *request)
{
    struct exchange *x = calloc(1, sizeof *x);

    if (!x)
        return NULL;
    x->target = target;
    x->index = -1;
    x->method = strdup(request->method);
    x->path = strdup(request->path);
    x->reason = strdup("");
    if (request->body_file)
        x->sent_file = strdup(request->body_file);
    else if (request->body && (x->sent_body = malloc(request->body_size + 1))) {
        memcpy(x->sent_body, request->body, request->body_size);
        x->sent_body[request->body_size] = '\0';
        x->sent_size = request->body_size;
    }
    return x;
}

static void judge_transport(struct transfer *t, CURL *curl, CURLcode code, const char *text)
{
    struct exchange *x = t->x;
    char line[CURL_ERROR_SIZE + 64];
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    x->status = (int)status;
    if (code == CURLE_OK)
        return;
    if (x->cut)
        snprintf(line, sizeof line, "the body does not end");
    else if (t->headers_endless)
        snprintf(line, sizeof line, "the headers do not end");
    else if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(line, sizeof line, LATE "%u ms", x->ms);
    else
        snprintf(line, sizeof line, "%s", *text ? text : curl_easy_strerror(code));
    x->error = strdup(line);
}

static void perform(struct transfer *t, CURL *curl, const struct wire_request *request,
                    const char *error_text)
{
    struct curl_slist *headers = request_headers(request);
    uint64_t begin = clock_ms();
    CURLcode code;

    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     (long)(request->timeout_ms ? request->timeout_ms : DEFAULT_TIMEOUT_MS));
    curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, request->path);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_trace);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, t);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    set_body(curl, request, t);
    code = curl_easy_perform(curl);
    t->x->ms = (unsigned)(clock_ms() - begin);
    judge_transport(t, curl, code, error_text);
    curl_slist_free_all(headers);
}

void exchange_set_body(struct exchange *x, struct buffer *body)
{
    free(x->body);
    json_decref(x->json);
    x->size = body->size;
    x->body = buffer_take(body);
    x->json = x->size && !x->cut && x->body ? exchange_parse(x->body, x->size, 0, NULL) : NULL;
    x->weight = x->size;
    if (x->json)
        x->weight += x->size + VALUE_WEIGHT * exchange_count_values(x->body, x->size);
}

void exchange_prepare(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct exchange *exchange_send(const struct wire_target *target, const struct wire_request *request)
{
    char error_text[CURL_ERROR_SIZE] = "";
    struct transfer t = { .x = exchange_new(target, request) };
    CURL *curl = curl_for_target(target, 10000, error_text);

    if (t.x && curl) {
        if (request->body_file && !(t.file = fopen(request->body_file, "rb")))
            t.x->error = strdup("cannot read the file that is to be sent");
        else
            perform(&t, curl, request, error_text);
        if (t.file)
            fclose(t.file);
        exchange_set_body(t.x, &t.body);
    }
    curl_easy_cleanup(curl);
    if (t.x && t.x->body)
        return t.x;
    exchange_free(t.x);
    return NULL;
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    free(x->method);
    free(x->path);
    headers_clear(&x->sent_headers);
    free(x->sent_body);
    free(x->sent_file);
    free(x->reason);
    headers_clear(&x->headers);
    free(x->body);
    json_decref(x->json);
    free(x->error);
    free(x->operation);
    free(x);
}

bool exchange_is_late(const char *error)
{
    return strncmp(error, LATE, strlen(LATE)) == 0;
}

const char *exchange_header(const struct exchange *x, const char *name)
{
    return headers_find(&x->headers, name);
}

json_t *exchange_values(const struct exchange *x)
{
    json_t *ret = json_array();
    size_t values = 0;

    for (size_t at = 0, used; at < x->size; at += used) {
        json_t *value = NULL;
        if (strchr(" \t\r\n", x->body[at]) && x->body[at]) {
            used = 1;
            continue;
        }
        values += exchange_count_values(x->body + at, x->size - at);
        if (values <= EXCHANGE_VALUES_MAX)
            value = exchange_parse(x->body + at, x->size - at, JSON_DISABLE_EOF_CHECK, &used);
        if (!value || used == 0) {
            json_decref(value);
            json_decref(ret);
            return NULL;
        }
        json_array_append_new(ret, value);
    }
    return ret;
}

/* What the curl program sends by itself, or is told by another option. */
static bool curl_sends_by_itself(const struct wire_header *header)
{
    static const char *const names[] = { "Host", "Accept", "Content-Length", "User-Agent",
                                         "Transfer-Encoding" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(header->name, names[i]) == 0)
            return true;
    return false;
}

static void curl_options(const struct exchange *x, struct buffer *line)
{
    const struct wire_target *target = x->target;

    if (target && target->socket_path) {
        buffer_text(line, " --unix-socket ");
        buffer_shell_word(line, target->socket_path);
    }
    if (target && target->tls) {
        const char *options[] = { "--cacert",        target->ca_file, "--cert",
                                  target->cert_file, "--key",         target->key_file };
        for (size_t i = 0; i < 6; i += 2)
            if (options[i + 1]) {
                buffer_printf(line, " %s ", options[i]);
                buffer_shell_word(line, options[i + 1]);
            }
        if (!target->verify)
            buffer_text(line, " -k");
    }
    if (strcmp(x->method, "HEAD") == 0)
        buffer_text(line, " --head");
    else if (strcmp(x->method, "GET") != 0)
        buffer_printf(line, " -X %s", x->method);
}

static void curl_body(const struct exchange *x, struct buffer *line)
{
    if (x->sent_file) {
        struct buffer at = { 0 };
        buffer_printf(&at, "@%s", x->sent_file);
        buffer_text(line, " --data-binary ");
        buffer_shell_word(line, buffer_string(&at));
        buffer_clear(&at);
    } else if (x->sent_body && (strlen(x->sent_body) != x->sent_size || x->sent_size > TOLD_BODY_MAX)) {
        buffer_printf(line, " --data-binary @BODY-OF-%zu-BYTES", x->sent_size);
    } else if (x->sent_body && x->sent_size) {
        buffer_text(line, x->sent_body[0] == '@' ? " --data-raw " : " -d ");
        buffer_shell_word(line, x->sent_body);
    }
}

char *exchange_curl(const struct exchange *x)
{
    struct buffer line = { 0 }, url = { 0 };
    const char *odd = "[]{} \"<>\\^`|#";
    bool as_is = x->path[strcspn(x->path, odd)] || strstr(x->path, "..") || strstr(x->path, "/./");

    buffer_text(&line, "curl -sS -i");
    curl_options(x, &line);
    for (size_t i = 0; i < x->sent_headers.count; i++)
        if (!curl_sends_by_itself(&x->sent_headers.list[i])) {
            struct buffer header = { 0 };
            buffer_printf(&header, "%s: %s", x->sent_headers.list[i].name, x->sent_headers.list[i].value);
            buffer_text(&line, " -H ");
            buffer_shell_word(&line, buffer_string(&header));
            buffer_clear(&header);
        }
    curl_body(x, &line);
    if (as_is) {
        buffer_text(&line, " --request-target ");
        buffer_shell_word(&line, x->path);
    }
    buffer_printf(&url, "%s%s", x->target ? x->target->base_url : "http://localhost", as_is ? "/" : x->path);
    buffer_text(&line, " ");
    buffer_shell_word(&line, buffer_string(&url));
    buffer_clear(&url);
    return buffer_take(&line);
}

static json_t *utf8(const char *data, size_t size)
{
    struct buffer text = { 0 };
    json_t *ret;

    if (!data)
        return json_null();
    buffer_utf8(&text, data, size);
    ret = json_stringn(buffer_string(&text), text.size);
    buffer_clear(&text);
    return ret;
}

static json_t *utf8_string(const char *text)
{
    return utf8(text, text ? strlen(text) : 0);
}

/* Those beyond the bound are left out. */
static json_t *headers_to_json(const struct wire_headers *headers)
{
    json_t *ret = json_array();
    size_t bytes = 0;

    for (size_t i = 0; i < headers->count && bytes < TOLD_HEADERS_MAX; i++) {
        json_t *pair = json_array();
        bytes += strlen(headers->list[i].name) + strlen(headers->list[i].value);
        json_array_append_new(pair, utf8_string(headers->list[i].name));
        json_array_append_new(pair, utf8_string(headers->list[i].value));
        json_array_append_new(ret, pair);
    }
    return ret;
}

static size_t told(size_t size)
{
    return size < TOLD_BODY_MAX ? size : TOLD_BODY_MAX;
}

json_t *exchange_to_json(const struct exchange *x)
{
    json_t *ret = json_object();
    char *curl = exchange_curl(x);

    json_object_set_new(ret, "method", utf8_string(x->method));
    json_object_set_new(ret, "path", utf8_string(x->path));
    json_object_set_new(ret, "operation", utf8_string(x->operation));
    json_object_set_new(ret, "request_headers", headers_to_json(&x->sent_headers));
    json_object_set_new(ret, "request_body", utf8(x->sent_body, told(x->sent_size)));
    json_object_set_new(ret, "request_size", json_integer((json_int_t)x->sent_size));
    json_object_set_new(ret, "request_file", utf8_string(x->sent_file));
    json_object_set_new(ret, "status", json_integer(x->status));
    json_object_set_new(ret, "reason", utf8_string(x->reason));
    json_object_set_new(ret, "headers", headers_to_json(&x->headers));
    json_object_set_new(ret, "body", utf8(x->body, told(x->size)));
    json_object_set_new(ret, "size", json_integer((json_int_t)x->size));
    json_object_set_new(ret, "cut", json_boolean(x->cut));
    json_object_set_new(ret, "error", utf8_string(x->error));
    json_object_set_new(ret, "ms", json_integer(x->ms));
    json_object_set_new(ret, "curl", utf8_string(curl));
    free(curl);
    return ret;
}

static void describe_body(struct buffer *text, const char *mark, const char *body, size_t size)
{
    if (!size)
        return;
    buffer_text(text, mark);
    buffer_utf8(text, body, size < 1024 ? size : 1024);
    buffer_text(text, size > 1024 ? " ...\n" : "\n");
}

char *exchange_describe(const struct exchange *x)
{
    struct buffer text = { 0 };

    buffer_printf(&text, "> %s %s\n", x->method, x->path);
    if (x->sent_file)
        buffer_printf(&text, "> (the file %s, %zu bytes)\n", x->sent_file, x->sent_size);
    else
        describe_body(&text, "> ", x->sent_body, x->sent_body ? x->sent_size : 0);
    if (x->status)
        buffer_printf(&text, "< %d %s, %zu bytes%s, %u ms\n", x->status, x->reason, x->size,
                      x->cut ? " and more" : "", x->ms);
    if (x->error)
        buffer_printf(&text, "< %s\n", x->error);
    describe_body(&text, "< ", x->body, x->size);
    return buffer_take(&text);
}
