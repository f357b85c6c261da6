"""Copies of reports for tests: a report, the key of some options, and a process of its own that uses a cache."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Optional

from iam_fdw import options
from iam_fdw.live.cache import CacheKey
from iam_fdw.live.client import Client
from iam_fdw.live.copies import Copy
from iam_fdw.tables.report_fetch import fetch
from iam_fdw.workers import Deadline
from support.reports import ACCOUNT, csv, root, user

OTHER = "444455556666"
HOUR = timedelta(hours=1)
LONG = timedelta(days=30)
_TREE = Path(__file__).parent.parent.parent


def now() -> datetime:
    """Return the time in UTC, without microseconds."""
    return datetime.now(timezone.utc).replace(microsecond=0)


REPORT = Copy(csv(root(), user("alice")), ACCOUNT, now() - HOUR)


def key(**given: str) -> CacheKey:
    """Return the key of these options."""
    return CacheKey(options.read(given))


def fetched(client: Client, account_id: Optional[str], deadline: Deadline) -> bytes:
    """Return an account's credential report as its table fetches it, with the default options. Raises Error."""
    return client.account(account_id, deadline, lambda call: fetch(call, options.read({}), deadline)).content


def process(code: str, folder: Path) -> subprocess.Popen[str]:
    """Run code in a process of its own that has the cache `kept` in a folder, and the names of this module."""
    path = [str(_TREE / folder) for folder in ("", "tests", "minicorn")]
    setup = f"import sys, time; sys.path[:0] = {path!r}\n"
    setup += (
        "from support.copies import *\nfrom iam_fdw.live.cache import Cache\nfrom iam_fdw.workers import Deadline\n"
    )
    setup += f"kept = Cache({str(folder)!r}, key())\n"
    return subprocess.Popen([sys.executable, "-c", setup + code], stdout=subprocess.PIPE, text=True)
