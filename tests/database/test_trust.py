"""An installation that others could change is refused by every command, and what held against a database's owner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from click.testing import Result
from psycopg import errors
from support.reports import csv, root, user
from support.server import ENGINE, Connect, Server, install, new_database, runner, save

from iam_fdw.cli import installer, main, trust

Db = psycopg.Connection[Any]
Command = Callable[..., Result]

MADE = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
OWNER, MALLORY, READER = "regress_database_owner", "regress_mallory", "regress_trusting"
# How the functions of pg_catalog begin that commands and SQL of ours call.
CALLED = (
    "now|set_config|current_setting|format|to_char|to_reg|date_|timezone|quote_|replace|regexp_|array_|string_|split"
    "|substr|btrim|lower|pg_options|pg_stat_file|pg_ls|pg_describe|length"
)
# What code of an attacker does: with the rights of a superuser it makes the attacker one.
TRAP = f"if current_setting('is_superuser') = 'on' then alter role {OWNER} superuser; end if;"


@pytest.fixture(scope="module", autouse=True)
def roles(server: Server) -> Iterator[None]:
    with psycopg.connect(host=server.host, port=server.port, user="postgres", autocommit=True) as c:
        for role in (OWNER, MALLORY, READER):
            c.execute(f"create role {role} login".encode())
        yield
        for role in (OWNER, MALLORY, READER):
            c.execute(f"drop role {role}".encode())


@pytest.fixture
def command(server: Server, database: str) -> Command:
    """Call a command of iam-fdw over the test's database, as the superuser."""
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"
    return lambda *arguments: runner().invoke(main, [arguments[0], dsn, *arguments[1:]])


def give_away(admin: Db) -> None:
    """Give the database to a role that is no superuser: from PostgreSQL 15 on it has public, too."""
    admin.execute(f"alter database {admin.info.dbname} owner to {OWNER}".encode())
    if admin.info.server_version < 150000:
        admin.execute(f"alter schema public owner to {OWNER}".encode())


def verify_after(admin: Db, statement: str) -> None:
    """Verify the schema public after a statement, which is taken back."""
    with admin.transaction(force_rollback=True):
        admin.execute(statement.encode())
        admin.execute("reset role")
        trust.verify(admin, "public")


def is_superuser(admin: Db) -> bool:
    return admin.execute("select rolsuper from pg_roles where rolname = %s", (OWNER,)).fetchone() == (True,)


def test_install_into_a_schema_of_the_databases_owner_is_refused(admin: Db, tmp_path: Path) -> None:
    give_away(admin)
    with pytest.raises(errors.InsufficientPrivilege, match=f'schema public belongs to role "{OWNER}"') as caught:
        install(admin, source=str(tmp_path))
    assert "--schema iam" in (caught.value.diag.message_hint or "")
    assert "alter schema public owner to postgres" in (caught.value.diag.message_hint or "")
    assert admin.execute("select count(*) from pg_foreign_data_wrapper where fdwname = 'iam_fdw'").fetchone() == (0,)
    admin.execute("alter schema public owner to postgres")
    install(admin, source=str(tmp_path))


def test_a_name_that_postgresql_cuts_is_that_of_the_schema_it_becomes(
    admin: Db, command: Command, tmp_path: Path
) -> None:
    name = "long" * 20
    admin.execute(f"create schema {name} authorization {OWNER}".encode())
    with pytest.raises(errors.InsufficientPrivilege, match=f'belongs to role "{OWNER}"'):
        install(admin, schema=name, source=str(tmp_path))
    save(tmp_path, csv(root()), MADE)
    admin.execute(f"alter schema {name} owner to postgres".encode())
    install(admin, schema=name, source=str(tmp_path))
    assert "root_mfa_disabled" in command("check", "--schema", name, "--output", "csv").output
    assert command("uninstall", "--schema", name).exit_code == 0


def test_an_engine_in_a_schema_of_the_databases_owner_is_refused(admin: Db) -> None:
    # who may rename that schema can put functions of the same names in its place
    admin.execute(f"create extension {ENGINE} schema public".encode())
    give_away(admin)
    with pytest.raises(errors.InsufficientPrivilege, match=f'schema public belongs to role "{OWNER}"') as caught:
        install(admin, schema="iam")
    hint = caught.value.diag.message_hint or ""
    assert hint.startswith(f'It has extension "{ENGINE}". Move it: ')
    admin.execute(hint.split(": ")[1].rstrip("."))
    install(admin, schema="iam")


