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
#define UUID     "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
#define SHORT_ID 12 /* what command lines show of an id of 64 */
#define LONG_ID  25 /* the shortest of those that are shown longer; masks and sizes are shorter */
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

/* Sentences are cut with "...", within a word too. */
static bool is_cut(const char *end)
{
    return strncmp(end, "...", 3) == 0;
}

/* RFC 3339, as engines write it: the fraction and the zone may be missing, and the end where a sentence was
 * cut. */
static size_t date_length(const char *text)
{
    size_t length = form_length(text, "dddd-dd-ddTdd:dd:dd"), begun = form_length(text, "dddd-dd-ddT");
    size_t cut = begun > 0 ? begun + strspn(text + begun, DECIMAL ":") : 0;

    if (length == 0 && cut > 0 && is_cut(text + cut))
        return cut;

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

    if (hex < length || (length != SHORT_ID && length < LONG_ID))
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

/* The case and the count in "plimsoll-RUN-0011aabb-4-stem" and "run-RUN/0011aabb-4-stem". */
static size_t numbers_behind_run(const char *text)
{
    size_t length = strspn(text, "-/");

    if (length != 1)
        return 0;
    for (int i = 0; i < 2; i++) {
        size_t digits = strspn(text + length, i == 0 ? HEX : DECIMAL);
        if (digits == 0 || text[length + digits] != '-')
            return 0;
        length += digits + 1;
    }
    return length - 1;
}

/* A begun id, date or number tells nothing, and is another one in each run. */
static bool is_begun(const char *word, size_t length, const char *run_id)
{
    if (!is_cut(word + length) || length < 3)
        return false;
    return strspn(word, HEX) >= length || strncmp(word, run_id, length) == 0;
}

/* "tar2544675590": how much of a word stands before the number that makes a temporary name. 0: it is none. */
static size_t stem_length(const char *word, size_t length)
{
    size_t stem = length;

    while (stem > 0 && strchr(DECIMAL, word[stem - 1]) != NULL)
        stem--;
    return length - stem >= 8 ? stem : 0;
}

/* Writes the word at `text`, which is `length` long, or what stands for it; returns how much was taken. */
static size_t write_word(FILE *out, const char *text, size_t length, const char *run_id)
{
    if (run_id[0] != '\0' && length == strlen(run_id) && strncmp(text, run_id, length) == 0) {
        fputs("RUN", out);
        return length + numbers_behind_run(text + length);
    }
    if (is_begun(text, length, run_id))
        return length;
    size_t stem = stem_length(text, length);
    if (is_id(text, length))
        fputs("ID", out);
    else if (stem > 0)
        fprintf(out, "%.*sN", (int)stem, text);
    else if (is_unix_time(text, length))
        fputs("DATE", out);
    else
        fwrite(text, 1, length, out);
    return length;
}

/* Up to the end of the word, or to the run's id in it: in a URL it stands behind "%3D". */
static size_t word_length(const char *text, const char *run_id)
{
    size_t length = strspn(text, WORD), id = strlen(run_id);
    const char *at = id > 0 ? strstr(text, run_id) : NULL;

    if (at == NULL || at >= text + length)
        return length;
    return at > text ? (size_t)(at - text) : id;
}

char *neutral_text(const char *text, const char *run_id)
{
    char *ret;
    size_t size;
    FILE *out = must_stream(&ret, &size);

    while (*text != '\0') {
        size_t date = date_length(text), mac = form_length(text, "xx:xx:xx:xx:xx:xx");
        size_t length = word_length(text, run_id), uuid = form_length(text, UUID);
        if (uuid > 0) {
            fputs("ID", out);
            text += uuid;
        } else if (date > 0 || mac > 0) {
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
