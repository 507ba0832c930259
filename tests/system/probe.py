"""What `smbwarden probe` says of real servers, with nothing but questions, and of who gets in there."""

import json
import struct
import subprocess

from cases import case
from domain import REALM, Domain
from fixture import ALICE, check, check_equal, free_port
from relay import SESSION_SETUP


def probe(place, *words, status=0):
    done = subprocess.run([place.program, "probe", *words], capture_output=True, text=True, timeout=60)
    print(f"$ probe {words}\n{done.stdout}{done.stderr}({done.returncode})", flush=True)
    check_equal(done.returncode, status, "exit status")
    check(not any(line != line.rstrip() for line in done.stdout.splitlines()), "a line ends in blanks")
    return done.stdout + done.stderr


def probe_json(place, *words, status=0):
    return json.loads(probe(place, "--json", *words, status=status))


def yes(answers):
    return [name for name, answer in answers.items() if answer]


@case("probe-of-a-strong-server")
def strong(place):
    place.needs_program()
    server = place.samba(hardened=True)
    said = probe_json(place, f"127.0.0.1:{server.port}")
    check_equal(yes(said["dialects"]), ["3.1.1"], "dialects")
    check_equal(yes(said["signing"]), ["aes-128-gmac", "aes-128-cmac", "hmac-sha256"], "signing")
    check_equal(yes(said["ciphers"]), ["aes-128-gcm", "aes-256-gcm", "aes-128-ccm", "aes-256-ccm"], "ciphers")
    check_equal(said["chosen"], {"dialect": "3.1.1", "signing": "aes-128-gmac", "cipher": "aes-128-gcm"}, "chosen")
    check_equal((said["signing_required"], said["guests"], said["met"]), (True, "refused", True), "the rest")
    text = probe(place, f"127.0.0.1:{server.port}")
    for words in ("\n  3.1.1        yes       aes-128-gmac   aes-128-gcm\n", "\n  3.0.2        no\n",
                  "\n  logon        ntlm\n", "\n  guests       refused\n", "\nIt meets its rules.\n"):
        check(words in text, f"{words!r} is not said")


@case("probe-of-a-weak-server")
def weak(place):
    """It speaks 2.1 at most, and lets anybody in as guest."""
    place.needs_program()
    server = place.samba("server max protocol = SMB2_10", "map to guest = bad user")
    said = probe_json(place, f"127.0.0.1:{server.port}", status=1)
    check_equal(yes(said["dialects"]), ["2.1", "2.0.2"], "dialects")
    check_equal((yes(said["ciphers"]), yes(said["signing"])), ([], []), "algorithms of 3.1.1")
    check_equal((said["guests"], said["met"]), ("let in", False), "guests")
    check("dialect-unmet" in probe(place, f"127.0.0.1:{server.port}", status=1), "the reason is not said")
    said = probe_json(place, "--no-logon", f"127.0.0.1:{server.port}", status=1)
    check_equal(said["guests"], "not known", "guests")


@case("probe-by-the-policy")
def by_policy(place):
    """Rules are met or not by their lines; what was seen before counts; no account is shown to the server."""
    place.needs_program()
    server = place.samba("server smb encrypt = off", "log level = 3")
    state = place.path("state")
    warden = place.warden(server, state=state, rules="'\\\\fs1\\secret': {require: [privacy]}\n"
                                                     "'\\\\fs1\\plain': {require: [integrity]}")
    config = ["--config", warden.config]
    text = probe(place, *config, "FS1", status=1)
    check(f"unmet    ({warden.config}:{warden.rule_place('secret').partition(':')[2]})" in text, "the rule is not named")
    check("privacy-unmet" in text and "It does not meet its rules." in text, "the reason is not said")
    said = probe_json(place, *config, "fs1", status=1)
    check_equal(said["unmet"], {"\\\\fs1\\secret": "privacy-unmet"}, "unmet")
    check("held against the built-in policy" in probe(place, *config, f"127.0.0.1:{place.samba().port}"),
          "another port of the same host is taken for the server of the policy")
    heard = "".join(path.read_text(errors="replace") for path in server.dir.glob("log.*"))
    check("smbwarden-probe-" in heard, "the server has heard nobody")
    check("[alice]" not in heard, "an account was shown to the server")
    (state / "servers").write_text("smbwarden-state 1\nserver fs1\ncipher aes-128-gcm since 2026-01-31T12:00:00Z\nend 2\n")
    text = probe(place, *config, "fs1", status=1)
    check("server-downgraded" in text and "cipher aes-128-gcm was seen on 2026-01-31T12:00:00Z; now it is none" in text,
          "what was seen before does not count")


