"""The foreign tables in PostgreSQL: what reaches AWS and when, hand-made tables, cancels, plans."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from multicorn import ColumnDefinition
from support.emulator import Emulator, error, hang
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, SLOWNESS, Connect, point, save

from iam_fdw.fdw import IamForeignDataWrapper

Db = psycopg.Connection[Any]
# What reads: on Multicorn the name that users select from is that of a view.
FOREIGN = "aws_iam_credential_report" + ("_foreign" if ENGINE == "multicorn" else "")
ROLE = "arn:aws:iam::444455556666:role/auditor"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.account(ACCOUNT, report=csv(root(), user("alice"), user("bob")), generated_time=now())
        yield emulator


@pytest.fixture
def aws(installation: Db, emulator: Emulator) -> Db:
    """A superuser's connection, in a database that asks the emulator with the keys of ACCOUNT."""
    point(installation, endpoint_url=emulator.url, timeout="5 seconds")
    installation.execute(
        f"create user mapping for public server aws options"
        f" (aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key 'of/the+emulator/that/checks/none')".encode()
    )
    return installation


def now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def names(db: Db, condition: str = "true") -> list[str]:
    rows = db.execute(f"select user_name from aws_iam_credential_report where {condition}".encode()).fetchall()
    return [name for (name,) in rows]


def status(db: Db) -> dict[str, Any]:
    cursor = db.execute("select * from aws_iam_credential_report_status")
    (row,) = cursor.fetchall()
    return dict(zip([column.name for column in cursor.description or ()], row))


def explained(db: Db, query: str) -> str:
    return "\n".join(line for (line,) in db.execute(f"explain {query}".encode()).fetchall())


def test_a_report_comes_over_the_api(aws: Db, emulator: Emulator) -> None:
    assert names(aws) == ["<root_account>", "alice", "bob"]
    assert [request.action for request in emulator.requests] == ["GetCredentialReport"]


def test_typed_columns_are_null_where_raw_keeps_the_token(aws: Db) -> None:
    query = "select password_last_used, raw from aws_iam_credential_report where user_name = 'alice'"
    row = aws.execute(query.encode()).fetchone()
    assert row is not None
    assert row[0] is None
    assert row[1] == user("alice")


def test_the_time_of_the_report_is_awss(aws: Db, emulator: Emulator) -> None:
    made = now() - timedelta(hours=1)
    emulator.account(ACCOUNT).generated_time = made
    row = aws.execute("select distinct generated_time from aws_iam_credential_report").fetchall()
    assert row == [(made,)]


def test_status_of_a_fresh_report(aws: Db, emulator: Emulator) -> None:
    found = status(aws)
    assert (found["account_id"], found["state"], found["users"], found["origin"]) == (ACCOUNT, "fresh", 2, "aws")
    assert found["generated_time"] == emulator.account(ACCOUNT).generated_time
    assert found["error_code"] is found["error_message"] is None
    assert abs(found["checked_at"] - now()) < timedelta(seconds=30)
    assert 0 <= found["duration_ms"] < 30_000


def test_count_needs_no_columns(aws: Db) -> None:
    assert aws.execute("select count(*) from aws_iam_credential_report").fetchone() == (3,)


def test_planning_and_explain_ask_nobody(aws: Db, emulator: Emulator) -> None:
    query = "select * from aws_iam_credential_report join iam_credential using (account_id)"
    assert "Credential reports: AWS" in explained(aws, query)
    aws.execute(f"prepare p as {query}".encode())
    aws.execute("import foreign schema aws limit to (aws_iam_credential_report) from server aws into pg_temp")
    assert emulator.requests == []


def test_explain_tells_the_accounts_and_no_option(aws: Db, emulator: Emulator) -> None:
    plan = explained(aws, f"(verbose) select * from {FOREIGN} where account_id = '{ACCOUNT}'")
    assert f"Accounts: {ACCOUNT}" in plan
    assert emulator.url not in plan
    assert "AKIA" not in plan
    assert "Accounts: all" in explained(aws, f"select * from {FOREIGN}")


