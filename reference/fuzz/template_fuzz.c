/* --format templates over a small document. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static json_t *document;
    scoped_free char *text = xstrndup((const char *)bytes, n);
    scoped(template_free) struct template *t = NULL;
    scoped_str out = { 0 };
    struct error err = { 0 };

    if (!document)
        document =
            json_loads("{\"a\":\"text\",\"b\":[1,2,{\"c\":null}],\"d\":{\"e\":true,\"f\":1.5}}", 0, NULL);
    if (template_parse(text, &t, &err) == 0)
        template_execute(t, document, n % 2 ? TEMPLATE_MISSING_IS_ERROR : TEMPLATE_MISSING_IS_NO_VALUE, &out,
                         &err);
    return 0;
}
