"""One report: CSV bytes to rows."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import json
import os
import re
import time
from calendar import isleap
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from typing import Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.server import SLOWNESS

from iam_fdw.tables import CREDENTIAL_REPORT, report_csv
from iam_fdw.tables.report import MAX_BYTES, NOTHING, Report, ReportError, parse

TREE = Path(__file__).parent.parent.parent.parent
REPORTS = Path(os.environ.get("REPORTS") or TREE.parent / "shared" / "reports")
ACCOUNT = "111122223333"
WHEN = datetime(2026, 11, 22, 19, 37, tzinfo=timezone.utc)
TOKENS = [*NOTHING, "not_yet_invented", "", "now", "infinity"]

# As AWS writes it in 2026.
HEADER = [
    *["user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"],
    *["password_next_rotation", "mfa_active", "access_key_1_active", "access_key_1_last_rotated"],
    *["access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service"],
    *["access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"],
    *["access_key_2_last_used_region", "access_key_2_last_used_service"],
    *["cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"],
]
TYPES = {column.name: column.type for column in CREDENTIAL_REPORT.columns}
DATES = [name for name in HEADER if TYPES.get(name) == "timestamptz"]
BOOLEANS = [name for name in HEADER if TYPES.get(name) == "boolean"]


def fields(user: str = "amara", **changes: str) -> dict[str, str]:
    """A row of a report: a user with nothing but a name, and what is changed of it."""
    found = dict.fromkeys(HEADER, "N/A")
    found.update(dict.fromkeys(BOOLEANS, "false"))
    found["user"] = user
    found["arn"] = f"arn:aws:iam::{ACCOUNT}:" + ("root" if user == "<root_account>" else f"user/{user}")
    found["user_creation_time"] = "2024-02-29T08:09:10Z"
    return {**found, **changes}


def lines(*rows: dict[str, str]) -> bytes:
    """A report without quotes, whatever the fields hold, as AWS and moto write it."""
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]).encode()


def read(content: bytes, account_id: Optional[str] = None) -> Report:
    return parse(content, account_id=account_id, account_name="production", generated_time=WHEN)


def columns(content: bytes) -> list[dict[str, Optional[str]]]:
    return [dict(zip(TYPES, row)) for row in read(content).rows]


def column(content: bytes, name: str) -> Optional[str]:
    """The value of a column in a report of one row."""
    (row,) = columns(content)
    return row[name]


def refused(content: bytes, account_id: Optional[str] = None) -> ReportError:
    with pytest.raises(ReportError) as caught:
        read(content, account_id)
    error = caught.value
    message = str(error)
    assert message.startswith("credential report ")
    assert not message.endswith(".")
    assert error.hint is not None
    assert error.hint.endswith((".", "report.csv"))
    assert error.detail is None or error.detail.endswith(".")
    return error


# Values


def test_a_row_has_its_values_in_the_order_of_the_table() -> None:
    row = fields(
        password_enabled="true",
        password_last_used="2026-11-20T07:00:01Z",
        password_last_changed="2026-10-01T00:00:00Z",
        password_next_rotation="2026-12-30T00:00:00Z",
        mfa_active="true",
        access_key_1_active="true",
        access_key_1_last_rotated="2025-01-02T03:04:05Z",
        access_key_1_last_used_date="2026-11-21T10:11:00Z",
        access_key_1_last_used_region="eu-central-1",
        access_key_1_last_used_service="ec2",
    )
    assert read(lines(row)).rows == [
        (
            *["amara", f"arn:aws:iam::{ACCOUNT}:user/amara", "2024-02-29T08:09:10Z", "2026-11-22T19:37:00+00:00"],
            *["true", "2025-01-02T03:04:05Z", "2026-11-21T10:11:00Z", "eu-central-1", "ec2"],
            *["false", None, None, None, None],
            *["false", None, "false", None],
            *["true", "true", "2026-10-01T00:00:00Z", "2026-11-20T07:00:01Z", "used", "2026-12-30T00:00:00Z"],
            *["aws", "global", ACCOUNT, "production", "false", None, json.dumps(row)],
        )
    ]


def test_a_report_tells_account_partition_and_the_number_of_users_without_root() -> None:
    found = read(lines(fields("<root_account>"), fields("amara"), fields("Ben")))
    assert (found.account_id, found.partition, found.users, len(found.rows)) == (ACCOUNT, "aws", 2, 3)


def test_a_report_without_root_is_read_as_moto_writes_it() -> None:
    assert read(lines(fields("amara"))).users == 1


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn", "aws-eusc"])
def test_the_arn_names_the_partition(partition: str) -> None:
    content = lines(fields(arn=f"arn:{partition}:iam::{ACCOUNT}:user/amara"))
    assert read(content).partition == column(content, "partition") == partition


def test_region_is_global() -> None:
    assert column(lines(fields()), "region") == "global"


def test_an_account_without_a_name_has_a_null_name() -> None:
    (row,) = parse(lines(fields()), account_id=ACCOUNT, account_name=None, generated_time=WHEN).rows
    assert row[list(TYPES).index("account_name")] is None


def test_generated_time_is_written_in_utc() -> None:
    local = WHEN.astimezone(timezone(timedelta(hours=5, minutes=30)))
    (row,) = parse(lines(fields()), account_id=None, account_name=None, generated_time=local).rows
    assert row[3] == "2026-11-22T19:37:00+00:00"


def test_generated_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        parse(lines(fields()), account_id=None, account_name=None, generated_time=WHEN.replace(tzinfo=None))


@pytest.mark.parametrize("zone", ["Z", "+00:00"])
@pytest.mark.parametrize("name", DATES)
def test_dates_are_read_with_z_and_with_an_offset(name: str, zone: str) -> None:
    assert column(lines(fields(**{name: f"2024-07-01T00:00:00{zone}"})), name) == f"2024-07-01T00:00:00{zone}"


@pytest.mark.parametrize("value", ["2024-02-29T23:59:59Z", "2000-02-29T00:00:00Z", "1999-12-31T00:00:00Z"])
def test_dates_of_leap_days_and_of_the_last_millennium_are_dates(value: str) -> None:
    assert column(lines(fields(user_creation_time=value)), "user_creation_time") == value


@pytest.mark.parametrize(
    "value",
    [
        *["now", "today", "yesterday", "tomorrow", "epoch", "infinity", "-infinity", "allballs"],
        *["2023-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2100-02-29T00:00:00Z", "2024-04-31T00:00:00Z"],
        *["2024-00-01T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-00T00:00:00Z", "0000-01-01T00:00:00Z"],
        *["2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z"],
        *["2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00+01:00"],
        *["01/02/2024", "20240101T000000Z", "2024-W01-1", "1704067200", "true", "٢٠٢٤-01-01T00:00:00Z"],
        *["2024-01-01T00:00:00Z ", " 2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z BC"],
    ],
)
def test_what_is_not_a_date_in_utc_is_null_and_stays_in_raw(value: str) -> None:
    (row,) = columns(lines(fields(user_creation_time=value)))
    assert row["user_creation_time"] is None
    assert json.loads(row["raw"] or "")["user_creation_time"] == value


@pytest.mark.parametrize("year", range(1996, 2105))
def test_the_29th_of_february_is_a_date_in_leap_years_only(year: int) -> None:
    value = f"{year}-02-29T00:00:00Z"
    assert column(lines(fields(user_creation_time=value)), "user_creation_time") == (value if isleap(year) else None)


def test_one_bad_date_leaves_the_others_of_its_column_alone() -> None:
    rows = columns(lines(fields("a", user_creation_time="now"), fields("b")))
    assert [row["user_creation_time"] for row in rows] == [None, "2024-02-29T08:09:10Z"]


@pytest.mark.parametrize("name", BOOLEANS)
@pytest.mark.parametrize(("written", "value"), [("true", "true"), ("FALSE", "false"), ("TRUE", "true")])
def test_booleans_are_read_in_the_case_of_reports_and_of_the_documentation(name: str, written: str, value: str) -> None:
    (row,) = columns(lines(fields(**{name: written})))
    assert row[name] == value
    assert json.loads(row["raw"] or "")[name] == written


@pytest.mark.parametrize("value", ["yes", "1", "t", "on", "not_yet_invented", *NOTHING])
def test_what_is_no_boolean_is_null(value: str) -> None:
    assert column(lines(fields(mfa_active=value)), "mfa_active") is None


@pytest.mark.parametrize("token", NOTHING)
@pytest.mark.parametrize("name", ["access_key_1_last_rotated", "access_key_1_last_used_region", "cert_1_active"])
def test_special_values_are_null_and_stay_in_raw(name: str, token: str) -> None:
    (row,) = columns(lines(fields(**{name: token})))
    assert row[name] is None
    assert json.loads(row["raw"] or "")[name] == token


def test_a_service_without_a_region_is_a_use() -> None:
    changes = {"access_key_1_last_used_date": "2026-01-01T00:00:00Z", "access_key_1_last_used_service": "s3"}
    (row,) = columns(lines(fields(**changes)))
    assert row["access_key_1_last_used_region"] is None
    assert row["access_key_1_last_used_service"] == "s3"


def test_an_inactive_key_keeps_its_date() -> None:
    (row,) = columns(lines(fields(access_key_2_last_rotated="2026-09-11T13:14:53Z")))
    assert (row["access_key_2_active"], row["access_key_2_last_rotated"]) == ("false", "2026-09-11T13:14:53Z")


@pytest.mark.parametrize(
    ("enabled", "last_used", "status"),
    [
        ("true", "2026-01-01T00:00:00Z", "used"),
        ("false", "2026-01-01T00:00:00Z", "used"),
        ("true", "no_information", "never_used"),
        ("false", "N/A", "not_set"),
        ("not_supported", "N/A", "not_set"),
        ("false", "not_supported", "not_supported"),
        ("true", "not_yet_invented", None),
        ("true", "now", None),
        ("true", "", None),
        ("true", "N/A", None),
        ("TRUE", "N/A", None),
    ],
)
def test_password_status_tells_what_password_last_used_says(enabled: str, last_used: str, status: str) -> None:
    content = lines(fields(password_enabled=enabled, password_last_used=last_used))
    assert column(content, "password_status") == status


def test_additional_credentials_are_kept_as_written() -> None:
    content = lines(fields(additional_credentials_info="2"), fields("b", additional_credentials_info="N/A"))
    assert [row["additional_credentials_info"] for row in columns(content)] == ["2", None]


# Root


def test_root_of_today_has_a_password() -> None:
    (row,) = columns(lines(fields("<root_account>", password_enabled="true", password_last_used="no_information")))
    assert (row["is_root"], row["password_enabled"], row["password_status"]) == ("true", "true", "never_used")


def test_root_of_before_2023_does_not_tell_of_its_password() -> None:
    changes = dict.fromkeys(["password_enabled", "password_last_changed", "password_next_rotation"], "not_supported")
    (row,) = columns(lines(fields("<root_account>", **changes)))
    assert [row[name] for name in changes] == [None, None, None]


@pytest.mark.parametrize("user", ["root", "root_account", "Root", "a-root"])
def test_a_user_named_like_root_is_not_root(user: str) -> None:
    assert column(lines(fields(user)), "is_root") == "false"


def test_the_name_of_root_with_the_arn_of_a_user_of_that_name_is_not_root() -> None:
    content = lines(fields("<root_account>", arn=f"arn:aws:iam::{ACCOUNT}:user/<root_account>"))
    assert column(content, "is_root") == "false"
    assert read(content).users == 1


# User names


def test_a_path_in_the_arn_is_no_part_of_the_name() -> None:
    assert column(lines(fields(arn=f"arn:aws:iam::{ACCOUNT}:user/a/b,c/amara")), "user_name") == "amara"


@pytest.mark.parametrize("user", ["no_information", "not_supported", "true", "now", "0", "=1+1", "@a", "-", "+"])
def test_a_user_named_like_a_value_keeps_the_name(user: str) -> None:
    assert column(lines(fields(user)), "user_name") == user


def test_a_user_name_twice_is_two_rows() -> None:
    assert [row["user_name"] for row in columns(lines(fields(), fields()))] == ["amara", "amara"]


@pytest.mark.parametrize("user", ["a,b", ",", "a,", ",a", "a,,b", "x,a,x,a", "," * 64])
@pytest.mark.parametrize("path", ["", "team/", "a,b/", ",/,/", "arn:x,arn:y/"])
def test_commas_without_quotes_are_recovered_by_the_arn(user: str, path: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{path}{user}"
    rows = columns(lines(fields("<root_account>"), fields(user, arn=arn, mfa_active="true"), fields("z")))
    assert [row["user_name"] for row in rows] == ["<root_account>", user, "z"]
    assert (rows[1]["user_arn"], rows[1]["mfa_active"]) == (arn, "true")
    assert json.loads(rows[1]["raw"] or "") == fields(user, arn=arn, mfa_active="true")


def test_a_comma_in_every_name_is_recovered_though_all_lines_are_equally_long() -> None:
    assert [row["user_name"] for row in columns(lines(fields("a,b"), fields("c,d")))] == ["a,b", "c,d"]


def test_a_comma_that_the_arn_does_not_explain_is_an_error() -> None:
    error = refused(lines(fields(access_key_1_last_used_service="ec2,s3")))
    assert str(error) == "credential report is malformed"
    assert error.detail == "Line 2 has 23 fields, the header 22."


def test_commas_that_can_be_shared_out_in_two_ways_are_an_error() -> None:
    # User "a,b" with field "x/b", or user "b" with field "a" and the path "/a,b,x/".
    content = f"arn,field,user\narn:aws:iam::{ACCOUNT}:user/a,b,x/b,a,b\n"
    assert str(refused(content.encode())) == "credential report is malformed"


def every_way(row: list[str], width: int, user: int, arn: int) -> Optional[list[str]]:
    """What _with_commas() finds, the slow way: each way to share out the commas, put together and looked at."""
    extra, found = len(row) - width, []
    for commas in range(min(extra, 64) + 1):
        parts, more = iter(row), {user: commas, arn: extra - commas}
        whole = [",".join(islice(parts, 1 + more.get(place, 0))) for place in range(width)]
        is_name = commas == 0 or re.fullmatch(r"[\w+=,.@-]{1,64}", whole[user], re.ASCII)
        if is_name and report_csv._identity(whole[user], whole[arn]):
            found.append(whole)
    return found[0] if len(found) == 1 else None


PARTS = [
    "a",
    "b",
    "",
    "x/a",
    "x/b",
    "/",
    "a,b",
    f"arn:aws:iam::{ACCOUNT}:user/a",
    "arn:a:iam::0:user/",
    "<root_account>",
]


@settings(database=None, deadline=None, max_examples=1000)
@given(st.lists(st.sampled_from(PARTS), min_size=3, max_size=14), st.data())
def test_commas_are_shared_out_as_if_each_way_had_been_tried(row: list[str], data: st.DataObject) -> None:
    width = data.draw(st.integers(2, len(row) - 1))
    user, arn = data.draw(st.permutations(range(width)))[:2]
    assert report_csv._with_commas(row, width, user, arn) == every_way(row, width, user, arn)


@settings(database=None, deadline=None, max_examples=300)
@given(
    st.lists(st.sampled_from(["a", "b", "x/a"]), min_size=1, max_size=5), st.sampled_from(["", "p/", "a,a/"]), st.data()
)
def test_names_are_found_in_any_order_of_the_columns(parts: list[str], path: str, data: st.DataObject) -> None:
    order = data.draw(st.permutations(["user", "arn", *data.draw(st.sampled_from([[], ["x"], ["x", "y"]]))]))
    name = ",".join(parts)
    values = {"user": name, "arn": f"arn:aws:iam::{ACCOUNT}:user/{path}{name}", "x": "b", "y": "a"}
    row = ",".join(values[column] for column in order).split(",")
    places = len(order), order.index("user"), order.index("arn")
    if len(row) > len(order):
        assert report_csv._with_commas(row, *places) == every_way(row, *places)


def worst(kind: str) -> bytes:
    """A report that is as dear to read as can be, of no more than the bytes that a report may have."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/"
    many = [f"c{number}" for number in range(report_csv._MOST_COLUMNS - 2)]
    if kind == "commas":  # in a name and its ARN, so many that each way looks likely, and columns between them
        name = ",".join("a" * 32)
        header, row = ["arn", *many, "user"], [f"{arn}{name}", *("a" * len(many)), name]
    elif kind == "quotes":
        header, row = ["user", "arn", *many], ["a", f"{arn}a", *['"\\\t"'] * len(many)]
    elif kind == "names":  # each of which `raw` repeats in each row
        names = [f"{name:x<40}" for name in many]
        header, row = ["user", "arn", *names], ["a", f"{arn}a", *[""] * len(names)]
    else:
        header, row = [*HEADER, *many[22:]], ["a", f"{arn}a", *["2026-02-30T00:00:00Z"] * 20, *[""] * len(many[22:])]
    line = ",".join(row) + "\n"
    content = ",".join(header) + "\n" + line * min(report_csv._most_rows(header), (MAX_BYTES - 10_000) // len(line))
    return content.encode()


@pytest.mark.parametrize("kind", ["commas", "quotes", "names", "dates"])
def test_the_worst_report_takes_seconds(kind: str) -> None:
    content = worst(kind)
    started = time.process_time()
    assert read(content).rows
    assert time.process_time() - started < 10 * SLOWNESS


def test_a_thousand_columns_are_too_many() -> None:
    header = ["user", "arn", *(f"c{number}" for number in range(998))]
    error = refused(",".join(header).encode() + b"\n" + b"," * 999)
    assert (str(error), error.sqlstate) == ("credential report has too many columns", "54011")


def test_a_header_is_no_longer_than_names_of_columns_can_be() -> None:
    error = refused(f"user,arn,{'x' * 8192}\na,arn:aws:iam::{ACCOUNT}:user/a,\n".encode())
    assert (str(error), error.sqlstate) == ("credential report has too long a header", "54000")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_more_users_than_an_account_can_have_are_too_many(end: str) -> None:
    error = refused(f"user,arn{end}{f'a,arn:aws:iam::{ACCOUNT}:user/a{end}' * 20_001}".encode())
    assert (str(error), error.sqlstate) == ("credential report has too many rows", "54000")


@pytest.mark.parametrize("name", ["x" * 8000, f'"{chr(1) * 8000}"', ",".join(f"c{number}" for number in range(198))])
def test_many_rows_do_not_repeat_a_long_header(name: str) -> None:
    row = f"a,arn:aws:iam::{ACCOUNT}:user/a{',' * (name.count(',') + 1)}\n"
    error = refused(f"user,arn,{name}\n{row * 19_999}".encode())
    assert (str(error), error.sqlstate) == ("credential report has too many rows", "54000")
    assert read(f"user,arn,{name}\n{row}".encode()).users == 1


def test_a_name_that_aws_does_not_allow_is_not_put_together() -> None:
    assert str(refused(lines(fields("a, b")))) == "credential report is malformed"


def test_a_name_and_an_arn_of_another_user_are_an_error() -> None:
    error = refused(lines(fields(), fields("eve", arn=f"arn:aws:iam::{ACCOUNT}:user/adam")))
    assert str(error) == "credential report is malformed"
    assert error.detail == (
        f'Row 2 has user "eve" and ARN "arn:aws:iam::{ACCOUNT}:user/adam", which do not belong together.'
    )


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "N/A",
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:iam::{ACCOUNT}:role/amara",
        f"arn:aws:sts::{ACCOUNT}:user/amara",
        "arn:aws:iam:::user/amara",
        "arn::iam:::user/amara",
        f" arn:aws:iam::{ACCOUNT}:user/amara",
        f"arn:aws:iam::{ACCOUNT}:user/Amara",
    ],
)
def test_what_is_not_the_arn_of_the_user_is_an_error(arn: str) -> None:
    assert str(refused(lines(fields(arn=arn)))) == "credential report is malformed"
    assert str(refused(lines(fields("<root_account>"), fields(arn=arn)))) == "credential report is malformed"


