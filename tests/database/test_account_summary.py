"""aws_iam_account_summary and its status table: what the machinery of scans gives a table that is one file."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import boto3
import psycopg
import pytest
from moto.server import ThreadedMotoServer
from support.emulator import Emulator, Reply, body, cut, endless, error, hang, reset, slow, summary
from support.reports import ACCOUNT, csv, root
from support.server import ENGINE, SLOWNESS, TREE, Connect, Server, new_database, point, prepare, save

from iam_fdw.tables import TABLES

Db = psycopg.Connection[Any]
Asking = Callable[..., Db]
TABLE, STATUS = "aws_iam_account_summary", "aws_iam_account_summary_status"
# What conditions reach: on Multicorn the name that users select from is that of a view.
FOREIGN, FOREIGN_STATUS = (f"{name}_foreign" if ENGINE == "multicorn" else name for name in (TABLE, STATUS))
GET = "GetAccountSummary"
NUMBER = 25  # two pages


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[str]:
    """A database for all tests here."""
    with new_database(server, "account_summary") as name:
        prepare(server, name, ACCOUNT)
        yield name


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def ids(emulator: Emulator) -> list[str]:
    return emulator.organization(NUMBER, ACCOUNT)


@pytest.fixture
def asking(admin: Db, emulator: Emulator) -> Asking:
    """Make a superuser's connection, in a database that asks the emulator for the organization, or with options."""

    def asking(**options: str) -> Db:
        given = {"accounts": "organization", "role_name": "audit", "timeout": "10 seconds", **options}
        point(admin, endpoint_url=emulator.url, **given)
        return admin

    return asking


@pytest.fixture
def one(admin: Db, emulator: Emulator) -> Db:
    """A superuser's connection, in a database that asks the emulator for the account of the credentials."""
    emulator.account(ACCOUNT)
    point(admin, endpoint_url=emulator.url, timeout="4 seconds")
    return admin


def read(db: Db, condition: str = "true", table: str = TABLE) -> set[str]:
    rows = db.execute(f"select account_id from {table} where {condition}".encode()).fetchall()
    assert len(set(rows)) == len(rows)
    return {account_id for (account_id,) in rows}


def states(db: Db) -> dict[str, tuple[Any, ...]]:
    query = f"select account_id, state, row_count, error_code, origin, account_name from {STATUS}"
    return {row[0]: row[1:] for row in db.execute(query.encode()).fetchall()}


def refused(db: Db, table: str = TABLE) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        read(db, table=table)
    assert "Traceback" not in str(caught.value)
    return caught.value


def test_a_row_has_the_numbers_of_the_account_as_types_of_sql(one: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT).summary = {"Users": 27, "UsersQuota": 5000, "AccountMFAEnabled": 1, "MFADevices": 3}
    before = datetime.now(timezone.utc)
    cursor = one.execute(f"select * from {TABLE}".encode())
    (row,) = cursor.fetchall()
    found = dict(zip([column.name for column in cursor.description or ()], row))
    fetched_at = found.pop("fetched_at")
    assert before - timedelta(seconds=1) <= fetched_at <= datetime.now(timezone.utc)
    assert {name: value for name, value in found.items() if value is not None} == {
        "users": 27,
        "users_quota": 5000,
        "account_mfa_enabled": True,
        "mfa_devices": 3,
        "partition": "aws",
        "region": "global",
        "account_id": ACCOUNT,
    }
    assert Counter(request.action for request in emulator.requests) == {GET: 1, "GetCallerIdentity": 1}


def test_the_columns_and_comments_of_the_database_are_those_of_the_file(one: Db) -> None:
    for table in TABLES[-2:]:
        columns = one.execute(
            "select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0 order by attnum",
            (table.name,),
        ).fetchall()
        types = {"timestamptz": "timestamp with time zone"}
        assert columns == [(name, types.get(kind, kind), comment) for name, kind, comment in table.columns]
        described = one.execute("select obj_description(%s::regclass)", (table.name,)).fetchone()
        assert described == (table.comment,)


def test_columns_can_be_any_in_any_order(one: Db, emulator: Emulator) -> None:
    assert one.execute(f"select count(*) from {TABLE}".encode()).fetchone() == (1,)
    assert one.execute(f"select users_quota, roles, users from {TABLE}".encode()).fetchall() == [(5000, None, 2)]
    assert emulator.count(GET) == 1


def test_import_foreign_schema_has_it(one: Db) -> None:
    one.execute(f"import foreign schema aws limit to ({TABLE}, {STATUS}) from server aws into pg_temp")
    assert one.execute(f"select users from pg_temp.{TABLE}".encode()).fetchall() == [(2,)]
    assert one.execute(f"select state from pg_temp.{STATUS}".encode()).fetchall() == [("fresh",)]
    one.execute(f"drop foreign table pg_temp.{TABLE}, pg_temp.{STATUS}".encode())


