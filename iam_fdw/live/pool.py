"""Threads that may call AWS: a worker pool, with the client and the connections of its tasks."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Callable, Generic, Optional

from iam_fdw import errcodes
from iam_fdw.errors import Error
from iam_fdw.options import Settings
from iam_fdw.workers import Deadline, Found, Task, WorkerPool

if TYPE_CHECKING:
    from iam_fdw.live.client import Client
    from iam_fdw.live.connections import Sockets


class AwsPool(WorkerPool[Task, Found], Generic[Task, Found]):
    """A worker pool whose tasks share one client of AWS. Use it as a context manager, which ends all of it.

    work, failed: as for WorkerPool. size: the most threads, the option concurrency for None.
    calls_aws: whether tasks open connections; False spares the imports for that.
    """

    def __init__(
        self,
        settings: Settings,
        work: Callable[[Task, Deadline], Optional[Found]],
        failed: Callable[[Task, Error], Found],
        *,
        size: Optional[int] = None,
        calls_aws: bool = True,
    ) -> None:
        super().__init__(self._watched if calls_aws else work, failed, size or settings.concurrency, settings.timeout)
        self._settings, self._call = settings, work
        self._sockets: Optional[Sockets] = None
        self._aws: Optional[Client] = None
        self._making = threading.Lock()

    def __enter__(self) -> AwsPool[Task, Found]:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """End the tasks that are still under way: break their connections, and wait a moment for the threads."""
        is_left_early = self.close()
        if self._sockets is not None:
            self._sockets.break_all()
        self.join()
        if self._aws is not None:
            self._aws.close()
        if is_left_early:
            gc.collect()  # the errors of broken calls hold their connections in circles

    def client(self) -> Client:
        """Return the client of AWS, made when it is first asked for. Raises Error undefined_file without boto3."""
        with self._making:
            if self._aws is None:
                try:
                    from iam_fdw.live import client  # not before it is needed: boto3 takes its time
                except ImportError as error:
                    hint = "Install boto3 into the environment of the Python that the server runs."
                    raise Error("could not import boto3", f"{error}.", hint, errcodes.UNDEFINED_FILE) from None
                self._aws = client.Client(self._settings)
            return self._aws

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop the clock of the tasks while the caller does something else, such as yield a result."""
        self.leave()
        try:
            yield
        finally:
            self.come_back()

    def _watched(self, task: Task, deadline: Deadline) -> Optional[Found]:
        with self._connections().watch():
            return self._call(task, deadline)

    def _connections(self) -> Sockets:
        with self._making:
            if self._sockets is None:
                from iam_fdw.live.connections import Sockets as Made  # not where nothing is called

                self._sockets = Made(self.stop)
            return self._sockets
