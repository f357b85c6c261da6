"""AWS for tests: credential reports, STS, Organizations, S3 over real HTTP on loopback, with the faults asked for."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import socket
import ssl
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Callable, Optional
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape

from support.reports import csv, root, user

_IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
_STS = "https://sts.amazonaws.com/doc/2011-06-15/"
_S3 = "http://s3.amazonaws.com/doc/2006-03-01/"
_ORGANIZATIONS = "AWSOrganizationsV20161128."
_PAGE = 20  # accounts in an answer to ListAccounts, at most
_numbers = count()
_ports: set[int] = set()  # that emulators of this process have had
# How a hostile endpoint may write a secret.
ECHOES: list[Callable[[str], str]] = [
    lambda value: quote(value, safe=""),
    lambda value: re.sub("%..", lambda match: match[0].lower(), quote(value)),
    lambda value: base64.b64encode(value.encode()).decode(),
    lambda value: base64.urlsafe_b64encode(b"a" + value.encode()).decode(),
    lambda value: base64.b64encode(b"ab" + value.encode() + b"c").decode(),
    lambda value: value.encode().hex(),
    lambda value: json.dumps(value).replace("/", "\\/"),
]
# The status of each error, as AWS sends it.
_STATUS = {
    "ReportNotPresent": 410,
    "ReportExpired": 410,
    "ReportInProgress": 404,
    "LimitExceeded": 409,
    "ServiceFailure": 500,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
    "Throttling": 400,
    "RequestExpired": 400,
}


@dataclass(frozen=True)
class Reply:
    """What is answered instead of the truth: see the functions below, which make them."""

    kind: str
    status: int = 200
    body: bytes = b""
    content_type: str = "text/xml"
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


def error(code: str, message: str = "", status: Optional[int] = None) -> Reply:
    """Answer with an error of AWS; others than AWS's own status only where a test says so."""
    kind = "Receiver" if _STATUS.get(code, 403) >= 500 else "Sender"
    body = f"<Error><Type>{kind}</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    xml = f'<ErrorResponse xmlns="{_IAM}">{body}<RequestId>1</RequestId></ErrorResponse>'
    return Reply("body", status or _STATUS.get(code, 403), xml.encode())


def json_error(code: str, message: str = "") -> Reply:
    """Answer with an error as Organizations does."""
    return Reply("body", 400, json.dumps({"__type": code, "Message": message}).encode(), "application/x-amz-json-1.1")


def s3_error(code: str, message: str = "", status: int = 403) -> Reply:
    """Answer with an error as S3 does."""
    xml = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><RequestId>1</RequestId></Error>"
    return Reply("body", status, xml.encode(), "application/xml")


def body(content: bytes, content_type: str = "text/xml", status: int = 200) -> Reply:
    """Answer with whatever this is."""
    return Reply("body", status, content, content_type)


def content(report: bytes, form: str = "text/csv", generated_time: Optional[str] = None) -> Reply:
    """Answer GetCredentialReport, well-formed, with these bytes."""
    made = generated_time or f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    return Reply("body", body=_answer("GetCredentialReport", _IAM, _report(report, form, made)))


def summary(entries: dict[str, object]) -> Reply:
    """Answer GetAccountSummary, well-formed, with these entries."""
    return _true("GetAccountSummary", _IAM, _summary(entries))


def hang() -> Reply:
    """Answer nothing until the emulator is closed."""
    return Reply("hang")


def slow(seconds: float) -> Reply:
    """Answer the truth after so many seconds."""
    return Reply("slow", seconds=seconds)


def reset() -> Reply:
    """Break the connection before any answer."""
    return Reply("reset")


def lost() -> Reply:
    """Do what is asked, and break the connection before any answer."""
    return Reply("lost")


def cut() -> Reply:
    """Send half of the true answer, and end the connection."""
    return Reply("cut")


def endless(form: str) -> Reply:
    """Answer without end: a body of "chunked" parts, one "as long as" nobody says, or as long as "a lie" says, or
    of "marks"; "headers", or "continue", which says that the answer comes.
    """
    return Reply("endless", body=form.encode())