def test_a_row_without_a_user_is_an_error() -> None:
    assert str(refused(lines(fields(), fields("")))) == "credential report is malformed"


# The header


def test_a_moved_column_is_found_by_its_name() -> None:
    row = fields(mfa_active="true")
    content = lines(dict(reversed(list(row.items()))))
    assert column(content, "mfa_active") == "true"
    assert column(content, "user_name") == "amara"


def test_a_new_column_is_in_raw() -> None:
    raw = column(lines(fields(passkeys="3")), "raw")
    assert json.loads(raw or "")["passkeys"] == "3"


@pytest.mark.parametrize("name", ["partition", "region", "password_status", "generated_time", "raw", "is_root"])
def test_a_new_column_named_like_one_of_ours_does_not_take_its_place(name: str) -> None:
    (row,) = columns(lines(fields(password_last_used="no_information", **{name: "now"})))
    (plain,) = columns(lines(fields(password_last_used="no_information")))
    assert json.loads(row.pop("raw") or "")[name] == "now"
    del plain["raw"]
    assert row == plain


@pytest.mark.parametrize("name", [name for name in HEADER if name not in {"user", "arn"}])
def test_a_missing_column_is_null_and_not_in_raw(name: str) -> None:
    row = fields()
    del row[name]
    (found,) = columns(lines(row))
    assert found[name] is None
    assert name not in json.loads(found["raw"] or "")


