"""AWS: roles, the accounts of an organization, the credential report of each, and the client of S3.

With answers.py the only module that imports boto3, and imported only when a call is really made.
"""

from __future__ import annotations

import errno
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, NamedTuple, Optional, TypeVar

import boto3
import botocore.session
from boto3.compat import filter_python_deprecation_warnings
from botocore import exceptions
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.live.http import BETWEEN, Http, unintelligible
from iam_fdw.live.pace import Pace
from iam_fdw.live.redaction import Secrets, without_paths
from iam_fdw.options import Settings
from iam_fdw.workers import OPEN_FILES, Deadline

filter_python_deprecation_warnings()  # a server's log is not the place to read of Python's next versions

# The Region whose endpoint serves IAM, https://docs.aws.amazon.com/general/latest/gr/iam-service.html
_REGIONS = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-north-1",
    "aws-eusc": "eusc-de-east-1",
}
_PREFIXES = (("aws-us-gov", "us-gov-"), ("aws-cn", "cn-"), ("aws-eusc", "eusc-"))

_CREDENTIALS = errcodes.INVALID_AUTHORIZATION_SPECIFICATION
_CONNECTION = errcodes.SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION
_DENIED = errcodes.INSUFFICIENT_PRIVILEGE
_NOT_READY = errcodes.OBJECT_NOT_IN_PREREQUISITE_STATE

_GARBLED_ATTEMPTS = 3
_LONGEST_CODE = 100  # characters of an error code of AWS
_MOST_PAGES = 10_000  # of ListAccounts, with 20 accounts each
_MOST_ACCOUNTS = 100_000  # AWS gives some organizations 50,000
_LONGEST_NAME = 250  # characters of an account's name: AWS allows 50
_LONGEST_TOKEN = 20_000  # characters of what a role gives: AWS's tokens have 1,000 or 2,000
_EARLY = timedelta(minutes=5)  # before its end a role is assumed anew
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html: Status, and State, which replaces it
_NOT_READ = {"SUSPENDED", "CLOSED", "PENDING_ACTIVATION"}
# Codes of answers that may be others a moment later; each 5xx is one, too.
_THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown")
_TRANSIENT = ("LimitExceeded", "ConditionalRequestConflict", "RequestTimeout", *_THROTTLED)
_NOT_IMPLEMENTED = 501  # as stores answer that do not know conditional writes
_ACCESS_DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")
# What each action needs, where that is not iam: and its name.
_PERMISSIONS = {
    "GetCallerIdentity": "sts:GetCallerIdentity",
    "GetObject": "s3:GetObject",
    "ListAccounts": "organizations:ListAccounts",
    "ListObjectsV2": "s3:ListBucket",
    "PutObject": "s3:PutObject",
}
_CLOCK = "Set the clock of the database server: AWS refuses requests that are some minutes old, or of the future."
_KEYS = "Check the access key, its secret and its token, and that they are of the partition asked (option region)."
_EXPIRED = "Renew the credentials: sign in again (aws sso login), or alter the user mapping."
_EXPIRED_CODES = ("ExpiredToken", "ExpiredTokenException")
_CREDENTIAL_HINTS = {
    **dict.fromkeys(_EXPIRED_CODES, _EXPIRED),
    "IncompleteSignature": _KEYS,
    "InvalidAccessKeyId": _KEYS,
    "InvalidClientTokenId": _KEYS,
    "MissingAuthenticationToken": _KEYS,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "SignatureDoesNotMatch": _KEYS,
    "UnrecognizedClientException": _KEYS,
}
_NO_CREDENTIALS = (
    "Give the operating system user of the server credentials (an instance role, environment variables, ~/.aws), "
    "or create a user mapping with aws_access_key_id and aws_secret_access_key."
)
_CONFIGURATION = (
    "Check the AWS configuration (environment variables, ~/.aws) of the operating system user of the server."
)

# Errors whose text holds nothing but an endpoint, or names of the configuration.
_SHOWN = (
    exceptions.ConnectTimeoutError,
    exceptions.ConnectionClosedError,
    exceptions.EndpointConnectionError,
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.ProfileNotFound,
    exceptions.ReadTimeoutError,
    exceptions.SSLError,
)
_CONFIGURING = "AWS configuration"

