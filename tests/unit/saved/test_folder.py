"""Files in a folder: modes, kills, writers at the same time."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.reports import ACCOUNT
from support.server import TREE
from support.snapshots import MADE, files, put

from iam_fdw.saved.folder import Folder
from iam_fdw.saved.names import snapshot_name


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077], ids=oct)
def test_folders_and_files_are_the_owners_and_for_the_group_to_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        file = put(tmp_path / "outer" / "snapshots", ACCOUNT, MADE)
    finally:
        os.umask(before)
    made = [file, *list(file.parents)[: len(file.relative_to(tmp_path).parts) - 1]]
    modes = [stat.S_IMODE(path.stat().st_mode) for path in made]
    assert modes == [0o640 & ~umask] + [0o750 & ~umask] * 4


def test_a_folder_with_setgid_shares_what_is_saved_with_its_group(tmp_path: Path) -> None:
    tmp_path.chmod(0o2750)
    file = put(tmp_path, ACCOUNT, MADE)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent, file.parent.parent)] == [
        0o640,
        0o2750,
        0o2750,
    ]


def test_one_who_is_killed_while_writing_leaves_nothing_that_is_read(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from iam_fdw.saved.folder import Folder\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Folder(sys.argv[1]).write('account_id=111122223333/date=2026-01-01/20260101T000000Z.csv.gz', b'x' * 1000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=TREE, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = files(tmp_path)
    assert left.endswith(".part")
    assert Folder(str(tmp_path)).names("account_id=111122223333", "date=", "date=~") == []
    os.utime(tmp_path / left, (0, 0))
    assert Folder(str(tmp_path)).write("account_id=111122223333/date=2026-01-01/20260101T000000Z.csv.gz", b"y")
    assert [name for name in files(tmp_path) if name.endswith(".part")] == []


def test_two_at_once_write_a_report_once(tmp_path: Path) -> None:
    name, wrote = snapshot_name(ACCOUNT, MADE), []
    together = threading.Barrier(8)

    def write() -> None:
        together.wait()
        wrote.append(Folder(str(tmp_path)).write(name, b"x" * 100_000))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wrote) == [False] * 7 + [True]
    assert files(tmp_path) == [name]
