/* runtime/users.c - who a container's process is: its own /etc/passwd and /etc/group decide (passwd(5), group(5)).
 *
 * These files come with an image, so they may be anything: links are resolved below the root file system, size is
 * bounded, lines that are none are skipped. The rules are dockerd's, as seen with 20.10 and 28.5: a number need not be in
 * the file; a user who is in it brings the groups that list him, unless a group was named; ids are 0 to 2^31-1. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/resolve.h"
#include "base/str.h"
#include "runtime/spec.h"
#include "runtime/users.h"

#define FILE_MAX   (4u << 20)
#define GROUPS_MAX 4096

static void read_below(const char *rootfs, const char *path, struct str *ret)
{
    scoped_close int root = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
    struct stat st;

    if (root >= 0)
        fd = open_in_root(root, path, O_RDONLY | O_NONBLOCK, 0, NULL);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || fd_read_all(fd, FILE_MAX, ret, NULL) < 0)
        str_cut(ret, 0);
}

static bool is_id(const char *s, uint32_t *ret)
{
    int64_t value;

    if (!str_to_int64(s, &value) || value < 0 || value > INT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool all_digits(const char *s)
{
    return *s && s[strspn(s, "0123456789")] == '\0';
}

/* Splits a line at ':' in place; missing fields are "". */
static size_t fields_of(char *line, char *fields[], size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < room; i++)
        fields[i] = line + strlen(line);
    while (line && n < room) {
        char *colon = n + 1 < room ? strchr(line, ':') : NULL;

        if (colon)
            *colon++ = '\0';
        fields[n++] = line;
        line = colon;
    }
    return n;
}

/* The next line that holds something; *at moves on. */
static char *next_line(char **at)
{
    while (*at && **at) {
        char *line = *at, *end = line + strcspn(line, "\n");

        *at = *end ? end + 1 : end;
        *end = '\0';
        line += strspn(line, " \t\r");
        if (*line && *line != '#')
            return line;
    }
    return NULL;
}

static bool find_passwd(char *text, const char *user, struct passwd_entry *ret)
{
    uint32_t wanted = 0, id;
    bool number = is_id(user, &wanted);
    char *line, *f[7];

    while ((line = next_line(&text))) {
        fields_of(line, f, 7);
        if (!is_id(f[2], &id) || !(str_eq(f[0], user) || (number && id == wanted)))
            continue;
        ret->name = f[0];
        ret->home = f[5];
        ret->uid = id;
        if (!is_id(f[3], &ret->gid))
            ret->gid = 0;
        return true;
    }
    return false;
}

static bool in_list(const char *list, const char *name)
{
    size_t n = strlen(name);

    while (*list) {
        size_t length = strcspn(list, ",");

        if (length == n && memcmp(list, name, n) == 0)
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

struct ids {
    uint32_t *items;
    size_t count;
};

static void add_id(struct ids *ids, uint32_t id)
{
    if (ids->count >= GROUPS_MAX)
        return;
    ids->items = xreallocarray(ids->items, ids->count + 1, sizeof(uint32_t));
    ids->items[ids->count++] = id;
}

static void add_memberships(char *text, const char *name, struct ids *ids)
{
    char *line, *f[4];
    uint32_t id;

    while ((line = next_line(&text))) {
        fields_of(line, f, 4);
        if (is_id(f[2], &id) && in_list(f[3], name))
            add_id(ids, id);
    }
}

static bool find_group(char *text, const char *group, uint32_t *ret)
{
    uint32_t wanted = 0, id;
    bool number = is_id(group, &wanted);
    char *line, *f[4];

    while ((line = next_line(&text))) {
        fields_of(line, f, 4);
        if (is_id(f[2], &id) && (str_eq(f[0], group) || (number && id == wanted))) {
            *ret = id;
            return true;
        }
    }
    return false;
}

static int user_not_found(const char *user, struct error *err)
{
    if (all_digits(user))
        return error_set(err, ERR_SYSTEM, "uids and gids must be in range 0-2147483647");
    return error_set(err, ERR_SYSTEM, "unable to find user %s: no matching entries in passwd file", user);
}

static int lookup_group(const char *groups, const char *name, uint32_t *ret, struct error *err)
{
    scoped_free char *text = xstrdup(groups);

    if (find_group(text, name, ret) || is_id(name, ret))
        return 0;
    if (all_digits(name))
        return error_set(err, ERR_SYSTEM, "uids and gids must be in range 0-2147483647");
    return error_set(err, ERR_SYSTEM, "unable to find group %s: no matching entries in group file", name);
}

static int add_groups(const char *groups, const json_t *group_add, struct ids *ids, struct error *err)
{
    size_t i;
    json_t *item;

    json_array_foreach (group_add, i, item) {
        uint32_t id;

        if (!json_is_string(item))
            continue;
        if (lookup_group(groups, json_string_value(item), &id, err) < 0)
            return -1;
        add_id(ids, id);
    }
    return 0;
}

int users_find(const char *passwd, const char *groups, const char *user, const json_t *group_add,
               struct spec_user *ret, char **home, struct error *err)
{
    scoped_free char *name = xstrdup(str_empty(user) ? "0" : user), *users = xstrdup(passwd);
    scoped_free uint32_t *release = NULL;
    char *group = strchr(name, ':');
    struct passwd_entry entry = { .name = "", .home = "/" };
    struct ids ids = { 0 };

    if (group)
        *group++ = '\0';
    if (*name == '\0' && !find_passwd(users, "0", &entry))
        entry.uid = 0;
    else if (*name && !find_passwd(users, name, &entry) && !is_id(name, &entry.uid))
        return user_not_found(name, err);
    if (group && *group && lookup_group(groups, group, &entry.gid, err) < 0)
        return -1;
    add_id(&ids, entry.gid);
    if (!(group && *group) && *entry.name) {
        scoped_free char *text = xstrdup(groups);

        add_memberships(text, entry.name, &ids);
    }
    release = ids.items;
    if (add_groups(groups, group_add, &ids, err) < 0) {
        release = ids.items;
        return -1;
    }
    release = NULL;
    *ret = (struct spec_user){
        .uid = entry.uid, .gid = entry.gid, .extra = ids.items, .extra_count = ids.count
    };
    if (home)
        *home = xstrdup(*entry.home ? entry.home : "/");
    return 0;
}

int spec_find_user(const char *rootfs, const char *user, const json_t *group_add, struct spec_user *ret,
                   char **home, struct error *err)
{
    scoped_str passwd = { 0 }, groups = { 0 };

    read_below(rootfs, "etc/passwd", &passwd);
    read_below(rootfs, "etc/group", &groups);
    return users_find(str_text(&passwd), str_text(&groups), user, group_add, ret, home, err);
}
