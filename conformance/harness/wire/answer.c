/* wire/answer.c - see answer.h. The callbacks of http-parser only collect; what an answer means is decided in
 * its owner. */
#include "harness/wire/answer.h"
#include "harness/wire/headers.h"

#include <stdio.h>
#include <string.h>

static int fail(struct answer *answer, const char *text)
{
    if (!answer->error[0])
        snprintf(answer->error, sizeof answer->error, "%s", text);
    return -1;
}

static int count_header_bytes(struct answer *answer, size_t size)
{
    answer->header_bytes += size + 2;
    return answer->header_bytes > EXCHANGE_HEADERS_MAX ? fail(answer, "the headers do not end") : 0;
}

static int end_header_line(struct answer *answer)
{
    bool ok = true;

    if (answer->name.size)
        ok = headers_add(&answer->headers, buffer_string(&answer->name), answer->name.size,
                         buffer_string(&answer->value), answer->value.size);
    buffer_clear(&answer->name);
    buffer_clear(&answer->value);
    answer->in_value = false;
    return ok ? 0 : fail(answer, "out of memory");
}

static int on_status(http_parser *parser, const char *at, size_t size)
{
    struct answer *answer = parser->data;

    buffer_add(&answer->reason, at, size);
    return count_header_bytes(answer, size);
}

static int on_header_field(http_parser *parser, const char *at, size_t size)
{
    struct answer *answer = parser->data;

    if (answer->head_done)
        return count_header_bytes(answer, size); /* a trailer */
    if (answer->in_value && end_header_line(answer) < 0)
        return -1;
    buffer_add(&answer->name, at, size);
    return count_header_bytes(answer, size);
}

static int on_header_value(http_parser *parser, const char *at, size_t size)
{
    struct answer *answer = parser->data;

    if (!answer->head_done) {
        answer->in_value = true;
        buffer_add(&answer->value, at, size);
    }
    return count_header_bytes(answer, size);
}

/* Returns 1 when no body follows, 2 when what follows is no HTTP. */
static int on_headers_complete(http_parser *parser)
{
    struct answer *answer = parser->data;

    if (end_header_line(answer) < 0)
        return -1;
    answer->status = parser->status_code;
    if (answer->status >= 100 && answer->status < 200 && answer->status != 101) {
        headers_clear(&answer->headers);
        buffer_clear(&answer->reason);
        answer->status = 0;
        return 0;
    }
    answer->head_done = true;
    answer->upgraded = answer->status == 101;
    return answer->upgraded ? 2 : answer->bodiless ? 1 : 0;
}

static int on_body(http_parser *parser, const char *at, size_t size)
{
    struct answer *answer = parser->data;

    return buffer_add(&answer->body, at, size) ? 0 : fail(answer, "the body does not end");
}

static int on_message_complete(http_parser *parser)
{
    struct answer *answer = parser->data;

    if (answer->head_done && !answer->upgraded) {
        answer->complete = true;
        http_parser_pause(parser, 1); /* what comes behind it is not of this answer */
    }
    return 0;
}

static const http_parser_settings settings = {
    .on_status = on_status,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void answer_init(struct answer *answer)
{
    *answer = (struct answer){ 0 };
    http_parser_init(&answer->parser, HTTP_RESPONSE);
    answer->parser.data = answer;
    answer->reason.max = answer->name.max = answer->value.max = EXCHANGE_HEADERS_MAX;
}

static void feed_parser(struct answer *answer, const char *data, size_t size)
{
    size_t taken = http_parser_execute(&answer->parser, &settings, data, size);
    enum http_errno code = HTTP_PARSER_ERRNO(&answer->parser);

    if (answer->upgraded && taken < size)
        buffer_add(&answer->body, data + taken, size - taken);
    else if (code != HPE_OK && code != HPE_PAUSED && !answer->upgraded)
        fail(answer, http_errno_description(code));
}

void answer_feed(struct answer *answer, const char *data, size_t size)
{
    if (answer->error[0] || answer->complete || size == 0)
        return;
    if (!answer->upgraded)
        feed_parser(answer, data, size);
    else if (!buffer_add(&answer->body, data, size))
        fail(answer, "the stream does not end");
}

void answer_end(struct answer *answer)
{
    if (answer->error[0] || answer->complete)
        return;
    if (answer->upgraded)
        answer->complete = true;
    else if (!answer->head_done)
        fail(answer, "the connection ended before an answer");
    else {
        http_parser_execute(&answer->parser, &settings, NULL, 0);
        if (!answer->complete)
            fail(answer, "the connection ended within the answer's body");
    }
}

void answer_clear(struct answer *answer)
{
    headers_clear(&answer->headers);
    buffer_clear(&answer->reason);
    buffer_clear(&answer->body);
    buffer_clear(&answer->name);
    buffer_clear(&answer->value);
}
