"""Domains and KDCs that say no, or nothing: stale passwords lock no account, and who waits for one that is
silent delays nobody else."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

from cases import case
from domain import MACHINES, REALM, Domain
from fixture import ALICE, Smbclient, check, check_equal, free_port, wait_for

DEVICE = ("device", "Bitter-Almond-7")
THRESHOLD = 5
SOON = 4.0  # seconds: a logon that waits for nobody, on a machine that has much else to do


def lockable(place):
    """A domain that locks an account after THRESHOLD wrong passwords."""
    place.needs_program()
    domain = Domain(place)
    domain.within("dc", "samba-tool", "domain", "passwordsettings", "set", f"--account-lockout-threshold={THRESHOLD}",
                  "--account-lockout-duration=30", "--reset-account-lockout-after=30")
    return domain


def mistakes(domain, name):
    """How many wrong passwords the domain has counted for an account."""
    shown = domain.within("dc", "samba-tool", "user", "show", name, "--attributes=badPwdCount,lockoutTime")
    found = re.search(r"^badPwdCount: (\d+)", shown, re.M)
    return int(found.group(1)) if found else 0


def check_not_locked(domain, name, wanted):
    check_equal(mistakes(domain, name), wanted, "wrong passwords that the domain has counted")
    Smbclient(domain.fs1, user=domain.user(name)).do("ls")


def started(client):
    """CLIENT's `ls`, which goes on by itself."""
    return subprocess.Popen(client.command("-c", "ls"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def all_at_once(client, count):
    """So many of CLIENT, who are ended whatever happens."""
    processes = [started(client) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def seconds_of(action):
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def check_soon(what, action):
    took = seconds_of(action)
    print(f"{what}: {took:.2f} s", flush=True)
    check(took < SOON, f"{what} took {took:.1f} s")


@case(seconds=240)
def wrong_password_on_a_device_locks_nobody(place):
    """A device that goes on trying is refused by us; another client with the right password logs on."""
    domain = lockable(place)
    port = free_port()
    warden = place.warden(domain.fs1, listen=("0.0.0.0", port), top="winbind: true", client="wire: trusted",
                          accounts=[(domain.user("alice")[0], None, *domain.user("scanner"))])
    here, there = (SimpleNamespace(address=address, port=port) for address in ("127.0.0.1", MACHINES["gw"]))
    wrong = Smbclient(here, user=(domain.user("alice")[0], "stale"))
    with all_at_once(wrong, 8) as devices:
        for device in devices:
            device.wait(60)
    check_equal(mistakes(domain, "alice"), 3, "wrong passwords that the domain has counted")
    check_equal(wrong.refused()[0], "NT_STATUS_LOGON_FAILURE", "what the device is told")
    last = warden.events(event="refused")[-1]
    check("several times in a row" in last["words"], f"words: {last['words']}")
    check("after 3 refusals in a row" in last["detail"], f"detail: {last['detail']}")
    check("not asked again until 20" in last["detail"], f"detail: {last['detail']}")
    Smbclient(there, user=domain.user("alice")).do("ls")
    check_not_locked(domain, "alice", 0)  # a right one has been counted as such
    check_equal(wrong.refused()[0], "NT_STATUS_LOGON_FAILURE", "what the device is told")
    check_equal(mistakes(domain, "alice"), 0, "wrong passwords that the domain has counted")
    warden.check_alive()


def stale(place, identity, upstream=""):
    """Whoever goes on asking for a share by a stored password that is wrong; what the log says of it."""
    domain = lockable(place)
    warden = place.warden(domain.fs1, upstream=upstream, accounts=[(*DEVICE, identity, "stale")])
    client = Smbclient(warden, user=DEVICE)
    with all_at_once(client, 8) as devices:
        for device in devices:
            device.wait(60)
    check_equal(client.refused()[0], "NT_STATUS_ACCESS_DENIED", "what the device is told")
    last = warden.events(event="refused", reason="server-logon-failed")[-1]
    check("shown again for a while" in last["words"], f"words: {last['words']}")
    check("after 3 refusals in a row" in last["detail"], f"detail: {last['detail']}")
    check_equal(mistakes(domain, "alice"), 3, "wrong passwords that the domain has counted")
    Smbclient(domain.fs1, user=domain.user("alice")).do("ls")
    check('"stale"' not in warden.log_text(), "the log has the secret")
    warden.check_alive()
    # a restart forgets, and a right password is another one
    again = place.warden(domain.fs1, upstream=upstream, accounts=[(*DEVICE, identity, domain.user("alice")[1])])
    Smbclient(again, user=DEVICE).do("ls")
    again.check_alive()


@case(seconds=240)
def wrong_password_for_a_kdc_locks_nobody(place):
    """Nor is it then shown to the server by NTLM, which the policy admits."""
    stale(place, f"alice@{REALM}")


@case(seconds=240)
def wrong_password_for_a_server_locks_nobody(place):
    stale(place, r"TESTDOM\alice", "logon: [ntlmv2]")


def processes_below(pid):
    """PID and all that it has brought forth."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [below for child in children for below in processes_below(int(child))]


@contextlib.contextmanager
def held(domain, name):
    """The machine NAME's programs do not run meanwhile."""
    first = int(domain._first(name))
    pids = [pid for pid in processes_below(first) if pid != first]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@case(seconds=240, slow=True)
def winbindd_that_hangs_holds_up_nobody_else(place):
    """Local passwords are judged at once. The domain's users wait for limits.logon_time; once winbindd is known
    to hang (domain_silent) they are told at once, and when it is back they are let in."""
    place.needs_program()
    domain = Domain(place)
    warden = place.warden(domain.fs1, top="winbind: true\nlimits: {logon_time: 15s}",
                          accounts=[(*DEVICE, *domain.user("scanner")),
                                    (domain.user("alice")[0], None, *domain.user("scanner"))])
    local, user = Smbclient(warden, user=DEVICE), Smbclient(warden, user=domain.user("alice"))
    user.do("ls")
    with held(domain, "gw"), all_at_once(user, 12) as waiting:
        time.sleep(1)
        for _ in range(3):
            check_soon("a local logon beside those who wait", lambda: local.do("ls"))
        for process in waiting:
            process.wait(40)
        refused = warden.events(event="refused")
        check(any("limits.logon_time" in event["words"] for event in refused), f"refusals: {refused}")
        check_soon("a domain's user, once it is known", lambda: check_equal(
            user.refused()[0], "NT_STATUS_NO_LOGON_SERVERS", "what a domain's user is told"))
        check("winbindd does not answer" in warden.events(event="refused")[-1]["words"], "the words")
        check_soon("a local logon", lambda: local.do("ls"))
    time.sleep(1)
    user.do("ls")
    warden.check_alive()


@contextlib.contextmanager
def silent_kdc():
    """Takes connections in the place of the domain's KDC, and says nothing."""
    with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for sink in (stream, datagrams):
            sink.bind((MACHINES["dc"], 88))
        stream.listen(64)
        yield


@case(seconds=300, slow=True)
def kdc_that_is_silent_holds_up_nobody_else(place):
    """Neither those who need none, or have their tickets already, nor those of another realm; those who need it wait
    once, not each by itself."""
    place.needs_program()
    domain = Domain(place)
    server = place.samba(hardened=True, listen=("127.0.0.1", 1445))
    other = SimpleNamespace(address="127.0.0.1", port=free_port())
    device, elsewhere, known = (("local", "Bitter-Almond-8"), ("elsewhere", "Bitter-Almond-9"),
                                ("known", "Bitter-Almond-10"))
    warden = place.warden(domain.fs1, upstream="logon: [kerberos]", top="limits: {logon_time: 60s}",
                          accounts=[(*DEVICE, f"alice@{REALM}", domain.user("alice")[1]), (*device, *ALICE),
                                    (*elsewhere, "alice@ELSEWHERE.TEST", "whatever"),
                                    (*known, f"bob@{REALM}", domain.user("bob")[1])],
                          listeners=f"- {{listen: 127.0.0.1:{other.port}, server: local}}",
                          others=f"local: {{address: 127.0.0.1:{server.port}}}")
    user, holder = Smbclient(warden, user=DEVICE), Smbclient(warden, user=known)
    holder.do("ls")
    domain.stop("dc")
    with silent_kdc(), all_at_once(user, 20) as waiting:
        time.sleep(1)
        for _ in range(3):
            check_soon("a local logon", lambda: Smbclient(other, user=device).do("ls"))
            check_soon("another realm", lambda: Smbclient(warden, user=elsewhere).refused())
            check_soon("who has tickets", lambda: holder.do("ls"))
        time.sleep(3)
        with all_at_once(user, 4) as more:
            time.sleep(SOON)
            ended = sum(process.poll() is not None for process in more)
            check(ended >= 3, f"{4 - ended} of 4 wait for a KDC that is known to be silent; one may look")
        told = {(event["words"], event["detail"]) for event in warden.events(event="refused")
                if REALM in event.get("detail", "")}
        check_equal(told, {("no KDC of the realm can be reached",
                            f"alice@{REALM} at the KDC: not asked, for none has answered others just now")}, "words")
        took = seconds_of(lambda: [process.wait(120) for process in waiting])
        print(f"the last of 20: {took:.1f} s", flush=True)
    domain.start("dc")
    wait_for("the realm's users to be let in again", lambda: time.sleep(1) or user.run("ls")[1] == 0, 60)
    warden.check_alive()
