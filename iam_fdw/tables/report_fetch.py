"""How an account's credential report is fetched: GetCredentialReport, after GenerateCredentialReport where needed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.live.errors import not_understood
from iam_fdw.live.retry import backoff
from iam_fdw.options import Settings
from iam_fdw.tables.base import Answer, Call
from iam_fdw.workers import Deadline

_GET, _GENERATE = "GetCredentialReport", "GenerateCredentialReport"
_NOT_READY = errcodes.OBJECT_NOT_IN_PREREQUISITE_STATE
_IN_PROGRESS = "ReportInProgress"
_MISSING = {
    "ReportNotPresent": "there is no credential report",
    "ReportExpired": "the credential report has expired",
    _IN_PROGRESS: "the credential report is being made",
}


def fetch(call: Call, settings: Settings, deadline: Deadline) -> Answer:
    """Return an account's report; AWS makes it first where the options generate and max_age ask for that.

    Then the report that AWS gives is taken, whatever its age: AWS makes at most one in four hours. Raises Error.
    """
    if settings.generate == "never":
        return _present(call, deadline)
    answer = _get(call, must_exist=False)
    if answer is not None and datetime.now(timezone.utc) - answer.time <= settings.max_age:
        return answer
    return _generated(call, deadline)


def _present(call: Call, deadline: Deadline) -> Answer:
    """Return the report that there is, or that somebody else has AWS make."""
    for delay in backoff():
        answer = _get(call, must_exist=True)
        if answer is not None:
            return answer
        deadline.wait(delay, Error(_MISSING[_IN_PROGRESS], sqlstate=_NOT_READY))
    raise AssertionError("backoff() does not end")


def _generated(call: Call, deadline: Deadline) -> Answer:
    """Have AWS make a report, and return it."""
    for delay in backoff():
        state = call("iam", _GENERATE).get("State")
        answer = _get(call, must_exist=False) if state == "COMPLETE" else None
        if answer is not None:
            return answer
        if state not in ("STARTED", "INPROGRESS", "COMPLETE"):
            raise not_understood(_GENERATE, "It has no known State.")
        deadline.wait(delay, Error(f"AWS is still making the report (State {state})", sqlstate=_NOT_READY))
    raise AssertionError("backoff() does not end")


def _get(call: Call, must_exist: bool) -> Optional[Answer]:
    """Return the report, None while AWS makes it, or has none. must_exist: raise Error when AWS has none."""
    try:
        answer = call("iam", _GET)
    except Error as error:
        if error.code not in _MISSING:
            raise
        if not must_exist or error.code == _IN_PROGRESS:
            return None
        hint = 'Run "aws iam generate-credential-report", or set the option generate to auto.'
        raise Error(_MISSING[error.code], error.detail, hint, _NOT_READY, error.code, "missing") from None
    content, form, made = (answer.get(key) for key in ("Content", "ReportFormat", "GeneratedTime"))
    if form != "text/csv" or not isinstance(content, bytes) or not isinstance(made, datetime):
        raise not_understood(_GET, "It has no report in the format text/csv with its time.")
    if made - datetime.now(timezone.utc) > timedelta(days=1):
        raise not_understood(_GET, f"The report is of {made.isoformat()}, in the future.")
    return Answer(content, made.astimezone(timezone.utc))
