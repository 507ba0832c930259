"""What `smbwarden probe` says of real servers, with nothing but questions."""

import json
import subprocess

from cases import case
from fixture import check, check_equal, free_port


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


@case("probe-of-nobody")
def nobody(place):
    place.needs_program()
    check("cannot be reached" in probe(place, f"127.0.0.1:{free_port()}", status=3), "it is not said why")
