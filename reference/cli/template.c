/* cli/template.c - a tree of nodes, made by one pass of a recursive parser and walked over a JSON value.
 *
 *     node  = text | pipeline | if/with/range (pipeline, nodes, else-nodes)
 *     pipeline = [ $x [, $y] := ] command { "|" command }
 *     command  = operand { operand }            the first may be a function; a piped value becomes the last operand
 *     operand  = ( "." | "$x" | literal | "(" pipeline ")" ) { "." name }
 *
 * A template is given by the user but also by scripts: nesting, steps and output are bounded. */
#include "cli/template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/template_func.h"

#define NEST_MAX   64
#define STEPS_MAX  5000000
#define OUTPUT_MAX (64u << 20)
#define VARS_MAX   64

enum operand_kind { OP_DOT, OP_VARIABLE, OP_LITERAL, OP_FUNCTION, OP_PIPELINE };

struct operand {
    enum operand_kind kind;
    char *name; /* of a variable or function */
    json_t *literal;
    struct pipeline *inner;
    struct strv fields; /* .A.B behind it */
    size_t line, column;
};

struct words {
    struct operand *items;
    size_t count;
};

struct pipeline {
    char *set[2];  /* variables that it sets */
    bool declares; /* ":=", else "=" */
    struct words *commands;
    size_t count;
};

enum node_kind { NODE_TEXT, NODE_PRINT, NODE_IF, NODE_WITH, NODE_RANGE };

struct nodes {
    struct node *items;
    size_t count;
};

struct node {
    enum node_kind kind;
    char *text;
    size_t length;
    struct pipeline *what;
    struct nodes body, otherwise;
};

struct template
{
    struct nodes top;
};

/* -- parsing -- */

struct parser {
    const char *start, *at; /* the template */
    struct error *err;
    int nest;
    bool trim_next; /* the action that just ended had -}} */
};

static size_t line_of(const struct parser *p, const char *at, size_t *column)
{
    size_t line = 1;
    const char *begin = p->start;

    for (const char *c = p->start; c < at; c++) {
        if (*c == '\n') {
            line++;
            begin = c + 1;
        }
    }
    *column = (size_t)(at - begin);
    return line;
}

static int fail(struct parser *p, const char *what)
{
    size_t column, line = line_of(p, p->at, &column);

    return error_set(p->err, ERR_INVALID, "template parsing error: template: :%zu: %s", line, what);
}

static void blanks(struct parser *p)
{
    while (*p->at && strchr(" \t\r\n", *p->at))
        p->at++;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static char *take_name(struct parser *p)
{
    const char *begin = p->at;

    while (is_name(*p->at))
        p->at++;
    return xstrndup(begin, (size_t)(p->at - begin));
}

static bool at_action_end(const struct parser *p)
{
    return str_starts(p->at, "}}") ||
           (str_starts(p->at, "-}}") && p->at > p->start && strchr(" \t\r\n", p->at[-1]));
}

static int parse_pipeline(struct parser *p, struct pipeline **ret);

static int parse_quoted(struct parser *p, struct operand *op)
{
    struct str text = { 0 };
    char quote = *p->at++;

    str_add(&text, "");
    for (; *p->at != quote; p->at++) {
        char c = *p->at;

        if (!c || (c == '\n' && quote == '"')) {
            str_free(&text);
            return fail(p, quote == '"' ? "unterminated quoted string" : "unterminated raw quoted string");
        }
        if (c == '\\' && quote == '"' && p->at[1]) {
            c = *++p->at;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
        str_add_char(&text, c);
    }
    p->at++;
    op->kind = OP_LITERAL;
    op->literal = json_string_lossy(text.data, text.len);
    str_free(&text);
    return 0;
}

static int parse_number(struct parser *p, struct operand *op)
{
    char *end;
    long long integer = strtoll(p->at, &end, 10);

    op->kind = OP_LITERAL;
    if (*end == '.') {
        op->literal = json_real(strtod(p->at, &end));
        if (!op->literal)
            return fail(p, "bad number");
    } else {
        op->literal = json_integer(integer);
    }
    if (is_name(*end))
        return fail(p, "bad number syntax");
    p->at = end;
    return 0;
}

static int parse_word(struct parser *p, struct operand *op)
{
    static const struct {
        const char *name;
        json_t *(*make)(void);
    } words[] = {
        {"true",   json_true },
        { "false", json_false},
        { "nil",   json_null }
    };

    op->name = take_name(p);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(op->name, words[i].name) == 0) {
            op->kind = OP_LITERAL;
            op->literal = words[i].make();
            return 0;
        }
    }
    op->kind = OP_FUNCTION;
    if (!template_func_known(op->name)) {
        char text[128];

        snprintf(text, sizeof(text), "function \"%.64s\" not defined", op->name);
        return fail(p, text);
    }
    return 0;
}

