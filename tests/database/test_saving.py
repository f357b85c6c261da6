"""Saving reports to a folder, and reading every saved one by SQL: layout, conditions, and what can go wrong."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from click.testing import Result
from support.emulator import Emulator, error, json_error
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, TREE, Server, install, point, runner

from iam_fdw.cli import main
from iam_fdw.cli.snapshot import _next
from iam_fdw.errors import Error
from iam_fdw.saved import saving, snapshots
from iam_fdw.saved.folder import Folder
from iam_fdw.tables.report import MAX_BYTES

Db = psycopg.Connection[Any]
OTHER = "444455556666"
NOW = datetime.now(timezone.utc).replace(microsecond=0)
MADE = NOW - timedelta(hours=1)
FOREIGN = "aws_iam_credential_report_snapshot" + ("_foreign" if ENGINE == "multicorn" else "")
SECRET = "of/the+emulator/that/checks/none"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An organization of two accounts with a report each, and in the environment the keys of the first."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKIA{ACCOUNT}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    with Emulator() as emulator:
        for account_id in (ACCOUNT, OTHER):
            emulator.account(
                account_id,
                name=f"account {account_id}",
                roles={"audit": None},
                report=csv(root(account_id), user("alice", account_id, mfa_active="true")),
                generated_time=MADE,
            )
        yield emulator


def run(emulator: Emulator, place: object, *arguments: str) -> Result:
    given = [f"endpoint_url={emulator.url}", "accounts=organization", "role_name=audit"]
    options = [part for option in given for part in ("--option", option)]
    return runner().invoke(main, ["snapshot", "--to", str(place), *options, *arguments])


def put(folder: Path, account_id: str, made: datetime, *rows: dict[str, str]) -> Path:
    """Save a report as iam-fdw snapshot does."""
    name = snapshots.named(account_id, made)
    assert Folder(str(folder)).write(name, snapshots.compressed(csv(root(account_id), *rows)))
    return folder / name


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


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


DAMAGES: list[Callable[[bytes], bytes]] = [
    lambda _: b"",
    lambda packed: packed[:-9],
    lambda packed: bytes([*packed[:40], packed[40] ^ 1, *packed[41:]]),
    lambda packed: packed + b"more",
    lambda packed: snapshots.compressed(gzip.decompress(packed).replace(b"alice", b"mallo")),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=["emptied", "cut off", "a bit", "longer", "another report"])
def test_a_saved_file_that_is_damaged_is_an_error_and_left_as_it_is(
    emulator: Emulator, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    run(emulator, tmp_path)
    saved = tmp_path / snapshots.named(OTHER, MADE)
    saved.write_bytes(damage(saved.read_bytes()))
    before = saved.read_bytes()
    done = run(emulator, tmp_path)
    assert done.exit_code == 2
    assert "0 saved, 1 unchanged, 1 errors." in done.stdout
    assert f"Error: account {OTHER}: the saved report is damaged, or another one." in done.stderr
    assert f"{snapshots.named(OTHER, MADE)} has {len(before)} bytes" in done.stderr
    assert "move it away: then the report is saved anew" in done.stderr
    assert saved.read_bytes() == before
    saved.rename(tmp_path / "damaged")
    assert "1 saved, 1 unchanged, 0 errors." in run(emulator, tmp_path).stdout


def test_a_report_that_another_zlib_compressed_is_unchanged(emulator: Emulator, tmp_path: Path) -> None:
    run(emulator, tmp_path)
    saved = tmp_path / snapshots.named(OTHER, MADE)
    other = gzip.compress(gzip.decompress(saved.read_bytes()), 1, mtime=7)
    assert other != saved.read_bytes()
    saved.write_bytes(other)
    done = run(emulator, tmp_path)
    assert (done.exit_code, saved.read_bytes()) == (0, other)
    assert "0 saved, 2 unchanged, 0 errors." in done.stdout


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077], ids=oct)
def test_folders_and_files_are_the_owners_and_for_the_group_to_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        file = put(tmp_path / "outer" / "snapshots", ACCOUNT, MADE)
    finally:
        os.umask(before)
    made = [file, *list(file.parents)[: len(file.relative_to(tmp_path).parts) - 1]]
    modes = [stat.S_IMODE(path.stat().st_mode) for path in made]
    assert modes == [0o640 & ~umask] + [0o750 & ~umask] * 4


def test_a_folder_with_setgid_shares_what_is_saved_with_its_group(tmp_path: Path) -> None:
    tmp_path.chmod(0o2750)
    file = put(tmp_path, ACCOUNT, MADE)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent, file.parent.parent)] == [
        0o640,
        0o2750,
        0o2750,
    ]


@pytest.mark.parametrize("part", [1, 2, 3])
@pytest.mark.parametrize("is_there", [False, True])
def test_no_link_leads_what_is_saved_elsewhere(emulator: Emulator, tmp_path: Path, part: int, is_there: bool) -> None:
    place, elsewhere = tmp_path / "snapshots", tmp_path / "elsewhere"
    name = Path(snapshots.named(OTHER, MADE))
    made = place.joinpath(*name.parts[:part])
    made.parent.mkdir(parents=True)
    report = emulator.account(OTHER).report
    if part == 3:
        elsewhere.write_bytes(snapshots.compressed(report or b"") if is_there else b"")
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


@pytest.mark.parametrize("with_dsn", [False, True])
def test_without_credentials_the_hint_is_for_who_runs_it(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_dsn: bool, request: pytest.FixtureRequest
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    arguments = ["--option", f"endpoint_url={emulator.url}"]
    if with_dsn:
        admin: Db = request.getfixturevalue("admin")
        install(admin, endpoint_url=emulator.url)
        arguments = [f"host={admin.info.host} port={admin.info.port} user=postgres dbname={admin.info.dbname}"]
    done = runner().invoke(main, ["snapshot", *arguments, "--to", str(tmp_path)])
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


@pytest.mark.skipif("SMALL_DISK" not in os.environ, reason="no small disk could be made")
def test_a_full_disk_leaves_no_half_a_report(emulator: Emulator) -> None:
    disk = Path(os.environ["SMALL_DISK"], "snapshots")
    disk.mkdir()
    noise = "".join(f"{place * 2654435761 % 2**32:08x}" for place in range(40_000))
    users = [user(noise[place : place + 60]) for place in range(0, 240_000, 60)]
    emulator.account(ACCOUNT, report=csv(root(), *users))
    done = run(emulator, disk, "--option", f"accounts={ACCOUNT}")
    assert done.exit_code == 2, done.output
    assert "No space left on device" in done.stderr
    assert files(disk) == []


def test_one_who_is_killed_while_writing_leaves_nothing_that_is_read(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from iam_fdw.saved.folder import Folder\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Folder(sys.argv[1]).write('account_id=111122223333/date=2026-01-01/20260101T000000Z.csv.gz', b'x' * 1000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=TREE, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = files(tmp_path)
    assert left.endswith(".part")
    assert Folder(str(tmp_path)).names("account_id=111122223333", "date=", "date=~") == []
    os.utime(tmp_path / left, (0, 0))
    assert Folder(str(tmp_path)).write("account_id=111122223333/date=2026-01-01/20260101T000000Z.csv.gz", b"y")
    assert [name for name in files(tmp_path) if name.endswith(".part")] == []


def test_two_at_once_write_a_report_once(tmp_path: Path) -> None:
    name, wrote = snapshots.named(ACCOUNT, MADE), []
    together = threading.Barrier(8)

    def write() -> None:
        together.wait()
        wrote.append(Folder(str(tmp_path)).write(name, b"x" * 100_000))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wrote) == [False] * 7 + [True]
    assert files(tmp_path) == [name]


@pytest.mark.parametrize(
    ("arguments", "told"),
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
def test_a_bad_command_line_is_refused(arguments: list[str], told: str, tmp_path: Path) -> None:
    done = runner().invoke(main, ["snapshot", "--to", str(tmp_path), *arguments])
    assert done.exit_code == 2
    assert told in done.stderr


def test_without_a_place_it_says_so() -> None:
    done = runner().invoke(main, ["snapshot"])
    assert done.exit_code == 2
    assert "it is not said where to save the reports" in done.stderr


def test_options_are_those_of_the_server_in_the_database(
    admin: Db, server: Server, database: str, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    install(admin, endpoint_url=emulator.url, snapshots=str(tmp_path))
    admin.execute(
        "create user mapping for postgres server aws options"
        f" (aws_access_key_id 'AKIA{OTHER}', aws_secret_access_key '{SECRET}')".encode()
    )
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"
    done = runner().invoke(main, ["snapshot", dsn])
    assert done.exit_code == 0, done.output
    assert [name[11:23] for name in files(tmp_path)] == [OTHER]
    assert SECRET not in done.stdout + done.stderr


def test_a_role_that_may_not_see_the_keys_does_not_save_with_others(
    admin: Db, server: Server, database: str, emulator: Emulator, tmp_path: Path
) -> None:
    install(admin, endpoint_url=emulator.url, snapshots=str(tmp_path))
    admin.execute(
        "create user mapping for public server aws options"
        f" (aws_access_key_id 'AKIA{OTHER}', aws_secret_access_key '{SECRET}')".encode()
    )
    admin.execute("drop role if exists regress_saver; create role regress_saver login")
    try:
        dsn = f"host={server.host} port={server.port} user=regress_saver dbname={database}"
        done = runner().invoke(main, ["snapshot", dsn])
    finally:
        admin.execute("drop role regress_saver")
    assert done.exit_code != 0
    assert 'permission denied for the user mapping of server "aws"' in done.stderr
    assert files(tmp_path) == []


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


def test_the_handler_of_a_function_saves_what_its_variables_say(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ENDPOINT_URL": emulator.url,
        "ACCOUNTS": "organization",
        "ROLE_NAME": "audit",
        "SNAPSHOTS": str(tmp_path),
        "EXTERNAL_ID": "",
    }.items():
        monkeypatch.setenv(f"IAM_FDW_{name}", value)
    assert saving.handler({}, None) == {"saved": 2, "unchanged": 0}
    emulator.account(OTHER, always={"AssumeRole": error("AccessDenied", "no")})
    with pytest.raises(RuntimeError, match=f"1 reports were not saved. account {OTHER}: AWS denied AssumeRole"):
        saving.handler({}, None)
    monkeypatch.delenv("IAM_FDW_SNAPSHOTS")
    with pytest.raises(RuntimeError, match="it is not said where"):
        saving.handler({}, None)


def test_a_misspelled_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAM_FDW_READER_PASSWORD", "of the container")
    monkeypatch.setenv("IAM_FDW_ACOUNTS", "organization")
    with pytest.raises(RuntimeError, match=r'"IAM_FDW_ACOUNTS"[.] Valid variables are: IAM_FDW_ACCOUNTS, '):
        saving.handler({}, None)
    done = runner().invoke(main, ["snapshot", "--to", str(tmp_path)])
    assert done.exit_code == 2
    assert 'invalid variable "IAM_FDW_ACOUNTS"' in done.stderr


# Reading them.

TIMES = [datetime(2026, 10, day, hour, tzinfo=timezone.utc) for day in (1, 2, 15) for hour in (0, 4, 20)]


@pytest.fixture
def db(admin: Db, tmp_path: Path) -> Db:
    """A superuser's connection, where two accounts have nine snapshots each."""
    for account_id in (ACCOUNT, OTHER):
        for made in TIMES:
            put(tmp_path, account_id, made, user("alice", account_id, password_enabled="true"))
    install(admin, snapshots=str(tmp_path))
    return admin


