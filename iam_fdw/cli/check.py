"""`iam-fdw check`: the results of the checks for people, for files and for CI jobs."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import chain
from typing import Any, Optional

import click
import psycopg
from rich.console import Console

from iam_fdw.cli import formats, trust
from iam_fdw.cli.errors import READER_HINT, failure, hint_line, of_database, plain, plain_lines
from iam_fdw.cli.results import SEVERITIES, Result, Results
from iam_fdw.cli.scope import Selection

ALARMS, ERRORS = 1, 2  # exit codes
_WHERE_HINT = (
    "Check the condition of --where, such as \"user_name like 'svc-%'\". A table in it needs the name of its schema."
)
_STATUS_HINT = "Look at aws_iam_credential_report_status, and at the options of the server."
# Constants, quoted names and comments of SQL.
_QUOTED = re.compile(
    r"""\be'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/""",
    re.DOTALL | re.IGNORECASE,
)


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
@click.option("--raw", is_flag=True, help="Write CSV for programs: values as they are, formulas of spreadsheets, too.")
@click.option("--list-checks", is_flag=True, help="List the checks that are chosen, and read no report.")
@click.option("--list-benchmarks", is_flag=True, help="List the benchmarks, and read no report.")
@click.option("--schema", default="public", show_default=True, help="Where tables and views are.")
def check(
    dsn: str,
    benchmarks: tuple[str, ...],
    checks: tuple[str, ...],
    accounts: tuple[str, ...],
    severities: tuple[str, ...],
    where: str,
    output: str,
    raw: bool,
    list_checks: bool,
    list_benchmarks: bool,
    schema: str,
) -> None:
    """Run the checks, and show what they find.

    DSN is a connection string, as in install, of a role that may read the views. Options that may be repeated widen
    the choice by each further value. An account that could not be read is shown whatever the condition of --where.

    The exit code is 0 when nothing is wrong, 1 when there are alarms, 2 when an account could not be read, a filter
    matches nothing, or the command could not do its work.
    """
    if raw and output != "csv":
        raise click.UsageError("--raw is for --output csv.")
    if list_checks and list_benchmarks:
        raise click.UsageError("--list-checks and --list-benchmarks are two lists: ask for one.")
    listed = formats.list_checks if list_checks else formats.list_benchmarks if list_benchmarks else None
    if listed is not None and output != "table":
        raise click.UsageError("A list is a table. For other formats select from iam_check and iam_benchmark.")
    _refuse_user(where)
    writer = listed or (formats.raw_csv if raw else formats.WRITERS[output])
    with _exit_with_errors(_WHERE_HINT if where else None), psycopg.connect(dsn, client_encoding="UTF8") as connection:
        connection.read_only = True
        _reset_session(connection)
        trust.verify(connection, schema)
        warnings: dict[str, None] = {}
        connection.add_notice_handler(lambda notice: _collect_warning(notice, warnings))
        results = Results(connection, schema, Selection(benchmarks, checks, accounts, severities, where))
        _refuse_unknown("benchmark", benchmarks, list(results.benchmarks))
        _refuse_unknown("check", checks, list(results.checks))
        _refuse_empty_choice(results)
        with Console(stderr=True).status("Reading the credential reports"):
            written = writer(results)
            first = next(written, "")
        for text in chain([first], written):
            click.echo(text, nl=False, color=True)  # without color, click would remove escapes from names
        if listed is None:
            _report_problems(results, has_scope=output not in formats.WITHOUT_SCOPE)
            for warning in warnings if results.unread else ():  # the reason, when no error of the account is known
                click.echo(warning, err=True)
    if listed is None and results.problems:
        click.get_current_context().exit(ERRORS)
    click.get_current_context().exit(ALARMS if results.totals["alarm"] else 0)


def _reset_session(connection: psycopg.Connection[Any]) -> None:
    """Set what the owner of the database could have set for all sessions."""
    # a role that may create functions in a schema on the path could have them called here
    for setting in ("search_path = pg_catalog, pg_temp", "timezone = 'UTC'", "jit = off"):
        connection.execute(f"set {setting}".encode())
    connection.execute("set datestyle = 'ISO'; set intervalstyle = 'postgres'; set standard_conforming_strings = on")


