"""Revocation stores for several processes: SQLite, Redis and DynamoDB."""
