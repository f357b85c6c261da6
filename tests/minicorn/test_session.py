"""The environment of a scan: settings, interpreters, encodings, other languages, dumps."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from support.server import Connect, Server, define, pg_config

Reader = tuple[psycopg.Connection[Any], list[str]]


@pytest.fixture
def plpython(db: psycopg.Connection[Any]) -> None:
    """PL/Python in the test's database; without its package the test is skipped."""
    try:
        db.execute("create extension plpython3u")
    except (errors.UndefinedFile, errors.FeatureNotSupported):
        pytest.skip("PL/Python is not installed")


def test_shared_preload_libraries_is_refused(tmp_path: Path) -> None:
    """A server that would load minicorn into every process does not start, and its message has a hint."""
    data = tmp_path / "data"
    subprocess.run([pg_config("bindir") / "initdb", "-D", data, "-A", "trust"], check=True, capture_output=True)
    ran = subprocess.run(
        [pg_config("bindir") / "postgres", "-D", data, "-c", "shared_preload_libraries=minicorn", "-c", "port=1"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode != 0
    assert "minicorn cannot be loaded by shared_preload_libraries" in ran.stderr
    assert "HINT:  Remove it there" in ran.stderr


def test_session_preload_libraries_is_fine(db: psycopg.Connection[Any], connect: Connect) -> None:
    define(db, "n", "regress.Numbers")
    other = connect(options="-c session_preload_libraries=minicorn")
    assert other.execute("select count(*) from n").fetchone() == (3,)


def test_python_is_not_started_before_it_is_needed(db: psycopg.Connection[Any], connect: Connect) -> None:
    define(db, "n", "regress.Numbers")
    other = connect()
    other.execute("load 'minicorn'")
    other.execute("alter foreign data wrapper n options (set wrapper 'regress.Echo')")
    other.execute("set minicorn.python = '/nowhere'")
    with pytest.raises(errors.UndefinedFile) as caught:
        other.execute("select * from n")
    assert 'could not execute Python interpreter "/nowhere"' in str(caught.value)
    assert 'HINT:  Set "minicorn.python" to a Python 3.' in str(caught.value)
    other.execute("reset minicorn.python")
    assert other.execute("select count(*) from n").fetchone() == (1,)


def test_interpreter_that_is_not_executable(db: psycopg.Connection[Any], connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("")
    define(db, "n", "regress.Numbers")
    other = connect()
    other.execute("load 'minicorn'")
    other.execute(f"set minicorn.python = '{tmp_path / 'python3'}'")
    with pytest.raises(errors.InsufficientPrivilege, match="could not execute Python interpreter"):
        other.execute("select * from n")


def test_interpreter_that_is_a_directory(db: psycopg.Connection[Any], connect: Connect) -> None:
    define(db, "n", "regress.Numbers")
    other = connect()
    other.execute("load 'minicorn'")
    other.execute("set minicorn.python = '/tmp'")
    with pytest.raises(errors.Error, match='could not execute Python interpreter "/tmp": Is a directory'):
        other.execute("select * from n")


def test_virtual_environment_of_another_python(
    db: psycopg.Connection[Any], connect: Connect, tmp_path: Path, environment: Path
) -> None:
    """An environment whose packages this Python cannot load is refused by name, not by a failing import."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(environment.resolve())
    (tmp_path / "lib" / "python3.7" / "site-packages").mkdir(parents=True)
    (tmp_path / "pyvenv.cfg").write_text((environment.parent.parent / "pyvenv.cfg").read_text())
    define(db, "n", "regress.Numbers")
    other = connect()
    other.execute("load 'minicorn'")
    other.execute(f"set minicorn.python = '{tmp_path / 'bin' / 'python3'}'")
    with pytest.raises(errors.FdwUnableToCreateExecution, match="is not of Python 3"):
        other.execute("select * from n")


def test_placeholder_of_an_ordinary_role_does_not_choose_the_interpreter(
    db: psycopg.Connection[Any], connect: Connect
) -> None:
    """A role sets minicorn.python before the library is loaded: loading discards the value."""
    define(db, "n", "regress.Numbers")
    db.execute("drop role if exists regress_plain")
    db.execute("create role regress_plain login")
    db.execute("grant select on n to regress_plain")
    other = connect(user="regress_plain")
    notices: list[str] = []
    other.add_notice_handler(lambda notice: notices.append(str(notice.message_primary)))
    other.execute("set minicorn.python = '/nowhere'")
    assert other.execute("select count(*) from n").fetchone() == (3,)
    assert notices == ['permission denied to set parameter "minicorn.python"']
    other.close()
    db.execute("drop owned by regress_plain")
    db.execute("drop role regress_plain")


def test_isolation_from_the_servers_environment(db: psycopg.Connection[Any]) -> None:
    """Neither the working directory, the user's site nor PYTHON variables reach the interpreter."""
    define(db, "t", "session.Interpreter", columns="name text, value text")
    found = dict(db.execute("select name, value from t").fetchall())
    assert found["cwd_in_path"] == "False"
    assert found["isolated"] == "1"
    assert found["ignore_environment"] == "1"
    assert found["no_user_site"] == "1"
    assert found["utf8_mode"] == "1"
    assert found["dont_write_bytecode"] == "1"
    assert found["sigint"] == "None"
    assert found["multicorn"] == str(pg_config("sharedir") / "minicorn" / "multicorn" / "__init__.py")


def test_venv_is_used(db: psycopg.Connection[Any], environment: Path) -> None:
    define(db, "t", "session.Interpreter", columns="name text, value text")
    found = dict(db.execute("select name, value from t").fetchall())
    assert found["prefix"] == str(environment.parent.parent)
    assert found["executable"] == str(environment)


@pytest.mark.parametrize("database", ["UTF8", "LATIN1", "WIN1251", "KOI8U", "SQL_ASCII", "EUC_JP"], indirect=True)
def test_encodings(db: psycopg.Connection[Any], request: pytest.FixtureRequest) -> None:
    """Text arrives in the database's encoding, or is refused; names and conditions go out of it."""
    encoding = request.node.callspec.params["database"]
    if encoding == "SQL_ASCII":
        db.execute("set client_encoding = 'SQL_ASCII'")
        define(db, "t", "session.Text", columns="a text, b varchar(20), c text[]", text="a")
        row = db.execute("select a, b, c[1] from t").fetchone()
        assert row == (b"a", b"a", b"a")
        return
    text = {"UTF8": "größe €", "LATIN1": "größe", "WIN1251": "ключ", "KOI8U": "їжа", "EUC_JP": "日本"}[encoding]
    define(db, "t", "session.Text", columns=f'"{text[0]}" text, b varchar(20), c text[]', text=text)
    assert db.execute(f'select "{text[0]}", b, c[1] from t').fetchone() == (text, text, text)
    assert db.execute(f"select b from t where b = '{text}'").fetchone() == (text,)
    assert db.execute("select b from t where b = 'other'").fetchone() is None
    if encoding != "UTF8":
        db.execute("alter foreign table t options (set text 'snake')")
        with pytest.raises(errors.UntranslatableCharacter):
            db.execute(f'select "{text[0]}" from t')
        with pytest.raises(errors.UntranslatableCharacter):
            db.execute("select b from t")
        db.execute("alter foreign table t options (set text 'raise')")
        with pytest.raises(errors.Error, match=r"a \\U0001f40d bites"):
            db.execute("select b from t")


@pytest.mark.parametrize("database", ["LATIN1", "WIN1252"], indirect=True)
def test_names_in_other_encodings(db: psycopg.Connection[Any]) -> None:
    """A dict row's keys, an order that bytes and code points do not share, and type names in errors."""
    define(db, "t", "session.Dict", columns='"é" text, c text collate "C"')
    assert db.execute('select "é" from t').fetchone() == ("é",)
    encoding = db.info.parameter_status("server_encoding")
    operators = db.execute("select c from t where c < 'é'").fetchone()
    assert operators == ("['<']" if encoding == "LATIN1" else "[]",)
    db.execute("alter foreign data wrapper t options (set wrapper 'session.OddRow')")
    with pytest.raises(errors.Error, match=r"a row of type x\\xe9\\xe9"):
        db.execute("select * from t")


def test_a_type_name_is_not_cut_within_a_character(db: psycopg.Connection[Any]) -> None:
    define(db, "t", "session.OddRow")
    with pytest.raises(errors.FdwInvalidDataType, match=r"a row of type xé{60}"):
        db.execute("select * from t")


def test_bytes_that_are_not_utf8_in_sql_ascii(server: Server) -> None:
    """Conditions on undecodable bytes arrive escaped as Python does, and match nothing."""
    with psycopg.connect(host=server.host, port=server.port, user="postgres", autocommit=True) as c:
        c.execute("drop database if exists ascii")
        c.execute("create database ascii template template0 encoding 'SQL_ASCII' locale 'C'")
    connection = psycopg.connect(host=server.host, port=server.port, user="postgres", dbname="ascii", autocommit=True)
    with connection as db:
        db.execute("create extension minicorn")
        define(db, "t", "session.Text", columns="a text", text="a")
        assert db.execute("select a from t where a = E'\\xff'").fetchone() is None
    with psycopg.connect(host=server.host, port=server.port, user="postgres", autocommit=True) as c:
        c.execute("drop database ascii")


@pytest.mark.parametrize("first", ["plpython", "minicorn"])
@pytest.mark.usefixtures("plpython")
def test_plpython_in_the_same_session(db: psycopg.Connection[Any], connect: Connect, first: str) -> None:
    """minicorn joins an interpreter that PL/Python started; the other way round is PL/Python's clean error."""
    db.execute("create function version() returns text language plpython3u as 'import sys; return sys.version[:4]'")
    define(db, "n", "regress.Numbers")
    define(db, "t", "session.Interpreter", columns="name text, value text")
    other = connect()
    queries = ["select public.version()", "select value from t where name = 'version'"]
    if first == "plpython":
        assert other.execute(queries[0]).fetchone() == other.execute(queries[1]).fetchone()
    else:
        other.execute(queries[1])
        with pytest.raises(psycopg.Error, match=r'could not import "__main__" module|multiple Python libraries'):
            other.execute(queries[0])
    assert db.execute("select 1").fetchone() == (1,), "the server was restarted"


@pytest.mark.usefixtures("plpython")
def test_import_that_fails_in_anothers_interpreter(db: psycopg.Connection[Any], connect: Connect) -> None:
    """The error says whose interpreter it is."""
    db.execute("create function one() returns int language plpython3u as 'return 1'")
    define(db, "n", "no_such_module.Class")
    other = connect()
    other.execute("select public.one()")
    with pytest.raises(errors.FdwUnableToCreateExecution) as caught:
        other.execute("select * from n")
    assert "Another extension started it in this session" in str(caught.value)
    assert "HINT:  Start a new session" in str(caught.value)


@pytest.mark.usefixtures("plpython")
def test_a_cursor_of_plpython_is_closed_by_a_destructor(db: psycopg.Connection[Any], connect: Connect) -> None:
    """An error of the generator would jump over Python frames there: it becomes a warning."""
    define(db, "t", "regress.Raises", method="close", what="plain")
    db.execute("create function one() returns int language plpython3u as 'return 1'")
    db.execute(
        """create function inner_cursor() returns int language plpython3u as $$
def inner():
    c = plpy.cursor("select * from t")
    c.fetch(1)
    del c
    return 5
return inner()
$$"""
    )
    db.execute(
        'create function recursive() returns int language plpython3u as \'return plpy.execute("select 6 n")[0]["n"]\''
    )
    other = connect()
    heard: list[str] = []
    other.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
    for _ in range(5):
        assert other.execute("select one(), inner_cursor(), recursive()").fetchone() == (1, 5, 6)
    assert heard == ["execute() failed when it was closed: a value"] * 5


@pytest.mark.usefixtures("plpython")
def test_a_class_that_queries_foreign_tables_through_plpython(db: psycopg.Connection[Any], connect: Connect) -> None:
    define(db, "n", "regress.Numbers")
    define(db, "t", "session.Nests", query="select * from n")
    define(db, "u", "session.Nests", query="select 1")
    db.execute("create function scan(t text) returns int language plpython3u as 'return len(plpy.execute(t))'")
    other = connect()
    for _ in range(3):
        with pytest.raises(psycopg.Error, match="a foreign-table class cannot query foreign tables of minicorn"):
            other.execute("select scan('select * from t')")
        assert other.execute("select scan('select * from u where a is not null')").fetchone() == (1,)
        assert other.execute("select count(*) from n").fetchone() == (3,)


@pytest.fixture
def reader(db: psycopg.Connection[Any], connect: Connect) -> Iterator[Reader]:
    """A role that may read none of the tables e, twin and child, nor their parents; the notices that it gets."""
    db.execute("drop role if exists regress_reader")
    db.execute("create role regress_reader login")
    define(db, "e", "regress.Echo", columns="a text, b text")
    db.execute("create foreign table twin (a text, b text) server e")
    db.execute("create foreign table child (a text, b text) server e")
    db.execute("create table parent (a text, b text) partition by list (a)")
    db.execute("create table top (a text, b text) partition by list (a)")
    db.execute("alter table top attach partition parent default")
    db.execute("alter table parent attach partition e default")
    db.execute("create table ancestor (a text, b text)")
    db.execute("alter foreign table child inherit ancestor")
    db.execute("create view both_tables as select * from twin union all select * from child")
    other = connect(user="regress_reader")
    heard: list[str] = []
    other.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
    yield other, heard
    other.close()
    db.execute("drop owned by regress_reader")
    db.execute("drop role regress_reader")


@pytest.mark.parametrize(
    "query",
    [
        "select * from e",
        "select * from twin union all select * from e",
        "select a from (select a from e union all select a from twin union all select 'x') as u where a = 'x'",
        "select * from (select * from parent union all select * from twin) as u",
        "select * from parent",
        "select * from top",
        "select * from ancestor",
        "select 1 where exists (select from twin union all select from e)",
        "select * from both_tables",
        "select a from (select a from both_tables offset 0) as u",
        "update e set a = 'x'",
        "delete from top",
        "explain select * from twin union all select * from e",
        "prepare p as select * from twin union all select * from e; execute p",
    ],
)
def test_no_code_of_the_class_runs_for_a_role_that_may_not_read(reader: Reader, query: str) -> None:
    """PostgreSQL plans before it checks permissions; the class is not called then."""
    other, heard = reader
    with pytest.raises(errors.InsufficientPrivilege):
        other.execute(query.encode())
    assert heard == []


def test_a_child_needs_no_permission_of_its_own(db: psycopg.Connection[Any], reader: Reader) -> None:
    other, heard = reader
    db.execute("grant select on top, ancestor to regress_reader")
    assert other.execute("select count(*) from top").fetchone() == (1,)
    assert other.execute("select count(*) from ancestor").fetchone() == (1,)
    union = "select count(*) from (select * from top union all select * from ancestor) as u"
    assert other.execute(union.encode()).fetchone() == (2,)
    heard.clear()
    with pytest.raises(errors.InsufficientPrivilege, match="denied for foreign table e"):
        other.execute("select * from e")
    with pytest.raises(errors.InsufficientPrivilege, match="denied for table parent"):
        other.execute("select * from parent")
    assert heard == []


def test_a_view_is_read_as_its_owner(db: psycopg.Connection[Any], reader: Reader) -> None:
    other, heard = reader
    db.execute("grant select on both_tables to regress_reader")
    assert other.execute("select count(*) from both_tables").fetchone() == (2,)
    heard.clear()
    with pytest.raises(errors.InsufficientPrivilege, match="denied for foreign table twin"):
        other.execute("select * from both_tables union all select * from twin")
    assert heard == []


def test_rights_to_columns_are_checked_before_the_class_is_called(db: psycopg.Connection[Any], reader: Reader) -> None:
    other, heard = reader
    db.execute("grant select (b) on e to regress_reader")
    assert other.execute("select count(b) from e").fetchone() == (0,)
    heard.clear()
    with pytest.raises(errors.InsufficientPrivilege):
        other.execute("select a from e")
    assert heard == []


def test_the_generator_is_closed_when_the_query_fails_elsewhere(db: psycopg.Connection[Any]) -> None:
    define(db, "t", "regress.Numbers", columns="a int", tell="")
    heard: list[str] = []
    db.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
    with pytest.raises(errors.DivisionByZero):
        db.execute("select 1 / (1 - a) from t")
    assert heard == ["execute []", "closed"]
    heard.clear()
    with db.transaction(), db.cursor(name="c") as cursor:
        cursor.execute("select a from t")
        assert cursor.fetchone() == (0,)
        with pytest.raises(errors.DivisionByZero), db.transaction():
            db.execute("select 1 / 0")
        assert heard == ["execute []"], "a savepoint's error does not touch the outer cursor"
    assert heard == ["execute []", "closed"]
    heard.clear()
    db.execute("begin")
    db.execute("declare c cursor for select a from t")
    db.execute("fetch 1 from c")
    with pytest.raises(errors.DivisionByZero):
        db.execute("select 1 / 0")
    db.execute("rollback")
    assert heard == ["execute []", "closed"]


def test_what_a_generator_raises_when_it_is_closed_by_an_error_is_a_warning(db: psycopg.Connection[Any]) -> None:
    define(db, "t", "regress.Raises", method="close", what="plain")
    heard: list[str] = []
    db.add_notice_handler(lambda notice: heard.append(f"{notice.severity}: {notice.message_primary}"))
    with pytest.raises(errors.DivisionByZero):
        db.execute("select 1 / (a::int - 1) from t")
    assert heard == ["WARNING: execute() failed when it was closed: a value"]


def test_dump_and_restore(db: psycopg.Connection[Any], server: Server) -> None:
    """A dump holds everything, and neither it nor the restore needs Python."""
    define(db, "n", "regress.Numbers", columns="a int options (k 'v'), b text", rows="2")
    db.execute("create user mapping for postgres server n options (secret 'x')")
    arguments = ["-h", server.host, "-p", str(server.port), "-U", "postgres"]
    dump = subprocess.run(
        [pg_config("bindir") / "pg_dump", *arguments, db.info.dbname], check=True, capture_output=True, text=True
    ).stdout
    assert "wrapper 'regress.Numbers'" in dump
    db.execute("drop database if exists restored")
    db.execute("create database restored")
    subprocess.run(
        [pg_config("bindir") / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *arguments, "restored"],
        check=True,
        input=dump,
        text=True,
        capture_output=True,
        env={**os.environ, "PGOPTIONS": ""},
    )
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname="restored") as restored:
        assert restored.execute("select count(*) from n").fetchone() == (2,)
    db.execute("drop database restored")


def test_traceback_goes_to_the_server_log_at_debug1_only(
    db: psycopg.Connection[Any], connect: Connect, server: Server
) -> None:
    """Never to the client, who may choose to see debug messages."""
    define(db, "x", "regress.Raises", method="execute", what="plain")
    notices: list[str] = []
    counts = []
    for level in ("warning", "debug1"):
        before = Path(server.logfile).read_bytes()
        other = connect(options=f"-c client_min_messages=debug5 -c log_min_messages={level}")
        other.add_notice_handler(lambda notice: notices.append(str(notice.message_primary)))
        with pytest.raises(errors.FdwError, match="a value"):
            other.execute("select * from x")
        logged = Path(server.logfile).read_bytes()[len(before) :]
        counts.append(logged.count(b"Traceback (most recent call last)"))
    assert counts == [0, 1]
    assert not any("Traceback" in notice for notice in notices)


def test_fatal_ends_the_session_and_nothing_else(db: psycopg.Connection[Any], connect: Connect) -> None:
    define(db, "l", "regress.Levels")
    other = connect()
    with pytest.raises(psycopg.OperationalError, match="fatal words"):
        other.execute("select * from l where a = 'fatal words'")
    assert other.closed
    assert db.execute("select count(*) from l").fetchone() == (1,)


def test_many_connections_at_once(db: psycopg.Connection[Any], connect: Connect) -> None:
    define(db, "n", "regress.Numbers", rows="10")
    connections = [connect() for _ in range(20)]
    for connection in connections:
        assert connection.execute("select count(*) from n").fetchone() == (10,)
