/* archive/digest.c - see digest.h. OpenSSL uses the machine's SHA instructions where there are any: a layer is
 * hashed once in full for each load. EVP would do as well, but its providers keep 1.8 MB of libcrypto resident for one
 * hash. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "archive/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/sha.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/scope.h"
#include "base/str.h"

struct digest {
    SHA256_CTX context;
};

struct digest *digest_new(void)
{
    struct digest *d = new_zeroed(struct digest);

    SHA256_Init(&d->context);
    return d;
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
    SHA256_Update(&d->context, bytes, n);
}

void digest_end(struct digest *d, char ret[DIGEST_LENGTH + 1])
{
    unsigned char raw[SHA256_DIGEST_LENGTH];

    SHA256_Final(raw, &d->context);
    memcpy(ret, "sha256:", 7);
    hex_encode(raw, sizeof(raw), ret + 7);
}

struct digest *digest_free(struct digest *d)
{
    free(d);
    return NULL;
}

DEFINE_SCOPED(struct digest *, digest_free)

void digest_of(const void *bytes, size_t n, char ret[DIGEST_LENGTH + 1])
{
    scoped(digest_free) struct digest *d = digest_new();

    digest_add(d, bytes, n);
    digest_end(d, ret);
}

int digest_of_file(const char *path, char ret[DIGEST_LENGTH + 1], struct error *err)
{
    scoped_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    scoped(digest_free) struct digest *d = digest_new();
    char bytes[32768];
    ssize_t n;

    if (fd < 0)
        return error_errno(err, "open '%s'", path);
    while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
        if (n > 0)
            digest_add(d, bytes, (size_t)n);
        else if (errno != EINTR)
            return error_errno(err, "read '%s'", path);
    }
    digest_end(d, ret);
    return 0;
}

bool digest_is_valid(const char *s)
{
    return s && str_starts(s, "sha256:") && strlen(s) == DIGEST_LENGTH && str_is_hex(s + 7);
}

const char *digest_hex(const char *digest)
{
    return digest + 7;
}
