"""A small SMB 2.0.2 / 2.1 client that says exactly what a case tells it to, right or wrong."""

import hashlib
import hmac
import socket
import struct
import uuid

from impacket import ntlm
from impacket.spnego import SPNEGO_NegTokenInit, SPNEGO_NegTokenResp, TypesMech

from fixture import PATIENCE
from relay import CLOSE, CREATE, NEGOTIATE, READ, SESSION_SETUP, TREE_CONNECT, WRITE, receive

LOCK, CANCEL, CHANGE_NOTIFY, OPLOCK_BREAK, ECHO = 0x0A, 0x0C, 0x0F, 0x12, 0x0D
FLAG_RESPONSE, FLAG_ASYNC, FLAG_RELATED, FLAG_SIGNED = 1, 2, 4, 8
UNSOLICITED = 0xffffffffffffffff

SUCCESS, PENDING, MORE_PROCESSING = 0, 0x103, 0xC0000016
ACCESS_DENIED, SHARING_VIOLATION = 0xC0000022, 0xC0000043
LOCK_NOT_GRANTED, FILE_LOCK_CONFLICT, CANCELLED = 0xC0000055, 0xC0000054, 0xC0000120

READ_WRITE, ALL_SHARING = 0x0012019F, 7
EXCLUSIVE_NOW, SHARED, EXCLUSIVE, UNLOCK = 0x12, 0x01, 0x02, 0x04


class Ended(Exception):
    """The connection was closed by the other side."""


class Refused(Exception):
    """A request was answered with a status that the case did not expect."""

    def __init__(self, answer):
        super().__init__(f"command {answer.command} was answered with status {answer.status:#010x}")
        self.status = answer.status


class Answer:
    def __init__(self, data):
        self.bytes = bytes(data)
        self.status, self.command = struct.unpack_from("<IH", data, 8)
        self.flags, _, self.id = struct.unpack_from("<IIQ", data, 16)
        self.async_id = struct.unpack_from("<Q", data, 32)[0]
        self.tree, self.session = struct.unpack_from("<IQ", data, 36)
        self.body = self.bytes[64:]


