"""smbtorture: one test at a time, and the server that all of them are run against."""

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import time

from fixture import ALICE, DIALECTS, Failed

SECONDS = 60.0
# Durable handles are granted only where no other program shares the files.
SERVER = ("server min protocol = SMB2_02", "vfs objects = acl_xattr streams_xattr", "ea support = yes",
          "kernel oplocks = no", "kernel share modes = no", "posix locking = no")
# As many requests under way as Samba admits.
WARDEN = "limits: {requests_in_flight: 8192}"


def run_test(target, test, dialect="3.1.1", seconds=SECONDS, cwd=None):
    """Runs TEST with a client of DIALECT: ("pass", "fail", "skip" or "time", what smbtorture said)."""
    command = ["smbtorture", f"//{target.address}/files", "-p", str(target.port), "-U", "%".join(ALICE),
               "-s", "/dev/null", "--target=samba3", "--option=torture:progress=no",
               f"--option=clientmaxprotocol={DIALECTS[dialect]}", test]
    process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return "time", process.communicate()[0]
    return verdict(process.returncode, output), output


def verdict(status, output):
    if status != 0 or re.search(r"^(failure|error):", output, re.M):
        return "fail"
    if re.search(r"^success:", output, re.M):
        return "pass"
    return "skip"


@dataclasses.dataclass
class Result:
    verdict: str  # pass, fail, skip, time; or died: smbwarden did
    output: str
    seconds: float


class Lane:
    """One Samba, with smbwarden before it or not, and one test at a time on an empty share."""

    def __init__(self, place, program, rules=""):
        self._place, self._program, self._rules = place, program, rules
        self._server = place.samba(*SERVER)
        self._warden = self._start()

    def _start(self):
        return self._place.warden(self._server, top=WARDEN, rules=self._rules) if self._program else None

    def run(self, test, dialect, seconds=SECONDS):
        empty(self._server.root())
        start = time.monotonic()
        verdict, output = run_test(self._warden or self._server, test, dialect, seconds, self._place.dir)
        with open(self._place.dir / "smbtorture.log", "a") as log:
            print(f"$ {test}\n{output}({verdict})", file=log)
        if self._warden:
            try:
                self._warden.check_alive()
            except Failed as why:
                verdict, output = "died", f"{output}\n{why}\n{self._warden.log_text()[-4000:]}"
                self._warden = self._start()
        return Result(verdict, output, time.monotonic() - start)


def empty(directory):
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
