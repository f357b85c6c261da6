"""Redaction: text of others, as an error may show it, without known secrets, control characters and paths of URLs."""

from __future__ import annotations

import base64
import re
import threading
from itertools import chain
from typing import Optional
from urllib.parse import quote, quote_plus, urlsplit

from iam_fdw.text import printable

_INSTEAD = "***"
_SHORTEST = 8  # characters of a secret, and of a part of one: shorter ones occur in many words
_RANDOM = 32  # characters: a secret of as many is random, as AWS's are (40 and more), and no word is a part of it
_LONGEST = 1000  # characters that are shown
_SEARCHED = 20_000  # characters at the beginning of a text: each form of each secret is searched for
_RUN = re.compile(r"[^\s\"'<>,;()\[\]{}]+")  # neither secrets nor their forms have any of these characters
_SIGNATURE = re.compile(r"(Signature=)\w+")
_URL = re.compile(r"\b(https?)://(?:[^\s/?#\"'<>]*@)?([^\s/?#\"'<>@]*)[^\s\"'<>]*", re.IGNORECASE)
_TARGET = re.compile(r"(with url:) \S+")  # as urllib3 writes a path


class Secrets:
    """The secrets of one scan, and text without them. Any thread may call it."""

    def __init__(self) -> None:
        self._forms: dict[str, list[str]] = {}
        self._parts: set[str] = set()
        self._lock = threading.Lock()

    def add(self, *secrets: Optional[str]) -> None:
        """Add secrets, which then are not shown: neither as they are, nor in base64, hexadecimal or a URL."""
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST and secret not in self._forms:
                forms = sorted(_forms(secret), key=len, reverse=True)  # the longest first: it may contain others
                lower = secret.lower() if len(secret) >= _RANDOM else ""
                with self._lock:
                    self._forms[secret] = forms
                    # parts side by side: a text that repeats twice as many characters of the secret has one of them
                    self._parts.update(
                        lower[at : at + _SHORTEST] for at in range(0, len(lower) - _SHORTEST + 1, _SHORTEST)
                    )

    def add_url(self, url: Optional[str]) -> None:
        """Add what may be secret in a URL: all except its scheme, host and port."""
        parts = urlsplit(url or "")
        values = [value.partition("=")[2] for value in parts.query.split("&")]
        self.add(parts.username, parts.password, parts.path.strip("/"), parts.query, *values)

    def hidden(self, text: str) -> str:
        """Return a text without the secrets."""
        if any(len(run) >= _SHORTEST for run in _RUN.findall(text)):
            with self._lock:
                known = list(self._forms.values())
            for form in chain.from_iterable(known):
                text = text.replace(form, _INSTEAD)
            text = _RUN.sub(self._without_part, text)
        return _SIGNATURE.sub(rf"\1{_INSTEAD}", text)

    def _without_part(self, run: re.Match[str]) -> str:
        lower = run[0].lower()
        has_part = any(lower[start : start + _SHORTEST] in self._parts for start in range(len(lower) - _SHORTEST + 1))
        return _INSTEAD if has_part else run[0]

    def shown(self, text: str) -> str:
        """Return the first line of others' text, without the secrets, as an error can show it."""
        text = text.strip().partition("\n")[0]
        if len(text) > _SEARCHED:
            text = text[:_SEARCHED].rpartition(" ")[0]  # the last word may be the beginning of a secret
        return printable(self.hidden(text)[:_LONGEST].rstrip(". "))


def without_paths(text: str) -> str:
    """Return a text whose URLs are cut to scheme, host and port."""
    return _TARGET.sub(r"\1 /...", _URL.sub(r"\1://\2", text))


def _forms(secret: str) -> set[str]:
    data = secret.encode()
    forms = {secret, data.hex(), data.hex().upper(), secret.replace("/", "\\/")}
    for quoted in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        forms |= {quoted, re.sub("%..", lambda match: match[0].lower(), quoted)}
    for before in range(3):  # bytes that may precede it in base64, and change the letters that it shares with them
        encoded = base64.b64encode(bytes(before) + data).decode()
        inner = encoded[(8 * before + 5) // 6 : 8 * (before + len(data)) // 6]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return forms
