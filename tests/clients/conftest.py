"""Database clients as people use them, each as a role that may only read, on the sample account of `iam-fdw demo`.

    CLIENTS_DSN=postgresql://postgres:PASSWORD@127.0.0.1:PORT/iam pytest tests/clients

CLIENTS_DSN is a superuser's URI of a database in which iam_fdw is installed, over that account, in the schema public;
CLIENTS_ADDRESS is where its server reaches this machine (127.0.0.1 where it is this machine). It needs, beside both
requirements.txt, the Debian packages postgresql-client, default-jdk-headless, libpostgresql-jdbc-java,
odbc-postgresql and unixodbc.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, NamedTuple

import psycopg
import pytest
from psycopg import conninfo, sql
from support.server import SLOWNESS

from iam_fdw import tables
from iam_fdw.cli import installer

REPORT = "aws_iam_credential_report"
STATUS = "aws_iam_credential_report_status"
HANGING = f"hanging.{REPORT}"
CANCELED = "canceling statement due to user request"
TIMED_OUT = "canceling statement due to statement timeout"
NON_ASCII = "Zoë Ångström 日本 🔑"
# Seconds that a cancel or a limit may take.
SOON = 1.0 * SLOWNESS

# The users of the sample, oldest first: when they were made, in days before the report; whether they have a password,
# and how many days ago it was set; MFA; whether key 1 was used in the last 30 days, None where it never was.
USERS = {
    "<root_account>": (2190, True, 400, False, None),
    "Tomasz_Nowak": (1800, True, 600, False, False),
    "olga_ivanova": (1500, False, None, False, False),
    "elena_petrova": (1100, True, 60, True, None),
    "backup_agent": (900, False, None, False, True),
    "deploy_pipeline": (800, False, None, False, False),
    "amira_haddad": (700, True, 30, True, None),
    "farid_nasser": (500, True, 230, True, None),
    "Bruno_Keller": (400, True, 20, True, True),
    "noah_lindqvist": (350, False, None, True, True),
    "grace_okafor": (300, True, 25, False, None),
    "metrics_reader": (62, False, None, False, None),
    "chiara_rossi": (21, True, 21, False, None),
}
# What they are selected by.
QUERY = f"""
    select
      user_name,
      user_creation_time,
      password_enabled,
      password_last_changed,
      mfa_active,
      access_key_1_last_used_date > generated_time - interval '30 days' as key_1_in_use
    from {REPORT}
    order by user_creation_time
"""
ROOT = ["<root_account>"]
CHECKS = {
    "iam_check_root_last_used": ROOT,
    "iam_check_root_mfa": ROOT,
    "iam_check_root_access_keys": ROOT,
    "iam_check_password_and_access_keys": ["Bruno_Keller", "Tomasz_Nowak"],
    "iam_check_inactive_users": ["Tomasz_Nowak", "chiara_rossi", "elena_petrova"],
    "iam_check_password_rotation": ["Tomasz_Nowak", "farid_nasser"],
    "iam_check_user_mfa": [
        "<root_account>",
        "Tomasz_Nowak",
        "backup_agent",
        "chiara_rossi",
        "deploy_pipeline",
        "grace_okafor",
        "metrics_reader",
        "olga_ivanova",
    ],
    "iam_check_access_key_rotation": ["Tomasz_Nowak", "deploy_pipeline"],
    "iam_check_unused_access_keys": ["Tomasz_Nowak", "metrics_reader", "noah_lindqvist"],
}
TABLES = sorted(table.name for table in tables.TABLES)
ORDINARY = ["iam_exemption", "iam_history", "iam_history_account", "iam_history_report"]
RESULTS = ["iam_benchmark_result", "iam_check_result", "iam_check_summary", "iam_verdict"]
CATALOGUES = ["iam_benchmark", "iam_benchmark_control", "iam_check", "iam_setting"]
PAST = ["iam_change", "iam_report", "iam_report_or_error"]
VIEWS = sorted([*CHECKS, *RESULTS, *CATALOGUES, *PAST, "iam_check_report_freshness", "iam_credential"])
# Of the report, in PostgreSQL's names.
COLUMNS = {
    "user_name": "text",
    "user_arn": "text",
    "user_creation_time": "timestamptz",
    "generated_time": "timestamptz",
    "access_key_1_active": "bool",
    "access_key_1_last_rotated": "timestamptz",
    "access_key_1_last_used_date": "timestamptz",
    "access_key_1_last_used_region": "text",
    "access_key_1_last_used_service": "text",
    "access_key_2_active": "bool",
    "access_key_2_last_rotated": "timestamptz",
    "access_key_2_last_used_date": "timestamptz",
    "access_key_2_last_used_region": "text",
    "access_key_2_last_used_service": "text",
    "cert_1_active": "bool",
    "cert_1_last_rotated": "timestamptz",
    "cert_2_active": "bool",
    "cert_2_last_rotated": "timestamptz",
    "mfa_active": "bool",
    "password_enabled": "bool",
    "password_last_changed": "timestamptz",
    "password_last_used": "timestamptz",
    "password_status": "text",
    "password_next_rotation": "timestamptz",
    "partition": "text",
    "region": "text",
    "account_id": "text",
    "account_name": "text",
    "is_root": "bool",
    "additional_credentials_info": "text",
    "raw": "jsonb",
}


class Place(NamedTuple):
    """Where clients connect, and as whom; made: when the sample's report was."""

    host: str
    port: int
    dbname: str
    user: str
    password: str
    made: datetime

    @property
    def uri(self) -> str:
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.dbname}"

    def before(self, **ago: float) -> datetime:
        """Return a moment by how long before the report it was."""
        return self.made - timedelta(**ago)

    def rows(self) -> list[tuple[Any, ...]]:
        """Return what QUERY must give."""
        return [
            (name, self.before(days=created), password, None if age is None else self.before(days=age), mfa, used)
            for name, (created, password, age, mfa, used) in USERS.items()
        ]


