"""Somebody between smbwarden and the server, or between client and smbwarden, changes what goes by.

The client reaches smbwarden through one relay that keeps every byte the client was sent, and smbwarden
the server through another that does the harm. Nothing of a message that was changed may reach the client.
"""

import struct

from cases import case
from fixture import ALICE, Smbclient, check, check_equal
from peer import ACCESS_DENIED, PENDING, Ended, Peer
from relay import NEGOTIATE, READ, SEALED, SESSION_SETUP, WRITE

MARKER = b"SMBWARDEN MARKER "
CONTENT = MARKER * 2000
# What the server leg is protected by, and the word for a message that fails it.
LEGS = {"signed": (["server smb encrypt = off", "server signing = mandatory"], "bad-signature"),
        "sealed": (["server smb encrypt = required"], "unseal-failed")}


class Harm:
    """client -> relay -> smbwarden -> relay -> server; change(message) sees the server's answers."""

    def __init__(self, place, leg, change=None, on_request=None, **settings):
        place.needs_program()
        self.server = place.samba(*LEGS[leg][0])
        (self.server.root() / "secret").write_bytes(CONTENT)
        self.far = place.relay(self.server, on_answer=change, on_request=on_request)
        self.warden = place.warden(self.far, **settings)
        self.near = place.relay(self.warden, record=True)
        self.reason = LEGS[leg][1]

    def read_secret(self, seconds=20):
        """What smbclient makes of reading the file over SMB 2.0.2, unsigned; True if it worked."""
        _, status = Smbclient(self.near).run("get secret /dev/null", seconds=seconds)
        return status == 0

    def check_nothing_came(self, since=0):
        check(MARKER not in self.near.answers[since:], "the client was sent what the server never said so")


def first_long_answer(change):
    """A hook that changes the first answer that can hold the file."""
    done = []

    def hook(message):
        if not done and message.after_logon is not None and len(message.bytes) > len(CONTENT):
            done.append(True)
            return change(message)
        return None
    return hook


def spot(leg, where):
    """Where in a READ answer a byte is flipped, counted from the start of the message or from its end."""
    signed = {"status": 8, "credits": 14, "flags": 18, "signature": 48, "length": 68, "first": 84, "last": -1}
    sealed = {"signature": 4, "nonce": 20, "session": 44, "header": 60, "first": 200, "last": -1}
    return (signed if leg == "signed" else sealed)[where]


@case()
def marker_is_seen_when_nobody_harms(place):
    """The measure itself: without harm the marker does reach the client in clear."""
    for leg in LEGS:
        harm = Harm(place, leg)
        check(harm.read_secret(), "an honest read failed")
        check(MARKER in harm.near.answers, "the relay did not see what the client read")
        harm.warden.check_alive()


for leg_, spots in {"signed": ("status", "credits", "flags", "signature", "length", "first", "last"),
                    "sealed": ("signature", "nonce", "session", "header", "first", "last")}.items():
    for where_ in spots:
        @case(f"flipped-bit-{leg_}-{where_}", leg=leg_, where=where_)
        def flipped_bit(place, leg, where):
            harm = Harm(place, leg, first_long_answer(lambda message: message.flip(spot(leg, where))))
            check(not harm.read_secret(), "the read succeeded")
            harm.check_nothing_came()
            refusals = harm.warden.events(event="refused")
            check(refusals, "the log tells of no refusal")
            if where in ("signature", "first", "last", "nonce", "header"):
                check_equal(refusals[0]["reason"], harm.reason, "reason")
            check(harm.read_secret(), "the next, honest read failed")
            harm.warden.check_alive()


