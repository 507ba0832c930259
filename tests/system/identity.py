"""Who is it? Users of a real domain, on either leg."""

import time

from cases import case
from domain import Domain
from fixture import ALICE, Failed, Smbclient, check, check_equal, wait_for

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


def winbind(place, server, *accounts, **settings):
    """smbwarden that lets users of the domain in as ACCOUNTS say."""
    place.needs_program()
    return place.warden(server, top="winbind: true", accounts=list(accounts), **settings)


def check_told(warden, user, word, reason, detail=None, **how):
    """USER is told WORD, and the log gives REASON and the domain's DETAIL."""
    before = len(warden.events(event="refused"))
    check_equal(Smbclient(warden, user=user, **how).refused()[0], word, f"what {user[0]} is told")
    told = warden.events(event="refused")[before:]
    check_equal([event["reason"] for event in told], [reason], f"refusals of {user[0]}")
    check_equal(told[0].get("user"), user[0], "whom the refusal names")
    check(not detail or detail in told[0].get("detail", ""), f"detail: {told[0].get('detail')}")


@case(seconds=180)
def user_of_the_domain_by_ntlm(place):
    """The domain knows the password; the entry says who that is at the server. The client's signatures, of
    both kinds, show that the domain's key is the client's."""
    domain = Domain(place)
    warden = winbind(place, domain.fs1, (domain.user("alice")[0], None, *domain.user("scanner")), client="signing: required")
    for dialect, protection in (("2.0.2", "signed"), ("3.1.1", "signed"), ("3.1.1", "sealed")):
        Smbclient(warden, dialect, protection, user=domain.user("alice")).do("put /etc/hostname x; rm x; put /etc/hostname y")
    check_equal((domain.fs1.root() / "y").owner(), r"TESTDOM\scanner", "owner of the file")
    check_equal(warden.event(event="logon")["user"], r"TESTDOM\alice", "user in the log")
    check(domain.user("alice")[1] not in warden.log_text(), "a password is in the log")
    warden.check_alive()


@case(seconds=180)
def domain_refuses_and_says_why(place):
    domain = Domain(place)
    warden = winbind(place, domain.fs1, *((domain.user(name)[0], None, *domain.user("scanner")) for name in ("alice", "dave")))
    failure = "NT_STATUS_LOGON_FAILURE"
    check_told(warden, (domain.user("alice")[0], "wrong"), failure, "logon-failed", "WRONG_PASSWORD")
    check_told(warden, domain.user("nobody"), failure, "logon-failed", "NO_SUCH_USER")
    check_told(warden, domain.user("dave"), "NT_STATUS_ACCOUNT_DISABLED", "logon-failed", "ACCOUNT_DISABLED")
    # the domain vouches for bob, but there is nobody to be at the server
    check_told(warden, domain.user("bob"), "NT_STATUS_ACCESS_DENIED", "server-logon-failed")
    check(not any(domain.fs1.root().iterdir()), "something has been written")
    domain.within("dc", "samba-tool", "user", "enable", "dave")
    Smbclient(warden, user=domain.user("dave")).do("ls")
    warden.check_alive()


@case(seconds=180)
def accounts_file_comes_before_the_domain(place):
    """Who has a password in the accounts file is judged by that one alone."""
    domain = Domain(place)
    mine = (domain.user("alice")[0], "Quite-another-1")
    warden = winbind(place, domain.fs1, (*mine, *domain.user("alice")), ("device", "Bitter-Almond-7", *domain.user("alice")))
    check_told(warden, domain.user("alice"), "NT_STATUS_LOGON_FAILURE", "logon-failed")
    # the domain knows another spelling of the name, and that it is still the same user
    check_equal(Smbclient(warden, user=("alice@testdom.test", domain.user("alice")[1])).refused()[0],
                "NT_STATUS_ACCESS_DENIED", "what alice is told by another name")
    check_equal(warden.event(event="refused", reason="server-logon-failed")["user"], domain.user("alice")[0], "who it was")
    for user in (mine, ("device", "Bitter-Almond-7")):
        Smbclient(warden, user=user).do("ls")
    warden.check_alive()


@case(seconds=240, slow=True)
def domain_out_of_reach(place):
    """Without the domain its users are refused, and only they."""
    domain = Domain(place)
    device = ("device", "Bitter-Almond-7")
    warden = winbind(place, place.samba(hardened=True, listen=("127.0.0.1", 1445)), (*device, *ALICE),
                     (domain.user("alice")[0], None, *ALICE))
    Smbclient(warden, user=domain.user("alice")).do("ls")
    domain.stop("gw")
    check_told(warden, domain.user("alice"), "NT_STATUS_NO_LOGON_SERVERS", "logon-failed")
    Smbclient(warden, user=device).do("ls")
    domain.start("gw")
    Smbclient(warden, user=domain.user("alice")).do("ls")
    domain.stop("dc")
    check_told(warden, domain.user("bob"), "NT_STATUS_NO_LOGON_SERVERS", "logon-failed")
    Smbclient(warden, user=device).do("ls")
    domain.start("dc")
    wait_for("the domain's users to be let in again",
             lambda: time.sleep(1) or Smbclient(warden, user=domain.user("alice")).run("ls")[1] == 0, 90)
    warden.check_alive()


@case(seconds=180)
def ntlmv1_of_the_domain(place):
    """Where both the listener and the domain take it, with signatures that show that the key is the client's."""
    domain = Domain(place)
    warden = winbind(place, domain.fs1, (domain.user("alice")[0], None, *domain.user("scanner")), client="logon: [ntlmv1]")
    client = Smbclient(warden, "3.1.1", "signed", user=domain.user("alice"), options=["--option=client ntlmv2 auth = no"])
    check(client.refused()[0], "the domain takes NTLMv1 without having been told to")
    warden.expect_refusal("logon-failed")
    domain.stop("dc")
    conf = domain.dir / "dc/etc/smb.conf"
    conf.write_text(conf.read_text().replace("[global]", "[global]\n\tntlm auth = ntlmv1-permitted", 1))
    domain.start("dc")
    wait_for("the domain's users to be let in", lambda: time.sleep(1) or client.run("ls")[1] == 0, 90)
    check_equal(warden.event(event="logon")["client_leg"]["logon"], "ntlmv1", "way in the log")
    warden.check_alive()
