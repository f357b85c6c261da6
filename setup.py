"""The package, its command `iam-fdw`, and beside it the SQL that this command runs."""

import re
from pathlib import Path

from setuptools import setup

_FOLDER = Path(__file__).parent

setup(
    name="iam_fdw",
    version=re.findall('__version__ = "(.*)"', (_FOLDER / "iam_fdw" / "__init__.py").read_text(encoding="utf-8"))[0],
    description="The IAM credential reports of AWS accounts as PostgreSQL tables, with an auditor's checks",
    long_description=(_FOLDER / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="PostgreSQL",
    python_requires=">=3.9",
    packages=[
        "iam_fdw",
        "iam_fdw.checks",
        "iam_fdw.cli",
        "iam_fdw.generating",
        "iam_fdw.live",
        "iam_fdw.saved",
        "iam_fdw.sql",
        "iam_fdw.tables",
    ],
    package_dir={"iam_fdw.sql": "sql"},
    package_data={
        "iam_fdw.sql": ["*.sql", "generated/*.sql"],
        "iam_fdw": ["py.typed"],
        "iam_fdw.cli": ["templates/*.html"],
    },
    # No version that is known to have a hole, where there is a newer one: for Python 3.9 boto3 wants urllib3 1.26, and
    # the last psycopg has libpq 17.6 in it. tests/requirements.txt has the same bounds.
    install_requires=[
        "boto3>=1.36",
        "click>=8.1",
        "Jinja2>=3.1.6",
        "psycopg[binary]>=3.2.13; python_version < '3.10'",
        "psycopg[binary]>=3.3.6; python_version >= '3.10'",
        "rich>=13",
        "urllib3>=1.26.20; python_version < '3.10'",
        "urllib3>=2.6.3; python_version >= '3.10'",
    ],
    entry_points={"console_scripts": ["iam-fdw = iam_fdw.cli:main"]},
)
