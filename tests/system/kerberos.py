"""Kerberos toward the servers of a real domain: who acts there, whom it finds there, and what is said
where it fails."""

import shutil
import struct
import tempfile
from pathlib import Path

from samba import gensec
from samba.credentials import MUST_USE_KERBEROS, Credentials
from samba.param import LoadParm

from capture import Capture, after_logon, connections, negotiated, unprotected
from cases import case
from domain import REALM, Domain
from fixture import Failed, Smbclient, check, check_equal, free_port
from peer import MORE_PROCESSING, SUCCESS, Peer, Refused
from relay import NEGOTIATE, SESSION_SETUP

SCANNER = ("scanner", "Bitter-Almond-7")


def identity(domain, name):
    """SCANNER's account, who is NAME of the realm at the server."""
    return (*SCANNER, f"{name}@{REALM}", domain.user(name)[1])


def keyed(domain, name, keys=None):
    """The same by the keytab of KEYS."""
    return (*SCANNER, f"{name}@{REALM}", domain.keytab(keys or name))


@case(seconds=180)
def kerberos_by_password(place):
    """An unsigned 2.0.2 NTLM client writes as a domain's user at a server that takes Kerberos, 3.1.1 and
    signatures only."""
    place.needs_program()
    domain = Domain(place)
    Smbclient(domain.fs2, user=domain.user("alice")).refused()
    warden = place.warden(domain.fs2, accounts=[identity(domain, "alice")])
    client = Smbclient(warden, user=SCANNER)
    client.do("put /etc/hostname x; get x /dev/null; ls")
    check_equal((domain.fs2.root() / "x").owner(), r"TESTDOM\alice", "owner of the file")
    tree = warden.event(event="tree")
    check_equal((tree["server_leg"]["dialect"], tree["server_leg"]["logon"]), ("3.1.1", "kerberos"), "the server leg")
    check(tree["server_leg"]["signing"] != "none", "the server leg is not signed")
    check_equal((tree["client_leg"]["dialect"], tree["client_leg"]["logon"]), ("2.0.2", "ntlmv2"), "the client leg")
    client = Smbclient(warden, user=SCANNER, share="sealed")
    client.do("put /etc/hostname y; get y /dev/null")
    check_equal((domain.fs2.root("sealed") / "y").owner(), r"TESTDOM\alice", "owner of the sealed file")
    warden.check_alive()


@case(seconds=120)
def keytab_that_lies_elsewhere(place):
    """The files that a policy names are in reach of the confined process wherever they are, and are read there anew."""
    place.needs_program()
    place.not_under_valgrind("it has no system calls by which a process confines itself")
    domain = Domain(place)
    with tempfile.TemporaryDirectory(prefix="keys.", dir="/tmp") as elsewhere:
        keytab = shutil.copy(domain.keytab("bob"), Path(elsewhere) / "bob.keytab")
        warden = place.warden(domain.fs1, upstream="logon: [kerberos]", accounts=[(*SCANNER, f"bob@{REALM}", keytab)])
        check_equal(warden.event(event="confined")["files"], "in force", "Landlock")
        Smbclient(warden, user=SCANNER).do("ls")
        keytab.unlink()
        shutil.copy(domain.keytab("bob"), keytab)
        Smbclient(warden, user=SCANNER).do("ls")
        warden.check_alive()


@case(seconds=180)
def kerberos_by_keytab(place):
    """The same by a keytab, at every dialect of the server leg; the keytab is looked into at each logon."""
    place.needs_program()
    domain = Domain(place)
    for dialect in ("2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"):
        warden = place.warden(domain.fs1, accounts=[keyed(domain, "bob")],
                              upstream=f"logon: [kerberos], min_dialect: {dialect}, max_dialect: {dialect}")
        Smbclient(warden, user=SCANNER).do(f"put /etc/hostname by-{dialect}")
        check_equal((domain.fs1.root() / f"by-{dialect}").owner(), r"TESTDOM\bob", "owner of the file")
        check_equal(warden.event(event="tree")["server_leg"]["logon"], "kerberos", "logon of the server leg")
        warden.check_alive()
    keytab = domain.keytab("bob")
    keytab.rename(keytab.with_suffix(".old"))
    Smbclient(warden, user=SCANNER).refused()
    warden.expect_refusal("server-logon-failed")
    keytab.with_suffix(".old").rename(keytab)
    Smbclient(warden, user=SCANNER).do("ls")
    warden.check_alive()


