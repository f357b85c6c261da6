"""A foreign-table class that misbehaves in every method, reproducibly: all it does follows from option seed.

Its loops, containers and texts are bounded, it starts no threads and processes, and it asks for the end of
the session (FATAL) only with option fatal.
"""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import gc
import itertools
import random
import uuid

from multicorn import ColumnDefinition, ForeignDataWrapper, Qual, TableDefinition
from multicorn.utils import Interrupted, PostgresError, check_interrupts, interrupt_pending, log_to_postgres

DEPTH = 3
ROWS = 12

PLAIN = {
    "text": ["", "a", "größe €", "{}", "x" * 3000],
    "character varying": ["", "a", "äö"],
    "character": ["", "a"],
    "boolean": [True, False, "t", "no"],
    "smallint": [0, 1, "-1"],
    "integer": [0, 1, 2, "7"],
    "bigint": [0, 2**40, "-5"],
    "numeric": [decimal.Decimal("1.1"), 5, "NaN", 0.1],
    "double precision": [0.5, float("inf"), "1e300"],
    "date": [datetime.date(2026, 11, 22), "2020-02-29", "infinity"],
    "timestamp with time zone": [datetime.datetime(2026, 11, 22, tzinfo=datetime.timezone.utc), "-infinity", "epoch"],
    "interval": [datetime.timedelta(1, -1), "1 mon"],
    "bytea": [b"", b"\x00\xff", "\\x00"],
    "json": ["{}", {"a": [1, None]}, [1], "null"],
    "jsonb": ['{"a": 1}', {"b": {}}, [[]], True],
    "uuid": [uuid.UUID(int=5), "00000000-0000-0000-0000-000000000001"],
    "xml": ["<a/>", "text"],
    "integer[]": [[], [1, None], [[1], [2]], "{1,2}", "[0:1]={1,2}"],
    "text[]": [[], ["a", 'b"\\', None, "NULL"], ("x",), "{}"],
    "json[]": [[{"a": 1}, [2]], [None]],
    "int4range": ["empty", "[1,5)", "(,)"],
    "tstzrange": ["(,2026-11-22)", "empty"],
    "mood": ["sad", "happy"],
    "pair": ["(1,a)", "(,)"],
    "name": ["a", "x" * 80],
}


def _recursive():
    return _recursive() + 1


class Meta(type):
    """Classes without a usable name."""

    @property
    def __name__(cls):
        raise ValueError("no name")


class UnnamedError(Exception, metaclass=Meta):
    pass


# fmt: off
TEXTS = [
    "", "a", "a\0b", "a\ud800b", "\U0010ffff", "100%s %n %d", "'; drop table x; --", "größe €", "\\", "{1,2}", "NULL",
    "[" * 5000, "(1,", "<a>" * 2000, "1e99999", "9" * 400, "x" * 100_000, "é" * 101, "infinity", "\r\n\t", "2026-02-30",
    "22021", "00000", "XX000", "2202", "{" * 300, '"', "\x01\x7f\x80",
]
VALUES = [lambda value=value: value for value in [
    None, True, False, 0, -1, 2**31, 2**63, -(10**40), 10**5000, 0.0, -0.0, float("nan"), float("inf"), 1e308, 1j,
    b"", b"\xff\0", b"abc", decimal.Decimal("sNaN"), Ellipsis, NotImplemented, object, len, random, range(5),
    datetime.timedelta.max, datetime.datetime.max, uuid.UUID(int=0),
]] + [
    object, lambda: bytearray(b"x"), lambda: memoryview(b"y"), lambda: Qual("a", "=", 1),
    lambda: collections.Counter("aab"), type("\u00e9" * 60, (), {}),
]
EXCEPTIONS = [
    ValueError, KeyError, MemoryError, RecursionError, OSError, SystemExit, KeyboardInterrupt, GeneratorExit,
    StopIteration, StopAsyncIteration, AssertionError, BaseException, SystemError, Interrupted, UnnamedError,
    PostgresError, UnicodeDecodeError,
]
# fmt: on


