"""What holds between clients of one file holds through smbwarden: locks, share modes, oplocks and the rest."""

import struct
import subprocess

from cases import case
from fixture import ALICE, BOB, HERE, Smbclient, check, check_equal, digest, random_file, seals, wait_for
from peer import (ALL_SHARING, CANCEL, CANCELLED, CHANGE_NOTIFY, EXCLUSIVE, FILE_LOCK_CONFLICT, LOCK,
                  LOCK_NOT_GRANTED, OPLOCK_BREAK, PENDING, SHARING_VIOLATION, SUCCESS, UNLOCK, UNSOLICITED, Peer)
from relay import CREATE
from smbtorture import Lane
from torture_exceptions import page_is_fresh


def soft_samba(place, *options):
    """A server that weak clients reach directly as well; smbwarden still speaks 3.1.1 to it."""
    return place.samba("server min protocol = SMB2_02", *options)


def three_peers(place):
    """Two clients through smbwarden, one directly at the server, all on one share."""
    server = soft_samba(place)
    warden = place.warden(server)
    return warden, Peer(warden).on_share(ALICE), Peer(warden).on_share(BOB), Peer(server).on_share(BOB)


@case()
def byte_range_locks(place):
    warden, first, second, direct = three_peers(place)
    mine, other, far = (peer.open("locked") for peer in (first, second, direct))
    first.write(mine, b"0123456789")
    first.lock(mine, 2, 4)
    for who, peer, file in (("client", second, other), ("direct client", direct, far)):
        check_equal(peer.lock(file, 3, 1, want=None), LOCK_NOT_GRANTED, f"lock of a second {who}")
        check_equal(peer.read(file, 4, 0, want=None), FILE_LOCK_CONFLICT, f"read of a second {who}")
        check_equal(peer.write(file, b"x", 5, want=None), FILE_LOCK_CONFLICT, f"write of a second {who}")
        check_equal(peer.read(file, 2, 6), b"67", f"read beside the lock by a second {who}")
    first.lock(mine, 2, 4, UNLOCK)
    direct.lock(far, 0, 10)
    check_equal(first.lock(mine, 0, 1, want=None), LOCK_NOT_GRANTED, "lock where a direct client holds one")
    warden.check_alive()


@case()
def waiting_lock(place):
    warden, first, second, _ = three_peers(place)
    mine, other = first.open("waited"), second.open("waited")
    first.lock(mine, 0, 1)
    number = second.send(LOCK, second.lock_body(other, 0, 1, EXCLUSIVE))
    interim = second.receive(number, interim=True)
    check_equal(interim.status, PENDING, "status while the lock is waited for")
    second.echo()
    first.lock(mine, 0, 1, UNLOCK)
    check_equal(second.receive(number).status, SUCCESS, "status once the lock is free")
    warden.check_alive()


@case()
def cancel(place):
    warden, first, second, _ = three_peers(place)
    mine, other = first.open("cancelled"), second.open("cancelled")
    first.lock(mine, 0, 1)
    number = second.send(LOCK, second.lock_body(other, 0, 1, EXCLUSIVE))
    interim = second.receive(number, interim=True)
    check_equal(interim.status, PENDING, "status while the lock is waited for")
    second.send(CANCEL, struct.pack("<HH", 4, 0), number=number, async_id=interim.async_id)
    check_equal(second.receive(number).status, CANCELLED, "status of what was cancelled")
    second.echo()
    warden.check_alive()


@case()
def share_modes(place):
    warden, first, second, direct = three_peers(place)
    mine = first.open("alone", sharing=0)
    check_equal(second.open("alone", want=None), SHARING_VIOLATION, "open by a second client")
    check_equal(direct.open("alone", want=None), SHARING_VIOLATION, "open by a direct client")
    first.close_file(mine)
    far = direct.open("alone", sharing=0)
    check_equal(second.open("alone", want=None), SHARING_VIOLATION, "open while a direct client holds it")
    direct.close_file(far)
    second.close_file(second.open("alone", sharing=ALL_SHARING))
    warden.check_alive()


@case()
def oplock_break(place):
    warden, first, _, direct = three_peers(place)
    mine = first.open("oplocked", oplock=0x09)
    check_equal(first.granted_oplock, 0x09, "oplock granted")
    number = direct.send(CREATE, direct.create_body("oplocked"))
    notice = first.receive(UNSOLICITED)
    check_equal((notice.command, notice.body[2], notice.body[8:24]), (OPLOCK_BREAK, 0x01, mine),
                "the break that the client is told of")
    first.ask(OPLOCK_BREAK, struct.pack("<HBBI16s", 24, 0x01, 0, 0, mine))
    check_equal(direct.receive(number).status, SUCCESS, "the open that broke the oplock")
    warden.check_alive()


