/* fake-life MODE SOCKET: an engine that is nothing but the model of explore/, right or wrong in one point, for the tests of
 * `plimsoll explore`. It says "ready" when it listens, and ends with its standard input.
 *
 * Each container has a model of its own, whose only slot it is in; names are kept here. Nothing is ever freed: it lives for a test. */
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "explore/model.h"
#include "harness/scene/json.h"
#include "harness/wire/server.h"

#define CONTAINERS 4096

struct container {
    char id[65];
    char *name;
    json_t *labels;
    struct model model;
    bool present, waited, answered;
    int wait_code;
    bool stale; /* mode list: was ever stopped, and is listed as running all the same */
};

struct session {
    size_t container;
    bool leaves;
    int number, code;
};

static struct {
    const char *mode;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct container list[CONTAINERS];
    size_t count;
    struct session sessions[CONTAINERS];
    size_t session_count;
    struct buffer events;
} engine = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static bool mode_is(const char *mode)
{
    return strcmp(engine.mode, mode) == 0;
}

/* --- answers --- */

static void answer(struct server_connection *connection, int status, const char *body)
{
    struct buffer text = { 0 };

    buffer_printf(&text,
                  "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                  "%zu\r\n\r\n%s",
                  status, status == 204 || status == 304 ? (size_t)0 : strlen(body),
                  status == 204 || status == 304 ? "" : body);
    server_send(connection, buffer_string(&text), text.size);
    buffer_clear(&text);
}

static void answer_json(struct server_connection *connection, int status, json_t *json)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY);

    answer(connection, status, text);
    free(text);
    json_decref(json);
}

/* --- what happens --- */

static void tell_event(const struct container *container, const char *text)
{
    char action[EVENT_SIZE];
    const char *more = strchr(text, ' ');
    json_t *attributes = json_object(), *event;
    char *line;

    snprintf(action, sizeof(action), "%.*s", (int)strcspn(text, " "), text);
    if (mode_is("event") && strcmp(action, "stop") == 0)
        return;
    if (more)
        json_object_set_new(attributes, strcmp(action, "die") == 0 ? "exitCode" : "signal",
                            json_string(more + 1));
    event = json_pack("{s:s, s:{s:s, s:o}}", "Action", action, "Actor", "ID", container->id, "Attributes",
                      attributes);
    line = json_dumps(event, JSON_COMPACT);
    buffer_printf(&engine.events, "%s\n", line);
    free(line);
    json_decref(event);
}

static void deviate(struct container *container, const struct step *step, const struct model *before)
{
    struct model_container *now = &container->model.slots[0];

    if (mode_is("unpause") && step->operation == OP_UNPAUSE && before->slots[0].life == PAUSED)
        now->life = PAUSED;
    if (mode_is("code") && step->operation == OP_STOP && before->slots[0].life == PAUSED)
        now->exit_code = 137;
    if (mode_is("policy") && step->operation == OP_KILL && now->life == RUNNING)
        now->policy_off = before->slots[0].policy_off;
    if (mode_is("count") && step->operation == OP_START && before->slots[0].life == EXITED)
        now->restarts = before->slots[0].restarts;
    container->stale |= mode_is("list") && step->operation == OP_STOP && now->life == EXITED;
}

/* The status of the answer. */
static int happens(struct container *container, struct step step)
{
    struct model before = container->model;
    struct wanted wanted;

    model_step(&container->model, &step, &wanted);
    deviate(container, &step, &before);
    for (size_t i = 0; i < wanted.event_count; i++)
        tell_event(container, wanted.events[i].text);
    if (wanted.waits[0].ends || (mode_is("wait") && step.operation == OP_PAUSE && container->waited)) {
        container->answered = true;
        container->wait_code = wanted.waits[0].code;
    }
    container->present = container->model.slots[0].life != ABSENT;
    pthread_cond_broadcast(&engine.changed);
    return wanted.status;
}

/* --- operations --- */

static struct container *find(const char *name)
{
    for (size_t i = 0; i < engine.count; i++)
        if (engine.list[i].present &&
            (strcmp(engine.list[i].id, name) == 0 || strcmp(engine.list[i].name, name) == 0))
            return &engine.list[i];
    return NULL;
}

