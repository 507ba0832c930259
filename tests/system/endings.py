"""However a connection or smbwarden itself ends, the server is left with nothing of it, and neither is smbwarden."""

import contextlib
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

from cases import case
from fairness import READ_ONLY, read_body
from fixture import (ALICE, BOB, Failed, Held, Smbclient, check, check_equal, memory_kib, random_file,
                     wait_for)
from peer import CHANGE_NOTIFY, EXCLUSIVE, LOCK, PENDING, SHARING_VIOLATION, Ended, Peer
from relay import READ, WRITE
from semantics import soft_samba
from valve import Valve, fall_silent, reset

LARGE = 8 << 20

# docs/limits.md: how long a machine that has vanished is believed in, and the kernel's steps on the way there.
SILENT_SERVER_S = 60
SILENT_CLIENT_S = 120
STEP_S = 15


def half_close(end):
    end.shutdown(socket.SHUT_WR)


def leftovers(server):
    """Sessions, shares, open files and byte-range locks that the server itself knows of."""
    done = subprocess.run(["smbstatus", "-s", server.dir / "smb.conf", "--json"], capture_output=True, text=True, timeout=20)
    check(done.returncode == 0, f"smbstatus: {done.stderr.strip()[-200:]}")
    found = json.loads(done.stdout)
    return {key: list(found[key].values()) for key in ("sessions", "tcons", "open_files") if found.get(key)}


def check_nothing_left(server, seconds=10):
    found = {}

    def none():
        found.clear()
        found.update(leftovers(server))
        return not found
    try:
        wait_for("the server to be left with nothing", none, seconds)
    except Exception:
        print(found, flush=True)
        raise


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def grip(peer, name="held"):
    """A file for itself with a lock, and a folder that is watched: all that a client can leave behind."""
    peer.file = peer.open(name, sharing=0)
    peer.lock(peer.file, 0, 10)
    folder = peer.open("", access=0x00100081, disposition=1, options=1)
    watch = peer.send(CHANGE_NOTIFY, struct.pack("<HHI16sII", 32, 0, 4096, folder, 0x17, 0))
    check_equal(peer.receive(watch, interim=True).status, PENDING, "status before anything changes")
    return peer


def check_ended(peer, seconds=10):
    """The connection ends within SECONDS, whatever else is said before."""
    peer.socket.settimeout(seconds)
    with contextlib.suppress(Ended, ConnectionError):
        while True:
            peer.receive(interim=True)


def check_released(place, server, warden, rest):
    """The held file can be had by others, the server knows nobody, smbwarden has closed its sockets and leaked nothing."""
    direct = Peer(server).on_share(BOB)
    wait_for("the held file to be free", lambda: isinstance(direct.open("held", want=None, sharing=0), bytes))
    direct.close()
    check_nothing_left(server)
    if place.program:
        wait_for("smbwarden to close its sockets", lambda: descriptors(warden.pid) <= rest)
        warden.check_alive()
        check_stops(warden)


def check_stops(warden):
    """It ends at once, and with a sanitizer in it, it would say what was never freed."""
    os.kill(warden.pid, signal.SIGTERM)
    check_equal(warden.wait_end(8), 0, "exit status")


for name_, end_ in (("is-reset", reset), ("half-closes", half_close)):
    @case(f"client-{name_}", end=end_)
    def client_ends(place, end):
        """[MS-SMB2] 3.3.7.1: a connection of which one half is gone is gone; a server of its own would say the same."""
        server = soft_samba(place)
        warden = place.warden(server)
        rest = descriptors(warden.pid)
        peer = grip(Peer(warden).on_share(ALICE))
        peer.send(READ, read_body(peer.file, 10, 0))
        end(peer.socket)
        if end is half_close:
            check_ended(peer)
        check_released(place, server, warden, rest)

    @case(f"server-{name_}", end=end_)
    def server_ends(place, end):
        """The client learns of it at once, and not when it next asks for something."""
        place.needs_program()
        server = soft_samba(place)
        valve = Valve(place, server)
        warden = place.warden(valve)
        rest = descriptors(warden.pid)
        peer = grip(Peer(warden).on_share(ALICE))
        end(valve.wires[0].near)
        check_ended(peer, seconds=3)
        valve.wires[0].end()
        warden.event(event="refused", reason="server-unreachable")
        check_released(place, server, warden, rest)


