"""Nonsense from either side: nobody else notices, and nothing breaks."""

import random
import socket
import struct
import time

from cases import case
from fixture import ALICE, Smbclient, check, check_equal
from peer import ECHO, Ended, Peer

SMB1_NEGOTIATE = (b"\xffSMB\x72" + bytes(4) + b"\x18\x53\xc8" + bytes(12) + struct.pack("<HHHH", 0xffff, 1, 0, 1))


def smb1_negotiate(*dialects):
    names = b"".join(b"\2" + name.encode() + b"\0" for name in dialects)
    return SMB1_NEGOTIATE + b"\0" + struct.pack("<H", len(names)) + names


def throw(target, data, wait=0.3):
    """Sends raw bytes; everything that comes back, and whether the other side closed."""
    with socket.create_connection((target.address, target.port), 5) as wire:
        answer, closed = bytearray(), False
        try:
            wire.sendall(data)
            wire.settimeout(wait)
            while chunk := wire.recv(65536):
                answer += chunk
            closed = True
        except TimeoutError:
            pass
        except ConnectionError:
            closed = True
        return bytes(answer), closed


def framed(data, length=None):
    return struct.pack(">I", len(data) if length is None else length) + data


def guarded(place, **settings):
    """smbwarden, and a client of it that was there before and must be served after."""
    warden = place.warden(place.samba(hardened=True), **settings)
    honest = Peer(warden).on_share(ALICE)
    return warden, honest


def check_unharmed(warden, honest):
    honest.close_file(honest.open("still here"))
    Smbclient(warden).do("ls")
    warden.check_alive()


@case()
def garbage(place):
    warden, honest = guarded(place)
    dice = random.Random(1)
    for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(4), bytes(1000), b"\xff" * 1000, b"\x81\0\0\x44" + bytes(68),
                 framed(b""), framed(b"\xfeSMB"), framed(b"\xfdSMB"), framed(b"\xfcSMB" + bytes(100)),
                 framed(b"\xfeSMB" + bytes(60)), framed(b"\xfdSMB" + bytes(200)),
                 *(framed(dice.randbytes(dice.randrange(300))) for _ in range(100)),
                 *(dice.randbytes(dice.randrange(300)) for _ in range(100))):
        throw(warden, data, wait=0.02)
    check_unharmed(warden, honest)


@case()
def huge_lengths(place):
    """A length is judged before anything is set aside for it."""
    place.needs_program()
    warden, honest = guarded(place)
    for length in (0xffffff, 0x800000, 0x100000):
        _, closed = throw(warden, framed(b"\xfeSMB" + bytes(60), length), wait=3)
        check(closed, f"a message said to be {length} bytes long is waited for, before logon")
    check(warden.events(reason="limit-exceeded"), "the log does not tell of limit-exceeded")
    check_unharmed(warden, honest)


@case(seconds=90)
def half_messages_are_not_held_for_ever(place):
    place.needs_program()
    warden, honest = guarded(place, top="limits: {logon_time: 2s}")
    for data in (b"", b"\0\0", framed(b"\xfeSMB", 200)):
        with socket.create_connection((warden.address, warden.port), 5) as wire:
            wire.sendall(data)
            wire.settimeout(40)
            start = time.monotonic()
            try:
                check_equal(wire.recv(1), b"", "what came")
            except ConnectionError:
                pass
            except TimeoutError:
                check(False, f"{data!r} is waited for for ever")
            check(time.monotonic() - start < 10, "the time to log on is 2 s")
    check_unharmed(warden, honest)


@case()
def smb1_client(place):
    place.needs_program()
    warden, honest = guarded(place)
    throw(warden, framed(smb1_negotiate("PC NETWORK PROGRAM 1.0", "NT LM 0.12")))
    warden.expect_refusal("smb1-refused")
    check_unharmed(warden, honest)


@case()
def multi_protocol_negotiate(place):
    """The ways into SMB2 by way of an SMB1 message; pysmb goes on from 2.0.2 without another NEGOTIATE."""
    warden, honest = guarded(place)
    for dialects, answer in ((("NT LM 0.12", "SMB 2.002"), 0x0202), (("NT LM 0.12", "SMB 2.002", "SMB 2.???"), 0x02ff)):
        data, _ = throw(warden, framed(smb1_negotiate(*dialects)))
        check(len(data) > 74 and data[4:8] == b"\xfeSMB", f"no SMB2 answer to {dialects}")
        check_equal(struct.unpack_from("<H", data, 4 + 64 + 4)[0], answer, f"dialect answered to {dialects}")
    check_unharmed(warden, honest)


