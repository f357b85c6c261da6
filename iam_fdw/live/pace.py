"""How many requests of a scan may be under way at once, so that AWS throttles few of them.

retry.py asks for a place for each request, and reports here which of them AWS throttled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from iam_fdw.workers import Deadline


class Pace:
    """A limit of requests at once: half as many after AWS throttled one, then slowly more again.

    most: the limit at the beginning, and the highest.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._under_way = 0
        self._slowed = 0.0
        self._not_before = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def request(self, deadline: Deadline) -> Iterator[float]:
        """Wait for a place among the requests; yield when the wait was over, of time.monotonic(). Raises LateError."""
        with self._changed:
            deadline.wait_for(self._changed, self._is_free)
            self._under_way += 1
        try:
            yield time.monotonic()
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify()

    def slow_down(self, begun: float, delay: float) -> None:
        """Halve the limit, and begin no request for some seconds: AWS throttled one.

        begun: when that request began, as request() yields it. One that began before the limit was last halved gives
        no reason to halve it again. delay: seconds.
        """
        with self._changed:
            now = time.monotonic()
            if begun >= self._slowed:
                self._limit, self._slowed = max(1.0, self._limit / 2), now
            self._not_before = max(self._not_before, now + delay)

    def speed_up(self) -> None:
        """Raise the limit a little: AWS answered."""
        with self._changed:
            self._limit = min(float(self._most), self._limit + 1 / self._limit)

    def _is_free(self) -> bool:
        return self._under_way < self._limit and time.monotonic() >= self._not_before