def test_what_slips_in_during_an_installation_is_noticed(admin: Db) -> None:
    # as, before PostgreSQL 15, whoever makes a function in public meanwhile
    admin.execute(
        "create function slip() returns event_trigger language plpgsql as $$ begin"
        " if to_regclass('public.iam_report') is not null and to_regproc('public.iam_record_history') is not null then"
        "  create function public.iam_record_history(text) returns void language sql as '';"
        f"  alter function public.iam_record_history(text) owner to {MALLORY}; end if; end $$;"
        f"grant create on schema public to {MALLORY};"
        "create event trigger slip on ddl_command_end when tag in ('CREATE VIEW') execute function slip()"
    )
    with pytest.raises(errors.InsufficientPrivilege, match=f'belongs to role "{MALLORY}"'):
        install(admin)
    assert admin.execute("select to_regclass('public.iam_report')").fetchone() == (None,)


def test_a_table_that_slips_in_during_an_installation_is_not_read(admin: Db) -> None:
    # its columns' types can bring casts, which would run as the superuser
    admin.execute(
        "create schema slip;"
        "create type slip.pattern as (pattern text);"
        "create function slip.text(slip.pattern) returns text language plpgsql immutable"
        " as $$ begin raise exception 'called as %', current_user; end $$;"
        "create cast (slip.pattern as text) with function slip.text(slip.pattern) as implicit;"
        "create function slip.slip() returns event_trigger language plpgsql as $$ begin"
        " if to_regclass('public.iam_exemption') is null then"
        "  create table public.iam_exemption (check_id slip.pattern, account_id text, user_name text, reason text,"
        "   owner text, expires_at timestamptz);"
        "  insert into public.iam_exemption values (row('x'));"
        f"  alter table public.iam_exemption owner to {MALLORY}; end if; end $$;"
        f"grant create on schema public to {MALLORY};"
        "create event trigger slip on ddl_command_end when tag in ('CREATE FUNCTION') execute function slip.slip()"
    )
    with pytest.raises(errors.InsufficientPrivilege, match=f'table public.iam_exemption belongs to role "{MALLORY}"'):
        install(admin)


def test_the_owner_of_a_database_becomes_no_superuser(
    admin: Db, connect: Connect, command: Command, tmp_path: Path
) -> None:
    # as public is that of pg_database_owner, so what is in it can be replaced
    save(tmp_path, csv(root()), MADE)
    install(admin, source=str(tmp_path), snapshots=str(tmp_path))
    give_away(admin)
    connect(user=OWNER).execute(
        "drop procedure iam_record_history; drop view iam_check cascade; drop table iam_history cascade;"
        f"create procedure iam_record_history() language plpgsql as $$ begin {TRAP} end $$;"
        f"create function trap() returns text language plpgsql as $$ begin {TRAP} return 'x'; end $$;"
        "create view iam_check as select trap() as check_id, '' as title, '' as description, '' as severity,"
        " '' as remediation, '' as setting;"
        "create view iam_history as select trap()"
    )
    for name in ("check", "doctor", "snapshot", "uninstall", "install"):
        done = command(name)
        told = re.sub(r"\s+", " ", done.stdout + done.stderr)
        assert f'schema public belongs to role "{OWNER}"' in told, (name, told)
        assert done.exit_code in (1, 2)
    assert not is_superuser(admin)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (f"alter schema public owner to {OWNER}", f'schema public belongs to role "{OWNER}"'),
        (f"alter view iam_check owner to {OWNER}", f'view public.iam_check belongs to role "{OWNER}"'),
        (f"alter table iam_history owner to {OWNER}", f'iam_history belongs to role "{OWNER}"'),
        (f"alter procedure iam_record_history owner to {OWNER}", f'belongs to role "{OWNER}"'),
        (f"alter function iam_fdw_validator owner to {OWNER}", f'belongs to role "{OWNER}"'),
        (  # a closer match of the call without arguments
            f"grant create on schema public to {MALLORY}; set local role {MALLORY};"
            " create function public.iam_record_history() returns void language sql as ''",
            f'function public.iam_record_history() belongs to role "{MALLORY}"',
        ),
        (
            f"alter role {MALLORY} superuser; alter view iam_setting owner to {MALLORY};"
            f" alter role {MALLORY} nosuperuser",
            f'view public.iam_setting belongs to role "{MALLORY}"',
        ),
    ],
)
def test_a_change_of_owner_is_noticed(trusted: Db, statement: str, problem: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match=re.escape(problem)):
        verify_after(trusted, statement)
    trust.verify(trusted, "public")


