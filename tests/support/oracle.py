"""The rules of the checks a second time, plainly, from their description and not from their SQL.

A rule answers True (a finding), False (none) or None: the report does not tell. For what may be true or false, None is
"not known" as well, and all_of() and any_of() answer None only where what is not known could change the answer.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from enum import Enum
from functools import cache
from typing import NamedTuple, Optional, Union

ROOT = "<root_account>"
LIMITS: Mapping[str, timedelta] = {
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
ROOT_CHECKS = (
    "root_access_key_active",
    "root_mfa_disabled",
    "root_hardware_mfa",
    "root_recently_used",
    "root_signing_certificate_active",
    "root_access_key_inactive",
    "root_password_present",
)
# How much later than now a date may be, as clocks differ: what is later yet, the report might as well not tell.
LEEWAY = timedelta(hours=1)

Row = Mapping[str, str]
Answer = Optional[bool]
Finding = tuple[str, str, Optional[str], str]


class Special(Enum):
    """What a date column may tell in place of a date."""

    NOTHING = "nothing is there, or it was never used"
    UNKNOWN = "the report does not tell"


NOTHING, UNKNOWN = Special.NOTHING, Special.UNKNOWN
Moment = Union[datetime, Special]


# What the report tells


_BOOLEANS = {"true": True, "TRUE": True, "false": False, "FALSE": False}
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?(?:Z|\+00:00)")


def boolean(row: Row, column: str) -> Answer:
    return _BOOLEANS.get(row.get(column, ""))


def date(row: Row, column: str) -> Moment:
    return _moment(row.get(column, "not_supported"))


def past(row: Row, column: str, now: datetime) -> Moment:
    """Return a date whose age can be told."""
    moment = date(row, column)
    return UNKNOWN if isinstance(moment, datetime) and moment - now > LEEWAY else moment


@cache
def _moment(text: str) -> Moment:
    if text in ("N/A", "no_information"):
        return NOTHING
    match = _DATE.fullmatch(text)
    if match is None:
        return UNKNOWN
    try:
        whole = datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return UNKNOWN
    return whole + timedelta(microseconds=int((match[2] or ".0")[1:].ljust(6, "0")))


class Key(NamedTuple):
    slot: int
    is_active: Answer
    is_there: Answer  # active or not
    rotated: Moment
    used: Moment


class Person(NamedTuple):
    """A row of the report."""

    created: Moment
    has_password: Answer
    password_used: Moment
    password_changed: Moment
    next_rotation: Moment
    has_mfa: Answer
    keys: tuple[Key, Key]
    has_certificate: Answer
    has_extra: Answer

    @property
    def has_active_key(self) -> Answer:
        return any_of(*(key.is_active for key in self.keys))

    @property
    def uses(self) -> list[Moment]:
        return [self.password_used, *(key.used for key in self.keys)]


def key_of(row: Row, slot: int, now: datetime) -> Key:
    name = f"access_key_{slot}"
    made = date(row, f"{name}_last_rotated")
    is_there = None if made is UNKNOWN else made is not NOTHING
    rotated, used = past(row, f"{name}_last_rotated", now), past(row, f"{name}_last_used_date", now)
    return Key(slot, boolean(row, f"{name}_active"), is_there, rotated, used)


def person_of(row: Row, now: datetime) -> Person:
    has_password, password_used = boolean(row, "password_enabled"), past(row, "password_last_used", now)
    if has_password and row.get("password_last_used") == "N/A":
        password_used = UNKNOWN  # there is a password, and there is none
    extra = row.get("additional_credentials_info", "not_supported")
    return Person(
        created=past(row, "user_creation_time", now),
        has_password=has_password,
        password_used=password_used,
        password_changed=past(row, "password_last_changed", now),
        next_rotation=date(row, "password_next_rotation"),
        has_mfa=boolean(row, "mfa_active"),
        keys=(key_of(row, 1, now), key_of(row, 2, now)),
        has_certificate=any_of(boolean(row, "cert_1_active"), boolean(row, "cert_2_active")),
        has_extra=None if extra in ("not_supported", "no_information") else extra not in ("N/A", ""),
    )


# Answers, some of which are not known


def any_of(*answers: Answer) -> Answer:
    if True in answers:
        return True
    return None if None in answers else False


def all_of(*answers: Answer) -> Answer:
    if False in answers:
        return False
    return None if None in answers else True


def no(answer: Answer) -> Answer:
    return None if answer is None else not answer


def is_older(moment: Moment, limit: timedelta, now: datetime) -> Answer:
    """Whether a thing that is there, and so has a date, is older than the limit."""
    return now - moment > limit if isinstance(moment, datetime) else None


def is_unused(used: Moment, made: Moment, limit: timedelta, now: datetime) -> Answer:
    """Whether the age of the last use, or of what was never used, has reached the limit."""
    if used is UNKNOWN:
        return None
    since = made if used is NOTHING else used
    return now - since >= limit if isinstance(since, datetime) else None


def is_never_used(used: Moment, made: Moment, grace: timedelta, now: datetime) -> Answer:
    if used is UNKNOWN:
        return None
    return is_older(made, grace, now) if used is NOTHING else False


def was_used_within(uses: list[Moment], limit: timedelta, now: datetime) -> Answer:
    return any_of(
        *(None if used is UNKNOWN else isinstance(used, datetime) and now - used < limit for used in uses),
    )


# The rules


def judge_root(root: Person, now: datetime, limits: Mapping[str, timedelta]) -> Iterator[tuple[str, Answer]]:
    yield "root_access_key_active", root.has_active_key
    yield "root_mfa_disabled", all_of(any_of(root.has_password, root.has_active_key), no(root.has_mfa))
    yield "root_recently_used", was_used_within(root.uses, limits["root_use_max_age"], now)
    yield "root_signing_certificate_active", root.has_certificate
    yield "root_access_key_inactive", has_inactive_key(root)
    yield "root_password_present", root.has_password


def has_inactive_key(root: Person) -> Answer:
    return any_of(*(None if key.is_active is None else all_of(no(key.is_active), key.is_there) for key in root.keys))


def judge_user(user: Person, now: datetime, limits: Mapping[str, timedelta]) -> Iterator[tuple[str, Answer]]:
    yield "user_console_without_mfa", all_of(user.has_password, no(user.has_mfa))
    yield "user_without_mfa", no(user.has_mfa)
    yield "user_two_active_access_keys", all_of(*(key.is_active for key in user.keys))
    yield "user_password_and_access_key", all_of(user.has_password, user.has_active_key)
    yield "user_inactive", is_inactive(user, limits["inactive_max_age"], now)
    yield "user_signing_certificate", user.has_certificate
    yield "user_without_credentials", no(any_of(user.has_password, user.has_active_key, user.has_certificate))
    if user.has_extra is not None:
        yield "user_extra_credentials", user.has_extra


def is_inactive(user: Person, limit: timedelta, now: datetime) -> Answer:
    if all(used is NOTHING for used in user.uses):
        return is_unused(NOTHING, user.created, limit, now)
    return no(was_used_within(user.uses, limit, now))


def judge_password(user: Person, now: datetime, limits: Mapping[str, timedelta]) -> Iterator[tuple[str, Answer]]:
    used, changed = user.password_used, user.password_changed
    unused = is_unused(used, changed, limits["unused_max_age"], now)
    never = is_never_used(used, changed, limits["never_used_grace"], now)
    too_old = is_older(changed, limits["password_max_age"], now)
    past_rotation = False if user.next_rotation is NOTHING else is_older(user.next_rotation, timedelta(0), now)
    for check_id, rule in (
        ("user_password_unused", unused),
        ("user_never_logged_in", never),
        ("user_password_not_rotated", any_of(too_old, past_rotation)),
    ):
        yield check_id, rule if user.has_password else user.has_password


def judge_key(user: Person, key: Key, now: datetime, limits: Mapping[str, timedelta]) -> Iterator[tuple[str, Answer]]:
    """Judge a key that is active, or of which that is not known."""
    for check_id, rule in (
        ("user_access_key_unused", is_unused(key.used, key.rotated, limits["unused_max_age"], now)),
        ("access_key_not_rotated", is_older(key.rotated, limits["access_key_max_age"], now)),
        ("access_key_made_at_setup", is_made_at_setup(user, key)),
        ("access_key_created_with_user", is_created_with(user, key, limits["setup_window"])),
        ("access_key_unused_since_rotation", is_unused_since_rotation(key)),
        ("access_key_never_used", is_never_used(key.used, key.rotated, limits["never_used_grace"], now)),
    ):
        yield check_id, rule if key.is_active else None


def is_made_at_setup(user: Person, key: Key) -> Answer:
    return all_of(user.has_password, None if key.used is UNKNOWN else key.used is NOTHING)


def is_created_with(user: Person, key: Key, window: timedelta) -> Answer:
    is_within: Answer = None
    if isinstance(key.rotated, datetime) and isinstance(user.created, datetime):
        is_within = abs(key.rotated - user.created) <= window
    return all_of(user.has_password, is_within)


def is_unused_since_rotation(key: Key) -> Answer:
    if key.used is NOTHING:
        return False  # there is no last use that could be before the rotation
    if isinstance(key.used, datetime) and isinstance(key.rotated, datetime):
        return key.used < key.rotated.replace(second=0, microsecond=0)
    return None


def is_kept(key: Key, now: datetime, limits: Mapping[str, timedelta]) -> Answer:
    """Whether a key that is not known to be active is inactive and too old."""
    return None if key.is_active is None else is_older(key.rotated, limits["inactive_key_max_age"], now)


# Results


def status(answer: Answer) -> str:
    return {True: "alarm", False: "ok", None: "skip"}[answer]


def judge(
    report: bytes,
    now: datetime,
    generated_time: Optional[datetime],
    limits: Mapping[str, timedelta],
) -> set[Finding]:
    """Judge the report of an account: what iam_check_result must say of it."""
    stale = None
    if generated_time is not None and generated_time - now <= LEEWAY:
        stale = now - generated_time > limits["report_max_age"]
    tells_extra = False
    found: set[Finding] = {("report_stale", ROOT, None, status(stale))}
    of_root: dict[str, Answer] = dict.fromkeys(ROOT_CHECKS)
    for row in csv.DictReader(io.StringIO(report.decode("utf-8-sig"), newline=""), strict=True):
        person, name = person_of(row, now), row["user"]
        if name == ROOT:
            of_root.update(judge_root(person, now, limits))
            tells_extra = person.has_extra is not None
        else:
            found.update(_results(person, name, now, limits))
    found.update((check_id, ROOT, None, status(answer)) for check_id, answer in of_root.items())
    if not tells_extra:
        found.add(("user_extra_credentials", ROOT, None, "skip"))
    found.remove(("root_hardware_mfa", ROOT, None, "skip"))
    found.add(("root_hardware_mfa", ROOT, None, "alarm" if of_root["root_mfa_disabled"] else "info"))
    return found


def _results(user: Person, name: str, now: datetime, limits: Mapping[str, timedelta]) -> Iterator[Finding]:
    for check_id, answer in judge_user(user, now, limits):
        yield check_id, name, None, status(answer)
    if name.startswith("BedrockAPIKey-"):
        answer = any_of(user.has_password, user.has_active_key)
        yield "bedrock_api_key_user_with_credentials", name, None, status(answer)
    for check_id, answer in judge_password(user, now, limits):
        yield check_id, name, "password", status(answer)
    for key in user.keys:
        credential = f"access_key_{key.slot}"
        if key.is_active is not False:
            for check_id, answer in judge_key(user, key, now, limits):
                yield check_id, name, credential, status(answer)
        if key.is_active is None or (not key.is_active and key.is_there is not False):
            yield "access_key_inactive_kept", name, credential, status(is_kept(key, now, limits))