def _collect_warning(notice: psycopg.errors.Diagnostic, warnings: dict[str, None]) -> None:
    if notice.severity_nonlocalized == "WARNING":
        warning = failure(notice.message_primary or "", notice.message_detail, notice.message_hint)
        warnings[f"Warning: {warning.message}"] = None


@contextmanager
def _exit_with_errors(hint: Optional[str]) -> Iterator[None]:
    """Exit with ERRORS after any error: Python's default, 1, means alarms here.

    hint: the HINT for an error of the query that has none.
    """
    try:
        yield
    except psycopg.errors.UndefinedTable as error:
        hint = hint or 'Run "iam-fdw install", or name the schema with --schema.'
        raise of_database(error, ERRORS, hint) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise of_database(error, ERRORS, READER_HINT) from None
    except psycopg.Error as error:
        is_of_query = (error.sqlstate or "").startswith(("22", "42"))
        raise of_database(error, ERRORS, hint if is_of_query else None) from None
    except click.ClickException:
        raise
    except KeyboardInterrupt:
        click.echo("Aborted!", err=True)
        click.get_current_context().exit(ERRORS)
    except BrokenPipeError:  # the reader has left, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.get_current_context().exit(ERRORS)
    except Exception:
        click.echo(plain_lines(traceback.format_exc()), err=True, nl=False)
        click.get_current_context().exit(ERRORS)


def _refuse_user(where: str) -> None:
    """Refuse a condition on user: in SQL it is the role of the session, not a column."""
    if re.search(r"(?<![.\w$])user(?![\w$])", _QUOTED.sub("''", where), re.IGNORECASE):
        detail = "In SQL, user is the role of the session."
        raise failure('the condition of --where has "user"', detail, "The column is user_name.", ERRORS)


def _refuse_unknown(kind: str, given: tuple[str, ...], known: list[str]) -> None:
    for name in given:
        if name not in known:
            near = get_close_matches(name, known) or [one for one in known if name.lower() in one]
            hint = f"Perhaps you mean {' or '.join(near[:3])}. " if near else ""
            hint += f'"iam-fdw check --list-{kind}s" lists all.'
            raise failure(f'there is no {kind} "{name}"', hint=hint, exit_code=ERRORS)


def _refuse_empty_choice(results: Results) -> None:
    """Refuse a filter that chooses no check: a result without alarms would look clean."""
    selection = results.selection
    for option, given, chosen in (
        ("benchmark", selection.benchmarks, {subject.benchmark for subject in results.counts}),
        ("check", selection.check_ids, {subject.check_id for subject in results.counts}),
        ("severity", selection.severities, {subject.severity for subject in results.counts}),
    ):
        for value in given:
            if value not in chosen:
                hint = "A check must match all of --benchmark, --check and --severity that are given."
                raise failure(f"--{option} {value} chooses no check", hint=hint, exit_code=ERRORS)


def _report_problems(results: Results, has_scope: bool) -> None:
    """Write notes and errors to stderr, and the scope when the output has none."""
    scope = [] if has_scope else [f"{name}: {value}" for name, value in results.scope]
    for line in [*results.notes, *scope]:
        click.echo(f"Note: {plain(line)}", err=True)
    for line in [*results.failed, *results.errors]:
        click.echo(f"Error: {plain(line)}", err=True)
    if results.failed:
        click.echo(hint_line(results.hint() or _STATUS_HINT), err=True)
    for line in results.unread:
        click.echo(f"Error: {plain(line)}\n{hint_line(_STATUS_HINT)}", err=True)
    if results.impossible is not None:
        hint = f"Its columns are: {', '.join(Result._fields)}."
        if not results.selection.benchmarks:
            hint += " Those of controls, and benchmark, are null without --benchmark."
        click.echo(f"Error: {plain(results.impossible)}\n{hint_line(hint)}", err=True)