@case(seconds=180)
def sysvol_is_served_by_kerberos(place):
    """SYSVOL and NETLOGON demand mutual authentication, and have it."""
    place.needs_program()
    domain = Domain(place)
    warden = place.warden(domain.dc, accounts=[identity(domain, "alice")])
    for share in ("sysvol", "netlogon"):
        Smbclient(warden, user=SCANNER, share=share).do("ls")
    check_equal({tree["server_leg"]["logon"] for tree in warden.events(event="tree")}, {"kerberos"}, "the logons")
    warden.check_alive()


@case(seconds=180)
def kerberos_finds_nobody_else(place):
    """A server that is not the principal of the policy is refused, and NTLM is not tried instead."""
    place.needs_program()
    domain = Domain(place)
    warden = place.warden(domain.fs1, upstream=f"principal: cifs/fs2.testdom.test@{REALM}",
                          accounts=[identity(domain, "alice")])
    check_equal(Smbclient(warden, user=SCANNER).refused()[0], "NT_STATUS_ACCESS_DENIED", "what the client is told")
    refusal = warden.expect_refusal("server-logon-failed")
    check(f"alice@{REALM} for cifs/fs2.testdom.test" in refusal["detail"], "the log does not say who asked for whom")
    check(not warden.events(event="tree"), "a share was served")
    warden.check_alive()


@case(seconds=180)
def ntlm_in_the_place_of_kerberos(place):
    """What Kerberos cannot begin goes by NTLM where the policy admits it, with a line in the log; not where a
    rule demands mutual authentication."""
    place.needs_program()
    domain = Domain(place)
    upstream = "principal: cifs/nobody.testdom.test"
    rules = r"'\\*\sealed': {require: [mutual_authentication]}"
    warden = place.warden(domain.fs1, upstream=upstream, rules=rules, accounts=[identity(domain, "alice")])
    Smbclient(warden, user=SCANNER).do("ls")
    failed = warden.event(event="kerberos-failed")
    check_equal(failed["words"], "the KDC knows no service of that name", "why")
    check(f"alice@{REALM} for cifs/nobody.testdom.test" in failed["detail"], "the log does not say who asked for whom")
    check_equal(warden.event(event="tree")["server_leg"]["logon"], "ntlmv2", "logon of the server leg")
    check_equal(Smbclient(warden, user=SCANNER, share="sealed").refused()[0], "NT_STATUS_ACCESS_DENIED", "what is told")
    warden.expect_refusal("server-logon-failed", words="the KDC knows no service of that name")
    warden.check_alive()


@case(seconds=240)
def kerberos_failures_have_their_own_words(place):
    """The log names account and target, and the step that helps."""
    place.needs_program()
    domain = Domain(place)
    upstream = "logon: [kerberos]"
    wrong = (*SCANNER, f"alice@{REALM}", "not-the-password")
    nobody = (*SCANNER, f"nobody@{REALM}", "whatever")
    empty = (*SCANNER, f"bob@{REALM}", domain.keytab("alice"))
    elsewhere = (*SCANNER, "alice@ELSEWHERE.TEST", "whatever")
    failures = [
        (wrong, upstream, "is not what the KDC has", f"alice@{REALM} at the KDC"),
        (nobody, upstream, "the KDC has no such account", f"nobody@{REALM} at the KDC"),
        (identity(domain, "dave"), upstream, "does not let the account log on", f"dave@{REALM} at the KDC"),
        (empty, upstream, "has no key for the account", f"bob@{REALM} at the KDC"),
        (elsewhere, upstream, "no KDC of the realm can be reached", "alice@ELSEWHERE.TEST at the KDC"),
        (identity(domain, "alice"), f"{upstream}, principal: cifs/nobody.testdom.test",
         "the KDC knows no service of that name", f"alice@{REALM} for cifs/nobody.testdom.test"),
    ]
    for account, settings, words, detail in failures:
        check_failure(place, domain, account, settings, words, detail)
    domain.stop("dc")
    check_failure(place, domain, identity(domain, "alice"), upstream, "no KDC of the realm can be reached",
                  f"alice@{REALM} at the KDC")


