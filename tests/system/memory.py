"""A server that was seen stronger before is refused, with words, until it is forgotten; whatever happens to the
record of that is said, and nothing is forgotten by itself."""

import os
import signal
import subprocess
import time

from cases import case
from fixture import ALICE, Samba, Smbclient, check, check_equal, wait_for

WEAKER = "min_dialect: 3.0"


class Swapped:
    """A file server at one port that can be replaced by another, and smbwarden before it with a state."""

    def __init__(self, place, upstream=WEAKER, **settings):
        place.needs_program()
        self.place, self.state = place, place.path("state")
        self.server = place.samba()
        self.settings = dict(upstream=upstream, state=self.state, **settings)
        self.warden = place.warden(self.server, **self.settings)

    def become(self, *options):
        """The server goes, and another with OPTIONS comes in its place."""
        self.server.stop()
        self.server = Samba(self.place, options, listen=(self.server.address, self.server.port))

    def learn(self):
        """A client comes in; what that taught is in the file."""
        Smbclient(self.warden).do("ls")
        wait_for("the state to say so", lambda: "dialect 3.1.1" in self.text())

    def text(self):
        return (self.state / "servers").read_text()

    def restart(self):
        os.kill(self.warden.pid, signal.SIGTERM)
        check_equal(self.warden.wait_end(15), 0, "exit status")
        self.warden = self.place.warden(self.server, **self.settings)

    def refused(self, detail):
        word, _ = Smbclient(self.warden).refused()
        check_equal(word, "NT_STATUS_ACCESS_DENIED", "what the client is told")
        said = self.warden.event(event="refused", action="refuse")
        check_equal(said["reason"], "server-downgraded", "reason")
        check(said["detail"].startswith(detail), f"detail is {said['detail']!r}")
        check("smbwarden forget" in said["remedy"], "the remedy does not name the way out")

    def forget(self, server="fs1", status=0):
        done = subprocess.run([self.place.program, "forget", "--config", self.warden.config, server],
                              capture_output=True, text=True)
        print(done.stdout, done.stderr, flush=True)
        check_equal(done.returncode, status, "exit status of forget")
        return done.stdout + done.stderr

    def admitted(self):
        """Lets the client in; a running smbwarden takes notice at once, and tries a server found down anew."""
        wait_for("the client to be let in", lambda: Smbclient(self.warden).run("ls")[1] == 0, 15)


def check_weakened(place, options, detail, **settings):
    stage = Swapped(place, **settings)
    stage.learn()
    stage.become(*options)
    stage.refused(detail)
    stage.restart()
    stage.refused(detail)
    check("fs1 is forgotten; it was seen to be capable of 3.1.1" in stage.forget("FS1"), "what forget says")
    wait_for("smbwarden to take notice", lambda: stage.warden.events(event="state-loaded", servers=0))
    stage.admitted()
    check("nothing is remembered of 'fs2'" in stage.forget("fs2", status=1), "what forget says")
    stage.warden.check_alive()


@case("a-dialect-that-is-lost")
def dialect_is_lost(place):
    """3.1.1 was seen, 3.0.2 is all there is; a restart changes nothing, `forget` does."""
    check_weakened(place, ["server max protocol = SMB3_02"], "SMB 3.1.1 was seen on ")


@case("encryption-that-is-lost")
def encryption_is_lost(place):
    check_weakened(place, ["server smb encrypt = off"], "cipher aes-128-gcm was seen on ")


@case("gmac-that-is-lost")
def gmac_is_lost(place):
    check_weakened(place, ["server smb3 signing algorithms = AES-128-CMAC"], "signing aes-128-gmac was seen on ")


@case("a-cipher-that-is-lost")
def cipher_is_lost(place):
    check_weakened(place, ["server smb3 encryption algorithms = AES-128-CCM"], "cipher aes-128-gcm was seen on ")


@case("all-dialects-that-are-lost")
def all_dialects_are_lost(place):
    """The server takes nothing any more of what it is offered: that, too, is less than before."""
    stage = Swapped(place, upstream="min_dialect: 3.1.1")
    stage.learn()
    stage.become("server max protocol = SMB3_02")
    stage.refused("SMB 3.1.1 was seen on ")


@case("a-policy-that-offers-less-is-no-downgrade")
def narrower_policy(place):
    stage = Swapped(place)
    stage.learn()
    before = stage.text()
    for upstream in ("min_dialect: 3.0, max_dialect: 3.0.2", "signing_algorithms: [aes-128-cmac]",
                     "ciphers: [aes-256-ccm, aes-128-ccm]", "encryption: off",
                     "signing_algorithms: [aes-128-cmac, aes-128-gmac], ciphers: [aes-256-gcm, aes-128-gcm]"):
        stage.settings["upstream"] = upstream
        stage.restart()
        Smbclient(stage.warden).do("ls")
        check_equal(stage.warden.events(event="refused"), [], f"refusals with {upstream}")
    stage.settings["upstream"] = WEAKER
    stage.restart()
    for line in before.splitlines():
        if line.startswith("dialect"):
            check(line in stage.text(), f"the line is gone: {line}")
    stage.become("server max protocol = SMB3_02")
    stage.refused("SMB 3.1.1 was seen on ")


