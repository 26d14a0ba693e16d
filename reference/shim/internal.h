/* shim/internal.h - the parts of engine-shim, as they see each other.
 *
 *     main.c     what to keep, becoming a daemon, the loop of events
 *     control.c  connections and what they ask for
 *     session.c  the stdio of the container or of an exec: pipes or a terminal, readers, the end
 *     start.c    the OCI runtime: starting, its errors, the console socket, deleting
 *     hold.c     keeps an exec's process from running before its terminal has its size
 *
 * One thread, nothing blocks. */
#ifndef SHIM_INTERNAL_H
#define SHIM_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "base/strv.h"
#include "logs/json_log.h"
#include "shim/protocol.h"

/* Something to wait for. `handle` may remove any source: the loop takes one event at a time. */
struct source {
    int fd; /* -1: none */
    uint32_t events;
    void (*handle)(struct source *source, uint32_t events);
};

void source_add(struct source *s, int fd, uint32_t events, void (*handle)(struct source *, uint32_t));
void source_set(struct source *s, uint32_t events);
void source_close(struct source *s); /* also when there is none */
#define source_owner(source, type, member) ((type *)(void *)((char *)(source)-offsetof(type, member)))

struct session;

struct output {
    struct source source; /* first: a source is its output */
    struct session *session;
    bool is_stderr;
};

enum session_state { SESSION_NEW, SESSION_STARTING, SESSION_RUNNING, SESSION_ENDED, SESSION_DONE };

/* The container itself (id NULL) or an exec. */
struct session {
    struct session *next;
    enum session_state state;
    char *id;
    bool tty, wants_stdin, eof_closes_stdin;
    bool want_out, want_err;  /* of an exec: else /dev/null */
    struct output outputs[2]; /* a terminal is outputs[0] */
    struct source input;
    struct source console; /* listens for the terminal while starting */
    struct source grace;   /* timer: the process ended, its output has not */
    uint16_t rows, cols;
    pid_t starter, pid;
    pid_t traced;      /* by hold.c, while starting */
    bool held, let_go; /* it has stopped at its execve; it shall go on untraced */
    int code;
    nanos started, time;
    struct connection *asker; /* who waits for the start */
};

enum connection_state { CONN_HEADER, CONN_STARTING, CONN_WAITING, CONN_STREAM, CONN_CLOSING };

struct connection {
    struct source source; /* first */
    struct connection *next;
    enum connection_state state;
    struct session *session;
    bool in, out, err;
    bool eof;          /* the daemon sends no more */
    bool parked;       /* it is gone, its last input is still to be taken */
    struct str input;  /* the request; then stdin that is not yet taken */
    struct str output; /* not yet sent */
    struct shim_request request;
};

#define OUTPUT_BOUND (1u << 20)  /* unsent bytes of a reader before the container waits for it */
#define INPUT_BOUND  (64u << 10) /* stdin that the container does not take yet */

struct shim {
    char *dir, *bundle, *id, *cgroup_file; /* cgroup_file: where "oom_kill N" stands */
    struct strv runtime;
    bool hybrid, tty, open_stdin, stdin_once;
    struct json_log_writer *log;
    struct session *sessions; /* the container's is first */
    struct connection *connections;
    pid_t deleter;
    bool finished; /* exit.json is written */
    bool over;     /* leave the loop */
};

extern struct shim shim;

/* control.c */
void control_listen_event(struct source *s, uint32_t events);
void connection_answer(struct connection *c, json_t *answer); /* takes over the reference */
void connection_fail(struct connection *c, enum error_kind kind, const char *text);
void connection_flush(struct connection *c);
void connection_end(struct connection *c); /* closes when all is sent */
void connection_update(struct connection *c);
void control_started(struct session *s);
void control_start_failed(struct session *s, enum error_kind kind, const char *text);
void control_exec_ended(struct session *s);
void control_container_ending(void);
void control_container_ended(const json_t *exit);

/* session.c */
struct session *session_new(const char *id);
struct session *session_find(const char *id);
struct session *session_by_pid(pid_t pid);
void session_attach_output(struct session *s, int fd, bool is_stderr);
void session_attach_input(struct session *s, int fd);
void session_attach_terminal(struct session *s, int fd);
void session_resize(struct session *s);
void session_pump_input(struct session *s);
void session_update_outputs(struct session *s); /* after a reader took something, or left */
void session_exited(struct session *s, int code);
void session_close_all(struct session *s);
void session_free(struct session *s);

/* start.c */
void start_session(struct session *s,
                   const json_t *process); /* asynchronous; control_started() or _failed() follows */
void start_child_ended(struct session *s, int status);
void start_delete(void);
bool start_pending(void);

/* hold.c */
bool hold_wanted(const struct session *s);
void hold_begin(struct session *s); /* s->starter has not become the runtime yet */
void hold_look(void);
void hold_stopped(pid_t pid, int code); /* code: siginfo's si_status of a traced process that stopped */
void hold_end(struct session *s);

/* main.c */
void main_finish(void); /* the container has ended and its output is read */

#endif