@case()
def stop_lets_a_large_read_finish(place):
    """SIGTERM while the answer is under way to a client that takes its time."""
    place.needs_program()
    server = soft_samba(place)
    data = random_file(server.root() / "large", LARGE).read_bytes()
    valve = Valve(place, server)
    warden = place.warden(valve)
    peer, late = Peer(warden, timeout=20).on_share(ALICE), grip(Peer(warden).on_share(BOB))
    file = peer.open("large", access=READ_ONLY)
    for _ in range(5):
        peer.echo()
    valve.wires[0].shut("answers")
    number = peer.send(READ, read_body(file, LARGE, 0), charge=LARGE >> 16)
    time.sleep(0.3)
    os.kill(warden.pid, signal.SIGTERM)
    warden.event(event="stopping")
    check_ended(late, seconds=3)
    valve.wires[0].open("answers")
    time.sleep(2)
    answer = peer.receive(number)
    check_equal((answer.status, answer.bytes[80:] == data), (0, True), "status and content of the read")
    check_ended(peer, seconds=3)
    check_equal(warden.wait_end(8), 0, "exit status")
    check_nothing_left(server)


@case()
def stop_does_not_wait_for_what_only_waits(place):
    """A notification and a lock that are waited for do not keep smbwarden from ending."""
    place.needs_program()
    server = soft_samba(place)
    warden = place.warden(server)
    first, second = grip(Peer(warden).on_share(ALICE)), Peer(warden).on_share(BOB)
    mine, other = first.open("locked"), second.open("locked")
    first.lock(mine, 0, 1)
    number = second.send(LOCK, second.lock_body(other, 0, 1, EXCLUSIVE))
    check_equal(second.receive(number, interim=True).status, PENDING, "status while the lock is waited for")
    os.kill(warden.pid, signal.SIGTERM)
    check_equal(warden.wait_end(3), 0, "exit status")
    for peer in (first, second):
        check_ended(peer, seconds=1)
    check_nothing_left(server)


@case()
def a_second_signal_ends_at_once(place):
    place.needs_program()
    server, warden, peer = stuck_in_a_read(place)
    os.kill(warden.pid, signal.SIGTERM)
    warden.event(event="stopping")
    time.sleep(0.5)
    warden.check_alive()
    os.kill(warden.pid, signal.SIGTERM)
    check_equal(warden.wait_end(4), 0, "exit status")
    check_ended(peer)
    check_nothing_left(server)


@case(slow=True)
def stop_has_a_limit(place):
    place.needs_program()
    server, warden, peer = stuck_in_a_read(place)
    start = time.monotonic()
    os.kill(warden.pid, signal.SIGTERM)
    check_equal(warden.wait_end(15), 0, "exit status")
    seconds = time.monotonic() - start
    check(9 < seconds < 14, f"ended after {seconds:.1f} s; the manual promises ten")
    check_ended(peer)
    check_nothing_left(server)


def stuck_in_a_read(place):
    """A client that waits for an answer which does not come."""
    server = soft_samba(place)
    valve = Valve(place, server)
    warden = place.warden(valve)
    peer = Peer(warden).on_share(ALICE)
    file = peer.open("x")
    valve.wires[0].shut("answers")
    peer.send(READ, read_body(file, 10, 0))
    time.sleep(0.3)
    return server, warden, peer


@case()
def logon_timeout(place):
    """A client that only begins to log on is not waited for."""
    place.needs_program()
    server = soft_samba(place)
    warden = place.warden(server, top="limits: {logon_time: 1s}")
    rest, peer, start = descriptors(warden.pid), Peer(warden), time.monotonic()
    peer.negotiate()
    check_ended(peer, seconds=5)
    check(0.9 < time.monotonic() - start < 4, f"closed after {time.monotonic() - start:.1f} s of 1")
    warden.expect_refusal("limit-exceeded")
    wait_for("smbwarden to close its sockets", lambda: descriptors(warden.pid) <= rest)
    check_nothing_left(server)


@case()
def idle_timeout(place):
    """Who has nothing open and waits for nothing goes, server leg and all; who does stays."""
    place.needs_program()
    server = soft_samba(place)
    warden = place.warden(server, top="limits: {idle_time: 1s}")
    busy, idle = grip(Peer(warden).on_share(ALICE)), Peer(warden).on_share(BOB)
    start = time.monotonic()
    check_ended(idle, seconds=6)
    check(0.9 < time.monotonic() - start < 5, f"closed after {time.monotonic() - start:.1f} s of 1")
    warden.expect_refusal("limit-exceeded")
    time.sleep(1.5)
    busy.read(busy.file, 1, want=None)
    check_equal([each["username"] for each in leftovers(server)["sessions"]], ["games"], "who is left at the server")
    busy.close()
    check_nothing_left(server)
    warden.check_alive()


