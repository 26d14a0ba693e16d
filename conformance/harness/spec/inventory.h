/* spec/inventory.h - the tables of conformance/inventory/, which are built into the program.
 *
 * What their columns are says conformance/inventory/README.md. A table is read when it is asked for the first
 * time, and stays. Not for several threads at once. */
#ifndef PLIMSOLL_SPEC_INVENTORY_H
#define PLIMSOLL_SPEC_INVENTORY_H

#include <stddef.h>

struct inventory_table {
    size_t rows, columns;
    char **cells; /* cells[row * columns + column]; the header line left out */
};

const struct inventory_table *inventory_operations(void);
const struct inventory_table *inventory_parameters(void);
const struct inventory_table *inventory_request_fields(void);
const struct inventory_table *inventory_response_fields(void);
const struct inventory_table *inventory_response_headers(void);
const struct inventory_table *inventory_statuses(void);
const struct inventory_table *inventory_corrections(void);
const struct inventory_table *inventory_unobservable(void);
const struct inventory_table *inventory_gates(void);
const struct inventory_table *inventory_always(void);
const struct inventory_table *inventory_forms(void);

#endif