@case("audit-lets-a-weaker-server-through")
def audit(place):
    stage = Swapped(place, top="mode: audit")
    stage.learn()
    stage.become("server max protocol = SMB3_02")
    Smbclient(stage.warden).do("ls")
    check(stage.warden.events(action="would-refuse", reason="server-downgraded"), "nothing is told")
    check("dialect 3.1.1" in stage.text(), "the memory was lowered")


@case("nothing-is-learned-before-it-is-proven")
def not_proven(place):
    """A logon that fails teaches nothing of the server."""
    place.needs_program()
    state = place.path("state")
    warden = place.warden(place.samba(), state=state, accounts=[ALICE + ("alice", "wrong")])
    Smbclient(warden).refused()
    warden.expect_refusal("server-logon-failed")
    check((state / "servers").read_text().endswith("\nend 0\n"), "something was learned")


def start_fails(place, stage, *words):
    """Another smbwarden with the state of STAGE does not start, and says why."""
    config = stage.warden.config
    done = subprocess.run([place.program, "serve", "--config", config], capture_output=True, text=True, timeout=20)
    print(done.stderr, flush=True)
    check_equal(done.returncode, 3, "exit status")
    for word in words:
        check(word in done.stderr, f"{word!r} is not said")
    checked = subprocess.run([place.program, "check", "--config", config], capture_output=True, text=True, timeout=20)
    return checked


def stopped(place):
    stage = Swapped(place)
    stage.learn()
    os.kill(stage.warden.pid, signal.SIGTERM)
    stage.warden.wait_end(15)
    return stage


@case("a-broken-state-is-no-start")
def broken_state(place):
    """A damaged file is said with its line and left as it is; `check` says the same."""
    stage = stopped(place)
    path = stage.state / "servers"
    sound = path.read_bytes()
    for damaged, words in ((b"", "its end is missing"), (sound[:-20], "error:"), (sound[:40], "error:"),
                           (sound.replace(b"3.1.1", b"9.9.9"), f"{path}:5:9: error: this is no word"),
                           (b"".join(line for line in sound.splitlines(True) if b"cipher" not in line), "not how many")):
        path.write_bytes(damaged)
        checked = start_fails(place, stage, words, "nothing is forgotten by itself")
        check(checked.returncode == 1 and words in checked.stderr, "check says otherwise")
        check_equal(path.read_bytes(), damaged, "the file")


@case("a-state-of-somebody-else-is-no-start")
def foreign_state(place):
    stage = stopped(place)
    os.chmod(stage.state, 0o777)
    start_fails(place, stage, "can be written by others", "chmod go-w", stage.warden.rule_place("state:"))
    os.chmod(stage.state, 0o700)
    os.chown(stage.state, 65534, 65534)
    start_fails(place, stage, "belongs to somebody else")
    os.chown(stage.state, 0, 0)
    (stage.state / "servers").rename(stage.state / "other")
    (stage.state / "servers").symlink_to("other")
    start_fails(place, stage, "is a symbolic link")


@case("a-read-only-state-is-no-start")
def read_only_state(place):
    """On a file system that is mounted read-only, and as a user who may not write."""
    stage = stopped(place)
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" serve --config "$3"'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "-", stage.state, place.program,
                           stage.warden.config], capture_output=True, text=True, timeout=20)
    print(done.stderr, flush=True)
    check_equal(done.returncode, 3, "exit status")
    check("it cannot be written: Read-only file system" in done.stderr, "it is not said why")


@case("killed-while-it-writes", seconds=120)
def killed_while_writing(place):
    """SIGKILL at any time leaves a state that is whole: the old one or the new one."""
    stage = Swapped(place)
    stage.learn()
    for turn in range(12):
        stage.forget()
        client = subprocess.Popen(Smbclient(stage.warden).command("-c", "ls"), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        time.sleep(0.02 + turn * 0.008)
        os.kill(stage.warden.pid, signal.SIGKILL)
        client.wait(20)
        stage.warden = place.warden(stage.server, **stage.settings)  # would not start with a broken one
        check(stage.text().splitlines()[-1].startswith("end "), "the state has no end")
        stage.learn()
        check_equal(os.listdir(stage.state), ["servers"], "what is in the state")


@case("without-a-policy-nothing-is-remembered-unasked")
def command_line(place):
    place.needs_program()
    server, state = place.samba(), place.path("state")
    accounts = place.path("accounts")
    accounts.touch(0o600)
    accounts.write_text("accounts: [{user: alice, password: wonderland}]\n")
    command = [place.program, "serve", "--listen", "127.0.0.1:0", "--server", f"{server.address}:{server.port}",
               "--accounts", accounts]
    for more, learned in (([], False), (["--state", state], True)):
        process = place.spawn(command + more, "bare")
        log = wait_for("ready", lambda: (text := process.log.read_text()) if '"ready"' in process.log.read_text() else "")
        port = int(log.partition('"listeners":"127.0.0.1:')[2].partition('"')[0])

        class Target:
            address = "127.0.0.1"
        Target.port = port
        Smbclient(Target).do("ls")
        process.send_signal(signal.SIGTERM)
        check_equal(process.wait(15), 0, "exit status")
        check_equal("server-learned" in process.log.read_text(), learned, "whether it was learned")
        check_equal(state.exists(), learned, "whether there is a state")
    done = subprocess.run([place.program, "forget", "--state", state, server.address], capture_output=True, text=True)
    check_equal(done.returncode, 0, "exit status of forget")
