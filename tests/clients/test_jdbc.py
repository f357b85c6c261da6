"""pgJDBC, by Client.java."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from iam_fdw.tables import CREDENTIAL_REPORT

from .conftest import (
    CANCELED,
    CHECKS,
    COLUMNS,
    HANGING,
    NON_ASCII,
    ORDINARY,
    QUERY,
    REPORT,
    SOON,
    TABLES,
    USERS,
    VIEWS,
    Place,
)

DRIVER = "/usr/share/java/postgresql.jar"
EXTENDED = ""
GENERIC = "prepareThreshold=1&options=-c%20plan_cache_mode=force_generic_plan"
SIMPLE = "preferQueryMode=simple"
# java.sql.Types
JDBC_TYPES = {"text": "12", "timestamptz": "93", "bool": "-7", "jsonb": "1111"}

both = pytest.mark.parametrize("parameters", [EXTENDED, SIMPLE], ids=["extended", "simple"])


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Client.java, compiled."""
    folder = tmp_path_factory.mktemp("classes")
    source = Path(__file__).with_name("Client.java")
    subprocess.run(["javac", "-encoding", "UTF-8", "-Werror", "-cp", DRIVER, "-d", folder, source], check=True)
    return folder


class Client:
    """A run of Client.java."""

    def __init__(self, classes: Path, place: Place) -> None:
        self.classes = classes
        self.place = place

    def start(self, *arguments: str, parameters: str = "", zone: str = "UTC") -> subprocess.Popen[str]:
        place = self.place
        url = f"jdbc:postgresql://{place.host}:{place.port}/{place.dbname}?{parameters}"
        java = ["java", "-XX:TieredStopAtLevel=1", f"-Duser.timezone={zone}"]
        return subprocess.Popen(
            [*java, "-cp", f"{self.classes}:{DRIVER}", "Client", url, place.user, place.password, *arguments],
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def lines(self, *arguments: str, parameters: str = "", zone: str = "UTC") -> list[list[str]]:
        """Return what it wrote, by line and column."""
        with self.start(*arguments, parameters=parameters, zone=zone) as process:
            return lines(process)


def lines(process: subprocess.Popen[str], given: str = "") -> list[list[str]]:
    output, stderr = process.communicate(given, timeout=60)
    assert stderr == ""
    return [line.split("\t") for line in output.split("\n")[:-1]]


@pytest.fixture
def client(classes: Path, place: Place) -> Client:
    return Client(classes, place)


# What it lists


def test_foreign_tables_are_listed_beside_views(client: Client) -> None:
    listed = [line for line in client.lines("tables", "public") if line[1] != "INDEX"]
    assert [line[:2] for line in listed] == [
        *([name, "FOREIGN TABLE"] for name in TABLES),
        *([name, "TABLE"] for name in ORDINARY),
        *([name, "VIEW"] for name in VIEWS),
    ]
    assert all(remarks != "null" for _, _, remarks in listed)
    assert [REPORT, "FOREIGN TABLE", CREDENTIAL_REPORT.comment] in listed


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ("TABLE", ORDINARY),
        ("VIEW", VIEWS),
        ("FOREIGN TABLE", TABLES),
        ("TABLE,VIEW", [*ORDINARY, *VIEWS]),
        ("TABLE,VIEW,FOREIGN TABLE,MATERIALIZED VIEW,PARTITIONED TABLE", [*TABLES, *ORDINARY, *VIEWS]),
    ],
)
def test_types_of_tables_filter(client: Client, types: str, expected: list[str]) -> None:
    assert [name for name, _, _ in client.lines("tables", "public", types)] == expected


def test_table_types_and_schemas(client: Client) -> None:
    assert {"TABLE", "VIEW", "FOREIGN TABLE"} <= {name for (name,) in client.lines("types")}
    assert {"public", "hanging"} <= {name for (name,) in client.lines("schemas")}


def test_columns_have_types_and_comments(client: Client) -> None:
    assert client.lines("columns", REPORT) == [
        [column.name, JDBC_TYPES[kind], kind, "YES", column.comment]
        for column, kind in zip(CREDENTIAL_REPORT.columns, COLUMNS.values())
    ]
    assert list(COLUMNS) == [column.name for column in CREDENTIAL_REPORT.columns]


def test_columns_of_views_have_comments(client: Client) -> None:
    columns = client.lines("columns", "iam_check_%")
    assert len(columns) == 88
    assert [column for column in columns if column[-1] == "null"] == []
    assert ["last_used_age", "1111", "interval", "YES"] in [column[:4] for column in columns]


@pytest.mark.parametrize("name", [REPORT, "iam_credential"])
def test_there_are_no_keys(client: Client, name: str) -> None:
    assert client.lines("keys", name) == []


def test_the_reader_may_select(client: Client) -> None:
    assert [REPORT, "bi_reader", "SELECT"] in client.lines("privileges", REPORT)
    assert [line for line in client.lines("privileges", "%") if line[1] == "bi_reader" and line[2] != "SELECT"] == []


def test_types_are_known(client: Client) -> None:
    known = client.lines("typeinfo")
    assert [[kind, number] for kind, number in JDBC_TYPES.items() if [kind, number] not in known] == []


# What it selects


