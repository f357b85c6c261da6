"""Checks of the root user."""

from __future__ import annotations

from iam_fdw.checks.check import OTHERWISE, ROOT, Check, alarm, info, later, ok, skip, unknown, unreadable

_OF_ROOT = " of root"
_ACTIVE_KEY = """'Root has an active access key (' || case when access_key_1_active then 'key 1' else 'key 2' end"""

ROOT_ACCESS_KEY_ACTIVE = Check(
    "root_access_key_active",
    title="Root has no active access key",
    severity="critical",
    description="An access key of root can do everything in the account, and no policy can limit it.",
    remediation='Sign in as root, and delete its access keys under "Security credentials".',
    judges=ROOT,
    rule=(
        alarm(
            "access_key_1_active or access_key_2_active",
            """
            'Root has an active access key: ' || concat_ws(
              ' and ',
              case when access_key_1_active then
                'key 1, made ' || coalesce({ago}(access_key_1_last_rotated, now), 'at an unknown time')
              end,
              case when access_key_2_active then
                'key 2, made ' || coalesce({ago}(access_key_2_last_rotated, now), 'at an unknown time')
              end
            )
            """,
        ),
        unknown("access_key_1_active", _OF_ROOT),
        unknown("access_key_2_active", _OF_ROOT),
        ok(OTHERWISE, "'Neither access key 1 nor access key 2 of root is active'"),
    ),
)

ROOT_MFA_DISABLED = Check(
    "root_mfa_disabled",
    title="Root has MFA",
    severity="critical",
    description=(
        "Whoever learns the password of root, or has its access key, owns the account. Root without both needs no MFA."
    ),
    remediation='Sign in as root, and register an MFA device under "Security credentials".',
    judges=ROOT,
    rule=(
        ok("mfa_active", "'Root has MFA'"),
        ok("not password_enabled", "'Root has no password'", passes_without_root_password=True),
        ok(
            "not password_enabled and not access_key_1_active and not access_key_2_active",
            "'Root has neither a password nor an active access key'",
        ),
        unknown("mfa_active", _OF_ROOT),
        alarm("password_enabled", "'Root has a password, and no MFA'"),
        alarm(
            "access_key_1_active or access_key_2_active",
            f"{_ACTIVE_KEY}\n  || '), and no MFA'",
            passes_without_root_password=False,
        ),
        skip("password_enabled is null", "'The report does not tell password_enabled of root, which has no MFA'"),
        skip(
            OTHERWISE,
            """
            'Root has no MFA, and the report does not tell '
              || case when access_key_1_active is null then 'access_key_1_active' else 'access_key_2_active' end
            """,
        ),
    ),
)

ROOT_HARDWARE_MFA = Check(
    "root_hardware_mfa",
    title="Root has hardware MFA",
    severity="critical",
    description=(
        "A hardware MFA device cannot be copied as the secret of a phone can. The report does not tell the kind of a "
        "device, so no verdict is better than info: look at it."
    ),
    remediation='Sign in as root, and look under "Security credentials" which kind of MFA device there is.',
    judges=ROOT,
    rule=(
        ok("not password_enabled", "'Root has no password'", passes_without_root_password=True),
        alarm("not mfa_active and password_enabled", "'Root has a password, and no MFA at all'"),
        alarm(
            "not mfa_active and (access_key_1_active or access_key_2_active)",
            f"{_ACTIVE_KEY}\n  || '), and no MFA at all'",
            passes_without_root_password=False,
        ),
        info("mfa_active", "'Root has MFA; the report does not tell whether it is a hardware device'"),
        info("mfa_active is null", "'The report does not tell mfa_active of root, nor the kind of a device'"),
        info("not password_enabled", "'Root has no password, and no MFA; the report tells no kind of a device'"),
        info(
            OTHERWISE,
            """
            'Root has no MFA, and the report does not tell whether it has a password, nor the kind of a device'
            """,
        ),
    ),
)

