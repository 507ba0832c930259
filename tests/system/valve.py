"""A stretch of wire that can be shut, cut, or fall silent, without knowing what flows through it."""

import contextlib
import ctypes
import fcntl
import socket
import struct
import threading
import time

SO_ATTACH_FILTER, SIOCOUTQ = 26, 0x5411
PIECE = 1 << 18


def reset(end):
    """Closes a socket so that its peer gets an RST."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def fall_silent(end):
    """From now on END drops whatever comes, unanswered and unacknowledged, as if its machine were gone."""
    while struct.unpack("i", fcntl.ioctl(end, SIOCOUTQ, bytes(4)))[0]:
        time.sleep(0.01)  # what is not acknowledged by then would be sent again, and heard
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: return 0
    end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HxxxxxxP", 1, ctypes.addressof(drop_all)))


class Wire:
    """One connection: .near is the end toward who dialled, .far the one toward the target."""

    def __init__(self, near, target):
        self.near, self.far = near, socket.create_connection(target)
        self._flows = {"requests": threading.Event(), "answers": threading.Event()}
        for way, source, sink in (("requests", self.near, self.far), ("answers", self.far, self.near)):
            self.open(way)
            threading.Thread(target=self._pump, args=(source, sink, self._flows[way]), daemon=True).start()

    def shut(self, way):
        """Lets nothing more of the "requests" or "answers" through; one more piece is taken and kept."""
        self._flows[way].clear()

    def open(self, way):
        self._flows[way].set()

    def end(self):
        for end in (self.near, self.far):
            with contextlib.suppress(OSError):
                end.close()

    def fall_silent(self):
        """To who dialled, the target's machine is gone."""
        self.shut("answers")
        fall_silent(self.near)

    def _pump(self, source, sink, flow):
        with contextlib.suppress(OSError, ValueError):
            source.settimeout(0.1)
            while True:
                flow.wait()
                try:
                    data = source.recv(PIECE)
                except TimeoutError:
                    continue
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                flow.wait()
                send_all(sink, data)


def send_all(sink, data):
    view = memoryview(data)
    while view:
        try:
            view = view[sink.send(view):]
        except TimeoutError:
            pass


class Valve:
    """Forwards a port of its own to SERVER; .wires are its connections, in the order in which they came."""

    def __init__(self, place, server):
        self._target = (server.address, server.port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address, self.port = self._listener.getsockname()
        self.wires = []
        place.on_stop(self.stop)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.wires.append(Wire(near, self._target))

    def stop(self):
        self._listener.close()
        for wire in self.wires:
            wire.end()