/* The value of a parameter; "" when it is not there. */
static const char *parameter(const char *query, const char *name, char *text, size_t size)
{
    size_t length = strlen(name);

    text[0] = '\0';
    for (const char *at = query; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL)
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            snprintf(text, size, "%.*s", (int)strcspn(at + length + 1, "&"), at + length + 1);
    return text;
}

static struct step step_of_policy(enum operation operation, const json_t *policy)
{
    struct step ret = { .operation = operation };
    const char *name = json_string_value(json_object_get(policy, "Name"));

    for (enum policy i = 0; name && i < POLICIES; i++)
        if (strcmp(policy_name(i), name) == 0)
            ret.policy = i;
    ret.retries = (unsigned)json_integer_value(json_object_get(policy, "MaximumRetryCount"));
    return ret;
}

static enum program program_of(const json_t *body)
{
    const char *word = json_string_value(json_at(body, "Cmd[1]"));

    return !word                           ? BROKEN
           : strcmp(word, "exit") == 0     ? BRIEF
           : strcmp(word, "stubborn") == 0 ? DEAF
                                           : CATCHER;
}

static void create(struct server_connection *connection, const char *query, const json_t *body)
{
    struct container *container = &engine.list[engine.count];
    struct step step = step_of_policy(OP_CREATE, json_at(body, "HostConfig.RestartPolicy"));
    char name[256];
    int status = 409;

    step.program = program_of(body);
    step.auto_remove = json_is_true(json_at(body, "HostConfig.AutoRemove"));
    parameter(query, "name", name, sizeof(name));
    if (step.auto_remove && step.policy != POLICY_NO)
        status = 400;
    if (status == 409 && !find(name) && engine.count < CONTAINERS) {
        snprintf(container->id, sizeof(container->id), "%064zx", ++engine.count);
        container->name = strdup(name);
        container->labels = json_incref((json_t *)json_object_get(body, "Labels"));
        status = happens(container, step);
    }
    answer_json(connection, status, json_pack("{s:s}", "Id", container->id));
}

static json_t *inspect(const struct container *container)
{
    const struct model_container *is = &container->model.slots[0];
    bool alive = is->life == RUNNING || is->life == PAUSED || is->life == LOOPING;
    char name[300];

    snprintf(name, sizeof(name), "/%s", container->name);
    return json_pack("{s:s, s:s, s:i, s:{s:{s:s}}, s:{s:s, s:b, s:b, s:b, s:b, s:i, s:i}}", "Id",
                     container->id, "Name", name, "RestartCount", (int)is->restarts, "HostConfig",
                     "RestartPolicy", "Name", policy_name(is->policy), "State", "Status", life_name(is->life),
                     "Running", alive, "Paused", is->life == PAUSED, "Restarting", is->life == LOOPING,
                     "Dead", 0, "Pid", alive ? 4711 : 0, "ExitCode", is->exit_code);
}

/* All containers, or those that run; of the walk that the query names by a label. */
static json_t *list(const char *query)
{
    json_t *ret = json_array();
    char all[8];

    parameter(query, "all", all, sizeof(all));
    for (size_t i = 0; i < engine.count; i++) {
        const struct container *container = &engine.list[i];
        const char *case_name = json_string_value(json_object_get(container->labels, "plimsoll.case"));
        enum life life = container->model.slots[0].life;
        char name[300];
        bool runs = life == RUNNING || life == PAUSED || life == LOOPING || container->stale;
        if (!container->present || (!runs && all[0] != '1'))
            continue;
        if (strstr(query, "explore-") &&
            (!case_name || strncmp(strstr(query, "explore-"), case_name, strlen(case_name)) != 0 ||
             isdigit((unsigned char)strstr(query, "explore-")[strlen(case_name)])))
            continue;
        snprintf(name, sizeof(name), "/%s", container->name);
        json_array_append_new(ret, json_pack("{s:s, s:[s], s:s, s:O}", "Id", container->id, "Names", name,
                                             "State", life_name(life), "Labels", container->labels));
    }
    return ret;
}

static int rename_it(struct container *container, const char *query)
{
    char name[256];

    parameter(query, "name", name, sizeof(name));
    if (strcmp(name, container->name) == 0)
        return 400;
    if (find(name))
        return 409;
    container->name = strdup(name);
    tell_event(container, "rename");
    return 204;
}

