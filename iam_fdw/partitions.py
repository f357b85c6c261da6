"""The partitions of AWS: which Regions belong to each, and the Region whose endpoint serves IAM there."""

from __future__ import annotations

# https://docs.aws.amazon.com/general/latest/gr/iam-service.html
IAM_REGIONS = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-north-1",
    "aws-eusc": "eusc-de-east-1",
}
_PREFIXES = {"us-gov-": "aws-us-gov", "cn-": "aws-cn", "eusc-": "aws-eusc"}


def of_region(region: str) -> str:
    """Return the partition of a Region; of one that has no prefix of another partition, aws."""
    return next((partition for prefix, partition in _PREFIXES.items() if region.startswith(prefix)), "aws")
