"""Installing into a database, again, over something else, and out of it."""

from __future__ import annotations

import codecs
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql
from support.reports import csv, root
from support.server import ENGINE, TREE, Connect, Server, install, pg_config

from iam_fdw.cli import installer
from iam_fdw.tables import TABLES

NOW = "2026-11-23 12:00:00+00"
FUNCTIONS = (
    "iam_now",
    "iam_moment",
    "iam_day",
    "iam_limit",
    "iam_limits",
    "iam_nearest",
    "iam_validate_exemption",
    "iam_validate_settings",
    "iam_ago",
    "iam_span",
    "iam_exempt",
    "iam_record_history",
    "iam_keep_from",
    "iam_record_reports",
    "iam_delete_history",
    "iam_report_at",
    "iam_fdw_validator",
)
KEPT = ("iam_exemption", "iam_history", "iam_history_account", "iam_history_report")  # have rows of the user's own
INDEXES = (
    "iam_history_account_pkey",
    "iam_history_pkey",
    "iam_history_report_pkey",
    "iam_history_valid",
    "iam_history_valid_from",
    "iam_history_valid_to",
)
VIEWS = {
    "iam_change",
    "iam_benchmark",
    "iam_benchmark_control",
    "iam_benchmark_result",
    "iam_check",
    "iam_check_access_key_rotation",
    "iam_check_inactive_users",
    "iam_check_password_and_access_keys",
    "iam_check_password_rotation",
    "iam_check_report_freshness",
    "iam_check_result",
    "iam_check_root_access_keys",
    "iam_check_root_last_used",
    "iam_check_root_mfa",
    "iam_check_summary",
    "iam_check_unused_access_keys",
    "iam_check_user_mfa",
    "iam_credential",
    "iam_report",
    "iam_report_or_error",
    "iam_setting",
    "iam_verdict",
}
OBJECTS = """
    select format('%s %s', relkind, relname) from pg_class where relnamespace = %(schema)s::regnamespace
    union all
    select 'function ' || proname from pg_proc
    where pronamespace = %(schema)s::regnamespace
      and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
    union all
    select 'server ' || srvname from pg_foreign_server
    union all
    select 'wrapper ' || fdwname from pg_foreign_data_wrapper where fdwname <> 'multicorn'
"""


