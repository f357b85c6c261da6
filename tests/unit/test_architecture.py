"""Imports go the way that docs/architecture.md says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "iam_fdw"
# Each module or folder of the package, or library, and where it may be imported.
USERS = {
    "boto3": ("live/",),
    "botocore": ("live/",),
    "click": ("cli/",),
    "iam_fdw.cli": ("cli/",),
    "iam_fdw.fdw": (),
    "iam_fdw.saved": ("aws_lambda.py", "cli/", "saved/", "tables/"),
    "multicorn": ("conditions.py", "engine.py", "fdw.py"),
    "psycopg": ("cli/",),
    "urllib3": ("live/",),
}


def imported(path: Path) -> set[str]:
    """Return the names of modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("module", USERS)
def test_a_module_is_imported_only_where_the_page_says(module: str) -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(name == module or name.startswith(f"{module}.") for name in imported(path))
    }
    assert [user for user in sorted(users) if not user.startswith(USERS[module])] == []
