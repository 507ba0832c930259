/* validate_negotiate.h: the negotiation said once more. */
#include "golden.h"
#include "wire/validate_negotiate.h"

#include <criterion/criterion.h>

Test(validate_negotiate, input_round_trip)
{
	struct validate_negotiate_input out, in = {.capabilities = 0x7f,
						     .client_guid = "guid-of-16-byte",
						     .security_mode = 1,
						     .dialect_count = 2,
						     .dialects = {0x0202, 0x0300}};
	uint8_t bytes[64];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct span input;

	validate_negotiate_input_encode(&w, &in);
	input = writer_span(&w);
	cr_assert_eq(input.len, 28);
	cr_assert(validate_negotiate_input_decode(input, &out));
	cr_assert_eq(out.capabilities, in.capabilities);
	cr_assert_arr_eq(out.client_guid, in.client_guid, 16);
	cr_assert_eq(out.security_mode, in.security_mode);
	cr_assert_eq(out.dialect_count, in.dialect_count);
	cr_assert_arr_eq(out.dialects, in.dialects, 4);
	for (size_t len = 0; len < input.len; len++)
		cr_assert_not(validate_negotiate_input_decode(golden_cut(input, len), &out));
	cr_assert_not(validate_negotiate_input_decode(golden_patched(input, 22, 0xffff, 2), &out));
}

Test(validate_negotiate, output_round_trip)
{
	struct validate_negotiate_output out, in = {.capabilities = 0x7f,
						      .server_guid = "guid-of-16-byte",
						      .security_mode = 3,
						      .dialect = 0x0302};
	uint8_t bytes[VALIDATE_NEGOTIATE_OUTPUT_SIZE + 1] = {0};
	struct writer w = writer_over(bytes, sizeof(bytes));

	validate_negotiate_output_encode(&w, &in);
	cr_assert(validate_negotiate_output_decode(writer_span(&w), &out));
	cr_assert_eq(out.capabilities, in.capabilities);
	cr_assert_arr_eq(out.server_guid, in.server_guid, 16);
	cr_assert_eq(out.security_mode, in.security_mode);
	cr_assert_eq(out.dialect, in.dialect);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		cr_assert_eq(validate_negotiate_output_decode(span_of(bytes, len), &out),
			len == VALIDATE_NEGOTIATE_OUTPUT_SIZE);
}
