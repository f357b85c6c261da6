"""Against moto over HTTP: what is made by API calls with boto3 is then read by SQL.

moto is not AWS: it has no root user, no newer report than of 2015, and not_supported where AWS writes N/A.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timezone
from typing import Any

import boto3
import psycopg
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer
from support.server import install, point

from iam_fdw.cli import main

Db = psycopg.Connection[Any]
KEYS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def iam(moto: str) -> Iterator[Any]:
    """An IAM client of an account without users."""
    with closing(client("iam", moto, *KEYS.values())) as iam:
        yield iam
        for user in iam.list_users()["Users"]:
            remove(iam, user["UserName"])


def client(service: str, moto: str, *credentials: str) -> Any:
    return boto3.Session(*credentials, region_name="us-east-1").client(service, endpoint_url=moto)


def remove(iam: Any, name: str) -> None:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for device in iam.list_mfa_devices(UserName=name)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=name, SerialNumber=device["SerialNumber"])
    with suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_login_profile(UserName=name)
    iam.delete_user(UserName=name)


@pytest.fixture
def db(installation: Db, moto: str) -> Db:
    point(installation, endpoint_url=moto)
    options = ", ".join(f"{name} '{value}'" for name, value in KEYS.items())
    installation.execute(f"create user mapping for public server aws options ({options})".encode())
    return installation


def rows(db: Db, columns: str) -> list[tuple[Any, ...]]:
    return db.execute(f"select {columns} from aws_iam_credential_report order by user_name".encode()).fetchall()


def test_users_passwords_keys_and_mfa_are_read(db: Db, iam: Any) -> None:
    for name in ("alice", "bob", "carol"):
        iam.create_user(UserName=name)
    iam.create_login_profile(UserName="alice", Password="correct horse battery")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="alice", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="234567"
    )
    iam.create_access_key(UserName="bob")
    inactive = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="bob", AccessKeyId=inactive, Status="Inactive")
    found = rows(db, "user_name, password_enabled, mfa_active, access_key_1_active, access_key_2_active")
    assert found == [
        ("alice", True, True, False, False),
        ("bob", False, False, True, False),
        ("carol", False, False, False, False),
    ]
    checked = db.execute("select user_name from iam_check_user_mfa order by 1").fetchall()
    assert checked == [("bob",), ("carol",)]
    assert [name for (name,) in db.execute("select user_name from iam_check_inactive_users").fetchall()] == ["alice"]


def test_names_with_every_sign_that_iam_allows(db: Db, iam: Any) -> None:
    names = ["a+b=c@d-e_f.g", "comma,in,the,name", "UPPER"]
    for name in names:
        iam.create_user(UserName=name)
    assert sorted(name for (name,) in rows(db, "user_name")) == sorted(names)


def test_the_account_is_that_of_the_arns(db: Db, iam: Any) -> None:
    iam.create_user(UserName="alice")
    assert rows(db, "account_id, partition, user_arn, is_root") == [
        ("123456789012", "aws", "arn:aws:iam::123456789012:user/alice", False)
    ]


def test_the_report_is_taken_and_called_stale_though_it_is_of_2015(db: Db, iam: Any) -> None:
    iam.create_user(UserName="alice")
    made = datetime(2015, 2, 2, 20, 2, 2, tzinfo=timezone.utc)
    assert rows(db, "generated_time") == [(made,)]
    query = "select account_id, state, generated_time, users from aws_iam_credential_report_status"
    assert db.execute(query.encode()).fetchall() == [("123456789012", "stale", made, 1)]


def test_an_account_without_users_is_an_error_for_aws_has_at_least_root(db: Db, iam: Any) -> None:
    with pytest.raises(psycopg.Error, match="credential report has no rows"):
        rows(db, "user_name")


def test_a_role_in_another_account_is_assumed(db: Db, iam: Any, moto: str) -> None:
    role = "arn:aws:iam::444455556666:role/auditor"
    with closing(client("sts", moto, *KEYS.values())) as sts:
        credentials = sts.assume_role(RoleArn=role, RoleSessionName="prepare")["Credentials"]
    temporary = (credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    with closing(client("iam", moto, *temporary)) as elsewhere:
        elsewhere.create_user(UserName="elsewhere")
    iam.create_user(UserName="here")
    db.execute(f"alter server aws options (add role_arn '{role}')".encode())
    assert rows(db, "account_id, user_name") == [("444455556666", "elsewhere")]


def test_raw_has_what_moto_wrote(db: Db, iam: Any) -> None:
    iam.create_user(UserName="alice")
    ((raw,),) = rows(db, "raw")
    assert raw["password_next_rotation"] == "not_supported"
    assert rows(db, "password_next_rotation") == [(None,)]


def test_every_account_of_an_organization_is_read_with_its_name(db: Db, iam: Any, moto: str) -> None:
    iam.create_user(UserName="of-the-management")
    expected = {("123456789012", "master", "of-the-management")}
    with closing(client("organizations", moto, *KEYS.values())) as organizations:
        organizations.create_organization(FeatureSet="ALL")
        for number in range(25):  # more than a page
            status = organizations.create_account(Email=f"{number}@example.com", AccountName=f"member {number}")
            account_id = status["CreateAccountStatus"]["AccountId"]
            arn = f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole"
            with closing(client("sts", moto, *KEYS.values())) as sts:
                keys = sts.assume_role(RoleArn=arn, RoleSessionName="prepare")["Credentials"]
            temporary = (keys[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
            with closing(client("iam", moto, *temporary)) as member:
                member.create_user(UserName=f"user-{number}")
            expected.add((account_id, f"member {number}", f"user-{number}"))
    db.execute("alter server aws options (add accounts 'organization', add role_name 'OrganizationAccountAccessRole')")
    assert set(rows(db, "account_id, account_name, user_name")) == expected
    counted = db.execute(
        "select state, origin, count(*) from aws_iam_credential_report_status group by 1, 2"
    ).fetchall()
    assert counted == [("stale", "aws", 26)]  # moto's reports are of 2015: none is kept


def test_reports_of_two_accounts_are_saved_to_s3_once_and_recorded(
    admin: Db, iam: Any, moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam.create_user(UserName="here")
    role = "arn:aws:iam::222233334444:role/auditor"
    with closing(client("sts", moto, *KEYS.values())) as sts:
        credentials = sts.assume_role(RoleArn=role, RoleSessionName="prepare")["Credentials"]
    temporary = (credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    with closing(client("iam", moto, *temporary)) as elsewhere:
        elsewhere.create_user(UserName="elsewhere")
    for name, value in KEYS.items():
        monkeypatch.setenv(name.upper(), value)
    given = {"accounts": "123456789012,222233334444", "role_name": "auditor", "endpoint_url": moto}
    options = [part for name, value in given.items() for part in ("--option", f"{name}={value}")]
    with closing(client("s3", moto, *KEYS.values())) as s3:
        s3.create_bucket(Bucket="archive")
        for told in ("2 saved, 0 unchanged, 0 errors.", "0 saved, 2 unchanged, 0 errors."):
            done = CliRunner().invoke(main, ["snapshot", "--to", "s3://archive/iam", *options])
            assert done.exit_code == 0, done.output
            assert told in done.stdout
        keys = [listed["Key"] for listed in s3.list_objects_v2(Bucket="archive")["Contents"]]
    assert keys == [
        f"iam/account_id={account_id}/date=2015-02-02/20150202T200202Z.csv.gz"
        for account_id in ("123456789012", "222233334444")
    ]
    install(admin, endpoint_url=moto, snapshots="s3://archive/iam")
    mapping = ", ".join(f"{name} '{value}'" for name, value in KEYS.items())
    admin.execute(f"create user mapping for public server aws options ({mapping})".encode())
    query = "select snapshot_uri, user_name from aws_iam_credential_report_snapshot where not is_root order by 1"
    names = list(zip((f"s3://archive/{key}" for key in keys), ("here", "elsewhere")))
    assert admin.execute(query).fetchall() == names
    admin.execute("call iam_record_history(from_snapshots => true)")
    assert admin.execute("select count(*) from iam_report_at(now()) where not is_root").fetchone() == (2,)