class Peer:
    def __init__(self, target, dialect=0x0210, sign=False, timeout=10):
        self.socket = socket.create_connection((target.address, target.port), timeout * PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = target.address
        self.dialect, self.sign = dialect, sign
        self.next_id, self.session, self.tree, self.key = 0, 0, 0, None
        self._early = []  # came while another answer was waited for

    def close(self):
        self.socket.close()

    # Messages

    def message(self, command, body, *, number=None, flags=0, tree=None, session=None, async_id=None,
                charge=1):
        """The bytes of a request; takes the next message id, or CHARGE of them, unless NUMBER says another."""
        if number is None:
            number, self.next_id = self.next_id, self.next_id + charge
        tree, session = self.tree if tree is None else tree, self.session if session is None else session
        charge = 0 if self.dialect == 0x0202 else charge
        place = struct.pack("<Q", async_id) if async_id is not None else struct.pack("<II", 0xFEFF, tree)
        flags |= (FLAG_SIGNED if self.sign and self.key else 0) | (FLAG_ASYNC if async_id is not None else 0)
        header = struct.pack("<4sHHIHHIIQ8sQ16s", b"\xfeSMB", 64, charge, 0, command, 32, flags, 0, number,
                             place, session, bytes(16))
        data = bytearray(header + body)
        self.sign_message(data)
        return data

    def sign_message(self, data):
        """Signs the bytes of one request anew, if this client signs."""
        if self.sign and self.key:
            data[48:64] = bytes(16)
            data[48:64] = hmac.digest(self.key, bytes(data), hashlib.sha256)[:16]

    def send_bytes(self, data):
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def send(self, command, body, **fields):
        """Sends a request; its message id."""
        data = self.message(command, body, **fields)
        self.send_bytes(data)
        return struct.unpack_from("<Q", data, 24)[0]

    def send_chain(self, requests):
        """Sends (command, body) in one frame, each related to the one before; their message ids."""
        parts = [self.message(command, body, flags=FLAG_RELATED if index else 0)
                 for index, (command, body) in enumerate(requests)]
        for part in parts[:-1]:
            part += bytes(-len(part) % 8)
            struct.pack_into("<I", part, 20, len(part))
            self.sign_message(part)
        self.send_bytes(b"".join(parts))
        return [struct.unpack_from("<Q", part, 24)[0] for part in parts]

    def receive(self, number=None, interim=False):
        """The answer to request NUMBER (None: whatever comes next); STATUS_PENDING only if INTERIM."""
        for answer in self._early:
            if number in (None, answer.id):
                self._early.remove(answer)
                return answer
        while True:
            try:
                data = receive(self.socket)
            except ConnectionError:
                data = None
            if data is None:
                raise Ended
            answer = Answer(data)
            if answer.status == PENDING and not interim:
                continue
            if number in (None, answer.id):
                return answer
            self._early.append(answer)

    def ask(self, command, body, want=(SUCCESS,), **fields):
        answer = self.receive(self.send(command, body, **fields))
        if want is not None and answer.status not in want:
            raise Refused(answer)
        return answer

    # From nothing to a share

    def negotiate(self):
        body = struct.pack("<HHHHI16sQH", 36, 1, 1, 0, 0, uuid.uuid4().bytes, 0, self.dialect)
        return self.ask(NEGOTIATE, body)

    def session_setup(self, token, want):
        body = struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 88, len(token), 0) + token
        answer = self.ask(SESSION_SETUP, body, want)
        self.session = answer.session
        offset, length = struct.unpack_from("<HH", answer.body, 4)
        return answer.bytes[offset:offset + length]

    def log_on(self, user, password, domain=""):
        hello = ntlm.getNTLMSSPType1("", "", signingRequired=True, use_ntlmv2=True)
        first = SPNEGO_NegTokenInit()
        first["MechTypes"] = [TypesMech["NTLMSSP - Microsoft NTLM Security Support Provider"]]
        first["MechToken"] = hello.getData()
        challenge = SPNEGO_NegTokenResp(self.session_setup(first.getData(), (MORE_PROCESSING,)))["ResponseToken"]
        proof, key = ntlm.getNTLMSSPType3(hello, challenge, user, password, domain, use_ntlmv2=True)
        second = SPNEGO_NegTokenResp()
        second["ResponseToken"] = proof.getData()
        self.session_setup(second.getData(), (SUCCESS,))
        self.key = key[:16].ljust(16, b"\0")
        return self

    def tree_connect(self, share, want=(SUCCESS,)):
        path = f"\\\\{self.address}\\{share}".encode("utf-16-le")
        answer = self.ask(TREE_CONNECT, struct.pack("<HHHH", 9, 0, 72, len(path)) + path, want)
        self.tree = answer.tree
        return answer

    def on_share(self, user, share="files"):
        self.negotiate()
        self.log_on(*user)
        self.tree_connect(share)
        return self

    # Files

    def create_body(self, name, access=READ_WRITE, sharing=ALL_SHARING, disposition=3, options=0, oplock=0):
        path = name.encode("utf-16-le")
        return struct.pack("<HBBIQQIIIIIHHII", 57, 0, oplock, 2, 0, 0, access, 0, sharing, disposition,
                           options, 120, len(path), 0, 0) + (path or b"\0")

    def open(self, name, want=(SUCCESS,), **how):
        """Opens NAME, making it if need be; its id, and .oplock of the answer as granted."""
        answer = self.ask(CREATE, self.create_body(name, **how), want)
        self.granted_oplock = answer.body[2] if answer.status == SUCCESS else 0
        return answer.body[64:80] if answer.status == SUCCESS else answer.status

    def read(self, file, length, offset=0, want=(SUCCESS,)):
        body = struct.pack("<HBBIQ16sIIIHHB", 49, 0, 0, length, offset, file, 0, 0, 0, 0, 0, 0)
        answer = self.ask(READ, body, want)
        if answer.status != SUCCESS:
            return answer.status
        start, length = answer.body[2], struct.unpack_from("<I", answer.body, 4)[0]
        return answer.bytes[start:start + length]

    def write(self, file, data, offset=0, want=(SUCCESS,)):
        body = struct.pack("<HHIQ16sIIHHI", 49, 112, len(data), offset, file, 0, 0, 0, 0, 0) + data
        return self.ask(WRITE, body, want).status

    def lock_body(self, file, offset, length, flags):
        return struct.pack("<HHI16sQQII", 48, 1, 0, file, offset, length, flags, 0)

    def lock(self, file, offset, length, flags=EXCLUSIVE_NOW, want=(SUCCESS,)):
        return self.ask(LOCK, self.lock_body(file, offset, length, flags), want).status

    def close_file(self, file):
        self.ask(CLOSE, struct.pack("<HHI16s", 24, 0, 0, file))

    def echo(self):
        return self.ask(ECHO, struct.pack("<HH", 4, 0), session=0, tree=0)
