"""docs/kerberos.md, typed: its commands for Samba, in its order, in a domain of our own, and what it says of them."""

import re
import shlex

from cases import case
from domain import ADMINISTRATOR, Domain, password_of
from fixture import HERE, Smbclient, check, check_equal
from kerberos import SCANNER, Ticketed

PAGE = (HERE.parents[1] / "docs" / "kerberos.md").read_text()
# What the page calls things, and what they are called here.
NAMES = {"corp.example": "testdom.test", "CORP.EXAMPLE": "TESTDOM.TEST", r"\share'": r"\files'",
         "-U Administrator": f"-U Administrator%{ADMINISTRATOR}"}


class Reader:
    """Somebody who types what the page says, in a directory of his own, as NAMES has it."""

    def __init__(self, place, domain, **names):
        self.dir, self._domain, self._place = place.path("reader"), domain, place
        self.dir.mkdir()
        self._names = NAMES | names

    def translate(self, text):
        for said, meant in self._names.items():
            text = text.replace(said, meant)
        return text

    def commands(self, section, *beginnings):
        """The page's lines in SECTION that begin with one of BEGINNINGS."""
        part = re.split(r"^(?:## |\*\*)", PAGE, flags=re.M)
        part = next(text for text in part if text.startswith(section))
        lines = [re.sub(r"\s+#.*", "", line.strip()) for line in part.splitlines() if line.startswith("    ")]
        found = [line for line in lines if line.startswith(beginnings)]
        check(found, f"nothing under {section} begins with {beginnings}")
        return found

    def type(self, line, where=None, more="", stdin=""):
        """LINE of the page with MORE, at the machine WHERE; its output."""
        command = f"cd {self.dir} && printf '%s\\n' {shlex.quote(stdin)} | {self.translate(line)} {more}"
        if where:
            return self._domain.within(where, "sh", "-c", command)
        return self._domain.run("sh", "-c", command)

    def ask(self, line, warden):
        """A command of smbwarden's, held against the policy of WARDEN."""
        command = line.replace("smbwarden ", f"{self._place.program} ", 1)
        return self._domain.run("sh", "-c", f"{self.translate(command)} --config {warden.config}")

    def promised(self, section):
        """What the page says that `probe` says of somebody in SECTION."""
        lines = self.commands(section, "user ", "logged on by", "proved to be")
        return self.translate("".join(f"  {line}\n" for line in lines))


def made_by(domain, client, name, owner):
    client.do(f"put /etc/hostname {name}")
    check_equal((domain.fs1.root() / name).owner(), rf"TESTDOM\{owner}", f"owner of {name}")


@case(seconds=240)
def page_on_kerberos_toward_the_servers(place):
    place.needs_program()
    domain = Domain(place)
    reader = Reader(place, domain)
    domain.within("dc", "samba-tool", "user", "create", "svc-scan", password_of("svc-scan"))
    export, = reader.commands("Toward", "samba-tool domain exportkeytab")
    reader.type(export, "dc")
    for line in reader.commands("The host", "kinit", "kvno"):
        reader.type(line, stdin=password_of("alice"))
    account = (*SCANNER, "svc-scan@TESTDOM.TEST", reader.dir / "svc-scan.keytab")
    warden = place.warden(domain.fs1, accounts=[account], upstream="logon: [kerberos]")
    said = reader.ask(reader.commands("The host", "smbwarden probe")[0], warden)
    check("logon        kerberos" in said, "probe does not say what the page says")
    explain, = reader.commands("Toward", "smbwarden explain")
    said = reader.ask(explain, warden)
    check("user scanner is svc-scan@TESTDOM.TEST at the server" in said and "\n  allow\n" in said, "explain says otherwise")
    probe, = reader.commands("Toward", "smbwarden probe")
    check(reader.promised("Toward") in reader.ask(probe, warden), "probe says otherwise")
    made_by(domain, Smbclient(warden, user=SCANNER), "x", "svc-scan")