# AWS tells a use of root's password and of each of its keys; a key that is not active now was used all the same.
ROOT_RECENTLY_USED = Check(
    "root_recently_used",
    title="Root was not used recently",
    severity="high",
    description=(
        "Root is for the few tasks that nobody else can do. Its password and both access keys count, each by its "
        "latest use, whether they are active now or not."
    ),
    remediation="Find out who used root, and why; have daily work done by roles.",
    setting="root_use_max_age",
    judges=ROOT,
    rule=(
        alarm(
            "now - last_use < {limit}",
            """
            case last_use
              when password_last_used then 'The password'
              when access_key_1_last_used_date then 'Access key 1'
              else 'Access key 2'
            end
              || ' of root was last used ' || {ago}(last_use, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        later("password_last_used"),
        later("access_key_1_last_used_date"),
        later("access_key_2_last_used_date"),
        skip(
            "password_status is null or password_status = 'not_supported'",
            "'The report does not tell password_last_used of root'",
        ),
        unreadable("access_key_1_last_used_date", _OF_ROOT),
        unreadable("access_key_2_last_used_date", _OF_ROOT),
        ok("last_use is null", "'Neither password nor access keys of root have ever been used'"),
        ok(
            OTHERWISE,
            """
            'Root was last used ' || {ago}(last_use, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)

ROOT_SIGNING_CERTIFICATE_ACTIVE = Check(
    "root_signing_certificate_active",
    title="Root has no active signing certificate",
    severity="high",
    description="A signing certificate of root signs requests that no policy can limit, as an access key does.",
    remediation='Sign in as root, and delete its X.509 signing certificates under "Security credentials".',
    judges=ROOT,
    rule=(
        alarm(
            "cert_1_active or cert_2_active",
            """
            'Root has an active signing certificate: ' || concat_ws(
              ' and ',
              case when cert_1_active then
                'certificate 1, made ' || coalesce({ago}(cert_1_last_rotated, now), 'at an unknown time')
              end,
              case when cert_2_active then
                'certificate 2, made ' || coalesce({ago}(cert_2_last_rotated, now), 'at an unknown time')
              end
            )
            """,
        ),
        unknown("cert_1_active", _OF_ROOT),
        unknown("cert_2_active", _OF_ROOT),
        ok(OTHERWISE, "'Neither signing certificate 1 nor signing certificate 2 of root is active'"),
    ),
)

ROOT_ACCESS_KEY_INACTIVE = Check(
    "root_access_key_inactive",
    title="Root has no inactive access key",
    severity="medium",
    description="A deactivated access key of root is still there: one click makes it work again.",
    remediation='Sign in as root, and delete its access keys under "Security credentials".',
    judges=ROOT,
    rule=(
        alarm(
            """
            not access_key_1_active and access_key_1_last_rotated is not null
            or not access_key_2_active and access_key_2_last_rotated is not null
            """,
            """
            'Root has an inactive access key: ' || concat_ws(
              ' and ',
              case when not access_key_1_active then
                'key 1, made ' || {ago}(access_key_1_last_rotated, now)
              end,
              case when not access_key_2_active then
                'key 2, made ' || {ago}(access_key_2_last_rotated, now)
              end
            )
            """,
        ),
        unknown("access_key_1_active", _OF_ROOT),
        unknown("access_key_2_active", _OF_ROOT),
        unreadable("access_key_1_last_rotated", _OF_ROOT, where="not access_key_1_active"),
        unreadable("access_key_2_last_rotated", _OF_ROOT, where="not access_key_2_active"),
        ok(OTHERWISE, "'Root has no access key that is inactive'"),
    ),
)

ROOT_PASSWORD_PRESENT = Check(
    "root_password_present",
    title="Root has no password",
    severity="info",
    description=(
        "Member accounts of an organization can do without a root password: the management account does what only "
        "root can."
    ),
    remediation=("Where the account is of an organization, delete the root credentials from its management account."),
    judges=ROOT,
    rule=(
        alarm(
            "password_enabled",
            "'Root has a password' || coalesce(', set ' || {ago}(password_last_changed, now), '')",
        ),
        unknown("password_enabled", _OF_ROOT),
        ok(OTHERWISE, "'Root has no password'"),
    ),
)
