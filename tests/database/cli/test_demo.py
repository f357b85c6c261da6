"""`iam-fdw demo`: what it shows, how to connect, and that it leaves alone what is not its own."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, NamedTuple

import psycopg
import pytest
from support.server import ENGINE, PYTHON, TREE, pg_config

from iam_fdw.cli.demo import CHECKS

pytestmark = pytest.mark.skipif(ENGINE != "minicorn", reason="the demo is of minicorn")

COMMAND = "from iam_fdw.cli import main; main()"


class Running(NamedTuple):
    directory: Path
    output: str


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(environment: Path) -> Run:
    """Run the command in an environment that has iam_fdw for the server, too."""

    def run(*arguments: str, python: Path = environment, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-W", "error", "-c", COMMAND, "demo", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **variables})

    return run


@pytest.fixture(scope="module")
def running(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("running") / "demo"
    done = run("--directory", str(directory))
    assert (done.returncode, done.stderr) == (0, "")
    yield Running(directory, done.stdout)
    assert run("--directory", str(directory), "--stop").returncode == 0


@pytest.fixture
def reader(running: Running) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(uri(running.output)) as connection:
        yield connection


def uri(output: str) -> str:
    (found,) = re.findall(r"psql (postgresql://\S+)", output)
    return str(found)


def connects(uri: str) -> bool:
    try:
        psycopg.connect(uri).close()
    except psycopg.OperationalError:
        return False
    return True


def test_shows_the_table_first(running: Running) -> None:
    first = running.output.split("\n\n")[0].splitlines()
    assert first[1] == "aws_iam_credential_report"
    assert first[2].split()[:3] == ["user_name", "password_enabled", "mfa_active"]
    assert [line.split()[0] for line in first[4:6]] == ["<root_account>", "amira_haddad"]
    assert len(first) == 17


def test_asks_the_ten_questions_in_order(running: Running) -> None:
    titles = re.findall(r"^(\d+)\. (.+)\n(\w+)$", running.output, re.MULTILINE)
    assert titles == [(str(number), check.question, check.view) for number, check in enumerate(CHECKS, 1)]


def test_questions_have_the_numbers_of_the_views(reader: psycopg.Connection[Any]) -> None:
    for number, check in enumerate(CHECKS, 1):
        row = reader.execute("select obj_description(%s::regclass)", (check.view,)).fetchone()
        assert row is not None
        assert row[0].startswith(f"Check {number}: ")


def test_shows_whom_each_check_names(running: Running, reader: psycopg.Connection[Any]) -> None:
    for check in CHECKS[1:]:
        names = reader.execute(f"select user_name from {check.view}".encode()).fetchall()
        (shown,) = re.findall(rf"^{check.view}\n.*\n─+\n((?:.+\n)+)", running.output, re.MULTILINE)
        assert [(line.split()[0],) for line in shown.splitlines()] == names


def test_sums_up(running: Running) -> None:
    summary = running.output.split("\nSummary\n")[1].split("\n\n")[0].splitlines()
    assert [re.split("  +", line.strip())[-1] for line in summary[2:]] == [
        "is_fresh: true",
        "pw_last_used: 12 days",
        "mfa_active: false",
        "access_key_1_active: false, access_key_2_active: false",
        "2 users",
        "3 users",
        "2 users",
        "8 users",
        "2 users",
        "3 users",
    ]


def test_ends_as_the_readme_says(running: Running) -> None:
    def alike(lines: list[str]) -> list[str]:
        # a password, a port, and a day more in the first minutes of a day
        return [re.sub("reader:.*/iam|1[23] days", "...", line.rstrip()) for line in lines]

    lines = alike(running.output.splitlines())
    shown = alike((TREE / "README.md").read_text().split("```\nSummary\n")[1].split("\n```")[0].splitlines())
    start = lines.index("Summary") + 1
    assert lines[start : start + len(shown)] == shown


def test_output_is_plain_where_it_is_no_terminal(running: Running) -> None:
    assert "\x1b" not in running.output
    assert max(len(line) for line in running.output.splitlines()) <= 120


def test_the_suggested_query_runs(running: Running, reader: psycopg.Connection[Any]) -> None:
    (query,) = re.findall(r"^    (select .+;)$", running.output, re.MULTILINE)
    assert len(reader.execute(query.encode()).fetchall()) > 10


def test_reader_reads_and_no_more(reader: psycopg.Connection[Any]) -> None:
    assert reader.execute("select count(*) from aws_iam_credential_report").fetchone() == (13,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("alter server aws options (set source '/etc')")


def test_nobody_connects_without_a_password(running: Running) -> None:
    without = re.sub(r":[^:@]+@", "@", uri(running.output))
    assert connects(uri(running.output))
    assert not connects(without)
    assert not connects(without.replace("reader", "postgres"))


def test_the_directory_is_closed_to_others(running: Running) -> None:
    assert stat.S_IMODE(running.directory.stat().st_mode) == 0o700


def test_a_second_run_tells_how_to_connect(run: Run, running: Running) -> None:
    done = run("--directory", str(running.directory))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The demo is running already.\n")
    assert uri(done.stdout) == uri(running.output)


def test_a_path_through_a_link_is_the_same(run: Run, running: Running, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(running.directory.parent)
    assert run("--directory", str(tmp_path / "link" / "demo")).stdout.startswith("The demo is running already.\n")


def test_stops_and_removes_what_it_made(run: Run, tmp_path: Path) -> None:
    directory, port = tmp_path / "it's here", free_port()
    arguments = ("--directory", str(directory), "--port", str(port))
    started = run(*arguments)
    assert started.returncode == 0, started.stderr
    assert f"@127.0.0.1:{port}/" in started.stdout

    # as after a crash, and then with the number of another process
    lock = directory / "data" / "postmaster.pid"
    postmaster, *rest = lock.read_text().splitlines()
    os.kill(int(postmaster), signal.SIGKILL)
    lock.write_text("\n".join([str(os.getpid()), *rest]))
    again = run(*arguments)
    assert again.returncode == 0, again.stderr
    assert "Summary" in again.stdout
    assert uri(again.stdout) != uri(started.stdout)

    (stop,) = re.findall(r"^    iam-fdw demo (--directory .* --stop)$", again.stdout, re.MULTILINE)
    stopped = run(*shlex.split(stop))
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert stopped.stdout == f"Stopped the demo, and removed {directory}.\n"
    assert not directory.exists()
    assert not connects(uri(again.stdout))


def test_stop_says_so_where_none_is_running(run: Run, tmp_path: Path) -> None:
    done = run("--directory", str(tmp_path / "none"), "--stop")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"No demo is running in {tmp_path / 'none'}.\n", "")


@pytest.mark.parametrize("arguments", [(), ("--stop",)])
def test_another_directory_is_left_alone(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "mine").write_text("mine")
    done = run("--directory", str(tmp_path), *arguments)
    assert done.returncode == 1
    assert done.stderr == (
        f'Error: directory "{tmp_path}" is not one of iam-fdw demo\nHINT:  Choose another one with --directory.\n'
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("arguments", [(), ("--stop",)])
def test_a_link_is_not_followed(run: Run, running: Running, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "link").symlink_to(running.directory)
    done = run("--directory", str(tmp_path / "link"), *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f'Error: could not open directory "{tmp_path / "link"}": ')
    assert connects(uri(running.output))


@pytest.mark.skipif(os.geteuid() == 0, reason="all is root's")
def test_a_directory_of_another_user_is_refused(run: Run) -> None:
    done = run("--directory", "/usr")
    assert done.returncode == 1
    assert done.stderr.startswith('Error: directory "/usr" belongs to another user\nHINT:  ')


def test_a_directory_that_another_one_works_on_is_refused(run: Run, tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        done = run("--directory", str(tmp_path))
    finally:
        os.close(descriptor)
    assert done.returncode == 1
    assert done.stderr.startswith(f'Error: directory "{tmp_path}" is in use by another iam-fdw demo\n')


def test_a_port_in_use_is_refused(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run("--directory", str(tmp_path / "demo"), "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: could not listen on port {port}: Address already in use\nHINT:  ")
    assert not (tmp_path / "demo").exists()


def test_a_postgresql_without_minicorn_is_named(run: Run, tmp_path: Path) -> None:
    programs = pg_config("bindir")
    fake = script(tmp_path / "pg_config", f"echo {programs}; echo {tmp_path}")
    done = run("--directory", str(tmp_path / "demo"), PG_CONFIG=str(fake))
    assert done.returncode == 1
    assert done.stderr.startswith(
        f'Error: the PostgreSQL in "{programs}" has no extension "minicorn"\nHINT:  Run "make'
    )


@pytest.mark.parametrize("body", ["echo /nowhere; echo /nowhere", "exit 1"])
def test_no_postgresql_is_an_error_with_the_way_out(run: Run, tmp_path: Path, body: str) -> None:
    done = run("--directory", str(tmp_path / "demo"), PG_CONFIG=str(script(tmp_path / "pg_config", body)))
    assert done.returncode == 1
    assert done.stderr.startswith(
        'Error: could not find the programs of a PostgreSQL server\nHINT:  Run "make install"'
    )
    assert not (tmp_path / "demo").exists()


def test_nothing_is_left_where_it_fails_half_way(run: Run, tmp_path: Path) -> None:
    # of PYTHONPATH the server knows nothing: it finds no iam_fdw
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    port = free_port()
    done = run(
        *("--directory", str(tmp_path / "demo"), "--port", str(port)),
        python=tmp_path / "empty" / "bin" / "python3",
        PYTHONPATH=f"{TREE}:{sysconfig.get_path('purelib')}",
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "iam_fdw" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "demo").exists()
    assert free_port(port) == port


def test_nothing_is_left_where_it_is_interrupted(run: Run, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("postgres", "pg_ctl"):
        (programs / name).symlink_to(pg_config("bindir") / name)
    # not before the command waits for it
    script(programs / "initdb", f'sleep 0.3; kill -INT $PPID; exec {pg_config("bindir") / "initdb"} "$@"')
    fake = script(tmp_path / "pg_config", f"echo {programs}; echo {pg_config('sharedir')}")
    # what a shell starts in the background ignores it, and so would the command
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = run("--directory", str(tmp_path / "demo"), PG_CONFIG=str(fake))
    signal.signal(signal.SIGINT, before)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", "Aborted!")
    assert not (tmp_path / "demo").exists()


def test_the_settings_of_libpq_do_not_matter(run: Run, running: Running) -> None:
    variables = {"PGHOSTADDR": "192.0.2.1", "PGSSLMODE": "verify-full", "PGOPTIONS": "-c nonsense=1", "PGPORT": "1"}
    done = run("--directory", str(running.directory), **variables)
    assert done.stdout.startswith("The demo is running already.\n")


def script(file: Path, body: str) -> Path:
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def free_port(port: int = 0) -> int:
    with socket.create_server(("127.0.0.1", port)) as listener:
        return int(listener.getsockname()[1])
