"""SQLAlchemy 2, with psycopg."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Callable

import psycopg
import pytest
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Inspector,
    MetaData,
    Table,
    bindparam,
    create_engine,
    exc,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql.base import PGInspector
from sqlalchemy.pool import NullPool

from iam_fdw.tables import CREDENTIAL_REPORT

from .conftest import (
    CANCELED,
    CHECKS,
    COLUMNS,
    HANGING,
    NON_ASCII,
    ORDINARY,
    REPORT,
    SOON,
    TABLES,
    TIMED_OUT,
    USERS,
    VIEWS,
    Place,
)

TYPES = {"text": "TEXT", "timestamptz": "TIMESTAMP WITH TIME ZONE", "bool": "BOOLEAN", "jsonb": "JSONB"}


@pytest.fixture
def engine(place: Place) -> Engine:
    return create_engine(url(place), poolclass=NullPool)


def url(place: Place) -> URL:
    return URL.create("postgresql+psycopg", place.user, place.password, place.host, place.port, place.dbname)


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def inspector(db: Connection) -> PGInspector:
    inspector = inspect(db)
    assert isinstance(inspector, PGInspector)
    return inspector


def reflected(db: Connection, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=db)


def types(inspector: PGInspector, name: str) -> dict[str, str]:
    return {column["name"]: column["type"].compile(inspector.dialect) for column in inspector.get_columns(name)}


# What reflection shows


def test_foreign_tables_are_neither_tables_nor_views(inspector: PGInspector) -> None:
    assert sorted(inspector.get_foreign_table_names()) == TABLES
    assert sorted(inspector.get_view_names()) == VIEWS
    assert REPORT not in inspector.get_table_names()
    assert sorted(inspector.get_foreign_table_names("hanging")) == TABLES
    assert inspector.has_table(REPORT)
    assert inspector.has_table("iam_credential")


def test_reflecting_everything_finds_views_and_the_table_alone(db: Connection) -> None:
    metadata = MetaData()
    metadata.reflect(db, views=True, only=lambda name, _: name.startswith(("aws_", "iam_")))
    assert sorted(metadata.tables) == sorted([*ORDINARY, *VIEWS])


def test_columns_have_types_and_comments(inspector: PGInspector) -> None:
    columns = inspector.get_columns(REPORT)
    assert types(inspector, REPORT) == {name: TYPES[kind] for name, kind in COLUMNS.items()}
    assert all(column["nullable"] and column["default"] is None for column in columns)
    assert [column["comment"] for column in columns] == [column.comment for column in CREDENTIAL_REPORT.columns]
    assert inspector.get_table_comment(REPORT) == {"text": CREDENTIAL_REPORT.comment}


def test_columns_of_views_have_types_and_comments(inspector: PGInspector) -> None:
    assert types(inspector, "iam_check_inactive_users") == {
        "account_id": "TEXT",
        "account_name": "TEXT",
        "user_name": "TEXT",
        "password_enabled": "BOOLEAN",
        "password_last_used": "TIMESTAMP WITH TIME ZONE",
        "last_used_age": "INTERVAL",
        "error_message": "TEXT",
    }
    for view in VIEWS:
        assert all(column["comment"] for column in inspector.get_columns(view)), view
        assert inspector.get_table_comment(view)["text"]


@pytest.mark.parametrize("name", [REPORT, "iam_credential"])
def test_there_are_no_keys(inspector: Inspector, name: str) -> None:
    assert inspector.get_pk_constraint(name)["constrained_columns"] == []
    assert inspector.get_foreign_keys(name) == []
    assert inspector.get_indexes(name) == []


# What it selects


def test_select_from_the_foreign_table(db: Connection, place: Place) -> None:
    report = reflected(db, REPORT)
    query = (
        select(report.c.user_name, report.c.password_enabled, report.c.password_last_changed)
        .where(report.c.account_id == "111122223333", report.c.user_creation_time < place.before(days=500))
        .order_by(report.c.user_creation_time.desc())
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )
    for _ in range(7):
        assert db.execute(query, {"limit": 2, "offset": 1}).all() == [
            ("deploy_pipeline", False, None),
            ("backup_agent", False, None),
        ]
        assert db.execute(query, {"limit": 1, "offset": 0}).all() == [("amira_haddad", True, place.before(days=30))]


def test_select_from_a_view(db: Connection, place: Place) -> None:
    credential = reflected(db, "iam_credential")
    query = (
        select(credential.c.user_name, credential.c.credential, credential.c.last_used, credential.c.last_used_service)
        .where(credential.c.is_active, credential.c.last_changed < func.iam_now() - timedelta(days=90))
        .order_by(credential.c.last_changed, credential.c.credential)
    )
    assert db.execute(query).all() == [
        ("Tomasz_Nowak", "access_key_1", place.before(days=480).replace(second=0), "sts"),
        ("Tomasz_Nowak", "password", place.before(days=500), None),
        ("<root_account>", "password", place.before(days=12), None),
        ("farid_nasser", "password", place.before(days=1), None),
        ("deploy_pipeline", "access_key_2", place.before(hours=2).replace(second=0), "ecs"),
    ]


@pytest.mark.parametrize("view", CHECKS)
def test_checks_name_users(db: Connection, view: str) -> None:
    assert sorted(db.scalars(select(reflected(db, view).c.user_name))) == CHECKS[view]


def test_lists_nulls_and_any_text_are_parameters(db: Connection) -> None:
    report = reflected(db, REPORT)
    name = report.c.user_name
    assert db.scalars(select(name).where(name.in_([NON_ASCII, "amira_haddad"]))).all() == ["amira_haddad"]
    assert db.scalars(select(name + NON_ASCII).where(name == "amira_haddad")).all() == [f"amira_haddad{NON_ASCII}"]
    assert db.scalars(select(name).where(report.c.password_enabled.is_(None))).all() == []
    never = select(func.count()).where(report.c.password_last_used.is_(None))
    assert db.scalar(never.select_from(report)) == 6


def test_fields_of_raw(db: Connection) -> None:
    report = reflected(db, REPORT)
    query = select(report.c.raw["access_key_1_last_used_region"].astext, report.c.raw["user"])
    assert db.execute(query.where(report.c.raw.contains({"user": "backup_agent"}))).all() == [("N/A", "backup_agent")]


def test_stream_results_fetches_in_parts(db: Connection) -> None:
    report = reflected(db, REPORT)
    streamed = db.execution_options(yield_per=5).scalars(
        select(report.c.user_name).order_by(report.c.user_creation_time)
    )
    assert [list(part) for part in streamed.partitions()] == [list(USERS)[:5], list(USERS)[5:10], list(USERS)[10:]]


# What ends, and what is refused


def test_cancel_ends_a_scan(db: Connection, asked: Callable[[], None]) -> None:
    driver = db.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    begun: list[float] = []

    def cancel() -> None:
        asked()
        begun.append(time.monotonic())
        driver.cancel_safe()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(exc.OperationalError, match=CANCELED):
        db.execute(text(f"select * from {HANGING}"))
    assert time.monotonic() - begun[0] < SOON
    thread.join()
    db.rollback()
    assert db.scalar(text(f"select count(*) from {REPORT}")) == 13


def test_statement_timeout_ends_a_scan(db: Connection) -> None:
    db.execute(text("set local statement_timeout = '200ms'"))
    begun = time.monotonic()
    with pytest.raises(exc.OperationalError, match=TIMED_OUT):
        db.execute(text(f"select * from {HANGING}"))
    assert time.monotonic() - begun < 0.2 + SOON


def test_wrong_password_is_refused(place: Place) -> None:
    engine = create_engine(url(place).set(password="wrong"))
    with pytest.raises(exc.OperationalError, match='password authentication failed for user "bi_reader"'):
        engine.connect()


def test_writing_is_refused(db: Connection) -> None:
    with pytest.raises(exc.ProgrammingError, match=f"permission denied for foreign table {REPORT}"):
        db.execute(insert(reflected(db, REPORT)), {"user_name": "x"})
    db.rollback()
    with pytest.raises(exc.ProgrammingError, match="permission denied for table iam_exemption"):
        db.execute(insert(reflected(db, "iam_exemption")), {"reason": "x"})
    db.rollback()
    for name, view in (("iam_check_user_mfa", "iam_report_or_error"), ("iam_credential", "iam_credential")):
        with pytest.raises(exc.DBAPIError, match=f'cannot insert into view "{view}"'):
            db.execute(insert(reflected(db, name)), {"user_name": "x"})
        db.rollback()