def test_a_report_of_users_and_arns_alone_is_read() -> None:
    row = fields()
    (found,) = columns(lines({"user": row["user"], "arn": row["arn"]}))
    assert (found["user_name"], found["password_status"]) == ("amara", None)
    assert column(lines({"user": row["user"], "arn": row["arn"], "password_status": "used"}), "password_status") is None


@pytest.mark.parametrize("name", ["user", "arn"])
def test_without_the_column_that_tells_who_it_is_an_error(name: str) -> None:
    row = fields()
    del row[name]
    error = refused(lines(row))
    assert (str(error), error.sqlstate) == (f'credential report has no column "{name}"', "HV005")


def test_rows_without_a_header_are_an_error() -> None:
    assert refused(lines(fields("<root_account>"), fields()).partition(b"\n")[2]).sqlstate == "HV005"


def test_another_separator_is_an_error() -> None:
    assert refused(lines(fields()).replace(b",", b";")).sqlstate == "HV005"


def test_two_columns_of_one_name_are_an_error() -> None:
    error = refused(b"user,arn,mfa_active,mfa_active\na,b,true,false")
    assert (str(error), error.sqlstate) == ('credential report has more than one column "mfa_active"', "HV007")


# The text


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_byte_order_mark_crlf_and_final_newlines_change_nothing(mark: bytes, newline: bytes, end: bytes) -> None:
    content = lines(fields("<root_account>"), fields(), fields("b,c"))
    assert read(mark + (content + end).replace(b"\n", newline)) == read(content)


