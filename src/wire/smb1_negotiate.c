/* Reads SMB1's NEGOTIATE request, [MS-CIFS] 2.2.4.52.1, as far as [MS-SMB2] 3.3.5.3 needs it. */
#include "wire/smb1_negotiate.h"
#include "wire/kind.h"
#include "base/reader.h"

#define SMB_COM_NEGOTIATE 0x72
#define BUFFER_FORMAT_DIALECT 0x02
#define FLAGS_REPLY 0x80

/* One dialect: its format byte, its text, a NUL. */
static struct span
dialect_decode(struct reader *r)
{
	struct span text;
	const uint8_t *nul;

	reader_require(r, reader_u8(r) == BUFFER_FORMAT_DIALECT);
	if (!reader_left(r)) {
		reader_require(r, false);
		return (struct span){0};
	}
	nul = memchr(r->data + r->at, 0, reader_left(r));
	reader_require(r, nul != NULL);
	text = reader_bytes(r, nul ? (size_t)(nul - (r->data + r->at)) : 0);
	reader_skip(r, 1);
	return text;
}

static void
dialect_note(struct smb1_negotiate *out, struct span text)
{
	out->has_smb2_002 |= span_equal(text, span_of_text("SMB 2.002"));
	out->has_smb2_wild |= span_equal(text, span_of_text("SMB 2.???"));
	out->has_nt_lm |= span_equal(text, span_of_text("NT LM 0.12"));
	out->dialects[out->dialect_count++] = text;
}

bool
smb1_negotiate_decode(struct span message, struct smb1_negotiate *out)
{
	struct reader r = reader_over(message);
	struct reader dialects;

	*out = (struct smb1_negotiate){0};
	reader_require(&r, wire_kind_of(message) == WIRE_SMB1);
	reader_skip(&r, 4);
	reader_require(&r, reader_u8(&r) == SMB_COM_NEGOTIATE);
	reader_skip(&r, 4);
	reader_require(&r, (reader_u8(&r) & FLAGS_REPLY) == 0);
	reader_seek(&r, SMB1_HEADER_SIZE);
	reader_require(&r, reader_u8(&r) == 0); /* WordCount */
	dialects = reader_over(reader_bytes(&r, reader_u16(&r)));
	while (reader_ok(&r) && reader_left(&dialects)) {
		struct span text = dialect_decode(&dialects);

		reader_require(&r, reader_ok(&dialects));
		reader_require(&r, out->dialect_count < SMB1_DIALECTS_MAX);
		if (reader_ok(&r))
			dialect_note(out, text);
	}
	return reader_ok(&r);
}