class Garbage:
    """The generator of misbehaviour, from one source of random numbers."""

    def __init__(self, seed, chaos, fatal=False, level=0):
        self.random = random.Random(seed)
        self.chaos = chaos
        self.fatal = fatal
        self.level = level

    def bad(self):
        """Whether to misbehave now."""
        return self.random.random() < self.chaos

    def text(self):
        return self.random.choice(TEXTS)

    def value(self, depth=0):
        """Return anything."""
        choose = self.random
        kind = choose.randrange(34 if depth < DEPTH else 16)
        if kind < 5:
            return self.text()
        if kind < 16:
            return choose.choice(VALUES)()
        make = [
            lambda: [self.value(depth + 1) for _ in range(choose.randrange(5))],
            lambda: tuple(self.value(depth + 1) for _ in range(choose.randrange(5))),
            lambda: {self.key(): self.value(depth + 1) for _ in range(choose.randrange(5))},
            lambda: collections.OrderedDict(a=self.value(depth + 1)),
            lambda: collections.deque([self.value(depth + 1)]),
            self.recursive,
            self.nested,
            lambda: self.evil(Evil),
            lambda: self.evil(Evil),
            lambda: self.evil(EvilStr, self.text()),
            lambda: self.evil(EvilInt, choose.randrange(100)),
            lambda: self.evil(EvilFloat, 1.5),
            lambda: self.evil(EvilBytes, b"ab"),
            lambda: self.evil(EvilList, [self.value(depth + 1) for _ in range(choose.randrange(5))]),
            lambda: self.evil(EvilTuple, (1, "b")),
            lambda: self.evil(EvilDict, {"a": 1, "c0": self.value(depth + 1)}),
            self.exception,
            lambda: self.generator(depth + 1),
        ]
        return make[kind - 16]()

    def key(self):
        return self.random.choice(["a", "c0", "c1", "", 1, None, self.evil(EvilStr, "c0"), self.evil(Evil)])

    def recursive(self):
        """Return a container that holds itself."""
        which = self.random.randrange(3)
        if which == 0:
            inner = []
            inner.append(inner)
            return inner
        if which == 1:
            inner = {}
            inner["a"] = [inner]
            return inner
        inner = []
        outer = (inner,)
        inner.append(outer)
        return outer

    def nested(self):
        """Return a deep container: deeper than Python recurses."""
        inner = []
        for _ in range(self.random.choice([10, 5000, 100_000])):
            inner = [inner]
        return inner

    def evil(self, kind, *args):
        made = kind(*args)
        # what its methods return misbehaves less and less, or it would never end
        chaos = 0 if self.level > 2 else max(self.chaos, 0.3) / (self.level + 1)
        made.garbage = Garbage(self.random.random(), chaos, self.fatal, self.level + 1)
        return made

    def exception(self):
        """Return an exception, with attributes of any kind."""
        choose = self.random
        kind = choose.choice([*EXCEPTIONS, EvilError])
        if kind is PostgresError:
            error = PostgresError(self.value(DEPTH), sqlstate=self.value(DEPTH), detail=self.value(DEPTH))
        elif kind is UnicodeDecodeError:
            error = UnicodeDecodeError("utf-8", b"\xff", 0, 1, self.text())
        elif kind is EvilError:
            error = self.evil(EvilError, self.value(DEPTH))
        else:
            error = kind(self.value(DEPTH))
        for name in ("sqlstate", "detail", "hint", "fatal", "__notes__", "args"):
            if choose.random() < 0.4:
                value = choose.choice(["22012", "P0001", "00000"]) if name == "sqlstate" else self.value(DEPTH)
                if name == "fatal" and value is True:
                    value = 1
                with contextlib.suppress(BaseException):  # such as args that are no sequence
                    setattr(error, name, value)
        if self.fatal and choose.random() < 0.5:
            error.fatal = True
        if choose.random() < 0.2:
            error.__cause__ = choose.choice([error, ValueError("cause")])
        return error

    def raise_(self):
        if self.random.random() < 0.1:
            self.random.choice(
                [_recursive, lambda: 1 / 0, lambda: [].pop(), lambda: next(iter([])), lambda: "\ud800".encode()]
            )()
        raise self.exception()

    def log(self):
        """Send messages, now and then of garbage; what that raises is swallowed or not."""
        level = self.random.choice(
            [10, 20, 30, 0, 5, 25, 40, -(2**70), "x", None, 12.5, True, self.evil(Evil), self.evil(EvilInt, 20)]
        )
        arguments = [self.value(1) if self.bad() else self.text() for _ in range(3)]
        try:
            log_to_postgres(arguments[0], level, hint=arguments[1], detail=arguments[2])
            interrupt_pending()
        except Interrupted:
            raise
        except BaseException:
            if self.random.random() < 0.3:
                raise
        if self.random.random() < 0.1:
            check_interrupts()

    def disturb(self):
        """Raise, talk, or do nothing."""
        if self.bad():
            self.random.choice([self.raise_, self.log, self.log, gc.collect])()

    def generator(self, depth=DEPTH):
        """Return a generator that ends, closes or dies badly."""
        how = self.random.randrange(5)

        def rows():
            try:
                for _ in range(self.random.randrange(4)):
                    yield self.value(depth)
                    self.disturb()
            except GeneratorExit:
                if how == 0:
                    yield "ignored"
                if how == 1:
                    self.raise_()
                raise
            finally:
                if how == 2:
                    self.log()
                if how == 3:
                    yield "late"
                if how == 4:
                    self.disturb()

        return rows()


