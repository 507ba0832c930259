"""Fills the domain of domain.py, on its controller's machine: `users` before it is first started, `members`
once they have joined."""

import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import samba.dckeytab  # noqa: F401, gives Net its export_keytab()
from samba.auth import system_session
from samba.net import Net
from samba.param import LoadParm
from samba.samdb import SamDB

from domain import DNS, password_of

NORMAL, MACHINE, NEVER_EXPIRES = 0x200, 0x1000, 0x10000
DISABLED, SENSITIVE, MAY_ACT_FOR_ANYBODY = 0x2, 0x100000, 0x1000000
USERS = {"alice": 0, "bob": 0, "carol": SENSITIVE, "dave": DISABLED, "scanner": 0, "svc-proxy": MAY_ACT_FOR_ANYBODY}
AES = "24"  # 128 and 256 bits; unsaid, tickets for a user's services are RC4
FS1, FS2 = (f"cifs/fs1.{DNS}", "cifs/fs1"), (f"cifs/fs2.{DNS}", "cifs/fs2")
# What the controller would write about itself minutes after its first start.
CONTROLLER_NAMES = (f"ldap/dc1.{DNS}", "ldap/DC1", f"ldap/dc1.{DNS}/{DNS}", f"ldap/dc1.{DNS}/TESTDOM",
                    f"GC/dc1.{DNS}/{DNS}", f"RestrictedKrbHost/dc1.{DNS}")
PROXY_NAMES = (f"cifs/proxy.{DNS}", "cifs/proxy")
GATEWAY_NAMES = (f"cifs/gw.{DNS}", "cifs/gw")


def change(sam, dn, verb="replace", **attributes):
    lines = [f"dn: {dn}", "changetype: modify"]
    for name, values in attributes.items():
        name = name.replace("_", "-")
        lines.append(f"{verb}: {name}")
        lines += [f"{name}: {value}" for value in ([values] if isinstance(values, str) else values)] + ["-"]
    sam.modify_ldif("\n".join(lines) + "\n")


def make_users(sam):
    base = sam.domain_dn()
    change(sam, base, pwdProperties="0", minPwdLength="4", minPwdAge="0", maxPwdAge="0")
    for name, flags in USERS.items():
        sam.newuser(name, password_of(name), useusernameascn=True)
        change(sam, f"CN={name},CN=Users,{base}", userAccountControl=str(NORMAL | NEVER_EXPIRES | flags))
    change(sam, f"CN=svc-proxy,CN=Users,{base}", servicePrincipalName=PROXY_NAMES, msDS_AllowedToDelegateTo=FS2,
           msDS_SupportedEncryptionTypes=AES)
    change(sam, f"CN=DC1,OU=Domain Controllers,{base}", "add", servicePrincipalName=CONTROLLER_NAMES)


def make_members(sam):
    change(sam, f"CN=GW,CN=Computers,{sam.domain_dn()}", msDS_AllowedToDelegateTo=FS1 + FS2,
           userAccountControl=str(MACHINE | MAY_ACT_FOR_ANYBODY))
    change(sam, f"CN=GW,CN=Computers,{sam.domain_dn()}", "add", servicePrincipalName=GATEWAY_NAMES)


def export_keys(state, net, owners):
    for owner, principals in owners.items():
        path = state / f"{owner}.keytab"
        for principal in principals:
            net.export_keytab(keytab=str(path), principal=principal)
        path.chmod(0o600)


def main():
    os.umask(0o077)
    state, what = Path(sys.argv[1]), sys.argv[2]
    settings = LoadParm()
    settings.load("/etc/samba/smb.conf")
    sam = SamDB(url="/var/lib/samba/private/sam.ldb", session_info=system_session(), lp=settings)
    sam.transaction_start()
    (make_users if what == "users" else make_members)(sam)
    sam.transaction_commit()
    if what == "members":
        export_keys(state, Net(None, settings),
                    {"gw": ("GW$", *GATEWAY_NAMES), "svc-proxy": ("svc-proxy", *PROXY_NAMES),
                     **{name: (name,) for name in ("alice", "bob", "carol", "scanner")}})


if __name__ == "__main__":
    main()
