"""The foreign-table classes of the regression tests."""

from __future__ import annotations

import datetime
import decimal
import enum
from collections import namedtuple

from multicorn import ColumnDefinition, ForeignDataWrapper, TableDefinition
from multicorn.utils import (
    CRITICAL,
    DEBUG,
    ERROR,
    INFO,
    WARNING,
    check_interrupts,
    interrupt_pending,
    log_to_postgres,
)


class Echo(ForeignDataWrapper):
    """One row with the conditions, the columns used and the options it was given."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.options = options
        self.columns = columns
        log_to_postgres(f"__init__ {sorted(options.items())}")

    def execute(self, quals, columns, sortkeys=None):
        log_to_postgres(f"execute {quals} {sorted(columns)}")
        yield {}

    def explain(self, quals, columns, sortkeys=None, verbose=False):
        return [f"conditions {quals}", f"columns {sorted(columns)} verbose {verbose}"]


class Columns(ForeignDataWrapper):
    """A row for each column, with its definition."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.columns = columns

    def execute(self, quals, columns, sortkeys=None):
        for name, column in self.columns.items():
            assert name == column.column_name
            yield {
                "name": name,
                "type": f"{column.type_name}|{column.base_type_name}|{column.type_oid > 0}|{column.typmod}",
                "options": str(column.options),
            }


class Numbers(ForeignDataWrapper):
    """The numbers from 0 to below option rows in every column; with option tell, notices of each call."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.rows = int(options.get("rows", "3"))
        self.tell = "tell" in options
        self.width = len(columns)
        self.types = {name: column.type_name for name, column in columns.items()}

    def get_rel_size(self, quals, columns):
        return self.rows, 8

    def execute(self, quals, columns, sortkeys=None):
        if self.tell:
            log_to_postgres(f"execute {sorted(map(repr, quals))}")
        try:
            for number in range(self.rows):
                yield [number] * self.width
            if self.tell:
                log_to_postgres("end of rows")
        finally:
            if self.tell:
                log_to_postgres("closed")


class Obedient(Numbers):
    """The same, but it applies every condition: it leaves out the rows that do not fulfil one."""

    def execute(self, quals, columns, sortkeys=None):
        compare = {
            "=": lambda a, b: a == b,
            "<>": lambda a, b: a != b,
            "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
        }
        for number in range(self.rows):
            if all(self.fits(compare, qual, number) for qual in quals):
                yield [number] * self.width

    def fits(self, compare, qual, number):
        as_type = str if self.types[qual.field_name] == "text" else decimal.Decimal
        if qual.is_list_operator:
            return any(v is not None and as_type(v) == as_type(number) for v in qual.value)
        return qual.value is not None and compare[qual.operator](as_type(number), as_type(qual.value))


class Color(enum.Enum):
    """An enum whose str() is its value."""

    RED = "red"

    def __str__(self):
        return self.value


Pair = namedtuple("Pair", "left right")


class Values(ForeignDataWrapper):
    """One row for each value of option what, in every column."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.values = {
            "none": [None],
            "bool": [True, False],
            "int": [0, -1, 2**31 - 1, 2**63 - 1, 10**40],
            "small": [0, -1, 12],
            "float": [0.0, -0.0, 0.1, 1e300, float("inf"), float("nan")],
            "decimal": [decimal.Decimal("1.10"), decimal.Decimal("1E+5"), decimal.Decimal("NaN")],
            "str": ["", "plain", 'O\'Reilly \\ "x"', "größe €", "\U0001f40d", "a\nb\tc"],
            "true": ["true", "f", " yes ", "1"],
            "long": ["abcdefgh"],
            "bytes": [b"", b"abc", b"\x00\xff\\"],
            "badbytes": [b"\xff"],
            "date": [datetime.date(2026, 11, 22), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)],
            "datetime": [
                datetime.datetime(2026, 11, 22, 19, 37, 0, 123456, datetime.timezone.utc),
                datetime.datetime(2026, 11, 22, 19, 37, tzinfo=datetime.timezone(datetime.timedelta(hours=14))),
            ],
            "timedelta": [datetime.timedelta(hours=-1), datetime.timedelta(days=1, microseconds=1)],
            "list": [[], [1, 2], [None, 3], [[1, 2], [3, 4]], (5,)],
            "textlist": [["a", 'b"\\', "NULL", None, "", "c,d", "{}"], [True]],
            "byteslist": [[b"\x00a"]],
            "ragged": [[[1], [2, 3]]],
            "json": ['{"a": [1, null]}', {"a": [1, None, "ö"], "b": {"c": True}}, [1, {"x": 2}], "true", True, 5],
            "dict": [{"a": 1}],
            "object": [Color.RED],
            "nul": ["a\0b"],
            "surrogate": ["a\ud800b"],
            "pair": [Pair("l", "r")],
        }[options["what"]]
        self.width = len(columns)

    def execute(self, quals, columns, sortkeys=None):
        for value in self.values:
            yield [value] * self.width


class StrRaises:
    def __str__(self):
        raise ValueError("no text")


class StrReturnsInt:
    def __str__(self):
        return 1


class StrClears:
    """A value that empties its own row while it is read."""

    def __init__(self, row):
        self.row = row

    def __str__(self):
        self.row.clear()
        return "cleared"


