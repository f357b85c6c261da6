"""Which reports are read: what a database cannot bring about at the right moment."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.copies import REPORT
from support.emulator import Emulator
from support.reports import ACCOUNT, csv, root

from iam_fdw import options
from iam_fdw.live import scan
from iam_fdw.live.cache import Cache, CacheKey
from iam_fdw.saved import files
from iam_fdw.saved.folder import Folder
from iam_fdw.saved.formats import SavedReport
from iam_fdw.tables.credential_report import REPORT as DOCUMENT
from iam_fdw.workers import Deadline


def test_a_file_that_is_replaced_meanwhile_is_not_read_as_another_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(csv(root("111122223333")))
    (tmp_path / "b.csv").write_bytes(csv(root("444455556666")))
    load, times = files.load, 0

    def replaced(folder: Folder, name: str) -> SavedReport:
        nonlocal times
        times += 1
        if times == 3:  # each has been looked at once
            (tmp_path / "a.csv").write_bytes(csv(root("444455556666")))
        return load(folder, name)

    monkeypatch.setattr(files, "load", replaced)
    settings = options.read({"source": str(tmp_path)})
    first, second = files.newest(settings, None, ("account_id",), lambda: False)
    assert (first.account_id, first.parsed) == ("111122223333", None)
    assert str(first.error) == "credential report is of another account"
    assert (second.account_id, second.error) == ("444455556666", None)


def test_the_time_of_a_report_is_without_that_of_another_backend(emulator: Emulator, folder: Path) -> None:
    settings = options.read({"accounts": ACCOUNT, "endpoint_url": emulator.url, "cache_dir": str(folder)})
    other, held = Cache(folder, CacheKey(settings)), ExitStack()
    held.enter_context(other.one_at_a_time(ACCOUNT, Deadline(10)))

    def finish() -> None:
        other.keep(ACCOUNT, REPORT)
        held.close()

    threading.Timer(1.0, finish).start()
    (result,) = scan.read(DOCUMENT, settings, None, (), lambda: False)
    assert (result.origin, result.error) == ("cache", None)
    assert result.seconds < 0.5
