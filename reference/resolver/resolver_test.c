/* resolver_test.c - tables as the daemon writes them, questions as containers ask them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "resolver/answer.h"
#include "resolver/names.h"

struct tables {
    char dir[32];
    struct names *names;
};

static void put(const struct tables *t, const char *name, const struct str *text)
{
    scoped_free char *path = path_join(t->dir, name);

    assert_int_equal(file_replace(path, str_text(text), text->len, 0644, NULL), 0);
}

static void add(struct str *s, const char *id, const char *v4, const char *v6, const char *name,
                const char *alias)
{
    scoped_strv names = { 0 };

    strv_add(&names, name);
    strv_add(&names, alias);
    names_add_endpoint(s, id, v4, v6, &names);
}

static void write_networks(const struct tables *t)
{
    scoped_str one = { 0 };
    scoped_str two = { 0 };
    scoped_str config = { 0 };

    names_add_network(&one, "front");
    add(&one, "aaaaaaaaaaaa", "10.0.0.2", "fd00::2", "web", "www");
    add(&one, "bbbbbbbbbbbb", "10.0.0.3", "", "web-two", "www");
    add(&one, "cccccccccccc", "10.0.0.4", "", "odd", "two words");
    names_add_network(&two, "back");
    add(&two, "dddddddddddd", "10.1.0.2", "", "db", "store");
    put(t, "one", &one);
    put(t, "two", &two);
    names_add_line(&config, "network", (const char *[]){ "one" }, 1);
    names_add_line(&config, "link", (const char *[]){ "one", "peer", "web-two" }, 3);
    names_add_line(&config, "server", (const char *[]){ "192.0.2.1" }, 1);
    names_add_line(&config, "host-server", (const char *[]){ "127.0.0.53" }, 1);
    names_add_line(&config, "server", (const char *[]){ "no address" }, 1);
    put(t, "config", &config);
}

static int set_up(void **state)
{
    struct tables *t = new_zeroed(struct tables);

    strcpy(t->dir, "/tmp/names-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    write_networks(t);
    assert_int_equal(names_open(t->dir, t->dir, &t->names, NULL), 0);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct tables *t = *state;

    names_close(t->names);
    tree_remove(t->dir, NULL);
    free(t);
    return 0;
}

static size_t count_of(const struct tables *t, const char *name, bool six)
{
    struct names_address found[8];
    size_t count = 0;

    return names_find(t->names, name, six, found, 8, &count) ? count : 99;
}

static void names_of_its_networks_are_found(void **state)
{
    const struct tables *t = *state;

    assert_int_equal(count_of(t, "web", false), 1);
    assert_int_equal(count_of(t, "WEB", true), 1);
    assert_int_equal(count_of(t, "www", false), 2);
    assert_int_equal(count_of(t, "www.front", false), 2);
    assert_int_equal(count_of(t, "peer", false), 1);
    assert_int_equal(count_of(t, "web-two", true), 0);
    assert_int_equal(count_of(t, "two", false), 99);
    assert_int_equal(count_of(t, "db", false), 99);
    assert_int_equal(count_of(t, "db.back", false), 99);
    assert_int_equal(count_of(t, ".front", false), 99);
}

static void what_changes_is_read_again(void **state)
{
    const struct tables *t = *state;
    scoped_str config = { 0 };
    scoped_str empty = { 0 };

    names_add_line(&config, "network", (const char *[]){ "two" }, 1);
    names_add_line(&config, "network", (const char *[]){ "../two" }, 1);
    put(t, "config", &config);
    names_refresh(t->names);
    assert_int_equal(count_of(t, "web", false), 99);
    assert_int_equal(count_of(t, "db", false), 1);
    assert_false(names_inside_only(t->names));
    put(t, "two", &empty);
    names_refresh(t->names);
    assert_int_equal(count_of(t, "db", false), 99);
}

static void servers_are_told_apart(void **state)
{
    const struct tables *t = *state;
    struct names_server servers[NAMES_SERVERS_MAX];

    assert_int_equal(names_servers(t->names, servers), 2);
    assert_false(servers[0].of_host);
    assert_true(servers[1].of_host);
}

static void a_reverse_name_tells_the_network(void **state)
{
    const struct tables *t = *state;
    struct names_address a = { .six = true };
    char name[2 * NAMES_TEXT_MAX];

    inet_pton(AF_INET6, "fd00::2", &a.v6);
    assert_true(names_reverse(t->names, &a, name));
    assert_string_equal(name, "web.front");
}

/* Asks, and gives the answer's text or NULL for what is not answered. */
static enum verdict ask(const struct tables *t, const char *name, ldns_rr_type type, ldns_pkt **answer)
{
    ldns_pkt *query = ldns_pkt_query_new(ldns_dname_new_frm_str(name), type, LDNS_RR_CLASS_IN, LDNS_RD);
    scoped_free uint8_t *bytes = NULL;
    scoped_free uint8_t *reply = NULL;
    size_t n, reply_n = 0;
    enum verdict verdict;

