"""A table of conditions: each chooses the same rows from the foreign tables as from plain tables with the same rows.

support/conditions.py has the table.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import psycopg
import pytest
from support.conditions import (
    AT,
    CASTS,
    CONDITIONS,
    DAY,
    JOINS,
    NOW,
    OPERATORS,
    OTHER,
    PARAMETERS,
    QUERIES,
    ROW,
    SQL_VALUES,
    TIMES,
)
from support.reports import ACCOUNT, ago, csv, root, user
from support.server import ENGINE, TREE, Server, install, new_database

from iam_fdw.saved.names import snapshot_name

Db = psycopg.Connection[Any]

AGES = (1, 5, 30, 50, 100, 960)  # hours

# The usual names; on Multicorn these are views, which no condition passes, and the foreign tables have a suffix.
TABLES = ["aws_iam_credential_report", "aws_iam_credential_report_snapshot"]
FOREIGN_TABLES = [f"{name}_foreign" for name in TABLES] if ENGINE == "multicorn" else TABLES
ALL_TABLES = sorted({*TABLES, *FOREIGN_TABLES})
# DateStyle and TimeZone: neither may change what a condition on a time chooses.
SETTINGS = ["ISO, MDY; UTC", "German, DMY; Asia/Tokyo", "SQL, DMY; America/New_York"]
KINDS = ["nestloop", "hashjoin", "mergejoin"]
MODES = ["force_generic_plan", "force_custom_plan"]


class Misread(NamedTuple):
    """Forms that Multicorn misreads on its foreign tables: what docs/engines.md says, and the tests by their ids.

    always: whether 1.4.0 misreads them; else only Multicorn2 does.
    """

    documented: str
    always: bool
    ids: list[str]


ANY = [f"{table}_foreign" for table in TABLES]
SNAPSHOTS = ["aws_iam_credential_report_snapshot_foreign"]
FAIL = "expressions fail with `lookup failed for type`"
MISREAD = [
    Misread(FAIL, True, [f"{o} {m}-{t}" for o in OPERATORS for m in SQL_VALUES for t in ANY]),
    Misread("`current_setting(...)::timestamptz`", True, [f"{form}-{t}" for form in CASTS for t in ANY]),
    Misread("`$1::timestamptz`", True, [f"text as timestamptz-{mode}-{t}" for mode in MODES for t in ANY]),
    Misread("`$1::text`", True, [f"bigint as text-force_generic_plan-{t}" for t in ANY]),
    Misread("`now()::date`", True, [f"{o} now()::date-{t}" for o in ("<", "<=") for t in SNAPSHOTS]),
    Misread(f"`{DAY}`", False, [f"{o} {DAY}-{t}" for o in OPERATORS for t in SNAPSHOTS]),
]


@pytest.fixture(autouse=True)
def misread(request: pytest.FixtureRequest, db: Db) -> None:
    """Expect Multicorn to misread what docs/engines.md says that it misreads."""
    if ENGINE != "multicorn":
        return
    is_old = bool(db.execute("select from pg_extension where extname = 'multicorn' and extversion like '1.%'").rowcount)
    case = request.node.name.partition("[")[2][:-1]
    for form in MISREAD:
        if case in form.ids and (form.always or not is_old):
            request.applymarker(pytest.mark.xfail(reason=form.documented, strict=is_old))


@pytest.fixture(scope="module")
def db(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Db]:
    """A database with saved reports, and plain tables with the rows of them all."""
    folder = tmp_path_factory.mktemp("snapshots")
    for account_id, names in ((ACCOUNT, ("alice", "bob")), (OTHER, ("alice", "Alice2"))):
        for hours in AGES:
            dates = {
                "access_key_1_last_rotated": ago(NOW, days=9),
                "access_key_1_last_used_date": ago(NOW, days=len(names[1])),
            }
            rows = [
                root(account_id, mfa_active="true", password_enabled="not_supported"),
                user(names[0], account_id, mfa_active="true"),
                user(names[1], account_id, **dates),
            ]
            file = folder / snapshot_name(account_id, NOW - timedelta(hours=hours))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(gzip.compress(csv(*rows)))
    with (
        new_database(server, "conditions") as name,
        psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db,
    ):
        db.prepare_threshold = None  # the tests of parameters prepare, and deallocate all
        install(db, snapshots=str(folder), source=str(folder))
        db.execute(
            f"""
            set regress.account = '{OTHER}';
            set regress.time = {AT};
            create table regress_ids (id text);
            insert into regress_ids values ('{OTHER}'), ('none'), (null);
            create collation regress_ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            create function regress_stable(text) returns text language plpgsql stable as 'begin return $1; end';
            create function regress_volatile(text) returns text language plpgsql volatile as 'begin return $1; end';
            """.encode()
        )
        for table in TABLES:
            db.execute(f"create table {table}_plain as select * from {table}".encode())
        for table in [*ALL_TABLES, *(f"{table}_plain" for table in TABLES)]:
            add_relatives(db, table)
        yield db


def add_relatives(db: Db, table: str) -> None:
    """Create a view of a table, and a partitioned table with a partition like it."""
    db.execute(f"create view {table}_view with (security_barrier) as select * from {table}".encode())
    if table in TABLES and table not in FOREIGN_TABLES:  # a view, which is no partition
        db.execute(f"create view {table}_parts as select * from {table}".encode())
        return
    db.execute(f"create table {table}_parts (like {table}) partition by list (account_id)".encode())
    db.execute(f"create table {table}_none partition of {table}_parts for values in ('none')".encode())
    if table in FOREIGN_TABLES:
        found = db.execute(
            b"select srvname, string_agg(format('%I %L', option_name, option_value), ', ') from pg_foreign_table"
            b" join pg_foreign_server on pg_foreign_server.oid = ftserver, pg_options_to_table(ftoptions)"
            + f" where ftrelid = '{table}'::regclass group by 1".encode()
        ).fetchone()
        assert found is not None
        made = "create foreign table {}_part partition of {}_parts default server {} options ({})"
        db.execute(made.format(table, table, *found).encode())
    else:
        db.execute(f"create table {table}_part partition of {table}_parts default".encode())
        db.execute(f"insert into {table}_part select * from {table}".encode())


def plain(table: str) -> str:
    """Return the name of the plain table with the rows of a table."""
    return table.removesuffix("_foreign") + "_plain"


def rows(db: Db, query: str, table: str) -> list[str]:
    """Return the rows of a query on a table, sorted."""
    return sorted(map(repr, db.execute(query.replace("{t}", table).encode()).fetchall()))


def compare(db: Db, table: str, query: str) -> None:
    """Compare the rows of a query with those of the plain table, at one time for both."""
    with db.transaction():
        assert rows(db, query, table) == rows(db, query, plain(table))


def test_there_are_rows_to_choose_from(db: Db) -> None:
    """The report has the newest of each account, the snapshots all, and both have other accounts, times and users."""
    counts = [db.execute(f"select count(*) from {plain(table)}".encode()).fetchone() for table in TABLES]
    assert counts == [(6,), (36,)]


@pytest.mark.parametrize("table", ALL_TABLES)
@pytest.mark.parametrize("form", CONDITIONS)
def test_condition(db: Db, form: str, table: str) -> None:
    compare(db, table, f"select {ROW} from {{t}} as t where {CONDITIONS[form]}")


@pytest.mark.parametrize("table", ALL_TABLES)
@pytest.mark.parametrize("form", TIMES)
def test_time(db: Db, form: str, table: str) -> None:
    for settings in SETTINGS:
        style, zone = settings.split("; ")
        with db.transaction():
            db.execute(f"set local datestyle = '{style}'; set local timezone = '{zone}'".encode())
            compare(db, table, f"select {ROW} from {{t}} as t where {TIMES[form]}")


@pytest.mark.parametrize("table", ALL_TABLES)
@pytest.mark.parametrize("form", QUERIES)
def test_query(db: Db, form: str, table: str) -> None:
    compare(db, table, QUERIES[form])


@pytest.mark.parametrize("table", ALL_TABLES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", JOINS)
def test_join(db: Db, form: str, kind: str, table: str) -> None:
    with db.transaction():
        for other in KINDS:
            db.execute(f"set local enable_{other} = {other == kind}".encode())
        compare(db, table, JOINS[form])


@pytest.mark.parametrize("table", ALL_TABLES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("form", PARAMETERS)
def test_parameters(db: Db, form: str, mode: str, table: str) -> None:
    types, condition, values = PARAMETERS[form]
    with db.transaction():
        db.execute(f"set local plan_cache_mode = {mode}".encode())
        db.execute("deallocate all")
        for name in (table, plain(table)):
            prepare = f"prepare {name} ({types}) as select {ROW} from {name} where {condition}"
            db.execute(prepare.encode())
        found = [rows(db, f"execute {{t}} ({values})", name) for name in (table, plain(table))]
        assert found[0] == found[1]


@pytest.mark.parametrize("form", [misread.documented for misread in MISREAD])
def test_what_is_misread_is_documented(form: str) -> None:
    assert form in (TREE / "docs" / "engines.md").read_text()
