"""How many requests of a scan may be under way at once, so that AWS throttles few of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from iam_fdw.workers import Deadline


class Pace:
    """How many requests may be under way at once: half as many after AWS throttled one, then slowly more again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._under_way = 0
        self._slowed = 0.0
        self._not_before = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def request(self, deadline: Deadline) -> Iterator[float]:
        """Wait for a place among the requests, and yield when that was, of time.monotonic(). Raises Error."""
        with self._changed:
            while self._under_way >= self._limit or time.monotonic() < self._not_before:
                if deadline.stop.is_set() or not deadline.remaining():
                    raise deadline.error()
                self._changed.wait(0.05)
            self._under_way += 1
        try:
            yield time.monotonic()
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify()

    def slow_down(self, begun: float, delay: float) -> None:
        """AWS throttled a request. What began before the last time says nothing new."""
        with self._changed:
            now = time.monotonic()
            if begun >= self._slowed:
                self._limit, self._slowed = max(1.0, self._limit / 2), now
            self._not_before = max(self._not_before, now + delay)

    def speed_up(self) -> None:
        """AWS answered."""
        with self._changed:
            self._limit = min(float(self._most), self._limit + 1 / self._limit)