@case(seconds=240)
def page_on_kerberos_with_an_account_for_the_service(place):
    """From no account at all to users who act as themselves: by Kerberos, and by NTLM as well."""
    place.needs_program()
    domain = Domain(place)
    reader = Reader(place, domain, **{"'GATE$'": "svc-gate"})
    section = "An account for the service"
    for line in reader.commands(section, "samba-tool", "net ads"):
        where = "gw" if line.startswith("net ads") else "dc"
        reader.type(line, where, password_of("gate") if "user create" in line else "")
    for line in reader.commands("Delegation", "samba-tool delegation"):
        reader.type(line, "dc")
    check_delegation_as_written(place, reader, domain, "exported")
    (reader.dir / "gate.keytab").unlink()
    make_by_ktutil(reader, section)
    check_delegation_as_written(place, reader, domain, "made")


def make_by_ktutil(reader, section):
    reader.type("kinit alice@CORP.EXAMPLE", stdin=password_of("alice"))
    version = reader.type("kvno cifs/gate.corp.example").split()[-1]
    script = []
    for line in reader.commands(section, "addent", "wkt", "quit"):
        script += [reader.translate(line).replace("-k N", f"-k {version}")]
        script += [password_of("gate")] if line.startswith("addent") else []
    reader.type("ktutil", stdin="\n".join(script))


def check_delegation_as_written(place, reader, domain, how):
    """Whoever checks as the page says finds what it says, and clients of both kinds are themselves."""
    for line in reader.commands("An account for the service", "klist -ekt", "kinit", "kvno"):
        reader.type(line, stdin=password_of("alice"))
    for line in reader.commands("Delegation", "kinit", "kvno"):
        reader.type(line)
    top = f"winbind: true\nkerberos: {{keytab: {reader.dir}/gate.keytab, delegation: s4u}}"
    warden = place.warden(domain.fs1, accounts=[], top=top)
    explain, = reader.commands("Delegation", "smbwarden explain")
    check("by delegation\n" in reader.ask(explain, warden), "explain says otherwise")
    probe, = reader.commands("Delegation", "smbwarden probe")
    check(reader.promised("Delegation") in reader.ask(probe, warden), "probe says otherwise")
    made_by(domain, Ticketed(domain, warden, "alice", "gate.testdom.test"), f"{how}-x", "alice")
    made_by(domain, Smbclient(warden, user=domain.user("bob")), f"{how}-y", "bob")


@case(seconds=240)
def page_on_kerberos_joined_as_a_machine(place):
    """The keys, by the domain controller and by the machine itself; joined it is already."""
    place.needs_program()
    domain = Domain(place)
    reader = Reader(place, domain, **{"GATE": "GW"})
    section = "Joined as a machine"
    for line in reader.commands(section, "net ads setspn"):
        reader.type(line, "gw")
    for line in reader.commands(section, "samba-tool"):
        reader.type(line, "dc")
    settings = reader.commands(section, "kerberos method", "dedicated keytab file")
    conf = domain.dir / "gw/etc/smb.conf"
    kept = "\n\t".join(settings).replace("/etc/smbwarden/gate.keytab", f"{reader.dir}/own.keytab")
    conf.write_text(conf.read_text().replace("kerberos method = secrets only", kept))
    create, = reader.commands(section, "net ads keytab create")
    reader.type(create, "gw")
    domain.run("kinit", "-k", "-t", reader.dir / "gate.keytab", "GW$")
    for keytab in ("gate", "own"):
        domain.run("kvno", "-k", reader.dir / f"{keytab}.keytab", "cifs/gate.testdom.test", "cifs/gate")
        top = f"kerberos: {{keytab: {reader.dir / keytab}.keytab, delegation: s4u}}"
        warden = place.warden(domain.fs1, accounts=[], top=top)
        made_by(domain, Ticketed(domain, warden, "alice", "gate"), keytab, "alice")
