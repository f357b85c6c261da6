"""`iam-fdw doctor`: what of an installation is right, what is not, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Optional

import click
import psycopg
from psycopg import conninfo, sql
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iam_fdw import options
from iam_fdw.cli import scope, trust
from iam_fdw.cli.cache import Reason, folder_of
from iam_fdw.cli.errors import READER_HINT, plain_lines, scan_hint
from iam_fdw.errors import Error
from iam_fdw.live.copies import SUFFIX
from iam_fdw.live.errors import is_of_credentials
from iam_fdw.saved.place import is_bucket
from iam_fdw.tables import CREDENTIAL_REPORT, CREDENTIAL_REPORT_STATUS

OK, WARNING, FAILED, SKIPPED = "ok", "warning", "FAILED", "-"
THINGS = ("connection", "engine", "python", "installation", "settings", "options", "credentials", "report", "cache")

_STYLES = {OK: "green", WARNING: "yellow", FAILED: "bold red", SKIPPED: "dim"}
_KNOWN = range(13, 19)  # major versions of PostgreSQL
_MINICORN_FROM = 14
_INSTALL = 'Run "iam-fdw install".'
_ENGINE = 'Run "make install" for minicorn, or install Multicorn, for this PostgreSQL on the machine of its server.'
_NO_COPIES = (
    'Run "iam-fdw cache" on the machine of the server: it says why none is kept. Each scan asks AWS until then.'
)
_STALE = {
    "file": "Save a newer report where the option source says.",
    **dict.fromkeys(
        ("aws", "cache"),
        "AWS makes at most one report in four hours: look again later, and at the options generate and max_age.",
    ),
}


class _Account(NamedTuple):
    """A row of aws_iam_credential_report_status. made_at: when AWS made the report, UTC."""

    account_id: Optional[str]
    state: str
    made_at: Optional[str]
    users: Optional[int]
    origin: str
    error_code: Optional[str]
    error: Optional[str]

    @property
    def is_answered(self) -> bool:
        """Whether AWS took the credentials: it gave the report, or said that there is none, or who may not have it."""
        return self.state in ("denied", "missing") or (self.error is None and self.origin in ("aws", "s3"))


class Finding(NamedTuple):
    """What there is to say of a thing: a mark, the facts, and, unless it is right, what to do."""

    thing: str
    mark: str
    facts: str
    to_do: Optional[str] = None


@click.command()
@click.argument("dsn", default="", metavar="[DSN]")
@click.option("--server", default="aws", show_default=True, help="The name of the foreign server.")
def doctor(dsn: str, server: str) -> None:
    """Say of each thing that reading the reports needs whether it is right, and what to do if it is not.

    DSN is a connection string, as in install. The reports are read by the server, with its credentials, not those of
    this command. The exit code is 2 if something failed, else 0.
    """
    console = Console(width=None if sys.stdout.isatty() else 120, markup=False, highlight=False)
    with Console(stderr=True).status("Looking"):
        findings = list(examine(dsn, server))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, show_header=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        to_do = f"\nto do: {plain_lines(finding.to_do)}" if finding.to_do else ""
        mark = Text(finding.mark, _STYLES[finding.mark])
        table.add_row(finding.thing, mark, Text.assemble(plain_lines(finding.facts), (to_do, "bold")))
    console.print(table)
    click.get_current_context().exit(2 if any(finding.mark == FAILED for finding in findings) else 0)


def examine(dsn: str, server: str) -> Iterator[Finding]:
    """Yield at least one finding for each of THINGS, in that order; after a failure those that it makes moot as such.

    dsn: a connection string. server: the name of the foreign server.
    """
    done: list[str] = []
    try:
        for finding in _examine(dsn, server):
            done.append(finding.thing)
            yield finding
    except psycopg.Error as error:
        thing = next((thing for thing in THINGS if thing not in done), THINGS[-1])
        done.append(thing)
        yield _failed(thing, error)
    for thing in THINGS:
        if thing not in done:
            yield Finding(thing, SKIPPED, "not looked at")


def _examine(dsn: str, server: str) -> Iterator[Finding]:
    """Yield findings up to what makes the rest moot. Raises psycopg.Error, which is of the next thing."""
    try:
        conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:  # it repeats parts of the string, which may be of a password
        to_do = 'Give it as "dbname=..." or postgresql://..., with %XX for special characters of the latter.'
        yield Finding("connection", FAILED, "the connection string cannot be read", to_do)
        return
    with psycopg.connect(dsn, autocommit=True, client_encoding="UTF8") as connection:
        connection.execute("set search_path = pg_catalog, pg_temp")
        version = connection.info.server_version // 10000
        finding = _connection(connection, version)
        yield finding
        if finding.mark == FAILED:
            return

        engine, finding = _engine(connection, version)
        yield finding
        if finding.mark == FAILED:
            return

        finding = _python(connection, engine)
        yield finding
        if finding.mark == FAILED:
            return

        schema, finding = _installation(connection, server)
        yield finding
        if schema is None:
            return

        yield _settings(connection, schema)

        source, finding = _options(connection, server)
        yield finding
        if finding.mark == FAILED:
            return

        try:
            accounts = _accounts(connection, schema)
        except psycopg.Error as error:  # it is of the report, too
            if is_of_credentials(error.sqlstate):
                yield _failed("credentials", error)
            else:
                yield Finding("credentials", SKIPPED, "not tried: the reports cannot be read")
            raise
        hint = _hint(connection, schema, accounts)
        yield _credentials(accounts, source, _mapped(connection, server), hint)
        yield from _report(accounts, hint)
        yield _cache(connection, server, accounts)


def _connection(connection: psycopg.Connection[Any], version: int) -> Finding:
    info = connection.info
    facts = f'PostgreSQL {_value(connection, "show server_version")}, database "{info.dbname}", role "{info.user}"'
    if version < _KNOWN[0]:
        return Finding("connection", FAILED, facts, f"Use PostgreSQL {_KNOWN[0]} to {_KNOWN[-1]}.")
    if version > _KNOWN[-1]:
        return Finding("connection", WARNING, facts, f"Versions known are {_KNOWN[0]} to {_KNOWN[-1]}: test this one.")
    return Finding("connection", OK, facts)


def _engine(connection: psycopg.Connection[Any], version: int) -> tuple[str, Finding]:
    """Return the engine that the wrapper has, else the one that would be taken, and the finding."""
    found = connection.execute("""
        select name, default_version, installed_version
        from pg_available_extensions
        where name in ('minicorn', 'multicorn')
        order by name <> (
          select coalesce(min(regexp_replace(proname, '_handler$', '')), '')
          from pg_foreign_data_wrapper join pg_proc on pg_proc.oid = fdwhandler
          where fdwname = 'iam_fdw'
        ), installed_version is null, name
    """).fetchall()
    if not found:
        return "", Finding("engine", FAILED, "neither minicorn nor multicorn is there", _ENGINE)
    name, available, installed = found[0]
    facts = f"{name} {installed}" if installed else f"{name} {available}, not in this database yet"
    if name == "minicorn" and version < _MINICORN_FROM:
        return name, Finding("engine", FAILED, facts, f"Use PostgreSQL {_MINICORN_FROM} or later, or Multicorn.")
    return name, Finding("engine", OK, facts)


def _python(connection: psycopg.Connection[Any], engine: str) -> Finding:
    if engine != "minicorn":
        return Finding("python", SKIPPED, f"{engine} has the one that it was built for, and no setting")
    if _value(connection, "show is_superuser") != "on":
        return Finding("python", SKIPPED, "only superusers see which one minicorn runs")
    connection.execute("load 'minicorn'")
    path = _value(connection, "show minicorn.python")
    to_do = 'Run "make install" on the machine of the server, or set "minicorn.python" to the environment of iam_fdw.'
    try:
        if _value(connection, "select pg_stat_file(%s, true) is null", path):
            return Finding("python", FAILED, f"{path} does not exist", to_do)
    except psycopg.errors.InsufficientPrivilege as error:  # of the operating system: the role is a superuser
        to_do += " Its folders must let the server's user in."
        return Finding("python", FAILED, str(error.diag.message_primary), to_do)
    return Finding("python", OK, str(path))


def _installation(connection: psycopg.Connection[Any], server: str) -> tuple[Optional[str], Finding]:
    """Return the schema of the server's tables, None unless they are there, and the finding."""
    thing = "installation"
    if not _value(connection, "select exists (select from pg_foreign_data_wrapper where fdwname = 'iam_fdw')"):
        return None, Finding(thing, FAILED, "iam_fdw is not installed in this database", _INSTALL)
    servers = _column(
        connection,
        "select srvname from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw"
        " where fdwname = 'iam_fdw' order by srvname",
    )
    if server not in servers:
        there = f"Its servers are: {', '.join(servers)}." if servers else "It has no server."
        to_do = "Name one of them with --server." if servers else _INSTALL
        return None, Finding(thing, FAILED, f'iam_fdw has no server "{server}". {there}', to_do)
    schema = trust.schema_of(connection, server)
    if schema is None:
        facts = f'no schema has {CREDENTIAL_REPORT.name} and {CREDENTIAL_REPORT_STATUS.name} of server "{server}"'
        return None, Finding(thing, FAILED, facts, _INSTALL)
    trust.verify(connection, schema)  # before anything of it is called
    return schema, Finding(thing, OK, f'server "{server}", tables in schema "{schema}"')


