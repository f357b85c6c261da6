"""pg_cron calls iam_record_history(), as docs/history.md has it scheduled."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_postgresql import factories
from support.reports import csv, root, user
from support.server import ENGINE, SERVER, TREE, Server, install, pg_config, save

HAS_CRON = (pg_config("sharedir") / "extension" / "pg_cron.control").exists()
pytestmark = pytest.mark.skipif(
    not HAS_CRON or ENGINE != "minicorn" or SERVER is not None,
    reason="pg_cron is not there, or no server that loads it",
)
SOON = 150  # seconds; a job begins with a minute

# A cluster of its own: pg_cron is loaded when the server starts.
with_cron = factories.postgresql_proc(
    executable=str(pg_config("bindir") / "pg_ctl"),
    unixsocketdir="/tmp",
    postgres_options="-c fsync=off -c shared_preload_libraries=pg_cron -c cron.use_background_workers=on",
)


def test_the_schedule_of_the_page_records_history(with_cron: Server, environment: Path, tmp_path: Path) -> None:
    page = (TREE / "docs" / "history.md").read_text()
    (schedule,) = re.findall(r"^select cron\.schedule_in_database\(.*?;$", page, re.MULTILINE | re.DOTALL)
    (recorder,) = re.findall(r"^create role recorder .*?```$", page, re.MULTILINE | re.DOTALL)
    assert "'*/30 * * * *'" in schedule
    made = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)
    where: dict[str, Any] = {"host": with_cron.host, "port": with_cron.port, "user": "postgres", "autocommit": True}
    with psycopg.connect(
        **where
    ) as db:  # pg_cron is in the database postgres, unless cron.database_name says otherwise
        db.execute("load 'minicorn'")
        db.execute(f"alter system set minicorn.python = '{environment}'".encode())
        db.execute("select pg_reload_conf()")
        save(tmp_path, csv(root(), user("alice")), made)
        install(db, source=str(tmp_path))
        db.execute(recorder.rstrip("`").encode())
        db.execute("create extension pg_cron")
        db.execute(schedule.replace("*/30", "*").replace("'security'", "'postgres'").encode())
        assert db.execute("select username, rolsuper from cron.job join pg_roles on rolname = username").fetchall() == [
            ("recorder", False)
        ]
        deadline = time.monotonic() + SOON
        runs = "select status, return_message from cron.job_run_details where status in ('succeeded', 'failed')"
        while not (done := db.execute(runs).fetchall()):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert done[0][0] == "succeeded", done
        assert db.execute("select user_name, valid_from from iam_history order by 1").fetchall() == [
            ("<root_account>", made),
            ("alice", made),
        ]
