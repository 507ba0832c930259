#!/usr/bin/python3
"""A domain of our own: a real Active Directory domain controller, two file servers that are its members,
and a gateway that is one, too, all in one network that ends with the case.

In a case:

    from domain import Domain, CAROL
    @case(seconds=180)
    def something(place):
        domain = Domain(place)          # first of all; takes about 5 s, the very first time on a machine 30 s
        warden = place.warden(domain.fs1, accounts=[...])
        Smbclient(warden, user=domain.user("alice")).do("ls")

Domain() moves the case itself into a network and mounts of its own, as the joined gateway GW: whatever the
case starts from then on (smbwarden, clients, tshark, kinit) is there, resolves the domain's names, finds
its KDC in /etc/krb5.conf and GW's winbindd in /run/samba. Relays and threads that the case wants must be
started later. The network has no way out. Everything ends with the case, whatever happens to it.

    who         address      what
    dc1         10.77.0.1    Samba AD DC of TESTDOM = TESTDOM.TEST: KDC, DNS, LDAP; shares sysvol, netlogon
    fs1         10.77.0.2    member; SMB 2.0.2 … 3.1.1, Kerberos and NTLM; shares files, sealed
    fs2         10.77.0.3    member; SMB 3.1.1 only, signing mandatory, Kerberos only; shares files, sealed
    gw          10.77.0.10   the case; cifs/gw and cifs/gw.testdom.test are keys of its machine account GW$
    proxy       10.77.0.11   the case; cifs/proxy and cifs/proxy.testdom.test are keys of the user svc-proxy

domain.fs1 and domain.fs2 have address, port and root(share), as any server of a case has; domain.dc the
first two. domain.stop("dc") … domain.start("dc") and so on for the others ("gw": its winbindd).

Users are alice, bob, carol (account is sensitive and cannot be delegated), dave (disabled), scanner,
svc-proxy: domain.user(NAME) is ("TESTDOM\\\\NAME", password). Keys, mode 0600, in domain.keytab(NAME):

    gw          GW$, cifs/gw, cifs/gw.testdom.test: may act to cifs/fs1 and cifs/fs2 for whom it pleases
                (S4U2Self and S4U2Proxy with protocol transition)
    svc-proxy   svc-proxy, cifs/proxy, cifs/proxy.testdom.test: the same, but to cifs/fs2 alone
    scanner, alice, bob, carol

domain.run(COMMAND...) runs a program and returns its output; domain.within("dc", COMMAND...) runs one in
the mounts of that machine, which samba-tool and wbinfo want. By hand, for a look around:

    tests/system/domain.py [COMMAND...]     starts the domain, runs COMMAND (a shell) in it and ends it

What takes long, the domain's making, is kept in /var/cache/smbwarden-tests and made anew for another
Samba or another text of this file. It may be removed at any time. The passwords in it open nothing else.
"""

import ctypes
import fcntl
import hashlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from fixture import Place, Skipped, check, end_process, wait_for

HERE = Path(__file__).resolve().parent
CACHE = Path("/var/cache/smbwarden-tests")
DOMAIN, REALM, DNS = "TESTDOM", "TESTDOM.TEST", "testdom.test"
MACHINES = {"dc": "10.77.0.1", "fs1": "10.77.0.2", "fs2": "10.77.0.3", "gw": "10.77.0.10"}
NAMES = {"dc1": "10.77.0.1", "fs1": "10.77.0.2", "fs2": "10.77.0.3", "gw": "10.77.0.10", "proxy": "10.77.0.11"}
MEMBERS = ("fs1", "fs2", "gw")
SHARES = {"files": "", "sealed": "server smb encrypt = required"}
ADMINISTRATOR = "Adm1n-of-the-tests"
# Where Samba keeps things: each machine has its own, mounted over the real ones.
PLACES = {"lib": "/var/lib/samba", "run": "/run/samba", "cache": "/var/cache/samba", "log": "/var/log/samba",
          "etc": "/etc/samba"}
