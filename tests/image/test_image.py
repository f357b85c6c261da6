"""The image: first start, settings, refusals, restarts, faults, upgrade."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Optional

import psycopg
import pytest
from psycopg import errors
from support.server import SLOWNESS, TREE

from .conftest import IMAGE, PASSWORD, Run, docker

READER = {"IAM_FDW_READER": "reader", "IAM_FDW_READER_PASSWORD": "of the reader"}


def on(volume: str) -> tuple[str, str]:
    return "--volume", f"{volume}:/var/lib/postgresql/data"


# What is in it


def test_it_has_no_build_tools_no_key_and_an_ordinary_user() -> None:
    look = "exec 2>&1; ls -A /usr/lib/gcc /etc/ssl/private; which gcc make pip curl; su postgres -c 'id -u'"
    output = docker("run", "--rm", "--user", "root", "--entrypoint", "sh", IMAGE, "-c", look)
    assert output.splitlines() == [
        "ls: cannot access '/usr/lib/gcc': No such file or directory",
        "/etc/ssl/private:",
        "999",
    ]


def test_it_has_no_secret_in_its_layers_and_starts_what_the_official_image_starts() -> None:
    assert docker("inspect", "--format", "{{.Config.User}} {{.Config.StopSignal}}", IMAGE) == "postgres SIGINT"
    assert (
        docker("inspect", "--format", "{{.Config.Entrypoint}} {{.Config.Cmd}}", IMAGE)
        == "[docker-entrypoint.sh] [postgres]"
    )
    assert "PASSWORD" not in docker("inspect", "--format", "{{.Config.Env}}", IMAGE)


def test_another_command_is_run_in_place_of_the_server() -> None:
    assert "iam-fdw, version" in docker("run", "--rm", IMAGE, "iam-fdw", "--version")
    assert "psql (PostgreSQL) 17" in docker("run", "--rm", IMAGE, "psql", "--version")


def test_it_has_the_packages_of_the_lock_and_a_bill_of_materials() -> None:
    bill = json.loads(docker("run", "--rm", IMAGE, "cat", "/usr/local/lib/iam_fdw/sbom.json"))
    assert bill["bomFormat"] == "CycloneDX"
    made = {one["name"].lower(): one["version"] for one in bill["components"]}
    lock = (TREE / "docker" / "requirements.lock").read_text()
    del made["iam_fdw"]
    assert {"boto3", "psycopg-binary", "urllib3"} <= set(made)
    for name, version in made.items():
        assert re.search(f"^{name}=={re.escape(version)} ", lock, re.MULTILINE), name
    # what makes the image does not stay
    assert "No such file" in docker("run", "--rm", IMAGE, "ls", "/build", check=False)


# The first start


def test_the_checks_run_in_the_container(run: Run) -> None:
    container = run("demo", **READER).ready()
    dsn = "host=127.0.0.1 dbname=postgres user=reader password='of the reader'"
    for output in ("table", "html", "ocsf"):
        assert "Tomasz_Nowak" in container.execute("iam-fdw", "check", dsn, "--output", output, check=False)
    container.execute("iam-fdw", "check", dsn, "--check", "root_access_key_active")


def test_the_first_start_makes_everything(run: Run) -> None:
    container = run("demo", POSTGRES_USER="Ann Marie", POSTGRES_DB='se"curity', **READER).ready()
    with container.connect("Ann Marie", dbname='se"curity') as admin:
        tables = admin.execute(
            "select count(*) from pg_class where relname ~ '^(aws_iam|iam_)' and relkind <> 'i'"
        ).fetchone()
        assert tables == (33,)
        assert admin.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,)
        assert admin.execute("show server_encoding").fetchone() == ("UTF8",)
        assert admin.execute("show data_checksums").fetchone() == ("on",)
        assert admin.execute("select datcollate from pg_database limit 1").fetchone() == ("C.UTF-8",)
    with container.connect("reader", password="of the reader", dbname='se"curity') as reader:
        assert reader.execute("select count(*) from aws_iam_credential_report").fetchone() == (13,)
        assert reader.execute("select state from aws_iam_credential_report_status").fetchone() == ("fresh",)
        found = reader.execute("select user_name from iam_check_unused_access_keys order by 1").fetchall()
        assert [name for (name,) in found] == ["Tomasz_Nowak", "metrics_reader", "noah_lindqvist"]
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute("create table t ()")


def test_the_server_has_the_options_of_the_environment(run: Run) -> None:
    role = "arn:aws:iam::111122223333:role/auditor"
    container = run(IAM_FDW_ROLE_ARN=role, IAM_FDW_TIMEOUT="5 seconds", IAM_FDW_REGION="").ready()
    with container.connect() as admin:
        options = admin.execute("select srvoptions from pg_foreign_server").fetchone()
        assert options == ([f"role_arn={role}", "timeout=5 seconds"],)


@pytest.mark.parametrize(
    ("environment", "error", "hint"),
    [
        ({"POSTGRES_PASSWORD": None}, "there is no password for the superuser", "POSTGRES_PASSWORD_FILE"),
        ({"POSTGRES_PASSWORD": ""}, "there is no password for the superuser", "POSTGRES_PASSWORD_FILE"),
        (
            {"POSTGRES_PASSWORD_FILE": "/etc/hostname"},
            "both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set",
            "one",
        ),
        ({"POSTGRES_PASSWORD": "two\nlines"}, "the password of the superuser has more than one line", None),
        ({"POSTGRES_HOST_AUTH_METHOD": "trust"}, "POSTGRES_HOST_AUTH_METHOD is not supported", "scram-sha-256"),
        ({"IAM_FDW_READER": "reader"}, "the reader has no password", "IAM_FDW_READER_PASSWORD_FILE"),
    ],
)
def test_it_does_not_start_without_a_password(
    run: Run, environment: dict[str, str], error: str, hint: Optional[str]
) -> None:
    output = run(**environment).refused()
    assert output.startswith(f"ERROR:  {error}")
    assert hint is None or hint in output.split("HINT:  ")[1]


@pytest.mark.parametrize(
    ("variable", "value", "error", "hint"),
    [
        ("IAM_FDW_ROLE", "nothing-of-that", 'invalid option "role"', "Valid options in this context are: accounts, "),
        ("IAM_FDW_TIMEOUT", "soon", 'invalid value for option "timeout"', 'such as "90 seconds"'),
        ("IAM_FDW_AWS_SECRET_ACCESS_KEY", "never/shown", 'invalid option "aws_secret_access_key"', "role_arn"),
    ],
)
def test_a_wrong_option_is_told_and_nothing_starts(
    run: Run, volume: str, variable: str, value: str, error: str, hint: str
) -> None:
    output = run(options=on(volume), **{variable: value}).refused()
    assert output.startswith(f"Error: {error}\nHINT:  ")
    assert hint in output
    assert value not in output
    run(options=on(volume)).ready()


def test_passwords_come_from_files_and_stand_nowhere(run: Run, tmp_path: Path) -> None:
    (tmp_path / "superuser").write_text(PASSWORD + "\n")
    (tmp_path / "reader").write_text("of the reader\n")
    tmp_path.chmod(0o755)
    container = run(
        "-c",
        "log_statement=all",
        options=("--volume", f"{tmp_path}:/run/secrets:ro"),
        POSTGRES_PASSWORD=None,
        POSTGRES_PASSWORD_FILE="/run/secrets/superuser",
        IAM_FDW_READER="reader",
        IAM_FDW_READER_PASSWORD_FILE="/run/secrets/reader",
    ).ready()
    container.connect().close()
    with container.connect("reader", password="of the reader") as reader, pytest.raises(errors.InsufficientPrivilege):
        reader.execute("copy (select 1) to program 'env'")
    assert "of the reader" not in container.logs
    assert PASSWORD not in container.logs
    assert "log_statement" not in container.logs or "create role" not in container.logs


def test_the_server_does_not_have_the_passwords_in_its_environment(run: Run) -> None:
    container = run(**READER).ready()
    environment = container.execute("cat", "/proc/1/environ")
    assert "PGDATA" in environment
    assert "PASSWORD" not in environment


def test_only_scram_opens_the_door(run: Run) -> None:
    container = run().ready()
    with container.connect() as admin:
        rules = admin.execute("select distinct auth_method from pg_hba_file_rules").fetchall()
        assert rules == [("scram-sha-256",)]
    for given in ({"password": "wrong"}, {"password": ""}, {"user": "reader", "password": "x"}):
        with pytest.raises(psycopg.OperationalError, match="password"):
            container.connect(**given)
    assert "no password supplied" in container.execute("psql", "--no-password", "--command", "select", check=False)


def test_scripts_are_run_as_the_official_image_does(run: Run, tmp_path: Path) -> None:
    (tmp_path / "10.sql").write_text("create view console as select user_name from iam_credential;")
    (tmp_path / "20.sql.gz").write_bytes(gzip.compress(b"create table gzipped (a int);"))
    (tmp_path / "30.sql.xz").write_bytes(lzma.compress(b"create table xzed (a int);"))
    zstd = subprocess.run(["zstd", "--stdout"], input=b"create table zstded (a int);", capture_output=True, check=True)
    (tmp_path / "40.sql.zst").write_bytes(zstd.stdout)
    (tmp_path / "50.sh").write_text("docker_process_sql --command 'create table sourced (a int)'\n")
    (tmp_path / "60.sh").write_text(
        "#!/bin/bash\necho \"work_mem = '5MB'\" >>$PGDATA/postgresql.conf\n"
        'psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --command "create table executed (a int)"\n'
    )
    (tmp_path / "60.sh").chmod(0o755)
    (tmp_path / "README").write_text("no script")
    tmp_path.chmod(0o755)
    options = ("--volume", f"{tmp_path}:/docker-entrypoint-initdb.d:ro")
    container = run("demo", options=options, POSTGRES_DB="iam").ready()
    with container.connect(dbname="iam") as admin:
        made = admin.execute(
            "select relname from pg_class where relname ~ 'ed$' and relkind = 'r' order by 1"
        ).fetchall()
        assert [name for (name,) in made] == ["executed", "gzipped", "sourced", "xzed", "zstded"]
        assert admin.execute("select count(*) > 13 from console").fetchone() == (True,)
        assert admin.execute("show work_mem").fetchone() == ("5MB",)
    assert "ignoring /docker-entrypoint-initdb.d/README" in container.logs


def test_a_script_that_fails_leaves_nothing_half_done(run: Run, volume: str, tmp_path: Path) -> None:
    script = tmp_path / "10.sql"
    script.write_text("create table first (a int); select no_such_column;")
    tmp_path.chmod(0o755)
    options = (*on(volume), "--volume", f"{tmp_path}:/docker-entrypoint-initdb.d:ro")
    code, logs = run(options=options).ended()
    assert code != 0
    assert 'column "no_such_column" does not exist' in logs
    script.write_text("create table first (a int);")
    with run(options=options).ready().connect() as admin:
        assert admin.execute("select count(*) from first").fetchone() == (0,)


@pytest.mark.parametrize(("suffix", "compress"), [("gz", "gzip"), ("xz", "xz"), ("zst", "zstd")])
@pytest.mark.parametrize("fault", ["cut off", "missing"])
def test_a_compressed_script_that_is_damaged_leaves_nothing_half_done(
    run: Run, volume: str, tmp_path: Path, suffix: str, compress: str, fault: str
) -> None:
    script = tmp_path / f"10.sql.{suffix}"
    # incompressible, so that what comes before the cut is run
    noise = "".join(f"select '{place * 2654435761 % 2**32:08x}';\n" for place in range(20_000))
    whole = subprocess.run(
        [compress, "--stdout"],
        input=f"create table first (a int);\n{noise}".encode(),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    if fault == "cut off":
        script.write_bytes(whole[:-20])
    else:
        script.symlink_to("nowhere")
    tmp_path.chmod(0o755)
    options = (*on(volume), "--volume", f"{tmp_path}:/docker-entrypoint-initdb.d:ro")
    code, logs = run(options=options).ended()
    assert code != 0, logs
    assert "database system is ready to accept connections" not in logs.split(f"10.sql.{suffix}")[-1]
    script.unlink()
    script.write_bytes(whole)
    with run(options=options).ready().connect() as admin:
        assert admin.execute("select count(*) from first").fetchone() == (0,)


def test_arguments_are_the_servers(run: Run) -> None:
    with run("-c", "work_mem=7MB", "-c", "application_name=a b'c").ready().connect() as admin:
        assert admin.execute("show work_mem").fetchone() == ("7MB",)
    with run("demo", "-c", "work_mem=9MB").ready().connect() as admin:
        assert admin.execute("show work_mem").fetchone() == ("9MB",)


def test_settings_of_the_server_and_of_libpq_do_not_lead_the_next_start_astray(run: Run, volume: str) -> None:
    container = run("demo", options=on(volume)).ready()
    with container.connect() as admin:
        admin.execute("alter system set port = 5433")
        admin.execute("alter system set unix_socket_directories = '/tmp'")
        admin.execute("drop view iam_check_user_mfa")
    docker("stop", container.name)
    elsewhere = {
        "PGHOST": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGDATABASE": "none",
        "PGOPTIONS": "-c a.b=c",
    }
    container = run("demo", "-c", "port=5432", options=on(volume), **elsewhere).ready()
    with container.connect() as admin:
        assert admin.execute("select count(*) from iam_check_user_mfa").fetchone() == (8,)


def test_arguments_of_initdb_are_passed_on(run: Run) -> None:
    with run(POSTGRES_INITDB_ARGS="--locale=C --wal-segsize='1'").ready().connect() as admin:
        collation = admin.execute("select datcollate from pg_database where datname = 'postgres'").fetchone()
        assert collation == ("C",)
        assert admin.execute("show wal_segment_size").fetchone() == ("1MB",)


# Where it may run


def test_it_runs_on_a_read_only_file_system_without_capabilities(run: Run) -> None:
    options = ("--read-only", "--tmpfs=/run/postgresql", "--cap-drop=ALL", "--security-opt=no-new-privileges")
    with run("demo", options=options).ready().connect() as admin:
        assert admin.execute("select count(*) from iam_check_user_mfa").fetchone() == (8,)


def test_a_read_only_file_system_without_a_place_for_the_socket_is_told(run: Run) -> None:
    output = run(options=("--read-only",)).refused()
    assert output == (
        'ERROR:  directory "/run/postgresql" cannot be written\n'
        "HINT:  With a read-only file system add --tmpfs /run/postgresql."
    )


def test_any_user_will_do_but_root(run: Run, volume: str) -> None:
    container = run("demo", options=(*on(volume), "--user=4711:4712")).ready()
    with container.connect() as admin:
        assert admin.execute("select count(*) from aws_iam_credential_report").fetchone() == (13,)
    assert container.execute("stat", "--format", "%u:%g", "/var/lib/postgresql/data/17/PG_VERSION") == "4711:4712"
    assert run(options=("--user=root",)).refused().startswith("ERROR:  PostgreSQL does not run as root\nHINT:  ")


def test_a_folder_of_the_host_belongs_to_the_user(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    output = run(options=on(str(tmp_path))).refused()
    assert output.startswith(
        'ERROR:  directory "/var/lib/postgresql/data" cannot be written\nHINT:  Give it to user 999'
    )
    os.chown(tmp_path, 999, 999)
    run(options=on(str(tmp_path))).ready()


def test_two_containers_on_one_volume_are_refused(run: Run, volume: str) -> None:
    first = run(options=on(volume)).ready()
    second = run(options=on(volume))
    assert second.refused() == (
        'ERROR:  the data in "/var/lib/postgresql/data" are in use by another container\n'
        "HINT:  Stop that container first, or give this one a volume of its own."
    )
    with first.connect() as admin:
        admin.execute("create table kept (a int)")
        admin.execute("checkpoint")
    docker("kill", first.name)
    with run(options=on(volume)).ready().connect() as admin:
        assert admin.execute("select count(*) from kept").fetchone() == (0,)


def test_two_containers_that_start_at_once_do_not_share_a_volume(run: Run, volume: str) -> None:
    first, second = run(options=on(volume)), run(options=on(volume))
    assert "in use by another container" in second.refused()
    first.ready()


@pytest.mark.parametrize("folder", ["", "16/"])
def test_data_of_another_version_are_refused(run: Run, volume: str, folder: str) -> None:
    docker("run", "--rm", *on(volume), "--entrypoint", "sh", IMAGE, "-c",
           f"cd /var/lib/postgresql/data; mkdir -p ./{folder}; echo 16 >./{folder}PG_VERSION")  # fmt: skip
    output = run(options=on(volume)).refused()
    assert "are of PostgreSQL 16, and this is 17\nHINT:  Start the image that wrote them, pg_dump" in output


# Stopped, started again, killed, upgraded


def test_data_survive_stop_and_start(run: Run, volume: str) -> None:
    container = run("demo", options=on(volume), **READER).ready()
    with container.connect() as admin:
        admin.execute("create table kept as select 42 as a")
        admin.execute("alter role reader password 'changed by hand'")
        admin.execute("alter server aws options (add max_age '9 hours')")
    docker("stop", container.name)
    docker("start", container.name)
    with container.ready().connect() as admin:
        assert admin.execute("select a from kept").fetchone() == (42,)
        options = admin.execute("select srvoptions from pg_foreign_server").fetchone()
        assert options == (["source=/run/postgresql/sample", "max_age=9 hours"],)
    with container.connect("reader", password="changed by hand") as reader:
        assert reader.execute("select count(*) from aws_iam_credential_report").fetchone() == (13,)


def test_the_environment_counts_at_each_start(run: Run, volume: str) -> None:
    docker("stop", run(options=on(volume), IAM_FDW_TIMEOUT="5 seconds").ready().name)
    later = run(options=on(volume), POSTGRES_PASSWORD=None, IAM_FDW_TIMEOUT="6 seconds", POSTGRES_DB="new", **READER)
    with later.ready().connect() as admin:
        assert admin.execute("select srvoptions from pg_foreign_server").fetchone() == (["timeout=5 seconds"],)
    with later.connect(dbname="new") as admin:
        assert admin.execute("select srvoptions from pg_foreign_server").fetchone() == (["timeout=6 seconds"],)
        assert admin.execute("select has_table_privilege('reader', 'iam_credential', 'select')").fetchone() == (True,)


def test_it_stops_at_once_whatever_clients_and_aws_do(run: Run, gateway: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "none/none/none/none/none"}
    with socket.create_server((gateway, 0)) as silent:
        url = f"http://{gateway}:{silent.getsockname()[1]}"
        container = run(IAM_FDW_ENDPOINT_URL=url, **keys).ready()
        idle, waiting = container.connect(), container.connect()
        ended: list[psycopg.Error] = []

        def wait() -> None:
            try:
                waiting.execute("select * from aws_iam_credential_report")
            except psycopg.Error as error:
                ended.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        silent.settimeout(30)
        request, _ = silent.accept()
        start = time.monotonic()
        docker("stop", "--time", "30", container.name)
        assert time.monotonic() - start < 5 * SLOWNESS
        thread.join()
        request.close()
        idle.close()
    assert isinstance(ended[0], errors.AdminShutdown)
    code, logs = container.ended()
    assert code == 0
    assert logs.rstrip().endswith("LOG:  database system is shut down")


def test_a_killed_server_recovers(run: Run, volume: str) -> None:
    container = run("demo", options=on(volume)).ready()
    with container.connect() as admin:
        admin.execute("create table kept as select generate_series(1, 1000) as a")
    docker("kill", container.name)
    docker("start", container.name)
    with container.ready().connect() as admin:
        assert admin.execute("select count(*) from kept").fetchone() == (1000,)
        assert admin.execute("select count(*) from iam_check_user_mfa").fetchone() == (8,)


def test_a_first_start_that_was_killed_is_begun_anew(run: Run, volume: str) -> None:
    for moment in (0.1, 0.3, 0.6, 0.9, 1.2, 1.6, 2.0):
        container = run("demo", options=on(volume), POSTGRES_DB="iam")
        time.sleep(moment)
        docker("kill", container.name, check=False)
    with run("demo", options=on(volume), POSTGRES_DB="iam").ready().connect(dbname="iam") as admin:
        assert admin.execute("select count(*) from iam_check_user_mfa").fetchone() == (8,)
    left = docker("run", "--rm", *on(volume), "--entrypoint", "ls", IMAGE, "-A", "/var/lib/postgresql/data")
    assert left.split() == [".lock", "17"]


@pytest.mark.parametrize("moment", [0.3, 1.0, 1.5])
def test_a_first_start_can_be_stopped(run: Run, volume: str, moment: float) -> None:
    container = run(options=on(volume))
    time.sleep(moment)
    start = time.monotonic()
    docker("stop", "--time", "30", container.name)
    assert time.monotonic() - start < 5 * SLOWNESS
    run(options=on(volume)).ready()


def test_a_script_that_waits_can_be_stopped(run: Run, tmp_path: Path) -> None:
    (tmp_path / "10.sql").write_text("select pg_sleep(600);")
    tmp_path.chmod(0o755)
    container = run(options=("--volume", f"{tmp_path}:/docker-entrypoint-initdb.d:ro"))
    while "running /docker-entrypoint-initdb.d/10.sql" not in container.logs:
        time.sleep(0.1)
    start = time.monotonic()
    docker("stop", "--time", "30", container.name)
    assert time.monotonic() - start < 5 * SLOWNESS
    assert "database system is shut down" in container.logs


@pytest.mark.parametrize("user", ["999", "4711:4712"])
def test_health_is_told_once_it_can_be_used(run: Run, user: str) -> None:
    container = run(options=("--health-interval=1s", f"--user={user}"))
    while (health := docker("inspect", "--format", "{{.State.Health.Status}}", container.name)) == "starting":
        time.sleep(0.1)
    assert health == "healthy"
    container.connect().close()


def test_an_image_takes_over_the_volume_of_an_older_one(run: Run, volume: str) -> None:
    older = f"FROM {IMAGE}\nUSER root\nRUN sed -i 's/^  or not report.mfa_active/  or false/' /usr/local/lib/iam_fdw/lib/python3*/site-packages/iam_fdw/sql/50_checks.sql\nUSER postgres\n"  # noqa: E501
    subprocess.run(["docker", "build", "--quiet", "--tag", f"{IMAGE}:older", "-"], input=older.encode(), check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    container = run("demo", options=on(volume), image=f"{IMAGE}:older", **READER).ready()
    with container.connect() as admin:
        assert admin.execute("select count(*) from iam_check_user_mfa").fetchone() == (0,)
        admin.execute("create table notes as select 'kept' as note")
        admin.execute("create view mine as select user_name from iam_check_user_mfa")
        admin.execute("grant select on mine to reader")
    docker("stop", container.name)
    container = run("demo", options=on(volume), POSTGRES_PASSWORD=None, **READER).ready()
    with container.connect("reader", password="of the reader") as reader:
        assert reader.execute("select count(*) from mine").fetchone() == (8,)
    with container.connect() as admin:
        assert admin.execute("select note from notes").fetchone() == ("kept",)


def test_a_database_that_cannot_be_brought_up_to_date_does_not_start(run: Run, volume: str) -> None:
    container = run(options=on(volume)).ready()
    with container.connect() as admin:
        admin.execute("drop view iam_check_user_mfa")
        admin.execute("create table iam_check_user_mfa (a int)")
    docker("stop", container.name)
    output = run(options=on(volume)).refused()
    assert '"iam_check_user_mfa" is not a view' in output