@case()
def out_of_turn(place):
    """Requests that are well formed and not due."""
    place.needs_program()
    warden, honest = guarded(place)

    def ends_or_refuses(what, act):
        peer = Peer(warden)
        try:
            check(act(peer) != 0, f"{what} was let through")
        except Ended:
            pass
        finally:
            peer.close()
    ends_or_refuses("a request before NEGOTIATE", lambda peer: peer.open("x", want=None))
    ends_or_refuses("a second NEGOTIATE", lambda peer: (peer.negotiate(), peer.negotiate())[1].status)

    def after(step):
        def act(peer):
            peer.negotiate()
            return step(peer)
        return act
    ends_or_refuses("an open before logon", after(lambda peer: peer.open("x", want=None)))
    ends_or_refuses("an unknown session", after(lambda peer: peer.ask(3, bytes(8), want=None, session=77).status))
    ends_or_refuses("a sealed message before logon",
                    after(lambda peer: (peer.send_bytes(b"\xfdSMB" + bytes(160)), peer.receive())[1].status))
    ends_or_refuses("a message id far outside the window",
                    after(lambda peer: peer.ask(ECHO, b"\4\0\0\0", want=None, number=1 << 40).status))
    ends_or_refuses("a message id used twice",
                    after(lambda peer: (peer.echo(), peer.ask(ECHO, b"\4\0\0\0", want=None, number=1))[1].status))

    def on_share(step):
        def act(peer):
            peer.on_share(ALICE)
            return step(peer)
        return act
    ends_or_refuses("a tree that is not there", on_share(lambda peer: peer.ask(5, peer.create_body("x"), want=None,
                                                                               tree=4711).status))
    ends_or_refuses("a file that was never opened", on_share(lambda peer: peer.read(b"\7" * 16, 1, want=None)))
    ends_or_refuses("another client's file",
                    on_share(lambda peer: peer.read(honest.open("mine"), 1, want=None)))
    check_unharmed(warden, honest)


def compound(peer, body, count):
    parts = []
    for index in range(count):
        part = peer.message(ECHO, body)
        part += bytes(-len(part) % 8)
        if index < count - 1:
            struct.pack_into("<I", part, 20, len(part))
        parts.append(part)
    return b"".join(parts)


@case()
def compounds(place):
    """A short chain is answered in full; an absurd one is refused."""
    warden, honest = guarded(place)
    peer = Peer(warden).on_share(ALICE)
    peer.echo()
    start = peer.next_id
    peer.send_bytes(compound(peer, b"\4\0\0\0", 3))
    answers, data = [], b""
    while len(answers) < 3:
        answer = peer.receive()
        data, following = answer.bytes, struct.unpack_from("<I", answer.bytes, 20)[0]
        answers.append(answer.id)
        while following:
            data = data[following:]
            answers.append(struct.unpack_from("<Q", data, 24)[0])
            following = struct.unpack_from("<I", data, 20)[0]
    check_equal(sorted(answers), [start, start + 1, start + 2], "message ids answered")
    peer.send_bytes(compound(peer, b"\4\0\0\0", 1000))
    try:
        while True:
            peer.receive()
    except (Ended, TimeoutError):
        pass
    check_unharmed(warden, honest)


@case(seconds=120)
def mutated_requests(place):
    """Every message of an honest conversation, each time with a few bytes changed at random."""
    warden, honest = guarded(place, top="limits: {clients_per_address: 2000}")
    dice = random.Random(2)
    for turn in range(300):
        target = turn % 8

        def mutate(message):
            if message.number == target:
                for _ in range(dice.randrange(1, 4)):
                    message.bytes[dice.randrange(len(message.bytes))] = dice.randrange(256)
                if dice.randrange(5) == 0:
                    del message.bytes[dice.randrange(1, len(message.bytes)):]
        relay = place.relay(warden, on_request=mutate)
        peer = Peer(relay, timeout=0.5)
        try:
            peer.on_share(ALICE)
            file = peer.open("mutated")
            peer.write(file, b"data")
            peer.read(file, 4)
        except Exception as fault:  # whatever it is, only the others matter
            print(turn, type(fault).__name__, fault)
        finally:
            peer.close()
            relay.stop()
    check_unharmed(warden, honest)


@case(seconds=120)
def mutated_answers(place):
    """A server that has gone mad: answers changed, cut short, or plain noise, before and after logon."""
    place.needs_program()
    server = place.samba(hardened=True)
    dice, state = random.Random(3), {"target": 0}

    def mutate(message):
        if message.number == state["target"]:
            if dice.randrange(3) == 0:
                message.bytes[:] = dice.randbytes(dice.randrange(300))
            elif dice.randrange(3) == 0:
                del message.bytes[dice.randrange(1, len(message.bytes)):]
            else:
                message.bytes[dice.randrange(len(message.bytes))] ^= 1 << dice.randrange(8)
    relay = place.relay(server, on_answer=mutate)
    warden = place.warden(relay, upstream="connect_timeout: 1s")
    for turn in range(200):
        state["target"] = turn % 6
        peer = Peer(warden, timeout=2)
        try:
            peer.on_share(ALICE)
            peer.open("x")
        except Exception as fault:
            print(turn, type(fault).__name__, fault)
        finally:
            peer.close()
    state["target"] = None
    Smbclient(warden).do("ls")
    warden.check_alive()
