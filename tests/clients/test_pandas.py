"""pandas, on SQLAlchemy and psycopg."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from sqlalchemy import Connection, create_engine, exc, text
from sqlalchemy.pool import NullPool

from .conftest import CHECKS, HANGING, NON_ASCII, QUERY, REPORT, TIMED_OUT, USERS, Place


@pytest.fixture(params=["UTC", "Asia/Kathmandu"])
def db(place: Place, request: pytest.FixtureRequest) -> Iterator[Connection]:
    engine = create_engine(place.uri.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("select set_config('timezone', :zone, false)"), {"zone": request.param})
        yield connection


def test_columns_have_the_types_of_their_values(db: Connection, place: Place) -> None:
    frame = pd.read_sql(text(QUERY), db)
    for name in ("user_creation_time", "password_last_changed"):
        assert isinstance(frame[name].dtype, pd.DatetimeTZDtype)
    assert frame["password_enabled"].dtype == frame["mfa_active"].dtype == bool
    assert frame["key_1_in_use"].dtype == object
    assert pd.api.types.is_string_dtype(frame["user_name"].dtype)

    expected = pd.DataFrame(place.rows(), columns=frame.columns)
    assert frame["user_name"].tolist() == list(USERS)
    assert (frame["user_creation_time"] == expected["user_creation_time"]).all()
    assert frame["password_last_changed"].isna().tolist() == [age is None for _, _, age, _, _ in USERS.values()]
    changed = frame["password_last_changed"].notna()
    assert (frame["password_last_changed"] == expected["password_last_changed"])[changed].all()
    assert frame["key_1_in_use"].tolist() == expected["key_1_in_use"].tolist()


def test_booleans_with_nulls_convert(db: Connection) -> None:
    frame = pd.read_sql(text(QUERY), db, dtype={"key_1_in_use": "boolean"})
    assert frame["key_1_in_use"].dtype == "boolean"
    assert (frame["key_1_in_use"].sum(), frame["key_1_in_use"].isna().sum()) == (3, 7)


def test_times_that_are_all_null_stay_times(db: Connection) -> None:
    frame = pd.read_sql_query(
        text(f"select password_next_rotation, cert_2_last_rotated, account_name from {REPORT}"),
        db,
        parse_dates={"password_next_rotation": {"utc": True}},
    )
    assert frame["password_next_rotation"].dt.tz is not None
    assert frame.isna().all().all()


def test_parameters(db: Connection, place: Place) -> None:
    query = text(
        f"select user_name, :echo as echo from {REPORT} where user_name = any(:names) and user_creation_time < :t"
    )
    parameters = {
        "names": ["amira_haddad", "chiara_rossi", NON_ASCII],
        "t": pd.Timestamp(place.before(days=30)),
        "echo": NON_ASCII,
    }
    for _ in range(7):
        frame = pd.read_sql(query, db, params=parameters)
        assert frame.to_dict("records") == [{"user_name": "amira_haddad", "echo": NON_ASCII}]


def test_chunks(db: Connection) -> None:
    chunks = list(pd.read_sql(text(QUERY), db.execution_options(stream_results=True), chunksize=5))
    assert [len(chunk) for chunk in chunks] == [5, 5, 3]
    assert pd.concat(chunks)["user_name"].tolist() == list(USERS)


def test_count(db: Connection) -> None:
    assert pd.read_sql(text(f"select count(*) as users from {REPORT}"), db)["users"].tolist() == [13]
    frame = pd.read_sql(text("select * from iam_credential"), db)
    assert frame.groupby("credential")["is_present"].sum().to_dict() == {
        "access_key_1": 7,
        "access_key_2": 2,
        "cert_1": 1,
        "cert_2": 0,
        "password": 8,
    }


@pytest.mark.parametrize("view", CHECKS)
def test_views_are_read_by_name(db: Connection, view: str) -> None:
    frame = pd.read_sql_table(view, db)
    assert sorted(frame["user_name"]) == CHECKS[view]


def test_a_foreign_table_is_not_read_by_name(db: Connection) -> None:
    with pytest.raises(exc.InvalidRequestError, match="Could not reflect"):
        pd.read_sql_table(REPORT, db)
    assert len(pd.read_sql(text(f"select * from {REPORT}"), db)) == 13


def test_raw_is_a_dict(db: Connection) -> None:
    frame = pd.read_sql(text(f"select raw from {REPORT} order by user_creation_time"), db)
    fields = pd.json_normalize(frame["raw"].tolist())
    assert fields["user"].tolist() == list(USERS)
    assert fields["cert_1_active"].tolist() == ["false"] * 13


def test_statement_timeout_is_an_error_not_an_empty_frame(db: Connection) -> None:
    db.execute(text("set local statement_timeout = '200ms'"))
    with pytest.raises(pd.errors.DatabaseError, match=TIMED_OUT):
        pd.read_sql(text(f"select * from {HANGING}"), db)


def test_wrong_password_is_refused(place: Place) -> None:
    with pytest.raises(exc.OperationalError, match="password authentication failed"):
        pd.read_sql(
            f"select * from {REPORT}",
            place._replace(password="wrong").uri.replace("postgresql:", "postgresql+psycopg:"),
        )


@pytest.mark.parametrize("name", [REPORT, "iam_check_user_mfa", "iam_credential"])
def test_writing_is_refused(db: Connection, name: str) -> None:
    frame = pd.DataFrame({"user_name": ["x"]})
    with pytest.raises(pd.errors.DatabaseError, match=r"permission denied for|cannot insert into"):
        frame.to_sql(name, db, if_exists="append", index=False)
