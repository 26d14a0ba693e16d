/* cli/terminal.c - see terminal.h. */
#include "cli/terminal.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"

static struct termios before;
static volatile sig_atomic_t raw_fd = -1;

void terminal_restore(void)
{
    int fd = raw_fd;

    raw_fd = -1;
    if (fd >= 0)
        tcsetattr(fd, TCSANOW, &before);
}

static void restore_and_die(int signal)
{
    terminal_restore();
    raise(signal); /* SA_RESETHAND: the default action now */
}

static void restore_on_signals(void)
{
    static const int fatal[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV,
                                 SIGBUS, SIGABRT, SIGILL, SIGFPE,  SIGPIPE };
    struct sigaction action = { .sa_handler = restore_and_die, .sa_flags = SA_RESETHAND | SA_NODEFER };

    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        sigaction(fatal[i], &action, NULL);
}

int terminal_raw(int fd, struct error *err)
{
    static bool registered;
    struct termios raw;

    if (raw_fd >= 0)
        return 0;
    if (tcgetattr(fd, &before) < 0)
        return error_errno(err, "the terminal's mode");
    raw = before;
    cfmakeraw(&raw);
    if (!registered) {
        atexit(terminal_restore);
        restore_on_signals();
        registered = true;
    }
    raw_fd = fd;
    if (tcsetattr(fd, TCSANOW, &raw) < 0) {
        raw_fd = -1;
        return error_errno(err, "the terminal's mode");
    }
    return 0;
}

bool terminal_size(int fd, unsigned *rows, unsigned *columns)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || (!size.ws_row && !size.ws_col))
        return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return true;
}

static int key_parse(const char *name, unsigned char *ret, struct error *err)
{
    static const char marks[] = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
    const char *mark;

    if (strlen(name) == 1) {
        *ret = (unsigned char)*name;
        return 0;
    }
    mark = str_starts(name, "ctrl-") && strlen(name) == 6 ? strchr(marks, tolower((unsigned char)name[5]))
                                                          : NULL;
    if (!mark)
        return error_set(err, ERR_INVALID, "invalid detach keys: Unknown character: '%s'", name);
    *ret = (unsigned char)(mark - marks);
    return 0;
}

int detach_keys_parse(const char *text, struct detach_keys *ret, struct error *err)
{
    struct detach_keys k = { .count = 0 };
    scoped_strv names = { 0 };

    strv_split(&names, text, ',');
    if (names.count > sizeof(k.keys))
        return error_set(err, ERR_INVALID, "invalid detach keys: too many");
    for (size_t i = 0; i < names.count; i++)
        if (key_parse(names.items[i], &k.keys[k.count++], err) < 0)
            return -1;
    *ret = k;
    return 0;
}

bool detach_keys_filter(struct detach_keys *k, const unsigned char *in, unsigned n, unsigned char *out,
                        unsigned *out_n)
{
    *out_n = 0;
    for (unsigned i = 0; i < n; i++) {
        if (k->count && in[i] == k->keys[k->matched]) {
            if (++k->matched == k->count) {
                k->matched = 0;
                return true;
            }
            continue;
        }
        memcpy(out + *out_n, k->keys, k->matched); /* they were held back for nothing */
        *out_n += k->matched;
        k->matched = 0;
        if (k->count && in[i] == k->keys[0] && k->count > 1)
            k->matched = 1;
        else
            out[(*out_n)++] = in[i];
    }
    return false;
}