@pytest.fixture(scope="module")
def trusted(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Db]:
    """A superuser's connection to a database with iam_fdw, in which every test leaves things as they were."""
    source = tmp_path_factory.mktemp("source")
    save(source, csv(root()), MADE)
    where: dict[str, Any] = {"host": server.host, "port": server.port, "user": "postgres", "autocommit": True}
    with new_database(server, "trusted") as name, psycopg.connect(dbname=name, **where) as db:
        install(db, source=str(source), reader=READER)
        db.execute(f"create schema theirs authorization {MALLORY}".encode())
        yield db


FUNCTION = "create function theirs.{} language plpgsql as $$ begin return null; end $$;"
HANGING = {
    "trigger": (
        f"grant trigger on iam_history to {MALLORY}; set local role {MALLORY};"
        + FUNCTION.format("run() returns trigger")
        + "create trigger run after insert on iam_history for each row execute function theirs.run()",
        "trigger run on table public.iam_history is not trusted",
    ),
    "trigger with a condition": (  # query_to_xml runs whatever it is given
        f"grant trigger on iam_history to {MALLORY}; set local role {MALLORY};"
        "create trigger run before update on iam_history for each row"
        " when (query_to_xml('select 1', true, true, '') is not null)"
        " execute function suppress_redundant_updates_trigger()",
        "trigger run on table public.iam_history is not trusted",
    ),
    "trigger with arguments": (
        f"grant trigger on iam_history to {MALLORY}; set local role {MALLORY};"
        "create trigger run before insert on iam_history for each row"
        " execute function tsvector_update_trigger('raw', 'pg_catalog.simple', 'user_name')",
        "trigger run on table public.iam_history is not trusted",
    ),
    "trigger of a built-in function": (
        f"grant trigger on iam_exemption to {MALLORY}; set local role {MALLORY};"
        "create trigger run before update on iam_exemption for each row"
        " execute function suppress_redundant_updates_trigger()",
        "trigger run on table public.iam_exemption is not trusted",
    ),
    "trigger of an extension": (
        f"create extension tcn schema theirs; grant trigger on iam_history to {MALLORY}; set local role {MALLORY};"
        "create trigger run after insert on iam_history for each row"
        " execute function theirs.triggered_change_notification()",
        "trigger run on table public.iam_history is not trusted",
    ),
    "rule": (
        "create rule run as on insert to iam_history do also select 1",
        "rule run on table public.iam_history is not trusted",
    ),
    "foreign key": (
        f"grant references on iam_history_account to {MALLORY}; set local role {MALLORY};"
        "create table theirs.mine (account_id text references public.iam_history_account on delete cascade)",
        f'table theirs.mine belongs to role "{MALLORY}"',
    ),
    "inheritance child": (
        f"create table theirs.child () inherits (iam_history); alter table theirs.child owner to {MALLORY}",
        f'table theirs.child belongs to role "{MALLORY}"',
    ),
    "policy": (
        FUNCTION.format("run(text) returns boolean") + f"alter function theirs.run owner to {MALLORY};"
        "create policy run on iam_history using (theirs.run(user_name))",
        "policy run on table public.iam_history is not trusted",
    ),
    "default": (
        FUNCTION.format("run() returns text") + f"alter function theirs.run owner to {MALLORY};"
        "alter table iam_exemption alter reason set default theirs.run()",
        "default value for column reason of table public.iam_exemption is not trusted",
    ),
    "constraint": (
        FUNCTION.format("run(text) returns boolean") + f"alter function theirs.run owner to {MALLORY};"
        "alter table iam_exemption add constraint run check (theirs.run(reason))",
        "constraint run on table public.iam_exemption is not trusted",
    ),
    "index": (
        FUNCTION.format("run(text) returns text immutable") + f"alter function theirs.run owner to {MALLORY};"
        "create index run on iam_exemption (theirs.run(reason))",
        "index public.run is not trusted",
    ),
    "domain": (
        f"create domain theirs.word as text; alter domain theirs.word owner to {MALLORY};"
        "alter table iam_history add mine theirs.word",
        "table public.iam_history is not trusted",
    ),
}