def _settings(connection: psycopg.Connection[Any], schema: str) -> Finding:
    """Tell what the checks measure by. One that is wrong is an error of each of them, and of no table."""
    try:
        found = scope.settings(connection, schema)
    except psycopg.errors.InsufficientPrivilege:
        return Finding("settings", SKIPPED, "this role may not read them")
    except psycopg.Error as error:
        return _failed("settings", error)
    facts = ", ".join(f"{name}: {value}" for name, value in found.items()) or "all have their defaults"
    if found.keys() & {"iam_fdw.now", "iam_fdw.report_at"}:
        to_do = "The checks judge as of that time, and not of now. Reset it unless that is meant."
        return Finding("settings", WARNING, facts, to_do)
    return Finding("settings", OK, facts)


def _options(connection: psycopg.Connection[Any], server: str) -> tuple[Optional[str], Finding]:
    """Return the option source, None where AWS is called, and the finding, which has names and no values."""
    rows = connection.execute(
        "select option_name, option_value from pg_foreign_server, pg_options_to_table(srvoptions) where srvname = %s",
        (server,),
    ).fetchall()
    given: Mapping[str, str] = dict(rows)
    try:
        options.read(given)
    except Error as error:
        to_do = f"Alter the server. {error.hint or ''}".strip()
        return None, Finding("options", FAILED, error.message, to_do)
    names = ", ".join(sorted(name for name in given if name != "wrapper"))
    return given.get("source"), Finding("options", OK, names or "none, all have their defaults")


