"""The Python half of minicorn: the functions that its C code calls. Not for classes."""

from __future__ import annotations

import datetime
import importlib
import json
import os
import re
import signal
import site
import sys
import traceback
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Callable, NamedTuple, Optional

from . import ColumnDefinition, ForeignDataWrapper, Qual, TableDefinition
from .utils import Interrupted, PostgresError, check_interrupts, printable

# The arguments from C: None is an empty list; a condition is column, operator, whether the value is a list, value.
Pairs = Optional[list[list[str]]]
Names = Optional[list[str]]
Conditions = Optional[list[tuple[str, str, int, Any]]]

FDW_ERROR = "HV000"
UNABLE_TO_CREATE_EXECUTION = "HV00L"
INVALID_DATA_TYPE = "HV004"
CHARACTER_NOT_IN_REPERTOIRE = "22021"


def start(python: str, interrupt_signal: int, ours: int) -> None:
    """Check the environment and let a cancel interrupt Python code that does not check for one.

    python: the setting minicorn.python. interrupt_signal: the signal that the engine's timer sends.
    ours: whether minicorn has initialised the interpreter itself. Another extension's interpreter
    keeps its own environment, and searches our packages after its own.
    Raises PostgresError (fdw_unable_to_create_execution) if the virtual environment is of another Python.
    """
    prefix = os.path.dirname(os.path.dirname(python))
    if os.path.exists(os.path.join(prefix, "pyvenv.cfg")):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        packages = os.path.join(prefix, "lib", f"python{version}", "site-packages")
        if not os.path.isdir(packages):
            raise PostgresError(
                f'"{python}" is not of Python {version}',
                sqlstate=UNABLE_TO_CREATE_EXECUTION,
                detail=f'The virtual environment has no directory "{packages}".',
                hint=f'Set "minicorn.python" to a virtual environment of Python {version},'
                " or build minicorn for its Python.",
            )
        if not ours:
            site.addsitedir(packages)
    signal.signal(interrupt_signal, _interrupt)


def _interrupt(_signum: int, _frame: object) -> None:
    check_interrupts()


def load(wrapper: str, python: str, ours: int) -> type[ForeignDataWrapper]:
    """Return the class that the option "wrapper" names, as "package.module.Class".

    Raises PostgresError (fdw_unable_to_create_execution) if it cannot be imported, or is no foreign-table class.
    """
    module_name, _, class_name = wrapper.rpartition(".")
    detail = f'The interpreter is Python {sys.version.split()[0]} of "{sys.prefix}".'
    if not ours:
        detail += " Another extension started it in this session."
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
            hint = f'Install it for the Python of "minicorn.python", which is "{python}".'
        else:
            hint = "The module was found, but its own code failed."
        if not ours:
            hint = "Start a new session, and do not use PL/Python there."
        message = f'could not import Python module "{module_name}": {error}'
        raise PostgresError(message, sqlstate=UNABLE_TO_CREATE_EXECUTION, detail=detail, hint=hint) from error
    loaded = getattr(module, class_name, None)
    if not isinstance(loaded, type) or not issubclass(loaded, ForeignDataWrapper):
        problem = "does not exist" if loaded is None else "is not a foreign-table class"
        raise PostgresError(
            f'Python class "{wrapper}" {problem}',
            sqlstate=UNABLE_TO_CREATE_EXECUTION,
            detail=f'The module is "{getattr(module, "__file__", module_name)}".',
            hint="A foreign-table class derives from multicorn.ForeignDataWrapper.",
        )
    return loaded


def instantiate(
    cls: type[ForeignDataWrapper],
    options: Pairs,
    columns: Optional[list[tuple[str, str, int, str, str, Pairs]]],
) -> ForeignDataWrapper:
    """Return an instance of the class for one foreign table. The last option of a name overrides the others."""
    definitions = OrderedDict(
        (name, ColumnDefinition(name, int(oid), typmod, type_name, base_type_name, _options(column_options)))
        for name, oid, typmod, type_name, base_type_name, column_options in columns or ()
    )
    instance: Any = cls(_options(options), definitions)
    if not isinstance(instance, ForeignDataWrapper):
        raise PostgresError(
            f"the class made an instance of {type(instance).__name__}",
            sqlstate=INVALID_DATA_TYPE,
            hint="Its __new__() returns an object of another class.",
        )
    return instance


def _options(pairs: Pairs) -> dict[str, str]:
    return dict(pairs or ())


def _quals(conditions: Conditions) -> list[Qual]:
    return [
        Qual(column, (name, True), value or []) if is_list else Qual(column, name, value)
        for column, name, is_list, value in conditions or ()
    ]


def rel_size(instance: ForeignDataWrapper, conditions: Conditions, columns: Names) -> tuple[float, int]:
    """Return the estimates for the planner: the number of rows, at least 1, and the width of a row in bytes."""
    size: Any = instance.get_rel_size(_quals(conditions), set(columns or ()))
    try:
        rows, width = size
        rows, width = float(rows), int(width)
        if not 0 <= rows < float("inf") or width < 0:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise PostgresError(
            f"get_rel_size() returned {size!r:.100}",
            sqlstate=INVALID_DATA_TYPE,
            hint="Return the expected number of rows and the width of a row in bytes.",
        ) from None
    return max(rows, 1.0), min(width, 1 << 20)


