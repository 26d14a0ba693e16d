/* archive/tar.h - trees to tar and back, and layers with their whiteouts (OCI image-spec, layer.md), by
 * libarchive.
 *
 * Archives are hostile input: a path never leaves the directory it is unpacked into (neither by "..", nor
 * absolute, nor through a link that the archive itself made), counts and sizes have bounds, device nodes are
 * made only where asked for. Everything streams: memory does not grow with the archive. */
#ifndef ARCHIVE_TAR_H
#define ARCHIVE_TAR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Where an archive's bytes come from: returns how many, 0 at the end, -1. */
typedef ssize_t (*tar_source)(void *user, void *bytes, size_t n, struct error *err);
/* Where they go. */
typedef int (*tar_sink)(void *user, const void *bytes, size_t n, struct error *err);

struct tar_unpack {
    const char *root;       /* existing directory */
    const char *shown_root; /* what it is called in an error; NULL: as above */
    bool layer;      /* whiteouts become overlayfs whiteouts (0/0 character devices) and opaque directories */
    bool keep_owner; /* else everything belongs to uid and gid */
    uid_t uid;
    gid_t gid;
    bool no_overwrite_dir_nondir;    /* OpenAPI: PutContainerArchive, noOverwriteDirNonDir */
    uint64_t max_bytes, max_entries; /* 0: the defaults, 64 GiB and 4 million */
};

/* Unpacks a tar, plain or compressed (gzip, bzip2, xz, zstd). *size, if not NULL: bytes of regular files and of symbolic links.
 * ERR_INVALID: not an archive, or one that is cut short or climbs out. */
int tar_unpack(const struct tar_unpack *how, tar_source source, void *user, int64_t *size, struct error *err);

struct tar_pack {
    const char *root;   /* directory */
    const char *path;   /* what of it, "/" for all; resolved inside root */
    const char *rename; /* name of the top entry in the archive; NULL: its own */
    bool layer;         /* overlayfs whiteouts and opaque marks become OCI whiteouts */
    /* What is left out, with all below it; NULL: nothing. `path` is its name in the archive. */
    bool (*leave_out)(void *user, const char *path, bool is_dir);
    void *leave_out_user;
};

int tar_pack(const struct tar_pack *what, tar_sink sink, void *user, struct error *err);

/* A tar of members that are no files on disk; owner 0:0, mode 0644, time 0: the same members give the same bytes. */
struct tar_writer;

struct tar_writer *tar_writer_new(tar_sink sink, void *user);
int tar_writer_dir(struct tar_writer *w, const char *name, struct error *err);
/* Exactly `size` bytes must follow by tar_writer_add(). */
int tar_writer_file(struct tar_writer *w, const char *name, int64_t size, struct error *err);
int tar_writer_add(void *writer, const void *bytes, size_t n, struct error *err); /* a tar_sink */
int tar_writer_end(struct tar_writer *w, struct error *err);
struct tar_writer *tar_writer_free(struct tar_writer *w);

#endif