    ldns_pkt_set_id(query, 4711);
    assert_int_equal(ldns_pkt2wire(&bytes, query, &n), LDNS_STATUS_OK);
    verdict = answer_make(t->names, bytes, n, true, &reply, &reply_n);
    if (verdict == VERDICT_ANSWER) {
        assert_true(answer_fits(bytes, n, reply, reply_n));
        assert_int_equal(ldns_wire2pkt(answer, reply, reply_n), LDNS_STATUS_OK);
        assert_int_equal(ldns_pkt_id(*answer), 4711);
    }
    assert_true(answer_failure(bytes, n) > 0);
    assert_int_equal(bytes[3] & 15, LDNS_RCODE_SERVFAIL);
    ldns_pkt_free(query);
    return verdict;
}

static const struct question {
    const char *name;
    ldns_rr_type type;
    int verdict, records;
} questions[] = {
    {"www.",                                                                       LDNS_RR_TYPE_A,    VERDICT_ANSWER,  2},
    { "Web.",                                                                      LDNS_RR_TYPE_AAAA, VERDICT_ANSWER,  1},
    { "web.",                                                                      LDNS_RR_TYPE_TXT,  VERDICT_ANSWER,  0},
    { "2.0.0.10.in-addr.arpa.",                                                    LDNS_RR_TYPE_PTR,  VERDICT_ANSWER,  1},
    { "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa.", LDNS_RR_TYPE_PTR,
     VERDICT_ANSWER,                                                                                                   1},
    { "9.0.0.10.in-addr.arpa.",                                                    LDNS_RR_TYPE_PTR,  VERDICT_FORWARD, 0},
    { "2.0.0.10.in-addr.arpa.",                                                    LDNS_RR_TYPE_A,    VERDICT_FORWARD, 0},
    { "outside.example.",                                                          LDNS_RR_TYPE_A,    VERDICT_FORWARD, 0},
    { "db.",                                                                       LDNS_RR_TYPE_A,    VERDICT_FORWARD, 0},
    { ".",                                                                         LDNS_RR_TYPE_NS,   VERDICT_FORWARD, 0},
};

static void questions_have_their_answers(void **state)
{
    const struct tables *t = *state;

    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        ldns_pkt *answer = NULL;

        assert_int_equal(ask(t, questions[i].name, questions[i].type, &answer), questions[i].verdict);
        if (answer)
            assert_int_equal(ldns_pkt_ancount(answer), questions[i].records);
        if (answer)
            ldns_pkt_free(answer);
    }
}

static void what_does_not_fit_is_marked_truncated(void **state)
{
    const struct tables *t = *state;
    scoped_str many = { 0 };
    ldns_pkt *answer = NULL;

    names_add_network(&many, "front");
    for (unsigned i = 1; i < 200; i++) {
        char id[16], address[16];

        snprintf(id, sizeof(id), "%012u", i);
        snprintf(address, sizeof(address), "10.0.0.%u", i);
        add(&many, id, address, "", id, "all");
    }
    put(t, "one", &many);
    names_refresh(t->names);
    assert_int_equal(ask(t, "all.", LDNS_RR_TYPE_A, &answer), VERDICT_ANSWER);
    assert_true(ldns_pkt_tc(answer));
    assert_int_equal(ldns_pkt_ancount(answer), 0);
    ldns_pkt_free(answer);
}

static void what_is_no_question_is_not_answered(void **state)
{
    const struct tables *t = *state;
    uint8_t bytes[] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1 },
            *reply = NULL;
    size_t n;

    assert_int_equal(answer_make(t->names, bytes, sizeof(bytes), true, &reply, &n), VERDICT_DROP);
    assert_int_equal(answer_make(t->names, bytes, 5, true, &reply, &n), VERDICT_DROP);
    bytes[12] = 0xc0; /* a pointer where a question's name begins */
    assert_int_equal(answer_failure(bytes, sizeof(bytes)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_of_its_networks_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_changes_is_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(servers_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reverse_name_tells_the_network, set_up, tear_down),
        cmocka_unit_test_setup_teardown(questions_have_their_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_marked_truncated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_question_is_not_answered, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
