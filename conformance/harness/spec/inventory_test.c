/* spec/inventory_test.c */
#include "harness/spec/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static void every_table_has_its_columns_filled(void **state)
{
    const struct inventory_table *const tables[] = {
        inventory_operations(),      inventory_parameters(),       inventory_request_fields(),
        inventory_response_fields(), inventory_response_headers(), inventory_statuses(),
        inventory_corrections(),     inventory_always(),           inventory_forms(),
    };

    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        assert_true(tables[t]->rows > 10);
        for (size_t i = 0; i < tables[t]->rows * tables[t]->columns; i++)
            assert_true(tables[t]->cells[i][0] && !strpbrk(tables[t]->cells[i], "\t\n"));
    }
}

static void the_header_is_left_out_and_the_last_line_is_there(void **state)
{
    const struct inventory_table *operations = inventory_operations();

    (void)state;
    assert_string_equal(operations->cells[0], "ContainerList");
    assert_int_equal(operations->rows, 66);
    assert_ptr_equal(operations, inventory_operations());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_has_its_columns_filled),
        cmocka_unit_test(the_header_is_left_out_and_the_last_line_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
