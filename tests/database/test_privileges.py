"""Who can do what: the table of docs/privileges.md, cell by cell, and attacks that must stay defeated."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, NamedTuple

import psycopg
import pytest
from psycopg import errors, sql
from support.emulator import Emulator, error
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, SLOWNESS, TREE, Connect, Server, install, needs_getenv, new_database, pg_config, save

from iam_fdw import options
from iam_fdw.cli import installer
from iam_fdw.cli.doctor import examine
from iam_fdw.errors import Error
from iam_fdw.live import client
from iam_fdw.workers import Deadline

Db = psycopg.Connection[Any]
Way = Callable[[Db], None]

PAGE = (TREE / "docs" / "privileges.md").read_text()
HISTORY = (TREE / "docs" / "history.md").read_text()
NOW = "2026-11-23 12:00:00+00"
MADE = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
KEY = "AKIA111122223333"
SECRETS = ("of/the+role/itself/0123456789", "of/PUBLIC/0123456789/abcdefgh", "token/0123456789/abcdefghijkl")
KEYS = f"options (aws_access_key_id '{KEY}', aws_secret_access_key '{SECRETS[0]}')"
QUIET = "set log_statement = 'none'; set log_min_error_statement = 'panic'; set log_min_duration_statement = -1"

# The columns of the page's table, and the roles that stand for them.
ROLES = {
    "superuser": "postgres",
    "owner of the database": "regress_database_owner",
    "server's owner": "regress_server_owner",
    "USAGE on the wrapper": "regress_wrapper_user",
    "USAGE on the server": "regress_server_user",
    "reader": "regress_reader",
    "recorder": "regress_recorder",
    "pg_read_all_data": "regress_data_reader",
    "SELECT on check views": "regress_viewer",
    "nothing": "regress_stranger",
}
DATABASE_OWNER, OWNER, MAKER, MEMBER, READER, RECORDER, DATA_READER, VIEWER, STRANGER = list(ROLES.values())[1:]
# The rows, and each way to do it. There are two servers: aws reads saved reports, asked would ask AWS. What does not
# fail can be done, unless it ends in false.
ACTIONS = {
    "read the report, `iam_credential` and `iam_setting`": [
        "select count(*) > 0 from aws_iam_credential_report",
        "select count(*) > 0 from aws_iam_credential_report_status",
        "select count(*) > 0 from iam_credential",
        "select count(*) > 0 from iam_setting",
    ],
    "read `aws_iam_credential_report_or_error`": [
        "select count(*) > 0 from aws_iam_credential_report_or_error",
    ],
    "read a check view, results or benchmarks": [
        "select count(*) > 0 from iam_check_result",
        "select count(reason) > 0 from iam_check_summary, iam_check_result",
        "select count(*) > 0 from iam_benchmark_result",
        "select count(*) > 0 from iam_check_user_mfa",
        "select count(*) > 0 from iam_check_report_freshness",
        "select count(*) > 0 from iam_check_password_rotation",
    ],
    "read `iam_exemption`": [
        "select count(*) = 0 from iam_exemption",
    ],
    "exempt an alarm": [
        "insert into iam_exemption (reason) values ('mine')",
        "update iam_exemption set reason = 'mine'",
        "delete from iam_exemption",
    ],
    "read history": [
        "select count(*) = 0 from iam_history",
        "select count(*) = 0 from iam_history_account, iam_history_report",
    ],
    "read `iam_change`": [
        "select count(*) = 0 from iam_change",
    ],
    "record history, or forget it": [
        "call iam_record_history()",
        "call iam_record_history(keep => '1 day')",
        "delete from iam_history",
        "update iam_history_account set first_time = now()",
        "insert into iam_history_report values ('111122223333', '2026-11-01', '{}')",
    ],
    "set a limit of the checks, or `iam_fdw.now`, for its own session": [
        "set iam_fdw.password_max_age = '1 day'",
        "set iam_fdw.now = '2026-11-23'",
    ],
    "set a limit, or `iam_fdw.now`, for all sessions of a role or the database": [
        "alter database privileges set iam_fdw.now = '2026-11-23'",
        "alter database privileges set iam_fdw.password_max_age = '1 day'",
        "alter role current_user set iam_fdw.password_max_age = '1 day'",
    ],
    "change the database: `search_path` for all of its sessions, schemas of its own": [
        "alter database privileges set search_path = 'mine'",
        "create schema mine",
    ],
    "see the options of the server": [
        "select srvoptions::text ~ 'source=/' from pg_foreign_server where srvname = 'aws'",
        "select count(*) > 0 from pg_foreign_server, pg_options_to_table(srvoptions) where option_name = 'source'",
    ],
    "make a foreign table on the server, and read the report by it": [
        "create foreign table pg_temp.mine (user_name text, raw jsonb) server aws;"
        " select count(*) > 0 from pg_temp.mine",
        "import foreign schema aws limit to (aws_iam_credential_report_status) from server aws into pg_temp;"
        " select count(*) > 0 from pg_temp.aws_iam_credential_report_status",
    ],
    "make a user mapping of its own, with keys": [
        f"create user mapping for current_user server asked {KEYS}",
        "alter user mapping for current_user server aws options (set aws_secret_access_key 'another/0123456789')",
        "drop user mapping for current_user server aws",
    ],
    "make or change the user mapping of others, or of PUBLIC": [
        f"create user mapping for public server asked {KEYS}",
        f"create user mapping for pg_monitor server asked {KEYS}",
        "alter user mapping for pg_monitor server aws options (set aws_access_key_id 'AKIA444455556666')",
        "drop user mapping for public server aws",
    ],
    "see the keys in its own user mapping": [
        "select count(umoptions) > 0 from pg_user_mappings where srvname = 'aws' and usename = current_user",
        "select count(option_value) > 0 from information_schema.user_mapping_options"
        " where authorization_identifier = current_user and option_name = 'aws_secret_access_key'",
    ],
    "see the keys in PUBLIC's user mapping": [
        "select count(umoptions) > 0 from pg_user_mappings where srvname = 'aws' and usename = 'public'",
        "select count(option_value) > 0 from information_schema.user_mapping_options"
        " where authorization_identifier = 'PUBLIC' and option_name = 'aws_secret_access_key'",
    ],
    "see the keys in another role's user mapping": [
        "select count(umoptions) > 0 from pg_user_mappings where srvname = 'aws' and usename = 'pg_monitor'",
        "select count(option_value) > 0 from information_schema.user_mapping_options"
        " where authorization_identifier = 'pg_monitor' and option_name = 'aws_secret_access_key'",
    ],
    "see all keys in the catalog `pg_user_mapping`": [
        "select count(*) > 0 from pg_user_mapping where umoptions::text ~ 'aws_secret_access_key'",
    ],
    "change an option of a server that asks AWS, such as `role_arn`": [
        "alter server asked options (add role_arn 'arn:aws:iam::111122223333:role/auditor')",
        "alter server asked options (set timeout '5 seconds')",
    ],
    "change another option while `source`, `snapshots`, `cache_dir`, `profile` or `endpoint_url` is set": [
        "alter server aws options (add max_age '1 day')",
    ],
    "set `source`, `snapshots`, `cache_dir`, `profile` or `endpoint_url`": [
        "alter server asked options (drop timeout, add source '/etc/passwd')",
        "alter server asked options (add snapshots '/var/tmp')",
        "alter server asked options (add snapshots 's3://mallory/reports')",
        "alter server asked options (add cache_dir '/var/tmp')",
        "alter server asked options (add profile 'another')",
        "alter server asked options (add endpoint_url 'http://127.0.0.1:9')",
        "alter server aws options (set source '/etc/passwd')",
    ],
    "remove `source`, `snapshots`, `cache_dir`, `profile` or `endpoint_url`": [
        "alter server aws options (drop source)",
    ],
    "let another role use the server": [
        f"grant usage on foreign server aws to {STRANGER}; select has_server_privilege('{STRANGER}', 'aws', 'usage')",
    ],
    "drop the server, and with it tables and views": [
        "drop server aws cascade",
    ],
    "let another role read, drop or change a view": [
        f"grant select on iam_check_user_mfa to {STRANGER};"
        f" select has_table_privilege('{STRANGER}', 'iam_check_user_mfa', 'select')",
        "drop view iam_check_user_mfa",
        "create or replace view iam_check_user_mfa as select * from iam_check_root_mfa",
        "alter view iam_check_user_mfa reset (security_barrier)",
        "create or replace function iam_now() returns timestamptz language sql as 'select null::timestamptz'",
    ],
    "make a server of its own, with a `role_arn` of its own": [
        "create server mine foreign data wrapper iam_fdw options (role_arn 'arn:aws:iam::111122223333:role/auditor')",
    ],
    "change the wrapper, or make one with another class": [
        "alter foreign data wrapper iam_fdw no validator",
        f"create foreign data wrapper mine handler {ENGINE}_handler"
        + (" options (wrapper 'os.path')" if ENGINE == "minicorn" else ""),
    ],
    "read a file of the machine": [
        "select pg_read_file('PG_VERSION') <> ''",
        "create temp table lines (line text); copy lines from '/etc/passwd'",
    ],
}


class Cell(NamedTuple):
    """Whether a role can do something, as the page says."""

    action: str
    role: str
    written: str


def cells() -> list[Cell]:
    """Return the cells of the page's table."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    return [Cell(row[0], role, written) for row in rows[1:] for role, written in zip(rows[0][1:], row[1:])]


