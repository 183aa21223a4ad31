"""Back ends of revocation that processes share: Redis and DynamoDB."""
