"""What saves reports on a schedule: the templates, the function, the units and the crontab in deploy/."""

from __future__ import annotations

import configparser
import importlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import HOST, PYTHON, TREE, runner
from emulator import Emulator, s3_error
from reports import ACCOUNT, csv, root, user

from iam_fdw import options
from iam_fdw.cli import main

DEPLOY = TREE / "deploy"
PAGE = (TREE / "docs" / "snapshots-schedule.md").read_text()
TEMPLATES = ["cloudformation.yaml", "member-role.yaml"]
OTHER = "444455556666"
MADE = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)
READ = {"iam:GenerateCredentialReport", "iam:GetCredentialReport"}


def template(name: str) -> dict[str, Any]:
    decode = pytest.importorskip("cfnlint.decode")
    found, problems = decode.decode(str(DEPLOY / name))
    assert not problems
    return dict(found)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Two accounts, the second with a role for the first, and a bucket."""
    with Emulator() as emulator:
        for account_id in (ACCOUNT, OTHER):
            report = csv(root(account_id), user("alice", account_id))
            emulator.account(account_id, report=report, generated_time=MADE, roles={"auditor": None})
        emulator.buckets["archive"] = {}
        yield emulator


def environment(emulator: Emulator, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "AWS_ACCESS_KEY_ID": f"AKIA{ACCOUNT}",
        "AWS_SECRET_ACCESS_KEY": "of/the+emulator/that/checks/none",
        "IAM_FDW_ENDPOINT_URL": emulator.url,
        **more,
    }


# AWS Lambda


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_accepts_the_template(name: str) -> None:
    pytest.importorskip("cfnlint")
    done = subprocess.run(
        [sys.executable, "-c", "from cfnlint.runner import main; main()", "--include-checks", "I", "--", DEPLOY / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def statements(policy: Any) -> list[dict[str, Any]]:
    """Return the statements, those under a condition included."""
    found = policy["PolicyDocument"]["Statement"]
    return [one["Fn::If"][1] if "Fn::If" in one else one for one in found]


def actions(statement: dict[str, Any]) -> set[str]:
    action = statement["Action"]
    return {action} if isinstance(action, str) else set(action)


def test_the_function_has_the_rights_that_it_needs_and_no_more() -> None:
    resources = template("cloudformation.yaml")["Resources"]
    assert "ManagedPolicyArns" not in resources["Role"]["Properties"]
    (policy,) = resources["Role"]["Properties"]["Policies"]
    assert {tuple(sorted(actions(one))): one["Resource"] for one in statements(policy)} == {
        tuple(sorted(READ)): "*",
        ("s3:PutObject",): {"Fn::Sub": "${Bucket.Arn}/${Prefix}/*"},
        ("logs:CreateLogStream", "logs:PutLogEvents"): {"Fn::GetAtt": ["Log", "Arn"]},
        ("sts:AssumeRole",): {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${RoleName}"},
        ("organizations:ListAccounts",): "*",
    }
    conditions = [one["Fn::If"][0] for one in policy["PolicyDocument"]["Statement"] if "Fn::If" in one]
    assert conditions == ["HasRole", "IsOrganization"]
    trust = resources["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [one["Principal"] for one in trust] == [{"Service": "lambda.amazonaws.com"}]


def test_the_role_in_other_accounts_reads_the_report_and_nothing_else() -> None:
    role = template("member-role.yaml")["Resources"]["Role"]["Properties"]
    (policy,) = role["Policies"]
    assert [actions(one) for one in statements(policy)] == [READ]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": {"Ref": "TrustedRoleArn"}}
    assert trust["Condition"]["Fn::If"][1] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}


def test_the_bucket_is_protected() -> None:
    resources = template("cloudformation.yaml")["Resources"]
    bucket = resources["Bucket"]
    properties = bucket["Properties"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert not any("Expiration" in key for rule in properties["LifecycleConfiguration"]["Rules"] for key in rule)
    (deny,) = resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_function_is_what_there_is_and_as_often_as_aws_has_news() -> None:
    resources = template("cloudformation.yaml")["Resources"]
    function = resources["Function"]["Properties"]
    module, _, name = function["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    known = {f"IAM_FDW_{option.name.upper()}" for option in options.OPTIONS if option.place == "server"}
    assert set(function["Environment"]["Variables"]) <= known
    assert resources["Schedule"]["Properties"]["ScheduleExpression"] == "rate(241 minutes)"


def test_the_page_gives_parameters_that_there_are() -> None:
    stacks = re.findall(r"--parameter-overrides ((?:.*\\\n)*.*)", PAGE)
    given = {name for stack in stacks for name in re.findall(r"(\w+)=", stack)}
    assert given <= set(template("cloudformation.yaml")["Parameters"])
    assert {"CodeBucket", "Accounts", "RoleName"} <= given
    members = set(re.findall(r"ParameterKey=(\w+)", PAGE))
    assert members <= set(template("member-role.yaml")["Parameters"])


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What deploy/package-lambda makes, unpacked."""
    folder = tmp_path_factory.mktemp("lambda")
    command = [str(DEPLOY / "package-lambda"), str(folder / "lambda.zip")]
    subprocess.run(command, check=True, cwd=folder, env={**os.environ, "PYTHON": PYTHON})
    assert (folder / "lambda.zip").stat().st_size < 10_000_000
    with zipfile.ZipFile(folder / "lambda.zip") as file:
        file.extractall(folder / "task")
    return folder / "task"


