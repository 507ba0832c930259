"""How long Kerberos lasts: tickets that are got once and used again, sessions that outlive them, keys and
secrets that change while smbwarden runs. The tickets of these cases live for two minutes, where a domain's
do for hours; the domain is a real one."""

import os
import time

from cases import case
from domain import REALM, Domain
from fixture import check, check_equal
from kerberos import SCANNER, identity
from peer import Peer

LIFE = 130  # seconds; tickets for two minutes or less are none to this KDC


def short_tickets(place, seconds=LIFE):
    """Whatever asks a KDC from now on asks for tickets for SECONDS alone, and smbwarden bears with clocks no more."""
    text = open("/etc/krb5.conf").read().replace(
        "[libdefaults]", f"[libdefaults]\n\tticket_lifetime = {seconds}s\n\tclockskew = 3")
    path = place.path("krb5").with_suffix(".conf")
    path.write_text(text)
    os.environ["KRB5_CONFIG"] = str(path)


@case(seconds=420, slow=True)
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
