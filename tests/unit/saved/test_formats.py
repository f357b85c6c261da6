"""What saved reports hold: gzip that is the same each time, and whole."""

from __future__ import annotations

import gzip

import pytest
from support.reports import csv, root

from iam_fdw.errors import Error
from iam_fdw.saved import formats

REPORT = csv(root())


def test_what_is_saved_is_the_same_each_time() -> None:
    assert formats.compress(csv(root())) == formats.compress(csv(root()))


def test_what_is_compressed_is_read_again() -> None:
    assert formats.decompress(formats.compress(REPORT)) == REPORT
    with pytest.raises(Error, match="damaged or cut off"):
        formats.decompress(REPORT)


def test_what_another_zlib_compressed_holds_the_same_report() -> None:
    other = gzip.compress(REPORT, 1, mtime=7)
    assert other != formats.compress(REPORT)
    assert formats.holds(other, REPORT)


@pytest.mark.parametrize(
    "compressed",
    [
        b"",
        REPORT,
        formats.compress(REPORT)[:-1],
        formats.compress(REPORT) + b"x",
        formats.compress(REPORT[:-1]),
        formats.compress(REPORT + b"x"),
    ],
    ids=["empty", "not compressed", "cut off", "longer", "less", "more"],
)
def test_other_content_is_not_that_report(compressed: bytes) -> None:
    assert not formats.holds(compressed, REPORT)
