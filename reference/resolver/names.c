/* resolver/names.c - see names.h. The tables are looked through from end to end: five hundred endpoints take some microseconds, and a
 * line of the file is all there is to know of one. */
#include "resolver/names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

/* -- writing -- */

static bool is_word(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return false;
    return *text && strlen(text) < NAMES_TEXT_MAX;
}

void names_add_network(struct str *s, const char *name)
{
    str_addf(s, "name %s\n", is_word(name) ? name : "-");
}

void names_add_endpoint(struct str *s, const char *container_id, const char *ipv4, const char *ipv6,
                        const struct strv *names)
{
    str_addf(s, "at %s %s %s", container_id, *ipv4 ? ipv4 : "-", *ipv6 ? ipv6 : "-");
    for (size_t i = 0; i < names->count; i++)
        if (is_word(names->items[i]))
            str_addf(s, " %s", names->items[i]);
    str_add(s, "\n");
}

void names_add_line(struct str *s, const char *word, const char *const *rest, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_word(rest[i]))
            return;
    str_add(s, word);
    for (size_t i = 0; i < count; i++)
        str_addf(s, " %s", rest[i]);
    str_add(s, "\n");
}

/* -- files that change -- */

/* A file's text as lines of words, and by what one sees that it is another one now. */
struct table {
    struct strv *lines; /* each a line's words */
    size_t count;
    dev_t dev;
    ino_t ino;
    struct timespec changed;
};

struct link {
    const char *alias, *target; /* words of the configuration */
};

struct network {
    char *id;
    struct table table;
    struct link *links;
    size_t link_count;
};

struct names {
    int names_fd, dir_fd;
    struct table config;
    struct network *networks;
    size_t count;
};

static void table_clear(struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        strv_free(&t->lines[i]);
    free(t->lines);
    *t = (struct table){ 0 };
}

static void table_parse(struct table *t, char *text)
{
    char *line_at, *word_at;

    for (char *line = strtok_r(text, "\n", &line_at); line; line = strtok_r(NULL, "\n", &line_at)) {
        struct strv words = { 0 };

        for (char *w = strtok_r(line, " ", &word_at); w; w = strtok_r(NULL, " ", &word_at))
            strv_add(&words, w);
        t->lines = xreallocarray(t->lines, t->count + 1, sizeof(*t->lines));
        t->lines[t->count++] = words;
    }
}

/* True when it was read anew. */
static bool table_refresh(struct table *t, int dir, const char *name)
{
    scoped_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    scoped_str text = { 0 };
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        table_clear(t);
        return true;
    }
    if (st.st_ino == t->ino && st.st_dev == t->dev && st.st_mtim.tv_sec == t->changed.tv_sec &&
        st.st_mtim.tv_nsec == t->changed.tv_nsec)
        return false;
    table_clear(t);
    t->ino = st.st_ino;
    t->dev = st.st_dev;
    t->changed = st.st_mtim;
    if (fd_read_all(fd, NAMES_FILE_MAX, &text, NULL) == 0 && text.len)
        table_parse(t, text.data);
    return true;
}

static const char *word(const struct strv *line, size_t i)
{
    return i < line->count ? line->items[i] : "";
}

static void networks_clear(struct names *n)
{
    for (size_t i = 0; i < n->count; i++) {
        table_clear(&n->networks[i].table);
        free(n->networks[i].links);
        free(n->networks[i].id);
    }
    free(n->networks);
    n->networks = NULL;
    n->count = 0;
}

static struct network *network_by_id(const struct names *n, const char *id)
{
    for (size_t i = 0; i < n->count; i++)
        if (str_eq(n->networks[i].id, id))
            return &n->networks[i];
    return NULL;
}

static void add_network(struct names *n, const char *id)
{
    if (strchr(id, '/') || id[0] == '.' || !*id) /* it becomes a file's name */
        return;
    n->networks = xreallocarray(n->networks, n->count + 1, sizeof(*n->networks));
    n->networks[n->count++] = (struct network){ .id = xstrdup(id) };
}

static void add_link(struct names *n, const struct strv *line)
{
    struct network *net = network_by_id(n, word(line, 1));

    if (!net || line->count < 4)
        return;
    net->links = xreallocarray(net->links, net->link_count + 1, sizeof(*net->links));
    net->links[net->link_count++] = (struct link){ word(line, 2), word(line, 3) };
}

void names_refresh(struct names *n)
{
    if (table_refresh(&n->config, n->dir_fd, RESOLVER_CONFIG)) {
        networks_clear(n);
        for (size_t i = 0; i < n->config.count; i++)
            if (str_eq(word(&n->config.lines[i], 0), "network"))
                add_network(n, word(&n->config.lines[i], 1));
        for (size_t i = 0; i < n->config.count; i++)
            if (str_eq(word(&n->config.lines[i], 0), "link"))
                add_link(n, &n->config.lines[i]);
    }
    for (size_t i = 0; i < n->count; i++)
        table_refresh(&n->networks[i].table, n->names_fd, n->networks[i].id);
}