@pytest.mark.parametrize("name", HANGING)
def test_what_others_hang_on_our_tables_is_refused(trusted: Db, name: str) -> None:
    statement, problem = HANGING[name]
    with pytest.raises(errors.InsufficientPrivilege, match=re.escape(problem)) as caught:
        verify_after(trusted, statement)
    assert caught.value.diag.message_detail
    assert caught.value.diag.message_hint


def test_what_superusers_hang_on_our_tables_may_stay(trusted: Db) -> None:
    with trusted.transaction(force_rollback=True):
        trusted.execute(
            "create function public.run() returns trigger language plpgsql as $$ begin return null; end $$;"
            "create trigger run after insert on iam_exemption for each row execute function public.run();"
            "create table public.mine (account_id text references public.iam_history_account);"
            "create index own on iam_history (user_arn);"
            "create policy mine on iam_history using (account_id = '111122223333')"
        )
        trust.verify(trusted, "public")


def test_who_is_no_superuser_verifies_in_a_transaction_that_only_reads(trusted: Db, server: Server) -> None:
    where = f"host={server.host} port={server.port} dbname={trusted.info.dbname} user={READER}"
    with psycopg.connect(where, options="-c default_transaction_read_only=on") as reader:
        reader.execute("set search_path = public")
        trust.verify(reader, "public")
        settings = reader.execute(
            "select current_setting('search_path'), current_setting('iam_fdw.install_schema', true)"
        )
        assert settings.fetchall() in ([("public", None)], [("public", "")])
        with pytest.raises(errors.UndefinedObject, match='iam_fdw is not installed in schema "theirs"') as caught:
            trust.verify(reader, "theirs")
    assert caught.value.diag.message_hint == 'It is in schema "public": name it with --schema.'


def test_the_names_are_those_of_what_install_makes(trusted: Db) -> None:
    with trusted.transaction():
        installer.run(trusted, ["01_names.sql"], {"schema": "public", "server": "aws"})

        def names(*kinds: str) -> set[str]:
            queries = (f"select unnest(current_setting('iam_fdw.install_{kind}')::text[])" for kind in kinds)
            return {name for (name,) in trusted.execute(" union all ".join(queries).encode()).fetchall()}

        reports = names("reports")
        foreign = {f"{name}_foreign" for name in reports} if ENGINE == "multicorn" else set()
        relations = names("tables", "indexes", "views") | reports | foreign
        functions = {name.replace("%1$I.", "public.") for name in names("functions")}
        made = trusted.execute("select relname from pg_class where relnamespace = 'public'::regnamespace").fetchall()
        assert {name for (name,) in made} == relations
        made = trusted.execute(
            "select oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace"
            " and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')"
        ).fetchall()
        assert {name for (name,) in made} == functions


# In a schema of its own the owner of the database can be any role.