def check_failure(place, domain, account, settings, words, detail):
    warden = place.warden(domain.fs2, upstream=settings, accounts=[account])
    check_equal(Smbclient(warden, user=SCANNER).refused()[0], "NT_STATUS_ACCESS_DENIED", "what the client is told")
    refusal = warden.expect_refusal("server-logon-failed")
    check(words in refusal["words"], f"wanted words of {words!r}: {refusal['words']!r}")
    check(detail in refusal["detail"], f"wanted detail of {detail!r}: {refusal['detail']!r}")
    check(f'"{account[3]}"' not in warden.log_text(), "the log has the secret")
    warden.check_alive()


class Ticketed(Smbclient):
    """smbclient as NAME of the realm, by Kerberos and nothing else, toward one of our names."""

    def __init__(self, domain, warden, name, host="gw.testdom.test", dialect="3.1.1", **how):
        super().__init__(warden, dialect, user=(f"{name}@{REALM}", domain.user(name)[1]), host=host, **how)
        self._options.append("--use-kerberos=required")


def keyed_warden(place, domain, server, accounts=(), keys="gw", delegation="none", top="", **settings):
    """smbwarden with the keys of KEYS, on a wire that is no loopback."""
    settings["top"] = f"kerberos: {{keytab: {domain.keytab(keys)}, delegation: {delegation}}}\n{top}"
    address = "10.77.0.11" if keys == "svc-proxy" else "10.77.0.10"
    return place.warden(server, accounts=accounts, listen=(address, free_port(address)), **settings)


def principal(name, domain, server_name):
    """An account without a password for NAME of the realm, who is SERVER_NAME at the server."""
    return (f"{name}@{REALM}", None, f"{server_name}@{REALM}", domain.user(server_name)[1])


@case(seconds=180)
def kerberos_of_a_client(place):
    """A client logs on by Kerberos to either name of ours, at every dialect; its principal is an account, in
    whatever case, and it knows who we are."""
    place.needs_program()
    domain = Domain(place)
    accounts = [principal("ALICE", domain, "bob")]
    rules = r"'\\*\files': {require: [mutual_authentication]}"
    warden = keyed_warden(place, domain, domain.fs2, accounts, rules=rules)
    for dialect in ("2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"):
        for host in ("gw", "gw.testdom.test"):
            Ticketed(domain, warden, "alice", host, dialect).do(f"put /etc/hostname {host}-{dialect}")
    Ticketed(domain, warden, "alice", protection="sealed").do("put /etc/hostname x")
    check_equal((domain.fs2.root() / "x").owner(), r"TESTDOM\bob", "owner of the file")
    logons = warden.events(event="logon")
    check_equal({logon["user"] for logon in logons}, {f"alice@{REALM}"}, "who has logged on")
    check_equal({logon["client_leg"]["logon"] for logon in logons}, {"kerberos"}, "how")
    check(not warden.events(event="refused", level="warning"), "something was refused")
    warden.check_alive()


