"""docker/compose.yaml: the database, and the demo."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.emulator import Emulator
from support.reports import ACCOUNT, csv, root, user
from support.server import SLOWNESS, TREE

from .conftest import Container, docker

FILE = TREE / "docker" / "compose.yaml"
ENVIRONMENT = {
    "COMPOSE_PROJECT_NAME": "iam_fdw_test",
    "PORT": "0",
}
SECRETS = {"postgres": "of the superuser", "reader": "of the reader"}


def compose(*arguments: str, files: tuple[Path, ...] = (FILE,), **environment: str) -> str:
    chosen = [argument for file in files for argument in ("--file", str(file))]
    return docker("compose", *chosen, *arguments, environment={**ENVIRONMENT, **environment})


@pytest.fixture(autouse=True)
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Passwords as the file wants them; nothing is left in the end."""
    folder = tmp_path / "secrets"
    folder.mkdir(0o700)
    for name, password in SECRETS.items():
        (folder / name).write_text(f"{password}\n")
    monkeypatch.setitem(ENVIRONMENT, "SECRETS", str(folder))
    yield folder
    compose("--profile", "*", "down", "--volumes", "--timeout", "30")


def reader(container: Container) -> psycopg.Connection[Any]:
    return container.connect("reader", password="of the reader", dbname="iam")


def test_the_demo_shows_a_made_up_account() -> None:
    compose("up", "--detach", "--wait", "demo")
    container = Container("iam_fdw_test-demo-1")
    with reader(container) as session:
        assert session.execute("select count(*) from iam_check_user_mfa").fetchone() == (8,)
    assert docker("ps", "--quiet", "--filter", "name=iam_fdw_test-db") == ""


