/* spec/inventory.c - see inventory.h. */
#include "harness/spec/inventory.h"
#include "harness/spec/embedded.h"

#include <stdlib.h>
#include <string.h>

/* Cuts the line into cells by 0. A cell that the line lacks is empty. */
static void cut_line(char *at, char **cells, size_t columns)
{
    for (size_t c = 0; c < columns; c++) {
        cells[c] = at;
        at += strcspn(at, "\t");
        if (*at)
            *at++ = '\0';
    }
}

static const struct inventory_table *table_read(struct inventory_table *table, const unsigned char *data,
                                                size_t size, size_t columns)
{
    size_t lines = 0;
    char *text;

    if (table->cells)
        return table;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    text = malloc(size + 1); /* the cells point into it */
    table->cells = calloc((lines + 1) * columns, sizeof *table->cells);
    if (!text || !table->cells)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    table->columns = columns;
    for (char *at = text, *next; *at; at = next) {
        char *end = at + strcspn(at, "\n");
        next = *end ? end + 1 : end;
        *end = '\0';
        if (at != text) /* the first line is the header */
            cut_line(at, table->cells + table->rows++ * columns, columns);
    }
    return table;
}

const struct inventory_table *inventory_operations(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_operations, embedded_operations_size, 5);
}

const struct inventory_table *inventory_parameters(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_parameters, embedded_parameters_size, 7);
}

const struct inventory_table *inventory_request_fields(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_request_fields, embedded_request_fields_size, 5);
}

const struct inventory_table *inventory_response_fields(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_response_fields, embedded_response_fields_size, 6);
}

const struct inventory_table *inventory_response_headers(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_response_headers, embedded_response_headers_size, 5);
}

const struct inventory_table *inventory_statuses(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_statuses, embedded_statuses_size, 4);
}

const struct inventory_table *inventory_corrections(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_corrections, embedded_corrections_size, 6);
}

const struct inventory_table *inventory_unobservable(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_unobservable, embedded_unobservable_size, 5);
}

const struct inventory_table *inventory_always(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_always, embedded_always_size, 4);
}

const struct inventory_table *inventory_forms(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_forms, embedded_forms_size, 5);
}

const struct inventory_table *inventory_gates(void)
{
    static struct inventory_table table;

    return table_read(&table, embedded_gates, embedded_gates_size, 7);
}
