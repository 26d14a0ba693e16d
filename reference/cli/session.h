/* cli/session.h - the user's terminal on one side, a container's streams on the other.
 *
 * Used by run, start -a, attach and exec. One loop around poll(2) moves input, output, signals and window sizes, so
 * that no side waits for another. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/cli.h"

struct session {
    struct http_call *stream; /* hijacked; NULL: none, signals alone (run -d never comes here) */
    struct http_call *wait;   /* an open ContainerWait, or NULL */
    bool tty;                 /* the stream is raw, else frames */
    bool input;               /* send our standard input */
    const char *detach_keys;  /* NULL: "ctrl-p,ctrl-q" */
    const char *kill_id;      /* the container that gets our signals, or NULL */
    const char *resize;       /* "/containers/ID" or "/exec/ID" that is told our window's size, or NULL */
    bool nudge;               /* resize to something else first, so that a shell repaints its prompt */

    int signal_fd; /* made by session_begin() */
    int exit_code; /* of `wait` */
    bool detached;
};

/* Before anything is started: takes over the signals, so that none is lost. */
int session_begin(struct session *s, struct error *err);
/* Until the stream ends (and `wait` answered, if it is there), or the user detached. */
int session_run(struct cli *cli, struct session *s, struct error *err);
void session_end(struct session *s);

/* "the input device is not a TTY" */
int session_check_tty(bool input, bool tty, struct error *err);

#endif
