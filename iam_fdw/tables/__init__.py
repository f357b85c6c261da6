"""The foreign tables, declared here and nowhere else: one file a table, or family.

IMPORT FOREIGN SCHEMA, the order of the values in a row, the SQL that has these columns (iam_fdw.generate), and the
documentation are made from these lists. An existing installation gets a new column as the last of its table: declare it
last, too.
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
]

# Each is followed by its status table.
_API_TABLES: tuple[ApiTable, ...] = (ACCOUNT_SUMMARY,)

# In the order of IMPORT FOREIGN SCHEMA.
TABLES: tuple[Table, ...] = (
    *credential_report.TABLES,
    *(one for table in _API_TABLES for one in (table, ApiStatus(table))),
)
