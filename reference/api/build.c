/* api/build.c - ImageBuild and BuildPrune, the builder's part of the tag Image. */
#include "build/build.h"

#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/filters.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "registry/credentials.h"
#include "registry/reference.h"

#define PLATFORM_SINCE       32
#define OUTPUTS_SINCE        40
#define RESERVED_SPACE_SINCE 48

/* -- parameters -- */

/* A parameter in JSON; NULL when it is not there or null. `what` is what the refusal calls it. */
static int read_json(struct request *req, const char *name, const char *what, json_t **ret, struct error *err)
{
    const char *text = request_query(req, name);
    json_error_t where;
    json_t *value;

    if (str_empty(text))
        return 0;
    value = json_loads(text, JSON_DECODE_ANY, &where);
    if (!value)
        return error_set(err, ERR_INVALID, "error reading %s: %s", what, where.text);
    if (json_is_null(value))
        return 0;
    *ret = value;
    return 0;
}

/* An object of texts, and nulls where `nulls`. */
static int read_map(struct request *req, const char *name, const char *what, bool nulls, json_t **ret,
                    struct error *err)
{
    json_t *value = NULL, *item;
    const char *key;

    if (read_json(req, name, what, ret, err) < 0)
        return -1;
    value = *ret;
    if (value && !json_is_object(value))
        return error_set(err, ERR_INVALID, "error reading %s: json: cannot unmarshal it into a map", what);
    json_object_foreach (value, key, item)
        if (!json_is_string(item) && !(nulls && json_is_null(item)))
            return error_set(err, ERR_INVALID, "error reading %s: json: cannot unmarshal '%s' into a string",
                             what, key);
    return 0;
}

static int read_names(struct request *req, const char *name, const char *what, struct strv *ret,
                      struct error *err)
{
    scoped(json_decref) json_t *value = NULL;
    json_t *item;
    size_t i;

    if (read_json(req, name, what, &value, err) < 0)
        return -1;
    if (value && !json_is_array(value))
        return error_set(err, ERR_INVALID, "error reading %s: json: cannot unmarshal it into a list", what);
    json_array_foreach (value, i, item) {
        if (!json_is_string(item))
            return error_set(err, ERR_INVALID, "error reading %s: json: cannot unmarshal it into a list",
                             what);
        strv_add(ret, json_string_value(item));
    }
    return 0;
}

/* What is no number is none: so does a Docker Engine read these. */
static void put_number(struct request *req, const char *name, const char *member, json_t *host_config)
{
    int64_t n;

    if (request_query(req, name) && str_to_int64(request_query(req, name), &n) && n != 0)
        json_object_set_new(host_config, member, json_integer(n));
}

static int put_shm_size(struct request *req, json_t *host_config, struct error *err)
{
    const char *text = request_query(req, "shmsize");
    int64_t n;

    if (str_empty(text))
        return 0;
    if (!str_to_int64(text, &n))
        return error_set(err, ERR_SYSTEM, "strconv.ParseInt: parsing \"%s\": invalid syntax", text);
    if (n > 0)
        json_object_set_new(host_config, "ShmSize", json_integer(n));
    return 0;
}

static int put_ulimits(struct request *req, json_t *host_config, struct error *err)
{
    json_t *limits = NULL;

    if (read_json(req, "ulimits", "ulimit settings", &limits, err) < 0)
        return -1;
    if (limits)
        json_object_set_new(host_config, "Ulimits", limits);
    return 0;
}

static int read_host_config(struct request *req, json_t **ret, struct error *err)
{
    static const char *const numbers[][2] = {
        {"memory",     "Memory"    },
        { "memswap",   "MemorySwap"},
        { "cpushares", "CpuShares" },
        { "cpuperiod", "CpuPeriod" },
        { "cpuquota",  "CpuQuota"  },
    };
    static const char *const texts[][2] = {
        {"cpusetcpus",    "CpusetCpus"  },
        { "cpusetmems",   "CpusetMems"  },
        { "cgroupparent", "CgroupParent"},
        { "networkmode",  "NetworkMode" },
    };
    json_t *o = *ret = json_object(), *hosts = json_array();

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        put_number(req, numbers[i][0], numbers[i][1], o);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!str_empty(request_query(req, texts[i][0])))
            json_put_str(o, texts[i][1], request_query(req, texts[i][0]));
    for (size_t i = 0; i < request_query_count(req, "extrahosts"); i++)
        json_array_append_new(hosts, json_string_lossy(request_query_nth(req, "extrahosts", i),
                                                       strlen(request_query_nth(req, "extrahosts", i))));
    json_object_set_new(o, "ExtraHosts", hosts);
    return put_shm_size(req, o, err) < 0 || put_ulimits(req, o, err) < 0 ? -1 : 0;
}

