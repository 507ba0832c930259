"""Weak ways in: each only where the listener names it, and none leads to more than it must."""

import contextlib
import os

from impacket import ntlm
from impacket.smbconnection import SMBConnection, SessionError

from cases import case
from fixture import ALICE, BOB, Smbclient, check, check_equal

V1 = ["--option=client ntlmv2 auth = no"]
NOBODY, STRANGER = ("", ""), ("stranger", "anything")
UNSAID = ("", None)  # smbclient -N: nothing is said of a user


def listener(place, logon, settings="", guest_as=True, **how):
    """smbwarden that admits LOGON; its guests are scanner, who is bob at the server."""
    place.needs_program()
    server = place.samba(hardened=True, shares=how.pop("shares", ()))
    client = f"logon: [{logon}]" + (", guest_as: scanner" if guest_as else "") + (f", {settings}" if settings else "")
    return server, place.warden(server, client=client, accounts=[ALICE, ("scanner", "Bitter-Almond-7", *BOB)], **how)


class Weak(Smbclient):
    """smbclient with further options, and users that are none."""

    def __init__(self, target, user, *options, **how):
        super().__init__(target, user=(user[0], user[1] or ""), options=options, **how)
        if user == NOBODY:
            self._options[self._options.index("-U") + 1] = "%"
        if user == UNSAID:
            at = self._options.index("-U")
            self._options[at:at + 2] = ["-N"]


def check_refused(warden, client, word, reason):
    check_equal(client.refused()[0], word, "what the client is told")
    warden.expect_refusal(reason)
    warden.check_alive()


@case()
def ntlmv1_is_refused_unless_named(place):
    _, warden = listener(place, "ntlmv2", guest_as=False)
    check_refused(warden, Weak(warden, ALICE, *V1), "NT_STATUS_LOGON_FAILURE", "logon-method-refused")


@case()
def ntlmv1_where_it_is_named(place):
    """Signed, so that keys are shown to be the client's. Clients without extended session security: clients.py."""
    _, warden = listener(place, "ntlmv1", guest_as=False)
    for dialect, protection in (("2.0.2", "off"), ("2.0.2", "signed"), ("3.1.1", "signed"), ("3.1.1", "sealed")):
        Weak(warden, ALICE, *V1, dialect=dialect, protection=protection).do("put /etc/hostname x; rm x")
    check_equal({event["client_leg"]["logon"] for event in warden.events(event="logon")}, {"ntlmv1"}, "ways in the log")
    check_equal(warden.events(event="refused"), [], "refusals")
    check_equal(Weak(warden, (ALICE[0], "wrong"), *V1).refused()[0], "NT_STATUS_LOGON_FAILURE", "what a wrong password is told")
    # what is not named is refused, however strong it may be
    check_equal(Weak(warden, ALICE).refused()[0], "NT_STATUS_LOGON_FAILURE", "what NTLMv2 is told")
    check_equal([event["reason"] for event in warden.events(event="refused")], ["logon-failed", "logon-method-refused"], "refusals")
    warden.check_alive()


@contextlib.contextmanager
def lm_alone():
    """impacket as a client that knows nothing but LM."""
    whole = ntlm.computeResponse

    def respond(_flags, challenge, _client, _server, _domain, _user, password, *_):
        return b"", ntlm.get_ntlmv1_response(ntlm.LMOWFv1(password), challenge), ntlm.generateSessionKeyV1(password, "", "")
    ntlm.computeResponse = respond
    try:
        yield
    finally:
        ntlm.computeResponse = whole


def impacket_lists(warden, user):
    """What impacket is told: None if it lists the share."""
    try:
        client = SMBConnection("fs1", warden.address, sess_port=warden.port, preferredDialect=0x0202, timeout=20)
        client.login(*user)
        client.listPath("files", "*")
        client.close()
    except SessionError as fault:
        return fault.getErrorString()[0]
    return None


@case()
def lm_where_it_is_named(place):
    _, weak = listener(place, "ntlmv2, lm", guest_as=False)
    _, strong = listener(place, "ntlmv2, ntlmv1", guest_as=False)
    with lm_alone():
        check_equal(impacket_lists(weak, ALICE), None, "LM where it is named")
        check_equal(impacket_lists(weak, (ALICE[0], "wrong")), "STATUS_LOGON_FAILURE", "a wrong password")
        check_equal(impacket_lists(weak, ("scanner", "Bitter-Almond-7")), "STATUS_LOGON_FAILURE", "a password too long for LM")
        check_equal(impacket_lists(strong, ALICE), "STATUS_LOGON_FAILURE", "LM where it is not named")
    check_equal(weak.events(event="logon")[0]["client_leg"]["logon"], "lm", "way in the log")
    strong.expect_refusal("logon-method-refused")
    weak.check_alive()


