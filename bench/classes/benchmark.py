"""The foreign-table classes of the benchmarks."""

from __future__ import annotations

import csv

from multicorn import ForeignDataWrapper


class Base(ForeignDataWrapper):
    """Knows its number of rows."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.rows = int(options.get("rows", "3"))
        self.path = options.get("path")
        self.width = len(columns)
        self.names = list(columns)

    def get_rel_size(self, quals, columns):
        return self.rows, 8 * self.width


class Memory(Base):
    """Rows that are ready: lists of text, read once, yielded as a class does that looks at each."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        with open(self.path, newline="") as file:
            self.ready = list(csv.reader(file))

    def execute(self, quals, columns, sortkeys=None):
        for row in self.ready:  # noqa: UP028
            yield row


class Reader(Base):
    """Rows as csv.reader parses them from the file, at each scan."""

    def execute(self, quals, columns, sortkeys=None):
        with open(self.path, newline="") as file:
            yield from csv.reader(file)


class Many(Base):
    """New rows, each of text, text, boolean and time."""

    def execute(self, quals, columns, sortkeys=None):
        for number in range(self.rows):
            yield [str(number), f"user-{number}", number % 2 == 0, "2026-11-22T19:37:00+00:00"]


class Lists(Base):
    """The numbers from 1 in every column, as lists."""

    def execute(self, quals, columns, sortkeys=None):
        for number in range(1, self.rows + 1):
            yield [str(number)] * self.width

    def explain(self, quals, columns, sortkeys=None, verbose=False):
        return [repr(qual) for qual in quals]


class Dicts(Base):
    """The same as dicts, of values that are no strings."""

    def execute(self, quals, columns, sortkeys=None):
        for number in range(1, self.rows + 1):
            yield dict.fromkeys(self.names, number)


class Fails(Base):
    """Fails after one row, with all that an error can have."""

    def execute(self, quals, columns, sortkeys=None):
        yield ["1"] * self.width
        error = ValueError("failed on purpose")
        error.sqlstate = "22012"
        error.detail = "The detail."
        error.hint = "The hint."
        raise error


class Wrong(Base):
    """Rows that cannot be converted: too short."""

    def execute(self, quals, columns, sortkeys=None):
        yield []
