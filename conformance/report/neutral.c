/* report/neutral.c - see neutral.h. The text is cut into words (letters, digits, '_') and what stands between
 * them; a word is judged as a whole, so that no part of a longer one is taken for an id. */
#include "report/neutral.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "report/memory.h"

#define DECIMAL  "0123456789"
#define HEX      DECIMAL "abcdef"
#define WORD     DECIMAL "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define SHORT_ID 12 /* what command lines show of an id of 64 */
#define WHOLE_ID 64

/* How much of `text` has the form: 'd' a decimal digit, 'x' a hexadecimal one, else the byte itself. 0: not
 * all. */
static size_t form_length(const char *text, const char *form)
{
    for (size_t i = 0; form[i] != '\0'; i++) {
        const char *bytes = form[i] == 'd' ? DECIMAL : form[i] == 'x' ? HEX "ABCDEF" : NULL;
        if (text[i] == '\0' || (bytes != NULL ? strchr(bytes, text[i]) == NULL : text[i] != form[i]))
            return 0;
    }
    return strlen(form);
}

/* RFC 3339, as engines write it: the fraction and the zone may be missing. */
static size_t date_length(const char *text)
{
    size_t length = form_length(text, "dddd-dd-ddTdd:dd:dd");

    if (length == 0)
        length = form_length(text, "dddd-dd-dd dd:dd:dd");
    if (length == 0)
        return 0;
    if (text[length] == '.')
        length += 1 + strspn(text + length + 1, DECIMAL);
    return length + (text[length] == 'Z' ? 1 : form_length(text + length, "+dd:dd"));
}

static bool is_id(const char *word, size_t length)
{
    size_t hex = strspn(word, HEX), decimal = strspn(word, DECIMAL);

    if (hex < length || length < SHORT_ID)
        return false;
    return length == WHOLE_ID || decimal < length; /* a number of twelve digits is a number */
}

/* Seconds, milliseconds or nanoseconds since 1970, from 2020 to 2096. */
static bool is_unix_time(const char *word, size_t length)
{
    bool length_fits = length == 10 || length == 13 || length == 19;

    return length_fits && strspn(word, DECIMAL) >= length &&
           (strncmp(word, "16", 2) >= 0 && strncmp(word, "39", 2) <= 0);
}

/* The process and the count in "plimsoll-RUN-123-4-stem" and "run-RUN/123-4-stem". */
static size_t numbers_behind_run(const char *text)
{
    size_t length = strspn(text, "-/");

    if (length != 1)
        return 0;
    for (int i = 0; i < 2; i++) {
        size_t digits = strspn(text + length, DECIMAL);
        if (digits == 0 || text[length + digits] != '-')
            return 0;
        length += digits + 1;
    }
    return length - 1;
}

/* Writes the word at `text`, which is `length` long, or what stands for it; returns how much was taken. */
static size_t write_word(FILE *out, const char *text, size_t length, const char *run_id)
{
    if (run_id[0] != '\0' && length == strlen(run_id) && strncmp(text, run_id, length) == 0) {
        fputs("RUN", out);
        return length + numbers_behind_run(text + length);
    }
    if (is_id(text, length))
        fputs("ID", out);
    else if (is_unix_time(text, length))
        fputs("DATE", out);
    else
        fwrite(text, 1, length, out);
    return length;
}

char *neutral_text(const char *text, const char *run_id)
{
    char *ret;
    size_t size;
    FILE *out = must_stream(&ret, &size);

    while (*text != '\0') {
        size_t date = date_length(text), mac = form_length(text, "xx:xx:xx:xx:xx:xx");
        size_t length = strspn(text, WORD);
        if (date > 0 || mac > 0) {
            fputs(date > 0 ? "DATE" : "MAC", out);
            text += date > 0 ? date : mac;
        } else if (length > 0) {
            text += write_word(out, text, length, run_id);
        } else {
            putc(*text++, out);
        }
    }
    must_close(out);
    return ret;
}