FILES = ("hosts", "resolv.conf", "nsswitch.conf", "krb5.conf")
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000

# A machine is the first process of its own process numbers: with it end all the others, and it ends with
# the first of its programs.
MACHINE = """
for place in $2; do mount --bind "$1/${place%%:*}" "${place#*:}" || exit 99; done
shift 2
for program; do eval "$program" & done
wait -n
"""
PROGRAMS = {
    "dc": ["samba -i -M single --debug-stdout --no-process-group"],
    "fs1": ["winbindd -F --no-process-group", "smbd -F --no-process-group"],
    "fs2": ["winbindd -F --no-process-group", "smbd -F --no-process-group"],
    "gw": ["winbindd -F --no-process-group"],
}

# By what it is known that a machine answers.
PORTS = {"dc": (53, 88, 389, 445), "fs1": (445,), "fs2": (445,), "gw": ()}
KNOWS_ALICE = ["sh", "-c", f"wbinfo --ping-dc && getent passwd '{DOMAIN}\\alice'"]
ALIVE = {"dc": ["wbinfo", "--ping"], "fs1": KNOWS_ALICE, "fs2": KNOWS_ALICE, "gw": ["wbinfo", "--ping-dc"]}

SETTINGS = {
    "dc": f"""
	server role = active directory domain controller
	server services = s3fs, rpc, ldap, cldap, kdc, winbindd, dns
	dns forwarder =
	log level = 1 auth_audit:3
[netlogon]
	path = /var/lib/samba/sysvol/{DNS}/scripts
	read only = no
[sysvol]
	path = /var/lib/samba/sysvol
	read only = no
""",
    "member": f"""
	server role = member server
	security = ads
	kerberos method = secrets only
	machine password timeout = 0
	idmap config * : backend = tdb
	idmap config * : range = 3000-7999
	idmap config {DOMAIN} : backend = rid
	idmap config {DOMAIN} : range = 10000-99999
	template shell = /bin/false
	log level = 1 auth_audit:5
""",
    "fs1": "\tserver min protocol = SMB2_02\n",
    # `ntlm auth = disabled` does nothing on a member
    "fs2": "\tserver min protocol = SMB3_11\n\tserver signing = mandatory\n\tgensec:ntlmssp = no\n",
    "gw": "",
}

HOSTS = "127.0.0.1 localhost\n" + "".join(f"{address} {name}.{DNS} {name}\n" for name, address in NAMES.items())
RESOLV = f"nameserver {MACHINES['dc']}\nsearch {DNS}\noptions timeout:2 attempts:1\n"
NSSWITCH = "passwd: files winbind\ngroup: files winbind\nhosts: files dns\n"
KRB5 = f"""[libdefaults]
	default_realm = {REALM}
	dns_lookup_realm = false
	dns_lookup_kdc = false
	dns_canonicalize_hostname = false
	rdns = false
	forwardable = true
	udp_preference_limit = 1
[realms]
	{REALM} = {{
		kdc = {MACHINES['dc']}
	}}
[domain_realm]
	.{DNS} = {REALM}
	{DNS} = {REALM}
"""


class Server:
    """A file server of the domain, as a case wants to see it."""

    def __init__(self, state, name):
        self.address, self.port = f"{'dc1' if name == 'dc' else name}.{DNS}", 445
        self._shares = state / name / "lib/shares"

    def root(self, share="files"):
        return self._shares / share