class Installed:
    """Connections to a database: one for each role, and new ones."""

    def __init__(self, server: Server, database: str) -> None:
        self._server, self._database = server, database
        self._kept: dict[str, Db] = {}
        self._all: list[Db] = []

    def __call__(self, role: str) -> Db:
        if role not in self._kept:
            self._kept[role] = self.new(role)
        return self._kept[role]

    def new(self, role: str, options: str = "") -> Db:
        where = f"host={self._server.host} port={self._server.port} dbname={self._database} user={role}"
        self._all.append(psycopg.connect(where, options=f"-c search_path=iam {options}", autocommit=True))
        return self._all[-1]

    def close(self) -> None:
        for connection in self._all:
            connection.close()


@pytest.fixture(scope="module", autouse=True)
def roles(server: Server) -> Iterator[None]:
    """The roles, which every database of the cluster has."""
    with psycopg.connect(host=server.host, port=server.port, user="postgres", autocommit=True) as c:
        for role in ROLES.values():
            if role != "postgres":
                c.execute(f"create role {role} login".encode())
        if c.info.server_version >= 140000:
            c.execute(f"grant pg_read_all_data to {DATA_READER}".encode())
        yield
        for role in ROLES.values():
            if role != "postgres":
                c.execute(f"drop role {role}".encode())


