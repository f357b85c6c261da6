"""Saved reports: which files are found, what they hold, when they were made, and every way they can be wrong."""

from __future__ import annotations

import base64
import gzip
import json
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest
from support.reports import csv, root

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.result import Result
from iam_fdw.saved import files
from iam_fdw.saved.folder import Folder
from iam_fdw.saved.formats import SavedReport
from iam_fdw.tables.report import MAX_BYTES, Report

REPORT = csv(root())
MADE = datetime(2026, 11, 23, 8, 0, 0, tzinfo=timezone.utc)


def answer(**changes: object) -> bytes:
    """Return what `aws iam get-credential-report` prints."""
    values = {
        "Content": base64.b64encode(REPORT).decode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": "2026-11-23T08:00:00+00:00",
        **changes,
    }
    return json.dumps({name: value for name, value in values.items() if value is not None}, indent=4).encode()


def load(folder: Path, name: str) -> SavedReport:
    return files.load(Folder(str(folder)), name)


def newest(source: Path) -> list[Result[Report]]:
    return list(files.newest(options.read({"source": str(source)}), None, ("user_name",), lambda: False))


def find(source: Path) -> list[str]:
    return files.find(str(source))


def refused(source: Path, name: str) -> Error:
    with pytest.raises(Error) as caught:
        load(source, name)
    assert str(source.parent) not in f"{caught.value.message} {caught.value.detail} {caught.value.hint}"
    return caught.value


def test_a_file_is_one_report(tmp_path: Path) -> None:
    file = tmp_path / "any name"
    file.write_bytes(REPORT)
    (result,) = newest(file)
    assert (result.name, result.origin, result.time) == ("file any name", "file", None)
    assert result.parsed is not None
    assert result.parsed.rows == [("<root_account>",)]
    assert load(tmp_path, "any name") == (REPORT, None)


def test_a_folder_has_those_below_it_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a/b/c.csv.gz", "c.json", ".hidden.csv", ".git/d.csv", "README.md", "e.csv.part", "a/f.csv~"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert find(tmp_path) == ["a/b/c.csv.gz", "b.csv", "c.json"]


def test_a_link_to_a_folder_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(REPORT)
    (tmp_path / "more").symlink_to(tmp_path)
    assert find(tmp_path) == ["more", "report.csv"]
    assert refused(tmp_path, "more").message == "could not open more: not a regular file"


def test_capitals_in_the_ending_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "report.JSON").write_bytes(answer())
    assert find(tmp_path) == ["report.JSON"]
    assert load(tmp_path, "report.JSON") == (REPORT, MADE)


def test_a_folder_without_reports_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Error, match="there is no saved credential report in the source") as caught:
        find(tmp_path)
    assert caught.value.sqlstate == "58P01"


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    for look in (newest, find):
        with pytest.raises(Error, match="could not open the source: No such file or directory") as caught:
            look(tmp_path / "nowhere")
        assert caught.value.sqlstate == "58P01"


@pytest.mark.parametrize(
    "name",
    [
        "2026-11-23T08:00:00Z.csv",
        "111122223333_2026-11-23T08:00:00+00:00.csv",
        "report-20261123T080000Z.csv",
        "2026-11-23T08:00:00Z.csv.gz",
    ],
)
def test_the_name_tells_when_aws_made_it(tmp_path: Path, name: str) -> None:
    content = gzip.compress(REPORT) if name.endswith(".gz") else REPORT
    (tmp_path / name).write_bytes(content)
    assert load(tmp_path, name) == (REPORT, MADE)


@pytest.mark.parametrize("name", ["9999-12-31T23:59:59Z.csv", "report.json"])
def test_a_time_to_come_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(answer(GeneratedTime="2999-01-01T00:00:00Z") if "json" in name else REPORT)
    assert refused(tmp_path, name).message == "the saved report is of the future"


@pytest.mark.parametrize("name", ["report.csv", "2026-11-23.csv", "2026-11-23T08:00:00.csv", "2026-11-23T08:00Z.csv"])
def test_a_name_without_a_whole_time_tells_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(REPORT)
    assert load(tmp_path, name).generated_time is None


