"""What the documentation says is what there is: statements run, tables are complete, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from support.reports import ACCOUNT, csv, root, user
from support.server import ENGINE, TREE, Server, install, needs_getenv, pg_config, point, save

from iam_fdw.cli import formats, main
from iam_fdw.options import OPTIONS, Option
from iam_fdw.tables import TABLES

README = (TREE / "README.md").read_text()
PAGES = [TREE / "README.md", *sorted((TREE / "docs").glob("*.md"))]
FOR_DEVELOPERS = [TREE / "CONTRIBUTING.md", TREE / "docs" / "architecture.md"]


def blocks(page: Path, language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [text for name, text in fenced if name == language]


def row(option: Option) -> str:
    name = f"*`{option.name}`*" if option.superuser else f"`{option.name}`"
    default = f"`{option.default}`" if option.default else ""
    return f"| {name} | {default} | {option.meaning} |"


# test_account_summary.py runs the statements of the page that is left out here: no saved report has a summary
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if blocks(page, "sql") and page.name != "account-summary.md"],
    ids=lambda page: page.name,
)
def test_every_statement_runs(admin: psycopg.Connection[Any], page: Path, tmp_path: Path) -> None:
    save(tmp_path, csv(root(), user("alice", password_enabled="true")), datetime(2026, 11, 23, tzinfo=timezone.utc))
    # a server that is asked is not read from here: what AWS answers is tested elsewhere
    asks_aws = "add role_arn" in page.read_text()
    install(
        admin,
        **({} if asks_aws and page.name != "README.md" else {"source": str(tmp_path), "snapshots": str(tmp_path)}),
    )
    for block in blocks(page, "sql"):
        for statement in re.sub("--[^\n]*", "", block).split(";"):
            if statement.strip():
                admin.execute(statement.encode())
    admin.execute("alter role current_user reset all")


def commands() -> list[tuple[str, str]]:
    """Return what the pages show of iam-fdw install and uninstall: the page, and the line."""
    pattern = r"^ *(iam-fdw (?:un)?install .*)$"
    return [(page.name, line) for page in PAGES for line in re.findall(pattern, page.read_text(), re.MULTILINE)]


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_line_runs(server: Server, database: str, page: str, line: str) -> None:
    if "--engine multicorn" in line and ENGINE != "multicorn":
        pytest.skip("Multicorn is not here")
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"
    arguments = [argument.replace("dbname=security", dsn) for argument in shlex.split(line)[1:]]
    assert dsn in arguments
    with psycopg.connect(dsn, autocommit=True) as admin:
        if not admin.execute("select from pg_roles where rolname = 'dashboards'").rowcount:
            admin.execute("create role dashboards")
        if arguments[0] == "uninstall":
            install(admin)
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output


@pytest.mark.skipif(ENGINE == "multicorn", reason="recording takes a superuser there")
def test_the_crontab_of_history_records_it(
    admin: psycopg.Connection[Any], server: Server, database: str, tmp_path: Path
) -> None:
    save(tmp_path, csv(root(), user("alice")), datetime(2026, 11, 23, tzinfo=timezone.utc))
    install(admin, source=str(tmp_path), snapshots=str(tmp_path))
    page = TREE / "docs" / "history.md"
    (grants,) = [block for block in blocks(page, "sql") if block.startswith("create role recorder ")]
    (line,) = blocks(page, "crontab")
    schedule, shell = line[: len("*/30 * * * *")], line[len("*/30 * * * * ") :]
    assert schedule == "*/30 * * * *"
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"
    shell = shell.replace("dbname=security", dsn).replace("psql", str(pg_config("bindir") / "psql"))
    assert "user=recorder" in shell
    admin.execute("drop role if exists recorder")
    admin.execute(grants.encode())
    try:
        done = subprocess.run(shell, shell=True, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")  # cron would send it by mail
        assert admin.execute("select count(*) from iam_history").fetchone() == (2,)
        admin.execute("set role recorder; call iam_record_history(from_snapshots => true, keep => '2 years')")
    finally:
        admin.execute("reset role; drop owned by recorder; drop role recorder")


def test_the_page_of_snapshots_has_the_options_of_the_command() -> None:
    page = (TREE / "docs" / "snapshots.md").read_text()
    named = {option for parameter in main.commands["snapshot"].params for option in parameter.opts}
    assert set(re.findall(r"^\| `(--\w+)`", page, re.MULTILINE)) == {one for one in named if one.startswith("--")}


def check_lines() -> list[tuple[str, str]]:
    """Return what the pages show of iam-fdw check: the page, and the line."""
    pattern = r"^ +((?:PGOPTIONS=.* )?iam-fdw check .*)$"
    return [(page.name, line) for page in PAGES for line in re.findall(pattern, page.read_text(), re.MULTILINE)]


@pytest.mark.parametrize(("page", "line"), check_lines())
def test_every_line_of_a_check_runs(
    admin: psycopg.Connection[Any], server: Server, database: str, tmp_path: Path, page: str, line: str
) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "report.csv").write_bytes(csv(root(), user("alice", password_enabled="true")))
    if "report_at" in line:
        (reports / "report.csv").rename(reports / "2026-11-23T08:00:00Z.csv")
    install(admin, source=str(reports))
    if "report_at" in line:
        admin.execute("call iam_record_history()")
    dsn = f"host={server.host} port={server.port} user=postgres dbname={database}"
    command = f"{sys.executable} -c 'from iam_fdw.cli import main; main()'"
    shell = line.replace("iam-fdw", command).replace("dbname=security", dsn)
    environment = {**os.environ, "PYTHONPATH": str(TREE)}
    done = subprocess.run(shell, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    known = ("Note: account 111122223333: It is not known when the report was made", "Note: judged at: ")
    assert done.stderr.startswith(known) or not done.stderr
    written = shlex.split(line.partition(">")[2])
    assert all((tmp_path / name).stat().st_size > 500 for name in written)
    if "report_at" in line:
        assert "UTC, 6 days ago" in done.stdout
    elif "PGOPTIONS" in line:
        assert "the limit is 30 days" in done.stdout or "user_password_unused" not in done.stdout


@pytest.mark.usefixtures("installation")
def test_the_page_of_checks_has_the_catalogue_and_only_that(admin: psycopg.Connection[Any], tmp_path: Path) -> None:
    point(admin, source=str(tmp_path))
    rows = admin.execute(
        "select format('| `%s` | %s | %s | %s |', check_id, severity, title,"
        " '`' || setting || '`, ' || iam_span(default_value))"
        " from iam_check left join iam_setting on name = setting"
    ).fetchall()
    table = "\n".join(["| check | severity | what is right | limit |", "|---|---|---|---|", *(row for (row,) in rows)])
    page = (TREE / "docs" / "checks.md").read_text()
    assert f"{table}\n\n" in page, f"the table is:\n{table}"


@pytest.mark.usefixtures("installation")
def test_the_page_of_checks_has_every_control_and_only_those(admin: psycopg.Connection[Any], tmp_path: Path) -> None:
    point(admin, source=str(tmp_path))
    names = [name for (name,) in admin.execute("select benchmark from iam_benchmark").fetchall()]
    controls: dict[str, dict[str, list[str]]] = {}
    query = "select check_id, benchmark, control from iam_benchmark_control order by control"
    for check_id, benchmark, control in admin.execute(query).fetchall():
        controls.setdefault(check_id, {}).setdefault(benchmark, []).append(control)
    order = [name for (name,) in admin.execute("select check_id from iam_check").fetchall() if name in controls]
    lines = [f"| check | {' | '.join(f'`{name}`' for name in names)} |", "|---" * (len(names) + 1) + "|"]
    for check_id in order:
        cells = [", ".join(controls[check_id].get(name, [])) for name in names]
        lines.append(f"| `{check_id}` | {' | '.join(cells)} |")
    table = "\n".join(lines)
    assert f"{table}\n\n" in (TREE / "docs" / "checks.md").read_text(), f"the table is:\n{table}"


@pytest.mark.usefixtures("installation")
def test_the_page_for_others_names_checks_that_there_are(admin: psycopg.Connection[Any], tmp_path: Path) -> None:
    point(admin, source=str(tmp_path))
    known = {name for (name,) in admin.execute("select check_id from iam_check").fetchall()}
    page = (TREE / "docs" / "powerpipe-prowler.md").read_text()
    cells = [line.split("|")[2] for line in page.splitlines() if line.startswith("| `iam_")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} - {"unused_max_age"}
    assert named <= known
    assert len(cells) == 22


def test_the_page_of_the_command_has_its_options_and_formats() -> None:
    page = (TREE / "docs" / "check-command.md").read_text()
    command = main.commands["check"]
    named = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert set(re.findall(r"^\| `(--[\w-]+)", page, re.MULTILINE)) == named
    assert all(f"`{name}`" in page for name in formats.WRITERS)


@needs_getenv
def test_keys_get_into_a_user_mapping_and_nowhere_else(
    admin: psycopg.Connection[Any], server: Server, database: str, tmp_path: Path
) -> None:
    install(admin)
    (block,) = [block for block in blocks(TREE / "docs" / "aws.md", "") if "getenv" in block]
    script = tmp_path / "keys.sql"
    script.write_text(block)
    admin.execute("alter database test set log_statement = 'all'")
    psql = [str(pg_config("bindir") / "psql"), "-X", "-v", "ON_ERROR_STOP=1", "-f", str(script), "-h", server.host]
    psql += ["-p", str(server.port), "-U", "postgres", database]
    keys = {"AWS_ACCESS_KEY_ID": "AKIA0123456789NOLOG", "AWS_SECRET_ACCESS_KEY": "never/in/any+log/0123456789"}
    done = subprocess.run(psql, env={**os.environ, **keys}, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (mapped,) = admin.execute("select umoptions from pg_user_mappings").fetchone() or (None,)
    assert mapped == [f"{name.lower()}={value}" for name, value in keys.items()]
    log = Path(server.logfile).read_text(errors="replace")
    assert "log_statement = 'none'" in log  # the log does have this session
    assert keys["AWS_SECRET_ACCESS_KEY"] not in log


def test_the_readme_has_every_option_of_the_server_and_only_those() -> None:
    rows = [row(option) for option in OPTIONS if option.place == "server"]
    table = "\n".join(["| option | default | meaning |", "|---|---|---|", *rows])
    assert table in README, f"the table is:\n{table}"


def test_the_options_of_a_user_mapping_are_documented() -> None:
    page = (TREE / "docs" / "aws.md").read_text()
    assert [option.name for option in OPTIONS if option.place == "user mapping" and option.name not in page] == []


@pytest.mark.usefixtures("installation")
def test_the_readme_has_every_table_and_view_and_only_those(admin: psycopg.Connection[Any], tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(csv(root()))
    point(admin, source=str(tmp_path))
    made = admin.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind <> 'i'"
    ).fetchall()
    section = README.split("## Tables and views")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == {
        name for (name,) in made if not name.endswith("_foreign")
    }


@pytest.mark.usefixtures("installation")
def test_the_page_of_checks_has_every_setting_with_its_default(admin: psycopg.Connection[Any], tmp_path: Path) -> None:
    point(admin, source=str(tmp_path))
    page = (TREE / "docs" / "checks.md").read_text()
    for name, written in admin.execute("select name, iam_span(default_value) from iam_setting").fetchall():
        assert f"`{name}`, {written} |" in page


def test_the_readme_has_every_command_and_only_those() -> None:
    section = README.split("## Commands")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `iam-fdw (\w+)", section, re.MULTILINE)) == set(main.commands)


def test_the_readme_has_every_make_target_that_people_call() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", (TREE / "Makefile").read_text(), re.MULTILINE)
    inner = {"all", "deps", "suite", "suite-multicorn", "clean"}
    assert {name for name in " ".join(phony).split() if f"make {name}" not in README} == inner


def test_errors_that_the_readme_explains_are_errors_that_there_are() -> None:
    section = README.split("## Troubleshooting")[1].split("\n## ")[0]
    sources = "\n".join(path.read_text() for path in [*TREE.glob("iam_fdw/**/*.py"), *TREE.glob("sql/**/*.sql")])
    for error in re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE):
        # what differs from one to the next is in braces, a percent sign or dots
        written = re.sub(r"GetCredentialReport|AssumeRole|ListAccounts", "{action}", error)
        written = re.sub(r"in 60 s", "in {self.timeout:g} s", written).replace('"minicorn"', '"%"')
        assert all(part in sources for part in written.split("...")), error


def test_columns_that_the_pages_select_exist() -> None:
    names = {column.name for table in TABLES for column in table.columns}
    checks = set(re.findall(r"^  '(\w+)', '\w+'", (TREE / "sql" / "53_catalogue.sql").read_text(), re.MULTILINE))
    for page in PAGES:
        for name in re.findall(
            r"`(access_key_\w+_date|password_\w+|generated_time|user_\w+|mfa_\w+)`", page.read_text()
        ):
            assert name in names | checks or name.endswith("_max_age"), (page.name, name)


@pytest.mark.parametrize("page", [*PAGES, TREE / "CONTRIBUTING.md", TREE / "CHANGELOG.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if not link.startswith("https://"):
            file, _, anchor = link.partition("#")
            target = (page.parent / file) if file else page
            assert target.exists(), link
            headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE) if target.suffix == ".md" else []
            anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert not anchor or anchor in anchors, link


def test_every_page_is_reached_from_the_readme() -> None:
    pages = [*(f"docs/{page.name}" for page in PAGES[1:]), "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]
    assert [page for page in pages if f"({page})" not in README] == []


@pytest.mark.parametrize("page", FOR_DEVELOPERS, ids=lambda page: page.name)
def test_paths_that_the_pages_for_developers_name_exist(page: Path) -> None:
    suffixes = "c|md|py|sql|toml|yaml"
    # folders end with a slash; a path may begin at the package
    named = set(
        re.findall(rf"(?<![\w./=-])(?:[\w.]+/)*(?:[\w.-]+/|[\w.-]+\.(?:{suffixes}))(?![\w/=])", page.read_text())
    )
    there = {path.name for folder in ("iam_fdw", "minicorn", "sql", "tests") for path in (TREE / folder).rglob("*")}
    assert len(named) > 15
    missing = [name for name in named if not ((TREE / name).exists() or (TREE / "iam_fdw" / name).exists())]
    assert [name for name in sorted(missing) if name not in there] == []


def test_the_workflow_runs_what_ci_run_does() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", (TREE / "Makefile").read_text(), re.MULTILINE)
    targets = set(" ".join(phony).split()) - {"all", "clean"}

    def called(path: str) -> set[str]:
        statements = re.sub(r"^\s*#.*", "", (TREE / path).read_text(), flags=re.MULTILINE)
        return targets & set(re.findall(r"[\w-]+", statements))

    assert called(".github/workflows/ci.yaml") >= called(".ci/run") >= {"demo", "test", "check-multicorn", "bench"}


def test_no_page_names_the_account_of_the_tests_as_real() -> None:
    for page in PAGES:
        assert set(re.findall(r"\b[0-9]{12}\b", page.read_text())) <= {ACCOUNT, "444455556666"}, page.name


def test_the_tests_that_the_page_on_security_names_exist() -> None:
    page = (TREE / "docs" / "security.md").read_text()
    there = {
        name for path in TREE.glob("tests/**/*.py") for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)
    }
    named = set(re.findall(r"`(test_\w+)`", page))
    assert len(named) > 25
    assert not named - there
