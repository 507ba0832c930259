/* session.h: nothing verifies without a key, and nothing that has been changed verifies at all. */
#include "leg/leg.h"

#include "wire/smb2_echo.h"

#include <criterion/criterion.h>

static struct leg client, server;
static struct leg_session *ours, *theirs;
static uint8_t message[256];
static size_t len;

static void
start(void)
{
	struct smb2_header header = {.command = SMB2_ECHO, .message_id = 5, .session_id = 9};
	struct writer w = writer_over(message, sizeof message);

	leg_start(&client, LEG_BACK, 0);
	leg_start(&server, LEG_FRONT, 100);
	ours = leg_session_new(&client, 9);
	theirs = leg_session_new(&server, 9);
	writer_zero(&w, SMB2_HEADER_SIZE);
	smb2_echo_request_encode(&w);
	smb2_header_encode(&header, message);
	len = w.at;
}

static void
stop(void)
{
	leg_clear(&client);
	leg_clear(&server);
}

TestSuite(session, .init = start, .fini = stop);

static void
establish(uint16_t dialect, enum signing_algorithm algorithm, enum cipher cipher)
{
	struct terms terms = {.dialect = dialect, .signs_with = algorithm, .seals_with = cipher};

	cr_assert_null(session_establish(ours, &terms, span_of("sixteen letters.", 16)));
	cr_assert_null(session_establish(theirs, &terms, span_of("sixteen letters.", 16)));
}

static struct frame *
frame_of_message(void)
{
	struct frame *frame = frame_new(len);

	memcpy(frame->data, message, len);
	frame->len = len;
	return frame;
}

Test(session, no_key_no_signature)
{
	uint8_t before[sizeof message];

	memcpy(before, message, sizeof before);
	cr_assert_eq(session_verify(ours, message, len), &fault_bad_signature);
	cr_assert_arr_eq(before, message, sizeof before);
	cr_assert_eq(session_sign(ours, message, len), &fault_crypto_failed);
}

Test(session, what_one_signs_the_other_verifies)
{
	static const struct {
		uint16_t dialect;
		enum signing_algorithm algorithm;
	} ways[] = {
		{SMB2_DIALECT_0202, SIGNING_HMAC_SHA256},
		{SMB2_DIALECT_0302, SIGNING_AES_CMAC},
		{SMB2_DIALECT_0311, SIGNING_AES_GMAC},
	};

	for (size_t i = 0; i < 3; i++) {
		stop();
		start();
		establish(ways[i].dialect, ways[i].algorithm, 0);
		cr_assert_null(session_sign(ours, message, len));
		cr_assert_null(session_verify(theirs, message, len));
		/* and again: verifying puts the signature back */
		cr_assert_null(session_verify(theirs, message, len));
		for (size_t at = 0; at < len; at++) {
			message[at] ^= 1;
			cr_assert_eq(session_verify(theirs, message, len), &fault_bad_signature,
				"byte %zu", at);
			message[at] ^= 1;
		}
		cr_assert_eq(session_verify(theirs, message, len - 1), &fault_bad_signature);
		cr_assert_eq(session_verify(theirs, message, 10), &fault_bad_signature);
	}
}

/* GMAC: the same bytes as a request and as its answer must not have the same nonce. */
Test(session, the_nonce_knows_who_speaks_and_what_is_a_cancel)
{
	struct smb2_header header;
	uint8_t first[SIGNATURE_SIZE];

	establish(SMB2_DIALECT_0311, SIGNING_AES_GMAC, 0);
	cr_assert_null(session_sign(ours, message, len));
	memcpy(first, smb2_header_signature(message), sizeof first);
	cr_assert(smb2_header_decode(span_of(message, len), &header));
	header.command = SMB2_CANCEL;
	smb2_header_encode(&header, message);
	cr_assert_null(session_sign(ours, message, len));
	cr_assert_null(session_verify(theirs, message, len));
	cr_assert_arr_neq(first, smb2_header_signature(message), sizeof first);
}

Test(session, keys_are_derived_once)
{
	struct terms terms = {.dialect = SMB2_DIALECT_0202};

	establish(SMB2_DIALECT_0202, SIGNING_HMAC_SHA256, 0);
	cr_assert_eq(session_establish(ours, &terms, span_of("sixteen letters.", 16)),
		&fault_internal_error);
}

