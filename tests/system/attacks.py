"""Somebody with a plan, on either leg: each attack, the reason that the log gives, what the client sees.

The victim's messages go by the attacker; a bystander is connected before, is left alone by the attacker, and must
read on as if nothing had happened. Not a byte that the attacker made up may reach the victim. docs/attacks.md is
made from this list.
"""

import dataclasses
import struct

from cases import case
from fixture import ALICE, BOB, HERE, Smbclient, check, check_equal, wait_for
from forge import (ANSWER_CAPABILITIES, ANSWER_DIALECT, ANSWER_GUID, CIPHERS, PREAUTH, SIGNING, Thief, context, header,
                   is_answer_to_negotiate, is_last_of_logon, message_id, put, strike_dialect, unsign)
from peer import OPLOCK_BREAK, PENDING, UNSOLICITED, Ended, Peer, Refused
from relay import CREATE, IOCTL, NEGOTIATE, READ, SEALED, SESSION_SETUP, TREE_CONNECT, WRITE

CONTENT = b"what the server says " * 2000
FORGED = b"FORGED BY SOMEBODY ELSE "
PAGE = HERE.parents[1] / "docs" / "attacks.md"
ENDS, SERVED = "the connection ends", "what the server said"
STATUS = {0xC0000022: "ACCESS_DENIED", 0xC00000CC: "BAD_NETWORK_NAME", 0xC000000D: "INVALID_PARAMETER",
          0xC000006D: "LOGON_FAILURE", 0xC000009A: "INSUFFICIENT_RESOURCES"}
SIGNED, ALL_SEALED = "", "encryption: always"
OLD = "min_dialect: 2.1, max_dialect: 2.1, signing_algorithms: [hmac-sha256]"  # what a thief's signature is for
UP_TO_3_0_2 = "min_dialect: 3.0, max_dialect: 3.0.2, signing_algorithms: [aes-128-cmac]"


@dataclasses.dataclass
class Attack:
    what: str
    leg: str  # "server" or "client"
    reason: str  # of the log; empty: there is nothing to refuse
    told: str  # what the victim gets
    name: str

    def row(self):
        return f"| {self.what} | {self.leg} | {f'`{self.reason}`' if self.reason else '–'} | {self.told} | `{self.name}` |"


ATTACKS = []


def attack(what, leg, reason, told=ENDS, seconds=60):
    """Puts the function below into the list: it plays the attack and returns (warden, what the victim got)."""
    def add(body):
        name = f"attack-{body.__name__.replace('_', '-')}"
        ATTACKS.append(Attack(what, leg, reason, told, name))

        @case(name, seconds=seconds)
        def play(place):
            place.needs_program()
            warden, got = body(place)
            if reason:
                wait_for("the refusal", lambda: warden.events(event="refused") + warden.events(event="server-down"))
            told_of = warden.events(event="refused") + warden.events(event="server-down")
            check_equal({event["reason"] for event in told_of}, {reason} if reason else set(), "reasons in the log")
            check_equal(got, told, "what the victim got")
            warden.check_alive()
        return body
    return add


def visit(target, sign=False, write=False):
    """A client that reads the file `said`, and perhaps writes another: what it got."""
    try:
        peer = Peer(target, sign=sign).on_share(ALICE)
        file = peer.open("said", oplock=1)
        content = peer.read(file, 60000)
        if write:
            peer.write(peer.open("written"), CONTENT)
        peer.read(file, 60000)
    except Ended:
        return ENDS
    except Refused as refusal:
        return STATUS.get(refusal.status, hex(refusal.status))
    check_equal(content, CONTENT, "what was read")
    return SERVED


class Bystander:
    """Whom the attacker leaves alone."""

    def __init__(self, target):
        self._peer = Peer(target, sign=True).on_share(BOB)
        self._file = self._peer.open("said")
        self.read()

    def read(self):
        check_equal(self._peer.read(self._file, 60000), CONTENT, "what the bystander reads")


# On the server leg.

def server_with_file(place, options):
    server = place.samba(*options)
    (server.root() / "said").write_bytes(CONTENT)
    (server.root() / "said").chmod(0o666)
    return server