class Rows(ForeignDataWrapper):
    """Rows of the forms that option form names, for two columns a and b."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.form = options["form"]

    def execute(self, quals, columns, sortkeys=None):
        clearing = []
        clearing.extend([StrClears(clearing), "x"])
        return {
            "list": lambda: iter([["1", "2"]]),
            "tuple": lambda: iter([("1", "2")]),
            "namedtuple": lambda: iter([Pair("1", "2")]),
            "dict": lambda: iter([{"b": "2", "a": "1"}, {"b": "2"}, {"other": "3"}, {}]),
            "iterable": lambda: [["1", "2"]],
            "generator": lambda: (["1", str(i)] for i in range(2)),
            "long": lambda: iter([["1", "2", "3"]]),
            "short": lambda: iter([["1", "2"], ["1"]]),
            "empty": lambda: iter([[]]),
            "str": lambda: iter(["12"]),
            "int": lambda: iter([12]),
            "none": lambda: iter([None]),
            "clearing": lambda: iter([clearing]),
            "str_raises": lambda: iter([[StrRaises(), "x"]]),
            "str_returns_int": lambda: iter([[StrReturnsInt(), "x"]]),
            "return_none": lambda: None,
            "return_int": lambda: 12,
        }[self.form]()


class Failure(Exception):
    """An exception with every attribute that minicorn reads."""

    sqlstate = "22012"
    detail = "The detail."
    hint = "The hint."


class Unprintable(Exception):
    @property
    def sqlstate(self):
        raise KeyError("sqlstate")

    def __str__(self):
        raise KeyError("str")


def raise_(what):
    """Raise what the option says."""
    if what == "log":
        log_to_postgres("logged", ERROR, hint="a hint", detail="a detail")
    raise {
        "failure": Failure("the message"),
        "plain": ValueError("a value"),
        "empty": ValueError(),
        "lines": ValueError("one\ntwo"),
        "percent": ValueError("100%s %d %n"),
        "nul": ValueError("a\0b"),
        "surrogate": ValueError("a\ud800b"),
        "unprintable": Unprintable(),
        "exit": SystemExit(3),
        "interrupt": KeyboardInterrupt(),
        "generatorexit": GeneratorExit(),
        "stop": StopIteration(),
        "memory": MemoryError(),
        "recursion": RecursionError("deep"),
        "assertion": AssertionError("asserted"),
    }[what]


class Raises(ForeignDataWrapper):
    """Raises what option what says, in the method that option method names."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.method = options["method"]
        self.what = options.get("what", "failure")
        if self.method == "__init__":
            raise_(self.what)

    def get_rel_size(self, quals, columns):
        if self.method == "get_rel_size":
            raise_(self.what)
        return {
            "size_none": None,
            "size_nan": (float("nan"), 1),
            "size_text": ("x", "y"),
            "size_negative": (-1, 1),
        }.get(self.method, (1, 1))

    def explain(self, quals, columns, sortkeys=None, verbose=False):
        if self.method == "explain":
            raise_(self.what)
        return {"explain_none": None, "explain_str": "one line", "explain_nul": ["a\0b"]}.get(self.method, [])

    def execute(self, quals, columns, sortkeys=None):
        if self.method == "execute":
            raise_(self.what)
        return self.rows()

    def rows(self):
        try:
            yield ["1"]
            if self.method == "next":
                raise_(self.what)
            yield ["2"]
        finally:
            if self.method == "close":
                raise_(self.what)

    @classmethod
    def import_schema(cls, schema, srv_options, options, restriction_type, restricts):
        if schema == "raise":
            raise_("failure")
        return {"none": None, "strings": ["create table x ()"]}[schema]


class Changeling(ForeignDataWrapper):
    """Its instances are not its own."""

    def __new__(cls, options, columns):
        return None


class Import(ForeignDataWrapper):
    """Offers two tables in IMPORT FOREIGN SCHEMA."""

    def execute(self, quals, columns, sortkeys=None):
        return iter([])

    @classmethod
    def import_schema(cls, schema, srv_options, options, restriction_type, restricts):
        log_to_postgres(f"import_schema {schema} {srv_options} {options} {restriction_type} {restricts}")
        column = ColumnDefinition(
            'odd "name', type_name="character varying(12)", options={"k'ey": "back\\slash 'quoted'"}
        )
        return [
            TableDefinition("plain", columns=[ColumnDefinition("a", type_name="text")]),
            TableDefinition('Odd "Name', columns=[column], options={"rows": "5"}),
            TableDefinition("no columns"),
        ]


class Levels(ForeignDataWrapper):
    """Sends a message at each level."""

    def execute(self, quals, columns, sortkeys=None):
        for level in (DEBUG, INFO, WARNING):
            log_to_postgres(f"level {level}", level, hint="a hint", detail="a detail")
        log_to_postgres("100%s ö \0 \ud800", WARNING)
        log_to_postgres(12)
        for critical in quals:
            log_to_postgres(critical.value, CRITICAL)
        assert not interrupt_pending()
        check_interrupts()
        yield ["done"]


class NotAClassOfOurs:
    """Not a ForeignDataWrapper."""


def function():
    """Not a class."""
