"""boto3 for the options of one scan: its session, a client for each service, and who signs a thread's requests.

This module and those that import it are imported when a call is made, not before: boto3 takes its time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple, Optional

import boto3
import botocore.session
from boto3.compat import filter_python_deprecation_warnings
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.utils import parse_timestamp

from iam_fdw import errcodes, partitions
from iam_fdw.errors import Error
from iam_fdw.live import failures
from iam_fdw.live.http import Http
from iam_fdw.live.redaction import Secrets
from iam_fdw.options import Settings
from iam_fdw.workers import Deadline

filter_python_deprecation_warnings()  # a server's log is not the place to read of Python's next versions

_LONGEST_SOCKET_TIMEOUT = 300.0  # seconds; a socket takes no more than some weeks


class Session:
    """The session. Any thread may call it."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings, self._secrets = settings, secrets
        self._made: Optional[_Made] = None
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._of_thread = threading.local()

    def client(self, service: str, deadline: Deadline) -> Any:
        """Return boto3's client of a service, which all threads share. Raises Error where it cannot be made."""
        if service in self._clients:
            return self._clients[service]
        with self._lock:
            if service not in self._clients:
                try:
                    self._clients[service] = self._new_client(service, deadline)
                except Error:
                    raise
                except Exception as exception:
                    raise failures.of_configuration(exception, self._secrets) from None
            return self._clients[service]

    @contextmanager
    def requests(self, credentials: Optional[Credentials], deadline: Deadline) -> Iterator[None]:
        """Sign the requests that this thread makes, and end the reading of their answers at a deadline.

        credentials: None for those of the options, or of the machine.
        """
        self._of_thread.credentials, self._of_thread.deadline = credentials, deadline
        try:
            yield
        finally:
            self._of_thread.credentials = self._of_thread.deadline = None

    def close(self) -> None:
        """Close the connections, which else stay open until Python collects its garbage."""
        for client in list(self._clients.values()):
            client.close()
        if self._made is not None:
            self._made.http.close()

    def _new_client(self, service: str, deadline: Deadline) -> Any:
        settings = self._settings
        if self._made is None:
            self._made = self._new_session(deadline)
        partition = settings.role_arn.split(":")[1] if settings.role_arn else ""
        if partition not in ("", *partitions.IAM_REGIONS) and settings.region is None:
            message, sqlstate = f'partition "{partition}" is not known', errcodes.FDW_INVALID_ATTRIBUTE_VALUE
            raise Error(message, None, "Set the option region.", sqlstate)
        session = self._made.session
        regions = partitions.IAM_REGIONS
        region = settings.region or regions.get(partition) or session.region_name or regions["aws"]
        config = Config(
            retries={"total_max_attempts": 1},  # retry.py does that, until the deadline
            # boto3's own is put together anew, of 16 parts, for each request
            user_agent=f"iam_fdw Boto3/{boto3.__version__}",
            parameter_validation=False,
        )
        return session.client(service, region_name=region, endpoint_url=settings.endpoint_url, config=config)

    def _new_session(self, deadline: Deadline) -> _Made:
        settings, core = self._settings, botocore.session.get_session()
        core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_timestamp)
        session = boto3.Session(
            settings.aws_access_key_id,
            settings.aws_secret_access_key,
            settings.aws_session_token,
            botocore_session=core,
            profile_name=None if settings.aws_access_key_id else settings.profile,
        )
        # a third: an answer that does not come is requested again before the deadline
        socket_timeout = min(deadline.timeout / 3, _LONGEST_SOCKET_TIMEOUT)
        http = Http(core, socket_timeout, settings.concurrency, self._secrets)
        session.events.register("before-sign", self._sign)
        session.events.register("before-send", self._send)
        return _Made(session, http)

    def _sign(self, request: Any, **_: object) -> None:
        credentials = getattr(self._of_thread, "credentials", None)
        if credentials is not None:
            context = request.context.get("signing", {})
            request.context["signing"] = {**context, "request_credentials": credentials}

    def _send(self, request: Any, event_name: str, **_: object) -> Any:
        assert self._made is not None  # noqa: S101, it is made before a client is
        return self._made.http.send(request, event_name, getattr(self._of_thread, "deadline", None))


class _Made(NamedTuple):
    session: boto3.Session
    http: Http


def _timestamp(value: Any) -> datetime:
    """Read a time as AWS writes it, in a tenth of the time that boto3 takes for all forms that a time may have."""
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        found: datetime = parse_timestamp(value)
        return found
