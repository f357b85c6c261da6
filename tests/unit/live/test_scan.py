"""Which reports are read: what a database cannot bring about at the right moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.reports import csv, root

from iam_fdw import options
from iam_fdw.saved import files
from iam_fdw.saved.folder import Folder
from iam_fdw.saved.formats import SavedReport


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
