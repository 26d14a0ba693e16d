/* cli/spec.c - see spec.h. */
#include "cli/spec.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "cli/units.h"

#define RANGE_MAX 65535

/* -- ports -- */

struct port_range {
    int first, last;
};

static bool parse_port(const char *s, size_t n, int *ret)
{
    int value = 0;

    if (!n || n > 5)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)s[i]))
            return false;
        value = 10 * value + (s[i] - '0');
    }
    *ret = value;
    return value <= RANGE_MAX;
}

static bool parse_range(const char *s, size_t n, struct port_range *ret)
{
    const char *dash = memchr(s, '-', n);

    if (!dash) {
        if (!parse_port(s, n, &ret->first))
            return false;
        ret->last = ret->first;
        return true;
    }
    return parse_port(s, (size_t)(dash - s), &ret->first) &&
           parse_port(dash + 1, (size_t)(s + n - dash - 1), &ret->last) && ret->first <= ret->last;
}

/* Splits off "/proto": the length of what is before it, or -1 when the protocol is none. */
static int parse_protocol(const char *s, const char **protocol)
{
    const char *slash = strchr(s, '/');

    *protocol = slash ? slash + 1 : "tcp";
    if (strcmp(*protocol, "tcp") != 0 && strcmp(*protocol, "udp") != 0 && strcmp(*protocol, "sctp") != 0)
        return -1;
    return (int)(slash ? slash - s : (ptrdiff_t)strlen(s));
}

int spec_expose(const char *spec, json_t *exposed, struct error *err)
{
    const char *protocol;
    struct port_range range;
    int n = parse_protocol(spec, &protocol);

    if (n < 0 || !parse_range(spec, (size_t)n, &range))
        return error_set(err, ERR_INVALID, "invalid range format for --expose: %s", spec);
    for (int port = range.first; port <= range.last; port++) {
        char key[32];

        snprintf(key, sizeof(key), "%d/%s", port, protocol);
        json_object_set_new(exposed, key, json_object());
    }
    return 0;
}

static void bind_port(json_t *bindings, const char *key, const char *ip, const char *host_port)
{
    json_t *list = json_object_get(bindings, key);

    if (!list) {
        list = json_array();
        json_object_set_new(bindings, key, list);
    }
    json_array_append_new(list, json_pack("{s:s, s:s}", "HostIp", ip, "HostPort", host_port));
}

/* "ip:host:container" cut at its last two colons outside brackets. */
struct port_parts {
    char *ip, *host, *container;
};

static void split_port(const char *spec, struct port_parts *ret)
{
    const char *last = strrchr(spec, ':'), *middle = NULL;

    *ret = (struct port_parts){ NULL, NULL, NULL };
    if (!last) {
        ret->container = xstrdup(spec);
        ret->host = xstrdup("");
        ret->ip = xstrdup("");
        return;
    }
    ret->container = xstrdup(last + 1);
    for (const char *c = spec; c < last; c++)
        middle = *c == ':' ? c : middle;
    ret->host =
        middle ? xstrndup(middle + 1, (size_t)(last - middle - 1)) : xstrndup(spec, (size_t)(last - spec));
    ret->ip = middle ? xstrndup(spec, (size_t)(middle - spec)) : xstrdup("");
    if (ret->ip[0] == '[' && ret->ip[strlen(ret->ip) - 1] == ']') {
        ret->ip[strlen(ret->ip) - 1] = '\0';
        memmove(ret->ip, ret->ip + 1, strlen(ret->ip));
    }
}

static int port_parts_put(const char *spec, const struct port_parts *parts, json_t *exposed, json_t *bindings,
                          struct error *err)
{
    const char *protocol;
    struct port_range inside, outside = { 0, 0 };
    int n = parse_protocol(parts->container, &protocol), width;

