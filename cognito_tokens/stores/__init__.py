"""Revocation stores for several processes: Redis and DynamoDB."""
