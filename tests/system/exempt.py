"""Exemptions below a share, at a real server: what lies in the exempt directory is served, and nothing around it."""

import calendar
import os
import struct

from capture import SEALED, Capture
from cases import case
from fixture import ALICE, Smbclient, check, check_equal, seals, wait_for
from paths import (DELETE_ON_CLOSE, DIRECTORY, LINK, LIST, LOOK, MAKE, OPEN, OVERWRITE, QUERY_INFO, RENAME, SET_INFO, listing,
                   move, reaches, refusals, short_name, tree_of_files, version)
from peer import ACCESS_DENIED, CHANGE_NOTIFY, SUCCESS, Peer

PRIVATE = r"'\\fs1\files': {require: [privacy]}"
EXEMPT = r"'\\fs1\files\public': {exempt: [privacy], reason: 'leaflets, ticket 4711'}"
RULES = PRIVATE + "\n" + EXEMPT
IOCTL = 0x0B


def bed(place, *options, client="wire: untrusted", rules=RULES, upstream="", **how):
    """A client that signs and cannot seal, at a share that demands just that: but for one directory."""
    place.needs_program()
    server = place.samba("server min protocol = SMB2_02", *options, **how)
    tree_of_files(server)
    warden = place.warden(server, client=client, rules=rules, upstream=upstream)
    return server, warden, Peer(warden, sign=True).on_share(ALICE)


def denied(peer, names, **how):
    for name in names:
        check_equal(reaches(peer, name, **how), ACCESS_DENIED, f"opening {name!r}")


def check_refusals(warden, count, words="require: [privacy]"):
    """COUNT refusals of paths, and of nothing else, by the line of the policy with WORDS."""
    wait_for(f"{count} refusals", lambda: len(refusals(warden)) >= count)
    check_equal([event["reason"] for event in refusals(warden)], ["path-refused"] * count, "refusals in the log")
    for event in refusals(warden):
        check(event.get("rule", "").endswith(warden.rule_place(words)), f"the rule is {event.get('rule')}")
    warden.check_alive()


@case()
def exempt_directory(place):
    """It is read, written and listed, and the log says on whose word; the root and all else is refused."""
    server, warden, peer = bed(place)
    start = warden.event(event="exemption", exempt="privacy", why="leaflets, ticket 4711")
    check(start["rule"].endswith(warden.rule_place("public")), f"at the start: {start}")
    tree = warden.event(event="tree", action="allow")
    check_equal(tree["served"], "exempt", "`served` of the share")
    check(tree["rule"].endswith(warden.rule_place("require")) and "does not seal" in tree["detail"], f"the share: {tree}")
    check_equal(warden.events(event="exempted"), [], "uses before the first")
    check_equal(reaches(peer, "public\\x.txt"), "content of public/x.txt\n", "a file inside")
    check_equal(reaches(peer, "PUBLIC\\Own\\O.TXT"), "content of public/own/o.txt\n", "a file further below, in another case")
    peer.write(peer.open("public\\new.txt"), b"new")
    check_equal((server.root() / "public/new.txt").read_text(), "new", "a new file inside")
    folder = peer.open("public", access=LIST, disposition=OPEN, options=DIRECTORY)
    check("new.txt".encode("utf-16-le") in listing(peer, folder).bytes, "the new file is not listed")
    used = warden.events(event="exempted")
    check_equal([(event["exempt"], event["why"], event["path"]) for event in used],
                [("privacy", "leaflets, ticket 4711", "public\\x.txt")], "uses in the log")
    check(used[0]["rule"].endswith(warden.rule_place("public")) and used[0]["from"].endswith(warden.rule_place("require")), f"its use: {used}")
    denied(peer, ["", "Secret\\x.txt", "Secret\\deep\\z.txt", "publi", "public2\\x.txt", "none.txt"])
    check_equal(peer.open("", want=None, access=LIST, disposition=OPEN), ACCESS_DENIED, "opening the root to list it")
    check_equal(peer.open("", want=None, access=LOOK, disposition=OPEN), ACCESS_DENIED, "opening the root to look at it")
    check_refusals(warden, 8)


@case()
def exempt_for_smbclient(place):
    """A client of 2.1 that cannot seal, and one that can: it is told to, and has all of the share."""
    server, warden, _ = bed(place)
    weak = Smbclient(warden, "2.1", "signed")
    (server.root() / "public/own/big").write_bytes(os.urandom(3_000_000))
    (server.root() / "public/own/big").chmod(0o666)
    weak.do("get public\\own\\big /dev/null; put /etc/hostname public\\own\\put; rename public\\own\\put public\\own\\renamed; del public\\own\\renamed")
    for commands in ("ls", "get Secret\\x.txt /dev/null", "put /etc/hostname x", "mkdir x", "rename public\\x.txt x.txt",
                     "get public\\..\\Secret\\x.txt /dev/null"):
        check_equal(weak.refused(commands)[0], "NT_STATUS_ACCESS_DENIED", commands)
    check(not (server.root() / "x").exists(), "something has been made outside")
    strong = Smbclient(warden, "3.1.1", "signed")
    strong.do("ls; get Secret\\x.txt /dev/null; rename public\\x.txt x.txt; cd public; ls; put /etc/hostname in.txt")
    last = warden.events(event="tree", action="allow")[-1]
    check(seals(last["client_leg"]) and "served" not in last, f"the share of the client that seals: {last}")
    warden.check_alive()


