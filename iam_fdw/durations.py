"""Durations as options have them: a number and its unit."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "second": 1, "minute": 60, "hour": 3600, "day": 86400}
_UNIT = "(ms|(second|minute|hour|day)s?)"

# Regular expressions for Python and PostgreSQL alike, of a whole value, and what they say in words.
PATTERN = f"[0-9]{{1,6}} ?{_UNIT}"
POSITIVE_PATTERN = f"[1-9][0-9]{{0,5}} ?{_UNIT}"
VALUES = 'a number of ms, seconds, minutes, hours or days, such as "90 seconds"'


def seconds(duration: str) -> float:
    """Return the seconds of a duration that PATTERN matches. Raises ValueError for another text."""
    match = re.fullmatch(PATTERN, duration)
    if match is None:
        raise ValueError(f"not a duration: {duration!r}")
    unit = match[1]
    return int(duration[: match.start(1)]) * _UNITS[unit if unit == "ms" else unit.rstrip("s")]