for leg_ in LEGS:
    @case(f"flipped-bit-{leg_}-any-answer", leg=leg_, seconds=120, slow=True)
    def flipped_bit_of_any_answer(place, leg):
        """The n-th answer after logon, whatever it is, for every n that there is."""
        state = {"n": 0, "hit": None}

        def change(message):
            if message.after_logon == state["n"]:
                state["hit"] = message
                message.flip(len(message.bytes) - 1)
        harm = Harm(place, leg, change)
        while True:
            state["hit"], refusals = None, len(harm.warden.events(event="refused"))
            since = len(harm.near.answers)
            worked = harm.read_secret()
            if state["hit"] is None:
                break
            told = harm.warden.events(event="refused")[refusals:]
            # [MS-SMB2] 3.2.5.1.3: an interim answer is the one that nobody signs; it says nothing.
            interim = state["hit"].status == PENDING
            check(not worked or told or interim, f"answer {state['n']} was changed, and nobody noticed")
            check({event["reason"] for event in told} <= {harm.reason}, f"answer {state['n']}: {told}")
            if len(state["hit"].bytes) > len(CONTENT):
                harm.check_nothing_came(since)
            state["n"] += 1
        check(state["n"] >= 4, f"only {state['n']} answers were changed")
        harm.warden.check_alive()

    @case(f"dropped-protection-{leg_}", leg=leg_)
    def dropped_protection(place, leg):
        """An answer in clear, unsigned, in the place of a protected one."""
        def change(message):
            plain = bytearray(64 + 9)
            struct.pack_into("<4sHHIHHI", plain, 0, b"\xfeSMB", 64, 1, 0xC0000022, READ, 1, 1)
            struct.pack_into("<H", plain, 64, 9)
            if message.command != SEALED:
                plain[24:48] = message.bytes[24:48]
            message.bytes = plain
        harm = Harm(place, leg, first_long_answer(change))
        check(not harm.read_secret(), "the read succeeded")
        harm.check_nothing_came()
        reasons = {event["reason"] for event in harm.warden.events(event="refused")}
        check(reasons <= {"unsigned-message", "unsealed-message", "replayed-message"} and reasons, f"reasons: {reasons}")
        harm.warden.check_alive()

    @case(f"replayed-answer-{leg_}", leg=leg_)
    def replayed_answer(place, leg):
        """An earlier answer, rightly protected, in the place of a later one."""
        kept = []

        def change(message):
            if message.after_logon is None:
                return
            if len(message.bytes) > len(CONTENT) and kept:
                message.bytes = bytearray(kept[0])
            kept.append(bytes(message.bytes))
        harm = Harm(place, leg, change)
        check(not harm.read_secret(), "the read succeeded")
        harm.check_nothing_came()
        check(harm.warden.events(event="refused"), "the log tells of no refusal")
        harm.warden.check_alive()

    @case(f"changed-request-{leg_}", leg=leg_)
    def changed_request(place, leg):
        """What smbwarden tells the server is protected as well: a changed write is never carried out."""
        def change(message):
            if message.after_logon is not None and len(message.bytes) > len(CONTENT):
                message.flip(len(message.bytes) - 1)
        harm = Harm(place, leg, on_request=change)
        source = place.dir / "source"
        source.write_bytes(CONTENT)
        _, status = Smbclient(harm.near).run(f'put "{source}" changed', seconds=20)
        landed = harm.server.root() / "changed"
        check(status != 0, "the write succeeded")
        check(not landed.exists() or landed.stat().st_size == 0, "the server took the changed bytes")
        harm.warden.check_alive()


# The negotiation of the server leg. Each changes what the server said, before there are keys.

def roll_back(message):
    """DialectRevision 3.1.1 -> 3.0.2."""
    if message.command == NEGOTIATE:
        struct.pack_into("<H", message.bytes, 64 + 4, 0x0302)


def context(message, kind):
    """Offset of the data of the negotiate context KIND."""
    count, = struct.unpack_from("<H", message.bytes, 64 + 6)
    at, = struct.unpack_from("<I", message.bytes, 64 + 60)
    for _ in range(count):
        found, length = struct.unpack_from("<HH", message.bytes, at)
        if found == kind:
            return at + 8
        at += 8 + (length + 7 & ~7)
    return None


def other_cipher(message):
    """The server chose AES-128-GCM or another; say AES-128-CCM or, if it was that, AES-128-GCM."""
    if message.command == NEGOTIATE and (at := context(message, 2)):
        chosen, = struct.unpack_from("<H", message.bytes, at + 2)
        struct.pack_into("<H", message.bytes, at + 2, 1 if chosen != 1 else 2)


def other_signing(message):
    """The server chose AES-128-GMAC; say AES-128-CMAC."""
    if message.command == NEGOTIATE and (at := context(message, 8)):
        struct.pack_into("<H", message.bytes, at + 2, 1)


def unoffered_signing(message):
    if message.command == NEGOTIATE and (at := context(message, 8)):
        struct.pack_into("<H", message.bytes, at + 2, 7)


def other_salt(message):
    """One bit of the salt in the preauthentication context: no meaning of its own, but the hash covers it."""
    if message.command == NEGOTIATE and (at := context(message, 1)):
        message.flip(at + 6)


def other_server_guid(message):
    if message.command == NEGOTIATE:
        message.flip(64 + 8)


def less_capable(message):
    if message.command == NEGOTIATE:
        struct.pack_into("<I", message.bytes, 64 + 24, 0)


def unsigned_logon(message):
    """The final SESSION_SETUP answer loses its signature and the flag that says it has one."""
    if message.command == SESSION_SETUP and message.status == 0:
        struct.pack_into("<I", message.bytes, 16, message.flags & ~8)
        message.bytes[48:64] = bytes(16)


def forged_logon(message):
    if message.command == SESSION_SETUP and message.status == 0:
        message.flip(50)


