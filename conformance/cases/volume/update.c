/* cases/volume/update.c - PUT /volumes/{name} */
#include "harness/then/then.h"

static void an_engine_outside_of_a_swarm_refuses(void **state)
{
    struct scene *s = *state;
    const char *name = given_volume(s, NULL);

    struct exchange *x = when_put_json(s, json_of("{'Spec': {}}"), "/volumes/%s?version=1", name);

    then_refused(x, 503);
    then_found(s, "/volumes/%s", name);
}

CASES(volume_update) = {
    CASE("VolumeUpdate.needs-swarm", an_engine_outside_of_a_swarm_refuses),
    CASE_END,
};
