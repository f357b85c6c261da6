"""The client of AWS: the one way to call it for an account.

A call is signed by the credentials of roles.py, sent by the client of boto3 of session.py, and repeated by retry.py;
failures.py makes errors of what fails. This module is imported when a call is made, not before: boto3 takes its time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Callable, Optional, TypeVar

from botocore import xform_name
from botocore.credentials import Credentials

from iam_fdw.errors import Error
from iam_fdw.live import errors, failures, organization, retry
from iam_fdw.live.pace import Pace
from iam_fdw.live.redaction import Secrets
from iam_fdw.live.roles import Roles
from iam_fdw.live.session import Session
from iam_fdw.options import Settings
from iam_fdw.tables.base import Call
from iam_fdw.workers import Deadline

Found = TypeVar("Found")


class Client:
    """AWS for one scan: its threads share the connections, and one limit of requests at once. Any may call it."""

    def __init__(self, settings: Settings) -> None:
        self._secrets = Secrets()
        self._secrets.add(settings.aws_secret_access_key, settings.aws_session_token)
        self._secrets.add_url(settings.endpoint_url)
        self._session = Session(settings, self._secrets)
        self._roles = Roles(self, settings, self._secrets)
        self._pace = Pace(settings.concurrency)
        self._lock = threading.Lock()
        self._caller: Optional[str] = None

    def account(self, account_id: Optional[str], deadline: Deadline, work: Callable[[Call], Found]) -> Found:
        """Return what some calls for an account find, signed by the account's role; its role is assumed first.

        account_id: None for the account of role_arn, or of the credentials. work: is given the function that makes a
        call (see Call), and is called once more, with a new role, when the role has expired meanwhile.

        Raises Error, at the deadline at the latest except for a connection that hangs: with the code of AWS where AWS
        answered with an error, LateError at the deadline.
        """
        try:
            return self._with_credentials(account_id, deadline, work)
        except Error as error:
            if error.code not in errors.EXPIRED or not self._roles.are_needed(account_id):
                raise
        self._roles.forget()
        return self._with_credentials(account_id, deadline, work)

    def accounts(self, deadline: Deadline) -> Iterator[list[organization.Account]]:
        """Yield the organization's accounts page by page, see organization.pages(). Raises Error."""

        def list_accounts(**arguments: str) -> dict[str, Any]:
            return self.account(None, deadline, lambda call: call("organizations", "ListAccounts", **arguments))

        return organization.pages(list_accounts, self._secrets, deadline)

    def account_id(self, deadline: Deadline) -> Optional[str]:
        """Return the account of role_arn, or of the credentials; None when AWS does not say it."""
        with self._lock:
            if self._caller is None:
                try:
                    answer = self.account(None, deadline, lambda call: call("sts", "GetCallerIdentity"))
                    self._caller = str(answer["Account"])
                except (Error, KeyError):
                    self._caller = ""
            return self._caller or None

    def region(self, deadline: Deadline) -> str:
        """Return the Region whose endpoints are called. Raises Error where AWS's configuration cannot be read."""
        return str(self._session.client("sts", deadline).meta.region_name)

    def request(
        self,
        service: str,
        action: str,
        arguments: dict[str, Any],
        credentials: Optional[Credentials],
        deadline: Deadline,
        role: Optional[str] = None,
    ) -> dict[str, Any]:
        """Return the answer to one request, which is repeated with backoff until AWS answers it.

        credentials: that sign it; None for those of the options, or of the machine. role: the ARN of the role that it
        assumes. Raises Error, as account() does.
        """
        method = getattr(self._session.client(service, deadline), xform_name(action))

        def send() -> dict[str, Any]:
            with self._session.requests(credentials, deadline):
                answer: dict[str, Any] = method(**arguments)
                return answer

        return retry.call(
            send, lambda exception: failures.of_call(action, exception, self._secrets, role), self._pace, deadline
        )

    def close(self) -> None:
        """Close the connections, which else stay open until Python collects its garbage."""
        self._session.close()

    def without_secrets(self, error: Error) -> Error:
        """Return an error without the secrets: that of a report that cannot be read quotes what AWS sent."""
        detail = f"{self._secrets.shown(error.detail)}." if error.detail else None
        return Error(self._secrets.shown(error.message), detail, error.hint, error.sqlstate, error.code, error.state)

    def _with_credentials(self, account_id: Optional[str], deadline: Deadline, work: Callable[[Call], Found]) -> Found:
        credentials = self._roles.of_account(account_id, deadline)

        def call(service: str, action: str, **arguments: Any) -> dict[str, Any]:
            return self.request(service, action, arguments, credentials, deadline)

        return work(call)