    if (n == 0)
        return error_set(err, ERR_INVALID, "no port specified: %s<empty>", spec);
    if (n < 0)
        return error_set(err, ERR_INVALID, "invalid proto: %s", protocol);
    if (!parse_range(parts->container, (size_t)n, &inside))
        return error_set(err, ERR_INVALID, "invalid containerPort: %.*s", n, parts->container);
    if (*parts->host && !parse_range(parts->host, strlen(parts->host), &outside))
        return error_set(err, ERR_INVALID, "invalid hostPort: %s", parts->host);
    width = inside.last - inside.first;
    if (*parts->host && outside.last - outside.first != width && width != 0)
        return error_set(err, ERR_INVALID,
                         "invalid ranges specified for container and host Ports: %.*s and %s", n,
                         parts->container, parts->host);
    for (int i = 0; i <= width; i++) {
        char key[32], host_port[32] = "";

        snprintf(key, sizeof(key), "%d/%s", inside.first + i, protocol);
        if (*parts->host && width == 0 && outside.last != outside.first)
            snprintf(host_port, sizeof(host_port), "%d-%d", outside.first, outside.last);
        else if (*parts->host)
            snprintf(host_port, sizeof(host_port), "%d", outside.first + i);
        json_object_set_new(exposed, key, json_object());
        bind_port(bindings, key, parts->ip, host_port);
    }
    return 0;
}

int spec_port(const char *spec, json_t *exposed, json_t *bindings, struct error *err)
{
    struct port_parts parts;
    int result;

    split_port(spec, &parts);
    result = port_parts_put(spec, &parts, exposed, bindings, err);
    free(parts.ip);
    free(parts.host);
    free(parts.container);
    return result;
}

/* -- mounts -- */

static char *absolute(const char *path)
{
    char here[PATH_MAX];
    scoped_free char *joined = NULL;

    if (path[0] == '/' || !getcwd(here, sizeof(here)))
        return xstrdup(path);
    joined = path_join(here, path);
    return path_clean(joined);
}

int spec_volume(const char *spec, json_t *binds, json_t *volumes, struct error *err)
{
    const char *colon = strchr(spec, ':');

    if (!*spec)
        return error_set(err, ERR_INVALID, "invalid empty volume spec");
    if (!colon) {
        json_object_set_new(volumes, spec, json_object());
        return 0;
    }
    if (colon == spec || !colon[1])
        return error_set(err, ERR_INVALID, "invalid spec: %s: empty section between colons", spec);
    if (spec[0] == '.') {
        scoped_free char *relative = xstrndup(spec, (size_t)(colon - spec));
        scoped_free char *source = absolute(relative);
        scoped_free char *whole = xasprintf("%s%s", source, colon);

        json_array_append_new(binds, json_string(whole));
    } else {
        json_array_append_new(binds, json_string(spec));
    }
    return 0;
}

static int csv_quoted(const char **at, struct str *field, struct error *err)
{
    for ((*at)++; **at; (*at)++) {
        if (**at == '"' && (*at)[1] == '"')
            (*at)++;
        else if (**at == '"')
            return (*at)++, 0;
        str_add_char(field, **at);
    }
    return error_set(err, ERR_INVALID, "parse error: extraneous or missing \" in quoted-field");
}

int spec_csv(const char *line, struct strv *ret, struct error *err)
{
    for (const char *at = line;; at++) {
        scoped_str field = { 0 };

        if (*at == '"') {
            if (csv_quoted(&at, &field, err) < 0)
                return -1;
            if (*at && *at != ',')
                return error_set(err, ERR_INVALID, "parse error: extraneous or missing \" in quoted-field");
        } else {
            for (; *at && *at != ','; at++)
                str_add_char(&field, *at);
        }
        strv_add(ret, str_text(&field));
        if (!*at)
            return 0;
    }
}

static int put_bool(json_t *mount, const char *path, const char *key, const char *value, bool has,
                    struct error *err)
{
    bool truth = !has || strcmp(value, "true") == 0 || strcmp(value, "1") == 0;