def pytest_configure() -> None:
    if "CLIENTS_DSN" not in os.environ:
        raise pytest.UsageError("CLIENTS_DSN is not set: see tests/clients/conftest.py")


@pytest.fixture(scope="session")
def silent() -> Iterator[socket.socket]:
    """The endpoint of the schema hanging, which never answers."""
    with socket.create_server(("0.0.0.0", 0), backlog=128) as listening:
        yield listening


@pytest.fixture(scope="session")
def place(silent: socket.socket) -> Iterator[Place]:
    """The role bi_reader, which may read both installations."""
    dsn = os.environ["CLIENTS_DSN"]
    given = conninfo.conninfo_to_dict(dsn)
    address = os.environ.get("CLIENTS_ADDRESS", "127.0.0.1")
    password = secrets.token_urlsafe(18)
    asked = f"endpoint_url=http://{address}:{silent.getsockname()[1]}\ntimeout=60 seconds"
    with psycopg.connect(dsn, autocommit=True) as admin:
        remove(admin)
        try:
            admin.execute(sql.SQL("create role bi_reader login password {}").format(password))
            install(admin, schema="public", server="aws", option="")
            install(admin, schema="hanging", server="aws_hanging", option=asked)
            admin.execute(
                "create user mapping for public server aws_hanging"
                f" options (aws_access_key_id 'AKIA111122223333', aws_secret_access_key '{'x' * 40}')"
            )
            (made,) = admin.execute(f"select distinct generated_time from {REPORT}").fetchone() or (None,)
            # The days since the report are none.
            admin.execute(sql.SQL("alter role bi_reader set iam_fdw.now = {}").format(str(made)))
            yield Place(
                host=str(given["host"]),
                port=int(given.get("port") or 5432),
                dbname=str(given["dbname"]),
                user="bi_reader",
                password=password,
                made=made.astimezone(timezone.utc),
            )
        finally:
            remove(admin)


def install(admin: psycopg.Connection[Any], **variables: str) -> None:
    with admin.transaction():
        installer.install(admin, {**variables, "reader": "bi_reader", "engine": ""})


def remove(admin: psycopg.Connection[Any]) -> None:
    if admin.execute("select from pg_namespace where nspname = 'hanging'").rowcount:  # of a run that was killed, too
        with admin.transaction():
            installer.uninstall(admin, {"schema": "hanging", "server": "aws_hanging"})
            admin.execute("drop schema hanging")
    if admin.execute("select from pg_roles where rolname = 'bi_reader'").rowcount:
        admin.execute("drop owned by bi_reader")
        admin.execute("drop role bi_reader")


@pytest.fixture
def asked(silent: socket.socket) -> Iterator[Callable[[], None]]:
    """Wait until a scan of the hanging table has asked: from then on nothing but a cancel or a limit ends it."""
    with ExitStack() as held:

        def wait(timeout: float = 20) -> None:
            silent.settimeout(timeout)
            held.enter_context(silent.accept()[0])

        with suppress(BlockingIOError):
            while True:
                wait(timeout=0)
        yield wait
