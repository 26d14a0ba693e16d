/* explore/model.h - what the life of a few containers should be, as SPEC.md draws it: no engine, no time, no input or output.
 *
 * A slot holds one container or none. A step is one request for the container of a slot, and means something whatever
 * happened before, so that steps can be left out of a walk and the rest is still a walk. */
#ifndef PLIMSOLL_EXPLORE_MODEL_H
#define PLIMSOLL_EXPLORE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#define SLOTS      3
#define NAMES      (2 * SLOTS) /* of slot N: N, which its container is made with, and SLOTS + N */
#define EVENTS_MAX 32          /* of one step */
#define EVENT_SIZE 32

enum operation {
    OP_CREATE,
    OP_START,
    OP_STOP,
    OP_KILL,
    OP_PAUSE,
    OP_UNPAUSE,
    OP_RESTART,
    OP_RENAME,
    OP_REMOVE,
    OP_FORCE_REMOVE,
    OP_UPDATE, /* of the restart policy */
    OP_EXEC,   /* a session is made and run to its end */
    OP_LEAVE,  /* process 1 ends by itself: a session sends it a signal */
    OP_WAIT,
    OPERATIONS,
};

enum program {
    CATCHER, /* ends upon TERM with 3, INT 4, USR1 5, USR2 0 */
    DEAF,    /* ignores all but KILL */
    BRIEF,   /* ends at once with 7 */
    BROKEN,  /* is not there */
    PROGRAMS,
};

enum policy { POLICY_NO, POLICY_ON_FAILURE, POLICY_ALWAYS, POLICY_UNLESS_STOPPED, POLICIES };

enum condition { NOT_RUNNING, NEXT_EXIT, REMOVED, CONDITIONS };

enum sent_signal {
    SIG_OF_KILL,
    SIG_OF_TERM,
    SIG_OF_INT,
    SIG_OF_USR1,
    SIG_OF_USR2,
    SIG_OF_HUP,
    SIG_OF_NONE,
    SIGNALS
};

enum life {
    ABSENT,
    CREATED,
    RUNNING,
    PAUSED,
    LOOPING /* ends and is started again, for ever */,
    EXITED,
    LIVES
};

struct step {
    enum operation operation;
    unsigned slot;
    enum program program;     /* create */
    enum policy policy;       /* create, update */
    unsigned retries;         /* of on-failure; 0: for ever */
    bool auto_remove;         /* create */
    enum sent_signal signal;  /* kill, leave */
    enum condition condition; /* wait */
    unsigned name;            /* rename: a number of NAMES */
};

struct model_container {
    enum life life;
    enum program program;
    enum policy policy;
    unsigned retries;
    bool auto_remove;
    unsigned name;
    int exit_code;
    bool any_code; /* a loop was ended in one of its two phases */
    bool looped;   /* was ever started again and again: nobody knows how often */
    unsigned restarts;
    bool policy_off; /* somebody ended it: the policy counts again from the next start on */
    unsigned starts; /* of its process, ever */
    bool waited_for; /* somebody waits for `condition` */
    enum condition condition;
};

struct model {
    struct model_container slots[SLOTS];
};

/* What a step must bring. */
struct wanted {
    bool undefined;        /* the answer depends on the moment: such a step is not taken */
    int status, or_status; /* of the answer; 0: no other */
    bool later;            /* the answer may come before its effect */
    int exec_code;         /* of the session; -1: there is none */
    struct waited {
        bool ends; /* who waits is answered, with this code */
        int code;
    } waits[SLOTS];
    struct model_event {
        unsigned slot;
        char text[EVENT_SIZE]; /* "die 137" */
    } events[EVENTS_MAX];
    size_t event_count;
    bool
        thaw_untold; /* whether "unpause" is told is left open: a paused process is killed before it is thawed, or after */
};

/* Takes the step. */
void model_step(struct model *model, const struct step *step, struct wanted *ret);

/* The slot whose container has the name; -1: none has. */
int model_named(const struct model *model, unsigned name);

const char *life_name(enum life life);            /* as State.Status; "gone" */
const char *signal_name(enum sent_signal signal); /* without SIG */
int signal_number(enum sent_signal signal);
const char *policy_name(enum policy policy);
const char *condition_name(enum condition condition);
const char *operation_word(enum operation operation);

/* "kill USR1", "create catcher, on-failure:2": for a person. */
void step_describe(const struct step *step, char *text, size_t size);

#endif
