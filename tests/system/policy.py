"""What the policy refuses is refused at the right place, by the right rule, and told in one line of the log."""

import re
import socket

from cases import case
from fixture import ALICE, BOB, Failed, Smbclient, accounts_entry, check, check_equal, seals
from peer import Ended, Peer

SECRET = r"'\\fs1\secret': {require: [privacy]}"


def check_refused(warden, client, word, reason, commands="ls", **fields):
    found, _ = client.refused(commands)
    check_equal(found, word, "what the client is told")
    refusal = warden.expect_refusal(reason, **fields)
    check_equal(refusal.get("action"), "refuse", "action")
    warden.check_alive()
    return refusal


@case()
def privacy_unmet(place):
    """The server cannot encrypt: one share demands it, the other does not."""
    place.needs_program()
    server = place.samba("server smb encrypt = off", shares=["secret"])
    warden = place.warden(server, rules=SECRET)
    Smbclient(warden).do("put /etc/hostname x")
    refusal = check_refused(warden, Smbclient(warden, share="secret"), "NT_STATUS_ACCESS_DENIED", "privacy-unmet")
    check(str(refusal.get("rule")).endswith(warden.rule_place("secret")), f"rule is {refusal.get('rule')}")


@case()
def privacy_met(place):
    """The server only offers encryption: smbwarden uses it where the rule demands it."""
    place.needs_program()
    server = place.samba(shares=["secret"])
    warden = place.warden(server, rules=SECRET)
    Smbclient(warden, share="secret").do("put /etc/hostname x")
    tree = warden.event(event="tree", action="allow")
    check(seals(tree["server_leg"]), "the server leg is not sealed")
    warden.check_alive()


@case()
def sysvol_is_ruled_unless_told_otherwise(place):
    place.needs_program()
    server = place.samba(hardened=True, shares=["sysvol"])
    warden = place.warden(server)
    check_refused(warden, Smbclient(warden, share="SysVol"), "NT_STATUS_ACCESS_DENIED", "mutual-authentication-unmet")


@case()
def windows_spelling_of_a_rule(place):
    place.needs_program()
    server = place.samba("server smb encrypt = off", shares=["hr"])
    rule = r"'\\*\hr': RequireMutualAuthentication=0, RequireIntegrity = 1,RequirePrivacy=1"
    warden = place.warden(server, rules=rule)
    check_refused(warden, Smbclient(warden, share="HR"), "NT_STATUS_ACCESS_DENIED", "privacy-unmet")


@case()
def untrusted_wire_must_sign(place):
    """On an untrusted wire the rule holds for the client leg too; it signs, so integrity is met and privacy is not."""
    place.needs_program()
    server = place.samba(hardened=True, shares=["secret"])
    warden = place.warden(server, client="wire: untrusted", rules=SECRET)
    Smbclient(warden, "3.1.1", "signed").do("put /etc/hostname x")
    check_refused(warden, Smbclient(warden, "2.1", "signed", share="secret"), "NT_STATUS_ACCESS_DENIED", "privacy-unmet")
    Smbclient(warden, "3.1.1", "sealed", share="secret").do("ls")


@case()
def listener_min_dialect(place):
    place.needs_program()
    warden = place.warden(place.samba(hardened=True), client="min_dialect: 3.0")
    Smbclient(warden, "3.0").do("ls")
    Smbclient(warden, "2.1").refused()
    warden.expect_refusal("dialect-refused")
    warden.check_alive()


@case()
def weak_server_is_refused(place):
    """The server speaks nothing above 2.1; the built-in minimum is 3.1.1."""
    place.needs_program()
    server = place.samba("server max protocol = SMB2_10")
    warden = place.warden(server)
    Smbclient(warden).refused()
    refusals = warden.events(event="refused")
    check(refusals and refusals[0]["reason"] in ("dialect-unmet", "server-downgraded", "dialect-refused"),
          f"refusals: {refusals}")
    warden.check_alive()


