/* runner/run_id.h - what a run is called, and whether the run of a given name still lives. */
#ifndef PLIMSOLL_RUNNER_RUN_ID_H
#define PLIMSOLL_RUNNER_RUN_ID_H

#define RUN_ID_SIZE 17 /* with its 0 */

enum run_state {
    RUN_DEAD,
    RUN_ALIVE,
    RUN_ELSEWHERE, /* of another machine: nobody can tell from here */
};

/* A new name, and the lock that says that this process lives; both until the process ends. -1 with errno. */
int run_id_take(char id[RUN_ID_SIZE]);

/* Ends the lock before the process ends. */
void run_id_drop(void);

enum run_state run_id_state(const char *id);

/* Removes what a dead run has left of its lock. */
void run_id_forget(const char *id);

#endif
