/* event.h: what a line says, and that no client can make it say anything else. */
#include "base/event.h"
#include "base/ntstatus.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME "2025-01-02T03:04:05.678Z"

/* Frees EVENT after asserting how it is written both ways; NULL: do not look. */
static void
assert_lines(struct event *event, const char *json, const char *plain)
{
	char *as_json = event_json(event, TIME);
	char *as_plain = event_plain(event, TIME);

	if (json)
		cr_assert_str_eq(as_json, json);
	if (plain)
		cr_assert_str_eq(as_plain, plain);
	free(as_json);
	free(as_plain);
	event_free(&event);
	cr_assert_null(event);
}

Test(event, a_line_of_each_kind_of_field)
{
	struct event *event = event_new(LEVEL_INFO, "tree");

	event_text(event, "unc", "\\\\fs1\\hr");
	event_number(event, "conn", UINT64_MAX);
	event_flag(event, "signed", true);
	event_flag(event, "sealed", false);
	event_text(event, "user", NULL);
	cr_assert_eq(event_level(event), LEVEL_INFO);
	cr_assert_str_eq(event_name(event), "tree");
	assert_lines(event,
		"{\"time\":\"" TIME
		"\",\"level\":\"info\",\"event\":\"tree\",\"unc\":\"\\\\\\\\fs1\\\\hr\","
		"\"conn\":18446744073709551615,\"signed\":true,\"sealed\":false}\n",
		TIME " info tree unc=\"\\\\\\\\fs1\\\\hr\" conn=18446744073709551615 signed=true "
		     "sealed=false\n");
}

Test(event, no_fields_at_all)
{
	assert_lines(event_new(LEVEL_ERROR, "stopping"),
		"{\"time\":\"" TIME "\",\"level\":\"error\",\"event\":\"stopping\"}\n",
		TIME " error stopping\n");
}

Test(event, nested_fields_stay_together)
{
	struct event *event = event_new(LEVEL_INFO, "tree");

	event_open(event, "client_leg");
	event_text(event, "dialect", "2.0.2");
	event_close(event);
	event_text(event, "action", "allow");
	event_open(event, "server_leg");
	event_text(event, "dialect", "3.1.1");
	event_close(event);
	event_open(event, "client_leg");
	event_flag(event, "signing", false);
	event_close(event);
	cr_assert_str_eq(event_field(event, "client_leg.dialect"), "2.0.2");
	cr_assert_str_eq(event_field(event, "server_leg.dialect"), "3.1.1");
	cr_assert_str_eq(event_field(event, "client_leg.signing"), "false");
	cr_assert_null(event_field(event, "dialect"));
	cr_assert_null(event_field(event, "client_leg"));
	assert_lines(event,
		"{\"time\":\"" TIME "\",\"level\":\"info\",\"event\":\"tree\","
		"\"client_leg\":{\"dialect\":\"2.0.2\",\"signing\":false},\"action\":\"allow\","
		"\"server_leg\":{\"dialect\":\"3.1.1\"}}\n",
		TIME " info tree client_leg.dialect=2.0.2 client_leg.signing=false action=allow "
		     "server_leg.dialect=3.1.1\n");
}

Test(event, a_key_stands_once)
{
	struct event *event = event_new(LEVEL_INFO, "x");

	event_text(event, "user", "alice");
	event_number(event, "user", 7);
	cr_assert_str_eq(event_field(event, "user"), "7");
	assert_lines(event,
		"{\"time\":\"" TIME "\",\"level\":\"info\",\"event\":\"x\",\"user\":7}\n", NULL);
}

/* What TEXT becomes between the quotes of JSON. */
static void
assert_escaped(const char *text, const char *want)
{
	struct event *event = event_new(LEVEL_INFO, "x");
	char line[512];

	snprintf(line, sizeof line,
		"{\"time\":\"" TIME "\",\"level\":\"info\",\"event\":\"x\",\"user\":\"%s\"}\n",
		want);
	event_text(event, "user", text);
	assert_lines(event, line, NULL);
}

Test(event, text_cannot_end_its_string_or_its_line)
{
	assert_escaped("\",\"action\":\"allow", "\\\",\\\"action\\\":\\\"allow");
	assert_escaped("x\"}\n{\"event\":\"logon", "x\\\"}\\u000a{\\\"event\\\":\\\"logon");
	assert_escaped("tail\\", "tail\\\\");
	assert_escaped("\\u0022", "\\\\u0022");
	assert_escaped("a\r\tb\x01\x1f\x7f", "a\\u000d\\u0009b\\u0001\\u001f\\u007f");
}

Test(event, text_cannot_steer_a_terminal_or_turn_a_line)
{
	assert_escaped("\x1b[2J", "\\u001b[2J");
	assert_escaped("\xc2\x9b"
		       "2J",
		"\\u009b2J"); /* CSI in Latin-1 */
	assert_escaped("\xe2\x80\xae"
		       "evil",
		"\\u202eevil"); /* right-to-left override */
	assert_escaped("a\xe2\x80\xa8"
		       "b",
		"a\\u2028b"); /* line separator */
	assert_escaped("a\xe2\x81\xa6"
		       "b\xe2\x80\x8b",
		"a\\u2066b\\u200b"); /* isolate, no width */
}

