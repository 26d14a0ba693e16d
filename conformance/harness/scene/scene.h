/* scene/scene.h - what a case works with: given_*, when_*, waiting.
 *
 * A case is three paragraphs: given what there is, when one thing is asked, then what holds (then/then.h).
 * Everything that a case makes belongs to the scene: exchanges, ids, strings and JSON that these functions
 * return live as long as the scene, and every container, network, volume and image carries the labels
 * plimsoll.run and plimsoll.case, by which it is swept up, also after a crash. POST /containers/create,
 * /networks/create and /volumes/create get their labels here however they are sent, as long as the body is a
 * JSON object (give a body of your own that names an existing image, or the sweep cannot know it).
 *
 * When a given_* does not come about, the case ends as `blocked`, with the exchange: it says nothing about
 * the clause. Paths are printf formats without version prefix: "/containers/%s/start". Text that goes into a
 * query and may hold anything is put there with url_encoded() or query_json().
 *
 * JSON is written with single quotes: json_of("{'Cmd': ['echo', '%s'], 'Tty': true}", word). %s is escaped as
 * JSON text, %d, %u, %ld, %lld and %zu are numbers, %% is a percent sign, '' within a text is one apostrophe.
 */
#ifndef PLIMSOLL_SCENE_SCENE_H
#define PLIMSOLL_SCENE_SCENE_H

#include "harness/case.h"
#include "harness/case_run.h"
#include "harness/scene/json.h"
#include "harness/wire/exchange.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

struct scene {
    const void *row; /* of a table-driven case; begins with its label */
    const char *run; /* run id */
    const char *case_name;
    const char *version; /* "1.41": requests are sent at this version unless told otherwise */
    const struct engine_facts *facts;
    bool same_host;
    struct scene_inside *inside;
};

/* --- JSON and names
 * --------------------------------------------------------------------------------------------------- */

/* A new value, of the caller until it is given to a function that takes it ("takes"). A template that is no
 * JSON is a fault. */
json_t *json_of(const char *template, ...) PRINTF_LIKE(1, 2);

/* The create body of a container of the probe's image, by shape:
 *
 * - "catcher" says "ready", then the name of each signal that comes; TERM ends it with 3, INT 4, USR1 5, USR2 6
 * - "sleeper" sleeps; ends with 143 on SIGTERM at once
 * - "deaf" says "ready", sleeps, ignores all but SIGKILL
 * - "echoer" writes to stdout what comes on stdin, ends at its end (OpenStdin, StdinOnce, Attach*)
 * - "talker" writes "out 1", "out 2", "out 3" to stdout and "err 1", "err 2", "err 3" to stderr, in turn, ends with 0
 * - "ticker" writes "tick N" every tenth of a second for ever
 * - "failing" ends at once with 7
 * - "terminal" as echoer, with Tty
 *
 * To be changed with with() and given to given_created() and its like, or to when_create(). */
json_t *a_container(const char *shape);

/* As above with a command of one's own for the probe: a_probe("['env']"), a_probe("['exit', '%d']", code). */
json_t *a_probe(const char *cmd_template, ...) PRINTF_LIKE(1, 2);

/* Sets a member by its path, making objects on the way, and returns `body`:
 * with(a_container("sleeper"), "HostConfig.Binds", "['%s:/data']", volume). A dot within a name is written
 * "\\.". */
json_t *with(json_t *body, const char *path, const char *json_template, ...) PRINTF_LIKE(3, 4);
json_t *without(json_t *body, const char *path);

/* "plimsoll-RUN-N-web": unlike any other name on that engine; lower case, letters, digits and '-'. */
const char *scene_unique_name(struct scene *s, const char *stem);
/* "localhost/plimsoll/run-RUN/N-web": for an image of this case's own, without a tag. It names a registry, so that an
 * engine that tells the default one, or another, before plain names is broken only where that is the question. */
const char *scene_unique_repository(struct scene *s, const char *stem);
/* "10.247.31": of a /24 in 10.240.0.0/12 that no other case or run is likely to ask for. */
const char *scene_unique_prefix(struct scene *s);
/* "fd0a:706c:1f7:11f": of a /64, in the same way. */
const char *scene_unique_prefix_six(struct scene *s);

