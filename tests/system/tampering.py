"""Somebody between smbwarden and the server changes what goes by, at every place; attacks.py has a plan.

The client reaches smbwarden through one relay that keeps every byte the client was sent, and smbwarden
the server through another that does the harm. Nothing of a message that was changed may reach the client.
"""

from cases import case
from fixture import ALICE, Smbclient, check, check_equal
from peer import ACCESS_DENIED, PENDING, Ended, Peer

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
