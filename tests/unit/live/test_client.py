"""The client against an endpoint that fails or is hostile: an Error in time, and no secret in it."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Optional

import pytest
from support.copies import REPORT as COPY
from support.copies import fetched
from support.emulator import ECHOES, Emulator, body, echo, endless, error, json_error, s3_error
from support.reports import ACCOUNT

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.live.client import Client
from iam_fdw.live.connections import Sockets
from iam_fdw.saved.bucket import Bucket
from iam_fdw.tables.base import Call
from iam_fdw.workers import Deadline

TIMEOUT = 30.0  # seconds: for what is done soon
SHORT = 2.0  # for what is tried until the deadline
REPORT = COPY.content
GET = "GetCredentialReport"
SECRET = "of/the+emulator/that/checks/none"


@pytest.mark.parametrize("form", ["chunked", "as long as", "a lie"])
def test_an_object_without_end_is_an_error(emulator: Emulator, form: str) -> None:
    emulator.always["GetObject"] = endless(form)
    keys = {"aws_access_key_id": f"AKIA{ACCOUNT}", "aws_secret_access_key": SECRET}
    with closing(Client(options.read({"endpoint_url": emulator.url, **keys}))) as found:
        bucket = Bucket(found, "s3://archive/saved")
        with pytest.raises(Error, match="is too large"):
            bucket.read("report", Deadline(TIMEOUT))


@pytest.mark.parametrize(
    "listed", ["<Contents><Key>{}</Key></Contents>", "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>"]
)
def test_a_list_of_objects_without_end_is_an_error(emulator: Emulator, listed: str) -> None:
    page = listed.format("saved/a/b/" + "x" * 1000) * 1000
    page += "<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>"
    emulator.always["ListObjectsV2"] = body(f"<ListBucketResult>{page}</ListBucketResult>".encode())
    keys = {"aws_access_key_id": f"AKIA{ACCOUNT}", "aws_secret_access_key": SECRET}
    with closing(Client(options.read({"endpoint_url": emulator.url, **keys}))) as found:
        bucket, deadline = Bucket(found, "s3://archive/saved"), Deadline(TIMEOUT)
        with pytest.raises(Error, match="too many objects"):
            bucket.folders(deadline) if "Prefix" in listed else bucket.names("a", "", "~", deadline)
    assert emulator.count("ListObjectsV2") < 20


@pytest.mark.parametrize("names", ["a", "a" * 1000])
def test_an_endless_list_of_accounts_is_an_error(emulator: Emulator, names: str) -> None:
    listed = [{"Id": f"{number:012}", "Name": names} for number in range(2000)]
    reply = body(json.dumps({"Accounts": listed, "NextToken": "more"}).encode(), "application/x-amz-json-1.1")
    emulator.always["ListAccounts"] = reply
    assert "more than 100000 accounts, or a name too long" in str(asked(emulator, "accounts").detail)


def asked(emulator: Emulator, ask: str = "report", timeout: float = TIMEOUT, **given: str) -> Error:
    """Ask with the keys of a role's session, and return the error."""
    keys = {"aws_access_key_id": f"ASIA{ACCOUNT}", "aws_secret_access_key": SECRET, "aws_session_token": TOKEN}
    found = Client(options.read({"endpoint_url": emulator.url, **keys, **given}))
    with closing(found), pytest.raises(Error) as caught:
        fetched(found, None, Deadline(timeout)) if ask == "report" else list(found.accounts(Deadline(timeout)))
    return caught.value


TOKEN = f"token/of/{ACCOUNT}"


def assert_no_secret(error: Error) -> None:
    shown = f"{error.message} {error.detail} {error.hint} {error.code}"
    assert shown.isprintable()
    for secret in (SECRET, TOKEN):
        for form in (secret, *(change(secret)[3:-3] for change in ECHOES)):
            assert form not in shown


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "Unheard"])
@pytest.mark.parametrize("ask", ["report", "accounts"])
def test_an_endpoint_that_repeats_the_request_has_no_secret_shown(emulator: Emulator, ask: str, code: str) -> None:
    emulator.always = dict.fromkeys((GET, "ListAccounts"), echo(code))
    found = asked(emulator, ask)
    assert "***" in str(found.detail)
    assert "Signature=***" in str(found.detail)
    assert_no_secret(found)


def test_the_secrets_of_an_assumed_role_are_not_shown(emulator: Emulator) -> None:
    other = "777788889999"
    emulator.account(other, roles={"audit": None}).always[GET] = echo(f"token/of/{other} secret/of/{other}")
    found = asked(emulator, role_arn=f"arn:aws:iam::{other}:role/audit")
    assert "***" in str(found.detail)
    assert f"of/{other}" not in f"{found.message} {found.detail} {found.code}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_of_an_endpoint_no_more_than_host_and_port_is_shown(emulator: Emulator, scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        for silent in (host, emulator.url.split("/")[2]):
            url = f"{scheme}://{silent}/path/hunter2?key=hunter2"
            if silent == host or scheme == "https":
                found = asked(emulator, timeout=SHORT, endpoint_url=url)
                assert f"{scheme}://{silent}" in str(found.detail) or "https" in str(found.detail)
                assert "hunter2" not in f"{found.message} {found.detail} {found.hint}"


