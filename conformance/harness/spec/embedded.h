/* spec/embedded.h - the files that are built into the program. Each is ended by a 0 that its size does not
 * count. */
#ifndef PLIMSOLL_SPEC_EMBEDDED_H
#define PLIMSOLL_SPEC_EMBEDDED_H

#include <stddef.h>

extern const unsigned char embedded_spec[];            /* SPEC.md */
extern const unsigned char embedded_operations[];      /* inventory/operations.tsv */
extern const unsigned char embedded_response_fields[]; /* inventory/response-fields.tsv */
extern const unsigned char embedded_corrections[];     /* inventory/corrections.tsv */
extern const size_t embedded_spec_size, embedded_operations_size, embedded_response_fields_size,
    embedded_corrections_size;

#endif