_MISSING = {
    "ReportNotPresent": "there is no credential report",
    "ReportExpired": "the credential report has expired",
    "ReportInProgress": "the credential report is being made",
}


Answered = TypeVar("Answered")


class Answer(NamedTuple):
    """A report as AWS gave it. generated_time: when AWS made it, UTC."""

    content: bytes
    generated_time: datetime


class Aws:
    """AWS as one scan asks it: clients that all threads share, credentials for each request, one pace for all."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: dict[str, Any] = {}
        self._lock = threading.RLock()
        self._session: Any = None
        self._own: Optional[_Assumed] = None
        self._caller: Optional[str] = None
        self._signing = threading.local()
        self._pace = Pace(settings.concurrency)
        self._http: Optional[Http] = None
        self._secrets = Secrets()
        self._secrets.add(settings.aws_secret_access_key, settings.aws_session_token)
        self._secrets.add_url(settings.endpoint_url)

    def report(self, account_id: Optional[str], deadline: Deadline) -> Answer:
        """Return an account's credential report; AWS makes it first where `generate` and `max_age` ask for that.

        account_id: None for the account of the credentials. After that what AWS gives is taken, whatever its age: it
        makes at most one in four hours.

        Raises Error, at the deadline at the latest but for a connection that hangs.
        """
        try:
            with self._as(self._assumed(account_id, deadline)):
                return self._report(deadline)
        except Error as error:
            if error.code not in _EXPIRED_CODES or not (self._settings.role_arn or self._settings.role_name):
                raise
        self._forget_roles()  # they lasted an hour
        with self._as(self._assumed(account_id, deadline)):
            return self._report(deadline)

    def accounts(self, deadline: Deadline) -> Iterator[list[tuple[str, Optional[str]]]]:
        """Yield id and name of the organization's accounts, page by page, but for those that are closed or suspended.

        Raises Error.
        """
        action = "ListAccounts"
        arguments: dict[str, str] = {}
        client, own, number = self._client("organizations", deadline), self._role(deadline), 0
        for _ in range(_MOST_PAGES):
            with self._as(own):
                answer = self._call(deadline, action, lambda: client.list_accounts(**arguments))  # noqa: B023
            listed = answer.get("Accounts")
            if listed is None or not all(re.fullmatch("[0-9]{12}", account.get("Id", "")) for account in listed):
                raise unintelligible(action, "It has no list of accounts with their ids.")
            number += len(listed)
            if number > _MOST_ACCOUNTS or any(len(account.get("Name") or "") > _LONGEST_NAME for account in listed):
                raise unintelligible(action, f"It has more than {_MOST_ACCOUNTS} accounts, or a name too long for one.")
            yield [
                (account["Id"], self._secrets.hidden(account["Name"]) if account.get("Name") else None)
                for account in listed
                if not {account.get("Status"), account.get("State")} & _NOT_READ
            ]
            if not answer.get("NextToken"):
                return
            arguments = {"NextToken": answer["NextToken"]}
            deadline.renew()
        raise unintelligible(action, f"It has more than {_MOST_PAGES} pages.")

    def s3(self, action: str, call: Callable[[Any], Answered], deadline: Deadline) -> Answered:
        """Return what a call finds, which is given the client of S3, signed by the credentials or as role_arn.

        Raises Error.
        """
        client = self._client("s3", deadline)
        try:
            with self._as(self._role(deadline)):
                return self._call(deadline, action, lambda: call(client))
        except Error as error:
            if error.code not in _EXPIRED_CODES or not self._settings.role_arn:
                raise
        self._forget_roles()
        with self._as(self._role(deadline)):
            return self._call(deadline, action, lambda: call(client))

    def close(self) -> None:
        """Close the connections, which would else stay until Python looks for what nobody uses."""
        for client in list(self._clients.values()):
            client.close()
        if self._http is not None:
            self._http.close()

    def without_secrets(self, error: Error) -> Error:
        """Return an error of what AWS sent as a report: it quotes that."""
        detail = f"{self._secrets.shown(error.detail)}." if error.detail else None
        return Error(self._secrets.shown(error.message), detail, error.hint, error.sqlstate, error.code, error.state)

    def account_id(self, deadline: Deadline) -> Optional[str]:
        """Return the account of the credentials, None when AWS does not tell."""
        with self._lock:
            if self._caller is None:
                try:
                    sts, own = self._client("sts", deadline), self._role(deadline)
                    with self._as(own):
                        answer = self._call(deadline, "GetCallerIdentity", sts.get_caller_identity)
                    self._caller = str(answer["Account"])
                except (Error, KeyError):
                    self._caller = ""
            return self._caller or None

    def _report(self, deadline: Deadline) -> Answer:
        iam, generate, max_age = self._client("iam", deadline), self._settings.generate, self._settings.max_age
        never = generate == "never"
        answer = self._get(iam, deadline, may_lack=not never)
        for delay in _delays() if never and answer is None else ():
            deadline.wait(delay, Error(_MISSING["ReportInProgress"], sqlstate=_NOT_READY))
            answer = self._get(iam, deadline, may_lack=False)
            if answer is not None:
                break
        if answer is not None and (never or datetime.now(timezone.utc) - answer.generated_time <= max_age):
            return answer
        for delay in _delays():
            state = self._call(deadline, "GenerateCredentialReport", iam.generate_credential_report).get("State")
            answer = self._get(iam, deadline, may_lack=True) if state == "COMPLETE" else None
            if answer is not None:
                return answer
            if state not in ("STARTED", "INPROGRESS", "COMPLETE"):
                raise unintelligible("GenerateCredentialReport", "It has no known State.")
            deadline.wait(delay, Error(f"AWS is still making the report (State {state})", sqlstate=_NOT_READY))
        raise AssertionError("the delays never end")

    def _get(self, iam: Any, deadline: Deadline, may_lack: bool) -> Optional[Answer]:
        try:
            answer = self._call(deadline, "GetCredentialReport", iam.get_credential_report)
        except Error as error:
            if error.code not in _MISSING:
                raise
            if may_lack or error.code == "ReportInProgress":  # which will be there in some seconds
                return None
            hint = 'Run "aws iam generate-credential-report", or set the option generate to auto.'
            raise Error(_MISSING[error.code], error.detail, hint, _NOT_READY, error.code, "missing") from None
        content, form, made = (answer.get(key) for key in ("Content", "ReportFormat", "GeneratedTime"))
        if form != "text/csv" or not isinstance(content, bytes) or not isinstance(made, datetime):
            raise unintelligible("GetCredentialReport", "It has no report in the format text/csv with its time.")
        if made - datetime.now(timezone.utc) > timedelta(days=1):
            raise unintelligible("GetCredentialReport", f"The report is of {made.isoformat()}, in the future.")
        return Answer(content, made.astimezone(timezone.utc))

    def _assumed(self, account_id: Optional[str], deadline: Deadline) -> Optional[Credentials]:
        """Return the credentials for an account: its role's, after role_arn's; None for those without any role."""
        own, name = self._role(deadline), self._settings.role_name
        if name is None or account_id is None:
            return own
        role = f"arn:{self._partition(deadline)}:iam::{account_id}:role/{name}"
        try:
            return self._assume(role, own, deadline).credentials
        except Error as error:
            # the account of the credentials itself, of the organization's management say, needs no such role
            if error.state == "denied" and self.account_id(deadline) == account_id:
                return own
            raise

    def _role(self, deadline: Deadline) -> Optional[Credentials]:
        """Return the credentials of the option role_arn, None without it."""
        if self._settings.role_arn is None:
            return None
        with self._lock:
            if self._own is None or self._own.expires - datetime.now(timezone.utc) < _EARLY:
                self._own = self._assume(self._settings.role_arn, None, deadline)
            return self._own.credentials

    def _forget_roles(self) -> None:
        with self._lock:
            self._own = None

    def _assume(self, role: str, by: Optional[Credentials], deadline: Deadline) -> _Assumed:
        sts = self._client("sts", deadline)
        arguments = {"RoleArn": role, "RoleSessionName": self._settings.role_session_name}
        if self._settings.external_id:
            arguments["ExternalId"] = self._settings.external_id
        with self._as(by):
            answer = self._call(deadline, "AssumeRole", lambda: sts.assume_role(**arguments), role)
        try:
            found = answer["Credentials"]
            keys = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
            if len(keys.access_key) + len(keys.secret_key) + len(keys.token) > _LONGEST_TOKEN:
                raise ValueError("no credentials")
            self._secrets.add(keys.secret_key, keys.token)
            return _Assumed(keys, found["Expiration"])
        except (KeyError, TypeError, ValueError):
            raise unintelligible("AssumeRole", "It has no credentials.") from None

    @contextmanager
    def _as(self, credentials: Optional[Credentials]) -> Iterator[None]:
        """Have the requests of this thread signed with these credentials, None for those that are there without."""
        self._signing.credentials = credentials
        try:
            yield
        finally:
            self._signing.credentials = None

    def _sign(self, request: Any, **_: object) -> None:
        credentials = getattr(self._signing, "credentials", None)
        if credentials is not None:
            context = request.context.get("signing", {})
            request.context["signing"] = {**context, "request_credentials": credentials}

    def _partition(self, deadline: Deadline) -> str:
        region = self._client("sts", deadline).meta.region_name
        return next((partition for partition, prefix in _PREFIXES if region.startswith(prefix)), "aws")

    def _client(self, service: str, deadline: Deadline) -> Any:
        if service in self._clients:
            return self._clients[service]
        with self._lock:
            if service not in self._clients:
                try:
                    self._clients[service] = self._new_client(service, deadline)
                except Error:
                    raise
                except Exception as error:
                    raise self._described(_CONFIGURING, error) from None
            return self._clients[service]

    def _new_client(self, service: str, deadline: Deadline) -> Any:
        settings = self._settings
        if self._session is None:
            core = botocore.session.get_session()
            core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_timestamp)
            self._session = boto3.Session(
                settings.aws_access_key_id,
                settings.aws_secret_access_key,
                settings.aws_session_token,
                botocore_session=core,
                profile_name=None if settings.aws_access_key_id else settings.profile,
            )
            self._session.events.register("before-sign", self._sign)
        # an answer that does not come is asked for again before the deadline; a socket takes no more than some weeks
        socket_timeout = min(deadline.timeout / 3, 300.0)
        if self._http is None:
            self._http = Http(core, socket_timeout, settings.concurrency, self._secrets)
            self._session.events.register("before-send", self._http.send)
        partition = settings.role_arn.split(":")[1] if settings.role_arn else ""
        if partition not in ("", *_REGIONS) and settings.region is None:
            raise Error(
                f'partition "{partition}" is not known',
                None,
                "Set the option region.",
                errcodes.FDW_INVALID_ATTRIBUTE_VALUE,
            )
        config = Config(
            connect_timeout=socket_timeout,
            read_timeout=socket_timeout,
            retries={"total_max_attempts": 1},  # _call() does that, against the deadline
            max_pool_connections=settings.concurrency,
            # boto3's own is put together anew, of 16 parts, for each request
            user_agent=f"iam_fdw Boto3/{boto3.__version__}",
            parameter_validation=False,
        )
        region = settings.region or _REGIONS.get(partition) or self._session.region_name or _REGIONS["aws"]
        return self._session.client(service, region_name=region, endpoint_url=settings.endpoint_url, config=config)

    def _call(
        self, deadline: Deadline, action: str, call: Callable[[], Answered], role: Optional[str] = None
    ) -> Answered:
        for attempt, delay in enumerate(_delays(), 1):
            if deadline.stop.is_set():  # nobody waits any more
                raise deadline.error()
            with self._pace.request(deadline) as begun:
                try:
                    with self._http.within(deadline) if self._http is not None else nullcontext():
                        answer = call()
                except Error:
                    raise
                except Exception as error:  # parsers and HTTP have many of their own
                    described = self._described(action, error, role)
                    # half an answer is not to be told from a proxy's page, which stays
                    is_garbled = isinstance(error, ResponseParserError) and attempt < _GARBLED_ATTEMPTS
                    if not is_garbled and not _is_transient(error):
                        raise described from None
                    if _is_throttled(error):
                        self._pace.slow_down(begun, delay)
                else:
                    self._pace.speed_up()
                    return answer
            deadline.wait(delay, described)
        raise AssertionError("the delays never end")

    def _described(self, action: str, error: Exception, role: Optional[str] = None) -> Error:
        if isinstance(error, exceptions.ClientError):
            return self._answered(action, error, role)
        if not isinstance(error, exceptions.BotoCoreError) and action != _CONFIGURING:
            return unintelligible(action, f"It is none of AWS ({type(error).__name__}).")
        # others may hold a proxy's password, a header with a token, or what a program printed
        text = " ".join(str(error).split()) if isinstance(error, _SHOWN) else type(error).__name__
        detail = f"{action}: {self._secrets.shown(without_paths(text))}."
        if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
            return Error("there are no AWS credentials", detail, _NO_CREDENTIALS, _CREDENTIALS)
        if _is_out_of_files(error):
            return Error(
                "could not open another connection",
                f"{action}: Too many files are open.",
                OPEN_FILES,
                errcodes.INSUFFICIENT_RESOURCES,
            )
        if isinstance(error, exceptions.SSLError):
            hint = f"{BETWEEN} Its certificates can be named by the environment variable AWS_CA_BUNDLE."
            return Error("could not connect to AWS safely", detail, hint, _CONNECTION)
        if isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)):
            hint = "Check that the server reaches AWS (network, HTTPS_PROXY, the option endpoint_url)."
            return Error("could not connect to AWS", detail, hint, _CONNECTION)
        return Error("could not get AWS credentials", detail, _CONFIGURATION, _CREDENTIALS)

    def _answered(self, action: str, error: exceptions.ClientError, role: Optional[str]) -> Error:
        answer = error.response.get("Error", {})
        action = error.operation_name or action  # a profile's role is assumed within another call
        code = self._secrets.shown(str(answer.get("Code", "")))[:_LONGEST_CODE]
        # what follows the first line of SignatureDoesNotMatch repeats the request
        text = "" if code == "IncompleteSignature" else self._secrets.shown(str(answer.get("Message", "")))
        detail = ": ".join(filter(None, (action, code, text))) + "."
        if role is not None:
            detail += f" Role: {role}."
        if code in _ACCESS_DENIED:
            hint = f"Allow {_PERMISSIONS.get(action, f'iam:{action}')} to this user or role."
            if action == "GenerateCredentialReport":
                hint = f"{hint[:-1]}, or set the option generate to never."
            if action.startswith("AssumeRole"):
                hint = (
                    "Allow sts:AssumeRole on the role, and name the caller, and the external id, in its trust policy."
                )
            return Error(f"AWS denied {action}", detail, hint, _DENIED, code, "denied")
        if code in _CREDENTIAL_HINTS:
            is_skewed = "Signature expired" in text or "Signature not yet current" in text
            hint = _CLOCK if is_skewed else _CREDENTIAL_HINTS[code]
            return Error("AWS refused the credentials", detail, hint, _CREDENTIALS, code, "denied")
        return Error(f"AWS answered {action} with an error", detail, code=code)


class _Assumed(NamedTuple):
    """A role that was assumed. expires: UTC."""

    credentials: Credentials
    expires: datetime


def _timestamp(value: Any) -> datetime:
    """Read a time of an answer: as AWS writes it, in a tenth of the time that boto3 takes for all that it might be."""
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        found: datetime = parse_timestamp(value)
        return found


def _delays() -> Iterator[float]:
    """Yield the seconds to wait before each next attempt, at random, lest all come again at the same moment."""
    delay = 0.25
    while True:
        yield delay * random.uniform(0.75, 1.25)  # noqa: S311
        delay = min(1.5 * delay, 5.0)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, exceptions.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error.response.get("Error", {}).get("Code") in _TRANSIENT or (
            status >= 500 and status != _NOT_IMPLEMENTED
        )
    if isinstance(error, (exceptions.SSLError, exceptions.ProxyConnectionError)) or _is_out_of_files(error):
        return False
    return isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError))


def _is_out_of_files(error: Optional[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_throttled(error: Exception) -> bool:
    answer = error.response if isinstance(error, exceptions.ClientError) else {}
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return answer.get("Error", {}).get("Code") in _THROTTLED or status in (429, 503)


def is_of_credentials(code: Optional[str]) -> bool:
    """Return whether an error's code, or its SQLSTATE, says that there are no credentials, or that AWS refused them."""
    return code == _CREDENTIALS or code in _CREDENTIAL_HINTS