def guest_logon(message):
    """SMB2_SESSION_FLAG_IS_GUEST, which would excuse the server from signing."""
    if message.command == SESSION_SETUP and message.status == 0:
        struct.pack_into("<H", message.bytes, 64 + 2, 1)
        struct.pack_into("<I", message.bytes, 16, message.flags & ~8)
        message.bytes[48:64] = bytes(16)


DOWNGRADE = {"negotiation-tampered", "server-downgraded", "dialect-unmet", "dialect-refused", "guest-refused",
             "bad-signature", "unsigned-message", "server-logon-failed", "malformed-message"}
for harm_ in (roll_back, other_cipher, other_signing, unoffered_signing, other_salt, other_server_guid, less_capable,
              unsigned_logon, forged_logon, guest_logon):
    @case(f"negotiation-{harm_.__name__.replace('_', '-')}", harm_=harm_)
    def negotiation(place, harm_):
        hits = []

        def change(message):
            before = bytes(message.bytes)
            harm_(message)
            hits.append(before != message.bytes)
        harm = Harm(place, "sealed" if harm_ is other_cipher else "signed", change)
        served = harm.read_secret()
        check(any(hits), "there was nothing to change")
        check(not served, "the client was served")
        harm.check_nothing_came()
        reasons = {event["reason"] for event in harm.warden.events(event="refused")}
        print(reasons)
        check(reasons and reasons <= DOWNGRADE, f"reasons: {reasons}")
        harm.warden.check_alive()


@case()
def rolled_back_request(place):
    """The client's side of the server leg's NEGOTIATE is changed: 3.1.1 is struck from the list."""
    def change(message):
        if message.command == NEGOTIATE:
            count, = struct.unpack_from("<H", message.bytes, 64 + 2)
            for at in range(100, 100 + 2 * count, 2):
                if struct.unpack_from("<H", message.bytes, at)[0] == 0x0311:
                    struct.pack_into("<H", message.bytes, at, 0x0300)
    harm = Harm(place, "signed", on_request=change)
    check(not harm.read_secret(), "the client was served")
    check(harm.warden.events(event="refused"), "the log tells of no refusal")
    harm.warden.check_alive()


ADMITS_3_0 = "min_dialect: 3.0, max_dialect: 3.0.2, signing_algorithms: [aes-128-cmac]"


@case()
def rolled_back_3_0_answer(place):
    """3.0 and 3.0.2 have the same keys: FSCTL_VALIDATE_NEGOTIATE_INFO alone notices."""
    def change(message):
        if message.command == NEGOTIATE:
            struct.pack_into("<H", message.bytes, 64 + 4, 0x0300)
    harm = Harm(place, "signed", change, upstream=ADMITS_3_0)
    check(not harm.read_secret(), "the client was served")
    harm.warden.expect_refusal("negotiation-tampered")
    harm.warden.check_alive()


@case()
def rolled_back_3_0_request(place):
    """The same from the other side: the server notices, and says so by closing the connection."""
    def change(message):
        if message.command == NEGOTIATE:
            count, = struct.unpack_from("<H", message.bytes, 64 + 2)
            for at in range(100, 100 + 2 * count, 2):
                if struct.unpack_from("<H", message.bytes, at)[0] == 0x0302:
                    struct.pack_into("<H", message.bytes, at, 0x0300)
    harm = Harm(place, "signed", on_request=change, upstream=ADMITS_3_0)
    check(not harm.read_secret(), "the client was served")
    reasons = {event["reason"] for event in harm.warden.events(event="refused")}
    check(reasons & {"negotiation-tampered", "server-downgraded"}, f"reasons: {reasons}")
    harm.warden.check_alive()


# The client leg: a client that signs is protected against the same.

@case()
def signed_client_request_is_changed(place):
    place.needs_program()
    server = place.samba(hardened=True)
    warden = place.warden(server, client="signing: required")

    def change(message):
        if message.command == WRITE:
            message.flip(len(message.bytes) - 1)
    peer = Peer(place.relay(warden, on_request=change), sign=True).on_share(ALICE)
    file = peer.open("x")
    try:
        status = peer.write(file, CONTENT, want=None)
    except Ended:
        status = ACCESS_DENIED
    check_equal(status, ACCESS_DENIED, "status of a write that was changed")
    check_equal((server.root() / "x").stat().st_size, 0, "bytes that the server has")
    warden.expect_refusal("bad-signature")
    warden.check_alive()


@case()
def unsigned_client_request(place):
    """The listener demands signing; the client stops it after logon."""
    place.needs_program()
    warden = place.warden(place.samba(hardened=True), client="signing: required")
    peer = Peer(warden, sign=True).on_share(ALICE)
    peer.sign = False
    try:
        answer = peer.open("x", want=None)
    except Ended:
        answer = ACCESS_DENIED
    check_equal(answer, ACCESS_DENIED, "status of an unsigned request")
    warden.expect_refusal("unsigned-message")
    warden.check_alive()
