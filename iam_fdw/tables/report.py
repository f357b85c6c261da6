"""One credential report: the bytes of its CSV to rows of aws_iam_credential_report.

This module knows neither AWS nor PostgreSQL. Values stay the text that AWS wrote. A value that is not understood is
null in its column and unchanged in `raw`: nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from itertools import repeat
from typing import NamedTuple, Optional

from iam_fdw import errcodes
from iam_fdw.result import Row
from iam_fdw.tables.report_columns import COLUMNS
from iam_fdw.tables.report_csv import (
    BOOLEANS,
    MAX_BYTES,
    MAX_SAVED_BYTES,
    NOTHING,
    PLAIN,
    ROOT,
    ReportError,
    decode,
    owner,
    read_fields,
)

__all__ = [
    "MAX_BYTES",
    "MAX_SAVED_BYTES",
    "NOTHING",
    "OPTIONAL",
    "ROOT",
    "Report",
    "ReportError",
    "Row",
    "array",
    "parse",
]

_NULLS: dict[str, Optional[str]] = dict.fromkeys((*NOTHING, ""))

_TYPES = {column.name: column.type for column in COLUMNS}
# The columns whose value a report can lack, and the fields that mean null as an answer: there is no such thing.
_DERIVED = ("generated_time", "is_root")
OPTIONAL = tuple(
    name
    for name, sql_type in _TYPES.items()
    if (sql_type in ("boolean", "timestamptz") and name not in _DERIVED) or name == "additional_credentials_info"
)
_ABSENT = {"boolean": (), "timestamptz": ("N/A", "no_information"), "text": ("N/A", "")}
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|\+00:00)"
_TIMESTAMP = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_TIME}")
# A column that holds nothing but tokens and existing dates of this millennium, as nearly all do, is read at once.
_DATE = (
    "(?:2[0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    "|2[0-9](?:0[48]|[2468][048]|[13579][26])-02-29)"
)
_TIMESTAMPS = re.compile(rf"(?:(?:{_DATE}{_TIME}|{'|'.join(NOTHING)})\0)+")
_PASSWORD_STATUS = {"N/A": "not_set", "no_information": "never_used", "not_supported": "not_supported"}


class Report(NamedTuple):
    """A report that was parsed.

    account_id, partition: the account of its ARNs. users: the number of rows without root's. has_root: whether there
    is a row of root.
    rows: the values of the columns that were asked for, as text that PostgreSQL reads in any session, None for null.
    """

    account_id: str
    partition: str
    users: int
    has_root: bool
    rows: list[Row]


def parse(
    content: bytes,
    *,
    account_id: Optional[str],
    account_name: Optional[str],
    generated_time: Optional[datetime],
    columns: Sequence[Optional[str]] = tuple(_TYPES),
    snapshot_uri: Optional[str] = None,
) -> Report:
    """Parse the report of an account.

    content: the CSV as GetCredentialReport gives it, decoded from base64.
    account_id: the account that was asked for; None accepts any.
    account_name, snapshot_uri: the values of these columns. generated_time: when AWS made the report, with a time zone;
    None when that is not known.
    columns: the values of a row, in order: names of columns of CREDENTIAL_REPORT_SNAPSHOT, None for what is not wanted.

    Raises ReportError when the report cannot be read wholly, and ValueError for a time without a zone.
    """
    if generated_time is not None and generated_time.utcoffset() is None:
        raise ValueError("generated_time must have a time zone")
    made = generated_time.astimezone(timezone.utc).isoformat() if generated_time else None
    text = decode(content)
    is_plain = not content.translate(None, PLAIN)
    fields = read_fields(text, is_plain)
    users, arns, number = fields["user"], fields["arn"], len(fields["user"])
    partition, account = owner(users, arns)
    if account_id is not None and account != account_id:
        detail = f"The report is of account {account}, asked for was account {account_id}."
        hint = "Check whose the credentials, the role or the file are."
        raise ReportError("credential report is of another account", detail, hint, errcodes.DATA_EXCEPTION)
    is_root = ["true" if arn.endswith(":root") and user == ROOT else "false" for user, arn in zip(users, arns)]
    values: dict[Optional[str], Iterable[Optional[str]]] = {
        "user_name": users,
        "user_arn": arns,
        "generated_time": repeat(made, number),
        "partition": repeat(partition, number),
        "region": repeat("global", number),
        "account_id": repeat(account, number),
        "account_name": repeat(account_name, number),
        "snapshot_uri": repeat(snapshot_uri, number),
        "is_root": is_root,
        "raw": _raw(fields, is_plain),  # iterators, this and the next: without cost where they are not wanted
    }
    known = "password_last_used" in fields
    values["password_status"] = _password_status(fields) if known else repeat(None, number)
    with_unknown = "unknown_columns" in columns
    typed = {
        name: _typed(fields[name], sql_type)
        for name, sql_type in _TYPES.items()
        if name in fields and name not in values and (name in columns or (with_unknown and name in OPTIONAL))
    }
    values.update(typed)
    if with_unknown:
        values["unknown_columns"] = _unknown(fields, {name: typed[name] for name in typed if name in OPTIONAL})
    rows = list(zip(*(values.get(name, repeat(None, number)) for name in columns)))
    return Report(account, partition, is_root.count("false"), "true" in is_root, rows)


def _unknown(fields: Mapping[str, Sequence[str]], typed: Mapping[str, Sequence[Optional[str]]]) -> list[Optional[str]]:
    """Return for each row the columns whose value the report lacks, as PostgreSQL writes an array."""
    absent_columns = [name for name in OPTIONAL if name not in fields]
    found: dict[int, list[str]] = {}
    for name, values in typed.items():
        absent = _ABSENT[_TYPES[name]]
        if values.count(None) == sum(map(fields[name].count, absent)):
            continue  # as nearly always
        for place, value in enumerate(values):
            if value is None and fields[name][place] not in absent:
                found.setdefault(place, []).append(name)
    unknown = [array(absent_columns)] * len(fields["user"])
    for place, names in found.items():
        unknown[place] = array([*names, *absent_columns])
    return unknown


def array(names: Sequence[str]) -> Optional[str]:
    """Return names of columns as PostgreSQL writes an array, None for none."""
    return f"{{{','.join(names)}}}" if names else None


def _typed(values: Sequence[str], sql_type: str) -> list[Optional[str]]:
    if sql_type == "boolean":
        return list(map(BOOLEANS.get, values))
    if sql_type == "timestamptz" and not _TIMESTAMPS.fullmatch("\0".join(values) + "\0"):
        return [value if _is_timestamp(value) else None for value in values]
    return list(map(_NULLS.get, values, values))


def _is_timestamp(value: str) -> bool:
    """Whether a field is a date and time in UTC.

    Nothing else may reach PostgreSQL: it would read `now` or `epoch`, and take another zone for what has none.
    """
    match = _TIMESTAMP.fullmatch(value)
    try:
        return match is not None and bool(date.fromisoformat(match[1]))
    except ValueError:  # the 30th of February
        return False


def _password_status(fields: Mapping[str, Sequence[str]]) -> Iterator[Optional[str]]:
    enabled, dates = fields.get("password_enabled") or repeat(""), fields["password_last_used"]
    for has_password, last_used, is_date in zip(enabled, dates, _typed(dates, "timestamptz")):
        if is_date:
            yield "used"
        elif last_used == "N/A" and BOOLEANS.get(has_password) == "true":
            yield None  # a password, and none: the report contradicts itself
        else:
            yield _PASSWORD_STATUS.get(last_used)


def _raw(fields: Mapping[str, Sequence[str]], is_plain: bool) -> Iterator[str]:
    quote = json.JSONEncoder(ensure_ascii=False).encode
    mark = '"' if is_plain else ""
    parts: list[Iterable[str]] = []
    for name, values in fields.items():
        key = f"{', ' if parts else '{'}{quote(name)}: {mark}"
        parts += repeat(key), values if is_plain else map(quote, values), repeat(mark)
    return map("".join, zip(*parts, repeat("}")))