    if (has && !truth && strcmp(value, "false") != 0 && strcmp(value, "0") != 0)
        return error_set(err, ERR_INVALID, "invalid value for %s: %s", key, value);
    json_put(mount, path, json_boolean(truth));
    return 0;
}

static int mount_option(json_t *mount, const char *key, const char *value, bool has, struct error *err)
{
    static const char *const strings[][2] = {
        {"type",              "Type"                           },
        { "target",           "Target"                         },
        { "dst",              "Target"                         },
        { "destination",      "Target"                         },
        { "consistency",      "Consistency"                    },
        { "bind-propagation", "BindOptions.Propagation"        },
        { "volume-subpath",   "VolumeOptions.Subpath"          },
        { "image-subpath",    "ImageOptions.Subpath"           },
        { "volume-driver",    "VolumeOptions.DriverConfig.Name"},
    };
    int64_t number;
    char *end;

    if (strcmp(key, "readonly") == 0 || strcmp(key, "ro") == 0)
        return put_bool(mount, "ReadOnly", key, value, has, err);
    if (strcmp(key, "volume-nocopy") == 0)
        return put_bool(mount, "VolumeOptions.NoCopy", key, value, has, err);
    if (strcmp(key, "bind-nonrecursive") == 0)
        return put_bool(mount, "BindOptions.NonRecursive", key, value, has, err);
    if (!has)
        return error_set(err, ERR_INVALID, "invalid field '%s' must be a key=value pair", key);
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        if (strcmp(key, strings[i][0]) == 0) {
            json_put_str(mount, strings[i][1], value);
            return 0;
        }
    }
    if (strcmp(key, "source") == 0 || strcmp(key, "src") == 0) {
        scoped_free char *source = value[0] == '.' ? absolute(value) : xstrdup(value);

        json_put_str(mount, "Source", source);
    } else if (strcmp(key, "volume-label") == 0 || strcmp(key, "volume-opt") == 0) {
        const char *path = key[7] == 'l' ? "VolumeOptions.Labels" : "VolumeOptions.DriverConfig.Options";

        if (!json_at(mount, path))
            json_put(mount, path, json_object());
        spec_key_value(value, json_at(mount, path));
    } else if (strcmp(key, "tmpfs-size") == 0 && units_parse_size(value, &number)) {
        json_put(mount, "TmpfsOptions.SizeBytes", json_integer(number));
    } else if (strcmp(key, "tmpfs-mode") == 0 && (number = strtol(value, &end, 8), end > value && !*end)) {
        json_put(mount, "TmpfsOptions.Mode", json_integer(number));
    } else {
        return str_starts(key, "tmpfs-")
                   ? error_set(err, ERR_INVALID, "invalid value for %s: %s", key, value)
                   : error_set(err, ERR_INVALID, "unexpected key '%s' in '%s=%s'", key, key, value);
    }
    return 0;
}

