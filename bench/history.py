"""Years of four-hourly snapshots: their size, the time to record them, and that of questions about the past."""

from __future__ import annotations

import random
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from accounts import aws, memory
from checks import timing
from cluster import Cluster, install
from kept import least
from support.reports import HEADER, ago, root, user

USERS = 50
EVERY = timedelta(hours=4)
A_YEAR = 365 * 6  # reports
RUNS = 5
# Of a user in four hours: a key or password is used (which the report tells), MFA goes on or off, the user goes.
USED, CHANGED, GONE = 0.03, 0.0005, 0.0002
LIVE = "the reports of now"


class Size(NamedTuple):
    """How much was saved: snapshots, their bytes, and how often something changed."""

    snapshots: int
    bytes: int
    changes: int


def save(folder: Path, accounts: int, reports: int) -> Size:
    """Save so many reports of each account, four hours apart, the last of which is of now."""
    from iam_fdw.saved import formats
    from iam_fdw.saved.names import snapshot_name

    chooser = random.Random(1)
    end = datetime.now(timezone.utc).replace(microsecond=0)
    size = changes = 0
    header = ",".join(HEADER)
    for account_id in (f"{100_000_000_000 + place}" for place in range(accounts)):

        def row(name: str, account_id: str = account_id, **fields: str) -> str:
            made = {"access_key_1_active": "true", "access_key_1_last_rotated": ago(end, 400)}
            return ",".join((user(name, account_id, **{**made, **fields})).values())

        first = ",".join(root(account_id, mfa_active="true").values())
        rows = [row(f"user-{number:05}") for number in range(USERS)]
        for number in range(reports):
            made = end - (reports - 1 - number) * EVERY
            for place in range(USERS):
                if chooser.random() < USED + CHANGED + GONE:
                    changes += 1
                    which = chooser.random() * (USED + CHANGED + GONE)
                    name = rows[place].partition(",")[0]
                    if which < GONE:
                        name = f"user-{number:05}-{place}"
                    mfa = "true" if GONE < which < GONE + CHANGED else "false"
                    rows[place] = row(name, mfa_active=mfa, access_key_1_last_used_date=ago(made))
            file = folder / snapshot_name(account_id, made)
            file.parent.mkdir(parents=True, exist_ok=True)
            size += file.write_bytes(formats.compress("\n".join([header, first, *rows]).encode()))
    return Size(accounts * reports, size, changes)


def one(connection: psycopg.Connection[Any], query: str) -> Any:
    """Return the one value of a query."""
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def measure(cluster: Cluster, accounts: int, years: float) -> None:
    """Save, record, ask; print a line."""
    reports = int(years * A_YEAR)
    with tempfile.TemporaryDirectory(prefix="snapshots.") as temporary, cluster.connect() as connection:
        size = save(Path(temporary), accounts, reports)
        install(connection, source=temporary, snapshots=temporary)
        start = time.perf_counter()
        connection.execute("call iam_record_history(from_snapshots => true)")
        recorded = time.perf_counter() - start
        connection.execute("vacuum analyze iam_history, iam_history_account, iam_history_report")
        rows, users = one(connection, "select count(*) from iam_history"), accounts * (USERS + 1)
        relations = "unnest(array['iam_history', 'iam_history_account', 'iam_history_report']::regclass[])"
        taken = one(connection, f"select sum(pg_total_relation_size(one))::float8 from {relations} as one")
        start = time.perf_counter()
        connection.execute("call iam_record_history()")
        unchanged = time.perf_counter() - start
        if one(connection, "select count(*) from iam_history") != rows:
            raise RuntimeError("an unchanged report cost a row")
        queries = {LIVE: "select count(raw) from aws_iam_credential_report_or_error"}
        for name, ago_ in (("first", reports - 1), ("middle", reports // 2), ("last", 0)):
            moment = f"now() - {ago_} * interval '4 hours'"
            queries[name] = f"select count(raw) from iam_report_at({moment})"
        queries["changes of a day"] = (
            "select count(*) from iam_change where seen_at > now() - interval '2 days'"
            " and seen_at <= now() - interval '1 day'"
        )
        queries["all of a user"] = (
            "select 1 + count(*) from iam_change where account_id = '100000000000' and user_name = 'user-00001'"
        )
        found = least({name: timing(connection, query) for name, query in queries.items()}, RUNS)
        if one(connection, queries["last"]) != users:
            raise RuntimeError("the past is not whole")
        most = memory(connection)
        connection.execute("truncate iam_history, iam_history_account, iam_history_report")  # for the next install
    print(
        f"{accounts:>9}{years:>6.2g}{size.snapshots:>10,}{size.bytes / 1e6:>9,.0f}{rows:>10,}{taken / 1e6:>8,.0f}"
        f"{taken / rows:>7.0f}{recorded:>10.1f}{1000 * recorded / size.snapshots:>7.2f}{unchanged:>11.2f}{most:>6.0f}",
        flush=True,
    )
    live = found[LIVE][0]
    print("".join(f"    {name} {1000 * seconds:.1f} ms ({seconds / live:.2f})" for name, (seconds, _) in found.items()))


def saving(accounts: int) -> None:
    """Print how long iam-fdw snapshot takes, the first time and again."""
    from iam_fdw.saved import write

    with aws(accounts, USERS + 1) as (url, _), tempfile.TemporaryDirectory(prefix="snapshots.") as temporary:
        given = {"endpoint_url": url, "accounts": "organization", "role_name": "audit", "snapshots": temporary}
        given.update(aws_access_key_id="AKIA111122223333", aws_secret_access_key="of/the+emulator/that/checks/none")
        for expected in (write.SAVED, write.UNCHANGED):
            start = time.perf_counter()
            states = {done.state for done in write.save(write.settings_of(given))}
            print(f"{accounts} accounts {expected}: {time.perf_counter() - start:.2f} s")
            if states != {expected}:
                raise RuntimeError(f"they were {states}")


def run(cluster: Cluster, quick: bool) -> bool:
    """Measure, and print tables. There is no aim to miss, but that an unchanged report costs no row."""
    print(f"history: {USERS} users in each account, a report each 4 hours")
    print(
        f"{'accounts':>9}{'years':>6}{'snapshots':>10}{'MB gzip':>9}{'rows':>10}{'MB':>8}{'B/row':>7}"
        f"{'record s':>10}{'ms of':>7}{'again s':>11}{'MB':>6}"
    )
    for accounts, years in ((5, 0.1), (10, 0.1)) if quick else ((25, 1), (100, 1), (25, 4)):
        measure(cluster, accounts, years)
    saving(20 if quick else 100)
    print()
    return True
