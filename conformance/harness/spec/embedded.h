/* spec/embedded.h - the files that are built into the program. Each is ended by a 0 that its size does not
 * count. */
#ifndef PLIMSOLL_SPEC_EMBEDDED_H
#define PLIMSOLL_SPEC_EMBEDDED_H

#include <stddef.h>

/* NAME and NAME_size: SPEC.md, and the tables of inventory/. */
extern const unsigned char embedded_spec[];
extern const unsigned char embedded_operations[];
extern const unsigned char embedded_parameters[];
extern const unsigned char embedded_request_fields[];
extern const unsigned char embedded_response_fields[];
extern const unsigned char embedded_response_headers[];
extern const unsigned char embedded_statuses[];
extern const unsigned char embedded_corrections[];
extern const unsigned char embedded_unobservable[];
extern const unsigned char embedded_gates[];
extern const unsigned char embedded_always[];
extern const unsigned char embedded_forms[];
extern const size_t embedded_spec_size;
extern const size_t embedded_operations_size;
extern const size_t embedded_parameters_size;
extern const size_t embedded_request_fields_size;
extern const size_t embedded_response_fields_size;
extern const size_t embedded_response_headers_size;
extern const size_t embedded_statuses_size;
extern const size_t embedded_corrections_size;
extern const size_t embedded_unobservable_size;
extern const size_t embedded_gates_size;
extern const size_t embedded_always_size;
extern const size_t embedded_forms_size;

#endif
