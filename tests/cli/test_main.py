"""iam-fdw install and uninstall, as they are called, and how the command shows errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from click.testing import CliRunner, Result
from conftest import HOST, Server
from reports import csv, root

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
    done = run("install", "--host", HOST, "--option", source, "--option", "max_age=1 day")
    assert (done.exit_code, done.output) == (
        0,
        f"Installed into schema public of database test, on the host {HOST}.\n",
    )
    assert admin.execute("select count(*) from iam_check_root_mfa").fetchone() == (1,)
    done = run("uninstall")
    assert (done.exit_code, done.output) == (0, "Removed from schema public of database test.\n")
    assert admin.execute("select to_regclass('iam_check_root_mfa')").fetchone() == (None,)


def test_install_takes_the_host_that_there_is(run: Run, admin: psycopg.Connection[Any]) -> None:
    assert f"on the host {HOST}" in run("install").output


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
    done = run("install", "--host", HOST, "--option", source)
    encoding = admin.info.parameter_status("server_encoding")
    if HOST == "multicorn" and encoding != "LATIN1":  # it would take the server down
        assert done.exit_code == 1
        assert f'Multicorn cannot be used in a database of encoding "{encoding}"' in done.output
        assert "Use a database of encoding UTF8" in done.output
    else:
        assert done.exit_code == 0, done.output
        assert admin.execute("select count(*) from iam_check_root_mfa").fetchone() == (1,)
