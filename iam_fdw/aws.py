"""The credential report of one account, asked of AWS.

The only module that imports boto3, and imported only when a call is really made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, NamedTuple, Optional, TypeVar

import boto3
from boto3.compat import filter_python_deprecation_warnings
from botocore import exceptions
from botocore.config import Config
from botocore.parsers import ResponseParserError

from iam_fdw.background import Patience
from iam_fdw.errors import Error
from iam_fdw.options import Settings

Result = TypeVar("Result")

filter_python_deprecation_warnings()  # a server's log is not the place to read of Python's next versions

# The Region whose endpoint serves IAM, https://docs.aws.amazon.com/general/latest/gr/iam-service.html
_REGIONS = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-north-1",
    "aws-eusc": "eusc-de-east-1",
}

_CREDENTIALS = "28000"  # invalid_authorization_specification
_CONNECTION = "08001"  # sqlclient_unable_to_establish_sqlconnection
_PROTOCOL = "08P01"  # protocol_violation
_DENIED = "42501"  # insufficient_privilege
_NOT_READY = "55000"  # object_not_in_prerequisite_state

_GARBLED_ATTEMPTS = 3
# Codes of answers that may be others a moment later; each 5xx is one, too.
_TRANSIENT = ("LimitExceeded", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")
_ACCESS_DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")
_CLOCK = "Set the clock of the database server: AWS refuses requests that are some minutes old, or of the future."
_KEYS = "Check the access key, its secret and its token, and that they are of the partition asked (option region)."
_EXPIRED = "Renew the credentials: sign in again (aws sso login), or alter the user mapping."
_CREDENTIAL_HINTS = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
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
_BETWEEN = "Check what stands between the server and AWS: a proxy, or the option endpoint_url."
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


class Answer(NamedTuple):
    """A report as AWS gave it. generated_time: when AWS made it, UTC."""

    content: bytes
    generated_time: datetime


def fetch(settings: Settings, patience: Patience) -> Answer:
    """Return the account's credential report; AWS makes it first where `generate` and `max_age` ask for that.

    After that what AWS gives is taken, whatever its age: it makes at most one in four hours.

    Raises Error, at the deadline at the latest but for a connection that hangs.
    """
    iam = _client(settings, patience, "iam")
    never = settings.generate == "never"
    answer = _get(iam, patience, may_lack=not never)
    for delay in _delays() if never and answer is None else ():
        patience.wait(delay, Error(_MISSING["ReportInProgress"], sqlstate=_NOT_READY))
        answer = _get(iam, patience, may_lack=False)
        if answer is not None:
            break
    if answer is not None and (never or datetime.now(timezone.utc) - answer.generated_time <= settings.max_age):
        return answer
    for delay in _delays():
        state = _call(patience, "GenerateCredentialReport", iam.generate_credential_report).get("State")
        answer = _get(iam, patience, may_lack=True) if state == "COMPLETE" else None
        if answer is not None:
            return answer
        if state not in ("STARTED", "INPROGRESS", "COMPLETE"):
            raise _unintelligible("GenerateCredentialReport", "It has no known State.")
        patience.wait(delay, Error(f"AWS is still making the report (State {state})", sqlstate=_NOT_READY))
    raise AssertionError("the delays never end")


def account_id(settings: Settings, patience: Patience) -> Optional[str]:
    """Return the account of the role or of the credentials, None when AWS does not tell."""
    if settings.role_account_id:
        return settings.role_account_id
    try:
        sts = _client(settings, patience, "sts")
        return str(_call(patience, "GetCallerIdentity", sts.get_caller_identity)["Account"])
    except Error:
        return None


def _get(iam: Any, patience: Patience, may_lack: bool) -> Optional[Answer]:
    try:
        answer = _call(patience, "GetCredentialReport", iam.get_credential_report)
    except Error as error:
        if error.code not in _MISSING:
            raise
        if may_lack or error.code == "ReportInProgress":  # which will be there in some seconds
            return None
        hint = 'Run "aws iam generate-credential-report", or set the option generate to auto.'
        raise Error(_MISSING[error.code], error.detail, hint, _NOT_READY, error.code, "missing") from None
    content, form, made = (answer.get(key) for key in ("Content", "ReportFormat", "GeneratedTime"))
    if form != "text/csv" or not isinstance(content, bytes) or not isinstance(made, datetime):
        raise _unintelligible("GetCredentialReport", "It has no report in the format text/csv with its time.")
    if made - datetime.now(timezone.utc) > timedelta(days=1):
        raise _unintelligible("GetCredentialReport", f"The report is of {made.isoformat()}, in the future.")
    return Answer(content, made.astimezone(timezone.utc))


def _client(settings: Settings, patience: Patience, service: str) -> Any:
    try:
        if settings.aws_access_key_id:
            session = boto3.Session(
                settings.aws_access_key_id, settings.aws_secret_access_key, settings.aws_session_token
            )
        else:
            session = boto3.Session(profile_name=settings.profile)
        # an answer that does not come is asked for again before the deadline; a socket takes no more than some weeks
        socket_timeout = min(patience.timeout / 3, 300.0)
        partition = settings.role_arn.split(":")[1] if settings.role_arn else ""
        if partition not in ("", *_REGIONS) and settings.region is None:
            raise Error(f'partition "{partition}" is not known', None, "Set the option region.", "HV024")
        arguments = {
            "region_name": settings.region or _REGIONS.get(partition) or session.region_name or _REGIONS["aws"],
            "endpoint_url": settings.endpoint_url,
            "config": Config(
                connect_timeout=socket_timeout,
                read_timeout=socket_timeout,
                retries={"total_max_attempts": 1},  # _call() does that, against the deadline
                user_agent_extra="iam_fdw",
            ),
        }
        if settings.role_arn:
            credentials = _assume_role(session.client("sts", **arguments), settings, patience)
            session = boto3.Session(
                credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
            )
        return session.client(service, **arguments)
    except Error:
        raise
    except Exception as error:
        raise _described(_CONFIGURING, error, settings) from None


def _assume_role(sts: Any, settings: Settings, patience: Patience) -> Any:
    arguments = {"RoleArn": settings.role_arn, "RoleSessionName": settings.role_session_name}
    if settings.external_id:
        arguments["ExternalId"] = settings.external_id
    return _call(patience, "AssumeRole", lambda: sts.assume_role(**arguments), settings)["Credentials"]


def _call(patience: Patience, action: str, call: Callable[[], Any], settings: Optional[Settings] = None) -> Any:
    for attempt, delay in enumerate(_delays(), 1):
        if patience.stop.is_set():  # nobody waits any more
            raise patience.error()
        try:
            return call()
        except Exception as error:  # parsers and HTTP have many of their own
            described = _described(action, error, settings)
            # half an answer is not to be told from a proxy's page, which stays
            is_garbled = isinstance(error, ResponseParserError) and attempt < _GARBLED_ATTEMPTS
            if not is_garbled and not _is_transient(error):
                raise described from None
        patience.wait(delay, described)
    raise AssertionError("the delays never end")


def _delays() -> Iterator[float]:
    """Yield the seconds to wait before each next attempt."""
    delay = 0.25
    while True:
        yield delay
        delay = min(1.5 * delay, 5.0)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, exceptions.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error.response.get("Error", {}).get("Code") in _TRANSIENT or status >= 500
    if isinstance(error, (exceptions.SSLError, exceptions.ProxyConnectionError)):
        return False
    return isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError))


def _described(action: str, error: Exception, settings: Optional[Settings] = None) -> Error:
    if isinstance(error, exceptions.ClientError):
        return _answered(action, error, settings)
    if not isinstance(error, exceptions.BotoCoreError) and action != _CONFIGURING:
        return _unintelligible(action, f"It is none of AWS ({type(error).__name__}).")
    # others may hold a proxy's password, a header with a token, or what a program printed
    text = " ".join(str(error).split()).rstrip(".") if isinstance(error, _SHOWN) else type(error).__name__
    text = re.sub("//[^/@ ]*@", "//", text)
    detail = f"{action}: {text}."
    if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
        return Error("there are no AWS credentials", detail, _NO_CREDENTIALS, _CREDENTIALS)
    if isinstance(error, exceptions.SSLError):
        hint = f"{_BETWEEN} Its certificates can be named by the environment variable AWS_CA_BUNDLE."
        return Error("could not connect to AWS safely", detail, hint, _CONNECTION)
    if isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)):
        hint = "Check that the server reaches AWS (network, HTTPS_PROXY, the option endpoint_url)."
        return Error("could not connect to AWS", detail, hint, _CONNECTION)
    return Error("could not get AWS credentials", detail, _CONFIGURATION, _CREDENTIALS)


def _answered(action: str, error: exceptions.ClientError, settings: Optional[Settings]) -> Error:
    answer = error.response.get("Error", {})
    action = error.operation_name or action  # a profile's role is assumed within another call
    code = str(answer.get("Code", ""))
    # what follows the first line of SignatureDoesNotMatch repeats the request, with the session's token
    text = "" if code == "IncompleteSignature" else str(answer.get("Message", "")).strip().partition("\n")[0][:1000]
    detail = ": ".join(filter(None, (action, code, text.rstrip(".")))) + "."
    if settings is not None and settings.role_arn:
        detail += f" Role: {settings.role_arn}."
    if code in _ACCESS_DENIED:
        hint = f"Allow iam:{action} to this user or role."
        if action == "GenerateCredentialReport":
            hint = f"{hint[:-1]}, or set the option generate to never."
        if action.startswith("AssumeRole"):
            hint = "Allow sts:AssumeRole on the role, and name the caller, and the external id, in its trust policy."
        return Error(f"AWS denied {action}", detail, hint, _DENIED, code, "denied")
    if code in _CREDENTIAL_HINTS:
        is_skewed = "Signature expired" in text or "Signature not yet current" in text
        hint = _CLOCK if is_skewed else _CREDENTIAL_HINTS[code]
        return Error("AWS refused the credentials", detail, hint, _CREDENTIALS, code, "denied")
    return Error(f"AWS answered {action} with an error", detail, code=code)


def _unintelligible(action: str, detail: str) -> Error:
    return Error("AWS gave an answer that is not understood", f"{action}: {detail}", _BETWEEN, _PROTOCOL)
