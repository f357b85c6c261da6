"""What is generated is current, and generators read and write SQL as it is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from iam_fdw import generate
from iam_fdw.generating import text
from iam_fdw.generating.statements import Routine, objects

STATEMENTS = """
create table if not exists :"schema".people (
  name text not null,  -- in full
  born date,
  primary key (name),
  constraint people_born check (born > '1900-01-01')
);
alter table :"schema".people
  add column if not exists city text,
  add column if not exists country text;
create index if not exists people_born on :"schema".people (born);
create foreign table if not exists :"schema".report:suffix (
  city text
) server :"server";
create or replace view :"schema".report as select * from :"schema".report_foreign;
create or replace function :"schema".age_of(person text, since timestamptz default null, out age int, out day int)
  language sql
  stable
as $$ select 1, 2 $$;
create or replace procedure :"schema".rename(people :"schema".people[], new_name text) language sql as $$ select $$;
create or replace view :"schema".older with (security_barrier) as
select
  people.name,
  case when born is null then 'from, no' else concat(name, ', ', born) end as described,
  born
from :"schema".people
where born < '1950-01-01';
comment on column :"schema".older.described is 'The person''s name, and when born';
"""


def test_the_generated_files_are_current() -> None:
    assert generate.stale() == []


def test_a_file_that_is_changed_missing_or_left_over_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    for name, content in generate.texts().items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert generate.stale() == []
    (tmp_path / "01_names.sql").unlink()
    (tmp_path / "21_tables.sql").write_text("changed", encoding="utf-8")
    (tmp_path / "99_left_over.sql").write_text("", encoding="utf-8")
    assert generate.stale() == ["01_names.sql", "21_tables.sql", "99_left_over.sql"]
    monkeypatch.setattr("sys.argv", ["generate", "--check"])
    assert generate.main() == 1
    assert "sql/generated/21_tables.sql is not current: run make generate" in capsys.readouterr().err


def test_what_statements_make_is_read_from_their_text() -> None:
    made = objects([STATEMENTS])
    assert made.foreign_tables == ["report"]
    assert made.tables == {"people": ["name", "born", "city", "country"]}
    assert made.indexes == ["people_pkey", "people_born"]
    assert made.views == {"older": ["name", "described", "born"]}
    assert made.comments == {("older", "described"): "The person's name, and when born"}
    assert made.routines == [
        Routine("function", "age_of", ("text", "timestamptz"), is_read=True),
        Routine("procedure", "rename", (':"schema".people[]', "text"), is_read=False),
    ]


def test_a_routine_is_named_as_grant_and_as_regprocedure_name_it() -> None:
    routine = Routine("function", "age_of", (':"schema".people[]', "timestamptz"), is_read=True)
    assert routine.signature == ':"schema".age_of(:"schema".people[], timestamptz)'
    assert routine.regprocedure == "%1$I.age_of(%1$I.people[],timestamp with time zone)"


def test_a_template_has_its_lists_in_place_of_their_markers() -> None:
    template = "select\n  -- generate: columns\nfrom people"
    assert text.fill(template, {"columns": ["name", "born"]}) == "select\n  name,\n  born\nfrom people"
    with pytest.raises(KeyError):
        text.fill(template, {})
    assert text.literal("it's") == "'it''s'"
