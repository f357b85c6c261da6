"""`iam-fdw check`: the results of the checks for people, for files and for CI jobs."""

from __future__ import annotations

import os
import sys
import traceback
from itertools import chain
from typing import Any, Optional

import click
import psycopg
from rich.console import Console

from iam_fdw.cli import formats, trust
from iam_fdw.cli.errors import failure, of_database, plain
from iam_fdw.cli.results import SEVERITIES, Results, Selection

ALARMS, ERRORS = 1, 2  # exit codes


class _AccountId(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    name = "account"

    def convert(self, value: Any, parameter: Optional[click.Parameter], context: Optional[click.Context]) -> str:
        if not (value.isascii() and value.isdigit() and len(value) == 12):
            self.fail(f'"{value}" is not the id of an account: 12 digits', parameter, context)
        return str(value)


@click.command()
@click.argument("dsn", default="", metavar="[DSN]")
@click.option("--benchmark", "benchmarks", multiple=True, metavar="NAME", help="A benchmark, such as cis_v7.0.0.")
@click.option("--check", "checks", multiple=True, metavar="CHECK_ID", help="A check, such as user_console_without_mfa.")
@click.option("--account", "accounts", multiple=True, type=_AccountId(), metavar="ID", help="An account, 12 digits.")
@click.option("--severity", "severities", multiple=True, type=click.Choice(SEVERITIES), help="A severity.")
@click.option("--where", default="", metavar="SQL", help="A condition on the columns of iam_benchmark_result.")
@click.option("--output", type=click.Choice(list(formats.WRITERS)), default="table", show_default=True)
@click.option("--schema", default="public", show_default=True, help="Where tables and views are.")
def check(
    dsn: str,
    benchmarks: tuple[str, ...],
    checks: tuple[str, ...],
    accounts: tuple[str, ...],
    severities: tuple[str, ...],
    where: str,
    output: str,
    schema: str,
) -> None:
    """Run the checks, and show what they find.

    DSN is a connection string, as in install, of a role that may read the views. Options that may be repeated widen
    the choice by each further value. An account that could not be read is shown whatever the condition of --where.

    The exit code is 0 when nothing is wrong, 1 when there are alarms, 2 when an account could not be read or the
    command could not do its work.
    """
    selection = Selection(benchmarks, checks, accounts, severities, where)
    try:
        with psycopg.connect(dsn, client_encoding="UTF8") as connection:
            connection.read_only = True
            # as the doctor: whoever may make functions in a schema on the path could have them called here
            for setting in ("search_path = pg_catalog, pg_temp", "timezone = 'UTC'", "jit = off"):
                connection.execute(f"set {setting}".encode())
            # the database's owner chooses these, too
            connection.execute(
                "set datestyle = 'ISO'; set intervalstyle = 'postgres'; set standard_conforming_strings = on"
            )
            trust.verify(connection, schema)
            results = Results(connection, schema, selection)
            _known("benchmark", benchmarks, list(results.benchmarks))
            _known("check", checks, list(results.checks))
            if not results.counts:
                hint = "No check is in these benchmarks, and named, and of these severities, all at once."
                raise failure("nothing is chosen", hint=hint, exit_code=ERRORS)
            with Console(stderr=True).status("Reading the credential reports"):
                written = formats.WRITERS[output](results)
                first = next(written, "")
            for text in chain([first], written):
                click.echo(text, nl=False)
    except psycopg.errors.UndefinedTable as error:
        message = error.diag.message_primary or ""
        raise failure(
            message, hint='Run "iam-fdw install", or name the schema with --schema.', exit_code=ERRORS
        ) from None
    except psycopg.Error as error:
        raise of_database(error, ERRORS) from None
    except click.ClickException:
        raise
    except KeyboardInterrupt:
        click.echo("Aborted!", err=True)
        click.get_current_context().exit(ERRORS)
    except BrokenPipeError:  # nobody reads on, as with head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.get_current_context().exit(ERRORS)
    except Exception:  # Python would end with the code that means alarms
        click.echo(traceback.format_exc(), err=True, nl=False)
        click.get_current_context().exit(ERRORS)
    click.get_current_context().exit(_exit_code(results))


def _known(kind: str, given: tuple[str, ...], known: list[str]) -> None:
    for name in given:
        if name not in known:
            raise failure(f'there is no {kind} "{name}"', hint=f"There are: {', '.join(known)}.", exit_code=ERRORS)


def _exit_code(results: Results) -> int:
    """Tell on stderr what must not be overlooked, whatever the output, and return the exit code."""
    for line in results.old:
        click.echo(f"Note: {plain(line)}", err=True)
    for line in results.errors:
        click.echo(f"Error: {plain(line)}", err=True)
    for line in results.unread:
        click.echo(f"Error: {plain(line)}", err=True)
        click.echo("HINT:  Look at aws_iam_credential_report_status, and at the options of the server.", err=True)
    if results.errors or results.unread:
        return ERRORS
    return ALARMS if results.totals["alarm"] else 0
