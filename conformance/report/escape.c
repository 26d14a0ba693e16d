/* report/escape.c - see escape.h. All formats walk the text by the same decoder, which never trusts its
 * input: overlong forms, surrogates and cut sequences are one U+FFFD per bad byte (as RFC 3629 section 3 asks
 * one not to decode them). */
#include "report/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/memory.h"

#define REPLACEMENT      "\xEF\xBF\xBD"
#define REPLACEMENT_CODE 0xFFFDu

static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

/* The next character: its code in *code and its length; a bad byte is one U+FFFD. */
static size_t next_character(const char *text, size_t length, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t need = sequence_length(bytes[0]);
    uint32_t value = need == 1 ? bytes[0] : bytes[0] & (0xFFu >> (need + 1));

    *code = REPLACEMENT_CODE;
    if (need == 0 || need > length)
        return 1;
    for (size_t i = 1; i < need; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 1;
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    if ((need == 3 && value < 0x800) || (need == 4 && (value < 0x10000 || value > 0x10FFFF)) ||
        (value >= 0xD800 && value <= 0xDFFF))
        return 1;
    *code = value;
    return need;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F);
}

/* Noncharacters: XML forbids U+FFFE and U+FFFF. */
static bool is_noncharacter(uint32_t code)
{
    return (code & 0xFFFE) == 0xFFFE;
}

static void put(FILE *out, const char *text, size_t length, uint32_t code)
{
    if (code == REPLACEMENT_CODE)
        fputs(REPLACEMENT, out);
    else
        fwrite(text, 1, length, out);
}

static const char *xml_entity(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;"; /* also keeps "]]>" out of text */
    case '"':
        return "&quot;";
    case '\t':
        return "&#9;"; /* as references they survive the normalization of attribute values */
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

void escape_xml(FILE *out, const char *text, size_t length)
{
    uint32_t code;

    for (size_t at = 0, used; at < length; at += used) {
        used = next_character(text + at, length - at, &code);
        const char *entity = xml_entity(code);
        if (entity != NULL)
            fputs(entity, out);
        else
            put(out, text + at, used, is_control(code) || is_noncharacter(code) ? REPLACEMENT_CODE : code);
    }
}

void escape_yaml(FILE *out, const char *text, size_t length)
{
    uint32_t code;

    putc('"', out);
    for (size_t at = 0, used; at < length; at += used) {
        used = next_character(text + at, length - at, &code);
        if (code == '"' || code == '\\')
            fprintf(out, "\\%c", (int)code);
        else if (code == '\n')
            fputs("\\n", out);
        else if (code == '\t')
            fputs("\\t", out);
        else if (is_control(code) || code == 0x2028 || code == 0x2029 || is_noncharacter(code))
            fprintf(out, code > 0xFFFF ? "\\U%08X" : "\\u%04X", (unsigned)code);
        else
            put(out, text + at, used, code);
    }
    putc('"', out);
}

void escape_markdown(FILE *out, const char *text, size_t length)
{
    uint32_t code;

    for (size_t at = 0, used; at < length; at += used) {
        used = next_character(text + at, length - at, &code);
        if (code == '<' || code == '>' || code == '&')
            fputs(xml_entity(code), out);
        else if (code == '\n' || code == '\r' || code == '\t')
            putc(' ', out);
        else if (is_control(code))
            fputs(REPLACEMENT, out);
        else {
            if (code < 0x80 && strchr("\\`*_{}[]()#+!|~", (int)code) != NULL)
                putc('\\', out);
            put(out, text + at, used, code);
        }
    }
}

void escape_tap(FILE *out, const char *text, size_t length)
{
    uint32_t code;

    for (size_t at = 0, used; at < length; at += used) {
        used = next_character(text + at, length - at, &code);
        if (code == '#' || code == '\\')
            putc('\\', out);
        put(out, text + at, used, is_control(code) ? REPLACEMENT_CODE : code);
    }
}

void escape_terminal(FILE *out, const char *text, size_t length, const char *indent)
{
    uint32_t code;

    for (size_t at = 0, used; at < length; at += used) {
        used = next_character(text + at, length - at, &code);
        if (code == '\n' && at + 1 < length)
            fprintf(out, "\n%s", indent);
        else if (code == '\r' && at + 1 < length && text[at + 1] == '\n')
            continue;
        else if (is_control(code) && code != '\t' && code != '\n')
            fprintf(out, "\\x%02x", (unsigned)code);
        else if (code == REPLACEMENT_CODE && used == 1)
            fprintf(out, "\\x%02x", (unsigned)(unsigned char)text[at]);
        else
            put(out, text + at, used, code);
    }
}

char *escape_utf8(const char *text, size_t length, size_t limit)
{
    size_t size = 0;
    char *ret = NULL;
    FILE *out = must_stream(&ret, &size);
    uint32_t code;

    for (size_t at = 0, used; at < length && at < limit; at += used) {
        used = next_character(text + at, length - at, &code);
        put(out, text + at, used, code == 0 ? REPLACEMENT_CODE : code);
    }
    must_close(out);
    return ret;
}
