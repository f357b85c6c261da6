"""iam-fdw install and uninstall, as they are called, and how the command shows errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from click.testing import CliRunner, Result
from support.reports import csv, root
from support.server import ENGINE, Server

from iam_fdw.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(server: Server, database: str) -> Run:
    """Call the command with the test's database."""
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"

    def run(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(main, [command, dsn, *arguments])

    return run


@pytest.fixture
def source(tmp_path: Path) -> str:
    (tmp_path / "report.csv").write_bytes(csv(root()))
    return f"source={tmp_path}"


def test_install_and_uninstall(run: Run, admin: psycopg.Connection[Any], source: str) -> None:
    done = run("install", "--engine", ENGINE, "--option", source, "--option", "max_age=1 day")
    assert (done.exit_code, done.output) == (
        0,
        f"Installed into schema public of database test, on the engine {ENGINE}.\n",
    )
    assert admin.execute("select count(*) from iam_check_root_mfa").fetchone() == (1,)
    done = run("uninstall")
    assert (done.exit_code, done.output) == (0, "Removed from schema public of database test.\n")
    assert admin.execute("select to_regclass('iam_check_root_mfa')").fetchone() == (None,)


def test_install_takes_the_host_that_there_is(run: Run, admin: psycopg.Connection[Any]) -> None:
    assert f"on the engine {ENGINE}" in run("install").output


def test_install_into_a_schema_with_a_reader(run: Run, admin: psycopg.Connection[Any], source: str) -> None:
    admin.execute("create role regress_reader")
    try:
        done = run("install", "--schema", "audit", "--server", "s", "--reader", "regress_reader", "--option", source)
        assert done.exit_code == 0, done.output
        admin.execute("set role regress_reader")
        assert admin.execute("select count(*) from audit.iam_check_root_mfa").fetchone() == (1,)
        admin.execute("reset role")
    finally:
        admin.execute("drop owned by regress_reader")
        admin.execute("drop role regress_reader")


@pytest.mark.parametrize("option", ["source", "source\n=x", "max_age=1 day\nsource=/"])
def test_an_option_is_name_and_value(run: Run, option: str) -> None:
    done = run("install", "--option", option)
    assert done.exit_code == 2
    assert "is not NAME=VALUE" in done.output


def test_errors_are_postgresqls_and_nothing_is_left(run: Run, admin: psycopg.Connection[Any]) -> None:
    done = run("install", "--option", "timeout=soon")
    assert done.exit_code == 1
    assert done.output == (
        'Error: invalid value for option "timeout"\n'
        'HINT:  Valid is a number of ms, seconds, minutes, hours or days, such as "90 seconds".\n'
    )
    assert admin.execute("select count(*) from pg_foreign_server").fetchone() == (0,)


def test_a_server_that_is_not_there_is_an_error_without_a_traceback() -> None:
    done = CliRunner().invoke(main, ["install", "host=127.0.0.1 port=1 dbname=x user=x"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)], ids=str)
def test_every_command_has_help(command: list[str]) -> None:
    done = CliRunner().invoke(main, [*command, "--help"])
    assert done.exit_code == 0
    assert "Usage:" in done.output


@pytest.mark.parametrize("database", ["SQL_ASCII", "LATIN1", "WIN1252", "KOI8R"], indirect=True)
def test_install_into_any_encoding(run: Run, admin: psycopg.Connection[Any], source: str) -> None:
    done = run("install", "--engine", ENGINE, "--option", source)
    encoding = admin.info.parameter_status("server_encoding")
    if ENGINE == "multicorn" and encoding != "LATIN1":  # it would take the server down
        assert done.exit_code == 1
        assert f'Multicorn cannot be used in a database of encoding "{encoding}"' in done.output
        assert "Use a database of encoding UTF8" in done.output
    else:
        assert done.exit_code == 0, done.output
        assert admin.execute("select count(*) from iam_check_root_mfa").fetchone() == (1,)


def test_uninstall_where_there_is_nothing_is_an_error(run: Run, admin: psycopg.Connection[Any], source: str) -> None:
    done = run("uninstall")
    assert (done.exit_code, done.output) == (
        1,
        'Error: iam_fdw is not installed in schema "public" of database "test"\n'
        'HINT:  Run "iam-fdw install", or name another database.\n',
    )
    assert run("install", "--schema", "audit", "--option", source).exit_code == 0
    for schema in ("public", "typo"):
        done = run("uninstall", "--schema", schema)
        assert done.exit_code == 1
        assert 'HINT:  It is in schema "audit": name it with --schema.\n' in done.output
    assert admin.execute("select count(*) from audit.iam_check_root_mfa").fetchone() == (1,)


