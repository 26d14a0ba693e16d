/* harness/case.h - what a case is, and the tables that hold them.
 *
 * A case is a cmocka test that covers one clause or several. Each file below cases/ exports one table, named for the file:
 * cases/container/start.c defines CASES(container_start). CMake lists the tables in a generated registry, so that adding a
 * file is all it takes.
 *
 * The runner runs every case in a process of its own: it may leave by longjmp, crash or hang. What it made belongs to the
 * scene (scene/scene.h), never to the case. */
#ifndef PLIMSOLL_HARNESS_CASE_H
#define PLIMSOLL_HARNESS_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* What a case needs of an engine beyond its clauses' versions. spec/capability.h tells how each is found out. */
enum need {
    NEEDS_NOTHING = 0,
    NEEDS_MEMORY_LIMIT = 1 << 0,
    NEEDS_PIDS_LIMIT = 1 << 1,
    NEEDS_CPU_QUOTA = 1 << 2,
    NEEDS_CPUSET = 1 << 3,
    NEEDS_FREEZER = 1 << 4, /* pause and unpause */
    NEEDS_BRIDGE_NETWORK = 1 << 5,
    NEEDS_PRIVILEGED = 1 << 6,
    NEEDS_SAME_HOST = 1 << 7, /* the engine's files are this machine's (--same-host) */
    NEEDS_EXCLUSIVE = 1 << 8, /* touches objects it did not make (--exclusive) */
    NEEDS_LOCAL_VOLUMES = 1 << 9,
    NEEDS_IPV6 = 1 << 10,
};

struct suite_case {
    const char *clauses;    /* names from SPEC.md, separated by single spaces */
    const char *name;       /* the promise: the function's name */
    CMUnitTestFunction run; /* state is a struct scene */
    unsigned needs;         /* enum need, or-ed */
    unsigned timeout_s;     /* 0: the runner's own */
    const void *rows;       /* table-driven: an array of `row_count` rows of `row_size` bytes ... */
    size_t row_size;
    size_t row_count; /* ... each of which begins with `const char *label`; 0: no table */
};

#define CASE(clauses, function)                                                                              \
    {                                                                                                        \
        clauses, #function, function, 0, 0, NULL, 0, 0                                                       \
    }
#define CASE_NEEDS(clauses, function, needs)                                                                 \
    {                                                                                                        \
        clauses, #function, function, needs, 0, NULL, 0, 0                                                   \
    }
#define CASE_ROWS(clauses, function, table)                                                                  \
    {                                                                                                        \
        clauses, #function, function, 0, 0, table, sizeof((table)[0]), sizeof(table) / sizeof((table)[0])    \
    }
#define CASE_ROWS_NEEDS(clauses, function, table, needs)                                                     \
    {                                                                                                        \
        clauses, #function, function, needs, 0, table, sizeof((table)[0]),                                   \
            sizeof(table) / sizeof((table)[0])                                                               \
    }
#define CASE_END                                                                                             \
    {                                                                                                        \
        NULL, NULL, NULL, 0, 0, NULL, 0, 0                                                                   \
    }

/* CASES(container_start) = { CASE(...), ..., CASE_END }; */
#define CASES(file)                                                                                          \
    extern const struct suite_case file##_cases[];                                                           \
    const struct suite_case file##_cases[]

/* The generated registry: every table, ended by NULL. */
extern const struct suite_case *const suite_case_tables[];

#endif
