"""Superset: the shipped dashboard, each number by hand from the sample account; and a user's own datasets and SQL."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any, Optional

import pytest

from .conftest import READER, Browser, Place, Superset

DASHBOARD = "dashboard/iam-credentials"
ACCOUNT = "111122223333"
OTHER = "444455556666"
ACCOUNTS = "Accounts, and what came of reading their reports"
NUMBERS = {
    "IAM users": 12,
    "Console users without MFA": 3,
    "Root without MFA": 1,
    "Root with access keys": 0,
    "Users with old access keys": 2,
    "Users with unused access keys": 3,
    "Inactive users": 3,
}
BANDS = {"0 to 30": 1, "31 to 60": 2, "61 to 90": 2, "181 to 365": 1, "over 365": 1}
MFA = {"MFA": 4, "no MFA": 3}
NO_MFA = ["Tomasz_Nowak", "chiara_rossi", "grace_okafor"]
INACTIVE = {"Tomasz_Nowak": 500, "elena_petrova": 140, "chiara_rossi": None}
KEYS = [
    ("Tomasz_Nowak", "access_key_1", 600),
    ("deploy_pipeline", "access_key_2", 200),
    ("noah_lindqvist", "access_key_2", 80),
    ("metrics_reader", "access_key_1", 62),
    ("backup_agent", "access_key_1", 45),
    ("noah_lindqvist", "access_key_1", 35),
    ("Bruno_Keller", "access_key_1", 20),
]
CHARTS = {
    ACCOUNTS,
    *NUMBERS,
    "Active access keys by age in days",
    "MFA of console users",
    "Who has a password and no MFA",
    "Who is inactive",
    "Active access keys, the oldest first",
}
DATASETS = {
    "aws_iam_credential_report",
    "aws_iam_credential_report_status",
    "iam_credential",
    "iam_check_access_key_rotation",
    "iam_check_inactive_users",
    "iam_check_unused_access_keys",
}
UNREAD = "AWS did not answer in 1 s"
# Those over check views, which have a row for an account that could not be read.
COUNTED = {"Inactive users", "Users with old access keys", "Users with unused access keys"}
LISTED = "Who is inactive"


def database(superset: Superset) -> int:
    """Return the id of the imported database."""
    (only,) = superset.get("database/")["ids"]
    return int(only)


def datasets(superset: Superset) -> dict[str, int]:
    return {row["table_name"]: row["id"] for row in superset.get("dataset/")["result"]}


def columns(superset: Superset, dataset: int) -> dict[str, tuple[str, bool]]:
    """Return type of the columns that a dataset has of its table, and whether they are times."""
    found = superset.get(f"dataset/{dataset}")["result"]["columns"]
    return {column["column_name"]: (column["type"], column["is_dttm"]) for column in found if not column["expression"]}


def charts(superset: Superset) -> dict[str, dict[str, Any]]:
    """Return what the dashboard's charts are drawn from, by their titles."""
    return {chart["slice_name"]: chart["form_data"] for chart in superset.get(f"{DASHBOARD}/charts")["result"]}


def query(chart: dict[str, Any], account: Optional[str]) -> dict[str, Any]:
    """Write a chart's query as Superset's pages do."""
    columns = chart.get("all_columns") or chart.get("groupby") or ([chart["x_axis"]] if "x_axis" in chart else [])
    metrics = chart.get("metrics") or ([chart["metric"]] if "metric" in chart else None)
    return {
        "columns": columns,
        **({"metrics": metrics} if metrics else {}),
        "orderby": [json.loads(order) for order in chart.get("order_by_cols", [])],
        "filters": [{"col": "account_id", "op": "IN", "val": [account]}] if account else [],
        "extras": {"where": " AND ".join(f"({each['sqlExpression']})" for each in chart.get("adhoc_filters", []))},
        "row_limit": chart.get("row_limit"),
    }


def result(superset: Superset, chart: dict[str, Any], account: Optional[str] = None, force: bool = True) -> Any:
    """Run a chart's query, with an account chosen or all."""
    dataset = int(chart["datasource"].split("__")[0])
    asked = {"datasource": {"id": dataset, "type": "table"}, "queries": [query(chart, account)], "force": force}
    (result,) = superset.post("chart/data", json=asked)["result"]
    return result


