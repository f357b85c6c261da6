"""The image, built anew, and containers of it. As root, with a Docker engine: see tools/engine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any, Callable, Optional
from uuid import uuid4

import psycopg
import pytest
from support.server import SLOWNESS, TREE

IMAGE = "iam_fdw"
PASSWORD = 'a password\'s \\ "quotes" $HOME'


def docker(*arguments: str, check: bool = True, environment: Optional[dict[str, str]] = None) -> str:
    """Run docker, and return what it wrote, both streams in one."""
    done = subprocess.run(
        ["docker", *arguments],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert not check or done.returncode == 0, f"{arguments}: {done.stdout}"
    return done.stdout.strip()


class Container:
    """A container that runs, or ran."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def port(self) -> int:
        """The published port. Raises ValueError where it does not run."""
        return int(docker("port", self.name, "5432", check=False).split(":")[-1])

    @property
    def state(self) -> str:
        return docker("inspect", "--format", "{{.State.Status}}", self.name)

    @property
    def logs(self) -> str:
        return docker("logs", self.name)

    def connect(self, user: str = "postgres", **arguments: Any) -> psycopg.Connection[Any]:
        given = {"password": PASSWORD, "dbname": "postgres", "autocommit": True, "connect_timeout": 10, **arguments}
        return psycopg.connect(host="127.0.0.1", port=self.port, user=user, **given)

    def ready(self, seconds: float = 60) -> Container:
        """Wait until it accepts connections over its port."""
        end = time.monotonic() + seconds * SLOWNESS
        while time.monotonic() < end:
            try:
                self.connect(password="none").close()
            except (psycopg.OperationalError, ValueError) as error:
                if "password authentication failed" in str(error):
                    return self
            assert self.state == "running", self.logs
            time.sleep(0.05)
        raise AssertionError(f"not ready: {self.logs}")

    def ended(self) -> tuple[int, str]:
        """Wait for its end, and return the exit code and the logs."""
        return int(docker("wait", self.name)), self.logs

    def refused(self) -> str:
        """Wait for the end of a container that must not start, and return its errors, without times."""
        code, logs = self.ended()
        assert code == 1, logs
        return "\n".join(line for line in logs.splitlines() if line.startswith(("ERROR:", "HINT:", "Error:")))

    def execute(self, *command: str, check: bool = True) -> str:
        return docker("exec", self.name, *command, check=check)


Run = Callable[..., Container]


@pytest.fixture(scope="session", autouse=True)
def image() -> None:
    """Build the image as the documentation says."""
    docker("build", "--tag", IMAGE, "--file", str(TREE / "docker" / "Dockerfile"), str(TREE))


@pytest.fixture
def run() -> Iterator[Run]:
    """Start a container: arguments are the command, options those of docker run, the others its environment."""
    names = []

    def run(
        *command: str, options: tuple[str, ...] = (), image: str = IMAGE, **environment: Optional[str]
    ) -> Container:
        name = f"iam_fdw-test-{uuid4().hex[:8]}"
        names.append(name)
        given = {"POSTGRES_PASSWORD": PASSWORD, **environment}
        variables = [f"--env={name}={value}" for name, value in given.items() if value is not None]
        docker("run", "--detach", "--name", name, "--publish", "127.0.0.1::5432", *variables, *options, image, *command)
        return Container(name)

    yield run
    for name in names:
        docker("rm", "--force", "--volumes", name, check=False)


@pytest.fixture
def volume() -> Iterator[str]:
    """The name of an empty volume."""
    name = f"iam_fdw-test-{uuid4().hex[:8]}"
    docker("volume", "create", name)
    yield name
    for container in docker("ps", "--all", "--quiet", "--filter", f"volume={name}").split():
        docker("rm", "--force", container)
    docker("volume", "rm", name)


@pytest.fixture(scope="session")
def gateway() -> str:
    """The address of this machine as containers see it."""
    output = docker("run", "--rm", "--add-host=here:host-gateway", "--entrypoint=getent", IMAGE, "hosts", "here")
    return output.split()[0]
