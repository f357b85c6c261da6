"""An organization whose reports are saved, with the keys of its first account in the environment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import snapshots
from support.emulator import Emulator
from support.reports import ACCOUNT


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKIA{ACCOUNT}")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", snapshots.SECRET)
    with snapshots.organization() as emulator:
        yield emulator


@pytest.fixture
def keys(emulator: Emulator) -> dict[str, bytes]:
    """The content of the bucket, by key."""
    return emulator.buckets["archive"]