Test(session, no_keys_from_nothing)
{
	struct terms terms = {.dialect = SMB2_DIALECT_0311, .signs_with = SIGNING_AES_CMAC};

	cr_assert_eq(session_establish(ours, &terms, (struct span){0}), &fault_crypto_failed);
	cr_assert_eq(ours->state, SESSION_SETTING_UP);
	terms.dialect = 0x0666;
	cr_assert_eq(session_establish(ours, &terms, span_of("sixteen letters.", 16)),
		&fault_crypto_failed);
	cr_assert_eq(session_verify(ours, message, len), &fault_bad_signature);
}

Test(session, the_hash_makes_the_keys)
{
	struct terms terms = {.dialect = SMB2_DIALECT_0311, .signs_with = SIGNING_AES_CMAC};

	cr_assert_null(session_hash(ours, span_of("one", 3)));
	cr_assert_null(session_hash(theirs, span_of("two", 3)));
	cr_assert_null(session_establish(ours, &terms, span_of("sixteen letters.", 16)));
	cr_assert_null(session_establish(theirs, &terms, span_of("sixteen letters.", 16)));
	cr_assert_null(session_sign(ours, message, len));
	cr_assert_eq(session_verify(theirs, message, len), &fault_bad_signature);
}

Test(session, nothing_leaves_protected_without_a_session)
{
	struct frame *frame = frame_of_message();

	cr_assert_null(leg_protect(&client, NULL, frame, PROTECT_NOTHING));
	cr_assert_eq(leg_protect(&client, NULL, frame, PROTECT_SIGN), &fault_internal_error);
	cr_assert_eq(leg_protect(&client, NULL, frame, PROTECT_SEAL), &fault_internal_error);
	cr_assert_eq(leg_protect(&client, ours, frame, PROTECT_SIGN), &fault_crypto_failed);
	cr_assert_eq(leg_protect(&client, ours, frame, PROTECT_SEAL), &fault_crypto_failed);
	establish(SMB2_DIALECT_0202, SIGNING_HMAC_SHA256, 0);
	cr_assert_eq(leg_protect(&client, ours, frame, PROTECT_SEAL), &fault_crypto_failed);
	frame_free(&frame);
}

Test(session, no_nonce_is_used_twice)
{
	struct frame *first = frame_of_message(), *second = frame_of_message();

	establish(SMB2_DIALECT_0311, SIGNING_AES_CMAC, CIPHER_AES_128_GCM);
	cr_assert_null(leg_protect(&client, ours, first, PROTECT_SEAL));
	cr_assert_null(leg_protect(&client, ours, second, PROTECT_SEAL));
	cr_assert_arr_neq(first->data + 20, second->data + 20, 16);
	frame_free(&first);
	frame_free(&second);
	ours->nonce = UINT64_MAX;
	first = frame_of_message();
	cr_assert_eq(leg_protect(&client, ours, first, PROTECT_SEAL), &fault_crypto_failed);
	frame_free(&first);
}

Test(session, ids_are_taken_once)
{
	struct leg_session *unnamed = leg_session_new_unnamed(&client);

	cr_assert_null(leg_session_new(&client, 9));
	cr_assert_not(leg_session_name(&client, unnamed, 0));
	cr_assert_not(leg_session_name(&client, unnamed, 9));
	cr_assert(leg_session_name(&client, unnamed, 10));
	cr_assert_not(leg_session_name(&client, unnamed, 11));
	leg_session_end(&client, &unnamed);
	cr_assert_null(unnamed);
	cr_assert_null(idmap_find(&client.sessions, 10));
	unnamed = NULL;
	leg_session_end(&client, &unnamed);
}

Test(session, one_that_is_owed_an_answer_keeps_its_keys_until_then)
{
	struct asked *first, *second;
	struct leg_session *session = ours;

	match_granted(&client.match, 5);
	first = match_ask(&client.match, 1);
	first->session = session;
	second = match_ask(&client.match, 1);
	second->session = session;
	leg_session_end(&client, &session);
	cr_assert_null(session);
	cr_assert_eq(idmap_find(&client.sessions, 9), ours);
	leg_settle(&client, &first);
	cr_assert_eq(idmap_find(&client.sessions, 9), ours);
	leg_settle(&client, &second);
	cr_assert_null(idmap_find(&client.sessions, 9));
}