@case()
def exempt_by_other_spellings(place):
    """Parts that climb, final dots, short names, numbers: only a name in plain words is exempt. Its streams are."""
    server, warden, peer = bed(place, "mangled names = yes", shares=["files:vfs objects = streams_xattr"])
    long = server.root() / "public/a long name of a file.text"
    long.write_text("long")
    long.chmod(0o666)
    (server.root() / "a directory with a long name").mkdir()
    (server.root() / "a directory with a long name/x.txt").write_text("private")
    direct = Peer(server).on_share(ALICE)
    inside = short_name(direct, "public\\" + long.name)
    outside = short_name(direct, "a directory with a long name")
    check("~" in inside and "~" in outside, "the server has no short names")
    check_equal(reaches(peer, "public\\" + inside), "long", "a short name inside")
    denied(peer, ["public\\..\\Secret\\x.txt", "public\\..\\public\\x.txt", "public\\own\\..\\x.txt", "Secret\\..\\public\\x.txt", "..\\public\\x.txt",
                  outside + "\\x.txt", "public.\\x.txt", "public \\x.txt", "public\\x.txt.", "Secret\\x.txt:s", "Secret\\x.txt::$DATA", ":s"])
    denied(peer, ["public\\x.txt"], options=0x2000)
    stream = peer.open("public\\x.txt:s")
    peer.write(stream, b"in a stream")
    peer.close_file(stream)
    check_equal(reaches(peer, "public\\x.txt:s"), "in a stream", "a stream inside")
    check_equal(reaches(peer, "public\\x.txt::$DATA"), "content of public/x.txt\n", "the stream without a name")
    check_refusals(warden, 13)


@case()
def exempt_by_links(place):
    """Links in the exempt directory that lead out of it; a file that has a second name somewhere."""
    server, warden, peer = bed(place)
    direct = Peer(server).on_share(ALICE)
    for name in ("public\\way\\x.txt", "public\\deeper\\z.txt", "public\\hard.txt"):
        check("Secret" in reaches(direct, name), f"{name} leads nowhere without us")
    denied(peer, ["public\\way\\x.txt", "public\\deeper\\z.txt", "public\\hard.txt", "public\\way\\..\\x.txt"])
    for how in ({"disposition": MAKE}, {"disposition": 5}, {"disposition": 0}):
        check_equal(reaches(peer, "public\\way\\deep\\new.txt", access=0x0012019F, **how), ACCESS_DENIED, f"a new file by a link, {how}")
        check(not (server.root() / "Secret/deep/new.txt").exists(), "the file has been made before it was refused")
    for how in ({"disposition": 0}, {"disposition": OVERWRITE}, {"options": DELETE_ON_CLOSE, "access": 0x00110080}):
        for name in ("public\\way\\x.txt", "public\\hard.txt"):
            check_equal(reaches(peer, name, **{"access": 0x0012019F} | how), ACCESS_DENIED, f"{name} by {how}")
    for name in ("x.txt", "y.txt"):
        check_equal((server.root() / "Secret" / name).read_text(), f"content of Secret/{name}\n", f"the private {name}")
    check_refusals(warden, 13)


@case()
def exempt_by_a_link_at_the_end(place):
    """Samba opens such a link by the link's own name: docs/policy.md says what to do about it, and this is what."""
    server, warden, peer = bed(place, "follow symlinks = no")
    (server.root() / "public/link.txt").symlink_to("../Secret/x.txt")
    for name in ("public\\link.txt", "public\\way\\x.txt"):
        check(isinstance(reaches(peer, name), int), f"{name} is followed")
    check_equal(reaches(peer, "public\\x.txt"), "content of public/x.txt\n", "a file beside it")
    warden.check_alive()


