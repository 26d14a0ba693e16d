/* resolver/answer.c - see answer.h. Messages are taken apart and put together by libldns; what is passed on is passed on byte by byte.
 *
 * A name of ours is answered whatever type is asked for: nothing (NOERROR) where there is none of that type. To ask others for the
 * type TXT of "db" would tell them the names of our containers, and their NXDOMAIN would say that it does not exist. */
#include "resolver/answer.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/scope.h"

#define SECONDS_TO_LIVE 60
#define HEADER_SIZE     12

DEFINE_SCOPED(ldns_pkt *, ldns_pkt_free)

/* "web.net" of the question's name; false when it is too long for one of ours. */
static bool name_of(const ldns_rr *question, char ret[NAMES_TEXT_MAX])
{
    char *text = ldns_rdf2str(ldns_rr_owner(question));
    size_t n = text ? strlen(text) : 0;
    bool fits = n > 1 && n <= NAMES_TEXT_MAX;

    if (fits)
        snprintf(ret, NAMES_TEXT_MAX, "%.*s", (int)n - 1, text); /* without the last dot */
    free(text);
    return fits;
}

static bool address_v4(const char *name, struct names_address *ret)
{
    unsigned b[4];
    int used = 0;

    if (sscanf(name, "%3u.%3u.%3u.%3u%n", &b[3], &b[2], &b[1], &b[0], &used) != 4 ||
        strcasecmp(name + used, ".in-addr.arpa") != 0)
        return false;
    for (size_t i = 0; i < 4; i++)
        if (b[i] > 255)
            return false;
    ret->six = false;
    ret->v4.s_addr = htonl(b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3]);
    return true;
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* 32 digits, the last one first, with dots between them. */
static bool address_v6(const char *name, struct names_address *ret)
{
    if (strlen(name) < 64 || strcasecmp(name + 63, ".ip6.arpa") != 0)
        return false;
    ret->six = true;
    for (size_t i = 0; i < 32; i++) {
        int value = digit(name[2 * i]);
        uint8_t *byte = &ret->v6.s6_addr[15 - i / 2];

        if (value < 0 || (i < 31 && name[2 * i + 1] != '.'))
            return false;
        *byte = i % 2 ? (uint8_t)(*byte | value << 4) : (uint8_t)value;
    }
    return true;
}

static void push(ldns_pkt *reply, const ldns_rr *question, ldns_rr_type type, ldns_rdf *data)
{
    ldns_rr *rr = ldns_rr_new();

    ldns_rr_set_owner(rr, ldns_rdf_clone(ldns_rr_owner(question)));
    ldns_rr_set_type(rr, type);
    ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(rr, SECONDS_TO_LIVE);
    ldns_rr_push_rdf(rr, data);
    ldns_pkt_push_rr(reply, LDNS_SECTION_ANSWER, rr);
}

/* Each answer begins with the next address: who takes the first one spreads over all of them. */
static void push_addresses(ldns_pkt *reply, const ldns_rr *question, const struct names_address *addresses,
                           size_t count)
{
    static unsigned turn;
    size_t first = count ? turn++ % count : 0;

    for (size_t i = 0; i < count; i++) {
        const struct names_address *a = &addresses[(first + i) % count];

        if (a->six)
            push(reply, question, LDNS_RR_TYPE_AAAA,
                 ldns_rdf_new_frm_data(LDNS_RDF_TYPE_AAAA, sizeof(a->v6), &a->v6));
        else
            push(reply, question, LDNS_RR_TYPE_A,
                 ldns_rdf_new_frm_data(LDNS_RDF_TYPE_A, sizeof(a->v4), &a->v4));
    }
}

