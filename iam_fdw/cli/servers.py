"""The options of a foreign server, as a superuser sees them."""

from __future__ import annotations

from typing import Any

import psycopg

from iam_fdw.cli.errors import failure


def options_of(connection: psycopg.Connection[Any], server: str) -> dict[str, str]:
    """Return the options of a foreign server and of this role's user mapping, else of that for public.

    Raises psycopg.Error, for one who may not know, too, and click.ClickException when there is no such server.
    """
    # operators of a schema on the path, which the database's owner may set, would be called
    connection.execute("set search_path = pg_catalog, pg_temp")
    rows = connection.execute(
        "select srvoptions, (select umoptions from pg_user_mappings as mapping"
        " where mapping.srvid = server.oid and usename in (current_user, 'public')"
        " order by usename = 'public' limit 1)"
        " from pg_foreign_server as server"
        " join pg_foreign_data_wrapper as wrapper on wrapper.oid = srvfdw"
        " where srvname = %s and fdwname = 'iam_fdw'",
        (server,),
    ).fetchall()
    if not rows:
        raise failure(f'iam_fdw has no server "{server}"', hint="Name another with --server.")
    given = [option.split("=", 1) for options in rows[0] for option in options or ()]
    return {name: value for name, value in given if name != "wrapper"}