def rows(db: Db, query: str, *values: object) -> list[tuple[Any, ...]]:
    return db.execute(query.encode(), values).fetchall()


def test_every_saved_report_has_its_rows(db: Db, tmp_path: Path) -> None:
    found = rows(db, "select * from aws_iam_credential_report_snapshot")
    assert len(found) == 2 * 2 * len(TIMES)
    query = (
        "select account_id, generated_time, user_name, password_enabled, is_root, error_message, snapshot_uri"
        " from aws_iam_credential_report_snapshot where account_id = %s and generated_time = %s order by is_root"
    )
    uri = f"file://{tmp_path}/{snapshots.named(OTHER, TIMES[4])}"
    assert rows(db, query, OTHER, TIMES[4]) == [
        (OTHER, TIMES[4], "alice", True, False, None, uri),
        (OTHER, TIMES[4], "<root_account>", False, True, None, uri),
    ]


@pytest.mark.parametrize(
    ("condition", "times"),
    [
        ("generated_time = '2026-10-02 04:00Z'", TIMES[4:5]),
        ("generated_time > '2026-10-02 04:00Z'", TIMES[5:]),
        ("generated_time >= '2026-10-02 04:00Z'", TIMES[4:]),
        ("generated_time < '2026-10-02 04:00Z'", TIMES[:4]),
        ("generated_time <= '2026-10-02 04:00Z'", TIMES[:5]),
        ("generated_time between '2026-10-01 20:00Z' and '2026-10-02 00:00Z'", TIMES[2:4]),
        ("generated_time > '2026-10-02 03:59:59.5Z' and generated_time < '2026-10-02 04:00:00.5Z'", TIMES[4:5]),
        ("generated_time > '-infinity' and generated_time < 'infinity'", TIMES),
        ("generated_time > '2026-10-10' and generated_time < '2026-10-05'", []),
        ("generated_time <> '2026-10-02 04:00Z'", TIMES[:4] + TIMES[5:]),
        ("generated_time in ('2026-10-02 04:00Z', '2026-10-02 20:00Z')", TIMES[4:6]),
        ("generated_time = '2026-10-01 20:00-04'", TIMES[3:4]),
        ("generated_time is null", []),
    ],
)
def test_conditions_choose_by_time(db: Db, condition: str, times: list[datetime]) -> None:
    for table in ("snapshot", "snapshot_list"):
        query = f"select distinct generated_time from aws_iam_credential_report_{table} where {condition} order by 1"
        assert rows(db, query) == [(made,) for made in times]


