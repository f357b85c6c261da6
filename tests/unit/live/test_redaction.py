"""What errors show of others' text, and what a database of another encoding than UTF8 can hold."""

from __future__ import annotations

import base64
import time
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_fdw import text
from iam_fdw.errors import Error
from iam_fdw.live.redaction import Secrets, without_paths


@given(st.text("abcXYZ019/+=_-", min_size=8, max_size=60), st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_is_hidden_wherever_it_stands_in_base64(secret: str, before: bytes, after: bytes) -> None:
    secrets = Secrets()
    secrets.add(secret)
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    shown = secrets.hidden(f"{encoded} {secret}")
    assert secret not in shown
    inner = len(secret) * 8 // 6 - 2  # letters that it shares with nothing else
    assert len(shown.split()[0].replace("***", "")) <= len(encoded) - inner


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        str.upper,
        lambda secret: secret[:-1],
        lambda secret: f"{secret[:20]} {secret[20:]}",
        lambda secret: secret.replace("+", " "),
        lambda secret: secret.replace("/", "%252F"),
        lambda secret: secret.replace("/", "\\u002f"),
    ],
)
def test_a_secret_is_hidden_though_some_of_it_is_changed(change: Callable[[str], str]) -> None:
    secrets, secret = Secrets(), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    secrets.add(secret)
    shown = secrets.shown(f"ab {change(secret)} cd {secret[3:18]} ef")
    assert set(shown.split()) == {"ab", "***", "cd", "ef"}


def test_what_is_no_secret_stays() -> None:
    secrets = Secrets()
    secrets.add("hunter2hunter2", "", None, "short")
    message = "User: arn:aws:iam::111122223333:user/a is not authorized to perform: iam:GetCredentialReport (short)"
    assert secrets.shown(f"{message}.") == message


def test_of_many_lines_the_first_is_shown_and_what_a_terminal_would_obey_is_not() -> None:
    assert Secrets().shown(" \x1b[31mred\u202e\tend. \nsecond") == "\\x1b[31mred\\u202e\\tend"
    assert len(Secrets().shown("x" * 5000)) == 1000


def test_of_a_long_text_neither_a_secret_nor_its_beginning_is_shown() -> None:
    secrets, token = Secrets(), "token" * 400
    secrets.add(token)
    assert secrets.shown(f"{token} " * 2000) == "*** " * 8 + "***"
    for number in range(500):
        secrets.add(f"{number:08d}" * 100)
    started = time.process_time()
    assert secrets.shown("x" * 4_000_000) == ""
    assert len(secrets.shown("x " * 2_000_000)) == 999
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://iam.amazonaws.com/", "https://iam.amazonaws.com"),
        ("http://who:p@ss@host:8080/a/b?c=d#e", "http://host:8080"),
        ("http://[::1]:1/a?b", "http://[::1]:1"),
        ("HTTPS://host?a@b", "HTTPS://host"),
    ],
)
def test_a_url_is_shown_as_far_as_its_port(url: str, shown: str) -> None:
    assert without_paths(f'Could not connect to "{url}" now') == f'Could not connect to "{shown}" now'


def test_a_path_without_a_host_is_not_shown() -> None:
    assert "hunter2" not in without_paths("Max retries exceeded with url: /hunter2?a=b (Caused by ...)")


@pytest.mark.parametrize(
    ("name", "holdable"),
    [
        ("UTF8", "a\\x00 \\ud800 \xe9 \u65e5"),
        ("LATIN1", "a\\x00 \\ud800 \xe9 \\u65e5"),
        ("WIN1252", "a\\x00 \\ud800 \xe9 \\u65e5"),
        ("EUC_JP", "a\\x00 \\ud800 \xe9 \u65e5"),
        ("MULE_INTERNAL", "a\\x00 \\ud800 \\xe9 \\u65e5"),
        ("SQL_ASCII", "a\\x00 \\ud800 \\xe9 \\u65e5"),
    ],
)
def test_what_an_encoding_lacks_is_escaped(name: str, holdable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_encoding", lambda: name)
    text._codec.cache_clear()
    try:
        assert text.holdable("a\0 \ud800 \xe9 \u65e5") == holdable
        text.check(b"ascii")
        if "\u65e5" in holdable:
            text.check("\u65e5".encode())
        else:
            with pytest.raises(Error, match="cannot be read in this database"):
                text.check("\u65e5".encode())
    finally:
        text._codec.cache_clear()
