"""The function that AWS Lambda calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import snapshots
from support.emulator import error
from support.reports import ACCOUNT
from support.server import runner

from iam_fdw.aws_lambda import handler
from iam_fdw.cli import main


def test_the_handler_of_a_function_saves_what_its_variables_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = snapshots.OTHER
    with snapshots.organization() as emulator:
        for name, value in {
            "AWS_ACCESS_KEY_ID": f"AKIA{ACCOUNT}",
            "AWS_SECRET_ACCESS_KEY": snapshots.SECRET,
            "IAM_FDW_ENDPOINT_URL": emulator.url,
            "IAM_FDW_ACCOUNTS": "organization",
            "IAM_FDW_ROLE_NAME": "audit",
            "IAM_FDW_SNAPSHOTS": str(tmp_path),
            "IAM_FDW_EXTERNAL_ID": "",
        }.items():
            monkeypatch.setenv(name, value)
        assert handler({}, None) == {"saved": 2, "unchanged": 0}
        emulator.account(other, always={"AssumeRole": error("AccessDenied", "no")})
        with pytest.raises(RuntimeError, match=f"1 reports were not saved. account {other}: AWS denied AssumeRole"):
            handler({}, None)
    monkeypatch.delenv("IAM_FDW_SNAPSHOTS")
    with pytest.raises(RuntimeError, match="it is not said where"):
        handler({}, None)


def test_a_misspelled_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAM_FDW_READER_PASSWORD", "of the container")
    monkeypatch.setenv("IAM_FDW_ACOUNTS", "organization")
    with pytest.raises(RuntimeError, match=r'"IAM_FDW_ACOUNTS"[.] Valid variables are: IAM_FDW_ACCOUNTS, '):
        handler({}, None)
    done = runner().invoke(main, ["snapshot", "--to", str(tmp_path)])
    assert done.exit_code == 2
    assert 'invalid variable "IAM_FDW_ACOUNTS"' in done.stderr