def test_what_is_not_chosen_is_not_opened(db: Db, tmp_path: Path) -> None:
    for made in TIMES:
        if made != TIMES[4]:
            (tmp_path / snapshots.named(ACCOUNT, made)).write_bytes(b"damaged")
    query = f"select count(*), count(error_message) from {FOREIGN} where account_id = '{ACCOUNT}' and generated_time"
    assert rows(db, f"{query} = '2026-10-02 04:00Z'") == [(2, 0)]
    assert rows(db, f"{query} > '2026-10-02 00:00Z'") == [(6, 4)]
    assert rows(db, f"{query} >= '2026-10-15'") == [(3, 3)]


def test_a_damaged_one_is_a_row_that_names_it(db: Db, tmp_path: Path) -> None:
    damaged = tmp_path / snapshots.named(ACCOUNT, TIMES[4])
    damaged.write_bytes(damaged.read_bytes()[:-9])
    query = (
        "select account_id, generated_time, user_name, error_code, error_message, snapshot_uri"
        " from aws_iam_credential_report_snapshot where error_message is not null"
    )
    message = (
        f"file {snapshots.named(ACCOUNT, TIMES[4])}: the saved report is damaged or cut off"
        " (It is not one whole gzip file.)"
    )
    assert rows(db, query) == [(ACCOUNT, TIMES[4], None, "22P04", message, f"file://{damaged}")]
    assert rows(db, "select count(*) from aws_iam_credential_report_snapshot") == [(2 * 2 * len(TIMES) - 1,)]