@case()
def weak_server_is_admitted_by_name(place):
    """An old server behind `min_dialect: 2.1`: signed by HMAC-SHA256, which has to be named."""
    place.needs_program()
    server = place.samba("server max protocol = SMB2_10")
    warden = place.warden(server, upstream="min_dialect: 2.1, signing_algorithms: [aes-128-gmac, aes-128-cmac, hmac-sha256]")
    Smbclient(warden).do("put /etc/hostname x")
    check_equal(warden.event(event="tree")["server_leg"]["dialect"], "2.1", "dialect of the server leg")
    warden.check_alive()


@case()
def rule_min_dialect(place):
    place.needs_program()
    server = place.samba("server max protocol = SMB3_02", shares=["new"])
    warden = place.warden(server, rules=r"'\\*\new': {min_dialect: 3.1.1}",
                          upstream="min_dialect: 3.0, signing_algorithms: [aes-128-gmac, aes-128-cmac]")
    Smbclient(warden).do("ls")
    check_refused(warden, Smbclient(warden, share="new"), "NT_STATUS_ACCESS_DENIED", "dialect-unmet")


@case()
def audit_lets_through_and_tells(place):
    place.needs_program()
    server = place.samba("server smb encrypt = off", shares=["secret"])
    warden = place.warden(server, rules=SECRET, top="mode: audit")
    Smbclient(warden, share="secret").do("put /etc/hostname x; get x /dev/null")
    told = warden.events(action="would-refuse")
    check(told, "no line of the log says would-refuse")
    check_equal({event["reason"] for event in told}, {"privacy-unmet"}, "what would have been refused")
    check_equal(warden.events(action="refuse"), [], "refusals")
    warden.check_alive()


@case()
def audit_of_one_rule(place):
    place.needs_program()
    server = place.samba("server smb encrypt = off", shares=["secret", "hr"])
    warden = place.warden(server, rules=SECRET + "\n" + r"'\\fs1\hr': {require: [privacy], mode: audit}")
    Smbclient(warden, share="hr").do("ls")
    check_refused(warden, Smbclient(warden, share="secret"), "NT_STATUS_ACCESS_DENIED", "privacy-unmet")


@case()
def exemption_is_used_and_told(place):
    """Every share is sealed but the one that a more specific rule exempts; start and use are in the log."""
    place.needs_program()
    server = place.samba(shares=["leaflets"])
    rules = r"'\\fs1\*': {require: [privacy]}" + "\n" + \
        r"'\\fs1\leaflets': {exempt: [privacy], reason: 'read-only, ticket 4711'}"
    warden = place.warden(server, rules=rules)
    at = warden.rule_place("leaflets")
    start = warden.event(event="exemption", exempt="privacy", why="read-only, ticket 4711")
    check(start["rule"].endswith(at) and start["level"] == "warning", f"at the start: {start}")
    Smbclient(warden, share="leaflets").do("put /etc/hostname x")
    check(not seals(warden.event(event="tree", action="allow")["server_leg"]), "the exempted share is sealed")
    used = warden.event(event="exempted", exempt="privacy", why="read-only, ticket 4711")
    check(used["rule"].endswith(at) and used["unc"].endswith("leaflets"), f"at its use: {used}")
    Smbclient(warden).do("put /etc/hostname x")
    check(seals(warden.event(event="tree", action="allow")["server_leg"]), "a share that is not exempted is not sealed")
    check_equal(len(warden.events(event="exempted")), 1, "uses in the log")
    warden.check_alive()


@case()
def blocked_ntlm(place):
    """A rule blocks NTLM for one share, then a server's section for all: the server never hears of an account."""
    place.needs_program()
    server = place.samba(hardened=True, shares=["hr"])
    warden = place.warden(server, rules=r"'\\fs1\hr': {block_ntlm: true}",
                          upstream="principal: cifs/fs1")
    refusal = check_refused(warden, Smbclient(warden, share="hr"), "NT_STATUS_ACCESS_DENIED", "logon-method-refused")
    check("blocks NTLM toward the server" in refusal["words"], f"words: {refusal['words']}")
    check(str(refusal.get("rule")).endswith(warden.rule_place("hr")), f"rule is {refusal.get('rule')}")
    Smbclient(warden).do("ls")
    strict = place.warden(server, upstream="block_ntlm: true, principal: cifs/fs1")
    refusal = check_refused(strict, Smbclient(strict), "NT_STATUS_ACCESS_DENIED", "logon-method-refused")
    check(str(refusal.get("rule")).endswith(strict.rule_place("block_ntlm")), f"rule is {refusal.get('rule')}")


