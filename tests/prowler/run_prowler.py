"""Prowler's verdicts on a credential report: `prowler aws` over HTTP, with an account that has this report.

    PYTHONPATH=tests python3 -m prowler.run_prowler REPORT.csv > verdicts.csv

PROWLER_VENV is a virtual environment that has requirements.txt; /var/cache/iam_fdw/prowler if it is not given.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional, TextIO

from support.emulator import Reply

from prowler.account import ReportedAccount

# The checks that read the credential report, and the one of unused passwords, which reads ListUsers instead. Without
# iam_administrator_access_with_mfa, which judges groups by their members' MFA.
CHECKS = (
    "iam_avoid_root_usage",
    "iam_no_root_access_key",
    "iam_root_hardware_mfa_enabled",
    "iam_root_mfa_enabled",
    "iam_rotate_access_key_90_days",
    "iam_user_accesskey_unused",
    "iam_user_console_access_unused",
    "iam_user_mfa_enabled_console_access",
    "iam_user_no_setup_initial_access_key",
    "iam_user_two_active_access_key",
)


class Verdict(NamedTuple):
    """A finding. user: as the credential report names it; status: PASS or FAIL; status_extended: which key."""

    check: str
    user: str
    status: str
    status_extended: str


@dataclass(frozen=True)
class Run:
    """What came of it. exit_code: 3 where something fails, else 0; output: what Prowler printed, both streams.

    requests: how many of each action came.
    """

    verdicts: list[Verdict]
    seconds: float
    exit_code: int
    output: str
    requests: Counter[str]


def run(
    report: bytes, answers: Optional[dict[str, Reply]] = None, options: Sequence[str] = (), zone: str = "UTC"
) -> Run:
    """Run Prowler on an account with this report.

    answers: instead of the true ones, for actions; options: more of Prowler's; zone: its TZ.
    """
    venv = Path(os.environ.get("PROWLER_VENV", "/var/cache/iam_fdw/prowler"))
    account = ReportedAccount(report)
    with account, tempfile.TemporaryDirectory(prefix="iam_fdw-prowler-") as directory:
        account.always.update(answers or {})
        # nothing of the caller's AWS, and no PYTHONPATH, in which this package would hide Prowler's
        environment = {
            "AWS_ACCESS_KEY_ID": f"AKIA{account.account_id}",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": account.url,
            "AWS_SECRET_ACCESS_KEY": "of/the+emulator/that/checks/none",
            "HOME": directory,
            "LC_ALL": "C.UTF-8",
            "PATH": os.environ["PATH"],
            "TZ": zone,
        }
        command = [str(venv / "bin" / "prowler"), "aws", "--no-banner", "--no-color", "--check", *CHECKS]
        command += ["--region", "us-east-1", "--output-formats", "csv"]
        command += ["--output-directory", directory, "--output-filename", "verdicts", *options]
        start = time.monotonic()
        process = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        seconds = time.monotonic() - start
        requests = Counter(request.action for request in account.requests)
        return Run(_verdicts(Path(directory, "verdicts.csv")), seconds, process.returncode, process.stdout, requests)


def _verdicts(path: Path) -> list[Verdict]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return [Verdict(row["CHECK_ID"], _user(row["RESOURCE_UID"]), row["STATUS"], row["STATUS_EXTENDED"]) for row in rows]


def _user(arn: str) -> str:
    """Return the name of the user whose ARN this is; of root, and of root's MFA device."""
    return arn.rpartition("/")[2] if ":user/" in arn else "<root_account>"


def write(verdicts: list[Verdict], file: TextIO) -> None:
    """Write them as CSV."""
    csv.writer(file, lineterminator="\n").writerows([Verdict._fields, *verdicts])


def main() -> None:
    """Write the verdicts to the standard output; what Prowler printed, and the time, to that of errors."""
    done = run(Path(sys.argv[1]).read_bytes())
    write(done.verdicts, sys.stdout)
    print(f"{done.output}\nexit code {done.exit_code}, {done.seconds:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
