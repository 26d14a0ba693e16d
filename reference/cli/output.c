/* cli/output.c - see output.h. */
#include "cli/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/template.h"

#define COLUMNS_MAX 64
#define TABLE_MIN   10
#define TABLE_GAP   3

size_t output_width(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

char *output_ellipsis(const char *s, size_t max)
{
    size_t n = 0;

    if (output_width(s) <= max)
        return xstrdup(s);
    for (const char *c = s; *c; c++)
        if (((unsigned char)*c & 0xc0) != 0x80 && ++n == max)
            return xasprintf("%.*s\xe2\x80\xa6", (int)(c - s), s);
    return xstrdup("");
}

char *output_unescape(const char *format)
{
    struct str s = { 0 };

    str_add(&s, "");
    for (; *format; format++) {
        if (*format == '\\' && (format[1] == 't' || format[1] == 'n'))
            str_add_char(&s, *++format == 't' ? '\t' : '\n');
        else
            str_add_char(&s, *format);
    }
    return str_take(&s);
}

static void measure(const struct strv *lines, size_t *widths)
{
    for (size_t i = 0; i < lines->count; i++) {
        scoped_strv cells = { 0 };

        strv_split(&cells, lines->items[i], '\t');
        for (size_t j = 0; j + 1 < cells.count && j < COLUMNS_MAX; j++) {
            size_t width = output_width(cells.items[j]);

            widths[j] = width > widths[j] ? width : widths[j];
        }
    }
}

void output_align(const char *text, size_t min, size_t padding, struct str *ret)
{
    scoped_strv lines = { 0 };
    size_t widths[COLUMNS_MAX] = { 0 };

    strv_split(&lines, text, '\n');
    measure(&lines, widths);
    for (size_t i = 0; i < lines.count; i++) {
        scoped_strv cells = { 0 };

        strv_split(&cells, lines.items[i], '\t');
        for (size_t j = 0; j < cells.count; j++) {
            size_t width = j < COLUMNS_MAX ? widths[j] + padding : 0;

            if (width < min)
                width = min;
            str_add(ret, cells.items[j]);
            for (size_t k = output_width(cells.items[j]); j + 1 < cells.count && k < width; k++)
                str_add_char(ret, ' ');
        }
        if (i + 1 < lines.count)
            str_add_char(ret, '\n');
    }
}

/* One row's text and its line end. */
static int row_text(const struct template *t, const char *format, const json_t *row, struct str *ret,
                    struct error *err)
{
    if (strcmp(format, "{{json .}}") == 0) /* whole rows are maps in docker: sorted and escaped */
        template_json(row, true, ret);
    else if (template_execute(t, row, TEMPLATE_MISSING_IS_ERROR, ret, err) < 0)
        return -1;
    str_add_char(ret, '\n');
    return 0;
}

static json_t *header_row(const struct output_table *table, const json_t *rows)
{
    json_t *row = json_object();
    const char *name;
    json_t *value;

    json_object_foreach (json_array_get(rows, 0), name, value)
        json_object_set_new(row, name, json_string("<no value>"));
    for (size_t i = 0; table->headers[i][0]; i++)
        json_object_set_new(row, table->headers[i][0], json_string(table->headers[i][1]));
    return row;
}

int output_rows(const struct output_table *table, const json_t *rows, const char *format, bool quiet,
                struct error *err)
{
    scoped(template_free) struct template *t = NULL;
    scoped_free char *text = NULL;
    scoped_str out = { 0 }, aligned = { 0 };
    bool is_table = false;
    size_t i;
    json_t *row;

    if (!format || !*format || strcmp(format, "table") == 0) {
        format = quiet ? table->quiet : table->columns;
        is_table = !quiet;
    } else if (strcmp(format, "json") == 0) {
        format = "{{json .}}";
    } else if (str_starts(format, "table ")) {
        format += strlen("table ");
        is_table = true;
    }
    text = output_unescape(format);
    if (template_parse(text, &t, err) < 0)
        return -1;
    if (is_table) {
        scoped(json_decref) json_t *header = header_row(table, rows);

        if (template_execute(t, header, TEMPLATE_MISSING_IS_NO_VALUE, &out, err) < 0)
            return -1;
        str_add_char(&out, '\n');
    }
    json_array_foreach (rows, i, row)
        if (row_text(t, text, row, &out, err) < 0)
            return -1;
    if (is_table)
        output_align(str_text(&out), TABLE_MIN, TABLE_GAP, &aligned);
    fputs(str_text(is_table ? &aligned : &out), stdout);
    return 0;
}

int output_value(const json_t *value, const char *format, enum template_missing missing, struct error *err)
{
    scoped(template_free) struct template *t = NULL;
    scoped_free char *text = output_unescape(strcmp(format, "json") == 0 ? "{{json .}}" : format);
    scoped_str out = { 0 };

    if (template_parse(text, &t, err) < 0 || template_execute(t, value, missing, &out, err) < 0)
        return -1;
    printf("%s\n", str_text(&out));
    return 0;
}

void row_put(json_t *row, const char *name, const char *value)
{
    json_object_set_new(row, name, json_string_lossy(value ? value : "", value ? strlen(value) : 0));
}

void row_putf(json_t *row, const char *name, const char *format, ...)
{
    va_list args;
    scoped_free char *text = NULL;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        abort();
    va_end(args);
    row_put(row, name, text);
}

void row_put_id(json_t *row, const char *name, const char *id, bool whole)
{
    const char *colon = strchr(id, ':');

    if (whole)
        row_put(row, name, id);
    else
        row_putf(row, name, "%.12s", colon ? colon + 1 : id);
}

void row_put_labels(json_t *row, const json_t *labels)
{
    scoped_strv list = { 0 };
    const char *name;
    json_t *value;
    scoped_free char *text = NULL;

    json_object_foreach ((json_t *)labels, name, value)
        strv_addf(&list, "%s=%s", name, json_string_value(value) ? json_string_value(value) : "");
    strv_sort(&list);
    text = strv_join(&list, ",");
    row_put(row, "Labels", text);
}

void output_json(const json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(4) | JSON_ENCODE_ANY);

    printf("%s\n", text ? text : "null");
    free(text);
}
