"""The foreign-table class, on the Multicorn API: options and conditions in, rows out."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Optional
from weakref import WeakSet

from multicorn import ColumnDefinition, ForeignDataWrapper, Qual, TableDefinition, utils

from iam_fdw import conditions, engine, errcodes, options, result
from iam_fdw.conditions import Wanted
from iam_fdw.errors import Error
from iam_fdw.live import cache
from iam_fdw.options import ORGANIZATION
from iam_fdw.result import Result
from iam_fdw.tables import TABLES
from iam_fdw.tables.base import Request, Table
from iam_fdw.workers import CancelledError

_SCHEMA = "aws"
_BY_NAME = {table.name: table for table in TABLES}
# By number: any role may have a type of its own that it names text.
_TYPE_OIDS = {"boolean": 16, "bigint": 20, "text": 25, "timestamptz": 1184, "jsonb": 3802, "text[]": 1009}
# What the planner is told before anything is read.
_MOST_ROWS = 10_000  # of many: told of more, PostgreSQL would compile the plans of the checks, for seconds
_ACCOUNTS = 100  # of an organization
_MOST_TOLD = 5  # accounts that there are not, in a statement: a join may look for each of many

# The accounts of which the statement that began then was told.
_told: tuple[int, set[str]] = (0, set())


class IamForeignDataWrapper(ForeignDataWrapper):
    """Every foreign table: the option table says which."""

    def __init__(self, fdw_options: dict[str, str], fdw_columns: Mapping[str, ColumnDefinition]) -> None:
        super().__init__(fdw_options, fdw_columns)
        self._scans: WeakSet[Generator[Sequence[Optional[str]], None, None]] = WeakSet()
        try:
            self._settings = options.read(fdw_options)
            directory = engine.data_directory()
            if self._settings.cache_dir is None and directory is not None:
                self._settings = self._settings._replace(cache_dir=os.path.join(directory, cache.FOLDER))
            self._table = _BY_NAME[self._settings.table]
            self._columns = _checked(self._table.name, fdw_columns)
        except Error as error:
            engine.fail(error)

    def get_rel_size(self, quals: list[Qual], columns: set[str]) -> tuple[int, int]:
        """Guess rows and width of a row in bytes: nothing is asked of AWS to plan a query."""
        wanted, settings = _wanted(quals), self._settings
        accounts = _ACCOUNTS if settings.accounts == (ORGANIZATION,) else len(settings.accounts)
        if wanted is not None:
            accounts = min(accounts, max(1, len(wanted)))
        # Multicorn takes rows times width for the cost: true widths would have PostgreSQL compile plans, for seconds
        return min(accounts * self._table.rows_of_account, _MOST_ROWS), max(1, len(columns))

    def explain(self, quals: list[Qual], columns: set[str], sortkeys: Any = None, verbose: bool = False) -> list[str]:
        """Tell where reports come from, and which accounts are read; no option's value."""
        wanted = _wanted(quals)
        return [
            f"{self._table.document.plural.capitalize()}: {'saved' if self._settings.source else 'AWS'}",
            f"Accounts: {'all' if wanted is None else ', '.join(sorted(wanted.account_ids)) or 'none'}",
        ]

    def execute(self, quals: list[Qual], columns: set[str], sortkeys: Any = None) -> Iterator[Sequence[Optional[str]]]:
        """Return the rows of each account. What could not be read is a row, an error in the end, or a warning."""
        rows = self._rows(quals, columns)
        self._scans.add(rows)
        return rows

    def commit(self) -> None:
        """Close the scans that Multicorn has forgotten: after an error, say. minicorn closes each itself."""
        for rows in list(self._scans):
            with suppress(Exception):
                rows.close()

    rollback = commit  # but not sub_rollback(): scans of the transaction go on after a savepoint

    def _rows(self, quals: list[Qual], columns: set[str]) -> Generator[Sequence[Optional[str]], None, None]:
        table, settings, failed = self._table, self._settings, []
        wanted = _wanted(quals)
        used = [name if name in columns else None for name in self._columns]
        request = Request(settings, wanted, conditions.period(quals), used, engine.is_cancelled)
        try:
            for rows, unread in table.scan(request):
                if unread is not None:
                    failed.append(unread)
                yield from rows if engine.is_minicorn() else map(list, rows)  # Multicorn takes lists alone
            if failed and settings.on_account_error != "skip":
                raise _failure(table, failed)
        except CancelledError:
            engine.fail(Error("canceling statement due to user request", sqlstate=errcodes.QUERY_CANCELED))
        except Error as error:
            engine.fail(error)
        if failed:
            engine.tell(_failure(table, failed), utils.WARNING)
        if wanted is not None and not (failed and wanted.unknown):  # the warning names these
            _tell_absent(table, wanted, settings.source is not None)

    @classmethod
    def import_schema(
        cls,
        schema: str,
        srv_options: dict[str, str],  # noqa: ARG003
        options: dict[str, str],  # noqa: ARG003
        restriction_type: Optional[str],  # noqa: ARG003
        restricts: list[str],  # noqa: ARG003
    ) -> list[TableDefinition]:
        """Offer the tables."""
        if schema != _SCHEMA:
            hint = f"Import the schema {_SCHEMA}."
            engine.fail(Error(f'schema "{schema}" does not exist', hint=hint, sqlstate=errcodes.FDW_SCHEMA_NOT_FOUND))
        return [
            TableDefinition(
                table.name,
                columns=[ColumnDefinition(column.name, type_name=column.type) for column in table.columns],
                options={"table": table.name},
            )
            for table in TABLES
        ]


def _checked(table: str, fdw_columns: Mapping[str, ColumnDefinition]) -> list[str]:
    """Return the names of the foreign table's columns, each of which must be one of the table, and of its type."""
    columns = _BY_NAME[table].columns
    types = {column.name: column.type for column in columns}
    for name, definition in fdw_columns.items():
        if name not in types:
            hint = f"Columns of {table} are: {', '.join(types)}."
            raise Error(f'{table} has no column "{name}"', hint=hint, sqlstate=errcodes.FDW_COLUMN_NAME_NOT_FOUND)
        if definition.type_oid not in (_TYPE_OIDS[types[name]], _TYPE_OIDS["text"]):
            hint = f"Declare it as {types[name]}."
            raise Error(
                f'column "{name}" cannot be {definition.base_type_name}',
                hint=hint,
                sqlstate=errcodes.FDW_INVALID_DATA_TYPE,
            )
    return list(fdw_columns)


def _wanted(quals: list[Qual]) -> Optional[Wanted]:
    return conditions.wanted(quals, null_is_value=engine.is_minicorn())


def _failure(table: Table, failed: Sequence[Result[Any]]) -> Error:
    return result.failure(failed, table.document.noun, table.document.plural)


def _tell_absent(table: Table, wanted: Wanted, is_saved: bool) -> None:
    """Send a notice of accounts that a condition names and that do not exist: no rows would look like no findings."""
    global _told
    absent = wanted.absent()
    if not absent or not engine.is_minicorn():
        return
    if _told[0] != engine.statement_start():
        _told = engine.statement_start(), set()
    if len(_told[1]) < _MOST_TOLD and not _told[1].issuperset(absent):
        _told[1].update(absent)
        if wanted.unknown:  # PostgreSQL drops the rows of their errors, whose account_id is null
            engine.tell(_failure(table, wanted.unknown), utils.WARNING)
        else:
            engine.tell(conditions.not_there(absent, table.status, is_saved), utils.INFO)
