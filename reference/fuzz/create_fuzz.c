/* ContainerCreate's body: shapes, gates, merging with an image's config, the checks that need no host; ps(1)'s output. */
#include <stdint.h>
#include <stdlib.h>

#include "container/internal.h"
#include "container/shape.h"

static void fill(const json_t *body)
{
    json_t *config = NULL, *host = NULL, *net = NULL, *args = NULL, *warnings = json_array();
    scoped_strv env = { 0 };
    char *path = NULL;

    if (shape_fill(body, config_shape, "", &config, NULL) == 0 &&
        shape_fill(shape_member(body, "HostConfig"), host_config_shape, ".HostConfig", &host, NULL) == 0 &&
        shape_fill(shape_member(body, "NetworkingConfig"), networking_shape, "", &net, NULL) == 0 &&
        create_gates(config, host, net, 41, warnings, NULL) == 0 && config_validate(config, NULL) == 0) {
        config_merge(config, body);
        config_environment(config, "/", &env);
        if (config_command(config, &path, &args, NULL) == 0)
            restart_policy_validate(host, NULL);
    }
    free(path);
    json_decref(args);
    json_decref(config);
    json_decref(host);
    json_decref(net);
    json_decref(warnings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped_free char *text = xstrndup((const char *)data, size);
    const pid_t pids[] = { 1, 42 };
    json_t *body = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL), *top = NULL;

    if (json_is_object(body))
        fill(body);
    json_decref(body);
    if (top_parse(text, pids, 2, &top, NULL) == 0)
        json_decref(top);
    return 0;
}
