"""The options: PostgreSQL's validator and iam_fdw.options say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors, sql
from support.server import ENGINE, Server, install, new_database

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.options import OPTIONS, Option

VALID = {
    "accounts": "111122223333, 444455556666",
    "exclude_accounts": "111122223333",
    "role_name": "path/auditor",
    "role_arn": "arn:aws:iam::111122223333:role/path/auditor",
    "external_id": "corp:4711",
    "role_session_name": "nightly",
    "profile": "audit",
    "region": "us-gov-west-1",
    "generate": "never",
    "max_age": "30 minutes",
    "timeout": "1500 ms",
    "concurrency": "64",
    "cache": "off",
    "on_account_error": "skip",
    "endpoint_url": "http://127.0.0.1:5000/aws",
    "cache_dir": "/var/cache/reports",
    "source": "/var/lib/reports",
    "snapshots": "s3://archive/iam/reports",
    "aws_access_key_id": "AKIA111122223333",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCY",
    "aws_session_token": "FwoGZXIvYXdzEXAMPLE==",
    "table": "aws_iam_credential_report_status",
}
INVALID = {
    "accounts": "111122223333,4444",
    "exclude_accounts": "organization",
    "role_name": "two words",
    "role_arn": "arn:aws:iam::111122223333:user/auditor",
    "external_id": "two words",
    "role_session_name": "x",
    "profile": "",
    "region": "us-east-1.evil.example",
    "generate": "AUTO",
    "max_age": "4",
    "timeout": "0 seconds",
    "concurrency": "0",
    "cache": "true",
    "on_account_error": "ignore",
    "endpoint_url": "https://user:password@proxy",
    "cache_dir": "cache",
    "source": "reports",
    "snapshots": "s3://",
    "aws_access_key_id": "AKIA",
    "aws_secret_access_key": "not the secret of a key",
    "aws_session_token": "short",
    "table": "pg_authid",
}
# Where an option may stand, and what it cannot stand without there.
PLACES = {
    "server": "alter server aws options (add {})",
    "user mapping": "create user mapping for public server aws options ({})",
    "table": "create foreign table hand_made (user_name text) server aws options ({})",
    "wrapper": "alter foreign data wrapper iam_fdw options (add {})",
    "column": "create foreign table hand_made (user_name text options ({})) server aws",
}
NEEDED = {
    "accounts": ["role_name"],
    "exclude_accounts": ["accounts", "role_name"],
    "role_name": ["accounts"],
    "external_id": ["role_arn"],
    "role_session_name": ["role_arn"],
    "aws_access_key_id": ["aws_secret_access_key"],
    "aws_secret_access_key": ["aws_access_key_id"],
    "aws_session_token": ["aws_access_key_id", "aws_secret_access_key"],
}


def statement(place: str, values: dict[str, str]) -> sql.Composed:
    written = [sql.SQL("{} {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in values.items()]
    before, after = PLACES[place].split("{}")
    return sql.SQL(before) + sql.SQL(", add " if "add" in before else ", ").join(written) + sql.SQL(after)


def tried(db: psycopg.Connection[Any], place: str, values: dict[str, str]) -> Any:
    """Return PostgreSQL's error for these options in this place, None for none, and leave nothing behind."""
    try:
        with db.transaction(force_rollback=True):
            db.execute(statement(place, values))
    except psycopg.Error as error:
        return error
    return None