def iterate(instance: ForeignDataWrapper, conditions: Conditions, columns: Names) -> Any:
    """Return an iterator over the rows."""
    rows: Any = instance.execute(_quals(conditions), set(columns or ()))
    if rows is None:
        raise PostgresError(
            "execute() returned None",
            sqlstate=INVALID_DATA_TYPE,
            hint="Return an iterator, or yield the rows.",
        )
    try:
        return iter(rows)
    except TypeError:
        raise PostgresError(
            f"execute() returned a value of type {type(rows).__name__}",
            sqlstate=INVALID_DATA_TYPE,
            hint="Return an iterator, or yield the rows.",
        ) from None


def explain(instance: ForeignDataWrapper, conditions: Conditions, columns: Names, verbose: int) -> list[str]:
    """Return the lines that EXPLAIN shows."""
    lines = instance.explain(_quals(conditions), set(columns or ()), None, bool(verbose))
    if lines is None or isinstance(lines, str):
        lines = [lines] if lines else []
    return [printable(line) or "" for line in lines]


def import_schema(
    cls: type[ForeignDataWrapper],
    local_schema: str,
    server: str,
    schema: str,
    server_options: Pairs,
    options: Pairs,
    restriction: Optional[str],
    names: Names,
) -> list[str]:
    """Return the CREATE FOREIGN TABLE statements for IMPORT FOREIGN SCHEMA."""
    tables: Any = cls.import_schema(schema, _options(server_options), _options(options), restriction, names or [])
    if not isinstance(tables, (list, tuple)) or not all(isinstance(t, TableDefinition) for t in tables):
        raise PostgresError(
            f"import_schema() returned {tables!r:.100}",
            sqlstate=INVALID_DATA_TYPE,
            hint="Return a list of TableDefinition.",
        )
    return [table.to_statement(local_schema, server) for table in tables]


def bad_row(row: Any) -> None:
    """Raise the error for a row that is not a list, tuple or dict."""
    raise PostgresError(
        f"execute() yielded a row of type {type(row).__name__}",
        sqlstate=INVALID_DATA_TYPE,
        hint="Yield lists, tuples or dicts.",
    )


def to_text(value: Any, type_name: str) -> str:
    """Return a value as a text that the input function of the column's type reads.

    type_name: the base type as SQL writes it, such as "integer[]".
    """
    if isinstance(value, (list, tuple)) and type_name.endswith("[]"):
        return _array(value, type_name[:-2])
    if isinstance(value, (dict, list, tuple)):
        if type_name in ("json", "jsonb"):
            return json.dumps(value, ensure_ascii=False)
        raise PostgresError(
            f"cannot convert a Python {type(value).__name__} to type {type_name}",
            sqlstate=INVALID_DATA_TYPE,
            hint="A list fits an array column; a dict or a list fits a json or jsonb column.",
        )
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "\\x" + value.hex() if type_name == "bytea" else bytes(value).decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.timedelta):
        # A sign for each field: what str() gives, "-1 day, 23:00:00", depends on IntervalStyle.
        return f"{value.days:+d} days {value.seconds:+d} seconds {value.microseconds:+d} microseconds"
    return str(value)


def _array(values: Iterable[Any], element_type: str) -> str:
    elements = []
    for value in values:
        if value is None:
            elements.append("NULL")
        elif isinstance(value, (list, tuple)) and element_type not in ("json", "jsonb"):
            elements.append(_array(value, element_type))
        else:
            text = to_text(value, element_type).replace("\\", "\\\\").replace('"', '\\"')
            elements.append(f'"{text}"')
    return "{" + ",".join(elements) + "}"


class Report(NamedTuple):
    """An exception as the arguments of ereport(). Each text can be sent in every encoding.

    kind: the name of the exception's class; None if the exception has an SQLSTATE of its own.
    """

    sqlstate: str
    message: str
    detail: Optional[str]
    hint: Optional[str]
    kind: Optional[str]
    traceback: Optional[str]
    fatal: bool


def describe(error: BaseException, with_traceback: int) -> Report:
    """Return the ERROR that an exception becomes, even if the exception's own methods fail."""
    own_sqlstate = _attempt(lambda: error.sqlstate)  # type: ignore[attr-defined]
    sqlstate = CHARACTER_NOT_IN_REPERTOIRE if isinstance(error, UnicodeError) else FDW_ERROR
    deliberate = isinstance(own_sqlstate, str) and re.fullmatch("(?!0[012])[0-9A-Z]{5}", own_sqlstate) is not None
    return Report(
        str.__str__(own_sqlstate) if deliberate else sqlstate,
        _attempt(lambda: printable(error)) or type(error).__name__,
        _attempt(lambda: printable(error.detail)),  # type: ignore[attr-defined]
        _attempt(lambda: printable(error.hint)),  # type: ignore[attr-defined]
        None if deliberate else printable(type(error).__name__),
        _attempt(lambda: printable("".join(_traceback(error)))) if with_traceback else None,
        isinstance(error, PostgresError) and error.fatal,
    )


def _traceback(error: BaseException) -> list[str]:
    return traceback.format_exception(type(error), error, error.__traceback__)


def _attempt(read: Callable[[], Any]) -> Any:
    try:
        return read() or None
    except Interrupted:
        raise
    except BaseException:
        return None