@case("probe-of-who-is-let-in")
def who_is_let_in(place):
    """Samba lets in whoever gives no name; smbwarden, asked as a server, only where a listener names him."""
    place.needs_program()
    server = place.samba()
    said = probe_json(place, f"127.0.0.1:{server.port}")
    check_equal((said["anonymous"], said["guests"]), ("let in", "refused"), "who is let in by Samba")
    for logon, guests, anonymous in (("ntlmv2", "refused", "refused"), ("ntlmv2, guest", "let in", "refused"),
                                     ("ntlmv2, anonymous", "refused", "let in")):
        guest_as = ", guest_as: alice" if logon != "ntlmv2" else ""
        warden = place.warden(server, client=f"logon: [{logon}]{guest_as}")
        said = probe_json(place, f"127.0.0.1:{warden.port}")
        check_equal((said["anonymous"], said["guests"]), (anonymous, guests), f"who is let in by {logon}")
        text = probe(place, f"127.0.0.1:{warden.port}")
        check(f"\n  guests       {guests}\n  anonymous    {anonymous}\n" in text, "it is not said")
        said = probe_json(place, "--no-logon", f"127.0.0.1:{warden.port}")
        check_equal((said["anonymous"], said["guests"]), ("not known", "not known"), "unasked")
        warden.check_alive()


@case("probe-of-nobody")
def nobody(place):
    place.needs_program()
    check("cannot be reached" in probe(place, f"127.0.0.1:{free_port()}", status=3), "it is not said why")


@case("probe-as-a-user")
def as_a_user(place):
    """A logon as whom the accounts file says, by NTLM: what it proves, and what it says when it fails."""
    place.needs_program()
    server = place.samba(hardened=True)
    warden = place.warden(server, accounts=[("scanner", "Bitter-Almond-7", *ALICE), ("lost", "x", "alice", "wrong")],
                          upstream="principal: cifs/fs1.test", rules=r"'\\fs1\held': {require: [mutual_authentication]}")
    config = ["--config", warden.config]
    text = probe(place, *config, "--user", "scanner", "fs1", status=1)
    check("\n  user         scanner, who is alice there\n  logged on by ntlmv2\n  proved to be nobody" in text, "who is who")
    check("the user's logon             met " in text and "mutual-authentication-unmet" in text, "what is met")
    said = probe_json(place, *config, "--user", "lost", "fs1", status=1)
    check_equal(said["unmet"]["the user's logon"], "server-logon-failed", "why lost is not let in")
    check_equal((said["user"]["server_user"], said["user"]["logon"], said["user"]["mutual"], said["user"]["words"]),
                ("alice", "none", False, "the server refuses the account"), "what is said of lost")
    check("LOGON_FAILURE" in said["user"]["detail"], f"detail: {said['user']['detail']}")
    check("no such user" in probe(place, *config, "--user", "nobody", "fs1", status=1), "nobody is somebody")
    warden.check_alive()


