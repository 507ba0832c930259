/* digest.h against the examples of FIPS 180-4. */
#include "crypto/digest.h"
#include "hex.h"

#include <criterion/criterion.h>

Test(digest, sha256_of_the_standards_examples)
{
	uint8_t out[32];

	cr_assert(digest_sha256(span_of_text("abc"), out));
	cr_assert(hex_same(out, sizeof(out),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	cr_assert(digest_sha256((struct span){0}, out));
	cr_assert(hex_same(out, sizeof(out),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

Test(digest, sha512_of_the_standards_examples)
{
	uint8_t out[64];

	cr_assert(digest_sha512(span_of_text("abc"), out));
	cr_assert(hex_same(out, sizeof(out),
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
}
