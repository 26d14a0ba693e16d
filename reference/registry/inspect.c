/* registry/inspect.c - DistributionInspect: what a registry has under a name, without taking it. */
#include "registry/inspect.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "registry/client.h"

#define CONFIG_MAX JSON_MAX_BYTES

static json_t *platform_of_config(const json_t *config)
{
    static const char *const members[] = { "architecture", "os", "os.version", "os.features", "variant" };
    json_t *ret = json_object();

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (json_object_get(config, members[i]))
            json_object_set(ret, members[i], json_object_get(config, members[i]));
    return ret;
}

static json_t *platforms_of_index(const json_t *index)
{
    json_t *ret = json_array(), *entry;
    size_t i;

    json_array_foreach (json_object_get(index, "manifests"), i, entry)
        if (json_is_object(json_object_get(entry, "platform")))
            json_array_append(ret, json_object_get(entry, "platform"));
    return ret;
}

/* null where the config cannot be had: the name is there all the same. */
static json_t *platforms_of_manifest(struct registry *r, const json_t *manifest)
{
    const char *digest = json_str_at(manifest, "config.digest", "");
    scoped(json_decref) json_t *config = NULL;
    scoped_str text = { 0 };

    if (!digest_is_valid(digest) || registry_fetch_text(r, digest, CONFIG_MAX, &text, NULL) < 0 ||
        json_parse(str_text(&text), text.len, &config, NULL) < 0)
        return json_null();
    return json_pack("[o]", platform_of_config(config));
}

static int tell(struct registry *r, const struct manifest *m, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *body = NULL;
    json_t *platforms;

    if (json_parse(str_text(&m->bytes), m->bytes.len, &body, NULL) < 0)
        return error_set(err, ERR_SYSTEM, "the manifest is no JSON");
    if (json_int_at(body, "schemaVersion", 0) != 2)
        return error_set(err, ERR_SYSTEM, "unsupported manifest schema version");
    if (!json_is_array(json_object_get(body, "manifests")) &&
        !json_is_object(json_object_get(body, "config")))
        return error_set(err, ERR_SYSTEM, "the manifest is neither an image's nor an index");
    platforms = json_is_array(json_object_get(body, "manifests")) ? platforms_of_index(body)
                                                                  : platforms_of_manifest(r, body);
    *ret = json_pack("{s:{s:s, s:s, s:I}, s:o}", "Descriptor", "mediaType", m->type, "digest", m->digest,
                     "size", (json_int_t)m->bytes.len, "Platforms", platforms);
    return 0;
}

int registry_inspect(const char *name, const struct credentials *who, const struct strv *insecure,
                     json_t **ret, struct error *err)
{
    scoped(reference_free) struct reference *ref = NULL;
    scoped(registry_close) struct registry *r = NULL;
    struct manifest m = { .type = NULL };
    int result;

    if (digest_is_valid(name))
        return error_set(err, ERR_SYSTEM, "no manifest found for full image ID");
    if (reference_parse(name, &ref, err) < 0 || registry_open(ref, "pull", who, insecure, &r, err) < 0 ||
        registry_manifest(r,
                          ref->digest ? ref->digest
                          : ref->tag  ? ref->tag
                                      : "latest",
                          &m, err) < 0)
        return -1;
    result = tell(r, &m, ret, err);
    manifest_clear(&m);
    return result;
}
