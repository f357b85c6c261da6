"""The same image with another host: what is built with ENGINE_PACKAGE, here Debian 11's Multicorn on PostgreSQL 13."""

from __future__ import annotations

import pytest
from support.server import TREE

from .conftest import IMAGE, Run, docker

BASE = "debian:bullseye-slim"


def test_multicorn_takes_the_place_of_minicorn(run: Run) -> None:
    if not docker("images", "--quiet", BASE):
        pytest.skip(f"there is no {BASE}: the image with another host was NOT tested")
    given = {"BASE": BASE, "POSTGRES": "13", "ENGINE_PACKAGE": "postgresql-13-python3-multicorn"}
    arguments = [f"--build-arg={name}={value}" for name, value in given.items()]
    docker("build", *arguments, "--tag", f"{IMAGE}:multicorn", "--file", str(TREE / "docker" / "Dockerfile"), str(TREE))
    reader = {"IAM_FDW_READER": "reader", "IAM_FDW_READER_PASSWORD": "of the reader"}
    container = run("demo", image=f"{IMAGE}:multicorn", POSTGRES_DB="iam", **reader).ready()
    with container.connect("reader", password="of the reader", dbname="iam") as session:
        assert session.execute("select count(*) from aws_iam_credential_report").fetchone() == (13,)
        assert session.execute("select count(*) from iam_check_user_mfa").fetchone() == (8,)
    with container.connect(dbname="iam") as admin:
        assert admin.execute("select extname from pg_extension where extname <> 'plpgsql'").fetchall() == [
            ("multicorn",)
        ]
        assert admin.execute("show server_version_num").fetchone() > ("130000",)  # type: ignore[operator]
    docker("stop", container.name)
    docker("start", container.name)
    container.ready()
