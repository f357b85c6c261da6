"""The foreign-table class, on the Multicorn API: options and conditions in, rows out. Only it knows the host."""

from __future__ import annotations

import ctypes
import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NoReturn, Optional

from multicorn import ColumnDefinition, ForeignDataWrapper, Qual, TableDefinition, utils

from iam_fdw import accounts, cache, options, readings
from iam_fdw.background import CancelledError
from iam_fdw.errors import Error
from iam_fdw.options import ORGANIZATION
from iam_fdw.readings import Reading
from iam_fdw.report import Row
from iam_fdw.tables import (
    CREDENTIAL_REPORT_OR_ERROR,
    CREDENTIAL_REPORT_SNAPSHOT,
    CREDENTIAL_REPORT_SNAPSHOT_LIST,
    CREDENTIAL_REPORT_STATUS,
    TABLES,
)

_SCHEMA = "aws"
_BY_NAME = {table.name: table for table in TABLES}
# By number: any role may have a type of its own that it names text.
_TYPE_OIDS = {"boolean": 16, "bigint": 20, "text": 25, "timestamptz": 1184, "jsonb": 3802, "text[]": 1009}
# What the planner is told before anything is read.
_ROWS = 1000  # of an account
_MOST_ROWS = 10_000  # of many: told of more, PostgreSQL would compile the plans of the checks, for seconds
_ACCOUNTS = 100  # of an organization


class IamForeignDataWrapper(ForeignDataWrapper):
    """Every foreign table: the option table says which."""

    def __init__(self, fdw_options: dict[str, str], fdw_columns: Mapping[str, ColumnDefinition]) -> None:
        super().__init__(fdw_options, fdw_columns)
        try:
            self._settings = options.read(fdw_options)
            directory = _data_directory()
            if self._settings.cache_dir is None and directory is not None:
                self._settings = self._settings._replace(cache_dir=os.path.join(directory, cache.FOLDER))
            self._table = _BY_NAME[self._settings.table]
            self._columns = _checked(self._table.name, fdw_columns)
        except Error as error:
            _fail(error)

    def get_rel_size(self, quals: list[Qual], columns: set[str]) -> tuple[int, int]:
        """Guess rows and width of a row in bytes: nothing is asked of AWS to plan a query."""
        wanted, settings = _account_ids(quals), self._settings
        accounts = _ACCOUNTS if settings.accounts == (ORGANIZATION,) else len(settings.accounts)
        if wanted is not None:
            accounts = min(accounts, max(1, len(wanted)))
        rows = 1 if self._table is CREDENTIAL_REPORT_STATUS else _ROWS
        # Multicorn takes rows times width for the cost: true widths would have PostgreSQL compile plans, for seconds
        return min(accounts * rows, _MOST_ROWS), max(1, len(columns))

    def explain(self, quals: list[Qual], columns: set[str], sortkeys: Any = None, verbose: bool = False) -> list[str]:
        """Tell where reports come from, and which accounts are read; no option's value."""
        account_ids = _account_ids(quals)
        return [
            f"Credential reports: {'saved' if self._settings.source else 'AWS'}",
            f"Accounts: {'all' if account_ids is None else ', '.join(sorted(account_ids)) or 'none'}",
        ]

    def execute(self, quals: list[Qual], columns: set[str], sortkeys: Any = None) -> Iterator[Sequence[Optional[str]]]:
        """Yield the rows of each account. What could not be read is a row, an error in the end, or a warning."""
        table, settings, failed = self._table, self._settings, []
        wanted = [name if name in columns else None for name in self._columns]
        of_report = () if table is CREDENTIAL_REPORT_STATUS else wanted
        try:
            if table is CREDENTIAL_REPORT_SNAPSHOT_LIST:
                rows: Iterable[Row] = self._listed(quals, wanted)
                yield from rows if _is_minicorn() else map(list, rows)
                return
            saved = self._newest_saved(quals) if "snapshot_time" in wanted else {}
            for reading in self._readings(quals, of_report):
                if table is CREDENTIAL_REPORT_STATUS:
                    saved_at = saved.get(reading.account_id or "")
                    rows = [readings.status(reading, settings.max_age, saved_at, wanted)]
                elif table in (CREDENTIAL_REPORT_OR_ERROR, CREDENTIAL_REPORT_SNAPSHOT):
                    rows = readings.rows_or_error(reading, wanted)
                elif reading.report is not None:
                    rows = reading.report.rows
                else:
                    failed.append(reading)
                    continue
                yield from rows if _is_minicorn() else map(list, rows)  # Multicorn takes lists alone
            if failed and settings.on_account_error != "skip":
                raise readings.failure(failed)
        except CancelledError:
            _fail(Error("canceling statement due to user request", sqlstate="57014"))
        except Error as error:
            _fail(error)
        if failed:
            _warn(readings.failure(failed))

    def _readings(self, quals: list[Qual], columns: Sequence[Optional[str]]) -> Iterator[Reading]:
        settings, account_ids = self._settings, _account_ids(quals)
        if self._table is not CREDENTIAL_REPORT_SNAPSHOT:
            return accounts.read(settings, account_ids, columns, _is_cancelled)
        from iam_fdw import snapshots  # not where it is not needed: a new connection waits for each module

        choice = snapshots.Choice(account_ids, snapshots.Period(*_period(quals)))
        return snapshots.snapshots(settings, self._place(), choice, columns, _is_cancelled)

    def _listed(self, quals: list[Qual], columns: Sequence[Optional[str]]) -> Iterator[Row]:
        from iam_fdw import snapshots

        choice = snapshots.Choice(_account_ids(quals), snapshots.Period(*_period(quals)))
        for one, uri in snapshots.listed(self._settings, self._place(), choice, _is_cancelled):
            values = {"account_id": one.account_id, "snapshot_uri": uri}
            values["generated_time"] = one.generated_time.isoformat()
            yield tuple(values.get(name or "") for name in columns)

    def _newest_saved(self, quals: list[Qual]) -> dict[str, datetime]:
        """Return when the newest snapshot of each account was made, of none where none are saved."""
        if self._settings.snapshots is None:
            return {}
        from iam_fdw import snapshots

        choice = snapshots.Choice(_account_ids(quals), newest=True)
        found = snapshots.listed(self._settings, self._settings.snapshots, choice, _is_cancelled)
        return {one.account_id: one.generated_time for one, _ in found}

    def _place(self) -> str:
        """Return where the snapshots are."""
        place = self._settings.snapshots or self._settings.source
        if place is None:
            hint = "Set the option snapshots of the server to where iam-fdw snapshot saves them."
            raise Error("the server has no saved reports", hint=hint, sqlstate="HV00B")  # fdw_invalid_handle
        return place

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
            _fail(Error(f'schema "{schema}" does not exist', hint=hint, sqlstate="HV00Q"))  # fdw_schema_not_found
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
            raise Error(f'{table} has no column "{name}"', hint=hint, sqlstate="HV005")  # fdw_column_name_not_found
        if definition.type_oid not in (_TYPE_OIDS[types[name]], _TYPE_OIDS["text"]):
            hint = f"Declare it as {types[name]}."
            raise Error(
                f'column "{name}" cannot be {definition.base_type_name}', hint=hint, sqlstate="HV004"
            )  # fdw_invalid_data_type
    return list(fdw_columns)


