/* archive/writer.c - a tar of members that come from elsewhere than a tree. */
#include <stdlib.h>
#include <archive_entry.h>

#include "archive/internal.h"
#include "base/mem.h"

struct tar_writer {
    struct archive *archive;
    struct drain drain;
    bool opened;
};

struct tar_writer *tar_writer_new(tar_sink sink, void *user)
{
    struct tar_writer *w = new_zeroed(struct tar_writer);

    w->drain.sink = sink;
    w->drain.user = user;
    w->archive = archive_write_new();
    if (!w->archive)
        abort();
    archive_write_set_format_pax_restricted(w->archive);
    return w;
}

static int open_once(struct tar_writer *w, struct error *err)
{
    if (w->opened)
        return 0;
    w->opened = true;
    return drain_open(w->archive, &w->drain, err);
}

static int add_header(struct tar_writer *w, const char *name, unsigned type, unsigned mode, int64_t size,
                      struct error *err)
{
    struct archive_entry *entry = archive_entry_new();
    int r;

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, mode);
    archive_entry_set_size(entry, size);
    archive_entry_set_mtime(entry, 0, 0);
    r = open_once(w, err);
    if (r == 0 && archive_write_header(w->archive, entry) < ARCHIVE_WARN)
        r = drain_error(w->archive, &w->drain, err);
    archive_entry_free(entry);
    return r;
}

int tar_writer_dir(struct tar_writer *w, const char *name, struct error *err)
{
    return add_header(w, name, AE_IFDIR, 0755, 0, err);
}

int tar_writer_file(struct tar_writer *w, const char *name, int64_t size, struct error *err)
{
    return add_header(w, name, AE_IFREG, 0644, size, err);
}

int tar_writer_add(void *writer, const void *bytes, size_t n, struct error *err)
{
    struct tar_writer *w = writer;

    return archive_write_data(w->archive, bytes, n) != (la_ssize_t)n ? drain_error(w->archive, &w->drain, err)
                                                                     : 0;
}

int tar_writer_end(struct tar_writer *w, struct error *err)
{
    if (open_once(w, err) < 0)
        return -1;
    return archive_write_close(w->archive) != ARCHIVE_OK ? drain_error(w->archive, &w->drain, err) : 0;
}

struct tar_writer *tar_writer_free(struct tar_writer *w)
{
    if (w)
        drain_free(w->archive, &w->drain);
    free(w);
    return NULL;
}
