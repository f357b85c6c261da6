"""What an error shows of others' text: without known secrets, control characters and the paths of URLs."""

from __future__ import annotations

import base64
import re
import threading
from itertools import chain
from typing import Optional
from urllib.parse import quote, quote_plus, urlsplit

from iam_fdw.text import printable

_INSTEAD = "***"
_SHORTEST = 8  # characters of a secret, and of a part of one: shorter ones are parts of many words
_RANDOM = 32  # characters from which on no word is a part of a secret: AWS's have 40 and more
_LONGEST = 1000  # characters that are shown
_LOOKED_AT = 20_000  # characters, of which these are the first: each form of each secret is looked for
_RUN = re.compile(r"[^\s\"'<>,;()\[\]{}]+")  # secrets have none of these in them, nor their forms
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
        """Learn secrets: they are shown no more, as they are, in base64, hexadecimal or a URL."""
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST and secret not in self._forms:
                forms = sorted(_forms(secret), key=len, reverse=True)  # the long ones first: others may be in them
                lower = secret.lower() if len(secret) >= _RANDOM else ""
                with self._lock:
                    self._forms[secret] = forms
                    # one after the other: what repeats twice as many characters repeats one of them
                    self._parts.update(
                        lower[at : at + _SHORTEST] for at in range(0, len(lower) - _SHORTEST + 1, _SHORTEST)
                    )

    def add_url(self, url: Optional[str]) -> None:
        """Learn what may be secret in a URL: all but its scheme, host and port."""
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
        if len(text) > _LOOKED_AT:
            text = text[:_LOOKED_AT].rpartition(" ")[0]  # without what may be the beginning of a secret
        return printable(self.hidden(text)[:_LONGEST].rstrip(". "))


def without_paths(text: str) -> str:
    """Return a text whose URLs have no more than scheme, host and port."""
    return _TARGET.sub(r"\1 /...", _URL.sub(r"\1://\2", text))


def _forms(secret: str) -> set[str]:
    data = secret.encode()
    forms = {secret, data.hex(), data.hex().upper(), secret.replace("/", "\\/")}
    for quoted in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        forms |= {quoted, re.sub("%..", lambda match: match[0].lower(), quoted)}
    for before in range(3):  # bytes that may precede it, and change the letters that it shares with them
        encoded = base64.b64encode(bytes(before) + data).decode()
        inner = encoded[(8 * before + 5) // 6 : 8 * (before + len(data)) // 6]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return forms
