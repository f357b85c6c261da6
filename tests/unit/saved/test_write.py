"""Saving reports to a folder: what is written, what is left as it is, and what can go wrong."""

from __future__ import annotations

import gzip
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from support.emulator import Emulator, error, json_error
from support.reports import ACCOUNT, csv, root, user
from support.server import TREE, runner
from support.snapshots import DAMAGES, MADE, NOW, OTHER, files, put, run

from iam_fdw.cli import main
from iam_fdw.cli.snapshot import _next
from iam_fdw.errors import Error
from iam_fdw.saved import formats, write
from iam_fdw.saved.folder import Folder
from iam_fdw.saved.names import snapshot_name
from iam_fdw.tables import report
from iam_fdw.workers import Deadline

MORE_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    **DAMAGES,
    "cut off": lambda packed: packed[:-9],
    "longer": lambda packed: packed + b"more",
}


def test_each_account_is_saved_as_aws_gave_it(emulator: Emulator, tmp_path: Path) -> None:
    done = run(emulator, tmp_path)
    assert done.exit_code == 0, done.output
    assert "2 saved, 0 unchanged, 0 errors." in done.stdout
    day, second = f"{MADE:%Y-%m-%d}", f"{MADE:%Y%m%dT%H%M%SZ}"
    assert files(tmp_path) == [f"account_id={one}/date={day}/{second}.csv.gz" for one in (ACCOUNT, OTHER)]
    for name, account_id in zip(files(tmp_path), (ACCOUNT, OTHER)):
        assert gzip.decompress((tmp_path / name).read_bytes()) == emulator.account(account_id).report
        assert (tmp_path / name).stat().st_mode & 0o007 == 0  # nobody else's
    assert f"file://{tmp_path}/{files(tmp_path)[0]}" in done.stdout


def test_the_same_report_is_written_once(emulator: Emulator, tmp_path: Path) -> None:
    run(emulator, tmp_path)
    before = {name: (tmp_path / name).stat().st_ino for name in files(tmp_path)}
    done = run(emulator, tmp_path)
    assert done.exit_code == 0
    assert "0 saved, 2 unchanged, 0 errors." in done.stdout
    assert {name: (tmp_path / name).stat().st_ino for name in files(tmp_path)} == before


