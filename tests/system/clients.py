"""Clients that others wrote, each its own SMB2: what they do at a file server, they do through smbwarden."""

import contextlib
import os
import re
import shlex
import subprocess
import sys

from impacket.smb3structs import SMB2_DIALECT_311
from impacket.smbconnection import SessionError, SMBConnection

from cases import case
from fixture import ALICE, DIALECTS, HERE, Failed, Smbclient, check, check_equal, digest, random_file, seals

HELPERS = HERE / "clients"
# What Debian 12's Linux mounts, in one guest: dialect and protection.
MOUNTS = ["2.0-off", "2.1-off", "2.1-signed", "3.0-off", "3.0-sealed", "3.02-signed", "3.1.1-off", "3.1.1-signed",
          "3.1.1-sealed"]
MOUNT_STEPS = ["mount", "dialect", "read", "write", "rename", "again", "list", "second-mount", "lock", "locked",
               "unlocked", "unlink", "absent", "umount"]
# From the npm registry. The first speak NTLMv2, the others only NTLMv1.
NODE_CLIENTS = {"v9u-smb2": "1.0.6", "@tryjsky/v9u-smb2": "1.1.0"}
NODE_WEAK_CLIENTS = {"@marsaud/smb2": "0.18.0", "smb2": "0.2.11", "@awo00/smb2": "1.1.1"}
NODE_STEPS = ["list", "read", "rename", "again", "delete"]


def house(place, client=""):
    """A hardened server with the file `given` in its share, smbwarden before it, an empty directory."""
    server = place.samba(hardened=True)
    given = random_file(server.root() / "given", 2_000_003)
    given.chmod(0o666)
    desk = place.path("desk")
    desk.mkdir()
    return server, place.warden(server, client=client), given, desk


def run(command, seconds=60, want=0, **options):
    """What COMMAND says; its status must be WANT."""
    command = [str(word) for word in command]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=seconds, **options)
    print(f"$ {shlex.join(command)}\n{done.stdout}(status {done.returncode})", flush=True)
    check_equal(done.returncode, want, f"status of {os.path.basename(command[0])} ({done.stdout.strip()[-200:]})")
    return done.stdout


def steps(output, *before):
    """The steps that a helper said went well; it must have come to its end."""
    check("DONE" in output.split(), f"the client did not come to its end: {output.strip()[-300:]}")
    failed = re.findall(r"^STEP (.* failed.*?)\s*$", output, re.M)
    check(not failed, "; ".join(failed))
    return re.findall(rf"^STEP {' '.join(map(re.escape, before))} ?(\S+) ok\s*$", output, re.M)


def check_served(warden, dialect=None):
    """smbwarden carried the trees, and protected them whatever the client spoke."""
    warden.check_alive()
    tree = warden.event(event="tree", action="allow")
    check_equal(tree["server_leg"]["dialect"], "3.1.1", "dialect of the server leg")
    check(seals(tree["server_leg"]), "the server leg is not sealed")
    if dialect:
        check_equal(tree["client_leg"]["dialect"], dialect, "dialect of the client leg")


def same(found, wanted, what):
    check_equal(digest(found), digest(wanted), what)


@case(seconds=240, slow=True)
def linux_kernel(place):
    """cifs.ko of Debian's Linux, in a machine of its own, mounts the share in every way that it knows."""
    server, warden, given, desk = house(place)
    sum_given = run(["md5sum", given]).split()[0]
    output = run([HELPERS / "linux-boot", desk, warden.port, " ".join(MOUNTS), sum_given], seconds=220)
    for mount in MOUNTS:
        check_equal(steps(output, mount), MOUNT_STEPS, f"what went well at {mount}")
        files = sorted((server.root() / mount).iterdir())
        check_equal([file.name for file in files], ["two ü"], f"files left by {mount}")
        check_equal(run(["md5sum", files[0]]).split()[0], re.search(rf"^SUM {mount} (\w+)", output, re.M).group(1),
                    f"the file of {mount} as the server has it")
    check_served(warden)
    if place.program:
        spoken = {tree["client_leg"]["dialect"] for tree in warden.events(event="tree", action="allow")}
        check_equal(spoken, set(DIALECTS), "dialects of the client leg")
    return f"{len(MOUNTS)} mounts"


@case(seconds=60)
def libsmbclient(place):
    """The library of file managers, which takes the port from the URL."""
    server, warden, given, desk = house(place)
    written = random_file(desk / "written", 300_001)
    share = f"smb://{warden.address}:{warden.port}/files"
    output = run([sys.executable, HELPERS / "libsmbclient.py", share, *ALICE, given, written])
    check_equal(steps(output), ["list", "read", "rename", "delete", "absent"], "what went well")
    check_equal(sorted(path.name for path in server.root().iterdir()), ["given", "two"], "files at the server")
    same(server.root() / "two", written, "the file as the server has it")
    check_served(warden, "3.1.1")


