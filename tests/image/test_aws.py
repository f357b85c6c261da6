"""The image asks AWS: moto over HTTP, with credentials given in each of the ways that people use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from .conftest import Run

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
OTHER = "arn:aws:iam::444455556666:role/auditor"
QUERY = "select account_id, user_name from aws_iam_credential_report"


@pytest.fixture(scope="module")
def aws(gateway: str) -> Iterator[str]:
    """The URL of an AWS with one user, alice in account 123456789012."""
    server = ThreadedMotoServer(ip_address=gateway, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    session = boto3.Session(*KEYS.values(), region_name="us-east-1")
    session.client("iam", endpoint_url=url).create_user(UserName="alice")
    role = session.client("sts", endpoint_url=url).assume_role(RoleArn=OTHER, RoleSessionName="tests")["Credentials"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    other = boto3.Session(*(role[name] for name in names), region_name="us-east-1")
    other.client("iam", endpoint_url=url).create_user(UserName="bob")
    yield url
    server.stop()


def test_keys_come_from_the_environment(run: Run, aws: str) -> None:
    with run(IAM_FDW_ENDPOINT_URL=aws, **KEYS).ready().connect() as admin:
        assert admin.execute(QUERY).fetchall() == [("123456789012", "alice")]
        (state,) = admin.execute("select state from aws_iam_credential_report_status").fetchone() or (None,)
        assert state in ("fresh", "stale")  # moto's reports are of 2015


def test_a_role_of_another_account_is_assumed(run: Run, aws: str) -> None:
    with run(IAM_FDW_ENDPOINT_URL=aws, IAM_FDW_ROLE_ARN=OTHER, **KEYS).ready().connect() as admin:
        assert admin.execute(QUERY).fetchall() == [("444455556666", "bob")]


def test_a_profile_is_mounted_read_only_and_stays_its_owners(run: Run, aws: str, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[audit]\n" + "".join(f"{name.lower()} = {KEYS[name]}\n" for name in KEYS))
    (tmp_path / "credentials").chmod(0o600)
    for path in (tmp_path, tmp_path / "credentials"):
        os.chown(path, 1000, 1000)
    options = ("--user=1000:1000", "--volume", f"{tmp_path}:/var/lib/postgresql/.aws:ro")
    with run(options=options, IAM_FDW_ENDPOINT_URL=aws, AWS_PROFILE="audit").ready().connect() as admin:
        assert admin.execute(QUERY).fetchall() == [("123456789012", "alice")]


def test_without_credentials_the_error_says_so(run: Run, aws: str) -> None:
    options = ("--env=AWS_EC2_METADATA_DISABLED=true",)
    with run(options=options, IAM_FDW_ENDPOINT_URL=aws).ready().connect() as admin:
        state = admin.execute("select state, error_message from aws_iam_credential_report_status").fetchone()
        assert state is not None
        assert state[0] == "error"
        assert "there are no AWS credentials" in state[1]
