"""The formats of `iam-fdw check`: each writes results as text, piece by piece."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, Callable
from xml.etree import ElementTree

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iam_fdw.cli import page
from iam_fdw.cli.errors import plain
from iam_fdw.cli.findings import asff, json_list, ocsf, time
from iam_fdw.cli.results import STATUSES, Result, Results, Subject, by_severity, ordered, subject_of

Writer = Callable[[Results], Iterator[str]]

_STYLES = {"ok": "green", "alarm": "bold red", "info": "cyan", "skip": "dim", "error": "bold red"}
_SHOWN = ("error", "alarm", "info")
_MOST = 1000  # findings of a check in Markdown


def _csv(results: Results) -> Iterator[str]:
    yield _csv_line(Result._fields)
    for result in results:
        yield _csv_line([time(value) if isinstance(value, datetime) else value for value in result])


def _csv_line(values: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def _json(results: Results) -> Iterator[str]:
    yield f'{{"now": {json.dumps(time(results.now))}, "results": ['
    yield from json_list({**result._asdict(), "generated_time": time(result.generated_time)} for result in results)
    summary = [{**subject._asdict(), **_counted(counts)} for subject, counts in ordered(results.counts)]
    errors = [*results.errors, *results.unread]
    yield f'], "summary": {_dumped(summary)}, "notes": {_dumped(results.old)}, "errors": {_dumped(errors)}}}\n'


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _table(results: Results) -> Iterator[str]:
    console = Console(
        width=None if sys.stdout.isatty() else 120,
        force_terminal=sys.stdout.isatty(),
        markup=False,
        highlight=False,
        emoji=False,
    )
    shown = by_severity(result for result in results if result.status in _SHOWN)
    with console.capture() as capture:
        if shown:
            console.print(_findings(shown))
            console.print()
        console.print(_summary(results))
        console.print(_total(results))
    yield capture.get()


def _findings(shown: Sequence[Result]) -> Table:
    has_controls = any(result.control is not None for result in shown)
    table = _rich_table(
        "status", "severity", *(["control"] if has_controls else []), "check", "account", "user", "reason"
    )
    for result in shown:
        control = [result.control or ""] if has_controls else []
        table.add_row(
            Text(result.status, _STYLES[result.status]),
            result.severity,
            *control,
            result.check_id,
            result.account_id or "",
            plain(result.user_name or ""),
            plain(result.reason),
        )
    return table


def _summary(results: Results) -> Table:
    has_controls = bool(results.selection.benchmarks)
    table = _rich_table(*(["benchmark", "control"] if has_controls else []), "severity", "check", *STATUSES)
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
        table.add_column(column, overflow="fold", no_wrap=column in ("status", "severity", "account", "control"))
    return table


def _total(results: Results) -> str:
    accounts = f"{len(results.accounts)} account{'' if len(results.accounts) == 1 else 's'}"
    return f"{accounts}: " + ", ".join(f"{count} {status}" for status, count in _counted(results.totals).items())


def _markdown(results: Results) -> Iterator[str]:
    shown = by_severity(result for result in results if result.status in _SHOWN)
    yield f"# IAM credential checks\n\n{_total(results)}, at {_shown_time(results.now)}.\n\n"
    for line in [*results.errors, *results.unread, *results.old]:
        yield f"> **{_escaped(line)}**\n\n"
    yield from _markdown_row("severity", "check", *STATUSES)
    yield "|---|---|" + "---:|" * len(STATUSES) + "\n"
    for subject, counts in ordered(results.counts):
        yield from _markdown_row(subject.severity, _named(subject), *_counted(counts).values())
    findings: dict[Subject, list[Result]] = {}
    for result in shown:
        findings.setdefault(subject_of(result), []).append(result)
    for subject, found in findings.items():
        yield f"\n## {_escaped(_named(subject))}\n\n{_escaped(results.checks[subject.check_id].remediation)}\n\n"
        yield from _markdown_row("status", "account", "user", "reason")
        yield "|---|---|---|---|\n"
        for result in found[:_MOST]:
            yield from _markdown_row(result.status, result.account_id or "", result.user_name or "", result.reason)
        if len(found) > _MOST:
            yield f"\nAnd {len(found) - _MOST} more.\n"


def _named(subject: Subject) -> str:
    return subject.title if subject.control is None else f"{subject.benchmark} {subject.control}: {subject.title}"


def _markdown_row(*values: object) -> Iterator[str]:
    yield "| " + " | ".join(_escaped(str(value)) for value in values) + " |\n"


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, link, mention or HTML of a hostile name gets through."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~>-])", r"\\\1", plain(text)).replace("&", "&amp;").replace("<", "&lt;")
    return escaped.replace("@", "&#64;").replace("://", "&#58;//").replace("www.", "www&#46;")


def _junit(results: Results) -> Iterator[str]:
    cases: dict[Subject, list[Result]] = {}
    for result in results:
        cases.setdefault(subject_of(result), []).append(result)
    root = ElementTree.Element("testsuites", name="iam-fdw check")
    for subject, counts in ordered(results.counts):
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=_xml(_named(subject)),
            tests=str(sum(counts.values())),
            failures=str(counts["alarm"]),
            errors=str(counts["error"]),
            skipped=str(counts["skip"]),
            timestamp=f"{results.now:%Y-%m-%dT%H:%M:%S}",
        )
        for result in cases.get(subject, ()):
            name = f"{result.resource} {result.credential or ''}".strip()
            case = ElementTree.SubElement(suite, "testcase", name=_xml(name), classname=subject.check_id)
            reason = _xml(result.reason)
            if result.status in ("alarm", "error", "skip"):
                kind = {"alarm": "failure", "error": "error", "skip": "skipped"}[result.status]
                sign = ElementTree.SubElement(case, kind, type=result.severity, message=reason)
                if result.status == "alarm":
                    sign.text = results.checks[result.check_id].remediation
            else:
                ElementTree.SubElement(case, "system-out").text = f"{result.status}: {reason}"
    if results.unread:  # a file without tests would pass
        suite = ElementTree.SubElement(root, "testsuite", name="credential reports", tests="1", errors="1")
        case = ElementTree.SubElement(suite, "testcase", name="are read", classname="credential reports")
        ElementTree.SubElement(case, "error", message=_xml("; ".join(results.unread)))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    """Return text without what XML 1.0 cannot hold."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)


def _html(results: Results) -> Iterator[str]:
    shown = by_severity(result for result in results if result.status in _SHOWN)
    yield page.written(results, shown)


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


def _counted(counts: Any) -> dict[str, int]:
    return {status: counts[status] for status in STATUSES}


def _shown_time(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
