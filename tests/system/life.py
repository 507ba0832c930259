"""How long Kerberos lasts: tickets that are got once and used again, sessions that outlive them, keys and
secrets that change while smbwarden runs. The tickets of these cases live for two minutes, where a domain's
do for hours; the domain is a real one."""

import os
import time
from pathlib import Path

from cases import case
from domain import DNS, REALM, Domain, password_of
from fixture import Smbclient, check, check_equal, wait_for
from gss import DELEGATE, Initiator
from kerberos import SCANNER, Ticketed, identity, keyed, keyed_warden
from peer import MORE_PROCESSING, SUCCESS, Peer

EXPIRED = 0xC000035C
LIFE = 130  # seconds; tickets for two minutes or less are none to this KDC


def short_tickets(place, seconds=LIFE):
    """Whatever asks a KDC from now on asks for tickets for SECONDS alone, and smbwarden bears with clocks no more."""
    text = open("/etc/krb5.conf").read().replace(
        "[libdefaults]", f"[libdefaults]\n\tticket_lifetime = {seconds}s\n\tclockskew = 3")
    path = place.path("krb5").with_suffix(".conf")
    path.write_text(text)
    os.environ["KRB5_CONFIG"] = str(path)


@case(seconds=420, slow=True, waits=True)
def a_session_outlives_its_tickets(place):
    """Over several lives of its tickets a session is renewed each time before the server says that it has
    expired; a client that reads all the while notices nothing."""
    place.needs_program()
    domain = Domain(place)
    short_tickets(place)
    warden = place.warden(domain.fs2, accounts=[identity(domain, "alice")])
    peer = Peer(warden).on_share(SCANNER)
    file = peer.open("x")
    peer.write(file, b"here all the time")
    end = time.monotonic() + 2.2 * LIFE
    while time.monotonic() < end:
        check_equal(peer.read(file, 4), b"here", "what the client reads")
        time.sleep(0.1)
    check(len(warden.events(event="renewed")) >= 2, "the session was not renewed each time")
    check(not warden.events(event="renewal-failed"), "a renewal failed")
    check_equal(len(warden.events(event="tree")), 1, "shares connected")
    warden.check_alive()


@case(seconds=240, slow=True, waits=True)
def a_renewal_waits_for_its_kdc(place):
    """A KDC that is away when a session is to be renewed is asked again; until then the session goes on, and
    whom else it is asked for is not held up."""
    place.needs_program()
    domain = Domain(place)
    short_tickets(place)
    warden = place.warden(domain.fs2, accounts=[identity(domain, "alice")])
    peer = Peer(warden).on_share(SCANNER)
    file = peer.open("x")
    domain.stop("dc")
    failed = warden.event(seconds=LIFE, event="renewal-failed")
    check_equal((failed["words"], failed["again_s"]), ("no KDC of the realm can be reached", 10), "why, and when again")
    check(0 < failed["valid_s"] < LIFE / 5, f"the session is valid for {failed['valid_s']} s more")
    peer.write(file, b"still here")
    domain.start("dc")
    warden.event(seconds=failed["valid_s"], event="renewed", server="fs1")
    check_equal(peer.read(file, 10), b"still here", "what the client reads")
    warden.check_alive()


@case(seconds=180)
def tickets_are_got_once(place):
    """Who has logged on once needs no KDC the next time; a keytab that has been touched counts as another."""
    place.needs_program()
    domain = Domain(place)
    keys = domain.keytab("bob")
    warden = place.warden(domain.fs2, accounts=[keyed(domain, "bob"), ("alice-pc", "builder", *identity(domain, "alice")[2:])])
    for client in (SCANNER, ("alice-pc", "builder")):
        Peer(warden).on_share(client).close()
    domain.stop("dc")
    for client in (SCANNER, ("alice-pc", "builder")):
        Peer(warden).on_share(client).close()
    keys.write_bytes(keys.read_bytes())
    Smbclient(warden, user=SCANNER).refused()
    warden.expect_refusal("server-logon-failed", words="no KDC of the realm can be reached")
    Peer(warden).on_share(("alice-pc", "builder")).close()
    warden.check_alive()


def rotate(domain, account, keytab, *names):
    """Gives ACCOUNT another password, and KEYTAB, in one step, the keys that come of it; how to undo the latter."""
    before = keytab.read_bytes()
    domain.within("dc", "samba-tool", "user", "setpassword", account, f"--newpassword=Another-{account}-2")
    made = keytab.with_suffix(".new")
    for name in (account, *names):
        domain.within("dc", "samba-tool", "domain", "exportkeytab", str(made), f"--principal={name}")
    return before, made


@case(seconds=180)
def a_keytab_is_replaced(place):
    """New keys of an account count for the next logon at a server, whatever tickets there are; wrong ones, too."""
    place.needs_program()
    domain = Domain(place)
    keytab = domain.keytab("bob")
    warden = place.warden(domain.fs2, accounts=[keyed(domain, "bob")])
    Smbclient(warden, user=SCANNER).do("ls")
    before, made = rotate(domain, "bob", keytab)
    stale = keytab.with_suffix(".stale")
    stale.touch(0o600)
    stale.write_bytes(before)
    stale.rename(keytab)
    Smbclient(warden, user=SCANNER).refused()
    warden.expect_refusal("server-logon-failed", words="the account's password or keytab is not what the KDC has")
    made.rename(keytab)
    Smbclient(warden, user=SCANNER).do("put /etc/hostname x")
    check_equal((domain.fs2.root() / "x").owner(), r"TESTDOM\bob", "owner of the file")
    warden.check_alive()


