"""Functions with our schema on their path call nothing in it that others made."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from psycopg import errors
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, Server, install, new_database, point

Db = psycopg.Connection[Any]
MALLORY, READER = "regress_mallory", "regress_reader"
NOW = datetime.now(timezone.utc).replace(microsecond=0)
HOUR = timedelta(hours=1)
OTHER = "444455556666"

# For each name that a body calls, functions of an argument of each of these types, and of two of the first of them; and
# for each operator, one for each two of the first of them.
PAIRED = (
    *("text", "name", "varchar", "integer", "bigint", "oid", "regclass", "timestamptz", "interval"),
    *("text[]", "timestamptz[]", "tstzrange", "date", "smallint", "bytea", "anyelement", "anyarray"),
)
VARIADIC = ("variadic text[]", "variadic timestamptz[]")
TYPES = (*PAIRED, *VARIADIC, '"char"', "boolean", "regproc", "regnamespace", "timestamp", "jsonb", "anynonarray")
OPERATORS = ("||", "=", "<>", "<", ">", "<=", ">=", "+", "-", "/", "~", "!~", "~*", "!~*", "~~", "@>")
# Arguments of which a call can leave out the last. Beside a function of ours, such a call is refused: it is not unique.
OPTIONAL = ("integer default 0", *(f"{first}, integer default 0" for first in ("text", "bigint", "timestamptz")))
# With more arguments: what is called, in types that are a closer match than those of pg_catalog.
LONGER = (
    "split_part(text, name, integer)",
    "split_part(text, text, bigint)",
    "substr(text, integer, integer)",
    "format(text, text, text)",
    "format(text, variadic text[])",
    f"jsonb_build_object({', '.join(['text'] * 8)})",
    "jsonb_build_object(variadic text[])",
    "jsonb_populate_record(public.aws_iam_credential_report_or_error, jsonb)",
    "iam_record_reports(text, timestamptz, timestamptz, integer)",
    "iam_record_reports(varchar, timestamptz, timestamptz, bigint)",
    "array_agg(public.iam_history)",
    "unnest(public.iam_history)",
    "array_agg(public.iam_exemption)",
)
BODIES = """
    select prosrc from pg_proc
    where pronamespace = 'public'::regnamespace
      and exists (select from unnest(proconfig) as setting where setting ~ '^search_path=pg_catalog, public, pg_temp$')
      and proowner = 10
"""
MAKE = """
do $do$
declare
  body constant text := $body$ begin raise exception 'trapped'; end $body$;
  written text;
  symbol text;
begin
  foreach written in array %(functions)s::text[] loop
    if to_regprocedure('public.' || regexp_replace(written, 'variadic | default 0', '', 'g')) is null then
      execute format('create function public.%%s returns boolean language plpgsql as %%L', written, body);
    end if;
  end loop;
  foreach written in array %(pairs)s::text[] loop
    execute format('create function public.trap(%%s) returns boolean language plpgsql as %%L', written, body);
    foreach symbol in array %(operators)s::text[] loop
      execute format(
        'create operator public.%%s (leftarg = %%s, rightarg = %%s, function = public.trap)',
        symbol, split_part(written, ', ', 1), split_part(written, ', ', 2)
      );
    end loop;
  end loop;