def give(admin: Db) -> None:
    """Give each role what its column says. The installation has the reader."""
    checks = admin.execute("select relname from pg_class where relname ~ '^iam_(check|benchmark)_'").fetchall()
    admin.execute(f"grant usage on foreign server aws to {MEMBER}".encode())
    admin.execute(f"grant usage on foreign data wrapper iam_fdw to {MAKER}".encode())
    for (view,) in checks:
        admin.execute(f"grant select on {view} to {VIEWER}".encode())


@pytest.fixture(scope="module")
def installed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A database that is no superuser's, with the two servers, in which every test leaves things as they were."""
    source = tmp_path_factory.mktemp("source")
    save(
        source, csv(root(), user("alice", password_enabled="true", password_last_changed="2019-01-01T00:00:00Z")), MADE
    )
    with new_database(server, "privileges") as name:
        made = Installed(server, name)
        admin = made("postgres")
        admin.execute(f"alter database {name} owner to {DATABASE_OWNER}".encode())
        install(admin, schema="iam", reader=READER, source=str(source))
        admin.execute("grant usage on schema iam to public")  # as public has it
        give(admin)
        for statement in re.findall("^grant .* to recorder;$", HISTORY, re.MULTILINE):
            admin.execute(statement.replace("recorder", RECORDER).encode())
        admin.execute("create server asked foreign data wrapper iam_fdw options (timeout '1 second')")
        admin.execute(f"grant usage on foreign server asked to {MEMBER}".encode())
        for mapped in ("public", "pg_monitor", *ROLES.values()):
            admin.execute(f"create user mapping for {mapped} server aws {KEYS}".encode())
        for changed in ("aws", "asked"):
            admin.execute(f"alter server {changed} owner to {OWNER}".encode())
        yield made
        made.close()


def can(db: Db, way: str) -> bool:
    """Try it, and take it back."""
    try:
        with db.transaction(force_rollback=True):
            cursor = db.execute(way.encode())
            while cursor.nextset():
                pass
            return cursor.description is None or cursor.fetchone() != (False,)
    except errors.InsufficientPrivilege:
        return False


