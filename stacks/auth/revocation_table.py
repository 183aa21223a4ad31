"""The DynamoDB table of revocations (``cognito_tokens.stores.dynamodb``): small, transient, billed per request."""

from constructs import Construct

from stacks import aws


class RevocationTable(Construct):
    """One item per revocation; its TTL removes it when the revoked tokens have expired."""

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        """Create the table ``name``. Its loss is tolerable: only running hosts then know the past revocations."""
        super().__init__(scope, id_)
        self.resource = aws.DynamodbTable(
            self,
            "Default",
            name=name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="hour",
            range_key="moment",
            attribute=[
                aws.DynamodbTableAttribute(name="hour", type="S"),
                aws.DynamodbTableAttribute(name="moment", type="S"),
            ],
            ttl=aws.DynamodbTableTtl(attribute_name="expires_at", enabled=True),
            server_side_encryption=aws.DynamodbTableServerSideEncryption(enabled=True),
        )