def rows(superset: Superset, title: str, account: Optional[str] = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result(superset, charts(superset)[title], account)["data"]
    return found


def sql_lab(superset: Superset, query: str) -> Any:
    asked = {"database_id": database(superset), "sql": query, "client_id": secrets.token_hex(5)}
    return superset.request("POST", "sqllab/execute/", json=asked)


def test_connection(superset: Superset, place: Place) -> None:
    asked = {"database_name": "tried", "sqlalchemy_uri": place.uri}
    assert superset.post("database/test_connection/", json=asked) == {"message": "OK"}
    asked["sqlalchemy_uri"] = place._replace(password="wrong").uri
    refused = superset.request("POST", "database/test_connection/", json=asked)
    assert (refused.ok, "is incorrect" in refused.text) == (False, True), refused.text


def test_imported_database(superset: Superset, place: Place) -> None:
    found = superset.get(f"database/{database(superset)}/connection")["result"]
    assert found["sqlalchemy_uri"] == f"postgresql+psycopg2://{READER}:XXXXXXXXXX@{place.address}"
    assert found["expose_in_sqllab"]
    for refused in ("allow_dml", "allow_ctas", "allow_cvas", "allow_file_upload"):
        assert found[refused] is False


def test_foreign_tables_are_listed_with_views(superset: Superset) -> None:
    listed = superset.get(f"database/{database(superset)}/tables/?q=(schema_name:public)")["result"]
    kinds = {row["value"]: row["type"] for row in listed}
    assert kinds["aws_iam_credential_report"] == kinds["aws_iam_credential_report_status"] == "table"
    assert {name for name, kind in kinds.items() if kind == "view"} >= DATASETS - {
        "aws_iam_credential_report",
        "aws_iam_credential_report_status",
    }


def test_imported_datasets_have_the_columns_that_superset_finds(superset: Superset) -> None:
    imported = datasets(superset)
    assert set(imported) >= DATASETS
    for name in DATASETS:
        before = columns(superset, imported[name])
        superset.request("PUT", f"dataset/{imported[name]}/refresh").raise_for_status()
        assert columns(superset, imported[name]) == before, name


def test_dataset_of_ones_own(superset: Superset) -> None:
    asked = {"database": database(superset), "schema": "public", "table_name": "iam_check_user_mfa"}
    made = superset.post("dataset/", json=asked)["id"]
    try:
        text = ("TEXT", False)
        assert columns(superset, made) == {
            "account_id": text,
            "account_name": text,
            "user_name": text,
            "mfa_active": ("BOOLEAN", False),
            "error_message": text,
        }
        chart = {"datasource": f"{made}__table", "all_columns": ["user_name"]}
        assert len(result(superset, chart)["data"]) == 8
    finally:
        superset.request("DELETE", f"dataset/{made}").raise_for_status()


def test_charts(superset: Superset) -> None:
    assert set(charts(superset)) == CHARTS


@pytest.mark.parametrize("account", [None, ACCOUNT])
def test_numbers(superset: Superset, account: Optional[str]) -> None:
    assert {title: list(rows(superset, title, account)[0].values()) for title in NUMBERS} == {
        title: [number] for title, number in NUMBERS.items()
    }


def test_findings(superset: Superset) -> None:
    assert [row["user_name"] for row in rows(superset, "Who has a password and no MFA")] == NO_MFA
    inactive = rows(superset, "Who is inactive")
    assert {row["user_name"]: row["unused_days"] for row in inactive} == INACTIVE


def test_keys(superset: Superset) -> None:
    found = rows(superset, "Active access keys, the oldest first")
    assert [(row["user_name"], row["credential"], row["age_days"]) for row in found] == KEYS
    bands = rows(superset, "Active access keys by age in days")
    assert {row["age_band"].strip(): row["credentials"] for row in bands} == BANDS


def test_mfa(superset: Superset) -> None:
    assert {row["mfa"]: row["users"] for row in rows(superset, "MFA of console users")} == MFA


def test_the_filter_is_on_every_chart_but_the_accounts(superset: Superset) -> None:
    found = charts(superset)
    settings = json.loads(superset.get(DASHBOARD)["result"]["json_metadata"])
    (account,) = settings["native_filter_configuration"]
    (target,) = account["targets"]
    assert target["datasetId"] == datasets(superset)["aws_iam_credential_report_status"]
    assert account["scope"]["excluded"] == [found[ACCOUNTS]["slice_id"]]
    for title in CHARTS - {ACCOUNTS}:
        left = rows(superset, title, OTHER)
        assert left == [] if title not in NUMBERS else list(left[0].values()) == [0], title


def test_results_are_cached(superset: Superset) -> None:
    for title, seconds in (("IAM users", 14400), (ACCOUNTS, 600)):
        chart = charts(superset)[title]
        result(superset, chart)
        again = result(superset, chart, force=False)
        assert (again["is_cached"], again["cache_timeout"]) == (True, seconds)


def test_sql_lab(superset: Superset) -> None:
    found = sql_lab(superset, "select user_name from aws_iam_credential_report where not mfa_active").json()
    assert (found["status"], len(found["data"])) == ("success", 8)
    limited = "set iam_fdw.inactive_max_age = '3650 days'; select user_name from iam_check_inactive_users"
    assert sql_lab(superset, limited).json()["data"] == [{"user_name": "chiara_rossi"}]
    refused = sql_lab(superset, "delete from iam_credential")
    assert (refused.ok, "DML_NOT_ALLOWED_ERROR" in refused.text) == (False, True)


def test_account_that_could_not_be_read_is_shown(superset: Superset, unread: None) -> None:
    (row,) = rows(superset, ACCOUNTS)
    assert (row["state"], row["users"]) == ("error", None)
    assert UNREAD in row["error_message"]
    for title, chart in charts(superset).items():
        if title in COUNTED:
            assert list(rows(superset, title)[0].values()) == [None]
        elif title == LISTED:
            assert UNREAD in rows(superset, title)[0]["error_message"]
        elif title != ACCOUNTS:
            with pytest.raises(AssertionError, match=UNREAD):
                result(superset, chart)


# Each chart by its title: what it shows, the error shown in its place, and whether it is still loading.
SHOWN = """
  const charts = [...document.querySelectorAll('[data-test=chart-grid-component]')].map(chart => [
    chart.dataset.testChartName,
    chart.querySelector('.slice_container')?.innerText,
    chart.querySelector('[role=alert]')?.innerText,
    chart.querySelector('.loading, [data-test=loading-indicator]') !== null,
  ]);
"""
DRAWN = f"""{SHOWN}
  return charts.length === {len(CHARTS)}
    && charts.every(([, text, error, loading]) => !loading && (text ?? error) !== undefined);
"""


def shown(browser: Browser, superset: Superset, chosen: str = "") -> dict[str, tuple[str, Optional[str]]]:
    """Open the dashboard, and return what each chart shows, and its error."""
    url = f"{superset.url}/superset/{DASHBOARD}/{chosen}"
    assert browser.opened(url, DRAWN), browser.run("return document.body.innerText")
    return {title: (text, error) for title, text, error, _ in browser.run(f"{SHOWN} return charts")}


def test_dashboard_is_drawn(browser: Browser, superset: Superset) -> None:
    found = shown(browser, superset)
    if "SUPERSET_SCREENSHOT" in os.environ:
        Path(os.environ["SUPERSET_SCREENSHOT"]).write_bytes(browser.screenshot())
    assert set(found) == CHARTS
    assert {title: error for title, (_, error) in found.items() if error} == {}
    for title, number in NUMBERS.items():
        assert found[title][0].split("\n")[0] == str(number), title
    assert ACCOUNT in found[ACCOUNTS][0]
    assert browser.run("return document.querySelectorAll('.slice_container canvas').length") == 2
    for user in NO_MFA:
        assert user in found["Who has a password and no MFA"][0]
    for user in INACTIVE:
        assert user in found["Who is inactive"][0]
    for user, _, _ in KEYS:
        assert user in found["Active access keys, the oldest first"][0]


def test_filter_in_the_dashboard(browser: Browser, superset: Superset) -> None:
    chosen = f"(col:account_id,op:IN,val:!('{OTHER}'))"
    state = f"extraFormData:(filters:!({chosen})),filterState:(value:!('{OTHER}')),id:NATIVE_FILTER-account,ownState:()"
    found = shown(browser, superset, f"?native_filters=(NATIVE_FILTER-account:({state}))")
    assert {title: found[title][0].split("\n")[0] for title in NUMBERS} == dict.fromkeys(NUMBERS, "0")
    assert ACCOUNT in found[ACCOUNTS][0]


def test_dashboard_shows_an_account_that_could_not_be_read(browser: Browser, superset: Superset, unread: None) -> None:
    found = shown(browser, superset)
    text, error = found[ACCOUNTS]
    assert (UNREAD in text, error) == (True, None), text
    assert {title for title, (_, error) in found.items() if error} == CHARTS - {ACCOUNTS, LISTED} - COUNTED
    assert UNREAD in found[LISTED][0]
    numbers = {title: found[title][0].split("\n")[0] for title in COUNTED}
    assert not any(number.isdigit() for number in numbers.values()), numbers