@case("probe-as-a-user-behind-an-attacker")
def behind_an_attacker(place):
    """The last answer of the logon must show that the server has the key; as a guest nobody is let in."""
    place.needs_program()
    server = place.samba(hardened=True)

    def strike(message):
        if message.command == SESSION_SETUP and message.status == 0:
            message.flip(48)  # in the signature
    relay = place.relay(server, on_answer=strike)
    warden = place.warden(relay, accounts=[ALICE])
    said = probe_json(place, "--config", warden.config, "--user", "alice", "fs1", status=1)
    check_equal(said["unmet"]["the user's logon"], "negotiation-tampered", "an answer with another's signature")
    lax = place.samba("map to guest = bad user")
    warden = place.warden(lax, accounts=[("scanner", "x", "who-is-that", "y")])
    said = probe_json(place, "--config", warden.config, "--user", "scanner", "fs1", status=1)
    check_equal(said["unmet"]["the user's logon"], "guest-refused", "a server that makes guests of people")


@case("probe-as-a-user-of-a-domain", seconds=180)
def of_a_domain(place):
    """By password, by keytab, by delegation: who that is, that it was by Kerberos, whom the server has proved to be."""
    place.needs_program()
    domain = Domain(place)
    accounts = [("scanner", "x", f"alice@{REALM}", domain.user("alice")[1]),
                ("printer", "x", f"bob@{REALM}", domain.keytab("bob")),
                ("stale", "x", f"bob@{REALM}", domain.keytab("alice")), ("plotter", "x", f"alice@{REALM}", None)]
    warden = place.warden(domain.fs2, accounts=accounts, rules=r"'\\*\sealed': {require: [mutual_authentication]}",
                          top=f"kerberos: {{keytab: {domain.keytab('gw')}, delegation: s4u}}")
    config = ["--config", warden.config]
    check_equal(probe_json(place, *config, "fs1")["met"], True, "whether a demand of Kerberos can be met")
    for user, is_whom, delegated in (("scanner", "alice", False), ("printer", "bob", False), ("plotter", "alice", True),
                                     (f"bob@{REALM}", "bob", True)):
        said = probe_json(place, *config, "--user", user, "fs1")
        check_equal(said["user"], {"name": user, "server_user": f"{is_whom}@{REALM}", "delegated": delegated,
                                   "logon": "kerberos", "mutual": True, "principal": "cifs/fs2.testdom.test"}, user)
        check_equal(said["met"], True, f"whether {user} is let in")
    for user, words in (("stale", "the account's keytab cannot be read, or has no key for the account"),
                        (f"carol@{REALM}", "the KDC does not let smbwarden act for the client at the server"),
                        (f"nobody@{REALM}", "the KDC has no such account")):
        said = probe_json(place, *config, "--user", user, "fs1", status=1)
        check_equal((said["user"]["words"], said["user"]["logon"], said["user"]["mutual"]), (words, "none", False), user)
    check(not warden.events(event="connected"), "somebody asked smbwarden")
    warden = place.warden(domain.fs1, accounts=accounts[:1], upstream="principal: cifs/nobody.testdom.test",
                          rules=r"'\\*\sealed': {require: [mutual_authentication]}")
    text = probe(place, "--config", warden.config, "--user", "scanner", "fs1", status=1)
    for words in ("logged on by ntlmv2", "kerberos failed: the KDC knows no service of that name",
                  f"alice@{REALM} for cifs/nobody.testdom.test", "mutual-authentication-unmet"):
        check(words in text, f"{words!r} is not said")


@case("probe-of-a-server-that-takes-anybody")
def takes_anybody(place):
    """Who says that the logon is over lets the stranger in, whatever else it says or does not."""
    place.needs_program()

    def welcome(message):
        if message.command == SESSION_SETUP:
            struct.pack_into("<I", message.bytes, 8, 0)
    relay = place.relay(place.samba(), on_answer=welcome)
    said = probe_json(place, f"127.0.0.1:{relay.port}")
    check_equal((said["guests"], said["anonymous"]), ("let in", "let in"), "who is let in")
    warden = place.warden(relay, accounts=[ALICE])
    said = probe_json(place, "--config", warden.config, "--user", "alice", "fs1", status=1)
    check_equal(said["unmet"]["the user's logon"], "server-logon-failed", "a logon that ended too early")