@case()
def exempt_in_previous_versions(place):
    """A snapshot may hold what was private then: none of it is exempt."""
    stamp = "@GMT-2026.01.02-03.04.05"
    server, warden, peer = bed(place, shares=["files:vfs objects = shadow_copy2;shadow:snapdir = .snap;shadow:snapdirseverywhere = yes"])
    old = server.root() / ".snap" / stamp / "public"
    old.mkdir(parents=True)
    (old / "x.txt").write_text("as it was")
    os.system(f"chmod -R a+rwX {server.root()}")
    when = (calendar.timegm((2026, 1, 2, 3, 4, 5)) + 11644473600) * 10**7
    check_equal(version(Peer(server).on_share(ALICE), "public\\x.txt", when), "as it was", "the snapshot, without us")
    check_equal(version(peer, "public\\x.txt", when), ACCESS_DENIED, "the snapshot of a file inside")
    denied(peer, [f"{stamp}\\public\\x.txt", f"public\\{stamp}\\x.txt"])
    check_equal(reaches(peer, "public\\x.txt"), "content of public/x.txt\n", "the file as it is")
    check_refusals(warden, 3)


@case()
def exempt_and_moves(place):
    """Renames and hard links: within the directory, and neither out of it nor into it."""
    server, warden, peer = bed(place)
    root = server.root()
    for kind in (RENAME, LINK):
        for source, target in (("public\\x.txt", "out.txt"), ("public\\x.txt", "Secret\\out.txt"), ("public\\x.txt", "public\\way\\deep\\out.txt"),
                               ("public\\x.txt", "public\\..\\out.txt"), ("public\\own", "own"), ("public", "elsewhere"),
                               ("Secret\\x.txt", "public\\in.txt"), ("public\\way\\x.txt", "public\\in.txt")):
            check_equal(move(peer, kind, source, target), ACCESS_DENIED, f"{source} to {target}")
    check(not list(root.glob("**/out.txt")) and not list(root.glob("**/in.txt")), "something has moved")
    check_equal(move(peer, RENAME, "public\\x.txt", "public\\own\\y.txt"), SUCCESS, "within it")
    check_equal(reaches(peer, "public\\own\\y.txt"), "content of public/x.txt\n", "what has been moved")
    check_equal(move(peer, RENAME, "public\\own", "public\\plan\\own"), SUCCESS, "a directory within it")
    check_equal(reaches(peer, "public\\plan\\own\\y.txt"), "content of public/x.txt\n", "what has moved with it")
    check_refusals(warden, 16)


@case()
def exempt_and_what_moves_while_open(place):
    """What somebody else moves out of the directory is private from then on, and so is what it becomes."""
    server, warden, peer = bed(place, "strict rename = yes")
    file = peer.open("public\\x.txt", access=0x0012019F, disposition=OPEN)
    folder = peer.open("public\\own", access=LIST, disposition=OPEN, options=DIRECTORY)
    watch = peer.open("public\\plan", access=LIST, disposition=OPEN, options=DIRECTORY)
    check_equal(peer.read(file, 100).decode(), "content of public/x.txt\n", "the file at first")
    number = peer.send(CHANGE_NOTIFY, struct.pack("<HHI16sII", 32, 0, 4096, watch, 0x17, 0))
    peer.receive(number, interim=True)
    direct = Peer(server).on_share(ALICE)
    for source, target in (("public\\x.txt", "Secret\\moved.txt"), ("public\\own", "Secret\\own"), ("public\\plan", "Secret\\plan")):
        check_equal(move(direct, RENAME, source, target), SUCCESS, f"moving {source} directly")
    (server.root() / "Secret/plan/private").write_text("")
    answer = peer.receive(number)
    check("private".encode("utf-16-le") not in answer.bytes and answer.status == ACCESS_DENIED, "a private name is told")
    check_equal(peer.read(file, 100, want=None), ACCESS_DENIED, "reading the file")
    check_equal(peer.write(file, b"x", want=None), ACCESS_DENIED, "writing to it")
    check_equal(listing(peer, folder).status, ACCESS_DENIED, "listing the directory")
    for each in (file, folder, watch):
        peer.close_file(each)
    check_refusals(warden, 4)


