"""Random classes returning garbage for random tables: rows or an ordinary error, never a crash or a hang."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from support.server import SLOWNESS, Connect

SEED = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(1_000_000_000))
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "10"))
STATEMENT_SECONDS = int(10 * SLOWNESS)
ROUND_SECONDS = int(40 * SLOWNESS)
STATEMENTS = 25

TYPES = {
    "text": ["", "a", "größe"],
    "varchar": ["a", "b"],
    "varchar(2)": ["a", "äö"],
    "char(3)": ["a"],
    "name": ["a"],
    "boolean": ["t", "f"],
    "smallint": ["1"],
    "integer": ["1", "2", "-5"],
    "bigint": ["1", "5000000000"],
    "numeric": ["1.1", "NaN"],
    "numeric(4,2)": ["1.1"],
    "double precision": ["0.5", "infinity"],
    "date": ["2026-11-22", "infinity", "0044-03-15 BC"],
    "timestamptz": ["2026-11-22 10:00:00.5+02", "-infinity", "0044-03-15 00:00:00 BC"],
    "interval": ["1 mon -1 day"],
    "bytea": ["", "\\x00ff"],
    "json": ["{}"],
    "jsonb": ['{"a": [1]}'],
    "uuid": ["00000000-0000-0000-0000-000000000001"],
    "xml": ["<a/>"],
    "integer[]": ["{1,NULL}", "{}", "{{1},{2}}"],
    "text[]": ['{a,"b c",NULL}'],
    "json[]": ["{}"],
    "int4range": ["[1,5)", "empty"],
    "tstzrange": ["(,2026-11-22)"],
    "mood": ["sad", "happy"],
    "pair": ["(1,a)"],
    "positive": ["1", "5"],
    "required": ["a"],
    "moods": ["{sad}"],
}
OPERATORS = ["=", "<>", "<", "<=", ">", ">=", "is distinct from", "~~"]
COLUMN_NAMES = ["c{}", "c{}", "c{}", '"Odd ""Name {}"', '"größe{}"']
SETTINGS = [
    "plan_cache_mode = force_generic_plan",
    "plan_cache_mode = force_custom_plan",
    "plan_cache_mode = auto",
    "enable_hashjoin = off",
    "enable_mergejoin = off",
    "enable_nestloop = off",
    "enable_material = off",
    "force_parallel_mode = on",
    "datestyle = 'SQL, DMY'",
    "timezone = 'Asia/Kolkata'",
    "client_encoding = 'SQL_ASCII'",
    "client_min_messages = debug1",
    "log_min_messages = debug1",
    "work_mem = '64kB'",
]


class Logged(Protocol):
    logfile: str


class Fuzzer:
    """Rounds of statements in one session; the seed of a round determines all of them."""

    def __init__(self, connect: Connect) -> None:
        self.connect = connect
        self.random = random.Random()
        self.columns: list[tuple[str, str]] = []
        self.statements: list[str] = []
        self.fatal = False
        self.rows = self.errors = 0
        self.session()

    def session(self) -> None:
        options = f"-c statement_timeout={STATEMENT_SECONDS}s -c jit=off -c search_path=f,public"
        self.db = self.connect(options=options, prepare_threshold=None)
        self.pid = self.db.info.backend_pid

    def run(self, statement: str) -> None:
        """Run a statement: it must end in rows or in an ordinary error."""
        self.statements.append(statement)
        try:
            self.rows += max(self.db.execute(statement.encode()).rowcount, 0)
        except psycopg.Error as error:
            self.errors += 1
            self.judge(error)

    def judge(self, error: psycopg.Error) -> None:
        """Accept an ordinary error, and the end of the session if the class raised a FATAL."""
        if self.fatal and self.db.broken and error.sqlstate:
            self.session()
            return
        assert not self.db.broken, f"connection lost: {error}"
        assert "statement timeout" not in str(error), f"it took {STATEMENT_SECONDS} s"
        # psycopg decodes what SQL_ASCII has as ASCII
        if self.db.info.encoding == "utf-8":
            assert "\ufffd" not in str(error), f"a message that is not valid: {error}"

    def literal(self, kind: str) -> str:
        if self.random.random() < 0.1:
            return f"null::{kind}"
        value = self.random.choice(TYPES[kind]).replace("'", "''")
        return f"'{value}'::{kind}"

    def column(self) -> tuple[str, str]:
        return self.random.choice(self.columns) if self.columns else ("c0", "integer")

    def other_side(self, kind: str) -> str:
        return self.random.choice(
            [
                self.literal(kind),
                self.literal(kind),
                f"(select {self.literal(kind)})",
                f"(select {self.literal(kind)} where random() < 2)",
                f"coalesce(null, {self.literal(kind)})",
                f"nullif({self.literal(kind)}, null)",
                "now()",
                "1",
                "'1'",
                self.column()[0],
                f"{self.literal(kind)}::text",
            ]
        )

    def condition(self, prefix: str = "") -> str:
        name, kind = self.column()
        name = prefix + name
        form = self.random.randrange(8)
        if form == 0:
            return f"{name} = any (array[{self.literal(kind)}, {self.literal(kind)}])"
        if form == 1:
            return f"{name} in ({self.literal(kind)}, {self.literal(kind)})"
        if form == 2:
            return f"{name} is {self.random.choice(['', 'not'])} null"
        if form == 3:
            return f"{self.literal(kind)} {self.random.choice(OPERATORS)} {name}"
        if form == 4:
            return f"not ({name} {self.random.choice(OPERATORS)} {self.other_side(kind)})"
        if form == 5:
            return f"({self.condition(prefix)} {self.random.choice(['or', 'and'])} {self.condition(prefix)})"
        return f"{name} {self.random.choice(OPERATORS)} {self.other_side(kind)}"

    def where(self, prefix: str = "") -> str:
        conditions = [self.condition(prefix) for _ in range(self.random.choice([0, 0, 1, 1, 2, 3]))]
        return f" where {' and '.join(conditions)}" if conditions else ""

    def select(self) -> str:
        name, kind = self.column()
        wanted = [
            "*",
            "*",
            "count(*)",
            name,
            "t",
            "1",
            "tableoid",
            "ctid",
            f"count({name})",
            f"{name}::text",
            "t::text",
        ]
        what = self.random.choice(wanted)
        tail = self.random.choice(["", "", "", " limit 1", " limit 0", " offset 1"])
        order = f" order by {name}" if "count" not in what and self.random.random() < 0.15 else ""
        return self.random.choice(
            [
                f"select {what} from t{self.where()}{order}{tail}",
                f"select {what} from t{self.where()}{order}{tail}",
                f"select {what} from t{self.where()}{order}{tail}",
                f"select a.*, b.* from t a join t b on a.{name} = b.{name}{self.where('a.')}{tail}",
                f"select count(*) from t a left join u b on a.{name} = b.{name}",
                f"select x.* from t a, lateral (select * from t b where b.{name} = a.{name} limit 2) x{tail}",
                f"select * from generate_series(1, 3) g, lateral (select * from t where g > 0{tail}) x",
                f"select * from u where {name} = (select max({name}::text)::{kind} from t)",
                f"select (select count(*) from t b where b.{name} = a.{name}) from u a",
                f"select * from v{self.where()}{tail}",
                f"select * from parent{tail}",
                f"select {what} from t{self.where()}{tail} for update",
                f"select {what} from t union all select {what} from t",
                f"select 1 / (row_number() over () - 2) from t{tail}",
                f"with recursive r as (select 1 n union all select n + 1 from r, t where n < 3) select * from r{tail}",
            ]
        )

    def explain(self, statement: str) -> str:
        form = self.random.choice(["text", "json", "xml", "yaml"])
        flags = "".join(f", {flag}" for flag in ("verbose", "analyze", "costs off") if self.random.random() < 0.4)
        return f"explain (format {form}{flags}) {statement}"

    def prepared(self) -> list[str]:
        name, kind = self.column()
        query = f"select * from t where {name} {self.random.choice(OPERATORS)} $1 or {name} = any ($2)"
        if self.random.random() < 0.5:
            query = query.replace(" or ", " and ")
        execute = f"execute p({self.literal(kind)}, array[{self.literal(kind)}])"
        uses = [execute, self.alter(), execute, self.explain(execute), execute]
        return ["deallocate all", f"prepare p({kind}, {kind}[]) as {query}", *uses]

    def cursor(self) -> list[str]:
        hold = self.random.choice(["", " with hold"])
        scroll = self.random.choice(["", " scroll", " no scroll"])
        ends = ["close c", "rollback", "commit", "rollback to s"]
        fetches = [self.random.choice(["fetch 1 from c", "fetch 3 from c", "fetch backward 1 from c", "move 1 in c"])]
        return [
            "begin",
            "savepoint s",
            f"declare c{scroll} cursor{hold} for {self.select()}",
            *fetches,
            self.random.choice(["select 1", self.alter(), self.select()]),
            *fetches,
            self.random.choice(ends),
            self.random.choice(ends),
            self.random.choice(["rollback", "commit"]),
            "close all",
        ]

    def trapped(self) -> str:
        loop = f"for r in {self.select()} loop perform 1 / 0; end loop"
        block = f"declare r record; begin {loop}; exception when others then null; end"
        return f"do $$ begin for i in 1..3 loop {block}; end loop; end $$"

    def alter(self) -> str:
        name, _ = self.column()
        return self.random.choice(
            [
                f"alter foreign table t options (set seed '{self.random.random()}')",
                f"alter foreign table t options (set seed '{self.random.random()}')",
                f"alter foreign table t drop column if exists {name} cascade",
                f"alter foreign table t add column n{self.random.randrange(99)} {self.random.choice(list(TYPES))}",
                f"alter foreign table t alter column {name} type {self.random.choice(list(TYPES))}",
                f"alter foreign table t alter column {name} options (a '1')",
                f"alter server s options (a{self.random.randrange(999)} 'ö')",
                "alter user mapping for public server s options (set b '2')",
                "drop user mapping if exists for public server s",
                "create user mapping for public server s options (b '1')",
                "discard plans",
                "discard all",
                "analyze t",
            ]
        )

    def import_(self) -> list[str]:
        limit = self.random.choice(["", " limit to (imported0)", " except (imported1)"])
        options = f"seed '{self.random.random()}', chaos '0.2'"
        return [
            "create schema if not exists i",
            f"import foreign schema x{limit} from server s into i options ({options})",
        ]

    def statement(self) -> list[str]:
        form = self.random.randrange(14)
        if form == 0:
            return [self.explain(self.select())]
        if form == 1:
            return self.prepared()
        if form == 2:
            return self.cursor()
        if form == 3:
            return [self.trapped()]
        if form == 4:
            return [self.alter()]
        if form == 5:
            return self.import_()
        if form == 6:
            return ["begin", self.alter(), self.select(), self.select(), self.random.choice(["rollback", "commit"])]
        if form == 7:
            return [f"set {self.random.choice(SETTINGS)}"]
        if form == 8:
            name = self.column()[0]
            return [
                self.random.choice(["insert into t default values", "delete from t", f"update t set {name} = null"])
            ]
        return [self.select()]

    def tables(self) -> list[str]:
        """Return the definitions of a random table and of the objects around it."""
        kinds = list(TYPES)
        count = self.random.randrange(9)
        self.columns = [(self.random.choice(COLUMN_NAMES).format(i), self.random.choice(kinds)) for i in range(count)]
        written = ", ".join(f"{name} {kind}" for name, kind in self.columns)
        self.fatal = self.random.random() < 0.05
        chaos = self.random.choice([0.01, 0.03, 0.1, 0.3])
        options = f"seed '{self.random.random()}', chaos '{chaos}'" + (", fatal '1'" if self.fatal else "")
        definitions = [
            "rollback",
            "reset all",
            "drop schema if exists f, i cascade",
            "drop foreign data wrapper if exists w cascade",
            "create schema f",
            "create type mood as enum ('sad', 'happy')",
            "create type pair as (n integer, t text)",
            "create domain positive as integer check (value > 0)",
            "create domain required as text not null",
            "create domain moods as mood[]",
            "create foreign data wrapper w handler minicorn_handler validator minicorn_validator"
            " options (wrapper 'fuzz.Fuzz')",
            "create server s foreign data wrapper w",
            "create user mapping for public server s options (b '1')",
            f"create table parent ({written})",
            f"create table u ({written})",
        ]
        if self.columns and self.random.random() < 0.3:
            definitions.append(f"create foreign table t () inherits (parent) server s options ({options})")
        else:
            definitions.append(f"create foreign table t ({written}) server s options ({options})")
        if self.columns and self.random.random() < 0.3:
            dropped = self.columns.pop(self.random.randrange(len(self.columns)))[0]
            definitions.append(f"alter foreign table t drop column {dropped}")
        return [*definitions, "create view v as select * from t", "insert into u default values"]

    def round(self, seed: int) -> None:
        """Make a table, misuse it, and check that the session still works."""
        self.random.seed(seed)
        self.statements.clear()
        for statement in self.tables():
            self.run(statement)
        for _ in range(STATEMENTS):
            for statement in self.statement():
                self.run(statement)
        self.run("rollback")
        alive = self.db.execute("select 1, pg_backend_pid()").fetchone()
        assert alive == (1, self.pid), "another backend"


@contextmanager
def limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError if the block takes longer."""

    def expire(*_: object) -> None:
        raise TimeoutError(f"the round took {seconds} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("database", ["UTF8", "LATIN1", "SQL_ASCII"], indirect=True)
@pytest.mark.usefixtures("db")
def test_garbage(connect: Connect, server: Logged) -> None:
    """Whatever a class does, the backend lives, and the session can be used.

    FUZZ_SEED: the first round's seed, random if unset; the rounds after it count on from there.
    FUZZ_ROUNDS: the number of rounds in each encoding.
    """
    log = Path(server.logfile)
    size = log.stat().st_size
    fuzzer = Fuzzer(connect)
    for seed in range(SEED, SEED + ROUNDS):
        try:
            with limit(ROUND_SECONDS):
                fuzzer.round(seed)
        except (AssertionError, TimeoutError, psycopg.Error) as error:
            if isinstance(error, TimeoutError):
                os.kill(fuzzer.pid, signal.SIGKILL)
            last = "\n".join(f"{statement[:500]};" for statement in fuzzer.statements)
            pytest.fail(f"{error}\nFUZZ_SEED={seed} FUZZ_ROUNDS=1, or from the start FUZZ_SEED={SEED}:\n{last}")
    with log.open(errors="replace") as file:
        file.seek(size)
        assert "terminated by signal" not in file.read(), f"FUZZ_SEED={SEED}"
    assert fuzzer.rows > 0 or ROUNDS < 5
    print(f"seed {SEED}: {fuzzer.rows} rows, {fuzzer.errors} errors")