/* What this engine cannot do, or no engine does. */
static int check_unsupported(struct request *req, struct error *err)
{
    const char *version = request_query(req, "version"), *isolation = request_query(req, "isolation");

    if (str_eq(version, "2"))
        return error_set(err, ERR_INVALID, "this engine has no BuildKit: use builder version 1");
    if (!str_empty(version) && !str_eq(version, "1"))
        return error_set(err, ERR_INVALID, "invalid version \"%s\"", version);
    if (request_query_bool(req, "squash", false))
        return error_set(err, ERR_INVALID, "squash is only supported with experimental mode");
    if (!str_empty(request_query(req, "securityopt")))
        return error_set(err, ERR_INVALID, "security options are not supported on linux");
    if (!str_empty(isolation) && !str_eq(isolation, "default"))
        return error_set(err, ERR_INVALID, "unsupported isolation: \"%s\"", isolation);
    return 0;
}

static int check_outputs(struct request *req, struct error *err)
{
    scoped(json_decref) json_t *value = NULL;

    if (request_version(req) < OUTPUTS_SINCE || read_json(req, "outputs", "outputs", &value, NULL) == 0)
        return 0;
    return error_set(err, ERR_INVALID, "invalid outputs specified: it is no JSON");
}

static int check_platform(const char *platform, struct error *err)
{
    scoped_strv parts = { 0 };

    strv_split(&parts, platform ? platform : "", '/');
    if (parts.count > 3)
        return error_set(err, ERR_INVALID, "\"%s\": cannot parse platform specifier: invalid argument",
                         platform);
    return 0;
}

/* -- the stream -- */

struct build_stream {
    struct request *req;
    struct reply *reply;
    struct credentials_set *who;
};

static int say_line(void *user, json_t *message, struct error *err)
{
    struct build_stream *s = user;

    if (!reply_begun(s->reply) && reply_begin(s->reply, 200, "application/json") < 0) {
        json_decref(message);
        return error_set(err, ERR_CLOSED, "the client is gone");
    }
    return reply_write_json(s->reply, message, err);
}

static bool client_gone(void *user)
{
    return request_peer_gone(((struct build_stream *)user)->req);
}

static const struct credentials *who_pulls(void *user, const char *image)
{
    struct build_stream *s = user;
    scoped(reference_free) struct reference *r = NULL;

    return credentials_for(s->who, reference_parse(image, &r, NULL) == 0 ? r->domain : "");
}

static ssize_t receive_context(void *user, void *bytes, size_t n, struct error *err)
{
    return request_read(((struct build_stream *)user)->req, bytes, n, err);
}

/* `errorDetail` has the code of a command that failed. */
static int say_failure(struct build_stream *s, const struct error *failure, int64_t code, struct error *err)
{
    json_t *text = json_string_lossy(failure->text, strlen(failure->text));
    json_t *detail = json_object();

    if (code)
        json_object_set_new(detail, "code", json_integer(code));
    json_object_set(detail, "message", text);
    return say_line(s, json_pack("{s:o, s:o}", "errorDetail", detail, "error", text), err);
}

static int build(struct request *req, struct reply *reply, struct build_request *r, struct error *err)
{
    scoped(credentials_set_free) struct credentials_set *who =
        credentials_set_parse(request_header(req, "X-Registry-Config"));
    struct build_stream stream = { req, reply, who };
    struct error failure = { 0 };
    int64_t code = 0;

    r->context = receive_context;
    r->say = say_line;
    r->gone = client_gone;
    r->who = who_pulls;
    r->context_user = r->user = &stream;
    if (builder_build(request_engine(req)->builder, r, &code, &failure) == 0)
        return reply_flush(reply, err);
    if (reply_begun(reply))
        return say_failure(&stream, &failure, code, err);
    if (err)
        *err = failure;
    return -1;
}

