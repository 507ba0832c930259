"""A client's side of a logon by Kerberos, through the library of MIT that this machine has: as whoever the ticket
cache in the environment names, by tickets for as long as is wanted."""

import ctypes

from fixture import check

SPNEGO = bytes.fromhex("2b0601050502")
HOST_BASED = bytes.fromhex("2a864886f71201020104")  # SERVICE@HOST
DELEGATE, MUTUAL, REPLAY, INTEGRITY = 0x1, 0x2, 0x4, 0x20
COMPLETE, CONTINUE = 0, 1


class Buffer(ctypes.Structure):
    _fields_ = [("length", ctypes.c_size_t), ("value", ctypes.c_void_p)]


class Oid(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint32), ("elements", ctypes.c_void_p)]


def over(kind, data):
    """A BUFFER or OID over the bytes DATA, which it keeps."""
    copy = ctypes.create_string_buffer(data, max(len(data), 1))
    made = kind(len(data), ctypes.cast(copy, ctypes.c_void_p))
    made.kept = copy
    return made


class Initiator:
    """Logs on to SERVICE, "cifs@host", by a ticket for SECONDS (0: for as long as may be); with DELEGATE it hands
    over the ticket-granting ticket, where that can be."""

    def __init__(self, service, seconds, flags=0):
        self._library = ctypes.CDLL("libgssapi_krb5.so.2")
        self._minor, self._context, self._name = ctypes.c_uint32(), ctypes.c_void_p(), ctypes.c_void_p()
        self._mechanism, self._seconds, self.done = over(Oid, SPNEGO), seconds, False
        self._flags = flags | MUTUAL | REPLAY | INTEGRITY
        self._call("gss_import_name", ctypes.byref(over(Buffer, service.encode())),
                   ctypes.byref(over(Oid, HOST_BASED)), ctypes.byref(self._name))

    def _call(self, name, *arguments):
        major = getattr(self._library, name)(ctypes.byref(self._minor), *arguments)
        check(major in (COMPLETE, CONTINUE), f"{name}: {major:#x}, {self._minor.value}")
        return major

    def step(self, token=b""):
        """What to say to the server's TOKEN; b"" where there is nothing to be said."""
        out = Buffer()
        major = self._call("gss_init_sec_context", None, ctypes.byref(self._context), self._name,
                           ctypes.byref(self._mechanism), self._flags, self._seconds, None,
                           ctypes.byref(over(Buffer, token)), None, ctypes.byref(out), None, None)
        self.done = major == COMPLETE
        answer = ctypes.string_at(out.value, out.length) if out.length else b""
        self._call("gss_release_buffer", ctypes.byref(out))
        return answer
