/* wire/curl_setup.c - see curl_setup.h. No proxy, no redirection, no netrc: nothing may stand between us and
 * the engine. */
#include "harness/wire/curl_setup.h"

#include <stdio.h>
#include <stdlib.h>

static void set_tls(CURL *curl, const struct wire_target *target)
{
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, target->verify ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, target->verify ? 2L : 0L);
    if (target->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, target->ca_file);
    if (target->cert_file)
        curl_easy_setopt(curl, CURLOPT_SSLCERT, target->cert_file);
    if (target->key_file)
        curl_easy_setopt(curl, CURLOPT_SSLKEY, target->key_file);
}

CURL *curl_for_target(const struct wire_target *target, unsigned connect_timeout_ms, char *error_text)
{
    CURL *curl = curl_easy_init();
    char url[512];

    if (!curl)
        return NULL;
    snprintf(url, sizeof url, "%s/", target->base_url);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    if (target->socket_path)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, target->socket_path);
    if (target->tls)
        set_tls(curl, target);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_timeout_ms);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text);
    return curl;
}
