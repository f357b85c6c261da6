"""Classes that wait, never end, or start threads, for the tests of cancel."""

from __future__ import annotations

import signal
import ssl
import threading
import time

from multicorn import ForeignDataWrapper
from multicorn.utils import WARNING, Interrupted, check_interrupts, interrupt_pending, log_to_postgres


class Waits(ForeignDataWrapper):
    """Waits for ever, in the way and in the method that its options name."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.how = options["how"]
        self.method = options.get("method", "execute")
        if self.method == "__init__":
            self.wait()

    def get_rel_size(self, quals, columns):
        if self.method == "get_rel_size":
            self.wait()
        return 1, 1

    def explain(self, quals, columns, sortkeys=None, verbose=False):
        if self.method == "explain":
            self.wait()
        return []

    def execute(self, quals, columns, sortkeys=None):
        if self.method == "execute":
            self.wait()
        return self.rows()

    def rows(self):
        try:
            yield ["first"]
            if self.method == "next":
                self.wait()
            if self.method == "end":
                while not interrupt_pending():
                    time.sleep(0.01)
                return
            while self.how == "rows":
                yield ["more"]
        finally:
            if self.method == "close":
                self.wait()
            if self.method == "close_once":
                self.method = "none"
                self.wait()

    def wait(self):
        if self.how == "polite":
            while True:
                check_interrupts()
                time.sleep(0.01)
        if self.how == "thread":
            done = threading.Event()
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            thread = threading.Thread(target=done.wait, daemon=True)
            thread.start()
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            try:
                while not done.wait(0.05):
                    check_interrupts()
            finally:
                done.set()
                thread.join()
        if self.how == "swallow":
            while not interrupt_pending():
                time.sleep(0.01)
            return
        if self.how == "other_error":
            while not interrupt_pending():
                time.sleep(0.01)
            raise ValueError("another error")
        if self.how == "sleep":
            time.sleep(1000)
        while self.how == "loop":
            pass
        if self.how == "lock":
            threading.Lock().acquire(timeout=1000) and threading.Event().wait(1000)
        while self.how == "stubborn":
            try:
                time.sleep(1000)
            except Exception:
                log_to_postgres("never reached", WARNING)
        if self.how == "very_stubborn":
            for _ in range(3):
                try:
                    time.sleep(1000)
                except Interrupted:
                    continue


class Threads(ForeignDataWrapper):
    """Calls the backend from a thread that is not its own."""

    def execute(self, quals, columns, sortkeys=None):
        caught = []

        def call():
            try:
                log_to_postgres("from a thread", WARNING)
            except RuntimeError as error:
                caught.append(str(error))

        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
        yield [caught[0]]


class Messages(ForeignDataWrapper):
    """Sends a message that the client's encoding may not have, and goes on or not."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.swallow = options["swallow"]

    def execute(self, quals, columns, sortkeys=None):
        try:
            log_to_postgres("snake \U0001f40d", WARNING)
        except RuntimeError:
            if self.swallow == "no":
                raise
        yield ["done"]


class SlowToGo(str):
    """A str whose destructor sleeps."""

    def __del__(self):
        time.sleep(100)


class SlowKey(str):
    """A key that sleeps when it is compared."""

    def __eq__(self, other):
        time.sleep(100)
        return super().__eq__(other)

    __hash__ = str.__hash__


class SlowRow(list):
    """A row whose destructor sleeps."""

    def __del__(self):
        time.sleep(100)


class Slow(ForeignDataWrapper):
    """Sleeps in code that no method of the class calls."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.what = options["what"]
        self.slow = SlowToGo() if self.what == "instance" else None

    def execute(self, quals, columns, sortkeys=None):
        if self.what == "value":
            yield [SlowToGo("x")]
        if self.what == "row":
            yield SlowRow(["x"])
        if self.what == "key":
            yield {SlowKey("a"): "x"}
        yield ["last"]


class ClosesBadly(ForeignDataWrapper):
    """Raises, when it is closed, an exception whose text not every client's encoding has."""

    def execute(self, quals, columns, sortkeys=None):
        try:
            yield ["x"]
            yield ["y"]
        finally:
            raise ValueError("snake \U0001f40d")


class Spams(ForeignDataWrapper):
    """Sends messages without end."""

    def execute(self, quals, columns, sortkeys=None):
        while True:
            log_to_postgres("x" * 100_000, WARNING)
            yield ["x"]


class BusyThreads(ForeignDataWrapper):
    """Leaves threads behind that work in OpenSSL, without the GIL."""

    def execute(self, quals, columns, sortkeys=None):
        def work():
            while True:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_default_certs()

        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        while True:
            check_interrupts()
            time.sleep(0.01)
            yield ["x"]


class OddText(str):
    """A str whose str() is another of its kind, and whose methods never end."""

    def __str__(self):
        while True:
            pass

    def replace(self, *arguments):
        return self

    def encode(self, *arguments):
        return self

    def decode(self, *arguments):
        return self


class OddError(Exception):
    """An exception with such a text."""

    def __str__(self):
        return OddText("odd")


class ClosesOddly(ForeignDataWrapper):
    """Raises an exception that is odd to describe, when it is closed."""

    def execute(self, quals, columns, sortkeys=None):
        try:
            yield ["x"]
            yield ["y"]
        finally:
            raise OddError
