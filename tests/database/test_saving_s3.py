"""Reading the snapshots in S3 by SQL: against the emulator with its faults."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Callable

import psycopg
import pytest
from psycopg import errors
from support.emulator import Emulator, Reply, body, cut, hang, reset, s3_error, slow
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, SLOWNESS, Server, install, new_database, point
from support.snapshots import BUCKET, MADE, OTHER, SECRET, key, organization
from support.snapshots import put_object as put

from iam_fdw.saved import formats
from iam_fdw.tables.report import MAX_BYTES

Db = psycopg.Connection[Any]
DAY = timedelta(days=1)
FOREIGN = "aws_iam_credential_report_snapshot" + ("_foreign" if ENGINE == "multicorn" else "")
LIST = "aws_iam_credential_report_snapshot_list" + ("_foreign" if ENGINE == "multicorn" else "")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with organization() as emulator:
        yield emulator


@pytest.fixture
def keys(emulator: Emulator) -> dict[str, bytes]:
    """The content of the bucket, by key."""
    return emulator.buckets["archive"]


@pytest.fixture(scope="module")
def installed(server: Server) -> Iterator[str]:
    with new_database(server, "snapshots_s3") as name:
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            install(db, endpoint_url="http://127.0.0.1:9")
            mapping = f"aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key '{SECRET}'"
            db.execute(f"create user mapping for public server aws options ({mapping})".encode())
        yield name


@pytest.fixture
def db(server: Server, installed: str, emulator: Emulator) -> Iterator[Db]:
    """A superuser's session, whose server reads the emulator's bucket."""
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=installed, autocommit=True) as db:
        db.execute("set timezone = 'UTC'")
        point(db, endpoint_url=emulator.url, snapshots=BUCKET, timeout="20 seconds")
        yield db


@pytest.fixture
def got(emulator: Emulator) -> Callable[[], list[str]]:
    """Return the keys that were got since the last call."""

    def got() -> list[str]:
        found = sorted(request.parameters["Key"] for request in emulator.requests if request.action == "GetObject")
        emulator.requests.clear()
        return found

    return got


def rows(db: Db, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query.encode()).fetchall()


def a_week(keys: dict[str, bytes]) -> dict[str, list[str]]:
    """Save a report of each of seven days and both accounts; return their keys."""
    return {
        account_id: [put(keys, account_id, MADE - days * DAY, user("alice", account_id)) for days in range(7)]
        for account_id in (ACCOUNT, OTHER)
    }


def test_all_are_read_with_where_they_are(db: Db, keys: dict[str, bytes]) -> None:
    names = a_week(keys)
    found = rows(db, f"select distinct account_id, generated_time, snapshot_uri from {FOREIGN}")
    assert sorted(found) == sorted(
        (account_id, MADE - days * DAY, f"s3://archive/{name}")
        for account_id, seven in names.items()
        for days, name in enumerate(seven)
    )


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("generated_time = '{}'", [2]),
        ("generated_time < '{}'", [3, 4, 5, 6]),
        ("generated_time > '{}'", [0, 1]),
        ("generated_time between '{}' and now()", [0, 1, 2]),
        ("generated_time >= '{0}' and generated_time <= '{0}'", [2]),
    ],
)
def test_conditions_choose_what_is_got(
    db: Db, keys: dict[str, bytes], got: Callable[[], list[str]], condition: str, days: list[int]
) -> None:
    names = a_week(keys)
    condition = condition.format((MADE - 2 * DAY).isoformat())
    expected = sorted(names[ACCOUNT][day] for day in days)
    found = rows(db, f"select snapshot_uri from {FOREIGN} where account_id = '{ACCOUNT}' and is_root and {condition}")
    assert sorted(found) == [(f"s3://archive/{name}",) for name in expected]
    may_be_read = sorted(names[ACCOUNT][day] for day in {*days, *([2] if "<" in condition or ">" in condition else [])})
    assert got() in (expected, may_be_read)  # the bound itself may be read, and left out by PostgreSQL


def test_a_condition_on_the_account_lists_that_alone(db: Db, emulator: Emulator, keys: dict[str, bytes]) -> None:
    a_week(keys)
    assert len(rows(db, f"select from {LIST} where account_id = '{OTHER}'")) == 7
    assert {request.parameters.get("prefix") for request in emulator.requests} <= {"iam/", f"iam/account_id={OTHER}/"}
    assert emulator.count("GetObject") == 0


def test_the_list_opens_none(db: Db, keys: dict[str, bytes], got: Callable[[], list[str]]) -> None:
    a_week(keys)
    assert len(rows(db, f"select * from {LIST}")) == 14
    assert rows(
        db, f"select account_id from {LIST} where generated_time > now() - interval '90 minutes' order by 1"
    ) == [
        (ACCOUNT,),
        (OTHER,),
    ]
    assert got() == []


@pytest.mark.parametrize("page", [1, 2, 3, 7])
def test_lists_of_many_pages(db: Db, emulator: Emulator, keys: dict[str, bytes], page: int) -> None:
    emulator.page_of_keys = page
    names = a_week(keys)
    found = rows(db, f"select snapshot_uri from {LIST}")
    assert sorted(found) == sorted((f"s3://archive/{name}",) for seven in names.values() for name in seven)


def test_a_key_that_is_listed_twice_is_read_once(db: Db, emulator: Emulator, keys: dict[str, bytes]) -> None:
    name = put(keys, ACCOUNT, MADE, user("alice"))
    emulator.listed = [name, name]
    assert len(rows(db, f"select from {LIST}")) == 1
    assert len(rows(db, f"select from {FOREIGN}")) == 2


def test_a_key_that_is_listed_and_gone_is_named(db: Db, emulator: Emulator, keys: dict[str, bytes]) -> None:
    put(keys, ACCOUNT, MADE, user("alice"))
    emulator.listed = [gone] = [key(ACCOUNT, MADE - DAY)]
    ((uri, message),) = rows(db, f"select snapshot_uri, error_message from {FOREIGN} where error_message is not null")
    assert uri == f"s3://archive/{gone}"
    assert "NoSuchKey" in message
    assert len(rows(db, f"select from {FOREIGN} where error_message is null")) == 2


def test_what_else_is_in_the_bucket_is_not_looked_at(
    db: Db, keys: dict[str, bytes], got: Callable[[], list[str]]
) -> None:
    name = put(keys, ACCOUNT, MADE)
    day = f"iam/account_id={ACCOUNT}/date={MADE:%Y-%m-%d}"
    for other in (
        "iam/readme.txt",
        "iam/account_id=12/date=2026-11-01/20261101T000000Z.csv.gz",
        f"{day}/notes.csv.gz",
        f"{day}/{MADE:%Y%m%dT%H%M%SZ}.csv",
        f"{day}/older/{MADE:%Y%m%dT%H%M%SZ}.csv.gz",
        f"iam/account_id={ACCOUNT}/date=2026-02-30/20260230T000000Z.csv.gz",
        f"iam/account_id={ACCOUNT}/date=2026-11-01/20261102T000000Z.csv.gz",
        f"other/account_id={OTHER}/date=2026-11-01/20261101T000000Z.csv.gz",
        f"iamother/account_id={OTHER}/date=2026-11-01/20261101T000000Z.csv.gz",
        f'iam/account_id={ACCOUNT}/date=\u00fcber"<>&/x',
    ):
        keys[other] = b"what nobody should read"
    assert rows(db, f"select snapshot_uri from {FOREIGN}") == [(f"s3://archive/{name}",)]
    assert got() == [name]


def test_what_is_damaged_is_named_and_the_others_are_read(db: Db, keys: dict[str, bytes]) -> None:
    put(keys, ACCOUNT, MADE, user("alice"))
    damaged = {
        key(ACCOUNT, MADE - DAY): (b"", "not one whole gzip file"),
        key(ACCOUNT, MADE - 2 * DAY): (formats.compress(csv(root()))[:-6], "not one whole gzip file"),
        key(ACCOUNT, MADE - 3 * DAY): (gzip.compress(b"\0" * (MAX_BYTES + 1)), "too large"),
        key(ACCOUNT, MADE - 4 * DAY): (formats.compress(csv(root(OTHER), user("eve", OTHER))), f"account {OTHER}"),
        key(ACCOUNT, MADE - 5 * DAY): (formats.compress(b"<html>"), "HTML"),
    }
    keys.update({name: content for name, (content, _) in damaged.items()})
    found = rows(db, f"select snapshot_uri, account_id, generated_time, error_message from {FOREIGN}")
    failed = {uri: (account_id, made, message) for uri, account_id, made, message in found if message is not None}
    assert len(found) == 2 + len(damaged)
    for name, (_, expected) in damaged.items():
        account_id, made, message = failed[f"s3://archive/{name}"]
        assert account_id == ACCOUNT
        assert key(account_id, made) == name
        assert expected in message, message


@pytest.mark.parametrize(
    "fault", [cut(), reset(), slow(0.3), s3_error("SlowDown", "", 503), s3_error("InternalError", "", 500)]
)
def test_what_passes_is_read_again(db: Db, emulator: Emulator, keys: dict[str, bytes], fault: Reply) -> None:
    put(keys, ACCOUNT, MADE, user("alice"))
    emulator.script["GetObject"] = [fault]
    emulator.script["ListObjectsV2"] = [fault]
    assert rows(db, f"select user_name from {FOREIGN} order by 1") == [("<root_account>",), ("alice",)]


def test_an_object_that_always_ends_early_is_named(db: Db, emulator: Emulator, keys: dict[str, bytes]) -> None:
    point(db, endpoint_url=emulator.url, snapshots=BUCKET, timeout="2 seconds")
    put(keys, OTHER, MADE)
    name = put(keys, ACCOUNT, MADE)
    emulator.always_of_key[name] = cut()
    found = rows(db, f"select account_id, snapshot_uri, error_message is null from {FOREIGN} order by 1")
    assert found == [
        (ACCOUNT, f"s3://archive/{name}", False),
        (OTHER, f"s3://archive/{key(OTHER, MADE)}", True),
    ]


def test_a_list_that_is_denied_is_an_error_never_an_empty_table(db: Db, emulator: Emulator) -> None:
    emulator.always["ListObjectsV2"] = s3_error("AccessDenied", "Access Denied")
    for table in (FOREIGN, LIST):
        with pytest.raises(psycopg.Error, match="AWS denied ListObjectsV2") as caught:
            rows(db, f"select * from {table}")
        assert "s3:ListBucket" in (caught.value.diag.message_hint or "")
    del emulator.always["ListObjectsV2"]
    emulator.buckets.clear()
    with pytest.raises(psycopg.Error, match="bucket"):
        rows(db, f"select * from {LIST}")


def test_a_report_that_is_denied_is_a_row(db: Db, emulator: Emulator, keys: dict[str, bytes]) -> None:
    put(keys, OTHER, MADE)
    name = put(keys, ACCOUNT, MADE)
    emulator.always_of_key[name] = s3_error("AccessDenied", "Access Denied")
    ((uri, message),) = rows(db, f"select snapshot_uri, error_message from {FOREIGN} where error_message is not null")
    assert uri == f"s3://archive/{name}"
    assert "AWS denied GetObject" in message


@pytest.mark.parametrize("action", ["ListObjectsV2", "GetObject"])
def test_it_can_be_stopped(db: Db, emulator: Emulator, keys: dict[str, bytes], action: str) -> None:
    a_week(keys)
    emulator.always[action] = hang()
    db.execute("set statement_timeout = '500ms'")
    start = time.monotonic()
    with pytest.raises(errors.QueryCanceled if ENGINE == "minicorn" else errors.InternalError):
        rows(db, f"select * from {FOREIGN}")
    assert time.monotonic() - start < 3 * SLOWNESS


def test_the_source_is_the_newest_of_each_account(
    db: Db, emulator: Emulator, keys: dict[str, bytes], got: Callable[[], list[str]]
) -> None:
    names = a_week(keys)
    point(db, endpoint_url=emulator.url, source=BUCKET)
    found = rows(
        db, "select account_id, origin, generated_time, state from aws_iam_credential_report_status order by 1"
    )
    assert found == [(one, "s3", MADE, "fresh") for one in (ACCOUNT, OTHER)]
    assert got() == sorted(seven[0] for seven in names.values())
    assert len(rows(db, f"select from aws_iam_credential_report where account_id = '{OTHER}'")) == 2
    keys[names[OTHER][0]] = b"damaged"
    with pytest.raises(psycopg.Error, match="damaged or cut off"):  # never the one before
        rows(db, "select * from aws_iam_credential_report")


def test_history_is_recorded_from_s3(db: Db, keys: dict[str, bytes]) -> None:
    for days in range(3, -1, -1):
        put(keys, ACCOUNT, MADE - days * DAY, user("alice", mfa_active="true" if days < 2 else "false"))
    db.execute("truncate iam_history, iam_history_account, iam_history_report")
    db.execute("call iam_record_history(from_snapshots => true)")
    found = rows(db, "select user_name, field, old_value, new_value, seen_at, not_before from iam_change")
    assert found == [("alice", "mfa_active", "false", "true", MADE - DAY, MADE - 2 * DAY)]
    db.execute("truncate iam_history, iam_history_account, iam_history_report")


def test_an_account_that_cannot_be_listed_is_an_error_whatever_the_conditions(
    db: Db, emulator: Emulator, keys: dict[str, bytes]
) -> None:
    a_week(keys)
    denied = s3_error("AccessDenied", "Access Denied")
    for table in (FOREIGN, LIST):
        emulator.script["ListObjectsV2"] = [slow(0), denied]
        with pytest.raises(psycopg.Error, match="AWS denied ListObjectsV2"):
            rows(db, f"select * from {table} where account_id = '{ACCOUNT}' and generated_time > '2020-01-01'")


@pytest.mark.parametrize("fault", ["list", "denied", "gone", "gone from the list"])
def test_what_could_not_be_got_is_recorded_later_and_not_passed_over(
    db: Db, emulator: Emulator, keys: dict[str, bytes], fault: str
) -> None:
    db.execute("truncate iam_history, iam_history_account, iam_history_report")
    names = [put(keys, ACCOUNT, MADE - days * DAY, user("alice")) for days in (2, 1, 0)]
    denied = s3_error("AccessDenied", "Access Denied")
    if fault == "list":  # the third and fourth are of the second scan
        emulator.script["ListObjectsV2"] = [slow(0), slow(0), slow(0), denied]
    elif fault == "gone from the list":
        empty = body(b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>", "application/xml")
        emulator.script["ListObjectsV2"] = [slow(0), slow(0), slow(0), empty]
    elif fault == "denied":
        emulator.always_of_key[names[1]] = denied
    else:
        emulator.listed = [key(ACCOUNT, MADE - 3 * DAY)]
    with pytest.raises(psycopg.Error, match=r"AWS denied ListObjectsV2|could not read the saved reports of account"):
        db.execute("call iam_record_history(true)")
    assert rows(db, "select count(*) from iam_history") == [(0,)]
    emulator.always_of_key.clear()
    emulator.listed = []
    db.execute("call iam_record_history(true)")
    ((times,),) = rows(db, "select generated_times from iam_history_report order by month limit 1")
    assert MADE - 2 * DAY in times
    assert rows(db, "select sum(cardinality(generated_times)) from iam_history_report") == [(3,)]
    db.execute("truncate iam_history, iam_history_account, iam_history_report")
