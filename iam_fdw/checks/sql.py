"""Write the views of the catalogue as SQL: the files of sql/generated/ that iam_check_result and others are made by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import cleandoc
from textwrap import indent
from typing import NamedTuple, Optional

from iam_fdw.checks import CHECKS
from iam_fdw.checks.benchmarks import BENCHMARKS, CONTROLS
from iam_fdw.checks.check import OTHERWISE, Branch, Check

_HEADER = "-- Written by make generate from iam_fdw/checks/: do not edit.\n"

# One scan of the report, whatever the number of checks: each check is an arm of a UNION ALL beside each row of the
# report, in a group with those that judge the same rows. So a row is tested once for whether it is root, for example;
# a condition on check_id, title or severity leaves the other arms out of the plan; and PostgreSQL computes reasons only
# where they are selected. OFFSET 0 has it evaluate "rule" once, and not for each row.
_RESULTS = """
create or replace view :"schema".{name} with (security_barrier) as
select
  judged.check_id,
  judged.title,
  judged.severity,
  case when exempt.note is null then judged.status else 'skip' end as status,
  coalesce(exempt.note || '. ', '') || judged.reason as reason,
  coalesce(report.user_arn, report.account_id, 'unknown account') as resource,
  report.account_id,
  report.account_name,
  report.user_name,
  judged.credential,
  report.generated_time{more_columns}
from
  (
    select
      setting.now,
      setting.now + interval '1 hour' as latest,
      case
        when :"schema".iam_moment('now') is not null then ' (iam_fdw.now is set)'
        when :"schema".iam_moment('report_at') is not null then ' (iam_fdw.report_at is set)'
        else ''
      end as now_note,
{limits},
      exemption.exemptions
    from
      (
        select
          :"schema".iam_now() as now,
{current_limits}
        from :"schema".iam_setting
      ) as setting
      cross join (
        -- those that last longest first
        select array_agg(exemption order by expires_at desc nulls first, reason, owner) as exemptions
        from :"schema".iam_exemption as exemption
        where expires_at is null or expires_at > :"schema".iam_now()
      ) as exemption
    offset 0
  ) as rule
  cross join :"schema".iam_report_or_error as report
  cross join lateral (
    select
      greatest(
        case when password_last_used <= latest then password_last_used end,
        case when access_key_1_last_used_date <= latest then access_key_1_last_used_date end,
        case when access_key_2_last_used_date <= latest then access_key_2_last_used_date end
      ) as last_use
  ) as used
  cross join lateral (
{groups}
  ) as judged
  cross join lateral (
    select
      case
        when rule.exemptions is not null and judged.status = 'alarm' then
          :"schema".iam_exempt(rule.exemptions, judged.check_id, report.account_id, report.user_name)
      end as note
  ) as exempt;
