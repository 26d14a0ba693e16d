/* wire/clock.h - time that only goes forward.
 *
 * While a recorded run is replayed (prove/), time is what the recording says: it stands still by itself, a pause is over at
 * once, and whoever knows what time it was then tells it. */
#ifndef PLIMSOLL_WIRE_CLOCK_H
#define PLIMSOLL_WIRE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

uint64_t clock_ms(void);                   /* since some moment in the past */
unsigned clock_left(uint64_t deadline_ms); /* until then; 0: it is over */
void clock_pause(unsigned ms);             /* only between two looks of a wait that has a deadline */

/* From here on, for the whole process and any thread, time is told. */
void clock_replay(void);
bool clock_is_replayed(void);
void clock_tell(uint64_t now_ms); /* an earlier time than the last one is no news */

#endif