Test(event, utf8_is_kept_and_what_is_not_is_replaced)
{
	assert_escaped("m\xc3\xbcller \xf0\x9f\x98\x80", "m\xc3\xbcller \xf0\x9f\x98\x80");
	assert_escaped("a\xff"
		       "b",
		"a\xef\xbf\xbd"
		"b");
	assert_escaped("\xc0\xa2", "\xef\xbf\xbd\xef\xbf\xbd"); /* an overlong quotation mark */
	assert_escaped("cut\xe2\x82", "cut\xef\xbf\xbd\xef\xbf\xbd");
	assert_escaped("\xc3\"", "\xef\xbf\xbd\\\"");
}

Test(event, every_byte_leaves_one_line_and_an_even_number_of_quotes)
{
	for (int c = 1; c < 256; c++) {
		struct event *event = event_new(LEVEL_INFO, "x");
		char text[] = {'a', (char)c, 'b', '\0'};
		char *lines[2];

		event_text(event, "user", text);
		lines[0] = event_json(event, TIME);
		lines[1] = event_plain(event, TIME);
		for (int i = 0; i < 2; i++) {
			unsigned quotes = 0;

			for (const char *p = lines[i]; *p; p++)
				if (*p == '\\')
					p++;
				else
					quotes += *p == '"';
			cr_assert_eq(quotes % 2, 0, "byte %d", c);
			cr_assert_eq(strchr(lines[i], '\n'), lines[i] + strlen(lines[i]) - 1,
				"byte %d", c);
			free(lines[i]);
		}
		event_free(&event);
	}
}

Test(event, plain_text_cannot_forge_a_field)
{
	struct event *event = event_new(LEVEL_INFO, "x");

	event_text(event, "user", "a action=allow");
	event_text(event, "group", "b=c");
	event_text(event, "none", "");
	assert_lines(event, NULL, TIME " info x user=\"a action=allow\" group=\"b=c\" none=\"\"\n");
}

Test(event, a_long_text_is_cut_at_a_character)
{
	struct event *event = event_new(LEVEL_INFO, "x");
	char *text = malloc(100001);
	char *line;

	for (size_t i = 0; i < 100000; i += 2)
		memcpy(text + i, "\xc3\xbc", 2);
	text[100000] = '\0';
	event_text(event, "user", text);
	line = event_json(event, TIME);
	cr_assert_leq(strlen(line), 2200);
	cr_assert_not_null(strstr(line, "\xc3\xbc\xe2\x80\xa6\"}\n"));
	cr_assert_eq(strlen(event_field(event, "user")), 100000);
	free(line);
	free(text);
	event_free(&event);
}

Test(event, a_fault_brings_its_row)
{
	struct event *event = event_new(LEVEL_WARNING, "refused");

	event_fault(event, &fault_body_malformed);
	cr_assert_str_eq(event_field(event, "reason"), "malformed-message");
	cr_assert_str_eq(event_field(event, "status"), "INVALID_PARAMETER");
	cr_assert_str_eq(event_field(event, "words"), fault_body_malformed.words);
	cr_assert_null(event_field(event, "remedy"));
	event_free(&event);
}

Test(event, a_fault_with_a_remedy_and_an_odd_status)
{
	static const struct fault odd = {"odd", REASON_PATH_REFUSED, 0xc0009999, CUT_MESSAGE, "",
		"it is odd", "Even it out."};
	struct event *event = event_new(LEVEL_WARNING, "refused");

	event_fault(event, NULL);
	cr_assert_null(event_field(event, "reason"));
	event_fault(event, &odd);
	cr_assert_str_eq(event_field(event, "status"), "0xc0009999");
	cr_assert_str_eq(event_field(event, "remedy"), "Even it out.");
	event_free(&event);
}

Test(event, an_unanswered_fault_names_no_status)
{
	struct event *event = event_new(LEVEL_WARNING, "refused");

	event_fault(event, &fault_frame_too_long);
	cr_assert_str_eq(event_field(event, "reason"), "limit-exceeded");
	cr_assert_null(event_field(event, "status"));
	event_free(&event);
}

Test(event, nothing_is_taken_for_an_event)
{
	struct event *none = NULL;

	event_text(none, "a", "b");
	event_number(none, "a", 1);
	event_flag(none, "a", true);
	event_open(none, "a");
	event_close(none);
	event_fault(none, &fault_body_malformed);
	cr_assert_null(event_field(none, "a"));
	cr_assert_null(event_json(none, TIME));
	cr_assert_null(event_plain(none, TIME));
	cr_assert_str_eq(event_name(none), "");
	event_free(&none);
}

Test(level, words_and_back)
{
	for (enum level want = LEVEL_ERROR; want <= LEVEL_DEBUG; want++) {
		enum level level = LEVEL_ERROR;

		cr_assert(level_parse(level_word(want), &level));
		cr_assert_eq(level, want);
	}
	cr_assert_str_eq(level_word(LEVEL_WARNING), "warning");
	cr_assert_not(level_parse("loud", &(enum level){LEVEL_INFO}));
	cr_assert_not(level_parse("", &(enum level){LEVEL_INFO}));
}
