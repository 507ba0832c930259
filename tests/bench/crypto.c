/*
 * How fast this machine signs and seals, by algorithm and length, in GB/s on one core. Not a test:
 * run it by hand before and after a change to crypto/.
 */
#include "crypto/sealer.h"
#include "crypto/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LONGEST (1 << 20)
#define SECONDS 0.25

static const size_t lengths[] = {256, 4096, 65536, LONGEST};

#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

/* What is measured: one message of LEN bytes at DATA. */
struct work {
	struct signer *signer;
	struct sealer *sealer;
	uint8_t *data;
	size_t len;
};

static bool
once(struct work *work)
{
	static uint8_t nonce[SEAL_NONCE_MAX];
	static uint8_t tag[SEAL_TAG_SIZE];

	nonce[0]++;
	if (work->signer)
		return signer_compute(work->signer, nonce, span_of(work->data, work->len), tag);
	return sealer_seal(
		work->sealer, nonce, span_of(nonce, sizeof(nonce)), work->data, work->len, tag);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* GB/s, or a negative number where it failed. */
static double
speed(struct work *work)
{
	double start = now();
	double spent;
	size_t messages = 0;

	do {
		for (size_t i = 0; i < 1 + 65536 / work->len; i++, messages++) {
			if (!once(work))
				return -1;
		}
		spent = now() - start;
	} while (spent < SECONDS);
	return (double)messages * (double)work->len / spent / 1e9;
}

static void
row(const char *word, struct work work)
{
	printf("%-14s", word);
	for (size_t i = 0; i < LENGTHS; i++) {
		work.len = lengths[i];
		printf(" %9.2f", speed(&work));
	}
	printf("\n");
}

int
main(void)
{
	static const uint8_t key[SEAL_KEY_MAX] = {1};
	uint8_t *data = calloc(1, LONGEST);

	if (!data)
		return 3;
	printf("%-14s", "GB/s, bytes:");
	for (size_t i = 0; i < LENGTHS; i++)
		printf(" %9zu", lengths[i]);
	printf("\n");
	for (int i = SIGNING_HMAC_SHA256; i <= SIGNING_AES_GMAC; i++) {
		struct signer *signer = signer_new((enum signing_algorithm)i, key);

		if (signer)
			row(signing_word((enum signing_algorithm)i),
				(struct work){.signer = signer, .data = data});
		signer_free(&signer);
	}
	for (int i = CIPHER_AES_128_CCM; i <= CIPHER_AES_256_GCM; i++) {
		struct sealer *sealer = sealer_new((enum cipher)i, key);

		if (sealer)
			row(cipher_word((enum cipher)i),
				(struct work){.sealer = sealer, .data = data});
		sealer_free(&sealer);
	}
	free(data);
	return 0;
}
