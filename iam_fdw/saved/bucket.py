"""A prefix of an S3 bucket that holds saved reports: listing, reading and writing objects."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.live.errors import not_understood
from iam_fdw.options import S3_SCHEME
from iam_fdw.saved.names import shown
from iam_fdw.tables.report import MAX_SAVED_BYTES
from iam_fdw.workers import Deadline

if TYPE_CHECKING:
    from iam_fdw.live.client import Client

_MOST_PAGES = 100_000  # of ListObjectsV2, with 1,000 keys each
_MOST_CHARACTERS = 10_000_000  # of names in a list: six reports a day for 60 years have as many
# The error code of a conditional write to a key that exists,
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
_EXISTS = "PreconditionFailed"
_GET = "GetObject"


class Bucket:
    """A Place: see place.py. Names are keys without the prefix.

    Errors are those of the client: INSUFFICIENT_PRIVILEGE, INVALID_AUTHORIZATION_SPECIFICATION,
    SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, PROTOCOL_VIOLATION, or FDW_ERROR with the error code of S3.
    """

    origin = "s3"

    def __init__(self, client: Client, uri: str) -> None:
        self._client = client
        self._bucket, _, prefix = uri[len(S3_SCHEME) :].partition("/")
        self._prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""

    def uri(self, name: str) -> str:
        """Return the URI of an object."""
        return f"{S3_SCHEME}{self._bucket}/{self._prefix}{name}"

    def folders(self, deadline: Deadline) -> list[str]:
        """Return the parts of keys between the prefix and the next /, in order. Raises Error."""
        found: list[str] = []
        characters = 0
        for page in self._pages(deadline, Prefix=self._prefix, Delimiter="/"):
            names = [prefix["Prefix"][len(self._prefix) : -1] for prefix in page.get("CommonPrefixes") or ()]
            found += names
            characters = _count(characters, names)
        return sorted(found)

    def names(self, under: str, first: str, last: str, deadline: Deadline) -> list[str]:
        """Return the names of the objects in the folders of `under`, from the folder first to last, in order.

        Raises Error.
        """
        found: list[str] = []
        characters = 0
        prefix = f"{self._prefix}{under}/"
        for page in self._pages(deadline, Prefix=prefix, StartAfter=f"{prefix}{first}"):
            characters = _count(characters, [listed["Key"] for listed in page.get("Contents") or ()])
            for listed in page.get("Contents") or ():
                if listed["Key"][len(prefix) :].partition("/")[0] > last:
                    return found
                found.append(listed["Key"][len(self._prefix) :])
        return found

    def read(self, name: str, deadline: Deadline) -> bytes:
        """Return the bytes of an object. Raises Error, PROGRAM_LIMIT_EXCEEDED for one of more than MAX_SAVED_BYTES."""
        answer = self._call(_GET, {"Bucket": self._bucket, "Key": f"{self._prefix}{name}"}, deadline)
        try:
            size, body = answer["ContentLength"], answer["Body"]
            # boto3 compares the bytes with the checksum that S3 has of them
            content: Optional[bytes] = body.read() if size <= MAX_SAVED_BYTES else body.close()
        except Exception as exception:  # of boto3, which has many
            detail = f"{shown(name)} cannot be read ({type(exception).__name__})."
            raise not_understood(_GET, detail) from None
        if content is None:
            detail = f"{shown(name)} has {size} bytes, the limit is {MAX_SAVED_BYTES}."
            raise Error("the saved report is too large", detail, "Remove it.", errcodes.PROGRAM_LIMIT_EXCEEDED)
        return content

    def write(self, name: str, content: bytes, deadline: Deadline) -> bool:
        """Write an object, never over one that exists. Return whether it is new. Raises Error."""
        arguments = {
            "Bucket": self._bucket,
            "Key": f"{self._prefix}{name}",
            "Body": content,
            "IfNoneMatch": "*",
            "ChecksumSHA256": _checksum(content),  # S3 checks it, and stores it for read_existing()
        }
        try:
            self._call("PutObject", arguments, deadline)
        except Error as error:
            if error.code != _EXISTS:
                raise
            return False
        return True

    def read_existing(self, name: str, expected: bytes, deadline: Deadline) -> bytes:
        """Return the bytes of an object that should be the expected ones; they are read only where S3 has no checksum.

        Raises Error.
        """
        arguments = {"Bucket": self._bucket, "Key": f"{self._prefix}{name}", "ChecksumMode": "ENABLED"}
        try:
            head = self._call("HeadObject", arguments, deadline)
        except Error as error:
            if not error.code.isdecimal():  # HEAD has a status without a body: GetObject says why
                raise
        else:
            if head["ContentLength"] == len(expected) and head.get("ChecksumSHA256") == _checksum(expected):
                return expected
        return self.read(name, deadline)

    def _call(self, action: str, arguments: dict[str, Any], deadline: Deadline) -> dict[str, Any]:
        """Call S3, signed by role_arn where there is one: snapshots are not in the accounts that are read."""
        return self._client.account(None, deadline, lambda call: call("s3", action, **arguments))

    def _pages(self, deadline: Deadline, **arguments: str) -> Iterator[dict[str, Any]]:
        for _ in range(_MOST_PAGES):
            page = self._call("ListObjectsV2", {"Bucket": self._bucket, **arguments}, deadline)
            yield page
            if not page.get("NextContinuationToken"):
                return
            arguments["ContinuationToken"] = page["NextContinuationToken"]
            deadline.renew()
        raise _too_many()


def _count(before: int, names: list[str]) -> int:
    """Return the number of characters of all names so far. Raises Error when there are too many."""
    characters = before + sum(map(len, names))
    if characters > _MOST_CHARACTERS:
        raise _too_many()
    return characters


def _too_many() -> Error:
    return Error("there are too many objects in the bucket", None, "Give the saved reports a prefix of their own.")


def _checksum(content: bytes) -> str:
    """Return a SHA-256 checksum as S3 writes it, in base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