class Misbehaviour:
    """Special methods that raise, or return garbage, once in a while."""

    garbage = None
    budget = 10

    def _do(self, sane):
        garbage = self.garbage
        if garbage is None:
            return sane()
        self.budget -= 1
        if self.budget > 0:
            garbage.disturb()
            if garbage.bad():
                returned = garbage.value(DEPTH - 1)
                # FATAL is asked for by `level >= CRITICAL` being True
                return 1 if returned is True else returned
        return sane()

    def __str__(self):
        return self._do(lambda: "evil")

    def __repr__(self):
        return self._do(lambda: "Evil()")

    def __bool__(self):
        return self._do(lambda: True)

    def __hash__(self):
        return self._do(lambda: hash("c0"))

    def __eq__(self, other):
        return self._do(lambda: self is other)

    def __ge__(self, other):
        return self._do(lambda: False)

    def __lt__(self, other):
        return self._do(lambda: False)

    def __del__(self):
        garbage = self.garbage
        if garbage is not None and garbage.bad():
            self._do(lambda: None)


class Evil(Misbehaviour):
    def __len__(self):
        return self._do(lambda: 2)

    def __iter__(self):
        return self._do(lambda: self)

    def __next__(self):
        if self.budget <= 0:
            raise StopIteration
        return self._do(lambda: ["1"])

    def __getitem__(self, key):
        if self.budget <= 0:
            raise IndexError
        return self._do(lambda: "1")

    def __int__(self):
        return self._do(lambda: 1)

    def __float__(self):
        return self._do(lambda: 1.0)

    def __index__(self):
        return self._do(lambda: 1)

    def __call__(self, *args, **kwargs):
        return self._do(lambda: None)

    def __length_hint__(self):
        return self._do(lambda: 3)

    def close(self):
        return self._do(lambda: None)

    @property
    def __class__(self):
        return self._do(lambda: Evil)


class EvilError(Misbehaviour, Exception):
    @property
    def hint(self):
        return self._do(lambda: "a hint")

    @property
    def __traceback__(self):
        return self._do(lambda: None)


class EvilStr(Misbehaviour, str):
    def __str__(self):
        return self._do(lambda: self)

    def replace(self, *args):
        return self._do(lambda: str.replace(self, *args))

    def encode(self, *args):
        return self._do(lambda: str.encode(self, *args))

    def endswith(self, *args):
        return self._do(lambda: False)

    def __len__(self):
        return self._do(lambda: 1)


class EvilInt(Misbehaviour, int):
    def __index__(self):
        return self._do(lambda: 1)


class EvilFloat(Misbehaviour, float):
    pass


class EvilBytes(Misbehaviour, bytes):
    def decode(self, *args):
        return self._do(lambda: "decoded")

    def hex(self):
        return self._do(lambda: "00")


class EvilList(Misbehaviour, list):
    def __iter__(self):
        return self._do(lambda: list.__iter__(self))

    def __len__(self):
        return self._do(lambda: list.__len__(self))

    def __getitem__(self, key):
        return self._do(lambda: list.__getitem__(self, key))


class EvilTuple(Misbehaviour, tuple):
    def __iter__(self):
        return self._do(lambda: tuple.__iter__(self))

    def __len__(self):
        return self._do(lambda: 2)


class EvilDict(Misbehaviour, dict):
    def __getitem__(self, key):
        return self._do(lambda: dict.__getitem__(self, key))

    def __missing__(self, key):
        return self._do(lambda: None)

    def get(self, *args):
        return self._do(lambda: None)

    def items(self):
        return self._do(lambda: dict.items(self))


class EvilTable(TableDefinition):
    garbage = None

    def to_statement(self, *args):
        if self.garbage.bad():
            return self.garbage.value(1)
        return super().to_statement(*args)