@case()
def guests_and_the_nameless_are_refused_unless_named(place):
    for user, word, reason in ((("guest", ""), "NT_STATUS_LOGON_FAILURE", "guest-refused"),
                               (NOBODY, "NT_STATUS_ACCESS_DENIED", "anonymous-refused")):
        _, warden = listener(place, "ntlmv2, ntlmv1, lm", guest_as=False)
        check_refused(warden, Weak(warden, user), word, reason)


def check_outsider(place, logon, user, way):
    """USER is let in at every dialect, is told so, and acts as the account of the listener."""
    server, warden = listener(place, logon)
    for dialect in ("2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"):
        Weak(warden, user, dialect=dialect).do("put /etc/hostname x; get x /dev/null; rm x; put /etc/hostname y")
    check_equal((server.root() / "y").owner(), "news", "owner of the file, which is who stands in for bob")
    legs = {(leg["logon"], leg["signing"], leg["cipher"]) for leg in (event["client_leg"] for event in warden.events(event="logon"))}
    check_equal(legs, {(way, "none", "none")}, "client legs")
    check_equal(warden.events(event="refused"), [], "refusals")
    # who has a name must still show that it is theirs
    check_equal(Weak(warden, (ALICE[0], "wrong")).refused()[0], "NT_STATUS_LOGON_FAILURE", "what a wrong password is told")
    warden.expect_refusal("logon-failed")
    Weak(warden, ALICE, dialect="3.1.1", protection="signed").do("ls")
    warden.check_alive()


@case()
def smbclient_without_a_password(place):
    """-N, which most people try first: a guest by the name of whoever types it, and without any name where that is unknown."""
    _, warden = listener(place, "ntlmv2, guest, anonymous")
    os.environ["KRB5CCNAME"] = f"FILE:{place.dir}/none"  # or it is whoever runs the tests has a ticket of
    for dialect in ("2.0.2", "3.1.1"):
        Weak(warden, UNSAID, dialect=dialect).do("put /etc/hostname x; rm x")
    ways = {event["client_leg"]["logon"] for event in warden.events(event="logon")}
    check(ways <= {"guest", "anonymous"}, f"ways in the log: {ways}")
    warden.check_alive()


@case(seconds=120)
def guests_act_as_one_account(place):
    check_outsider(place, "ntlmv2, guest", STRANGER, "guest")


@case(seconds=120)
def the_nameless_act_as_one_account(place):
    check_outsider(place, "ntlmv2, anonymous", NOBODY, "anonymous")


@case()
def guests_by_other_clients(place):
    """impacket, whose way of proving itself is not admitted for anybody with a name; and one without a name."""
    _, warden = listener(place, "guest, anonymous")
    for user in (STRANGER, ("guest", ""), NOBODY):
        check_equal(impacket_lists(warden, user), None, f"what {user[0] or 'nobody'} is told")
    check_equal(impacket_lists(warden, ALICE), "STATUS_LOGON_FAILURE", "what alice is told, whose way is not named")
    warden.expect_refusal("logon-method-refused")


@case()
def guests_meet_no_rule_on_an_untrusted_wire(place):
    """They cannot sign: wherever a rule demands integrity of the client, they stay outside."""
    _, warden = listener(place, "ntlmv2, guest", "wire: untrusted, signing: offered", shares=["open"],
                         rules=r"'\\fs1\secret': {require: [privacy]}")
    check_refused(warden, Weak(warden, STRANGER, dialect="3.1.1"), "NT_STATUS_ACCESS_DENIED", "integrity-unmet")
    Weak(warden, ALICE, dialect="3.1.1", protection="signed").do("ls")


@case()
def guests_that_want_to_sign_cannot(place):
    _, warden = listener(place, "ntlmv2, guest")
    client = Weak(warden, STRANGER, protection="signed")
    check(client.refused()[0], "a client that requires signing was let in as guest")
    warden.expect_refusal("guest-refused", status="ACCESS_DENIED")
    warden.check_alive()
