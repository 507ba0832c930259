"""Who is it? Users of a real domain, on either leg."""

from cases import case
from domain import Domain
from fixture import Failed, Smbclient, check, check_equal

FS2_WORD = "NT_STATUS_INVALID_PARAMETER"  # a member that takes no NTLM has no better word for it


@case(seconds=180)
def domain_is_what_it_should_be(place):
    """What the other cases take for granted: who gets where without smbwarden, and who does not."""
    domain = Domain(place)
    Smbclient(domain.fs1, user=domain.user("alice")).do("put /etc/hostname x")
    check_equal((domain.fs1.root() / "x").owner(), r"TESTDOM\alice", "owner of the file")
    for name, word in (("dave", "NT_STATUS_ACCOUNT_DISABLED"), ("nobody", "NT_STATUS_LOGON_FAILURE")):
        check_equal(Smbclient(domain.fs1, user=domain.user(name)).refused()[0], word, f"what {name} is told")
    check_equal(Smbclient(domain.fs2, "3.1.1", user=domain.user("alice")).refused()[0], FS2_WORD, "NTLM at fs2")
    ways = [("gw", "GW$", "alice", "cifs/fs1"), ("gw", "GW$", "bob", "cifs/fs2.testdom.test"),
            ("svc-proxy", "svc-proxy", "alice", "cifs/fs2.testdom.test")]
    for keys, principal, user, target in ways:
        domain.run("kinit", "-k", "-t", domain.keytab(keys), principal)
        domain.run("kvno", "-U", user, "-P", "-k", domain.keytab(keys), target)
    for user, target in (("alice", "cifs/fs1.testdom.test"), ("carol", "cifs/fs2.testdom.test")):
        try:
            domain.run("kvno", "-U", user, "-P", "-k", domain.keytab("svc-proxy"), target)
        except Failed:
            continue
        raise Failed(f"svc-proxy may act for {user} to {target}")


@case(seconds=180)
def account_of_a_domain_at_the_server(place):
    """A client known by the accounts file is a user of the domain at the server."""
    place.needs_program()
    domain = Domain(place)
    warden = place.warden(domain.fs1, accounts=[("scanner", "Bitter-Almond-7", *domain.user("alice"))])
    Smbclient(warden, user=("scanner", "Bitter-Almond-7")).do("put /etc/hostname x")
    check_equal((domain.fs1.root() / "x").owner(), r"TESTDOM\alice", "owner of the file")
    check_equal(warden.event(event="tree")["server_leg"]["logon"], "ntlmv2", "logon of the server leg")
    warden.check_alive()


@case(seconds=180)
def server_takes_no_ntlm(place):
    """Nothing but Kerberos leads to fs2; NTLM is refused, and nothing is tried instead."""
    place.needs_program()
    domain = Domain(place)
    warden = place.warden(domain.fs2, upstream="logon: [ntlmv2]", accounts=[domain.user("alice")])
    check_equal(Smbclient(warden, user=domain.user("alice")).refused()[0], "NT_STATUS_ACCESS_DENIED", "what alice is told")
    warden.expect_refusal("server-logon-failed")
    check(not any(domain.fs2.root().iterdir()), "something has been written")
    warden.check_alive()
