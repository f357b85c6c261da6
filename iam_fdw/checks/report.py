"""Checks of the report itself."""

from __future__ import annotations

from iam_fdw.checks.check import OTHERWISE, REPORT, Check, alarm, error, ok, skip

REPORT_STALE = Check(
    "report_stale",
    title="The credential report is up to date",
    severity="medium",
    description=(
        "Every other check judges by the report: what happened since it was made is not in it. AWS makes at most one "
        "in four hours."
    ),
    remediation=(
        "Let the option generate be auto, and the caller have iam:GenerateCredentialReport; or save reports more often."
    ),
    setting="report_max_age",
    judges=REPORT,
    rule=(
        alarm("error_code in ('ReportNotPresent', 'ReportExpired')", "error_message"),
        error("error_message is not null", "error_message"),
        skip("generated_time is null", "'It is not known when the report was made'"),
        # expected where the user has set another now
        skip(
            "generated_time > latest and now_note <> ''",
            "'The report was made ' || {ago}(generated_time, now) || now_note",
        ),
        error("generated_time > latest", "'The report was made ' || {ago}(generated_time, now)"),
        alarm(
            "now - generated_time > {limit}",
            """
            'The report was made ' || {ago}(generated_time, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
        ok(
            OTHERWISE,
            """
            'The report was made ' || {ago}(generated_time, now, {limit})
              || '; the limit is ' || {limit_text}
            """,
        ),
    ),
)
