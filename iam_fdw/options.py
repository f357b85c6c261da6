"""The options of server, user mapping and table as a scan uses them: read and checked again, whatever has set them.

iam_fdw.declared_options declares them. PostgreSQL's validator alone knows the place of an option and who sets it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple, Optional

from iam_fdw import durations, errcodes
from iam_fdw.declared_options import OPTIONS as OPTIONS
from iam_fdw.declared_options import ORGANIZATION as ORGANIZATION
from iam_fdw.declared_options import S3_SCHEME as S3_SCHEME
from iam_fdw.declared_options import SELF as SELF
from iam_fdw.declared_options import Option as Option
from iam_fdw.errors import Error

_PREFIX = "IAM_FDW_"  # of variables
_BY_NAME = {option.name: option for option in OPTIONS}


class Settings(NamedTuple):
    """The options of a foreign table, its server and its user mapping together; None where one is left out.

    accounts: ids, or SELF or ORGANIZATION alone. max_age: how old a report may be.
    timeout: seconds that AWS may take for an account. cache: whether copies are kept, in cache_dir.
    """

    table: str
    accounts: tuple[str, ...]
    role_session_name: str
    generate: str
    max_age: timedelta
    timeout: float
    concurrency: int
    cache: bool
    on_account_error: str
    exclude_accounts: frozenset[str] = frozenset()
    cache_dir: Optional[str] = None
    role_name: Optional[str] = None
    role_arn: Optional[str] = None
    external_id: Optional[str] = None
    profile: Optional[str] = None
    region: Optional[str] = None
    endpoint_url: Optional[str] = None
    source: Optional[str] = None
    snapshots: Optional[str] = None
    aws_access_key_id: Optional[str] = None
    aws_secret_access_key: Optional[str] = None
    aws_session_token: Optional[str] = None

    def __repr__(self) -> str:
        """Show all but the secrets."""
        shown = self._asdict()
        del shown["aws_secret_access_key"], shown["aws_session_token"]
        return f"Settings({shown})"

    @property
    def role_account_id(self) -> Optional[str]:
        """The account of the role to assume, None without one."""
        return self.role_arn.split(":")[4] if self.role_arn else None


def read(options: Mapping[str, str]) -> Settings:
    """Read the options that an engine passes; what is left out has its default.

    Raises Error for an unknown option and for a bad value, which it does not repeat: it may be a secret.
    """
    values = {option.name: option.default for option in OPTIONS if option.default is not None}
    for name, value in options.items():
        option = _BY_NAME.get(name)
        if option is None:
            if name == "wrapper":  # the engine's own
                continue
            hint = f"Valid options are: {', '.join(_BY_NAME)}."
            raise Error(f'invalid option "{name}"', hint=hint, sqlstate=errcodes.FDW_INVALID_OPTION_NAME)
        if not re.fullmatch(option.pattern, value):
            raise Error(
                f'invalid value for option "{name}"',
                hint=f"Valid is {option.values}.",
                sqlstate=errcodes.FDW_INVALID_ATTRIBUTE_VALUE,
            )
        values[name] = value
    read: dict[str, Any] = {
        **values,
        "accounts": tuple(dict.fromkeys(_list(values["accounts"]))),
        "exclude_accounts": frozenset(_list(values.get("exclude_accounts", ""))),
        "max_age": timedelta(seconds=durations.seconds(values["max_age"])),
        "timeout": durations.seconds(values["timeout"]),
        "concurrency": int(values["concurrency"]),
        "cache": values["cache"] == "on",
    }
    return Settings(**read)


def cache_key_values(settings: Settings) -> list[Optional[str]]:
    """Return the values of the options that are part of the cache key, in the order of OPTIONS; None: left out."""
    return [getattr(settings, option.name) for option in OPTIONS if option.in_cache_key]


def of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the options of the server that variables such as IAM_FDW_ROLE_NAME give; an empty one gives none.

    Raises Error for a variable of that form whose option does not exist. The container has others for its reader.
    """
    names = {f"{_PREFIX}{option.name.upper()}": option.name for option in OPTIONS if option.place == "server"}
    given = {variable: value for variable, value in environment.items() if variable.startswith(_PREFIX) and value}
    for variable in given:
        if variable not in names and not variable.startswith(f"{_PREFIX}READER"):
            hint = f"Valid variables are: {', '.join(names)}."
            raise Error(f'invalid variable "{variable}"', hint=hint, sqlstate=errcodes.FDW_INVALID_OPTION_NAME)
    return {names[variable]: value for variable, value in given.items() if variable in names}


def _list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]
