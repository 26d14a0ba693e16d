/* spec/clause.c - reads SPEC.md line by line.
 *
 *     ## Group
 *     ### Section
 *     - **Section.name** (LEVEL, FIRST-LAST) The sentence,
 *       which may go on in indented lines.
 *
 * Any other line says nothing to the program. Lines that are indented by four belong to no list: the form
 * itself is shown so. */
#include "harness/spec/clause.h"
#include "harness/spec/embedded.h"
#include "harness/spec/version.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct clause_list *list;
    char *group, *section;
    struct clause *open; /* whose sentence may go on */
    unsigned line;
    char *why;
    size_t why_size;
};

static const char *const level_names[] = { "MUST", "SHOULD", "MAY" };

const char *clause_level_name(enum clause_level level)
{
    return level_names[level];
}

static int refuse(struct reader *reader, const char *text)
{
    snprintf(reader->why, reader->why_size, "SPEC.md:%u: %s", reader->line, text);
    return -1;
}

static void replace(char **text, const char *from, size_t size)
{
    free(*text);
    *text = strndup(from, size);
}

static void append(char **text, const char *from, size_t size)
{
    size_t length = strlen(*text);
    char *longer = realloc(*text, length + size + 2);

    if (!longer)
        return;
    longer[length] = ' ';
    memcpy(longer + length + 1, from, size);
    longer[length + 1 + size] = '\0';
    *text = longer;
}

static int read_level(const char *text, size_t size, enum clause_level *ret)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (strlen(level_names[i]) == size && strncmp(level_names[i], text, size) == 0) {
            *ret = (enum clause_level)i;
            return 0;
        }
    return -1;
}

/* "1.24-" or "1.24-1.43", up to the closing bracket. */
static int read_range(const char *text, size_t size, struct clause *clause)
{
    const char *dash = memchr(text, '-', size);

    if (!dash)
        return -1;
    clause->first = strndup(text, (size_t)(dash - text));
    clause->last = strndup(dash + 1, size - (size_t)(dash + 1 - text));
    if (!version_is_valid(clause->first) || (*clause->last && !version_is_valid(clause->last)))
        return -1;
    return *clause->last && version_compare(clause->first, clause->last) > 0 ? -1 : 0;
}

static bool name_is_valid(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot && dot > name && dot[1] &&
           dot[1 + strspn(dot + 1, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")] == '\0';
}

static int judge_clause(struct reader *reader, const struct clause *clause)
{
    size_t section = strlen(reader->section ? reader->section : "");

    if (!name_is_valid(clause->name))
        return refuse(reader, "the name is not of the form Section.lower-case-words");
    if (!section || strncmp(clause->name, reader->section, section) != 0 || clause->name[section] != '.')
        return refuse(reader, "the clause lies in the section of another name");
    if (clause_find(reader->list, clause->name))
        return refuse(reader, "the name is used twice");
    return *clause->sentence ? 0 : refuse(reader, "the sentence is missing");
}

static void clause_clear(struct clause *clause)
{
    free(clause->name);
    free(clause->section);
    free(clause->group);
    free(clause->first);
    free(clause->last);
    free(clause->sentence);
}

static int add_clause(struct reader *reader, struct clause *clause)
{
    struct clause *list = realloc(reader->list->list, (reader->list->count + 1) * sizeof *list);

    if (!list)
        return refuse(reader, "out of memory");
    reader->list->list = list;
    clause->section = strdup(reader->section);
    clause->group = strdup(reader->group ? reader->group : "");
    list[reader->list->count] = *clause;
    reader->open = &list[reader->list->count++];
    return 0;
}

/* `text` begins behind "- **". */
static int read_clause(struct reader *reader, const char *text, const char *end)
{
    struct clause clause = { .line = reader->line };
    const char *name_end = NULL, *comma = NULL, *close = NULL;

    for (const char *c = text; c + 4 < end && !name_end; c++)
        if (strncmp(c, "** (", 4) == 0)
            name_end = c;
    if (name_end)
        comma = memchr(name_end, ',', (size_t)(end - name_end));
    if (comma)
        close = memchr(comma, ')', (size_t)(end - comma));
    if (!close)
        return refuse(reader, "a clause is written: - **Section.name** (LEVEL, FIRST-LAST) Sentence.");
    clause.name = strndup(text, (size_t)(name_end - text));
    clause.sentence = strndup(close + 1 + (close[1] == ' '), (size_t)(end - close - 1 - (close[1] == ' ')));
    if (read_level(name_end + 4, (size_t)(comma - name_end - 4), &clause.level) < 0)
        refuse(reader, "the level is none of MUST, SHOULD, MAY");
    else if (comma[1] != ' ' || read_range(comma + 2, (size_t)(close - comma - 2), &clause) < 0)
        refuse(reader, "the versions are not of the form 1.24- or 1.24-1.43");
    else if (judge_clause(reader, &clause) == 0 && add_clause(reader, &clause) == 0)
        return 0;
    clause_clear(&clause);
    return -1;
}

static int read_line(struct reader *reader, const char *line, const char *end)
{
    size_t size = (size_t)(end - line);

    if (size > 4 && strncmp(line, "### ", 4) == 0)
        replace(&reader->section, line + 4, size - 4);
    else if (size > 3 && strncmp(line, "## ", 3) == 0) {
        replace(&reader->group, line + 3, size - 3);
        replace(&reader->section, "", 0);
    } else if (size > 4 && strncmp(line, "- **", 4) == 0)
        return read_clause(reader, line + 4, end);
    else if (reader->open && size > 2 && line[0] == ' ' && line[1] == ' ') {
        append(&reader->open->sentence, line + 2, size - 2);
        return 0;
    }
    reader->open = NULL;
    return 0;
}

int clause_list_parse(const char *text, size_t size, struct clause_list *ret, char *why, size_t why_size)
{
    struct clause_list list = { 0 };
    struct reader reader = { .list = &list, .why = why, .why_size = why_size };
    int result = 0;

    for (const char *line = text, *end = text + size; line < end && result == 0;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline ? newline : end;
        reader.line++;
        result = read_line(&reader, line, line_end);
        line = line_end + 1;
    }
    free(reader.group);
    free(reader.section);
    if (result == 0)
        *ret = list;
    else
        clause_list_clear(&list);
    return result;
}

void clause_list_clear(struct clause_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        clause_clear(&list->list[i]);
    free(list->list);
    *list = (struct clause_list){ 0 };
}

const struct clause *clause_find(const struct clause_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->list[i].name, name) == 0)
            return &list->list[i];
    return NULL;
}

const struct clause_list *spec_clauses(char *why, size_t why_size)
{
    static struct clause_list list;
    static int state; /* 0: not read yet */

    if (state <= 0)
        state = clause_list_parse((const char *)embedded_spec, embedded_spec_size, &list, why, why_size) < 0
                    ? -1
                    : 1;
    return state > 0 ? &list : NULL;
}
