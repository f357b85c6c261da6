"""The compliance frameworks, and those of their controls that a credential report can judge, each with its checks."""

from __future__ import annotations

from typing import NamedTuple, Optional

# The name of each, as the views have it, and what its publisher calls it.
BENCHMARKS = {
    "cis_v1.2.0": "CIS Amazon Web Services Foundations Benchmark v1.2.0",
    "cis_v1.3.0": "CIS Amazon Web Services Foundations Benchmark v1.3.0",
    "cis_v1.4.0": "CIS Amazon Web Services Foundations Benchmark v1.4.0",
    "cis_v1.5.0": "CIS Amazon Web Services Foundations Benchmark v1.5.0",
    "cis_v2.0.0": "CIS Amazon Web Services Foundations Benchmark v2.0.0",
    "cis_v3.0.0": "CIS Amazon Web Services Foundations Benchmark v3.0.0",
    "cis_v4.0.1": "CIS Amazon Web Services Foundations Benchmark v4.0.1",
    "cis_v5.0.0": "CIS Amazon Web Services Foundations Benchmark v5.0.0",
    "cis_v6.0.0": "CIS Amazon Web Services Foundations Benchmark v6.0.0",
    "cis_v7.0.0": "CIS Amazon Web Services Foundations Benchmark v7.0.0",
    "fsbp": "AWS Foundational Security Best Practices",
    "security_hub": "AWS Security Hub controls, of all its standards",
    "pci_dss_v4.0.1": "PCI DSS v4.0.1",
}


class Control(NamedTuple):
    """A control, in all benchmarks that have it by this title.

    title: as the publisher writes it; of PCI DSS in short.
    numbers: its number in each benchmark.
    checks: the check_id of each check that judges it.
    level: the CIS profile, 1 or 2. None elsewhere.
    limit: the limit that its text names, as an interval; it holds whatever the setting of the check. None: the setting.
    passes_without_root_password: whether it asks no MFA of a root user without a password.
    """

    title: str
    numbers: dict[str, str]
    checks: tuple[str, ...]
    level: Optional[int] = None
    limit: Optional[str] = None
    passes_without_root_password: bool = False


def _between(first: str, last: str, number: str) -> dict[str, str]:
    """Return the number for all benchmarks from the first to the last one."""
    names = list(BENCHMARKS)
    return dict.fromkeys(names[names.index(first) : names.index(last) + 1], number)


_UNUSED = ("user_password_unused", "user_access_key_unused")
_SETUP = ("access_key_made_at_setup", "access_key_created_with_user")
_ROOT_MFA = "Ensure MFA is enabled for the 'root' user account"
_ROOT_HARDWARE_MFA = "Ensure hardware MFA is enabled for the 'root' user account"

