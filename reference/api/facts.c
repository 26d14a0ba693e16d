/* api/facts.c - see system.h. */
#include "api/system.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include "base/fd.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/str.h"

#define OS_RELEASE_MAX 65536
#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#ifndef ZFS_SUPER_MAGIC
#define ZFS_SUPER_MAGIC 0x2fc12fc1
#endif

/* The value of KEY="value" in os-release(5); NULL when it is not there. */
static char *release_value(const char *text, const char *key)
{
    size_t length = strlen(key);

    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        const char *value = line + length + 1;
        size_t n;

        if (strncmp(line, key, length) != 0 || line[length] != '=')
            continue;
        n = strcspn(value, "\n");
        if (n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n - 1] == value[0]) {
            value++;
            n -= 2;
        }
        return xstrndup(value, n);
    }
    return NULL;
}

static void gather_os(struct system_facts *f)
{
    scoped_str text = { 0 };

    if (file_read("/etc/os-release", OS_RELEASE_MAX, &text, NULL) < 0)
        file_read("/usr/lib/os-release", OS_RELEASE_MAX, &text, NULL);
    f->os = release_value(str_text(&text), "PRETTY_NAME");
    f->os_version = release_value(str_text(&text), "VERSION_ID");
    if (!f->os)
        f->os = xstrdup("Linux");
    if (!f->os_version)
        f->os_version = xstrdup("");
}

static const char *go_name(const char *machine)
{
    /* clang-format off */
    static const char *const names[][2] = {
        { "x86_64", "amd64" }, { "aarch64", "arm64" },   { "armv7l", "arm" },
        { "i686", "386" },     { "riscv64", "riscv64" },
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq(machine, names[i][0]))
            return names[i][1];
    return machine;
}

static const char *file_system(const char *path)
{
    struct statfs st;

    if (statfs(path, &st) < 0)
        return "<unknown>";
    switch ((unsigned long)st.f_type) {
    case EXT4_SUPER_MAGIC:
        return "extfs";
    case XFS_SUPER_MAGIC:
        return "xfs";
    case BTRFS_SUPER_MAGIC:
        return "btrfs";
    case TMPFS_MAGIC:
        return "tmpfs";
    case OVERLAYFS_SUPER_MAGIC:
        return "overlayfs";
    case ZFS_SUPER_MAGIC:
        return "zfs";
    default:
        return "<unknown>";
    }
}

void system_facts_gather(struct system_facts *f)
{
    struct utsname u;
    struct sysinfo memory;

    uname(&u);
    f->kernel = xstrdup(u.release);
    f->architecture = xstrdup(u.machine);
    f->go_arch = xstrdup(go_name(u.machine));
    f->backing_fs = xstrdup(file_system(f->data_root));
    f->cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (sysinfo(&memory) == 0)
        f->memory_bytes = (int64_t)memory.totalram * memory.mem_unit;
    gather_os(f);
}

void system_facts_clear(struct system_facts *f)
{
    char *const owned[] = { f->id, f->data_root,  f->default_runtime, f->init_path, f->kernel,
                            f->os, f->os_version, f->architecture,    f->go_arch,   f->backing_fs };

    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        free(owned[i]);
    json_decref(f->runtimes);
    *f = (struct system_facts){ 0 };
}

static char *make_uuid(void)
{
    unsigned char b[16];
    char hex[33];

    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4, RFC 9562 */
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    hex_encode(b, sizeof(b), hex);
    return xasprintf("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

int system_id(const char *path, char **ret, struct error *err)
{
    scoped_str text = { 0 };
    struct error why = { .kind = ERR_NONE };
    char *id;

    if (file_read(path, 256, &text, &why) == 0 && text.len >= 36) {
        *ret = xstrndup(text.data, 36);
        return 0;
    }
    id = make_uuid();
    if (file_write_atomic(path, id, strlen(id), 0600, err) < 0) {
        free(id);
        return -1;
    }
    *ret = id;
    return 0;
}
