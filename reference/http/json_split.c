/* http/json_split.c - only counts brackets outside strings: whether the value is valid is the JSON parser's question. */
#include "http/json_split.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* True when `c` is the last byte of the value. */
static bool string_byte(struct json_split *s, char c)
{
    if (s->escaped)
        s->escaped = false;
    else if (c == '\\')
        s->escaped = true;
    else if (c == '"')
        s->in_string = false;
    return !s->in_string && s->depth == 0;
}

static bool plain_byte(struct json_split *s, char c)
{
    if (c == '"')
        s->in_string = true;
    else if (c == '{' || c == '[')
        s->depth++;
    else if (c == '}' || c == ']')
        return s->depth == 0 || --s->depth == 0;
    else if (s->depth == 0)
        s->scalar = true; /* a number or word ends at the next blank */
    return false;
}

size_t json_split_feed(struct json_split *s, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool ends;

        if (!s->in_string && is_blank(bytes[i])) {
            ends = s->scalar && s->depth == 0;
        } else {
            s->begun = true;
            ends = s->in_string ? string_byte(s, bytes[i]) : plain_byte(s, bytes[i]);
        }
        if (ends) {
            *s = (struct json_split){ 0 };
            return i + 1;
        }
    }
    return 0;
}
