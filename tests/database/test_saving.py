"""Saving with the options of a foreign server, and reading every snapshot in a folder by SQL."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.emulator import Emulator
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, Server, install, point, runner
from support.snapshots import MADE, NOW, OTHER, SECRET, files, organization, put

from iam_fdw.cli import main
from iam_fdw.saved import formats
from iam_fdw.saved.names import snapshot_name
from iam_fdw.tables.report import MAX_BYTES

Db = psycopg.Connection[Any]
FOREIGN = "aws_iam_credential_report_snapshot" + ("_foreign" if ENGINE == "multicorn" else "")


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An organization of two accounts, and in the environment the keys of the first."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKIA{ACCOUNT}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    with organization() as emulator:
        yield emulator


def test_without_credentials_the_hint_is_for_who_runs_it(
    admin: Db, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    install(admin, endpoint_url=emulator.url)
    dsn = f"host={admin.info.host} port={admin.info.port} user=postgres dbname={admin.info.dbname}"
    done = runner().invoke(main, ["snapshot", dsn, "--to", str(tmp_path)])
    assert done.exit_code == 2
    assert "there are no AWS credentials" in done.stderr
    assert "Give credentials to the user who runs the command" in done.stderr
    assert "of the server" not in done.stderr


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
    uri = f"file://{tmp_path}/{snapshot_name(OTHER, TIMES[4])}"
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
            (tmp_path / snapshot_name(ACCOUNT, made)).write_bytes(b"damaged")
    query = f"select count(*), count(error_message) from {FOREIGN} where account_id = '{ACCOUNT}' and generated_time"
    assert rows(db, f"{query} = '2026-10-02 04:00Z'") == [(2, 0)]
    assert rows(db, f"{query} > '2026-10-02 00:00Z'") == [(6, 4)]
    assert rows(db, f"{query} >= '2026-10-15'") == [(3, 3)]


def test_a_damaged_one_is_a_row_that_names_it(db: Db, tmp_path: Path) -> None:
    damaged = tmp_path / snapshot_name(ACCOUNT, TIMES[4])
    damaged.write_bytes(damaged.read_bytes()[:-9])
    query = (
        "select account_id, generated_time, user_name, error_code, error_message, snapshot_uri"
        " from aws_iam_credential_report_snapshot where error_message is not null"
    )
    message = (
        f"file {snapshot_name(ACCOUNT, TIMES[4])}: the saved report is damaged or cut off"
        " (It is not one whole gzip file.)"
    )
    assert rows(db, query) == [(ACCOUNT, TIMES[4], None, "22P04", message, f"file://{damaged}")]
    assert rows(db, "select count(*) from aws_iam_credential_report_snapshot") == [(2 * 2 * len(TIMES) - 1,)]


def test_one_of_another_account_is_an_error(db: Db, tmp_path: Path) -> None:
    (tmp_path / snapshot_name(ACCOUNT, TIMES[0])).write_bytes(formats.compress(csv(root(OTHER))))
    query = "select account_id, error_message from aws_iam_credential_report_snapshot where error_message is not null"
    ((account_id, message),) = rows(db, query)
    assert account_id == ACCOUNT
    assert f"The report is of account {OTHER}, asked for was account {ACCOUNT}" in message


def test_a_bomb_is_an_error_and_not_unpacked(db: Db, tmp_path: Path) -> None:
    (tmp_path / snapshot_name(ACCOUNT, TIMES[0])).write_bytes(gzip.compress(b"\n" * (4 * MAX_BYTES)))
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
        (account_id, made, f"file://{tmp_path}/{snapshot_name(account_id, made)}")
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
    (tmp_path / snapshot_name(ACCOUNT, TIMES[-1])).write_bytes(b"damaged")
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
