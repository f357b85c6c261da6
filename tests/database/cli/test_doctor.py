"""`iam-fdw doctor`: what it finds, in which order, and what it says to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
import pytest
from click.testing import CliRunner
from support.emulator import Emulator, error, json_error
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, PYTHON, Connect, Server, install, point, save

from iam_fdw.cli.doctor import TOPICS, doctor

NOW = datetime.now(timezone.utc).replace(microsecond=0)
KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIexamplekey"

minicorn = pytest.mark.skipif(ENGINE != "minicorn", reason="minicorn's setting")

Examine = Callable[..., "dict[str, list[str]]"]


def parsed(output: str) -> dict[str, list[str]]:
    """Return the diagnoses of each topic, a line each: status, facts, and what to do."""
    found: dict[str, list[str]] = {}
    for line in output.splitlines():
        topic, status, text = re.fullmatch(r"(\w*) +(ok|warning|FAILED|-|) +(.*?) *", line).groups()  # type: ignore[union-attr]
        if topic:
            name = topic
            found.setdefault(name, []).append(f"{status} {text}")
        else:
            found[name][-1] += f" {text}"
    return found


@pytest.fixture
def examine(server: Server, database: str) -> Examine:
    """Run the command, which must end with this code."""

    def examine(*arguments: str, role: str = "postgres", code: int = 2) -> dict[str, list[str]]:
        dsn = f"host={server.host} port={server.port} user={role} dbname={database}"
        result = CliRunner().invoke(doctor, [dsn, *arguments])
        assert result.exit_code == code, result.output
        assert "\x1b" not in result.stdout
        assert max(len(line) for line in result.stdout.splitlines()) <= 120
        found = parsed(result.stdout)
        assert tuple(found) == TOPICS
        return found

    return examine


@pytest.fixture
def source(tmp_path: Path) -> Path:
    save(tmp_path, csv(root(), user("pam")), NOW - timedelta(hours=1))
    return tmp_path


@pytest.fixture
def installed(installation: psycopg.Connection[Any], source: Path) -> psycopg.Connection[Any]:
    point(installation, source=str(source))
    return installation


@pytest.fixture
def role(admin: psycopg.Connection[Any]) -> Iterator[str]:
    admin.execute("create role regress_examined login")
    yield "regress_examined"
    admin.execute("drop owned by regress_examined")
    admin.execute("drop role regress_examined")


def skipped(found: dict[str, list[str]]) -> list[str]:
    return [topic for topic, diagnoses in found.items() if diagnoses == ["- not looked at"]]


def test_all_is_right(installed: psycopg.Connection[Any], examine: Examine, database: str, environment: Path) -> None:
    found = examine(code=0)
    version = installed.info.parameter_status("server_version")
    assert found["connection"] == [f'ok PostgreSQL {version}, database "{database}", role "postgres"']
    ((extension,),) = installed.execute("select extversion from pg_extension where extname = %s", [ENGINE]).fetchall()
    assert found["engine"][0].startswith(f"ok {ENGINE} {extension}")
    if ENGINE == "minicorn":
        assert found["python"] == [f"ok {environment}"]
    assert found["installation"] == ['ok server "aws", tables in schema "public"']
    assert found["settings"] == ["ok all have their defaults"]
    assert found["options"] == ["ok source"]
    assert found["credentials"] == ["ok saved reports need none"]
    made = f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M:%S} UTC"
    assert found["report"] == [f"ok fresh: account {ACCOUNT}, made {made}, users: 1"]


def test_no_connection(server: Server) -> None:
    result = CliRunner().invoke(doctor, [f"host={server.host} port={server.port} dbname=nonesuch user=postgres"])
    assert result.exit_code == 2
    found = parsed(result.stdout)
    assert found["connection"][0].startswith("FAILED")
    assert 'database "nonesuch" does not exist' in found["connection"][0]
    assert "to do: Check the connection string" in found["connection"][0]
    assert skipped(found) == list(TOPICS[1:])


def test_a_connection_string_that_cannot_be_read_is_not_repeated() -> None:
    result = CliRunner().invoke(doctor, ["postgresql://me:my secret@/%zz"])
    assert result.exit_code == 2
    assert "the connection string cannot be read" in result.stdout
    assert "secret" not in result.output


@pytest.mark.parametrize(("version", "mark", "code"), [(120022, "FAILED", 2), (190001, "warning", 0)])
def test_versions_that_are_not_known(
    installed: psycopg.Connection[Any],
    examine: Examine,
    monkeypatch: pytest.MonkeyPatch,
    version: int,
    mark: str,
    code: int,
) -> None:
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", version)
    found = examine(code=code)
    assert found["connection"][0].startswith(mark)
    assert "13 to 18" in found["connection"][0]
    assert skipped(found) == (list(TOPICS[1:]) if code else [])


@minicorn
def test_minicorn_needs_14(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", 130010)
    assert examine()["engine"][0].endswith("to do: Use PostgreSQL 14 or later, or Multicorn.")


def test_a_database_without_iam_fdw(examine: Examine) -> None:
    found = examine()
    assert "not in this database yet" in found["engine"][0]
    assert found["installation"] == ['FAILED iam_fdw is not installed in this database to do: Run "iam-fdw install".']
    assert skipped(found) == ["settings", "options", "credentials", "report", "cache"]


def test_no_engine(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    execute = psycopg.Connection.execute

    def elsewhere(connection: Any, query: Any, *arguments: Any) -> Any:
        query = query.replace("'minicorn', 'multicorn'", "'unicorn'") if isinstance(query, str) else query
        return execute(connection, query, *arguments)

    monkeypatch.setattr(psycopg.Connection, "execute", elsewhere)
    found = examine()
    assert found["engine"][0].startswith('FAILED neither minicorn nor multicorn is there to do: Run "make install"')
    assert skipped(found) == list(TOPICS[2:])


@minicorn
def test_a_python_that_is_not_there(installed: psycopg.Connection[Any], examine: Examine, database: str) -> None:
    installed.execute(f"alter database {database} set minicorn.python = '/nowhere/python3'".encode())
    found = examine()
    assert found["python"][0].startswith('FAILED /nowhere/python3 does not exist to do: Run "make install"')
    assert skipped(found) == ["installation", "settings", "options", "credentials", "report", "cache"]


@minicorn
def test_a_python_in_the_home_of_another_user(
    installed: psycopg.Connection[Any], examine: Examine, database: str, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir(mode=0)
    installed.execute(f"alter database {database} set minicorn.python = '{tmp_path}/home/python3'".encode())
    (python,) = examine()["python"]
    assert "Permission denied" in python
    assert "must let the server's user in" in python


@minicorn
def test_a_python_without_iam_fdw(installed: psycopg.Connection[Any], examine: Examine, database: str) -> None:
    installed.execute(f"alter database {database} set minicorn.python = '{PYTHON}'".encode())
    found = examine()
    assert found["python"] == [f"ok {PYTHON}"]
    assert found["report"][0].startswith("FAILED")
    assert "iam_fdw" in found["report"][0]


def test_another_server(installed: psycopg.Connection[Any], examine: Examine) -> None:
    found = examine("--server", "gcp")
    assert found["installation"] == [
        'FAILED iam_fdw has no server "gcp". Its servers are: aws. to do: Name one of them with --server.'
    ]


def test_no_server(installed: psycopg.Connection[Any], examine: Examine) -> None:
    installed.execute("drop server aws cascade")
    assert examine()["installation"] == [
        'FAILED iam_fdw has no server "aws". It has no server. to do: Run "iam-fdw install".'
    ]


def test_no_table(installed: psycopg.Connection[Any], examine: Examine) -> None:
    kind, suffix = ("view", "_foreign") if ENGINE == "multicorn" else ("foreign table", "")
    installed.execute(f"drop {kind} aws_iam_credential_report_status cascade".encode())
    installed.execute(f"drop foreign table if exists aws_iam_credential_report_status{suffix}".encode())
    found = examine()
    assert found["installation"][0].startswith("FAILED no schema has aws_iam_credential_report and")
    assert skipped(found) == ["settings", "options", "credentials", "report", "cache"]


def test_tables_in_another_schema(admin: psycopg.Connection[Any], examine: Examine, source: Path) -> None:
    install(admin, schema="Odd one", source=str(source))
    found = examine(code=0)
    assert found["installation"] == ['ok server "aws", tables in schema "Odd one"']
    assert found["report"][0].startswith(f"ok fresh: account {ACCOUNT}, ")


@pytest.mark.parametrize(
    ("setting", "code", "finding"),
    [
        (
            "unsed_max_age = '1 day'",
            2,
            'FAILED unrecognized configuration parameter "iam_fdw.unsed_max_age" to do: Perhaps',
        ),
        ("unused_max_age = '1'", 2, 'FAILED invalid value for parameter "iam_fdw.unused_max_age": "1" to do: Give an'),
        ("now = '2020-01-01'", 0, "warning iam_fdw.now: 2020-01-01 to do: The checks judge as of that time"),
        ("report_at = '2020-01-01'", 0, "warning iam_fdw.report_at: 2020-01-01 to do: The checks judge as of"),
        ("unused_max_age = '30 days'", 0, "ok iam_fdw.unused_max_age: 30 days"),
    ],
)
def test_settings_that_make_the_checks_an_error_or_of_another_time(
    installed: psycopg.Connection[Any], examine: Examine, database: str, setting: str, code: int, finding: str
) -> None:
    installed.execute(f"alter database {database} set iam_fdw.{setting}".encode())
    found = examine(code=code)
    assert found["settings"][0].startswith(finding)
    assert found["report"][0].startswith("ok")


def test_an_option_that_is_not_accepted(installed: psycopg.Connection[Any], examine: Examine) -> None:
    installed.execute("alter foreign data wrapper iam_fdw no validator")
    installed.execute("alter server aws options (add sauce 'of secrets')")
    found = examine()
    assert found["options"][0].startswith('FAILED invalid option "sauce" to do: Alter the server. Valid options are:')
    assert "of secrets" not in str(found)
    assert skipped(found) == ["credentials", "report", "cache"]


def test_a_stale_report_is_a_warning(admin: psycopg.Connection[Any], examine: Examine, tmp_path: Path) -> None:
    save(tmp_path, csv(root()), NOW - timedelta(days=2))
    install(admin, source=str(tmp_path))
    (finding,) = examine(code=0)["report"]
    assert finding.startswith(f"warning stale: account {ACCOUNT}, made {NOW - timedelta(days=2):%Y-%m-%d}")
    assert finding.endswith("to do: Save a newer report where the option source says.")


def test_a_report_of_unknown_age(admin: psycopg.Connection[Any], examine: Examine, tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(csv(root()))
    install(admin, source=str(tmp_path))
    assert examine(code=0)["report"][0].startswith(f"warning stale: account {ACCOUNT}, of unknown age, users: 0")


def test_each_account_has_a_line(installed: psycopg.Connection[Any], examine: Examine, source: Path) -> None:
    (source / "broken.csv").write_bytes(b"")
    save(source, csv(root("444455556666")), NOW - timedelta(hours=9))
    broken, fresh, stale = sorted(examine()["report"])
    assert broken.startswith("FAILED error: file broken.csv: ")
    assert "to do: " in broken
    assert fresh.startswith(f"ok fresh: account {ACCOUNT}, ")
    assert stale.startswith("warning stale: account 444455556666, ")


def test_reports_that_cannot_be_looked_for(installed: psycopg.Connection[Any], examine: Examine, source: Path) -> None:
    installed.execute(f"alter server aws options (set source '{source / 'nowhere'}')".encode())
    (finding,) = examine()["report"]
    assert finding.startswith("FAILED could not open the source: No such file or directory")
    assert "to do: Check the option source" in finding


def test_what_aws_answers_without_secrets(admin: psycopg.Connection[Any], examine: Examine) -> None:
    # nothing listens there
    install(admin, endpoint_url="http://127.0.0.1:9", timeout="1 second", role_arn=f"arn:aws:iam::{ACCOUNT}:role/r")
    admin.execute(
        f"create user mapping for postgres server aws options"
        f" (aws_access_key_id '{KEY_ID}', aws_secret_access_key '{SECRET}')".encode()
    )
    found = examine()
    assert found["options"] == ["ok endpoint_url, role_arn, timeout"]
    mapped = "user mappings: postgres; others have those of the server's machine"
    assert found["credentials"] == [f"- not tried: AWS did not answer ({mapped})"]
    (finding,) = found["report"]
    assert finding.startswith(f"FAILED error: account {ACCOUNT}: ")
    assert "to do: Check that the server reaches AWS" in finding
    assert KEY_ID not in str(found)
    assert SECRET not in str(found)


def test_credentials_that_are_not_there(admin: psycopg.Connection[Any], examine: Examine, tmp_path: Path) -> None:
    install(admin, endpoint_url="http://127.0.0.1:9", cache_dir=str(tmp_path / "copies"))
    found = examine()
    (finding,) = found["credentials"]
    assert "there are no AWS credentials" in finding
    assert re.match("FAILED .* to do: Give the operating system user of the server credentials", finding)
    (finding,) = found["report"]
    assert finding.startswith("FAILED error: the account: there are no AWS credentials")
    (finding,) = found["cache"]
    assert finding.startswith("- no copies are kept yet in ")
    assert finding.endswith(": no report could be read")


@minicorn  # others have no SQLSTATE
def test_credentials_that_are_not_there_fail_for_s3_too(admin: psycopg.Connection[Any], examine: Examine) -> None:
    install(admin, source="s3://reports/", endpoint_url="http://127.0.0.1:9")
    found = examine()
    assert found["credentials"][0].startswith("FAILED ")
    assert "there are no AWS credentials" in found["credentials"][0]


def test_a_hint_is_told_once_where_accounts_are_skipped(
    installed: psycopg.Connection[Any], examine: Examine, source: Path
) -> None:
    for name in ("a.csv", "b.csv"):
        (source / name).write_bytes(b"")
    installed.execute("alter server aws options (add on_account_error 'skip')")
    findings = [finding for finding in examine()["report"] if finding.startswith("FAILED")]
    assert ["to do: " in finding for finding in findings] == [ENGINE == "minicorn", False]  # others have no warnings


def test_a_terminal_obeys_no_text_of_aws(admin: psycopg.Connection[Any], examine: Examine) -> None:
    with Emulator() as emulator:
        emulator.organization(1, ACCOUNT)
        install(admin, endpoint_url=emulator.url)
        keys = f"aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key 'of/the+emulator/that/checks/none'"
        admin.execute(f"create user mapping for public server aws options ({keys})".encode())
        emulator.always["GetCredentialReport"] = error("AccessDenied", "no\u202e\x9b31m!")
        (finding,) = examine()["report"]
        assert re.search(r"AccessDenied: no.*!", finding)
        assert "\u202e" not in finding
        assert "\x9b" not in finding
        point(admin, endpoint_url=emulator.url, accounts="organization", role_name="audit", cache="off")
        emulator.always["ListAccounts"] = json_error("AccessDeniedException", "no\x1b]0;owned\x07!")
        (finding,) = examine()["report"]
        assert re.search(r"AccessDeniedException: no.*!", finding)
        assert "\x1b" not in finding
        assert "\x07" not in finding


def test_a_role_that_may_not_read(installed: psycopg.Connection[Any], examine: Examine, role: str) -> None:
    found = examine(role=role)
    if ENGINE == "minicorn":
        assert found["python"] == ["- only superusers see which one minicorn runs"]
    (finding,) = found["report"]
    assert re.match("FAILED permission denied for (foreign table|view) aws_iam_credential_report_status", finding)
    assert 'to do: Run "iam-fdw install --reader ROLE" as a superuser' in finding


def test_a_reader_may_examine(admin: psycopg.Connection[Any], examine: Examine, source: Path, role: str) -> None:
    install(admin, reader=role, source=str(source))
    assert examine(role=role, code=0)["report"][0].startswith(f"ok fresh: account {ACCOUNT}, ")


def test_what_the_session_is_set_to_does_not_matter(
    installed: psycopg.Connection[Any], examine: Examine, database: str
) -> None:
    for setting in ("datestyle = 'German'", "timezone = 'Asia/Tokyo'", "search_path = nowhere"):
        installed.execute(f"alter database {database} set {setting}".encode())
    made = f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M:%S} UTC"
    assert examine(code=0)["report"] == [f"ok fresh: account {ACCOUNT}, made {made}, users: 1"]


def test_functions_of_others_are_not_called(
    installed: psycopg.Connection[Any], connect: Connect, examine: Examine, database: str
) -> None:
    installed.execute(
        "create function public.pg_stat_file(text, boolean) returns text language plpgsql as"
        " $$ begin raise exception 'trapped'; end $$"
    )
    installed.execute(f"alter database {database} set search_path = public, pg_catalog".encode())
    assert "trapped" not in str(examine(code=0))


def test_what_is_kept(admin: psycopg.Connection[Any], examine: Examine, tmp_path: Path, role: str) -> None:
    with Emulator() as emulator:
        emulator.organization(1, ACCOUNT)
        install(admin, reader=role, endpoint_url=emulator.url, cache_dir=str(tmp_path / "copies"))
        keys = f"aws_access_key_id 'AKIA{ACCOUNT}', aws_secret_access_key 'of/the+emulator/that/checks/none'"
        admin.execute(f"create user mapping for public server aws options ({keys})".encode())
        found = examine(code=0)
        mapped = "user mappings: public; others have those of the server's machine"
        assert found["credentials"] == [f"ok AWS accepted them ({mapped})"]
        found = examine(code=0)
        assert found["credentials"] == [f"- not tried: the reports are kept copies ({mapped})"]
        (file,) = (tmp_path / "copies").glob("*.copy")
        assert found["cache"] == [f"ok 1 copies, {file.stat().st_size:,} bytes, in {tmp_path / 'copies'}"]
        assert examine(role=role, code=0)["cache"] == ["- only superusers see which copies are kept"]
        (tmp_path / "copies").chmod(0o755)
        file.unlink()
        (warned,) = examine(code=0)["cache"]
        assert warned.startswith(f"warning no copies are kept yet in {tmp_path / 'copies'} to do: Run")
        admin.execute("alter server aws options (add cache 'off')")
        assert examine(code=0)["cache"] == ["- no copies are kept: its option cache is off"]
