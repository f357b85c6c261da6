"""What `iam-fdw doctor` learns from reading the reports: about credentials, each account, and the kept copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

import psycopg
from psycopg import sql

from iam_fdw.cli.cache import Reason, folder_of
from iam_fdw.cli.diagnosis import FAILED, OK, SKIPPED, WARNING, Diagnosis, first_column, first_value
from iam_fdw.cli.errors import scan_hint
from iam_fdw.live.copies import SUFFIX
from iam_fdw.live.errors import is_of_credentials
from iam_fdw.tables import CREDENTIAL_REPORT, CREDENTIAL_REPORT_STATUS

_NO_COPIES = (
    'Run "iam-fdw cache" on the machine of the server: it says why none is kept. Each scan asks AWS until then.'
)
_STALE = {
    "file": "Save a newer report where the option source says.",
    **dict.fromkeys(
        ("aws", "cache"),
        "AWS makes at most one report in four hours: look again later, and at the options generate and max_age.",
    ),
}


class AccountStatus(NamedTuple):
    """A row of aws_iam_credential_report_status.

    made_at: when AWS made the report, in UTC; None when not known. error_code, error: None when the report was read.
    """

    account_id: Optional[str]
    state: str
    made_at: Optional[str]
    users: Optional[int]
    origin: str
    error_code: Optional[str]
    error: Optional[str]

    @property
    def is_answered(self) -> bool:
        """Whether AWS accepted the credentials: it returned the report, or an error that only a known caller gets."""
        return self.state in ("denied", "missing") or (self.error is None and self.origin in ("aws", "s3"))


def statuses(connection: psycopg.Connection[Any], schema: str) -> list[AccountStatus]:
    """Read the reports, as a scan does, and return the status of each account. Raises psycopg.Error."""
    table = sql.Identifier(schema, CREDENTIAL_REPORT_STATUS.name)
    query = sql.SQL("select account_id, state, {} || ' UTC', users, origin, error_code, error_message from {}")
    moment = sql.SQL("to_char(generated_time at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')")
    return [AccountStatus(*row) for row in connection.execute(query.format(moment, table))]


def hint(connection: psycopg.Connection[Any], schema: str, accounts: list[AccountStatus]) -> Optional[str]:
    """Return how to fix the accounts that could not be read, None when there is none or the fix is not known."""
    unread = [account.account_id for account in accounts if account.error is not None]
    return scan_hint(connection, sql.Identifier(schema, CREDENTIAL_REPORT.name), unread) if unread else None


def user_mappings(connection: psycopg.Connection[Any], server: str) -> str:
    """Return which roles have a user mapping of a foreign server, as a phrase."""
    users = first_column(connection, "select usename from pg_user_mappings where srvname = %s order by usename", server)
    mapped = f"user mappings: {', '.join(users)}" if users else "no user mappings"
    return f"{mapped}; {'others have' if users else 'all have'} those of the server's machine"


def credentials(accounts: list[AccountStatus], source: Optional[str], mapped: str, hint: Optional[str]) -> Diagnosis:
    """Conclude from the status of the accounts: only the server knows which credentials it has.

    source: the option of the server. mapped: the phrase of user_mappings().
    """
    if source is not None and not source.startswith("s3://"):
        return Diagnosis("credentials", OK, "saved reports need none")
    for account in accounts:
        if account.error is not None and is_of_credentials(account.error_code):
            return Diagnosis("credentials", FAILED, f"{account.error} ({mapped})", hint)
    if any(account.is_answered for account in accounts):
        return Diagnosis("credentials", OK, f"AWS accepted them ({mapped})")
    reason = (
        "the reports are kept copies" if any(account.error is None for account in accounts) else "AWS did not answer"
    )
    return Diagnosis("credentials", SKIPPED, f"not tried: {reason} ({mapped})")


def reports(accounts: list[AccountStatus], hint: Optional[str]) -> Iterator[Diagnosis]:
    """Yield a diagnosis for each account. hint: how to fix those that could not be read; the first one has it."""
    if not accounts:
        yield Diagnosis("report", WARNING, "there is no account", "Look at the options of the server.")
    for account in accounts:
        made = f"made {account.made_at}" if account.made_at else "of unknown age"
        facts = f"{account.state}: account {account.account_id}, {made}, users: {account.users}"
        if account.error is not None:  # which names account or file
            yield Diagnosis("report", FAILED, f"{account.state}: {account.error}", hint)
            hint = None
        elif account.state == "fresh":
            yield Diagnosis("report", OK, facts)
        else:
            yield Diagnosis("report", WARNING, facts, _STALE.get(account.origin))


def copies(connection: psycopg.Connection[Any], server: str, accounts: list[AccountStatus]) -> Diagnosis:
    """Check that copies of the reports are kept where the server keeps them."""
    if first_value(connection, "show is_superuser") != "on":
        return Diagnosis("cache", SKIPPED, "only superusers see which copies are kept")
    folder = folder_of(connection, server)
    if isinstance(folder, Reason):
        return Diagnosis("cache", SKIPPED, f"no copies are kept: {folder}")
    facts = f"no copies are kept yet in {folder}"
    if not first_value(connection, "select pg_stat_file(%s, true) is null", str(folder)):
        number, size = connection.execute(
            "select count(size), coalesce(sum(size), 0)::bigint from pg_ls_dir(%(folder)s) as name,"
            " pg_stat_file(%(folder)s || '/' || name, true) where name like %(like)s",
            {"folder": str(folder), "like": f"%{SUFFIX}"},
        ).fetchone() or (0, 0)
        if number:
            return Diagnosis("cache", OK, f"{number} copies, {size:,} bytes, in {folder}")
    if all(account.error is not None for account in accounts):
        return Diagnosis("cache", SKIPPED, f"{facts}: no report could be read")
    return Diagnosis("cache", WARNING, facts, _NO_COPIES)