int spec_mount(const char *spec, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *mount = json_pack("{s:s}", "Type", "volume");
    scoped_strv fields = { 0 };

    if (spec_csv(spec, &fields, err) < 0)
        return -1;
    for (size_t i = 0; i < fields.count; i++) {
        scoped_free char *key = xstrndup(fields.items[i], strcspn(fields.items[i], "="));
        const char *value = fields.items[i] + strlen(key);

        for (char *c = key; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (mount_option(mount, key, *value ? value + 1 : "", *value != '\0', err) < 0)
            return error_wrap(err, "invalid argument \"%s\" for \"--mount\" flag", spec);
    }
    if (str_empty(json_str_at(mount, "Target", NULL)))
        return error_set(err, ERR_INVALID, "invalid argument \"%s\" for \"--mount\" flag: target is required",
                         spec);
    *ret = take_ptr(&mount);
    return 0;
}

/* -- limits -- */

int spec_ulimit(const char *spec, json_t **ret, struct error *err)
{
    const char *equals = strchr(spec, '=');
    scoped_free char *name = equals ? xstrndup(spec, (size_t)(equals - spec)) : NULL;
    scoped_free char *soft_text = equals ? xstrndup(equals + 1, strcspn(equals + 1, ":")) : NULL;
    const char *colon = equals ? strchr(equals, ':') : NULL;
    int64_t soft, hard;

    if (!equals || !*name)
        return error_set(err, ERR_INVALID, "invalid ulimit argument: %s", spec);
    if (!str_to_int64(soft_text, &soft) || (colon && !str_to_int64(colon + 1, &hard)))
        return error_set(err, ERR_INVALID, "invalid ulimit type: %s", spec);
    if (!colon)
        hard = soft;
    if (hard != -1 && (soft == -1 || soft > hard))
        return error_set(err, ERR_INVALID,
                         "ulimit soft limit must be less than or equal to hard limit: %lld > %lld",
                         (long long)soft, (long long)hard);
    *ret = json_pack("{s:s, s:I, s:I}", "Name", name, "Hard", (json_int_t)hard, "Soft", (json_int_t)soft);
    return 0;
}

static bool is_device_mode(const char *s)
{
    return *s && strlen(s) <= 3 && s[strspn(s, "rwm")] == '\0';
}

int spec_device(const char *spec, json_t **ret, struct error *err)
{
    scoped_strv parts = { 0 };
    const char *inside, *mode = "rwm";

    strv_split(&parts, spec, ':');
    inside = parts.items[0];
    if (parts.count == 2 && is_device_mode(parts.items[1]))
        mode = parts.items[1];
    else if (parts.count >= 2)
        inside = parts.items[1];
    if (parts.count == 3)
        mode = parts.items[2];
    if (parts.count > 3 || !*parts.items[0] || !is_device_mode(mode))
        return error_set(err, ERR_INVALID, "invalid device specification: %s", spec);
    *ret = json_pack("{s:s, s:s, s:s}", "PathOnHost", parts.items[0], "PathInContainer",
                     *inside ? inside : parts.items[0], "CgroupPermissions", mode);
    return 0;
}

int spec_restart(const char *spec, json_t **ret, struct error *err)
{
    const char *colon = strchr(spec, ':');
    scoped_free char *name = xstrndup(spec, strcspn(spec, ":"));
    int64_t count = 0;

    if (colon && !str_to_int64(colon + 1, &count))
        return error_set(err, ERR_INVALID,
                         "invalid restart policy format: maximum retry count must be an integer");
    *ret = json_pack("{s:s, s:I}", "Name", name, "MaximumRetryCount", (json_int_t)count);
    return 0;
}

int spec_cpus(const char *given, int64_t *ret, struct error *err)
{
    char *end;
    double value = isdigit((unsigned char)*given) || *given == '.' ? strtod(given, &end) : (end = NULL, 0);

    if (!end || *end || !(value < 1e9))
        return error_set(
            err, ERR_INVALID,
            "invalid argument \"%s\" for \"--cpus\" flag: failed to parse %s as a rational number", given,
            given);
    *ret = (int64_t)llround(value * 1e9);
    return 0;
}

/* -- words -- */

void spec_env(const char *given, struct strv *ret)
{
    const char *value = strchr(given, '=') ? NULL : getenv(given);

    if (value)
        strv_addf(ret, "%s=%s", given, value);
    else
        strv_add(ret, given);
}

static int env_line(const char *name, const char *line, bool from_environment, struct strv *ret,
                    struct error *err)
{
    size_t length = strcspn(line, "=");

    line += strspn(line, " \t\v\f");
    if (!*line || *line == '#')
        return 0;
    length = strcspn(line, "=");
    if (length == 0)
        return error_set(err, ERR_INVALID, "invalid env file (%s): no variable name on line '%s'", name,
                         line);
    for (size_t i = 0; i < length; i++)
        if (isspace((unsigned char)line[i]))
            return error_set(err, ERR_INVALID, "invalid env file (%s): variable '%.*s' contains whitespaces",
                             name, (int)length, line);
    if (line[length] == '=')
        strv_add(ret, line);
    else if (!from_environment)
        strv_add(ret, line);
    else if (getenv(line))
        strv_addf(ret, "%s=%s", line, getenv(line));
    return 0;
}

int spec_env_file(const char *name, const char *text, bool from_environment, struct strv *ret,
                  struct error *err)
{
    scoped_strv lines = { 0 };

    if (str_starts(text, "\xef\xbb\xbf")) /* a byte order mark */
        text += 3;
    strv_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.count; i++) {
        char *line = lines.items[i];
        size_t n = strlen(line);

        if (n && line[n - 1] == '\r')
            line[n - 1] = '\0';
        if (env_line(name, line, from_environment, ret, err) < 0)
            return -1;
    }
    return 0;
}

