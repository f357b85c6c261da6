"""AWS's error codes: which pass, which are of credentials, and the Error with its hint for each.

This module does not import boto3. failures.py makes these errors of boto3's exceptions.
"""

from __future__ import annotations

from typing import Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error

# Codes of answers that may differ a moment later; each status from 500 on is such an answer, too, except 501.
THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown")
TRANSIENT = ("LimitExceeded", "ConditionalRequestConflict", "RequestTimeout", *THROTTLED)
EXPIRED = ("ExpiredToken", "ExpiredTokenException")
CHECK_CONNECTION = "Check what is between the server and AWS: a proxy, or the option endpoint_url."

_ACCESS_DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")
# The permission that an action needs, where it is not iam: and the action's name.
_PERMISSIONS = {
    "GetCallerIdentity": "sts:GetCallerIdentity",
    "GetObject": "s3:GetObject",
    "ListAccounts": "organizations:ListAccounts",
    "ListObjectsV2": "s3:ListBucket",
    "PutObject": "s3:PutObject",
}
_CLOCK = "Set the clock of the database server: AWS refuses requests that are some minutes old, or of the future."
_KEYS = "Check the access key, its secret and its token, and that they are of the partition asked (option region)."
_RENEW = "Renew the credentials: sign in again (aws sso login), or alter the user mapping."
_CREDENTIAL_HINTS = {
    **dict.fromkeys(EXPIRED, _RENEW),
    "IncompleteSignature": _KEYS,
    "InvalidAccessKeyId": _KEYS,
    "InvalidClientTokenId": _KEYS,
    "MissingAuthenticationToken": _KEYS,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "SignatureDoesNotMatch": _KEYS,
    "UnrecognizedClientException": _KEYS,
}


def refused(action: str, code: str, message: str, role: Optional[str] = None) -> Error:
    """Return the Error of an error that AWS answered.

    action: as AWS names it, such as GetCredentialReport. code, message: AWS's, without secrets. role: the ARN of the
    role to assume.
    """
    # what follows the first line of SignatureDoesNotMatch repeats the request
    text = "" if code == "IncompleteSignature" else message
    detail = ": ".join(filter(None, (action, code, text))) + "."
    if role is not None:
        detail += f" Role: {role}."
    if code in _ACCESS_DENIED:
        hint = _permission_hint(action)
        return Error(f"AWS denied {action}", detail, hint, errcodes.INSUFFICIENT_PRIVILEGE, code, "denied")
    if code in _CREDENTIAL_HINTS:
        is_skewed = "Signature expired" in text or "Signature not yet current" in text
        hint = _CLOCK if is_skewed else _CREDENTIAL_HINTS[code]
        sqlstate = errcodes.INVALID_AUTHORIZATION_SPECIFICATION
        return Error("AWS refused the credentials", detail, hint, sqlstate, code, "denied")
    return Error(f"AWS answered {action} with an error", detail, code=code)


def not_understood(action: str, detail: str) -> Error:
    """Return the error of an answer that AWS does not give. detail: a sentence about the answer."""
    message = "AWS gave an answer that is not understood"
    return Error(message, f"{action}: {detail}", CHECK_CONNECTION, errcodes.PROTOCOL_VIOLATION)


def too_large(action: str, limit: int) -> Error:
    """Return the error of an answer that has more bytes than AWS can send. limit: bytes."""
    detail = f"{action}: It has more than {limit} bytes."
    return Error("AWS gave an answer that is too large", detail, CHECK_CONNECTION, errcodes.PROGRAM_LIMIT_EXCEEDED)


def is_of_credentials(code: Optional[str]) -> bool:
    """Return whether an error's code, or its SQLSTATE, says that there are no credentials, or that AWS refused them."""
    return code == errcodes.INVALID_AUTHORIZATION_SPECIFICATION or code in _CREDENTIAL_HINTS


def _permission_hint(action: str) -> str:
    if action.startswith("AssumeRole"):
        return "Allow sts:AssumeRole on the role, and name the caller, and the external id, in its trust policy."
    hint = f"Allow {_PERMISSIONS.get(action, f'iam:{action}')} to this user or role"
    if action == "GenerateCredentialReport":
        hint += ", or set the option generate to never"
    return f"{hint}."
