"""What saves reports on a schedule: the templates, the function, the units and the crontab in deploy/."""

from __future__ import annotations

import configparser
import importlib
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from packaging.requirements import Requirement
from packaging.version import Version
from support.emulator import Emulator, s3_error
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, PYTHON, TREE, runner

from iam_fdw import options
from iam_fdw.cli import main

DEPLOY = TREE / "deploy"
PAGE = (TREE / "docs" / "snapshots-schedule.md").read_text()
TEMPLATES = ["cloudformation.yaml", "member-role.yaml"]
OTHER = "444455556666"
MADE = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)
UNITS = ["iam-fdw-failed@.service", "iam-fdw-snapshot.service", "iam-fdw-snapshot.timer"]
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
        ("s3:GetObject", "s3:PutObject"): {"Fn::Sub": "${Bucket.Arn}/${Prefix}/*"},
        ("logs:CreateLogStream", "logs:PutLogEvents"): {"Fn::GetAtt": ["Log", "Arn"]},
        ("sts:AssumeRole",): {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${RoleName}"},
        ("organizations:ListAccounts",): "*",
    }
    conditions = [one["Fn::If"][0] for one in policy["PolicyDocument"]["Statement"] if "Fn::If" in one]
    assert conditions == ["AssumesRoles", "IsOrganization"]
    (assume,) = [one for one in statements(policy) if actions(one) == {"sts:AssumeRole"}]
    assert assume["Condition"]["Fn::If"] == [
        "IsOrganization",
        {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
        {"StringEquals": {"aws:ResourceAccount": {"Fn::Split": [",", {"Ref": "Accounts"}]}}},
    ]
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
    denied = resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert {(one["Effect"], one["Principal"]) for one in denied} == {("Deny", "*")}
    assert [(actions(one), one.get("Condition")) for one in denied] == [
        ({"s3:*"}, {"Bool": {"aws:SecureTransport": "false"}}),
        ({"s3:PutObject"}, {"Null": {"s3:if-none-match": "true"}}),
        ({"s3:DeleteObject", "s3:DeleteObjectVersion"}, None),
    ]
    everything = {"Fn::Sub": "${Bucket.Arn}/*"}
    assert [one["Resource"] for one in denied[1:]] == [everything] * 2


def test_a_run_that_fails_is_an_alarm_and_so_is_none_at_all() -> None:
    resources = template("cloudformation.yaml")["Resources"]
    alarms = {
        alarm["Properties"]["MetricName"]: alarm["Properties"]
        for alarm in resources.values()
        if alarm["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert set(alarms) == {"Errors", "Invocations"}
    assert len({str(alarm["AlarmActions"]) for alarm in alarms.values()}) == 1
    silence = alarms["Invocations"]
    assert (silence["ComparisonOperator"], silence["Threshold"]) == ("LessThanThreshold", 1)
    assert silence["TreatMissingData"] == "breaching"
    (minutes,) = re.findall(r"rate\((\d+) minutes\)", resources["Schedule"]["Properties"]["ScheduleExpression"])
    without_a_run = int(minutes) * 60 // silence["Period"]  # whole hours between two runs, at most
    assert silence["EvaluationPeriods"] > without_a_run


def test_the_code_of_the_function_is_one_version() -> None:
    found = template("cloudformation.yaml")
    code = found["Resources"]["Function"]["Properties"]["Code"]
    assert code["S3ObjectVersion"] == {"Ref": "CodeVersion"}
    parameter = found["Parameters"]["CodeVersion"]
    assert "Default" not in parameter
    # what the AWS command line prints where a bucket has no versions
    assert [re.fullmatch(parameter["AllowedPattern"], none) for none in ("", "None", "null")] == [None] * 3


def test_the_function_is_what_there_is_and_as_often_as_aws_has_news() -> None:
    resources = template("cloudformation.yaml")["Resources"]
    function = resources["Function"]["Properties"]
    module, _, name = function["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    known = {f"IAM_FDW_{option.name.upper()}" for option in options.OPTIONS if option.place == "server"}
    assert set(function["Environment"]["Variables"]) <= known
    assert resources["Schedule"]["Properties"]["ScheduleExpression"] == "rate(241 minutes)"


def commands(program: str) -> list[list[str]]:
    """Return the words of the page's commands that begin so."""
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)).replace("\\\n", "")
    found = [shlex.split(line) for line in blocks.splitlines() if line.startswith(f"{program} ")]
    assert found
    return found


def test_the_page_gives_parameters_that_there_are_and_those_that_must_be() -> None:
    deploys = [words for words in commands("aws cloudformation") if words[2] == "deploy"]
    assert len(deploys) == 3
    for words in deploys:
        known = template(Path(words[words.index("--template-file") + 1]).name)["Parameters"]
        given = {word.partition("=")[0] for word in words[words.index("--parameter-overrides") + 1 :]}
        assert {name for name, parameter in known.items() if "Default" not in parameter} <= given <= set(known)
    members = set(re.findall(r"ParameterKey=(\w+)", PAGE))
    assert members <= set(template("member-role.yaml")["Parameters"])


def test_the_commands_of_the_page_are_the_apis() -> None:
    session = botocore.session.get_session()
    seen = set()
    for words in commands("aws"):
        service, action = words[1:3]
        if action == "deploy":  # the command line's own
            continue
        model = session.get_service_model({"s3api": "s3"}.get(service, service))
        operation = model.operation_model("".join(part.capitalize() for part in action.split("-")))
        shape = operation.input_shape
        known = {xform_name(name, "-"): member for name, member in shape.members.items()}
        given = {word[2:] for word in words if word.startswith("--")} - {"query", "output"}
        assert given <= set(known), action
        assert {xform_name(name, "-") for name in shape.required_members} <= given
        for name, value in zip(words, words[1:]):
            if name.startswith("--") and known.get(name[2:]) is not None and known[name[2:]].type_name == "structure":
                assert {pair.partition("=")[0] for pair in value.split(",")} <= set(known[name[2:]].members)
        seen.add(action)
    # without instances no account has the role
    assert seen >= {"put-object", "create-stack-set", "create-stack-instances"}


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
        f"import sys; sys.path.insert(0, {str(unpacked)!r});"
        " from iam_fdw.aws_lambda import handler; print(handler({}, None))"
    )
    variables = environment(emulator, IAM_FDW_SNAPSHOTS="s3://archive/reports", **more)
    command = [PYTHON, "-I", "-S", "-c", call]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.skipif(ENGINE != "minicorn", reason="once is enough")
def test_the_packaged_function_saves_each_report_once(unpacked: Path, emulator: Emulator) -> None:
    more = {"IAM_FDW_ACCOUNTS": f"{ACCOUNT},{OTHER}", "IAM_FDW_ROLE_NAME": "auditor"}
    done = handle(unpacked, emulator, **more)
    assert done.stdout == "{'saved': 2, 'unchanged': 0}\n", done.stderr
    done = handle(unpacked, emulator, **more)
    assert done.stdout == "{'saved': 0, 'unchanged': 2}\n", done.stderr
    assert sorted(emulator.buckets["archive"]) == [
        f"reports/account_id={one}/date={MADE:%Y-%m-%d}/{MADE:%Y%m%dT%H%M%SZ}.csv.gz" for one in (ACCOUNT, OTHER)
    ]


@pytest.mark.skipif(ENGINE != "minicorn", reason="once is enough")
def test_the_packaged_function_fails_where_an_account_does(unpacked: Path, emulator: Emulator) -> None:
    emulator.account(OTHER, roles={})
    done = handle(unpacked, emulator, IAM_FDW_ACCOUNTS=f"{ACCOUNT},{OTHER}", IAM_FDW_ROLE_NAME="auditor")
    assert done.returncode != 0
    assert f"account {OTHER}" in done.stderr.splitlines()[-1]
    assert len(emulator.buckets["archive"]) == 1
    emulator.always["PutObject"] = s3_error("AccessDenied", "no")
    assert "s3:PutObject" in handle(unpacked, emulator).stderr


# What is installed: setup.py says what is allowed, the locks which files

PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]
LOCKS = ["docker/requirements.lock", "docker/build.lock", "deploy/requirements.lock"]
# The first version without a hole that is known today: CVE-2025-27516, CVE-2026-21441, and CVE-2025-12818 of libpq.
# Below Python 3.10 there is no such urllib3 for boto3, and no such psycopg.
SAFE = {"jinja2": "3.1.6", "urllib3": "2.6.3", "psycopg": "3.3.6"}


