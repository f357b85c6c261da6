"""The pool: each task ends exactly once, in time, and its clock does not run while the backend is elsewhere."""

from __future__ import annotations

import math
import os
import resource
import threading
import time
import weakref
from typing import Callable, Optional

import pytest

from iam_fdw import workers
from iam_fdw.errors import Error
from iam_fdw.workers import CancelledError, Deadline, LateError, WorkerPool

Work = Callable[[int, Deadline], Optional[str]]


def pool(work: Work, size: int = 4, timeout: float = 5.0) -> WorkerPool[int, str]:
    return WorkerPool(work, lambda task, error: f"{task}: {error.message}", size, timeout)


def taken(pool: WorkerPool[int, str]) -> list[str]:
    found: list[str] = []
    while True:
        result = pool.take(lambda: False)
        if result is None:
            return found
        found.append(result)


def test_each_task_has_a_result() -> None:
    found = pool(lambda task, _: str(task))
    for task in range(100):
        found.submit(task)
    assert sorted(map(int, taken(found))) == list(range(100))


def test_a_thread_that_comes_too_late_finds_nobody() -> None:
    late = threading.Event()

    def work(task: int, deadline: Deadline) -> str:
        late.wait()
        found.put("meanwhile", deadline)
        return "too late"

    found = pool(work, timeout=0.2)
    found.submit(1)
    assert found.take(lambda: False) == "1: AWS did not answer in 0.2 s"
    late.set()
    time.sleep(0.1)
    assert taken(found) == []


def test_what_a_task_puts_before_its_end_comes_first() -> None:
    def work(task: int, deadline: Deadline) -> None:
        for number in range(3):
            found.put(f"{task}.{number}", deadline)

    found = pool(work)
    found.submit(7)
    assert taken(found) == ["7.0", "7.1", "7.2"]


def test_an_error_is_the_result_of_its_task() -> None:
    def work(task: int, deadline: Deadline) -> str:
        if task == 2:
            raise Error("it went wrong")
        return str(task)

    found = pool(work)
    for task in range(4):
        found.submit(task)
    assert sorted(taken(found)) == ["0", "1", "2: it went wrong", "3"]


def test_an_error_keeps_nothing_of_its_task() -> None:
    class Answer:
        """What was read."""

    kept: list[weakref.ref[Answer]] = []
    errors: list[Error] = []

    def work(task: int, deadline: Deadline) -> str:
        answer = Answer()
        kept.append(weakref.ref(answer))
        try:
            raise ValueError(answer)
        except ValueError:
            raise Error("it went wrong") from None

    def failed(task: int, error: Error) -> str:
        errors.append(error)
        return str(task)

    found = WorkerPool(work, failed, 2, 5.0)
    for task in range(4):
        found.submit(task)
    assert len(taken(found)) == len(errors) == 4
    assert [answer() for answer in kept] == [None] * 4


@pytest.mark.parametrize(("limit", "size"), [(10**6, 100), (10**9, 2), (resource.RLIM_INFINITY, 2), (400, 3)])
def test_no_more_threads_than_the_process_may_open_files_for(
    limit: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    are_open = len(os.listdir("/proc/self/fd"))
    assert min(size, workers.affordable()) == (size if limit != 400 else min(3, (400 - are_open - 128) // 8))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (are_open + 130, limit))
    with pytest.raises(Error, match="may not open enough files"):
        workers.affordable()


def test_a_bug_is_raised_to_the_backend() -> None:
    def work(task: int, deadline: Deadline) -> str:
        raise ZeroDivisionError

    found = pool(work)
    found.submit(1)
    with pytest.raises(ZeroDivisionError):
        taken(found)


def test_no_more_threads_than_its_size() -> None:
    now, most, lock = 0, 0, threading.Lock()

    def work(task: int, deadline: Deadline) -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return str(task)

    found = pool(work, size=3)
    for task in range(30):
        found.submit(task)
    assert len(taken(found)) == 30
    assert most == 3


def test_threads_end_when_nobody_takes_what_they_found() -> None:
    before, done = threading.active_count(), []

    def work(task: int, deadline: Deadline) -> str:
        done.append(task)
        return str(task)

    found = pool(work, size=3)
    for task in range(30):
        found.submit(task)
    time.sleep(0.3)
    assert threading.active_count() == before
    assert len(done) < 10
    assert len(taken(found)) == 30


def test_the_clock_stands_still_while_the_backend_is_elsewhere() -> None:
    done = threading.Event()

    def work(task: int, deadline: Deadline) -> str:
        time.sleep(0.5)
        remaining = f"{deadline.remaining():.1f}"
        done.set()
        return remaining

    found = pool(work, timeout=0.3)
    found.submit(1)
    found.leave()
    done.wait()
    found.come_back()
    assert taken(found) == ["0.3"]


@pytest.mark.timing
def test_a_cancel_is_seen_at_once() -> None:
    def work(task: int, deadline: Deadline) -> None:
        deadline.stop.wait()

    found = pool(work)
    found.submit(1)
    started = time.monotonic()
    with pytest.raises(CancelledError):
        found.take(lambda: time.monotonic() - started > 0.1)
    assert time.monotonic() - started < 0.3
    before = threading.active_count()
    assert found.close()
    found.join()
    assert threading.active_count() == before - 1
    assert not found.close()


def test_a_deadline_that_is_lifted_is_never_over() -> None:
    deadline = Deadline(0.0)
    assert deadline.remaining() == 0
    deadline.lift()
    assert deadline.remaining() == math.inf


def test_where_nothing_is_found_the_rest_is_given_up() -> None:
    def work(task: int, deadline: Deadline) -> str:
        deadline.stop.wait()
        return "too late"

    found = pool(work, size=2, timeout=0.2)
    for task in range(50):
        found.submit(task)
    started = time.monotonic()
    assert len(taken(found)) == 50
    assert time.monotonic() - started < 1
    found.close()


def test_a_wait_for_a_condition_ends_when_it_is_met_or_at_the_deadline() -> None:
    changed, is_met = threading.Condition(), False
    with changed, pytest.raises(LateError, match=r"in 0\.1 s"):
        Deadline(0.1).wait_for(changed, lambda: is_met)

    def meet() -> None:
        nonlocal is_met
        with changed:
            is_met = True
            changed.notify()

    with changed:
        threading.Thread(target=meet).start()
        Deadline(5).wait_for(changed, lambda: is_met)
    stopped = Deadline(5)
    stopped.check()
    stopped.stop.set()
    with pytest.raises(LateError):
        stopped.check()
