"""The DynamoDB table of revocations (``cognito_tokens.stores.dynamodb``): small, transient, billed per request."""

from constructs import Construct

from stacks import aws


class RevocationTable(Construct):
    """One item for each revocation, dropped by its TTL when the tokens that it concerns have expired."""

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        """Create the table ``name``. It may be lost at any time: what has ended is then known to running hosts only."""
        super().__init__(scope, id_)
        self.resource = aws.DynamodbTable(
            self,
            "resource",
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
        self.resource.override_logical_id("revocation_table")