def test_one_of_another_account_is_an_error(db: Db, tmp_path: Path) -> None:
    (tmp_path / snapshots.named(ACCOUNT, TIMES[0])).write_bytes(snapshots.compressed(csv(root(OTHER))))
    query = "select account_id, error_message from aws_iam_credential_report_snapshot where error_message is not null"
    ((account_id, message),) = rows(db, query)
    assert account_id == ACCOUNT
    assert f"The report is of account {OTHER}, asked for was account {ACCOUNT}" in message


def test_a_bomb_is_an_error_and_not_unpacked(db: Db, tmp_path: Path) -> None:
    (tmp_path / snapshots.named(ACCOUNT, TIMES[0])).write_bytes(gzip.compress(b"\n" * (4 * MAX_BYTES)))
    query = "select error_message from aws_iam_credential_report_snapshot where error_message is not null"
    assert "credential report is too large" in rows(db, query)[0][0]


def test_what_is_no_snapshot_is_passed_over(db: Db, tmp_path: Path) -> None:
    folder = tmp_path / f"account_id={ACCOUNT}" / "date=2026-10-02"
    for name in (
        "notes.txt",
        "20261002T040000Z.csv",
        "20261003T040000Z.csv.gz",
        "20261002T990000Z.csv.gz",
        ".x.csv.gz",
    ):
        (folder / name).write_bytes(b"no report")
    (tmp_path / "account_id=12").mkdir()
    (tmp_path / "README").write_text("not a report")
    query = "select count(*), count(error_message) from aws_iam_credential_report_snapshot"
    assert rows(db, query) == [(2 * 2 * len(TIMES), 0)]


def test_the_list_opens_none(db: Db, tmp_path: Path) -> None:
    for name in files(tmp_path):
        (tmp_path / name).write_bytes(b"damaged")
    query = "select * from aws_iam_credential_report_snapshot_list order by account_id, generated_time"
    assert rows(db, query) == [
        (account_id, made, f"file://{tmp_path}/{snapshots.named(account_id, made)}")
        for account_id in (ACCOUNT, OTHER)
        for made in TIMES
    ]


def test_without_a_place_the_tables_say_so(admin: Db) -> None:
    install(admin)
    for table in ("snapshot", "snapshot_list"):
        with pytest.raises(psycopg.Error, match="the server has no saved reports") as caught:
            rows(admin, f"select * from aws_iam_credential_report_{table}")
        assert "option snapshots" in (caught.value.diag.message_hint or "")


