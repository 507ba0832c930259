"""A man in the middle that knows where SMB2 messages begin and end, and a few facts about each."""

import socket
import struct
import threading

NEGOTIATE, SESSION_SETUP, LOGOFF, TREE_CONNECT = 0, 1, 2, 3
CREATE, CLOSE, READ, WRITE, IOCTL = 5, 6, 8, 9, 11
SEALED = -1  # what the command of a sealed message looks like from outside
OTHER = -2


class Wire:
    """One connection through a relay; hooks may keep on it what they want to know later."""

    def __init__(self, number):
        self.number = number  # counts from 0 in its relay
        self.logged_on = False


class Message:
    """One message as it came by; hooks may change .bytes (a bytearray without the transport header),
    and put further ones, with no header either, into .before and .after."""

    def __init__(self, data, number, after_logon, wire):
        self.bytes = data
        self.wire = wire
        self.before, self.after = [], []
        self.number = number  # counts from 0 in its direction
        self.after_logon = after_logon  # how many of its direction came since logon was done; None: not yet
        self.command, self.status, self.flags = OTHER, 0, 0
        if data[:4] == b"\xfdSMB":
            self.command = SEALED
        elif data[:4] == b"\xfeSMB" and len(data) >= 64:
            self.status, self.command = struct.unpack_from("<IH", data, 8)
            self.flags = struct.unpack_from("<I", data, 16)[0]

    def flip(self, offset):
        self.bytes[offset] ^= 0x40


class Relay:
    """Forwards a port of its own to HOST:PORT.

    on_request, on_answer: called with each Message of that direction; a hook that returns False drops it.
    With record=True every byte that came is kept in .requests and .answers, whole message or not.
    """

    def __init__(self, host, port, on_request=None, on_answer=None, record=False):
        self._target = (host, port)
        self._hooks = {"requests": on_request, "answers": on_answer}
        self.requests, self.answers = (bytearray(), bytearray()) if record else (None, None)
        self._sockets, self._lock = [], threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address, self.port = self._listener.getsockname()
        self._thread(self._accept)

    @staticmethod
    def _thread(work, *arguments):
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def stop(self):
        with self._lock:
            sockets, self._sockets = [self._listener, *self._sockets], []
        for each in sockets:
            close(each)

    def _accept(self):
        count = 0
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._sockets += [near, far]
            wire, count = Wire(count), count + 1
            self._thread(self._pump, near, far, "requests", wire)
            self._thread(self._pump, far, near, "answers", wire)

    def _pump(self, source, sink, direction, wire):
        for socket_ in (source, sink):
            socket_.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number, since, tap = 0, None, getattr(self, direction)
        try:
            while (data := receive(source, tap)) is not None:
                if wire.logged_on:
                    since = 0 if since is None else since + 1
                message = Message(data, number, since, wire)
                number += 1
                hook = self._hooks[direction]
                if hook and hook(message) is False:
                    continue
                for each in (*message.before, message.bytes, *message.after):
                    sink.sendall(struct.pack(">I", len(each)) + each)
                if direction == "answers" and message.command == SESSION_SETUP and message.status == 0:
                    wire.logged_on = True
        except OSError:
            pass
        finally:
            close(source)
            close(sink)


def receive(source, tap=None):
    """One message without its transport header; None at the end. What comes is added to TAP."""
    header = exactly(source, 4, tap)
    return exactly(source, struct.unpack(">I", header)[0] & 0xffffff, tap) if header else None


def exactly(source, length, tap=None):
    data = bytearray(length)
    view, got = memoryview(data), 0
    while got < length:
        count = source.recv_into(view[got:])
        if count == 0:
            return None
        if tap is not None:
            tap += view[got:got + count]
        got += count
    return data


def close(each):
    try:
        each.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    each.close()