def end_somehow(turn, peer, wire):
    """One of the ways in which things end, in the middle of something."""
    way = turn % 5
    if way == 0:
        peer.send_bytes(peer.message(WRITE, bytes(200)))
        reset(peer.socket)
    elif way == 1:
        half_close(peer.socket)
    elif way == 2:
        peer.socket.sendall(struct.pack(">I", 5000) + b"\xfeSMB")
    elif way == 3:
        reset(wire.near)
    else:
        half_close(wire.near)


@case(seconds=150, slow=True)
def two_hundred_endings(place):
    """Forty of each kind; afterwards there is nothing that was not there before."""
    place.needs_program()
    server = soft_samba(place)
    valve = Valve(place, server)
    warden = place.warden(valve)
    rest = descriptors(warden.pid)

    def rounds(count):
        for turn in range(count):
            peer = grip(Peer(warden).on_share(ALICE), f"held{turn}")
            end_somehow(turn, peer, valve.wires[-1])
            peer.close()
            valve.wires.pop().end()
        wait_for("smbwarden to close its sockets", lambda: descriptors(warden.pid) <= rest)
        time.sleep(0.5)
        return memory_kib(warden.pid)
    before = rounds(50)
    grown = rounds(200) - before
    check(grown < 300 or place.is_instrumented(), f"smbwarden has grown by {grown} KiB over 200 endings")
    check_nothing_left(server, 30)
    check_stops(warden)
    return f"grew by {grown} KiB"


@case(seconds=200, slow=True)
def vanished_in_silence(place):
    """Machines that are gone without a word: a server with requests to answer and one without, a client likewise."""
    place.needs_program()
    server = soft_samba(place)
    valve = Valve(place, server)
    warden = place.warden(valve)
    rest, ends = descriptors(warden.pid), {}
    start = time.monotonic()

    def watch(name, peer):
        check_ended(peer, SILENT_CLIENT_S)
        ends[name] = time.monotonic() - start

    for name in ("asked", "idle"):
        peer = grip(Peer(warden).on_share(ALICE), name)
        valve.wires[-1].fall_silent()
        if name == "asked":
            peer.send(READ, read_body(peer.file, 1, 0))
        threading.Thread(target=watch, args=(name, peer), daemon=True).start()
    gone = grip(Peer(warden).on_share(BOB))
    fall_silent(gone.socket)
    wait_for("both clients of the vanished server to be told", lambda: len(ends) == 2, SILENT_SERVER_S + 2 * STEP_S)
    check(all(SILENT_SERVER_S - STEP_S < seconds for seconds in ends.values()), f"too early: {ends}")
    direct = Peer(server).on_share(BOB)
    check_equal(direct.open("held", want=None, sharing=0), SHARING_VIOLATION, "open while the client may still come back")
    direct.close()
    wait_for("smbwarden to give the client up", lambda: descriptors(warden.pid) <= rest, SILENT_CLIENT_S)
    client = time.monotonic() - start
    check(client < SILENT_CLIENT_S + 2 * STEP_S, f"the client was given up after {client:.0f} s")
    for wire in valve.wires:
        wire.end()
    check_nothing_left(server)
    warden.check_alive()
    return f"servers after {ends['asked']:.0f} and {ends['idle']:.0f} s, a client after {client:.0f} s"


@case()
def memory_that_runs_out_costs_who_wants_it(place):
    """From one moment on the process gets no more memory: a large message ends its own client, by name, and nobody else."""
    place.needs_program()
    if place.is_instrumented():
        raise Held("as far as a build goes that is not instrumented")
    warden = place.warden(place.samba(hardened=True))
    greedy, modest = Peer(warden), Peer(warden)
    greedy.on_share(ALICE)
    modest.on_share(BOB)
    file = greedy.open("large")
    data = re.search(r"VmData:\s+(\d+) kB", Path(f"/proc/{warden.pid}/status").read_text())
    resource.prlimit(warden.pid, resource.RLIMIT_DATA, (int(data[1]) << 10, resource.RLIM_INFINITY))
    try:
        greedy.write(file, bytes(4 << 20))
        raise Failed("there was memory for 4 MiB")
    except (Ended, ConnectionError):
        refusal = warden.expect_refusal("internal-error", words="memory is out")
    check("bytes" in refusal["detail"], f"what there was no memory for: {refusal}")
    modest.echo()
    resource.prlimit(warden.pid, resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    Smbclient(warden).do("put /etc/hostname x")
    modest.echo()
    warden.check_alive()
