"""Many accounts: which are read, with whose credentials, what is told of those that fail, and how fast all stay."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from support.emulator import Emulator, body, content, error, hang, json_error, slow
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, SLOWNESS, Connect, Server, new_database, point, prepare

from iam_fdw.saved import formats
from iam_fdw.saved.folder import Folder
from iam_fdw.saved.names import snapshot_name

Db = psycopg.Connection[Any]
Asking = Callable[..., Db]
GET, LIST = "GetCredentialReport", "ListAccounts"
FOREIGN = "aws_iam_credential_report" + ("_foreign" if ENGINE == "multicorn" else "")
NUMBER = 45  # three pages


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[str]:
    """A database for all tests here."""
    with new_database(server, "organization") as name:
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
        given = {"accounts": "organization", "role_name": "audit", "timeout": "5 seconds", **options}
        point(admin, endpoint_url=emulator.url, **given)
        return admin

    return asking


def now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def read(db: Db, condition: str = "true", table: str = "aws_iam_credential_report") -> set[str]:
    rows = db.execute(f"select distinct account_id from {table} where {condition}".encode()).fetchall()
    return {account_id for (account_id,) in rows}


def states(db: Db) -> dict[str, tuple[Any, ...]]:
    query = "select account_id, state, error_code, origin, account_name from aws_iam_credential_report_status"
    rows = db.execute(query.encode()).fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1:] for row in rows}


def told(db: Db) -> list[tuple[Any, ...]]:
    """Have what the server tells the connection collected."""
    notices: list[tuple[Any, ...]] = []
    db.add_notice_handler(
        lambda found: notices.append(
            (found.severity, found.message_primary, found.message_detail or "", found.message_hint)
        )
    )
    return notices


def test_every_account_of_the_organization_is_read_with_its_name(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    db = asking()
    query = "select account_id, account_name, count(*) from aws_iam_credential_report group by 1, 2"
    rows = db.execute(query.encode()).fetchall()
    assert sorted(rows) == sorted((account_id, f"account {place}", 2) for place, account_id in enumerate(ids))
    counted = Counter(request.action for request in emulator.requests)
    assert counted == {LIST: 3, "AssumeRole": NUMBER, GET: NUMBER}
    assert {found[3] for found in states(db).values()} == {f"account {place}" for place in range(NUMBER)}


def test_each_report_is_fetched_with_the_credentials_of_its_own_account(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    asking().execute("select from aws_iam_credential_report")
    fetched = [request.access_key_id for request in emulator.requests if request.action == GET]
    assert sorted(fetched) == sorted(f"ASIA{account_id}" for account_id in ids)
    assumed = {request.access_key_id for request in emulator.requests if request.action in ("AssumeRole", LIST)}
    assert assumed == {f"AKIA{ACCOUNT}"}


def test_a_second_read_asks_nobody(asking: Asking, emulator: Emulator, ids: list[str], connect: Connect) -> None:
    assert read(asking()) == set(ids)
    asked = len(emulator.requests)
    other = connect()
    assert read(other) == set(ids)
    assert {found[2] for found in states(other).values()} == {"cache"}
    assert len(emulator.requests) == asked


@pytest.mark.parametrize("status", ["SUSPENDED", "CLOSED", "PENDING_ACTIVATION"])
def test_closed_and_suspended_accounts_are_left_out(
    asking: Asking, emulator: Emulator, ids: list[str], status: str
) -> None:
    emulator.account(ids[7], status=status)
    assert read(asking()) == set(ids) - {ids[7]}


def test_an_account_that_is_being_closed_is_read(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.account(ids[7], status="PENDING_CLOSURE")
    assert read(asking()) == set(ids)


def test_excluded_accounts_are_not_asked(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    assert read(asking(exclude_accounts=f"{ids[1]}, {ids[2]}")) == set(ids) - {ids[1], ids[2]}
    assert len({request.account_id for request in emulator.requests if request.action == GET}) == NUMBER - 2


def test_a_list_of_accounts_needs_no_organization(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    db = asking(accounts=f"{ids[1]}, {ids[2]},{ids[1]}")
    assert read(db) == {ids[1], ids[2]}
    assert emulator.count(LIST) == 0
    assert emulator.count(GET) == 2


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("account_id = '{1}'", [1]),
        ("account_id in ('{1}', '{2}', '999999999999')", [1, 2]),
        ("account_id = any (array(select '{3}'))", [3]),
        ("account_id = (select '{3}') and account_id in ('{1}', '{3}')", [3]),
        ("account_id = '999999999999'", []),
    ],
)
@pytest.mark.parametrize("table", [FOREIGN, FOREIGN.replace("report", "report_status")])
@pytest.mark.parametrize("accounts", ["organization", "ids"])
def test_conditions_choose_accounts_before_they_are_asked(
    asking: Asking, emulator: Emulator, ids: list[str], table: str, accounts: str, condition: str, wanted: list[int]
) -> None:
    db = asking(accounts=accounts if accounts == "organization" else ",".join(ids))
    assert read(db, condition.format(*ids), table) == {ids[place] for place in wanted}
    assert emulator.count(GET) == len(wanted)


def test_parameters_and_rows_of_an_outer_query_choose_accounts(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    db = asking()
    db.execute("set plan_cache_mode = force_generic_plan")
    db.execute(f"prepare p(text) as select distinct account_id from {FOREIGN} where account_id = $1".encode())
    assert db.execute(f"execute p('{ids[4]}')".encode()).fetchall() == [(ids[4],)]
    query = (
        f"select wanted.id, (select count(*) from {FOREIGN} where account_id = wanted.id)"
        f" from (values ('{ids[5]}'), ('{ids[6]}'), ('{ids[4]}')) as wanted (id)"
    )
    assert db.execute(query.encode()).fetchall() == [(ids[5], 2), (ids[6], 2), (ids[4], 2)]
    assert emulator.count(GET) == 3
    if ENGINE == "multicorn":  # no condition reaches the class through a view
        return
    query = f"select distinct account_id from iam_check_user_mfa where account_id in ('{ids[4]}', '{ids[7]}')"
    assert db.execute(query.encode()).fetchall() == [(ids[4],), (ids[7],)]
    assert emulator.count(GET) == 4


def test_the_management_account_needs_no_role(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.account(ACCOUNT).roles.clear()
    assert read(asking()) == set(ids)
    own = [request for request in emulator.requests if request.action == GET and request.account_id == ACCOUNT]
    assert [request.access_key_id for request in own] == [f"AKIA{ACCOUNT}"]


def test_role_arn_is_assumed_first_and_once(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    management = emulator.account("999988887777", name="management", roles={"reader": "corp:1", "audit": "corp:1"})
    management.report, management.generated_time = csv(root("999988887777")), now()
    for account_id in ids:
        emulator.account(account_id).roles["audit"] = "corp:1"
    db = asking(role_arn="arn:aws:iam::999988887777:role/reader", external_id="corp:1")
    assert read(db) == {*ids, "999988887777"}
    roles = Counter(
        (request.access_key_id, request.parameters["RoleArn"])
        for request in emulator.requests
        if request.action == "AssumeRole"
    )
    first = (f"AKIA{ACCOUNT}", "arn:aws:iam::999988887777:role/reader")
    assert roles.pop(first) == 1
    assert set(roles) == {
        ("ASIA999988887777", f"arn:aws:iam::{account_id}:role/audit") for account_id in [*ids, "999988887777"]
    }


def test_the_roles_are_of_the_partition(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    for account_id in ids[:2]:
        emulator.account(account_id, report=csv(root(account_id)).replace(b"arn:aws:", b"arn:aws-us-gov:"))
    db = asking(accounts=",".join(ids[:2]), region="us-gov-west-1")
    assert read(db) == set(ids[:2])
    arns = [request.parameters["RoleArn"] for request in emulator.requests if request.action == "AssumeRole"]
    assert sorted(arns) == sorted(f"arn:aws-us-gov:iam::{account_id}:role/audit" for account_id in ids[:2])


def test_one_error_names_every_account_that_failed(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.account(ids[3]).roles.clear()
    emulator.account(ids[5]).always[GET] = error("AccessDenied", "no")
    emulator.account(ids[9]).report = csv(root(ids[10]))
    with pytest.raises(psycopg.Error) as caught:
        read(asking())
    diagnostic = caught.value.diag
    assert diagnostic.message_primary == "could not read 3 credential reports"
    lines = sorted(str(diagnostic.message_detail).splitlines())
    assert [line.split(":")[0] for line in lines] == sorted(f"account {ids[place]}" for place in (3, 5, 9))
    assert f"Role: arn:aws:iam::{ids[3]}:role/audit." in str(diagnostic.message_detail)
    hint = str(diagnostic.message_hint)
    assert "Allow sts:AssumeRole" in hint
    assert "Allow iam:GetCredentialReport" in hint


def test_so_many_failures_that_only_their_names_are_told(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.always[GET] = error("AccessDenied", "no")
    with pytest.raises(psycopg.Error) as caught:
        read(asking())
    detail = str(caught.value.diag.message_detail)
    assert len(detail.splitlines()) == 21
    assert all(f"account {account_id}" in detail for account_id in ids)


def test_the_status_has_every_account_whatever_happened(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.account(ids[3]).roles.clear()
    emulator.account(ids[5], report=None).always["GenerateCredentialReport"] = error("AccessDenied")
    emulator.account(ids[9]).report = b"<html>"
    emulator.account(ids[11], generated_time=now() - timedelta(days=2)).always["GenerateCredentialReport"] = slow(0)
    emulator.account(ids[12], report=None, next_report=lambda: csv(root(ids[12])))
    found = states(asking())
    assert set(found) == set(ids)
    assert found[ids[3]][:2] == ("denied", "AccessDenied")
    assert found[ids[5]][:2] == ("denied", "AccessDenied")
    assert found[ids[9]][:2] == ("error", "22P04")
    others = {account_id: state for account_id, state in found.items() if account_id not in (ids[3], ids[5], ids[9])}
    assert {state[:3] for state in others.values()} == {("fresh", None, "aws")}


def test_skip_gives_the_others_rows_and_warns(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.account(ids[3]).roles.clear()
    emulator.account(ids[5]).always[GET] = error("AccessDenied", "no")
    db = asking(on_account_error="skip")
    notices = told(db)
    assert read(db) == set(ids) - {ids[3], ids[5]}
    if ENGINE == "multicorn":  # its warnings corrupt its memory: there the status alone tells
        assert notices == []
    else:
        ((severity, message, detail, hint),) = notices
        assert (severity, message) == ("WARNING", "could not read 2 credential reports")
        assert ids[3] in detail
        assert ids[5] in detail
        assert "Allow sts:AssumeRole" in hint
    assert len(states(db)) == NUMBER


def test_skip_may_stand_on_a_table(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.account(ids[3]).roles.clear()
    db = asking()
    db.execute(
        "create foreign table mine (account_id text) server aws"
        " options (table 'aws_iam_credential_report', on_account_error 'skip')"
    )
    assert read(db, table="mine") == set(ids) - {ids[3]}
    db.execute("drop foreign table mine")
    with pytest.raises(psycopg.Error, match=f"could not read the credential report of account {ids[3]}"):
        read(db)


@pytest.mark.parametrize("on_account_error", ["error", "skip"])
def test_the_checks_have_a_row_for_each_account_that_failed(
    asking: Asking, emulator: Emulator, ids: list[str], on_account_error: str
) -> None:
    emulator.account(ids[3]).roles.clear()
    emulator.account(ids[5]).always[GET] = error("AccessDenied", "no")
    db = asking(on_account_error=on_account_error)
    notices = told(db)
    query = (
        "select account_id, account_name, user_name, error_message from iam_check_root_mfa"
        " where error_message is not null or user_name is null order by 1"
    )
    rows = db.execute(query.encode()).fetchall()
    assert [row[:3] for row in rows] == [(ids[place], f"account {place}", None) for place in (3, 5)]
    assert "AWS denied AssumeRole" in rows[0][3]
    assert "AWS denied GetCredentialReport" in rows[1][3]
    assert read(db, table="iam_check_root_mfa") == set(ids)
    assert notices == []


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (json_error("AccessDeniedException", "not authorized"), "AWS denied ListAccounts"),
        (body(b"{}", "application/x-amz-json-1.1"), "AWS gave an answer that is not understood"),
        (body(b'{"Accounts": [{"Id": "../x", "Name": "x"}]}', "application/x-amz-json-1.1"), "is not understood"),
        (body(b'{"Accounts": []}', "application/x-amz-json-1.1"), "AWS lists no account of the organization"),
    ],
    ids=["denied", "empty", "path", "none"],
)
@pytest.mark.parametrize("on_account_error", ["error", "skip"])
def test_accounts_that_cannot_be_listed_are_an_error_everywhere(
    asking: Asking, emulator: Emulator, ids: list[str], reply: Any, message: str, on_account_error: str
) -> None:
    emulator.always[LIST] = reply
    db = asking(on_account_error=on_account_error)
    for table in ("aws_iam_credential_report", "aws_iam_credential_report_status", "iam_check_user_mfa"):
        with pytest.raises(psycopg.Error, match=message):
            read(db, table=table)


@pytest.mark.timing
def test_a_list_that_breaks_off_is_an_error_though_rows_have_come(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    db = asking(timeout="1 second")
    db.execute("select from aws_iam_credential_report limit 1")  # which may end before the list does
    emulator.script[LIST] = [slow(0), slow(0), *[json_error("TooManyRequestsException")] * 1000]
    db.execute("alter server aws options (add role_session_name 'anew')")
    with pytest.raises(psycopg.Error, match="AWS did not answer in 1 s"):
        read(db)


@pytest.mark.timing
def test_an_account_that_hangs_hides_no_other(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.account(ids[3]).always[GET] = hang()
    emulator.account(ids[4]).always["AssumeRole"] = hang()
    db = asking(on_account_error="skip", timeout="1 second", concurrency="4")
    started = time.monotonic()
    assert read(db) == set(ids) - {ids[3], ids[4]}
    assert time.monotonic() - started < 4 * SLOWNESS


@pytest.mark.timing
def test_where_nothing_answers_the_scan_ends_at_the_timeout(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    for account_id in ids:
        emulator.account(account_id).always["AssumeRole"] = hang()
    db = asking(timeout="1 second", concurrency="4")
    started = time.monotonic()
    with pytest.raises(psycopg.Error, match=f"could not read {NUMBER} credential reports"):
        read(db)
    assert time.monotonic() - started < 3 * SLOWNESS
    assert len(states(db)) == NUMBER


@pytest.mark.timing
def test_so_many_denials_are_no_silence(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.always["AssumeRole"] = error("AccessDenied")
    emulator.latency = 0.05
    found = states(asking(timeout="1 second", concurrency="2"))  # which takes longer in all
    assert {state[:2] for account_id, state in found.items() if account_id != ACCOUNT} == {("denied", "AccessDenied")}


def test_no_more_at_once_than_the_option_says(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.latency = 0.02
    assert read(asking(accounts=",".join(ids), concurrency="7")) == set(ids)
    assert emulator.most_at_once == 7


def test_no_more_at_once_than_the_server_may_open_files_for(
    asking: Asking, emulator: Emulator, connect: Connect
) -> None:
    ids = emulator.organization(150, ACCOUNT)
    emulator.latency = 0.2  # so long that all would be asked at once
    asking(concurrency="999", timeout="20 seconds")
    session = connect()
    pid = session.info.backend_pid
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (300, resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]))
    assert read(session) == set(ids)
    assert 10 < emulator.most_at_once < 40


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_no_database_can_hold_is_escaped(
    asking: Asking, emulator: Emulator, ids: list[str], name: str
) -> None:
    emulator.account(ids[3], name=name)
    db = asking()
    assert read(db) == set(ids)
    escaped = name.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
    for table in ("aws_iam_credential_report", "aws_iam_credential_report_status", "iam_check_root_mfa"):
        rows = db.execute(f"select distinct account_name from {table} where account_id = '{ids[3]}'".encode())
        assert rows.fetchall() == [(escaped,)]
    assert states(db)[ids[4]][3] == "account 4"


def test_what_the_encoding_lacks_is_an_error_of_its_account_alone(
    server: Server, emulator: Emulator, ids: list[str]
) -> None:
    emulator.account(ids[3], name="\u65e5 \xe9")
    emulator.account(ids[4], report=csv(root(ids[4]), user("a", ids[4], access_key_1_last_used_service="\u65e5")))
    emulator.account(ids[5], report=csv(root(ids[5]), user("a", ids[5], access_key_1_last_used_service="\xe9")))
    emulator.account(ids[6]).always[GET] = error("AccessDenied", "\u65e5")
    where: dict[str, Any] = {"host": server.host, "port": server.port, "user": "postgres", "autocommit": True}
    with new_database(server, "latin", "LATIN1") as name:
        prepare(server, name, ACCOUNT)
        with psycopg.connect(dbname=name, **where) as db:
            options = {"accounts": "organization", "role_name": "audit", "on_account_error": "skip"}
            point(db, endpoint_url=emulator.url, **options)
            found = states(db)
            assert set(found) == set(ids)
            assert found[ids[3]] == ("fresh", None, "aws", "\\u65e5 \xe9")
            assert found[ids[4]][:2] == ("error", "22P05")
            assert found[ids[6]][:2] == ("denied", "AccessDenied")
            assert read(db) == set(ids) - {ids[4], ids[6]}
            query = "select access_key_1_last_used_service from aws_iam_credential_report where account_id = %s"
            assert ("\xe9",) in db.execute(query, [ids[5]])
            assert db.execute("select count(raw) from aws_iam_credential_report").fetchone() == (2 * NUMBER - 4,)
            query = "select error_message from aws_iam_credential_report_or_error where account_id = %s"
            ((message,),) = db.execute(query, [ids[4]]).fetchall()
            assert "It holds U+65E5, which the database's encoding lacks" in message


def test_saved_reports_that_cannot_be_found_are_an_error_of_their_account_alone(
    asking: Asking, ids: list[str], tmp_path: Path
) -> None:
    for account_id in ids[:3]:
        content = formats.compress(csv(root(account_id)))
        assert Folder(str(tmp_path)).write(snapshot_name(account_id, now()), content)
    (tmp_path / f"account_id={ids[2]}" / "empty").mkdir()
    (tmp_path / f"account_id={ids[4]}").mkdir()  # none is saved
    (tmp_path / f"account_id={ids[1]}").chmod(0)
    try:
        db = asking(accounts=",".join(ids[:5]), snapshots=str(tmp_path))
        query = "select account_id, state, error_code, error_message, snapshot_time from"
        rows = {row[0]: row[1:] for row in db.execute(f"{query} aws_iam_credential_report_status".encode()).fetchall()}
        assert set(rows) == set(ids[:5])
        message = f"the saved reports of account {ids[1]}: could not open account_id={ids[1]}: Permission denied"
        assert rows[ids[1]] == ("fresh", "42501", message, None)
        assert {row[:3] for account_id, row in rows.items() if account_id != ids[1]} == {("fresh", None, None)}
        assert [rows[account_id][3] is not None for account_id in ids[:5]] == [True, False, True, False, False]
        assert read(db, table="iam_check_report_freshness") == set(ids[:5])
    finally:
        (tmp_path / f"account_id={ids[1]}").chmod(0o755)


@pytest.mark.parametrize("accounts", ["organization", "ids"])
@pytest.mark.parametrize("table", [FOREIGN, FOREIGN.replace("report", "report_status"), "iam_check_root_mfa"])
def test_an_account_that_there_is_not_is_told(
    asking: Asking, emulator: Emulator, ids: list[str], table: str, accounts: str
) -> None:
    db = asking(accounts=accounts if accounts == "organization" else ",".join(ids))
    notices = told(db)
    assert read(db, f"account_id in ('{ids[1]}', '999999999999', '888888888888')", table) == {ids[1]}
    if ENGINE == "multicorn":  # its notices corrupt its memory
        assert notices == []
        return
    ((severity, message, _, hint),) = notices
    assert severity == "NOTICE"
    assert message == 'accounts "888888888888", "999999999999" are not among those that are read'
    assert "aws_iam_credential_report_status" in hint
    assert "option accounts" in hint
    notices.clear()
    assert read(db, f"account_id = '{ids[1]}'", table) == {ids[1]}
    assert notices == []


@pytest.mark.skipif(ENGINE == "multicorn", reason="its notices corrupt its memory")
def test_what_is_no_account_id_is_told_as_such(asking: Asking, ids: list[str]) -> None:
    db = asking()
    notices = told(db)
    assert read(db, "account_id in ('1234', 'account 3')") == set()
    assert notices[0][1] == 'accounts "1234", "account 3" are not among those that are read'
    assert "An account id has 12 digits." in notices[0][3]
    notices.clear()
    assert read(db, "account_id = E'\\x1b[31m'") == set()
    assert notices[0][1] == 'account "\\x1b[31m" is not among those that are read'


@pytest.mark.skipif(ENGINE == "multicorn", reason="its notices corrupt its memory")
def test_accounts_that_there_are_not_are_told_once_and_not_all(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    db = asking(exclude_accounts=ids[1])
    notices = told(db)
    assert read(db, f"account_id = '{ids[1]}'") == set()
    assert len(notices) == 1
    absent = ",".join(f"'{place:012}'" for place in range(1000))
    assert read(db, f"account_id in ({absent})") == set()
    assert notices[1][1].endswith('"000000000004", 995 more are not among those that are read')
    notices.clear()
    # one scan for each
    query = (
        "select w.id, (select count(*) from aws_iam_credential_report where account_id = w.id)"
        " from (select to_char(place, 'FM000000000000') as id from generate_series(1, 100) as place) as w"
    )
    assert len(db.execute(query.encode()).fetchall()) == 100
    assert 0 < len(notices) <= 5
    notices.clear()
    db.execute(f"select 1 from aws_iam_credential_report where account_id in ('{ids[2]}', '1') limit 1".encode())
    assert notices == []  # not all was looked at


def test_throttling_slows_all_down_until_it_passes(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.rate = 25
    db = asking(accounts=",".join(ids), concurrency="32", timeout="20 seconds")
    assert read(db) == set(ids)
    throttled = len(emulator.requests) - 2 * NUMBER
    assert 0 < throttled < 3 * NUMBER  # 32 that each come again on their own are throttled more often


def test_credentials_that_expire_during_the_scan_are_renewed(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    emulator.script[GET] = [error("ExpiredToken", "The security token included in the request is expired")]
    assert read(asking()) == set(ids)
    assert emulator.count("AssumeRole") == NUMBER + 1


@pytest.mark.timing
def test_a_cursor_that_waits_longer_than_the_timeout_loses_nothing(
    asking: Asking, emulator: Emulator, ids: list[str]
) -> None:
    db = asking(timeout="1 second", concurrency="3")
    emulator.latency = 0.05
    with db.transaction():
        db.execute("declare c no scroll cursor for select account_id from aws_iam_credential_report")
        found = db.execute("fetch 5 from c").fetchall()
        time.sleep(2)
        found += db.execute("fetch all from c").fetchall()
    assert Counter(found) == {(account_id,): 2 for account_id in ids}


def test_two_scans_in_one_query_are_of_the_same_copies(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    query = (
        "with report as not materialized (select * from aws_iam_credential_report)"
        " select count(*) from report a join report b using (account_id, user_name)"
    )
    assert asking().execute(query.encode()).fetchone() == (2 * NUMBER,)
    assert emulator.count(GET) == NUMBER


def test_a_report_of_another_account_is_never_taken(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    emulator.script[GET] = [content(csv(root("123412341234"), user("mallory", "123412341234")))]
    db = asking(on_account_error="skip")
    found = read(db)
    assert len(found) == NUMBER - 1
    assert found < set(ids)


def test_explain_asks_nobody_and_names_the_accounts(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    db = asking()
    rows = db.execute(f"explain select * from {FOREIGN} where account_id = '{ids[1]}'".encode()).fetchall()
    assert f"Accounts: {ids[1]}" in str(rows)
    assert emulator.requests == []


@pytest.mark.parametrize("relation", ["iam_check_result", "iam_benchmark_result"])
def test_results_tell_of_each_account_what_became_of_it(
    asking: Asking, emulator: Emulator, ids: list[str], relation: str
) -> None:
    denied, missing, expired = ids[3], ids[4], ids[5]
    emulator.account(denied).always = {"AssumeRole": error("AccessDenied", "no")}
    emulator.account(missing).always = {GET: error("ReportNotPresent", "none")}
    emulator.account(expired).always = {GET: error("ReportExpired", "too old")}
    db = asking(generate="never")
    query = f"select account_id, check_id, status, reason, account_name from {relation}"
    rows = db.execute(query.encode()).fetchall()
    assert emulator.count(GET) == NUMBER - 1  # one scan
    assert {row[0] for row in rows} == set(ids)
    checks = len({row[1] for row in rows})
    for account_id in (denied, missing, expired):
        own = [row for row in rows if row[0] == account_id]
        assert len({row[1] for row in own}) == checks
        for _, check_id, status, reason, account_name in own:
            is_stale = check_id == "report_stale" and account_id != denied
            assert status == ("alarm" if is_stale else "error"), check_id
            assert reason.startswith(f"account {account_id}: ")
            assert account_name == f"account {ids.index(account_id)}"
    assert {row[2] for row in rows if row[0] not in (denied, missing, expired)} & {"error"} == set()


def test_results_read_the_accounts_that_are_asked_for(asking: Asking, emulator: Emulator, ids: list[str]) -> None:
    if ENGINE == "multicorn":
        pytest.skip("conditions reach the foreign tables alone there")
    db = asking()
    for relation in ("iam_check_result", "iam_check_summary", "iam_benchmark_result"):
        emulator.requests.clear()
        rows = db.execute(
            f"select distinct account_id from {relation} where account_id = '{ids[2]}'".encode()
        ).fetchall()
        assert rows == [(ids[2],)]
        assert {request.account_id for request in emulator.requests if request.action == GET} <= {ids[2]}
