/* archive/digest_test.c - the vectors are of FIPS 180-4's examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "archive/digest.h"
#include "base/scope.h"

DEFINE_SCOPED(struct digest *, digest_free)

static void a_digest_is_of_all_bytes(void **state)
{
    scoped(digest_free) struct digest *d = digest_new();
    char whole[DIGEST_LENGTH + 1], pieces[DIGEST_LENGTH + 1];

    (void)state;
    digest_of("abc", 3, whole);
    assert_string_equal(whole, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_add(d, "a", 1);
    digest_add(d, "bc", 2);
    digest_end(d, pieces);
    assert_string_equal(whole, pieces);
    assert_string_equal(digest_hex(whole), whole + 7);
}

static void only_sha256_is_a_digest(void **state)
{
    (void)state;
    assert_true(digest_is_valid("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_false(digest_is_valid("sha256:BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_false(digest_is_valid("sha256:ba78"));
    assert_false(digest_is_valid("sha256:../../8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad00"));
    assert_false(digest_is_valid(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_is_of_all_bytes),
        cmocka_unit_test(only_sha256_is_a_digest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
