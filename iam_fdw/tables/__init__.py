"""The foreign tables, declared here and nowhere else: one file a table, or family.

The option table, IMPORT FOREIGN SCHEMA and the comments in the database are made from this registry.
"""

from __future__ import annotations

from iam_fdw.tables import credential_report
from iam_fdw.tables.account_summary import ACCOUNT_SUMMARY
from iam_fdw.tables.api import ApiStatus, ApiTable
from iam_fdw.tables.base import Column, Table
from iam_fdw.tables.credential_report import CREDENTIAL_REPORT, CREDENTIAL_REPORT_OR_ERROR, CREDENTIAL_REPORT_STATUS

__all__ = [
    "CREDENTIAL_REPORT",
    "CREDENTIAL_REPORT_OR_ERROR",
    "CREDENTIAL_REPORT_STATUS",
    "TABLES",
    "Column",
    "Table",
    "comments",
]

# Each is followed by its status table.
_API_TABLES: tuple[ApiTable, ...] = (ACCOUNT_SUMMARY,)

# In the order of IMPORT FOREIGN SCHEMA.
TABLES: tuple[Table, ...] = (
    *credential_report.TABLES,
    *(one for table in _API_TABLES for one in (table, ApiStatus(table))),
)


def comments() -> str:
    """Return sql/21_comments.sql."""
    lines = ["-- Made by: python3 -m iam_fdw.tables > sql/21_comments.sql"]
    for table in TABLES:
        lines.append(_comment(":table_kind", f':"schema".{table.name}', table.comment))
        lines += [_comment("column", f':"schema".{table.name}.{name}', comment) for name, _, comment in table.columns]
    return "\n".join(lines) + "\n"


def _comment(kind: str, name: str, comment: str) -> str:
    quoted = comment.replace("'", "''")
    return f"comment on {kind} {name} is\n  '{quoted}';"


if __name__ == "__main__":
    print(comments(), end="")
