/* fuzz/deviator_fuzz.c - answers on their way through a deviation, in any pieces. The first byte is the deviation, the second
 * says after how many bytes the rest comes. */
#include "harness/wire/headers.h"
#include "prove/deviation.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on_head(void *user, int status, const char *reason, const struct wire_headers *headers)
{
    return user || status || reason || headers;
}

static bool on_data(void *user, const void *data, size_t size)
{
    size_t *sum = user;

    for (size_t i = 0; i < size; i++)
        *sum += ((const unsigned char *)data)[i];
    return true;
}

static void on_end(void *user, bool whole)
{
    *(size_t *)user += whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char json[] = "Content-Type: application/json";
    static const char *const names[] = { "$", "Id", "[].a", "m.{*}.k", "container/start" };
    struct wire_headers headers = { 0 };
    struct deviation deviation = { .operation = "SystemEvents", .status = 200 };
    struct deviator deviator;
    struct sink to = { .head = on_head, .data = on_data, .end = on_end }, sink;
    size_t sum = 0, cut;

    if (size < 2)
        return 0;
    deviation.kind = (enum deviation_kind)(data[0] % DEVIATION_PARAMETER);
    deviation.name =
        deviation.kind >= DEVIATION_EVENT_LOST ? names[4] : names[data[0] / DEVIATION_PARAMETER % 4];
    to.user = &sum;
    cut = data[1] < size - 2 ? data[1] : size - 2;
    if (data[0] & 1)
        headers_add_line(&headers, json, strlen(json));
    deviator_init(&deviator, &deviation, data[1] & 1 ? "SystemEvents" : "ContainerLogs", &to);
    sink = deviator_sink(&deviator);
    if (sink.head(sink.user, 200, "OK", &headers) && sink.data(sink.user, data + 2, cut) &&
        sink.data(sink.user, data + 2 + cut, size - 2 - cut))
        sink.end(sink.user, true);
    deviator_clear(&deviator);
    headers_clear(&headers);
    return 0;
}
