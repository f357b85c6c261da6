"""The dashboard for Grafana: each query as a reader runs it, each number by hand from the sample account."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.reports import csv, root
from support.server import TREE, Connect, install, save

from iam_fdw.cli import sample

DASHBOARD: dict[str, Any] = json.loads((TREE / "docs" / "dashboards" / "grafana.json").read_text())
PANELS: dict[str, dict[str, Any]] = {f"{panel['type']}: {panel['title']}": panel for panel in DASHBOARD["panels"]}
BY_ID: dict[int, dict[str, Any]] = {panel["id"]: panel for panel in DASHBOARD["panels"]}
(ACCOUNT_VARIABLE,) = (variable for variable in DASHBOARD["templating"]["list"] if variable["name"] == "account")
QUERIES = {
    **{name: panel["targets"][0]["rawSql"] for name, panel in PANELS.items() if "rawSql" in panel["targets"][0]},
    "variable: account": ACCOUNT_VARIABLE["query"],
}
OTHER = "444455556666"
READER = "regress_dashboards"

Db = psycopg.Connection[Any]
Row = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of saved reports, with that of the sample account."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    save(tmp_path, sample.report(now), now)
    return tmp_path


@pytest.fixture
def reader(admin: Db, connect: Connect, folder: Path) -> Db:
    """A session of a role that has what --reader gives, and nothing else."""
    admin.execute(f"drop role if exists {READER}")
    admin.execute(f"create role {READER} login")
    install(admin, source=str(folder), reader=READER)
    return connect(user=READER)


def sqlstring(values: Sequence[str]) -> str:
    """Write the values of a variable as Grafana does for ${name:sqlstring}."""
    return ",".join("'" + value.replace("'", "''").replace('"', '\\"') + "'" for value in values)


def run(db: Db, query: str, accounts: Sequence[str] | None = None) -> list[Row]:
    """Run a query as Grafana sends it, with these accounts chosen, or All: every value that the variable has."""
    if accounts is None and "${account" in query:
        accounts = [value for (value,) in db.execute(ACCOUNT_VARIABLE["query"]).fetchall()]
    statement = query.replace("${account:sqlstring}", sqlstring(accounts or []))
    assert "$" not in statement, "a variable or a macro that is not replaced"
    with db.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(statement.encode()).fetchall()


def shown(db: Db, name: str, accounts: Sequence[str] | None = None) -> list[Row]:
    """Return the rows of a table: those of its query, or of the panel whose result it shares, and what it leaves."""
    panel = PANELS[name]
    (target,) = panel["targets"]
    rows = run(db, target.get("rawSql") or BY_ID[target["panelId"]]["targets"][0]["rawSql"], accounts)
    for transformation in panel.get("transformations", []):
        options = transformation["options"]
        if transformation["id"] == "filterByValue":
            for wanted in options["filters"]:
                rows = [row for row in rows if row[wanted["fieldName"]] == wanted["config"]["options"]["value"]]
        elif transformation["id"] == "organize":
            assert all(set(options["excludeByName"]) <= set(row) for row in rows)
            rows = [{key: row[key] for key in row if key not in options["excludeByName"]} for row in rows]
    return rows


def sums(db: Db, name: str, accounts: Sequence[str] | None = None) -> dict[str, int]:
    """Return what a panel that reduces its fields shows: the sum of each field that it takes."""
    reduce = PANELS[name]["options"]["reduceOptions"]
    assert reduce["calcs"] == ["sum"]
    rows = shown(db, name, accounts)
    fields = [field for field in rows[0] if re.search(reduce["fields"].strip("/"), field)]
    return {field: sum(row[field] or 0 for row in rows) for field in fields}


def number(db: Db, name: str, accounts: Sequence[str] | None = None) -> int:
    (value,) = sums(db, f"stat: {name}", accounts).values()
    return value


def users(rows: list[Row]) -> list[str]:
    return [row["user_name"] for row in rows]


@pytest.mark.parametrize(
    ("accounts", "found"),
    [
        (None, True),
        ([sample.ACCOUNT_ID], True),
        ([sample.ACCOUNT_ID, OTHER], True),
        (["it's", 'a "quote"', "\\', ('"], False),
    ],
    ids=["all", "one", "several", "quotes"],
)
def test_every_query_runs_whatever_is_chosen(reader: Db, accounts: Sequence[str] | None, found: bool) -> None:
    for name, query in QUERIES.items():
        assert bool(run(reader, query, accounts)) is (found or name == "variable: account"), name


def test_numbers(reader: Db) -> None:
    stats = {panel["title"] for panel in PANELS.values() if panel["type"] == "stat"}
    assert {name: number(reader, name) for name in stats} == {
        "Accounts not fresh": 0,
        "Users": 12,
        "Console users without MFA": 3,
        "Root without MFA": 1,
        "Root with access keys": 0,
        "Inactive users": 3,
        "Access keys over max age": 2,
        "Unused access keys": 3,
    }


def test_findings(reader: Db) -> None:
    assert users(shown(reader, "table: Console users without MFA")) == ["Tomasz_Nowak", "chiara_rossi", "grace_okafor"]
    assert users(shown(reader, "table: Inactive users")) == ["Tomasz_Nowak", "chiara_rossi", "elena_petrova"]
    assert users(shown(reader, "table: Access keys over max age")) == ["deploy_pipeline", "Tomasz_Nowak"]
    assert users(shown(reader, "table: Unused access keys")) == ["metrics_reader", "noah_lindqvist", "Tomasz_Nowak"]
    (row,) = shown(reader, "table: Root")
    assert (row["account_id"], row["mfa_active"], row["access_key_1_active"]) == (sample.ACCOUNT_ID, False, False)


def test_access_keys_are_told_with_their_age(reader: Db) -> None:
    rows = shown(reader, "table: Active access keys")
    assert [(row["user_name"], row["access_key"], row["age_days"], row["unused_days"]) for row in rows[2:]] == [
        ("backup_agent", "access_key_1", 45, rows[2]["unused_days"]),
        ("metrics_reader", "access_key_1", 62, None),
        ("noah_lindqvist", "access_key_2", 80, 50),
        ("deploy_pipeline", "access_key_2", 200, rows[5]["unused_days"]),
        ("Tomasz_Nowak", "access_key_1", 600, 480),
    ]


def test_age_bands(reader: Db) -> None:
    bands: dict[str, int] = {}
    for row in shown(reader, "barchart: Age of active access keys"):
        bands[row["age_band"]] = bands.get(row["age_band"], 0) + 1
    assert list(bands.items()) == [
        ("0 to 30 days", 1),
        ("31 to 60 days", 2),
        ("61 to 90 days", 2),
        ("181 to 365 days", 1),
        ("more than 365 days", 1),
    ]


def test_mfa_of_console_users(reader: Db) -> None:
    assert sums(reader, "piechart: MFA of console users") == {"console_with_mfa": 4, "console_without_mfa": 3}


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("iam_check_inactive_users", "table: Inactive users"),
        ("iam_check_access_key_rotation", "table: Access keys over max age"),
        ("iam_check_unused_access_keys", "table: Unused access keys"),
    ],
)
def test_a_rule_is_that_of_the_check(reader: Db, check: str, name: str) -> None:
    settings = [setting for (setting,) in reader.execute("select name from iam_setting").fetchall()]
    for limit in ("1 day", "45 days", "200 days", "3650 days"):
        for setting in settings:
            reader.execute(f"set iam_fdw.{setting} = '{limit}'".encode())
        named = {user for (user,) in reader.execute(f"select user_name from {check}".encode())}
        assert set(users(shown(reader, name))) == named, limit


def test_an_account_that_is_not_chosen_does_not_count(reader: Db, folder: Path) -> None:
    made = datetime.now(timezone.utc) - timedelta(days=1)
    save(folder, csv(root(OTHER, mfa_active="true")), made)
    assert [row["account_id"] for row in shown(reader, "table: Accounts")] == [OTHER, sample.ACCOUNT_ID]
    assert number(reader, "Accounts not fresh") == 1
    assert number(reader, "Root without MFA") == 1
    assert number(reader, "Root without MFA", [OTHER]) == 0
    assert number(reader, "Users", [OTHER]) == 0


def test_an_account_that_could_not_be_read_is_seen_whatever_is_chosen(reader: Db, folder: Path) -> None:
    for file in folder.iterdir():
        file.write_text("no report")
    assert run(reader, ACCOUNT_VARIABLE["query"]) == [
        {"account": "unknown"}
    ]  # with no value, "in ()" would be an error
    for accounts in (None, [sample.ACCOUNT_ID]):
        (row,) = shown(reader, "table: Accounts", accounts)
        assert (row["account_id"], row["state"], row["is_fresh"]) == (None, "error", False)
        assert row["error_message"]
        assert number(reader, "Accounts not fresh", accounts) == 1
    with pytest.raises(psycopg.Error):
        shown(reader, "table: All users")


def test_four_queries_scan_and_each_once() -> None:
    scanned = {
        name: re.findall(r"(?:from|join)\s+((?:aws_)?iam_\w+)\b(?!\()", query) for name, query in QUERIES.items()
    }
    assert {name: [table for table in tables if table != "iam_setting"] for name, tables in scanned.items()} == {
        "table: Accounts": ["iam_check_report_freshness"],
        "table: All users": ["aws_iam_credential_report"],
        "table: Active access keys": ["iam_credential"],
        "variable: account": ["aws_iam_credential_report_status"],
    }
    assert DASHBOARD["refresh"] == ""


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_every_panel_is_explained_and_has_one_source(panel: dict[str, Any]) -> None:
    assert panel["description"].endswith(".")
    (target,) = panel["targets"]
    assert target["datasource"] == panel["datasource"]
    if "panelId" in target:
        assert panel["datasource"] == {"type": "datasource", "uid": "-- Dashboard --"}
        assert "rawSql" in BY_ID[target["panelId"]]["targets"][0]
    else:
        assert panel["datasource"] == {"type": "grafana-postgresql-datasource", "uid": "${datasource}"}
        assert (target["format"], target["rawQuery"]) == ("table", True)
        assert "account_id in (${account:sqlstring})" in target["rawSql"]


def test_panels_are_told_apart_and_do_not_overlap() -> None:
    assert len(BY_ID) == len(PANELS) == len(DASHBOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in PANELS.values():
        grid = panel["gridPos"]
        cells = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_import_asks_for_the_data_source() -> None:
    (asked,) = DASHBOARD["__inputs"]
    assert (asked["type"], asked["pluginId"]) == ("datasource", "grafana-postgresql-datasource")
    (variable,) = (each for each in DASHBOARD["templating"]["list"] if each["name"] == "datasource")
    assert (variable["query"], variable["current"]["value"]) == (asked["pluginId"], "${" + asked["name"] + "}")