class Machines:
    """The domain's machines, whose state is in the directory STATE. The caller is in their network."""

    def __init__(self, place, state):
        self._place, self.dir, self._processes = place, state, {}

    def start(self, *names):
        """Starts machines and waits until they answer."""
        for name in names:
            self._processes[name] = self._place.spawn(machine(self.dir, name, *PROGRAMS[name]), name)
        for name in names:
            wait_for(f"{name} to answer", lambda: self._answers(name), 60)

    def _answers(self, name):
        process = self._processes[name]
        check(process.poll() is None, f"{name} ended: {process.log.read_text(errors='replace')[-500:]}")
        return (self._first(name) and all(listens(MACHINES[name], port) for port in PORTS[name])
                and self._ask(name, *ALIVE[name]).returncode == 0)

    def stop(self, *names):
        for name in names:
            end_process(self._processes.pop(name))

    def within(self, name, *command):
        """Runs COMMAND on the machine NAME, which must be up; its output."""
        return succeed(self._ask(name, *command))

    def _first(self, name):
        """The first process of the machine, the child of `unshare`; None before it is there."""
        pid = self._processes[name].pid
        return next(iter(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()), None)

    def _ask(self, name, *command):
        return run("nsenter", "--mount", "--pid", "--target", self._first(name), *command)


class Domain(Machines):
    def __init__(self, place):
        kept = kept_state()
        enter_network()
        super().__init__(place, place.path("domain"))
        subprocess.run(["cp", "-a", "--sparse=always", kept, self.dir], check=True)
        mount_over(self.dir)
        os.environ["KRB5CCNAME"] = f"FILE:{self.dir}/ccache"  # not that of whoever runs the tests
        self.dc, self.fs1, self.fs2 = (Server(self.dir, name) for name in ("dc", "fs1", "fs2"))
        self.start("dc")
        self.start(*MEMBERS)

    @staticmethod
    def user(name):
        return f"{DOMAIN}\\{name}", password_of(name)

    def keytab(self, name):
        return self.dir / f"{name}.keytab"

    @staticmethod
    def run(*command, **options):
        return succeed(run(*command, **options))


def password_of(name):
    return f"Pw-of-{name}-1"


def listens(address, port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          timeout=120, **options)


