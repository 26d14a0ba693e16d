/* container/names.c - names of containers, and names for those that were given none: things of the sea, and how they
 * are. */
#include "container/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const moods[] = {
    "able",    "amber",  "ample",    "ashore",  "azure",   "bold",    "brave",  "breezy", "bright",
    "brisk",   "calm",   "candid",   "clear",   "coastal", "copper",  "coral",  "crisp",  "curious",
    "daring",  "deep",   "drifting", "eager",   "early",   "earnest", "even",   "fair",   "fast",
    "firm",    "fond",   "foggy",    "free",    "fresh",   "gentle",  "gilded", "glad",   "golden",
    "grand",   "hardy",  "hearty",   "high",    "idle",    "jolly",   "keen",   "kind",   "laden",
    "level",   "light",  "lively",   "loyal",   "lucid",   "mellow",  "merry",  "misty",  "nimble",
    "noble",   "open",   "patient",  "placid",  "plain",   "polar",   "proud",  "quick",  "quiet",
    "rapid",   "ready",  "restless", "rolling", "royal",   "salty",   "sandy",  "serene", "sharp",
    "silent",  "silver", "sleek",    "slow",    "smooth",  "snug",    "sober",  "solid",  "sound",
    "steady",  "still",  "stormy",   "stout",   "sturdy",  "sunny",   "swift",  "tidal",  "tidy",
    "trim",    "true",   "vast",     "warm",    "wary",    "wide",    "windy",  "wise",   "witty",
    "zealous",
};

static const char *const people[] = {
    "amundsen", "anning",   "baret",    "barents",   "beaufort", "bering",   "blackwell", "bowditch",
    "bruun",    "cabot",    "carson",   "cavendish", "cook",     "cousteau", "davis",     "drake",
    "earle",    "eriksson", "fitzroy",  "flinders",  "forbes",   "franklin", "fulton",    "gama",
    "graham",   "grace",    "halley",   "hanno",     "harrison", "henson",   "heyerdahl", "hudson",
    "humboldt", "kane",     "kotzebue", "laperouse", "magellan", "marie",    "maury",     "mercator",
    "mott",     "nansen",   "nares",    "nautilus",  "nobile",   "pacioli",  "parry",     "peary",
    "piccard",  "plimsoll", "polo",     "pytheas",   "quiros",   "ross",     "scoresby",  "shackleton",
    "slocum",   "smalls",   "tasman",   "tharp",     "vespucci", "wegener",  "wilkes",    "yonge",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool name_is_valid(const char *name)
{
    if (!isalnum((unsigned char)name[0]) || !name[1])
        return false;
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_' && *p != '.' && *p != '-')
            return false;
    return true;
}

void name_make(unsigned attempt, char *ret, size_t room)
{
    uint32_t r[2];

    random_bytes(r, sizeof(r));
    snprintf(ret, room, "%s_%s", moods[r[0] % COUNT(moods)], people[r[1] % COUNT(people)]);
    if (attempt > 2) {
        size_t n = strlen(ret);

        snprintf(ret + n, room - n, "%u", (unsigned)(r[0] >> 16) % (10u * attempt));
    }
}
