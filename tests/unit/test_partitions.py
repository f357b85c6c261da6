"""The partitions of AWS."""

from __future__ import annotations

import pytest

from iam_fdw import partitions


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("eu-central-1", "aws"),
        ("us-gov-east-1", "aws-us-gov"),
        ("cn-northwest-1", "aws-cn"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_the_partition_of_a_region(region: str, partition: str) -> None:
    assert partitions.of_region(region) == partition


def test_the_region_of_iam_is_in_its_partition() -> None:
    for partition, region in partitions.IAM_REGIONS.items():
        assert partitions.of_region(region) == partition
