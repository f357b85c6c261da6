"""Write the files of sql/generated/ from their declarations in Python: what `make generate` runs.

    python3 -m iam_fdw.generate           write them
    python3 -m iam_fdw.generate --check   exit with 1 when one of them is not current

sql/README.md says which file is made from what.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from iam_fdw.checks import sql as checks
from iam_fdw.generating import declared, derived
from iam_fdw.generating.statements import Objects, objects

_SQL = Path(__file__).parent.parent / "sql"
FOLDER = _SQL / "generated"

# Each file that is made from declarations, and the function that returns its text.
FILES: dict[str, Callable[[], str]] = {
    "11_validator.sql": declared.validator,
    "21_tables.sql": declared.tables,
    "22_comments.sql": declared.comments,
    "36_history_columns.sql": declared.history_columns,
    "37_record_reports.sql": declared.record_reports,
    "37_record_reports_multicorn.sql": declared.record_reports_multicorn,
    "38_report_at.sql": declared.report_at,
    "iam_benchmark.sql": checks.benchmark_view,
    "iam_benchmark_control.sql": checks.control_view,
    "iam_check.sql": checks.check_view,
    "iam_check_result.sql": checks.result_view,
    "iam_validate_exemption.sql": checks.exemption_function,
    "iam_verdict.sql": checks.verdict_view,
}
# Each file that is made from the statements of all others.
_DERIVED: dict[str, Callable[[Objects], str]] = {
    "01_names.sql": derived.names,
    "60_comments.sql": derived.shared_comments,
    "91_grants.sql": derived.grants,
}


def texts() -> dict[str, str]:
    """Return the text of each file, as it is to be."""
    made = {name: text() for name, text in FILES.items()}
    written = [path.read_text(encoding="utf-8") for path in sorted(_SQL.glob("*.sql"))]
    found = objects([*made.values(), *written])
    made.update({name: text(found) for name, text in _DERIVED.items()})
    return made


def stale() -> list[str]:
    """Return the names of the files that are missing, not current, or no longer generated, in order."""
    present = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.sql")}
    current = texts()
    return sorted(name for name in present.keys() | current.keys() if present.get(name) != current.get(name))


def main() -> int:
    """Write the files, or check them; return the exit code."""
    names = stale()
    if "--check" in sys.argv[1:]:
        for name in names:
            print(f"sql/generated/{name} is not current: run make generate", file=sys.stderr)
        return 1 if names else 0
    FOLDER.mkdir(exist_ok=True)
    current = texts()
    for name in names:
        path = FOLDER / name
        if name in current:
            path.write_text(current[name], encoding="utf-8")
        else:
            path.unlink()
        print(path.relative_to(_SQL.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
