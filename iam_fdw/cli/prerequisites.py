"""What `iam-fdw doctor` checks before it reads a report, from the version of PostgreSQL to the server's options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

import psycopg

from iam_fdw import options
from iam_fdw.cli import scope, trust
from iam_fdw.cli.diagnosis import FAILED, OK, SKIPPED, WARNING, Diagnosis, failed, first_column, first_value
from iam_fdw.errors import Error
from iam_fdw.tables import CREDENTIAL_REPORT, CREDENTIAL_REPORT_STATUS

_TESTED = range(13, 19)  # major versions of PostgreSQL
_MINICORN_MINIMUM = 14
_INSTALL = 'Run "iam-fdw install".'
_INSTALL_ENGINE = (
    'Run "make install" for minicorn, or install Multicorn, for this PostgreSQL on the machine of its server.'
)


def connection(connected: psycopg.Connection[Any], version: int) -> Diagnosis:
    """Check the version of PostgreSQL. version: its major version."""
    info = connected.info
    facts = f'PostgreSQL {first_value(connected, "show server_version")}, database "{info.dbname}", role "{info.user}"'
    if version < _TESTED[0]:
        return Diagnosis("connection", FAILED, facts, f"Use PostgreSQL {_TESTED[0]} to {_TESTED[-1]}.")
    if version > _TESTED[-1]:
        to_do = f"Versions known are {_TESTED[0]} to {_TESTED[-1]}: test this one."
        return Diagnosis("connection", WARNING, facts, to_do)
    return Diagnosis("connection", OK, facts)


def engine(connected: psycopg.Connection[Any], version: int) -> tuple[str, Diagnosis]:
    """Return the engine of the wrapper, or the one that install would choose, and the diagnosis.

    The engine is "" when none is available. version: the major version of PostgreSQL.
    """
    found = connected.execute("""
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
        return "", Diagnosis("engine", FAILED, "neither minicorn nor multicorn is there", _INSTALL_ENGINE)
    name, available, installed = found[0]
    facts = f"{name} {installed}" if installed else f"{name} {available}, not in this database yet"
    if name == "minicorn" and version < _MINICORN_MINIMUM:
        to_do = f"Use PostgreSQL {_MINICORN_MINIMUM} or later, or Multicorn."
        return name, Diagnosis("engine", FAILED, facts, to_do)
    return name, Diagnosis("engine", OK, facts)


def python(connected: psycopg.Connection[Any], engine: str) -> Diagnosis:
    """Check that the server can reach the interpreter that minicorn runs."""
    if engine != "minicorn":
        return Diagnosis("python", SKIPPED, f"{engine} has the one that it was built for, and no setting")
    if first_value(connected, "show is_superuser") != "on":
        return Diagnosis("python", SKIPPED, "only superusers see which one minicorn runs")
    connected.execute("load 'minicorn'")
    path = first_value(connected, "show minicorn.python")
    to_do = 'Run "make install" on the machine of the server, or set "minicorn.python" to the environment of iam_fdw.'
    try:
        if first_value(connected, "select pg_stat_file(%s, true) is null", path):
            return Diagnosis("python", FAILED, f"{path} does not exist", to_do)
    except psycopg.errors.InsufficientPrivilege as error:  # of the operating system: the role is a superuser
        to_do += " Its folders must let the server's user in."
        return Diagnosis("python", FAILED, str(error.diag.message_primary), to_do)
    return Diagnosis("python", OK, str(path))


def installation(connected: psycopg.Connection[Any], server: str) -> tuple[Optional[str], Diagnosis]:
    """Return the schema that has the tables of a foreign server, and the diagnosis.

    The schema is None when there is none. Raises psycopg.errors.InsufficientPrivilege when the schema is not trusted.
    """
    topic = "installation"
    if not first_value(connected, "select exists (select from pg_foreign_data_wrapper where fdwname = 'iam_fdw')"):
        return None, Diagnosis(topic, FAILED, "iam_fdw is not installed in this database", _INSTALL)
    servers = first_column(
        connected,
        "select srvname from pg_foreign_server join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw"
        " where fdwname = 'iam_fdw' order by srvname",
    )
    if server not in servers:
        names = f"Its servers are: {', '.join(servers)}." if servers else "It has no server."
        to_do = "Name one of them with --server." if servers else _INSTALL
        return None, Diagnosis(topic, FAILED, f'iam_fdw has no server "{server}". {names}', to_do)
    schema = trust.schema_of(connected, server)
    if schema is None:
        facts = f'no schema has {CREDENTIAL_REPORT.name} and {CREDENTIAL_REPORT_STATUS.name} of server "{server}"'
        return None, Diagnosis(topic, FAILED, facts, _INSTALL)
    trust.verify(connected, schema)  # before anything of it is called
    return schema, Diagnosis(topic, OK, f'server "{server}", tables in schema "{schema}"')


def settings(connected: psycopg.Connection[Any], schema: str) -> Diagnosis:
    """Return the settings that are not at their defaults.

    An invalid setting makes each check fail. It makes no table fail, so the rest can still be diagnosed.
    """
    try:
        found = scope.settings(connected, schema)
    except psycopg.errors.InsufficientPrivilege:
        return Diagnosis("settings", SKIPPED, "this role may not read them")
    except psycopg.Error as error:
        return failed("settings", error)
    facts = ", ".join(f"{name}: {value}" for name, value in found.items()) or "all have their defaults"
    if found.keys() & {"iam_fdw.now", "iam_fdw.report_at"}:
        to_do = "The checks judge as of that time, and not of now. Reset it unless that is meant."
        return Diagnosis("settings", WARNING, facts, to_do)
    return Diagnosis("settings", OK, facts)


def server_options(connected: psycopg.Connection[Any], server: str) -> tuple[Optional[str], Diagnosis]:
    """Return the option source and the diagnosis, which has names of options and no values.

    The option is None when the reports come from AWS.
    """
    rows = connected.execute(
        "select option_name, option_value from pg_foreign_server, pg_options_to_table(srvoptions) where srvname = %s",
        (server,),
    ).fetchall()
    given: Mapping[str, str] = dict(rows)
    try:
        options.read(given)
    except Error as error:
        to_do = f"Alter the server. {error.hint or ''}".strip()
        return None, Diagnosis("options", FAILED, error.message, to_do)
    names = ", ".join(sorted(name for name in given if name != "wrapper"))
    return given.get("source"), Diagnosis("options", OK, names or "none, all have their defaults")