@pytest.fixture
def role(aws: Db, emulator: Emulator) -> Db:
    account = emulator.account("444455556666", report=csv(root("444455556666")), generated_time=now())
    account.roles["auditor"] = None
    aws.execute(f"alter server aws options (add role_arn '{ROLE}')".encode())
    return aws


def test_a_role_is_assumed_in_its_account(role: Db, emulator: Emulator) -> None:
    row = role.execute("select account_id from aws_iam_credential_report").fetchall()
    assert row == [("444455556666",)]
    assume, get = emulator.requests
    assert (assume.action, assume.account_id, get.account_id) == ("AssumeRole", ACCOUNT, "444455556666")
    assert assume.parameters["RoleArn"] == ROLE
    assert assume.parameters["RoleSessionName"] == "iam_fdw"
    assert "ExternalId" not in assume.parameters


def test_the_external_id_and_the_sessions_name_are_sent(role: Db, emulator: Emulator) -> None:
    emulator.account("444455556666").roles["auditor"] = "corp:4711"
    with pytest.raises(psycopg.Error, match="AWS denied AssumeRole"):
        names(role)
    role.execute("alter server aws options (add external_id 'corp:4711', add role_session_name 'nightly')")
    assert names(role) == ["<root_account>"]
    parameters = [request.parameters for request in emulator.requests if request.action == "AssumeRole"][-1]
    assert (parameters["ExternalId"], parameters["RoleSessionName"]) == ("corp:4711", "nightly")


@pytest.mark.parametrize(
    ("condition", "is_asked"),
    [
        ("account_id = '444455556666'", True),
        ("account_id in ('444455556666', '999999999999')", True),
        ("account_id = '999999999999'", False),
        ("account_id in ('999999999999', '888888888888')", False),
        ("account_id = '444455556666' and account_id = '999999999999'", False),
        ("account_id = (select '999999999999')", False),
        ("account_id = any ('{}')", False),
        ("account_id <> '444455556666'", True),
        ("account_id = '999999999999' or user_name = 'alice'", True),
    ],
)
@pytest.mark.parametrize("table", [FOREIGN, FOREIGN.replace("report", "report_status")])
def test_conditions_choose_accounts_before_aws_is_asked(
    role: Db, emulator: Emulator, table: str, condition: str, is_asked: bool
) -> None:
    if "user_name" in condition and "status" in table:
        return
    role.execute(f"select * from {table} where {condition}".encode())
    assert bool(emulator.requests) == is_asked


@pytest.mark.skipif(ENGINE == "multicorn", reason="no condition reaches it")
@pytest.mark.parametrize("view", ["iam_check_user_mfa", "iam_check_unused_access_keys", "iam_credential"])
def test_conditions_on_a_view_choose_accounts(role: Db, emulator: Emulator, view: str) -> None:
    assert role.execute(f"select * from {view} where account_id = '999999999999'".encode()).fetchall() == []
    assert emulator.requests == []


def test_a_prepared_parameter_chooses_accounts(role: Db, emulator: Emulator) -> None:
    role.execute("set plan_cache_mode = force_generic_plan")
    role.execute(f"prepare p(text) as select user_name from {FOREIGN} where account_id = $1".encode())
    assert role.execute("execute p('999999999999')").fetchall() == []
    assert emulator.requests == []
    assert role.execute("execute p('444455556666')").fetchall() == [("<root_account>",)]


def test_a_report_of_another_account_than_asked_is_refused(role: Db, emulator: Emulator) -> None:
    emulator.account("444455556666").report = csv(root(ACCOUNT))
    with pytest.raises(psycopg.Error, match="could not read the credential report of account 444455556666"):
        names(role)


def test_generate_makes_a_report_where_there_is_none(aws: Db, emulator: Emulator) -> None:
    account = emulator.account(ACCOUNT)
    account.report, account.next_report = None, lambda: csv(root(), user("carol"))
    assert names(aws) == ["<root_account>", "carol"]
    assert emulator.count("GenerateCredentialReport") >= 2


