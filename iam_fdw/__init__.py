"""The IAM credential reports of AWS accounts as PostgreSQL foreign tables."""
