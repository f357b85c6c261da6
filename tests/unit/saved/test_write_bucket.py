"""Saving reports to S3: against the emulator with its faults."""

from __future__ import annotations

import gzip
import threading
import time
from typing import Callable

import pytest
from support.emulator import Emulator, Reply, body, cut, endless, hang, lost, reset, s3_error, slow
from support.reports import ACCOUNT
from support.server import SLOWNESS
from support.snapshots import BUCKET, DAMAGES, MADE, OTHER, key, run

from iam_fdw.saved import write
from iam_fdw.saved.names import snapshot_name
from iam_fdw.workers import CancelledError


def test_each_account_is_saved_as_aws_gave_it_and_once(emulator: Emulator, keys: dict[str, bytes]) -> None:
    done = run(emulator, BUCKET)
    assert done.exit_code == 0, done.output
    assert "2 saved, 0 unchanged, 0 errors." in done.stdout
    assert f"s3://archive/{key(ACCOUNT, MADE)}" in done.stdout
    assert {name: gzip.decompress(content) for name, content in keys.items()} == {
        key(one, MADE): emulator.account(one).report for one in (ACCOUNT, OTHER)
    }
    before = dict(keys)
    done = run(emulator, BUCKET)
    assert done.exit_code == 0
    assert "0 saved, 2 unchanged, 0 errors." in done.stdout
    assert keys == before
    assert {request.parameters["If-None-Match"] for request in emulator.requests if request.action == "PutObject"} == {
        "*"
    }


@pytest.mark.parametrize("has_checksums", [True, False], ids=["checksum", "no checksum"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_object_that_is_damaged_is_an_error_and_left_as_it_is(
    emulator: Emulator, keys: dict[str, bytes], has_checksums: bool, damage: Callable[[bytes], bytes]
) -> None:
    emulator.has_checksums = has_checksums
    run(emulator, BUCKET)
    keys[key(OTHER, MADE)] = damage(keys[key(OTHER, MADE)])
    before = dict(keys)
    done = run(emulator, BUCKET)
    assert done.exit_code == 2
    assert "0 saved, 1 unchanged, 1 errors." in done.stdout
    assert f"Error: account {OTHER}: the saved report is damaged, or another one." in done.stderr
    assert keys == before


def test_what_is_saved_is_compared_by_its_checksum_and_read_where_there_is_none(
    emulator: Emulator, keys: dict[str, bytes]
) -> None:
    run(emulator, BUCKET)
    for has_checksums, heads, gets in ((True, 2, 0), (False, 4, 2)):
        emulator.has_checksums = has_checksums
        done = run(emulator, BUCKET)
        assert (done.exit_code, "0 saved, 2 unchanged, 0 errors." in done.stdout) == (0, True)
        assert (emulator.count("HeadObject"), emulator.count("GetObject")) == (heads, gets)


def test_what_may_not_be_compared_is_an_error(emulator: Emulator, keys: dict[str, bytes]) -> None:
    run(emulator, BUCKET)
    for action in ("HeadObject", "GetObject"):  # S3 answers both by one right
        emulator.always[action] = s3_error("AccessDenied", "Access Denied")
    done = run(emulator, BUCKET)
    assert done.exit_code == 2
    assert "0 saved, 0 unchanged, 2 errors." in done.stdout
    assert done.stderr.count("Allow s3:GetObject to this user or role.") == 2


def test_a_bucket_without_a_prefix(emulator: Emulator, keys: dict[str, bytes]) -> None:
    assert run(emulator, "s3://archive").exit_code == 0
    assert sorted(keys) == [snapshot_name(one, MADE) for one in (ACCOUNT, OTHER)]


def test_two_that_save_at_once_save_once(emulator: Emulator, keys: dict[str, bytes]) -> None:
    emulator.latency = 0.05
    given = {"endpoint_url": emulator.url, "accounts": "organization", "role_name": "audit", "snapshots": BUCKET}
    start, states = threading.Barrier(4), []

    def save() -> None:
        start.wait()
        states.extend([done.state for done in write.save(write.settings_of(given))])

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["saved"] * 2 + ["unchanged"] * 6
    assert len(keys) == 2


@pytest.mark.parametrize(
    "fault",
    [
        reset(),
        cut(),
        slow(0.3),
        s3_error("SlowDown", "Please reduce your request rate.", 503),
        s3_error("ServiceUnavailable", "", 503),
        s3_error("InternalError", "We encountered an internal error.", 500),
        s3_error("RequestTimeout", "", 400),
        body(b"<html>busy</html>", "text/html", 503),
    ],
    ids=["reset", "cut", "slow", "SlowDown", "503", "500", "RequestTimeout", "HTML"],
)
def test_what_passes_is_tried_again(emulator: Emulator, keys: dict[str, bytes], fault: Reply) -> None:
    emulator.script["PutObject"] = [fault]
    done = run(emulator, BUCKET)
    assert done.exit_code == 0, done.output
    assert "errors" in done.stdout
    assert len(keys) == 2


def test_an_answer_that_is_lost_is_no_second_report(emulator: Emulator, keys: dict[str, bytes]) -> None:
    emulator.script["PutObject"] = [lost()]
    done = run(emulator, BUCKET)
    assert done.exit_code == 0, done.output
    assert "1 saved, 1 unchanged, 0 errors." in done.stdout  # of the one, nobody knows whose it is
    assert len(keys) == 2


def test_a_denied_account_hides_no_other_and_a_denied_bucket_says_what_is_missing(
    emulator: Emulator, keys: dict[str, bytes]
) -> None:
    emulator.script["PutObject"] = [s3_error("AccessDenied", "Access Denied")]
    done = run(emulator, BUCKET)
    assert done.exit_code == 2
    assert "1 saved, 0 unchanged, 1 errors." in done.stdout
    assert "AWS denied PutObject" in done.stderr
    assert "s3:PutObject" in done.stderr
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (s3_error("NoSuchBucket", "The specified bucket does not exist", 404), "bucket does not exist"),
        (s3_error("InvalidAccessKeyId", "no such key"), "AWS refused the credentials"),
        (s3_error("PermanentRedirect", "The bucket is in this Region: eu-west-1", 301), "PermanentRedirect"),
        (s3_error("NotImplemented", "If-None-Match", 501), "NotImplemented"),
    ],
    ids=["bucket", "credentials", "Region", "no conditional writes"],
)
def test_what_stays_is_an_error_for_each(
    emulator: Emulator, keys: dict[str, bytes], fault: Reply, expected: str
) -> None:
    emulator.always["PutObject"] = fault
    done = run(emulator, BUCKET)
    assert done.exit_code == 2
    assert "0 saved, 0 unchanged, 2 errors." in done.stdout
    assert done.stderr.count(expected) == 2, done.stderr
    assert keys == {}