def _accounts(connection: psycopg.Connection[Any], schema: str) -> list[_Account]:
    """Read the reports, as a scan does, and return what became of each."""
    table = sql.Identifier(schema, CREDENTIAL_REPORT_STATUS.name)
    query = sql.SQL("select account_id, state, {} || ' UTC', users, origin, error_code, error_message from {}")
    moment = sql.SQL("to_char(generated_time at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')")
    return [_Account(*row) for row in connection.execute(query.format(moment, table))]


def _hint(connection: psycopg.Connection[Any], schema: str, accounts: list[_Account]) -> Optional[str]:
    failed = [account.account_id for account in accounts if account.error is not None]
    return scan_hint(connection, sql.Identifier(schema, CREDENTIAL_REPORT.name), failed) if failed else None


def _mapped(connection: psycopg.Connection[Any], server: str) -> str:
    users = _column(connection, "select usename from pg_user_mappings where srvname = %s order by usename", server)
    mapped = f"user mappings: {', '.join(users)}" if users else "no user mappings"
    return f"{mapped}; {'others have' if users else 'all have'} those of the server's machine"


def _credentials(accounts: list[_Account], source: Optional[str], mapped: str, hint: Optional[str]) -> Finding:
    """Tell of the credentials what reading the reports told: there is no other way to know what the server has."""
    if source is not None and not is_bucket(source):
        return Finding("credentials", OK, "saved reports need none")
    for account in accounts:
        if account.error is not None and is_of_credentials(account.error_code):
            return Finding("credentials", FAILED, f"{account.error} ({mapped})", hint)
    if any(account.is_answered for account in accounts):
        return Finding("credentials", OK, f"AWS accepted them ({mapped})")
    kept = "the reports are kept copies" if any(account.error is None for account in accounts) else "AWS did not answer"
    return Finding("credentials", SKIPPED, f"not tried: {kept} ({mapped})")