def on_server_leg(place, on_answer=None, on_request=None, upstream=SIGNED, write=False, top=""):
    """The attacker between smbwarden and the server: hooks see each message of the victim. (warden, what it got)"""
    server = server_with_file(place, ["server min protocol = SMB2_02", "server signing = mandatory"])

    def but_for_the_bystander(hook):
        return hook and (lambda message: hook(message) if message.wire.number else None)
    far = place.relay(server, on_answer=but_for_the_bystander(on_answer),
                      on_request=but_for_the_bystander(on_request))
    # Nothing is remembered from the bystander: what each gate says by itself is what is to be seen.
    warden = place.warden(far, state="none", upstream=", ".join(filter(None, [upstream, "connect_timeout: 1s"])),
                          top=top or "limits: {logon_time: 3s}")
    bystander = Bystander(warden)
    near = place.relay(warden, record=True)
    got = visit(near, write=write)
    bystander.read()
    check(FORGED not in near.answers, "the victim was sent what the attacker said")
    if write:
        written = server.root() / "written"
        check(not written.exists() or written.stat().st_size == 0, "the server took what the attacker changed")
    return warden, got


def in_negotiation(change):
    """A hook that has CHANGE alter the answer to NEGOTIATE."""
    return lambda message: change(message.bytes) if is_answer_to_negotiate(message) else None


def in_request_to_negotiate(change):
    return lambda message: change(message.bytes) if message.command == NEGOTIATE else None


def at_read(change):
    """A hook that has CHANGE alter the first answer that is long enough for the file."""
    def hook(message):
        if not hasattr(message.wire, "done") and message.after_logon is not None and len(message.bytes) > len(CONTENT):
            message.wire.done = True
            return change(message)
        return None
    return hook


def at_first(command, change):
    """A hook that has CHANGE alter the first answer to COMMAND that is one."""
    def hook(message):
        if not hasattr(message.wire, "done") and message.command == command and message.status != PENDING:
            message.wire.done = True
            return change(message)
        return None
    return hook


@attack("strike 3.1.1 from smbwarden's offer", "server", "server-downgraded", "ACCESS_DENIED")
def offer_rolled_back(place):
    return on_server_leg(place, on_request=in_request_to_negotiate(lambda data: strike_dialect(data, 0x0311, 0x0302)))


