/* The languages of flag values; the first byte chooses one. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/spec.h"
#include "cli/terminal.h"
#include "cli/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void one(unsigned which, const char *text)
{
    scoped(json_decref) json_t *a = json_object(), *b = json_object(), *list = json_array(), *made = NULL;
    scoped_strv words = { 0 };
    struct spec_ref ref = { NULL, NULL, NULL };
    struct detach_keys keys;
    int64_t number;

    switch (which) {
    case 0:
        spec_port(text, a, b, NULL);
        break;
    case 1:
        spec_mount(text, &made, NULL);
        break;
    case 2:
        spec_volume(text, list, a, NULL);
        break;
    case 3:
        spec_env_file("f", text, true, &words, NULL);
        break;
    case 4:
        if (spec_ref(text, &ref, NULL) == 0)
            spec_ref_free(&ref);
        break;
    case 5:
        spec_device(text, &made, NULL);
        break;
    case 6:
        spec_ulimit(text, &made, NULL);
        break;
    case 7:
        spec_expose(text, a, NULL);
        break;
    case 8:
        detach_keys_parse(text, &keys, NULL);
        break;
    default:
        units_parse_size(text, &number);
        spec_cpus(text, &number, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    scoped_free char *text = n ? xstrndup((const char *)bytes + 1, n - 1) : NULL;

    if (n)
        one(bytes[0] % 10, text);
    return 0;
}
