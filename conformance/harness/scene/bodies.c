/* scene/bodies.c - the check that goes over every body, whatever case it is of.
 *
 * An answer that breaks a clause of "Bodies" decides the case when the case asked for it, and is remarked when
 * the scene did. A request is checked only when the engine took it: one that was refused tests something all
 * the same, one that was taken and says nothing to any engine would make a case that tests nothing. */
#include "harness/scene/scene_inside.h"
#include "harness/spec/schema.h"

#include <stdio.h>
#include <string.h>

static void remark(struct scene *s, const char *kind, const struct exchange *x, const char *sentence)
{
    const char *line = scene_printf(s, "%s: %s: %.500s", kind, x->operation, sentence);
    json_t *remarks = s->inside->outcome->remarks, *one;
    size_t i;

    json_array_foreach (remarks, i, one)
        if (strcmp(json_string_value(one), line) == 0)
            return;
    json_array_append_new(remarks, json_string(line));
}

/* What is found goes here. */
struct finding {
    struct scene *s;
    enum sender sender;
    struct exchange *x;
};

static void told_of_answer(void *data, enum schema_rule rule, const char *sentence)
{
    const struct finding *finding = data;
    struct scene_inside *in = finding->s->inside;

    if (rule == SCHEMA_UNKNOWN)
        remark(finding->s, "unknown", finding->x, sentence);
    else if (finding->sender == SENT_BY_SCENE)
        remark(finding->s, "schema", finding->x,
               scene_printf(finding->s, "%s: %.480s", schema_clause(rule), sentence));
    else if (!in->schema_failed) {
        in->schema_failed = true;
        in->schema_rule = rule;
        in->schema_exchange = finding->x->index;
        snprintf(in->schema_text, sizeof in->schema_text, "%s: %s: %.400s", schema_clause(rule),
                 finding->x->operation, sentence);
    }
}

static void told_of_request(void *data, enum schema_rule rule, const char *sentence)
{
    const struct finding *finding = data;

    (void)rule;
    remark(finding->s, "request", finding->x, sentence);
}

static const char *version_of_path(const struct scene *s, const char *path, char *text, size_t size)
{
    if (strncmp(path, "/v", 2) == 0 && path[2] >= '0' && path[2] <= '9')
        snprintf(text, size, "%.*s", (int)strcspn(path + 2, "/"), path + 2);
    else
        snprintf(text, size, "%s", s->facts && s->facts->api_version ? s->facts->api_version : s->version);
    return text;
}

/* Says the head that it is JSON, or else the tables, and it is one? The head is another clause's matter. */
static bool is_json(const struct exchange *x)
{
    const char *type = exchange_header(x, "Content-Type");

    if (type &&
        (strncmp(type, "application/json", 16) == 0 || strncmp(type, "application/x-ndjson", 20) == 0))
        return true;
    return x->json && schema_is_structured(x->operation);
}

/* Of a body of several values each is checked. Returns whether there was anything to check. */
static bool check_answer(const char *version, struct exchange *x, schema_told *told, void *data)
{
    json_t *values;
    size_t count;

    if (x->status < 200 || x->status > 299 || !x->operation || !is_json(x))
        return false;
    if (x->json) {
        schema_check(x->operation, version, x->json, told, data);
        return true;
    }
    values = exchange_values(x);
    count = json_array_size(values);
    for (size_t i = 0; i < count; i++)
        schema_check(x->operation, version, json_array_get(values, i), told, data);
    json_decref(values);
    return count > 0;
}

static void check_request(struct exchange *x, struct finding *finding)
{
    json_t *body;

    if (x->status == 0 || x->status >= 400 || !x->operation)
        return;
    schema_check_query(x->operation, x->path, told_of_request, finding);
    body = x->sent_body ? json_loadb(x->sent_body, x->sent_size, 0, NULL) : NULL;
    if (body)
        schema_check_request(x->operation, body, told_of_request, finding);
    json_decref(body);
}

void scene_check_bodies(struct scene *s, enum sender sender, struct exchange *x)
{
    struct finding finding = { s, sender, x };
    char version[16];

    version_of_path(s, x->path, version, sizeof version);
    scene_dump(s, sender, version, x);
    if (!s->inside->sends_unknown)
        check_request(x, &finding);
    check_answer(version, x, told_of_answer, &finding);
}

void scene_sends_unknown(struct scene *s)
{
    s->inside->sends_unknown = true;
}

/* --- for the cases of the clauses themselves
 * --------------------------------------------------------------------------- */

struct wanted {
    const char *clause;
    char *text; /* of the first */
    size_t size;
    unsigned count;
};

static void told_of_clause(void *data, enum schema_rule rule, const char *sentence)
{
    struct wanted *wanted = data;

    if (schema_clause(rule) && strcmp(schema_clause(rule), wanted->clause) == 0 && wanted->count++ == 0)
        snprintf(wanted->text, wanted->size, "%.400s", sentence);
}

const char *scene_body_breaks(struct scene *s, struct exchange *x, const char *clause)
{
    char version[16], text[512] = "";
    struct wanted wanted = { clause, text, sizeof text, 0 };

    version_of_path(s, x->path, version, sizeof version);
    if (!check_answer(version, x, told_of_clause, &wanted))
        return scene_printf(s, "no JSON in it, Content-Type: %s",
                            exchange_header(x, "Content-Type") ? exchange_header(x, "Content-Type") : "none");
    if (s->inside->schema_failed && s->inside->schema_exchange == x->index)
        s->inside->schema_failed = false; /* the case judges it itself */
    if (wanted.count > 1)
        return scene_printf(s, "%s, and %u more", text, wanted.count - 1);
    return wanted.count ? scene_printf(s, "%s", text) : NULL;
}