def test_a_store_that_never_answers_for_headers_ends_at_twice_the_timeout(emulator: Emulator) -> None:
    emulator.always["PutObject"] = endless("continue")
    started = time.monotonic()
    done = run(emulator, BUCKET, "--option", "timeout=1 second")
    assert time.monotonic() - started < 6 * SLOWNESS
    assert done.exit_code == 2
    assert "AWS did not answer in 1 s" in done.stderr


def test_a_bucket_that_never_answers_ends_with_the_timeout(emulator: Emulator, keys: dict[str, bytes]) -> None:
    emulator.always["PutObject"] = hang()
    start = time.monotonic()
    done = run(emulator, BUCKET, "--option", "timeout=2 seconds")
    assert done.exit_code == 2
    assert "AWS did not answer in 2 s" in done.stderr
    assert time.monotonic() - start < 8 * SLOWNESS
    assert keys == {}


def test_a_cancel_is_seen_while_a_bucket_does_not_answer(emulator: Emulator) -> None:
    emulator.always["PutObject"] = hang()
    settings = write.settings_of({"endpoint_url": emulator.url, "snapshots": BUCKET, "timeout": "1 hour"})
    with pytest.raises(CancelledError):
        list(write.save(settings, lambda: emulator.count("PutObject") > 0))
    assert emulator.count("PutObject") == 1


def test_reports_are_read_and_saved_by_one_client(emulator: Emulator, keys: dict[str, bytes]) -> None:
    given = {"endpoint_url": emulator.url, "snapshots": BUCKET, "role_arn": f"arn:aws:iam::{OTHER}:role/audit"}
    (saved,) = write.save(write.settings_of(given))
    assert (saved.account_id, saved.uri) == (OTHER, f"s3://archive/{key(OTHER, MADE)}")
    assert list(keys) == [key(OTHER, MADE)]
    assert emulator.count("AssumeRole") == 1
