"""SQL that is made from the declarations of options and tables: validator, foreign tables, history, comments."""

from __future__ import annotations

from pathlib import Path

from iam_fdw.declared_options import NEEDS, OPTIONS, UNUSED_WITH_FILES, UNUSED_WITH_SOURCE
from iam_fdw.generating.text import comment_on, fill, head, lines, literal
from iam_fdw.tables import TABLES
from iam_fdw.tables.credential_report import CREDENTIAL_REPORT, CREDENTIAL_REPORT_OR_ERROR, CREDENTIAL_REPORT_SNAPSHOT

_TEMPLATES = Path(__file__).parent.parent.parent / "sql" / "templates"
# Columns of the report that are no part of the state of a user, which iam_history records.
_NO_STATE = ("account_id", "user_name", "generated_time", "account_name", "error_code", "error_message")
_STATE = [column for column in CREDENTIAL_REPORT_OR_ERROR.columns if column.name not in _NO_STATE]
# The columns of the report at a moment that are not those of iam_history.
_PAST = {
    "generated_time": "report.generated_time",
    "account_name": "account.account_name",
    "error_code": "null",
    "error_message": "null",
}


def validator() -> str:
    """Return the function that checks the options."""
    options = [
        (option.name, option.place, "superusers" if option.superuser else "all", option.pattern, option.values)
        for option in OPTIONS
    ]
    return _filled(
        "11_validator.sql",
        options=[f"[{', '.join(map(literal, option))}]" for option in options],
        needs=[f"[{literal(need.option)}, {literal(' or '.join(need.others))}]" for need in NEEDS],
        unused_with_source=[literal(name) for name in UNUSED_WITH_SOURCE],
        unused_with_files=[literal(name) for name in UNUSED_WITH_FILES],
    )


def tables() -> str:
    """Return the foreign tables; those that are there get the columns that they do not have."""
    made = [head("iam_fdw/tables/")]
    for table in TABLES:
        columns = [f"{column.name} {column.type}" for column in table.columns]
        made.append(
            f'create foreign table if not exists :"schema".{table.name}:suffix (\n{lines(columns)}\n)\n'
            f'  server :"server"\n  options (table {literal(table.name)});\n'
            f'alter foreign table :"schema".{table.name}:suffix\n'
            + lines([f"add column if not exists {column}" for column in columns])
            + ";\n"
        )
    views = [
        f'create or replace view :"schema".{table.name} with (security_barrier) as\n'
        f'select * from :"schema".{table.name}_foreign offset 0;\n'
        + comment_on(f'foreign table :"schema".{table.name}_foreign', f"What the view {table.name} reads")
        for table in TABLES
    ]
    return "\n".join([*made, "\\if :is_multicorn", *views, "\\endif\n"])


def comments() -> str:
    """Return the comments of the tables that users select from, which are views on Multicorn."""
    made = [head("iam_fdw/tables/")]
    for table in TABLES:
        made.append(comment_on(f':table_kind :"schema".{table.name}', table.comment))
        made += [comment_on(f'column :"schema".{table.name}.{name}', comment) for name, _, comment in table.columns]
    return "".join(made)


def history_columns() -> str:
    """Return the columns of iam_history that are those of a state; a table that is there gets those that it has not."""
    columns = [f"add column if not exists {column.name} {column.type}" for column in _STATE]
    return f'{head("iam_fdw/tables/")}alter table :"schema".iam_history\n{lines(columns)};\n'


def record_reports() -> str:
    """Return the function that records reports."""
    return _filled("37_record_reports.sql", state=[column.name for column in _STATE])


def record_reports_multicorn() -> str:
    """Return the same for Multicorn: there the foreign table of saved reports has another name."""
    name = CREDENTIAL_REPORT_SNAPSHOT.name
    return record_reports().replace(f"from {name}\n", f"from {name}_foreign\n")


def report_at() -> str:
    """Return the function that shows the reports of the past, and the views over those of then or now."""
    columns = [column.name for column in CREDENTIAL_REPORT_OR_ERROR.columns]
    return _filled(
        "38_report_at.sql",
        past=[_PAST.get(name, f"history.{name}") for name in columns],
        report=[column.name for column in CREDENTIAL_REPORT.columns],
        report_or_error=columns,
    )


def _filled(template: str, **lists: list[str]) -> str:
    return head(f"sql/templates/{template}") + fill((_TEMPLATES / template).read_text(encoding="utf-8"), lists)