/* Is it ours? Then its records are in the reply. */
static bool look_up(const struct names *names, const ldns_rr *question, ldns_pkt *reply)
{
    ldns_rr_type type = ldns_rr_get_type(question);
    scoped_free struct names_address *found = xcalloc(NAMES_ANSWERS_MAX, sizeof(*found));
    char name[NAMES_TEXT_MAX], reverse[2 * NAMES_TEXT_MAX];
    struct names_address address;
    size_t count = 0;
    ldns_rdf *data;

    if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN || !name_of(question, name))
        return false;
    if (type == LDNS_RR_TYPE_PTR && (address_v4(name, &address) || address_v6(name, &address))) {
        if (!names_reverse(names, &address, reverse) || !(data = ldns_dname_new_frm_str(reverse)))
            return false;
        push(reply, question, LDNS_RR_TYPE_PTR, data);
        return true;
    }
    if (!names_find(names, name, type == LDNS_RR_TYPE_AAAA, found, NAMES_ANSWERS_MAX, &count))
        return false;
    if (type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_AAAA)
        push_addresses(reply, question, found, count);
    return true;
}

static ldns_pkt *reply_to(const ldns_pkt *query)
{
    ldns_pkt *reply = ldns_pkt_new();

    ldns_pkt_set_id(reply, ldns_pkt_id(query));
    ldns_pkt_set_qr(reply, true);
    ldns_pkt_set_rd(reply, ldns_pkt_rd(query));
    ldns_pkt_set_ra(reply, true);
    ldns_pkt_push_rr(reply, LDNS_SECTION_QUESTION,
                     ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(query), 0)));
    return reply;
}

static void truncate_answer(const ldns_pkt *query, uint8_t **bytes, size_t *n)
{
    scoped(ldns_pkt_free) ldns_pkt *reply = reply_to(query);

    free(*bytes);
    *bytes = NULL;
    ldns_pkt_set_tc(reply, true);
    ldns_pkt2wire(bytes, reply, n);
}

enum verdict answer_make(const struct names *names, const uint8_t *bytes, size_t n, bool udp, uint8_t **ret,
                         size_t *ret_n)
{
    scoped(ldns_pkt_free) ldns_pkt *query = NULL;
    scoped(ldns_pkt_free) ldns_pkt *reply = NULL;
    size_t limit;

    if (ldns_wire2pkt(&query, bytes, n) != LDNS_STATUS_OK) {
        query = NULL;
        return VERDICT_DROP;
    }
    if (ldns_pkt_qr(query) || ldns_pkt_get_opcode(query) != LDNS_PACKET_QUERY || ldns_pkt_qdcount(query) != 1)
        return VERDICT_DROP;
    reply = reply_to(query);
    if (!look_up(names, ldns_rr_list_rr(ldns_pkt_question(query), 0), reply))
        return VERDICT_FORWARD;
    *ret = NULL;
    if (ldns_pkt2wire(ret, reply, ret_n) != LDNS_STATUS_OK)
        return VERDICT_DROP;
    limit = ldns_pkt_edns_udp_size(query) > MESSAGE_UDP_MAX ? ldns_pkt_edns_udp_size(query) : MESSAGE_UDP_MAX;
    if (*ret_n > (udp ? limit : MESSAGE_MAX))
        truncate_answer(query, ret, ret_n);
    return *ret ? VERDICT_ANSWER : VERDICT_DROP;
}

/* -- without taking it apart -- */

/* Where the question ends; 0: there is none. A question's name is never compressed. */
static size_t question_end(const uint8_t *m, size_t n)
{
    size_t at = HEADER_SIZE;

    if (n < HEADER_SIZE || m[4] != 0 || m[5] != 1)
        return 0;
    while (at < n && m[at] != 0) {
        if (m[at] > 63)
            return 0;
        at += m[at] + 1u;
    }
    return at + 5 <= n ? at + 5 : 0;
}

size_t answer_failure(uint8_t *query, size_t n)
{
    size_t end = question_end(query, n);

    if (!end)
        return 0;
    query[2] = (uint8_t)(0x80 | (query[2] & 0x79)); /* an answer; opcode and "recursion desired" stay */
    query[3] = 0x80 | LDNS_RCODE_SERVFAIL;
    memset(query + 6, 0, 6);
    return end;
}

bool answer_fits(const uint8_t *query, size_t n, const uint8_t *reply, size_t reply_n)
{
    size_t end = question_end(query, n);

    return end && question_end(reply, reply_n) == end && (reply[2] & 0x80) &&
           memcmp(query + HEADER_SIZE, reply + HEADER_SIZE, end - HEADER_SIZE) == 0;
}
