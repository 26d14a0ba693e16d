/* runner/shelf.c - see shelf.h. In the record an offset stands where the exchanges were. */
#include "runner/shelf.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/memory.h"

#define MEMBER "exchanges"

struct shelf {
    FILE *file;
};

struct shelf *shelf_open(void)
{
    FILE *file = tmpfile();
    struct shelf *ret;

    if (file == NULL)
        return NULL;
    ret = must_alloc(1, sizeof(*ret));
    ret->file = file;
    return ret;
}

void shelf_take(struct shelf *shelf, json_t *one)
{
    json_t *exchanges = json_object_get(one, MEMBER);
    off_t at;

    if (shelf == NULL || json_array_size(exchanges) == 0 || fseeko(shelf->file, 0, SEEK_END) < 0)
        return;
    at = ftello(shelf->file);
    if (at >= 0 && json_dumpf(exchanges, shelf->file, JSON_COMPACT) == 0 && fflush(shelf->file) == 0)
        json_object_set_new(one, MEMBER, json_integer(at));
}

static json_t *read_back(struct shelf *shelf, json_int_t at)
{
    json_error_t why;
    json_t *ret = NULL;

    if (fseeko(shelf->file, (off_t)at, SEEK_SET) == 0)
        ret = json_loadf(shelf->file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &why);
    if (ret == NULL) {
        fprintf(stderr, "plimsoll: the exchanges of a case cannot be read back from a temporary file\n");
        ret = json_array();
        must_have(ret);
    }
    return ret;
}

void shelf_return(struct shelf *shelf, json_t **records, size_t count)
{
    for (size_t i = 0; shelf != NULL && i < count; i++) {
        json_t *at = records[i] != NULL ? json_object_get(records[i], MEMBER) : NULL;

        if (json_is_integer(at))
            json_object_set_new(records[i], MEMBER, read_back(shelf, json_integer_value(at)));
    }
}

void shelf_close(struct shelf *shelf)
{
    if (shelf == NULL)
        return;
    fclose(shelf->file);
    free(shelf);
}