def test_a_time_that_never_was_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "2026-02-30T08:00:00Z.csv").write_bytes(REPORT)
    assert "no existing time" in refused(tmp_path, "2026-02-30T08:00:00Z.csv").message


@pytest.mark.parametrize("written", ["2026-11-23T08:00:00+00:00", "2026-11-23T08:00:00Z", "2026-11-23T13:30:00+05:30"])
def test_the_answer_of_the_aws_command_line_is_read_with_its_time(tmp_path: Path, written: str) -> None:
    (tmp_path / "report.json").write_bytes(answer(GeneratedTime=written))
    assert load(tmp_path, "report.json") == (REPORT, MADE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        answer(Content=None),
        answer(Content=17),
        answer(Content="no base64!"),
        answer(Content="YWJj=YWJj"),
        answer(GeneratedTime=None),
        answer(GeneratedTime="yesterday"),
        answer(GeneratedTime="2026-11-23T08:00:00"),
        answer(GeneratedTime=1769000000),
    ],
    ids=lambda content: content[:20].decode("latin-1"),
)
def test_other_json_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report.json").write_bytes(content)
    error = refused(tmp_path, "report.json")
    assert (error.message, error.sqlstate) == ("the saved report is no answer of GetCredentialReport", "22P04")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x1f\x8b", gzip.compress(REPORT)[:-5], gzip.compress(REPORT) * 2, REPORT, gzip.compress(REPORT)[:40]],
    ids=["empty", "magic", "without_its_end", "twice", "not_compressed", "its_start"],  # a gzip file has the time
)
def test_what_is_no_whole_gzip_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report.csv.gz").write_bytes(content)
    error = refused(tmp_path, "report.csv.gz")
    assert (error.message, error.sqlstate) == ("the saved report is damaged or cut off", "22P04")


def test_a_changed_byte_in_a_gzip_file_is_an_error(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(REPORT))
    content[-6] ^= 1  # of the checksum
    (tmp_path / "report.csv.gz").write_bytes(content)
    assert refused(tmp_path, "report.csv.gz").sqlstate == "22P04"


def test_gzip_without_the_name_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(gzip.compress(REPORT))
    assert load(tmp_path, "report.csv").content == REPORT


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "report.csv.gz").write_bytes(gzip.compress(b"\n" * (64 * 1024 * 1024)))
    assert len(load(tmp_path, "report.csv.gz").content) == MAX_BYTES + 1  # which the parser refuses


def test_of_a_huge_file_no_more_is_read_than_shows_that(tmp_path: Path) -> None:
    with open(tmp_path / "report.csv", "wb") as file:
        file.truncate(1 << 40)
    assert len(load(tmp_path, "report.csv").content) == 2 * MAX_BYTES


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.csv")
    assert refused(tmp_path, "report.csv").message == "could not open report.csv: not a regular file"


def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "report.csv").symlink_to("/dev/zero")
    assert refused(tmp_path, "report.csv").message == "could not open report.csv: not a regular file"


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(REPORT)
    (tmp_path / "report.csv").symlink_to(tmp_path / "there")
    assert load(tmp_path, "report.csv").content == REPORT


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "report.csv").symlink_to("report.csv")
    assert refused(tmp_path, "report.csv").message.startswith("could not open report.csv: ")


def test_what_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(REPORT)
    (tmp_path / "report.csv").chmod(0)
    error = refused(tmp_path, "report.csv")
    assert (error.message, error.sqlstate) == ("could not open report.csv: Permission denied", "42501")


def test_a_folder_that_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(REPORT)
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(Error, match="could not open the source: Permission denied"):
        find(tmp_path)
    (tmp_path / "closed").chmod(0o700)


def test_a_file_in_a_folder_that_may_not_be_entered_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(Error, match="could not open the source: Permission denied") as caught:
        newest(tmp_path / "closed" / "report.csv")
    assert caught.value.sqlstate == "42501"
    (tmp_path / "closed").chmod(0o700)
