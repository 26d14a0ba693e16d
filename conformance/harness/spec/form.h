/* spec/form.h - has a value the form that a line of inventory/forms.tsv asks for?
 *
 * A form is one alternative or several, divided by '|': a word or number as it stands, "" for the empty text,
 * or a class: <date> <date-nano> <date-seconds> <seconds> <nanoseconds> <digest> <id> <ipv4> <ipv6> <mac>
 * <cidr> <port> <version> <missing>. What they are says conformance/inventory/README.md. */
#ifndef PLIMSOLL_SPEC_FORM_H
#define PLIMSOLL_SPEC_FORM_H

#include <stdbool.h>

bool form_fits(const char *form, const char *text);
/* Does it hold words alone, and no class? */
bool form_is_enum(const char *form);
/* Is every class in it one of the above? */
bool form_is_known(const char *form);

#endif
