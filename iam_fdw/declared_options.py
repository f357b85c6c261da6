"""The options of server, user mapping and table, and which of them need or exclude others: each declared once.

iam_fdw.options reads their values. `make generate` writes the validator that PostgreSQL calls in CREATE and ALTER
(sql/generated/11_validator.sql) from these declarations.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from iam_fdw import durations
from iam_fdw.tables import CREDENTIAL_REPORT, TABLES


class Option(NamedTuple):
    """An option.

    name: as SQL writes it. place: server, user mapping or table. superuser: whether only superusers may set it.
    in_cache_key: whether AWS can answer otherwise for another value: a copy is used only where all of these are equal.
    pattern: a regular expression, for Python and PostgreSQL alike, that the whole value matches.
    values: the pattern in words, as a HINT ends. meaning: a line for the documentation.
    default: None where it may be left out.
    """

    name: str
    place: str
    superuser: bool
    in_cache_key: bool
    pattern: str
    values: str
    meaning: str
    default: Optional[str] = None


class Need(NamedTuple):
    """A rule: who sets `option` sets one of `others`, too."""

    option: str
    others: tuple[str, ...]


_IDS = "[0-9]{12}( ?, ?[0-9]{12})*"
S3_SCHEME = "s3://"  # a place that begins so is a prefix of an S3 bucket, any other a file or folder
_PLACE = "/[^\\n]*|" + S3_SCHEME + "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[!-~]*)?"
_PLACE_VALUES = "an absolute path, or s3://bucket/prefix"
_ON_ERROR = "error|skip"
_TABLES = [table.name for table in TABLES]

# Values of the option accounts.
SELF, ORGANIZATION = "self", "organization"

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html has the patterns of the role's options.
OPTIONS = (
    Option(
        name="accounts",
        place="server",
        superuser=False,
        in_cache_key=False,
        pattern=f"{SELF}|{ORGANIZATION}|{_IDS}",
        values=f"{SELF}, {ORGANIZATION}, or ids of accounts (12 digits each) separated by commas",
        default=SELF,
        meaning="The accounts to read: that of the credentials or of role_arn; all of the organization; or these",
    ),
    Option(
        name="exclude_accounts",
        place="server",
        superuser=False,
        in_cache_key=False,
        pattern=_IDS,
        values="ids of accounts (12 digits each) separated by commas",
        meaning="Accounts to leave out",
    ),
    Option(
        name="role_name",
        place="server",
        superuser=False,
        in_cache_key=True,
        pattern="[0-9A-Za-z_+=,.@/-]+",
        values="the name of an IAM role, after its path if it has one",
        meaning="The role to assume in each of the accounts; the account of the credentials needs none",
    ),
    Option(
        name="role_arn",
        place="server",
        superuser=False,
        in_cache_key=True,
        pattern="arn:aws[a-z-]*:iam::[0-9]{12}:role/[0-9A-Za-z_+=,.@/-]+",
        values="the ARN of an IAM role",
        meaning="The role to assume first; without accounts, its account is the one that is read",
    ),
    Option(
        name="external_id",
        place="server",
        superuser=False,
        in_cache_key=True,
        pattern="[0-9A-Za-z_+=,.@:/-]{2,}",
        values="2 or more letters, digits and _+=,.@:/-",
        meaning="The external id that the roles' trust policies ask for. "
        "Not a secret: every role of the database can read it",
    ),
    Option(
        name="role_session_name",
        place="server",
        superuser=False,
        in_cache_key=True,
        pattern="[0-9A-Za-z_+=,.@-]{2,64}",
        values="2 to 64 letters, digits and _+=,.@-",
        default="iam_fdw",
        meaning="The name of the roles' sessions, which CloudTrail shows",
    ),
    Option(
        name="profile",
        place="server",
        superuser=True,
        in_cache_key=True,
        pattern="[^\\n]+",
        values="the name of a profile",
        meaning="A profile of the AWS configuration of the server's user; profiles can name programs to run",
    ),
    Option(
        name="region",
        place="server",
        superuser=False,
        in_cache_key=True,
        pattern="[a-z]{2,12}(-[a-z]{2,12}){1,3}-[0-9]{1,2}",
        values='a Region, such as "us-gov-west-1"',
        meaning="A Region of the partition that is asked (aws, aws-us-gov, aws-cn, aws-eusc); "
        "without it that of role_arn, then that of the AWS configuration, then us-east-1",
    ),
    Option(
        name="generate",
        place="server",
        superuser=False,
        in_cache_key=False,
        pattern="auto|never",
        values="auto, never",
        default="auto",
        meaning="auto: have AWS make a report when there is none younger than max_age. never: read the one there is",
    ),
    Option(
        name="max_age",
        place="server",
        superuser=False,
        in_cache_key=False,
        pattern=durations.PATTERN,
        values=durations.VALUES,
        default="4 hours",
        meaning="How old a report may be. AWS makes at most one in four hours",
    ),
    Option(
        name="timeout",
        place="server",
        superuser=False,
        in_cache_key=False,
        pattern=durations.POSITIVE_PATTERN,
        values=durations.VALUES,
        default="60 seconds",
        meaning="How long AWS may take for an account; and a scan ends when for so long no account could be read",
    ),
    Option(
        name="concurrency",
        place="server",
        superuser=False,
        in_cache_key=False,
        pattern="[1-9][0-9]{0,2}",
        values="a number from 1 to 999",
        default="16",
        meaning="How many accounts are asked for at once",
    ),
    Option(
        name="cache",
        place="server",
        superuser=False,
        in_cache_key=False,
        pattern="on|off",
        values="on, off",
        default="on",
        meaning="on: keep exact copies of reports, for all backends, as long as AWS has no newer ones. "
        "off: ask AWS each time",
    ),
    Option(
        name="on_account_error",
        place="server",
        superuser=False,
        in_cache_key=False,
        pattern=_ON_ERROR,
        values="error, skip",
        default="error",
        meaning="What a scan does when accounts cannot be read. error: fail, and name them all. "
        "skip: give the others' rows, and warn",
    ),
    Option(
        name="endpoint_url",
        place="server",
        superuser=True,
        in_cache_key=True,
        pattern="https?://[!-?A-~]+",
        values="an http or https URL without a user",
        meaning="Where to send the requests instead of AWS",
    ),
    Option(
        name="cache_dir",
        place="server",
        superuser=True,
        in_cache_key=False,
        pattern="/[^\\n]*",
        values="an absolute path",
        meaning="Where the copies are kept; by default the folder iam_fdw in the data directory. "
        "It must be the server's own",
    ),
    Option(
        name="source",
        place="server",
        superuser=True,
        in_cache_key=False,
        pattern=_PLACE,
        values=_PLACE_VALUES,
        meaning="Saved reports to read instead of asking AWS: a file, a folder, or s3://bucket/prefix",
    ),
    Option(
        name="snapshots",
        place="server",
        superuser=True,
        in_cache_key=False,
        pattern=_PLACE,
        values=_PLACE_VALUES,
        meaning="Where `iam-fdw snapshot` saves each report, "
        "and the tables of snapshots read them: a folder, or s3://bucket/prefix",
    ),
    Option(
        name="aws_access_key_id",
        place="user mapping",
        superuser=False,
        in_cache_key=True,
        pattern="[0-9A-Za-z_]{16,}",
        values="an access key id",
        meaning="The access key that signs the requests of this user, instead of the machine's credentials",
    ),
    Option(
        name="aws_secret_access_key",
        place="user mapping",
        superuser=False,
        in_cache_key=True,
        pattern="[0-9A-Za-z/+=]{16,}",
        values="a secret access key",
        meaning="The secret of that access key",
    ),
    Option(
        name="aws_session_token",
        place="user mapping",
        superuser=False,
        in_cache_key=True,
        pattern="[0-9A-Za-z/+=_-]{16,}",
        values="a session token",
        meaning="The session token, where the access key is temporary",
    ),
    Option(
        name="table",
        place="table",
        superuser=False,
        in_cache_key=False,
        pattern="|".join(_TABLES),
        values=", ".join(_TABLES),
        default=CREDENTIAL_REPORT.name,
        meaning="Which table this is",
    ),
    Option(
        name="on_account_error",
        place="table",
        superuser=False,
        in_cache_key=False,
        pattern=_ON_ERROR,
        values="error, skip",
        meaning="As on the server, which comes first",
    ),
)

# In the order in which they are checked.
NEEDS = (
    Need("external_id", ("role_arn", "role_name")),
    Need("role_session_name", ("role_arn", "role_name")),
    Need("role_name", ("accounts",)),
    Need("exclude_accounts", ("accounts",)),
    Need("aws_access_key_id", ("aws_secret_access_key",)),
    Need("aws_secret_access_key", ("aws_access_key_id",)),
    Need("aws_session_token", ("aws_access_key_id",)),
)

# Saved reports are read without these; and those of a disk without these, too, as they need nothing of AWS.
UNUSED_WITH_SOURCE = ("accounts", "exclude_accounts", "role_name", "generate", "cache", "cache_dir")
UNUSED_WITH_FILES = ("role_arn", "profile", "region", "endpoint_url", "timeout", "concurrency")