const char *url_encoded(struct scene *s, const char *text);
/* The URL-encoded JSON: when_get(s, "/containers/json?filters=%s", query_json(s, "{'label': ['%s']}",
 * label)). */
const char *query_json(struct scene *s, const char *json_template, ...) PRINTF_LIKE(2, 3);
/* printf into a string of the scene's. */
const char *scene_printf(struct scene *s, const char *format, ...) PRINTF_LIKE(2, 3);
/* "plimsoll.scene=RUN/CASE": the label that this case's objects carry, and those of no other run, for filters. With the run's:
 * scene_run_label(). */
const char *scene_label(struct scene *s);
const char *scene_run_label(struct scene *s);

/* --- given
 * -------------------------------------------------------------------------------------------------------------
 */

/* The name of an image on the engine, loaded when it is not there: "probe" or another archive of
 * fixtures/images. All cases of a run share it: do not remove, untag or retag it. */
const char *given_image(struct scene *s, const char *fixture);

/* An image of this case's own, made of the fixture "probe" with an id and labels of its own, under
 * `repository`:`tag`; `config` (takes; may be NULL) is merged over the image's configuration:
 * json_of("{'Env': ['A=1']}"). A name with a slash before it is a member of the image itself: '/comment'.
 * Returns the image's id. */
const char *given_own_image(struct scene *s, const char *repository, const char *tag, json_t *config);

/* The archive that given_own_image() would load, as a file; for when_upload(s, path, "/images/load").
 * `repository` NULL: untagged. */
const char *own_image_archive(struct scene *s, const char *repository, const char *tag, json_t *config);

/* As given_own_image(), without a name: "dangling". Returns its id. */
const char *given_untagged_image(struct scene *s, json_t *config);

/* A copy of the file, compressed with gzip. */
const char *compressed_file(struct scene *s, const char *file);

/* Containers; each returns the id. By shape, and by a body (takes). */
const char *given_container(struct scene *s, const char *shape);
const char *given_running_container(struct scene *s, const char *shape);
const char *given_exited_container(struct scene *s,
                                   const char *shape); /* has run and ended by itself, or was stopped */
const char *given_paused_container(struct scene *s, const char *shape);
const char *given_created(struct scene *s, json_t *body);
const char *given_running(struct scene *s, json_t *body);
const char *given_exited(struct scene *s, json_t *body);
/* Runs, and the probe has said "ready": from now on it catches signals, or its port is open. */
const char *given_ready(struct scene *s, json_t *body);
/* The name of a container that given_* made (every one has a scene_unique_name); no slash before it. */
const char *given_name_of(struct scene *s, const char *container);
void given_removed(struct scene *s, const char *container); /* force, with its anonymous volumes */

const char *given_exec(struct scene *s, const char *container,
                       json_t *body); /* takes; the id of the session */

/* Name of a new one; `body` (takes; may be NULL) is merged over {"Name": unique}. */
const char *given_volume(struct scene *s, json_t *body);
const char *given_network(struct scene *s, json_t *body); /* the id */
const char *given_network_name(struct scene *s, const char *network);

/* The text of a member of the container's endpoint in the network, as an inspect says it now: "IPAddress"; NULL when it is none. */
const char *given_endpoint(struct scene *s, const char *container, const char *network, const char *member);

/* What an inspect of the container, or of any path, says now; a borrowed object. */
const json_t *given_inspect(struct scene *s, const char *container);
const json_t *given_get(struct scene *s, const char *path, ...) PRINTF_LIKE(2, 3);

/* --- when
 * --------------------------------------------------------------------------------------------------------------
 */

/* What an engine does one at a time, a prune of a kind and the disk usage, is asked again while another one runs: cases run in
 * parallel, and others work on the engine too. */