static struct step step_of_signal(const char *query)
{
    struct step ret = { .operation = OP_KILL };
    char name[32];

    parameter(query, "signal", name, sizeof(name));
    for (enum sent_signal i = 0; i < SIGNALS; i++)
        if (strcmp(signal_name(i), name) == 0)
            ret.signal = i;
    return ret;
}

static void wait_for_it(struct server_connection *connection, struct container *container, const char *query)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
    struct step step = { .operation = OP_WAIT };
    char name[32], body[64];

    parameter(query, "condition", name, sizeof(name));
    for (enum condition i = 0; i < CONDITIONS; i++)
        if (strcmp(condition_name(i), name) == 0)
            step.condition = i;
    container->answered = false;
    container->waited = true;
    server_send(connection, head, strlen(head));
    happens(container, step);
    while (!container->answered)
        pthread_cond_wait(&engine.changed, &engine.lock);
    snprintf(body, sizeof(body), "{\"StatusCode\":%d}\n", container->wait_code);
    server_send(connection, body, strlen(body));
}

static void exec(struct server_connection *connection, struct container *container, const json_t *body)
{
    struct session *session = &engine.sessions[engine.session_count];
    const char *word = json_string_value(json_at(body, "Cmd[1]")),
               *number = json_string_value(json_at(body, "Cmd[2]"));
    char id[16];

    if (container->model.slots[0].life != RUNNING || engine.session_count == CONTAINERS) {
        answer(connection, 409, "{}");
        return;
    }
    *session = (struct session){ .container = (size_t)(container - engine.list),
                                 .leaves = strcmp(word, "kill") == 0,
                                 .number = atoi(number) };
    snprintf(id, sizeof(id), "%zu", engine.session_count++);
    answer_json(connection, 201, json_pack("{s:s}", "Id", id));
}

static void session_asked(struct server_connection *connection, const char *path)
{
    struct session *session = &engine.sessions[(size_t)atoi(path + strlen("/exec/")) % CONTAINERS];
    struct step step = { .operation = OP_LEAVE };

    if (strstr(path, "/json")) {
        answer_json(connection, 200, json_pack("{s:b, s:i}", "Running", 0, "ExitCode", session->number));
        return;
    }
    for (enum sent_signal i = 0; i < SIGNALS; i++)
        if (signal_number(i) == session->number)
            step.signal = i;
    if (session->leaves)
        happens(&engine.list[session->container], step);
    answer(connection, 200, "");
}

static void logs(struct server_connection *connection, const struct container *container)
{
    struct buffer text = { 0 };

    for (unsigned i = 0; i < container->model.slots[0].starts; i++)
        buffer_text(&text, "ready\n");
    answer(connection, 200, buffer_string(&text));
    buffer_clear(&text);
}

static void events(struct server_connection *connection)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
    size_t sent = 0;

    server_send(connection, head, strlen(head));
    while (!server_is_gone(connection)) {
        size_t size = engine.events.size - sent;
        char *text = strndup(buffer_string(&engine.events) + sent, size);
        pthread_mutex_unlock(&engine.lock);
        bool ok = server_send(connection, text, size);
        pthread_mutex_lock(&engine.lock);
        free(text);
        if (!ok)
            return;
        sent += size;
        while (engine.events.size == sent && !server_is_gone(connection)) {
            struct timespec soon;
            clock_gettime(CLOCK_REALTIME, &soon);
            soon.tv_nsec += 20000000;
            soon.tv_sec += soon.tv_nsec / 1000000000;
            soon.tv_nsec %= 1000000000;
            pthread_cond_timedwait(&engine.changed, &engine.lock, &soon);
        }
    }
}

/* --- routes --- */

