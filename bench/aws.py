"""AWS for benchmarks, in a process of its own: an organization of many accounts, each call with the same latency.

Prints its URL; then, for each line that it reads, the number of requests so far. Ends with its standard input.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))


def main() -> None:
    """Serve. Arguments: accounts, id of the management account, latency in seconds, rows of each report."""
    from kept import report
    from support.emulator import Emulator

    number, management, latency, rows = sys.argv[1:]
    with Emulator() as emulator:
        content = report(int(rows))
        for account_id in emulator.organization(int(number), management):
            emulator.account(account_id, report=content.replace(management.encode(), account_id.encode()))
        emulator.latency = float(latency)
        print(emulator.url, flush=True)
        for _ in sys.stdin:
            print(len(emulator.requests), flush=True)


if __name__ == "__main__":
    main()
