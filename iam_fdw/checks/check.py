"""What an entry of the catalogue is made of: the check, the rows that it judges, and the branches of its rule."""

from __future__ import annotations

from typing import NamedTuple, Optional

# The condition of the last branch of a rule.
OTHERWISE = "true"


class Branch(NamedTuple):
    """A branch of a rule: the first branch whose condition is true decides. A condition that is null is not true.

    status: ok, alarm, info (look at it), skip (the report does not say) or error.
    condition, reason: SQL, see Check.
    passes_without_root_password: whether the branch is part of the rule only in benchmarks that ask no MFA of a root
        user without a password (True), or only elsewhere (False). None: everywhere.
    """

    status: str
    condition: str
    reason: str
    passes_without_root_password: Optional[bool] = None


class Subject(NamedTuple):
    """What a check has a result for.

    rows: the condition for the rows of the report that are judged, as SQL. An account that could not be read is a row
        whose other columns are null; each check has one result for it.
    slots: the access keys that are judged one by one, or none.
    has_error_branch: whether the rule itself judges an account that could not be read.
    """

    rows: str
    slots: tuple[int, ...] = ()
    has_error_branch: bool = False


class Check(NamedTuple):
    """A check.

    check_id, title (what is right), severity, description, remediation: as the view iam_check lists them.
    setting: the name of its limit in iam_setting. None: it has no limit.
    judges: what it has a result for.
    credential: the credential that is judged: password or access_key_{n}. None: the user as a whole.
    rule: its branches. The last one's condition is OTHERWISE.

    Conditions and reasons are SQL. Ages are compared as intervals of 24-hour days, which are exact to the second and
    equal in every time zone. The SQL may name
        the columns of aws_iam_credential_report_or_error;
        now: iam_now();
        latest: an hour after now. No clock is that wrong: a later date counts as one that the report does not give;
        now_note: what has set now, in parentheses, or an empty text;
        last_use: the latest of the uses of password and access keys, without those after latest;
    and in braces
        {limit}, {limit_text}: the limit, as an interval and as text: the setting's, or a benchmark's own;
        {n}: the number of the access key that is judged;
        {ago}: the function iam_ago(moment, now, limit). Without a limit where the moment is compared with none.
    """

    check_id: str
    title: str
    severity: str
    description: str
    remediation: str
    judges: Subject
    rule: tuple[Branch, ...]
    setting: Optional[str] = None
    credential: Optional[str] = None


ROOT = Subject("is_root is not false")
# The report of an account: its row is that of root.
REPORT = Subject(ROOT.rows, has_error_branch=True)
USER = Subject("is_root is not true")
# The users that AWS creates for long-term API keys of Amazon Bedrock.
BEDROCK_USER = Subject("not is_root and starts_with(user_name, 'BedrockAPIKey-') or error_message is not null")
# The users, where the report has the field additional_credentials_info; otherwise the account.
EXTRA_CREDENTIALS = Subject(
    "is_root = coalesce('additional_credentials_info' = any (unknown_columns), false) or error_message is not null"
)
# The access keys of users that are active, or may be.
ACCESS_KEY = Subject("not is_root and access_key_{n}_active is not false", slots=(1, 2))
# The access keys of users that exist and are not active, or may be such.
INACTIVE_ACCESS_KEY = Subject(
    """
    not is_root and (
      access_key_{n}_active is null
      or not access_key_{n}_active and (
        access_key_{n}_last_rotated is not null
        or 'access_key_{n}_last_rotated' = any (unknown_columns)
      )
    )
    """,
    slots=(1, 2),
)


def ok(condition: str, reason: str, *, passes_without_root_password: Optional[bool] = None) -> Branch:
    """Return a branch for what is right."""
    return Branch("ok", condition, reason, passes_without_root_password)


def alarm(condition: str, reason: str, *, passes_without_root_password: Optional[bool] = None) -> Branch:
    """Return a branch for what is not right."""
    return Branch("alarm", condition, reason, passes_without_root_password)


def info(condition: str, reason: str) -> Branch:
    """Return a branch for what a person must look at."""
    return Branch("info", condition, reason)


def skip(condition: str, reason: str) -> Branch:
    """Return a branch for what cannot be judged."""
    return Branch("skip", condition, reason)


def error(condition: str, reason: str) -> Branch:
    """Return a branch for a report that could not be read."""
    return Branch("error", condition, reason)


def unknown(column: str, of: str = "") -> Branch:
    """Return a branch for a column that is null only where the report does not give its value."""
    return skip(f"{column} is null", f"'The report does not tell {column}{of}'")


def unreadable(column: str, of: str = "", where: str = "") -> Branch:
    """Return a branch for a column that may be null, where the report does not give its value.

    where: a condition that must be true, too.
    """
    condition = f"'{column}' = any (unknown_columns)"
    return skip(f"{where} and {condition}" if where else condition, f"'The report does not tell {column}{of}'")


def later(column: str) -> Branch:
    """Return a branch for a date that is later than now by more than an hour."""
    return skip(f"{column} > latest", f"'The report has {column} '\n  || {{ago}}({column}, now) || now_note")
