"""What the cases stand on: a place of their own, file servers, smbwarden, clients."""

import contextlib
import hashlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path

from relay import Relay

HERE = Path(__file__).resolve().parent
PATIENCE = 8 if "VALGRIND_PROGRAM" in os.environ else 1  # how much longer everything may take
ALICE, BOB = ("alice", "wonderland"), ("bob", "builder")
FAKETIME = "/usr/$LIB/faketime/libfaketimeMT.so.1"  # the loader knows what $LIB is here
DIALECTS = {"2.0.2": "SMB2_02", "2.1": "SMB2_10", "3.0": "SMB3_00", "3.0.2": "SMB3_02", "3.1.1": "SMB3_11"}


class Failed(Exception):
    """The case does not hold; the text says why."""


class Skipped(Exception):
    """The case says nothing here; the text says why."""


class Held(Exception):
    """The case holds as far as it can be told; the text says how far that is."""


def check(holds, why):
    if not holds:
        raise Failed(why)


def check_equal(found, wanted, what):
    check(found == wanted, f"{what}: wanted {wanted!r}, found {found!r}")


def wait_for(what, condition, seconds=10.0):
    """The first true value of condition(), asked until it comes; Failed(what) if it does not."""
    end = time.monotonic() + seconds * PATIENCE
    while not (value := condition()):
        check(time.monotonic() < end, f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.02)
    return value


def free_port(address="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def random_file(path, size):
    with open(path, "wb") as file:
        while size > 0:
            size -= file.write(os.urandom(min(size, 1 << 20)))
    return path


def cpu_seconds(pid):
    """What a process has used so far, for itself and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kib(pid):
    """Memory of a process that nobody shares, in KiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.M))


class Place:
    """One case's directory and everything that it has started. Whatever happens, stop() ends it all."""

    def __init__(self, directory, program=None):
        self.dir = Path(directory)
        self.program = program  # None: no smbwarden; clients reach the servers through a plain relay
        self._stop = contextlib.ExitStack()
        self._count = 0

    def stop(self):
        self._stop.close()

    def path(self, stem):
        self._count += 1
        return self.dir / f"{stem}{self._count}"

    def on_stop(self, callback, *arguments):
        self._stop.callback(callback, *arguments)

    def spawn(self, command, stem, **options):
        """A process in a group of its own, its output in STEM.log, its group in the runner's books."""
        log = open(self.path(stem).with_suffix(".log"), "wb")
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT, start_new_session=True, **options)
        process.log = Path(log.name)
        with open(self.dir / "groups", "a") as books:
            books.write(f"{process.pid}\n")
        self.on_stop(end_process, process)
        return process

    def samba(self, *options, **how):
        return Samba(self, options, **how)

    def warden(self, server, **settings):
        return Warden(self, server, **settings) if self.program else Bypass(self, server)

    def relay(self, server, **hooks):
        relay = Relay(server.address, server.port, **hooks)
        self.on_stop(relay.stop)
        return relay

    def is_instrumented(self):
        """Whether smbwarden runs under Valgrind or was built with AddressSanitizer, which makes measures say nothing."""
        return "VALGRIND_PROGRAM" in os.environ or b"__asan_init" in Path(self.program).read_bytes()

    def bulk(self, size):
        """SIZE in bytes of a large file, or of a smaller one where that many would take hours."""
        return size // PATIENCE ** 2

    def not_under_valgrind(self, why):
        if "VALGRIND_PROGRAM" in os.environ:
            raise Skipped(f"under Valgrind: {why}")

    def needs_program(self):
        if not self.program:
            raise Skipped("says nothing without smbwarden")