def test_generate_makes_a_new_report_where_it_is_too_old(aws: Db, emulator: Emulator) -> None:
    account = emulator.account(ACCOUNT)
    account.generated_time = now() - timedelta(hours=4, seconds=5)
    account.next_report = lambda: csv(root(), user("carol"))
    assert names(aws) == ["<root_account>", "carol"]
    assert status(aws)["state"] == "fresh"


def test_a_report_within_max_age_is_taken(aws: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT).generated_time = now() - timedelta(hours=30)
    aws.execute("alter server aws options (add max_age '2 days')")
    assert names(aws) == ["<root_account>", "alice", "bob"]
    assert emulator.count("GenerateCredentialReport") == 0


def test_never_takes_an_old_report_and_calls_it_stale(aws: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT).generated_time = now() - timedelta(days=400)
    aws.execute("alter server aws options (add generate 'never')")
    assert names(aws) == ["<root_account>", "alice", "bob"]
    assert status(aws)["state"] == "stale"
    assert emulator.count("GenerateCredentialReport") == 0


def test_never_without_a_report_is_an_error_with_the_way_out(aws: Db, emulator: Emulator) -> None:
    emulator.account(ACCOUNT).report = None
    aws.execute("alter server aws options (add generate 'never')")
    with pytest.raises(psycopg.Error) as caught:
        names(aws)
    diagnostic = caught.value.diag
    message = f"could not read the credential report of account {ACCOUNT}: there is no credential report"
    assert diagnostic.message_primary == message
    assert "generate-credential-report" in str(diagnostic.message_hint)
    found = status(aws)
    assert (found["account_id"], found["state"], found["error_code"]) == (ACCOUNT, "missing", "ReportNotPresent")


def test_aws_keeps_to_one_report_in_four_hours(aws: Db, emulator: Emulator) -> None:
    # AWS answers COMPLETE and gives what there is: it is taken, and called by its age
    emulator.account(ACCOUNT).generated_time = now() - timedelta(hours=1)
    aws.execute("alter server aws options (add max_age '10 minutes')")
    assert names(aws) == ["<root_account>", "alice", "bob"]
    assert status(aws)["state"] == "stale"


def test_denied_is_a_row_of_the_status_and_an_error_of_the_report(aws: Db, emulator: Emulator) -> None:
    emulator.always["GetCredentialReport"] = error("AccessDenied", "not authorized to perform: iam:GetCredentialReport")
    with pytest.raises(psycopg.Error) as caught:
        names(aws)
    diagnostic = caught.value.diag
    message = f"could not read the credential report of account {ACCOUNT}: AWS denied GetCredentialReport"
    assert diagnostic.message_primary == message
    assert diagnostic.message_hint == "Allow iam:GetCredentialReport to this user or role."
    assert caught.value.sqlstate == ("42501" if ENGINE == "minicorn" else "XX000")
    found = status(aws)
    assert (found["account_id"], found["state"], found["error_code"]) == (ACCOUNT, "denied", "AccessDenied")
    assert "AWS denied GetCredentialReport" in found["error_message"]


def test_the_user_mapping_of_a_role_is_used(aws: Db, emulator: Emulator, connect: Connect) -> None:
    emulator.account("777788889999", report=csv(root("777788889999")), generated_time=now())
    aws.execute("create role regress_other login")
    try:
        aws.execute("grant select on aws_iam_credential_report to regress_other")
        aws.execute(
            "create user mapping for regress_other server aws options"
            " (aws_access_key_id 'AKIA777788889999', aws_secret_access_key 'of/the+emulator/that/checks/none')"
        )
        other = connect(user="regress_other")
        query = "select account_id from aws_iam_credential_report"
        assert other.execute(query.encode()).fetchall() == [("777788889999",)]
        assert {account_id for (account_id,) in aws.execute(query.encode()).fetchall()} == {ACCOUNT}
    finally:
        aws.execute("drop owned by regress_other")
        aws.execute("drop role regress_other")