def _account_ids(quals: list[Qual]) -> Optional[set[str]]:
    """Return the accounts that can fulfil the conditions on account_id, None for all."""
    found: Optional[set[str]] = None
    for qual in quals:
        if qual.field_name == "account_id" and qual.operator in ("=", ("=", True)):
            values = qual.value if isinstance(qual.operator, tuple) else [qual.value]
            ids = {value for value in values if value is not None}
            found = ids if found is None else found & ids
    return found


def _period(quals: list[Qual]) -> tuple[Optional[datetime], Optional[datetime]]:
    """Return the first and the last generated_time that can fulfil the conditions, None for without end."""
    first: Optional[datetime] = None
    last: Optional[datetime] = None
    for qual in quals:
        if qual.field_name != "generated_time" or isinstance(qual.operator, tuple):
            continue
        moment = _moment(qual.value)
        if moment is not None and qual.operator in ("=", ">", ">="):
            first = moment if first is None else max(first, moment)
        if moment is not None and qual.operator in ("=", "<", "<="):
            last = moment if last is None else min(last, moment)
    return first, last


def _moment(value: object) -> Optional[datetime]:
    """Return a time of a condition, None for what says nothing, such as infinity."""
    try:
        # Multicorn gives what PostgreSQL writes: 2026-11-23 08:00:00+00, which Python reads from 3.11 on
        text = re.sub(r"([+-]\d\d)$", r"\1:00", str(value))
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(text)
        return moment.astimezone(timezone.utc) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


@functools.cache
def _flags() -> list[ctypes.c_int]:
    """Return PostgreSQL's flags that say that the statement must end, as they stand: no host's call."""
    server = ctypes.CDLL(None)
    return [ctypes.c_int.in_dll(server, flag) for flag in ("QueryCancelPending", "ProcDiePending")]


def _is_cancelled() -> bool:
    return any(flag.value for flag in _flags())


def _data_directory() -> Optional[str]:
    """Return the server's data directory, None outside a server."""
    try:
        directory = ctypes.c_char_p.in_dll(ctypes.CDLL(None), "DataDir").value
    except ValueError:
        return None
    return os.fsdecode(directory) if directory else None


def _is_minicorn() -> bool:
    return hasattr(utils, "PostgresError")


def _warn(error: Error) -> None:
    """Warn, where the host can: Multicorn's warnings corrupt its memory."""
    if _is_minicorn():
        utils.log_to_postgres(error.message, utils.WARNING, hint=error.hint, detail=error.detail)


def _fail(error: Error) -> NoReturn:
    """Raise the ERROR that PostgreSQL shows, in the host's way: minicorn reads attributes, Multicorn has a call."""
    if not _is_minicorn():
        utils.log_to_postgres(error.message, utils.ERROR, hint=error.hint, detail=error.detail)
    raise error from None