static void container_asked(struct server_connection *connection, struct container *container,
                            const char *method, const char *what, const char *query, const json_t *body)
{
    static const struct {
        const char *what;
        enum operation operation;
    } plain[] = {
        {"start",    OP_START  },
        { "stop",    OP_STOP   },
        { "pause",   OP_PAUSE  },
        { "unpause", OP_UNPAUSE},
        { "restart", OP_RESTART},
    };
    struct step step = { 0 };

    if (strcmp(method, "DELETE") == 0) {
        step.operation = strstr(query, "force=1") ? OP_FORCE_REMOVE : OP_REMOVE;
        answer(connection, happens(container, step), "{}");
    } else if (strcmp(what, "json") == 0) {
        answer_json(connection, 200, inspect(container));
    } else if (strcmp(what, "logs") == 0) {
        logs(connection, container);
    } else if (strcmp(what, "kill") == 0) {
        answer(connection, happens(container, step_of_signal(query)), "{}");
    } else if (strcmp(what, "rename") == 0) {
        answer(connection, rename_it(container, query), "{}");
    } else if (strcmp(what, "update") == 0) {
        answer(connection,
               happens(container, step_of_policy(OP_UPDATE, json_object_get(body, "RestartPolicy"))), "{}");
    } else if (strcmp(what, "wait") == 0) {
        wait_for_it(connection, container, query);
    } else if (strcmp(what, "exec") == 0) {
        exec(connection, container, body);
    } else {
        for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
            if (strcmp(plain[i].what, what) == 0)
                step.operation = plain[i].operation;
        answer(connection, happens(container, step), "{}");
    }
}

/* What an engine says that has nothing else. NULL: it is asked for something else. */
static const char *fixed_answer(const char *path)
{
    static const char version[] = "{\"ApiVersion\":\"1.51\",\"MinAPIVersion\":\"1.24\",\"Version\":\"1\","
                                  "\"Os\":\"linux\",\"Arch\":\"amd64\",\"KernelVersion\":\"6\","
                                  "\"Components\":[{\"Name\":\"Fake Engine\",\"Version\":\"1\"}]}";
    static const char info[] = "{\"ID\":\"fake\",\"Containers\":0,\"Images\":0,\"Driver\":\"fake\","
                               "\"OSType\":\"linux\",\"NCPU\":1}";

    if (strcmp(path, "/_ping") == 0)
        return "OK";
    if (strcmp(path, "/version") == 0)
        return version;
    if (strcmp(path, "/info") == 0)
        return info;
    if (strcmp(path, "/images/json") == 0 || strcmp(path, "/networks") == 0)
        return "[]";
    if (strcmp(path, "/volumes") == 0)
        return "{\"Volumes\":[]}";
    return strncmp(path, "/images/", 8) == 0 ? "{}" : NULL;
}

static void route(struct server_connection *connection, const char *method, const char *path,
                  const char *query, const json_t *body)
{
    char name[256] = "", what[32] = "";
    struct container *container;

    if (fixed_answer(path)) {
        answer(connection, 200, fixed_answer(path));
    } else if (strcmp(path, "/events") == 0) {
        events(connection);
    } else if (strcmp(path, "/containers/json") == 0) {
        answer_json(connection, 200, list(query));
    } else if (strcmp(path, "/containers/create") == 0) {
        create(connection, query, body);
    } else if (strncmp(path, "/exec/", 6) == 0) {
        session_asked(connection, path);
    } else if (sscanf(path, "/containers/%255[^/]/%31s", name, what) >= 1 &&
               (container = find(name)) != NULL) {
        container_asked(connection, container, method, what, query, body);
    } else {
        answer(connection, 404, "{\"message\":\"no such thing\"}");
    }
}

static void handle(void *user, struct server_connection *connection, const struct server_request *request)
{
    const char *at = buffer_string(&request->path);
    char *path = strdup(strncmp(at, "/v1.", 4) == 0 ? strchr(at + 1, '/') : at), *query = strchr(path, '?');
    json_t *body = json_loadb(buffer_string(&request->body), request->body.size, 0, NULL);

    (void)user;
    if (query)
        *query++ = '\0';
    pthread_mutex_lock(&engine.lock);
    route(connection, request->method, path, query ? query : "", body);
    pthread_mutex_unlock(&engine.lock);
    json_decref(body);
    free(path);
}

int main(int argc, char **argv)
{
    char rest[64];

    if (argc != 3) {
        fputs("usage: fake-life MODE SOCKET\n", stderr);
        return 2;
    }
    engine.mode = argv[1];
    if (!server_open(argv[2], handle, NULL)) {
        perror(argv[2]);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
        ;
    return 0;
}
