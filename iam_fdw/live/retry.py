"""Retry with backoff: a call that AWS throttled, or that failed for a moment, is made again until its deadline.

pace.py limits how many calls are made at once, and halves the limit when AWS throttles one. failures.py decides which
failures are of the moment. boto3's own retries are off (session.py).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Callable, NamedTuple, TypeVar

from iam_fdw.errors import Error
from iam_fdw.live.pace import Pace
from iam_fdw.workers import Deadline

_FIRST_DELAY, _LONGEST_DELAY, _GROWTH = 0.25, 5.0, 1.5  # seconds, seconds, factor
_JITTER = 0.25  # so that those that were throttled together do not return together
_GARBLED_ATTEMPTS = 3

Answer = TypeVar("Answer")


class Failure(NamedTuple):
    """Why a call failed.

    error: what a user sees. is_transient: whether the same call may succeed in a moment. is_throttled: whether AWS
    asked for fewer calls. is_garbled: whether the answer could not be parsed: half an answer, or a proxy's page, which
    remains; it is called again a few times.
    """

    error: Error
    is_transient: bool
    is_throttled: bool
    is_garbled: bool


def backoff() -> Iterator[float]:
    """Yield the seconds to wait before each next attempt, without end: longer each time, and with jitter."""
    delay = _FIRST_DELAY
    while True:
        yield delay * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
        delay = min(_GROWTH * delay, _LONGEST_DELAY)


def call(
    send: Callable[[], Answer], failure_of: Callable[[Exception], Failure], pace: Pace, deadline: Deadline
) -> Answer:
    """Return what a call returns, and repeat it as long as its failures are of the moment.

    send: makes the call. failure_of: classifies what it raises.

    Raises Error: the first that lasts, or LateError when the next attempt would begin after the deadline.
    """
    for attempt, delay in enumerate(backoff(), 1):
        if deadline.stop.is_set():
            raise deadline.error()
        with pace.request(deadline) as begun:
            try:
                answer = send()
            except Error:
                raise
            except Exception as exception:  # parsers and HTTP have many of their own
                failure = failure_of(exception)
                if not failure.is_transient and not (failure.is_garbled and attempt < _GARBLED_ATTEMPTS):
                    raise failure.error from None
                if failure.is_throttled:
                    pace.slow_down(begun, delay)
            else:
                pace.speed_up()
                return answer
        deadline.wait(delay, failure.error)
    raise AssertionError("backoff() does not end")