def test_changed_options_hold_at_once(aws: Db, emulator: Emulator) -> None:
    assert len(names(aws)) == 3
    aws.execute("alter server aws options (add generate 'never', add cache 'off')")
    emulator.account(ACCOUNT).report = None
    with pytest.raises(psycopg.Error, match="there is no credential report"):
        names(aws)


def test_a_self_join_and_a_cursor_read_whole_reports(aws: Db) -> None:
    query = (
        "select count(*) from aws_iam_credential_report a join aws_iam_credential_report b using (account_id)"
        " where a.user_name < b.user_name"
    )
    assert aws.execute(query.encode()).fetchone() == (3,)
    with aws.transaction():
        aws.execute("declare c cursor for select user_name from aws_iam_credential_report")
        assert [aws.execute("fetch 1 from c").fetchone() for _ in range(4)][2:] == [("bob",), None]


def test_rescans_read_whole_reports(aws: Db) -> None:
    aws.execute("set enable_material = off; set enable_hashjoin = off; set enable_mergejoin = off")
    query = "select n, count(*) from generate_series(1, 3) n, aws_iam_credential_report group by n order by n"
    assert aws.execute(query.encode()).fetchall() == [(1, 3), (2, 3), (3, 3)]


def test_a_hand_made_table_has_the_columns_that_it_names(aws: Db) -> None:
    aws.execute("create foreign table mine (is_root boolean, user_name text, generated_time text) server aws")
    rows = aws.execute("select user_name, is_root, generated_time ~ '^20' from mine").fetchall()
    assert rows == [("<root_account>", True, True), ("alice", False, True), ("bob", False, True)]
    assert aws.execute("select count(*) from mine where not is_root").fetchone() == (2,)


def test_a_column_that_the_report_has_not_is_refused(aws: Db, emulator: Emulator) -> None:
    aws.execute('create foreign table mine ("user" text) server aws')
    with pytest.raises(psycopg.Error, match='aws_iam_credential_report has no column "user"') as caught:
        aws.execute("select * from mine")
    assert "user_name" in str(caught.value.diag.message_hint)
    assert emulator.requests == []


@pytest.mark.parametrize("declared", ["timestamp", "date", "integer", "text[]"])
def test_a_column_of_another_type_is_refused(aws: Db, declared: str) -> None:
    aws.execute(f"create foreign table mine (user_creation_time {declared}) server aws".encode())
    with pytest.raises(psycopg.Error, match='column "user_creation_time" cannot be') as caught:
        aws.execute("select * from mine")
    assert caught.value.diag.message_hint == "Declare it as timestamptz."


def test_the_other_schema_does_not_exist(aws: Db) -> None:
    with pytest.raises(psycopg.Error, match='schema "azure" does not exist'):
        aws.execute("import foreign schema azure from server aws into public")


@pytest.mark.parametrize("statement", ["insert into {} (user_name) values ('x')", "delete from {}", "truncate {}"])
def test_nothing_can_be_written(aws: Db, statement: str) -> None:
    told = r"cannot (insert into|delete from|truncate) foreign table|does not support the writable API|is not a table"
    with pytest.raises(psycopg.Error, match=told):
        aws.execute(statement.format(FOREIGN).encode())


@pytest.mark.timing
@pytest.mark.parametrize("how", ["cancel", "statement_timeout", "terminate"])
def test_a_scan_that_waits_for_aws_can_be_stopped(aws: Db, emulator: Emulator, connect: Connect, how: str) -> None:
    emulator.always["GetCredentialReport"] = hang()
    backend = aws.info.backend_pid
    stopped: list[float] = []

    def stop() -> None:
        while not emulator.requests:
            time.sleep(0.01)
        stopped.append(time.monotonic())
        function = "pg_cancel_backend" if how == "cancel" else "pg_terminate_backend"
        other.execute(f"select {function}({backend})".encode())

    if how == "statement_timeout":
        names_before = time.monotonic()
        aws.execute("set statement_timeout = '1s'")
        stopped.append(names_before + 1)
    else:
        other = connect()
        threading.Thread(target=stop).start()
    with pytest.raises(psycopg.Error) as caught:
        names(aws)
    assert time.monotonic() - stopped[0] < 0.3 * SLOWNESS + 0.2
    if ENGINE == "minicorn":
        assert caught.value.sqlstate == ("57P01" if how == "terminate" else "57014")
    else:
        assert "canceling statement" in str(caught.value) or isinstance(caught.value, psycopg.OperationalError)
    if how != "terminate":  # the session goes on
        aws.execute("reset statement_timeout")
        emulator.always.clear()
        assert len(names(aws)) == 3


