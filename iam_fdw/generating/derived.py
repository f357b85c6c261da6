"""SQL about what other statements make: the names of it all, grants, and comments that a column shares with another."""

from __future__ import annotations

from collections import ChainMap

from iam_fdw.generating.statements import Objects
from iam_fdw.generating.text import comment_on, head, lines
from iam_fdw.tables import CREDENTIAL_REPORT_OR_ERROR

# A column that a view takes from another relation has that one's comment: the first's of these that has the column.
_DESCRIBED = ("iam_check_result", "iam_benchmark", "iam_benchmark_control", "iam_history")


def names(made: Objects) -> str:
    """Return the settings that have the names of what is made, by kind."""
    settings = {
        "reports": made.foreign_tables,
        "tables": list(made.tables),
        "indexes": made.indexes,
        "views": list(made.views),
        "functions": [f'"{routine.regprocedure}"' for routine in made.routines],
    }
    return (
        head("what all other files make")
        + "select\n"
        + lines(
            [
                f"set_config('iam_fdw.install_{kind}', '{{\n{lines(found, '    ')}\n  }}', true)"
                for kind, found in settings.items()
            ]
        )
        + "\n\\gset\n"
    )


def grants(made: Objects) -> str:
    """Return what a reader is granted: to read each relation, and to call each function that a query calls."""
    functions = [routine.signature for routine in made.routines if routine.is_read]
    relations = [f':"schema".{name}' for name in (*made.foreign_tables, *made.tables, *made.views)]
    return (
        f'{head("what all other files make")}grant execute on function\n{lines(functions)}\nto :"reader";\n'
        f'grant select on\n{lines(relations)}\nto :"reader";\n'
    )


def shared_comments(made: Objects) -> str:
    """Return the comments of columns that have none of their own. Raises KeyError where there is none to share."""
    declared = {column.name: column.comment for column in CREDENTIAL_REPORT_OR_ERROR.columns}
    shared = ChainMap(declared, *(_own_comments(made, name) for name in _DESCRIBED))
    return head("the comments of other relations") + "".join(
        comment_on(f'column :"schema".{name}.{column}', shared[column])
        for name, columns in (*made.tables.items(), *made.views.items())
        for column in columns
        if (name, column) not in made.comments
    )


def _own_comments(made: Objects, relation: str) -> dict[str, str]:
    return {column: comment for (name, column), comment in made.comments.items() if name == relation}