static int parse_fields(struct parser *p, struct operand *op)
{
    while (*p->at == '.') {
        scoped_free char *name = NULL;

        p->at++;
        name = take_name(p);
        if (!*name) {
            if (op->kind == OP_DOT && !op->fields.count)
                return 0; /* the dot alone */
            return fail(p, "bad character after a dot");
        }
        strv_add(&op->fields, name);
    }
    return 0;
}

static int parse_operand(struct parser *p, struct operand *op)
{
    op->line = line_of(p, p->at, &op->column);
    if (*p->at == '.') {
        op->kind = OP_DOT;
    } else if (*p->at == '$') {
        p->at++;
        op->kind = OP_VARIABLE;
        op->name = take_name(p);
    } else if (*p->at == '"' || *p->at == '`') {
        if (parse_quoted(p, op) < 0)
            return -1;
    } else if (isdigit((unsigned char)*p->at) || (*p->at == '-' && isdigit((unsigned char)p->at[1]))) {
        return parse_number(p, op);
    } else if (*p->at == '(') {
        p->at++;
        op->kind = OP_PIPELINE;
        if (parse_pipeline(p, &op->inner) < 0)
            return -1;
        blanks(p);
        if (*p->at != ')')
            return fail(p, "unclosed left paren");
        p->at++;
    } else if (is_name(*p->at)) {
        if (parse_word(p, op) < 0)
            return -1;
    } else {
        return fail(p, *p->at ? "unexpected character in operand" : "unclosed action");
    }
    return parse_fields(p, op);
}

static int parse_command(struct parser *p, struct words *w)
{
    for (;;) {
        blanks(p);
        if (at_action_end(p) || *p->at == '|' || *p->at == ')')
            return w->count ? 0 : fail(p, "missing value for command");
        w->items = xreallocarray(w->items, w->count + 1, sizeof(*w->items));
        w->items[w->count] = (struct operand){ 0 };
        if (parse_operand(p, &w->items[w->count++]) < 0)
            return -1;
        if (w->count > NEST_MAX)
            return fail(p, "too many operands");
    }
}

/* "$x :=", "$k, $v :=" or "$x =": leaves `at` alone when it is none of them. */
static void parse_setting(struct parser *p, struct pipeline *pipe)
{
    const char *begin = p->at;
    char *names[2] = { NULL, NULL };
    size_t n = 0;

    while (n < 2 && *p->at == '$') {
        p->at++;
        names[n++] = take_name(p);
        blanks(p);
        if (*p->at != ',')
            break;
        p->at++;
        blanks(p);
    }
    if (n && (str_starts(p->at, ":=") || (*p->at == '=' && p->at[1] != '='))) {
        pipe->declares = *p->at == ':';
        p->at += pipe->declares ? 2 : 1;
        memcpy(pipe->set, names, sizeof(names));
        return;
    }
    free(names[0]);
    free(names[1]);
    p->at = begin;
}