"""


class _Variant(NamedTuple):
    """How a check is judged: by a limit of benchmarks, or by the setting (None); as where root needs no MFA, or not."""

    limit: Optional[str] = None
    passes_without_root_password: bool = False


class _Arm(NamedTuple):
    """A check as it is judged once, for one access key or, where slot is None, for the user."""

    check: Check
    slot: Optional[int]
    variant: _Variant

    def written(self, text: str) -> str:
        """Return SQL of the entry with its parameters, see Check."""
        setting, own = f"rule.{self.check.setting}", self.variant.limit
        return cleandoc(text).format(
            n=self.slot,
            limit=f"interval {_literal(own)}" if own else setting,
            limit_text=_literal(own) if own else f"{setting}_text",
            ago=':"schema".iam_ago',
        )

    def rows(self) -> str:
        """Return the condition for the rows of the report that it judges."""
        rows = self.written(self.check.judges.rows)
        # an account that could not be read has one result of each check
        return f"{rows}\nor error_message is not null" if self.slot == 1 else rows

    def branches(self) -> Iterator[Branch]:
        """Yield the branches of the rule."""
        if not self.check.judges.has_error_branch:
            yield Branch("error", "error_message is not null", "error_message")
        for branch in self.check.rule:
            if branch.passes_without_root_password in (None, self.variant.passes_without_root_password):
                yield branch._replace(condition=self.written(branch.condition), reason=self.written(branch.reason))

    def query(self, has_benchmarks: bool) -> str:
        """Return the query of the arm."""
        credential = "null::text"
        if self.check.credential:
            credential = f"case when error_message is null then {_literal(self.written(self.check.credential))} end"
        columns = [
            f"{_literal(self.check.check_id)} as check_id",
            f"{_literal(self.check.title)} as title",
            f"{_literal(self.check.severity)} as severity",
            f"{credential} as credential",
        ]
        if has_benchmarks:
            columns += [
                f"{_literal(self.variant.limit)}::interval as limit_override",
                f"{_boolean(self.variant.passes_without_root_password)} as passes_without_root_password",
            ]
        columns += [
            _case([(branch.condition, _literal(branch.status)) for branch in self.branches()]) + " as status",
            _case([(branch.condition, branch.reason) for branch in self.branches()]) + " as reason",
        ]
        return "select\n" + _columns(columns, 2)


def _literal(value: Optional[str]) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _array(values: Iterable[str]) -> str:
    return f"array[{', '.join(_literal(value) for value in values)}]"


def _columns(columns: list[str], spaces: int) -> str:
    return indent(",\n".join(columns), " " * spaces)


def _case(branches: list[tuple[str, str]]) -> str:
    """Return a CASE of conditions and values, of which the last condition is OTHERWISE."""
    lines = []
    for condition, value in branches:
        separator = "\n" if "\n" in condition else " "
        when = "else" if condition == OTHERWISE else f"when{separator}{_indented(condition)}{separator}then"
        lines.append(f"{when} {value}" if len(f"{when} {value}") < 80 else f"{when}\n{indent(value, '  ')}")
    return "case\n" + indent("\n".join(lines), "  ") + "\nend"


def _indented(condition: str) -> str:
    return indent(condition, "  ") if "\n" in condition else condition


def _arms(has_benchmarks: bool) -> dict[str, list[_Arm]]:
    """Return the arms, by the condition for the rows that they judge, in the order of the catalogue."""
    groups: dict[str, list[_Arm]] = {}
    for check in CHECKS:
        variants = {_Variant()}
        if has_benchmarks:
            controls = [control for control in CONTROLS if check.check_id in control.checks]
            variants |= {_Variant(control.limit, control.passes_without_root_password) for control in controls}
        for slot in check.judges.slots or (None,):
            for variant in sorted(variants, key=lambda one: (one.limit or "", one.passes_without_root_password)):
                arm = _Arm(check, slot, variant)
                groups.setdefault(arm.rows(), []).append(arm)
    return groups


def _results(name: str, has_benchmarks: bool) -> str:
    settings = sorted({check.setting for check in CHECKS if check.setting})
    limits, current_limits = [], []
    for setting in settings:
        limits += [f"setting.{setting}", f':"schema".iam_span(setting.{setting}) as {setting}_text']
        current_limits.append(f"max(current_value) filter (where name = '{setting}') as {setting}")
    groups = []
    for rows, arms in _arms(has_benchmarks).items():
        queries = "\nunion all\n".join(arm.query(has_benchmarks) for arm in arms)
        groups.append(f"select judged.*\nfrom (\n{indent(queries, '  ')}\n) as judged\nwhere\n{indent(rows, '  ')}")
    more = ["judged.limit_override", "judged.passes_without_root_password"] if has_benchmarks else []
    return _HEADER + _RESULTS.format(
        name=name,
        more_columns="".join(f",\n  {column}" for column in more),
        limits=_columns(limits, 6),
        current_limits=_columns(current_limits, 10),
        groups=indent("\nunion all\n".join(groups), "    "),
    )


def _values(name: str, columns: str, rows: list[list[str]], known: str = "", more: str = "") -> str:
    """Return a view of constants. known: the columns of the rows, where they differ. more: what else is in its FROM."""
    written = ",\n".join("(\n" + _columns(row, 2) + "\n)" for row in rows)
    return (
        f'{_HEADER}\ncreate or replace view :"schema".{name} as\nselect\n{_columns(columns.split(), 2)}\nfrom (\n'
        f"  values\n{indent(written, '    ')}\n) as known ({', '.join((known or columns).split())}){more};\n"
    )


def check_view() -> str:
    """Return the view iam_check."""
    columns = "check_id title description severity remediation setting"
    return _values("iam_check", columns, [[_literal(getattr(c, name)) for name in columns.split()] for c in CHECKS])


def benchmark_view() -> str:
    """Return the view iam_benchmark."""
    return _values("iam_benchmark", "benchmark title", [[_literal(text) for text in one] for one in BENCHMARKS.items()])


def control_view() -> str:
    """Return the view iam_benchmark_control.

    It has a row of constants for each control, and not for each of its numbers: for a condition on the benchmark, the
    planner would expect one row of these, and scan the report in a nested loop.
    """
    rows = [
        [
            _literal(control.title),
            str(control.level or "null"),
            _array(control.checks),
            f"interval {_literal(control.limit)}" if control.limit else "null",
            _boolean(control.passes_without_root_password),
            _array(control.numbers),
            _array(control.numbers.values()),
        ]
        for control in CONTROLS
    ]
    return _values(
        "iam_benchmark_control",
        "benchmark control title level check_id limit_override passes_without_root_password",
        rows,
        known="title level check_ids limit_override passes_without_root_password benchmarks controls",
        more="\n  cross join lateral unnest(benchmarks, controls) as numbered (benchmark, control)"
        "\n  cross join lateral unnest(check_ids) as check_id",
    )


def result_view() -> str:
    """Return the view iam_check_result: every check by the settings."""
    return _results("iam_check_result", has_benchmarks=False)


def verdict_view() -> str:
    """Return the view iam_verdict: every check by the settings, and by each limit of a benchmark."""
    return _results("iam_verdict", has_benchmarks=True)


def exemption_function() -> str:
    """Return the function iam_validate_exemption(), which knows the checks."""
    known = _columns([_literal(check.check_id) for check in CHECKS], 4)
    return f"""{_HEADER}
-- It has a list of the checks, as the role that inserts an exemption may be one that may not read iam_check. The schema
-- is on the path for iam_nearest(), which is called with its exact types. Others may create objects there: all else is
-- qualified, or an exact match in pg_catalog.
create or replace function :"schema".iam_validate_exemption() returns trigger
  language plpgsql
  set search_path = pg_catalog, :"schema", pg_temp
  set standard_conforming_strings = on  -- whatever the session's is when PL/pgSQL first reads the function
as $$
declare
  known constant text[] := array[
{known}
  ];
  nearest text;
begin
  if exists (select from pg_catalog.unnest(known) as check_id where check_id like new.check_id) then
    return null;
  end if;
  nearest := iam_nearest(pg_catalog.replace(new.check_id, '\\', ''), known);
  raise exception 'no check matches "%"', new.check_id using
    errcode = 'check_violation',
    hint = case
      when nearest is null then 'The view iam_check lists the checks. In a pattern, % is any text.'
      else 'Perhaps you meant "' || nearest || '".'
    end;
end
$$;
comment on function :"schema".iam_validate_exemption() is
  'Refuses an exemption whose check_id matches no check, such as a misspelled one: it would have no effect';
"""
