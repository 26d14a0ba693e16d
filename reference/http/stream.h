/* http/stream.h - the bytes of one accepted connection, plain or TLS. Internal to http/.
 *
 * Reading and writing may go on in two threads at once (a hijacked connection does). OpenSSL does not allow
 * that on one SSL, so under TLS the socket does not block and a lock is held only while OpenSSL works, never
 * while we wait. */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <openssl/ssl.h>

#include "base/error.h"

struct stream {
    int fd;
    SSL *ssl; /* NULL: plain */
    pthread_mutex_t lock;
};

/* Takes over `fd`. With `tls` the handshake is done here, within `ms`. */
int stream_open(struct stream *s, int fd, SSL_CTX *tls, int ms, struct error *err);
ssize_t stream_read(struct stream *s, void *bytes, size_t n, struct error *err); /* blocks; 0 at the end */
int stream_write(struct stream *s, const void *bytes, size_t n, struct error *err);
bool stream_pending(struct stream *s); /* bytes that poll(2) does not know of */
void stream_shutdown_write(struct stream *s);
void stream_close(struct stream *s);

/* A server's context that demands a certificate signed by `ca`. */
int stream_tls_context(const char *ca, const char *cert, const char *key, SSL_CTX **ret, struct error *err);

#endif