@case(seconds=180)
def our_own_keytab_is_replaced(place):
    """New keys of ours open the tickets that clients bring from then on, and act for them."""
    place.needs_program()
    domain = Domain(place)
    keytab = domain.keytab("svc-proxy")
    warden = keyed_warden(place, domain, domain.fs2, keys="svc-proxy", delegation="s4u")
    host = f"proxy.{DNS}"
    Ticketed(domain, warden, "alice", host=host).do("ls")
    _, made = rotate(domain, "svc-proxy", keytab, f"cifs/{host}", "cifs/proxy")
    check_equal(Ticketed(domain, warden, "alice", host=host).refused()[0], "NT_STATUS_LOGON_FAILURE", "what is told")
    refusal = warden.expect_refusal("logon-failed")
    check("no key that opens" in refusal["words"], f"the words: {refusal['words']!r}")
    made.rename(keytab)
    Ticketed(domain, warden, "alice", host=host).do("put /etc/hostname x")
    check_equal((domain.fs2.root() / "x").owner(), r"TESTDOM\alice", "owner of the file")
    warden.check_alive()


@case(seconds=180)
def a_server_is_given_new_keys(place):
    """A server that does not know the key of tickets that were kept is shown new ones at once."""
    place.needs_program()
    domain = Domain(place)
    warden = place.warden(domain.fs2, accounts=[identity(domain, "alice")])
    Smbclient(warden, user=SCANNER).do("ls")
    for _ in range(4):  # it goes by the last three as well
        domain.within("fs2", "wbinfo", "--change-secret")
    Smbclient(warden, user=SCANNER).do("put /etc/hostname x; ls")
    check(not warden.events(event="refused"), "something was refused")
    warden.check_alive()


def show_ticket(peer, host, seconds=0, flags=0):
    """Logs PEER on, or on again, by Kerberos and a ticket for SECONDS, as whoever has called kinit."""
    ours = Initiator(f"cifs@{host}", seconds, flags)
    token = ours.step()
    while not ours.done:
        token = ours.step(peer.session_setup(token, (SUCCESS, MORE_PROCESSING)))


def warden_with_own_clock(place, domain, **settings):
    """smbwarden with a keytab, that bears with the clocks of others for three seconds and no more."""
    strict = place.path("krb5").with_suffix(".conf")
    strict.write_text(Path("/etc/krb5.conf").read_text().replace("[libdefaults]", "[libdefaults]\n\tclockskew = 3"))
    os.environ["KRB5_CONFIG"] = str(strict)
    return keyed_warden(place, domain, domain.fs2, client="wire: trusted", **settings)


@case(seconds=180)
def a_clients_session_ends_with_its_ticket(place):
    """A client whose ticket has ended is told so, may tidy up, and is served again, with all that it has open,
    once it shows another."""
    place.needs_program()
    domain = Domain(place)
    warden = warden_with_own_clock(place, domain, delegation="s4u")
    domain.run("sh", "-c", f"echo '{password_of('alice')}' | kinit alice")
    peer = Peer(warden)
    peer.negotiate()
    began = time.monotonic()
    show_ticket(peer, f"gw.{DNS}", 10)
    peer.tree_connect("files")
    file, other = peer.open("x"), peer.open("y")
    peer.write(file, b"still here")
    wait_for("the ticket to end", lambda: peer.read(file, 10, want=(SUCCESS, EXPIRED)) == EXPIRED, 20)
    check(8 < time.monotonic() - began < 16, f"the session ended after {time.monotonic() - began:.1f} s")
    peer.close_file(other)
    show_ticket(peer, f"gw.{DNS}", 1000)
    check_equal(peer.read(file, 10), b"still here", "what the client reads")
    time.sleep(15)
    check_equal(peer.read(file, 10), b"still here", "what the client reads later")
    check_equal((domain.fs2.root() / "x").owner(), r"TESTDOM\alice", "owner of the file")
    warden.check_alive()


@case(seconds=300, slow=True, waits=True)
def what_was_handed_over_ends(place):
    """Who acts by a ticket that a client has handed over does so while that lives. It is said in good time that
    it ends, and the next that the client hands over renews what is there."""
    place.needs_program()
    domain = Domain(place)
    domain.within("dc", "samba-tool", "delegation", "for-any-service", "GW$", "on")
    warden = warden_with_own_clock(place, domain, delegation="forwarded")
    log_on = ["sh", "-c", f"echo '{password_of('alice')}' | kinit -f -l {LIFE}s alice"]
    domain.run(*log_on)
    peer = Peer(warden)
    peer.negotiate()
    show_ticket(peer, f"gw.{DNS}", flags=DELEGATE)
    peer.tree_connect("files")
    file = peer.open("x")
    peer.write(file, b"still here")
    failed = warden.event(seconds=LIFE, event="renewal-failed")
    check_equal(failed["words"], "new tickets for the server end no later than the old ones did", "the words")
    check(0 < failed["valid_s"] < LIFE / 5 and "again_s" not in failed, f"what is said: {failed}")
    check_equal(peer.read(file, 10), b"still here", "what the client reads")
    wait_for("the ticket to end", lambda: peer.read(file, 10, want=(SUCCESS, EXPIRED)) == EXPIRED, LIFE / 3)
    domain.run(*log_on)
    show_ticket(peer, f"gw.{DNS}", flags=DELEGATE)
    wait_for("what was there to be had again", lambda: peer.read(file, 10, want=(SUCCESS, EXPIRED)) == b"still here")
    check_equal((domain.fs2.root() / "x").owner(), r"TESTDOM\alice", "owner of the file")
    warden.check_alive()