@pytest.mark.parametrize("proxy", ["http://who:hunter2@127.0.0.1:9", "http://who:hunter2@nowhere.invalid:1/hunter2"])
def test_the_password_of_a_proxy_is_not_shown(emulator: Emulator, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("no_proxy", "")
    for url in (emulator.url, emulator.url.replace("http:", "https:")):
        found = asked(emulator, endpoint_url=url)
        assert "could not connect to AWS" in found.message
        assert "hunter2" not in f"{found.message} {found.detail} {found.hint}"


def test_a_pool_that_lets_connections_go_does_not_keep_their_files(emulator: Emulator) -> None:
    emulator.always[GET] = body(b"<a>" + bytes(1))  # each such connection is given up
    sockets = Sockets(threading.Event())
    with sockets.watch():
        for _ in range(70):
            assert "not understood" in asked(emulator).message
    assert len(sockets._held) < 64
    sockets.break_all()


def test_nothing_is_asked_when_nobody_waits(emulator: Emulator) -> None:
    keys = {"aws_access_key_id": f"AKIA{ACCOUNT}", "aws_secret_access_key": SECRET}
    deadline = Deadline(TIMEOUT)
    deadline.stop.set()
    with pytest.raises(Error):
        fetched(Client(options.read({**keys, "endpoint_url": emulator.url})), None, deadline)
    assert emulator.requests == []


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_https_is_spoken_with_who_has_a_certificate_that_is_trusted(
    emulator: Emulator, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = str(tmp_path / "key"), str(tmp_path / "certificate")
    subject = ("-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1")
    command = [
        "openssl",
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "rsa:2048",
        "-keyout",
        key,
        "-out",
        certificate,
        *subject,
    ]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    emulator.speak_tls(context)
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert asked(emulator).message == "could not connect to AWS safely"
    monkeypatch.setenv(variable, certificate)
    keys = {"aws_access_key_id": f"AKIA{ACCOUNT}", "aws_secret_access_key": SECRET}
    with closing(Client(options.read({"endpoint_url": emulator.url, **keys}))) as found:
        assert fetched(found, None, Deadline(TIMEOUT)) == REPORT


ROLE = "arn:aws:iam::444455556666:role/audit"


def called(client: Client, what: str) -> object:
    """Call AWS in each of the ways that the client has."""
    deadline = Deadline(TIMEOUT)
    if what == "report":
        return fetched(client, None, deadline)
    if what == "accounts":
        return [account.account_id for page in client.accounts(deadline) for account in page]
    if what == "account_id":
        return client.account_id(deadline)
    return Bucket(client, "s3://archive/saved").read("report", deadline)


@pytest.mark.parametrize(
    ("what", "action", "expected"),
    [
        ("report", GET, REPORT),
        ("accounts", "ListAccounts", [ACCOUNT]),
        ("account_id", "GetCallerIdentity", "444455556666"),
        ("object", "GetObject", b"packed"),
    ],
)
def test_a_role_that_has_expired_is_assumed_anew_once(
    emulator: Emulator, what: str, action: str, expected: object
) -> None:
    made = datetime.now(timezone.utc).replace(microsecond=0)
    emulator.account("444455556666", roles={"audit": None}, report=REPORT, generated_time=made)
    emulator.account(ACCOUNT, name="management")
    emulator.buckets["archive"] = {"saved/report": b"packed"}
    expired = s3_error("ExpiredToken") if what == "object" else error("ExpiredToken", "The token has expired")
    if what == "accounts":
        expired = json_error("ExpiredTokenException", "The token has expired")
    emulator.script[action] = [expired]
    keys = {"aws_access_key_id": f"AKIA{ACCOUNT}", "aws_secret_access_key": SECRET, "endpoint_url": emulator.url}
    with closing(Client(options.read({**keys, "role_arn": ROLE}))) as client:
        assert called(client, what) == expected
    assert (emulator.count("AssumeRole"), emulator.count(action)) == (2, 2)


def test_credentials_that_have_expired_are_an_error_at_once(emulator: Emulator) -> None:
    emulator.always[GET] = error("ExpiredToken", "The token has expired")
    found = asked(emulator, role_name="audit")
    assert (found.message, found.code) == ("AWS refused the credentials", "ExpiredToken")
    assert emulator.count(GET) == 1


def test_each_call_for_an_account_is_signed_by_its_role(emulator: Emulator) -> None:
    for account_id in ("444455556666", "777788889999"):
        emulator.account(account_id, roles={"audit": None})
    keys = {"aws_access_key_id": f"AKIA{ACCOUNT}", "aws_secret_access_key": SECRET, "endpoint_url": emulator.url}
    with closing(Client(options.read({**keys, "role_arn": ROLE, "role_name": "audit"}))) as client:

        def work(call: Call) -> list[str]:
            return [call("sts", "GetCallerIdentity")["Account"] for _ in range(2)]

        assert client.account("777788889999", Deadline(TIMEOUT), work) == ["777788889999"] * 2
    assert [(one.action, one.access_key_id) for one in emulator.requests] == [
        ("AssumeRole", f"AKIA{ACCOUNT}"),
        ("AssumeRole", "ASIA444455556666"),
        ("GetCallerIdentity", "ASIA777788889999"),
        ("GetCallerIdentity", "ASIA777788889999"),
    ]


@pytest.mark.parametrize("role_name", ["audit", None])
def test_the_account_of_the_credentials_needs_no_role(emulator: Emulator, role_name: Optional[str]) -> None:
    keys = {"aws_access_key_id": f"AKIA{ACCOUNT}", "aws_secret_access_key": SECRET, "endpoint_url": emulator.url}
    given = {} if role_name is None else {"role_name": role_name}
    with closing(Client(options.read({**keys, **given}))) as client:
        assert fetched(client, ACCOUNT, Deadline(TIMEOUT)) == REPORT
        if role_name is not None:
            with pytest.raises(Error, match="AWS denied AssumeRole"):
                fetched(client, "777788889999", Deadline(TIMEOUT))