def test_the_database_asks_aws_keeps_its_data_and_is_confined(gateway: str, tmp_path: Path) -> None:
    with Emulator(gateway) as aws:
        aws.account(ACCOUNT, next_report=lambda: csv(root(), user("alice", mfa_active="true")))
        override = tmp_path / "override.yaml"
        override.write_text(f"services: {{db: {{environment: {{IAM_FDW_ENDPOINT_URL: '{aws.url}'}}}}}}")
        keys = {"AWS_ACCESS_KEY_ID": f"AKIA{ACCOUNT}", "AWS_SECRET_ACCESS_KEY": f"secret/of/{ACCOUNT}"}
        compose("up", "--detach", "--wait", files=(FILE, override), **keys)
        container = Container("iam_fdw_test-db-1")
        with reader(container) as session:
            assert session.execute("select user_name from iam_check_user_mfa").fetchall() == [("<root_account>",)]
        with container.connect(password="of the superuser", dbname="iam") as admin:
            admin.execute("create table kept as select 1 as a")
        assert {request.access_key_id for request in aws.requests} == {f"AKIA{ACCOUNT}"}

        (inspected,) = json.loads(docker("inspect", container.name))
        assert inspected["HostConfig"]["ReadonlyRootfs"] is True
        assert inspected["HostConfig"]["CapDrop"] == ["ALL"]
        assert inspected["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
        assert inspected["HostConfig"]["Memory"] == 1 << 30
        assert inspected["NetworkSettings"]["Ports"]["5432/tcp"][0]["HostIp"] == "127.0.0.1"

        os.kill(inspected["State"]["Pid"], signal.SIGKILL)  # as the machine's memory killer would
        end = time.monotonic() + 60 * SLOWNESS
        while int(docker("inspect", "--format", "{{.RestartCount}}", container.name)) == 0:
            assert time.monotonic() < end
            time.sleep(0.2)
        with container.ready().connect(password="of the superuser", dbname="iam") as admin:
            assert admin.execute("select a from kept").fetchone() == (1,)

        compose("down", "--timeout", "30")
        compose("up", "--detach", "--wait", files=(FILE, override), **keys)
        with container.connect(password="of the superuser", dbname="iam") as admin:
            assert admin.execute("select a from kept").fetchone() == (1,)
        with reader(container) as session:
            assert session.execute("select state, users from aws_iam_credential_report_status").fetchall() == [
                ("fresh", 1)
            ]


@pytest.mark.parametrize("place", ["", "s3://archive/reports"], ids=["volume", "bucket"])
def test_the_profile_saves_reports_that_the_database_reads(gateway: str, tmp_path: Path, place: str) -> None:
    with Emulator(gateway) as aws:
        aws.buckets["archive"] = {}
        aws.account(ACCOUNT, next_report=lambda: csv(root(), user("alice")))
        override = tmp_path / "override.yaml"
        asked = f"environment: {{IAM_FDW_ENDPOINT_URL: '{aws.url}'}}"
        override.write_text(f"services: {{db: {{{asked}}}, snapshots: {{{asked}}}}}")
        keys = {"AWS_ACCESS_KEY_ID": f"AKIA{ACCOUNT}", "AWS_SECRET_ACCESS_KEY": f"secret/of/{ACCOUNT}"}
        given: dict[str, Any] = {"files": (FILE, override), "IAM_FDW_SNAPSHOTS": place, **keys}
        compose("--profile", "snapshots", "up", "--detach", "--wait", **given)
        end = time.monotonic() + 60 * SLOWNESS
        while "1 saved, 0 unchanged, 0 errors." not in docker("logs", "iam_fdw_test-snapshots-1"):
            assert time.monotonic() < end, docker("logs", "iam_fdw_test-snapshots-1")
            time.sleep(0.2)
        with reader(Container("iam_fdw_test-db-1")) as session:
            query = "select user_name, snapshot_uri from aws_iam_credential_report_snapshot order by 1"
            (_, uri), (name, _) = session.execute(query).fetchall()
            assert name == "alice"
            assert uri.startswith(f"{place or 'file:///snapshots'}/account_id={ACCOUNT}/date=")
            saved = session.execute("select saved_state from iam_check_report_freshness").fetchall()
            assert saved == [("fresh",)]
        assert len(aws.buckets["archive"]) == (1 if place else 0)
        (inspected,) = json.loads(docker("inspect", "iam_fdw_test-snapshots-1"))
        assert inspected["HostConfig"]["ReadonlyRootfs"] is True
        assert inspected["NetworkSettings"]["Ports"].get("5432/tcp") is None
        start = time.monotonic()
        compose("--profile", "snapshots", "stop", "snapshots", **given)
        assert time.monotonic() - start < 20 * SLOWNESS
        assert docker("inspect", "--format", "{{.State.ExitCode}}", "iam_fdw_test-snapshots-1").strip() == "0"


def test_passwords_are_in_files_alone_and_needed_to_start(secrets: Path) -> None:
    compose("up", "--detach", "--wait", "demo")
    output = docker("inspect", "iam_fdw_test-demo-1")
    assert not any(password in output for password in SECRETS.values())
    compose("--profile", "demo", "down", "--timeout", "30")
    (secrets / "reader").unlink()
    output = docker("compose", "--file", str(FILE), "up", "--detach", "demo", check=False, environment=ENVIRONMENT)
    assert str(secrets / "reader") in output
    assert docker("ps", "--quiet", "--filter", "name=iam_fdw_test-demo") == ""


def test_logs_and_down_need_no_password(secrets: Path) -> None:
    compose("up", "--detach", "--wait", "demo")
    for name in SECRETS:
        (secrets / name).unlink()
    environment = {"COMPOSE_PROJECT_NAME": "iam_fdw_test", "SECRETS": ""}
    assert "ready to accept connections" in docker(
        "compose", "--file", str(FILE), "--profile", "demo", "logs", environment=environment
    )
    docker("compose", "--file", str(FILE), "--profile", "demo", "down", environment=environment)
    assert docker("ps", "--all", "--quiet", "--filter", "name=iam_fdw_test") == ""


def test_a_password_that_the_containers_user_cannot_read_is_told(secrets: Path) -> None:
    (secrets / "postgres").chmod(0o600)
    docker("compose", "--file", str(FILE), "up", "--detach", "demo", environment=ENVIRONMENT)
    end = time.monotonic() + 30 * SLOWNESS
    while "could not read the file that POSTGRES_PASSWORD_FILE names" not in docker("logs", "iam_fdw_test-demo-1"):
        assert time.monotonic() < end, docker("logs", "iam_fdw_test-demo-1")
        time.sleep(0.2)


def uncommented(tmp_path: Path) -> Path:
    """Return the file with the choices that it offers in comments."""
    text = FILE.read_text().replace("# IAM_FDW", "IAM_FDW").replace("# user:", "user:").replace("# - ~", "- ~")
    text = text.replace("# AWS_SHARED", "AWS_SHARED").replace("# secrets:", "secrets:").replace("# aws:", "aws:")
    file = tmp_path / "compose.yaml"
    file.write_text(text.replace("[postgres, reader] # aws", "[postgres, reader, aws]"))
    return file


def test_keys_are_read_from_a_secret(gateway: str, secrets: Path, tmp_path: Path) -> None:
    keys = f"aws_access_key_id = AKIA{ACCOUNT}\naws_secret_access_key = secret/of/{ACCOUNT}\n"
    (secrets / "aws").write_text(f"[default]\n{keys}")
    text = (
        uncommented(tmp_path).read_text().replace('    user: "1000:1000"\n', "").replace("      - ~/.aws", "      # -")
    )
    text = re.sub("^ *IAM_FDW_ROLE_ARN.*\n", "", text, flags=re.MULTILINE)
    (tmp_path / "compose.yaml").write_text(text)
    with Emulator(gateway) as aws:
        aws.account(ACCOUNT, next_report=lambda: csv(root(), user("alice")))
        override = tmp_path / "override.yaml"
        override.write_text(f"services: {{db: {{environment: {{IAM_FDW_ENDPOINT_URL: '{aws.url}'}}}}}}")
        compose("up", "--detach", "--wait", files=(tmp_path / "compose.yaml", override))
        with reader(Container("iam_fdw_test-db-1")) as session:
            assert session.execute("select count(*) from aws_iam_credential_report").fetchone() == (2,)
        assert {request.access_key_id for request in aws.requests} == {f"AKIA{ACCOUNT}"}
    assert f"secret/of/{ACCOUNT}" not in docker("inspect", "iam_fdw_test-db-1")


def test_the_choices_that_the_file_offers_are_valid(tmp_path: Path) -> None:
    config = json.loads(compose("--profile", "*", "config", "--format", "json", files=(uncommented(tmp_path),)))
    assert {one["source"] for one in config["services"]["snapshots"]["secrets"]} == {"aws"}
    assert {one["source"] for one in config["services"]["db"]["secrets"]} == {"postgres", "reader", "aws"}
    service = config["services"]["db"]
    assert service["user"] == "1000:1000"
    assert service["environment"]["IAM_FDW_ROLE_ARN"].endswith(":role/auditor")
    assert {volume["target"] for volume in service["volumes"]} == {
        "/var/lib/postgresql/data",
        "/var/lib/postgresql/.aws",
        "/snapshots",
    }