@case("oplock-break-sealed", rules="")
@case("oplock-break-under-privacy", rules="'\\\\fs1\\files': RequirePrivacy=1")
def oplock_break_where_the_server_must_seal(place, rules):
    """Samba breaks oplocks in clear even where it takes nothing but sealed requests."""
    server = place.samba(hardened=True)
    warden = place.warden(server, rules=rules)
    first, second = Peer(warden).on_share(ALICE), Peer(warden).on_share(BOB)
    mine = first.open("oplocked", oplock=0x09)
    check_equal(first.granted_oplock, 0x09, "oplock granted")
    number = second.send(CREATE, second.create_body("oplocked"))
    notice = first.receive(UNSOLICITED)
    check_equal((notice.command, notice.body[2], notice.body[8:24]), (OPLOCK_BREAK, 0x01, mine),
                "the break that the client is told of")
    first.ask(OPLOCK_BREAK, struct.pack("<HBBI16s", 24, 0x01, 0, 0, mine))
    check_equal(second.receive(number).status, SUCCESS, "the open that broke the oplock")
    check_equal(seals(warden.event(event="tree", user="alice")["server_leg"]), True, "sealing toward the server")
    first.write(mine, b"still here")
    warden.check_alive()


@case()
def change_notify(place):
    warden, first, _, direct = three_peers(place)
    folder = first.open("", access=0x00100081, disposition=1, options=1)
    number = first.send(CHANGE_NOTIFY, struct.pack("<HHI16sII", 32, 0, 4096, folder, 0x17, 0))
    check_equal(first.receive(number, interim=True).status, PENDING, "status before anything changes")
    direct.close_file(direct.open("fresh"))
    answer = first.receive(number)
    check_equal(answer.status, SUCCESS, "status once something changed")
    check("fresh".encode("utf-16-le") in answer.bytes, "the notification does not name the new file")
    warden.check_alive()


@case()
def files_of_a_lost_client_are_closed(place):
    warden, first, _, direct = three_peers(place)
    first.open("held", sharing=0)
    check_equal(direct.open("held", want=None), SHARING_VIOLATION, "open while the client lives")
    first.close()
    wait_for("the server to close the lost client's file",
             lambda: isinstance(direct.open("held", want=None), bytes))
    warden.check_alive()


@case()
def sessions_are_not_shared(place):
    """Each client is at the server who it is at smbwarden, side by side on one address."""
    server = place.samba(hardened=True, users=(ALICE, BOB, ("carol", "server side")))
    warden = place.warden(server, accounts=(ALICE, (*BOB, "carol", "server side")))
    for user in (ALICE, BOB):
        Smbclient(warden, "2.0.2", user=user).do(f"put /etc/hostname by-{user[0]}")
    owners = {name: (server.root() / f"by-{name}").owner() for name in ("alice", "bob")}
    check_equal(owners, {"alice": "games", "bob": "uucp" if place.program else "news"}, "owners of the files")
    warden.check_alive()


@case()
def pipes(place):
    server = place.samba(hardened=True)
    warden = place.warden(server)
    for dialect in ("2.0.2", "3.1.1"):
        client = Smbclient(warden, dialect)
        listing = subprocess.run(client.command("-g", "-L", warden.address), capture_output=True, text=True, timeout=30)
        print(listing.stdout, listing.stderr)
        check("Disk|files|" in listing.stdout, f"smbclient -L at {dialect} does not list the share")
    rpc = subprocess.run(["rpcclient", "-s", "/dev/null", "-p", str(warden.port), "-U", "%".join(ALICE),
                          warden.address, "-c", "netshareenumall; srvinfo"], capture_output=True, text=True, timeout=30)
    print(rpc.stdout, rpc.stderr)
    check("netname: files" in rpc.stdout and "FILESERVER" in rpc.stdout.upper(), "rpcclient gets no answer of srvsvc")
    warden.check_alive()


@case()
def copy_at_the_server(place):
    server = place.samba(hardened=True)
    random_file(server.root() / "a", 5_000_000)
    warden = place.warden(server)
    for dialect in ("2.1", "3.1.1"):
        Smbclient(warden, dialect).do("scopy a b")
        check_equal(digest(server.root() / "b"), digest(server.root() / "a"), f"the copy at {dialect}")
        (server.root() / "b").unlink()
    warden.check_alive()


def torture_groups():
    """What torture.list names: {(suite, dialect): tests}."""
    groups = {}
    for line in (HERE / "torture.list").read_text().splitlines():
        if line and not line.startswith("#"):
            test, dialect = line.split()
            groups.setdefault((test.split(".")[1], dialect), []).append(test)
    return groups


for (suite_, dialect_), tests_ in torture_groups().items():
    @case(f"smbtorture-{suite_}-{dialect_}", seconds=180, slow=True, tests=tests_, dialect=dialect_)
    def smbtorture(place, tests, dialect):
        lane = Lane(place, place.program)
        outcomes = {test: lane.run(test, dialect) for test in tests}
        failed = [test for test, outcome in outcomes.items() if outcome.verdict != "pass"]
        # Some race with themselves when the machine is busy: what fails twice is a fault.
        twice = [test for test in failed if outcomes[test].verdict == "died" or lane.run(test, dialect).verdict != "pass"]
        check(not twice, f"fail through smbwarden; without it, they pass: {' '.join(twice)}")
        return f"{len(tests)} tests" + (f"; only at the second try: {' '.join(failed)}" if failed else "")


@case()
def conformance_page(place):
    """docs/conformance.md lists the exceptions as they are."""
    check(page_is_fresh(), "docs/conformance.md is stale: run tests/system/torture --document")
