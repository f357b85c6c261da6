"""The README's examples run as written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from support.server import PYTHON, TREE, Connect, Server, pg_config

README = (TREE / "minicorn" / "README.md").read_text()


def test_statements(database: str, connect: Connect, server: Server, tmp_path: Path) -> None:
    """psql prints what the README shows."""
    (module,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    shown = re.findall(r"```sql\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL)
    assert len(shown) == README.count("```sql") == 2
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (site_packages,) = (tmp_path / "venv").glob("lib/python3.*/site-packages")
    (site_packages / "squares.py").write_text(module)
    connect().execute(f"load 'minicorn'; alter database {database} set minicorn.python = '{tmp_path}/venv/bin/python3'")
    ran = subprocess.run(
        [
            pg_config("bindir") / "psql",
            "-X",
            "-q",
            "-h",
            server.host,
            "-p",
            str(server.port),
            "-U",
            "postgres",
            database,
        ],
        input="".join(script for script, _ in shown),
        text=True,
        capture_output=True,
        check=True,
    )
    assert ran.stderr == ""
    assert ran.stdout.strip("\n") == "\n".join(output for _, output in shown).strip("\n")


def test_setting_of_the_readme_exists(db: psycopg.Connection[Any]) -> None:
    db.execute("load 'minicorn'")
    row = db.execute("select context from pg_settings where name = 'minicorn.python'").fetchone()
    assert row == ("superuser",)
