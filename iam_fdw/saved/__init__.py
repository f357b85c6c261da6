"""Saved reports: a file, a folder, or a prefix of an S3 bucket."""
