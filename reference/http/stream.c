/* http/stream.c - see stream.h. */
#include "http/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>

#include "base/fd.h"

static int tls_error(struct error *err, const char *what)
{
    unsigned long code = ERR_get_error();
    char text[256] = "connection closed";

    if (code)
        ERR_error_string_n(code, text, sizeof(text));
    ERR_clear_error();
    return error_set(err, ERR_CLOSED, "%s: %s", what, text);
}

int stream_tls_context(const char *ca, const char *cert, const char *key, SSL_CTX **ret, struct error *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    const char *wrong = NULL;

    if (!ctx)
        return error_set(err, ERR_SYSTEM, "TLS cannot be had");
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF); /* a peer that just closes is at its end */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
        wrong = cert;
    else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
             SSL_CTX_check_private_key(ctx) != 1)
        wrong = key;
    else if (SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
        wrong = ca;
    if (wrong) {
        SSL_CTX_free(ctx);
        tls_error(err, wrong);
        return error_as(err, ERR_INVALID);
    }
    *ret = ctx;
    return 0;
}

/* What OpenSSL waits for, as poll(2) has it; 0 when it waits for nothing. */
static short wanted(SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return POLLIN;
    case SSL_ERROR_WANT_WRITE:
        return POLLOUT;
    default:
        return 0;
    }
}

static int wait_for(int fd, short events, int ms)
{
    struct pollfd p = { .fd = fd, .events = events };
    int n;

    do
        n = poll(&p, 1, ms);
    while (n < 0 && errno == EINTR);
    return n;
}

static int handshake(struct stream *s, int ms, struct error *err)
{
    for (;;) {
        int result = SSL_accept(s->ssl);
        short events;

        if (result == 1)
            return 0;
        events = wanted(s->ssl, result);
        if (!events)
            return tls_error(err, "TLS handshake");
        if (wait_for(s->fd, events, ms) <= 0)
            return error_set(err, ERR_CLOSED, "TLS handshake: nothing came for %d s", ms / 1000);
    }
}

int stream_open(struct stream *s, int fd, SSL_CTX *tls, int ms, struct error *err)
{
    *s = (struct stream){ .fd = fd };
    pthread_mutex_init(&s->lock, NULL);
    if (!tls)
        return 0;
    s->ssl = SSL_new(tls);
    if (!s->ssl || SSL_set_fd(s->ssl, fd) != 1 || fd_nonblock(fd, true, err) < 0)
        return tls_error(err, "TLS");
    return handshake(s, ms, err);
}

static ssize_t tls_read(struct stream *s, void *bytes, size_t n, struct error *err)
{
    for (;;) {
        short events = 0;
        int result, kind = 0;

        pthread_mutex_lock(&s->lock);
        result = SSL_read(s->ssl, bytes, n > 1 << 20 ? 1 << 20 : (int)n);
        if (result <= 0) {
            kind = SSL_get_error(s->ssl, result);
            events = wanted(s->ssl, result);
        }
        pthread_mutex_unlock(&s->lock);
        if (result > 0)
            return result;
        if (kind == SSL_ERROR_ZERO_RETURN)
            return 0;
        if (!events)
            return tls_error(err, "read");
        wait_for(s->fd, events, -1);
    }
}

ssize_t stream_read(struct stream *s, void *bytes, size_t n, struct error *err)
{
    ssize_t got;

    if (s->ssl)
        return tls_read(s, bytes, n, err);
    do
        got = recv(s->fd, bytes, n, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        error_errno(err, "read from the peer");
        return error_as(err, ERR_CLOSED);
    }
    return got;
}

static int tls_write(struct stream *s, const char *bytes, size_t n, struct error *err)
{
    while (n > 0) {
        short events = 0;
        int result;

        pthread_mutex_lock(&s->lock);
        result = SSL_write(s->ssl, bytes, n > 16384 ? 16384 : (int)n);
        if (result <= 0)
            events = wanted(s->ssl, result);
        pthread_mutex_unlock(&s->lock);
        if (result > 0) {
            bytes += result;
            n -= (size_t)result;
        } else if (!events) {
            return tls_error(err, "write");
        } else {
            wait_for(s->fd, events, -1);
        }
    }
    return 0;
}

int stream_write(struct stream *s, const void *bytes, size_t n, struct error *err)
{
    const char *at = bytes;

    if (s->ssl)
        return tls_write(s, bytes, n, err);
    while (n > 0) {
        ssize_t put = send(s->fd, at, n, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            error_errno(err, "write to the peer");
            return error_as(err, ERR_CLOSED);
        }
        at += put;
        n -= (size_t)put;
    }
    return 0;
}

bool stream_pending(struct stream *s)
{
    bool pending;

    if (!s->ssl)
        return false;
    pthread_mutex_lock(&s->lock);
    pending = SSL_pending(s->ssl) > 0;
    pthread_mutex_unlock(&s->lock);
    return pending;
}

void stream_shutdown_write(struct stream *s)
{
    if (s->ssl) {
        pthread_mutex_lock(&s->lock);
        SSL_shutdown(s->ssl);
        ERR_clear_error();
        pthread_mutex_unlock(&s->lock);
    }
    shutdown(s->fd, SHUT_WR);
}

void stream_close(struct stream *s)
{
    if (s->ssl) {
        SSL_shutdown(s->ssl);
        ERR_clear_error();
        SSL_free(s->ssl);
    }
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->ssl = NULL;
    pthread_mutex_destroy(&s->lock);
}
