"""What goes wrong in daily life ends quickly, with the right word for the client and for the log."""

import socket
from types import SimpleNamespace

from cases import case
from fixture import ALICE, BOB, Smbclient, check, check_equal
from peer import Ended, Peer


@case()
def wrong_password(place):
    place.needs_program()
    warden = place.warden(place.samba(hardened=True))
    word, _ = Smbclient(warden, user=("alice", "wrong")).refused()
    check_equal(word, "NT_STATUS_LOGON_FAILURE", "what the client is told")
    warden.expect_refusal("logon-failed")
    Smbclient(warden).do("ls")
    warden.check_alive()


@case()
def unknown_user(place):
    place.needs_program()
    warden = place.warden(place.samba(hardened=True))
    word, _ = Smbclient(warden, user=("mallory", "x")).refused()
    check_equal(word, "NT_STATUS_LOGON_FAILURE", "what the client is told")
    warden.expect_refusal("logon-failed")
    warden.check_alive()


@case()
def nobody_is_not_let_in(place):
    """An anonymous client: no name, no password."""
    place.needs_program()
    warden = place.warden(place.samba(hardened=True))
    Smbclient(warden, user=("", "")).refused()
    refusals = warden.events(event="refused")
    check(refusals and refusals[0]["reason"] in ("anonymous-refused", "logon-failed", "logon-method-refused"),
          f"refusals: {refusals}")
    warden.check_alive()


@case()
def another_server_is_asked_for(place):
    """A name that belongs to a server of the policy to which this listener does not lead."""
    place.needs_program()
    warden = place.warden(place.samba(hardened=True), others="fs2: {address: 'fs2.example'}")
    word, _ = Smbclient(warden, host="fs2").refused()
    check_equal(word, "NT_STATUS_BAD_NETWORK_NAME", "what the client is told")
    warden.expect_refusal("no-such-server")
    Smbclient(warden, host="fs1").do("ls")
    warden.check_alive()


@case()
def what_is_gone_is_asked_for(place):
    """A file that was never opened: nobody is to be woken by it, but it can be seen."""
    place.needs_program()
    warden = place.warden(place.samba(hardened=True), top="log: {level: debug}")
    peer = Peer(warden).on_share(ALICE)
    check_equal(peer.read(b"\7" * 16, 1, want=None), 0xC0000128, "status of the read")
    check_equal(warden.expect_refusal("stale-request")["level"], "debug", "level of the refusal")
    peer.echo()
    warden.check_alive()


@case()
def server_down(place):
    place.needs_program()
    server = place.samba(hardened=True)
    warden = place.warden(server, upstream="connect_timeout: 3s")
    server.stop()
    word, seconds = Smbclient(warden).refused()
    check_equal(word, "NT_STATUS_BAD_NETWORK_NAME", "what the client is told")
    check(seconds < 2, f"took {seconds:.1f} s")
    warden.expect_refusal("server-unreachable")
    server.start()
    Smbclient(warden).do("ls")
    warden.check_alive()


@case()
def server_silent(place):
    """An address that takes the connection and never says a word."""
    place.needs_program()
    listener = socket.create_server(("127.0.0.1", 0))
    mute = SimpleNamespace(address="127.0.0.1", port=listener.getsockname()[1])
    warden = place.warden(mute, upstream="connect_timeout: 2s")
    word, seconds = Smbclient(warden).refused()
    check_equal(word, "NT_STATUS_BAD_NETWORK_NAME", "what the client is told")
    check(seconds < 6, f"took {seconds:.1f} s")
    warden.expect_refusal("server-unreachable")
    warden.check_alive()


@case()
def server_refuses_the_account(place):
    """The client's password is right, the one that we have for the server is not."""
    place.needs_program()
    server = place.samba(hardened=True)
    warden = place.warden(server, accounts=[("alice", "wonderland", "alice", "changed meanwhile"), BOB])
    word, _ = Smbclient(warden, user=ALICE).refused()
    check(word in ("NT_STATUS_ACCESS_DENIED", "NT_STATUS_LOGON_FAILURE"), f"the client is told {word}")
    warden.expect_refusal("server-logon-failed")
    Smbclient(warden, user=BOB).do("ls")
    warden.check_alive()


@case()
def server_dies_under_way(place):
    """The server goes away in the middle of a file; the client is not left hanging, and the next one is served."""
    place.needs_program()
    server = place.samba(hardened=True)
    warden = place.warden(server)
    peer = Peer(warden).on_share(ALICE)
    file = peer.open("x")
    server.stop()
    try:
        status = peer.write(file, b"late", want=None)
    except Ended:
        status = None
    check(status != 0, "a write to a dead server succeeded")
    server.start()
    Smbclient(warden).do("ls")
    warden.check_alive()


@case()
def share_that_is_not_there(place):
    warden = place.warden(place.samba(hardened=True))
    word, _ = Smbclient(warden, share="nowhere").refused()
    check_equal(word, "NT_STATUS_BAD_NETWORK_NAME", "what the client is told")
    warden.check_alive()


@case()
def file_that_is_not_there(place):
    warden = place.warden(place.samba(hardened=True))
    output, _ = Smbclient(warden).run("get nothing /dev/null")
    check("NT_STATUS_OBJECT_NAME_NOT_FOUND" in output, "the server's own status does not come through")
    warden.check_alive()
