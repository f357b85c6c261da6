"""minicorn/sql against minicorn/expected, by PostgreSQL's own pg_regress."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from support.server import TREE, Server, pg_config

MINICORN = TREE / "minicorn"


@pytest.mark.parametrize("script", sorted(path.stem for path in (MINICORN / "sql").glob("*.sql")))
def test_script(script: str, server: Server, tmp_path: Path) -> None:
    """A script prints what is expected of it."""
    command = [
        str(pg_config("pgxs").parent.parent / "test" / "regress" / "pg_regress"),
        f"--bindir={pg_config('bindir')}",
        f"--inputdir={MINICORN}",
        f"--outputdir={tmp_path}",
        f"--host={server.host}",
        f"--port={server.port}",
        "--user=postgres",
        f"--dbname=regress_{script}",
        "--encoding=UTF8",
        "--no-locale",
        script,
    ]
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "PGCLIENTENCODING": "UTF8"},
    )
    keep = os.environ.get("KEEP_RESULTS")
    if keep:
        (Path(keep) / f"{script}.out").write_bytes((tmp_path / "results" / f"{script}.out").read_bytes())
    diffs = tmp_path / "regression.diffs"
    assert ran.returncode == 0, diffs.read_text() if diffs.exists() else ran.stdout + ran.stderr