static int parse_pipeline(struct parser *p, struct pipeline **ret)
{
    struct pipeline *pipe = *ret = new_zeroed(struct pipeline);

    if (++p->nest > NEST_MAX)
        return fail(p, "nested too deep");
    blanks(p);
    parse_setting(p, pipe);
    for (;;) {
        pipe->commands = xreallocarray(pipe->commands, pipe->count + 1, sizeof(*pipe->commands));
        pipe->commands[pipe->count] = (struct words){ 0 };
        if (parse_command(p, &pipe->commands[pipe->count++]) < 0)
            return -1;
        blanks(p);
        if (*p->at != '|')
            break;
        p->at++;
    }
    p->nest--;
    return 0;
}

static int action_end(struct parser *p)
{
    blanks(p);
    if (!at_action_end(p))
        return fail(p, *p->at ? "unexpected text in action" : "unclosed action");
    p->trim_next = *p->at == '-';
    p->at += p->trim_next ? 3 : 2;
    return 0;
}

static struct node *nodes_add(struct nodes *list, enum node_kind kind)
{
    list->items = xreallocarray(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count] = (struct node){ .kind = kind };
    return &list->items[list->count++];
}

/* The text up to the next action or the end. */
static void parse_text(struct parser *p, struct nodes *list)
{
    const char *begin = p->at, *end = strstr(begin, "{{");
    struct node *node;

    if (!end)
        end = begin + strlen(begin);
    p->at = end;
    if (p->trim_next)
        while (begin < end && strchr(" \t\r\n", *begin))
            begin++;
    if (*end && end[2] == '-' && end[3] && strchr(" \t\r\n", end[3]))
        while (end > begin && strchr(" \t\r\n", end[-1]))
            end--;
    p->trim_next = false;
    if (begin == end)
        return;
    node = nodes_add(list, NODE_TEXT);
    node->text = xstrndup(begin, (size_t)(end - begin));
    node->length = (size_t)(end - begin);
}

static bool take_keyword(struct parser *p, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(p->at, word, n) != 0 || is_name(p->at[n]))
        return false;
    p->at += n;
    return true;
}

enum list_end { END_OF_TEXT, END_ELSE, END_END };

static int parse_list(struct parser *p, struct nodes *list, enum list_end *end);

static int parse_block(struct parser *p, struct nodes *list, enum node_kind kind)
{
    struct pipeline *what = NULL;
    struct node *node = nodes_add(list, kind);
    struct nodes body = { 0 }, otherwise = { 0 };
    size_t index = list->count - 1;
    enum list_end end = END_END;
    int result = ++p->nest > NEST_MAX ? fail(p, "nested too deep") : parse_pipeline(p, &what);

    node->what = what;
    if (result == 0)
        result = action_end(p);
    if (result == 0)
        result = parse_list(p, &body, &end);
    if (result == 0 && end == END_ELSE) {
        blanks(p);
        if (take_keyword(p, "if") || take_keyword(p, "with")) { /* the inner block ends with our {{end}} */
            enum node_kind inner = p->at[-1] == 'f' ? NODE_IF : NODE_WITH;

            result = parse_block(p, &otherwise, inner);
            end = END_END;
        } else {
            result = action_end(p);
            if (result == 0)
                result = parse_list(p, &otherwise, &end);
        }
    }
    if (result == 0 && end != END_END)
        result = fail(p, end == END_ELSE ? "unexpected {{else}}" : "unexpected EOF");
    list->items[index].body = body;
    list->items[index].otherwise = otherwise;
    p->nest--;
    return result;
}

static int parse_comment(struct parser *p)
{
    const char *end = strstr(p->at, "*/");

    if (!end)
        return fail(p, "unclosed comment");
    p->at = end + 2;
    return action_end(p);
}

