"""The package multicorn outside PostgreSQL, as a class's unit tests use it."""

from __future__ import annotations

import logging
from typing import Any

import multicorn
import pytest
from multicorn import ALL, ANY, ColumnDefinition, ForeignDataWrapper, Qual, SortKey, TableDefinition, utils


def test_conditions() -> None:
    assert repr(Qual("a", "=", "x")) == "a = 'x'"
    assert repr(Qual("a", ("=", True), ["x", None])) == "a = ANY(['x', None])"
    assert Qual("a", "=", "x") == Qual("a", "=", "x")
    assert Qual("a", "=", "x") != Qual("a", "=", "y")
    assert len({Qual("a", "=", "x"), Qual("a", "=", "x")}) == 1
    assert not Qual("a", "<", "x").is_list_operator
    assert Qual("a", "<", "x").list_any_or_all is None
    assert Qual("a", ("=", True), []).list_any_or_all is ANY
    assert Qual("a", ("<>", False), []).list_any_or_all is ALL


def test_statements_quote_whatever_they_are_given() -> None:
    column = ColumnDefinition('a"b', type_name="text", options={"o'p": "it's \\ x"})
    table = TableDefinition('t"; drop', columns=[column, ColumnDefinition("n", type_name="int")], options={"k": "v"})
    assert table.to_statement("s", 'x"y') == (
        'CREATE FOREIGN TABLE "s"."t""; drop" ("a""b" text OPTIONS ("o\'p" E\'it\'\'s \\\\ x\'), "n" int)'
        ' SERVER "x""y" OPTIONS ("k" \'v\')'
    )


def test_base_class() -> None:
    instance = ForeignDataWrapper({}, {})
    assert instance.get_rel_size([], {"a"}) == (1000, 20)
    assert instance.get_path_keys() == []
    assert instance.can_sort([SortKey("a", 1, False, False, None)]) == []
    assert instance.can_limit(1, 0) is False
    assert list(instance.explain([], set())) == []
    with pytest.raises(NotImplementedError):
        instance.execute([], set())
    with pytest.raises(NotImplementedError):
        ForeignDataWrapper.import_schema("s", {}, {}, None, [])
    assert set(multicorn.__all__) <= set(dir(multicorn))


def test_messages_go_to_logging(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="multicorn"):
        utils.log_to_postgres("a message", utils.DEBUG)
        utils.log_to_postgres(12, hint="a hint", detail="a detail")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "a message"),
        ("INFO", "12"),
    ]


@pytest.mark.parametrize(("level", "fatal"), [(utils.ERROR, False), (utils.CRITICAL, True)])
def test_errors_are_raised(level: int, fatal: bool) -> None:
    with pytest.raises(utils.PostgresError, match="a message") as caught:
        utils.log_to_postgres("a message", level, hint="a hint", detail="a detail")
    error: Any = caught.value
    assert (error.hint, error.detail, error.fatal, error.sqlstate) == ("a hint", "a detail", fatal, "HV000")


def test_nothing_is_pending() -> None:
    assert not utils.interrupt_pending()
    utils.check_interrupts()
