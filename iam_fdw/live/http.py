"""HTTP to AWS: a connection pool, and answers that are read only as far as AWS's can be long.

boto3 alone reads an answer of any length to its end, and its parser makes objects of a hundred times the size of a
hostile one. Few large answers are read at once.
"""

from __future__ import annotations

import io
import mmap
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any, Callable, Optional

from botocore import exceptions
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError, ReadTimeoutError

from iam_fdw.live.errors import not_understood, too_large
from iam_fdw.live.redaction import Secrets
from iam_fdw.tables.report import MAX_BYTES, MAX_SAVED_BYTES
from iam_fdw.workers import Deadline

# The most bytes of an answer. GetCredentialReport has the report in base64. The largest list is a page of
# ListObjectsV2, with 1,000 keys of 1,024 bytes, each of which takes three characters. The last is for all others, and
# for errors.
_REPORT = MAX_BYTES * 3 // 2
_LIST = 4 * 1024 * 1024
_SMALL = 1024 * 1024
_LARGE_AT_ONCE = 2
_PART = 64 * 1024
# Characters of which a parser makes an object each: 1,000 keys with 20 fields have 40,000. Base64 ends with =.
_MARKS, _MOST_MARKS = b"<[{,=&", 100_000
# What is in an answer once, and what the parser copies for each element or name: entities, default attributes and
# namespaces. AWS's namespaces have some 50 characters.
_MULTIPLIED = re.compile(
    rb"<!(?:ENTITY|ATTLIST)"
    rb"|xmlns(?<=\sxmlns)(?![\w.:-]{0,50}\s{0,9}=\s{0,9}(?:\"[^\"]{0,200}\"|'[^']{0,200}'))"
)


class Http:
    """Sends the requests of one scan in place of boto3, in its event before-send. Any thread may call it.

    session: of botocore. timeout: seconds for a connection, and without a byte. size: the most connections to a host.
    secrets: the secrets of requests and proxies are added to them.
    """

    def __init__(self, session: Any, timeout: float, size: int, secrets: Secrets) -> None:
        # as botocore.endpoint chooses them
        self._verify = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE", True)
        self._timeout, self._size, self._secrets = timeout, size, secrets
        self._sessions: dict[tuple[str, ...], URLLib3Session] = {}
        self._lock = threading.Lock()
        self._large = _Large()

    def send(self, request: Any, event_name: str, deadline: Optional[Deadline] = None) -> AWSResponse:
        """Send a request, and return the whole answer. Raises Error, and botocore's errors.

        event_name: of botocore, which ends with the action. deadline: until which the answer must have come; None for
        that of a request which boto3 makes by itself.
        """
        deadline = deadline or Deadline(self._timeout)
        self._secrets.add(_text(request.headers.get("X-Amz-Security-Token")))
        action, is_stream = event_name.rpartition(".")[2], request.stream_output
        request.stream_output = True  # so that botocore leaves the reading to this method
        response = self._session(request.url).send(request)
        length = str(response.headers.get("Content-Length", ""))
        limit = _limit(action, is_stream) if response.status_code < 300 else _SMALL
        is_too_large = request.method != "HEAD" and length.isdecimal() and int(length) > limit
        if is_stream and is_too_large and response.status_code < 300:
            return response  # the caller knows the object's name, for the error
        try:
            if is_too_large:
                raise too_large(action, limit)
            content = self._read(response.raw, action, limit, is_stream, deadline)
            if is_stream and length.isdecimal() and len(content) < int(length):
                raise ConnectionError(f"{len(content)} of {length} bytes came")
        except BaseException as error:
            response.raw.close()
            if isinstance(error, ReadTimeoutError):
                raise exceptions.ReadTimeoutError(endpoint_url=request.url, error=error) from None
            if isinstance(error, (HTTPError, OSError)):
                raise exceptions.ConnectionClosedError(endpoint_url=request.url, error=error) from None
            raise
        return AWSResponse(response.url, response.status_code, response.headers, _Whole(content))

    def close(self) -> None:
        """Close the connections."""
        for session in list(self._sessions.values()):
            session.close()

    def _session(self, url: str) -> URLLib3Session:
        origin = tuple(url.split("/", 3)[:3])
        with self._lock:
            if origin not in self._sessions:
                proxies = get_environ_proxies(url)
                for proxy in proxies.values():
                    self._secrets.add_url(proxy)
                self._sessions[origin] = URLLib3Session(
                    verify=self._verify,
                    proxies=proxies,
                    timeout=self._timeout,
                    max_pool_connections=self._size,
                    socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
                )
            return self._sessions[origin]

    def _read(self, raw: Any, action: str, limit: int, is_stream: bool, deadline: Deadline) -> bytes:
        parts = self._parts(raw, action, limit, is_stream, deadline)
        head, size = [], 0
        for part in parts:
            head.append(part)
            size += len(part)
            if size > _SMALL:
                break
        else:
            return _checked(action, b"".join(head), is_stream)
        # memory of its own, which goes back to the system at once: malloc keeps that of each thread
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        with self._large.place(deadline), mmap.mmap(-1, limit + _PART, flags=private) as content:
            for part in chain(head, parts):
                content.write(part)
            return _checked(action, content[: content.tell()], is_stream)

    def _parts(self, raw: Any, action: str, limit: int, is_stream: bool, deadline: Deadline) -> Iterator[bytes]:
        # read1: an answer that comes byte by byte must not occupy its thread after the deadline; urllib3 1 lacks it
        read: Callable[[int], bytes] = getattr(raw, "read1", raw.read)
        size = marks = 0
        for part in iter(partial(read, _PART), b""):
            size += len(part)
            if size > limit:
                raise too_large(action, limit)
            marks += 0 if is_stream else sum(map(part.count, _MARKS))
            if marks > _MOST_MARKS or (not is_stream and b"\0" in part):
                raise not_understood(action, "It has parts that no answer of AWS has.")
            deadline.check()
            yield part


def _limit(action: str, is_stream: bool) -> int:
    if is_stream:
        return MAX_SAVED_BYTES
    return _REPORT if action == "GetCredentialReport" else _LIST if action.startswith("List") else _SMALL


def _checked(action: str, content: bytes, is_stream: bool) -> bytes:
    if not is_stream and _MULTIPLIED.search(content):
        raise not_understood(action, "It has entities, attributes or namespaces that no answer of AWS has.")
    return content


class _Large:
    """The places for threads that read a large answer."""

    def __init__(self) -> None:
        self._free = _LARGE_AT_ONCE
        self._changed = threading.Condition()

    @contextmanager
    def place(self, deadline: Deadline) -> Iterator[None]:
        """Wait for a place, and give it back in the end. Raises LateError when that takes too long."""
        with self._changed:
            deadline.wait_for(self._changed, lambda: self._free > 0)
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify()


class _Whole(io.BytesIO):
    """A whole answer with the interface of one of urllib3 that was not read yet."""

    def stream(self) -> Iterator[bytes]:
        """Yield all of it."""
        yield self.read()


def _text(header: object) -> Optional[str]:
    return header.decode("latin-1") if isinstance(header, bytes) else str(header) if header else None
