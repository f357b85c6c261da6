"""An AWS account as Prowler sees it: what it asks for beside the credential report, in agreement with the report."""

from __future__ import annotations

import csv
from datetime import datetime, timezone
from typing import Optional

from support.emulator import Account, Emulator, Reply, body, error, json_error

_EC2 = "http://ec2.amazonaws.com/doc/2016-11-15/"
_IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
_STS = "https://sts.amazonaws.com/doc/2011-06-15/"
_MADE = "2020-01-01T00:00:00Z"
_PAGE = 100  # users in an answer to ListUsers, as AWS has it
# What the account has none of.
_EMPTY = {
    "ListAttachedUserPolicies": ["AttachedPolicies"],
    "ListEntitiesForPolicy": ["PolicyGroups", "PolicyRoles", "PolicyUsers"],
    "ListGroups": ["Groups"],
    "ListPolicies": ["Policies"],
    "ListRoles": ["Roles"],
    "ListSAMLProviders": ["SAMLProviderList"],
    "ListServerCertificates": ["ServerCertificateMetadataList"],
    "ListServiceSpecificCredentials": ["ServiceSpecificCredentials"],
    "ListUserPolicies": ["PolicyNames"],
    "ListUserTags": ["Tags"],
    "ListVirtualMFADevices": ["VirtualMFADevices"],
}


class ReportedAccount(Emulator):
    """The server, with the one account of a credential report; its access key is AKIA and the account's id.

    The report is made when it is asked for. Groups, roles and policies there are none; root's MFA is hardware, as there
    are no virtual devices.
    """

    def __init__(self, report: bytes) -> None:
        super().__init__()
        self._rows = {row["user"]: row for row in csv.DictReader(report.decode().splitlines())}
        self._root = self._rows["<root_account>"]
        self.account_id = self._root["arn"].split(":")[4]
        made = datetime.now(timezone.utc).replace(microsecond=0)
        self.account(self.account_id, report=report, generated_time=made)

    def _truth(
        self, action: str, account: Optional[Account], access_key_id: str, token: str, parameters: dict[str, str]
    ) -> Reply:
        if action in _EMPTY:
            return _iam(action, "".join(f"<{name}/>" for name in _EMPTY[action]) + _last())
        if action == "GetCallerIdentity":
            arn = f"arn:aws:iam::{self.account_id}:user/prowler"
            return _iam(
                action, f"<UserId>AIDA0</UserId><Account>{self.account_id}</Account><Arn>{arn}</Arn>", namespace=_STS
            )
        if action == "DescribeRegions":
            region = "<item><regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
            xml = f'<{action}Response xmlns="{_EC2}"><regionInfo>{region}</regionInfo></{action}Response>'
            return body(xml.encode())
        if action == "DescribeAccount":
            return json_error("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
        if action == "ListOrganizationsFeatures":
            return error("OrganizationNotFoundException", "The account is not in an organization.", 404)
        if action == "GetAccountPasswordPolicy":
            return error("NoSuchEntity", "The Password Policy cannot be found.", 404)
        if action == "GetAccountSummary":
            return _iam(action, f"<SummaryMap>{self._summary()}</SummaryMap>")
        if action == "GenerateServiceLastAccessedDetails":
            return _iam(action, "<JobId>00000000-0000-0000-0000-000000000000</JobId>")
        if action == "GetServiceLastAccessedDetails":
            dates = f"<JobCreationDate>{_MADE}</JobCreationDate><JobCompletionDate>{_MADE}</JobCompletionDate>"
            return _iam(action, f"<JobStatus>COMPLETED</JobStatus>{dates}<ServicesLastAccessed/>{_last()}")
        if action == "ListUsers":
            return self._list_users(int(parameters.get("Marker", "0")))
        if action in ("GetLoginProfile", "ListAccessKeys", "ListMFADevices"):
            return self._user(action, parameters["UserName"])
        return super()._truth(action, account, access_key_id, token, parameters)

    def _summary(self) -> str:
        keys = [self._root[f"access_key_{slot}_active"] for slot in (1, 2)]
        summary = {
            "AccountAccessKeysPresent": int("true" in keys),
            "AccountMFAEnabled": int(self._root["mfa_active"] == "true"),
            "AccountPasswordPresent": int(self._root["password_enabled"] == "true"),
            "Users": len(self._rows) - 1,
        }
        return "".join(f"<entry><key>{key}</key><value>{value}</value></entry>" for key, value in summary.items())

    def _list_users(self, first: int) -> Reply:
        users = [row for name, row in self._rows.items() if name != "<root_account>"]
        members = "".join(
            f"<member><Path>/</Path><UserName>{row['user']}</UserName><UserId>AIDA{place}</UserId>"
            f"<Arn>{row['arn']}</Arn><CreateDate>{row['user_creation_time']}</CreateDate>"
            f"{_dated('PasswordLastUsed', row['password_last_used'])}</member>"
            for place, row in enumerate(users[first : first + _PAGE], first)
        )
        following = first + _PAGE if first + _PAGE < len(users) else None
        return _iam("ListUsers", f"<Users>{members}</Users>{_last(following)}")

    def _user(self, action: str, name: str) -> Reply:
        row = self._rows.get(name)
        if row is None:
            return error("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
        user = f"<UserName>{name}</UserName>"
        if action == "GetLoginProfile":
            if row["password_enabled"] != "true":
                return error("NoSuchEntity", f"Login Profile for User {name} cannot be found.", 404)
            made = _dated("CreateDate", row["user_creation_time"])
            return _iam(action, f"<LoginProfile>{user}{made}</LoginProfile>")
        if action == "ListMFADevices":
            serial = f"<SerialNumber>{row['arn'].replace(':user/', ':mfa/')}</SerialNumber>"
            device = f"<member>{user}{serial}<EnableDate>{_MADE}</EnableDate></member>"
            return _iam(action, f"<MFADevices>{device if row['mfa_active'] == 'true' else ''}</MFADevices>{_last()}")
        keys = ""
        for slot in (1, 2):
            made = _dated("CreateDate", row[f"access_key_{slot}_last_rotated"])
            if made:
                status = "Active" if row[f"access_key_{slot}_active"] == "true" else "Inactive"
                key = f"<AccessKeyId>AKIA{slot:016}</AccessKeyId><Status>{status}</Status>"
                keys += f"<member>{user}{key}{made}</member>"
        return _iam(action, f"<AccessKeyMetadata>{keys}</AccessKeyMetadata>{_last()}")


def _iam(action: str, result: str, namespace: str = _IAM) -> Reply:
    xml = f'<{action}Response xmlns="{namespace}"><{action}Result>{result}</{action}Result></{action}Response>'
    return body(xml.encode())


def _last(following: Optional[int] = None) -> str:
    """Return the end of a list's page, and where the next one begins, if there is one."""
    if following is None:
        return "<IsTruncated>false</IsTruncated>"
    return f"<IsTruncated>true</IsTruncated><Marker>{following}</Marker>"


def _dated(name: str, value: str) -> str:
    """Return an element with a date of the report; nothing where that has none."""
    return f"<{name}>{value}</{name}>" if value[:1].isdigit() else ""