class Mutator:
    """A value that changes its own row while it is read."""

    def __init__(self, garbage, row):
        self.garbage = garbage
        self.row = row

    def change(self):
        row = self.row
        which = self.garbage.random.randrange(4)
        if which == 0:
            row.clear()
        elif isinstance(row, list):
            row[:] = [object() for _ in row] if which == 1 else row[1:] if which == 2 else row * 2
        else:
            row.update({name: [name] for name in list(row)} if which == 1 else {f"x{i}": i for i in range(50)})

    def __str__(self):
        self.change()
        return "1"

    def __hash__(self):
        return hash("c0")

    def __eq__(self, other):
        self.change()
        return False


class Fuzz(ForeignDataWrapper):
    """The class under option seed; option chaos is how often it misbehaves, from 0 to 1."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.garbage = Garbage(options.get("seed"), float(options.get("chaos", "0.1")), "fatal" in options)
        self.names = list(columns)
        self.types = [column.base_type_name for column in columns.values()]
        self.shared = [None] * len(self.names)
        gc.set_threshold(self.garbage.random.choice([1, 100, 700]))
        self.garbage.disturb()

    def get_rel_size(self, quals, columns):
        garbage = self.garbage
        garbage.disturb()
        if garbage.bad() and garbage.random.random() < 0.3:
            return garbage.random.choice(
                [garbage.value(), (garbage.value(), garbage.value()), (10**400, 1), (1e308, 2**62), (0, 0), (-1, -1)]
            )
        return garbage.random.choice([1, 10, 1000, 10**7]), 10

    def explain(self, quals, columns, sortkeys=None, verbose=False):
        self.garbage.disturb()
        return self.garbage.value() if self.garbage.bad() else [repr(qual) for qual in quals]

    def execute(self, quals, columns, sortkeys=None):
        garbage = self.garbage
        garbage.disturb()
        if garbage.bad():
            rows = list(itertools.islice(self.rows(), 3))
            return garbage.random.choice(
                [
                    garbage.value(),
                    garbage.evil(Evil),
                    rows,
                    iter(rows),
                    map(garbage.value, rows),
                    garbage.generator(),
                    self,
                ]
            )
        return self.rows()

    def rows(self):
        garbage = self.garbage
        try:
            for _ in range(garbage.random.randrange(ROWS)):
                garbage.disturb()
                yield garbage.value() if garbage.bad() else self.row()
        except GeneratorExit:
            if garbage.bad():
                yield self.row()
            raise
        finally:
            garbage.disturb()
            if garbage.bad():
                yield self.row()

    def row(self):
        garbage = self.garbage
        values = [self.cell(kind) for kind in self.types]
        form = garbage.random.randrange(8)
        if form == 0:
            return tuple(values)
        if form == 1:
            return dict(zip(self.names, values))
        if form == 2 and garbage.bad():
            row = dict(zip(self.names, values))
            row[garbage.random.choice([*self.names, Mutator(garbage, row)])] = Mutator(garbage, row)
            return row
        if form == 3 and garbage.bad():
            values.insert(0, Mutator(garbage, values))
            return values[: len(self.names)] if garbage.bad() else values
        if form == 4 and values:
            values[garbage.random.randrange(len(values))] = Mutator(garbage, values)
            return values if garbage.bad() else [None] * len(values)
        if form == 5:
            self.shared[:] = values
            return self.shared
        if form == 6 and garbage.bad():
            return garbage.evil(EvilList, values)
        if form == 7 and garbage.bad():
            return garbage.evil(EvilDict, dict(zip(self.names, values)))
        return values

    def cell(self, kind):
        garbage = self.garbage
        if garbage.bad():
            return garbage.value()
        return garbage.random.choice([None, *PLAIN.get(kind.rpartition(".")[2], ["1", "a"])])

    def __del__(self):
        garbage = getattr(self, "garbage", None)
        if garbage is not None:
            garbage.disturb()

    @classmethod
    def import_schema(cls, schema, srv_options, options, restriction_type, restricts):
        garbage = Garbage(options.get("seed"), float(options.get("chaos", "0.1")))
        garbage.disturb()
        if garbage.bad():
            return garbage.value()
        tables = []
        for number in range(3):
            column = ColumnDefinition(garbage.text()[:60] or "a", type_name="text")
            table = EvilTable(f"imported{number}", columns=[column], options={"seed": "1"})
            table.garbage = garbage
            if garbage.bad():
                name = garbage.random.choice(["column_name", "type_name", "options", "base_type_name"])
                setattr(column, name, garbage.value())
            if garbage.bad():
                setattr(table, garbage.random.choice(["table_name", "columns", "options"]), garbage.value())
            tables.append(garbage.value() if garbage.bad() else table)
        return tables
