"""All checks over the users of an organization, against counting them."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import psycopg
from cluster import Cluster, install
from kept import least
from support.emulator import Emulator
from support.reports import ACCOUNT, ago, csv, root, user

USERS = 100_000
OF_AN_ACCOUNT = 5_000
RUNS = 5
AIM = 5.0
AIM_MB = 150
COUNT = "count(*)"
QUERIES = {
    COUNT: "select count(*) from aws_iam_credential_report",
    "all checks, iam_check_summary": "select sum(ok + alarm + info + skip + error) from iam_check_summary",
    "the same, and every reason": "select count(reason) from iam_check_result",
    "one check": "select count(reason) from iam_check_result where check_id = 'user_console_without_mfa'",
    "one benchmark": "select count(reason) from iam_benchmark_result where benchmark = 'cis_v7.0.0'",
    "all benchmarks": "select count(reason) from iam_benchmark_result",
}


def report(account_id: str, users: int, chooser: random.Random) -> bytes:
    """Return a report in which half of the users have a password, and four tenths each of the keys."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    rows = [root(account_id, mfa_active="true")]
    for number in range(users):
        fields = {"mfa_active": chooser.choice(["true", "false"])}
        if chooser.random() < 0.5:
            used = chooser.choice(["no_information", ago(now, chooser.random() * 400)])
            changed = ago(now, chooser.random() * 400)
            fields.update(password_enabled="true", password_last_used=used, password_last_changed=changed)
        for slot in (1, 2):
            if chooser.random() < 0.4:
                fields[f"access_key_{slot}_active"] = chooser.choice(["true", "false"])
                fields[f"access_key_{slot}_last_rotated"] = ago(now, chooser.random() * 400)
                fields[f"access_key_{slot}_last_used_date"] = chooser.choice(["N/A", ago(now, chooser.random() * 100)])
        rows.append(user(f"user-{number:05}", account_id, **fields))
    return csv(*rows)


def timing(connection: psycopg.Connection[Any], query: str) -> Callable[[], float]:
    """Return what times a query."""

    def measure() -> float:
        start = time.perf_counter()
        row = connection.execute(query.encode()).fetchone()
        seconds = time.perf_counter() - start
        if row is None or not row[0]:
            raise RuntimeError(f"{query} has no result")
        return seconds

    return measure


def run(cluster: Cluster, quick: bool) -> bool:
    """Measure, print the table; return whether the aims are reached (not judged when quick)."""
    users = USERS // 10 if quick else USERS
    chooser = random.Random(1)
    with Emulator() as emulator, cluster.connect() as setup:
        made = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=5)
        for account_id in emulator.organization(users // OF_AN_ACCOUNT, ACCOUNT):
            account = emulator.account(account_id)
            account.report, account.generated_time = report(account_id, OF_AN_ACCOUNT, chooser), made
        install(setup, endpoint_url=emulator.url, accounts="organization", role_name="audit")
        rows = setup.execute("select count(*) from aws_iam_credential_report").fetchone()  # and keeps the copies
        if rows != (users + users // OF_AN_ACCOUNT,):
            raise RuntimeError(f"there are {rows} rows")
        with cluster.connect() as one:
            found = least({name: timing(one, query) for name, query in QUERIES.items()}, 1 if quick else RUNS)
            status = Path(f"/proc/{one.info.backend_pid}/status").read_text()
            most = int(status.split("VmHWM:")[1].split()[0]) / 1024
            ((results,),) = one.execute("select count(*) from iam_check_result").fetchall()
    reference = found[COUNT]
    print(f"checks: {users:,} users in accounts of {OF_AN_ACCOUNT:,}, kept reports, {results:,} results")
    print(f"{'':32}{'min s':>8}{'median s':>10}{'ratio of min':>14}{'of median':>11}")
    for name, (minimum, median) in found.items():
        ratios = f"{minimum / reference[0]:>14.2f}{median / reference[1]:>11.2f}"
        print(f"{name:32}{minimum:>8.2f}{median:>10.2f}{ratios}")
    ratio = found["all checks, iam_check_summary"][0] / reference[0]
    print(f"most memory of the backend: {most:.0f} MB")
    reached = ratio <= AIM and most <= AIM_MB
    print(f"aim: at most {AIM} times {COUNT}, and {AIM_MB} MB: {'reached' if reached else 'missed'}\n")
    return reached or quick
