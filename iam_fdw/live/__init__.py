"""AWS, as a scan asks it."""
