"""Apache Superset as its users have it, with the shipped dashboard, on the sample account of `iam-fdw demo`.

    SUPERSET_VENV=/var/tmp/superset-venv CLIENTS_DSN=postgresql://postgres:PASSWORD@127.0.0.1:PORT/iam \\
        pytest tests/superset

SUPERSET_VENV is a virtual environment that has requirements.txt; CLIENTS_DSN is a superuser's URI of a database in
which iam_fdw is installed, over that account, in the schema public. It needs the Debian packages chromium and
chromium-driver, too. SUPERSET_SCREENSHOT is where to save a picture of the dashboard (PNG).
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, NamedTuple

import psycopg
import pytest
import requests
from psycopg import conninfo, sql
from support.server import SLOWNESS, TREE

from iam_fdw.cli import installer

READER = "superset_reader"
FOLDER = TREE / "docs" / "dashboards" / "superset"
ADMIN = "admin"
SETTINGS = Path(__file__).parent / "superset_config.py"
# Pixels: all of the dashboard, which draws only what is in sight.
WINDOW = (1500, 1850)
CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


class Place(NamedTuple):
    """The database as the reader reaches it."""

    host: str
    port: int
    dbname: str
    password: str

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}/{self.dbname}"

    @property
    def uri(self) -> str:
        return f"postgresql+psycopg2://{READER}:{self.password}@{self.address}"


def pytest_configure() -> None:
    for name in ("SUPERSET_VENV", "CLIENTS_DSN"):
        if name not in os.environ:
            raise pytest.UsageError(f"{name} is not set: see tests/superset/conftest.py")


@pytest.fixture(scope="session")
def admin() -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection."""
    with psycopg.connect(os.environ["CLIENTS_DSN"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def place(admin: psycopg.Connection[Any]) -> Iterator[Place]:
    """The role that Superset connects as: it may read public, and the schema unread, for which no AWS answers."""
    given = conninfo.conninfo_to_dict(os.environ["CLIENTS_DSN"])
    password = secrets.token_urlsafe(18)
    remove(admin)
    try:
        admin.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(READER), password))
        install(admin, schema="public", server="aws", option="")
        install(admin, schema="unread", server="aws_unread", option="endpoint_url=http://127.0.0.1:1\ntimeout=1 second")
        admin.execute(
            "create user mapping for public server aws_unread"
            f" options (aws_access_key_id 'AKIA111122223333', aws_secret_access_key '{'x' * 40}')".encode()
        )
        (made,) = admin.execute("select distinct generated_time from aws_iam_credential_report").fetchone() or (None,)
        # The days since the report are none.
        admin.execute(sql.SQL("alter role {} set iam_fdw.now = {}").format(sql.Identifier(READER), str(made)))
        yield Place(str(given["host"]), int(given.get("port") or 5432), str(given["dbname"]), password)
    finally:
        remove(admin)


def install(admin: psycopg.Connection[Any], **variables: str) -> None:
    with admin.transaction():
        installer.install(admin, {**variables, "reader": READER, "engine": ""})


def remove(admin: psycopg.Connection[Any]) -> None:
    if admin.execute("select from pg_namespace where nspname = 'unread'").rowcount:  # of a run that was killed, too
        with admin.transaction():
            installer.uninstall(admin, {"schema": "unread", "server": "aws_unread"})
            admin.execute("drop schema unread")
    if admin.execute(f"select from pg_roles where rolname = '{READER}'".encode()).rowcount:
        admin.execute(f"drop owned by {READER}".encode())
        admin.execute(f"drop role {READER}".encode())


class Superset:
    """A Superset that runs, and a session of its administrator."""

    def __init__(self, url: str, password: str, home: Path) -> None:
        self.url = url
        self.password = password
        self.home = home
        self.session = requests.Session()

    def login(self) -> None:
        user = {"username": ADMIN, "password": self.password, "provider": "db"}
        self.session.headers["Authorization"] = f"Bearer {self.post('security/login', json=user)['access_token']}"
        self.session.headers["Referer"] = self.url
        self.session.headers["X-CSRFToken"] = self.get("security/csrf_token/")["result"]

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/api/v1/{path}", timeout=60, **arguments)

    def get(self, path: str) -> dict[str, Any]:
        return answer(self.request("GET", path))

    def post(self, path: str, **arguments: Any) -> dict[str, Any]:
        return answer(self.request("POST", path, **arguments))

    def forget(self) -> None:
        """Drop the results that are cached."""
        shutil.rmtree(self.home / "cache", ignore_errors=True)