@case(seconds=180)
def kerberos_of_a_client_is_refused(place):
    """Who has no entry, whose ticket no key of ours opens, who comes by NTLM where only Kerberos is admitted."""
    place.needs_program()
    domain = Domain(place)
    warden = keyed_warden(place, domain, domain.fs2, [principal("alice", domain, "alice"), ("bob", "builder")],
                          client="logon: [kerberos]")
    check_equal(Ticketed(domain, warden, "bob").refused()[0], "NT_STATUS_ACCESS_DENIED", "what bob is told")
    warden.expect_refusal("server-logon-failed", user=f"bob@{REALM}")
    Smbclient(warden, "3.1.1", "signed", user=("bob", "builder")).refused()
    check(warden.events(event="refused", reason="logon-method-refused"), "NTLM was not refused")
    warden.check_alive()
    warden = keyed_warden(place, domain, domain.fs2, [principal("alice", domain, "alice")], keys="svc-proxy")
    check_equal(Ticketed(domain, warden, "alice").refused()[0], "NT_STATUS_LOGON_FAILURE", "what alice is told")
    refusal = warden.expect_refusal("logon-failed")
    check("no key that opens" in refusal["words"], f"the words: {refusal['words']!r}")
    Ticketed(domain, warden, "alice", host="proxy.testdom.test").do("ls")
    warden.check_alive()


@case(seconds=180)
def keytab_of_several_accounts(place):
    """Whoever's keys they are, they open; what is opened by those of our own account alone is shown on."""
    place.needs_program()
    domain = Domain(place)
    both = place.dir / "both.keytab"
    both.touch(0o600)
    both.write_bytes(domain.keytab("gw").read_bytes() + domain.keytab("svc-proxy").read_bytes()[2:])
    top = f"kerberos: {{keytab: {both}, delegation: s4u}}"
    warden = place.warden(domain.fs2, accounts=[principal("alice", domain, "bob")], top=top)
    for host in ("gw", "proxy.testdom.test"):
        Ticketed(domain, warden, "alice", host).do(f"put /etc/hostname {host}")
        check_equal((domain.fs2.root() / host).owner(), r"TESTDOM\bob", "owner of the file")
    Ticketed(domain, warden, "bob").do("put /etc/hostname mine")
    check_equal((domain.fs2.root() / "mine").owner(), r"TESTDOM\bob", "owner of bob's file")
    check_equal(Ticketed(domain, warden, "bob", "proxy").refused()[0], "NT_STATUS_ACCESS_DENIED", "what bob is told")
    refusal = warden.expect_refusal("server-logon-failed", user=f"bob@{REALM}")
    check(f"the ticket is not for GW$@{REALM}: " in refusal["detail"], f"the detail: {refusal['detail']!r}")
    warden.check_alive()


REFUSED = "the KDC does not let smbwarden act for the client at the server"


def check_delegation_refused(warden, who, target):
    refusal = warden.event(event="refused", reason="server-logon-failed")
    check_equal(refusal["words"], REFUSED, "the words")
    check(f"{who}@{REALM} for {target}" in refusal["detail"], f"the detail: {refusal['detail']!r}")


@case(seconds=180)
def delegation_by_the_clients_ticket(place):
    """Who logs on by Kerberos acts at the server as himself, by nothing but his ticket (S4U2Proxy); not who is
    sensitive, not at servers that we may not delegate to."""
    place.needs_program()
    domain = Domain(place)
    warden = keyed_warden(place, domain, domain.fs2, delegation="s4u")
    for name in ("alice", "bob"):
        Ticketed(domain, warden, name).do(f"put /etc/hostname {name}; get {name} /dev/null")
        check_equal((domain.fs2.root() / name).owner(), rf"TESTDOM\{name}", "owner of the file")
    Smbclient(warden, "3.1.1", "signed", user=domain.user("alice")).refused()
    check_equal({tree["server_leg"]["logon"] for tree in warden.events(event="tree")}, {"kerberos"}, "server legs")
    check_equal(Ticketed(domain, warden, "carol").refused()[0], "NT_STATUS_ACCESS_DENIED", "what carol is told")
    check_delegation_refused(warden, "carol", "cifs/fs2.testdom.test")
    warden.check_alive()
    warden = keyed_warden(place, domain, domain.fs1, keys="svc-proxy", delegation="s4u")
    client = Ticketed(domain, warden, "alice", host="proxy.testdom.test")
    check_equal(client.refused()[0], "NT_STATUS_ACCESS_DENIED", "what alice is told of fs1")
    check_delegation_refused(warden, "alice", "cifs/fs1.testdom.test")
    warden.check_alive()


