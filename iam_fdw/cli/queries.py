"""The queries of `iam-fdw check`: the results of a selection, and the report of each account beside them."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from iam_fdw.cli.scope import Selection

ACCOUNT_CHECK = "report_stale"  # has one row for each account, whose columns have the state of the report


class Queries:
    """The queries for a selection.

    schema: that of the installation. columns: those of iam_benchmark_result that are read. check_ids: the checks that
    the selection leaves. statuses: all that a result can have.
    """

    def __init__(
        self,
        schema: str,
        selection: Selection,
        columns: Collection[str],
        check_ids: Collection[str],
        statuses: Collection[str],
    ) -> None:
        self._schema = schema
        self._selection = selection
        self._columns = columns
        self._check_ids = sorted({ACCOUNT_CHECK, *check_ids})
        self._statuses = list(statuses)

    def results(self) -> sql.Composed:
        """Return the query for what is wanted and ACCOUNT_CHECK of each account, in one scan of the reports.

        The last column says whether a row is wanted.
        """
        wanted = self._wanted()
        if self._selection.where:
            # an account that could not be read has no user: a condition on users must not hide it
            wanted += sql.SQL(" and (status = 'error' or {})").format(self._where())
        return sql.SQL(
            "select * from (select {}, {} as is_wanted from ({}) as result where {}) as result"
            " where is_wanted or check_id = {}"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, self._columns)),
            wanted,
            self._rows(),
            self._planned(),
            ACCOUNT_CHECK,
        )

    def possible(self) -> sql.Composed:
        """Return the query for two numbers: results without --where, and rows that match it with any status.

        For the second number each result is tried with each status. A condition such as status = 'alarm' matches no
        result of a clean account, and is correct.
        """
        columns = sql.SQL(", ").join(
            sql.Identifier("other" if name == "status" else "result", name) for name in self._columns
        )
        return sql.SQL(
            "select count(*) / {}, count(*) filter (where {}) from ("
            "select {} from (select * from ({}) as result where {} and {} and status <> 'error') as result"
            " cross join unnest({}::text[]) as other (status)) as result"
        ).format(
            len(self._statuses),
            self._where(),
            columns,
            self._rows(),
            self._planned(),
            self._wanted(),
            self._statuses,
        )

    def _where(self) -> sql.Composed:
        return sql.SQL("((\n{}\n) is true)").format(sql.SQL(self._selection.where))

    def _planned(self) -> sql.Composed:
        """Return the condition on accounts and checks with which PostgreSQL leaves the others out of the plan."""
        condition = sql.SQL("check_id = any ({})").format(self._check_ids)
        if self._selection.account_ids:
            condition += sql.SQL(" and account_id = any ({})").format(list(self._selection.account_ids))
        return condition

    def _wanted(self) -> sql.Composed:
        """Return the condition that is true for wanted results, without that of --where."""
        chosen = self._selection
        condition = sql.Composed([sql.SQL("true")])
        if chosen.check_ids:
            condition += sql.SQL(" and check_id = any ({})").format(list(chosen.check_ids))
        if chosen.severities:
            condition += sql.SQL(" and severity = any ({})").format(list(chosen.severities))
        if chosen.benchmarks:
            condition += sql.SQL(" and control is not null")
        return condition

    def _rows(self) -> sql.Composed:
        """Return the query for all results; with benchmarks, for those of their controls and ACCOUNT_CHECK."""
        if not self._selection.benchmarks:
            return sql.SQL(
                "select null as benchmark, null as control, null as control_title, null::integer as level, result.*"
                " from {} as result"
            ).format(sql.Identifier(self._schema, "iam_check_result"))
        return sql.SQL(
            "select control.benchmark, control.control, control.title as control_title, control.level, verdict.*"
            " from {} as verdict left join {} as control on control.check_id = verdict.check_id"
            " and control.limit_override is not distinct from verdict.limit_override"
            " and control.passes_without_root_password = verdict.passes_without_root_password"
            " and control.benchmark = any ({})"
            " where control.check_id is not null or (verdict.check_id = {}"
            " and verdict.limit_override is null and not verdict.passes_without_root_password)"
        ).format(
            sql.Identifier(self._schema, "iam_verdict"),
            sql.Identifier(self._schema, "iam_benchmark_control"),
            list(self._selection.benchmarks),
            ACCOUNT_CHECK,
        )
