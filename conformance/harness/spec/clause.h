/* spec/clause.h - the clauses of SPEC.md, which is built into the program.
 *
 * The form of a clause is given at the top of SPEC.md. A list item that begins like a clause and is none is
 * an error, so that a slip of the pen cannot drop a clause. */
#ifndef PLIMSOLL_SPEC_CLAUSE_H
#define PLIMSOLL_SPEC_CLAUSE_H

#include <stddef.h>

enum clause_level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };

struct clause {
    char *name;    /* "ContainerStart.already-running" */
    char *section; /* "ContainerStart" */
    char *group;   /* the heading above: "Container", "Across operations" */
    enum clause_level level;
    char *first; /* "1.24" */
    char *last;  /* "": and later */
    char *sentence;
    unsigned line; /* in SPEC.md */
};

struct clause_list {
    struct clause *list;
    size_t count;
};

/* The clauses of the SPEC.md that this program was built with; parsed once, never freed. NULL: it does not
 * parse, `why` says where. */
const struct clause_list *spec_clauses(char *why, size_t why_size);

/* Parses any text of that form; also refuses a name that is used twice or that lies in the wrong section. -1:
 * `why` is set. */
int clause_list_parse(const char *text, size_t size, struct clause_list *ret, char *why, size_t why_size);
void clause_list_clear(struct clause_list *list); /* takes NULL */

/* NULL: there is none of that name. */
const struct clause *clause_find(const struct clause_list *list, const char *name);

const char *clause_level_name(enum clause_level level); /* "MUST" */

#endif
