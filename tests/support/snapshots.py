"""An organization whose reports are saved, and what tests do with saved reports."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable

from click.testing import Result

from iam_fdw.cli import main
from iam_fdw.saved import formats
from iam_fdw.saved.folder import Folder
from iam_fdw.saved.names import snapshot_name
from support.emulator import Emulator
from support.reports import ACCOUNT, csv, root, user
from support.server import runner

OTHER = "444455556666"
NOW = datetime.now(timezone.utc).replace(microsecond=0)
MADE = NOW - timedelta(hours=1)
SECRET = "of/the+emulator/that/checks/none"
BUCKET = "s3://archive/iam"


@contextmanager
def organization() -> Iterator[Emulator]:
    """An organization of two accounts with a report each, and a bucket."""
    with Emulator() as emulator:
        for account_id in (ACCOUNT, OTHER):
            emulator.account(
                account_id,
                name=f"account {account_id}",
                roles={"audit": None},
                report=csv(root(account_id), user("alice", account_id, mfa_active="true")),
                generated_time=MADE,
            )
        emulator.buckets["archive"] = {}
        yield emulator


def run(emulator: Emulator, place: object, *arguments: str) -> Result:
    """Run iam-fdw snapshot for the organization."""
    given = [f"endpoint_url={emulator.url}", "accounts=organization", "role_name=audit"]
    options = [part for option in given for part in ("--option", option)]
    done = runner().invoke(main, ["snapshot", "--to", str(place), *options, *arguments])
    assert SECRET not in done.stdout + done.stderr
    return done


def put(folder: Path, account_id: str, made: datetime, *rows: dict[str, str]) -> Path:
    """Save a report in a folder as iam-fdw snapshot does."""
    name = snapshot_name(account_id, made)
    assert Folder(str(folder)).write(name, formats.compress(csv(root(account_id), *rows)))
    return folder / name


def key(account_id: str, made: datetime) -> str:
    """Return the key of a snapshot in the bucket."""
    return f"iam/{snapshot_name(account_id, made)}"


def put_object(keys: dict[str, bytes], account_id: str, made: datetime, *rows: dict[str, str]) -> str:
    """Save a report in the bucket as iam-fdw snapshot does. Return its key."""
    name = key(account_id, made)
    keys[name] = formats.compress(csv(root(account_id), *rows))
    return name


def files(folder: Path) -> list[str]:
    """Return the names of all files below a folder."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


# What may have happened to a snapshot.
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda _: b"",
    "a bit": lambda packed: bytes([*packed[:40], packed[40] ^ 1, *packed[41:]]),
    "another report": lambda packed: formats.compress(gzip.decompress(packed).replace(b"alice", b"mallo")),
}