void spec_key_value(const char *given, json_t *ret)
{
    scoped_free char *key = xstrndup(given, strcspn(given, "="));
    const char *value = given + strlen(key);

    json_object_set_new(ret, key, json_string(*value ? value + 1 : ""));
}

/* -- references -- */

static bool is_digest(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+._-");

    return n > 0 && s[n] == ':' && strlen(s + n + 1) >= 32 &&
           s[n + 1 + strspn(s + n + 1, "0123456789abcdef")] == '\0';
}

static bool is_tag(const char *s)
{
    size_t n = strlen(s);

    if (!n || n > 128 || *s == '.' || *s == '-')
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr("_.-", *s))
            return false;
    return true;
}

static bool is_path(const char *s)
{
    bool after_letter = false;

    for (; *s; s++) {
        if (islower((unsigned char)*s) || isdigit((unsigned char)*s))
            after_letter = true;
        else if (!strchr("._-/", *s) || !after_letter || !s[1])
            return false;
        else if (*s == '/')
            after_letter = false;
    }
    return after_letter;
}

static bool is_name(const char *name)
{
    const char *slash = strchr(name, '/');
    bool has_host;

    if (!slash)
        return is_path(name);
    has_host = memchr(name, '.', (size_t)(slash - name)) || memchr(name, ':', (size_t)(slash - name)) ||
               str_starts(name, "localhost/");
    return is_path(has_host ? slash + 1 : name);
}

int spec_ref(const char *given, struct spec_ref *ret, struct error *err)
{
    struct spec_ref ref = { NULL, NULL, NULL };
    const char *at = strchr(given, '@'), *colon, *slash;
    bool fine;

    ref.name = at ? xstrndup(given, (size_t)(at - given)) : xstrdup(given);
    ref.digest = at ? xstrdup(at + 1) : NULL;
    colon = strrchr(ref.name, ':');
    slash = strrchr(ref.name, '/');
    if (colon && (!slash || colon > slash)) {
        ref.tag = xstrdup(colon + 1);
        ref.name[colon - ref.name] = '\0';
    }
    fine = is_name(ref.name) && (!ref.tag || is_tag(ref.tag)) && (!ref.digest || is_digest(ref.digest));
    if (!fine) {
        bool upper = false;

        for (const char *c = ref.name; *c; c++)
            upper = upper || isupper((unsigned char)*c);
        spec_ref_free(&ref);
        return error_set(err, ERR_INVALID,
                         upper ? "invalid reference format: repository name (%s%s) must be lowercase"
                               : "invalid reference format",
                         strchr(given, '/') ? "" : "library/", given);
    }
    *ret = ref;
    return 0;
}

void spec_ref_free(struct spec_ref *ref)
{
    free(ref->name);
    free(ref->tag);
    free(ref->digest);
    *ref = (struct spec_ref){ NULL, NULL, NULL };
}
