"""500,000 rows from a Python class against the same rows from file_fdw, alternately in one session each."""

from __future__ import annotations

import csv
import random
import statistics
import time
from pathlib import Path
from typing import Any

import psycopg
from cluster import Cluster, define

ROWS = 500_000
RUNS = 9
AIM = 1.2
COLUMNS = "arn text, name text, active boolean, seen timestamptz"
QUERY = "select count(arn), count(name), count(active), count(seen) from {}"
REFERENCE = "file_fdw"
TABLES = {"file": REFERENCE, "memory": "minicorn, rows in memory", "reader": "minicorn, csv.reader"}
PARSING = "csv.reader, no database"


def write(path: Path, rows: int) -> None:
    """Write the rows, the same at each run, in the form of AWS's credential report."""
    chooser = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number in range(rows):
            second = chooser.randrange(60)
            seen = f"2026-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:{second:02}+00:00"
            name = f"user-{number:07}"
            writer.writerow([f"arn:aws:iam::123456789012:user/{name}", name, chooser.choice(["true", "false"]), seen])


def once(connection: psycopg.Connection[Any], table: str, rows: int) -> float:
    """Return the seconds of one query, having checked that it saw every value."""
    start = time.perf_counter()
    counted = connection.execute(QUERY.format(table)).fetchone()
    seconds = time.perf_counter() - start
    if counted != (rows,) * 4:
        raise RuntimeError(f"{table} has {counted} values, not {rows} in each column")
    return seconds


def parse(path: Path) -> float:
    """Return the seconds that csv.reader alone takes in this process: what no engine can save."""
    start = time.perf_counter()
    with path.open(newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.perf_counter() - start


def run(cluster: Cluster, quick: bool) -> bool:
    """Measure, print the table; return whether rows in memory reach the aim (not judged when quick)."""
    rows = ROWS // 10 if quick else ROWS
    path = cluster.directory / "rows.csv"
    write(path, rows)
    with cluster.connect() as setup:
        setup.execute("create extension file_fdw")
        setup.execute("create server file foreign data wrapper file_fdw")
        setup.execute(f"create foreign table file ({COLUMNS}) server file options (filename '{path}', format 'csv')")
        define(setup, "Memory", COLUMNS, path=path, rows=rows)
        define(setup, "Reader", COLUMNS, path=path, rows=rows)

    connections = {table: cluster.connect() for table in TABLES}
    seconds: dict[str, list[float]] = {what: [] for what in [*TABLES, PARSING]}
    try:
        for table, connection in connections.items():
            once(connection, table, rows)
        for _ in range(3 if quick else RUNS):
            for table, connection in connections.items():
                seconds[table].append(once(connection, table, rows))
            seconds[PARSING].append(parse(path))
    finally:
        for connection in connections.values():
            connection.close()

    least = {table: min(measured) for table, measured in seconds.items()}
    middle = {table: statistics.median(measured) for table, measured in seconds.items()}
    print(f"scan: {rows:,} rows of 4 columns, {len(seconds['file'])} runs each, alternating")
    print(f"{'':28}{'min s':>8}{'median s':>10}{'ratio of min':>14}{'of median':>11}")
    for table, title in {**TABLES, PARSING: PARSING}.items():
        ratios = f"{least[table] / least['file']:>14.2f}{middle[table] / middle['file']:>11.2f}"
        print(f"{title:28}{least[table]:>8.3f}{middle[table]:>10.3f}{ratios}")
    reached = least["memory"] / least["file"] <= AIM
    print(
        f"aim: rows in memory at most {AIM} times {REFERENCE}, by the minimum: {'reached' if reached else 'missed'}\n"
    )
    return reached or quick
