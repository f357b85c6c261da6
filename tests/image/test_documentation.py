"""docs/docker.md and the README: their commands run, and their figures hold."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from support.server import SLOWNESS, TREE

from .conftest import IMAGE, PASSWORD, Container, Run, docker

PAGE = (TREE / "docs" / "docker.md").read_text()
BLOCKS: list[str] = re.findall(r"^```(?:sh)?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def block(part: str) -> str:
    """Return the one block that has a part."""
    (found,) = [text for text in BLOCKS if part in text]
    return found


def shell(script: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_image_is_built_as_the_page_says() -> None:
    shell(block("docker build --tag iam_fdw --file docker/Dockerfile ."), TREE)


def test_the_demo_is_started_as_the_page_says(tmp_path: Path) -> None:
    shutil.copytree(TREE / "docker", tmp_path / "docker", ignore=shutil.ignore_patterns("secrets"))
    environment = {"COMPOSE_PROJECT_NAME": "iam_fdw_test", "PORT": "54329", "PGPORT": "54329"}
    shell(f"umask 077\n{block('mkdir -m 0700')}", tmp_path)
    output = shell(block("up --detach --wait demo"), tmp_path, **environment)
    assert "<root_account>" in output
    assert "(8 rows)" in output
    assert docker("ps", "--quiet", "--filter", "name=iam_fdw_test") == ""


def test_tls_alone_is_let_in_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "tls.sh").write_text(block("hostssl"))
    certificate = ["-subj", "/CN=localhost", "-out", "server.crt", "-keyout", "server.key"]
    subprocess.run(["openssl", "req", "-new", "-x509", "-nodes", *certificate], cwd=tmp_path, check=True)
    (tmp_path / "server.key").chmod(0o600)
    for path in (tmp_path, *tmp_path.iterdir()):
        os.chown(path, 999, 999)
    script = block("ssl=on").replace("/etc/iam_fdw:", f"{tmp_path}:").replace("5432:5432", "127.0.0.1::5432")
    script = script.replace("--name iam_fdw ", "--name iam_fdw_test-tls ").replace(
        "iam_fdw:/var", "iam_fdw_test-tls:/var"
    )
    try:
        shell(script, tmp_path, POSTGRES_PASSWORD=PASSWORD)
        container = Container("iam_fdw_test-tls")
        end = time.monotonic() + 30 * SLOWNESS
        while True:
            try:
                container.connect(sslmode="require").close()
                break
            except (psycopg.OperationalError, ValueError):
                assert time.monotonic() < end, container.logs
                time.sleep(0.1)
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            container.connect(sslmode="disable")
    finally:
        docker("rm", "--force", "iam_fdw_test-tls")
        docker("volume", "rm", "iam_fdw_test-tls")


def test_the_figures_of_the_readme_hold(run: Run, volume: str, capsys: pytest.CaptureFixture[str]) -> None:
    size, base = (
        int(docker("image", "inspect", "--format", "{{.Size}}", name)) for name in (IMAGE, "debian:trixie-slim")
    )
    seconds = []
    container = None
    for _ in range(2):
        start = time.monotonic()
        container = run("demo", options=("--volume", f"{volume}:/var/lib/postgresql/data")).ready()
        with container.connect() as admin:
            assert admin.execute("select count(*) from iam_check_user_mfa").fetchone() == (8,)
            seconds.append(time.monotonic() - start)
            memory = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", container.name)
        docker("stop", container.name)
    with capsys.disabled():
        print(f"\nimage {size / 1e6:.0f} MB, of which {base / 1e6:.0f} MB Debian; first answer {seconds[0]:.1f} s after"
              f" the first start, {seconds[1]:.1f} s after the next; memory {memory}")  # fmt: skip
    figures = re.search("takes ([0-9]+) MB, of which Debian is ([0-9]+) MB", (TREE / "README.md").read_text())
    assert figures is not None
    assert size / 1e6 < int(figures[1]) * 1.05
    assert base / 1e6 < int(figures[2]) * 1.1
    assert seconds[0] < 10 * SLOWNESS
    assert seconds[1] < 8 * SLOWNESS
    assert float(memory.split("MiB")[0]) < 150
