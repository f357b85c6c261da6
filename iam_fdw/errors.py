"""The error that a user sees: primary text, DETAIL and HINT in PostgreSQL's style."""

from __future__ import annotations

from typing import Optional

from iam_fdw import errcodes


class Error(Exception):
    """What could not be done, and what to do about it.

    message: short, lower-case, no period. detail, hint: whole sentences, or None. No secrets in any of them.
    sqlstate: five characters, https://www.postgresql.org/docs/current/errcodes-appendix.html
    code: the error code of AWS where it gave one, else the sqlstate.
    state: that of the account in the status tables: missing, denied or error.
    """

    def __init__(
        self,
        message: str,
        detail: Optional[str] = None,
        hint: Optional[str] = None,
        sqlstate: str = errcodes.FDW_ERROR,
        code: Optional[str] = None,
        state: str = "error",
    ) -> None:
        super().__init__(message)
        self.message, self.detail, self.hint, self.sqlstate, self.state = message, detail, hint, sqlstate, state
        self.code = code or sqlstate
