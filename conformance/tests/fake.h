/* tests/fake.h - inside fake-engine: what its servers share. */
#ifndef PLIMSOLL_TESTS_FAKE_H
#define PLIMSOLL_TESTS_FAKE_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_MAX 65536

bool send_all(int fd, const char *text, size_t size);
bool say(int fd, const char *text);

/* Reads one request up to the empty line; what follows it is read with the next one, which does for most of
 * these servers. How much was read, 0: the end. */
size_t read_into(int fd, char *buffer, size_t room);

/* 200, JSON. */
bool answer(int fd, const char *body);

/* An engine by its first three answers, and the lists, all empty, with an image that can be loaded; what it
 * says to the request, NULL: nothing. */
const char *engine_body(const char *request);
const char *empty_body(const char *request);

struct mode {
    const char *name;
    void (*serve)(int fd);
};

/* Those that are engines until the cases begin, and then hostile; ended by a name that is NULL. */
extern const struct mode hostile_modes[];

#endif