@pytest.mark.parametrize("damage", MORE_DAMAGES.values(), ids=MORE_DAMAGES)
def test_a_saved_file_that_is_damaged_is_an_error_and_left_as_it_is(
    emulator: Emulator, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    run(emulator, tmp_path)
    saved = tmp_path / snapshot_name(OTHER, MADE)
    saved.write_bytes(damage(saved.read_bytes()))
    before = saved.read_bytes()
    done = run(emulator, tmp_path)
    assert done.exit_code == 2
    assert "0 saved, 1 unchanged, 1 errors." in done.stdout
    assert f"Error: account {OTHER}: the saved report is damaged, or another one." in done.stderr
    assert f"{snapshot_name(OTHER, MADE)} has {len(before)} bytes" in done.stderr
    assert "move it away: then the report is saved anew" in done.stderr
    assert saved.read_bytes() == before
    saved.rename(tmp_path / "damaged")
    assert "1 saved, 1 unchanged, 0 errors." in run(emulator, tmp_path).stdout


def test_a_report_that_another_zlib_compressed_is_unchanged(emulator: Emulator, tmp_path: Path) -> None:
    run(emulator, tmp_path)
    saved = tmp_path / snapshot_name(OTHER, MADE)
    other = gzip.compress(gzip.decompress(saved.read_bytes()), 1, mtime=7)
    assert other != saved.read_bytes()
    saved.write_bytes(other)
    done = run(emulator, tmp_path)
    assert (done.exit_code, saved.read_bytes()) == (0, other)
    assert "0 saved, 2 unchanged, 0 errors." in done.stdout


@pytest.mark.parametrize("part", [1, 2, 3])
@pytest.mark.parametrize("is_there", [False, True])
def test_no_link_leads_what_is_saved_elsewhere(emulator: Emulator, tmp_path: Path, part: int, is_there: bool) -> None:
    place, elsewhere = tmp_path / "snapshots", tmp_path / "elsewhere"
    name = Path(snapshot_name(OTHER, MADE))
    made = place.joinpath(*name.parts[:part])
    made.parent.mkdir(parents=True)
    report = emulator.account(OTHER).report
    if part == 3:
        elsewhere.write_bytes(formats.compress(report or b"") if is_there else b"")
    elif is_there:
        put(elsewhere, OTHER, MADE, user("alice", OTHER, mfa_active="true"))
        elsewhere.joinpath(*name.parts[:part]).rename(tmp_path / "account")
        shutil.rmtree(elsewhere)
        (tmp_path / "account").rename(elsewhere)
    else:
        elsewhere.mkdir()
    made.symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    done = run(emulator, place)
    assert done.exit_code == 2, done.output
    assert "1 saved, 0 unchanged, 1 errors." in done.stdout
    assert "it, or a folder in its name, is a link or no folder" in done.stderr
    assert "links are not allowed" in done.stderr
    assert {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()} == before


def test_a_link_to_the_whole_folder_is_followed(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "snapshots").symlink_to("disk")
    assert run(emulator, tmp_path / "snapshots").exit_code == 0
    assert len(files(tmp_path / "disk")) == 2


def test_without_credentials_the_hint_is_for_who_runs_it(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    arguments = ["--option", f"endpoint_url={emulator.url}", "--to", str(tmp_path)]
    done = runner().invoke(main, ["snapshot", *arguments])
    assert done.exit_code == 2
    assert "there are no AWS credentials" in done.stderr
    assert "Give credentials to the user who runs the command" in done.stderr
    assert "of the server" not in done.stderr


def test_a_report_that_may_be_made_anew_is(emulator: Emulator, tmp_path: Path) -> None:
    emulator.account(OTHER, generated_time=NOW - timedelta(hours=5), next_report=lambda: csv(root(OTHER)))
    run(emulator, tmp_path)
    (name,) = [name for name in files(tmp_path) if OTHER in name]
    assert gzip.decompress((tmp_path / name).read_bytes()) == csv(root(OTHER))


def test_an_account_that_fails_hides_no_other(emulator: Emulator, tmp_path: Path) -> None:
    emulator.account(OTHER, always={"AssumeRole": error("AccessDenied", "no")})
    done = run(emulator, tmp_path)
    assert done.exit_code == 2
    assert "1 saved, 0 unchanged, 1 errors." in done.stdout
    assert f"Error: account {OTHER}: AWS denied AssumeRole." in done.stderr
    assert [name[:23] for name in files(tmp_path)] == [f"account_id={ACCOUNT}"]


def test_what_is_no_report_is_not_saved(emulator: Emulator, tmp_path: Path) -> None:
    emulator.account(OTHER, report=b"<html>sign in</html>")
    done = run(emulator, tmp_path)
    assert done.exit_code == 2
    assert "credential report is HTML, not CSV" in done.stderr
    assert len(files(tmp_path)) == 1


def test_accounts_that_cannot_be_listed_are_an_error(emulator: Emulator, tmp_path: Path) -> None:
    emulator.always["ListAccounts"] = json_error("AccessDeniedException", "no")
    done = run(emulator, tmp_path)
    assert done.exit_code == 2
    assert "Error: AWS denied ListAccounts." in done.stderr
    assert files(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_an_error(emulator: Emulator, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = run(emulator, tmp_path)
    tmp_path.chmod(0o700)
    assert done.exit_code == 2
    assert "could not save" in done.stderr
    assert "Permission denied" in done.stderr


def test_a_full_disk_leaves_no_half_a_report(emulator: Emulator, small_disk: Path) -> None:
    disk = small_disk / "snapshots"
    disk.mkdir()
    noise = "".join(f"{place * 2654435761 % 2**32:08x}" for place in range(40_000))
    users = [user(noise[place : place + 60]) for place in range(0, 240_000, 60)]
    emulator.account(ACCOUNT, report=csv(root(), *users))
    done = run(emulator, disk, "--option", f"accounts={ACCOUNT}")
    assert done.exit_code == 2, done.output
    assert "No space left on device" in done.stderr
    assert files(disk) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--every", "sometimes"], "is no time such as 4h"),
        (["--option", "accounts"], "is not NAME=VALUE"),
        (["--option", "colour=red"], 'invalid option "colour"'),
        (["--to", "s3://"], 'invalid value for option "snapshots"'),
        # an unset variable, and two slips, of which each would be a folder below the current one
        (["--to", ""], '"" is neither a folder nor s3://bucket/prefix'),
        (["--to", "S3://bucket/iam"], '"S3://bucket/iam" is neither a folder'),
        (["--to", "s3:/bucket/iam"], '"s3:/bucket/iam" is neither a folder'),
        (["--option", "source=/srv/reports"], "what is saved must come from AWS"),
    ],
)
def test_a_bad_command_line_is_refused(arguments: list[str], expected: str, tmp_path: Path) -> None:
    done = runner().invoke(main, ["snapshot", "--to", str(tmp_path), *arguments])
    assert done.exit_code == 2
    assert expected in done.stderr


def test_without_a_place_it_says_so() -> None:
    done = runner().invoke(main, ["snapshot"])
    assert done.exit_code == 2
    assert "it is not said where to save the reports" in done.stderr


def test_it_goes_on_every_so_often_until_it_is_stopped(emulator: Emulator, tmp_path: Path) -> None:
    script = f"from iam_fdw.cli import main; main(['snapshot', '--to', {str(tmp_path)!r}, '--every', '1s'])"
    environment = {**os.environ, "IAM_FDW_ENDPOINT_URL": emulator.url}
    with subprocess.Popen([sys.executable, "-c", script], cwd=TREE, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines: list[bytes] = []
        while len(lines) < 2:
            line = process.stdout.readline()
            assert line
            if b" unchanged, " in line:
                lines.append(line)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert b"1 saved, 0 unchanged" in lines[0]
    assert b"0 saved, 1 unchanged" in lines[1]


def test_a_run_that_would_come_seconds_too_early_waits() -> None:
    hours = timedelta(hours=4)
    started = time.monotonic() - 30
    planned = started + hours.total_seconds()
    just_made = datetime.now(timezone.utc) - timedelta(seconds=20)
    assert 10 < _next(started, hours, just_made) - planned < 25
    assert _next(started, hours, None) == planned
    assert _next(started, hours, NOW - timedelta(hours=3)) == planned
    assert _next(started, timedelta(minutes=30), just_made) == started + 1800


def test_a_setting_without_a_place_is_an_error() -> None:
    with pytest.raises(Error, match="it is not said where"):
        list(write.save(write.settings_of({})))


def test_one_report_is_parsed_at_a_time(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"endpoint_url": emulator.url, "accounts": ACCOUNT, "role_name": "audit", "snapshots": str(tmp_path)}
    saving, parse, is_alone = write._Saving(write.settings_of(given), lambda: False), report.parse, []

    def parsed(*arguments: Any, **named: Any) -> report.Report:
        is_alone.append(saving.parsing.locked())
        return parse(*arguments, **named)

    monkeypatch.setattr(report, "parse", parsed)
    assert [done.state for done in saving.all()] == [write.SAVED]
    assert set(is_alone) == {True}


def test_the_timeout_of_aws_is_not_that_of_a_disk(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, remaining = Folder.write, []

    def measured(folder: Folder, name: str, content: bytes, deadline: Optional[Deadline] = None) -> bool:
        assert deadline is not None
        remaining.append(deadline.remaining())
        return written(folder, name, content, deadline)

    monkeypatch.setattr(Folder, "write", measured)
    assert run(emulator, tmp_path).exit_code == 0
    assert remaining == [math.inf] * 2
