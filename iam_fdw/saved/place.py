"""The place of an archive of snapshots: a folder of the machine, or a prefix of an S3 bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Protocol

from iam_fdw.options import S3_SCHEME
from iam_fdw.saved.bucket import Bucket
from iam_fdw.saved.folder import Folder
from iam_fdw.workers import Deadline

if TYPE_CHECKING:
    from iam_fdw.live.client import Client


class Place(Protocol):
    """A place with files in folders: names are relative to it, with / between their parts.

    origin: what aws_iam_credential_report_status calls it. All methods except uri() may wait, at the longest until the
    deadline, and raise Error, which does not show where on the machine a folder is.
    """

    origin: str

    def uri(self, name: str) -> str:
        """Return where a file is: file:///... or s3://bucket/key."""

    def folders(self, deadline: Deadline) -> list[str]:
        """Return the names of the folders in the place, in order."""

    def names(self, under: str, first: str, last: str, deadline: Deadline) -> list[str]:
        """Return the names of the files in the folders of `under`, from the folder first to last, in order.

        There are none where `under` does not exist.
        """

    def read(self, name: str, deadline: Deadline) -> bytes:
        """Return the bytes of a file. One larger than report.MAX_SAVED_BYTES is an error, or cut off there."""

    def write(self, name: str, content: bytes, deadline: Deadline) -> bool:
        """Write a file, wholly or not at all, and never over one that exists. Return whether it is new."""

    def read_existing(self, name: str, expected: bytes, deadline: Deadline) -> bytes:
        """Return the bytes of a file that write() found there, and which should be the expected ones."""


def is_bucket(uri: str) -> bool:
    """Return whether the place is in S3, so that AWS is called and credentials are needed."""
    return uri.startswith(S3_SCHEME)


def open_place(uri: str, client: Callable[[], Client]) -> Place:
    """Return the place of a URI or path. client: is called once, for a bucket. Raises what it raises."""
    return Bucket(client(), uri) if is_bucket(uri) else Folder(uri)
