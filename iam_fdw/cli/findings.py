"""Findings in the formats of other tools: AWS Security Finding Format and Open Cybersecurity Schema Framework."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any, Optional

from iam_fdw import __version__
from iam_fdw.cli.results import SEVERITIES, Result, Results
from iam_fdw.partitions import IAM_REGIONS

# https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
_ASFF_STATUS = {"ok": "PASSED", "alarm": "FAILED", "info": "WARNING", "skip": "NOT_AVAILABLE", "error": "NOT_AVAILABLE"}
_ASFF_TYPE = "Software and Configuration Checks/AWS Security Best Practices"
_ASFF_SEVERITY = {severity: severity.upper() for severity in SEVERITIES[:-1]}
# https://schema.ocsf.io/1.5.0/classes/compliance_finding
_OCSF_VERSION = "1.5.0"
_OCSF_SEVERITY = {"info": (1, "Informational"), "low": (2, "Low"), "medium": (3, "Medium"), "high": (4, "High")}
_OCSF_CRITICAL = (5, "Critical")
_OCSF_STATUS = {"ok": (1, "Pass"), "alarm": (3, "Fail"), "info": (2, "Warning"), "skip": (2, "Warning")}
_OCSF_UNKNOWN = (0, "Unknown")


def asff(results: Results) -> Iterator[str]:
    """Yield a list of findings for BatchImportFindings of AWS Security Hub, which takes a hundred at a time."""
    yield "["
    # a finding needs an account; for one whose id is not known there are stderr and the exit code
    yield from json_list(_asff_finding(results, result) for result in results if result.account_id is not None)
    yield "]\n"


def _asff_finding(results: Results, result: Result) -> dict[str, Any]:
    partition, region = _partition(result)
    account, check = result.account_id, results.checks[result.check_id]
    compliance: dict[str, Any] = {"Status": _ASFF_STATUS[result.status]}
    if result.benchmark is not None:
        compliance["RelatedRequirements"] = [f"{results.benchmarks[result.benchmark]}/{result.control}"]
    resource: dict[str, Any] = {"Type": "AwsAccount", "Id": f"AWS::::Account:{account}"}
    if ":user/" in result.resource:
        resource = {
            "Type": "AwsIamUser",
            "Id": result.resource,
            "Details": {"AwsIamUser": {"UserName": result.user_name}},
        }
    severity = "INFORMATIONAL" if result.status == "ok" else _ASFF_SEVERITY.get(result.severity, "INFORMATIONAL")
    return {
        "SchemaVersion": "2018-10-08",
        "Id": _uid(result),
        "ProductArn": f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default",
        "ProductName": "iam_fdw",
        "CompanyName": "iam_fdw",
        "GeneratorId": f"iam_fdw/{result.check_id}",
        "AwsAccountId": account,
        "Types": [_ASFF_TYPE],
        "CreatedAt": time(results.now),
        "UpdatedAt": time(results.now),
        "Severity": {"Label": severity},
        "Title": result.title[:256],
        "Description": result.reason[:1024],
        "ProductFields": _product_fields(results, result),
        "Remediation": {"Recommendation": {"Text": check.remediation[:512]}},
        "Resources": [{**resource, "Partition": partition, "Region": region}],
        "Compliance": compliance,
        "RecordState": "ACTIVE",
    }


def _product_fields(results: Results, result: Result) -> dict[str, str]:
    """Return the scope of a finding. Security Hub takes names of 128 and values of 2,048 characters."""
    given = {**results.settings, **{name: ", ".join(values) for name, values in results.selection.filters().items()}}
    made = time(result.generated_time)
    fields = {"generated_time": made} if made else {}
    return {f"iam_fdw/{name}"[:128]: value[:2048] for name, value in {**fields, **given}.items()}


def ocsf(results: Results) -> Iterator[str]:
    """Yield a list of Compliance Findings."""
    yield "["
    yield from json_list(_ocsf_finding(results, result) for result in results)
    yield "]\n"


def _ocsf_finding(results: Results, result: Result) -> dict[str, Any]:
    partition, region = _partition(result)
    check = results.checks[result.check_id]
    severity_id, severity = _OCSF_SEVERITY.get(result.severity, _OCSF_CRITICAL)
    milliseconds = int(results.now.timestamp() * 1000)
    return {
        "activity_id": 1,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Compliance Finding",
        "class_uid": 2003,
        "type_name": "Compliance Finding: Create",
        "type_uid": 200301,
        "time": milliseconds,
        "severity": severity,
        "severity_id": severity_id,
        "status_code": result.status,
        "status_detail": result.reason,
        "message": result.reason,
        "metadata": {
            "version": _OCSF_VERSION,
            "profiles": ["cloud"],
            "event_code": result.check_id,
            "product": {"name": "iam_fdw", "vendor_name": "iam_fdw", "version": __version__},
        },
        "cloud": {"provider": "AWS", "region": region, "account": _ocsf_account(result)},
        "finding_info": {
            "uid": _uid(result),
            "title": result.title,
            "desc": check.description,
            "created_time": milliseconds,
            "types": [_ASFF_TYPE],
        },
        "compliance": _ocsf_compliance(results, result),
        "remediation": {"desc": check.remediation},
        "unmapped": {
            "generated_time": time(result.generated_time),
            "settings": results.settings,
            "filters": results.selection.filters(),
        },
        "resources": [
            {
                "uid": result.resource,
                "name": result.user_name or "",
                "type": "AwsIamUser" if ":user/" in result.resource else "AwsAccount",
                "cloud_partition": partition,
                "region": region,
            }
        ],
    }


def _ocsf_account(result: Result) -> dict[str, Any]:
    return {
        "uid": result.account_id or "unknown",
        "name": result.account_name or "",
        "type": "AWS Account",
        "type_id": 10,
    }


def _ocsf_compliance(results: Results, result: Result) -> dict[str, Any]:
    status_id, status = _OCSF_STATUS.get(result.status, _OCSF_UNKNOWN)
    return {
        "standards": [results.benchmarks[result.benchmark] if result.benchmark else "iam_fdw"],
        "control": result.control or result.check_id,
        "requirements": [result.control or result.check_id],
        "status_id": status_id,
        "status": status,
        "status_code": result.status,
    }


def _uid(result: Result) -> str:
    """Return an identifier that a finding has in each run."""
    parts = (result.benchmark, result.control, result.check_id, result.account_id, result.resource, result.credential)
    return "/".join(("iam_fdw", *(part for part in parts if part)))


def _partition(result: Result) -> tuple[str, str]:
    """Return the partition of the resource, and the Region of its IAM."""
    found = re.match("arn:([a-z-]+):", result.resource)
    partition = found[1] if found else "aws"
    return partition, IAM_REGIONS.get(partition, IAM_REGIONS["aws"])


def time(moment: Optional[datetime]) -> Optional[str]:
    """Return a time, which has a time zone, in ISO 8601 and UTC; None for None."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def json_list(values: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the elements of a list in JSON, a line each, without the brackets."""
    mark = "\n"
    for value in values:
        yield mark + dumped(value)
        mark = ",\n"
    yield "\n"


def dumped(value: object) -> str:
    """Return a value as a line of JSON in which control characters for terminals are escaped."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else json.dumps(mark)[1:-1] for mark in text)