def test_uninstall_takes_a_superuser(run: Run, admin: psycopg.Connection[Any], source: str) -> None:
    assert run("install", "--option", source).exit_code == 0
    admin.execute("drop role if exists regress_nobody; create role regress_nobody login")
    try:
        dsn = f"host={admin.info.host} port={admin.info.port} user=regress_nobody dbname=test"
        done = CliRunner().invoke(main, ["uninstall", dsn])
    finally:
        admin.execute("drop role regress_nobody")
    assert done.exit_code == 1
    assert done.output.startswith("Error: permission denied for ")
    assert done.output.endswith("HINT:  Run it as a superuser.\n")


def test_uninstall_drops_nothing_where_the_server_is_not_that_of_the_schema(
    run: Run, admin: psycopg.Connection[Any], source: str
) -> None:
    assert run("install", "--option", source).exit_code == 0
    assert run("install", "--option", source, "--schema", "other", "--server", "second").exit_code == 0
    done = run("uninstall", "--server", "typo")
    assert (done.exit_code, done.output) == (
        1,
        'Error: iam_fdw has no server "typo"\nHINT:  Name it with --server. There are: aws.\n',
    )
    done = run("uninstall", "--server", "second")
    assert (done.exit_code, done.output) == (
        1,
        'Error: server "second" is not that of the installation in schema "public"\n'
        'HINT:  Its server is "aws": name it with --server.\n',
    )
    assert admin.execute("select count(*) from iam_check_root_mfa, other.iam_check_root_mfa").fetchone() == (1,)


def test_uninstall_after_the_server_was_dropped(run: Run, admin: psycopg.Connection[Any], source: str) -> None:
    assert run("install", "--option", source).exit_code == 0
    admin.execute("drop server aws cascade")
    done = run("uninstall")
    assert (done.exit_code, done.output) == (0, "Removed from schema public of database test.\n")
    assert admin.execute("select count(*) from pg_proc where proname ~ '^iam_'").fetchone() == (0,)


def test_install_into_a_second_schema_wants_a_server_of_its_own(
    run: Run, admin: psycopg.Connection[Any], source: str
) -> None:
    assert run("install", "--schema", "first", "--option", source).exit_code == 0
    done = run("install", "--schema", "second", "--option", source)
    assert (done.exit_code, done.output) == (
        1,
        'Error: server "aws" is that of the installation in schema "first"\n'
        "HINT:  Bring that one up to date with --schema first, uninstall it first, or name another server with"
        " --server.\n",
    )
    assert admin.execute("select to_regnamespace('second')").fetchone() == (None,)


@pytest.mark.skipif(ENGINE != "minicorn", reason="the tables have other names")
def test_of_two_schemas_that_share_a_server_the_last_drops_it(
    run: Run, admin: psycopg.Connection[Any], source: str
) -> None:
    # earlier versions installed so
    assert run("install", "--schema", "first", "--option", source).exit_code == 0
    admin.execute("create schema second; import foreign schema aws from server aws into second")
    assert run("install", "--schema", "second").exit_code == 0
    done = run("uninstall", "--schema", "first")
    assert done.exit_code == 0
    assert 'WARNING:  server "aws" is kept: schema "second" has tables of it\n' in done.output
    assert admin.execute("select count(*) from second.iam_check_root_mfa").fetchone() == (1,)
    done = run("uninstall", "--schema", "second")
    assert (done.exit_code, done.output) == (0, "Removed from schema second of database test.\n")
    assert admin.execute("select count(*) from pg_foreign_server").fetchone() == (0,)


@pytest.mark.parametrize(
    "dependent",
    [
        "create view mine_{} as select user_name from iam_check_user_mfa",
        "create table mine_{} (report aws_iam_credential_report)",
        "create foreign table mine_{} (user_name text) server aws",
        "create view mine_{} as select iam_now()",
    ],
)
def test_what_depends_on_it_is_told_in_a_few_lines(
    run: Run, admin: psycopg.Connection[Any], source: str, dependent: str
) -> None:
    assert run("install", "--option", source).exit_code == 0
    for number in range(9):
        admin.execute(dependent.format(number).encode())
    done = run("uninstall")
    lines = done.output.splitlines()
    assert done.exit_code == 1
    assert lines[0] == "Error: cannot uninstall iam_fdw because other objects depend on it"
    assert re.match("DETAIL:  .*mine_0 depends on ", lines[1])
    assert lines[-2:] == ["         and others", "HINT:  Nothing was removed. Drop them first."]
    assert len(lines) == 8
    assert admin.execute("select count(*) from iam_check_root_mfa").fetchone() == (1,)
