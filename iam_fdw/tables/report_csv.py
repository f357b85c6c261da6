"""The CSV of a credential report: its bytes to the fields of each column, or the error that says what is wrong.

Columns are found by the names in the header. A report that is cut off, of several accounts, or another file, is an
error: a part of it is never taken for the whole.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.tables.report_columns import COLUMNS

# Bytes. At most 5,000 users and root, each with a name of 64 characters, an ARN with a path of 512, and 21 fields of at
# most 25: under 7 MB. More than twice that is no credential report, and would cost the backend many times its size.
MAX_BYTES = 16 * 1024 * 1024
# Of a saved report: for the largest report no format needs more, not even base64 in JSON.
MAX_SAVED_BYTES = 2 * MAX_BYTES

# What AWS writes where it has no value,
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
NOTHING = ("N/A", "no_information", "not_supported")
# Lower case in reports, upper case in AWS's documentation.
BOOLEANS = {"true": "true", "false": "false", "TRUE": "true", "FALSE": "false"}
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

# Bytes that mean nothing to CSV and JSON, with the end of a line: all that AWS is known to write.
PLAIN = b"\n" + bytes(byte for byte in range(0x20, 0x100) if byte not in b'"\\')
_TYPES = {column.name: column.type for column in COLUMNS}
# How a whole value of a type reads, with 0 for each digit.
_WHOLE = {
    "boolean": (*BOOLEANS, *NOTHING),
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


def decode(content: bytes) -> str:
    """Return the text of a report. Raises ReportError program_limit_exceeded and character_not_in_repertoire."""
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


def read_fields(text: str, is_plain: bool) -> dict[str, Sequence[str]]:
    """Return the fields of each column by its name in the header.

    is_plain: whether the text has no quotes and no CR, which is read faster. Raises ReportError.
    """
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


def owner(users: Sequence[str], arns: Sequence[str]) -> tuple[str, str]:
    """Return partition and account, which must be those of every row. Raises ReportError."""
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
