"""Saved reports: what `iam-fdw snapshot` saves, and any other file that holds a report.

A snapshot is a report in the archive: account_id=111122223333/date=2026-11-23/20261123T080000Z.csv.gz in a folder or
below a prefix of an S3 bucket. Its name says whose report it is and when AWS made it (UTC), so that conditions on both
choose what is read. A saved report is any file that holds a report, a snapshot or not.

names.py    names of snapshots, and which of them a query wants
formats.py  what a file holds: CSV, gzip, the JSON of the AWS command line
place.py    what reading and writing need of a place; folder.py and bucket.py are the two kinds
read.py     reads and lists the snapshots of a place
files.py    reads the files whose account only their content gives
write.py    saves the report of each account
"""