@both
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_values_are_those_of_the_report(client: Client, place: Place, parameters: str, zone: str) -> None:
    head, *rows = client.lines("select", QUERY, parameters=parameters, zone=zone)
    assert head == [
        "text java.lang.String",
        "timestamptz java.sql.Timestamp",
        "bool java.lang.Boolean",
        "timestamptz java.sql.Timestamp",
        "bool java.lang.Boolean",
        "bool java.lang.Boolean",
    ]
    shown = {True: "true", False: "false", None: "null"}
    assert rows == [
        [
            name,
            f"{created:%FT%T}Z".replace(":00Z", "Z"),
            shown[password],
            f"{changed:%FT%T}Z".replace(":00Z", "Z") if changed else "null",
            shown[mfa],
            shown[used],
        ]
        for name, created, password, changed, mfa, used in place.rows()
    ]


@both
def test_raw_is_what_aws_wrote(client: Client, parameters: str) -> None:
    query = f"select raw -> 'user', raw ->> 'cert_1_active', raw from {REPORT} where user_name = 'backup_agent'"
    head, row = client.lines("select", query, parameters=parameters)
    assert head == ["jsonb java.lang.String", "text java.lang.String", "jsonb java.lang.String"]
    assert row[:2] == ['"backup_agent"', "false"]
    assert '"password_last_used": "N/A"' in row[2]


@both
def test_checks_name_users(client: Client, parameters: str) -> None:
    query = " union all ".join(f"select '{view}', user_name from {view}" for view in CHECKS)
    _, *rows = client.lines("select", query, parameters=parameters)
    assert sorted(rows) == sorted([view, name] for view, names in CHECKS.items() for name in names)


@pytest.mark.parametrize("parameters", [EXTENDED, GENERIC, SIMPLE], ids=["fifth", "generic", "simple"])
def test_prepared_statements_give_the_same_each_time(client: Client, parameters: str) -> None:
    *executions, (generic,) = client.lines("prepared", parameters=parameters)
    with_mfa = f"elena_petrova={NON_ASCII},amira_haddad={NON_ASCII}"
    without = f"Tomasz_Nowak={NON_ASCII},olga_ivanova={NON_ASCII}"
    assert [names for _, names in executions] == [with_mfa, without, with_mfa, ""] * 3
    if parameters != SIMPLE:
        on_server = ["false"] * 4 + ["true"] * 8 if parameters == EXTENDED else ["true"] * 12
        assert [server for server, _ in executions] == on_server
    assert generic in {EXTENDED: ("t", "f"), GENERIC: ("t",), SIMPLE: ("null",)}[parameters]


@both
def test_any_takes_an_array(client: Client, parameters: str) -> None:
    assert client.lines("any", NON_ASCII, parameters=parameters) == [["amira_haddad"]] * 7


@pytest.mark.parametrize(("name", "times"), [(REPORT, 1), ("iam_credential", 5)])
@pytest.mark.parametrize("size", [1, 5, 100])
def test_fetch_size_fetches_in_parts(client: Client, name: str, times: int, size: int) -> None:
    first, portals, *rest = client.lines("fetch", name, str(size))
    assert [user for (user,) in [first, *rest]] == [user for user in USERS for _ in range(times)]
    assert portals == ["portals", str(int(size < 13 * times))]


def test_maximum_of_rows(client: Client) -> None:
    assert client.lines("maximum", "4") == [[REPORT, "4"], ["iam_credential", "4"], [REPORT, "4"]]


@both
def test_pages_make_the_whole(client: Client, parameters: str) -> None:
    assert [user for (user,) in client.lines("pages", parameters=parameters)] == list(USERS)


# What ends, and what is refused


@both
def test_cancel_ends_a_scan(client: Client, asked: Callable[[], None], parameters: str) -> None:
    with client.start("cancel", f"select * from {HANGING}", parameters=parameters) as process:
        asked()
        (seconds, state, message), *rest = lines(process, "\n")
    assert (state, message) == ("57014", f"ERROR: {CANCELED}")
    assert float(seconds) < SOON
    assert rest == [["int8 java.lang.Long"], ["13"]]


@both
def test_query_timeout_ends_a_scan(client: Client, parameters: str) -> None:
    (seconds, state, message), *rest = client.lines("timeout", f"select * from {HANGING}", parameters=parameters)
    assert (state, message) == ("57014", f"ERROR: {CANCELED}")
    assert 1 <= float(seconds) < 1 + SOON
    assert rest == [["int8 java.lang.Long"], ["13"]]


def test_read_only_connections_read(client: Client) -> None:
    assert client.lines("readonly") == [["int8 java.lang.Long", "text java.lang.String"], ["13", "on"], ["true"]]


def test_wrong_password_is_refused(client: Client, place: Place) -> None:
    client.place = place._replace(password="wrong")
    assert client.lines("types") == [
        ["ERROR", "28P01", 'FATAL: password authentication failed for user "bi_reader"'],
    ]


@both
def test_writing_is_refused(client: Client, parameters: str) -> None:
    for name, state, message in [
        (REPORT, "42501", f"permission denied for foreign table {REPORT}"),
        ("iam_history", "42501", "permission denied for table iam_history"),
        ("iam_check_user_mfa", "55000", 'cannot insert into view "iam_report_or_error"'),
        ("iam_credential", "55000", 'cannot insert into view "iam_credential"'),
    ]:
        statement = f"insert into {name} (user_name) values ('x')"
        assert client.lines("write", statement, parameters=parameters) == [["ERROR", state, f"ERROR: {message}"]]