struct exchange *when_get(struct scene *s, const char *path, ...) PRINTF_LIKE(2, 3);
struct exchange *when_head(struct scene *s, const char *path, ...) PRINTF_LIKE(2, 3);
struct exchange *when_delete(struct scene *s, const char *path, ...) PRINTF_LIKE(2, 3);
struct exchange *when_post(struct scene *s, const char *path, ...)
    PRINTF_LIKE(2, 3); /* no body, no Content-Type */
struct exchange *when_post_json(struct scene *s, json_t *body, const char *path, ...)
    PRINTF_LIKE(3, 4); /* takes body */
struct exchange *when_put_json(struct scene *s, json_t *body, const char *path, ...)
    PRINTF_LIKE(3, 4); /* takes body */
struct exchange *when_post_text(struct scene *s, const char *content_type, const char *body, const char *path,
                                ...) PRINTF_LIKE(4, 5);
/* POST, or PUT for an archive of a container, of a file: a path of own_image_archive() or scene_fixture(). */
struct exchange *when_upload(struct scene *s, const char *file, const char *path, ...) PRINTF_LIKE(3, 4);
struct exchange *when_put_file(struct scene *s, const char *file, const char *path, ...) PRINTF_LIKE(3, 4);
/* POST /containers/create; name NULL: none is given. Takes body. */
struct exchange *when_create(struct scene *s, const char *name, json_t *body);

/* POST /WHAT/prune ("containers", "volumes" ...) with these filters, as query_json() gives them. */
struct exchange *when_pruned(struct scene *s, const char *what, const char *filters);

/* By the method that a row names, with that JSON text (NULL: no body). */
struct exchange *when_method(struct scene *s, const char *method, const char *body, const char *path, ...)
    PRINTF_LIKE(4, 5);

/* Anything else. `version` NULL: the scene's; "": no prefix. `json` is taken, else `request.body` is sent. */
struct exchange *when_sent(struct scene *s, const char *version, const struct wire_request *request,
                           json_t *json);

/* The same at another version: when_get_at(s, "1.24", "/info"); "": without a prefix. */
struct exchange *when_get_at(struct scene *s, const char *version, const char *path, ...) PRINTF_LIKE(3, 4);
struct exchange *when_head_at(struct scene *s, const char *version, const char *path, ...) PRINTF_LIKE(3, 4);
struct exchange *when_post_at(struct scene *s, const char *version, json_t *body, const char *path, ...)
    PRINTF_LIKE(4, 5); /* takes body, may be NULL */
/* Every request from here on is sent at this version; the engine must speak it, else the case is not
 * applicable. */
void scene_at_version(struct scene *s, const char *version);
/* Is the version that the scene works at within first and last ("" or NULL: no bound)? */
bool scene_version_within(const struct scene *s, const char *first, const char *last);

/* What is sent from here on may hold members and parameters that no operation has, or of another type, and be taken all
 * the same: that is what the case is about. Without this it is remarked as a mistake of the case. */
void scene_sends_unknown(struct scene *s);

/* The path of a fixture: scene_fixture(s, "images/probe.tar"). One that is not there ends the case as
 * blocked. */
const char *scene_fixture(struct scene *s, const char *name);

/* --- archives of files
 * --------------------------------------------------------------------------------------------------------------- */

struct tar_bytes {
    const char *bytes;
    size_t size;
};
/* A tar of these entries (takes), compressed by "gzip", "bzip2", "xz" or not (NULL): json_of("[{'name': 'd', 'type': 'dir'},
 * {'name': 'd/f', 'content': 'text', 'mode': %d}, {'name': 'd/l', 'link': 'f'}]", 0640). Else: 0644 (0755 of a directory), owner
 * 0:0, the 1000000000th second. Also 'uid', 'gid', 'mtime', 'hardlink', and the types 'fifo', 'char', 'block'. */
struct tar_bytes scene_tar(struct scene *s, const char *compression, json_t *entries);
/* A plain one with a last file of these bytes. */
struct tar_bytes scene_tar_with(struct scene *s, json_t *entries, const char *name, struct tar_bytes file);
/* PUT /containers/ID/archive?QUERY */
struct exchange *when_put_archive(struct scene *s, const char *container, const char *query,
                                  struct tar_bytes tar);