int names_open(const char *names_dir, const char *dir, struct names **ret, struct error *err)
{
    struct names *n = new_zeroed(struct names);

    n->names_fd = open(names_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    n->dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (n->names_fd < 0 || n->dir_fd < 0) {
        error_errno(err, "open '%s' and '%s'", names_dir, dir);
        names_close(n);
        return -1;
    }
    names_refresh(n);
    *ret = n;
    return 0;
}

struct names *names_close(struct names *n)
{
    if (!n)
        return NULL;
    networks_clear(n);
    table_clear(&n->config);
    if (n->names_fd >= 0)
        close(n->names_fd);
    if (n->dir_fd >= 0)
        close(n->dir_fd);
    free(n);
    return NULL;
}

/* -- looking up -- */

enum { LINE_ID = 1, LINE_V4, LINE_V6, LINE_NAMES };

static bool is_endpoint(const struct strv *line)
{
    return line->count > LINE_V6 && str_eq(line->items[0], "at");
}

static const char *network_name(const struct network *net)
{
    for (size_t i = 0; i < net->table.count; i++)
        if (str_eq(word(&net->table.lines[i], 0), "name"))
            return word(&net->table.lines[i], 1);
    return "";
}

/* Whom an alias of this container's own links means; else the name itself. */
static const char *behind_link(const struct network *net, const char *name)
{
    for (size_t i = 0; i < net->link_count; i++)
        if (strcasecmp(net->links[i].alias, name) == 0)
            return net->links[i].target;
    return name;
}

static bool has_name(const struct strv *line, const char *name, bool linked)
{
    for (size_t i = LINE_NAMES; i < line->count; i++)
        if (strcasecmp(line->items[i], name) == 0)
            return true;
    return linked && str_eq(word(line, LINE_ID), name);
}

static bool address_of(const struct strv *line, bool six, struct names_address *ret)
{
    ret->six = six;
    return six ? inet_pton(AF_INET6, line->items[LINE_V6], &ret->v6) == 1
               : inet_pton(AF_INET, line->items[LINE_V4], &ret->v4) == 1;
}

static bool find_in(const struct network *net, const char *asked, bool six, struct names_address *ret,
                    size_t max, size_t *count)
{
    const char *name = behind_link(net, asked);
    bool known = false;

    *count = 0;
    for (size_t i = 0; i < net->table.count; i++) {
        const struct strv *line = &net->table.lines[i];

        if (!is_endpoint(line) || !has_name(line, name, name != asked))
            continue;
        known = true;
        if (*count < max && address_of(line, six, &ret[*count]))
            ++*count;
    }
    return known;
}

/* "web.net" in the network "net": "web". */
static bool without_network(const char *name, const char *network, char ret[NAMES_TEXT_MAX])
{
    size_t n = strlen(name), tail = strlen(network);

    if (tail == 0 || n < tail + 2 || n >= NAMES_TEXT_MAX || name[n - tail - 1] != '.' ||
        strcasecmp(name + n - tail, network) != 0)
        return false;
    memcpy(ret, name, n - tail - 1);
    ret[n - tail - 1] = '\0';
    return true;
}

bool names_find(const struct names *n, const char *name, bool six, struct names_address *ret, size_t max,
                size_t *count)
{
    char head[NAMES_TEXT_MAX];

    for (size_t i = 0; i < n->count; i++)
        if (find_in(&n->networks[i], name, six, ret, max, count))
            return true;
    for (size_t i = 0; i < n->count; i++)
        if (without_network(name, network_name(&n->networks[i]), head) &&
            find_in(&n->networks[i], head, six, ret, max, count))
            return true;
    return false;
}

static bool same(const struct names_address *a, const struct names_address *b)
{
    return a->six ? memcmp(&a->v6, &b->v6, sizeof(a->v6)) == 0 : a->v4.s_addr == b->v4.s_addr;
}

bool names_reverse(const struct names *n, const struct names_address *address, char ret[2 * NAMES_TEXT_MAX])
{
    for (size_t i = 0; i < n->count; i++) {
        const struct network *net = &n->networks[i];

        for (size_t k = 0; k < net->table.count; k++) {
            const struct strv *line = &net->table.lines[k];
            struct names_address here;

            if (!is_endpoint(line) || line->count <= LINE_NAMES || !address_of(line, address->six, &here) ||
                !same(&here, address))
                continue;
            snprintf(ret, 2 * NAMES_TEXT_MAX, "%s.%s", line->items[LINE_NAMES], network_name(net));
            return true;
        }
    }
    return false;
}

static bool parse_server(const char *text, struct names_server *ret)
{
    struct sockaddr_in *four = (struct sockaddr_in *)&ret->address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&ret->address;

    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(53);
        ret->length = sizeof(*four);
    } else if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(53);
        ret->length = sizeof(*six);
    }
    return ret->length > 0;
}

size_t names_servers(const struct names *n, struct names_server ret[NAMES_SERVERS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < n->config.count && count < NAMES_SERVERS_MAX; i++) {
        const struct strv *line = &n->config.lines[i];
        bool of_host = str_eq(word(line, 0), "host-server");

        if ((of_host || str_eq(word(line, 0), "server")) && parse_server(word(line, 1), &ret[count]))
            ret[count++].of_host = of_host;
    }
    return count;
}

bool names_inside_only(const struct names *n)
{
    for (size_t i = 0; i < n->config.count; i++)
        if (str_eq(word(&n->config.lines[i], 0), "inside-only"))
            return true;
    return false;
}