/* Each name once, in the order in which they came. */
static void read_tags(struct request *req, struct strv *ret)
{
    for (size_t i = 0; i < request_query_count(req, "t"); i++) {
        const char *tag = request_query_nth(req, "t", i);

        if (!str_empty(tag) && !strv_has(ret, tag))
            strv_add(ret, tag);
    }
}

static int image_build_handler(struct request *req, struct reply *reply, struct error *err)
{
    scoped(json_decref) json_t *args = NULL, *labels = NULL, *host_config = NULL;
    scoped_strv tags = { 0 }, cache_from = { 0 };
    bool force = request_query_bool(req, "forcerm", false);
    struct build_request r = { .dockerfile = request_query(req, "dockerfile"),
                               .remote = request_query(req, "remote"),
                               .target = request_query(req, "target"),
                               .platform = request_version(req) >= PLATFORM_SINCE
                                               ? request_query(req, "platform")
                                               : NULL,
                               .tags = &tags,
                               .cache_from = &cache_from,
                               .quiet = request_query_bool(req, "q", false),
                               .no_cache = request_query_bool(req, "nocache", false),
                               .pull = request_query_bool(req, "pull", false),
                               .force_remove = force,
                               .remove = force || request_query_bool(req, "rm", true),
                               .api_version = request_version(req) };

    if (check_unsupported(req, err) < 0 || check_outputs(req, err) < 0 ||
        check_platform(r.platform, err) < 0 ||
        read_map(req, "buildargs", "build args", true, &args, err) < 0 ||
        read_map(req, "labels", "labels", false, &labels, err) < 0 ||
        read_names(req, "cachefrom", "cache-from", &cache_from, err) < 0 ||
        read_host_config(req, &host_config, err) < 0)
        return -1;
    read_tags(req, &tags);
    r.insecure = request_engine(req)->insecure_registries;
    r.args = args;
    r.labels = labels;
    r.host_config = host_config;
    return build(req, reply, &r, err);
}

/* -- BuildPrune -- */

static int check_bytes(struct request *req, const char *name, struct error *err)
{
    const char *text = request_query(req, name);
    int64_t n;

    if (str_empty(text) || str_to_int64(text, &n))
        return 0;
    return error_set(
        err, ERR_INVALID,
        "%s is in bytes and expects an integer, got %s: strconv.Atoi: parsing \"%s\": invalid syntax", name,
        text, text);
}

static int check_filters(const struct filters *filters, const char *const *keys, struct error *err)
{
    nanos until;

    for (; *keys; keys++)
        if (filters_count(filters, *keys) > 1)
            return error_set(err, ERR_INVALID, "failed to prune build cache: filters expect only one value");
    if (filters_count(filters, "until") &&
        !clock_parse_query(filters_value(filters, "until", 0), clock_now(), &until))
        return error_set(err, ERR_INVALID,
                         "failed to prune build cache: \"until\" filter expects a duration (e.g., '24h') or "
                         "a timestamp: failed to parse value as time or duration: \"%s\"",
                         filters_value(filters, "until", 0));
    return 0;
}

/* The cache of this builder is its images; of the cache that this operation is about there is nothing. */
static int build_prune_handler(struct request *req, struct reply *reply, struct error *err)
{
    static const char *const known[] = { "id",     "parent",  "type",  "description", "inuse",     "mutable",
                                         "shared", "private", "until", "unused-for",  "immutable", NULL };
    scoped(filters_free) struct filters *filters = NULL;
    bool newer = request_version(req) >= RESERVED_SPACE_SINCE;

    if (check_bytes(req, "keep-storage", err) < 0 ||
        (newer &&
         (check_bytes(req, "reserved-space", err) < 0 || check_bytes(req, "max-used-space", err) < 0 ||
          check_bytes(req, "min-free-space", err) < 0)) ||
        filters_parse(request_query(req, "filters"), known, &filters, err) < 0 ||
        check_filters(filters, known, err) < 0)
        return -1;
    return reply_json(reply, 200, json_pack("{s:n, s:i}", "CachesDeleted", "SpaceReclaimed", 0));
}

const struct route build_routes[] = {
    {"ImageBuild", POST, "/build", image_build_handler, 0 },
    { "BuildPrune",    POST, "/build/prune", build_prune_handler, 31 },
    { 0          },
};
