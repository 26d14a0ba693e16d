/* runtime/users.h - the part of spec_find_user() that works on text. Private to runtime/, its test and its fuzz target. */
#ifndef RUNTIME_USERS_H
#define RUNTIME_USERS_H

#include "runtime/spec.h"

struct passwd_entry {
    const char *name, *home;
    uint32_t uid, gid;
};

int users_find(const char *passwd, const char *groups, const char *user, const json_t *group_add,
               struct spec_user *ret, char **home, struct error *err);

#endif
