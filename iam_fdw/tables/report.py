"""One credential report: the bytes of its CSV to rows of aws_iam_credential_report.

Knows neither AWS nor PostgreSQL. Columns are found by the names in the header, values stay the text that AWS
wrote, and what is not understood is null in its column and kept in `raw`, or an error: nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from itertools import islice, repeat
from typing import NamedTuple, Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.tables import CREDENTIAL_REPORT

# At most 5,000 users and root, each with a name of 64 characters, an ARN with a path of 512, and 21 fields of at
# most 25: under 7 MB. More than twice that is no credential report, and would cost the backend many times its size.
MAX_BYTES = 16 * 1024 * 1024
# Of a saved report: base64, in the answer of the AWS command line, needs no more than this for the largest.
MAX_SAVED = 2 * MAX_BYTES

# What AWS writes where it has no value.
NOTHING = ("N/A", "no_information", "not_supported")
_NULLS: dict[str, Optional[str]] = dict.fromkeys((*NOTHING, ""))

_TYPES = {column.name: column.type for column in CREDENTIAL_REPORT.columns}
# The columns that the report can leave untold, and what is an answer in them though it is null.
_DERIVED = ("generated_time", "is_root")
TOLD = tuple(
    name
    for name, sql_type in _TYPES.items()
    if (sql_type in ("boolean", "timestamptz") and name not in _DERIVED) or name == "additional_credentials_info"
)
_ABSENT = {"boolean": (), "timestamptz": ("N/A", "no_information"), "text": ("N/A", "")}
ROOT = "<root_account>"
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
_USER_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_ARN = re.compile(r"arn:([a-z][a-z0-9-]*):iam::([0-9]+):(?:root|user/(?:.*/)?([^/]+))", re.DOTALL)
_MOST_ROWS = 20_000  # AWS allows 5,000 users
_MOST_COLUMNS = 200  # there are 22
_LONGEST_HEADER = 8192  # characters; it has some 400
_MOST_FIELDS = 1_000_000  # 5,000 users have 110,000
_LONGEST_NAME = 64  # of a user
_MOST_COMMAS = _LONGEST_NAME + 512 + _LONGEST_NAME  # in a user name, and in an ARN with a path and that name

# Lower case in reports, upper case in AWS's documentation.
_BOOLEANS = {"true": "true", "false": "false", "TRUE": "true", "FALSE": "false"}
_TIME = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|\+00:00)"
_TIMESTAMP = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_TIME}")
# A column that holds nothing but tokens and existing dates of this millennium, as nearly all do, is read at once.
_DATE = (
    "(?:2[0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    "|2[0-9](?:0[48]|[2468][048]|[13579][26])-02-29)"
)
_TIMESTAMPS = re.compile(rf"(?:(?:{_DATE}{_TIME}|{'|'.join(NOTHING)})\0)+")
# Bytes that mean nothing to CSV and JSON, with the end of a line: all that AWS is known to write.
_PLAIN = b"\n" + bytes(byte for byte in range(0x20, 0x100) if byte not in b'"\\')
_PASSWORD_STATUS = {"N/A": "not_set", "no_information": "never_used", "not_supported": "not_supported"}
# How a whole value of a type reads, with 0 for each digit.
_WHOLE = {
    "boolean": (*_BOOLEANS, *NOTHING),
    "timestamptz": ("0000-00-00T00:00:00Z", "0000-00-00T00:00:00+00:00", *NOTHING),
}

_CUT_OFF, _MALFORMED = "credential report is cut off", "credential report is malformed"
_AGAIN = "Fetch or save the report again."
_DECODE = "Save the report alone: aws iam get-credential-report --query Content --output text | base64 -d > report.csv"
_OTHER_FORMATS = (
    (("<!doctype html", "<html"), "HTML", "A proxy or a sign-in page may have answered in place of AWS."),
    ("<", "XML", "AWS answers in XML where a request fails: read what it says."),
    (("{", "["), "JSON", _DECODE),
    ("dxnlcixhcm4", "base64", _DECODE),  # "user,arn", in lower case
)


class ReportError(Error):
    """A report that cannot be read.

    sqlstate: bad_copy_file_format, as file_fdw has it, where nothing more exact fits.
    """

    def __init__(
        self,
        message: str,
        detail: Optional[str] = None,
        hint: str = _AGAIN,
        sqlstate: str = errcodes.BAD_COPY_FILE_FORMAT,
    ) -> None:
        super().__init__(message, detail, hint, sqlstate)


Row = tuple[Optional[str], ...]


class Report(NamedTuple):
    """A report that was read.

    account_id, partition: whose it is, from the ARNs. users: the number of rows but root's. has_root: whether there is
    one of root.
    rows: the values that were asked for, as text that PostgreSQL reads in whatever session, None for null.
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
    """Read the report of an account.

    content: the CSV as GetCredentialReport gives it, decoded from base64.
    account_id: the account that was asked for; None takes the one that the report is of.
    account_name: what the rows tell in that column. generated_time: when AWS made the report, with a time zone;
    None when that is not known.
    columns: what a row holds, in order: names of columns of CREDENTIAL_REPORT_SNAPSHOT, None for what is not wanted.
    snapshot_uri: what the rows tell in that column.

    Raises ReportError when the report cannot be read wholly, and ValueError for a time without a zone.
    """
    if generated_time is not None and generated_time.utcoffset() is None:
        raise ValueError("generated_time must have a time zone")
    made = generated_time.astimezone(timezone.utc).isoformat() if generated_time else None
    text = _decode(content)
    is_plain = not content.translate(None, _PLAIN)
    fields = _fields(text, is_plain)
    users, arns, number = fields["user"], fields["arn"], len(fields["user"])
    partition, account = _owner(users, arns)
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
        "raw": _raw(fields, is_plain),  # an iterator, like the next: costs nothing where it is not wanted
    }
    known = "password_last_used" in fields
    values["password_status"] = _password_status(fields) if known else repeat(None, number)
    with_unknown = "unknown_columns" in columns
    typed = {
        name: _typed(fields[name], sql_type)
        for name, sql_type in _TYPES.items()
        if name in fields and name not in values and (name in columns or (with_unknown and name in TOLD))
    }
    values.update(typed)
    if with_unknown:
        values["unknown_columns"] = _unknown(fields, {name: typed[name] for name in typed if name in TOLD})
    rows = list(zip(*(values.get(name, repeat(None, number)) for name in columns)))
    return Report(account, partition, is_root.count("false"), "true" in is_root, rows)