@case(seconds=180)
def delegation_of_ntlm_clients(place):
    """An unsigned 2.0.2 NTLM client whom the domain vouches for acts as himself at a server that takes Kerberos
    and 3.1.1 only (S4U2Self, S4U2Proxy), and tshark agrees; direct, he is refused for either."""
    place.needs_program()
    domain = Domain(place)
    for name in ("alice", "bob"):
        for dialect in ("2.0.2", "3.1.1"):
            Smbclient(domain.fs2, dialect, user=domain.user(name)).refused()
    warden = place.warden(domain.fs2, accounts=[], top=f"winbind: true\n{s4u(domain)}")
    capture = Capture(place, warden.port, 445)
    for name in ("alice", "bob"):
        Smbclient(warden, user=domain.user(name)).do(f"put /etc/hostname {name}; get {name} {place.dir}/{name}; ls")
        made = domain.fs2.root() / name
        check_equal(made.owner(), rf"TESTDOM\{name}", "owner of the file")
        check_equal({path.read_text() for path in (made, place.dir / name)}, {Path("/etc/hostname").read_text()}, "texts")
    check_equal({tree["server_leg"]["logon"] for tree in warden.events(event="tree")}, {"kerberos"}, "server legs")
    check_equal(Smbclient(warden, user=domain.user("carol")).refused()[0], "NT_STATUS_ACCESS_DENIED", "carol is told")
    check_delegation_refused(warden, "carol", "cifs/fs2.testdom.test")
    warden.check_alive()
    check_captured_client_leg(capture, warden.port)
    check_captured_server_leg(capture, logons=2)


MECHANISMS = ["smb2.cmd", "smb2.flags.response", "spnego.MechType", "kerberos.msg_type", "ntlmssp.messagetype"]
KERBEROS_OIDS, AP_REQ = {"1.2.840.48018.1.2.2", "1.2.840.113554.1.2.2"}, "14"


def session_setups(capture, port):
    """The requests that clients log on by."""
    return [message for message in capture.messages(port, MECHANISMS)
            if (message["smb2.cmd"], message["smb2.flags.response"]) == ("1", "0")]


def check_captured_client_leg(capture, port):
    """2.0.2 and NTLM, and nothing else."""
    check_equal(set(negotiated(capture.messages(port))), {"0x0202"}, "dialects of the client leg")
    setups = session_setups(capture, port)
    check_equal({setup["ntlmssp.messagetype"] for setup in setups}, {"0x00000001", "0x00000003"}, "NTLM of the client leg")
    check_equal({setup["kerberos.msg_type"] for setup in setups}, {""}, "Kerberos of the client leg")


def check_captured_server_leg(capture, logons):
    """3.1.1 and Kerberos, not a word of NTLM, and after each logon nothing unprotected; before it nothing else."""
    done = 0
    for messages in connections(capture.messages(445)):
        later = after_logon(messages)
        check_equal(negotiated(messages), ["0x0311"], "dialects of a connection to the server")
        check_equal(unprotected(later), [], "unprotected messages after logon")
        before = messages[:len(messages) - len(later)]
        check(all(message["smb2.cmd"] in ("0", "1") for message in before), "something was asked before logon")
        done += bool(later)
    check_equal(done, logons, "connections to the server that were logged on")
    setups = session_setups(capture, 445)
    check_equal(len(setups), logons, "requests to log on")
    for setup in setups:
        check_equal((set(setup["spnego.MechType"].split(",")), setup["kerberos.msg_type"], setup["ntlmssp.messagetype"]),
                    (KERBEROS_OIDS, AP_REQ, ""), "mechanism of a logon at the server")
    check(b"NTLMSSP\0" not in capture.said(445), "NTLM was spoken to the server")
    check(b"\xfeSMB" in capture.said(445), "nothing was said")