def test_every_account_of_the_organization_is_read_as_its_role(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    query = f"select account_id, account_name, users from {TABLE}"
    rows = asking().execute(query.encode()).fetchall()
    assert sorted(rows) == sorted((account_id, f"account {place}", 2) for place, account_id in enumerate(ids))
    fetched = [request.access_key_id for request in emulator.requests if request.action == GET]
    assert sorted(fetched) == sorted(f"ASIA{account_id}" for account_id in ids)
    assert emulator.count("GetCredentialReport") == emulator.count("GetCallerIdentity") == 0


@pytest.mark.parametrize("table", [FOREIGN, FOREIGN_STATUS])
def test_conditions_choose_accounts_before_they_are_called(
    asking: Asking, emulator: Emulator, ids: list[str], table: str
) -> None:
    assert read(asking(), f"account_id in ('{ids[1]}', '{ids[2]}')", table) == {ids[1], ids[2]}
    assert emulator.count(GET) == 2


def test_a_copy_is_read_until_it_is_too_old(
    asking: Asking, emulator: Emulator, ids: list[str], connect: Connect
) -> None:
    assert read(asking()) == set(ids)
    asked = len(emulator.requests)
    other = connect()
    assert read(other) == set(ids)
    assert {found[3] for found in states(other).values()} == {"cache"}
    assert len(emulator.requests) == asked
    other.execute("alter server aws options (add max_age '100 ms')")
    time.sleep(0.2)
    assert read(other) == set(ids)
    assert emulator.count(GET) == 2 * NUMBER


def test_the_copies_of_summary_and_report_are_apart(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    db = asking()
    assert read(db) == set(ids)
    assert db.execute("select count(*) from aws_iam_credential_report").fetchone() == (2 * NUMBER,)
    assert read(db) == set(ids)
    assert (emulator.count(GET), emulator.count("GetCredentialReport")) == (NUMBER, NUMBER)


def test_a_missing_permission_is_the_accounts_and_names_the_action(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    emulator.account(ids[3]).always[GET] = error("AccessDenied", "User is not authorized")
    db = asking()
    caught = refused(db)
    if ENGINE == "minicorn":
        assert caught.sqlstate == "42501"
        assert caught.diag.message_primary == (
            f"could not read the account summary of account {ids[3]}: AWS denied GetAccountSummary"
        )
    assert str(caught.diag.message_hint) == "Allow iam:GetAccountSummary to this user or role."
    assert db.execute("select count(distinct account_id) from aws_iam_credential_report").fetchone() == (NUMBER,)
    found = states(db)
    assert found.pop(ids[3]) == ("denied", None, "AccessDenied", "aws", "account 3")
    assert {state[:3] for state in found.values()} == {("fresh", 1, None)}
    query = f"select error_message, fetched_at from {STATUS} where account_id = '{ids[3]}'"
    assert db.execute(query.encode()).fetchall() == [
        (
            f"account {ids[3]}: AWS denied GetAccountSummary"
            " (GetAccountSummary: AccessDenied: User is not authorized.)",
            None,
        )
    ]


def test_two_that_fail_are_both_named(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    for place in (3, 4):
        emulator.account(ids[place]).always[GET] = error("AccessDenied")
    caught = refused(asking())
    assert "could not read 2 account summaries" in str(caught)
    assert ids[3] in str(caught.diag.message_detail)
    assert ids[4] in str(caught.diag.message_detail)


def test_the_others_are_read_where_errors_are_skipped(
    asking: Asking, emulator: Emulator, ids: list[str], notices: list[str]
) -> None:
    emulator.account(ids[3]).always[GET] = error("AccessDenied")
    assert read(asking(on_account_error="skip")) == {*ids} - {ids[3]}
    if ENGINE == "minicorn":  # Multicorn cannot warn
        (notice,) = notices
        assert notice.startswith(f"WARNING: could not read the account summary of account {ids[3]}: ")


def test_an_account_that_is_not_there_is_named(asking: Asking, ids: list[str], admin: Db, notices: list[str]) -> None:
    hints: list[str] = []
    admin.add_notice_handler(lambda diagnostic: hints.append(str(diagnostic.message_hint)))
    assert read(asking(), "account_id = '999999999999'") == set()
    if ENGINE == "minicorn":
        assert notices == ['NOTICE: account "999999999999" is not among those that are read']
        assert hints[0].startswith(f"Select account_id from {STATUS} for the accounts that are read")


@pytest.mark.parametrize(
    "replies",
    [
        [error("Throttling", "Rate exceeded"), error("Throttling", "Rate exceeded")],
        [error("ServiceFailure")],
        [reset()],
        [cut()],
        [slow(0.5)],
    ],
    ids=lambda replies: replies[0].kind,
)
def test_what_passes_is_waited_for(one: Db, emulator: Emulator, replies: list[Reply]) -> None:
    emulator.script[GET] = replies
    assert read(one) == {ACCOUNT}


@pytest.mark.parametrize(
    ("reply", "sqlstate"),
    [
        (summary({}), "08P01"),
        (summary({"Roles": 1}), "08P01"),
        (summary({"Users": "many"}), "08P01"),
        (summary({"Users": ""}), "08P01"),
        (summary({"Users": "1.5"}), "08P01"),
        (summary({"Users": -1}), "08P01"),
        (summary({"Users": 2**63}), "08P01"),
        (summary({"Users": "9" * 10_000}), "08P01"),
        (summary({"Users": "<entry><key>Users</key><value>1</value></entry>"}), "08P01"),
        (summary({"Users": "1\0"}), "08P01"),
        (summary({"Users": 1, "AccountMFAEnabled": 7}), "08P01"),
        (summary({f"Key{number}": number for number in range(60_000)}), "54000"),
        (body(b"<html>sign in</html>", "text/html"), "08P01"),
        (body(b'{"SummaryMap": {"Users": 1}}', "application/json"), "08P01"),
        (endless("chunked"), "54000"),
        (hang(), "08001"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.body[:300].decode()[-40:] or value.kind,
)
def test_an_answer_that_aws_does_not_give_is_the_accounts_error_in_time(
    one: Db, emulator: Emulator, reply: Reply, sqlstate: str
) -> None:
    emulator.always[GET] = reply
    started = time.monotonic()
    caught = refused(one)
    assert time.monotonic() - started < 4 + 2 * SLOWNESS
    if ENGINE == "minicorn":
        assert caught.sqlstate == sqlstate
    assert "could not read the account summary of " in str(caught)
    assert one.execute(f"select state, users is null from {STATUS} left join {TABLE} on false".encode()).fetchall() == [
        ("error", True)
    ]


def test_it_is_cancelled_at_once(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.always[GET] = hang()
    db = asking(timeout="60 seconds")
    db.execute("set statement_timeout = '1500ms'")
    started = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled if ENGINE == "minicorn" else psycopg.errors.InternalError):
        read(db)
    assert time.monotonic() - started < 1.5 + 0.5 * SLOWNESS
    db.execute("reset statement_timeout")
    del emulator.always[GET]
    assert read(db) == set(ids)


def test_it_is_read_from_aws_alone(admin: Db, tmp_path: Path) -> None:
    save(tmp_path, csv(root()), datetime(2026, 11, 23, tzinfo=timezone.utc))
    point(admin, source=str(tmp_path))
    assert read(admin, table="aws_iam_credential_report_status") == {ACCOUNT}
    for table in (TABLE, STATUS):
        caught = refused(admin, table)
        assert "the account summary of an account is not saved" in str(caught)
        assert str(caught.diag.message_hint) == "Create another server, without that option, to read it from AWS."


def test_explain_names_what_is_read_and_asks_nobody(one: Db, emulator: Emulator) -> None:
    plan = "\n".join(line for (line,) in one.execute(f"explain select * from {FOREIGN}".encode()).fetchall())
    assert "Account summaries: AWS" in plan
    assert "Accounts: all" in plan
    assert emulator.requests == []


def test_the_statements_of_its_page_run(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.account(ids[1]).summary.update(Roles=950, RolesQuota=1000)
    emulator.account(ids[2]).always[GET] = error("AccessDenied")
    page = (TREE / "docs" / "account-summary.md").read_text()
    db = asking(on_account_error="skip")
    counts = [len(db.execute(block.encode()).fetchall()) for block in re.findall("```sql\n(.*?)```", page, re.DOTALL)]
    assert counts == [NUMBER - 1, 1, 1]


def test_it_is_what_moto_counts(admin: Db) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    point(admin, endpoint_url=f"http://{host}:{port}", cache="off")
    try:
        keys = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        session = boto3.Session(*keys, region_name="us-east-1")
        with closing(session.client("iam", endpoint_url=f"http://{host}:{port}")) as iam:
            for name in ("alice", "bob"):
                iam.create_user(UserName=name)
            iam.create_group(GroupName="auditors")
            counted = iam.get_account_summary()["SummaryMap"]
        query = f"select users, groups, users_quota, account_mfa_enabled, account_id from {TABLE}"
        (row,) = admin.execute(query.encode()).fetchall()
        assert row == (2, 1, counted["UsersQuota"], bool(counted["AccountMFAEnabled"]), "123456789012")
    finally:
        server.stop()
