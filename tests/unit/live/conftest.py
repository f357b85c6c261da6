"""A cache in a folder of the test's own, and an emulator of AWS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from support.copies import REPORT, key
from support.emulator import Emulator
from support.reports import ACCOUNT

from iam_fdw.live.cache import Cache


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture
def kept(folder: Path) -> Cache:
    """A cache that holds the report of ACCOUNT."""
    found = Cache(folder, key())
    found.keep(ACCOUNT, REPORT)
    return found


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """AWS with one account, which has a new report."""
    with Emulator() as emulator:
        made = datetime.now(timezone.utc).replace(microsecond=0)
        emulator.account(ACCOUNT, report=REPORT.content, generated_time=made)
        yield emulator
