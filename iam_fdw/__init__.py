"""The IAM credential reports of AWS accounts as PostgreSQL foreign tables."""

__version__ = "0.2.0"