def _report(accounts: list[_Account], hint: Optional[str]) -> Iterator[Finding]:
    if not accounts:
        yield Finding("report", WARNING, "there is no account", "Look at the options of the server.")
    for account in accounts:
        made = f"made {account.made_at}" if account.made_at else "of unknown age"
        facts = f"{account.state}: account {account.account_id}, {made}, users: {account.users}"
        if account.error is not None:  # which names account or file
            yield Finding("report", FAILED, f"{account.state}: {account.error}", hint)
            hint = None  # it is of all accounts, and said once
        elif account.state == "fresh":
            yield Finding("report", OK, facts)
        else:
            yield Finding("report", WARNING, facts, _STALE.get(account.origin))


def _cache(connection: psycopg.Connection[Any], server: str, accounts: list[_Account]) -> Finding:
    if _value(connection, "show is_superuser") != "on":
        return Finding("cache", SKIPPED, "only superusers see which copies are kept")
    folder = folder_of(connection, server)
    if isinstance(folder, Reason):
        return Finding("cache", SKIPPED, f"no copies are kept: {folder}")
    facts = f"no copies are kept yet in {folder}"
    if not _value(connection, "select pg_stat_file(%s, true) is null", str(folder)):
        number, size = connection.execute(
            "select count(size), coalesce(sum(size), 0)::bigint from pg_ls_dir(%(folder)s) as name,"
            " pg_stat_file(%(folder)s || '/' || name, true) where name like %(like)s",
            {"folder": str(folder), "like": f"%{SUFFIX}"},
        ).fetchone() or (0, 0)
        if number:
            return Finding("cache", OK, f"{number} copies, {size:,} bytes, in {folder}")
    if all(account.error is not None for account in accounts):
        return Finding("cache", SKIPPED, f"{facts}: no report could be read")
    return Finding("cache", WARNING, facts, _NO_COPIES)


def _failed(thing: str, error: psycopg.Error) -> Finding:
    diagnostic = error.diag
    facts = diagnostic.message_primary or str(error).strip()
    if diagnostic.message_detail:
        facts += f"\nDETAIL:  {diagnostic.message_detail}"
    to_do = None
    if thing == "connection":
        to_do = "Check the connection string, that the server runs, and that it lets you in."
    elif isinstance(error, psycopg.errors.InsufficientPrivilege):
        to_do = READER_HINT
    return Finding(thing, FAILED, facts, diagnostic.message_hint or to_do)


def _value(connection: psycopg.Connection[Any], query: str, *parameters: object) -> Any:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return row[0] if row else None


def _column(connection: psycopg.Connection[Any], query: str, *parameters: object) -> list[str]:
    return [value for (value,) in connection.execute(query.encode(), parameters or None).fetchall()]
