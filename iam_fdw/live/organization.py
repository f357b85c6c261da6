"""The accounts of an organization, as ListAccounts gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple, Optional

from iam_fdw.live.errors import not_understood
from iam_fdw.live.redaction import Secrets
from iam_fdw.workers import Deadline

_MOST_PAGES = 10_000  # with 20 accounts each
_MOST_ACCOUNTS = 100_000  # AWS gives some organizations 50,000
_LONGEST_NAME = 250  # characters of an account's name: AWS allows 50
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html: Status, and State, which replaces it
_NOT_READ = {"SUSPENDED", "CLOSED", "PENDING_ACTIVATION"}
_ACTION = "ListAccounts"


class Account(NamedTuple):
    """An account. name: None where AWS gives none."""

    account_id: str
    name: Optional[str]


def pages(call: Callable[..., dict[str, Any]], secrets: Secrets, deadline: Deadline) -> Iterator[list[Account]]:
    """Yield the accounts page by page, except those that are closed, suspended or not yet active.

    call: makes one request, given the arguments of ListAccounts. deadline: of each page. Raises Error.
    """
    arguments: dict[str, str] = {}
    number = 0
    for _ in range(_MOST_PAGES):
        answer = call(**arguments)
        listed = answer.get("Accounts")
        if listed is None or not all(re.fullmatch("[0-9]{12}", account.get("Id", "")) for account in listed):
            raise not_understood(_ACTION, "It has no list of accounts with their ids.")
        number += len(listed)
        if number > _MOST_ACCOUNTS or any(len(account.get("Name") or "") > _LONGEST_NAME for account in listed):
            raise not_understood(_ACTION, f"It has more than {_MOST_ACCOUNTS} accounts, or a name too long for one.")
        yield [
            Account(account["Id"], secrets.hidden(account["Name"]) if account.get("Name") else None)
            for account in listed
            if not {account.get("Status"), account.get("State")} & _NOT_READ
        ]
        if not answer.get("NextToken"):
            return
        arguments = {"NextToken": answer["NextToken"]}
        deadline.renew()
    raise not_understood(_ACTION, f"It has more than {_MOST_PAGES} pages.")
