"""Many clients that do little: what each costs smbwarden."""

import time

from cases import case
from fixture import ALICE, BOB, Smbclient, check, memory_kib
from peer import Peer

MANY = 1000
IDLE_KIB = 64  # what one idle client may cost


def settled_memory(pid):
    time.sleep(1)
    return memory_kib(pid)


def crowd(warden, count, join):
    """Peers that have joined, what each adds to the memory of smbwarden in KiB, and how long joining took."""
    before, start = settled_memory(warden.pid), time.monotonic()
    peers = [join(Peer(warden, timeout=30), (ALICE, BOB)[number % 2]) for number in range(count)]
    seconds = time.monotonic() - start
    return peers, (settled_memory(warden.pid) - before) / count, seconds


def log_on(peer, user):
    peer.negotiate()
    return peer.log_on(*user)


@case(seconds=180)
def a_thousand_idle_clients(place):
    place.needs_program()
    warden = place.warden(place.samba(hardened=True), top="limits: {clients_per_address: 2000}")
    Smbclient(warden).do("ls")
    peers, each, seconds = crowd(warden, MANY, log_on)
    check(each <= IDLE_KIB or place.is_instrumented(), f"an idle client costs {each:.0f} KiB; {IDLE_KIB} KiB are allowed")
    for peer in peers[::50]:
        peer.echo()
    Smbclient(warden).do("ls")
    warden.check_alive()
    return f"{each:.1f} KiB each, {MANY / seconds:.0f} logons a second"


@case(seconds=180, slow=True)
def two_hundred_idle_clients_on_a_share(place):
    """With a server leg each, and so with both legs' keys."""
    place.needs_program()
    warden = place.warden(place.samba(hardened=True), top="limits: {clients_per_address: 2000}")
    Smbclient(warden).do("ls")
    peers, each, seconds = crowd(warden, 200, lambda peer, user: peer.on_share(user))
    check(each <= 2 * IDLE_KIB or place.is_instrumented(), f"an idle client with a server leg costs {each:.0f} KiB")
    for peer in peers[::20]:
        peer.close_file(peer.open("x"))
    warden.check_alive()
    return f"{each:.1f} KiB each, {200 / seconds:.0f} logons a second"


@case()
def one_client_too_many(place):
    place.needs_program()
    warden = place.warden(place.samba(hardened=True), top="limits: {clients: 5}")
    peers = [log_on(Peer(warden), ALICE) for _ in range(5)]
    Smbclient(warden).refused()
    warden.expect_refusal("limit-exceeded")
    for peer in peers:
        peer.close()
    time.sleep(0.5)
    Smbclient(warden).do("ls")
    warden.check_alive()
