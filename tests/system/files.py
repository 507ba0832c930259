"""Files that are large, many clients at once, and a second kind of client."""

import os
import subprocess
import threading

from impacket.smb3structs import SMB2_DIALECT_002, SMB2_DIALECT_21, SMB2_DIALECT_30
from impacket.smbconnection import SessionError, SMBConnection

from cases import case
from fixture import ALICE, BOB, DIALECTS, Smbclient, check, check_equal, digest, random_file
from peer import Peer

GIB4 = 4 << 30


@case(seconds=180, slow=True)
def a_byte_more_than_4_gib(place):
    """A sparse file, read whole; and written to around and beyond the 4 GiB mark."""
    place.not_under_valgrind("takes hours")
    server = place.samba(hardened=True)
    big, islands = server.root() / "big", {0: b"first", GIB4 - 3: b"across", GIB4 - (1 << 20): b"before"}
    with open(big, "wb") as file:
        for offset, text in islands.items():
            file.seek(offset)
            file.write(text)
        file.truncate(GIB4 + 1)
    warden = place.warden(server)
    check_stream(Smbclient(warden, "2.1").command("-E", "-c", "get big -"), big)

    peer = Peer(warden).on_share(ALICE)
    handle = peer.open("written")
    for offset, text in islands.items():
        peer.write(handle, text, offset)
    peer.write(handle, b"!", GIB4 + 4)
    check_equal(peer.read(handle, 8, GIB4 - 3), b"across\0!", "bytes across the mark")
    check_equal((server.root() / "written").stat().st_size, GIB4 + 5, "size of what was written")
    with open(server.root() / "written", "rb") as file:
        for offset, text in islands.items():
            file.seek(offset)
            check_equal(file.read(len(text)), text, f"bytes at {offset}")
    warden.check_alive()


def check_stream(command, path):
    """What COMMAND prints is the file, byte for byte."""
    total = 0
    with open(path, "rb") as file, subprocess.Popen(command, stdout=subprocess.PIPE) as client:
        while chunk := client.stdout.read(1 << 20):
            check(chunk == file.read(len(chunk)), f"the bytes from {total} on differ")
            total += len(chunk)
    check_equal(client.returncode, 0, "status of smbclient")
    check_equal(total, path.stat().st_size, "bytes read")


@case(seconds=120)
def eight_clients_at_once(place):
    """Each puts and gets its own file while the others do, over every dialect."""
    server = place.samba(hardened=True)
    warden = place.warden(server)
    faults = []

    def work(number):
        try:
            dialect = list(DIALECTS)[number % len(DIALECTS)]
            source = random_file(place.dir / f"source{number}", place.bulk(20_000_000) + number)
            back = place.dir / f"back{number}"
            client = Smbclient(warden, dialect, user=(ALICE, BOB)[number % 2])
            for _ in range(3):
                client.do(f'put "{source}" file{number}; get file{number} "{back}"')
                check_equal(digest(back), digest(source), f"file of client {number}")
        except Exception as fault:
            faults.append(fault)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    warden.check_alive()


for dialect_, number_ in {"2.0.2": SMB2_DIALECT_002, "2.1": SMB2_DIALECT_21, "3.0": SMB2_DIALECT_30}.items():
    @case(f"impacket-{dialect_}", number=number_, dialect=dialect_)
    def impacket(place, number, dialect):
        server = place.samba(hardened=True)
        warden = place.warden(server)
        client = SMBConnection(warden.address, warden.address, sess_port=warden.port, preferredDialect=number)
        client.login(*ALICE)
        content = os.urandom(300_001)
        client.createDirectory("files", "dir")
        client.putFile("files", "dir\\one", reader(content))
        client.rename("files", "dir\\one", "dir\\two ü")
        names = {entry.get_longname() for entry in client.listPath("files", "dir\\*")}
        check_equal(names, {".", "..", "two ü"}, "listing")
        got = bytearray()
        client.getFile("files", "dir\\two ü", got.extend)
        check(got == content, "the file came back changed")
        check_equal((server.root() / "dir" / "two ü").read_bytes() == content, True, "the file as the server has it")
        client.deleteFile("files", "dir\\two ü")
        client.deleteDirectory("files", "dir")
        check_equal(list(server.root().iterdir()), [], "what is left at the server")
        try:
            client.getFile("files", "nothing", got.extend)
            check(False, "a file that is not there was read")
        except SessionError as fault:
            check("OBJECT_NAME_NOT_FOUND" in str(fault), str(fault))
        client.logoff()
        check_equal(warden.event(event="tree")["client_leg"]["dialect"], dialect, "dialect of the client leg")
        warden.check_alive()


def reader(content):
    """A function that hands out CONTENT piece by piece, as putFile wants it."""
    at = 0

    def read(length):
        nonlocal at
        at += length
        return content[at - length:at]
    return read


@case()
def logged_off_and_on_again(place):
    """A second session on the same connection, and a second tree, each closed again."""
    warden = place.warden(place.samba(hardened=True, shares=["more"]))
    peer = Peer(warden).on_share(ALICE)
    first_tree = peer.tree
    peer.close_file(peer.open("x"))
    peer.tree_connect("more")
    check(peer.tree != first_tree, "two trees have one id")
    peer.close_file(peer.open("y"))
    peer.ask(4, b"\4\0\0\0")
    peer.ask(2, b"\4\0\0\0", tree=0)
    peer.session = peer.tree = 0
    peer.log_on(*BOB).tree_connect("files")
    check(isinstance(peer.open("x"), bytes), "the second session cannot open a file")
    warden.check_alive()