/* "changes=LABEL ...": what is imported carries our labels only when it is told to. */
const char *imported_labels(struct scene *s);
/* An image of these entries (takes) alone: of one layer, which is nobody else's when they are not. The id. */
const char *given_imported(struct scene *s, const char *repository, const char *tag, json_t *entries);
/* Puts these entries (takes) into the container's root. */
void given_files(struct scene *s, const char *container, json_t *entries);
/* The answer's body, a tar, takes the place of its JSON for then_json_*: an array of what scene_tar() takes, each with all members;
 * 'type' is 'file', 'dir', 'link', 'hardlink' ..., 'link' where it leads to, 'content' the first 4 KiB. Nothing, when it is no whole tar. */
struct exchange *as_archive(struct exchange *x);
/* The same of a saved image: the document that its id is the digest of, with `config`, `history` and `rootfs`. */
struct exchange *as_saved_config(struct exchange *x);
/* The same of the header X-Docker-Container-Path-Stat. */
struct exchange *as_path_stat(struct exchange *x);

/* --- streams: attach, exec start, logs and events that follow
 * ---------------------------------------------------------------- */

struct stream;

/* POST /containers/ID/attach?QUERY and POST /exec/ID/start, with "Connection: Upgrade" and "Upgrade: tcp";
 * the _plain ones without. `body` of exec start (takes; NULL: {}). Frames are taken apart unless
 * stream_is_raw() was called, which is for containers with Tty. */
struct stream *when_attach(struct scene *s, const char *container, const char *query);
struct stream *when_attach_plain(struct scene *s, const char *container, const char *query);
struct stream *when_exec_start(struct scene *s, const char *exec, json_t *body);
struct stream *when_exec_start_plain(struct scene *s, const char *exec, json_t *body);
/* GET /containers/ID/attach/ws?QUERY with the sample handshake of RFC 6455, or with these headers. stream_stdout() is then the data of
 * all messages, stream_write() sends a binary one. */
struct stream *when_attach_websocket(struct scene *s, const char *container, const char *query);
struct stream *when_attach_websocket_with(struct scene *s, const char *container, const char *query,
                                          const char *const *headers);
/* A GET whose answer comes piece by piece: "/events?...", "/containers/ID/logs?follow=1&stdout=1". */
struct stream *when_follow(struct scene *s, const char *path, ...) PRINTF_LIKE(2, 3);
/* The engine's clock as since and until of /events take it, "1795475010.480761889": all that an answer has told is before it. */
const char *engine_now(struct scene *s);
/* GET /events from now on, of what these filters (query_json()) choose. With `since`, because an engine may send the head of the
 * answer before it listens, and what happens in between would be lost. */
struct stream *when_events_follow(struct scene *s, const char *filters);
/* A POST without a body whose answer comes later: "/containers/ID/wait?condition=next-exit". Returns once it
 * is sent, or with the head of the answer if that is there already. */
struct stream *when_post_pending(struct scene *s, const char *path, ...) PRINTF_LIKE(2, 3);

/* The answer's head, and as body what came so far; waits for the head. For then_status(stream_answer(st),
 * 101). */
struct exchange *stream_answer(struct stream *st);
void stream_is_raw(struct stream *st);
/* All of these wait at most the scene's patience (20 s, a third of a longer --timeout) and then return what there is. Text is ended by 0 and
 * of the scene. */
bool stream_wait_for(struct stream *st,
                     const char *text);              /* in stdout or stderr (frames), or anywhere (raw) */