/* One action, `at` behind its "{{". *end tells when it ended the list that it stands in. */
static int parse_action(struct parser *p, struct nodes *list, enum list_end *end)
{
    static const char *const unknown[] = { "define", "template", "block", "break", "continue" };
    struct node *node;

    if (*p->at == '-' && p->at[1] && strchr(" \t\r\n", p->at[1]))
        p->at++;
    blanks(p);
    if (str_starts(p->at, "/*"))
        return parse_comment(p);
    if (take_keyword(p, "end")) {
        *end = END_END;
        return action_end(p);
    }
    if (take_keyword(p, "else")) {
        *end = END_ELSE;
        return 0;
    }
    if (take_keyword(p, "if"))
        return parse_block(p, list, NODE_IF);
    if (take_keyword(p, "with"))
        return parse_block(p, list, NODE_WITH);
    if (take_keyword(p, "range"))
        return parse_block(p, list, NODE_RANGE);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        if (take_keyword(p, unknown[i]))
            return fail(p, "this kind of action is not implemented");
    node = nodes_add(list, NODE_PRINT);
    if (parse_pipeline(p, &node->what) < 0)
        return -1;
    return action_end(p);
}

static int parse_list(struct parser *p, struct nodes *list, enum list_end *end)
{
    *end = END_OF_TEXT;
    while (*end == END_OF_TEXT) {
        parse_text(p, list);
        if (!*p->at)
            return 0;
        p->at += 2;
        if (parse_action(p, list, end) < 0)
            return -1;
    }
    return 0;
}

int template_parse(const char *text, struct template **ret, struct error *err)
{
    scoped(template_free) struct template *t = new_zeroed(struct template);
    struct parser p = { .start = text, .at = text, .err = err };
    enum list_end end;

    if (parse_list(&p, &t->top, &end) < 0)
        return -1;
    if (end != END_OF_TEXT)
        return fail(&p, end == END_ELSE ? "unexpected {{else}}" : "unexpected {{end}}");
    *ret = take_ptr(&t);
    return 0;
}

static void pipeline_free(struct pipeline *pipe)
{
    if (!pipe)
        return;
    for (size_t i = 0; i < pipe->count; i++) {
        for (size_t j = 0; j < pipe->commands[i].count; j++) {
            struct operand *op = &pipe->commands[i].items[j];

            free(op->name);
            json_decref(op->literal);
            pipeline_free(op->inner);
            strv_free(&op->fields);
        }
        free(pipe->commands[i].items);
    }
    free(pipe->commands);
    free(pipe->set[0]);
    free(pipe->set[1]);
    free(pipe);
}

static void nodes_free(struct nodes *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].text);
        pipeline_free(list->items[i].what);
        nodes_free(&list->items[i].body);
        nodes_free(&list->items[i].otherwise);
    }
    free(list->items);
}

struct template *template_free(struct template *t)
{
    if (t) {
        nodes_free(&t->top);
        free(t);
    }
    return NULL;
}

/* -- executing -- */

struct variable {
    const char *name;
    json_t *value; /* a reference */
};

struct run {
    struct str *out;
    struct error *err;
    enum template_missing missing;
    size_t steps;
    struct variable vars[VARS_MAX];
    size_t var_count;
};

static int fault(struct run *run, const struct operand *op, const char *what, const char *name)
{
    scoped_free char *fields = strv_join(&op->fields, ".");

    return error_set(
        run->err, ERR_INVALID,
        "template parsing error: template: :%zu:%zu: executing \"\" at <%s%s%.200s>: %s%s%.200s%s", op->line,
        op->column, op->name ? op->name : "", op->fields.count ? "." : "", fields ? fields : "", what,
        name ? "\"" : "", name ? name : "", name ? "\"" : "");
}

static int step(struct run *run)
{
    if (++run->steps > STEPS_MAX || run->out->len > OUTPUT_MAX)
        return error_set(run->err, ERR_TOO_LARGE, "template parsing error: the template does too much");
    return 0;
}

static int var_push(struct run *run, const char *name, json_t *value)
{
    if (run->var_count == VARS_MAX)
        return error_set(run->err, ERR_TOO_LARGE, "template parsing error: too many variables");
    run->vars[run->var_count++] = (struct variable){ name, json_incref(value) };
    return 0;
}

