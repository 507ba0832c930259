"""Directories as large and as deep as they get, names of every kind, and what there was before."""

import re

from cases import case
from fixture import ALICE, DIALECTS, Smbclient, check, check_equal, digest, random_file
from peer import Peer, Refused

MANY = 100_000
# One name that differs from another in case alone is the same to a client; these are not ASCII.
NAMES = ["Ärger", "ﬀ ligature", "文書", "🙂🙃", "a" * 255, "Σίσυφος", " leading blank", "semi;colon'"]


def names_listed(output):
    """The names in what smbclient's ls says."""
    return [match.group(1) for match in re.finditer(r"^  (.*?)\s+[ADHNRS]+\s+\d+  \w{3} ", output, re.M)]


for dialect_ in ("2.0.2", "3.1.1"):
    @case(f"100000-entries-{dialect_}", seconds=240, slow=True, dialect=dialect_)
    def big_directory(place, dialect):
        server = place.samba(hardened=True)
        folder = server.root() / "many"
        folder.mkdir(mode=0o777)
        for number in range(MANY):
            (folder / f"entry {number:06}").touch()
        warden = place.warden(server)
        found = names_listed(Smbclient(warden, dialect).do("ls many\\*", seconds=200))
        wanted = [".", ".."] + [f"entry {number:06}" for number in range(MANY)]
        check_equal(len(found), len(wanted), "entries listed")
        check(sorted(found) == sorted(wanted), "the names listed are not those at the server")
        warden.check_alive()


@case()
def deep_paths(place):
    """As deep as Samba goes, made, filled and taken away level by level."""
    server = place.samba(hardened=True)
    warden = place.warden(server)
    levels = [f"level {number:03} of a deep path" for number in range(36)]
    path, made = "", []
    for level in levels:
        path = f"{path}\\{level}" if path else level
        made.append(f'mkdir "{path}"')
    sent, got = random_file(place.dir / "sent", 70_000), place.dir / "got"
    client = Smbclient(warden, "2.0.2")
    client.do("; ".join(made) + f'; put "{sent}" "{path}\\file"; get "{path}\\file" "{got}"')
    check_equal(digest(server.root().joinpath(*levels, "file")), digest(sent), "the file at the bottom")
    check_equal(digest(got), digest(sent), "the file as it came back")
    client.do(f'deltree "{levels[0]}"')
    check_equal(list(server.root().iterdir()), [], "what is left at the server")
    warden.check_alive()


@case()
def names_of_every_kind(place):
    """Each is made, found in another case where case folds, and listed as it was spelled."""
    server = place.samba(hardened=True)
    warden = place.warden(server)
    peer = Peer(warden).on_share(ALICE)
    for name in NAMES:
        peer.close_file(peer.open(name))
        other = name.upper() if len(name.upper()) == len(name) else name  # some letters have no other case of their own
        peer.close_file(peer.open(other, disposition=1))
    for dialect in DIALECTS:
        found = names_listed(Smbclient(warden, dialect).do("ls"))
        check_equal(set(found) - {".", ".."}, set(NAMES), f"names at {dialect}")
    warden.check_alive()
    check_equal({path.name for path in server.root().iterdir()}, set(NAMES), "names at the server")


@case()
def previous_versions(place):
    """A file as it was: listed by FSCTL_SRV_ENUMERATE_SNAPSHOTS, opened by its time in the name."""
    root = place.path("shares")
    server = place.samba("vfs objects = shadow_copy2", f"shadow:mountpoint = {root}/files", "shadow:snapdir = .snapshots",
                         "shadow:format = @GMT-%Y.%m.%d-%H.%M.%S", hardened=True, root=root)
    token = "@GMT-2021.03.04-05.06.07"
    before = server.root() / ".snapshots" / token
    before.mkdir(parents=True)
    (before / "page").write_bytes(b"as it was")
    (server.root() / "page").write_bytes(b"as it is now")
    warden = place.warden(server)
    for dialect in ("2.0.2", "2.1", "3.1.1"):
        client = Smbclient(warden, dialect)
        check(token in client.do("allinfo page"), f"the version is not listed at {dialect}")
        got = place.dir / f"got-{dialect}"
        client.do(f'get "{token}\\page" "{got}"')
        check_equal(got.read_bytes(), b"as it was", f"the version as read at {dialect}")
    warden.check_alive()


@case()
def attributes_and_streams(place):
    """Extended attributes, access control lists and streams, as smbclient and smbcacls see them."""
    server = place.samba("vfs objects = acl_xattr streams_xattr", "ea support = yes", hardened=True)
    warden = place.warden(server)
    client = Smbclient(warden, "2.1")
    stream, got = place.dir / "stream", place.dir / "got"
    stream.write_bytes(b"beside the data")
    client.do(f'put /etc/hostname page; put "{stream}" page:beside; get page:beside "{got}"; setea page mark "a value"')
    check_equal(got.read_bytes(), b"beside the data", "the stream")
    check("a value" in client.do("geteas page"), "the extended attribute is not there")
    check(":beside:$DATA" in client.do("allinfo page"), "the stream is not listed")
    peer = Peer(warden).on_share(ALICE)
    try:
        peer.open("page:absent", disposition=1)
        check(False, "a stream that is not there was opened")
    except Refused:
        pass
    warden.check_alive()
