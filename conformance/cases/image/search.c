/* cases/image/search.c - GET /images/search */
#include "harness/scene/registry.h"
#include "harness/then/then.h"

/* The probe's registry has no search; what it would find is put there as the answer to each. */
static struct registry *given_search(struct scene *s)
{
    struct registry *g = given_registry(s);

    given_fault(g, "GET /v1/_ping 99 status 200 {\"standalone\":true}");
    given_fault(g,
                "GET /v1/search 99 status 200 {\"num_results\":3,\"query\":\"x\",\"results\":["
                "{\"name\":\"a/"
                "x\",\"description\":\"one\",\"star_count\":12,\"is_official\":false,\"is_automated\":true},"
                "{\"name\":\"x\",\"description\":\"two\",\"star_count\":3,\"is_official\":true,\"is_"
                "automated\":false},"
                "{\"name\":\"b/"
                "x\",\"description\":\"\",\"star_count\":0,\"is_official\":false,\"is_automated\":false}]}");
    return g;
}

static void what_is_found_is_told(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_search(s);

    struct exchange *x = when_get(s, "/images/search?term=%s/x", registry_host(g));

    then_status(x, 200);
    then_content_type(x, "application/json");
    then_json_length(x, "", 3);
    then_json_has(x, "", "{'name': 'a/x', 'description': 'one', 'star_count': 12, 'is_official': false}");
    then_json_has(x, "", "{'name': 'x', 'description': 'two', 'star_count': 3, 'is_official': true}");
    then_json_has(x, "", "{'name': 'b/x', 'description': '', 'star_count': 0, 'is_official': false}");
    then_int(s, "searches for x, 25 at most", registry_requests(g, "GET /v1/search?q=x&n=25 200"), 1);
}

static void nothing_is_automated(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_search(s);

    struct exchange *x = when_get(s, "/images/search?term=%s/x", registry_host(g));
    struct exchange *automated = when_get(s, "/images/search?term=%s/x&filters=%s", registry_host(g),
                                          query_json(s, "{'is-automated': ['true']}"));

    then_status(x, 200);
    then_json_length(x, "", 3);
    then_json_has(x, "", "{'name': 'a/x', 'is_automated': false}");
    then_json_has_none(x, "", "{'is_automated': true}");
    then_status(automated, 200);
    then_json_length(automated, "", 0);
}

static void a_limit_is_passed_on(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_search(s);

    struct exchange *x = when_get(s, "/images/search?term=%s/x&limit=2", registry_host(g));

    then_status(x, 200);
    then_int(s, "searches with that limit", registry_requests(g, "GET /v1/search?q=x&n=2 200"), 1);
}

static const struct filter {
    const char *label, *filters;
    int count;
    const char *name; /* the one that must be there */
} filters[] = {
    {"official",      "{'is-official': ['true']}",                  1, "x"  },
    { "not official", "{'is-official': ['false']}",                 2, "a/x"},
    { "stars",        "{'stars': ['3']}",                           2, "a/x"},
    { "both",         "{'stars': ['3'], 'is-official': ['false']}", 1, "a/x"},
};

static const char *url_of(struct scene *s, const char *template)
{
    char *text = (char *)scene_printf(s, "%s", template);

    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    return url_encoded(s, text);
}

static void a_filter_chooses(void **state)
{
    struct scene *s = *state;
    const struct filter *row = s->row;
    struct registry *g = given_search(s);

    struct exchange *x =
        when_get(s, "/images/search?term=%s/x&filters=%s", registry_host(g), url_of(s, row->filters));

    then_status(x, 200);
    then_json_length(x, "", (size_t)row->count);
    then_json_has(x, "", "{'name': '%s'}", row->name);
}

static const struct bad {
    const char *label, *query;
} bad_filters[] = {
    {"unknown",     "{'none': ['1']}"           },
    { "no number",  "{'stars': ['many']}"       },
    { "no boolean", "{'is-official': ['maybe']}"},
};

static void a_filter_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad *row = s->row;
    struct registry *g = given_search(s);

    struct exchange *x =
        when_get(s, "/images/search?term=%s/x&filters=%s", registry_host(g), url_of(s, row->query));

    then_refused(x, 400);
    then_error_mentions(x, "invalid filter");
}

static const struct bad bad_limits[] = {
    {"too many",   "101" },
    { "no number", "many"},
};

static void a_limit_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;
    const struct bad *row = s->row;
    struct registry *g = given_search(s);

    struct exchange *x = when_get(s, "/images/search?term=%s/x&limit=%s", registry_host(g), row->query);

    then_refused(x, 400);
    then_error_mentions(x, "limit");
}

static void who_asks_is_passed_on(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_search(s);
    const char *headers[] = { scene_printf(s, "X-Registry-Auth: %s",
                                           registry_auth(s, "{'username': 'hold', 'password': 'canary'}")),
                              NULL };
    struct wire_request request = { .method = "GET",
                                    .path = scene_printf(s, "/images/search?term=%s/x", registry_host(g)),
                                    .headers = headers };

    struct exchange *x = when_sent(s, NULL, &request, NULL);

    then_status(x, 200);
    then_int(s, "searches by that name",
             registry_requests(g, "GET /v1/search?q=x&n=25 200 - Basic aG9sZDpjYW5hcnk="), 1);
    then_body_lacks(x, "canary");
}

static void a_registry_without_a_search_is_an_error(void **state)
{
    struct scene *s = *state;
    struct registry *g = given_registry(s);

    struct exchange *x = when_get(s, "/images/search?term=%s/x", registry_host(g));

    then_status(x, 500);
    then_error_form(x);
}

static void a_registry_that_is_not_there_is_an_error(void **state)
{
    struct scene *s = *state;

    struct exchange *x = when_get(s, "/images/search?term=127.0.0.1:1/x");

    then_true(s, x->status == 400 || x->status == 500, "400 or 500");
    then_error_form(x);
    then_error_mentions(x, "127.0.0.1:1");
}

CASES(image_search) = {
    CASE("ImageSearch.finds", what_is_found_is_told),
    CASE("ImageSearch.not-automated", nothing_is_automated),
    CASE("ImageSearch.limit", a_limit_is_passed_on),
    CASE_ROWS("ImageSearch.filters", a_filter_chooses, filters),
    CASE_ROWS("ImageSearch.bad-filter", a_filter_that_is_none_is_refused, bad_filters),
    CASE_ROWS("ImageSearch.bad-limit", a_limit_that_is_none_is_refused, bad_limits),
    CASE("ImageSearch.auth", who_asks_is_passed_on),
    CASE("ImageSearch.no-search", a_registry_without_a_search_is_an_error),
    CASE("ImageSearch.unreachable", a_registry_that_is_not_there_is_an_error),
    CASE_END,
};
