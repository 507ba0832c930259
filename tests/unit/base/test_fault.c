/* faults.def, reasons.def and ntstatus.def: the tables are whole. */
#include "base/fault.h"
#include "base/ntstatus.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool
is_name(const char *text, char dash)
{
	if (!islower((unsigned char)*text))
		return false;
	for (; *text; text++)
		if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) &&
			*text != dash)
			return false;
	return true;
}

Test(fault, names_are_unique_and_lower_case)
{
	for (unsigned i = 0; fault_at(i); i++) {
		cr_assert(is_name(fault_at(i)->name, '_'), "%s", fault_at(i)->name);
		for (unsigned j = 0; j < i; j++)
			cr_assert_str_neq(fault_at(i)->name, fault_at(j)->name);
	}
	cr_assert_not_null(fault_at(0));
	cr_assert_null(fault_at(100000));
}

Test(fault, every_row_is_written_for_people)
{
	for (unsigned i = 0; fault_at(i); i++) {
		fault row = fault_at(i);
		size_t n = strlen(row->words);

		cr_assert_gt(n, 10, "%s has no words", row->name);
		cr_assert_neq(row->words[n - 1], '.', "%s: words are a clause", row->name);
		n = strlen(row->remedy);
		cr_assert(n == 0 || row->remedy[n - 1] == '.', "%s: a remedy is a sentence",
			row->name);
	}
}

Test(fault, every_row_is_consistent)
{
	for (unsigned i = 0; fault_at(i); i++) {
		fault row = fault_at(i);

		cr_assert_lt((unsigned)row->reason, REASON_COUNT, "%s", row->name);
		cr_assert_leq((unsigned)row->cut, CUT_LEG, "%s", row->name);
		cr_assert(row->status == STATUS_SUCCESS || ntstatus_is_error(row->status),
			"%s answers a refusal with %08x", row->name, row->status);
		cr_assert(row->status == STATUS_SUCCESS || ntstatus_name(row->status), "%s",
			row->name);
		cr_assert(*row->cite == '\0' || *row->cite == '[' ||
				  strncmp(row->cite, "RFC ", 4) == 0,
			"%s cites \"%s\", which grep does not find", row->name, row->cite);
	}
}

Test(fault, a_row_is_the_record_of_its_name)
{
	cr_assert_eq(fault_at(0), &fault_frame_too_long);
	cr_assert_str_eq(fault_frame_too_long.name, "frame_too_long");
	cr_assert_eq(fault_body_malformed.status, STATUS_INVALID_PARAMETER);
}

Test(fault, every_reason_has_a_word_of_its_own)
{
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		cr_assert(is_name(reason_word((enum reason)i), '-'), "reason %u", i);
		for (unsigned j = 0; j < i; j++)
			cr_assert_str_neq(reason_word((enum reason)i), reason_word((enum reason)j));
	}
	cr_assert_str_eq(reason_word(REASON_BAD_SIGNATURE), "bad-signature");
	cr_assert_str_eq(reason_word(REASON_COUNT), "internal-error");
}

Test(ntstatus, names_and_severities)
{
	cr_assert_str_eq(ntstatus_name(STATUS_ACCESS_DENIED), "ACCESS_DENIED");
	cr_assert_str_eq(ntstatus_name(0), "SUCCESS");
	cr_assert_null(ntstatus_name(0xdeadbeef));
	cr_assert(ntstatus_is_error(STATUS_ACCESS_DENIED));
	cr_assert_not(ntstatus_is_error(STATUS_BUFFER_OVERFLOW));
	cr_assert_not(ntstatus_is_error(STATUS_PENDING));
	cr_assert_not(ntstatus_is_error(STATUS_SUCCESS));
}
