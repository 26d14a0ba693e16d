/* spec/clause_test.c */
#include "harness/spec/clause.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define SECTION "## Container\n\n### ContainerStart\n\n"

static int parse(const char *text, struct clause_list *ret, char *why)
{
    return clause_list_parse(text, strlen(text), ret, why, 256);
}

static void a_clause_is_read(void **state)
{
    struct clause_list list;
    char why[256];

    (void)state;
    assert_int_equal(parse("    - **X.y** (MUST) shown, not meant\n" SECTION
                           "- **ContainerStart.a-1** (SHOULD, 1.24-1.43) One\n  and two.\n\nText.\n- item\n",
                           &list, why),
                     0);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.list[0].name, "ContainerStart.a-1");
    assert_string_equal(list.list[0].section, "ContainerStart");
    assert_string_equal(list.list[0].group, "Container");
    assert_string_equal(list.list[0].first, "1.24");
    assert_string_equal(list.list[0].last, "1.43");
    assert_string_equal(list.list[0].sentence, "One and two.");
    assert_int_equal(list.list[0].level, LEVEL_SHOULD);
    assert_int_equal(list.list[0].line, 6);
    clause_list_clear(&list);
}

static void a_slip_of_the_pen_is_an_error(void **state)
{
    static const char *const texts[] = {
        SECTION "- **ContainerStart.a** MUST, 1.24- Sentence.\n",
        SECTION "- **ContainerStart.a** (MUSTN, 1.24-) Sentence.\n",
        SECTION "- **ContainerStart.a** (MUST, 1.24) Sentence.\n",
        SECTION "- **ContainerStart.a** (MUST, 1.43-1.24) Sentence.\n",
        SECTION "- **ContainerStart.a** (MUST,1.24-) Sentence.\n",
        SECTION "- **ContainerStart.A** (MUST, 1.24-) Sentence.\n",
        SECTION "- **ContainerStop.a** (MUST, 1.24-) Sentence.\n",
        SECTION "- **ContainerStart.a** (MUST, 1.24-)\n",
        SECTION "- **ContainerStart.a** (MUST, 1.24-) A.\n- **ContainerStart.a** (MUST, 1.24-) B.\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct clause_list list;
        char why[256] = "";
        assert_int_equal(parse(texts[i], &list, why), -1);
        assert_true(strncmp(why, "SPEC.md:", 8) == 0);
    }
}

static void the_specification_parses(void **state)
{
    char why[256] = "";
    const struct clause_list *list = spec_clauses(why, sizeof why);

    (void)state;
    assert_string_equal(why, "");
    assert_non_null(list);
    assert_non_null(clause_find(list, "ContainerStart.already-running"));
    assert_null(clause_find(list, "ContainerStart.no-such-clause"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clause_is_read),
        cmocka_unit_test(a_slip_of_the_pen_is_an_error),
        cmocka_unit_test(the_specification_parses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