@case(seconds=60)
def smbget(place):
    """A directory with all that is in it."""
    server, warden, given, desk = house(place)
    (server.root() / "dir").mkdir()
    random_file(server.root() / "dir" / "Grüße", 70_000).chmod(0o644)
    run(["smbget", "-R", "-n", "-w", "DEMO", "-U", "%".join(ALICE),
         f"smb://{warden.address}:{warden.port}/files/"], cwd=desk, env={**os.environ, "LC_ALL": "C.UTF-8"})
    same(desk / "given", given, "the file that was got")
    same(desk / "dir" / "Grüße", server.root() / "dir" / "Grüße", "the file in a directory")
    check_served(warden)


@case(seconds=60)
def smbclient_tar(place):
    """A share to an archive and back, which asks for more than plain reads and writes: times and attributes."""
    server, warden, given, desk = house(place)
    (server.root() / "dir").mkdir(0o777)
    (server.root() / "dir").chmod(0o777)
    random_file(server.root() / "dir" / "inner", 70_000).chmod(0o666)
    wanted = {path: digest(path) for path in (given, server.root() / "dir" / "inner")}
    client = Smbclient(warden, "2.1")
    run(client.command("-Tc", desk / "all.tar"))
    for path in wanted:
        path.unlink()
    (server.root() / "dir").rmdir()
    run(client.command("-Tx", desk / "all.tar"))
    for path, sum_wanted in wanted.items():
        check_equal(digest(path), sum_wanted, f"{path.name} after it was put back")
    check_served(warden, "2.1")


@case(seconds=60)
def rclone(place):
    """Another SMB2, in Go, which puts the port into the names of shares."""
    server, warden, given, desk = house(place)
    secret = run(["rclone", "obscure", ALICE[1]]).strip()
    share = f":smb,host={warden.address},port={warden.port},user={ALICE[0]},pass={secret}:files"

    def rclone(*words):
        return run(["rclone", "--config", os.devnull, "--retries", "1", *words])
    written = random_file(desk / "written", 3_000_001)
    check_equal(rclone("lsf", share).split(), ["given"], "listing")
    rclone("copyto", f"{share}/given", desk / "read")
    same(desk / "read", given, "the file that was read")
    rclone("copyto", written, f"{share}/dir/one")
    rclone("moveto", f"{share}/dir/one", f"{share}/dir/two ü")
    check_equal([path.name for path in (server.root() / "dir").iterdir()], ["two ü"], "files after the renaming")
    same(server.root() / "dir" / "two ü", written, "the file as the server has it")
    rclone("deletefile", f"{share}/dir/two ü")
    rclone("rmdir", f"{share}/dir")
    check_equal([path.name for path in server.root().iterdir()], ["given"], "what is left at the server")
    check_served(warden, "3.1.1")


@case(seconds=60)
def impacket_3_1_1(place):
    """It computes the key for signing its tree connect wrongly, so that no server of 3.1.1 lets it in."""
    server, warden, _, _ = house(place)
    client = SMBConnection(warden.address, warden.address, sess_port=warden.port, preferredDialect=SMB2_DIALECT_311)
    client.login(*ALICE)
    try:
        client.connectTree("files")
        check(False, "a tree connect with a wrong signature was let in")
    except SessionError as fault:
        check("STATUS_ACCESS_DENIED" in str(fault), str(fault))
    warden.expect_refusal("bad-signature")
    warden.check_alive()


def node(place, module, version, warden, desk, want=0):
    """What node-client.js says with MODULE, which npm has fetched."""
    run(["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", f"{module}@{version}"],
        cwd=desk, seconds=100)
    # They compute MD4 and DES by OpenSSL, which has put these away.
    settings = {**os.environ, "OPENSSL_CONF": str(HELPERS / "openssl.cnf")}
    return run(["node", HELPERS / "node-client.js", module, warden.address, warden.port], want=want, cwd=desk,
               env=settings)


def node_name(module):
    return "npm-" + module.lstrip("@").replace("/", "-")


for module_, version_ in NODE_CLIENTS.items():
    @case(node_name(module_), seconds=120, module=module_, version=version_)
    def node_client(place, module, version):
        node_works(*house(place), place, module, version)


def node_works(server, warden, given, desk, place, module, version):
    (desk / "given").write_bytes(given.read_bytes())
    written = random_file(desk / "written", 200_003)
    output = node(place, module, version, warden, desk)
    check_equal(steps(output), NODE_STEPS, "what went well")
    check_equal(sorted(path.name for path in server.root().iterdir()), ["given", "two"], "files at the server")
    same(server.root() / "two", written, "the file as the server has it")
    check_served(warden)


for module_, version_ in NODE_WEAK_CLIENTS.items():
    @case(node_name(module_), seconds=120, module=module_, version=version_)
    def node_weak_client(place, module, version):
        """It speaks NTLMv1, which no server takes unless it is told to; nor does smbwarden."""
        server, warden, given, desk = house(place)
        for name in ("given", "written"):
            (desk / name).write_bytes(b"bytes")
        output = node(place, module, version, warden, desk, want=1)
        check("FAULT" in output and "STEP" not in output, "the client was let in")
        warden.expect_refusal("logon-method-refused")
        warden.check_alive()
        warden = place.warden(server, client="logon: [ntlmv1]")
        with contextlib.suppress(Failed):  # what some of them do then fails without smbwarden, too
            node(place, module, version, warden, desk)
        check_equal(warden.event(event="tree")["client_leg"]["logon"], "ntlmv1", "way in where it is named")
        warden.check_alive()
