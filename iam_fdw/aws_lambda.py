"""The function that AWS Lambda calls to save reports: deploy/cloudformation.yaml names it.

Its name is part of the interface: a stack that one release made may be given the code of the next.
"""

from __future__ import annotations

import os
from collections import Counter

from iam_fdw import options
from iam_fdw.errors import Error
from iam_fdw.saved import write

_MOST_NAMED = 20  # accounts in the error of a call


def handler(event: object, context: object) -> dict[str, int]:
    """Save the report of each account. The options are environment variables such as IAM_FDW_SNAPSHOTS.

    Returns the number of reports that were saved and of those that were saved before.
    Raises RuntimeError when a report could not be read or saved, so that the call counts as failed.
    """
    del event, context
    counts: Counter[str] = Counter()
    failed = []
    try:
        for saved in write.save(write.settings_of(options.of_environment(os.environ))):
            counts[saved.state] += 1
            if saved.error is not None:
                failed.append(f"{saved.name}: {write.one_line(saved.error)}")
    except Error as error:
        failed.append(write.one_line(error))
    if failed:
        more = f" And {len(failed) - _MOST_NAMED} more." if len(failed) > _MOST_NAMED else ""
        raise RuntimeError(f"{len(failed)} reports were not saved. {' '.join(failed[:_MOST_NAMED])}{more}")
    return {state: counts[state] for state in (write.SAVED, write.UNCHANGED)}