# By check. CIS 5.0.0 and later ask no MFA of a root user without a password.
_CIS = (
    Control("Ensure no root account access key exists", {"cis_v1.2.0": "1.12"}, ("root_access_key_active",), level=1),
    Control(
        "Ensure no root user account access key exists", {"cis_v1.3.0": "1.4"}, ("root_access_key_active",), level=1
    ),
    Control(
        "Ensure no 'root' user account access key exists",
        {
            **_between("cis_v1.4.0", "cis_v4.0.1", "1.4"),
            "cis_v5.0.0": "1.3",
            "cis_v6.0.0": "2.3",
            "cis_v7.0.0": "2.4",
        },
        ("root_access_key_active",),
        level=1,
    ),
    Control('Ensure MFA is enabled for the "root" account', {"cis_v1.2.0": "1.13"}, ("root_mfa_disabled",), level=1),
    Control(
        'Ensure MFA is enabled for the "root user" account', {"cis_v1.3.0": "1.5"}, ("root_mfa_disabled",), level=1
    ),
    Control(_ROOT_MFA, _between("cis_v1.4.0", "cis_v4.0.1", "1.5"), ("root_mfa_disabled",), level=1),
    Control(
        _ROOT_MFA,
        {"cis_v5.0.0": "1.4", "cis_v6.0.0": "2.4", "cis_v7.0.0": "2.5"},
        ("root_mfa_disabled",),
        level=1,
        passes_without_root_password=True,
    ),
    Control(
        'Ensure hardware MFA is enabled for the "root" account', {"cis_v1.2.0": "1.14"}, ("root_hardware_mfa",), level=2
    ),
    Control(
        'Ensure hardware MFA is enabled for the "root user" account',
        {"cis_v1.3.0": "1.6"},
        ("root_hardware_mfa",),
        level=2,
    ),
    Control(_ROOT_HARDWARE_MFA, _between("cis_v1.4.0", "cis_v4.0.1", "1.6"), ("root_hardware_mfa",), level=2),
    Control(
        _ROOT_HARDWARE_MFA,
        {"cis_v5.0.0": "1.5", "cis_v6.0.0": "2.5", "cis_v7.0.0": "2.6"},
        ("root_hardware_mfa",),
        level=2,
        passes_without_root_password=True,
    ),
    Control('Avoid the use of the "root" account', {"cis_v1.2.0": "1.1"}, ("root_recently_used",), level=1),
    Control(
        "Eliminate use of the root user for administrative and daily tasks",
        {"cis_v1.3.0": "1.7"},
        ("root_recently_used",),
        level=1,
    ),
    Control(
        "Eliminate use of the 'root' user for administrative and daily tasks",
        {
            **_between("cis_v1.4.0", "cis_v4.0.1", "1.7"),
            "cis_v5.0.0": "1.6",
            "cis_v6.0.0": "2.6",
            "cis_v7.0.0": "2.7",
        },
        ("root_recently_used",),
        level=1,
    ),
    Control(
        "Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password",
        {
            "cis_v1.2.0": "1.2",
            **_between("cis_v1.3.0", "cis_v4.0.1", "1.10"),
            "cis_v5.0.0": "1.9",
            "cis_v6.0.0": "2.9",
            "cis_v7.0.0": "2.10",
        },
        ("user_console_without_mfa",),
        level=1,
    ),
    Control(
        "Ensure credentials unused for 90 days or greater are disabled",
        {"cis_v1.2.0": "1.3", "cis_v1.3.0": "1.12"},
        _UNUSED,
        level=1,
        limit="90 days",
    ),
    Control(
        "Ensure credentials unused for 45 days or greater are disabled",
        _between("cis_v1.4.0", "cis_v3.0.0", "1.12"),
        _UNUSED,
        level=1,
        limit="45 days",
    ),
    Control(
        "Ensure credentials unused for 45 days or more are disabled",
        {"cis_v4.0.1": "1.12", "cis_v5.0.0": "1.11", "cis_v6.0.0": "2.11", "cis_v7.0.0": "2.11"},
        _UNUSED,
        level=1,
        limit="45 days",
    ),
    Control(
        "Ensure access keys are rotated every 90 days or less",
        {
            "cis_v1.2.0": "1.4",
            **_between("cis_v1.3.0", "cis_v4.0.1", "1.14"),
            "cis_v5.0.0": "1.13",
            "cis_v6.0.0": "2.13",
            "cis_v7.0.0": "2.12",
        },
        ("access_key_not_rotated",),
        level=1,
        limit="90 days",
    ),
    Control(
        "Ensure there is only one active access key available for any single IAM user",
        _between("cis_v1.3.0", "cis_v3.0.0", "1.13"),
        ("user_two_active_access_keys",),
        level=1,
    ),
    Control(
        "Ensure there is only one active access key for any single IAM user",
        {"cis_v4.0.1": "1.13", "cis_v5.0.0": "1.12", "cis_v6.0.0": "2.12"},
        ("user_two_active_access_keys",),
        level=1,
    ),
    Control(
        "Do not setup access keys during initial user setup for all IAM users that have a console password",
        {"cis_v1.2.0": "1.21", **_between("cis_v1.3.0", "cis_v3.0.0", "1.11")},
        _SETUP,
        level=1,
    ),
    Control(
        "Do not create access keys during initial setup for IAM users with a console password",
        {"cis_v4.0.1": "1.11"},
        _SETUP,
        level=1,
    ),
    Control(
        "Do not create access keys during initial setup for IAM users with a console password",
        {"cis_v5.0.0": "1.10", "cis_v6.0.0": "2.10"},
        ("access_key_made_at_setup",),
        level=1,
    ),
)

# The standard "Foundational Security Best Practices" has five of Security Hub's controls, see
# https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html.
_SECURITY_HUB = (
    Control(
        "IAM users' access keys should be rotated every 90 days or less",
        {"fsbp": "IAM.3", "security_hub": "IAM.3"},
        ("access_key_not_rotated",),
        limit="90 days",
    ),
    Control(
        "IAM root user access key should not exist",
        {"fsbp": "IAM.4", "security_hub": "IAM.4"},
        ("root_access_key_active",),
    ),
    Control(
        "MFA should be enabled for all IAM users that have a console password",
        {"fsbp": "IAM.5", "security_hub": "IAM.5"},
        ("user_console_without_mfa",),
    ),
    Control(
        "Hardware MFA should be enabled for the root user",
        {"fsbp": "IAM.6", "security_hub": "IAM.6"},
        ("root_hardware_mfa",),
    ),
    Control(
        "Unused IAM user credentials should be removed",
        {"fsbp": "IAM.8", "security_hub": "IAM.8"},
        _UNUSED,
        limit="90 days",
    ),
    Control("MFA should be enabled for the root user", {"security_hub": "IAM.9"}, ("root_mfa_disabled",)),
    Control("MFA should be enabled for all IAM users", {"security_hub": "IAM.19"}, ("user_without_mfa",)),
    Control(
        "IAM user credentials unused for 45 days should be removed",
        {"security_hub": "IAM.22"},
        _UNUSED,
        limit="45 days",
    ),
)

_PCI_DSS = (
    Control(
        "Inactive user accounts are removed or disabled within 90 days of inactivity",
        {"pci_dss_v4.0.1": "8.2.6"},
        _UNUSED,
        limit="90 days",
    ),
    Control(
        "Passwords that are the only authentication factor are changed at least once every 90 days",
        {"pci_dss_v4.0.1": "8.3.9"},
        ("access_key_not_rotated",),
        limit="90 days",
    ),
    Control(
        "MFA is implemented for all non-console access into the CDE",
        {"pci_dss_v4.0.1": "8.4.2"},
        ("user_console_without_mfa",),
    ),
)

CONTROLS = (*_CIS, *_SECURITY_HUB, *_PCI_DSS)
