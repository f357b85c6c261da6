"""The text of the files of sql/generated/: see iam_fdw.generate."""