def allowed() -> list[Requirement]:
    """Return what setup.py requires."""
    listed = re.findall(r"install_requires=\[(.*?)\n    \]", (TREE / "setup.py").read_text(), re.DOTALL)[0]
    return [Requirement(text) for text in re.findall(r'"([^"]+)"', listed)]


def locked(name: str, python: str) -> dict[str, tuple[str, int]]:
    """Return the version of each package that a lock has for a Python on Linux, and the number of its hashes."""
    found = {}
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    for entry in re.findall(r"^\w.*\n(?: .*\n)*", (TREE / name).read_text(), re.MULTILINE):
        line, *hashes = entry.replace("\\", "").splitlines()
        requirement = Requirement(line)
        assert all(re.fullmatch(r" *--hash=sha256:[0-9a-f]{64} ?", one) for one in hashes), line
        if requirement.marker is None or requirement.marker.evaluate(environment):
            assert requirement.name not in found
            assert str(requirement.specifier).startswith("==")
            found[requirement.name] = (str(requirement.specifier)[2:], len(hashes))
    return found


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_each_version_with_its_hashes(name: str, python: str) -> None:
    found = locked(name, python)
    assert all(hashes for _, hashes in found.values())
    wanted = [one for one in allowed() if one.marker is None or one.marker.evaluate({"python_version": python})]
    if name == "deploy/requirements.lock":
        assert {"click", "psycopg", "rich"}.isdisjoint(found)
        assert {one: found[one] for one in found} == {one: locked(LOCKS[0], python)[one] for one in found}
        wanted = [one for one in wanted if one.name in ("boto3", "urllib3")]
    if name != "docker/build.lock":
        for one in wanted:
            assert one.specifier.contains(found[one.name.lower()][0]), one


