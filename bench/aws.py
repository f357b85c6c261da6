"""AWS for benchmarks, in a process of its own: an organization of many accounts, each call with the same latency.

Prints its URL; then, for each line that it reads, the number of requests so far. Ends with its standard input.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))


def main() -> None:
    """Serve. Arguments: the number of accounts, the id of the management account, the latency in seconds."""
    from emulator import Emulator

    number, management, latency = sys.argv[1:]
    with Emulator() as emulator:
        emulator.organization(int(number), management)
        emulator.latency = float(latency)
        print(emulator.url, flush=True)
        for _ in sys.stdin:
            print(len(emulator.requests), flush=True)


if __name__ == "__main__":
    main()