def psql(server: Server, admin: Db, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run psql as the superuser in the same database."""
    command = [str(pg_config("bindir") / "psql"), "-X", "-q", "-h", server.host, "-p", str(server.port)]
    command += ["-U", "postgres", "-d", admin.info.dbname, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_page_has_every_action_and_role() -> None:
    assert list(dict.fromkeys(cell.action for cell in cells())) == list(ACTIONS)
    assert list(dict.fromkeys(cell.role for cell in cells())) == list(ROLES)
    assert {cell.written for cell in cells()} == {"yes", "no"}


@pytest.mark.parametrize("cell", cells(), ids=lambda cell: f"{cell.role}: {cell.action}")
def test_the_page_says_who_can_do_what(installed: Installed, cell: Cell) -> None:
    db = installed(ROLES[cell.role])
    if cell.role == "pg_read_all_data" and db.info.server_version < 140000:
        pytest.skip("PostgreSQL 13 has no such role")
    if cell.role == "recorder" and ENGINE == "multicorn" and cell.action.startswith("record"):
        pytest.skip("on Multicorn it takes a superuser")
    found = {way: "yes" if can(db, way) else "no" for way in ACTIONS[cell.action]}
    assert found == dict.fromkeys(ACTIONS[cell.action], cell.written)


def test_nothing_is_granted_to_public(installed: Installed) -> None:
    granted = installed("postgres").execute("""
        select relname from pg_class, aclexplode(relacl) where relnamespace = 'iam'::regnamespace and grantee = 0
        union all
        select srvname from pg_foreign_server, aclexplode(srvacl) where grantee = 0
        union all
        select fdwname from pg_foreign_data_wrapper, aclexplode(fdwacl) where grantee = 0
    """)
    assert granted.fetchall() == []


def test_what_a_role_with_createrole_grants_itself(installed: Installed) -> None:
    roles = (READER, RECORDER, MEMBER, "pg_execute_server_program", "pg_read_server_files")
    admin = installed("postgres")
    with admin.transaction(force_rollback=True):
        admin.execute(f"alter role {STRANGER} createrole; set local role {STRANGER}".encode())
        found = {role: can(admin, f"grant {role} to {STRANGER}") for role in (*roles, "postgres")}
    expected = admin.info.server_version < 160000
    assert found == {**dict.fromkeys(roles, expected), "postgres": False}


# Options


@pytest.mark.parametrize("option", ["wrapper 'os.system'", "source '/etc/passwd'", "endpoint_url 'http://127.0.0.1:9'"])
@pytest.mark.parametrize(
    "statement",
    [
        "create foreign table pg_temp.other (user_name text) server aws options ({})",
        "create foreign table pg_temp.other (user_name text options ({})) server aws",
        "alter foreign table pg_temp.mine options (add {})",
        "alter foreign table pg_temp.mine alter user_name options (add {})",
        "create user mapping for current_user server asked options ({})",
        "alter user mapping for current_user server aws options (add {})",
    ],
)
def test_no_option_is_taken_where_it_has_no_place(installed: Installed, statement: str, option: str) -> None:
    table = "create foreign table pg_temp.mine (user_name text) server aws"
    with pytest.raises(psycopg.Error, match="invalid option"), installed(MEMBER).transaction():
        installed(MEMBER).execute(f"{table}; {statement.format(option)}".encode())


@pytest.mark.parametrize("option", ["wrapper 'os.path'", "source '/etc/passwd'", "endpoint_url 'http://127.0.0.1:9'"])
def test_options_of_an_import_change_nothing(installed: Installed, option: str) -> None:
    way = (
        f"import foreign schema aws from server aws into pg_temp options ({option});"
        " select array_agg(user_name) = '{<root_account>,alice}' from pg_temp.aws_iam_credential_report"
    )
    if ENGINE == "minicorn" and option.startswith("wrapper"):
        with pytest.raises(psycopg.Error, match='invalid option "wrapper"'):
            can(installed(MEMBER), way)
    else:
        assert can(installed(MEMBER), way)


@pytest.mark.parametrize(
    "prepared",
    [
        "set standard_conforming_strings = off",
        "set transform_null_equals = on; set plpgsql.extra_errors = 'none'; set array_nulls = off",
        "create function pg_temp.split_part(text, text, integer) returns text language sql as $$ select 'timeout' $$;"
        " create function pg_temp.ne(text, text) returns boolean language sql as 'select false';"
        " create operator pg_temp.!~ (leftarg = text, rightarg = text, function = pg_temp.ne);"
        " create operator pg_temp.<> (leftarg = text, rightarg = text, function = pg_temp.ne);"
        " create temp table pg_roles as select current_user as rolname, true as rolsuper;"
        " set search_path = pg_temp, pg_catalog",
    ],
    ids=["strings", "settings", "search_path"],
)
@pytest.mark.parametrize(
    "option",
    ["source '/etc/passwd'", "profile 'another'", "wrapper 'iam_fdw-fdw-IamForeignDataWrapper'", "wrapper 'os.system'"],
)
def test_the_validator_cannot_be_led_astray(installed: Installed, prepared: str, option: str) -> None:
    maker = installed.new(MAKER)  # a function is read once in a session
    maker.execute(f"set client_min_messages = error; {prepared}".encode())
    with pytest.raises(psycopg.Error) as caught, maker.transaction(force_rollback=True):
        maker.execute(f"create server mine foreign data wrapper iam_fdw options ({option})".encode())
    assert re.match("permission denied to set option|invalid value for option", str(caught.value))


@pytest.mark.skipif(ENGINE != "minicorn", reason="Multicorn has no setting for it")
def test_only_superusers_choose_the_python(installed: Installed) -> None:
    evil = "/tmp/evil/bin/python3"
    reader = installed.new(READER, f"-c minicorn.python={evil}")  # before minicorn is loaded
    assert reader.execute("select count(*) from aws_iam_credential_report").fetchone() == (2,)
    assert reader.execute("show minicorn.python").fetchone() != (evil,)
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute(f"set minicorn.python = '{evil}'".encode())


# Rows


@pytest.fixture
def hidden(admin: Db, connect: Connect, tmp_path: Path) -> Db:
    """A connection of the role with the check views, each of which leaves somebody out."""
    fine = {"mfa_active": "true", "password_enabled": "true"}
    fine |= dict.fromkeys(["password_last_changed", "password_last_used"], "2026-11-22T00:00:00Z")
    save(tmp_path, csv(root(), user("alice"), user("hidden", **fine), user("<hidden>", **fine)), MADE)
    install(admin, source=str(tmp_path))
    give(admin)
    viewer = connect(user=VIEWER)
    viewer.execute(f"set iam_fdw.now = '{NOW}'".encode())
    return viewer


def test_rows_that_a_check_leaves_out_reach_nothing_of_the_user(hidden: Db) -> None:
    told: list[str] = []
    hidden.add_notice_handler(lambda diagnostic: told.append(diagnostic.message_primary or ""))
    hidden.execute(
        "create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0000001 as"
        " $$ begin raise notice '%', $1; return true; end $$;"
        " create function pg_temp.tell(text, text) returns boolean language sql cost 0.0000001 as"
        " 'select pg_temp.tell($1)';"
        " create operator pg_temp.=== (leftarg = text, rightarg = text, function = pg_temp.tell)"
    )
    views = hidden.execute(
        "select relname from pg_class where relname ~ '^iam_check_' and relname !~ 'freshness|result|summary'"
    )
    for (view,) in views.fetchall():
        for condition in ("pg_temp.tell(user_name)", "user_name operator(pg_temp.===) account_id"):
            told.clear()
            rows = hidden.execute(f"select user_name from {view} where {condition}".encode()).fetchall()
            assert told == [name for (name,) in rows]
            assert not any("hidden" in name for name in told), view
    nobody = hidden.execute(
        "select * from iam_check_unused_access_keys where user_name::int > 0 and 1 / (account_id::int8) > 0"
    )
    assert nobody.fetchall() == []


def test_explain_tells_no_option_and_no_row(hidden: Db, tmp_path: Path) -> None:
    plan = hidden.execute("explain (analyze, verbose) select * from iam_check_user_mfa").fetchall()
    assert str(tmp_path) not in str(plan)
    assert "alice" not in str(plan)
    assert "hidden" not in str(plan)


def test_limits_hide_nobody_from_who_can_set_them(hidden: Db) -> None:
    query = b"select user_name from iam_check_password_rotation"
    assert hidden.execute(query).fetchall() == []
    hidden.execute("set iam_fdw.password_max_age = '0 days'; set iam_fdw.now = '2999-01-01'")
    assert hidden.execute(query).fetchall() == [("hidden",), ("<hidden>",)]


@pytest.mark.parametrize("value", ["infinity", "'; drop view iam_setting; --", "\x1b[31m\n", "9" * 100_000])
@pytest.mark.parametrize("name", ["now", "password_max_age"])
def test_a_setting_is_a_value_and_nothing_else(installed: Installed, name: str, value: str) -> None:
    db = installed(VIEWER)
    statements = sql.SQL("select set_config({}, {}, true); select * from iam_check_password_rotation")
    with pytest.raises(psycopg.Error) as caught, db.transaction():
        db.execute(statements.format(f"iam_fdw.{name}", value))
    assert caught.value.sqlstate == "22023"
    assert db.execute("select count(*) from iam_check_password_rotation").fetchone() == (1,)


def test_names_of_the_user_hide_nothing_from_the_views(hidden: Db) -> None:
    query = b"select * from public.iam_check_user_mfa, public.iam_check_root_last_used, public.iam_check_inactive_users"
    before = hidden.execute(query).fetchall()
    trap = "language plpgsql as $$ begin raise 'trapped'; end $$"
    hidden.execute(
        f"create function pg_temp.iam_now() returns timestamptz {trap};"
        f"create function pg_temp.iam_limit(text, interval) returns interval {trap};"
        f"create function pg_temp.date_trunc(text, timestamp) returns timestamp {trap};"
        f"create function pg_temp.minus(timestamp, timestamp) returns interval {trap};"
        "create operator pg_temp.- (leftarg = timestamp, rightarg = timestamp, function = pg_temp.minus);"
        "create temp table iam_setting (name text, current_value interval);"
        "create temp table aws_iam_credential_report (user_name text);"
        "set search_path = pg_temp, public, pg_catalog"
    )
    assert hidden.execute(query).fetchall() == before


# Before the installation


@pytest.mark.parametrize(
    "prepared",
    [
        "create function public.iam_fdw_validator(text[], oid) returns void language sql as 'select'",
        "create function public.iam_limit(text, text) returns interval language sql as 'select null::interval'",
        "create function public.iam_day(date) returns timestamp language sql as 'select null::timestamp'",
        "create foreign table public.aws_iam_credential_report (user_name text) server aws",
        "create foreign table public.aws_iam_credential_report_foreign (user_name text) server aws",
        "create view public.aws_iam_credential_report as select ''::text as user_name",
        "create table public.iam_setting (name text)",
    ],
)
def test_an_installation_takes_over_nothing_of_others(admin: Db, connect: Connect, prepared: str) -> None:
    install(admin, schema="first")
    admin.execute(f"grant create on schema public to {MEMBER}; grant usage on foreign server aws to {MEMBER}".encode())
    connect(user=MEMBER).execute(prepared.encode())
    before = admin.execute("select relname from pg_class where relnamespace = 'public'::regnamespace").fetchall()
    with pytest.raises(psycopg.Error):
        install(admin)
    after = admin.execute("select relname from pg_class where relnamespace = 'public'::regnamespace").fetchall()
    assert after == before


def test_an_installation_takes_over_no_server_of_others(admin: Db, connect: Connect) -> None:
    # its owner chooses what is read, and sees the keys in PUBLIC's user mapping
    with admin.transaction():
        installer.install(admin, {"schema": "first", "server": "first", "option": "", "reader": "", "engine": ENGINE})
    admin.execute(f"grant usage on foreign data wrapper iam_fdw to {MAKER}".encode())
    maker = connect(user=MAKER)
    maker.execute("create server aws foreign data wrapper iam_fdw")
    with pytest.raises(errors.InsufficientPrivilege, match='server "aws" already exists, and belongs to role'):
        install(admin)


def test_a_server_given_away_later_is_kept(admin: Db) -> None:
    install(admin)
    admin.execute(f"alter server aws owner to {OWNER}".encode())
    install(admin, max_age="1 day")
    assert admin.execute("select srvowner::regrole::text from pg_foreign_server").fetchall() == [(OWNER,)]


def test_an_installation_goes_into_no_schema_of_others(admin: Db) -> None:
    # a schema's owner can replace what is in it
    admin.execute(f"create schema theirs authorization {MEMBER}".encode())
    with pytest.raises(errors.InsufficientPrivilege, match="schema theirs belongs to role"):
        install(admin, schema="theirs")


@pytest.mark.parametrize("how", ["command", "psql"])
def test_names_are_names_and_nothing_else(admin: Db, server: Server, tmp_path: Path, how: str) -> None:
    save(tmp_path, csv(root()), MADE)
    hostile = "regress_{}'; drop role regress_stranger; --\"$$\\ :host"
    names = {what: hostile.format(what) for what in ("schema", "server", "reader")}
    reader = sql.Identifier(names["reader"])
    admin.execute(sql.SQL("create role {}").format(reader))
    try:
        variables = {**names, "option": f"source={tmp_path}", "engine": ENGINE}
        if how == "command":
            with admin.transaction():
                installer.install(admin, variables)
        else:
            given = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
            done = psql(server, admin, *given, "-f", str(TREE / "sql" / "install.sql"))
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert admin.execute("select srvname from pg_foreign_server").fetchall() == [(names["server"],)]
        admin.execute(sql.SQL("set role {}").format(reader))
        view = sql.Identifier(names["schema"], "iam_check_root_mfa")
        assert len(admin.execute(sql.SQL("select * from {}").format(view)).fetchall()) == 1
    finally:
        admin.execute("reset role")
        admin.execute(sql.SQL("drop owned by {0}; drop role {0}").format(reader))


def test_names_are_sent_in_the_encoding_of_the_connection(admin: Db, connect: Connect, tmp_path: Path) -> None:
    # bytes of UTF-8 that are read as another encoding can end a literal
    save(tmp_path, csv(root()), MADE)
    install(connect(client_encoding="SJIS"), schema="ソ表", source=str(tmp_path))
    assert admin.execute('select count(*) from "ソ表".iam_check_root_mfa').fetchone() == (1,)


@pytest.mark.skipif(ENGINE != "multicorn", reason="the validator of minicorn imports nothing")
def test_the_validator_of_multicorn_is_for_superusers(admin: Db, connect: Connect, tmp_path: Path) -> None:
    # it imports what it is given
    admin.execute("create extension multicorn")
    call = "select multicorn_validator('{wrapper=no_such_module.Class}', 'pg_foreign_server'::regclass)"
    stranger = connect(user=STRANGER)
    for _ in range(2):
        install(admin, source=str(tmp_path))
        with pytest.raises(errors.InsufficientPrivilege):
            stranger.execute(call)
        with pytest.raises(psycopg.Error, match=r"ModuleNotFoundError|ImportError"):
            admin.execute(call)
        admin.execute("grant execute on function multicorn_validator(text[], oid) to public")
    # which CREATE SERVER calls without a right to it
    install(admin, source=str(tmp_path))
    admin.execute(f"grant usage on foreign data wrapper iam_fdw to {MAKER}".encode())
    connect(user=MAKER).execute("create server mine foreign data wrapper iam_fdw")


def test_public_is_no_reader(admin: Db) -> None:
    with pytest.raises(psycopg.Error, match='role "public" cannot be the reader'):
        install(admin, reader="public")


def test_a_reader_reads_where_functions_are_not_for_all(admin: Db, connect: Connect, tmp_path: Path) -> None:
    save(tmp_path, csv(root()), MADE)
    admin.execute("alter default privileges revoke execute on functions from public")
    install(admin, reader=READER, source=str(tmp_path))
    assert connect(user=READER).execute("select * from iam_check_password_rotation").fetchall() == []


def test_types_are_told_by_number(admin: Db, connect: Connect, tmp_path: Path) -> None:
    # the check of a domain named text would be called by whoever reads the table
    save(tmp_path, csv(root()), MADE)
    install(admin, source=str(tmp_path))
    admin.execute(
        f"grant usage on foreign server aws to {MEMBER}; create schema theirs authorization {MEMBER}".encode()
    )
    connect(user=MEMBER).execute(
        "create function theirs.trap(pg_catalog.text) returns boolean language plpgsql as"
        " $$ begin raise 'trapped'; end $$;"
        " create domain theirs.text as pg_catalog.text check (theirs.trap(value));"
        " create foreign table theirs.report (user_name theirs.text) server aws"
    )
    admin.execute("set search_path = theirs, pg_catalog")
    with pytest.raises(psycopg.Error, match='column "user_name" cannot be text'):
        admin.execute("select * from report")


def test_the_doctor_calls_no_function_of_others(admin: Db, connect: Connect, server: Server, tmp_path: Path) -> None:
    # it runs as a superuser, and who may use the server may have tables and views of the same names
    save(tmp_path, csv(root()), MADE)
    install(admin, schema="zoo", source=str(tmp_path))
    admin.execute(f"grant usage on foreign server aws to {MEMBER}; create schema ant authorization {MEMBER}".encode())
    connect(user=MEMBER).execute(
        "create foreign table ant.aws_iam_credential_report_foreign (user_name text) server aws;"
        " create foreign table ant.aws_iam_credential_report_status_foreign (account_id text) server aws;"
        " create function ant.trap() returns text language plpgsql as $$ begin raise 'trapped'; end $$;"
        " create view ant.aws_iam_credential_report_status as select '111122223333' as account_id, ant.trap() as state,"
        " now() as generated_time, 0 as users, 'file' as origin, null::text as error_message"
    )
    dsn = f"host={server.host} port={server.port} dbname={admin.info.dbname} user=postgres"
    found = str(list(examine(dsn, "aws")))
    assert "trapped" not in found
    assert 'tables in schema "zoo"' in found


# Secrets


@contextmanager
def logged(server: Server) -> Iterator[list[str]]:
    """What the server logs meanwhile, in one string."""
    file, log = Path(server.logfile), [""]
    start = file.stat().st_size
    yield log
    log[0] = file.read_bytes()[start:].decode(errors="replace")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.account(ACCOUNT, report=csv(root()), generated_time=datetime.now(timezone.utc))
        yield emulator


@pytest.fixture
def asking(admin: Db, emulator: Emulator) -> Db:
    """A superuser's connection in a database that asks the emulator, for everyone with the same keys."""
    install(admin, reader=READER, endpoint_url=emulator.url, timeout="1 second")
    admin.execute(QUIET)
    admin.execute(
        f"create user mapping for public server aws options (aws_access_key_id '{KEY}',"
        f" aws_secret_access_key '{SECRETS[1]}', aws_session_token '{SECRETS[2]}')".encode()
    )
    return admin


# What AWS answers where a signature is wrong: the request as it should have been signed.
CANONICAL = f"""The request signature we calculated does not match the signature you provided.

The Canonical String for this request should have been
'POST
/

host:iam.amazonaws.com
x-amz-security-token:{SECRETS[2]}
'"""


@pytest.mark.parametrize(
    "reply",
    [
        None,
        error("AccessDenied", "not authorized to perform: iam:GetCredentialReport"),
        error("SignatureDoesNotMatch", CANONICAL),
    ],
    ids=["report", "denied", "signature"],
)
def test_no_secret_is_told_or_logged_at_any_level(
    asking: Db, connect: Connect, server: Server, emulator: Emulator, reply: Any
) -> None:
    for setting in ("log_min_messages = debug5", "log_error_verbosity = verbose", "log_statement = 'all'"):
        asking.execute(f"alter role {READER} set {setting}".encode())
    if reply:
        emulator.always["GetCredentialReport"] = reply
    told: list[str] = []

    def tell(diagnostic: psycopg.errors.Diagnostic) -> None:
        told.append(str([getattr(diagnostic, name) for name in dir(diagnostic) if not name.startswith("_")]))

    with logged(server) as log:
        reader = connect(user=READER)
        reader.add_notice_handler(tell)
        reader.execute("set client_min_messages = debug5; set debug_print_plan = on; set debug_print_parse = on")
        for query in (
            "select * from aws_iam_credential_report",
            "select * from aws_iam_credential_report_status",
            "select * from iam_check_user_mfa",
            "explain (analyze, verbose) select * from iam_check_report_freshness",
            "select * from pg_user_mappings",
            "select query from pg_stat_activity",
            "select * from pg_stats where tablename ~ '^aws'",
        ):
            try:
                told.append(str(reader.execute(query.encode()).fetchall()))
            except psycopg.Error as caught:
                tell(caught.diag)
    asking.execute(f"alter role {READER} reset all".encode())
    assert emulator.requests
    assert "select * from iam_check_user_mfa" in log[0]
    for secret in SECRETS[1:]:
        assert [text for text in told if secret in text] == []
        assert [line for line in log[0].splitlines() if secret in line] == []


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("AWS_SESSION_TOKEN", "first/line/of/it\nsecond/line", "first/line"),
        ("HTTPS_PROXY", "socks5://user:pass-word@127.0.0.1:9", "pass-word"),
        ("HTTPS_PROXY", "http://user:pass/word@127.0.0.1:9", "pass"),
        ("HTTPS_PROXY", "http://user:pass-word@127.0.0.1:9", "pass-word"),
        ("AWS_ENDPOINT_URL", "http://user:pass-word@127.0.0.1:9", "pass-word"),
    ],
    ids=["token", "socks", "slash", "http", "endpoint"],
)
def test_a_secret_of_the_servers_environment_is_not_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, secret: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRETS[0])
    monkeypatch.setenv(name, value)
    settings = options.read({"endpoint_url": "http://127.0.0.1:9"} if name == "AWS_SESSION_TOKEN" else {})
    with pytest.raises(Error) as caught:
        client.Client(settings).account(None, Deadline(0.2), lambda call: call("iam", "GetCredentialReport"))
    assert secret not in str([caught.value.message, caught.value.detail, caught.value.hint])


