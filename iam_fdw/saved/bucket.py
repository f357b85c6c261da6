"""A prefix of an S3 bucket that holds saved reports: listing, reading and writing objects."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.live.client import Aws
from iam_fdw.saved.folder import shown
from iam_fdw.tables.report import MAX_SAVED
from iam_fdw.workers import Deadline

SCHEME = "s3://"

_MOST_PAGES = 100_000  # of ListObjectsV2, with 1,000 keys each
_MOST_CHARACTERS = 10_000_000  # of names in a list: an account saved six times a day for 60 years has as many
_THERE = "PreconditionFailed"


class Bucket:
    """Where s3://bucket/prefix leads. Names are keys after the prefix. The methods are those of Folder."""

    origin = "s3"

    def __init__(self, aws: Aws, uri: str) -> None:
        self._aws = aws
        self._bucket, _, prefix = uri[len(SCHEME) :].partition("/")
        self._prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""

    def uri(self, name: str) -> str:
        """Return where an object is."""
        return f"{SCHEME}{self._bucket}/{self._prefix}{name}"

    def folders(self, deadline: Deadline) -> list[str]:
        """Return the names before the next / below the prefix, in order. Raises Error."""
        found: list[str] = []
        characters = 0
        for page in self._pages(deadline, Prefix=self._prefix, Delimiter="/"):
            names = [prefix["Prefix"][len(self._prefix) : -1] for prefix in page.get("CommonPrefixes") or ()]
            found += names
            characters = _counted(characters, names)
        return sorted(found)

    def names(self, under: str, first: str, last: str, deadline: Deadline) -> list[str]:
        """Return the names of the objects in the folders of a folder, from one of them to another, in order.

        Raises Error.
        """
        found: list[str] = []
        characters = 0
        prefix = f"{self._prefix}{under}/"
        for page in self._pages(deadline, Prefix=prefix, StartAfter=f"{prefix}{first}"):
            characters = _counted(characters, [listed["Key"] for listed in page.get("Contents") or ()])
            for listed in page.get("Contents") or ():
                if listed["Key"][len(prefix) :].partition("/")[0] > last:
                    return found
                found.append(listed["Key"][len(self._prefix) :])
        return found

    def read(self, name: str, deadline: Deadline) -> bytes:
        """Return an object's bytes. Raises Error."""

        def get(client: Any) -> bytes:
            answer = client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{name}")
            if answer["ContentLength"] > MAX_SAVED:
                answer["Body"].close()
                detail = f"{shown(name)} has {answer['ContentLength']} bytes, the limit is {MAX_SAVED}."
                raise Error("the saved report is too large", detail, "Remove it.", errcodes.PROGRAM_LIMIT_EXCEEDED)
            content: bytes = answer["Body"].read()
            return content

        content: bytes = self._aws.s3("GetObject", get, deadline)
        return content

    def write(self, name: str, content: bytes, deadline: Deadline) -> bool:
        """Write an object, never over one that is there. Return whether it was not there. Raises Error."""
        arguments = {
            "Bucket": self._bucket,
            "Key": f"{self._prefix}{name}",
            "Body": content,
            "IfNoneMatch": "*",
            "ChecksumSHA256": _checksum(content),  # S3 keeps it
        }
        try:
            self._aws.s3("PutObject", lambda client: client.put_object(**arguments), deadline)
        except Error as error:
            if error.code != _THERE:
                raise
            return False
        return True

    def present(self, name: str, expected: bytes, deadline: Deadline) -> bytes:
        """Return the bytes of an object that should be the expected ones, which S3's checksum shows in most cases.

        Raises Error.
        """
        arguments = {"Bucket": self._bucket, "Key": f"{self._prefix}{name}", "ChecksumMode": "ENABLED"}
        try:
            head = self._aws.s3("HeadObject", lambda client: client.head_object(**arguments), deadline)
        except Error as error:
            if not error.code.isdecimal():  # a status alone, without a body: what GetObject answers says why
                raise
        else:
            if head["ContentLength"] == len(expected) and head.get("ChecksumSHA256") == _checksum(expected):
                return expected
        return self.read(name, deadline)

    def _pages(self, deadline: Deadline, **arguments: str) -> Iterator[dict[str, Any]]:
        for _ in range(_MOST_PAGES):
            page: dict[str, Any] = self._aws.s3(
                "ListObjectsV2",
                lambda client: client.list_objects_v2(Bucket=self._bucket, **arguments),
                deadline,
            )
            yield page
            if not page.get("NextContinuationToken"):
                return
            arguments["ContinuationToken"] = page["NextContinuationToken"]
            deadline.renew()
        raise _too_many()


def _counted(before: int, names: list[str]) -> int:
    """Return how many characters of names have come. Raises Error."""
    characters = before + sum(map(len, names))
    if characters > _MOST_CHARACTERS:
        raise _too_many()
    return characters


def _too_many() -> Error:
    return Error("there are too many objects in the bucket", None, "Give the saved reports a prefix of their own.")


def _checksum(content: bytes) -> str:
    """Return a SHA-256 checksum as S3 writes it, in base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
