"""iam_check_result against the rules a second time (oracle.py), for random reports."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Optional

import psycopg
import pytest
from support.oracle import LIMITS, ROOT, ROOT_CHECKS, Finding, judge
from support.reports import HEADER
from support.server import Server, install, new_database

from iam_fdw.checks import CHECKS

NOW = datetime(2026, 11, 23, 1, 30, 17, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)
COLUMNS = [*HEADER, "additional_credentials_info"]
BOOLEANS = [name for name in COLUMNS if name.endswith(("_active", "_enabled"))]
DATES = [name for name in COLUMNS if name.endswith(("_time", "_used", "_changed", "_rotation", "_rotated", "_date"))]
ODD = ["not_supported", "N/A", "no_information", "garbage", "", "now", "epoch", "1", "t", "yes", "True", " true"]
ODD_DATES = [
    "2026-11-01",
    "2026-11-01T00:00:00",
    "2026-11-01 00:00:00+00:00",
    "2026-11-01T00:00:00+02:00",
    "2026-11-01T00:00:00-00:00",
    "2026-11-01T00:00:00z",
    "2026-02-30T00:00:00Z",
    "2026-11-01T24:00:00Z",
    "2026-11-01T23:59:60Z",
    "2026-11-01T00:00:00Z ",
    "infinity",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2024-02-29T23:59:59+00:00",
]
EXTRA = ["N/A", "", "not_supported", "no_information", "3", "2 more access keys", "true"]
OTHER_LIMITS = {
    **dict.fromkeys(LIMITS, timedelta(days=30, seconds=1)),
    "unused_max_age": timedelta(0),
    "setup_window": timedelta(0),
    "never_used_grace": timedelta(days=7),
    "report_max_age": timedelta(minutes=30),
}
MORE_LIMITS = {
    **{name: 2 * limit for name, limit in LIMITS.items()},
    "root_use_max_age": timedelta(0),
    "inactive_max_age": timedelta(days=3650),
    "never_used_grace": timedelta(hours=36),
    "setup_window": timedelta(days=1),
}

Db = psycopg.Connection[Any]


class Account(NamedTuple):
    account_id: str
    report: bytes
    generated_time: Optional[datetime]


class Maker:
    """Random rows of reports: many are ordinary, the others may hold anything anywhere."""

    def __init__(self, seed: int, limits: Mapping[str, timedelta]) -> None:
        self.random = Random(seed)
        self.limits = list(limits.values())
        self.account = 100_000_000_000

    def written(self, moment: datetime) -> str:
        form = self.random.choice(("{:%Y-%m-%dT%H:%M:%S}Z", "{:%Y-%m-%dT%H:%M:%S}+00:00"))
        return form.format(moment)

    def moment(self) -> datetime:
        """Return a time around a limit, or any of ten years, the next among them."""
        random = self.random
        if random.random() < 0.4:
            border = random.choice([*self.limits, timedelta(hours=-1)])
            return NOW - border + random.choice((-SECOND, timedelta(0), SECOND))
        return NOW - timedelta(seconds=random.randint(*random.choice(((-(10**6), 10**7), (-3 * 10**7, 3 * 10**8)))))

    def boolean(self) -> str:
        return self.random.choices(("true", "false", "TRUE", "FALSE", self.random.choice(ODD)), (30, 30, 10, 10, 20))[0]

    def date(self) -> str:
        random = self.random
        fractions = self.written(self.moment()).replace("Z", f".{random.randint(0, 999999)}Z")
        found = (
            self.written(self.moment()),
            random.choice(("N/A", "no_information")),
            random.choice(ODD),
            random.choice(ODD_DATES),
            fractions,
        )
        return random.choices(found, (55, 20, 15, 8, 2))[0]

    def value(self, column: str) -> str:
        if column in BOOLEANS:
            return self.boolean()
        if column in DATES:
            return self.date()
        return self.random.choice(EXTRA if column.startswith("additional") else ["N/A", "eu-west-1", "s3", "garbage"])

    def ordinary(self) -> dict[str, str]:
        """Return fields as AWS writes them, of a user who may have a password and keys."""
        random = self.random
        row = dict.fromkeys(COLUMNS, "N/A") | dict.fromkeys(BOOLEANS, "false")
        created = self.moment()
        row["user_creation_time"] = self.written(created)
        if random.random() < 0.6:
            row["password_enabled"] = "true"
            row["password_last_changed"] = self.written(self.moment())
            used = "no_information" if random.random() < 0.3 else self.written(self.moment())
            row["password_last_used"] = used
            if random.random() < 0.3:
                row["password_next_rotation"] = self.written(self.moment())
        row["mfa_active"] = random.choice(("true", "false"))
        for slot in ("access_key_1", "access_key_2"):
            if random.random() < 0.5:
                continue
            rotated = self.moment()
            if random.random() < 0.2:
                window = random.choice((timedelta(0), random.choice(self.limits)))
                rotated = created + random.choice((-1, 1)) * window + random.choice((-1, 0, 1)) * SECOND
            row[f"{slot}_active"] = random.choice(("true", "true", "false"))
            row[f"{slot}_last_rotated"] = self.written(rotated)
            if random.random() < 0.3:
                since = random.choice((rotated, rotated.replace(second=0)))
                used_key = since + random.choice((-61, -60, -59, -1, 0, 1, 59, 60)) * SECOND
                row[f"{slot}_last_used_date"] = self.written(used_key)
            elif random.random() < 0.7:
                row[f"{slot}_last_used_date"] = self.written(self.moment())
        for slot in ("cert_1", "cert_2"):
            if random.random() < 0.1:
                row[f"{slot}_active"] = random.choice(("true", "false"))
                row[f"{slot}_last_rotated"] = self.written(self.moment())
        return row

    def fields(self, strangeness: float) -> dict[str, str]:
        """Return the fields of a user: ordinary, with some strange ones, or with nothing but strange ones."""
        random = self.random
        row = self.ordinary()
        kind = random.random()
        if kind < strangeness / 4:
            changed = COLUMNS[2:]
        elif kind < strangeness:
            changed = random.sample(COLUMNS[2:], random.randint(1, 4))
        else:
            changed = []
        return row | {column: self.value(column) for column in changed}

    def make(self, users: int, strangeness: float, lacking: float = 0, has_commas: bool = False) -> Account:
        """Return an account of root and so many users.

        lacking: how probable it is that the report lacks columns, or the row of root.
        """
        random = self.random
        self.account += random.randint(1, 10**6)
        account_id = str(self.account)
        rows = []
        for number in range(users + 1):
            prefix = random.choices(("user", "BedrockAPIKey", "BedrockAPIKeys"), (90, 8, 2))[0]
            name = f"{prefix}{',' if has_commas and random.random() < 0.1 else '-'}{number}" if number else ROOT
            arn = f"arn:aws:iam::{account_id}:{f'user/{name}' if number else 'root'}"
            rows.append({**self.fields(strangeness), "user": name, "arn": arn})
        columns = COLUMNS[:]
        if random.random() < 0.5:
            columns.remove("additional_credentials_info")  # as in every report of today
        if random.random() < lacking:
            dropped = set(random.sample(COLUMNS[2:], random.choice((1, 1, 2, 5, 15))))
            columns = [column for column in columns if column not in dropped]
            random.shuffle(columns)
            if users and random.random() < 0.3:
                del rows[0]
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator=random.choice(("\n", "\r\n")))
        writer.writeheader()
        writer.writerows(rows)
        return Account(account_id, text.getvalue().encode(), self.generated_time())

    def generated_time(self) -> Optional[datetime]:
        random = self.random
        ages = [timedelta(hours=1), timedelta(hours=-1), timedelta(hours=-1, seconds=-1), timedelta(days=400)]
        ages += [random.choice(self.limits) + seconds * SECOND for seconds in (-1, 0, 1)]
        return None if random.random() < 0.15 else NOW - random.choice(ages)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def installed(server: Server, folder: Path) -> Iterator[str]:
    with new_database(server, "oracle") as name:
        with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db:
            install(db, source=str(folder))
        yield name


@pytest.fixture
def db(server: Server, installed: str, folder: Path) -> Iterator[Db]:
    """A session whose now is NOW, over an empty folder."""
    for file in folder.iterdir():
        file.unlink()
    with psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=installed, autocommit=True) as db:
        db.execute(f"set iam_fdw.now = '{NOW.isoformat()}'".encode())
        yield db


def results(db: Db) -> dict[str, list[Finding]]:
    """Return what iam_check_result says of each account. Each of its rows has a reason."""
    found = defaultdict(list)
    query = (
        "copy (select account_id, check_id, user_name, credential, status, coalesce(reason, '') ~ '[^ ]'"
        " from iam_check_result) to stdout"
    )
    with db.cursor().copy(query.encode()) as copy:
        text = b"".join(copy).decode()
    for line in text.splitlines():
        account_id, check_id, user_name, credential, status, has_reason = line.split("\t")
        assert has_reason == "t", line
        found[account_id].append((check_id, user_name, None if credential == r"\N" else credential, status))
    return found


def compare(db: Db, folder: Path, accounts: list[Account], limits: Mapping[str, timedelta]) -> Counter[tuple[str, str]]:
    """Compare results with the oracle's for these reports. Return how often each check has each status."""
    for account_id, report, generated_time in accounts:
        made = f"_{generated_time:%Y-%m-%dT%H:%M:%SZ}" if generated_time else ""
        (folder / f"{account_id}{made}.csv").write_bytes(report)
    found = results(db)
    assert sorted(found) == sorted(account.account_id for account in accounts)
    counts: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    for account_id, report, generated_time in accounts:
        said, expected = set(found[account_id]), judge(report, NOW, generated_time, limits)
        assert len(said) == len(found[account_id]), f"account {account_id} has a result twice"
        counts.update((check_id, status) for check_id, _, _, status in said)
        if said != expected:
            wrong += disagreements(said, expected, report, generated_time)
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:10])
    return counts