@case()
def source_networks(place):
    """Who comes from elsewhere is closed before a byte is answered; each listener has networks of its own."""
    place.needs_program()
    server = place.samba(hardened=True)
    warden = place.warden(server, client="from: [192.0.2.0/24, 127.0.0.2]")
    Smbclient(warden).refused()
    warden.expect_refusal("source-refused")
    with socket.socket() as admitted:
        admitted.settimeout(10)
        admitted.bind(("127.0.0.2", 0))
        admitted.connect((warden.address, warden.port))
        warden.event(event="connected", client=f"127.0.0.2:{admitted.getsockname()[1]}")
    check_equal(len(warden.events(event="refused")), 1, "refusals")
    warden.check_alive()


@case()
def accounts_of_two_legs(place):
    """The name at the client leg is not the name at the server; the server never hears of the former."""
    place.needs_program()
    near, far = ("scanner", "Bitter-Almond-7"), ("svc-scan", "Quince-and-Medlar-9")
    server = place.samba(hardened=True, users=[far])
    warden = place.warden(server, accounts=[near + far])
    Smbclient(warden, user=near).do("put /etc/hostname x")
    check_equal((server.root() / "x").owner(), "games", "owner of the file")
    heard = "".join(path.read_text(errors="replace") for path in server.dir.glob("log.*"))
    check("scanner" not in heard, "the server has heard of the client's account")
    told = warden.log_text()
    check(near[1] not in told and far[1] not in told, "a password is in the log")
    warden.check_alive()


def check_ended(peer):
    try:
        answer = peer.receive()
    except Ended:
        return
    raise Failed(f"the client was not ended, but told {answer.status:#x}")


@case()
def policy_is_read_anew(place):
    """Who is connected is ended with a reason and comes again; the new rule holds for it; the port stays open."""
    place.needs_program()
    server = place.samba("server smb encrypt = off", shares=["secret"])
    warden = place.warden(server, rules=r"'\\fs1\other': {require: [privacy]}")
    peer = Peer(warden)
    peer.on_share(ALICE, "secret")
    warden.read_anew("other", "secret")
    check_ended(peer)
    loaded = warden.event(event="policy-loaded", ended=1)
    check_equal(loaded["rules"], warden.events(event="policy-loaded")[0]["rules"], "how many rules there are")
    check_equal(warden.event(event="closed")["reason"], "policy-changed", "why the client was ended")
    Smbclient(warden).do("put /etc/hostname x")
    word, _ = Smbclient(warden, share="secret").refused()
    check_equal(word, "NT_STATUS_ACCESS_DENIED", "what the client is told by the new rule")
    check_equal([event["reason"] for event in warden.events(event="refused")], ["policy-changed", "privacy-unmet"],
                "refusals")
    warden.check_alive()


@case()
def policy_with_a_fault_changes_nothing(place):
    """Nor does one that says the same; an account that is gone is gone, and the other one is still there."""
    place.needs_program()
    warden = place.warden(place.samba(hardened=True))
    peer = Peer(warden)
    peer.on_share(ALICE, "files")
    warden.read_anew("version: 1", "version: 1")
    warden.event(event="policy-unchanged")
    warden.read_anew("listeners:", "listners:")
    warden.event(event="policy-refused", words="unknown key 'listners'; did you mean 'listeners'?",
                 file=str(warden.config), line=4)
    peer.echo()
    secrets = warden.config.parent / re.search(r"^accounts: (.*)$", warden.config.read_text(), re.M)[1]
    secrets.write_text("accounts:\n" + accounts_entry(BOB))
    warden.read_anew("listners:", "listeners:")
    check_ended(peer)
    check_equal(Smbclient(warden).refused()[0], "NT_STATUS_LOGON_FAILURE", "what alice is told")
    Smbclient(warden, user=BOB).do("ls")
    warden.check_alive()