def psql(server: Server, database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(pg_config("bindir") / "psql"), "-X", "-q", "-h", server.host, "-p", str(server.port)]
    command += ["-U", "postgres", "-d", database, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def objects(admin: psycopg.Connection[Any], schema: str = "public") -> set[str]:
    query = OBJECTS.replace("%s %s", "%%s %%s")
    return {name for (name,) in admin.execute(query, {"schema": schema}).fetchall()}


def options(admin: psycopg.Connection[Any]) -> dict[str, str]:
    query = "select option_name, option_value from pg_foreign_server, pg_options_to_table(srvoptions)"
    return {name: value for name, value in admin.execute(query).fetchall() if name != "wrapper"}


@pytest.fixture
def source(tmp_path: Path) -> str:
    (tmp_path / "2026-11-23T08:00:00Z.csv").write_bytes(csv(root()))
    return str(tmp_path)


def test_makes_the_tables_and_views(admin: psycopg.Connection[Any], source: str) -> None:
    install(admin, source=source)
    expected = {f"v {view}" for view in VIEWS}
    if ENGINE == "multicorn":  # it misreads conditions: see sql/20_tables.sql
        expected |= {f"f {table.name}_foreign" for table in TABLES} | {f"v {table.name}" for table in TABLES}
    else:
        expected |= {f"f {table.name}" for table in TABLES}
    expected |= {f"function {name}" for name in FUNCTIONS} | {f"r {name}" for name in KEPT}
    expected |= {f"i {name}" for name in INDEXES}
    assert objects(admin) == expected | {"server aws", "wrapper iam_fdw"}
    assert admin.execute("select user_name from aws_iam_credential_report").fetchall() == [("<root_account>",)]


@pytest.mark.skipif(ENGINE != "minicorn", reason="it is another extension")
def test_an_older_minicorn_is_updated(admin: psycopg.Connection[Any], source: str) -> None:
    admin.execute("create schema other; create extension minicorn schema other version '1.0'")
    install(admin, source=source)
    admin.execute("set iam_fdw.typo = 'x'")
    assert admin.execute("select other.minicorn_settings('iam_fdw.')").fetchall() == [("iam_fdw.typo",)]


@pytest.mark.skipif(ENGINE != "minicorn", reason="it is another extension")
def test_the_reader_may_call_the_engines_function_whatever_other_extensions_have(
    admin: psycopg.Connection[Any], source: str
) -> None:
    # as a role can, with an extension of its own
    admin.execute(
        "create schema another;"
        "create function another.minicorn_settings(text) returns text language sql as 'select $1';"
        "alter extension plpgsql add function another.minicorn_settings(text)"
    )
    admin.execute("create extension minicorn schema public; create role regress_called")
    try:
        admin.execute("revoke execute on function public.minicorn_settings(text) from public")
        install(admin, reader="regress_called", source=source)
        (may,) = admin.execute(
            "select has_function_privilege('regress_called', 'public.minicorn_settings(text)', 'execute')"
        ).fetchone() or (None,)
        assert may
    finally:
        admin.execute("drop owned by regress_called; drop role regress_called")


def test_multicorn_is_for_encodings_that_python_knows_by_their_names(admin: psycopg.Connection[Any]) -> None:
    (pattern,) = re.findall(r"getdatabaseencoding\(\) !~ '(.*?)'", (TREE / "sql" / "12_wrapper.sql").read_text())
    # those that a database can have are the first 35
    named = "select pg_encoding_to_char(number) from generate_series(0, 34) as number"
    for (name,) in admin.execute(named).fetchall():
        try:
            known = bool(codecs.lookup(name))
        except LookupError:
            known = False
        assert bool(re.match(pattern, name)) == known, name


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_have_the_columns_and_comments_of_the_class(
    admin: psycopg.Connection[Any], source: str, table: Any
) -> None:
    install(admin, source=source)
    columns = admin.execute(
        "select attname, case format_type(atttypid, atttypmod) when 'timestamp with time zone' then 'timestamptz'"
        " else format_type(atttypid, atttypmod) end, col_description(attrelid, attnum)"
        " from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum",
        (table.name,),
    ).fetchall()
    assert columns == [tuple(column) for column in table.columns]
    comment = admin.execute("select obj_description(%s::regclass)", (table.name,)).fetchone()
    assert comment == (table.comment,)


def test_everything_that_a_user_sees_has_a_comment(admin: psycopg.Connection[Any], source: str) -> None:
    install(admin, source=source)
    bare = admin.execute("""
        select attrelid::regclass || '.' || attname
        from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'public'::regnamespace and relname !~ '_foreign$' and relkind <> 'i' and attnum > 0
          and col_description(attrelid, attnum) is null
        union all
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind <> 'i' and obj_description(oid) is null
        union all
        select proname from pg_proc
        where pronamespace = 'public'::regnamespace and proname like 'iam%' and obj_description(oid) is null
    """).fetchall()
    assert bare == []


def test_psql_makes_the_same_as_the_command(
    admin: psycopg.Connection[Any], server: Server, database: str, source: str
) -> None:
    def dump() -> str:
        command = [str(pg_config("bindir") / "pg_dump"), "-h", server.host, "-p", str(server.port), "-U", "postgres"]
        text = subprocess.check_output([*command, database], text=True)
        return "\n".join(line for line in text.splitlines() if not line.startswith(("--", "\\")))

    install(admin, source=source, max_age="1 day")
    by_command = dump()
    with admin.transaction():
        installer.uninstall(admin, {"schema": "public", "server": "aws"})
    file = str(TREE / "sql" / "install.sql")
    done = psql(server, database, "-v", f"option=source={source}\nmax_age=1 day", "-v", f"engine={ENGINE}", "-f", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert dump() == by_command
    done = psql(server, database, "-f", str(TREE / "sql" / "uninstall.sql"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert objects(admin) == set()


def test_conditions_and_files_are_read_as_psql_reads_them(
    admin: psycopg.Connection[Any], server: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "included").mkdir()
    (tmp_path / "included" / "inner.sql").write_text("insert into ran values (:'word');\n\\ir next.sql\n")
    (tmp_path / "included" / "next.sql").write_text("insert into ran values (:'word' || :'kind');\n")
    (tmp_path / "outer.sql").write_text(
        "select 'it''s' as word, 'x' as kind, 'true' as yes, 'false' as no\n\\gset\n"
        "\\if :yes\ninsert into ran:suffix values ('yes');\n"
        "\\if :no\ninsert into nowhere values ('no');\n\\ir missing.sql\n"
        "\\if :unset\nsyntax error;\n\\else\nsyntax error;\n\\endif\n"
        "\\else\n\\ir included/inner.sql\n\\endif\n\\else\ninsert into nowhere values ('else');\n\\endif\n"
        "-- :yes\ninsert into ran values (':yes');\n"
    )
    admin.execute("create table ran (what text)")
    monkeypatch.setattr(installer, "SQL", tmp_path)
    assert installer.run(admin, ["outer.sql"], {"suffix": ""})["word"] == "it's"
    ran = admin.execute("select what from ran").fetchall()
    assert ran == [("yes",), ("it's",), ("it'sx",), (":yes",)]
    admin.execute("truncate ran")
    done = psql(server, database, "-v", "suffix=", "-v", "ON_ERROR_STOP=1", "-f", str(tmp_path / "outer.sql"))
    assert (done.returncode, done.stderr) == (0, "")
    assert admin.execute("select what from ran").fetchall() == ran


def test_psql_needs_no_variables(admin: psycopg.Connection[Any], server: Server, database: str) -> None:
    done = psql(server, database, "-f", str(TREE / "sql" / "install.sql"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "server aws" in objects(admin)


def test_again_keeps_what_others_made_of_it(admin: psycopg.Connection[Any], source: str) -> None:
    install(admin, source=source, max_age="1 day")
    admin.execute("create view mine as select user_name from iam_check_user_mfa")
    admin.execute("create role regress_auditor")
    try:
        admin.execute("grant select on iam_check_user_mfa to regress_auditor")
        admin.execute("create user mapping for regress_auditor server aws")
        before = objects(admin)
        install(admin, max_age="2 days")
        assert objects(admin) == before
        assert options(admin) == {"source": source, "max_age": "2 days"}
        row = admin.execute("select has_table_privilege('regress_auditor', 'iam_check_user_mfa', 'select')").fetchone()
        assert row == (True,)
        assert admin.execute("select usename from pg_user_mappings").fetchall() == [("regress_auditor",)]
    finally:
        admin.execute("drop owned by regress_auditor")
        admin.execute("drop role regress_auditor")


@pytest.mark.parametrize(
    "schema",
    [
        'Odd "schema" of $$ :server',
        "it's $function$ %I %1$s",
        "'; create role regress_made; --",
        "a$body$ $$; create role regress_made; $body$ :server",
        "last_use ",
        "iam_ago(",
    ],
)
def test_a_schema_may_have_any_name(admin: psycopg.Connection[Any], source: str, schema: str) -> None:
    install(admin, schema=schema, source=source)
    identifier = sql.Identifier(schema).as_string(admin)
    assert admin.execute(f"select count(*) from {identifier}.iam_check_root_mfa".encode()).fetchone() == (1,)
    with pytest.raises(psycopg.errors.NoDataFound) as caught:
        admin.execute(f"select * from {identifier}.iam_report_at(now())".encode())
    assert caught.value.diag.message_hint == f"Record it: call {identifier}.iam_record_history()."
    with admin.transaction():
        installer.uninstall(admin, {"schema": schema, "server": "aws"})
    assert objects(admin, identifier) == set()


def test_two_servers_stand_in_two_schemas(admin: psycopg.Connection[Any], source: str, tmp_path: Path) -> None:
    install(admin, source=source)
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "2026-11-23T08:00:00Z.csv"
    other.write_bytes(csv(root("444455556666")))
    variables = {"schema": "other", "server": "second", "option": f"source={other}", "reader": "", "engine": ENGINE}
    with admin.transaction():
        installer.install(admin, variables)
    assert admin.execute("select account_id from other.iam_check_root_mfa").fetchall() == [("444455556666",)]
    with admin.transaction():
        installer.uninstall(admin, {"schema": "public", "server": "aws"})
    assert admin.execute("select account_id from other.iam_check_root_mfa").fetchall() == [("444455556666",)]
    with admin.transaction():
        installer.uninstall(admin, {"schema": "other", "server": "second"})
    assert objects(admin) == objects(admin, "other") == set()


def test_exemptions_are_kept_and_dropped_by_nobody_else(admin: psycopg.Connection[Any], source: str) -> None:
    install(admin, source=source)
    admin.execute("insert into iam_exemption (reason) values ('mine')")
    install(admin)
    assert admin.execute("select reason from iam_exemption").fetchall() == [("mine",)]
    with (
        pytest.raises(psycopg.errors.DependentObjectsStillExist, match="because it has rows") as caught,
        admin.transaction(),
    ):
        installer.uninstall(admin, {"schema": "public", "server": "aws"})
    assert caught.value.diag.message_hint == "Save them, and delete them: they are yours."
    assert admin.execute("select count(*) from iam_check_result").fetchone() != (0,)
    admin.execute("delete from iam_exemption")
    with admin.transaction():
        installer.uninstall(admin, {"schema": "public", "server": "aws"})
    assert objects(admin) == set()


def test_again_adds_the_columns_that_a_table_lacks(admin: psycopg.Connection[Any], source: str) -> None:
    install(admin, source=source)
    suffix = "_foreign" if ENGINE == "multicorn" else ""
    name = f"aws_iam_credential_report_or_error{suffix}"
    admin.execute(f"alter foreign table {name} drop column unknown_columns cascade".encode())
    assert admin.execute("select to_regclass('iam_check_result')").fetchone() == (None,)
    install(admin)
    assert admin.execute("select unknown_columns from aws_iam_credential_report_or_error").fetchall() != []
    assert admin.execute("select count(*) = 9 from iam_check_result").fetchone() == (True,)
    assert admin.execute("select to_regnamespace('iam_fdw_declared')").fetchone() == (None,)


def test_what_an_earlier_version_made_is_removed_with_the_rest(admin: psycopg.Connection[Any], source: str) -> None:
    install(admin, source=source)
    admin.execute("create procedure iam_record_history(boolean, interval) language sql as ''")
    with admin.transaction():
        installer.uninstall(admin, {"schema": "public", "server": "aws"})
    assert objects(admin) == set()


# {} is the text of a view that calls it.
EARLIER_AGO = (
    "create function earlier(moment timestamptz, now timestamptz) returns text language sql stable as $$ select '' $$;"
    " create or replace view {}, earlier(now(), now()) as title; alter function earlier rename to iam_ago"
)


def test_a_function_of_an_earlier_version_is_dropped_once_no_view_of_ours_calls_it(
    admin: psycopg.Connection[Any], source: str
) -> None:
    install(admin, source=source)
    before = objects(admin)
    admin.execute(EARLIER_AGO.format("iam_benchmark as select ''::text as benchmark").encode())
    install(admin)
    assert objects(admin) == before
    (count,) = admin.execute("select count(*) from pg_proc where proname ~ '^iam_ago'").fetchone() or (0,)
    assert count == 1


def test_a_function_of_an_earlier_version_stays_while_a_view_of_the_users_own_calls_it(
    admin: psycopg.Connection[Any], source: str
) -> None:
    install(admin, source=source)
    admin.execute(EARLIER_AGO.format("mine as select 1 as number").encode())
    for _ in range(2):
        install(admin)
        assert admin.execute("select * from mine").fetchall() == [(1, "")]
        assert admin.execute("select iam_ago(now(), now()) ~ 'ago$'").fetchone() == (True,)
    admin.execute("drop view mine")
    with admin.transaction():
        installer.uninstall(admin, {"schema": "public", "server": "aws"})
    assert objects(admin) == set()


def test_uninstall_is_refused_where_something_depends_on_it(admin: psycopg.Connection[Any], source: str) -> None:
    install(admin, source=source)
    admin.execute("create view mine as select user_name from iam_check_user_mfa")
    before = objects(admin)
    with pytest.raises(errors.DependentObjectsStillExist), admin.transaction():
        installer.uninstall(admin, {"schema": "public", "server": "aws"})
    assert objects(admin) == before


def test_nothing_is_made_where_an_option_is_refused(admin: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.Error, match='invalid option "sauce"') as caught:
        install(admin, sauce="/tmp")
    assert caught.value.diag.message_hint is not None
    assert "source" in caught.value.diag.message_hint
    assert objects(admin) == set()


def test_a_server_of_another_wrapper_is_left_alone(admin: psycopg.Connection[Any]) -> None:
    admin.execute("create foreign data wrapper other")
    admin.execute("create server aws foreign data wrapper other")
    with pytest.raises(errors.DuplicateObject, match='server "aws" already exists'):
        install(admin)


def test_a_table_of_somebody_else_is_left_alone(admin: psycopg.Connection[Any]) -> None:
    admin.execute("create table aws_iam_credential_report (user_name text)")
    with pytest.raises(errors.DuplicateTable, match="already exists"):
        install(admin)


def test_an_unknown_host_is_an_error_with_the_way_out(admin: psycopg.Connection[Any]) -> None:
    variables = {"schema": "public", "server": "aws", "option": "", "reader": "", "engine": "unicorn"}
    with pytest.raises(errors.UndefinedFile, match='engine "unicorn" is not available') as caught, admin.transaction():
        installer.install(admin, variables)
    assert caught.value.diag.message_hint is not None
    assert "make install" in caught.value.diag.message_hint


def test_only_superusers_install(admin: psycopg.Connection[Any], connect: Connect) -> None:
    admin.execute("create role regress_plain login")
    try:
        with pytest.raises(errors.InsufficientPrivilege) as caught:
            install(connect(user="regress_plain"))
        assert caught.value.diag.message_hint == "Must be superuser to install iam_fdw."
    finally:
        admin.execute("drop role regress_plain")


@pytest.mark.parametrize(
    "prepared",
    [
        "create function public.iam_now() returns timestamptz language sql as 'select now()'",
        "create function public.iam_day(moment timestamptz) returns timestamp language sql immutable"
        " as 'select moment::timestamp'",
        "create view public.iam_check_root_mfa as"
        " select ''::text as account_id, ''::text as account_name, ''::text as user_name, true as mfa_active",
    ],
)
def test_what_another_role_could_change_is_not_taken_over(
    admin: psycopg.Connection[Any], connect: Connect, prepared: str
) -> None:
    admin.execute("create role regress_mallory login")
    admin.execute("grant create on schema public to regress_mallory")
    try:
        connect(user="regress_mallory").execute(prepared)
        with pytest.raises(psycopg.Error) as caught:
            install(admin)
        # a column's type that differs is refused by PostgreSQL itself
        assert caught.value.sqlstate in ("42501", "42P16", "42P13")
        assert "server aws" not in objects(admin)
    finally:
        admin.execute("drop owned by regress_mallory")
        admin.execute("drop role regress_mallory")


def test_functions_in_the_schema_are_not_found_by_name(admin: psycopg.Connection[Any], source: str) -> None:
    # PostgreSQL has no age(date, date): one in a schema on the path would be taken
    admin.execute(
        "create function public.age(timestamp, timestamp) returns interval language plpgsql as"
        " $$ begin raise exception 'trapped'; end $$"
    )
    admin.execute("set search_path = public, pg_catalog")
    install(admin, source=source)
    # nor does another function of the engine's name keep it from being brought up to date
    admin.execute(f"create function public.{ENGINE}_handler(integer) returns integer language sql as 'select 1'")
    install(admin)
    assert len(admin.execute("select * from iam_check_root_last_used").fetchall()) == 1


def test_a_dump_is_restored_and_asks_nobody(
    admin: psycopg.Connection[Any], server: Server, database: str, source: str, tmp_path: Path
) -> None:
    # of a server that would be asked nothing answers there: restoring must not read
    install(admin, endpoint_url="http://127.0.0.1:9", timeout="1 second")
    admin.execute(
        "create user mapping for public server aws options (aws_access_key_id 'AKIA111122223333',"
        " aws_secret_access_key 'secretsecretsecret')"
    )
    dump = str(tmp_path / "dump.sql")
    arguments = ["-h", server.host, "-p", str(server.port), "-U", "postgres"]
    subprocess.run([str(pg_config("bindir") / "pg_dump"), *arguments, "-f", dump, database], check=True)
    admin.execute("create database restored template template0 encoding 'UTF8' locale 'C'")
    try:
        done = psql(server, "restored", "-v", "ON_ERROR_STOP=1", "-f", dump)
        assert (done.returncode, done.stderr) == (0, "")
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname="restored") as restored:
            assert objects(restored) == objects(admin)
            restored.execute(f"alter server aws options (drop endpoint_url, drop timeout, add source '{source}')")
            found = restored.execute("select user_name from iam_check_user_mfa").fetchall()
            assert found == [("<root_account>",)]
            mappings = restored.execute("select umoptions from pg_user_mappings").fetchall()
            assert mappings == admin.execute("select umoptions from pg_user_mappings").fetchall()
    finally:
        admin.execute("drop database restored with (force)")


def test_names_that_only_look_like_ours_are_left_alone(admin: psycopg.Connection[Any], source: str) -> None:
    admin.execute("create role regress_reader; create role regress_analyst; create schema iam_fdw_declared")
    admin.execute(
        "create schema theirs authorization regress_analyst; grant create on schema public to regress_analyst"
    )
    try:
        install(admin, source=source)
        admin.execute("create table iam_credential_vault as select 'secret' as value")
        admin.execute("create function iam_limited() returns int language sql as 'select 1'")
        admin.execute("set role regress_analyst; create view iam_report_weekly as select 1 as week; reset role")
        with admin.transaction():
            variables = {
                "schema": "public",
                "server": "aws",
                "option": "",
                "reader": "regress_reader",
                "engine": ENGINE,
            }
            installer.install(admin, variables)
        readable = admin.execute("""
            select relname from pg_class
            where relnamespace = 'public'::regnamespace and has_table_privilege('regress_reader', oid, 'select')
        """).fetchall()
        relations = VIEWS | set(KEPT) | {table.name for table in TABLES}
        assert {name for (name,) in readable} == relations
        with admin.transaction():
            installer.uninstall(admin, {"schema": "public", "server": "aws"})
        assert objects(admin) == {"r iam_credential_vault", "v iam_report_weekly", "function iam_limited"}
    finally:
        admin.execute("drop owned by regress_reader, regress_analyst; drop role regress_reader, regress_analyst")