def test_who_has_no_mapping_reads_with_the_credentials_of_the_machine(asking: Db, connect: Connect) -> None:
    asking.execute("drop user mapping for public server aws")
    asking.execute(f"create user mapping for postgres server aws {KEYS}".encode())
    reader = connect(user=READER)
    with pytest.raises(psycopg.Error, match="there are no AWS credentials"):
        reader.execute("select * from aws_iam_credential_report")
    if ENGINE == "minicorn":  # a view is read with the mapping of its owner
        assert len(reader.execute("select * from iam_check_root_mfa").fetchall()) == 1
    else:
        ((user_name, message),) = reader.execute("select user_name, error_message from iam_check_root_mfa").fetchall()
        assert user_name is None
        assert "there are no AWS credentials" in message


@needs_getenv
def test_the_page_keeps_keys_out_of_the_log(
    asking: Db, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (written,) = re.findall("^```psql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "page.sql").write_text(written)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRETS[0])
    asking.execute("drop user mapping for public server aws")
    asking.execute(f"alter database {asking.info.dbname} set log_statement = 'all'".encode())
    with logged(server) as log:
        for expected in (0, 3):  # the second one fails: there is one already
            done = psql(server, asking, "-v", "ON_ERROR_STOP=1", "-f", str(tmp_path / "page.sql"))
            assert done.returncode == expected, done.stderr
    assert SECRETS[0] not in log[0]
    assert SECRETS[0] in str(asking.execute("select umoptions from pg_user_mappings").fetchall())


def test_a_statement_that_fails_is_logged_with_its_keys(asking: Db, server: Server) -> None:
    # which is what the page is about
    asking.execute("reset log_min_error_statement")
    with logged(server) as log, pytest.raises(errors.DuplicateObject):
        asking.execute(f"create user mapping for public server aws {KEYS}".encode())
    assert SECRETS[0] in log[0]


# Hostile saved reports


@pytest.fixture
def read(installed: Installed, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """A function that has a reader read a folder, in which an attacker may write, and returns what it is told."""
    folder, admin = tmp_path / "source", installed("postgres")
    folder.mkdir()
    (before,) = admin.execute(
        "select option_value from pg_foreign_server, pg_options_to_table(srvoptions)"
        " where srvname = 'aws' and option_name = 'source'"
    ).fetchall()
    admin.execute(f"alter server aws options (set source '{folder}')".encode())

    def read() -> str:
        told, started = "", time.monotonic()
        for table in ("aws_iam_credential_report_status", "aws_iam_credential_report", "iam_check_report_freshness"):
            try:
                told += str(installed(READER).execute(f"select * from {table}".encode()).fetchall())
            except psycopg.Error as caught:
                told += f"{caught} {caught.diag.message_detail}"
        assert time.monotonic() - started < 10 * SLOWNESS
        assert installed(READER).execute("select 1").fetchone() == (1,)
        assert str(tmp_path) not in told
        return told

    yield read
    admin.execute(f"alter server aws options (set source '{before[0]}')".encode())


def report(**fields: str) -> bytes:
    return json.dumps(
        {"Content": base64.b64encode(csv(root())).decode(), "GeneratedTime": "2026-11-23T08:00:00Z", **fields}
    ).encode()


HOSTILE = {
    "bomb.csv.gz": (gzip.compress(b"\n" * 50_000_000), "too large"),
    "many.csv": (b"user,arn," + b",".join(b"c%d" % n for n in range(2000)) + b"\n" + b"," * 2001, "too many columns"),
    "long.csv": (b"user,arn\n" + b"x,y\n" * 700_000, "too many rows"),
    "nul.csv": (b"user,arn\n\0", "binary data"),
    "quote.csv": (b'user,arn\n"' + b"x" * 10_000_000, "malformed"),
    "deep.json": (b"[" * 1_000_000, "no answer of GetCredentialReport"),
    "wide.json": (report()[:-1] + b', "x": [' + b"[]," * 1_000_000 + b"0]}", "no answer of GetCredentialReport"),
    # Python before 3.11 takes minutes to read such a number, and no cancel reaches it
    "number.json": (report()[:-1] + b', "x": ' + b"1" * 3_000_000 + b"}", ""),
    "late.json": (report(GeneratedTime="9999-12-31T23:59:59-23:59"), "no answer of GetCredentialReport"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_an_error_and_soon(read: Callable[[], str], tmp_path: Path, name: str) -> None:
    content, expected = HOSTILE[name]
    (tmp_path / "source" / name).write_bytes(content)
    assert expected in read()


def test_links_pipes_and_devices_are_errors(read: Callable[[], str], tmp_path: Path) -> None:
    folder = tmp_path / "source"
    os.mkfifo(folder / "pipe.csv")
    (folder / "loop.csv").symlink_to("loop.csv")
    (folder / "device.csv").symlink_to("/dev/zero")
    (folder / "memory.csv").symlink_to("/proc/self/mem")
    (folder / "round").symlink_to(folder)
    told = read()
    for name in ("pipe", "loop", "device", "memory"):
        assert f"could not open {name}.csv" in told


def test_a_link_leads_to_no_other_file(read: Callable[[], str], tmp_path: Path) -> None:
    # such as a password file, of which an error would show the first line
    (tmp_path / "secret.csv").write_text("db:5432:*:replication:of-another-file")
    (tmp_path / "source" / "report.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "source" / "relative.csv").symlink_to("../secret.csv")
    assert "of-another-file" not in read()


def test_a_link_in_place_of_the_only_file_leads_to_no_other_file(
    read: Callable[[], str], installed: Installed, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("db:5432:*:replication:of-another-file")
    (tmp_path / "source" / "report.csv").symlink_to(tmp_path / "secret.csv")
    installed("postgres").execute(f"alter server aws options (set source '{tmp_path}/source/report.csv')".encode())
    assert "of-another-file" not in read()


def test_a_link_within_the_source_is_followed(read: Callable[[], str], tmp_path: Path) -> None:
    folder = tmp_path / "source" / "..data"  # as Kubernetes makes them
    folder.mkdir()
    save(folder, csv(root()), MADE)
    (tmp_path / "source" / "2026-11-23T08:00:00Z.csv").symlink_to("..data/2026-11-23T08:00:00Z.csv")
    assert "<root_account>" in read()


def test_no_terminal_becomes_the_backends(read: Callable[[], str], installed: Installed, tmp_path: Path) -> None:
    # who has the other end could send SIGQUIT to the backend, for which PostgreSQL ends all the others
    try:
        controller, terminal = os.openpty()
    except OSError:
        pytest.skip("no terminals here")
    try:
        name = f"/dev/pts/{os.fstat(terminal).st_rdev & 0xFF}"
        (tmp_path / "source" / "report.csv").symlink_to(name)
        assert "could not open report.csv" in read()
        stat = Path(f"/proc/{installed(READER).info.backend_pid}/stat").read_text()
        assert stat.rpartition(")")[2].split()[4] == "0"
    finally:
        os.close(terminal)
        os.close(controller)


def test_names_of_files_are_shown_without_control_characters(read: Callable[[], str], tmp_path: Path) -> None:
    name = os.fsencode(tmp_path / "source") + b"/\x1b]0;title\x07\n\xff.csv"
    Path(os.fsdecode(name)).write_bytes(b"no report")
    told = read()
    assert "file ?]0;title???.csv" in told
    assert not re.search("[\x00-\x09\x0b-\x1f]", told)


def test_a_folder_without_end_is_an_error(read: Callable[[], str], tmp_path: Path) -> None:
    top = tmp_path / "source" / "0"
    top.mkdir()
    descriptor = os.open(top, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("0", dir_fd=descriptor)
        inner = os.open("0", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    try:
        assert "too many folders" in read()
    finally:
        subprocess.run(["rm", "-rf", top], check=True)
