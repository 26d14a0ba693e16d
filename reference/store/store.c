/* store/store.c - see store.h. The lock is for nobody's bytes, as rename(2) is atomic, but for the order of a put and a remove of
 * the same record: both sync the directory, and the later caller's must be the later one on disk. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define SUFFIX ".json"

struct store {
    char *dir;
    int dir_fd;
    pthread_mutex_t lock;
};

static int list(const struct store *s, struct strv *ret, struct error *err)
{
    scoped(closedir) DIR *dir = opendir(s->dir);
    struct dirent *entry;

    if (!dir)
        return error_errno(err, "open '%s'", s->dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.' && str_ends(entry->d_name, SUFFIX))
            strv_add(ret, entry->d_name);
    strv_sort(ret);
    return 0;
}

int store_open(const char *dir, struct store **ret, struct error *err)
{
    struct store *s;
    int fd;

    if (dir_make(dir, 0700, err) < 0 || files_drop_unfinished(dir, err) < 0)
        return -1;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "open '%s'", dir);
    s = new_zeroed(struct store);
    s->dir = xstrdup(dir);
    s->dir_fd = fd;
    pthread_mutex_init(&s->lock, NULL);
    *ret = s;
    return 0;
}

struct store *store_close(struct store *s)
{
    if (!s)
        return NULL;
    close(s->dir_fd);
    free(s->dir);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}

/* An id becomes a file's name, so it may not lead anywhere else. */
static int record_path(const struct store *s, const char *id, char **ret, struct error *err)
{
    if (!id[0] || id[0] == '.' || strchr(id, '/') || strlen(id) > 200)
        return error_set(err, ERR_INVALID, "'%s' cannot name a record", id);
    *ret = xasprintf("%s/%s" SUFFIX, s->dir, id);
    return 0;
}

/* A rename or unlink is on disk when its directory is. */
static int sync_dir(const struct store *s, struct error *err)
{
    if (fsync(s->dir_fd) < 0)
        return error_errno(err, "sync '%s'", s->dir);
    return 0;
}

int store_put(struct store *s, const char *id, const json_t *record, struct error *err)
{
    scoped_free char *path = NULL;
    int result;

    if (record_path(s, id, &path, err) < 0)
        return -1;
    pthread_mutex_lock(&s->lock);
    result = json_write_file(path, record, err);
    if (result == 0)
        result = sync_dir(s, err);
    pthread_mutex_unlock(&s->lock);
    return result;
}

int store_remove(struct store *s, const char *id, struct error *err)
{
    scoped_free char *path = NULL;
    int result = 0;

    if (record_path(s, id, &path, err) < 0)
        return -1;
    pthread_mutex_lock(&s->lock);
    if (unlink(path) == 0)
        result = sync_dir(s, err);
    else if (errno != ENOENT)
        result = error_errno(err, "remove '%s'", path);
    pthread_mutex_unlock(&s->lock);
    return result;
}

static void set_aside(const struct store *s, const char *name, const struct error *why)
{
    scoped_free char *bad = xasprintf("%s.bad", name);

    log_error("a record cannot be read and is set aside as '%s/%s': %s", s->dir, bad, why->text);
    if (renameat(s->dir_fd, name, s->dir_fd, bad) < 0)
        log_error("rename '%s/%s': %s", s->dir, name, strerror(errno));
}

int store_each(struct store *s, int (*each)(void *user, const char *id, json_t *record, struct error *err),
               void *user, struct error *err)
{
    scoped_strv names = { 0 };

    if (list(s, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        scoped(json_decref) json_t *record = NULL;
        scoped_free char *path = path_join(s->dir, names.items[i]);
        scoped_free char *id = xstrndup(names.items[i], strlen(names.items[i]) - strlen(SUFFIX));
        struct error why = { .kind = ERR_NONE };

        if (json_read_file(path, &record, &why) < 0)
            set_aside(s, names.items[i], &why);
        else if (each(user, id, record, err) < 0)
            return -1;
    }
    return 0;
}
