/* http/parser.c - see parser.h: the only file that knows which parsing library there is.
 *
 * Both libraries call back and can be paused; we pause at the end of the head, so that a handler runs before
 * its body was read, and at the end of the message, so that a pipelined request or the bytes of a hijacked
 * stream are not taken for a body. */
#include "http/parser.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LLHTTP
#include <llhttp.h>
typedef llhttp_t lib_parser;
typedef llhttp_settings_t lib_settings;
#else
#include <http_parser.h>
typedef http_parser lib_parser;
typedef http_parser_settings lib_settings;
#endif

#include "base/mem.h"

struct parser {
    lib_parser lib;
    lib_settings settings;
    struct parser_events events;
    void *user;
    enum parser_kind kind;
    enum parser_at at;
    bool paused, skip_body, has_body;
};

static int on_url(lib_parser *lib, const char *bytes, size_t n)
{
    struct parser *p = lib->data;

    return p->events.url ? p->events.url(p->user, bytes, n) : 0;
}

static int on_field(lib_parser *lib, const char *bytes, size_t n)
{
    struct parser *p = lib->data;

    return p->events.field(p->user, bytes, n);
}

static int on_value(lib_parser *lib, const char *bytes, size_t n)
{
    struct parser *p = lib->data;

    return p->events.value(p->user, bytes, n);
}

static int on_body(lib_parser *lib, const char *bytes, size_t n)
{
    struct parser *p = lib->data;

    return p->skip_body ? 0 : p->events.body(p->user, bytes, n);
}

static void stop_here(struct parser *p, enum parser_at at);

static int on_head(lib_parser *lib)
{
    struct parser *p = lib->data;

    p->has_body = (lib->flags & F_CHUNKED) ||
#ifdef HAVE_LLHTTP
                  ((lib->flags & F_CONTENT_LENGTH) && lib->content_length > 0);
    stop_here(p, PARSER_HEAD_DONE);
    return HPE_PAUSED;
#else
                  ((lib->flags & F_CONTENTLENGTH) && lib->content_length > 0);
    stop_here(p, PARSER_HEAD_DONE);
    return 0;
#endif
}

static int on_done(lib_parser *lib)
{
    stop_here(lib->data, PARSER_MESSAGE_DONE);
#ifdef HAVE_LLHTTP
    return HPE_PAUSED;
#else
    return 0;
#endif
}

static void stop_here(struct parser *p, enum parser_at at)
{
    p->at = at;
    p->paused = true;
#ifndef HAVE_LLHTTP
    http_parser_pause(&p->lib, 1);
#endif
}

struct parser *parser_new(enum parser_kind kind, const struct parser_events *events, void *user)
{
    struct parser *p = new_zeroed(struct parser);

    p->kind = kind;
    p->events = *events;
    p->user = user;
#ifdef HAVE_LLHTTP
    llhttp_settings_init(&p->settings);
#else
    http_parser_settings_init(&p->settings);
#endif
    p->settings.on_url = on_url;
    p->settings.on_header_field = on_field;
    p->settings.on_header_value = on_value;
    p->settings.on_body = on_body;
    p->settings.on_headers_complete = on_head;
    p->settings.on_message_complete = on_done;
    parser_reset(p);
    return p;
}

struct parser *parser_free(struct parser *p)
{
    free(p);
    return NULL;
}

void parser_reset(struct parser *p)
{
#ifdef HAVE_LLHTTP
    llhttp_init(&p->lib, p->kind == PARSER_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE, &p->settings);
#else
    http_parser_init(&p->lib, p->kind == PARSER_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE);
#endif
    p->lib.data = p;
    p->at = PARSER_IN_HEAD;
    p->paused = p->skip_body = p->has_body = false;
}

#ifdef HAVE_LLHTTP
static ssize_t feed(struct parser *p, const char *bytes, size_t n, struct error *err)
{
    llhttp_errno_t code;

    if (p->paused)
        llhttp_resume(&p->lib);
    p->paused = false;
    code = llhttp_execute(&p->lib, bytes, n);
    if (code == HPE_PAUSED_UPGRADE)
        llhttp_resume_after_upgrade(&p->lib);
    if (code == HPE_PAUSED || code == HPE_PAUSED_UPGRADE)
        return llhttp_get_error_pos(&p->lib) - bytes;
    if (code != HPE_OK)
        return error_set(err, ERR_INVALID, "malformed HTTP: %s", llhttp_errno_name(code));
    return (ssize_t)n;
}

int parser_finish(struct parser *p, struct error *err)
{
    if (p->at != PARSER_MESSAGE_DONE && llhttp_finish(&p->lib) != HPE_OK)
        return error_set(err, ERR_INVALID, "the message was cut short");
    if (p->at == PARSER_HEAD_DONE)
        p->at = PARSER_MESSAGE_DONE;
    return p->at == PARSER_MESSAGE_DONE ? 0 : error_set(err, ERR_INVALID, "the message was cut short");
}
#else
static ssize_t feed(struct parser *p, const char *bytes, size_t n, struct error *err)
{
    enum http_errno code;
    size_t took;

    if (p->paused)
        http_parser_pause(&p->lib, 0);
    p->paused = false;
    took = http_parser_execute(&p->lib, &p->settings, bytes, n);
    code = HTTP_PARSER_ERRNO(&p->lib);
    if (code != HPE_OK && code != HPE_PAUSED)
        return error_set(err, ERR_INVALID, "malformed HTTP: %s", http_errno_description(code));
    return (ssize_t)took;
}

int parser_finish(struct parser *p, struct error *err)
{
    if (p->at == PARSER_MESSAGE_DONE)
        return 0;
    if (p->paused)
        http_parser_pause(&p->lib, 0);
    p->paused = false;
    http_parser_execute(&p->lib, &p->settings, NULL, 0);
    return p->at == PARSER_MESSAGE_DONE ? 0 : error_set(err, ERR_INVALID, "the message was cut short");
}
#endif

ssize_t parser_feed(struct parser *p, const char *bytes, size_t n, struct error *err)
{
    if (p->at == PARSER_MESSAGE_DONE || n == 0)
        return 0;
    if (p->at == PARSER_HEAD_DONE && p->skip_body) {
        p->at = PARSER_MESSAGE_DONE;
        return 0;
    }
    return feed(p, bytes, n, err);
}

enum parser_at parser_at(const struct parser *p)
{
    return p->at;
}

const char *parser_method(const struct parser *p)
{
#ifdef HAVE_LLHTTP
    return llhttp_method_name((llhttp_method_t)p->lib.method);
#else
    return http_method_str((enum http_method)p->lib.method);
#endif
}

int parser_status(const struct parser *p)
{
    return (int)p->lib.status_code;
}

bool parser_is_http_1_0(const struct parser *p)
{
    return p->lib.http_major < 1 || (p->lib.http_major == 1 && p->lib.http_minor == 0);
}

bool parser_keep_alive(const struct parser *p)
{
#ifdef HAVE_LLHTTP
    return llhttp_should_keep_alive(&p->lib) != 0;
#else
    return http_should_keep_alive(&p->lib) != 0;
#endif
}

bool parser_wants_upgrade(const struct parser *p)
{
    return p->lib.upgrade != 0;
}

bool parser_has_body(const struct parser *p)
{
    return p->has_body;
}

void parser_skip_body(struct parser *p)
{
    p->skip_body = true;
}
