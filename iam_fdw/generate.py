"""Write the files of sql/generated/ from their declarations in Python: what `make generate` runs.

    python3 -m iam_fdw.generate           write them
    python3 -m iam_fdw.generate --check   exit with 1 when one of them is not current
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "sql" / "generated"

# Each file, and the function that returns its text.
FILES: dict[str, Callable[[], str]] = {}


def stale() -> list[str]:
    """Return the names of the files that are missing, not current, or no longer generated, in order."""
    present = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.sql")}
    current = {name: text() for name, text in FILES.items()}
    return sorted(name for name in present.keys() | current.keys() if present.get(name) != current.get(name))


def main() -> int:
    """Write the files, or check them; return the exit code."""
    names = stale()
    if "--check" in sys.argv[1:]:
        for name in names:
            print(f"sql/generated/{name} is not current: run make generate", file=sys.stderr)
        return 1 if names else 0
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        path = FOLDER / name
        if name in FILES:
            path.write_text(FILES[name](), encoding="utf-8")
        else:
            path.unlink()
        print(path.relative_to(FOLDER.parent.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