@pytest.fixture(scope="module")
def owned(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a superuser for a database of another role, in which schema iam has iam_fdw."""
    folder = tmp_path_factory.mktemp("owned")
    save(folder, csv(root(), user("alice", password_enabled="true")), MADE)
    with new_database(server, "owned") as name:
        dsn = f"host={server.host} port={server.port} dbname={name} user="
        with psycopg.connect(f"{dsn}postgres", autocommit=True) as admin:
            give_away(admin)
            install(admin, schema="iam", source=str(folder), snapshots=str(folder), reader=READER)
            with psycopg.connect(f"{dsn}{OWNER}", autocommit=True) as owner:
                owner.execute("create schema evil; grant usage on schema evil to public")
        yield dsn


@pytest.mark.parametrize(
    "statement",
    [
        "create function iam.trap() returns text language sql as ''",
        "create view iam.trap as select 1",
        "create type iam.trap as (x text)",
        "create or replace view iam.iam_check as select 1",
        "create or replace procedure iam.iam_record_history() language sql as ''",
        "drop procedure iam.iam_record_history",
        "drop view iam.iam_check cascade",
        "drop schema iam cascade",
        "drop extension {host} cascade",
        "drop owned by postgres",
        "reassign owned by postgres to current_user",
        "alter schema iam owner to current_user",
        "alter schema iam rename to other",
        "alter view iam.iam_check rename to other",
        "alter table iam.iam_history set schema public",
        "alter function iam.iam_now() set iam_fdw.now = '2020-01-01'",
        "grant all on schema iam to current_user",
        "select * from iam.iam_check_result",
        "insert into iam.iam_exemption (reason) values ('mine')",
        "create trigger trap after insert on iam.iam_history execute function public.trap()",
        "create rule trap as on insert to iam.iam_history do also select 1",
        "create table public.mine (id text references iam.iam_history_account)",
        "create table public.mine () inherits (iam.iam_history)",
        "create policy trap on iam.iam_history using (true)",
        "create event trigger trap on ddl_command_end execute function public.run_event()",
        "create publication trap for all tables",
        "create publication trap for table iam.iam_history",
        "create server mine foreign data wrapper iam_fdw",
        "create user mapping for current_user server aws",
        "alter server aws options (add max_age '1 day')",
        "create foreign table public.mine (user_name text) server aws",
        "create cast (text as timestamptz) with function evil.cast(text)",
        "alter default privileges for role postgres grant all on tables to current_user",
        "alter database owned set minicorn.python = '/tmp/python3'",
        "alter database owned set session_preload_libraries = 'evil'",
        "alter database owned set session_replication_role = 'replica'",
        "alter role postgres in database owned set search_path = evil, pg_catalog",
        "comment on view iam.iam_check is 'mine'",
        "set session authorization postgres",
        "set role postgres",
    ],
)
def test_the_owner_of_the_database_can_do_nothing_to_a_schema_of_its_own(owned: str, statement: str) -> None:
    with psycopg.connect(f"{owned}{OWNER}", autocommit=True) as owner:
        owner.execute(
            "create or replace function public.trap() returns trigger language plpgsql as $$ begin return null; end $$;"
            "create or replace function public.run_event() returns event_trigger language plpgsql as $$ begin end $$;"
            "create or replace function evil.cast(text) returns timestamptz language sql as 'select null::timestamptz'"
        )
        with pytest.raises(psycopg.Error) as caught, owner.transaction(force_rollback=True):
            owner.execute(statement.replace("{host}", ENGINE).encode())
    assert caught.value.sqlstate == "42501", caught.value


def read_all(dsn: str) -> None:
    """Read each relation by its full name, as dashboards do, with the path that the owner of the database chose."""
    with psycopg.connect(dsn, options="-c search_path=pg_catalog") as c:
        relations = c.execute(
            "select oid::regclass from pg_class where relkind in ('v', 'f', 'r') and relname ~ 'iam_'"
        )
        names = [name for (name,) in relations.fetchall()]
    with psycopg.connect(dsn, autocommit=True) as c:
        assert c.execute("show search_path").fetchone() == ("evil, public, pg_catalog",)
        for name in names:
            if name.startswith("iam."):
                c.execute(f"select * from {name}")
        # its branches: near the limit, later, a day, days
        times = ", ".join(
            f"(timestamptz '2026-11-{time}+00', interval '{limit}')"
            for time, limit in (("23 07:00", "1 hour"), ("24 08:00", "1 day"), ("21 20:00", "2 days"), ("1", "90 days"))
        )
        written = (
            "select iam.iam_ago(moment, timestamptz '2026-11-23 08:00+00', span)"
            f" from (values {times}) as given (moment, span)"
        )
        assert [reason for (reason,) in c.execute(written.encode()).fetchall()] == [
            "on 2026-11-23 07:00:00 UTC, 01:00:00 ago",
            "on 2026-11-24 08:00:00 UTC, 1 day 00:00:00 later than now",
            "on 2026-11-21 20:00:00 UTC, 1 day 12:00:00 ago",
            "on 2026-11-01 00:00:00 UTC, 22 days ago",
        ]


def test_what_the_owner_of_the_database_makes_is_not_called(owned: str, server: Server) -> None:
    commands = (
        # the time of the check is in its output
        ["check", f"{owned}postgres options='-c iam_fdw.now=2026-11-24'", "--schema", "iam", "--output", "csv"],
        ["doctor", f"{owned}postgres"],
        ["snapshot", f"{owned}postgres"],
        ["cache", f"{owned}postgres"],
        ["install", f"{owned}postgres", "--schema", "iam"],
        ["uninstall", f"{owned}postgres", "--schema", "iam"],
    )

    def outputs() -> list[str]:
        return [re.sub("judged at: .*", "", runner().invoke(main, command).output) for command in commands[:4]]

    before = outputs()
    with psycopg.connect(f"{owned}{OWNER}", autocommit=True) as owner:
        # all operators, and the functions that are often called, before those of pg_catalog in everyone's path
        owner.execute(
            f"""
            do $do$
            declare
              body constant text := $body$ begin {TRAP} raise 'trapped'; end $body$;
              known record;
            begin
              for known in
                select oprname, oid, oprleft::regtype, oprright::regtype, oprresult::regtype
                from pg_operator
                where oprkind = 'b' and not exists (
                  select from pg_type where oid in (oprleft, oprright, oprresult) and typtype = 'p'
                )
              loop
                execute format(
                  'create function evil.trap_%s(%s, %s) returns %s language plpgsql set search_path = pg_catalog as %L',
                  known.oid, known.oprleft, known.oprright, known.oprresult, body
                );
                execute format(
                  'create operator evil.%s (leftarg = %s, rightarg = %s, function = evil.trap_%s)',
                  known.oprname, known.oprleft, known.oprright, known.oid
                );
              end loop;
              for known in
                select distinct on (proname, arguments) proname, arguments, prorettype::regtype
                from pg_proc, pg_get_function_identity_arguments(oid) as arguments
                where pronamespace = 'pg_catalog'::regnamespace
                  and prokind = 'f'
                  and proname ~ '^({CALLED})'
                  and not exists (
                    select from pg_type where oid = any (proargtypes::oid[] || prorettype) and typtype = 'p'
                  )
                  and not proretset and provariadic = 0
              loop
                execute format(
                  'create function evil.%I(%s) returns %s language plpgsql set search_path = pg_catalog as %L',
                  known.proname, known.arguments, known.prorettype, body
                );
              end loop;
            end
            $do$;
            create table evil.pg_roles (rolname name, rolsuper boolean);
            create table evil.pg_foreign_server (srvname name);
            create table public.iam_check ();
            create view public.iam_check_result as select 'ok' as status;
            create function public.iam_now() returns timestamptz language sql as $$ select '2020-01-01'::timestamptz $$;
            alter database owned set search_path = evil, public, pg_catalog;
            alter database owned set standard_conforming_strings = off;
            alter database owned set transform_null_equals = on;
            alter database owned set array_nulls = off;
            alter database owned set timezone = 'Asia/Tokyo';
            alter database owned set datestyle = 'SQL, DMY';
            alter database owned set intervalstyle = 'sql_standard';
            alter database owned set client_min_messages = 'error';
            alter database owned set extra_float_digits = -15;
            alter database owned set quote_all_identifiers = on;
            alter default privileges revoke execute on functions from public;
        """.encode()
        )
    with psycopg.connect(f"{owned}postgres") as admin:
        assert admin.execute("show search_path").fetchone() == ("evil, public, pg_catalog",)
        with pytest.raises(errors.RaiseException, match="trapped"):
            admin.execute("select 'a'::name = 'b'::name")
    for role in ("postgres", READER):
        read_all(f"{owned}{role}")
    assert outputs() == before
    assert "alice" in before[0]
    assert "FAILED" not in before[1]
    for command in commands[4:]:
        done = runner().invoke(main, command)
        assert done.exit_code == 0, done.output
    with psycopg.connect(f"{owned}postgres", options="-c search_path=pg_catalog") as admin:
        assert not is_superuser(admin)
