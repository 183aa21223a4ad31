"""Valkey for the counters of rate limits that the tasks share; it has no log on disk, so state is in DynamoDB."""

from constructs import Construct

from stacks import aws
from stacks.hosting.security_groups import VALKEY_PORT


class Valkey(Construct):
    """Two nodes in two zones, reached over TLS from the group of the tasks only."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, node_type: str, subnet_ids: list[str], security_group_id: str
    ) -> None:
        """Create the replication group; ``url`` is the setting RATE_LIMIT_STORAGE."""
        super().__init__(scope, id_)
        subnets = aws.ElasticacheSubnetGroup(self, "subnets", name=name, subnet_ids=subnet_ids)
        group = aws.ElasticacheReplicationGroup(
            self,
            "Default",
            replication_group_id=name,
            description="Rate limits of sign-in.",
            engine="valkey",
            engine_version="8.0",
            node_type=node_type,
            num_cache_clusters=2,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            port=VALKEY_PORT,
            subnet_group_name=subnets.name,
            security_group_ids=[security_group_id],
            at_rest_encryption_enabled="true",
            transit_encryption_enabled=True,
        )
        self.url = f"rediss://{group.primary_endpoint_address}:{VALKEY_PORT}"
