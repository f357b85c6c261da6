"""The rules of the checks a second time, plainly, in Python: what iam_check_result must say of a report.

A fact is what the report tells, or UNKNOWN: a missing field, not_supported, or a value that is not understood. A rule
asks its facts one after the other; where an answer could change the verdict and is not known, the verdict is skip.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Optional

LIMITS = {
    "root_use_max_age": timedelta(days=90),
    "unused_max_age": timedelta(days=45),
    "access_key_max_age": timedelta(days=90),
    "setup_window": timedelta(seconds=10),
    "never_used_grace": timedelta(0),
    "inactive_max_age": timedelta(days=90),
    "inactive_key_max_age": timedelta(days=90),
    "password_max_age": timedelta(days=90),
    "report_max_age": timedelta(hours=4),
}
UNKNOWN: Any = object()
NOTHING: Any = None  # never used, or not there
OK, ALARM, INFO, SKIP = "ok", "alarm", "info", "skip"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)")


class Verdict(NamedTuple):
    """What a row of iam_check_result says."""

    check_id: str
    user_name: str
    credential: Optional[str]
    status: str


class Facts:
    """What the row of a user tells."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self._row = row
        self.name = row["user"]
        self.password = self.boolean("password_enabled")
        self.mfa = self.boolean("mfa_active")
        self.changed, self.next_rotation = self.date("password_last_changed"), self.date("password_next_rotation")
        self.created = self.date("user_creation_time")
        self.used = self.date("password_last_used")
        if row.get("password_last_used") == "N/A" and self.password is True:
            self.used = UNKNOWN  # a password, and none
        self.active = {slot: self.boolean(f"access_key_{slot}_active") for slot in (1, 2)}
        self.rotated = {slot: self.date(f"access_key_{slot}_last_rotated") for slot in (1, 2)}
        self.key_used = {slot: self.date(f"access_key_{slot}_last_used_date") for slot in (1, 2)}
        self.certificates = [self.boolean(f"cert_{slot}_active") for slot in (1, 2)]
        self.extra = row.get("additional_credentials_info", UNKNOWN)
        if self.extra in ("no_information", "not_supported"):
            self.extra = UNKNOWN

    def boolean(self, field: str) -> Any:
        return {"true": True, "TRUE": True, "false": False, "FALSE": False}.get(self._row.get(field, ""), UNKNOWN)

    def date(self, field: str) -> Any:
        value = self._row.get(field, "")
        if value in ("N/A", "no_information"):
            return NOTHING
        if not _DATE.fullmatch(value):
            return UNKNOWN
        try:
            return datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return UNKNOWN


def judge(
    report: bytes, now: datetime, generated_time: Optional[datetime], limits: Mapping[str, timedelta] = LIMITS
) -> Iterator[Verdict]:
    """Yield the verdicts on the report of an account, which has a row of root."""
    for row in csv.DictReader(io.StringIO(report.decode())):
        facts = Facts(row)
        if facts.name == "<root_account>":
            yield Verdict("report_stale", facts.name, None, _stale(now, generated_time, limits))
            for check_id, status in _of_root(facts, now, limits):
                yield Verdict(check_id, facts.name, None, status)
        else:
            for check_id, status in _of_user(facts, now, limits):
                is_password = check_id in ("user_password_unused", "user_never_logged_in", "user_password_not_rotated")
                yield Verdict(check_id, facts.name, "password" if is_password else None, status)
            for slot in (1, 2):
                for check_id, status in _of_key(facts, slot, now, limits):
                    yield Verdict(check_id, facts.name, f"access_key_{slot}", status)


def _stale(now: datetime, generated_time: Optional[datetime], limits: Mapping[str, timedelta]) -> str:
    if generated_time is None:
        return SKIP
    return ALARM if now - generated_time > limits["report_max_age"] else OK


def _any(facts: list[Any]) -> Any:
    """Whether one of these is true, UNKNOWN where that depends on what is not known."""
    if True in facts:
        return True
    return UNKNOWN if UNKNOWN in facts else False


def _alarm_if(fact: Any) -> str:
    return SKIP if fact is UNKNOWN else ALARM if fact else OK


def _of_root(facts: Facts, now: datetime, limits: Mapping[str, timedelta]) -> Iterator[tuple[str, str]]:
    keys = list(facts.active.values())
    yield "root_access_key_active", _alarm_if(_any(keys))
    # a password or an active key, and no MFA
    needed = _any([facts.password, *keys])
    if facts.mfa is True or needed is False:
        without_mfa: Any = False
    else:
        without_mfa = UNKNOWN if UNKNOWN in (facts.mfa, needed) else True
    yield "root_mfa_disabled", _alarm_if(without_mfa)
    yield "root_hardware_mfa", ALARM if without_mfa is True else INFO
    yield "root_recently_used", _recent_use(facts, now, limits["root_use_max_age"])
    yield "root_signing_certificate_active", _alarm_if(_any(facts.certificates))
    inactive = []
    for slot in (1, 2):
        if facts.active[slot] is False:
            rotated = facts.rotated[slot]
            inactive.append(UNKNOWN if rotated is UNKNOWN else rotated is not NOTHING)
        else:
            inactive.append(UNKNOWN if facts.active[slot] is UNKNOWN else False)
    yield "root_access_key_inactive", _alarm_if(_any(inactive))
    yield "root_password_present", _alarm_if(facts.password)


def _uses(facts: Facts) -> tuple[Optional[datetime], bool]:
    """Return the latest use that is told of password and keys, and whether all are told."""
    uses = [facts.used, *facts.key_used.values()]
    told = [use for use in uses if use is not UNKNOWN and use is not NOTHING]
    return max(told, default=None), UNKNOWN not in uses


