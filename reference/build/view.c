/* build/view.c - the tree of an image, mounted in the build's own directory. What is written there is in `upper`. */
#include "build/internal.h"

#include <stdlib.h>
#include <sys/mount.h>

#include "container/overlay.h"

static int make_dirs(const char *dir, struct error *err)
{
    static const char *const names[] = { "upper", "work", "merged", "empty" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        scoped_free char *path = path_join(dir, names[i]);

        if (dir_make(path, 0755, err) < 0)
            return -1;
    }
    return 0;
}

int view_open(struct build *b, struct image *image, struct view *ret, struct error *err)
{
    struct view v = { .dir = xasprintf("%s/view-%u", b->dir, b->views++) };
    scoped_free char *work = path_join(v.dir, "work");
    scoped_strv lower = { 0 };
    int r;

    v.upper = path_join(v.dir, "upper");
    v.merged = path_join(v.dir, "merged");
    if (image) {
        v.image = image_ref(image);
        image_lower_dirs(image, &lower);
    }
    if (lower.count == 0)
        strv_addf(&lower, "%s/empty", v.dir);
    r = make_dirs(v.dir, err) < 0 ? -1 : overlay_mount(&lower, v.upper, work, v.merged, err);
    *ret = v;
    if (r < 0)
        view_close(ret);
    return r;
}

void view_close(struct view *v)
{
    if (!v->dir)
        return;
    while (umount2(v->merged, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
        ;
    tree_remove(v->dir, NULL);
    image_unref(v->image);
    free(v->dir);
    free(v->upper);
    free(v->merged);
    *v = (struct view){ .dir = NULL };
}
