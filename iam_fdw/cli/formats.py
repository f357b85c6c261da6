"""The output formats of `iam-fdw check`: each yields the results as text, in parts."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Callable
from xml.etree import ElementTree

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iam_fdw.cli import page
from iam_fdw.cli.errors import plain
from iam_fdw.cli.findings import asff, dumped, json_list, ocsf, time
from iam_fdw.cli.results import STATUSES, Result, Results, Subject, by_severity, is_of_account, ordered, subject_of

Writer = Callable[[Results], Iterator[str]]

_STYLES = {"ok": "green", "alarm": "bold red", "info": "cyan", "skip": "dim", "error": "bold red"}
_SHOWN = ("error", "alarm", "info")
_MAX_SHOWN = 1000  # findings of a check in Markdown
# A spreadsheet takes text for a formula at the start of a cell, and after a semicolon: that separates cells in locales
# where the comma is the decimal separator, and doubled quotes of CSV do not protect it there. The apostrophe is in the
# list, too, so that a program can remove the added one without doubt.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile("(^|;)(?=[\\s\"]*[=+@'\uff1d\uff0b\uff20\uff0d-])")


def _csv(results: Results) -> Iterator[str]:
    yield from _csv_lines(results, lambda text: _FORMULA.sub(r"\1'", plain(text)))


def raw_csv(results: Results) -> Iterator[str]:
    """Yield CSV with unchanged values. A spreadsheet may take some for formulas."""
    yield from _csv_lines(results, str)


def _csv_lines(results: Results, quoted: Callable[[str], str]) -> Iterator[str]:
    yield _csv_line(Result._fields)
    for result in results:
        values = [time(value) if isinstance(value, datetime) else value for value in result]
        yield _csv_line([quoted(value) if isinstance(value, str) else value for value in values])


def _csv_line(values: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def _json(results: Results) -> Iterator[str]:
    yield f'{{"now": {dumped(time(results.now))}, "settings": {dumped(results.settings)}, '
    yield f'"filters": {dumped(results.selection.filters())}, "results": ['
    yield from json_list({**result._asdict(), "generated_time": time(result.generated_time)} for result in results)
    summary = [{**subject._asdict(), **_counted(counts)} for subject, counts in ordered(results.counts)]
    accounts = [
        {**account._asdict(), "generated_time": time(account.generated_time)} for account in results.accounts.values()
    ]
    yield f'], "accounts": {dumped(accounts)}, "summary": {dumped(summary)}, '
    yield f'"notes": {dumped(results.notes)}, "errors": {dumped(results.problems)}}}\n'


def _table(results: Results) -> Iterator[str]:
    shown = _to_show(results)
    findings = [_findings(results, shown), ""] if shown or results.failed else []
    scope = _rich_table("", "")
    scope.show_header = False
    for name, value in results.scope:
        scope.add_row(plain(name), plain(value))
    yield _printed(*findings, _summary(results), _total(results), "", scope)


def list_checks(results: Results) -> Iterator[str]:
    """Yield the selected checks, with the names that the options and --where use."""
    has_controls = bool(results.selection.benchmarks)
    table = _rich_table(*(["benchmark", "control"] if has_controls else []), "check_id", "severity", "title")
    for subject, _ in ordered(results.counts):
        control = [subject.benchmark or "", subject.control or ""] if has_controls else []
        table.add_row(*control, subject.check_id, subject.severity, subject.title)
    yield _printed(table)


def list_benchmarks(results: Results) -> Iterator[str]:
    """Yield the benchmarks."""
    table = _rich_table("benchmark", "title")
    for benchmark, title in results.benchmarks.items():
        table.add_row(benchmark, title)
    yield _printed(table)


def _printed(*parts: object) -> str:
    console = Console(
        width=None if sys.stdout.isatty() else 120,
        force_terminal=sys.stdout.isatty(),
        markup=False,
        highlight=False,
        emoji=False,
    )
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()


def _to_show(results: Results) -> list[Result]:
    """Return the results for a person: the error of an account is not repeated for each check."""
    return by_severity(result for result in results if result.status in _SHOWN and not is_of_account(result))


def _findings(results: Results, shown: Sequence[Result]) -> Table:
    has_controls = any(result.control is not None for result in shown)
    table = _rich_table(
        "status", "severity", *(["control"] if has_controls else []), "check_id", "account_id", "user_name", "reason"
    )
    error = Text("error", _STYLES["error"])
    for reason, account_id in results.failed.items():
        table.add_row(error, "", *([""] if has_controls else []), "all", account_id or "", "", plain(reason))
    for result in shown:
        control = [result.control or ""] if has_controls else []
        table.add_row(
            Text(result.status, _STYLES[result.status]),
            result.severity,
            *control,
            result.check_id,
            plain(result.account_id or ""),
            plain(result.user_name or ""),
            plain(result.reason),
        )
    return table


def _summary(results: Results) -> Table:
    has_controls = bool(results.selection.benchmarks)
    names = ["benchmark", "control", "severity", "control_title"] if has_controls else ["severity", "title"]
    table = _rich_table(*names, *STATUSES)
    for column in table.columns[-len(STATUSES) :]:
        column.justify = "right"
    for subject, counts in ordered(results.counts):
        control = [subject.benchmark or "", subject.control or ""] if has_controls else []
        numbers = [Text(str(counts[status]), _STYLES[status] if counts[status] else "dim") for status in STATUSES]
        table.add_row(*control, subject.severity, subject.title, *numbers)
    return table


def _rich_table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("status", "severity", "account_id", "control"))
    return table


def _total(results: Results) -> str:
    number, matched = len(results.accounts), len(results.matched)
    accounts = f"{'' if matched == number else f'{matched} of '}{number} account{'' if number == 1 else 's'}"
    return f"{accounts}: " + ", ".join(f"{count} {status}" for status, count in _counted(results.totals).items())


def _markdown(results: Results) -> Iterator[str]:
    shown = _to_show(results)
    yield f"# IAM credential checks\n\n{_total(results)}.\n\n"
    for line in [*results.problems, *results.notes]:
        yield f"> **{_escaped(line)}**\n\n"
    for name, value in results.scope:
        yield f"- {_escaped(name)}: {_escaped(value)}\n"
    yield "\n"
    yield from _markdown_row("severity", "check", *STATUSES)
    yield "|---|---|" + "---:|" * len(STATUSES) + "\n"
    for subject, counts in ordered(results.counts):
        yield from _markdown_row(subject.severity, _named(subject), *_counted(counts).values())
    findings: dict[Subject, list[Result]] = {}
    for result in shown:
        findings.setdefault(subject_of(result), []).append(result)
    for subject, found in findings.items():
        yield f"\n## {_escaped(_named(subject))}\n\n{_escaped(results.checks[subject.check_id].remediation)}\n\n"
        yield from _markdown_row("status", "account_id", "user_name", "reason")
        yield "|---|---|---|---|\n"
        for result in found[:_MAX_SHOWN]:
            yield from _markdown_row(result.status, result.account_id or "", result.user_name or "", result.reason)
        if len(found) > _MAX_SHOWN:
            yield f"\nAnd {len(found) - _MAX_SHOWN} more.\n"


def _named(subject: Subject) -> str:
    return subject.title if subject.control is None else f"{subject.benchmark} {subject.control}: {subject.title}"


def _markdown_row(*values: object) -> Iterator[str]:
    yield "| " + " | ".join(_escaped(str(value)) for value in values) + " |\n"


def _escaped(text: str) -> str:
    """Return text that Markdown shows unchanged: a hostile name cannot add markup, links, mentions or HTML."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~>-])", r"\\\1", plain(text)).replace("&", "&amp;").replace("<", "&lt;")
    return escaped.replace("@", "&#64;").replace("://", "&#58;//").replace("www.", "www&#46;")


