"""Roles: the credentials that sign the requests for an account, of role_arn and of role_name in the account."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple, Optional

from botocore.credentials import Credentials

from iam_fdw import partitions
from iam_fdw.errors import Error
from iam_fdw.live.errors import not_understood
from iam_fdw.live.redaction import Secrets
from iam_fdw.options import Settings
from iam_fdw.workers import Deadline

if TYPE_CHECKING:
    from iam_fdw.live.client import Client

_LONGEST = 20_000  # characters of the credentials of a role: AWS's tokens have 1,000 or 2,000
_MARGIN = timedelta(minutes=5)  # before its end a role is assumed anew


class Roles:
    """The roles that one client assumes. Any thread may call it. All methods raise Error where AWS refuses a role."""

    def __init__(self, client: Client, settings: Settings, secrets: Secrets) -> None:
        self._client, self._settings, self._secrets = client, settings, secrets
        self._first: Optional[_Assumed] = None
        self._lock = threading.Lock()

    def of_account(self, account_id: Optional[str], deadline: Deadline) -> Optional[Credentials]:
        """Return the credentials for an account: those of its role (role_name), which role_arn's assumes.

        account_id: None for the account of role_arn, or of the credentials. None: requests need no role.
        """
        first, name = self._of_role_arn(deadline), self._settings.role_name
        if name is None or account_id is None:
            return first
        partition = partitions.of_region(self._client.region(deadline))
        try:
            role = f"arn:{partition}:iam::{account_id}:role/{name}"
            return self._assume(role, first, deadline).credentials
        except Error as error:
            # the account of the credentials itself, such as the organization's management account, needs no such role
            if error.state == "denied" and self._client.account_id(deadline) == account_id:
                return first
            raise

    def are_needed(self, account_id: Optional[str]) -> bool:
        """Return whether an account's requests are signed by a role."""
        settings = self._settings
        return settings.role_arn is not None or (settings.role_name is not None and account_id is not None)

    def forget(self) -> None:
        """Assume roles anew: AWS says that one has expired."""
        with self._lock:
            self._first = None

    def _of_role_arn(self, deadline: Deadline) -> Optional[Credentials]:
        if self._settings.role_arn is None:
            return None
        with self._lock:
            if self._first is None or self._first.expires - datetime.now(timezone.utc) < _MARGIN:
                self._first = self._assume(self._settings.role_arn, None, deadline)
            return self._first.credentials

    def _assume(self, role: str, by: Optional[Credentials], deadline: Deadline) -> _Assumed:
        arguments = {"RoleArn": role, "RoleSessionName": self._settings.role_session_name}
        if self._settings.external_id:
            arguments["ExternalId"] = self._settings.external_id
        answer = self._client.request("sts", "AssumeRole", arguments, by, deadline, role)
        try:
            found = answer["Credentials"]
            keys = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
            if len(keys.access_key) + len(keys.secret_key) + len(keys.token) > _LONGEST:
                raise ValueError("no credentials")
            self._secrets.add(keys.secret_key, keys.token)
            return _Assumed(keys, found["Expiration"])
        except (KeyError, TypeError, ValueError):
            raise not_understood("AssumeRole", "It has no credentials.") from None


class _Assumed(NamedTuple):
    """A role that was assumed. expires: UTC."""

    credentials: Credentials
    expires: datetime
