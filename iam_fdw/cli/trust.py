"""Whether an installation can be used: in a schema that others could change, it would run their code as its user.

The rule is that of sql/02_trust.sql, which install.sql and uninstall.sql run, too.
"""

from __future__ import annotations

from typing import Any, Optional

import psycopg

from iam_fdw.cli import installer
from iam_fdw.tables import CREDENTIAL_REPORT, CREDENTIAL_REPORT_STATUS


def verify(connection: psycopg.Connection[Any], schema: str) -> None:
    """Raise unless iam_fdw is in a schema, and nobody but superusers can have changed it.

    Calls nothing that is not in pg_catalog, and leaves nothing behind, no setting either: call it before anything of
    the schema is named. Works on a hot standby, too, and for every role.

    Raises psycopg.errors.UndefinedObject where iam_fdw is not in the schema, psycopg.errors.InsufficientPrivilege where
    it is not trusted.
    """
    files = ("01_names.sql", "03_installed.sql", "02_trust.sql")
    with connection.transaction(force_rollback=True):
        installer.run(connection, files, {"schema": schema, "server": ""})


def verify_server(connection: psycopg.Connection[Any], server: str) -> None:
    """Verify the schema that has the tables of a foreign server, if there is one. Raises as verify() does."""
    schema = schema_of(connection, server)
    if schema is not None:
        verify(connection, schema)


def schema_of(connection: psycopg.Connection[Any], server: str) -> Optional[str]:
    """Return the schema that has the tables of a foreign server: one of superusers where there are more. None: none.

    It need not be trusted. Raises psycopg.Error.
    """
    with connection.transaction():
        connection.execute("set local search_path = pg_catalog, pg_temp")
        row = connection.execute(
            # on Multicorn the table's name is that of a view
            "select nspname from pg_class join pg_roles on pg_roles.oid = relowner"
            " join pg_namespace on pg_namespace.oid = relnamespace"
            " where relname = any (%s) and relkind in ('f', 'v') and exists ("
            "  select from pg_foreign_table join pg_foreign_server on pg_foreign_server.oid = ftserver"
            "  join pg_class as read on read.oid = ftrelid"
            "  where srvname = %s and read.relnamespace = pg_class.relnamespace"
            "  and read.relname in (pg_class.relname, pg_class.relname || '_foreign'))"
            " group by nspname having count(*) = 2"
            " order by not bool_and(rolsuper), nspname <> 'public', nspname limit 1",
            ([CREDENTIAL_REPORT.name, CREDENTIAL_REPORT_STATUS.name], server),
        ).fetchone()
    return row[0] if row else None