bool stream_wait_for_end(struct stream *st);         /* the other side has closed, or the body is over */
bool stream_is_open(struct stream *st, unsigned ms); /* did not end within that time */
const char *stream_stdout(struct stream *st);        /* so far; of a raw stream all */
const char *stream_stderr(struct stream *st);
size_t stream_stdout_size(struct stream *st);
/* Of a WebSocket so far. */
struct messages {
    unsigned texts, binaries;
    int close_code;    /* -1: no close frame came; 0: one without a code */
    const char *pongs; /* what they held; of the scene */
};
struct messages stream_messages(struct stream *st);
bool stream_wait_for_pong(struct stream *st, const char *text);
bool stream_send_frame(struct stream *st, unsigned opcode, bool last, const void *data, size_t size);
const char *stream_broken(struct stream *st); /* what is wrong with the frames; NULL: nothing */
bool stream_write(struct stream *st, const void *data, size_t size);
bool stream_say(struct stream *st, const char *text); /* stream_write() of a text */
void stream_half_close(struct stream *st); /* "no more from me"; over TLS the case ends as blocked */
void stream_close(struct stream *st);
/* Of a stream of JSON values (events): the values so far, a borrowed array. */
const json_t *stream_values(struct stream *st);
/* Waits for a value whose members equal those of the template: stream_wait_for_value(st, "{'Type':
 * 'container', 'Action': 'die'}"). NULL: did not come in time. */
const json_t *stream_wait_for_value(struct stream *st, const char *json_template, ...) PRINTF_LIKE(2, 3);

/* --- waiting: for a state, never for a time
 * ----------------------------------------------------------------------------- */

/* True when it came about within the scene's patience. A given_* that waits is wait_* or blocked. */
bool wait_until_container_is(struct scene *s, const char *container, const char *status);
bool wait_until_container_gone(struct scene *s, const char *container);
bool wait_for_log(struct scene *s, const char *container, const char *text);
/* Until the member of the answer of GET path is that JSON value: wait_until(s, "ExitCode", "7",
 * "/exec/%s/json", id). */
bool wait_until(struct scene *s, const char *member, const char *json, const char *path, ...)
    PRINTF_LIKE(4, 5);

/* --- the probe: looks inside a container
 * ----------------------------------------------------------------------------------- */

/* Runs a container of that body (takes) to its end and returns its stdout; blocked when it does not end. */
const char *probe_output(struct scene *s, json_t *body);
/* The same, as JSON: probe_report(s, with(a_probe("['report']"), ...)). */
const json_t *probe_report(struct scene *s, json_t *body);
/* Runs the command in a running container by exec, and returns its stdout. */
const char *probe_exec(struct scene *s, const char *container, const char *cmd_template, ...)
    PRINTF_LIKE(3, 4);
/* What a running container hears at that address from an `http-serve` of the probe; a line "nothing" when nobody answers. */
const char *probe_hears(struct scene *s, const char *container, const char *address, const char *port);

/* --- ends that are no failure; none returns
 * ----------------------------------------------------------------------------------- */

_Noreturn void case_not_applicable(struct scene *s, const char *reason, ...) PRINTF_LIKE(2, 3);
_Noreturn void case_unsupported(struct scene *s, const char *reason, ...) PRINTF_LIKE(2, 3);
_Noreturn void case_blocked(struct scene *s, const char *reason, ...) PRINTF_LIKE(2, 3);
_Noreturn void case_fault(struct scene *s, const char *reason, ...) PRINTF_LIKE(2, 3);

/* --- for then/: a case has no use for these
 * --------------------------------------------------------------------------------- */

struct scene *scene_current(void); /* a process runs one case */
void scene_count_assertion(struct scene *s);
/* Records the failure and leaves the case. Texts are copied; x may be NULL. */
_Noreturn void scene_fail(struct scene *s, const char *file, int line, const struct exchange *x,
                          const char *sentence, const char *wanted, const char *got);
struct scene *stream_scene(struct stream *st);
/* The first place of the answer that breaks that clause of "Bodies" ("State.Pid is missing"); NULL: it holds. The answer
 * then decides the case no more by itself. */
const char *scene_body_breaks(struct scene *s, struct exchange *x, const char *clause);
/* As stream_wait_for_value(); `wanted` is borrowed. */
const json_t *stream_wait_for_json(struct stream *st, const json_t *wanted);
/* A look at the engine by the harness itself: in the journal, its answer's types only remarked. */
struct exchange *scene_look(struct scene *s, const char *path, ...) PRINTF_LIKE(2, 3);

#endif