@pytest.fixture(scope="module")
def db(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection, in a database where every test leaves things as they were."""
    with new_database(server, "options") as name, connect(server, "postgres", name) as connection:
        install(connection)
        yield connection


def connect(server: Server, user: str, database: str = "options") -> psycopg.Connection[Any]:
    return psycopg.connect(host=server.host, port=server.port, user=user, dbname=database, autocommit=True)


def test_each_has_examples_here() -> None:
    assert list(dict.fromkeys(option.name for option in OPTIONS)) == list(VALID) == list(INVALID)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_a_valid_value_is_taken_in_its_place(db: psycopg.Connection[Any], option: Option) -> None:
    values = {name: VALID[name] for name in [option.name, *NEEDED.get(option.name, [])]}
    assert tried(db, option.place, values) is None
    read = options.read(values)
    if isinstance(getattr(read, option.name), str):
        assert getattr(read, option.name) == VALID[option.name]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_invalid_value_is_refused_and_not_repeated(db: psycopg.Connection[Any], option: Option) -> None:
    values = {name: VALID[name] for name in NEEDED.get(option.name, [])}
    error = tried(db, option.place, {option.name: INVALID[option.name], **values})
    assert error.diag.message_primary == f'invalid value for option "{option.name}"'
    assert error.diag.message_hint == f"Valid is {option.values}."
    with pytest.raises(Error) as caught:
        options.read({option.name: INVALID[option.name]})
    assert (caught.value.message, caught.value.hint) == (error.diag.message_primary, error.diag.message_hint)
    assert caught.value.sqlstate == error.sqlstate == "HV024"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_elsewhere_it_is_refused_with_those_that_are_valid(
    db: psycopg.Connection[Any], option: Option, place: str
) -> None:
    if any((other.name, other.place) == (option.name, place) for other in OPTIONS):
        return
    error = tried(db, place, {option.name: VALID[option.name]})
    assert error.sqlstate == "HV00D"
    assert error.diag.message_primary == f'invalid option "{option.name}"'
    valid = ", ".join(other.name for other in OPTIONS if other.place == place)
    none = "There are no valid options in this context."
    assert error.diag.message_hint == (f"Valid options in this context are: {valid}." if valid else none)


@pytest.mark.parametrize("name", ["password", "wrapper ", "Source", "timeout=5", "", "table"])
def test_an_unknown_option_is_refused(db: psycopg.Connection[Any], name: str) -> None:
    error = tried(db, "server", {name: "x"})
    assert error is not None
    assert error.sqlstate in ("HV00D", "HV024", "42601", "22023")  # PostgreSQL refuses some names itself
    if name != "table":
        with pytest.raises(Error, match="invalid option"):
            options.read({name: "x"})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_value_is_judged_alike(db: psycopg.Connection[Any], data: st.DataObject) -> None:
    option = data.draw(st.sampled_from(OPTIONS))
    value = data.draw(st.one_of(st.from_regex(option.pattern), st.text(max_size=20)))
    if "\0" in value or re.search("[\ud800-\udfff]", value):  # PostgreSQL has no such text
        return
    needed = {name: VALID[name] for name in NEEDED.get(option.name, [])}
    error = tried(db, option.place, {option.name: value, **needed})
    try:
        options.read({option.name: value})
        taken = True
    except Error:
        taken = False
    assert (error is None) == taken, (option.name, value, error)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_only_superusers_set_what_reaches_the_machine(
    db: psycopg.Connection[Any], server: Server, option: Option
) -> None:
    db.execute("create role regress_owner login")
    try:
        db.execute("alter server aws owner to regress_owner")
        db.execute("grant usage on foreign data wrapper iam_fdw to regress_owner")
        db.execute("grant create on schema public to regress_owner")
        values = {name: VALID[name] for name in [option.name, *NEEDED.get(option.name, [])]}
        with connect(server, "regress_owner") as owner:
            error = tried(owner, option.place, values)
        if option.superuser:
            assert isinstance(error, errors.InsufficientPrivilege)
            assert error.diag.message_primary == f'permission denied to set option "{option.name}"'
        else:
            assert error is None
    finally:
        db.execute("alter server aws owner to postgres")
        db.execute("drop owned by regress_owner")
        db.execute("drop role regress_owner")


def test_an_owner_does_not_change_a_server_that_a_superuser_pointed_elsewhere(
    db: psycopg.Connection[Any], server: Server
) -> None:
    db.execute("alter server aws options (add endpoint_url 'http://127.0.0.1:9')")
    db.execute("create role regress_owner login")
    try:
        db.execute("alter server aws owner to regress_owner")
        owner = connect(server, "regress_owner")
        for change in ("set endpoint_url 'http://127.0.0.1:8'", "add timeout '5 seconds'"):
            with pytest.raises(errors.InsufficientPrivilege):
                owner.execute(f"alter server aws options ({change})")
        owner.close()
    finally:
        db.execute("alter server aws options (drop endpoint_url)")
        db.execute("alter server aws owner to postgres")
        db.execute("drop role regress_owner")


@pytest.mark.parametrize("name", ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"])
def test_half_a_key_is_refused(db: psycopg.Connection[Any], name: str) -> None:
    error = tried(db, "user mapping", {name: VALID[name]})
    assert error.sqlstate == "HV002"
    assert error.diag.message_primary.startswith(f'option "{name}" needs option "')


@pytest.mark.parametrize("name", ["external_id", "role_session_name"])
def test_options_of_a_role_need_the_role(db: psycopg.Connection[Any], name: str) -> None:
    error = tried(db, "server", {name: VALID[name]})
    assert error.diag.message_primary == f'option "{name}" needs option "role_arn" or "role_name"'
    for role in ({"role_arn": VALID["role_arn"]}, {"role_name": "audit", "accounts": "organization"}):
        assert tried(db, "server", {**role, name: VALID[name]}) is None


@pytest.mark.parametrize("accounts", ["organization", "111122223333"])
def test_accounts_need_the_role_that_is_assumed_in_them(db: psycopg.Connection[Any], accounts: str) -> None:
    error = tried(db, "server", {"accounts": accounts})
    assert error.diag.message_primary == 'option "accounts" needs option "role_name"'
    assert tried(db, "server", {"accounts": "self"}) is None


def test_a_list_of_accounts_may_have_spaces_and_repeat_itself() -> None:
    read = options.read({"accounts": "111122223333 , 444455556666,111122223333", "exclude_accounts": "444455556666"})
    assert read.accounts == ("111122223333", "444455556666")
    assert read.exclude_accounts == {"444455556666"}


@pytest.mark.parametrize(
    "name",
    [
        *("accounts", "exclude_accounts", "role_name", "role_arn", "profile", "region", "endpoint_url", "generate"),
        *("timeout", "concurrency", "cache", "cache_dir"),
    ],
)
def test_what_saved_reports_have_no_use_for_is_refused_beside_them(db: psycopg.Connection[Any], name: str) -> None:
    needed = {other: VALID[other] for other in NEEDED.get(name, [])}
    error = tried(db, "server", {"source": VALID["source"], name: VALID[name], **needed})
    assert error.diag.message_primary == 'option "source" excludes other options'


@pytest.mark.parametrize("place", ["wrapper", "server"])
def test_no_other_class_can_be_named(db: psycopg.Connection[Any], place: str) -> None:
    written = PLACES[place].replace("add {}", "{} wrapper 'os.system'")
    verb = "set" if (ENGINE == "minicorn") == (place == "wrapper") else "add"
    with pytest.raises(psycopg.Error, match='invalid value for option "wrapper"'):
        db.execute(written.format(verb).encode())


@pytest.mark.parametrize("place", ["table", "user mapping", "column"])
def test_the_class_is_named_nowhere_else(db: psycopg.Connection[Any], place: str) -> None:
    error = tried(db, place, {"wrapper": "iam_fdw.fdw.IamForeignDataWrapper"})
    assert error.diag.message_primary == 'invalid option "wrapper"'


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("1500 ms", 1.5), ("90 seconds", 90), ("1 minute", 60), ("4hours", 14400), ("1 day", 86400), ("7days", 604800)],
)
def test_durations_have_units(written: str, seconds: float) -> None:
    read = options.read({"timeout": written, "max_age": written})
    assert (read.timeout, read.max_age.total_seconds()) == (seconds, seconds)


def test_what_is_left_out_has_its_default() -> None:
    read = options.read({"wrapper": "of the host"})
    assert (read.table, read.generate, read.role_session_name) == ("aws_iam_credential_report", "auto", "iam_fdw")
    assert (read.timeout, read.max_age.total_seconds()) == (60, 4 * 3600)
    assert (read.accounts, read.concurrency, read.cache, read.on_account_error) == (("self",), 16, True, "error")
    assert read.role_arn is read.source is read.aws_access_key_id is None


def test_secrets_are_not_shown() -> None:
    secrets = {name: VALID[name] for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")}
    shown = repr(options.read(secrets))
    assert VALID["aws_access_key_id"] in shown
    assert VALID["aws_secret_access_key"] not in shown
    assert VALID["aws_session_token"] not in shown