def answer(response: requests.Response) -> dict[str, Any]:
    assert response.ok, response.text
    answered: dict[str, Any] = response.json()
    return answered


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    home = tmp_path_factory.mktemp("superset")
    programs = Path(os.environ["SUPERSET_VENV"]) / "bin"
    password = secrets.token_urlsafe(18)
    environment = {
        **os.environ,
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(SETTINGS),
        "SUPERSET_SECRET_KEY": secrets.token_urlsafe(42),
        "SCARF_ANALYTICS": "false",
    }
    name = f"--username {ADMIN} --firstname {ADMIN} --lastname {ADMIN} --email admin@example.com".split()
    with (home / "log").open("wb") as log:
        for command in (["db", "upgrade"], ["fab", "create-admin", *name, "--password", password], ["init"]):
            done = subprocess.run([programs / "superset", *command], env=environment, stdout=log, stderr=log)
            assert done.returncode == 0, tail(home / "log")
        port = free_port()
        bind = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8", "--timeout", "120"]
        server = [str(programs / "gunicorn"), *bind, "superset.app:create_app()"]
        with stopped(subprocess.Popen(server, env=environment, stdout=log, stderr=log)):
            superset = Superset(f"http://127.0.0.1:{port}", password, home)
            assert happens(lambda: answers(f"{superset.url}/health"), 60), tail(home / "log")
            superset.login()
            yield superset


@pytest.fixture(scope="session")
def superset(started: Superset, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Superset:
    """Superset, in which the shipped dashboard is imported, once the folder names the server and the role."""
    folder = tmp_path_factory.mktemp("import")
    shutil.copytree(FOLDER, folder / "superset")
    database = folder / "superset" / "databases" / "iam.yaml"
    written = database.read_text()
    assert written.count("reader:XXXXXXXXXX@HOST:5432/iam") == 1
    database.write_text(written.replace("reader:XXXXXXXXXX@HOST:5432/iam", f"{READER}:XXXXXXXXXX@{place.address}"))
    zipped = folder / "superset.zip"
    subprocess.run([sys.executable, "-m", "zipfile", "-c", zipped, "superset/"], cwd=folder, check=True)
    imported = started.post(
        "dashboard/import/",
        files={"formData": ("superset.zip", zipped.read_bytes(), "application/zip")},
        data={"passwords": json.dumps({"databases/iam.yaml": place.password})},
    )
    assert imported == {"message": "OK"}
    return started


@pytest.fixture
def unread(superset: Superset, admin: psycopg.Connection[Any]) -> Iterator[None]:
    """The reader finds the tables for which no AWS answers, and nothing is cached."""
    superset.forget()
    admin.execute(f"alter role {READER} set search_path = unread".encode())
    yield
    admin.execute(f"alter role {READER} reset search_path".encode())
    superset.forget()


class Browser:
    """A headless Chromium, over WebDriver."""

    def __init__(self, driver: str, profile: Path) -> None:
        self.url = driver
        size = "--window-size={},{}".format(*WINDOW)
        options = {"args": [*CHROMIUM, size, f"--user-data-dir={profile}"]}
        asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self.url = f"{driver}/session/{self.post('/session', asked)['sessionId']}"

    def post(self, path: str, asked: dict[str, Any]) -> Any:
        return answer(requests.post(self.url + path, json=asked, timeout=120))["value"]

    def opened(self, url: str, done: str) -> bool:
        """Open a page, and return whether a script said in time that it is there. Chromium ends all requests when
        something changes in the machine's network, so it is opened again."""
        for _ in range(3):
            requests.post(f"{self.url}/url", json={"url": url}, timeout=120)
            if happens(lambda: bool(self.run(done)), 40):
                return True
        return False

    def run(self, script: str) -> Any:
        return self.post("/execute/sync", {"script": script, "args": []})

    def type(self, selector: str, text: str) -> None:
        (element,) = self.post("/element", {"using": "css selector", "value": selector}).values()
        self.post(f"/element/{element}/value", {"text": text})

    def screenshot(self) -> bytes:
        """Return a picture of the page (PNG), once nothing moves."""
        taken = [b"", b""]

        def still() -> bool:
            taken[:] = taken[1], base64.b64decode(answer(requests.get(f"{self.url}/screenshot", timeout=60))["value"])
            return taken[0] == taken[1]

        assert happens(still, 20)
        return taken[1]

    def close(self) -> None:
        requests.delete(self.url, timeout=60)


@pytest.fixture(scope="session")
def browser(superset: Superset, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser in which the administrator of Superset has logged in."""
    port = free_port()
    driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with stopped(driver):
        assert happens(lambda: answers(f"http://127.0.0.1:{port}/status"), 20)
        browser = Browser(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("chromium"))
        try:
            assert browser.opened(f"{superset.url}/login/", "return document.querySelector('#password') !== null")
            browser.type("#username", ADMIN)
            browser.type("#password", f"{superset.password}\ue007")  # Enter
            assert happens(lambda: bool(browser.run("return !location.pathname.startsWith('/login')")), 40)
            yield browser
        finally:
            browser.close()


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Stop a process in the end."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def happens(what: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so. Return False when it is not in time."""
    end = time.monotonic() + seconds * SLOWNESS
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def tail(log: Path) -> str:
    return log.read_text(errors="replace")[-5000:]


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):  # it answers once it has loaded all
        return False


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
