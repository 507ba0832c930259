/* terms.h: what payloads cost, and which of several dialects it will be. */
#include "leg/terms.h"

#include "wire/smb2_header.h"

#include <criterion/criterion.h>

Test(terms, payloads_cost_one_credit_for_each_64_kib)
{
	struct terms terms = {.has_multi_credit = true};

	cr_assert_eq(terms_charge(&terms, 0), 1);
	cr_assert_eq(terms_charge(&terms, 1), 1);
	cr_assert_eq(terms_charge(&terms, 65536), 1);
	cr_assert_eq(terms_charge(&terms, 65537), 2);
	cr_assert_eq(terms_charge(&terms, 131072), 2);
	cr_assert_eq(terms_charge(&terms, LEG_PAYLOAD_MAX), 128);
	terms.has_multi_credit = false;
	cr_assert_eq(terms_charge(&terms, 65537), 1);
}

Test(terms, the_best_dialect_in_common_wins_whatever_the_order)
{
	static const uint16_t all[] = {SMB2_DIALECT_0202, SMB2_DIALECT_0311, SMB2_DIALECT_0210,
		SMB2_DIALECT_0302, SMB2_DIALECT_0300};
	struct offer offer = {.min_dialect = SMB2_DIALECT_0202, .max_dialect = SMB2_DIALECT_0311};

	cr_assert_eq(offer_pick_dialect(&offer, all, 5), SMB2_DIALECT_0311);
	cr_assert_eq(offer_pick_dialect(&offer, all, 1), SMB2_DIALECT_0202);
	offer.max_dialect = SMB2_DIALECT_0300;
	cr_assert_eq(offer_pick_dialect(&offer, all, 5), SMB2_DIALECT_0300);
	offer.min_dialect = SMB2_DIALECT_0300;
	cr_assert_eq(offer_pick_dialect(&offer, all, 4), 0);
	cr_assert_eq(offer_pick_dialect(&offer, all, 0), 0);
}

Test(terms, a_dialect_that_nobody_knows_is_none)
{
	static const uint16_t odd[] = {0x02ff, 0x0301, 0x0310, 0x0400, 0};
	struct offer offer = {.min_dialect = 0, .max_dialect = 0xffff};

	cr_assert_eq(offer_pick_dialect(&offer, odd, 5), 0);
}

Test(terms, an_offer_names_what_it_has)
{
	struct offer offer = {.signing = {SIGNING_AES_CMAC},
		.signing_count = 1,
		.ciphers = {CIPHER_AES_256_GCM, CIPHER_AES_128_CCM},
		.cipher_count = 1};

	cr_assert(offer_has_signing(&offer, SIGNING_AES_CMAC));
	cr_assert_not(offer_has_signing(&offer, SIGNING_HMAC_SHA256));
	cr_assert(offer_has_cipher(&offer, CIPHER_AES_256_GCM));
	cr_assert_not(offer_has_cipher(&offer, CIPHER_AES_128_CCM));
	cr_assert_not(offer_has_cipher(&offer, 0));
}

Test(terms, each_dialect_signs_by_itself)
{
	cr_assert_eq(terms_implied_signing(SMB2_DIALECT_0202), SIGNING_HMAC_SHA256);
	cr_assert_eq(terms_implied_signing(SMB2_DIALECT_0210), SIGNING_HMAC_SHA256);
	cr_assert_eq(terms_implied_signing(SMB2_DIALECT_0300), SIGNING_AES_CMAC);
	cr_assert_eq(terms_implied_signing(SMB2_DIALECT_0302), SIGNING_AES_CMAC);
	cr_assert_eq(terms_implied_signing(SMB2_DIALECT_0311), SIGNING_AES_CMAC);
}
