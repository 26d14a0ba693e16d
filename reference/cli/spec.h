/* cli/spec.h - the small languages of flag values: ports, mounts, limits, references.
 *
 * Each parser puts what it understood where the create request wants it. Failures are ERR_INVALID, worded as docker's. */
#ifndef CLI_SPEC_H
#define CLI_SPEC_H

#include <jansson.h>

#include "base/error.h"
#include "base/str.h"
#include "base/strv.h"

/* "[[ip:]host:]container[/proto]", each port also a range: into ExposedPorts and PortBindings. */
int spec_port(const char *spec, json_t *exposed, json_t *bindings, struct error *err);
/* "80", "80/udp", "80-82": into ExposedPorts. */
int spec_expose(const char *spec, json_t *exposed, struct error *err);
/* -v: "source:target[:options]" into *bind (a string, a relative source made absolute), or an anonymous volume, whose
 * path goes into `volumes`. */
int spec_volume(const char *spec, json_t *binds, json_t *volumes, struct error *err);
/* --mount: "type=bind,src=/a,dst=/b,readonly", with CSV quotes. *ret is a new reference. */
int spec_mount(const char *spec, json_t **ret, struct error *err);
/* One CSV record. */
int spec_csv(const char *line, struct strv *ret, struct error *err);
/* "name=soft[:hard]". */
int spec_ulimit(const char *spec, json_t **ret, struct error *err);
/* "/dev/a[:/dev/b][:rwm]". */
int spec_device(const char *spec, json_t **ret, struct error *err);
/* "no", "always", "unless-stopped", "on-failure[:n]". */
int spec_restart(const char *spec, json_t **ret, struct error *err);
/* Environment and label files: a line each, "#" begins a comment; a bare NAME takes its value from our environment
 * when `from_environment`. `text` is the file's content, `name` its name for messages. */
int spec_env_file(const char *name, const char *text, bool from_environment, struct strv *ret,
                  struct error *err);
/* -e NAME takes the value that we have; unset, the name alone goes to the engine. */
void spec_env(const char *given, struct strv *ret);
/* "key=value" or "key" (value "") into an object. */
void spec_key_value(const char *given, json_t *ret);
/* "1.5" CPUs in billionths. */
int spec_cpus(const char *given, int64_t *ret, struct error *err);

/* An image's name taken apart: "host:5000/a/b:tag@digest". Strings point nowhere outside; spec_ref_free(). */
struct spec_ref {
    char *name, *tag, *digest; /* tag and digest may be NULL */
};
int spec_ref(const char *given, struct spec_ref *ret, struct error *err);
void spec_ref_free(struct spec_ref *ref);

#endif
