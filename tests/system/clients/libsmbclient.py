"""libsmbclient.py SHARE USER PASSWORD GIVEN WRITTEN: works on the smb:// URL of a share by libsmbclient, where
GIVEN is what its file `given` holds and WRITTEN what to put there. Says what came of each step."""

import os
import sys

import smbc

share, user, password, given, written = sys.argv[1:]
context = smbc.Context()
context.optionUseKerberos = False
context.functionAuthData = lambda *_: ("DEMO", user, password)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def says(what, holds):
    print(f"STEP {what} {'ok' if holds else 'failed'}")


def names(directory):
    return sorted(entry.name for entry in context.opendir(directory).getdents())


says("list", names(share) == [".", "..", "given"])
says("read", context.open(f"{share}/given", os.O_RDONLY).read() == content(given))
context.mkdir(f"{share}/dir", 0o755)
file = context.open(f"{share}/dir/one", os.O_CREAT | os.O_WRONLY)
file.write(content(written))
file.close()
context.rename(f"{share}/dir/one", f"{share}/two")
says("rename", names(f"{share}/dir") == [".", ".."])
context.open(f"{share}/dir/gone", os.O_CREAT | os.O_WRONLY).close()
context.unlink(f"{share}/dir/gone")
context.rmdir(f"{share}/dir")
says("delete", names(share) == [".", "..", "given", "two"])
try:
    context.open(f"{share}/nothing", os.O_RDONLY)
    says("absent", False)
except smbc.NoEntryError:
    says("absent", True)
print("DONE")
