"""No statement leaves a reference behind, however it ends.

In a debug build of Python (make check-refs) every reference counts, else every block of memory.
"""

from __future__ import annotations

import contextlib
from typing import Any

import psycopg
import pytest
from support.server import define

ROUNDS = 200

STATEMENTS = {
    "list rows": "select * from numbers",
    "dict rows": "select * from dicts",
    "conversions": "select * from objects",
    "count": "select count(*) from numbers",
    "early end": "select * from numbers limit 1",
    "end by an error elsewhere": "select 1 / (1 - a) from numbers",
    "conditions": "select * from numbers where a = 1 and b in ('1', '2', null) and a < (select 5) and a > $$1$$::int",
    "rescans": "select * from generate_series(1, 3) g, lateral (select * from numbers where a = g offset 0) s",
    "self-join": "select count(*) from numbers x, numbers y",
    "error in execute": "select * from execute",
    "error in next": "select * from next",
    "error in close": "select * from close limit 1",
    "error in close after an error": "select 1 / (a::int - 1) from close",
    "error in get_rel_size": "select * from size",
    "error in explain": "explain select * from explain",
    "explain": "explain (verbose) select * from echo where a = 'x' and a in ('y', 'z')",
    "wrong length": "select * from short",
    "wrong row": "select * from strings",
    "input error": "select * from bad",
    "conversion error": "select * from raising",
    "row changed while it is read": "select * from clearing",
    "trapped error": "do $$begin perform * from next; exception when others then null; end$$",
    "messages": "select * from levels",
    "import": "drop schema if exists s cascade; create schema s; import foreign schema x from server import into s",
    "import that fails": 'import foreign schema "none" from server execute into public',
    "new instance": "alter foreign table numbers options (set rows '3'); select * from numbers",
    "failing instance": "select * from init",
    "failing import": "select * from missing",
}


@pytest.fixture
def tables(db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A foreign table for each statement."""
    define(db, "held", "references.Held", columns="a bigint")
    define(db, "numbers", "regress.Numbers", columns="a int, b text", rows="3")
    define(db, "dicts", "regress.Rows", columns="a text, b text", form="dict")
    define(db, "objects", "regress.Values", columns="a jsonb", what="json")
    define(db, "echo", "regress.Echo")
    define(db, "init", "regress.Raises", method="__init__")
    for method in ("execute", "next", "close", "explain"):
        define(db, method, "regress.Raises", method=method)
    define(db, "size", "regress.Raises", method="get_rel_size")
    define(db, "short", "regress.Rows", columns="a text, b text", form="short")
    define(db, "strings", "regress.Rows", columns="a text, b text", form="str")
    define(db, "raising", "regress.Rows", columns="a text, b text", form="str_raises")
    define(db, "clearing", "regress.Rows", columns="a text, b text", form="clearing")
    define(db, "bad", "regress.Values", columns="a uuid", what="long")
    define(db, "levels", "regress.Levels")
    define(db, "import", "regress.Import")
    define(db, "missing", "no_such_module.Class")
    db.execute("set client_min_messages = error")
    return db


@pytest.mark.parametrize("name", STATEMENTS)
def test_nothing_is_left(tables: psycopg.Connection[Any], name: str) -> None:
    def repeat() -> int:
        for _ in range(ROUNDS):
            with contextlib.suppress(psycopg.Error):
                tables.execute(STATEMENTS[name])
        row = tables.execute("select a from held").fetchone()
        assert row is not None
        return int(row[0])

    counts = [repeat() for _ in range(6)]
    # caches grow now and then; a leak grows every time
    grown = min(after - before for before, after in zip(counts, counts[1:]))
    assert grown < ROUNDS // 2, f"{grown} more after each {ROUNDS} times {STATEMENTS[name]}"