def s4u(domain):
    return f"kerberos: {{keytab: {domain.keytab('gw')}, delegation: s4u}}"


@case(seconds=180)
def delegation_by_an_account(place):
    """A device with a password of its own acts as whom its entry names, without that one's secret."""
    place.needs_program()
    domain = Domain(place)
    warden = place.warden(domain.fs2, top=s4u(domain), accounts=[(*SCANNER, f"bob@{REALM}", None)])
    Smbclient(warden, user=SCANNER).do("put /etc/hostname x")
    check_equal((domain.fs2.root() / "x").owner(), r"TESTDOM\bob", "owner of the file")
    warden.check_alive()
    domain.stop("dc")
    Smbclient(warden, user=SCANNER).refused()
    warden.expect_refusal("server-logon-failed", words="no KDC of the realm can be reached")
    warden.check_alive()


@case(seconds=180)
def delegation_by_a_forwarded_ticket(place):
    """A client that hands over its own ticket acts by it; one that does not is nobody at the server."""
    place.needs_program()
    domain = Domain(place)
    domain.within("dc", "samba-tool", "delegation", "for-any-service", "GW$", "on")
    warden = keyed_warden(place, domain, domain.fs1, delegation="forwarded")
    Ticketed(domain, warden, "alice").do("put /etc/hostname x")
    check_equal((domain.fs1.root() / "x").owner(), r"TESTDOM\alice", "owner of the file")
    check_equal(Ticketed(domain, warden, "carol").refused()[0], "NT_STATUS_ACCESS_DENIED", "what carol is told")
    warden.expect_refusal("server-logon-failed", user=f"carol@{REALM}")
    warden.check_alive()


SIGNED, SIGNATURE = 0x8, 48  # where a message says that it is signed, and by what


def strike(command, change):
    """A hook that does CHANGE to the answer to COMMAND that ends the negotiation or the logon."""
    def hook(message):
        if message.command == command and message.status == 0:
            change(message)
    return hook


def unsign(message):
    struct.pack_into("<I", message.bytes, 16, message.flags & ~SIGNED)


@case(seconds=240)
def kerberos_is_bound_to_the_connection(place):
    """The last answer of a logon carries the key that it is signed with: changed on its way in any part, it is
    refused, and so is a negotiation that was."""
    place.needs_program()
    domain = Domain(place)
    attacks = [
        (SESSION_SETUP, lambda message: message.flip(SIGNATURE), "negotiation-tampered"),
        (SESSION_SETUP, unsign, "unsigned-message"),
        (SESSION_SETUP, lambda message: message.flip(-1), "server-logon-failed"),  # in AP-REP
        (NEGOTIATE, lambda message: message.flip(64 + 10), "negotiation-tampered"),  # in ServerGuid
    ]
    for command, change, reason in attacks:
        relay = place.relay(domain.fs2, on_answer=strike(command, change))
        warden = place.warden(relay, upstream="principal: cifs/fs2.testdom.test, logon: [kerberos]",
                              accounts=[identity(domain, "alice")])
        check_equal(Smbclient(warden, user=SCANNER).refused()[0], "NT_STATUS_ACCESS_DENIED", f"told of {reason}")
        warden.expect_refusal(reason)
        check(not warden.events(event="tree"), "a share was served")
        warden.check_alive()


# 1.3.6.1.4.1.99999.1, which nobody knows, and Kerberos
STRANGE, KRB5 = bytes.fromhex("2b060104018d8b1f01"), bytes.fromhex("2a864886f712010202")
SPNEGO = bytes.fromhex("2b0601050502")


