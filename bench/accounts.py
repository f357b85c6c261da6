"""Many accounts: the first read against the latency of AWS alone, the second against the first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from cluster import Cluster, install

MANAGEMENT = "111122223333"
LATENCY = 0.1
CONCURRENCY = 64
AIM = 1.3
AIM_GROWTH = 10.0
MEMORY_MB = 150
LARGE = 80
QUERY = "select count(*), count(distinct account_id) from aws_iam_credential_report"


class Run(NamedTuple):
    """What was measured: seconds, calls, CPU seconds of the backend, and its most memory in MB."""

    first: float
    calls: int
    cpu: float
    memory: float
    second: float


@contextmanager
def aws(accounts: int, rows: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the emulator in a process of its own; yield its URL, and the process."""
    command = [
        sys.executable,
        str(Path(__file__).parent / "aws.py"),
        str(accounts),
        MANAGEMENT,
        str(LATENCY),
        str(rows),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.stdin.close()


def requests(process: subprocess.Popen[str]) -> int:
    """Return how many requests the emulator has had."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def cpu(connection: psycopg.Connection[Any]) -> float:
    """Return the CPU seconds of the backend so far."""
    fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(connection: psycopg.Connection[Any]) -> float:
    """Return the most memory that the backend has had, in MB, of which shared buffers and libraries are part."""
    status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise RuntimeError("the kernel does not tell VmHWM")
    return int(found.group(1)) / 1024


def timed(connection: psycopg.Connection[Any], accounts: int, rows: int) -> float:
    """Return the seconds of one read of all accounts, having checked that it saw each."""
    start = time.perf_counter()
    found = connection.execute(QUERY).fetchone()
    seconds = time.perf_counter() - start
    if found != (rows * accounts, accounts):
        raise RuntimeError(f"read {found}, not {accounts} accounts")
    return seconds


def measure(
    cluster: Cluster, accounts: int, listed: bool = False, rows: int = 2, concurrency: int = CONCURRENCY
) -> Run:
    """Read so many accounts with nothing kept, then once more in a new session."""
    ids = [MANAGEMENT, *(f"{100_000_000_000 + place}" for place in range(accounts - 1))]
    with aws(accounts, rows) as (url, process):
        with cluster.connect() as setup:
            install(
                setup,
                endpoint_url=url,
                accounts="organization" if listed else ",".join(ids),
                role_name="audit",
                concurrency=str(concurrency),
                timeout="10 minutes",
            )
        with cluster.connect() as connection:
            connection.execute("select from aws_iam_credential_report where account_id = ''")  # Python is loaded
            before = cpu(connection)
            first = timed(connection, accounts, rows)
            used, most = cpu(connection) - before, memory(connection)
        calls = requests(process)
        with cluster.connect() as connection:
            second = timed(connection, accounts, rows)
        if requests(process) != calls:
            raise RuntimeError("the second read asked AWS")
    return Run(first, calls, used, most, second)


def run(cluster: Cluster, quick: bool) -> bool:
    """Measure, print the table; return whether the aims are reached (not judged when quick)."""
    print(f"accounts: each call of AWS takes {1000 * LATENCY:.0f} ms, concurrency {CONCURRENCY}")
    print(f"{'accounts':>10}{'calls':>8}{'bound s':>9}{'first s':>9}{'ratio':>7}{'CPU ms':>8}{'MB':>6}{'second s':>10}")
    found: dict[int, Run] = {}
    reached = True
    for accounts in (100, 1000) if quick else (100, 1000, 10_000):
        found[accounts] = measured = measure(cluster, accounts)
        bound = measured.calls * LATENCY / CONCURRENCY
        ratio = measured.first / bound
        print(
            f"{accounts:>10,}{measured.calls:>8,}{bound:>9.2f}{measured.first:>9.2f}{ratio:>7.2f}"
            f"{1000 * measured.cpu / accounts:>8.2f}{measured.memory:>6.0f}{measured.second:>10.3f}",
            flush=True,
        )
        reached = reached and (accounts < 1000 or ratio <= AIM) and measured.memory <= MEMORY_MB
    if 10_000 in found:
        growth = found[10_000].first / found[1000].first
        print(f"10,000 accounts take {growth:.1f} times as long as 1,000")
        reached = reached and growth <= 1.1 * AIM_GROWTH
    listed = measure(cluster, 1000, listed=True)
    pages = 1000 / 20 * LATENCY
    print(f"1,000 of an organization: {listed.first:.2f} s, of which its 50 pages, one after the other, {pages:.1f} s")
    large = measure(cluster, LARGE, rows=5001, concurrency=16)
    print(f"{LARGE} of 5,001 rows each, 16 at once: {large.first:.1f} s, {large.memory:.0f} MB")
    aim = f"aim: 1,000 accounts at most {AIM} times the bound, 10,000 ten times that, at most {MEMORY_MB} MB"
    print(f"{aim}: {'reached' if reached else 'missed'}\n")
    return reached or quick
