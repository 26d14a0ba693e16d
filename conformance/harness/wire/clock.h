/* wire/clock.h - time that only goes forward. */
#ifndef PLIMSOLL_WIRE_CLOCK_H
#define PLIMSOLL_WIRE_CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);                   /* since some moment in the past */
unsigned clock_left(uint64_t deadline_ms); /* until then; 0: it is over */
void clock_pause(unsigned ms);             /* only between two looks of a wait that has a deadline */

#endif