def test_quoted_fields_are_read_as_csv() -> None:
    row = fields("a,b")
    content = lines(row).replace(b"\na,b,", b'\n"a,b",').replace(row["arn"].encode(), f'"{row["arn"]}"'.encode())
    assert content.count(b'"') == 4
    assert column(content, "user_name") == "a,b"
    assert read(content) == read(lines(row))


def test_a_quoted_name_beside_an_arn_without_quotes_is_read() -> None:
    content = lines(fields("a,b")).replace(b"\na,b", b'\n"a,b"')
    assert read(content) == read(lines(fields("a,b")))


def test_raw_is_json_whatever_the_fields_hold() -> None:
    odd = 'a"b\\c\td\u00e9\u2028%s'
    row = fields(**{'odd "%s" \\': odd})
    stream = io.StringIO()
    csv.writer(stream).writerows([row.keys(), row.values()])
    raw = column(stream.getvalue().encode(), "raw")
    assert json.loads(raw or "") == row


def test_text_outside_ascii_is_kept() -> None:
    assert json.loads(column(lines(fields(note="Zürich 東京")), "raw") or "")["note"] == "Zürich 東京"


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\r\n ", b"\xef\xbb\xbf"])
def test_an_empty_report_is_an_error(content: bytes) -> None:
    error = refused(content)
    assert (str(error), error.sqlstate) == ("credential report is empty", "22P04")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_header_alone_is_an_error(end: str) -> None:
    error = refused((",".join(HEADER) + end).encode())
    assert (str(error), error.sqlstate) == ("credential report has no rows", "22P04")


