"""The client against an endpoint that fails or is hostile: an Error in time, and no secret in it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
from support.copies import REPORT as COPY
from support.emulator import ECHOES, Emulator, body, echo, endless
from support.reports import ACCOUNT

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.live.client import Client
from iam_fdw.live.connections import Sockets
from iam_fdw.saved.bucket import Bucket
from iam_fdw.workers import Deadline

TIMEOUT = 3.0
SLOWNESS = float(os.environ.get("SLOWNESS", "1"))
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
            bucket.read("report", Deadline(TIMEOUT * SLOWNESS))


@pytest.mark.parametrize(
    "listed", ["<Contents><Key>{}</Key></Contents>", "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>"]
)
def test_a_list_of_objects_without_end_is_an_error(emulator: Emulator, listed: str) -> None:
    page = listed.format("saved/a/b/" + "x" * 1000) * 1000
    page += "<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>"
    emulator.always["ListObjectsV2"] = body(f"<ListBucketResult>{page}</ListBucketResult>".encode())
    keys = {"aws_access_key_id": f"AKIA{ACCOUNT}", "aws_secret_access_key": SECRET}
    with closing(Client(options.read({"endpoint_url": emulator.url, **keys}))) as found:
        bucket, deadline = Bucket(found, "s3://archive/saved"), Deadline(TIMEOUT * SLOWNESS)
        with pytest.raises(Error, match="too many objects"):
            bucket.folders(deadline) if "Prefix" in listed else bucket.names("a", "", "~", deadline)
    assert emulator.count("ListObjectsV2") < 20


@pytest.mark.parametrize("names", ["a", "a" * 1000])
def test_an_endless_list_of_accounts_is_an_error(emulator: Emulator, names: str) -> None:
    listed = [{"Id": f"{number:012}", "Name": names} for number in range(2000)]
    reply = body(json.dumps({"Accounts": listed, "NextToken": "more"}).encode(), "application/x-amz-json-1.1")
    emulator.always["ListAccounts"] = reply
    assert "more than 100000 accounts, or a name too long" in str(asked(emulator, "accounts").detail)


def asked(emulator: Emulator, ask: str = "report", **given: str) -> Error:
    """Ask with the keys of a role's session, and return the error."""
    keys = {"aws_access_key_id": f"ASIA{ACCOUNT}", "aws_secret_access_key": SECRET, "aws_session_token": TOKEN}
    found = Client(options.read({"endpoint_url": emulator.url, **keys, **given}))
    with closing(found), pytest.raises(Error) as caught:
        found.report(None, Deadline(TIMEOUT)) if ask == "report" else list(found.accounts(Deadline(TIMEOUT)))
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
                found = asked(emulator, endpoint_url=url)
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
        Client(options.read({**keys, "endpoint_url": emulator.url})).report(None, deadline)
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
        assert found.report(None, Deadline(TIMEOUT)).content == REPORT