def _recent_use(facts: Facts, now: datetime, limit: timedelta) -> str:
    latest, are_all_told = _uses(facts)
    if latest is not None and now - latest < limit:
        return ALARM
    return OK if are_all_told else SKIP


def _of_user(facts: Facts, now: datetime, limits: Mapping[str, timedelta]) -> Iterator[tuple[str, str]]:
    keys = list(facts.active.values())
    if facts.mfa is True or facts.password is False:
        yield "user_console_without_mfa", OK
    else:
        yield "user_console_without_mfa", SKIP if UNKNOWN in (facts.mfa, facts.password) else ALARM
    yield "user_without_mfa", SKIP if facts.mfa is UNKNOWN else OK if facts.mfa else ALARM

    yield (
        "user_password_unused",
        _password(facts, lambda: _unused(facts.used, facts.changed, now, limits["unused_max_age"])),
    )
    yield (
        "user_never_logged_in",
        _password(facts, lambda: _never(facts.used, facts.changed, now, limits["never_used_grace"])),
    )
    yield "user_password_not_rotated", _password(facts, lambda: _password_age(facts, now, limits["password_max_age"]))

    yield "user_two_active_access_keys", OK if False in keys else SKIP if UNKNOWN in keys else ALARM
    both: Any = False
    if facts.password is not False and _any(keys) is not False:
        both = UNKNOWN if UNKNOWN in (facts.password, _any(keys)) else True
    yield "user_password_and_access_key", _alarm_if(both)

    latest, are_all_told = _uses(facts)
    if latest is not None and now - latest < limits["inactive_max_age"]:
        yield "user_inactive", OK
    elif not are_all_told:
        yield "user_inactive", SKIP
    elif latest is not None:
        yield "user_inactive", ALARM
    elif facts.created in (UNKNOWN, NOTHING):
        yield "user_inactive", SKIP
    else:
        yield "user_inactive", ALARM if now - facts.created >= limits["inactive_max_age"] else OK

    yield "user_signing_certificate", _alarm_if(_any(facts.certificates))
    has_any = _any([facts.password, *keys, *facts.certificates])
    yield "user_without_credentials", SKIP if has_any is UNKNOWN else OK if has_any else ALARM
    if facts.extra is UNKNOWN:
        yield "user_extra_credentials", SKIP
    else:
        yield "user_extra_credentials", OK if facts.extra in ("N/A", "") else ALARM


def _password(facts: Facts, rule: Any) -> str:
    if facts.password is UNKNOWN:
        return SKIP
    return str(rule()) if facts.password else OK


def _unused(used: Any, made: Any, now: datetime, limit: timedelta) -> str:
    """Judge a credential by its use; one never used by the day it was made."""
    if used is UNKNOWN:
        return SKIP
    since = made if used is NOTHING else used
    if since in (UNKNOWN, NOTHING):
        return SKIP
    return ALARM if now - since >= limit else OK


def _never(used: Any, made: Any, now: datetime, grace: timedelta) -> str:
    if used is UNKNOWN:
        return SKIP
    if used is not NOTHING:
        return OK
    if made in (UNKNOWN, NOTHING):
        return SKIP
    return ALARM if now - made > grace else OK


def _password_age(facts: Facts, now: datetime, limit: timedelta) -> str:
    changed, following = facts.changed, facts.next_rotation
    if changed not in (UNKNOWN, NOTHING) and now - changed > limit:
        return ALARM
    if following not in (UNKNOWN, NOTHING) and now > following:
        return ALARM
    return SKIP if changed in (UNKNOWN, NOTHING) or following is UNKNOWN else OK


def _of_key(facts: Facts, slot: int, now: datetime, limits: Mapping[str, timedelta]) -> Iterator[tuple[str, str]]:
    active, rotated, used = facts.active[slot], facts.rotated[slot], facts.key_used[slot]
    if active is not True and rotated is not NOTHING:
        if active is UNKNOWN or rotated is UNKNOWN:
            yield "access_key_inactive_kept", SKIP
        else:
            yield "access_key_inactive_kept", ALARM if now - rotated > limits["inactive_key_max_age"] else OK
    if active is False:
        return
    is_told = active is not UNKNOWN
    yield "user_access_key_unused", _unused(used, rotated, now, limits["unused_max_age"]) if is_told else SKIP
    yield "access_key_never_used", _never(used, rotated, now, limits["never_used_grace"]) if is_told else SKIP
    has_date = rotated not in (UNKNOWN, NOTHING)
    if not is_told or not has_date:
        yield "access_key_not_rotated", SKIP
    else:
        yield "access_key_not_rotated", ALARM if now - rotated > limits["access_key_max_age"] else OK

    if not is_told:
        yield "access_key_made_at_setup", SKIP
    elif facts.password is False or used not in (UNKNOWN, NOTHING):
        yield "access_key_made_at_setup", OK
    else:
        yield "access_key_made_at_setup", SKIP if UNKNOWN in (used, facts.password) else ALARM

    if not is_told:
        yield "access_key_created_with_user", SKIP
    elif facts.password is False:
        yield "access_key_created_with_user", OK
    elif not has_date or facts.created in (UNKNOWN, NOTHING):
        yield "access_key_created_with_user", SKIP
    elif abs(rotated - facts.created) > limits["setup_window"]:
        yield "access_key_created_with_user", OK
    else:
        yield "access_key_created_with_user", SKIP if facts.password is UNKNOWN else ALARM

    if not is_told or used is UNKNOWN:
        yield "access_key_unused_since_rotation", SKIP
    elif used is NOTHING:
        yield "access_key_unused_since_rotation", OK
    elif not has_date:
        yield "access_key_unused_since_rotation", SKIP
    else:
        yield "access_key_unused_since_rotation", ALARM if used < rotated.replace(second=0) else OK