def end_process(process):
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5 * PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Samba:
    """A real file server; files are to be seen below .root(share)."""

    def __init__(self, place, options, hardened=False, users=(ALICE, BOB), shares=(), listen=None, root=None):
        self.dir, self._root = place.path("smb"), root
        self.address, self.port = listen or ("127.0.0.1", free_port())
        command = [HERE / "samba.sh", "start", self.dir, str(self.port), "--address", self.address]
        if hardened and place.program:
            command.append("--hardened")
        if root:
            command += ["--share-root", root]
        for user in users:
            command += ["--user", ":".join(user)]
        for share in shares:
            command += ["--share", share]
        for option in options:
            command += ["--set", option]
        self._command = command
        place.on_stop(self.stop)
        self.start()

    def start(self):
        done = subprocess.run(self._command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        check(done.returncode == 0, f"the file server did not start: {done.stderr.strip()}")

    def stop(self):
        subprocess.run([HERE / "samba.sh", "stop", self.dir], check=True)

    def root(self, share="files"):
        return (self._root or self.dir) / share


class Bypass:
    """Stands where smbwarden would: shows that a case holds against the server alone."""

    def __init__(self, place, server):
        relay = place.relay(server)
        self.address, self.port, self.pid = relay.address, relay.port, os.getpid()

    def events(self, **_):
        raise Held("as far as the log of smbwarden")

    event = expect_refusal = check_alive = events


class Warden:
    """A running smbwarden and its log.

    client, upstream: settings of the listener's `client` and of the server, as "key: value, key: value".
    rules: lines of `hardened_paths`. others, listeners: lines with further ones. top: further lines of the file. listen: (address, port).
    state: the directory of what servers were seen to be capable of; one of its own where none is named.
    clock: how far off its clock is, "+10m".
    """

    def __init__(self, place, server, client="", upstream="", rules="", top="", accounts=(ALICE, BOB), listen=None,
                 others="", state=None, clock=None, listeners=""):
        self.address, self.port = listen or ("127.0.0.1", free_port())
        self.config = place.path("warden").with_suffix(".yaml")
        secrets = place.path("accounts").with_suffix(".yaml")
        secrets.touch(0o600)
        secrets.write_text("accounts:\n" + "".join(accounts_entry(account) for account in accounts))
        top = f"state: {state or place.path('state')}\n{top}"
        self.config.write_text(self._policy(server, client, upstream, rules, top, secrets.name, others, listeners))
        self._process = place.spawn([*with_clock(clock), place.program, "serve", "--config", self.config], "warden")
        self.pid = self._process.pid
        self._log = self._process.log
        wait_for("the line `ready`", lambda: self._process.poll() is not None or self.events(event="ready"))
        check(self._process.poll() is None, f"smbwarden did not start: {self.log_text()[-600:]}")

    def _policy(self, server, client, upstream, rules, top, secrets, others, listeners):
        lines = ["version: 1", f"accounts: {secrets}", *top.splitlines(), "listeners:",
                 f"  - listen: {self.address}:{self.port}", "    server: fs1", f"    client: {{{client}}}",
                 *(f"  {line}" for line in listeners.splitlines()), "servers:", f"  fs1: {{address: '{server.address}:{server.port}', {upstream}}}"]
        lines += [f"  {line}" for line in others.splitlines()]
        if rules:
            lines += ["hardened_paths:", *(f"  {rule.strip()}" for rule in rules.strip().splitlines())]
        return "\n".join(lines) + "\n"

    def read_anew(self, words, instead):
        """The policy says INSTEAD where it says WORDS, and smbwarden is told to read it."""
        text = self.config.read_text()
        check(words in text, f"{words!r} is not in the policy")
        self.config.write_text(text.replace(words, instead))
        os.kill(self.pid, signal.SIGHUP)

    def rule_place(self, words):
        """file:line of the one line of the policy that contains WORDS, as the log gives it."""
        places = [n for n, line in enumerate(self.config.read_text().splitlines(), 1) if words in line]
        check(len(places) == 1, f"{words!r} is not one line of the policy")
        return f"{self.config.name}:{places[0]}"

    def events(self, **fields):
        """The lines of the log in which every one of FIELDS has the value given."""
        found = []
        for line in self._log.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break
            if not found and not line.startswith(b"{"):
                continue  # what there is to say about the policy, said before the log begins
            try:
                event = json.loads(line)
            except ValueError:
                raise Failed(f"a line of the log is not JSON: {line!r}") from None
            if all(event.get(key) == value for key, value in fields.items()):
                found.append(event)
        return found

    def event(self, seconds=10.0, **fields):
        wait_for(f"a line of the log with {fields}", lambda: self.events(**fields), seconds)
        return self.events(**fields)[-1]

    def expect_refusal(self, reason, seconds=10.0, **fields):
        """The one refusal that the log tells of: its reason and FIELDS are as given."""
        wait_for(f"a refusal with reason {reason}", lambda: self.events(event="refused", reason=reason), seconds)
        refusals = self.events(event="refused", action="refuse")
        check_equal([event["reason"] for event in refusals], [reason], "refusals in the log")
        for key, value in fields.items():
            check_equal(refusals[0].get(key), value, f"`{key}` of the refusal")
        return refusals[0]

    def log_text(self):
        return self._log.read_text(errors="replace")

    def wait_end(self, seconds):
        """Its exit status, once it has ended by itself."""
        wait_for("smbwarden to end", lambda: self._process.poll() is not None, seconds)
        check("ERROR: " not in self.log_text(), "a sanitizer spoke; see the log of smbwarden")
        return self._process.returncode

    def check_alive(self):
        check(self._process.poll() is None, f"smbwarden ended with status {self._process.returncode}")
        text = self.log_text()
        check("ERROR: " not in text and "runtime error" not in text, "a sanitizer spoke; see the log of smbwarden")


def with_clock(offset):
    """What begins a command whose clock is OFFSET off; None: right. What libfaketime leaves in /dev/shm is the case's."""
    if not offset:
        return []
    sanitizer = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"  # the library stands before it
    return ["env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME={offset}", "FAKETIME_DONT_FAKE_MONOTONIC=1",
            f"ASAN_OPTIONS={sanitizer}"]


def seals(leg):
    """Whether a `client_leg` or `server_leg` of the log is encrypted."""
    return leg["cipher"] != "none"


def accounts_entry(account):
    """An entry of the accounts file: (user, password) or (user, password, server's user, server's password);
    with None for the client's password it is the domain's matter, a path for the server's is a keytab,
    and None for that leaves it to delegation."""
    user, password, *server = account
    entry = f"  - user: {user}\n" + (f"    password: {password}\n" if password else "")
    if not server:
        return entry
    secret = f", {'keytab' if isinstance(server[1], Path) else 'password'}: {server[1]}" if server[1] else ""
    return entry + f"    server: {{user: {server[0]}{secret}}}\n"


class Smbclient:
    """smbclient held to one dialect and one kind of protection: "off", "signed" or "sealed"."""

    def __init__(self, target, dialect="2.0.2", protection="off", user=ALICE, share="files", host=None, options=()):
        protocol = DIALECTS[dialect]
        settings = {
            "client min protocol": protocol, "client max protocol": protocol,
            "client ipc min protocol": protocol, "client ipc max protocol": protocol,
            "client signing": {"off": "off"}.get(protection, "required"),
            "client ipc signing": {"off": "off"}.get(protection, "required"),
            "client smb encrypt": {"sealed": "required"}.get(protection, "off"),
        }
        self._options = ["-s", "/dev/null", "-p", str(target.port), "-U", "%".join(user), "-t", str(60 * PATIENCE)]
        self._options += [*(f"--option={key}={value}" for key, value in settings.items()), *options]
        self._unc = f"//{host or target.address}/{share}"
        self._address = target.address

    def command(self, *words):
        return ["smbclient", self._unc, "-I", self._address, *self._options, *words]

    def run(self, commands, seconds=120, cwd=None):
        """Runs smbclient's COMMANDS; the output with a line `status N` at its end."""
        done = subprocess.run(self.command("-c", commands), stdin=subprocess.DEVNULL, cwd=cwd, timeout=seconds * PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        print(f"$ {shlex.join(done.args)}\n{done.stdout}(status {done.returncode})", flush=True)
        return done.stdout, done.returncode

    def do(self, commands, **options):
        """COMMANDS must all work; the output."""
        output, status = self.run(commands, **options)
        fault = re.search(r"NT_STATUS_\w+", output)
        check(status == 0 and not fault, f"smbclient: {fault.group() if fault else output.strip()[-300:]}")
        return output

    def refused(self, commands="ls", **options):
        """COMMANDS must fail; the NT_STATUS word and the seconds it took."""
        start = time.monotonic()
        output, status = self.run(commands, **options)
        word = re.search(r"NT_STATUS_\w+", output)
        check(status != 0 or word, "smbclient was let in")
        return word.group() if word else "", time.monotonic() - start
