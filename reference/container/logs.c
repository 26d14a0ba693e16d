/* container/logs.c - ContainerLogs: the log as it is, and what comes. */
#include "container/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "logs/json_log.h"

#define GONE_CHECK_MS 1000
#define BATCH                                                                                                \
    (32 *                                                                                                    \
     1024) /* bytes; entries that are there already go out together: a write each costs more than all the rest */

struct logging {
    const struct container_logs *how;
    int (*sink)(void *user, const void *bytes, size_t n, struct error *err);
    void *user;
    bool tty;
    struct json_log_reader *reader;
    struct str batch; /* entries as they are sent */
    struct strv kept; /* details: what the log was told to keep of the container, "NAME=value" */
};

static bool is_listed(const char *list, const char *name)
{
    scoped_strv names = { 0 };

    strv_split(&names, list, ',');
    return strv_has(&names, name);
}

/* LogConfig's options "labels" and "env" name what goes with each line. It cannot change in a container's life, so it is looked up
 * when it is asked for and not written with each entry. */
static void find_kept(struct container *c, struct strv *ret)
{
    scoped(json_decref) json_t *host_config = NULL;
    scoped(json_decref) json_t *config = container_config(c, &host_config);
    const char *labels = json_str_at(host_config, "LogConfig.Config.labels", "");
    const char *env = json_str_at(host_config, "LogConfig.Config.env", ""), *name;
    json_t *value;
    size_t i;

    json_object_foreach (json_object_get(config, "Labels"), name, value)
        if (is_listed(labels, name))
            strv_addf(ret, "%s=%s", name, json_string_value(value));
    json_array_foreach (json_object_get(config, "Env"), i, value) {
        scoped_free char *variable =
            xstrndup(json_string_value(value), strcspn(json_string_value(value), "="));

        if (is_listed(env, variable))
            strv_add(ret, json_string_value(value));
    }
    strv_sort(ret);
}

static void add_details(struct str *p, const struct strv *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        str_addf(p, "%s%s", i ? "," : "", kept->items[i]);
    str_add_char(p, ' ');
}

static int send_batch(struct logging *l, struct error *err)
{
    int rc = l->batch.len ? l->sink(l->user, l->batch.data, l->batch.len, err) : 0;

    str_cut(&l->batch, 0);
    return rc;
}

static void add_entry(struct logging *l, const struct log_entry *e)
{
    struct str *p = &l->batch;
    size_t from = p->len;
    uint8_t header[STREAM_HEADER_SIZE] = { 0 };
    char when[CLOCK_TEXT_MAX];

    if (!l->tty)
        str_add_bytes(p, header, sizeof(header));
    if (l->how->timestamps) {
        clock_format_fixed(e->time, when);
        str_addf(p, "%s ", when);
    }
    if (l->how->details)
        add_details(p, &l->kept);
    str_add_bytes(p, e->text, e->length);
    if (!l->tty)
        stream_header(e->is_stderr ? STREAM_STDERR : STREAM_STDOUT, p->len - from - sizeof(header),
                      (uint8_t *)p->data + from);
}

/* Everything that is there now. */
static int send_present(struct logging *l, struct error *err)
{
    struct log_entry e;
    int rc;

    while ((rc = json_log_next(l->reader, &e, err)) == 1) {
        add_entry(l, &e);
        if (l->batch.len >= BATCH && send_batch(l, err) < 0)
            return -1;
    }
    return send_batch(l, err) < 0 ? -1 : rc;
}

static bool past_until(const struct container_logs *how)
{
    return how->until && clock_now() >= how->until;
}

static int wait_ms(const struct container_logs *how)
{
    nanos left = how->until ? how->until - clock_now() : (nanos)GONE_CHECK_MS * 1000000;

    return left <= 0 ? 0 : left / 1000000 < GONE_CHECK_MS ? (int)(left / 1000000) + 1 : GONE_CHECK_MS;
}

/* Until the container has ended, which it has only when its log is whole, so that one more look sees the rest. */
static int follow(struct logging *l, struct container_wait *w, bool (*gone)(void *), struct error *err)
{
    for (;;) {
        struct pollfd polls[2] = {
            {.fd = json_log_fd(l->reader), .events = POLLIN},
            { .fd = container_wait_fd(w),  .events = POLLIN}
        };
        int ended;

        if (poll(polls, 2, wait_ms(l->how)) < 0 && errno != EINTR)
            return error_errno(err, "poll");
        ended = container_wait_poll(w, 0, NULL, NULL);
        if (send_present(l, err) < 0)
            return -1;
        if (ended || past_until(l->how) || (gone && gone(l->user)))
            return 0;
    }
}

static int run(struct container *c, struct logging *l, bool (*gone)(void *), struct error *err)
{
    struct container_wait *w = NULL;
    int rc;

    if (l->how->follow && container_wait_begin(c, "not-running", &w, err) < 0)
        return -1;
    rc = send_present(l, err);
    if (rc == 0 && w)
        rc = follow(l, w, gone, err);
    container_wait_end(w);
    return rc;
}

int container_logs_check(struct container *c, struct error *err)
{
    scoped(json_decref) json_t *host_config = NULL;

    json_decref(container_config(c, &host_config));
    if (str_eq(json_str_at(host_config, "LogConfig.Type", ""), "none"))
        return error_set(err, ERR_NOT_IMPLEMENTED, "configured logging driver does not support reading");
    return 0;
}

int container_logs(struct container *c, const struct container_logs *how,
                   int (*sink)(void *user, const void *bytes, size_t n, struct error *err),
                   bool (*gone)(void *user), void *user, struct error *err)
{
    scoped_free char *path = container_log_path(c);
    struct log_query query = { .want_stdout = how->out,
                               .want_stderr = how->err,
                               .since = how->since,
                               .until = how->until,
                               .tail = how->tail };
    struct logging l = { .how = how, .sink = sink, .user = user, .tty = container_has_tty(c) };
    int rc;

    if (container_logs_check(c, err) < 0 || json_log_read(path, &query, &l.reader, err) < 0)
        return -1;
    if (how->details)
        find_kept(c, &l.kept);
    rc = run(c, &l, gone, err);
    strv_free(&l.kept);
    json_log_reader_close(l.reader);
    str_free(&l.batch);
    return rc;
}
