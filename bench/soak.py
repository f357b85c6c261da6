"""Many scans, and one long scan, in one backend whose memory must stay flat."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from cluster import Cluster, define

SCANS = 100_000
ROWS = 10_000_000
STEPS = 20

# The smallest object of Python has 16 bytes: one leaked at each scan or row is 1.4 MB after the first tenth of
# 100,000. What is left below that is room for the fragmentation of allocators; 60 kB was the most seen.
LIMIT_KB = 1024

Connection = psycopg.Connection[Any]
Statement = Callable[[Connection], None]


def resident(connection: Connection) -> int:
    """Return the backend's own memory in kB: RssAnon, without shared buffers and libraries."""
    status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    found = re.search(r"^RssAnon:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise RuntimeError("the kernel does not tell RssAnon")
    return int(found.group(1))


def plain(query: str) -> Statement:
    """Return a statement that must succeed."""

    def execute(connection: Connection) -> None:
        connection.execute(query)

    return execute


def failing(query: str) -> Statement:
    """Return a statement that must fail."""

    def execute(connection: Connection) -> None:
        try:
            connection.execute(query)
        except psycopg.Error:
            return
        raise RuntimeError(f"did not fail: {query}")

    return execute


TRAPPED = "do $$ begin perform a from {0}; exception when others then perform a from lists; end $$"
CURSOR = "begin; declare c cursor for select a, b from lists; fetch 2 from c; fetch 1 from c; {0}"
MIXED: list[Statement] = [
    plain("select a, b from lists"),
    plain("select a, b from lists limit 1"),
    plain("select a, b from dicts"),
    plain("select a, b from dicts limit 1"),
    plain("execute by_value('2', array['1', '3'])"),
    plain("select g, x.b from generate_series(1, 3) g, lateral (select b from lists where a = g::text offset 0) x"),
    plain("select count(*) from lists x join lists y using (a)"),
    plain("select count(*) from lists"),
    plain("select a from lists where a = (select max(a) from dicts)"),
    plain("explain (verbose) select a from lists where a <> '1' and b = any ('{1,2}')"),
    plain(CURSOR.format("close c; commit")),
    plain(CURSOR.format("rollback")),
    plain(TRAPPED.format("fails")),
    failing("select a from fails"),
    failing("select a from wrong"),
    failing("select 1 / (a::int - 2) from lists"),
    failing("select a::date from dicts"),
    plain("begin; savepoint s; select a from lists limit 2; rollback to s; commit"),
]


def scans(statements: list[Statement], count: int) -> Callable[[Connection], Iterator[int]]:
    """Return a load of that many statements, in turn."""

    def load(connection: Connection) -> Iterator[int]:
        for number in range(count):
            statements[number % len(statements)](connection)
            if (number + 1) % (count // STEPS) == 0:
                yield number + 1

    return load


def rows(count: int) -> Callable[[Connection], Iterator[int]]:
    """Return a load of one scan of that many rows, which a cursor stops to look at the memory."""
    step = count // STEPS

    def load(connection: Connection) -> Iterator[int]:
        connection.execute("begin")
        connection.execute("declare long no scroll cursor for select * from many")
        for number in range(step, count + 1, step):
            moved = connection.execute(f"move forward {step} in long").statusmessage
            if moved != f"MOVE {step}":
                raise RuntimeError(f"the scan ended early: {moved}")
            yield number
        connection.execute("commit")

    return load


def soak(cluster: Cluster, title: str, load: Callable[[Connection], Iterator[int]]) -> bool:
    """Run a load in a backend of its own, print its memory; return whether it stayed flat."""
    print(f"soak: {title}")
    print(f"{'done':>12}{'RssAnon kB':>12}{'seconds':>10}")
    measured: list[int] = []
    start = time.perf_counter()
    with cluster.connect() as connection:
        connection.execute("prepare by_value(text, text[]) as select a from lists where a = $1 or b = any ($2)")
        for done in load(connection):
            measured.append(resident(connection))
            print(f"{done:>12,}{measured[-1]:>12,}{time.perf_counter() - start:>10.1f}", flush=True)
    # the first tenth fills caches, the interpreter's and PostgreSQL's
    warm = STEPS // 10
    growth = max(measured[warm:]) - max(measured[:warm])
    flat = growth <= LIMIT_KB
    print(f"growth after the first tenth: {growth:,} kB, limit {LIMIT_KB:,} kB: {'flat' if flat else 'NOT FLAT'}\n")
    return flat


def run(cluster: Cluster, quick: bool) -> bool:
    """Run the loads; return whether the memory stayed flat in each."""
    divisor = 20 if quick else 1
    count, long = SCANS // divisor, ROWS // divisor
    with cluster.connect() as setup:
        for name in ("Lists", "Dicts", "Fails", "Wrong"):
            define(setup, name, "a text, b text")
        define(setup, "Many", "arn text, name text, active boolean, seen timestamptz", rows=long)
    flat = [
        soak(cluster, f"{count:,} scans of 3 rows", scans([plain("select a, b from lists")], count)),
        soak(cluster, f"{count:,} scans with errors, early ends, rescans, parameters, dicts", scans(MIXED, count)),
        soak(cluster, f"one scan of {long:,} rows", rows(long)),
    ]
    return all(flat)
