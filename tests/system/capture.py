"""What an independent eye, tshark, sees on the two legs."""

import subprocess
import time

from cases import case
from fixture import Smbclient, check, check_equal, wait_for

PENDING = "0x00000103"
SMB2, SEALED = "0xfe534d42", "0xfd534d42"
FIELDS = ["tcp.dstport", "smb2.protocol_id", "smb2.cmd", "smb2.flags.response", "smb2.flags.signature",
          "smb2.dialect", "smb2.nt_status", "tcp.stream"]


class Capture:
    """Everything on the loopback interface from or to PORTS."""

    def __init__(self, place, *ports):
        self._file = place.path("capture").with_suffix(".pcapng")
        self._ports = ports
        wanted = " or ".join(f"tcp port {port}" for port in ports)
        self._process = place.spawn(["tshark", "-i", "lo", "-f", wanted, "-w", self._file, "-B", "64"], "tshark")
        wait_for("tshark to listen", lambda: b"Capture started" in self._process.log.read_bytes())
        time.sleep(0.2)

    def messages(self, port, fields=FIELDS, least=10):
        """Every SMB2 message of the leg whose listening side is PORT, in order, as a dictionary of FIELDS."""
        messages = self._read(f"smb2 and tcp.port == {port}", fields)
        check(len(messages) > least, f"tshark saw {len(messages)} messages at port {port}")
        return messages

    def said(self, port):
        """All bytes of that leg, as long runs as they were said in."""
        runs = {}
        for part in self._read(f"tcp.port == {port} and tcp.len > 0", ["tcp.stream", "tcp.dstport", "tcp.payload"]):
            run = runs.setdefault((part["tcp.stream"], part["tcp.dstport"]), bytearray())
            run += bytes.fromhex(part["tcp.payload"])
        return b"\n".join(runs.values())

    def _read(self, which, fields):
        time.sleep(0.5)
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)
        command = ["tshark", "-r", self._file, "-Y", which, "-T", "fields", "-E", "occurrence=a"]
        for each in self._ports:
            command += ["-d", f"tcp.port=={each},nbss"]
        for field in fields:
            command += ["-e", field]
        lines = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout
        return [dict(zip(fields, line.split("\t"))) for line in lines.splitlines()]


def connections(messages):
    """The messages of each connection by itself."""
    found = {}
    for message in messages:
        found.setdefault(message["tcp.stream"], []).append(message)
    return list(found.values())


def negotiated(messages):
    return [message["smb2.dialect"] for message in messages
            if message["smb2.cmd"] == "0" and message["smb2.flags.response"] == "1"]


def after_logon(messages):
    """What follows the first successful SESSION_SETUP answer; that answer comes first."""
    for index, message in enumerate(messages):
        if (message["smb2.cmd"], message["smb2.flags.response"], message["smb2.nt_status"]) == ("1", "1", "0x00000000"):
            return messages[index:]
    return []


def protected(message):
    """Sealed, or every part of the frame signed."""
    signed = message["smb2.flags.signature"].split(",")
    return message["smb2.protocol_id"] == SEALED or signed == ["1"] * len(signed)


def unprotected(messages):
    """Interim answers are the one thing that a client takes unsigned, [MS-SMB2] 3.2.5.1.3."""
    return [message for message in messages if not protected(message) and message["smb2.nt_status"] != PENDING]


def legs(place, *options, **how):
    place.needs_program()
    server = place.samba(*options, **how)
    warden = place.warden(server)
    capture = Capture(place, warden.port, server.port)
    Smbclient(warden, "2.0.2").do("put /etc/hostname x; ls; get x /dev/null; del x")
    warden.check_alive()
    return capture.messages(warden.port), capture.messages(server.port)


def check_weak(near):
    check_equal(negotiated(near), ["0x0202"], "dialects answered on the client leg")
    commands = {command for message in near for command in message["smb2.cmd"].split(",")}
    check({"8", "9"} <= commands, f"no READ and WRITE in clear on the client leg: {commands}")


@case()
def captured_sealed(place):
    near, far = legs(place, hardened=True)
    check_weak(near)
    check_equal(negotiated(far), ["0x0311"], "dialects answered on the server leg")
    later = after_logon(far)
    check(later and protected(later[0]), "the final SESSION_SETUP answer is not signed")
    check_equal([message for message in later[1:] if message["smb2.protocol_id"] != SEALED], [],
                "unsealed messages after logon")


@case()
def captured_signed(place):
    near, far = legs(place, "server smb encrypt = off", "server signing = mandatory")
    check_weak(near)
    check_equal(negotiated(far), ["0x0311"], "dialects answered on the server leg")
    check_equal(unprotected(after_logon(far)), [],
                "unprotected messages after logon")
    check(any(message["smb2.protocol_id"] == SMB2 for message in after_logon(far)), "nothing was signed")


@case()
def captured_where_the_server_demands_nothing(place):
    """The server leaves it to the client to sign; smbwarden does."""
    _, far = legs(place, "server smb encrypt = off", "server signing = auto")
    check_equal(unprotected(after_logon(far)), [],
                "unprotected messages after logon")


OFFERED = ["smb2.cmd", "smb2.flags.response", "smb2.dialect", "smb2.negotiate_context.signing_id",
           "smb2.negotiate_context.cipher_id"]
SIGNING = {"hmac-sha256": "0x0000", "aes-128-cmac": "0x0001", "aes-128-gmac": "0x0002"}
CIPHERS = {"aes-128-ccm": "0x0001", "aes-128-gcm": "0x0002", "aes-256-ccm": "0x0003", "aes-256-gcm": "0x0004"}


def check_offer(place, signing, ciphers, upstream=""):
    """On the wire to the server, the NEGOTIATE offers these, in this order, and the server takes one of them."""
    place.needs_program()
    server = place.samba()
    warden = place.warden(server, upstream=upstream)
    capture = Capture(place, server.port)
    Smbclient(warden, "2.0.2").do("ls")
    warden.check_alive()
    messages = capture.messages(server.port, OFFERED, 2)
    asked, told = [next(message for message in messages
                        if (message["smb2.cmd"], message["smb2.flags.response"]) == ("0", kind)) for kind in "01"]
    check_equal(asked["smb2.dialect"], "0x0311", "dialects offered")
    for field, words, names in (("signing_id", SIGNING, signing), ("cipher_id", CIPHERS, ciphers)):
        field = f"smb2.negotiate_context.{field}"
        check_equal(asked[field], ",".join(words[name] for name in names), f"{field} offered")
        check(told[field] in asked[field].split(",") or not told[field] and not asked[field],
              f"{field} chosen: {told[field]}")


@case()
def offered_by_default(place):
    check_offer(place, ["aes-128-gmac", "aes-128-cmac"], ["aes-128-gcm", "aes-256-gcm", "aes-128-ccm", "aes-256-ccm"])


@case()
def offered_in_the_order_of_the_policy(place):
    signing, ciphers = ["hmac-sha256", "aes-128-cmac", "aes-128-gmac"], ["aes-256-ccm", "aes-128-gcm"]
    check_offer(place, signing, ciphers,
                f"signing_algorithms: [{', '.join(signing)}], ciphers: [{', '.join(ciphers)}]")


@case()
def offered_is_nothing_else(place):
    check_offer(place, ["aes-128-cmac"], [], "signing_algorithms: [aes-128-cmac], encryption: off")