def test_a_place_without_any_has_no_rows_and_one_that_is_not_there_is_an_error(admin: Db, tmp_path: Path) -> None:
    install(admin, snapshots=str(tmp_path))
    assert rows(admin, "select * from aws_iam_credential_report_snapshot") == []
    point(admin, snapshots=str(tmp_path / "nowhere"))
    with pytest.raises(psycopg.Error, match="could not open the folder of saved reports: No such file or directory"):
        rows(admin, "select * from aws_iam_credential_report_snapshot")


def test_a_link_that_leads_elsewhere_is_not_followed(
    db: Db, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    put(elsewhere, ACCOUNT, TIMES[0], user("mallory"))
    third = "777788889999"
    (tmp_path / f"account_id={third}").symlink_to(elsewhere / f"account_id={ACCOUNT}")
    found = rows(db, f"select error_message from aws_iam_credential_report_snapshot where account_id = '{third}'")
    assert ["a link to another folder" in message for (message,) in found] == [True]


def test_the_source_gives_the_newest_of_each_account(db: Db, tmp_path: Path) -> None:
    put(tmp_path, ACCOUNT, MADE, user("bob"))
    (tmp_path / "777788889999.csv").write_bytes(csv(root("777788889999")))
    point(db, source=str(tmp_path))
    query = "select account_id, generated_time, user_name from aws_iam_credential_report where not is_root order by 1"
    assert rows(db, query) == [(ACCOUNT, MADE, "bob"), (OTHER, TIMES[-1], "alice")]
    query = "select account_id, state, generated_time from aws_iam_credential_report_status order by 1"
    assert rows(db, query) == [
        (ACCOUNT, "fresh", MADE),
        (OTHER, "stale", TIMES[-1]),
        ("777788889999", "stale", None),
    ]


def test_the_newest_that_is_damaged_is_an_error_and_none_before_it_is_taken(db: Db, tmp_path: Path) -> None:
    (tmp_path / snapshots.named(ACCOUNT, TIMES[-1])).write_bytes(b"damaged")
    point(db, source=str(tmp_path))
    with pytest.raises(psycopg.Error, match="the saved report is damaged or cut off"):
        rows(db, "select * from aws_iam_credential_report")
    query = "select account_id, state from aws_iam_credential_report_status order by 1"
    assert rows(db, query) == [(ACCOUNT, "error"), (OTHER, "stale")]


def test_one_of_the_future_is_an_error(db: Db, tmp_path: Path) -> None:
    put(tmp_path, ACCOUNT, NOW + timedelta(days=3))
    point(db, source=str(tmp_path))
    with pytest.raises(psycopg.Error, match="the saved report is of the future"):
        rows(db, "select * from aws_iam_credential_report")


def test_an_account_whose_folder_is_empty_is_missing(db: Db, tmp_path: Path) -> None:
    (tmp_path / "account_id=777788889999" / "date=2026-10-01").mkdir(parents=True)
    point(db, source=str(tmp_path))
    query = "select state, error_message from aws_iam_credential_report_status where account_id = '777788889999'"
    assert rows(db, query) == [("missing", "account 777788889999: there is no saved report")]


def test_the_status_tells_the_newest_snapshot(db: Db, emulator: Emulator, tmp_path: Path) -> None:
    point(db, endpoint_url=emulator.url, accounts="organization", role_name="audit", snapshots=str(tmp_path))
    keys = f"aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key '{SECRET}'"
    db.execute(f"create user mapping for public server aws options ({keys})".encode())
    emulator.account(
        "777788889999", name="new", roles={"audit": None}, report=csv(root("777788889999")), generated_time=MADE
    )
    query = "select account_id, state, snapshot_time from aws_iam_credential_report_status order by 1"
    assert rows(db, query) == [
        (ACCOUNT, "fresh", TIMES[-1]),
        (OTHER, "fresh", TIMES[-1]),
        ("777788889999", "fresh", None),
    ]


def test_names_hold_the_time_in_utc() -> None:
    made = datetime(2026, 3, 1, 1, 30, 0, 999999, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert snapshots.named(ACCOUNT, made) == f"account_id={ACCOUNT}/date=2026-02-28/20260228T200000Z.csv.gz"


def test_what_is_saved_is_the_same_each_time() -> None:
    assert snapshots.compressed(csv(root())) == snapshots.compressed(csv(root()))


def test_a_setting_without_a_place_is_an_error() -> None:
    with pytest.raises(Error, match="it is not said where"):
        list(saving.save(saving.settings_of({})))