def test_no_version_with_a_known_hole_is_allowed() -> None:
    newer = [one for one in allowed() if one.marker is None or one.marker.evaluate({"python_version": "3.10"})]
    for name, safe in SAFE.items():
        (bound,) = [str(one.specifier) for one in newer if one.name.lower() == name]
        assert Version(bound.removeprefix(">=")) >= Version(safe)
    tests = {line.replace('"', "'") for line in (TREE / "tests" / "requirements.txt").read_text().splitlines()}
    assert {re.sub(" *; *", "; ", str(one)).replace('"', "'") for one in allowed()} <= tests


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
    for name in UNITS:
        text = (DEPLOY / name).read_text().replace("/usr/local/bin/iam-fdw", "/bin/true")
        (tmp_path / name).write_text(text.replace("/usr/sbin/sendmail", "/bin/true"))
    units = [str(tmp_path / name) for name in os.listdir(tmp_path)]
    command = ["systemd-analyze", "verify", "--man=no", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_run_that_fails_is_mailed(tmp_path: Path) -> None:
    failed = unit("iam-fdw-snapshot.service")["Unit"]["OnFailure"]
    assert failed == "iam-fdw-failed@%n.service"
    shell = unit("iam-fdw-failed@.service")["Service"]["ExecStart"]
    mail = tmp_path / "mail"
    (tmp_path / "systemctl").write_text('#!/bin/sh\necho "$@"; exit 3\n')
    (tmp_path / "sendmail").write_text(f'#!/bin/sh\necho "$@" >{mail}; cat >>{mail}\n')
    for name in ("systemctl", "sendmail"):
        (tmp_path / name).chmod(0o755)
    shell = shell.replace("/usr/sbin/sendmail", str(tmp_path / "sendmail"))
    shell = shell.replace("%i", "iam-fdw-snapshot.service").replace("%H", "db1").replace("%n", "none")
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(shell, shell=True, check=True, env={"PATH": path})
    assert mail.read_text() == (
        "-i root\nSubject: iam-fdw-snapshot.service has failed on db1\n\n"
        "status --full --lines=50 iam-fdw-snapshot.service\n"
    )


def test_the_steps_for_systemd_install_each_unit_and_hide_the_environment(tmp_path: Path) -> None:
    (block,) = [text for text in re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "systemctl" in text]
    (tmp_path / "systemctl").write_text("#!/bin/sh\n")
    (tmp_path / "systemctl").chmod(0o755)
    for folder in ("systemd/system", "default"):
        (tmp_path / "etc" / folder).mkdir(parents=True)
    block = block.replace(" /etc/", f" {tmp_path}/etc/")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(f"umask 022\n{block}", shell=True, check=True, cwd=TREE, env=environment)
    assert sorted(os.listdir(tmp_path / "etc/systemd/system")) == sorted(UNITS)
    secret = tmp_path / "etc/default/iam-fdw-snapshot"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert unit("iam-fdw-snapshot.service")["Service"]["EnvironmentFile"] == "-/etc/default/iam-fdw-snapshot"


def test_the_crontab_saves_and_says_nothing(emulator: Emulator, tmp_path: Path) -> None:
    line = (DEPLOY / "crontab").read_text().splitlines()[-1]
    assert f"```crontab\n{line}\n```" in PAGE
    assert line.startswith("*/30 * * * * ")
    shell = line[len("*/30 * * * * ") :].replace("/srv/snapshots", str(tmp_path))
    # where make install puts it, which cron's PATH does not have
    installed = "/usr/local/bin/iam-fdw"
    assert "BIN ?= /usr/local/bin\n" in (TREE / "Makefile").read_text()
    shell = shell.replace(installed, f"{sys.executable} -c 'from iam_fdw.cli import main; main()'")
    variables = environment(emulator, PYTHONPATH=str(TREE), PATH="/usr/bin:/bin")
    for _ in range(2):
        done = subprocess.run(shell, shell=True, env=variables, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list(tmp_path.rglob("*.csv.gz"))) == 1
