"""Classes for the tests of the environment of a scan."""

from __future__ import annotations

import os
import signal
import sys

import multicorn
from multicorn import ForeignDataWrapper


class Interpreter(ForeignDataWrapper):
    """Properties of the interpreter, as names and values."""

    def execute(self, quals, columns, sortkeys=None):
        for name in ("isolated", "ignore_environment", "no_user_site", "utf8_mode", "dont_write_bytecode"):
            yield [name, int(getattr(sys.flags, name))]
        yield ["prefix", sys.prefix]
        yield ["executable", sys.executable]
        yield ["version", sys.version[:4]]
        yield ["cwd_in_path", str("" in sys.path or os.getcwd() in sys.path)]
        yield ["sigint", str(signal.getsignal(signal.SIGINT))]
        yield ["multicorn", multicorn.__file__]


class Text(ForeignDataWrapper):
    """One row with option text in every column, the last as a list; it applies its conditions."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.text = options["text"]
        self.columns = columns

    def execute(self, quals, columns, sortkeys=None):
        text = "\U0001f40d" if self.text == "snake" else self.text
        if text == "raise":
            raise ValueError("a \U0001f40d bites")
        if all(qual.value == text for qual in quals):
            yield [[text] if column.type_name.endswith("[]") else text for column in self.columns.values()]


class Dict(ForeignDataWrapper):
    """One row: in column é its name, in column c the operators of the conditions."""

    def execute(self, quals, columns, sortkeys=None):
        yield {"\xe9": "\xe9", "c": str([qual.operator for qual in quals])}


class OddRow(ForeignDataWrapper):
    """Yields an object of a class with a long name that is not ASCII."""

    def execute(self, quals, columns, sortkeys=None):
        yield type("x" + "\xe9" * 60, (), {})()


class Nests(ForeignDataWrapper):
    """Runs the query of its option through PL/Python."""

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.query = options["query"]

    def execute(self, quals, columns, sortkeys=None):
        import plpy

        yield [str(len(plpy.execute(self.query)))]