@attack("roll the server's choice back to 3.0.2", "server", "server-downgraded", "ACCESS_DENIED")
def choice_rolled_back(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", ANSWER_DIALECT, 0x0302)))


@attack("strike the server's negotiate contexts", "server", "negotiation-tampered", "ACCESS_DENIED")
def contexts_dropped(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", 64 + 6, 0)))


@attack("another preauthentication hash", "server", "negotiation-tampered", "ACCESS_DENIED")
def hash_changed(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", context(data, PREAUTH) + 4, 2)))


@attack("another salt, which means nothing but is hashed", "server", "negotiation-tampered", "ACCESS_DENIED")
def salt_changed(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", context(data, PREAUTH) + 6, 0x4040)))


@attack("another ServerGuid, which means nothing but is hashed", "server", "negotiation-tampered", "ACCESS_DENIED")
def guid_changed(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<Q", ANSWER_GUID, 0x4040)))


@attack("fewer capabilities", "server", "negotiation-tampered", "ACCESS_DENIED")
def capabilities_cleared(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<I", ANSWER_CAPABILITIES, 0)))


@attack("a server that cannot sign: SIGNING_ENABLED cleared", "server", "integrity-unmet", "ACCESS_DENIED")
def signing_bit_cleared(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", 64 + 2, 0)))


@attack("a signing algorithm that smbwarden offered and the server did not choose", "server", "negotiation-tampered",
        "ACCESS_DENIED")
def other_algorithm(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", context(data, SIGNING) + 2, 1)))


@attack("a signing algorithm that nobody offered", "server", "server-downgraded", "ACCESS_DENIED")
def algorithm_unoffered(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", context(data, SIGNING) + 2, 7)))


@attack("a cipher that the server did not choose", "server", "negotiation-tampered", "ACCESS_DENIED")
def other_cipher(place):
    def change(data):
        at = context(data, CIPHERS) + 2
        put(data, "<H", at, 1 if data[at] != 1 else 2)
    return on_server_leg(place, in_negotiation(change), upstream=ALL_SEALED)


@attack("a cipher that nobody offered", "server", "server-downgraded", "ACCESS_DENIED")
def cipher_unoffered(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", context(data, CIPHERS) + 2, 9)))


@attack("roll the choice back from 3.0.2 to 3.0, which have the same keys", "server", "negotiation-tampered",
        "ACCESS_DENIED")
def choice_rolled_back_to_3_0(place):
    return on_server_leg(place, in_negotiation(lambda data: put(data, "<H", ANSWER_DIALECT, 0x0300)),
                         upstream=UP_TO_3_0_2)


@attack("strike 3.0.2 from the offer, with 3.0 admitted", "server", "negotiation-tampered", "ACCESS_DENIED")
def offer_rolled_back_to_3_0(place):
    return on_server_leg(place, upstream=UP_TO_3_0_2, on_request=in_request_to_negotiate(
        lambda data: strike_dialect(data, 0x0302, 0x0300)))


@attack("answer FSCTL_VALIDATE_NEGOTIATE_INFO with an unsigned NOT_SUPPORTED", "server", "unsigned-message",
        "ACCESS_DENIED")
def validation_denied(place):
    def change(message):
        number, tree, session = struct.unpack_from("<Q4xIQ", message.bytes, 24)
        message.bytes = bytearray(header(IOCTL, number, status=0xC00000BB, tree=tree, session=session)
                                  + struct.pack("<HHIB", 9, 0, 0, 0))
    return on_server_leg(place, at_first(IOCTL, change), upstream=UP_TO_3_0_2)


@attack("never answer FSCTL_VALIDATE_NEGOTIATE_INFO", "server", "server-unreachable", "BAD_NETWORK_NAME", seconds=90)
def validation_unanswered(place):
    return on_server_leg(place, at_first(IOCTL, lambda message: False), upstream=UP_TO_3_0_2)


@attack("answer it falsely, signed with the key that a stolen password gives", "server", "negotiation-tampered",
        "ACCESS_DENIED")
def validation_forged(place):
    return by_a_thief(place, IOCTL, lambda data: put(data, "<I", 64 + 48, 0x7F))


@attack("never answer NEGOTIATE", "server", "server-unreachable", "BAD_NETWORK_NAME")
def negotiation_unanswered(place):
    return on_server_leg(place, lambda message: False)


@attack("never answer the logon", "server", "server-logon-failed", "ACCESS_DENIED")
def logon_unanswered(place):
    return on_server_leg(place, lambda message: False if message.command == SESSION_SETUP else None)


@attack("strike 128-bit keys, key exchange and signing from the server's NTLM challenge", "server",
        "server-logon-failed", "ACCESS_DENIED")
def challenge_weakened(place):
    def hook(message):
        at = message.bytes.find(b"NTLMSSP\0\2\0\0\0") if message.command == SESSION_SETUP else -1
        if at >= 0:
            flags, = struct.unpack_from("<I", message.bytes, at + 20)
            put(message.bytes, "<I", at + 20, flags & ~0x60000030)
    return on_server_leg(place, hook)


@attack("take the signature off the last answer of the logon", "server", "unsigned-message", "ACCESS_DENIED")
def logon_unsigned(place):
    return on_server_leg(place, lambda message: unsign(message.bytes) if is_last_of_logon(message) else None)


@attack("change the signature of the last answer of the logon", "server", "negotiation-tampered", "ACCESS_DENIED")
def logon_signature_changed(place):
    return on_server_leg(place, lambda message: message.flip(50) if is_last_of_logon(message) else None)


def session_flags(flags, message):
    if is_last_of_logon(message):
        put(message.bytes, "<H", 64 + 2, flags)
        unsign(message.bytes)


@attack("say that the session is a guest's, so that it need not be signed", "server", "guest-refused", "ACCESS_DENIED")
def made_guest(place):
    return on_server_leg(place, lambda message: session_flags(1, message))


@attack("say that the session is nobody's", "server", "anonymous-refused", "ACCESS_DENIED")
def made_nobody(place):
    return on_server_leg(place, lambda message: session_flags(2, message))


@attack("say that the session is a guest's, rightly signed: a hostile server", "server", "guest-refused",
        "ACCESS_DENIED")
def made_guest_by_the_server(place):
    thief = Thief(ALICE[1])

    def change(message):
        if is_last_of_logon(message):
            put(message.bytes, "<H", 64 + 2, 1)
            thief.sign(message.bytes, message.wire)
    return on_server_leg(place, change, thief.listen, upstream=OLD)


# After logon.

@attack("change a byte of a file that is read", "server", "bad-signature")
def payload_changed(place):
    return on_server_leg(place, at_read(lambda message: message.flip(len(message.bytes) - 1)))


@attack("change a byte of a file that is read, sealed", "server", "unseal-failed")
def sealed_payload_changed(place):
    return on_server_leg(place, at_read(lambda message: message.flip(len(message.bytes) - 1)), upstream=ALL_SEALED)


def forge_content(message):
    message.bytes[80:80 + len(FORGED)] = FORGED


@attack("put other bytes into the file and take the signature off", "server", "unsigned-message")
def signature_stripped(place):
    def change(message):
        forge_content(message)
        unsign(message.bytes)
    return on_server_leg(place, at_read(change))


@attack("put other bytes into the file and clear the flag that says it is signed", "server", "unsigned-message")
def signing_flag_cleared(place):
    def change(message):
        forge_content(message)
        unsign(message.bytes, clear=False)
    return on_server_leg(place, at_read(change))


@attack("put another message's signature under other bytes", "server", "bad-signature")
def signature_moved(place):
    def hook(message):
        if message.command == CREATE:
            message.wire.signature = bytes(message.bytes[48:64])
        at_read(lambda message: forge_content(message) or message.bytes.__setitem__(slice(48, 64),
                                                                                  message.wire.signature))(message)
    return on_server_leg(place, hook)


@attack("answer a sealed request in clear", "server", "unsealed-message", "ACCESS_DENIED")
def answered_in_clear(place):
    def hook(message):
        if message.command == SEALED and message.after_logon == 0:
            # Message ids count up from 0: NEGOTIATE, SESSION_SETUP twice, TREE_CONNECT.
            session, = struct.unpack_from("<Q", message.bytes, 44)
            message.bytes = bytearray(header(TREE_CONNECT, 3, session=session, tree=1)
                                      + struct.pack("<HBBIII", 16, 1, 0, 0, 0, 0x1F01FF))
    return on_server_leg(place, hook, upstream=ALL_SEALED)


@attack("move a sealed answer into another session", "server", "unseal-failed")
def sealed_for_another(place):
    return on_server_leg(place, at_read(lambda message: message.flip(44)), upstream=ALL_SEALED)


@attack("answer with an earlier answer, rightly signed", "server", "replayed-message")
def answer_replayed(place):
    kept = []

    def hook(message):
        if message.command == READ and message.status != PENDING:
            if kept:
                message.bytes = bytearray(kept[0])
            kept.append(bytes(message.bytes))
    return on_server_leg(place, hook)


@attack("answer with an earlier answer, rightly sealed", "server", "replayed-message")
def sealed_answer_replayed(place):
    kept = []

    def hook(message):
        if message.command == SEALED and len(message.bytes) > len(CONTENT):
            if kept:
                message.bytes = bytearray(kept[0])
            kept.append(bytes(message.bytes))
    return on_server_leg(place, hook, upstream=ALL_SEALED)


@attack("send an answer twice", "server", "replayed-message")
def answer_doubled(place):
    return on_server_leg(place, at_first(CREATE, lambda message: message.after.append(bytes(message.bytes))))


@attack("answer what was never asked", "server", "replayed-message")
def answer_unasked(place):
    return on_server_leg(place, at_read(lambda message: message.before.append(
        header(READ, 900, session=1, tree=1) + struct.pack("<HBBIII", 17, 80, 0, len(FORGED), 0, 0) + FORGED)))


@attack("an unsigned STATUS_PENDING of one's own making", "server", "", SERVED)
def pending_forged(place):
    def change(message):
        answer = bytearray(header(READ, message_id(message.bytes), status=PENDING, flags=3,
                                  session=struct.unpack_from("<Q", message.bytes, 40)[0])
                           + struct.pack("<HHIB", 9, 0, 0, 0))
        answer[32:40] = FORGED[:8]
        message.before.append(answer)

    def hook(message):
        if message.status == PENDING:
            message.wire.done = True  # the server was late, and has said so itself
        at_read(change)(message)
    return on_server_leg(place, hook)


@attack("a break that gives the client an oplock", "server", "replayed-message")
def break_that_raises(place):
    def change(message):
        file = bytes(message.bytes[64 + 64:64 + 80])
        message.after.append(header(OPLOCK_BREAK, UNSOLICITED) + struct.pack("<HBBI16s", 24, 9, 0, 0, file))
    return on_server_leg(place, at_first(CREATE, change))


@attack("a message that is no SMB2", "server", "malformed-message")
def not_smb2(place):
    return on_server_leg(place, at_read(lambda message: message.before.append(FORGED * 4)))


@attack("a message of the longest length that there is", "server", "limit-exceeded")
def too_long(place):
    return on_server_leg(place, at_read(lambda message: message.before.append(bytes(0xffffff))))


@attack("a compressed message, which was never negotiated", "server", "malformed-message")
def compressed(place):
    return on_server_leg(place, at_read(lambda message: message.before.append(b"\xfcSMB" + bytes(60) + FORGED)))


def by_a_thief(place, command, change):
    """An attacker who has the key: the first answer to COMMAND, changed and signed anew."""
    thief = Thief(ALICE[1])

    def hook(message):
        change(message.bytes)
        thief.sign(message.bytes, message.wire)
    return on_server_leg(place, at_first(command, hook), thief.listen, upstream=OLD)


@attack("an answer in another tree, rightly signed: a hostile server", "server", "replayed-message")
def answer_in_another_tree(place):
    return by_a_thief(place, CREATE, lambda data: put(data, "<I", 36, 0x4040))  # never asynchronous here


@attack("an answer in another session, rightly signed", "server", "replayed-message")
def answer_in_another_session(place):
    return by_a_thief(place, CREATE, lambda data: put(data, "<Q", 40, 0x4040))


@attack("a READ answer that claims more data than the message has, rightly signed", "server", "malformed-message")
def data_beyond_the_message(place):
    return by_a_thief(place, READ, lambda data: put(data, "<I", 68, len(CONTENT) + 1))


@attack("a READ answer whose data begin inside of its header, rightly signed", "server", "malformed-message")
def data_in_the_header(place):
    return by_a_thief(place, READ, lambda data: put(data, "<B", 66, 8))


@attack("an answer to another command than was asked, rightly signed", "server", "malformed-message")
def answer_to_another_command(place):
    return by_a_thief(place, READ, lambda data: put(data, "<H", 12, WRITE))


@attack("grant no credits, rightly signed", "server", "server-limit", "INSUFFICIENT_RESOURCES")
def credits_withheld(place):
    thief = Thief(ALICE[1])

    def hook(message):
        if message.after_logon is not None:
            put(message.bytes, "<H", 14, 0)
            thief.sign(message.bytes, message.wire)
        elif is_last_of_logon(message):
            put(message.bytes, "<H", 14, 1)
            thief.sign(message.bytes, message.wire)
    return on_server_leg(place, hook, thief.listen, upstream=OLD)


@attack("change a byte of a file that is written: the server notices", "server", "", "ACCESS_DENIED")
def written_payload_changed(place):
    def change(message):
        if message.command == WRITE:
            message.flip(len(message.bytes) - 1)
    return on_server_leg(place, on_request=change, write=True)


# On the client leg, where the policy demands that clients sign.

def on_client_leg(place, hook, client="signing: required", write=True):
    """The attacker between client and smbwarden; (warden, what the client got)."""
    server = server_with_file(place, ["server min protocol = SMB3_11", "server signing = mandatory"])
    warden = place.warden(server, client=client)
    bystander = Bystander(warden)
    got = visit(place.relay(warden, on_request=hook), sign=True, write=write)
    bystander.read()
    written = server.root() / "written"
    check(not written.exists() or written.stat().st_size in (0, len(CONTENT)), "the server took half of it")
    check(not written.exists() or FORGED not in written.read_bytes(), "the server took what the attacker said")
    return warden, got


def at_write(change):
    return lambda message: change(message) if message.command == WRITE else None


@attack("change a byte of a file that is written", "client", "bad-signature", "ACCESS_DENIED")
def request_changed(place):
    return on_client_leg(place, at_write(lambda message: message.flip(len(message.bytes) - 1)))


@attack("put other bytes into the file and take the signature off", "client", "unsigned-message", "ACCESS_DENIED")
def request_stripped(place):
    def change(message):
        message.bytes[112:112 + len(FORGED)] = FORGED
        unsign(message.bytes)
    return on_client_leg(place, at_write(change))


@attack("put another message's signature under other bytes", "client", "bad-signature", "ACCESS_DENIED")
def request_signature_moved(place):
    def hook(message):
        if message.command == READ:
            message.wire.signature = bytes(message.bytes[48:64])
        elif message.command == WRITE:
            message.bytes[112:112 + len(FORGED)] = FORGED
            message.bytes[48:64] = message.wire.signature
    return on_client_leg(place, hook)


@attack("send a request twice", "client", "replayed-message")
def request_doubled(place):
    return on_client_leg(place, at_write(lambda message: message.after.append(bytes(message.bytes))))


@attack("send a request of one's own with an id that was not granted", "client", "replayed-message")
def request_outside_the_window(place):
    return on_client_leg(place, at_write(lambda message: message.before.append(
        header(WRITE, 1 << 40, flags=0) + struct.pack("<H", 49) + FORGED * 4)))


@attack("negotiate a second time", "client", "negotiation-tampered")
def negotiated_again(place):
    def hook(message):
        if message.command == NEGOTIATE:
            message.wire.kept = bytes(message.bytes)
        elif message.command == READ:
            message.bytes = bytearray(message.wire.kept)
            put(message.bytes, "<Q", 24, 5)
    return on_client_leg(place, hook)


@attack("connect a tree under a signature that was changed", "client", "bad-signature", "ACCESS_DENIED")
def tree_connect_changed(place):
    return on_client_leg(place, lambda message: message.flip(50) if message.command == TREE_CONNECT else None)


def with_smbclient(place, hook, dialect, protection, client=""):
    """The same with a client that asks for the negotiation to be confirmed, or hashes it."""
    server = server_with_file(place, ["server min protocol = SMB3_11", "server signing = mandatory"])
    warden = place.warden(server, client=client)
    bystander = Bystander(warden)
    relay = place.relay(warden, on_request=hook)
    victim = Smbclient(relay, dialect, protection)
    # The whole range, so that there is something to roll back.
    command = [word.replace("client min protocol=SMB3_11", "client min protocol=SMB2_02")
               .replace("client min protocol=SMB3_02", "client min protocol=SMB2_02")
               for word in victim.command("-c", "get said /dev/null")]
    victim.command = lambda *_: command
    _, status = victim.run("", seconds=20)
    bystander.read()
    return warden, ENDS if status else SERVED


@attack("strike 3.1.1 from what the client offers", "client", "negotiation-tampered")
def client_offer_rolled_back(place):
    return with_smbclient(place, in_request_to_negotiate(lambda data: strike_dialect(data, 0x0311, 0x0300)), "3.1.1",
                          "signed")


@attack("strike 3.0.2 from what the client offers", "client", "negotiation-tampered")
def client_offer_rolled_back_to_3_0(place):
    return with_smbclient(place, in_request_to_negotiate(lambda data: strike_dialect(data, 0x0302, 0x0300)), "3.0.2",
                          "signed")


@attack("strike key exchange from what the client's NTLM offers", "client", "logon-failed")
def ntlm_changed(place):
    def hook(message):
        at = message.bytes.find(b"NTLMSSP\0\1\0\0\0") if message.command == SESSION_SETUP else -1
        if at >= 0:
            message.flip(at + 15)
    return with_smbclient(place, hook, "2.0.2", "off")


@attack("change a sealed request", "client", "unseal-failed")
def sealed_request_changed(place):
    return with_smbclient(place, lambda message: message.flip(len(message.bytes) - 1)
                          if message.command == SEALED else None, "3.1.1", "sealed")


# The page.

HEAD = "| Attack | Leg | Reason | The victim gets | Test |\n|---|---|---|---|---|\n"


def page_with_attacks():
    before, head, _ = PAGE.read_text().partition(HEAD)
    if not head:
        raise SystemExit(f"{PAGE}: has no table of attacks")
    return before + head + "".join(f"{each.row()}\n" for each in ATTACKS)


def write_page():
    PAGE.write_text(page_with_attacks())


@case()
def attacks_page(place):
    """docs/attacks.md lists the attacks as they are."""
    check(PAGE.read_text() == page_with_attacks(), "docs/attacks.md is stale: run tests/system/run --document")
