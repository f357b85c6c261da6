"""The number of references in the interpreter, for the test that nothing leaks."""

from __future__ import annotations

import gc
import sys

from multicorn import ForeignDataWrapper


class Held(ForeignDataWrapper):
    """One row: the references that a debug build counts, or the blocks that any build counts."""

    def execute(self, quals, columns, sortkeys=None):
        gc.collect()
        count = getattr(sys, "gettotalrefcount", sys.getallocatedblocks)
        yield [count()]
