"""100,000 random users, judged by the SQL of the checks and by the oracle, which must agree."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import psycopg
import pytest
from conftest import Server, install, new_database
from oracle import LIMITS, Verdict, judge
from reports import HEADER, root, user

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=timezone.utc)
BOOLEANS = ("true", "false", "TRUE", "FALSE", "not_supported", "N/A", "", "yes")
DATES = ("N/A", "no_information", "not_supported", "", "yesterday", "2026-02-30T00:00:00Z", "2026-11-01 00:00:00")
DATE_FIELDS = [
    name for name in HEADER if name.endswith(("_time", "_used", "_changed", "_rotation", "_rotated", "_date"))
]
OTHER_LIMITS = {
    "root_use_max_age": timedelta(days=10),
    "unused_max_age": timedelta(hours=30),
    "access_key_max_age": timedelta(days=45),
    "setup_window": timedelta(hours=1),
    "never_used_grace": timedelta(days=7),
    "inactive_max_age": timedelta(days=45),
    "inactive_key_max_age": timedelta(days=1),
    "password_max_age": timedelta(days=400),
    "report_max_age": timedelta(minutes=5),
}

Db = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def db(server: Server, folder: Path) -> Iterator[Db]:
    with new_database(server, "oracle") as name:
        where = {"host": server.host, "port": server.port, "dbname": name}
        with psycopg.connect(user="postgres", autocommit=True, **where) as db:  # type: ignore[arg-type]
            install(db, source=str(folder))
            db.execute(f"set iam_fdw.now = '{NOW.isoformat()}'".encode())
            db.execute("set jit = off")
            yield db


class Maker:
    """Makes rows in which whatever a rule compares lies on, or a second beside, a limit as often as anywhere else."""

    def __init__(self, seed: int, limits: Mapping[str, timedelta]) -> None:
        self.random = random.Random(seed)
        self._ages = sorted({*limits.values(), timedelta(days=3), timedelta(days=400)})

    def moment(self) -> datetime:
        age = self.random.choice(self._ages)
        kind = self.random.random()
        if kind < 0.6:
            return NOW - age + timedelta(seconds=self.random.choice((-1, 0, 1)))
        if kind < 0.95:
            return NOW - timedelta(seconds=self.random.randrange(500 * 86400))
        return NOW + timedelta(seconds=self.random.randrange(1, 5 * 86400))

    def written(self, moment: datetime) -> str:
        return f"{moment:%Y-%m-%dT%H:%M:%S}{self.random.choice(('Z', '+00:00'))}"

    def row(self, row: dict[str, str], strange: float) -> dict[str, str]:
        """Fill a row. strange: how often a field has another token than AWS would write there."""
        chance = self.random.random
        for name in HEADER:
            if name in DATE_FIELDS:
                row[name] = self.written(self.moment())
            elif name.endswith(("_active", "_enabled")):
                row[name] = self.random.choice(("true", "false"))
        if chance() < 0.5:
            row["password_last_used"] = "no_information"
        if row["password_enabled"] == "false" and chance() < 0.8:
            row.update(password_last_used="N/A", password_last_changed="N/A")
        if chance() < 0.7:
            row["password_next_rotation"] = "N/A"
        for slot in (1, 2):
            prefix = f"access_key_{slot}_"
            if row[f"{prefix}active"] == "false" and chance() < 0.7:
                row.update({f"{prefix}last_rotated": "N/A", f"{prefix}last_used_date": "N/A"})
            elif chance() < 0.4:
                row[f"{prefix}last_used_date"] = "N/A"
            elif chance() < 0.3:  # about the minute of its rotation
                rotated = datetime.fromisoformat(row[f"{prefix}last_rotated"].replace("Z", "+00:00"))
                used = rotated.replace(second=0) + timedelta(minutes=self.random.choice((-1, 0, 1)))
                row[f"{prefix}last_used_date"] = self.written(used)
            if row[f"{prefix}last_rotated"] != "N/A" and chance() < 0.2:
                rotated = datetime.fromisoformat(row[f"{prefix}last_rotated"].replace("Z", "+00:00"))
                seconds = self.random.choice((-11, -10, 0, 9, 10, 11, 3600, 3601))
                row["user_creation_time"] = self.written(rotated - timedelta(seconds=seconds))
            row[f"cert_{slot}_active"] = self.random.choice(("true", "false", "false", "false"))
        for name in (*DATE_FIELDS, *(name for name in HEADER if name.endswith(("_active", "_enabled")))):
            if chance() < strange:
                row[name] = self.random.choice(DATES if name in DATE_FIELDS else BOOLEANS)
        return row

    def report(self, account_id: str, users: int, strange: float) -> bytes:
        fields = [*HEADER]
        rows = [self.row(root(account_id), strange)]
        rows += [self.row(user(f"user-{number:05}", account_id), strange) for number in range(users)]
        if self.random.random() < 0.5:
            fields.append("additional_credentials_info")
            for row in rows:
                row["additional_credentials_info"] = self.random.choice(
                    ("N/A", "N/A", "", "1 access key", "not_supported")
                )
        for name in self.random.sample(HEADER[2:], self.random.choice((0, 0, 0, 1, 2))) if users < 5000 else []:
            fields.remove(name)
        lines = [fields, *([row[name] for name in fields] for row in rows)]
        return "".join(f"{','.join(line)}\n" for line in lines).encode()


def compare(db: Db, folder: Path, maker: Maker, sizes: list[tuple[int, float]], limits: Mapping[str, timedelta]) -> int:
    """Make an account of each size and strangeness, and compare. Return the number of verdicts."""
    for file in folder.iterdir():
        file.unlink()
    told: dict[str, tuple[bytes, Optional[datetime]]] = {}
    for place, (users, strange) in enumerate(sizes):
        account_id = f"{100_000_000_000 + place}"
        age = limits["report_max_age"] + timedelta(seconds=maker.random.choice((-1, 0, 1)))
        made = None if place % 7 == 6 else NOW - age
        told[account_id] = maker.report(account_id, users, strange), made
        (folder / (f"{account_id}_{made:%Y-%m-%dT%H:%M:%SZ}.csv" if made else f"{account_id}.csv")).write_bytes(
            told[account_id][0]
        )
    seen: Counter[tuple[str, str]] = Counter()
    with db.transaction(), db.cursor(name="results") as cursor:
        cursor.itersize = 50_000
        cursor.execute(
            "select account_id, check_id, user_name, credential, status, coalesce(reason, '') = ''"
            " from iam_check_result"
        )
        found: dict[str, Counter[Verdict]] = {account_id: Counter() for account_id in told}
        for account_id, check_id, user_name, credential, status, is_silent in cursor:
            assert not is_silent, (check_id, status)
            found[account_id][Verdict(check_id, user_name, credential, status)] += 1
            seen[check_id, status] += 1
    for account_id, (report, made) in told.items():
        expected = Counter(judge(report, NOW, made, limits))
        wrong = sorted(expected - found[account_id], key=str), sorted(found[account_id] - expected, key=str)
        lines = report.decode().split("\n")
        names = {verdict.user_name for side in wrong for verdict in side[:5]}
        rows = [dict(zip(lines[0].split(","), line.split(","))) for line in lines if line.split(",")[0] in names]
        assert wrong == ([], []), (wrong[0][:5], wrong[1][:5], rows[:3])
    if limits is LIMITS and len(sizes) > 50:
        checks = {check_id for check_id, _ in seen}
        assert len(checks) == 26
        for check_id in checks:
            expected_statuses = {"alarm", "info"} if check_id == "root_hardware_mfa" else {"ok", "alarm", "skip"}
            assert {status for name, status in seen if name == check_id} == expected_statuses, check_id
    return sum(seen.values())


def test_a_hundred_thousand_users_are_judged_as_the_oracle_does(db: Db, folder: Path) -> None:
    ordinary = [(5000, strange) for strange in (0.0, 0.0, 0.01, 0.03, 0.1, 0.3) for _ in range(4)][:20]
    small = [(number % 3, strange) for number in range(300) for strange in (0.0, 0.2)]
    assert compare(db, folder, Maker(1, LIMITS), ordinary + small, LIMITS) > 1_500_000


def test_other_limits_in_other_time_zones_are_judged_as_the_oracle_does(db: Db, folder: Path) -> None:
    for name, limit in OTHER_LIMITS.items():
        db.execute(f"set iam_fdw.{name} = '{int(limit.total_seconds())} seconds'".encode())
    try:
        for seed, zone in enumerate(("Pacific/Kiritimati", "Etc/GMT+12", "America/Sao_Paulo")):
            db.execute(f"set timezone = '{zone}'".encode())
            sizes = [(700, strange) for strange in (0.0, 0.05, 0.3)] + [(1, 0.2)] * 40
            assert compare(db, folder, Maker(seed + 2, OTHER_LIMITS), sizes, OTHER_LIMITS) > 20_000
    finally:
        for name in OTHER_LIMITS:
            db.execute(f"reset iam_fdw.{name}".encode())
        db.execute("reset timezone")