static void vars_drop(struct run *run, size_t keep)
{
    while (run->var_count > keep)
        json_decref(run->vars[--run->var_count].value);
}

static struct variable *var_find(struct run *run, const char *name)
{
    for (size_t i = run->var_count; i-- > 0;)
        if (strcmp(run->vars[i].name, name) == 0)
            return &run->vars[i];
    return NULL;
}

/* Go's structures, whose fields people know from docker, differ from the wire by their case: ID and Id, APIVersion. */
static json_t *member(const json_t *value, const char *name)
{
    json_t *found = json_object_get(value, name), *item;
    const char *key;

    if (found)
        return found;
    json_object_foreach ((json_t *)value, key, item)
        if (strcasecmp(key, name) == 0)
            return item;
    return NULL;
}

/* Follows .A.B from `value`, whose reference it takes over. */
static int follow(struct run *run, const struct operand *op, json_t *value, json_t **ret)
{
    for (size_t i = 0; i < op->fields.count; i++) {
        const char *name = op->fields.items[i];
        json_t *next = member(value, name);

        if (!next && value && !json_is_object(value) && !json_is_null(value)) {
            json_decref(value);
            return fault(run, op, "can't evaluate field ", name);
        }
        if (!next && run->missing == TEMPLATE_MISSING_IS_ERROR) {
            json_decref(value);
            return fault(run, op, "map has no entry for key ", name);
        }
        json_incref(next);
        json_decref(value);
        value = next ? next : json_null();
    }
    *ret = value;
    return 0;
}

static int eval_pipeline(struct run *run, const struct pipeline *pipe, json_t *dot, json_t **ret);

static int eval_operand(struct run *run, const struct operand *op, json_t *dot, json_t **ret)
{
    struct variable *var;
    json_t *value = NULL;

    switch (op->kind) {
    case OP_DOT:
        value = json_incref(dot);
        break;
    case OP_VARIABLE:
        var = var_find(run, op->name);
        if (!var)
            return fault(run, op, "undefined variable ", op->name);
        value = json_incref(var->value);
        break;
    case OP_LITERAL:
        value = json_incref(op->literal);
        break;
    case OP_PIPELINE:
        if (eval_pipeline(run, op->inner, dot, &value) < 0)
            return -1;
        break;
    case OP_FUNCTION:
        if (template_func_call(op->name, NULL, 0, &value, run->err) < 0)
            return -1;
        break;
    }
    return follow(run, op, value, ret);
}

/* A command with what was piped into it (or NULL). */
static int eval_command(struct run *run, const struct words *w, json_t *dot, json_t *piped, json_t **ret)
{
    json_t *values[NEST_MAX + 2];
    size_t count = 0;
    int result = 0;
    bool calls = w->items[0].kind == OP_FUNCTION;

    if (step(run) < 0)
        return -1;
    if (!calls && (w->count > 1 || piped))
        return fault(run, &w->items[0], "can't give argument to non-function", NULL);
    if (!calls)
        return eval_operand(run, &w->items[0], dot, ret);
    while (result == 0 && count + 1 < w->count) {
        result = eval_operand(run, &w->items[count + 1], dot, &values[count]);
        count += result == 0;
    }
    if (result == 0 && piped)
        values[count++] = json_incref(piped);
    if (result == 0)
        result = template_func_call(w->items[0].name, values, count, ret, run->err);
    while (count)
        json_decref(values[--count]);
    return result;
}

static int eval_pipeline(struct run *run, const struct pipeline *pipe, json_t *dot, json_t **ret)
{
    json_t *value = NULL;

    for (size_t i = 0; i < pipe->count; i++) {
        json_t *next = NULL;
        int result = eval_command(run, &pipe->commands[i], dot, value, &next);

        json_decref(value);
        if (result < 0)
            return -1;
        value = next;
    }
    *ret = value;
    return 0;
}

static int exec_nodes(struct run *run, const struct nodes *list, json_t *dot);