end
$do$
"""


@pytest.fixture(scope="module")
def connect(server: Server) -> Iterator[Callable[..., Db]]:
    """Return connections to a database in which a role has put traps for all that our functions call."""
    connections = []

    def connect(role: str = "postgres", database: str = "bodies") -> Db:
        connections.append(
            psycopg.connect(host=server.host, port=server.port, user=role, dbname=database, autocommit=True)
        )
        return connections[-1]

    connect(database="postgres").execute(f"create role {MALLORY} login; create role {READER} login".encode())
    with new_database(server, "bodies"):
        admin = connect()
        install(admin, reader=READER)
        admin.execute(f"grant create on schema public to {MALLORY}".encode())
        set_traps(connect(MALLORY))
        yield connect
        for connection in connections:
            connection.close()
    connect(database="postgres").execute(f"drop role {MALLORY}; drop role {READER}".encode())
    connections[-1].close()


@pytest.fixture
def folder(connect: Callable[..., Db], tmp_path: Path) -> Path:
    """A folder that the server reads, and no history."""
    with connect() as admin:
        admin.execute("truncate iam_history, iam_history_account, iam_history_report, iam_exemption")
        admin.execute("set search_path = pg_catalog")
        point(admin, source=str(tmp_path), snapshots=str(tmp_path))
    return tmp_path


def set_traps(mallory: Db) -> None:
    bodies = "\n".join(body for (body,) in mallory.execute(BODIES.encode()).fetchall())
    called = set(re.findall(r"\b([a-z_]\w*)\(", re.sub(r"--[^\n]*|'[^']*'", "", bodies)))
    known = mallory.execute(
        "select proname, max(pronargs), bool_or(provariadic <> 0) from pg_proc group by 1"
    ).fetchall()
    assert {"array_agg", "unnest", "cardinality", "clock_timestamp", "current_setting", "iam_nearest"} <= called
    pairs = [f"{left}, {right}" for left in PAIRED for right in PAIRED]
    functions = [
        f"{name}({types})"
        for name, longest, is_variadic in known
        if name in called
        for types in (
            *TYPES,
            *(pairs if longest > 1 or is_variadic else ()),
            *(() if name.startswith("iam_") else OPTIONAL),
        )
    ]
    values = {"functions": [*functions, *LONGER], "pairs": pairs, "operators": list(OPERATORS)}
    with psycopg.ClientCursor(mallory) as cursor:
        cursor.execute("set search_path = pg_catalog")
        cursor.execute(MAKE, values)


def save_all(folder: Path) -> None:
    """Save reports of two accounts, whose users come, change and go."""
    for hours in (90, 60, 30, 2):
        alice = [user("alice", password_enabled="true")] if hours < 80 else []
        save_one(folder, csv(root(mfa_active=str(hours < 40).lower()), *alice), hours)
    save_one(folder, csv(root(OTHER)), 50, OTHER)


def save_one(folder: Path, content: bytes, hours: int, account_id: str = ACCOUNT) -> None:
    """Save a report that AWS made so many hours ago, where the tables of snapshots and of now find it."""
    made = NOW - hours * HOUR
    path = folder / f"account_id={account_id}" / f"date={made:%Y-%m-%d}" / f"{made:%Y%m%dT%H%M%SZ}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))


def states(db: Db) -> list[Any]:
    return db.execute("select account_id, user_name, valid_from, valid_to from iam_history order by 1, 2, 3").fetchall()


@pytest.mark.parametrize(
    ("function", "written", "instead", "statement"),
    [
        ("iam_record_history(boolean, text)", "operator(pg_catalog.||)", "||", "call iam_record_history(true)"),
        ("iam_record_history(boolean, text)", "last_time::text", "last_time", "call iam_record_history(true)"),
        (
            "iam_delete_history(timestamptz)",
            "pg_catalog.unnest(",
            "unnest(",
            "call iam_record_history(true, '40 hours')",
        ),
        (
            "iam_record_reports(text, timestamptz, timestamptz, bigint)",
            "operator(pg_catalog.||)",
            "||",
            "call iam_record_history(true)",
        ),
        ("iam_report_at(timestamptz, boolean)", "operator(pg_catalog.@>)", "@>", "select iam_report_at(now())"),
        (
            "iam_validate_settings()",
            "pg_catalog.unnest(",
            "unnest(",
            "set iam_fdw.typo = '1'; select iam_now(); select pg_backend_pid()",
        ),
    ],
)
def test_the_traps_catch_what_is_not_qualified(
    connect: Callable[..., Db], folder: Path, function: str, written: str, instead: str, statement: str
) -> None:
    save_all(folder)
    with connect() as admin:
        if statement == "select iam_report_at(now())":
            admin.execute("call iam_record_history(true)")
        else:
            admin.execute("insert into iam_history_account values ('1', '1', now(), now() + interval '2 days')")
        (source,) = admin.execute("select pg_get_functiondef(%s::regprocedure)", (function,)).fetchone() or ("",)
        assert written in source
        # what a trap returns may not fit
        replaced = source.replace(written, instead) + ";" + statement
        caught = (
            errors.RaiseException,
            errors.UndefinedFunction,
            errors.AmbiguousFunction,
            errors.DatatypeMismatch,
            errors.DataException,
        )
        with pytest.raises(caught), admin.transaction():
            admin.execute(replaced.encode())


def test_recording_calls_nothing_of_others(connect: Callable[..., Db], folder: Path) -> None:
    save_all(folder)
    with connect() as admin:
        admin.execute("call iam_record_history(true)")
        recorded = states(admin)
        assert [user_name for _, user_name, *_ in recorded] == [
            "<root_account>",
            "<root_account>",
            "alice",
            "<root_account>",
        ]
        admin.execute("call iam_record_history(true, '40 hours')")
        assert len(states(admin)) == len(recorded)
        save_one(folder, csv(root()), 1)
        admin.execute("call iam_record_history()")
        assert states(admin) != recorded
        admin.execute("call iam_record_history(false, '2 days')")


def test_what_recording_refuses_calls_nothing_of_others(connect: Callable[..., Db], folder: Path) -> None:
    (folder / "2026-11-23T08:00:00Z.csv").write_bytes(b"<html>")
    with connect() as admin:
        with pytest.raises(errors.DataException, match="no credential report could be recorded"):
            admin.execute("call iam_record_history()")
        with pytest.raises(errors.InvalidParameterValue, match="keep"):
            admin.execute("call iam_record_history(false, '6')")
        admin.execute("set default_transaction_isolation = serializable")
        with pytest.raises(errors.InvalidTransactionState):
            admin.execute("call iam_record_history()")
        admin.execute("reset default_transaction_isolation")
        save_one(folder, csv(root(OTHER)), 1, OTHER)
        admin.execute("insert into iam_history_account values ('1', '1', now(), now() + interval '2 days')")
        notices: list[str] = []
        admin.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        admin.execute("call iam_record_history()")
        assert any("which is in the future" in notice for notice in notices)


def test_the_past_is_read_without_calling_anything_of_others(connect: Callable[..., Db], folder: Path) -> None:
    with connect() as admin:
        with pytest.raises(errors.NoDataFound) as caught:
            admin.execute("select * from iam_report_at(now())")
        assert caught.value.diag.message_hint == "Record it: call public.iam_record_history()."
        save_all(folder)
        admin.execute("call iam_record_history(true)")
        at = "select account_id, user_name, error_message is null from iam_report_at(%s, %s) order by 1, 2"
        then = NOW - 55 * HOUR
        assert admin.execute(at, (then, True)).fetchall() == [
            (ACCOUNT, "<root_account>", True),
            (ACCOUNT, "alice", True),
            (OTHER, None, False),
        ]
        with pytest.raises(errors.NoDataFound, match=f"there is no history of account {OTHER}"):
            admin.execute(at, (then, False))
        admin.execute(f"set iam_fdw.report_at = '{NOW - HOUR}'".encode())
        for view in (
            "iam_report",
            "iam_report_or_error",
            "iam_check_result",
            "iam_check_report_freshness",
            "iam_change",
        ):
            assert admin.execute(f"select * from {view}".encode()).fetchall(), view
        assert admin.execute("select iam_now()").fetchone() == (NOW - HOUR,)


def test_settings_are_judged_without_calling_anything_of_others(connect: Callable[..., Db], folder: Path) -> None:
    with connect() as admin:
        admin.execute(f"alter role {READER} in database bodies set iam_fdw.pasword_max_age = '1 day'".encode())
        if ENGINE == "minicorn":
            admin.execute("set iam_fdw.pasword_max_age = '1 day'")
            with pytest.raises(errors.UndefinedObject, match="pasword_max_age") as caught:
                admin.execute("select iam_validate_settings()")
            assert caught.value.diag.message_hint == 'Perhaps you meant "iam_fdw.password_max_age".'
            # without it, the settings of the role are looked up
            admin.execute(f"revoke execute on function minicorn_settings(text) from public, {READER}".encode())
    with connect(READER) as reader:
        with pytest.raises(errors.UndefinedObject, match="pasword_max_age"):
            reader.execute("select iam_now()")
        reader.execute("reset iam_fdw.pasword_max_age")


def test_exemptions_are_judged_without_calling_anything_of_others(connect: Callable[..., Db], folder: Path) -> None:
    with connect() as admin:
        admin.execute("insert into iam_exemption (check_id, reason) values ('root%', 'known')")
        with pytest.raises(errors.CheckViolation, match='no check matches "root_mfa_disable"'):
            admin.execute("insert into iam_exemption (check_id, reason) values ('root_mfa_disable', 'known')")
