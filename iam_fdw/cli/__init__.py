"""The command iam-fdw: install, check, save, diagnose and demonstrate, from outside PostgreSQL."""

from __future__ import annotations

from typing import Optional

import click
import psycopg

from iam_fdw.cli import installer
from iam_fdw.cli.cache import cache
from iam_fdw.cli.check import check
from iam_fdw.cli.demo import demo
from iam_fdw.cli.doctor import doctor
from iam_fdw.cli.errors import hint_line, of_database, plain_lines
from iam_fdw.cli.snapshot import snapshot


class _Group(click.Group):
    """Shows an error as PostgreSQL would, instead of a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except psycopg.Error as error:
            raise of_database(error) from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="iam_fdw")
def main() -> None:
    """Install and look after the IAM credential reports of AWS accounts as PostgreSQL tables."""


_schema = click.option("--schema", default="public", show_default=True, help="Where tables and views are.")
_server = click.option("--server", default="aws", show_default=True, help="The name of the foreign server.")
_dsn = click.argument("dsn", default="", metavar="[DSN]")


@main.command()
@_dsn
@_schema
@_server
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of the server; repeatable.")
@click.option("--reader", default="", metavar="ROLE", help="A role that may read tables and views.")
@click.option(
    "--engine", type=click.Choice(["minicorn", "multicorn"]), help="Default: the one there is, minicorn first."
)
def install(dsn: str, schema: str, server: str, options: tuple[str, ...], reader: str, engine: Optional[str]) -> None:
    """Install into a database, or bring what is installed there up to date.

    DSN is a connection string, such as "dbname=security" or postgresql://...; without it PGHOST, PGDATABASE and so
    on are used, as psql does. In one transaction, as a superuser; may be repeated.
    """
    for option in options:
        if "=" not in option or "\n" in option:
            raise click.BadParameter(f'"{option}" is not NAME=VALUE', param_hint="--option")
    variables = {
        "schema": schema,
        "server": server,
        "option": "\n".join(options),
        "reader": reader,
        "engine": engine or "",
    }
    with psycopg.connect(dsn, client_encoding="UTF8") as connection:
        connection.add_notice_handler(_echo_notice)
        engine = installer.install(connection, variables)
        click.echo(f"Installed into schema {schema} of database {connection.info.dbname}, on the engine {engine}.")


@main.command()
@_dsn
@_schema
@_server
def uninstall(dsn: str, schema: str, server: str) -> None:
    """Remove what install made: views, tables, server, wrapper. Refused where something else depends on it."""
    with psycopg.connect(dsn, client_encoding="UTF8") as connection:
        connection.add_notice_handler(_echo_notice)
        try:
            installer.uninstall(connection, {"schema": schema, "server": server})
        except psycopg.errors.InsufficientPrivilege as error:
            raise of_database(error, hint="Run it as a superuser.") from None
        click.echo(f"Removed from schema {schema} of database {connection.info.dbname}.")


def _echo_notice(notice: psycopg.errors.Diagnostic) -> None:
    hint = f"\n{hint_line(notice.message_hint)}" if notice.message_hint else ""
    click.echo(f"{notice.severity}:  {plain_lines(notice.message_primary or '')}{hint}", err=True)


main.add_command(check)
main.add_command(cache)
main.add_command(demo)
main.add_command(doctor)
main.add_command(snapshot)
