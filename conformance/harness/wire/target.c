/* wire/target.c - see target.h. */
#include "harness/wire/target.h"
#include "harness/wire/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_HOST "unix:///var/run/docker.sock"

static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static char *certificate(const char *folder, const char *name)
{
    struct buffer path = { 0 };

    buffer_printf(&path, "%s/%s", folder, name);
    if (access(buffer_string(&path), R_OK) == 0)
        return buffer_take(&path);
    buffer_clear(&path);
    return NULL;
}

/* host:port without a path behind it; the port may be missing. */
static int parse_tcp(const char *rest, const char *port, struct wire_target *target, char *why,
                     size_t why_size)
{
    struct buffer authority = { 0 }, url = { 0 };
    size_t length = strcspn(rest, "/");

    if (length == 0 || (rest[length] == '/' && rest[length + 1] != '\0')) {
        snprintf(why, why_size, "'%s' is not of the form tcp://HOST:PORT", target->host);
        return -1;
    }
    buffer_add(&authority, rest, length);
    if (!strchr(rest[0] == '[' ? strchr(rest, ']') ? strchr(rest, ']') : rest : rest, ':'))
        buffer_printf(&authority, ":%s", port);
    buffer_printf(&url, "%s://%s", target->tls ? "https" : "http", buffer_string(&authority));
    target->authority = buffer_take(&authority);
    target->base_url = buffer_take(&url);
    return 0;
}

static int parse_host(struct wire_target *target, char *why, size_t why_size)
{
    const char *rest;

    if ((rest = after(target->host, "unix://"))) {
        target->tls = false;
        target->socket_path = strdup(rest);
        target->base_url = strdup("http://localhost");
        target->authority = strdup("localhost");
        if (*rest)
            return 0;
        snprintf(why, why_size, "'%s' names no socket", target->host);
        return -1;
    }
    if ((rest = after(target->host, "https://"))) {
        target->tls = true;
        return parse_tcp(rest, "2376", target, why, why_size);
    }
    if ((rest = after(target->host, "http://"))) {
        target->tls = false;
        return parse_tcp(rest, "2375", target, why, why_size);
    }
    if ((rest = after(target->host, "tcp://")))
        return parse_tcp(rest, target->tls ? "2376" : "2375", target, why, why_size);
    snprintf(why, why_size, "'%s' begins with none of unix://, tcp://, http://, https://", target->host);
    return -1;
}

int wire_target_parse(const char *host, bool tls_verify, const char *cert_path, struct wire_target *ret,
                      char *why, size_t why_size)
{
    struct wire_target target = { .tls = tls_verify, .verify = tls_verify };

    target.host = strdup(host && *host ? host : DEFAULT_HOST);
    if (parse_host(&target, why, why_size) < 0) {
        wire_target_clear(&target);
        return -1;
    }
    if (target.tls && cert_path && *cert_path) {
        target.ca_file = certificate(cert_path, "ca.pem");
        target.cert_file = certificate(cert_path, "cert.pem");
        target.key_file = certificate(cert_path, "key.pem");
    }
    *ret = target;
    return 0;
}

int wire_target_from_environment(const char *host, struct wire_target *ret, char *why, size_t why_size)
{
    const char *verify = getenv("DOCKER_TLS_VERIFY");

    return wire_target_parse(host ? host : getenv("DOCKER_HOST"), verify && *verify,
                             getenv("DOCKER_CERT_PATH"), ret, why, why_size);
}

void wire_target_clear(struct wire_target *target)
{
    if (!target)
        return;
    free(target->host);
    free(target->socket_path);
    free(target->base_url);
    free(target->authority);
    free(target->ca_file);
    free(target->cert_file);
    free(target->key_file);
    *target = (struct wire_target){ 0 };
}
