/* runner/ending.c - see ending.h. A broken clause comes before a fault of the suite, because it stands
 * whatever else went wrong; a report that is missing comes before both, because whoever reads it must not
 * take the last one for this one. */
#include "runner/ending.h"

#include "report/memory.h"
#include "runner/options.h"

static unsigned broken(const struct tally *tally)
{
    return tally->red - tally->of[VERDICT_FAULT];
}

int ending_status(const struct ending *ending)
{
    const struct tally *tally = &ending->tally;

    if (ending->engine_lost)
        return EXIT_NO_ENGINE;
    if (ending->report_failed)
        return EXIT_SUITE_FAILED;
    if (broken(tally) > 0)
        return EXIT_BROKEN;
    if (tally->of[VERDICT_FAULT] > 0 || ending->leftovers > 0 || ending->interrupted)
        return EXIT_SUITE_FAILED;
    if (ending->stale)
        return EXIT_STALE;
    if (tally->of[VERDICT_PASS] + tally->of[VERDICT_FAIL] == 0)
        return EXIT_NOTHING_RAN;
    return EXIT_HOLDS;
}

char *ending_sentence(const struct ending *ending, int status)
{
    const struct tally *tally = &ending->tally;

    switch (status) {
    case EXIT_HOLDS:
        return tally->expected > 0
                   ? must_format("All that ran holds, but for %u expected failures.", tally->expected)
                   : must_copy("All that ran holds.");
    case EXIT_BROKEN:
        return must_format("%u of %u cases are broken.", broken(tally), tally->total);
    case EXIT_NO_ENGINE:
        return must_copy("There is no engine to judge.");
    case EXIT_NOTHING_RAN:
        return must_copy("Nothing ran: no case could be judged.");
    case EXIT_STALE:
        return must_copy("All that ran holds, but the expectations file is stale.");
    default:
        return must_format("The suite itself failed: %u faults, %u things left%s%s.",
                           tally->of[VERDICT_FAULT], ending->leftovers,
                           ending->interrupted ? ", interrupted" : "",
                           ending->report_failed ? ", a report could not be written" : "");
    }
}