def drip(seconds: float) -> Reply:
    """Send a byte in so many seconds, without end."""
    return Reply("drip", seconds=seconds)


def echo(code: str) -> Reply:
    """Answer with an error that repeats the request's headers, as they are and in other forms."""
    return Reply("echo", 403, code.encode())


def _answer(action: str, namespace: str, result: str) -> bytes:
    return (
        f'<{action}Response xmlns="{namespace}"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    ).encode()


def _report(report: bytes, form: str, made: str) -> str:
    text = base64.b64encode(report).decode()
    return f"<Content>{text}</Content><ReportFormat>{form}</ReportFormat><GeneratedTime>{made}</GeneratedTime>"


def _summary(entries: Mapping[str, object]) -> str:
    written = (f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in entries.items())
    return f"<SummaryMap>{''.join(written)}</SummaryMap>"


@dataclass
class Account:
    """An account. Its long-lived access key is AKIA and its id.

    report, generated_time: what GetCredentialReport gives. next_report: what GenerateCredentialReport makes.
    polls: how often that answers that the report is not yet made; old_while_making: whether an old one is given then.
    summary: what GetAccountSummary gives.
    roles: the roles that can be assumed, with the external id that each asks for.
    name, status: as Organizations lists it; None where it is not listed.
    always: the reply to each request to it, for an action; AssumeRole is a request to the role's account.
    """

    account_id: str
    name: Optional[str] = None
    status: str = "ACTIVE"
    always: dict[str, Reply] = field(default_factory=dict)
    report: Optional[bytes] = None
    generated_time: Optional[datetime] = None
    next_report: Optional[Callable[[], bytes]] = None
    polls: int = 1
    old_while_making: bool = False
    summary: dict[str, int] = field(default_factory=lambda: {"Users": 2, "UsersQuota": 5000, "AccountMFAEnabled": 1})
    roles: dict[str, Optional[str]] = field(default_factory=dict)
    making: Optional[int] = None


@dataclass(frozen=True)
class Request:
    """A request as it came. time: of time.monotonic()."""

    action: str
    account_id: Optional[str]
    access_key_id: str
    parameters: dict[str, str]
    time: float


class Emulator:
    """The server: a context manager, with its `url`.

    script: for an action the replies to its next requests; always: the reply to each. latency: seconds for each.
    rate: requests a second, beyond which they are throttled. most_at_once: how many were under way at the same time.
    buckets: of S3, each with the content of its keys; page_of_keys: in an answer; always_of_key: the reply to each GET
    of a key; listed: keys that lists tell of beside those that there are: gone ones, or some twice; has_checksums:
    whether HEAD tells them.
    url: of its own for each emulator, though ports come again.
    """

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.accounts: dict[str, Account] = {}
        self.requests: list[Request] = []
        self.script: dict[str, list[Reply]] = defaultdict(list)
        self.always: dict[str, Reply] = {}
        self.buckets: dict[str, dict[str, bytes]] = {}
        self.page_of_keys = 1000
        self.always_of_key: dict[str, Reply] = {}
        self.has_checksums = True
        self.listed: list[str] = []
        self.latency = 0.0
        self.rate = float("inf")
        self.most_at_once = 0
        self._at_once = 0
        self._recent: deque[float] = deque()
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._server = self._listen(address)
        self.url = f"http://{address}:{self._server.server_address[1]}/{os.getpid()}.{next(_numbers)}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Emulator:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _listen(self, address: str) -> _Server:
        """Listen on a port that no earlier emulator had: clients may have connections to that one in a pool."""
        while True:
            server = _Server((address, 0), _Handler, self)
            port = server.server_address[1]
            if port not in _ports:
                _ports.add(port)
                return server
            server.server_close()

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """Speak HTTPS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")

    def account(self, account_id: str, **fields: Any) -> Account:
        """Return the account, made at the first call, with these fields set."""
        account = self.accounts.setdefault(account_id, Account(account_id))
        for name, value in fields.items():
            setattr(account, name, value)
        return account

    def organization(self, number: int, management: str, role: str = "audit") -> list[str]:
        """Have a number of accounts with this role and fresh reports, the management's among them; return their ids."""
        made = datetime.now(timezone.utc).replace(microsecond=0)
        ids = [management, *(f"{100_000_000_000 + place}" for place in range(number - 1))]
        template = csv(root("000000000000"), user("alice", "000000000000"))
        for place, account_id in enumerate(ids):
            report = template.replace(b"000000000000", account_id.encode())
            self.account(account_id, report=report, generated_time=made, name=f"account {place}", roles={role: None})
        return ids

    def count(self, action: str) -> int:
        """Return how many requests of an action came."""
        return sum(request.action == action for request in self.requests)

    def reply(
        self, parameters: dict[str, str], access_key_id: str, token: str, content: bytes = b""
    ) -> tuple[Reply, Reply]:
        """Return the reply to a request, and the true one. content: what is put."""
        with self._lock:
            account = self.accounts.get(access_key_id[4:])
            action = parameters.get("Action", "")
            account_id = account.account_id if account else None
            now = time.monotonic()
            self.requests.append(Request(action, account_id, access_key_id, parameters, now))
            asked = self.accounts.get(parameters.get("RoleArn", ":" * 4).split(":")[4], account)
            scripted = self.script[action].pop(0) if self.script[action] else self.always.get(action)
            if scripted is None and asked is not None:
                scripted = asked.always.get(action)
            if scripted is None and action == "GetObject":
                scripted = self.always_of_key.get(parameters["Key"])
            if self._is_too_fast(now):
                scripted = error("Throttling", "Rate exceeded")
            if scripted is not None and scripted.kind in ("body", "hang", "reset", "endless", "drip", "echo"):
                return scripted, scripted
            if "Bucket" in parameters:
                truth = self._s3(action, account, parameters, content)
            else:
                truth = self._truth(action, account, access_key_id, token, parameters)
            return scripted or truth, truth

    def _is_too_fast(self, now: float) -> bool:
        while self._recent and self._recent[0] < now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.rate:
            return True
        self._recent.append(now)
        return False

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a request that is under way."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def _truth(
        self, action: str, account: Optional[Account], access_key_id: str, token: str, parameters: dict[str, str]
    ) -> Reply:
        is_temporary = access_key_id.startswith("ASIA")
        if account is None or (is_temporary and token != f"token/of/{account.account_id}"):
            return error("InvalidClientTokenId", "The security token included in the request is invalid.")
        if action == "GenerateCredentialReport":
            return _true(action, _IAM, f"<State>{self._generate(account)}</State>")
        if action == "GetCredentialReport":
            return self._get(account)
        if action == "GetAccountSummary":
            return summary({**account.summary})
        if action == "GetCallerIdentity":
            arn = f"arn:aws:sts::{account.account_id}:assumed-role/x/y" if is_temporary else "arn:aws:iam::0:user/x"
            return _true(action, _STS, f"<UserId>x</UserId><Account>{account.account_id}</Account><Arn>{arn}</Arn>")
        if action == "AssumeRole":
            return self._assume(parameters)
        if action == "ListAccounts":
            return self._list(int(parameters.get("NextToken", "0")))
        return error("InvalidAction", f"Could not find operation {action}", 400)

    def _s3(self, action: str, account: Optional[Account], parameters: dict[str, str], content: bytes) -> Reply:
        keys = self.buckets.get(parameters["Bucket"])
        if account is None:
            return s3_error("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
        if keys is None:
            return s3_error("NoSuchBucket", "The specified bucket does not exist", 404)
        if action == "ListObjectsV2":
            return Reply("body", body=self._list_keys(keys, parameters), content_type="application/xml")
        key = parameters["Key"]
        if action in ("GetObject", "HeadObject"):
            if key not in keys:
                return s3_error("NoSuchKey", "The specified key does not exist.", 404)
            headers = {"x-amz-checksum-sha256": _checksum(keys[key])} if self.has_checksums else {}
            return Reply("body", body=keys[key], content_type="application/octet-stream", headers=headers)
        if parameters.get("If-None-Match") == "*" and key in keys:
            return s3_error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
        if parameters.get("x-amz-checksum-sha256") != _checksum(content):
            return s3_error("BadDigest", "The SHA256 you specified did not match the calculated checksum.", 400)
        keys[key] = content
        return Reply("body")

    def _list_keys(self, keys: dict[str, bytes], parameters: dict[str, str]) -> bytes:
        prefix, delimiter = parameters.get("prefix", ""), parameters.get("delimiter", "")
        after = max(parameters.get("start-after", ""), parameters.get("continuation-token", ""))
        found: list[str] = []
        folders: set[str] = set()
        last = next_token = ""
        for key in sorted([*keys, *self.listed], key=str.encode):
            rest = key[len(prefix) :]
            folder = f"{prefix}{rest.partition(delimiter)[0]}{delimiter}" if delimiter and delimiter in rest else ""
            # what a page ends with is greater than all that begins with it
            if not key.startswith(prefix) or key <= after or (folder and folder <= after) or folder in folders:
                continue
            if len(found) + len(folders) == self.page_of_keys:
                next_token = last
                break
            last = folder or key
            if folder:
                folders.add(folder)
            else:
                found.append(key)
        return (
            f'<ListBucketResult xmlns="{_S3}"><Name>{parameters["Bucket"]}</Name><EncodingType>url</EncodingType>'
            + "".join(f"<Contents><Key>{quote(key)}</Key><Size>1</Size></Contents>" for key in found)
            + "".join(f"<CommonPrefixes><Prefix>{quote(one)}</Prefix></CommonPrefixes>" for one in sorted(folders))
            + f"<IsTruncated>{'true' if next_token else 'false'}</IsTruncated>"
            + (f"<NextContinuationToken>{escape(next_token)}</NextContinuationToken>" if next_token else "")
            + "</ListBucketResult>"
        ).encode()

    def _generate(self, account: Account) -> str:
        now = datetime.now(timezone.utc)
        if account.making is None:
            made = account.generated_time
            if account.report is not None and made is not None and now - made < timedelta(hours=4):
                return "COMPLETE"
            account.making = 0
        if account.making < account.polls:
            account.making += 1
            return "STARTED" if account.making == 1 else "INPROGRESS"
        account.making, account.generated_time = None, now.replace(microsecond=0)
        account.report = (account.next_report or (lambda: csv(root(account.account_id))))()
        return "COMPLETE"

    def _get(self, account: Account) -> Reply:
        if account.making is not None and not account.old_while_making:
            return error("ReportInProgress", "Report is being generated.")
        if account.report is None or account.generated_time is None:
            return error("ReportNotPresent", "No report exists. Please generate one.")
        made = f"{account.generated_time:%Y-%m-%dT%H:%M:%SZ}"
        return _true("GetCredentialReport", _IAM, _report(account.report, "text/csv", made))

    def _list(self, first: int) -> Reply:
        accounts = [account for account in self.accounts.values() if account.name is not None]
        page = [
            {"Id": account.account_id, "Name": account.name, "Status": account.status}
            for account in accounts[first : first + _PAGE]
        ]
        answer: dict[str, Any] = {"Accounts": page}
        if first + _PAGE < len(accounts):
            answer["NextToken"] = str(first + _PAGE)
        return Reply("body", body=json.dumps(answer).encode(), content_type="application/x-amz-json-1.1")

    def _assume(self, parameters: dict[str, str]) -> Reply:
        match = re.fullmatch("arn:aws[a-z-]*:iam::([0-9]{12}):role/(.*)", parameters.get("RoleArn", ""))
        target = self.accounts.get(match[1]) if match else None
        external_id = parameters.get("ExternalId")
        if match is None or target is None or target.roles.get(match[2], "no such role") not in (None, external_id):
            return error("AccessDenied", f"User is not authorized to perform: sts:AssumeRole on {match and match[0]}")
        account_id = target.account_id
        return _true(
            "AssumeRole",
            _STS,
            f"<Credentials><AccessKeyId>ASIA{account_id}</AccessKeyId><SecretAccessKey>secret/of/{account_id}"
            f"</SecretAccessKey><SessionToken>token/of/{account_id}</SessionToken>"
            f"<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            f"<AssumedRoleUser><AssumedRoleId>x</AssumedRoleId><Arn>arn:aws:sts::{account_id}:assumed-role/x/y</Arn>"
            f"</AssumedRoleUser>",
        )


def _checksum(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _true(action: str, namespace: str, result: str) -> Reply:
    return Reply("body", body=_answer(action, namespace, result))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], emulator: Emulator) -> None:
        self.emulator = emulator
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are what tests make."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        text, target = self.rfile.read(length).decode(), self.headers.get("X-Amz-Target", "")
        if target:
            parameters = {**json.loads(text or "{}"), "Action": target.replace(_ORGANIZATIONS, "")}
        else:
            parameters = dict(parse_qsl(text))
        self._answer(parameters, b"")

    def do_GET(self) -> None:
        self._s3("")

    def do_HEAD(self) -> None:
        self._s3("HeadObject")

    def do_PUT(self) -> None:
        self._s3("PutObject")

    def _s3(self, action: str) -> None:
        path, _, query = self.path.partition("?")
        bucket, _, key = unquote(path).split("/", 2)[2].partition("/")
        parameters = {"Bucket": bucket, "Key": key, **dict(parse_qsl(query)), **dict(self.headers.items())}
        parameters["Action"] = action or ("GetObject" if key else "ListObjectsV2")
        self._answer(parameters, self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, parameters: dict[str, str], content: bytes) -> None:
        credential = re.search("Credential=([^/]*)/", self.headers.get("Authorization", ""))
        emulator = self.server.emulator
        key = credential[1] if credential else ""
        with emulator.counted():
            reply, truth = emulator.reply(parameters, key, self.headers.get("X-Amz-Security-Token", ""), content)
            emulator.closed.wait(emulator.latency + (reply.seconds if reply.kind == "slow" else 0.0))
        if reply.kind == "hang":
            emulator.closed.wait()
            self.close_connection = True
        elif reply.kind in ("reset", "lost"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif reply.kind in ("endless", "drip"):
            self._send_without_end(reply)
        elif reply.kind == "echo":
            self._send(self._echo(reply.body.decode()), is_cut=False)
        else:
            self._send(truth if reply.kind in ("slow", "cut") else reply, reply.kind == "cut")

    def _send(self, reply: Reply, is_cut: bool) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(reply.body[: len(reply.body) // 2] if is_cut else reply.body)
        self.close_connection = self.close_connection or is_cut

    def _send_without_end(self, reply: Reply) -> None:
        form = reply.body.decode()
        self.close_connection = True
        length = {"a lie": f"Content-Length: {1 << 40}\r\n", "chunked": "Transfer-Encoding: chunked\r\n"}.get(form, "")
        part = b"<a/>" * 16384 if form == "marks" else b"x" * 65536
        if form == "chunked":
            part = b"10000\r\n" + part + b"\r\n"
        if form == "continue":
            start, part = b"", b"HTTP/1.1 100 Continue\r\n\r\n"
        elif form == "headers":
            start, part = b"HTTP/1.1 200 OK\r\n", b"X-Again: " + b"x" * 60000 + b"\r\n"
        else:
            start = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n{length}\r\n".encode()
        if reply.kind == "drip":
            part = b"x"
        closed = self.server.emulator.closed
        self.wfile.write(start)
        while not closed.wait(reply.seconds) if reply.seconds else not closed.is_set():
            self.wfile.write(part)

    def _echo(self, code: str) -> Reply:
        values = [value for name, value in self.headers.items() if name in ("X-Amz-Security-Token", "Authorization")]
        values += [change(value) for value in values for change in ECHOES]
        message = f"{self.path} " + " ".join(values)
        if self.headers.get("X-Amz-Target"):
            return json_error(code, f"\x1b[31m\0\u202e{message}")
        return error(code, message, 403)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002, its name there
        """Say nothing."""