def der(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def fields(token):
    """The fields of a NegTokenResp by number, each as the content of what is in it."""
    def take(data):
        size, at = data[1], 2
        if size & 0x80:
            at = 2 + (size & 0x7F)
            size = int.from_bytes(data[2:at], "big")
        return data[0], data[at:at + size], data[at + size:]
    rest, found = take(take(token)[1])[1], {}
    while rest:
        tag, content, rest = take(rest)
        found[tag & 0x1F] = take(content)[1]
    return found


def response(number, content):
    return der(0xA1, der(0x30, der(0xA0 | number, der(0x04, content))))


def krb5_client(domain, name):
    """Kerberos alone, without SPNEGO, of NAME toward smbwarden."""
    settings = LoadParm()
    settings.load("/etc/samba/smb.conf")
    credentials = Credentials()
    credentials.guess(settings)
    credentials.set_username(name)
    credentials.set_realm(REALM)
    credentials.set_password(domain.user(name)[1])
    credentials.set_kerberos_state(MUST_USE_KERBEROS)
    krb5 = gensec.Security.start_client({"lp_ctx": settings, "target_hostname": "gw.testdom.test"})
    krb5.set_credentials(credentials)
    krb5.set_target_service("cifs")
    krb5.set_target_hostname("gw.testdom.test")
    for feature in (gensec.FEATURE_SIGN, gensec.FEATURE_SESSION_KEY):
        krb5.want_feature(feature)
    krb5.start_mech_by_name("gssapi_krb5")
    return krb5


def initial(types, token=None):
    """A NegTokenInit that names TYPES, and has TOKEN of the first of them with it."""
    parts = [der(0xA0, types)] + ([der(0xA2, der(0x04, token))] if token else [])
    return der(0x60, der(0x06, SPNEGO), der(0xA0, der(0x30, *parts)))


class Second:
    """A client whose first choice is a mechanism that we do not have, and whose second is Kerberos."""

    def __init__(self, domain, warden, name):
        self._krb5 = krb5_client(domain, name)
        self.types = der(0x30, der(0x06, STRANGE), der(0x06, KRB5))
        self.peer = Peer(warden)
        self.peer.negotiate()

    def prove(self):
        """Everything up to our mechListMIC; what the server's answers said."""
        chosen = fields(self.peer.session_setup(initial(self.types), (MORE_PROCESSING,)))
        request = self._krb5.update(b"")[1]
        reply = fields(self.peer.session_setup(response(2, request), (MORE_PROCESSING,)))
        check(self._krb5.update(reply[2])[0], "Kerberos is not content")
        return chosen, reply

    def confirm(self, types, want=(SUCCESS,)):
        return fields(self.peer.session_setup(response(3, self._krb5.sign_packet(types, types)), want))

    def vouched_for(self, answer):
        self._krb5.check_packet(self.types, self.types, answer[3])


@case(seconds=180)
def kerberos_as_a_second_choice_is_confirmed(place):
    """Who would have preferred another mechanism must sign the list of all, after our last token, and has it
    signed by us."""
    place.needs_program()
    domain = Domain(place)
    warden = keyed_warden(place, domain, domain.fs2, [principal("alice", domain, "alice")], client="wire: trusted")
    client = Second(domain, warden, "alice")
    chosen, reply = client.prove()
    check_equal((chosen[0], chosen[1]), (b"\3", KRB5), "state and mechanism of the first answer")
    check_equal(reply[0], b"\1", "state of the second")
    answer = client.confirm(client.types)
    check_equal(answer[0], b"\0", "state of the last")
    client.vouched_for(answer)
    check_equal(warden.event(event="logon")["user"], f"alice@{REALM}", "who has logged on")
    struck = Second(domain, warden, "alice")
    struck.prove()
    try:
        struck.confirm(der(0x30, der(0x06, KRB5)))
    except Refused:
        warden.expect_refusal("logon-failed")
    else:
        raise Failed("a list that was changed on its way has been taken")
    warden.check_alive()
