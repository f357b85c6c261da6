"""The API that a foreign-table class is written to, as Multicorn publishes it.

Inside PostgreSQL, minicorn calls the class; outside, a class imports and tests without a server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Optional, Union

__all__ = [
    "ALL",
    "ANY",
    "ColumnDefinition",
    "ForeignDataWrapper",
    "Qual",
    "SortKey",
    "TableDefinition",
]

Row = Union[Sequence[Any], Mapping[str, Any]]


class _Quantifier:
    """ANY or ALL, in a condition on a list."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ANY = _Quantifier("ANY")
ALL = _Quantifier("ALL")


class Qual:
    """One condition of the WHERE clause: field_name operator value.

    field_name: a column of the foreign table.
    operator: "=", "<>", "<", "<=", ">" or ">="; for `column = ANY (array)` the tuple ("=", True).
    value: the other side as text, None for NULL; for ANY a list of them (a NULL array is []).
        timestamptz is ISO 8601 in UTC ("2026-11-22T19:37:00+00:00"), boolean "true" or "false", and
        any other type as PostgreSQL writes it (dates in ISO 8601), whatever the session's settings are.

    A class that leaves out rows must compare values of the column's type, not their texts (numeric 1.0
    equals 1.00), and as the column would store them (numeric(4,1) rounds, varchar(n) cuts blanks).
    """

    def __init__(self, field_name: str, operator: Union[str, tuple[str, bool]], value: Any) -> None:
        self.field_name = field_name
        self.operator = operator
        self.value = value

    @property
    def is_list_operator(self) -> bool:
        """Whether the value is a list."""
        return isinstance(self.operator, tuple)

    @property
    def list_any_or_all(self) -> Optional[_Quantifier]:
        """ANY or ALL for a list, else None."""
        if not isinstance(self.operator, tuple):
            return None
        return ANY if self.operator[1] else ALL

    def __repr__(self) -> str:
        if isinstance(self.operator, tuple):
            return f"{self.field_name} {self.operator[0]} {self.list_any_or_all}({self.value!r})"
        return f"{self.field_name} {self.operator} {self.value!r}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Qual):
            return NotImplemented
        return vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.field_name, self.operator))


class SortKey(NamedTuple):
    """One ORDER BY column. minicorn never pushes a sort; the class exists for modules that import it."""

    attname: str
    attnum: int
    is_reversed: bool
    nulls_first: bool
    collate: Optional[str]


class ColumnDefinition:
    """A column of a foreign table.

    column_name: its name.
    type_oid: the OID of its type (0 in IMPORT FOREIGN SCHEMA).
    typmod: the type modifier, -1 for none.
    type_name: the type as SQL writes it, with the modifier: "character varying(12)".
    base_type_name: the type as SQL writes it, without the modifier: "character varying".
    options: the column's options.
    """

    def __init__(
        self,
        column_name: str,
        type_oid: int = 0,
        typmod: int = 0,
        type_name: str = "",
        base_type_name: str = "",
        options: Optional[dict[str, str]] = None,
    ) -> None:
        self.column_name = column_name
        self.type_oid = type_oid
        self.typmod = typmod
        self.type_name = type_name
        self.base_type_name = base_type_name
        self.options = options if options is not None else {}

    def __repr__(self) -> str:
        return f"ColumnDefinition({self.column_name!r}, type_name={self.type_name!r})"

    def to_statement(self) -> str:
        """Return the column as CREATE FOREIGN TABLE writes it. The type is not quoted."""
        return f"{_identifier(self.column_name)} {self.type_name or self.base_type_name}{_options(self.options)}"


class TableDefinition:
    """A foreign table that import_schema() returns.

    table_name, columns and options as in CREATE FOREIGN TABLE; schema is not used.
    """

    def __init__(
        self,
        table_name: str,
        schema: Optional[str] = None,
        columns: Optional[Iterable[ColumnDefinition]] = None,
        options: Optional[Mapping[str, str]] = None,
    ) -> None:
        self.table_name = table_name
        self.schema = schema
        self.columns = list(columns) if columns is not None else []
        self.options = dict(options) if options is not None else {}

    def to_statement(self, schema_name: str, server_name: str) -> str:
        """Return the CREATE FOREIGN TABLE statement for this table, in the schema and on the server named."""
        columns = ", ".join(column.to_statement() for column in self.columns)
        return (
            f"CREATE FOREIGN TABLE {_identifier(schema_name)}.{_identifier(self.table_name)} ({columns}) "
            f"SERVER {_identifier(server_name)}{_options(self.options)}"
        )


