"""The DynamoDB table of the API's state: sign-ups, quarantines and log-outs (``api.state``); billed per request."""

from constructs import Construct

from stacks import aws
from stacks.removal_policy import kept


class StateTable(Construct):
    """One item per record; the table's TTL removes those that expire.

    Its loss would end every quarantine, so it has point-in-time recovery and, if ``is_protected``, cannot be deleted.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, is_protected: bool = True) -> None:
        """Create the table ``name``."""
        super().__init__(scope, id_)
        self.resource = aws.DynamodbTable(
            self,
            "Default",
            name=name,
            billing_mode="PAY_PER_REQUEST",
            # The names are those of revocations, which the table held first.
            hash_key="hour",
            range_key="moment",
            attribute=[
                aws.DynamodbTableAttribute(name="hour", type="S"),
                aws.DynamodbTableAttribute(name="moment", type="S"),
            ],
            ttl=aws.DynamodbTableTtl(attribute_name="expires_at", enabled=True),
            point_in_time_recovery=aws.DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=aws.DynamodbTableServerSideEncryption(enabled=True),
            deletion_protection_enabled=is_protected,
            lifecycle=kept(is_protected),
        )