@pytest.mark.parametrize("position", [0, 10, 500])
def test_binary_data_is_an_error(position: int) -> None:
    content = lines(fields())
    error = refused(content[:position] + b"\0" + content[position:])
    assert (str(error), error.sqlstate) == ("credential report holds binary data", "22021")
    assert error.detail == f"Byte {position + 1} is NUL."


def test_utf16_is_an_error_that_names_powershell() -> None:
    error = refused(lines(fields()).decode().encode("utf-16"))
    assert error.sqlstate == "22021"
    assert "PowerShell" in str(error.hint)


def test_invalid_utf8_is_an_error_that_tells_where() -> None:
    content = lines(fields(note="x"))
    error = refused(content + b"\xff")
    assert (str(error), error.sqlstate) == ("credential report is not valid UTF-8", "22021")
    assert error.detail == f"Byte {len(content) + 1} begins no character."


def test_a_report_of_the_greatest_size_is_read_and_a_greater_one_is_an_error() -> None:
    content = lines(fields())
    greatest = content + b"\n" * (MAX_BYTES - len(content))
    assert read(greatest) == read(content)
    error = refused(greatest + b"\n")
    assert (str(error), error.sqlstate) == ("credential report is too large", "54000")


def test_the_limit_holds_the_largest_report_that_aws_can_make() -> None:
    name, path = "n" * 64, "p" * 510
    row = dict.fromkeys(HEADER, "2026-11-22T19:37:00+00:00")
    row.update(user=name, arn=f"arn:aws-us-gov:iam::{ACCOUNT}:user/{path}/{name}")
    assert 2 * (len(",".join(HEADER)) + 5001 * len(",".join(row.values()) + "\n")) < MAX_BYTES


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("<!DOCTYPE html>\n<html></html>", "HTML"),
        ("\n  <HTML><body>user,arn</body>", "HTML"),
        ('<?xml version="1.0"?><a/>', "XML"),
        ("<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>", "XML"),
        ('{"Content": "dXNlcg==", "ReportFormat": "text/csv"}', "JSON"),
        ("[1]", "JSON"),
        (base64.b64encode(lines(fields())).decode(), "base64"),
    ],
)
def test_another_format_is_named(content: str, form: str) -> None:
    error = refused(content.encode())
    assert (str(error), error.sqlstate) == (f"credential report is {form}, not CSV", "22P04")


