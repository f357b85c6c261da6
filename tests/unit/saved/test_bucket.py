"""Reading from S3: an object that cannot be read is the error of its account, and hides no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from support.emulator import Emulator, Reply
from support.reports import ACCOUNT
from support.snapshots import BUCKET, MADE, OTHER, key, put_object, run

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.saved import files
from iam_fdw.saved.bucket import Bucket
from iam_fdw.workers import Deadline


def changed(content: bytes) -> Reply:
    """Answer with an object whose bytes are not those of its checksum."""
    headers = {"x-amz-checksum-sha256": f"{'A' * 43}="}
    return Reply("body", body=content, content_type="application/octet-stream", headers=headers)


def test_an_object_that_is_not_that_of_its_checksum_hides_no_other(emulator: Emulator, keys: dict[str, bytes]) -> None:
    for one in (ACCOUNT, OTHER):
        put_object(keys, one, MADE)
    emulator.always_of_key[key(OTHER, MADE)] = changed(keys[key(OTHER, MADE)])
    settings = options.read({"source": BUCKET, "endpoint_url": emulator.url})
    results = {result.account_id: result.error for result in files.newest(settings, None, (), lambda: False)}
    assert results.keys() == {ACCOUNT, OTHER}
    assert results[ACCOUNT] is None
    error = results[OTHER]
    assert error is not None
    assert (error.message, error.sqlstate) == ("AWS gave an answer that is not understood", "08P01")
    assert error.detail is not None
    assert "FlexibleChecksumError" in error.detail


def test_an_object_that_cannot_be_compared_hides_no_other(emulator: Emulator, keys: dict[str, bytes]) -> None:
    run(emulator, BUCKET)
    emulator.has_checksums = False
    emulator.always_of_key[key(OTHER, MADE)] = changed(keys[key(OTHER, MADE)])
    done = run(emulator, BUCKET)
    assert done.exit_code == 2
    assert "0 saved, 1 unchanged, 1 errors." in done.stdout
    assert f"Error: account {OTHER}: AWS gave an answer that is not understood." in done.stderr


@pytest.mark.parametrize("answer", [{}, {"Body": None}, {"ContentLength": 1}, {"ContentLength": 1, "Body": None}])
def test_an_answer_without_length_or_body_is_an_error(answer: Mapping[str, object]) -> None:
    class Client:
        def account(self, _: object, __: object, work: Any) -> Any:
            return work(lambda *_, **__: answer)

    with pytest.raises(Error, match="not understood"):
        Bucket(Client(), BUCKET).read("a", Deadline(1))  # type: ignore[arg-type]
