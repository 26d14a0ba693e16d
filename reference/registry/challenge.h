/* registry/challenge.h - what a registry wants to know before it answers: the header WWW-Authenticate (RFC 9110, 11.6.1;
 * distribution's token authentication). */
#ifndef REGISTRY_CHALLENGE_H
#define REGISTRY_CHALLENGE_H

enum challenge_kind { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER };

struct challenge {
    enum challenge_kind kind;
    char *realm, *service, *scope; /* of Bearer; NULL: not said */
};

/* The first challenge of the header that we know; anything else is none. `ret` is zeroed, or was cleared. */
void challenge_parse(const char *header, struct challenge *ret);
void challenge_clear(struct challenge *c);

#endif