# Truncation


def test_a_last_row_with_fewer_fields_is_cut_off() -> None:
    error = refused(lines(fields(), fields("b")).rpartition(b",")[0])
    assert (str(error), error.sqlstate) == ("credential report is cut off", "22P04")
    assert error.detail == "Line 3 has 21 fields, the header 22."


def test_a_row_with_fewer_fields_before_the_last_is_malformed() -> None:
    content = lines(fields(), fields("b"), fields("c")).replace(b"\nb,", b"\n")
    error = refused(content)
    assert (str(error), error.sqlstate) == ("credential report is malformed", "22P04")
    assert error.detail == "Line 3 has 21 fields, the header 22."


def test_an_open_quote_at_the_end_is_cut_off() -> None:
    assert str(refused(lines(fields()) + b'\n"ab')) == "credential report is cut off"


def test_text_after_a_closing_quote_is_malformed() -> None:
    assert str(refused(lines(fields()) + b'\n"ab"c,')) == "credential report is malformed"


@pytest.mark.parametrize("last", ["N/A", "2026-09-11T13:15:07Z", "2026-09-11T13:15:07+00:00"])
@pytest.mark.parametrize("user", ["b", "b,c"])
def test_a_report_cut_anywhere_but_between_two_rows_is_refused(user: str, last: str) -> None:
    content = lines(fields(), fields(user, cert_2_last_rotated=last))
    start = content.rindex(b"\n")
    assert len(read(content).rows) == 2
    for length in range(len(content)):
        if length in {start, start + 1}:  # after row 1: nothing tells that another one is missing
            assert len(read(content[:length]).rows) == 1
        else:
            refused(content[:length])