def _unknown(fields: Mapping[str, Sequence[str]], typed: Mapping[str, Sequence[Optional[str]]]) -> list[Optional[str]]:
    """Return for each row the columns that the report does not tell of, as PostgreSQL writes an array."""
    lacking = [name for name in TOLD if name not in fields]
    found: dict[int, list[str]] = {}
    for name, values in typed.items():
        absent = _ABSENT[_TYPES[name]]
        if values.count(None) == sum(map(fields[name].count, absent)):
            continue  # as nearly always
        for place, value in enumerate(values):
            if value is None and fields[name][place] not in absent:
                found.setdefault(place, []).append(name)
    unknown = [array(lacking)] * len(fields["user"])
    for place, names in found.items():
        unknown[place] = array([*names, *lacking])
    return unknown


def array(names: Sequence[str]) -> Optional[str]:
    """Return names of columns as PostgreSQL writes an array, None for none."""
    return f"{{{','.join(names)}}}" if names else None


def _typed(values: Sequence[str], sql_type: str) -> list[Optional[str]]:
    if sql_type == "boolean":
        return list(map(_BOOLEANS.get, values))
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
        elif last_used == "N/A" and _BOOLEANS.get(has_password) == "true":
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


def _decode(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        detail = f"It has {len(content)} bytes, the limit is {MAX_BYTES}."
        hint = "Check that this is a credential report: the largest that AWS can make is half of the limit."
        raise ReportError("credential report is too large", detail, hint, errcodes.PROGRAM_LIMIT_EXCEEDED)
    sqlstate = errcodes.CHARACTER_NOT_IN_REPERTOIRE
    if b"\0" in content:
        is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        hint = "It is UTF-16, as PowerShell's > writes it: save it as UTF-8." if is_utf16 else _AGAIN
        raise ReportError("credential report holds binary data", f"Byte {content.index(0) + 1} is NUL.", hint, sqlstate)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = f"Byte {error.start + 1} begins no character."
        raise ReportError("credential report is not valid UTF-8", detail, _AGAIN, sqlstate) from None


def _fields(text: str, is_plain: bool) -> dict[str, Sequence[str]]:
    """Return the fields of each column by its name in the header."""
    if not text.strip():
        raise ReportError("credential report is empty")
    start = text[:1000].lstrip().lower()
    for beginning, form, hint in _OTHER_FORMATS:
        if start.startswith(beginning) and not start.startswith(ROOT):
            raise ReportError(f"credential report is {form}, not CSV", hint=hint)
    lines = list(filter(None, text.split("\n")))
    if not is_plain or len(lines) == 1 or len({line.count(",") for line in lines}) > 1:
        header, rows = _read(text)
        fields: dict[str, Sequence[str]] = dict(zip(header, zip(*rows)))
    else:  # as the csv module would read it, in less than half the time
        header = lines[0].split(",")
        _check_header(header)
        _check_number(len(lines) - 1, _most_rows(header))
        flat = ",".join(lines[1:]).split(",")
        fields = {name: flat[place :: len(header)] for place, name in enumerate(header)}
    last = fields[header[-1]][-1]
    if not text.endswith(("\n", "\r")) and _is_cut(header[-1], last):
        raise ReportError(_CUT_OFF, f'The last field, of column "{header[-1]}", is "{_shown(last)}".')
    return fields


def _most_rows(header: Sequence[str]) -> int:
    """Return how many rows may have a header, which each repeats in `raw`, as JSON."""
    return min(_MOST_ROWS, _MOST_FIELDS // len(header), MAX_BYTES // len(json.dumps(header)))


def _check_number(rows: int, most: int) -> None:
    if rows > most:
        detail = f"It has at least {rows}, the limit is {most} with these columns."
        raise ReportError("credential report has too many rows", detail, sqlstate=errcodes.PROGRAM_LIMIT_EXCEEDED)


def _read(text: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a report with quotes, CRLF, commas in names, or errors."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        header = next(filter(None, reader))
        _check_header(header)
        width, user, arn, most = len(header), header.index("user"), header.index("arn"), _most_rows(header)
        for row in filter(None, reader):
            whole = _with_commas(row, width, user, arn) if len(row) > width else row
            if whole is None or len(whole) < width:
                detail = f"Line {reader.line_num} has {len(row)} fields, the header {width}."
                raise ReportError(_MALFORMED if len(row) > width or any(reader) else _CUT_OFF, detail)
            rows.append(whole)
            _check_number(len(rows), most)
    except csv.Error as error:
        message = _CUT_OFF if str(error) == "unexpected end of data" else _MALFORMED
        raise ReportError(message, f"Line {reader.line_num}: {error}.") from None
    if not rows:
        raise ReportError("credential report has no rows", "There is a header, but not even a row for the root user.")
    return header, rows


def _check_header(header: Sequence[str]) -> None:
    detail = f'The first line is "{_shown(",".join(header))}".'
    hint = "The first line must hold the names of the columns as AWS writes them, separated by commas."
    for name in ("user", "arn"):
        if name not in header:
            message = f'credential report has no column "{name}"'
            raise ReportError(message, detail, hint, errcodes.FDW_COLUMN_NAME_NOT_FOUND)
    if len(header) > _MOST_COLUMNS:
        detail = f"It has {len(header)}, the limit is {_MOST_COLUMNS}."
        raise ReportError("credential report has too many columns", detail, hint, errcodes.TOO_MANY_COLUMNS)
    if sum(map(len, header)) > _LONGEST_HEADER:
        detail = f"The names of its columns have {sum(map(len, header))} characters, the limit is {_LONGEST_HEADER}."
        raise ReportError("credential report has too long a header", detail, hint, errcodes.PROGRAM_LIMIT_EXCEEDED)
    for name, count in Counter(header).items():
        if count > 1:
            message = f'credential report has more than one column "{_shown(name)}"'
            raise ReportError(message, detail, hint, errcodes.FDW_INVALID_COLUMN_NAME)


def _with_commas(row: Sequence[str], width: int, user: int, arn: int) -> Optional[list[str]]:
    """Put together a row whose user name, and so ARN, holds commas without quotes.

    Of all ways to share out the commas, the one where the ARN is this user's; None when there is none, or two.
    """
    extra = len(row) - width
    if extra > _MOST_COMMAS:
        return None
    found = []
    # Each way is tried by a look at this text, and none is put together for that: files are made to have many ways.
    text = ",".join(row[min(user, arn) : arn + 1 + extra])
    name, end = row[user + extra if arn < user else user], len(text)
    for commas in range(min(extra, _LONGEST_NAME) + 1):
        if commas and arn < user:  # the name begins earlier, and the ARN ends earlier
            name, end = f"{row[user + extra - commas]},{name}", end - len(row[arn + 1 + extra - commas]) - 1
        elif commas:
            name = f"{name},{row[user + commas]}"
        if commas and len(name) > _LONGEST_NAME:
            break
        if text.endswith(f"/{name}", 0, end) and (commas == 0 or _USER_NAME.fullmatch(name)):
            start = arn if arn < user else arn + commas
            if _identity(name, ",".join(row[start : start + 1 + extra - commas])):
                found.append(commas)
    if len(found) != 1:
        return None
    parts, more = iter(row), {user: found[0], arn: extra - found[0]}
    return [",".join(islice(parts, 1 + more.get(place, 0))) for place in range(width)]


def _owner(users: Sequence[str], arns: Sequence[str]) -> tuple[str, str]:
    """Return partition and account, which must be those of every row."""
    owner, beginning = ("", ""), "\0"
    for number, (user, arn) in enumerate(zip(users, arns), 1):
        if user and arn.startswith(beginning) and arn.rpartition("/")[2] == user:
            continue  # as _identity() would find, in a fifth of the time
        found = _identity(user, arn)
        if found is None:
            detail = f'Row {number} has user "{_shown(user)}" and ARN "{_shown(arn)}", which do not belong together.'
            raise ReportError(_MALFORMED, detail)
        if number > 1 and found != owner:
            detail = f"Row 1 has ARN {_shown(arns[0])}, row {number} has ARN {_shown(arn)}."
            hint = "Keep one file for each account."
            raise ReportError("credential report is of more than one account", detail, hint, errcodes.DATA_EXCEPTION)
        owner, beginning = found, "arn:{}:iam::{}:user/".format(*found)
    return owner


def _identity(user: str, arn: str) -> Optional[tuple[str, str]]:
    """Return partition and account of a user, None when the ARN is not this user's."""
    match = _ARN.fullmatch(arn)
    if match is None or match[3] != (None if user == ROOT and arn.endswith(":root") else user):
        return None
    return match[1], match[2]


def _is_cut(name: str, value: str) -> bool:
    """Whether a value is the beginning of one that its column may hold."""
    sql_type = _TYPES.get(name, "")
    shape = re.sub("[0-9]", "0", value)
    return any(whole != shape and whole.startswith(shape) for whole in _WHOLE.get(sql_type, ()))


def _shown(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text[:100]) + ("..." if len(text) > 100 else "")
