"""What is left of the process once it serves: whose it is, what it may do, and what nobody can read out of it."""

import os
import re
import subprocess
from pathlib import Path

from cases import case
from fixture import Failed, Skipped, Smbclient, check, check_equal, free_port, wait_for

def status_of(pid):
    """The lines of /proc/PID/status, of the process and of each of its threads."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return [dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line) for text in texts]


def check_bare(pid, uid):
    threads = status_of(pid)
    check(len(threads) > 4, f"{len(threads)} threads")
    for thread in threads:
        check_equal(thread["Uid"].split(), [str(uid)] * 4, "Uid")
        check("0" not in thread["Gid"].split(), f"Gid: {thread['Gid']}")
        check_equal(thread["Groups"].split(), [], "Groups")
        check_equal(thread["NoNewPrivs"], "1", "NoNewPrivs")
        check_equal(thread["Seccomp"], "2", "Seccomp")
        for which in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            check_equal(int(thread[which], 16), 0, which)


@case()
def root_is_left_behind(place):
    """Started as root on a privileged port: it serves as somebody else, bare of all rights, and says so."""
    place.needs_program()
    place.not_under_valgrind("it has no system calls by which a process confines itself")
    if os.geteuid() != 0:
        raise Skipped("takes root")
    port = 445
    try:
        server = place.samba(hardened=True)
        warden = place.warden(server, top="user: daemon", listen=("127.0.0.45", port))
    except Failed as why:
        if "taken" in str(why) or "in use" in str(why):
            raise Skipped("port 445 is taken") from None
        raise
    check_bare(warden.pid, 1)
    told = warden.event(event="confined")
    check_equal((told["level"], told["uid"], told["capabilities"], told["no_new_privileges"], told["memory"],
                 told["system_calls"], told["files"]),
                ("info", 1, "none", "in force", "not to be dumped", "in force", "in force"), "what is in force")
    Smbclient(warden).do("put /etc/hostname x; get x /dev/null")
    check_bare(warden.pid, 1)
    warden.check_alive()


@case()
def root_that_stays_is_told(place):
    place.needs_program()
    warden = place.warden(place.samba(hardened=True))
    told = warden.event(event="confined")
    check_equal((told["level"], told["capabilities"]), ("warning", "kept") if os.geteuid() == 0 else ("info", "none"),
                "what is told of root")
    port = free_port()
    process = place.spawn([place.program, "serve", "--no-sandbox", "--listen", f"127.0.0.1:{port}", "--server", "127.0.0.1:9"],
                          "bare")
    wait_for("`ready`", lambda: b'"ready"' in process.log.read_bytes())
    check(b'"system_calls":"not in force: told so on the command line"' in process.log.read_bytes(),
          "what is not in force is not told")
    check_equal(status_of(process.pid)[0]["Seccomp"], "0", "Seccomp without a sandbox")


@case()
def users_that_cannot_be(place):
    place.needs_program()
    for user in ("root", "no-such-user", "daemon:no-such-group"):
        command = [place.program, "serve", "--listen", "127.0.0.1:0", "--server", "127.0.0.1:9", "--user", user]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        check_equal(done.returncode, 3, f"exit status as {user}")
        check('"event":"failed"' in done.stderr and '"ready"' not in done.stderr, f"said: {done.stderr[-300:]}")


def core_of(place, pid):
    """What gcore, run as the process' own user, says, and whether there is a core then."""
    core = place.path("core")
    command = ["setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups", "gcore", "-o", str(core), str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr, bool(list(place.dir.glob(f"{core.name}*")))


def nt_hash(password):
    from impacket.ntlm import compute_nthash
    return bytes(compute_nthash(password))


@case(seconds=90)
def secrets_stay_inside(place):
    """Passwords and hashes are in no log, and no core is to be had."""
    place.needs_program()
    near, far, typed = ("scanner", "Bitter-Almond-7"), ("svc-scan", "Quince-and-Medlar-9"), "Sloe-and-Damson-3"
    server = place.samba(hardened=True, users=[far])
    warden = place.warden(server, accounts=[near + far], top="user: daemon\nlog: {level: debug}")
    Smbclient(warden, user=near).do("put /etc/hostname x")
    Smbclient(warden, user=(near[0], typed)).refused()
    secrets = [near[1], far[1], typed]
    forbidden = [form for secret in secrets for form in (secret.encode(), secret.encode("utf-16-le"), nt_hash(secret),
                                                         nt_hash(secret).hex().encode(), nt_hash(secret).hex().upper().encode())]
    told = warden.log_text().encode(errors="replace")
    check_equal([form for form in forbidden if form in told], [], "secrets in the log")
    place.dir.chmod(0o777)
    other = place.spawn(["setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups", "sleep", "60"], "other")
    said, got = core_of(place, other.pid)
    check(got, f"gcore gets no core of anybody: {said}")
    said, got = core_of(place, warden.pid)
    check(not got, f"gcore has a core of smbwarden: {said}")
    limits = Path(f"/proc/{warden.pid}/limits").read_text()
    check(re.search(r"^Max core file size +0 +0 ", limits, re.M), "a core file may be written")
    warden.check_alive()
