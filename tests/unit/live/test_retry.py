"""Retry with backoff: what passes is called again until the deadline, what lasts is an error at once."""

from __future__ import annotations

import threading
import time
from itertools import islice
from typing import Any, Callable

import pytest

from iam_fdw.errors import Error
from iam_fdw.live import retry
from iam_fdw.live.pace import Pace
from iam_fdw.live.retry import Failure
from iam_fdw.workers import Deadline, LateError

TRANSIENT = Failure(Error("it passes"), is_transient=True, is_throttled=False, is_garbled=False)
THROTTLED = TRANSIENT._replace(is_throttled=True)
GARBLED = TRANSIENT._replace(error=Error("garbled"), is_transient=False, is_garbled=True)
LASTING = TRANSIENT._replace(error=Error("it lasts"), is_transient=False)


class FailedError(Exception):
    """What a library raises."""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_FIRST_DELAY", 0.01)


def outcomes(*failures: Failure) -> tuple[Callable[[], str], Callable[[Exception], Failure]]:
    """Return a call that fails so before it succeeds, and what classifies its failures."""
    left = list(failures)

    def send() -> str:
        if left:
            raise FailedError
        return "answer"

    return send, lambda _: left.pop(0)


@pytest.mark.parametrize("failures", [(), (TRANSIENT,), (TRANSIENT, THROTTLED, TRANSIENT), (GARBLED, GARBLED)])
def test_what_passes_is_called_again(failures: tuple[Failure, ...]) -> None:
    assert retry.call(*outcomes(*failures), Pace(4), Deadline(5)) == "answer"


@pytest.mark.parametrize(
    ("failures", "message"),
    [((LASTING,), "it lasts"), ((TRANSIENT, LASTING), "it lasts"), ((GARBLED, GARBLED, GARBLED), "garbled")],
)
def test_what_lasts_is_an_error_at_once(failures: tuple[Failure, ...], message: str) -> None:
    with pytest.raises(Error) as caught:
        retry.call(*outcomes(*failures, LASTING), Pace(4), Deadline(5))
    assert caught.value.message == message


@pytest.mark.timing
def test_at_the_deadline_the_error_has_the_last_reason() -> None:
    started = time.monotonic()
    with pytest.raises(LateError) as caught:
        retry.call(*outcomes(*[TRANSIENT] * 1000), Pace(4), Deadline(0.2))
    assert time.monotonic() - started < 1
    assert (caught.value.message, caught.value.detail) == ("AWS did not answer in 0.2 s", "It passes.")


def test_nothing_is_called_when_nobody_waits() -> None:
    deadline, called = Deadline(5), []
    deadline.stop.set()
    with pytest.raises(LateError):
        retry.call(lambda: called.append(1), lambda _: LASTING, Pace(4), deadline)
    assert called == []


def test_the_delays_grow_to_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_FIRST_DELAY", 0.25)
    for expected, delay in zip([0.25, 0.375, 0.5625], retry.backoff()):
        assert 0.75 * expected <= delay <= 1.25 * expected
    assert all(3.75 <= delay <= 6.25 for delay in islice(retry.backoff(), 10, 100))


def at_once(pace: Pace, most: int) -> int:
    """Return how many requests a pace lets begin at once, of as many as would."""
    begun: list[Any] = []
    try:
        for _ in range(most):
            request = pace.request(Deadline(0.1))
            request.__enter__()
            begun.append(request)
    except LateError:
        pass
    for request in begun:
        request.__exit__(None, None, None)
    return len(begun)


def test_a_throttled_request_halves_the_limit_and_answers_raise_it() -> None:
    pace = Pace(8)
    assert at_once(pace, 20) == 8
    begun = time.monotonic()
    pace.slow_down(begun, 0)
    pace.slow_down(begun, 0)  # it began before the limit was halved: not again
    assert at_once(pace, 20) == 4
    pace.speed_up()  # by a quarter: there is room for one more
    assert at_once(pace, 20) == 5
    for _ in range(1000):
        pace.speed_up()
    assert at_once(pace, 20) == 8
    for _ in range(10):
        pace.slow_down(time.monotonic(), 0)
    assert at_once(pace, 20) == 1


@pytest.mark.timing
def test_no_request_begins_for_a_while_after_a_throttled_one() -> None:
    pace = Pace(8)
    pace.slow_down(time.monotonic(), 0.3)
    started = time.monotonic()
    with pace.request(Deadline(5)) as begun:
        assert 0.25 < begun - started < 2


def test_a_request_waits_for_another_to_end() -> None:
    pace, is_over = Pace(1), threading.Event()

    def other() -> None:
        with pace.request(Deadline(5)):
            is_over.wait()

    thread = threading.Thread(target=other)
    thread.start()
    with pytest.raises(LateError), pace.request(Deadline(0.1)):
        pass
    is_over.set()
    with pace.request(Deadline(5)):
        pass
    thread.join()
