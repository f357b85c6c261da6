"""Any report that AWS could write comes back from SQL as it was written: columns in any order, tokens, names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from csv import writer
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.reports import ACCOUNT, HEADER, root
from support.server import Server, install, new_database

from iam_fdw.tables import CREDENTIAL_REPORT

Db = psycopg.Connection[Any]
TYPES = {column.name: column.type for column in CREDENTIAL_REPORT.columns}
TOKENS = ["N/A", "no_information", "not_supported"]
NAME = st.text("abcXYZ019_+=,.@-", min_size=1, max_size=64)
TIME = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda time: time.replace(microsecond=0))
# PostgreSQL has no text with NUL, and a report no line breaks in an unquoted field.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\x1c\x1d\x1e\x85\u2028\u2029"), max_size=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def db(server: Server, folder: Path) -> Iterator[Db]:
    with (
        new_database(server, "properties") as name,
        psycopg.connect(host=server.host, port=server.port, user="postgres", dbname=name, autocommit=True) as db,
    ):
        install(db, source=str(folder / "report.csv"))
        db.execute("set timezone = 'Asia/Kathmandu'")
        yield db


@st.composite
def field(draw: st.DrawFn, name: str) -> str:
    """Draw what AWS writes in a field, and now and then what it does not."""
    if name.endswith(("_active", "_enabled")):
        return draw(st.sampled_from(["true", "false", "TRUE", "FALSE", *TOKENS]))
    if TYPES.get(name) == "timestamptz":
        time = draw(TIME)
        zone = draw(st.sampled_from(["Z", "+00:00"]))
        return draw(st.sampled_from([f"{time.isoformat()}{zone}", *TOKENS, "unheard_of"]))
    return draw(st.one_of(st.sampled_from(TOKENS), TEXT))


@st.composite
def report(draw: st.DrawFn) -> tuple[list[str], list[dict[str, str]]]:
    """Draw a header in any order, with columns missing and unheard of, and the rows of root and some users."""
    others = [name for name in HEADER if name not in ("user", "arn")]
    kept = draw(st.lists(st.sampled_from(others), unique=True))
    new = draw(st.lists(st.from_regex(r"[a-z_]{3,12}_new", fullmatch=True), unique=True, max_size=2))
    header = draw(st.permutations(["user", "arn", *kept, *new]))
    users = draw(st.lists(NAME, unique=True, max_size=4))
    rows = []
    for name in ["<root_account>", *users]:
        path = draw(st.sampled_from(["", "team/", "a/b,c/"]))
        arn = f"arn:aws:iam::{ACCOUNT}:" + ("root" if name == "<root_account>" else f"user/{path}{name}")
        row = {column: draw(field(column)) for column in header}
        rows.append({**row, "user": name, "arn": arn})
    return header, rows


def written(header: list[str], rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    to = writer(text, lineterminator="\n")
    to.writerow(header)
    to.writerows([row[name] for name in header] for row in rows)
    return text.getvalue().encode()


def expected(column: str, row: dict[str, str]) -> Optional[object]:
    """Return the value of a column, by the plain words of AWS.md and DESIGN.md."""
    value = row.get({"user_name": "user", "user_arn": "arn"}.get(column, column))
    if value is None or value in TOKENS or value == "":
        return None
    if TYPES[column] == "boolean":
        return value.lower() == "true"
    if TYPES[column] == "timestamptz":
        if value == "unheard_of":
            return None
        return datetime.strptime(value.replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S%z")
    return value


OURS = ("generated_time", "password_status", "partition", "region", "account_id", "account_name", "is_root", "raw")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(report())
@example((HEADER, [root()]))
def test_what_is_written_comes_back(db: Db, folder: Path, drawn: tuple[list[str], list[dict[str, str]]]) -> None:
    header, rows = drawn
    (folder / "report.csv").write_bytes(written(header, rows))
    cursor = db.execute("select * from aws_iam_credential_report")
    names = [column.name for column in cursor.description or ()]
    found = [dict(zip(names, row)) for row in cursor.fetchall()]
    assert [row["raw"] for row in found] == rows
    for got, row in zip(found, rows):
        for column in names:
            if column not in OURS:
                assert got[column] == expected(column, row), (column, row)
        assert got["is_root"] == (row["user"] == "<root_account>")
        assert (got["account_id"], got["partition"]) == (ACCOUNT, "aws")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(NAME, unique=True, min_size=1, max_size=5))
def test_a_user_is_found_by_name_whatever_it_is(db: Db, folder: Path, users: list[str]) -> None:
    arns = [{"user": name, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}"} for name in users]
    rows = [root(), *({**root(), **arn} for arn in arns)]
    # as AWS might write a comma, for all that is known: without quotes
    content = "\n".join(",".join(text) for text in [HEADER, *([row[name] for name in HEADER] for row in rows)])
    (folder / "report.csv").write_bytes(content.encode())
    for name in users:
        query = "select user_name, user_arn from aws_iam_credential_report where user_name = %s"
        assert db.execute(query, (name,)).fetchall() == [(name, f"arn:aws:iam::{ACCOUNT}:user/{name}")]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_report_that_is_cut_or_changed_is_never_read_as_another(db: Db, folder: Path, data: st.DataObject) -> None:
    now = datetime(2026, 11, 23, tzinfo=timezone.utc)
    users = [{**root(), "user": f"u{n}", "arn": f"arn:aws:iam::{ACCOUNT}:user/u{n}"} for n in range(3)]
    for days, row in enumerate(users):
        row["user_creation_time"] = f"{now - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    content = written(HEADER, [root(), *users]).rstrip(b"\n")
    end = data.draw(st.integers(0, len(content) - 1))
    (folder / "report.csv").write_bytes(content[:end])
    query = "select user_name, raw from aws_iam_credential_report"
    try:
        found = db.execute(query.encode()).fetchall()
    except psycopg.Error as error:
        message = str(error)
        assert "could not read the credential report of file report.csv" in message
    else:  # cut between two rows: nothing in the file tells, and what is there is right
        whole = [root(), *users]
        assert [raw for _, raw in found] == whole[: len(found)]
        assert content[end : end + 1] == b"\n" or content[end - 1 : end] == b"\n"
