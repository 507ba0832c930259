/* kind.h: the four magic numbers, and whatever else comes. */
#include "wire/kind.h"

#include <criterion/criterion.h>

Test(kind, is_told_by_the_first_four_bytes)
{
	cr_assert_eq(wire_kind_of(span_of("\xffSMBr", 5)), WIRE_SMB1);
	cr_assert_eq(wire_kind_of(span_of("\xfeSMB@", 5)), WIRE_SMB2);
	cr_assert_eq(wire_kind_of(span_of("\xfdSMB", 4)), WIRE_TRANSFORM);
	cr_assert_eq(wire_kind_of(span_of("\xfcSMB", 4)), WIRE_COMPRESSED);
}

Test(kind, anything_else_is_other)
{
	cr_assert_eq(wire_kind_of(span_of("\xfeSM", 3)), WIRE_OTHER);
	cr_assert_eq(wire_kind_of((struct span){0}), WIRE_OTHER);
	cr_assert_eq(wire_kind_of(span_of("\xfbSMB", 4)), WIRE_OTHER);
	cr_assert_eq(wire_kind_of(span_of("\xfeSmB", 4)), WIRE_OTHER);
	cr_assert_eq(wire_kind_of(span_of("GET / HTTP/1.1", 14)), WIRE_OTHER);
}
