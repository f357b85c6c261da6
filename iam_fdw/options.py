"""The options of server, user mapping and table: declared here, and checked again when they are used.

sql/10_wrapper.sql has the validator that PostgreSQL calls in CREATE and ALTER: it alone knows where an option
stands and who sets it. A test holds its list against this one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple, Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.tables import CREDENTIAL_REPORT, TABLES


class Option(NamedTuple):
    """An option.

    name: as SQL writes it. place: server, user mapping or table. superuser: whether only superusers may set it.
    pattern: a regular expression, for Python and PostgreSQL alike, that the whole value matches.
    values: the pattern in words, as a HINT ends. default: None where it may be left out.
    meaning: a line for the documentation.
    """

    name: str
    place: str
    superuser: bool
    pattern: str
    values: str
    default: Optional[str]
    meaning: str


_PREFIX = "IAM_FDW_"  # of variables
_UNITS = {"ms": 0.001, "second": 1, "minute": 60, "hour": 3600, "day": 86400}
_UNIT = "(ms|(second|minute|hour|day)s?)"
_DURATION = f"[0-9]{{1,6}} ?{_UNIT}"
_DURATION_VALUES = 'a number of ms, seconds, minutes, hours or days, such as "90 seconds"'

_IDS = "[0-9]{12}( ?, ?[0-9]{12})*"
S3_SCHEME = "s3://"  # a place that begins so is a prefix of an S3 bucket, any other a file or folder
_PLACE = "/[^\\n]*|" + S3_SCHEME + "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[!-~]*)?"
_PLACE_VALUES = "an absolute path, or s3://bucket/prefix"
_ON_ERROR = ("on_account_error", "error|skip", "error, skip")

# Values of the option accounts.
SELF, ORGANIZATION = "self", "organization"

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html has the patterns of the role's options.
OPTIONS = (
    Option(
        "accounts",
        "server",
        False,
        f"{SELF}|{ORGANIZATION}|{_IDS}",
        f"{SELF}, {ORGANIZATION}, or ids of accounts (12 digits each) separated by commas",
        SELF,
        "The accounts to read: that of the credentials or of role_arn; all of the organization; or these",
    ),
    Option(
        "exclude_accounts",
        "server",
        False,
        _IDS,
        "ids of accounts (12 digits each) separated by commas",
        None,
        "Accounts to leave out",
    ),
    Option(
        "role_name",
        "server",
        False,
        "[0-9A-Za-z_+=,.@/-]+",
        "the name of an IAM role, after its path if it has one",
        None,
        "The role to assume in each of the accounts; the account of the credentials needs none",
    ),
    Option(
        "role_arn",
        "server",
        False,
        "arn:aws[a-z-]*:iam::[0-9]{12}:role/[0-9A-Za-z_+=,.@/-]+",
        "the ARN of an IAM role",
        None,
        "The role to assume first; without accounts, its account is the one that is read",
    ),
    Option(
        "external_id",
        "server",
        False,
        "[0-9A-Za-z_+=,.@:/-]{2,}",
        "2 or more letters, digits and _+=,.@:/-",
        None,
        "The external id that the roles' trust policies ask for. Not a secret: every role of the database can read it",
    ),
    Option(
        "role_session_name",
        "server",
        False,
        "[0-9A-Za-z_+=,.@-]{2,64}",
        "2 to 64 letters, digits and _+=,.@-",
        "iam_fdw",
        "The name of the roles' sessions, which CloudTrail shows",
    ),
    Option(
        "profile",
        "server",
        True,
        "[^\\n]+",
        "the name of a profile",
        None,
        "A profile of the AWS configuration of the server's user; profiles can name programs to run",
    ),
    Option(
        "region",
        "server",
        False,
        "[a-z]{2,12}(-[a-z]{2,12}){1,3}-[0-9]{1,2}",
        'a Region, such as "us-gov-west-1"',
        None,
        "A Region of the partition that is asked (aws, aws-us-gov, aws-cn, aws-eusc); "
        "without it that of role_arn, then that of the AWS configuration, then us-east-1",
    ),
    Option(
        "generate",
        "server",
        False,
        "auto|never",
        "auto, never",
        "auto",
        "auto: have AWS make a report when there is none younger than max_age. never: read the one there is",
    ),
    Option(
        "max_age",
        "server",
        False,
        _DURATION,
        _DURATION_VALUES,
        "4 hours",
        "How old a report may be. AWS makes at most one in four hours",
    ),
    Option(
        "timeout",
        "server",
        False,
        f"[1-9][0-9]{{0,5}} ?{_UNIT}",
        _DURATION_VALUES,
        "60 seconds",
        "How long AWS may take for an account; and a scan ends when for so long no account could be read",
    ),
    Option(
        "concurrency",
        "server",
        False,
        "[1-9][0-9]{0,2}",
        "a number from 1 to 999",
        "16",
        "How many accounts are asked for at once",
    ),
    Option(
        "cache",
        "server",
        False,
        "on|off",
        "on, off",
        "on",
        "on: keep exact copies of reports, for all backends, as long as AWS has no newer ones. off: ask AWS each time",
    ),
    Option(
        _ON_ERROR[0],
        "server",
        False,
        *_ON_ERROR[1:],
        "error",
        "What a scan does when accounts cannot be read. error: fail, and name them all. "
        "skip: give the others' rows, and warn",
    ),
    Option(
        "endpoint_url",
        "server",
        True,
        "https?://[!-?A-~]+",
        "an http or https URL without a user",
        None,
        "Where to send the requests instead of AWS",
    ),
    Option(
        "cache_dir",
        "server",
        True,
        "/[^\\n]*",
        "an absolute path",
        None,
        "Where the copies are kept; by default the folder iam_fdw in the data directory. It must be the server's own",
    ),
    Option(
        "source",
        "server",
        True,
        _PLACE,
        _PLACE_VALUES,
        None,
        "Saved reports to read instead of asking AWS: a file, a folder, or s3://bucket/prefix",
    ),
    Option(
        "snapshots",
        "server",
        True,
        _PLACE,
        _PLACE_VALUES,
        None,
        "Where `iam-fdw snapshot` saves each report, and the tables of snapshots read them: a folder, or s3://bucket/prefix",
    ),
    Option(
        "aws_access_key_id",
        "user mapping",
        False,
        "[0-9A-Za-z_]{16,}",
        "an access key id",
        None,
        "The access key that signs the requests of this user, instead of the machine's credentials",
    ),
    Option(
        "aws_secret_access_key",
        "user mapping",
        False,
        "[0-9A-Za-z/+=]{16,}",
        "a secret access key",
        None,
        "The secret of that access key",
    ),
    Option(
        "aws_session_token",
        "user mapping",
        False,
        "[0-9A-Za-z/+=_-]{16,}",
        "a session token",
        None,
        "The session token, where the access key is temporary",
    ),
    Option(
        "table",
        "table",
        False,
        "|".join(table.name for table in TABLES),
        ", ".join(table.name for table in TABLES),
        CREDENTIAL_REPORT.name,
        "Which table this is",
    ),
    Option(_ON_ERROR[0], "table", False, *_ON_ERROR[1:], None, "As on the server, which comes first"),
)

_BY_NAME = {option.name: option for option in OPTIONS}


class Settings(NamedTuple):
    """The options of a foreign table, its server and its user mapping together; None where one is left out.

    accounts: ids, or SELF or ORGANIZATION alone. max_age: how old a report may be.
    timeout: seconds that AWS may take for an account. cache: whether copies are kept, in cache_dir.
    """

    table: str
    accounts: tuple[str, ...]
    role_session_name: str
    generate: str
    max_age: timedelta
    timeout: float
    concurrency: int
    cache: bool
    on_account_error: str
    exclude_accounts: frozenset[str] = frozenset()
    cache_dir: Optional[str] = None
    role_name: Optional[str] = None
    role_arn: Optional[str] = None
    external_id: Optional[str] = None
    profile: Optional[str] = None
    region: Optional[str] = None
    endpoint_url: Optional[str] = None
    source: Optional[str] = None
    snapshots: Optional[str] = None
    aws_access_key_id: Optional[str] = None
    aws_secret_access_key: Optional[str] = None
    aws_session_token: Optional[str] = None

    def __repr__(self) -> str:
        """Show all but the secrets."""
        shown = self._asdict()
        del shown["aws_secret_access_key"], shown["aws_session_token"]
        return f"Settings({shown})"

    @property
    def role_account_id(self) -> Optional[str]:
        """The account of the role to assume, None without one."""
        return self.role_arn.split(":")[4] if self.role_arn else None


def read(options: Mapping[str, str]) -> Settings:
    """Read the options that an engine passes; what is left out has its default.

    Raises Error for an unknown option and for a bad value, which it does not repeat: it may be a secret.
    """
    values = {option.name: option.default for option in OPTIONS if option.default is not None}
    for name, value in options.items():
        option = _BY_NAME.get(name)
        if option is None:
            if name == "wrapper":  # the engine's own
                continue
            hint = f"Valid options are: {', '.join(_BY_NAME)}."
            raise Error(f'invalid option "{name}"', hint=hint, sqlstate=errcodes.FDW_INVALID_OPTION_NAME)
        if not re.fullmatch(option.pattern, value):
            raise Error(
                f'invalid value for option "{name}"',
                hint=f"Valid is {option.values}.",
                sqlstate=errcodes.FDW_INVALID_ATTRIBUTE_VALUE,
            )
        values[name] = value
    read: dict[str, Any] = {
        **values,
        "accounts": tuple(dict.fromkeys(_list(values["accounts"]))),
        "exclude_accounts": frozenset(_list(values.get("exclude_accounts", ""))),
        "max_age": timedelta(seconds=_seconds(values["max_age"])),
        "timeout": _seconds(values["timeout"]),
        "concurrency": int(values["concurrency"]),
        "cache": values["cache"] == "on",
    }
    return Settings(**read)


def of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the options of the server that variables such as IAM_FDW_ROLE_NAME give; an empty one gives none.

    Raises Error for a variable of that form whose option does not exist. The container has others for its reader.
    """
    names = {f"{_PREFIX}{option.name.upper()}": option.name for option in OPTIONS if option.place == "server"}
    given = {variable: value for variable, value in environment.items() if variable.startswith(_PREFIX) and value}
    for variable in given:
        if variable not in names and not variable.startswith(f"{_PREFIX}READER"):
            hint = f"Valid variables are: {', '.join(names)}."
            raise Error(f'invalid variable "{variable}"', hint=hint, sqlstate=errcodes.FDW_INVALID_OPTION_NAME)
    return {names[variable]: value for variable, value in given.items() if variable in names}


def _list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]


def _seconds(duration: str) -> float:
    number = re.match("[0-9]+", duration)
    assert number is not None, duration  # noqa: S101, matched by _DURATION
    unit = duration[number.end() :].strip()
    return int(number[0]) * _UNITS[unit if unit == "ms" else unit.rstrip("s")]
