"""aws_iam_account_summary: how many IAM entities an account has, its quotas, and facts about its root user.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html. The columns are Steampipe's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from iam_fdw.live.errors import not_understood
from iam_fdw.tables.api import ApiTable, Values
from iam_fdw.tables.base import Call, Column

_ACTION = "GetAccountSummary"
_FLAG = "AccountMFAEnabled"
_MOST = 2**31 - 1  # AWS declares the numbers as integers of 32 bits

# Each entry of the answer's SummaryMap and the comment of its column, in the order of Steampipe's columns.
_ENTRIES = {
    "AccessKeysPerUserQuota": "The most access keys that an IAM user can have",
    "AccountAccessKeysPresent": "Whether the root user has access keys: 1 when it has one or two, else 0",
    _FLAG: "Whether the root user has an MFA device",
    "AccountPasswordPresent": "Whether the root user has a password: 1 when it has one, else 0",
    "AccountSigningCertificatesPresent": "Whether the root user has signing certificates: 1 when it has, else 0",
    "AssumeRolePolicySizeQuota": "The most characters of a role's trust policy, without white space",
    "AttachedPoliciesPerGroupQuota": "The most managed policies that can be attached to a group",
    "AttachedPoliciesPerRoleQuota": "The most managed policies that can be attached to a role",
    "AttachedPoliciesPerUserQuota": "The most managed policies that can be attached to a user",
    "GlobalEndpointTokenVersion": "The version of the session tokens that the global endpoint of AWS STS issues: 1 "
    "(valid in the Regions that are enabled by default) or 2 (valid in all)",
    "GroupPolicySizeQuota": "The most characters of all inline policies of a group, without white space",
    "Groups": "The number of IAM groups",
    "GroupsPerUserQuota": "The most groups that a user can be in",
    "GroupsQuota": "The most IAM groups that the account can have",
    "InstanceProfiles": "The number of instance profiles",
    "InstanceProfilesQuota": "The most instance profiles that the account can have",
    "MFADevices": "The number of MFA devices, assigned or not",
    "MFADevicesInUse": "The number of MFA devices that are assigned to a user or to root",
    "Policies": "The number of customer managed policies",
    "PoliciesQuota": "The most customer managed policies that the account can have",
    "PolicySizeQuota": "The most characters of a customer managed policy, without white space",
    "PolicyVersionsInUse": "The number of versions of customer managed policies",
    "PolicyVersionsInUseQuota": "The most versions of customer managed policies that the account can have",
    "Providers": "The number of identity providers",
    "RolePolicySizeQuota": "The most characters of all inline policies of a role, without white space",
    "Roles": "The number of IAM roles",
    "RolesQuota": "The most IAM roles that the account can have",
    "ServerCertificates": "The number of server certificates that IAM stores",
    "ServerCertificatesQuota": "The most server certificates that IAM can store for the account",
    "SigningCertificatesPerUserQuota": "The most signing certificates that an IAM user can have",
    "UserPolicySizeQuota": "The most characters of all inline policies of a user, without white space",
    "Users": "The number of IAM users",
    "UsersQuota": "The most IAM users that the account can have",
    "VersionsPerPolicyQuota": "The most versions that a customer managed policy can have",
}


def _column(entry: str) -> str:
    """Return the column of an entry: mfa_devices_in_use of MFADevicesInUse."""
    return re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", entry).lower()


def _fetch(call: Call) -> Mapping[str, int]:
    summary = call("iam", _ACTION).get("SummaryMap")
    if not isinstance(summary, dict) or "Users" not in summary:
        raise not_understood(_ACTION, "It has no SummaryMap with the number of users.")
    known = {entry: summary[entry] for entry in _ENTRIES if entry in summary}
    if (
        not all(isinstance(number, int) and 0 <= number <= _MOST for number in known.values())
        or known.get(_FLAG, 0) > 1
    ):
        raise not_understood(_ACTION, "It has numbers that no account has.")
    return known


def _rows(summary: Mapping[str, int]) -> Iterator[Values]:
    values: dict[str, object] = {_column(entry): number for entry, number in summary.items()}
    if _FLAG in summary:
        values[_column(_FLAG)] = summary[_FLAG] == 1
    yield values


ACCOUNT_SUMMARY = ApiTable(
    name="aws_iam_account_summary",
    comment="The number of IAM entities of each account, its IAM quotas, and facts about its root user: one row for "
    "each account. An entry that AWS does not give is null",
    noun="account summary",
    plural="account summaries",
    columns=[
        Column(_column(entry), "boolean" if entry == _FLAG else "bigint", comment)
        for entry, comment in _ENTRIES.items()
    ],
    fetch=_fetch,
    rows=_rows,
    copy_age=timedelta(minutes=5),
)