def succeed(done):
    print(f"$ {' '.join(map(str, done.args))}\n{done.stdout}{done.stderr}(status {done.returncode})", flush=True)
    check(done.returncode == 0, f"{done.args[0]}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout


def enter_network():
    """Moves this process into a network and mounts of its own. They are gone when nobody is in them."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise Skipped(f"no namespaces to be had: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # the first address is where clients come from
    for address in dict.fromkeys(["10.77.0.20", *NAMES.values()]):
        subprocess.run(["ip", "addr", "add", f"{address}/24", "dev", "lo"], check=True)


def mount_over(state):
    """Puts the domain's files and GW's places over those of this system, as this process sees it."""
    for name in FILES:
        target = Path("/etc") / name
        if not target.exists():  # an empty file hurts nobody
            target.touch()
        subprocess.run(["mount", "--bind", state / name, target.resolve()], check=True)
    for name, target in PLACES.items():
        subprocess.run(["mount", "--bind", state / "gw" / name, target], check=True)


def machine(state, name, *programs):
    """The command that is the machine NAME, running PROGRAMS until it is killed."""
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "bash", "-c", MACHINE,
            name, state / name, " ".join(f"{key}:{value}" for key, value in PLACES.items()), *programs]


def smb_conf(name):
    """smb.conf of the machine NAME."""
    is_dc, netbios = name == "dc", "DC1" if name == "dc" else name.upper()
    lines = [f"[global]\n\tnetbios name = {netbios}\n\trealm = {REALM}\n\tworkgroup = {DOMAIN}\n",
             f"\tinterfaces = {MACHINES[name]}/24\n\tbind interfaces only = yes\n\tdisable netbios = yes\n",
             "\tsmb ports = 445\n\tload printers = no\n\tdisable spoolss = yes\n\tmax log size = 0"]
    lines += [SETTINGS["dc"]] if is_dc else [SETTINGS["member"], SETTINGS[name]]
    for share, settings in SHARES.items() if name in ("fs1", "fs2") else ():
        # where a case's copy of the state is, is known only then: /var/lib/samba is always the machine's own
        lines.append(f"[{share}]\n\tpath = /var/lib/samba/shares/{share}\n\tread only = no\n\t{settings}\n")
    return "".join(lines)


def kept_state():
    """The directory of the domain as it is before its machines are started; made if it is not there."""
    version = subprocess.run(["samba", "--version"], capture_output=True, check=True).stdout
    text = version + b"".join((HERE / name).read_bytes() for name in ("domain.py", "domain_accounts.py"))
    kept = CACHE / f"domain-{hashlib.sha256(text).hexdigest()[:16]}"
    CACHE.mkdir(0o700, parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            make(kept)
    return kept


def make(kept):
    """Makes the domain KEPT in a process of its own, which enters a network for it."""
    for old in CACHE.glob("domain-*"):
        shutil.rmtree(old)
    done = subprocess.run([sys.executable, __file__, "--make", kept], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=240)
    check(done.returncode == 0, f"the domain could not be made: {(done.stdout + done.stderr).strip()[-800:]}")


def lay_out(state):
    """What the machines find before they are first started."""
    for name, text in (("hosts", HOSTS), ("resolv.conf", RESOLV), ("nsswitch.conf", NSSWITCH), ("krb5.conf", KRB5)):
        (state / name).write_text(text)
    for name in MACHINES:
        for directory in ("lib/private", "run", "cache", "log", "etc"):
            (state / name / directory).mkdir(parents=True)
        (state / name / "lib/private").chmod(0o700)
    for name in ("fs1", "fs2"):
        for share in SHARES:
            (state / name / "lib/shares" / share).mkdir(parents=True)
            (state / name / "lib/shares" / share).chmod(0o1777)


def make_here(kept):
    """Makes the domain KEPT; this process moves into its network."""
    directory = Path(tempfile.mkdtemp(prefix="making.", dir=CACHE))
    place, state = Place(directory), directory / "state"
    try:
        enter_network()
        state.mkdir()
        lay_out(state)
        mount_over(state)
        provision(state)
        for name in MACHINES:
            (state / name / "etc/smb.conf").write_text(smb_conf(name))
        populate(place, state)
        for rest in (path for name in MACHINES for path in (state / name / "run").iterdir()):
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
        state.rename(kept)
    finally:
        place.stop()
        shutil.rmtree(directory)


def provision(state):
    command = ["samba-tool", "domain", "provision", f"--realm={REALM}", f"--domain={DOMAIN}", "--host-name=dc1",
               f"--host-ip={MACHINES['dc']}", f"--adminpass={ADMINISTRATOR}", "--server-role=dc",
               "--dns-backend=SAMBA_INTERNAL", f"--option=interfaces={MACHINES['dc']}/24",
               "--option=bind interfaces only=yes"]
    succeed(run(*machine(state, "dc", shlex.join(command))))


def populate(place, state):
    """Users, members and keys."""
    accounts = shlex.join([sys.executable, str(HERE / "domain_accounts.py"), str(state)])
    succeed(run(*machine(state, "dc", f"{accounts} users")))
    machines = Machines(place, state)
    machines.start("dc")
    join = ["net", "ads", "join", "-U", f"Administrator@{REALM}%{ADMINISTRATOR}", "--use-kerberos=required",
            "--no-dns-updates"]
    joins = [place.spawn(machine(state, name, shlex.join(join)), f"join-{name}") for name in MEMBERS]
    for process in joins:
        check(process.wait(60) == 0, f"a member did not join: {process.log.read_text()[-400:]}")
    machines.within("dc", *shlex.split(accounts), "members")


def by_hand(command):
    with tempfile.TemporaryDirectory(prefix="smbw.", dir="/tmp") as directory:
        os.chmod(directory, 0o755)
        place = Place(directory)
        try:
            domain = Domain(place)
            print(f"state and keytabs: {domain.dir}", flush=True)
            return subprocess.run(command or [os.environ.get("SHELL", "bash")]).returncode
        finally:
            place.stop()


def main():
    if sys.argv[1:2] == ["--make"]:
        return make_here(Path(sys.argv[2]))
    if sys.argv[1:2] == ["--help"]:
        return print(__doc__)
    sys.exit(by_hand(sys.argv[1:]))


if __name__ == "__main__":
    main()
