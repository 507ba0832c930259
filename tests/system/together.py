"""Users of a domain side by side on one connection: the server sees each of them as himself."""

import json

from cases import case
from domain import DOMAIN, Domain
from fixture import check, check_equal
from kerberos import KRB5, der, fields, initial, keyed_warden, krb5_client
from peer import ACCESS_DENIED, SUCCESS, Peer

NAMES = ("alice", "bob")


class User:
    """One of those on PEER's connection, let in by PROVE(peer), which leaves his key there."""

    def __init__(self, peer, name, prove):
        self.name, self._peer = name, peer
        peer.session, peer.tree, peer.key = 0, 0, None
        prove(peer, name)
        peer.tree_connect("files")
        self._state = peer.session, peer.tree, peer.key

    def __getattr__(self, what):
        """Whatever the peer can, as this user."""
        self._peer.session, self._peer.tree, self._peer.key = self._state
        return getattr(self._peer, what)


def by_kerberos(domain):
    def prove(peer, name):
        krb5 = krb5_client(domain, name)
        request = krb5.update(b"")[1]
        reply = fields(peer.session_setup(initial(der(0x30, der(0x06, KRB5)), request), (SUCCESS,)))
        check(krb5.update(reply[2])[0], f"{name}'s Kerberos is not content")
        peer.key = krb5.session_key()[:16]
    return prove


def by_ntlm(domain):
    return lambda peer, name: peer.log_on(name, domain.user(name)[1], DOMAIN)


def check_themselves(domain, warden, prove, way):
    """Both users, taking turns on one signed connection, own what they make, see what is theirs and nothing else."""
    peer = Peer(warden, sign=True)
    peer.negotiate()
    users = [User(peer, name, prove) for name in NAMES]
    files = [user.open(f"{user.name}-{way}") for user in users]
    for user, file in zip(users, files):
        user.write(file, f"by {user.name}".encode())
    for user, file in zip(reversed(users), reversed(files)):
        check_equal(user.read(file, 100), f"by {user.name}".encode(), f"what {user.name} reads")
    for name in NAMES:
        made = domain.fs2.root() / f"{name}-{way}"
        check_equal(made.owner(), rf"{DOMAIN}\{name}", f"owner of what {name} made")
        made.chmod(0o600)
    for user, other in zip(users, reversed(users)):
        check_equal(user.open(f"{other.name}-{way}", want=None), ACCESS_DENIED, f"status of {other.name}'s file for {user.name}")
    check_seen_as(domain, {f"{name}-{way}": rf"{DOMAIN}\{name}" for name in NAMES})
    check_equal(len(warden.events(event="connected")), 1, "connections of clients")
    check_equal({logon["client_leg"]["signing"] for logon in warden.events(event="logon")}, {"hmac-sha256"}, "client legs")
    trees = {(tree["user"].split("@")[0].split("\\")[-1].lower(), tree["client_leg"]["logon"], tree["server_leg"]["logon"])
             for tree in warden.events(event="tree")}
    check_equal(trees, {(name, way, "kerberos") for name in NAMES}, "who has shares, and how")
    warden.check_alive()


def check_seen_as(domain, owners):
    """smbstatus at the server knows a session of each of OWNERS, on one connection, and as whose each file is open."""
    told = json.loads(domain.within("fs2", "smbstatus", "--json"))
    sessions = told["sessions"].values()
    check_equal(sorted(session["username"] for session in sessions), sorted(owners.values()), "users at the server")
    check_equal({(session["session_dialect"], session["signing"]["degree"]) for session in sessions},
                {("SMB3_11", "full")}, "their sessions")
    check_equal(len({session["hostname"] for session in sessions}), 1, "connections at the server")
    names = {session["uid"]: session["username"] for session in sessions}
    opens = {file["filename"]: {names.get(each["uid"]) for each in file["opens"].values()}
             for file in told["open_files"].values()}
    check_equal(opens, {file: {owner} for file, owner in owners.items()}, "who has what open")


@case(seconds=180)
def two_users_by_kerberos_on_one_connection(place):
    place.needs_program()
    domain = Domain(place)
    warden = keyed_warden(place, domain, domain.fs2, delegation="s4u")
    check_themselves(domain, warden, by_kerberos(domain), "kerberos")


@case(seconds=180)
def two_users_by_ntlm_on_one_connection(place):
    place.needs_program()
    domain = Domain(place)
    warden = keyed_warden(place, domain, domain.fs2, delegation="s4u", top="winbind: true")
    check_themselves(domain, warden, by_ntlm(domain), "ntlmv2")
