/* runtime/devices.c - see devices.h.
 *
 * Rules are tried in order, the last that fits decides: first nothing is allowed, then the handful that every
 * container has, then what was asked for. The nodes of that handful (null, zero, full, random, urandom, tty) are made
 * by every OCI runtime. A privileged container may use all and sees the host's nodes. */
#include "runtime/devices.h"

#include <errno.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

#define MAX_DEPTH 8 /* of folders below /dev */

static void add_rule(json_t *rules, bool allow, const char *type, int64_t major, int64_t minor,
                     const char *access)
{
    json_t *one = json_pack("{s:b, s:s}", "allow", allow, "access", access);

    if (type)
        json_object_set_new(one, "type", json_string(type));
    if (type && major >= 0)
        json_object_set_new(one, "major", json_integer(major));
    if (type && minor >= 0)
        json_object_set_new(one, "minor", json_integer(minor));
    json_array_append_new(rules, one);
}

static json_t *default_rules(void)
{
    static const int allowed[][2] = {
        {1,  5},
        { 1, 3},
        { 1, 9},
        { 1, 8},
        { 5, 0},
        { 5, 1}
    };
    json_t *rules = json_array();

    add_rule(rules, false, NULL, -1, -1, "rwm");
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        add_rule(rules, true, "c", allowed[i][0], allowed[i][1], "rwm");
    add_rule(rules, false, "c", 10, 229, "rwm");
    return rules;
}

static void add_node(json_t *nodes, const char *path, const struct stat *st)
{
    json_array_append_new(
        nodes, json_pack("{s:s, s:s, s:I, s:I, s:i, s:i, s:i}", "path", path, "type",
                         S_ISBLK(st->st_mode) ? "b" : "c", "major", (json_int_t)major(st->st_rdev), "minor",
                         (json_int_t)minor(st->st_rdev), "fileMode", (int)(st->st_mode & 07777), "uid",
                         (int)st->st_uid, "gid", (int)st->st_gid));
}

static bool is_node(const struct stat *st)
{
    return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

/* Not the folders that are file systems of their own in a container, nor the terminal that we might have. */
static bool left_out(const char *name)
{
    static const char *const names[] = { ".",      "..",   "pts",         "shm",     "fd",
                                         "mqueue", ".lxc", ".lxd-mounts", "console", ".udev" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq(name, names[i]))
            return true;
    return false;
}

/* `host` is the folder here, `inside` its name in the container. Whether anything was a node. */
static size_t add_tree(json_t *nodes, json_t *rules, const char *host, const char *inside, const char *access,
                       int depth)
{
    scoped(closedir) DIR *dir = opendir(host);
    struct dirent *entry;
    size_t found = 0;

    while (dir && depth < MAX_DEPTH && (entry = readdir(dir))) {
        scoped_free char *path = path_join(host, entry->d_name), *name = path_join(inside, entry->d_name);
        struct stat st;

        if (left_out(entry->d_name) || lstat(path, &st) < 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            found += add_tree(nodes, rules, path, name, access, depth + 1);
        } else if (is_node(&st)) {
            add_node(nodes, name, &st);
            if (rules)
                add_rule(rules, true, S_ISBLK(st.st_mode) ? "b" : "c", major(st.st_rdev), minor(st.st_rdev),
                         access);
            found++;
        }
    }
    return found;
}

static int add_device(json_t *nodes, json_t *rules, const json_t *device, struct error *err)
{
    const char *host = json_str_at(device, "PathOnHost", ""),
               *inside = json_str_at(device, "PathInContainer", "");
    const char *access = json_str_at(device, "CgroupPermissions", "");
    struct stat st;

    inside = *inside ? inside : host;
    access = *access ? access : "rwm";
    if (stat(host, &st) < 0)
        return error_set(err, ERR_SYSTEM,
                         "error gathering device information while adding custom device \"%s\": %s", host,
                         errno == ENOENT ? "no such file or directory" : strerror(errno));
    if (S_ISDIR(st.st_mode) && add_tree(nodes, rules, host, inside, access, 0) > 0)
        return 0;
    if (!is_node(&st))
        return error_set(
            err, ERR_SYSTEM,
            "error gathering device information while adding custom device \"%s\": not a device node", host);
    add_node(nodes, inside, &st);
    add_rule(rules, true, S_ISBLK(st.st_mode) ? "b" : "c", major(st.st_rdev), minor(st.st_rdev), access);
    return 0;
}

static bool device_number(const char *text, int64_t *ret)
{
    if (str_eq(text, "*")) {
        *ret = -1;
        return true;
    }
    return str_to_int64(text, ret) && *ret >= 0;
}

/* "c 1:3 rwm", with * for either number. */
static int add_cgroup_rule(json_t *rules, const char *text, struct error *err)
{
    char type[2], first[16], second[16], access[4], rest;
    int64_t big, small;

    if (sscanf(text, "%1[acb] %15[0-9*]:%15[0-9*] %3[rwm]%c", type, first, second, access, &rest) != 4 ||
        !device_number(first, &big) || !device_number(second, &small))
        return error_set(err, ERR_SYSTEM, "invalid device cgroup rule format: '%s'", text);
    add_rule(rules, true, type, big, small, access);
    return 0;
}

int devices_make(const json_t *host_config, bool privileged, json_t **nodes, json_t **rules,
                 struct error *err)
{
    scoped(json_decref) json_t *made = json_array(), *allowed = default_rules();
    json_t *list = json_at(host_config, "Devices"), *item;
    size_t i;

    if (privileged) {
        add_tree(made, NULL, "/dev", "/dev", "rwm", 0);
        add_rule(allowed, true, NULL, -1, -1, "rwm");
    }
    json_array_foreach (list, i, item)
        if (!privileged && add_device(made, allowed, item, err) < 0)
            return -1;
    list = json_at(host_config, "DeviceCgroupRules");
    json_array_foreach (list, i, item)
        if (add_cgroup_rule(allowed, json_is_string(item) ? json_string_value(item) : "", err) < 0)
            return -1;
    *nodes = take_ptr(&made);
    *rules = take_ptr(&allowed);
    return 0;
}
