"""`iam-fdw cache`: which copies are kept, and dropping them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from click.testing import CliRunner, Result
from support.emulator import Emulator
from support.reports import ACCOUNT
from support.server import Server, point

from iam_fdw.cli.cache import cache

Db = psycopg.Connection[Any]
Run = Callable[..., Result]
MADE = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.organization(3, ACCOUNT)
        for account in emulator.accounts.values():
            account.generated_time = MADE
        yield emulator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture
def db(installation: Db, emulator: Emulator, folder: Path) -> Db:
    """A superuser's connection, in a database that has asked the emulator for an organization."""
    options = {"accounts": "organization", "role_name": "audit", "cache_dir": str(folder)}
    point(installation, endpoint_url=emulator.url, **options)
    installation.execute(
        f"create user mapping for public server aws options"
        f" (aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key 'of/the+emulator/that/checks/none')".encode()
    )
    installation.execute("select from aws_iam_credential_report")
    return installation


@pytest.fixture
def run(server: Server, database: str) -> Run:
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"
    return lambda *arguments: CliRunner().invoke(cache, [dsn, *arguments])


def test_shows_each_report_that_is_kept(db: Db, run: Run, emulator: Emulator, folder: Path) -> None:
    done = run()
    assert done.exit_code == 0
    *rows, last = done.output.splitlines()[2:]
    assert last == f"3 copies in {folder}."
    assert sorted(row.split()[0] for row in rows) == sorted(emulator.accounts)
    size = len(emulator.account(ACCOUNT).report or b"")
    assert all(f"{MADE:%Y-%m-%d %H:%M:%S} UTC" in row and row.endswith(f" {size}") for row in rows)


def test_says_of_which_table_a_copy_is(db: Db, run: Run) -> None:
    db.execute(f"select from aws_iam_account_summary where account_id = '{ACCOUNT}'".encode())
    of_account = [row.split()[1] for row in run().output.splitlines() if row.startswith(ACCOUNT)]
    assert sorted(of_account) == ["aws_iam_account_summary", "aws_iam_credential_report"]


def test_drops_all_of_them(db: Db, run: Run, emulator: Emulator, folder: Path) -> None:
    (folder / "somebody's.txt").write_bytes(b"")
    assert run("--drop").output == f"Removed 4 copies from {folder}.\n"  # the list of accounts is one, too
    assert run().output.startswith(f"0 copies in {folder}.\n")
    assert {file.name for file in folder.iterdir()} == {"somebody's.txt", "swept"}
    asked = emulator.count("GetCredentialReport")
    assert db.execute("select count(*) from aws_iam_credential_report").fetchone() == (6,)
    assert emulator.count("GetCredentialReport") == asked + 3


def test_files_that_are_no_copies_are_not_shown(db: Db, run: Run, folder: Path) -> None:
    (folder / "999999999999.x.copy").write_bytes(b"x {}\n")
    assert re.search("^3 copies", run().output, re.MULTILINE)


def test_a_folder_that_is_not_used_is_told(db: Db, run: Run, folder: Path) -> None:
    folder.chmod(0o755)
    done = run()
    assert done.exit_code == 1
    assert "cannot be used: it is open to other users of the operating system" in done.output
    assert "HINT:  Run it on the machine of the server" in done.output


@pytest.mark.parametrize("arguments", [[], ["--drop"]])
def test_a_folder_that_cannot_be_seen_here_is_told(
    db: Db, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    seen = os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda path: path != folder and seen(path))  # as on another machine
    done = run(*arguments)
    assert done.exit_code == 1
    assert f'the folder "{folder}" of the server cannot be seen here' in done.output
    assert "HINT:  Run it on the machine of the server" in done.output


def test_the_default_folder_is_in_the_data_directory(db: Db, run: Run) -> None:
    db.execute("alter server aws options (drop cache_dir)")
    (directory,) = db.execute("show data_directory").fetchone() or ("",)
    assert f"copies in {directory}/iam_fdw." in run().output


def test_off_keeps_none(db: Db, run: Run) -> None:
    db.execute("alter server aws options (add cache 'off')")
    assert run().output == 'Server "aws" keeps no copies: its option cache is off.\n'


def test_a_source_keeps_none(db: Db, run: Run, tmp_path: Path) -> None:
    point(db, source=str(tmp_path))
    done = run()
    assert done.output.startswith('Server "aws" keeps no copies: its option source is set')


def test_no_copy_has_a_reason(db: Db, run: Run, folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    assert f"0 copies in {folder}.\nNo copy is kept yet: " in run().output
    folder.rmdir()
    assert "The folder is created with the first copy. No copy is kept yet: " in run().output
    db.execute("alter server aws options (set cache_dir '/nowhere/copies')")
    assert 'The folder "/nowhere" does not exist' in run().output


def test_another_server_is_an_error(db: Db, run: Run) -> None:
    done = run("--server", "gcp")
    assert done.exit_code == 1
    assert 'iam_fdw has no server "gcp"' in done.output
