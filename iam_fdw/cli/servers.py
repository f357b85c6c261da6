"""The options of a foreign server, as a superuser sees them."""

from __future__ import annotations

from typing import Any

import psycopg

from iam_fdw.cli.errors import failure


def options_of(connection: psycopg.Connection[Any], server: str) -> dict[str, str]:
    """Return the options of a foreign server and of this role's user mapping, or of the mapping for public.

    Raises psycopg.Error, and click.ClickException when there is no such server, or the role may not see the mapping.
    """
    # the owner of the database can set a path whose schemas have operators of their own
    connection.execute("set search_path = pg_catalog, pg_temp")
    rows = connection.execute(
        "select srvoptions, umoptions, mapping.umid is not null"
        " from pg_foreign_server as server"
        " join pg_foreign_data_wrapper as wrapper on wrapper.oid = srvfdw"
        " left join pg_user_mappings as mapping on mapping.srvid = server.oid and usename in (current_user, 'public')"
        " where server.srvname = %s and fdwname = 'iam_fdw'"
        " order by usename = 'public' limit 1",
        (server,),
    ).fetchall()
    if not rows:
        raise failure(f'iam_fdw has no server "{server}"', hint="Name another with --server.")
    of_server, of_mapping, is_mapped = rows[0]
    # pg_user_mappings hides the options from a role that may not see them, and the command would use other credentials
    if is_mapped and of_mapping is None and connection.info.parameter_status("is_superuser") != "on":
        raise failure(f'permission denied for the user mapping of server "{server}"', hint="Connect as a superuser.")
    given = [option.split("=", 1) for options in (of_server, of_mapping) for option in options or ()]
    return {name: value for name, value in given if name != "wrapper"}
