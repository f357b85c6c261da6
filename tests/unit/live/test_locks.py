"""Lock files: one backend fetches while the others wait, and a lock ends with its holder."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from support.copies import OTHER, key, process
from support.reports import ACCOUNT

from iam_fdw.errors import Error
from iam_fdw.live import locks
from iam_fdw.live.cache import Cache
from iam_fdw.workers import Deadline


def test_one_fetches_while_others_wait(kept: Cache, folder: Path) -> None:
    inside, order = threading.Semaphore(0), []

    def fetch(number: int) -> None:
        with Cache(folder, key()).one_at_a_time(OTHER, Deadline(20)):
            order.append(("in", number))
            inside.release()
            time.sleep(0.02)
            order.append(("out", number))

    threads = [threading.Thread(target=fetch, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [what for what, _ in order] == ["in", "out"] * 20
    assert all(order[place][1] == order[place + 1][1] for place in range(0, 40, 2))
    assert not list(folder.glob(".*.lock"))


def test_who_waits_too_long_for_another_is_told_so(kept: Cache, folder: Path) -> None:
    other = Cache(folder, key())
    held = kept.one_at_a_time(OTHER, Deadline(1))
    with held, pytest.raises(Error) as caught, other.one_at_a_time(OTHER, Deadline(0.2)):
        pass
    assert caught.value.message == "AWS did not answer in 0.2 s"
    assert caught.value.detail == "Another session is asking AWS for the same."


@pytest.mark.timing
def test_a_backend_that_does_something_else_is_not_waited_for(
    kept: Cache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_SILENT", 0.6)
    monkeypatch.setattr(locks, "_BEAT", 0.1)
    other = Cache(folder, key())
    with kept.one_at_a_time(OTHER, Deadline(1)):
        started = time.monotonic()
        with other.one_at_a_time(OTHER, Deadline(5)):
            assert 0.5 < time.monotonic() - started < 3
            kept.release()  # it comes back: the lock is another's now
            third = Cache(folder, key())
            other.beat()
            with pytest.raises(Error), third.one_at_a_time(OTHER, Deadline(0.3)):
                pass
            for _ in range(10):
                other.beat()
                time.sleep(0.1)
            with pytest.raises(Error), third.one_at_a_time(OTHER, Deadline(0.1)):
                pass


def test_a_lock_dies_with_its_holder(folder: Path) -> None:
    code = "with kept.one_at_a_time(ACCOUNT, Deadline(1)):\n print('held', flush=True)\n time.sleep(60)"
    with process(code, folder) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Error), Cache(folder, key()).one_at_a_time(ACCOUNT, Deadline(0.1)):
            pass
        holder.kill()
        with Cache(folder, key()).one_at_a_time(ACCOUNT, Deadline(2)):
            pass
    assert not list(folder.glob(".*.lock"))
