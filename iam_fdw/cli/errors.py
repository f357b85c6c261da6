"""Errors on the command line, in PostgreSQL's form."""

from __future__ import annotations

from typing import Optional

import click


def failure(message: str, detail: Optional[str] = None, hint: Optional[str] = None) -> click.ClickException:
    """Return the error to raise: primary text, DETAIL and HINT, each on a line of its own."""
    lines = [message]
    lines += [f"DETAIL:  {detail}"] if detail else []
    lines += [f"HINT:  {hint}"] if hint else []
    return click.ClickException("\n".join(lines))
