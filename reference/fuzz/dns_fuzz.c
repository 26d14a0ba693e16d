/* fuzz/dns_fuzz.c - a message as a container sends it to its name server, and as a server answers it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/path.h"
#include "resolver/answer.h"

static char dir[] = "/tmp/dns-fuzz-XXXXXX";

static void forget(void)
{
    tree_remove(dir, NULL);
}

static struct names *tables(void)
{
    static const char config[] = "network net\n", net[] = "name net\nat 0123456789ab 10.0.0.2 fd00::2 a b\n";
    static struct names *names;
    scoped_free char *config_path = NULL, *net_path = NULL;

    if (names || !mkdtemp(dir))
        return names;
    atexit(forget);
    config_path = path_join(dir, "config");
    net_path = path_join(dir, "net");
    file_replace(config_path, config, strlen(config), 0644, NULL);
    file_replace(net_path, net, strlen(net), 0644, NULL);
    names_open(dir, dir, &names, NULL);
    return names;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1), *reply = NULL;
    size_t n = 0;

    if (!tables())
        abort();
    memcpy(copy, data, size);
    if (answer_make(tables(), copy, size, true, &reply, &n) == VERDICT_ANSWER)
        answer_fits(copy, size, reply, n);
    free(reply);
    answer_fits(copy, size, copy, size);
    answer_failure(copy, size);
    free(copy);
    return 0;
}
