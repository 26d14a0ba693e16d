/* runner/run_id.c - see run_id.h.
 *
 * Every object that a run makes is labelled with the run's id, and `plimsoll clean` must know from the id
 * alone whether somebody still works with it. The id is sixteen characters of base 36: host (4), process (5),
 * start (7). The host part is a hash of the host's name, and tells a run of another machine, which is never
 * taken for dead.
 *
 * A run of this machine holds a write lock on /tmp/plimsoll-ID.lock for as long as it lives. The kernel drops
 * the lock with the process, after SIGKILL too, so a lock can be neither stale nor mistaken for that of a
 * later process of the same number. The folder is always /tmp: TMPDIR and XDG_RUNTIME_DIR differ between
 * sessions, and a lock that one does not find must not make a living run look dead. When the file is not
 * there (cleaned up, or a /tmp of one's own), the process number decides, which can only err towards "alive".
 */
#include "runner/run_id.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HOST_DIGITS = 4, PROCESS_DIGITS = 5, START_DIGITS = 7 };

static char own_path[64];
static int own_lock = -1;

static void write_base36(char *text, uint64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 36)
        text[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
}

static uint64_t host_hash(void)
{
    char name[256] = "";
    uint64_t hash = 0xcbf29ce484222325u;

    gethostname(name, sizeof(name) - 1);
    for (const char *at = name; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static void lock_path(char *path, size_t size, const char *id)
{
    snprintf(path, size, "/tmp/plimsoll-%s.lock", id);
}

int run_id_take(char id[RUN_ID_SIZE])
{
    struct timespec now;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    clock_gettime(CLOCK_REALTIME, &now);
    write_base36(id, host_hash(), HOST_DIGITS);
    write_base36(id + HOST_DIGITS, (uint64_t)getpid(), PROCESS_DIGITS);
    write_base36(id + HOST_DIGITS + PROCESS_DIGITS, (uint64_t)now.tv_sec, START_DIGITS);
    id[RUN_ID_SIZE - 1] = '\0';
    lock_path(own_path, sizeof(own_path), id);
    own_lock = open(own_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (own_lock < 0)
        return -1;
    return fcntl(own_lock, F_SETLK, &lock);
}

void run_id_drop(void)
{
    if (own_lock < 0)
        return;
    unlink(own_path);
    close(own_lock);
    own_lock = -1;
}

/* F_GETLK asks without taking, and needs no right to write. */
static int lock_is_held(const char *id)
{
    char path[64];
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

    lock_path(path, sizeof(path), id);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    int ret = fcntl(fd, F_GETLK, &lock) < 0 ? -1 : lock.l_type != F_UNLCK;
    close(fd);
    return ret;
}

enum run_state run_id_state(const char *id)
{
    char here[HOST_DIGITS + 1] = "", number[PROCESS_DIGITS + 1] = "";

    write_base36(here, host_hash(), HOST_DIGITS);
    if (strlen(id) != RUN_ID_SIZE - 1 ||
        strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz") != RUN_ID_SIZE - 1 ||
        memcmp(id, here, HOST_DIGITS) != 0)
        return RUN_ELSEWHERE;
    int held = lock_is_held(id);
    if (held >= 0)
        return held ? RUN_ALIVE : RUN_DEAD;
    memcpy(number, id + HOST_DIGITS, PROCESS_DIGITS);
    long process = strtol(number, NULL, 36);
    return process > 0 && (kill((pid_t)process, 0) == 0 || errno == EPERM) ? RUN_ALIVE : RUN_DEAD;
}

void run_id_forget(const char *id)
{
    char path[64];

    if (run_id_state(id) != RUN_DEAD)
        return;
    lock_path(path, sizeof(path), id);
    unlink(path);
}