@pytest.mark.parametrize("token", ["not_yet_invented", "2026", "N/A"])
def test_a_report_that_ends_with_a_newline_is_not_cut_within_a_field(token: str) -> None:
    assert column(lines(fields(cert_2_last_rotated=token)) + b"\n", "cert_2_last_rotated") is None


# Accounts


def test_the_account_asked_for_is_read() -> None:
    assert read(lines(fields()), ACCOUNT).account_id == ACCOUNT


def test_a_report_of_another_account_is_an_error() -> None:
    error = refused(lines(fields()), "444455556666")
    assert (str(error), error.sqlstate) == ("credential report is of another account", "22000")
    assert error.detail == f"The report is of account {ACCOUNT}, asked for was account 444455556666."


@pytest.mark.parametrize("first", ["<root_account>", "amara"])
@pytest.mark.parametrize("other", ["arn:aws:iam::444455556666:user/b", f"arn:aws-cn:iam::{ACCOUNT}:user/b"])
def test_rows_of_two_accounts_are_an_error(first: str, other: str) -> None:
    error = refused(lines(fields(first), fields("b", arn=other), fields("c")))
    assert (str(error), error.sqlstate) == ("credential report is of more than one account", "22000")
    assert error.detail is not None
    assert f"row 2 has ARN {other}" in error.detail


def test_an_error_shows_long_and_unprintable_text_shortened_and_in_one_line() -> None:
    error = refused(b'user,arn\n"a\n' + b"x" * 1000 + b'",b')
    assert error.detail is not None
    assert len(error.detail) < 250
    assert error.detail.isprintable()


# Whatever AWS may write

anything = settings(database=None, deadline=None, print_blob=True)

names = st.one_of(st.text("aZ9_,,,+=.@-", min_size=1, max_size=64), st.from_regex(r"\A[A-Za-z0-9_+=,.@-]{1,64}\Z"))
paths = st.sampled_from(["", "a/", "team/b/", "a,b/", ",/", '!"#$%/'])
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda moment: moment.replace(microsecond=0))
dates = st.builds(lambda moment, zone: moment.isoformat() + zone, moments, st.sampled_from(["Z", "+00:00"]))
values = st.one_of(st.sampled_from([*TOKENS, "true", "false", "TRUE", "FALSE", "eu-west-1"]), dates)
extras = st.lists(st.from_regex(r"\Anew_[a-z0-9_%]{1,20}\Z"), max_size=2)


