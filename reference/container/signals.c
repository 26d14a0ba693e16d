/* container/signals.c - signals as clients name them (signal(7)). */
#include "container/internal.h"

#include <signal.h>
#include <strings.h>

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"ABRT",    SIGABRT  },
    { "ALRM",   SIGALRM  },
    { "BUS",    SIGBUS   },
    { "CHLD",   SIGCHLD  },
    { "CLD",    SIGCHLD  },
    { "CONT",   SIGCONT  },
    { "FPE",    SIGFPE   },
    { "HUP",    SIGHUP   },
    { "ILL",    SIGILL   },
    { "INT",    SIGINT   },
    { "IO",     SIGIO    },
    { "IOT",    SIGIOT   },
    { "KILL",   SIGKILL  },
    { "PIPE",   SIGPIPE  },
    { "POLL",   SIGPOLL  },
    { "PROF",   SIGPROF  },
    { "PWR",    SIGPWR   },
    { "QUIT",   SIGQUIT  },
    { "SEGV",   SIGSEGV  },
    { "STKFLT", SIGSTKFLT},
    { "STOP",   SIGSTOP  },
    { "SYS",    SIGSYS   },
    { "TERM",   SIGTERM  },
    { "TRAP",   SIGTRAP  },
    { "TSTP",   SIGTSTP  },
    { "TTIN",   SIGTTIN  },
    { "TTOU",   SIGTTOU  },
    { "URG",    SIGURG   },
    { "USR1",   SIGUSR1  },
    { "USR2",   SIGUSR2  },
    { "VTALRM", SIGVTALRM},
    { "WINCH",  SIGWINCH },
    { "XCPU",   SIGXCPU  },
    { "XFSZ",   SIGXFSZ  },
};

/* A container has the kernel's own numbers: 34 is the first that no C library keeps to itself. */
#define FIRST_REALTIME 34
#define LAST_REALTIME  64

static bool realtime_parse(const char *s, int *ret)
{
    int64_t by = 0;
    bool from_min = strncasecmp(s, "RTMIN", 5) == 0;

    if (!from_min && strncasecmp(s, "RTMAX", 5) != 0)
        return false;
    if (s[5] && (s[5] != (from_min ? '+' : '-') || !str_to_int64(s + 6, &by)))
        return false;
    if (by < 0 || by > LAST_REALTIME - FIRST_REALTIME)
        return false;
    *ret = from_min ? FIRST_REALTIME + (int)by : LAST_REALTIME - (int)by;
    return true;
}

int signal_parse(const char *text, int *ret, struct error *err)
{
    const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
    int64_t number;

    if (str_to_int64(text, &number)) {
        if (number <= 0 || number > INT32_MAX)
            return error_set(err, ERR_INVALID, "invalid signal: %s", text);
        *ret = (int)number;
        return 0;
    }
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (strcasecmp(signals[i].name, name) == 0) {
            *ret = signals[i].number;
            return 0;
        }
    }
    if (realtime_parse(name, ret))
        return 0;
    return error_set(err, ERR_INVALID, "invalid signal: %s", text);
}