def handle(unpacked: Path, emulator: Emulator, **more: str) -> subprocess.CompletedProcess[str]:
    """Call the handler with nothing else than the package on the path."""
    call = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r}); import iam_fdw.saving as it; print(it.handler({{}}, None))"
    )
    variables = environment(emulator, IAM_FDW_SNAPSHOTS="s3://archive/reports", **more)
    command = [PYTHON, "-I", "-S", "-c", call]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.skipif(HOST != "minicorn", reason="once is enough")
def test_the_packaged_function_saves_each_report_once(unpacked: Path, emulator: Emulator) -> None:
    more = {"IAM_FDW_ACCOUNTS": f"{ACCOUNT},{OTHER}", "IAM_FDW_ROLE_NAME": "auditor"}
    done = handle(unpacked, emulator, **more)
    assert done.stdout == "{'saved': 2, 'unchanged': 0}\n", done.stderr
    done = handle(unpacked, emulator, **more)
    assert done.stdout == "{'saved': 0, 'unchanged': 2}\n", done.stderr
    assert sorted(emulator.buckets["archive"]) == [
        f"reports/account_id={one}/date={MADE:%Y-%m-%d}/{MADE:%Y%m%dT%H%M%SZ}.csv.gz" for one in (ACCOUNT, OTHER)
    ]


@pytest.mark.skipif(HOST != "minicorn", reason="once is enough")
def test_the_packaged_function_fails_where_an_account_does(unpacked: Path, emulator: Emulator) -> None:
    emulator.account(OTHER, roles={})
    done = handle(unpacked, emulator, IAM_FDW_ACCOUNTS=f"{ACCOUNT},{OTHER}", IAM_FDW_ROLE_NAME="auditor")
    assert done.returncode != 0
    assert f"account {OTHER}" in done.stderr.splitlines()[-1]
    assert len(emulator.buckets["archive"]) == 1
    emulator.always["PutObject"] = s3_error("AccessDenied", "no")
    assert "s3:PutObject" in handle(unpacked, emulator).stderr


# systemd and cron


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name)
    return parser


def test_the_service_runs_a_command_that_there_is(emulator: Emulator, tmp_path: Path) -> None:
    service, timer = unit("iam-fdw-snapshot.service"), unit("iam-fdw-snapshot.timer")
    program, *arguments = service["Service"]["ExecStart"].split()
    assert Path(program).name == "iam-fdw"
    assert service["Service"]["Environment"] == "IAM_FDW_SNAPSHOTS=/var/lib/iam-fdw"
    assert timer["Timer"]["OnUnitActiveSec"] == "241min"
    variables = environment(emulator, IAM_FDW_SNAPSHOTS=str(tmp_path))
    done = runner().invoke(main, arguments, env=variables)
    assert done.exit_code == 0, done.output
    assert len(list(tmp_path.rglob("*.csv.gz"))) == 1


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or not Path("/sys/fs/cgroup").is_dir(), reason="systemd cannot run here"
)
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for name in ("iam-fdw-snapshot.service", "iam-fdw-snapshot.timer"):
        text = (DEPLOY / name).read_text().replace("/usr/local/bin/iam-fdw", "/bin/true")
        (tmp_path / name).write_text(text)
    units = [str(tmp_path / name) for name in os.listdir(tmp_path)]
    command = ["systemd-analyze", "verify", "--man=no", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_crontab_saves_and_says_nothing(emulator: Emulator, tmp_path: Path) -> None:
    line = (DEPLOY / "crontab").read_text().splitlines()[-1]
    assert f"```crontab\n{line}\n```" in PAGE
    assert line.startswith("*/30 * * * * ")
    shell = line[len("*/30 * * * * ") :].replace("/srv/snapshots", str(tmp_path))
    shell = shell.replace("iam-fdw", f"{sys.executable} -c 'from iam_fdw.cli import main; main()'")
    variables = environment(emulator, PYTHONPATH=str(TREE))
    for _ in range(2):
        done = subprocess.run(shell, shell=True, env=variables, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list(tmp_path.rglob("*.csv.gz"))) == 1
