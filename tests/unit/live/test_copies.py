"""Copies: exact, believed only whole, and never in the way."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Callable

import pytest
from support.copies import HOUR, LONG, OTHER, REPORT, key, now, process
from support.reports import ACCOUNT

from iam_fdw.live import copies, sweep
from iam_fdw.live.cache import Cache
from iam_fdw.workers import Deadline


def the_file(folder: Path) -> Path:
    (file,) = folder.glob(f"*{copies.SUFFIX}")
    return file


def test_a_copy_is_what_was_kept(kept: Cache, folder: Path) -> None:
    assert kept.find(ACCOUNT, LONG) == REPORT
    assert Cache(folder, key()).find(ACCOUNT, LONG) == REPORT
    assert kept.find(OTHER, LONG) is None


def test_folder_and_files_are_the_servers_own(kept: Cache, folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert the_file(folder).stat().st_mode & 0o777 == 0o600
    assert the_file(folder).name.startswith(f"{ACCOUNT}.")


def test_a_copy_is_used_as_long_as_aws_has_no_news(kept: Cache) -> None:
    assert kept.find(ACCOUNT, 2 * HOUR) == REPORT
    assert kept.find(ACCOUNT, HOUR) is None


@pytest.mark.parametrize("minutes", [6, 60 * 24 * 365])
def test_a_report_of_the_future_is_not_believed(folder: Path, minutes: int) -> None:
    found = Cache(folder, key())
    found.keep(ACCOUNT, REPORT._replace(time=now() + timedelta(minutes=minutes)))
    assert found.find(ACCOUNT, LONG) is None


def test_a_copy_is_not_believed_when_the_clock_went_back(
    kept: Cache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - timedelta(minutes=30)

    monkeypatch.setattr(copies, "datetime", Earlier)
    assert kept.find(ACCOUNT, LONG) is None


def test_whatever_byte_is_damaged_the_copy_is_not_believed(kept: Cache, folder: Path) -> None:
    file = the_file(folder)
    whole = file.read_bytes()
    for place in range(len(whole)):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]):
            file.write_bytes(damaged)
            assert kept.find(ACCOUNT, LONG) is None, place
    file.write_bytes(whole + b"\n")
    assert kept.find(ACCOUNT, LONG) is None
    file.write_bytes(whole)
    assert kept.find(ACCOUNT, LONG) == REPORT


def test_a_copy_under_another_name_is_not_believed(kept: Cache, folder: Path) -> None:
    the_file(folder).rename(folder / key().name(OTHER))
    assert kept.find(OTHER, LONG) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"x {}\n",
        b"x []\n",
        b"x null\n",
        b"x " + b"[" * 4000 + b"\n",
        b"x {" + b"9" * 4000,
        b'x {"form": 1e999, "name": "x"}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": 1e3, "time": "", "kept_at": ""}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": -1, "time": 1, "kept_at": 1}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": 1, "time": 1, "kept_at": 1}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": 1, "time": "2026-11-23", "kept_at": "2026-11-23"}\n',
        b'x {"form": "%(form)s", "name": "%(name)s", "size": "1", "time": "2026-11-23", "kept_at": "2026-11-23"}\n',
    ],
)
def test_another_description_is_not_believed(kept: Cache, folder: Path, line: bytes) -> None:
    file = the_file(folder)
    for field, value in (("form", "iam_fdw copy 1"), ("name", file.name)):
        line = line.replace(f"%({field})s".encode(), value.encode())
    file.write_bytes(line + REPORT.content)
    assert kept.find(ACCOUNT, LONG) is None
    kept.keep(ACCOUNT, REPORT)
    assert kept.find(ACCOUNT, LONG) == REPORT


def link(file: Path) -> None:
    other = file.with_name("elsewhere")
    file.rename(other)
    file.symlink_to(other)


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def writable(file: Path) -> None:
    file.chmod(0o666)


@pytest.mark.parametrize("make", [link, pipe, directory, writable])
def test_a_file_that_others_could_have_written_is_not_believed(
    kept: Cache, folder: Path, make: Callable[[Path], None]
) -> None:
    make(the_file(folder))
    assert kept.find(ACCOUNT, LONG) is None


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_a_folder_that_is_open_to_others_is_not_used(kept: Cache, folder: Path, mode: int) -> None:
    folder.chmod(mode)
    found = Cache(folder, key())
    assert found.find(ACCOUNT, LONG) is None
    found.keep(OTHER, REPORT)
    with found.one_at_a_time(ACCOUNT, Deadline(1)):
        assert len(list(folder.iterdir())) == 2  # the copy, and when old ones were last removed


def test_a_link_to_a_folder_is_not_used(kept: Cache, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    for name in ("link", "link/", "link//", "link/.", "link/./"):
        assert Cache(f"{tmp_path}/{name}", key()).find(ACCOUNT, LONG) is None, name
    assert Cache(f"{folder}/./", key()).find(ACCOUNT, LONG) == REPORT


def test_a_folder_that_cannot_be_written_is_no_error(kept: Cache, folder: Path) -> None:
    folder.chmod(0o500)
    try:
        kept.keep(OTHER, REPORT)
        assert kept.find(OTHER, LONG) is None
        assert kept.find(ACCOUNT, LONG) == REPORT
        with kept.one_at_a_time(OTHER, Deadline(1)):
            pass
    finally:
        folder.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    found = Cache(tmp_path / "no" / "such" / "folder", key())
    found.keep(ACCOUNT, REPORT)
    assert found.find(ACCOUNT, LONG) is None


def test_a_full_disk_is_no_error_and_leaves_nothing(small_disk: Path) -> None:
    folder = small_disk / "unit"
    found = Cache(folder, key())
    found.keep(ACCOUNT, REPORT)
    found.keep(OTHER, REPORT._replace(content=b"x" * 100_000))
    assert found.find(OTHER, LONG) is None
    assert found.find(ACCOUNT, LONG) == REPORT
    assert [file for file in folder.iterdir() if OTHER in file.name] == []


def test_old_copies_and_what_was_left_behind_are_removed(
    kept: Cache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / f".{OTHER}.x{copies.SUFFIX}.123.456").write_bytes(b"half")
    (folder / "somebody's.txt").write_bytes(b"")
    monkeypatch.setattr(sweep, "_MAX_AGE", timedelta(0))
    time.sleep(0.02)
    kept.keep(OTHER, REPORT)  # within the hour after the last time
    assert kept.find(ACCOUNT, LONG) is not None
    os.utime(folder / "swept", (0, 0))
    Cache(folder, key()).keep(OTHER, REPORT)
    assert {file.name for file in folder.iterdir()} == {"somebody's.txt", "swept", key().name(OTHER)}


def test_a_writer_that_is_killed_leaves_the_old_copy_or_the_new(folder: Path) -> None:
    code = (
        "contents = [bytes([65 + number % 26]) * 1_000_000 for number in range(26)]\n"
        "print('ready', flush=True)\n"
        "for number in range(10**9): kept.keep(ACCOUNT, REPORT._replace(content=contents[number % 26]))"
    )
    seen = set()
    for number in range(15):
        with process(code, folder) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.01 + 0.003 * number)
            writer.send_signal(signal.SIGKILL)
        copy = Cache(folder, key()).find(ACCOUNT, LONG)
        if copy is not None:
            assert copy.content == copy.content[:1] * 1_000_000
            seen.add(copy.content[:1])
    assert seen