static int exec_scope(struct run *run, const struct nodes *list, json_t *dot)
{
    size_t keep = run->var_count;
    int result = exec_nodes(run, list, dot);

    vars_drop(run, keep);
    return result;
}

static int range_once(struct run *run, const struct node *node, json_t *key, json_t *value)
{
    size_t keep = run->var_count;
    const char *first = node->what->set[0], *second = node->what->set[1];
    int result = 0;

    if (second)
        result = var_push(run, first, key) < 0 ? -1 : var_push(run, second, value);
    else if (first)
        result = var_push(run, first, value);
    if (result == 0)
        result = step(run) < 0 ? -1 : exec_nodes(run, &node->body, value);
    vars_drop(run, keep);
    return result;
}

static int range_object(struct run *run, const struct node *node, json_t *value)
{
    scoped_strv keys = { 0 };
    const char *name;
    json_t *item;

    json_object_foreach (value, name, item)
        strv_add(&keys, name);
    strv_sort(&keys); /* as Go walks a map */
    for (size_t i = 0; i < keys.count; i++) {
        scoped(json_decref) json_t *key = json_string(keys.items[i]);

        if (range_once(run, node, key, json_object_get(value, keys.items[i])) < 0)
            return -1;
    }
    return 0;
}

static int range_array(struct run *run, const struct node *node, json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        scoped(json_decref) json_t *key = json_integer((json_int_t)i);

        if (range_once(run, node, key, json_array_get(value, i)) < 0)
            return -1;
    }
    return 0;
}

static int exec_range(struct run *run, const struct node *node, json_t *value, json_t *dot)
{
    if (!template_truth(value))
        return exec_scope(run, &node->otherwise, dot);
    if (json_is_object(value))
        return range_object(run, node, value);
    if (json_is_array(value))
        return range_array(run, node, value);
    return error_set(run->err, ERR_INVALID,
                     "template parsing error: template: range can't iterate over this value");
}

static int set_variables(struct run *run, const struct pipeline *pipe, json_t *value)
{
    struct variable *var;

    if (pipe->declares)
        return var_push(run, pipe->set[0], value);
    var = var_find(run, pipe->set[0]);
    if (!var)
        return error_set(run->err, ERR_INVALID,
                         "template parsing error: template: undefined variable \"$%.100s\"", pipe->set[0]);
    json_incref(value);
    json_decref(var->value);
    var->value = value;
    return 0;
}

static int exec_node(struct run *run, const struct node *node, json_t *dot)
{
    scoped(json_decref) json_t *value = NULL;

    if (node->kind == NODE_TEXT) {
        str_add_bytes(run->out, node->text, node->length);
        return 0;
    }
    if (eval_pipeline(run, node->what, dot, &value) < 0)
        return -1;
    if (node->kind == NODE_RANGE)
        return exec_range(run, node, value, dot);
    if (node->what->set[0] && set_variables(run, node->what, value) < 0)
        return -1;
    if (node->kind == NODE_PRINT) {
        if (!node->what->set[0])
            template_print(value, run->out);
        return 0;
    }
    if (!template_truth(value))
        return exec_scope(run, &node->otherwise, dot);
    return exec_scope(run, &node->body, node->kind == NODE_WITH ? value : dot);
}

static int exec_nodes(struct run *run, const struct nodes *list, json_t *dot)
{
    for (size_t i = 0; i < list->count; i++)
        if (step(run) < 0 || exec_node(run, &list->items[i], dot) < 0)
            return -1;
    return 0;
}

int template_execute(const struct template *t, const json_t *value, enum template_missing missing,
                     struct str *ret, struct error *err)
{
    struct run run = { .out = ret, .err = err, .missing = missing };
    json_t *dot = (json_t *)value; /* only its count of references changes */
    int result;

    str_add(ret, "");
    var_push(&run, "", dot);
    result = exec_nodes(&run, &t->top, dot);
    vars_drop(&run, 0);
    return result;
}