@pytest.mark.timing
def test_a_scan_ends_within_the_timeout(aws: Db, emulator: Emulator) -> None:
    emulator.always["GetCredentialReport"] = hang()
    aws.execute("alter server aws options (set timeout '1 second')")
    started = time.monotonic()
    with pytest.raises(psycopg.Error, match="AWS did not answer in 1 s"):
        names(aws)
    assert time.monotonic() - started < 1 + 1 * SLOWNESS


@pytest.mark.usefixtures("installation")
def test_one_of_several_saved_reports_that_cannot_be_read_is_an_error(admin: Db, tmp_path: Path) -> None:
    point(admin, source=str(tmp_path))
    save(tmp_path, csv(root(), user("alice")), now())
    (tmp_path / "bad.csv").write_bytes(b"user,arn\n")
    (tmp_path / "worse.csv.gz").write_bytes(b"user,arn\n")
    with pytest.raises(psycopg.Error) as caught:
        names(admin)
    diagnostic = caught.value.diag
    assert diagnostic.message_primary == "could not read 2 credential reports"
    assert "file bad.csv: credential report has no rows" in str(diagnostic.message_detail)
    assert "file worse.csv.gz: the saved report is damaged or cut off" in str(diagnostic.message_detail)
    rows = admin.execute("select account_id, state, error_message is null from aws_iam_credential_report_status")
    assert sorted(map(str, rows.fetchall())) == sorted(
        map(str, [(None, "error", False), (None, "error", False), (ACCOUNT, "fresh", True)])
    )


@pytest.mark.usefixtures("installation")
def test_of_several_saved_reports_of_an_account_the_newest_counts(admin: Db, tmp_path: Path) -> None:
    point(admin, source=str(tmp_path))
    for hours, name in ((3, "old"), (1, "new"), (2, "middle")):
        save(tmp_path, csv(root(), user(name)), now() - timedelta(hours=hours))
    save(tmp_path, csv(root("444455556666"), user("other", "444455556666")), now() - timedelta(hours=9))
    assert names(admin, "not is_root") == ["new", "other"]
    assert names(admin, "account_id = '444455556666'") == ["<root_account>", "other"]


@pytest.mark.usefixtures("installation")
def test_which_of_several_without_a_time_is_the_newest_is_not_guessed(admin: Db, tmp_path: Path) -> None:
    point(admin, source=str(tmp_path))
    save(tmp_path, csv(root()), now())
    (tmp_path / "copy.csv").write_bytes(csv(root()))
    with pytest.raises(psycopg.Error, match="which saved report is the newest is not known") as caught:
        names(admin)
    assert "copy.csv" in str(caught.value.diag.message_detail)


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_scan_that_the_engine_forgets_ends_with_the_transaction(tmp_path: Path, end: str) -> None:
    (tmp_path / "report.csv").write_bytes(csv(root(), user("alice")))
    columns = {"user_name": ColumnDefinition("user_name", 25, -1, "text", "text", {})}
    table = IamForeignDataWrapper({"source": str(tmp_path / "report.csv")}, columns)
    forgotten, whole = table.execute([], {"user_name"}), table.execute([], {"user_name"})
    assert list(next(forgotten)) == ["<root_account>"]
    assert len(list(whole)) == 2
    getattr(table, end)()
    assert list(forgotten) == []
    assert [list(row) for row in table.execute([], {"user_name"})] == [["<root_account>"], ["alice"]]
