"""The connections that a scan opens, so that a cancel can break them: then no thread waits for an answer any more.

Python raises an audit event before each connection is made, whatever library makes it.
"""

from __future__ import annotations

import functools
import os
import select
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_MANY = 64  # connections; at each multiple those that have ended are dropped

_thread = threading.local()


class Sockets:
    """The connections made by watched threads, as duplicates: the library that made one may close it.

    stop: once it is set, no connection is made any more.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._held: list[socket.socket] = []
        self._lock = threading.Lock()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Record the connections that this thread makes."""
        _listen()
        _thread.sockets = self
        try:
            yield
        finally:
            _thread.sockets = None

    def break_all(self) -> None:
        """Break the connections, also those that are being made."""
        with self._lock:
            while self._held:
                with suppress(OSError):
                    self._held[-1].shutdown(socket.SHUT_RDWR)
                self._held.pop().close()

    def _add(self, connection: socket.socket) -> None:
        with self._lock:
            if self._stop.is_set():
                raise ConnectionAbortedError("nobody waits for this connection any more")
            if len(self._held) >= _MANY and len(self._held) % _MANY == 0:
                self._forget()
            self._held.append(connection.dup())

    def _forget(self) -> None:
        """Drop the connections that either side has ended: those whose only descriptor here is the duplicate, too."""
        poll = select.poll()
        for held in self._held:
            poll.register(held, select.POLLRDHUP)
        ended = {descriptor for descriptor, _ in poll.poll(0)}
        names = {held: _name(str(held.fileno())) for held in self._held}
        numbers = Counter(map(_name, os.listdir("/proc/self/fd")))
        for held in self._held[:]:
            if held.fileno() in ended or numbers[names[held]] == 1:
                self._held.remove(held)
                held.close()


def _name(descriptor: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except FileNotFoundError:
        return ""


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        sockets = getattr(_thread, "sockets", None)
        if sockets is not None and isinstance(arguments[0], socket.socket):
            sockets._add(arguments[0])


@functools.cache
def _listen() -> None:
    sys.addaudithook(_audit)
