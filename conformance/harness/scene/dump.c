/* scene/dump.c - every exchange in whole, for whoever learns from real engines what they always send.
 *
 * result.json cuts bodies at 16 KiB, and cut JSON teaches nothing. With PLIMSOLL_DUMP=FILE in the environment
 * each exchange is a line of that file. Many processes append to it, each a line by one write(). */
#include "harness/scene/scene_inside.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *parsed(const char *text, size_t size)
{
    return text ? json_loadb(text, size, JSON_DECODE_ANY, NULL) : NULL;
}

static void append_line(const char *path, char *line)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    size_t length = strlen(line);

    line[length] = '\n'; /* in place of the 0 */
    if (fd >= 0) {
        if (write(fd, line, length + 1) != (ssize_t)(length + 1))
            abort(); /* half a line would spoil the next one */
        close(fd);
    }
}

void scene_dump(const struct scene *s, enum sender sender, const char *version, const struct exchange *x)
{
    const char *file = getenv("PLIMSOLL_DUMP"), *type = exchange_header(x, "Content-Type");
    json_t *line;
    char *text;

    if (!file || !*file)
        return;
    line = json_pack("{s:s, s:b, s:s, s:s, s:s, s:s*, s:i, s:s*, s:o*}", "case", s->case_name, "by_case",
                     sender == SENT_BY_CASE, "method", x->method, "path", x->path, "version", version,
                     "operation", x->operation, "status", x->status, "type", type, "sent",
                     parsed(x->sent_body, x->sent_size));
    json_object_set_new(line, "values", x->json ? json_pack("[O]", x->json) : exchange_values(x));
    text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    if (text)
        append_line(file, text);
    free(text);
}
