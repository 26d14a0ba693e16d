/* cli/terminal.h - the user's terminal: raw mode that always ends, and its size. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

#include "base/error.h"

/* Puts the terminal on `fd` into raw mode. It is restored by terminal_restore(), at exit and when a signal ends us. */
int terminal_raw(int fd, struct error *err);
void terminal_restore(void); /* may be called at any time */
/* False when `fd` is no terminal. */
bool terminal_size(int fd, unsigned *rows, unsigned *columns);

/* Detach keys, "ctrl-p,ctrl-q" or "a,b,ctrl-c". */
struct detach_keys {
    unsigned char keys[16];
    unsigned count, matched;
};
int detach_keys_parse(const char *text, struct detach_keys *ret, struct error *err);
/* Filters what was typed: copies to `out` (room for n + 16) what is not part of the sequence; *out_n is its length.
 * True when the sequence was completed: what follows is dropped. */
bool detach_keys_filter(struct detach_keys *k, const unsigned char *in, unsigned n, unsigned char *out,
                        unsigned *out_n);

#endif