def _junit(results: Results) -> Iterator[str]:
    cases: dict[Subject, list[Result]] = {}
    for result in results:
        cases.setdefault(subject_of(result), []).append(result)
    root = ElementTree.Element("testsuites", name="iam-fdw check")
    _add_junit_scope(results, root)
    for subject, counts in ordered(results.counts):
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=plain(_named(subject)),
            tests=str(sum(counts.values())),
            failures=str(counts["alarm"]),
            errors=str(counts["error"]),
            skipped=str(counts["skip"]),
            timestamp=f"{results.now:%Y-%m-%dT%H:%M:%S}",
        )
        for result in cases.get(subject, ()):
            name = f"{result.resource} {result.credential or ''}".strip()
            case = ElementTree.SubElement(suite, "testcase", name=plain(name), classname=subject.check_id)
            reason = plain(result.reason)
            if result.status in ("alarm", "error", "skip"):
                kind = {"alarm": "failure", "error": "error", "skip": "skipped"}[result.status]
                outcome = ElementTree.SubElement(case, kind, type=result.severity, message=reason)
                if result.status == "alarm":
                    outcome.text = results.checks[result.check_id].remediation
            else:
                ElementTree.SubElement(case, "system-out").text = f"{result.status}: {reason}"
    yield '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_junit_scope(results: Results, root: ElementTree.Element) -> None:
    """Add a suite with the scope of the results, and a failing test when results are incomplete."""
    problems = [*results.unread, *([results.impossible] if results.impossible else [])]
    if not results.totals["error"]:  # else each account that could not be read has failing tests
        problems += results.failed
    number = str(int(bool(problems)))
    suite = ElementTree.SubElement(
        root, "testsuite", name="credential reports", tests=number, failures="0", errors=number
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in results.scope:
        ElementTree.SubElement(properties, "property", name=plain(name), value=plain(value))
    if problems:  # CI would accept a file without tests
        case = ElementTree.SubElement(suite, "testcase", name="are read", classname="credential reports")
        ElementTree.SubElement(case, "error", message=plain("; ".join(problems)))


def _html(results: Results) -> Iterator[str]:
    shown = _to_show(results)
    yield page.rendered(results, shown, _total(results))


WRITERS: dict[str, Writer] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
    "html": _html,
    "md": _markdown,
    "junit": _junit,
    "asff": asff,
    "ocsf": ocsf,
}
# These have a line or an object for each result and nothing else, so stderr gets the scope.
WITHOUT_SCOPE = ("csv", "asff", "ocsf")


def _counted(counts: Any) -> dict[str, int]:
    return {status: counts[status] for status in STATUSES}