@case()
def exempt_file_by_file(place):
    """What is about more than a file: watching from above, quotas, the volume, copies on the server."""
    server, warden, peer = bed(place, rules=RULES + "\n" + r"'\\fs1\files\public\plan': {require: [integrity, privacy]}")
    file = peer.open("public\\x.txt", access=0x0012019F, disposition=OPEN)
    folder = peer.open("public", access=LIST, disposition=OPEN, options=DIRECTORY)

    def query(kind, number):
        return peer.ask(QUERY_INFO, struct.pack("<HBBIHHIII16s", 41, kind, number, 4096, 0, 0, 0, 0, 0, file), want=None).status

    def control(code, of=file):
        return peer.ask(IOCTL, struct.pack("<HHI16sIIIIIIII", 57, 0, code, of, 0, 0, 0, 0, 0, 4096, 1, 0), want=None).status

    for number in (1, 3, 5, 7):
        check_equal(query(2, number), SUCCESS, f"class {number} of the file system")
    for kind, number in ((2, 6), (2, 8), (4, 32)):
        check_equal(query(kind, number), ACCESS_DENIED, f"class {number} of type {kind}")
    body = struct.pack("<HBBIHHI16s", 33, 4, 32, 1, 96, 0, 0, file) + b"\0"
    check_equal(peer.ask(SET_INFO, body, want=None).status, ACCESS_DENIED, "setting quotas")
    for code in (0x00140078, 0x001440F2, 0x00144064, 0x00098344):  # a file's key, a copy by it, previous versions, clones
        check_equal(control(code), ACCESS_DENIED, f"FSCTL {code:#x}")
    check_equal(control(0x000900A8, of=bytes([255] * 16)), ACCESS_DENIED, "an FSCTL of no file")
    check(control(0x000940CF) != ACCESS_DENIED, "FSCTL_QUERY_ALLOCATED_RANGES is refused")
    watch = peer.ask(CHANGE_NOTIFY, struct.pack("<HHI16sII", 32, 1, 4096, folder, 0x17, 0), want=None)
    check_equal(watch.status, ACCESS_DENIED, "watching all that is below")
    denied(peer, ["public\\plan\\p.txt", "PUBLIC\\PLAN\\p.txt"])
    check_equal(peer.read(file, 100).decode(), "content of public/x.txt\n", "the file, after all that")
    private_again = [event for event in refusals(warden) if event["rule"].endswith(warden.rule_place("plan"))]
    check_equal(len(private_again), 3, "refusals by the deeper rule")
    check_equal({event["reason"] for event in refusals(warden)}, {"path-refused"}, "refusals in the log")
    warden.check_alive()


@case()
def exempt_at_a_server_that_cannot_seal(place):
    """The share is refused there, but for what is exempt: that is signed; no private name is even asked for."""
    server, warden, _ = bed(place, "server smb encrypt = off", "server signing = mandatory", client="wire: trusted")
    check_equal(warden.event(event="tree", action="allow")["served"], "exempt", "`served` of the share")
    capture = Capture(place, server.port)
    peer = Peer(warden).on_share(ALICE)
    peer.write(peer.open("public\\new.txt"), b"new")
    denied(peer, ["Secret\\x.txt", "SECRET\\y.txt", "none"])
    messages = capture.messages(server.port)
    check(not [message for message in messages if message["smb2.protocol_id"] == SEALED], "something is sealed")
    names = {message.get("smb2.filename", "").lower() for message in messages if message["smb2.cmd"] == "5"}
    print("names that the server was asked for:", names)
    check(names and not [name for name in names if "secret" in name or "none" in name], f"names in clear: {names}")
    warden.check_alive()


@case()
def exempt_from_mutual_authentication(place):
    """Kerberos is not to be had here: NTLM does for the one directory, and for no other."""
    rules = r"'\\fs1\files': {require: [mutual_authentication]}" + "\n" + \
        r"'\\fs1\files\public': {exempt: [mutual_authentication], reason: 'no domain there'}"
    server, warden, peer = bed(place, client="wire: trusted", rules=rules, upstream="principal: cifs/fs1")
    check_equal(reaches(peer, "public\\x.txt"), "content of public/x.txt\n", "a file inside")
    denied(peer, ["Secret\\x.txt", ""])
    check_refusals(warden, 2, "require")
    check_equal(warden.event(event="exempted")["exempt"], "mutual_authentication", "its use")


@case()
def exempt_below_a_private_directory(place):
    """Of a directory that a rule below the share makes private, one below it is not."""
    rules = r"'\\fs1\files\Secret': {require: [privacy]}" + "\n" + \
        r"'\\fs1\files\Secret\deep': {exempt: [privacy], reason: 'leaflets'}"
    server, warden, peer = bed(place, rules=rules)
    check_equal(reaches(peer, "Secret\\deep\\z.txt"), "content of Secret/deep/z.txt\n", "a file inside")
    check_equal(reaches(peer, "public\\deeper\\z.txt"), "content of Secret/deep/z.txt\n", "the same by a link")
    check_equal(reaches(peer, "public\\x.txt"), "content of public/x.txt\n", "a file beside it all")
    denied(peer, ["Secret\\x.txt", "public\\way\\x.txt", "Secret\\deep\\..\\x.txt", "public\\hard.txt"])
    check_equal(move(peer, RENAME, "Secret\\deep\\z.txt", "Secret\\z.txt"), ACCESS_DENIED, "out of it, to where it is private")
    check_equal(move(peer, RENAME, "Secret", "Open"), ACCESS_DENIED, "the private directory")
    check_equal(move(peer, RENAME, "Secret\\deep\\z.txt", "public\\z.txt"), SUCCESS, "out of it, to where nothing is demanded")
    check_equal(len(warden.events(event="exempted")), 1, "uses in the log")
    check_refusals(warden, 6, "require")