class ForeignDataWrapper:
    """The base class of foreign-table classes.

    One instance serves one foreign table for one role in one backend, over many queries.
    Only execute() must be overridden. Never use signal, os.fork, subprocess or atexit in a class.
    """

    def __init__(self, options: dict[str, str], columns: Mapping[str, ColumnDefinition]) -> None:
        """Take the options and the columns. Called at the first planning, also for EXPLAIN: be cheap, use no network.

        options: those of the table, overridden by the server's, overridden by the user mapping's.
        columns: an OrderedDict of ColumnDefinition by name, in table order.
        """

    def execute(self, quals: list[Qual], columns: set[str], sortkeys: Optional[list[SortKey]] = None) -> Iterator[Row]:
        """Yield the rows, each a list or tuple of all the table's columns in order, or a dict by name.

        quals: conditions that the rows must fulfil. PostgreSQL checks them again: a class may ignore them.
        columns: the names of the columns whose values are used; the others may be anything, such as None.
        sortkeys: always None in minicorn.

        Called again for each rescan, and twice at once in a self-join: keep the state of a scan local.
        When the query ends early, or fails elsewhere, the generator is closed: its `finally` runs.
        A value is None, or anything whose str() the column's type can read; a bool for boolean;
        bytes for bytea; a list for an array; a dict or list for json and jsonb.

        An exception becomes an ERROR with its message as the primary text, and with its attributes
        `sqlstate`, `detail` and `hint` where it has them. Its traceback goes to the server log only,
        and only at log_min_messages = debug1.
        """
        raise NotImplementedError("this class has no execute()")

    def get_rel_size(self, quals: list[Qual], columns: set[str]) -> tuple[int, int]:
        """Return the expected number of rows and the average width of a row in bytes. Use no network.

        quals: only those whose value is a constant.
        """
        return 1000, 20 * len(columns)

    def get_path_keys(self) -> list[Any]:
        """Return [] (minicorn makes no parameterized paths and never calls this)."""
        return []

    def can_sort(self, sortkeys: list[SortKey]) -> list[SortKey]:
        """Return [] (minicorn pushes no sort and never calls this)."""
        return []

    def can_limit(self, limit: int, offset: int) -> bool:
        """Return False (minicorn pushes no LIMIT and never calls this)."""
        return False

    def explain(
        self,
        quals: list[Qual],
        columns: set[str],
        sortkeys: Optional[list[SortKey]] = None,
        verbose: bool = False,
    ) -> Iterable[str]:
        """Return the lines that EXPLAIN shows to every role that may query the table: no secrets.

        quals: only those whose value is a constant.
        """
        return []

    @classmethod
    def import_schema(
        cls,
        schema: str,
        srv_options: dict[str, str],
        options: dict[str, str],
        restriction_type: Optional[str],
        restricts: list[str],
    ) -> list[TableDefinition]:
        """Return the tables that IMPORT FOREIGN SCHEMA makes.

        schema: the remote schema's name. srv_options, options: of the server, and of the statement.
        restriction_type: "limit" (LIMIT TO), "except" (EXCEPT) or None; restricts: the names in it.
            PostgreSQL applies the restriction again: a class may ignore it.
        """
        raise NotImplementedError("this class has no import_schema()")


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    if "\\" in escaped:
        return "E'" + escaped.replace("\\", "\\\\") + "'"
    return f"'{escaped}'"


def _options(options: Mapping[str, str]) -> str:
    if not options:
        return ""
    return " OPTIONS (" + ", ".join(f"{_identifier(k)} {_literal(str(v))}" for k, v in options.items()) + ")"