def disagreements(
    said: set[Finding], expected: set[Finding], report: bytes, generated_time: Optional[datetime]
) -> Iterator[str]:
    rows = {row["user"]: row for row in csv.DictReader(io.StringIO(report.decode(), newline=""))}
    of_sql = {finding[:3]: finding[3] for finding in said}
    of_oracle = {finding[:3]: finding[3] for finding in expected}
    for thing in sorted({finding[:3] for finding in said ^ expected}, key=str):
        verdicts = f"SQL {of_sql.get(thing)}, oracle {of_oracle.get(thing)}"
        yield f"{thing}: {verdicts}; report of {generated_time}, row {rows.get(thing[1])}"


def apply_limits(db: Db, limits: Mapping[str, timedelta]) -> None:
    for name, limit in limits.items():
        db.execute(f"set iam_fdw.{name} = '{limit.days} days {limit.seconds} seconds'".encode())


def test_results_are_those_of_the_oracle(db: Db, folder: Path) -> None:
    maker = Maker(20261123, LIMITS)
    accounts = [maker.make(5000, strangeness=0.4, has_commas=number % 4 == 0) for number in range(20)]
    accounts += [maker.make(0, strangeness=0.9, lacking=0.3) for _ in range(300)]
    accounts += [maker.make(5, strangeness=0.4, lacking=1) for _ in range(100)]
    counts = compare(db, folder, accounts, LIMITS)
    checks = {check_id for (check_id,) in db.execute("select check_id from iam_check").fetchall()}
    assert checks == {check.check_id for check in CHECKS}
    assert checks > set(ROOT_CHECKS)
    statuses = {check_id: {"ok", "alarm", "skip"} for check_id in checks} | {"root_hardware_mfa": {"alarm", "info"}}
    assert set(counts) == {(check_id, status) for check_id in checks for status in statuses[check_id]}


@pytest.mark.parametrize(
    ("zone", "limits"), [("Pacific/Kiritimati", OTHER_LIMITS), ("Etc/GMT+12", MORE_LIMITS)], ids=["east", "west"]
)
def test_results_are_those_of_the_oracle_by_other_limits_in_other_zones(
    db: Db, folder: Path, zone: str, limits: Mapping[str, timedelta]
) -> None:
    db.execute(f"set timezone = '{zone}'".encode())
    apply_limits(db, limits)
    maker = Maker(7, limits)
    accounts = [maker.make(1900, strangeness=0.5), *(maker.make(1, strangeness=0.9, lacking=0.3) for _ in range(100))]
    compare(db, folder, accounts, limits)
