"""A report that is kept: its rows against file_fdw over the same CSV, and a new connection's first row."""

from __future__ import annotations

import random
import statistics
import time
from typing import Any, Callable

import psycopg
from cluster import Cluster, install
from support.emulator import Emulator
from support.reports import ACCOUNT, HEADER, csv, root, user

ROWS = 5001
RUNS = 15
AIM_ROWS = 1.0
AIM_FIRST_MS = 50
FILE = "file"
REPORT = "aws_iam_credential_report"


def report(rows: int) -> bytes:
    """Return a report, the same at each run, in which most users have a password and a key."""
    chooser = random.Random(1)

    def moment() -> str:
        return f"2026-{chooser.randint(1, 12):02}-{chooser.randint(1, 28):02}T{chooser.randint(0, 23):02}:15:42+00:00"

    users = [
        user(
            f"user-{number:05}",
            password_enabled=chooser.choice(["true", "false"]),
            password_last_used=moment(),
            password_last_changed=moment(),
            mfa_active=chooser.choice(["true", "false"]),
            access_key_1_active="true",
            access_key_1_last_rotated=moment(),
            access_key_1_last_used_date=moment(),
            access_key_1_last_used_region="us-east-1",
            access_key_1_last_used_service="s3",
        )
        for number in range(rows - 1)
    ]
    return csv(root(), *users)


def sql_type(column: str) -> str:
    """Return the type of a column of the CSV, as our table has it."""
    if column.endswith(("_active", "_enabled")):
        return "boolean"
    is_time = column.endswith(("_time", "_used", "_changed", "_rotation", "_rotated", "_date"))
    return "timestamptz" if is_time else "text"


def least(measure: dict[str, Callable[[], float]], runs: int) -> dict[str, tuple[float, float]]:
    """Run each once to warm up, then all in turn; return minimum and median of each."""
    for one in measure.values():
        one()
    seconds: dict[str, list[float]] = {name: [] for name in measure}
    for _ in range(runs):
        for name, one in measure.items():
            seconds[name].append(one())
    return {name: (min(found), statistics.median(found)) for name, found in seconds.items()}


def counting(connection: psycopg.Connection[Any], table: str, columns: list[str], rows: int) -> Callable[[], float]:
    """Return what times a query that looks at each value of these columns."""
    counts = ", ".join(f"count({column})" for column in columns)
    query = f'select count(*), {counts} from "{table}"'

    def measure() -> float:
        start = time.perf_counter()
        found = connection.execute(query).fetchone()
        seconds = time.perf_counter() - start
        if found is None or found[0] != rows:
            raise RuntimeError(f"{table} has {found} rows")
        return seconds

    return measure


def run(cluster: Cluster, quick: bool) -> bool:
    """Measure, print the tables; return whether the aims are reached (not judged when quick)."""
    path, content = cluster.directory / "report.csv", report(ROWS)
    path.write_bytes(content)
    with Emulator() as emulator, Emulator() as small, cluster.connect() as setup:
        small.organization(1, ACCOUNT)
        emulator.organization(1, ACCOUNT)
        emulator.account(ACCOUNT).report = content
        install(setup, endpoint_url=emulator.url)
        setup.execute("create extension file_fdw")
        setup.execute("create server file foreign data wrapper file_fdw")
        declared = ", ".join(f'"{column}" {sql_type(column)}' for column in HEADER)
        null = "null 'N/A'"
        setup.execute(
            f"create foreign table file ({declared}) server file"
            f" options (filename '{path}', format 'csv', header 'true', {null})".encode()
        )
        names = setup.execute(
            "select attname from pg_attribute where attrelid = 'aws_iam_credential_report'::regclass and attnum > 0"
        ).fetchall()
        ours = [name for (name,) in names]
        same = [name for name in ours if name in HEADER or name in ("user_name", "user_arn")]
        with cluster.connect() as one, cluster.connect() as two:
            found = least(
                {
                    "file_fdw, its 22 columns": counting(one, FILE, [f'"{name}"' for name in HEADER], ROWS),
                    "iam_fdw, the same 22": counting(two, REPORT, same, ROWS),
                    f"iam_fdw, all {len(ours)} but raw": counting(
                        two, REPORT, [name for name in ours if name != "raw"], ROWS
                    ),
                    f"iam_fdw, all {len(ours)}": counting(two, REPORT, ours, ROWS),
                },
                3 if quick else RUNS,
            )
        reference = found["file_fdw, its 22 columns"]
        print(f"kept: a report of {ROWS:,} rows, count() of each column")
        print(f"{'':28}{'min ms':>8}{'median ms':>11}{'ratio of min':>14}{'of median':>11}")
        for name, (minimum, median) in found.items():
            ratios = f"{minimum / reference[0]:>14.2f}{median / reference[1]:>11.2f}"
            print(f"{name:28}{1000 * minimum:>8.1f}{1000 * median:>11.1f}{ratios}")

        def new(query: str) -> Callable[[], float]:
            def measure() -> float:
                start = time.perf_counter()
                with cluster.connect() as connection:
                    connection.execute(query.encode()).fetchone()
                return time.perf_counter() - start

            return measure

        install(setup, endpoint_url=small.url)
        setup.execute(f"select from {REPORT}")
        first = least(
            {"select 1": new("select 1"), "first row": new(f"select user_name from {REPORT} limit 1")},
            5 if quick else 2 * RUNS,
        )
        more = 1000 * (first["first row"][1] - first["select 1"][1])
        print("a new connection, by the median: ", end="")
        print(f"select 1 {1000 * first['select 1'][1]:.1f} ms, first row of a kept report of 2 rows {more:.1f} ms more")
    reached = found["iam_fdw, the same 22"][0] / reference[0] <= AIM_ROWS and more <= AIM_FIRST_MS
    aim = f"aim: the same columns at most {AIM_ROWS} times file_fdw, the first row within {AIM_FIRST_MS} ms"
    print(f"{aim}: {'reached' if reached else 'missed'}\n")
    return reached or quick
