"""Exceptions of boto3 as errors that a user sees, and whether the same call may succeed a moment later."""

from __future__ import annotations

import errno
from typing import Optional

from botocore import exceptions
from botocore.parsers import ResponseParserError

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.live import errors
from iam_fdw.live.redaction import Secrets, without_paths
from iam_fdw.live.retry import Failure
from iam_fdw.workers import OPEN_FILES

_LONGEST_CODE = 100  # characters of an error code of AWS
_NOT_IMPLEMENTED = 501  # the status of object stores that lack conditional writes
_NO_CREDENTIALS = (
    "Give the operating system user of the server credentials (an instance role, environment variables, ~/.aws), "
    "or create a user mapping with aws_access_key_id and aws_secret_access_key."
)
_CONFIGURATION = (
    "Check the AWS configuration (environment variables, ~/.aws) of the operating system user of the server."
)
# Exceptions whose text has nothing except an endpoint, or names of the configuration. The text of others may have a
# proxy's password, a header with a token, or what a program printed.
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


def of_call(action: str, exception: Exception, secrets: Secrets, role: Optional[str] = None) -> Failure:
    """Return the failure of a call. action: as AWS names it. role: the ARN of the role that the call assumes."""
    if isinstance(exception, exceptions.ClientError):
        return _of_answer(action, exception, secrets, role)
    if isinstance(exception, exceptions.BotoCoreError):
        error = _of_botocore(action, exception, secrets)
    else:
        error = errors.not_understood(action, f"It is none of AWS ({type(exception).__name__}).")
    is_garbled = isinstance(exception, ResponseParserError)
    return Failure(error, _is_transient(exception), is_throttled=False, is_garbled=is_garbled)


def of_configuration(exception: Exception, secrets: Secrets) -> Error:
    """Return the error of a client that boto3 could not make."""
    return _of_botocore("AWS configuration", exception, secrets)


def _of_answer(action: str, exception: exceptions.ClientError, secrets: Secrets, role: Optional[str]) -> Failure:
    answer = exception.response.get("Error", {})
    status = exception.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = secrets.shown(str(answer.get("Code", "")))[:_LONGEST_CODE]
    message = secrets.shown(str(answer.get("Message", "")))
    action = exception.operation_name or action  # a profile's role is assumed within another call
    return Failure(
        errors.refused(action, code, message, role),
        is_transient=answer.get("Code") in errors.TRANSIENT or (status >= 500 and status != _NOT_IMPLEMENTED),
        is_throttled=answer.get("Code") in errors.THROTTLED or status in (429, 503),
        is_garbled=False,
    )


def _of_botocore(action: str, exception: Exception, secrets: Secrets) -> Error:
    text = " ".join(str(exception).split()) if isinstance(exception, _SHOWN) else type(exception).__name__
    detail = f"{action}: {secrets.shown(without_paths(text))}."
    if isinstance(exception, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
        sqlstate = errcodes.INVALID_AUTHORIZATION_SPECIFICATION
        return Error("there are no AWS credentials", detail, _NO_CREDENTIALS, sqlstate)
    if _is_out_of_files(exception):
        detail = f"{action}: Too many files are open."
        return Error("could not open another connection", detail, OPEN_FILES, errcodes.INSUFFICIENT_RESOURCES)
    sqlstate = errcodes.SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION
    if isinstance(exception, exceptions.SSLError):
        hint = f"{errors.CHECK_CONNECTION} Its certificates can be named by the environment variable AWS_CA_BUNDLE."
        return Error("could not connect to AWS safely", detail, hint, sqlstate)
    if isinstance(exception, (exceptions.ConnectionError, exceptions.HTTPClientError)):
        hint = "Check that the server reaches AWS (network, HTTPS_PROXY, the option endpoint_url)."
        return Error("could not connect to AWS", detail, hint, sqlstate)
    sqlstate = errcodes.INVALID_AUTHORIZATION_SPECIFICATION
    return Error("could not get AWS credentials", detail, _CONFIGURATION, sqlstate)


def _is_transient(exception: Exception) -> bool:
    lasting = (exceptions.SSLError, exceptions.ProxyConnectionError)
    if isinstance(exception, lasting) or _is_out_of_files(exception):
        return False
    return isinstance(exception, (exceptions.ConnectionError, exceptions.HTTPClientError))


def _is_out_of_files(exception: Optional[BaseException]) -> bool:
    while exception is not None:
        if isinstance(exception, OSError) and exception.errno in (errno.EMFILE, errno.ENFILE):
            return True
        exception = exception.__cause__ or exception.__context__
    return False
