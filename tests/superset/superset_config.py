"""The settings of the Superset that is tested, beside SUPERSET_HOME and SUPERSET_SECRET_KEY in its environment."""

import os

# Without one, cache_timeout means nothing.
DATA_CACHE_CONFIG = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DIR": os.path.join(os.environ["SUPERSET_HOME"], "cache"),
    "CACHE_DEFAULT_TIMEOUT": 300,
}
# Otherwise to make or to refresh a dataset is a query for each column with a time, and so a scan.
DATASET_AUTO_DETECT_DATETIME_FORMATS = False