@st.composite
def reports(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rows of one account, with columns missing, new and moved."""
    optional = [*HEADER[2:], "additional_credentials_info", *draw(extras)]
    present = draw(st.permutations(["user", "arn", *draw(st.sets(st.sampled_from(optional)))]))
    rows = []
    for user in draw(st.lists(st.one_of(names, st.just("<root_account>")), min_size=1, max_size=4)):
        arn = fields(user)["arn"] if user[0] == "<" else f"arn:aws:iam::{ACCOUNT}:user/{draw(paths)}{user}"
        rows.append({name: {"user": user, "arn": arn}.get(name) or draw(values) for name in present})
    return rows


def check(found: Report, rows: list[dict[str, str]]) -> None:
    assert (found.account_id, found.partition) == (ACCOUNT, "aws")
    assert found.users == sum(row["user"] != "<root_account>" for row in rows)
    assert len(found.rows) == len(rows)
    for values, row in zip(found.rows, rows):
        by_name = dict(zip(TYPES, values))
        assert (by_name["user_name"], by_name["user_arn"]) == (row["user"], row["arn"])
        assert json.loads(by_name["raw"] or "") == row
        for name in DATES:
            value = row.get(name, "")
            assert by_name[name] == (value if value.endswith(("Z", "+00:00")) else None)
        for name in BOOLEANS:
            value = row.get(name, "").lower()
            assert by_name[name] == (value if value in {"true", "false"} else None)
        for name in ("access_key_1_last_used_region", "access_key_2_last_used_service", "additional_credentials_info"):
            value = row.get(name, "")
            assert by_name[name] == (None if value in {*NOTHING, ""} else value)


@anything
@given(rows=reports(), style=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), end=st.sampled_from(["\n", "\r\n"]))
def test_any_report_in_csv_is_read_as_written(rows: list[dict[str, str]], style: int, end: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=style, lineterminator=end)  # type: ignore[arg-type, unused-ignore]
    writer.writerows([rows[0].keys(), *(row.values() for row in rows)])
    check(read(stream.getvalue().encode()), rows)


@anything
@given(rows=reports())
def test_any_report_without_quotes_is_read_as_written_or_refused_when_it_is_ambiguous(
    rows: list[dict[str, str]],
) -> None:
    header = list(rows[0])
    try:
        found = read(lines(*rows) + b"\n")
    except ReportError as error:
        assert str(error) == "credential report is malformed"  # noqa: PT017
        # Right after each other and in AWS's order, user and ARN are never ambiguous.
        assert header.index("arn") != header.index("user") + 1
        assert any("," in row["user"] + row["arn"] for row in rows)
    else:
        check(found, rows)


@anything
@given(user=names, path=paths, number=st.integers(1, 3))
def test_any_name_in_aws_order_is_recovered(user: str, path: str, number: int) -> None:
    rows = [fields(user, arn=f"arn:aws:iam::{ACCOUNT}:user/{path}{user}")] * number
    check(read(lines(*rows)), rows)


@anything
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for text in (content, lines(fields()) + b"\n" + content, b"user,arn\n" + content):
        with contextlib.suppress(ReportError):
            read(text)


@anything
@given(rows=reports())
def test_the_quick_way_and_the_csv_module_agree(rows: list[dict[str, str]]) -> None:
    text = "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"
    if '"' in text:
        return
    try:
        header, read_rows = report_csv._read(text)
    except ReportError:
        return
    assert {name: list(values) for name, values in report_csv.read_fields(text, True).items()} == {
        name: [row[place] for row in read_rows] for place, name in enumerate(header)
    }


# Reports that other projects recorded


@pytest.mark.skipif(not REPORTS.is_dir(), reason=f"no recorded reports: REPORTS, or {REPORTS}")
def test_recorded_reports_are_read_whole() -> None:
    paths = sorted(REPORTS.glob("*.csv"))
    assert paths
    for path in paths:
        content = path.read_bytes()
        expected = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        rows = columns(content)
        assert [json.loads(row["raw"] or "") for row in rows] == expected, path.name
        for row, fields_ in zip(rows, expected):
            for name in DATES:
                assert row[name] == (None if fields_[name] in NOTHING else fields_[name]), path.name
            for name in BOOLEANS:
                assert row[name] == (None if fields_[name] in NOTHING else fields_[name]), path.name
            assert row["password_status"] is not None, path.name
