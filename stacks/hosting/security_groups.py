"""Who may reach whom: the world the load balancer, the load balancer the tasks, the tasks what they call."""

from cdktf import TerraformResource
from constructs import Construct

from stacks import aws

PORT = 8000
"""Port of the API in its container."""
VALKEY_PORT = 6379
_ANYWHERE = "0.0.0.0/0"


class SecurityGroups(Construct):
    """A group for the load balancer, one for the tasks, and one for Valkey if there is one."""

    def __init__(self, scope: Construct, id_: str, *, name: str, vpc_id: str, has_valkey: bool) -> None:
        """Create the groups in the network ``vpc_id``."""
        super().__init__(scope, id_)
        self._name, self._vpc_id = name, vpc_id
        self.rules: list[TerraformResource] = []
        self.load_balancer = self._group("load_balancer", "The load balancer of sign-in")
        self.tasks = self._group("tasks", "The tasks of sign-in")
        # Port 80 redirects to 443, and serves nothing else.
        for port in (80, 443):
            self._rule("ingress", self.load_balancer, port, f"From everywhere, port {port}", network=_ANYWHERE)
        self._between(self.load_balancer, self.tasks, PORT)
        # Cognito, ECR, Secrets Manager, CloudWatch and DynamoDB have no fixed addresses; all of them are HTTPS.
        self._rule("egress", self.tasks, 443, "AWS", network=_ANYWHERE)
        self.valkey: aws.SecurityGroup | None = None
        if has_valkey:
            self.valkey = self._group("valkey", "Valkey of sign-in")
            self._between(self.tasks, self.valkey, VALKEY_PORT)

    def _group(self, id_: str, description: str) -> aws.SecurityGroup:
        return aws.SecurityGroup(
            self,
            id_,
            name=f"{self._name}-{id_.replace('_', '-')}",
            description=description,
            vpc_id=self._vpc_id,
        )

    def _between(self, source: aws.SecurityGroup, target: aws.SecurityGroup, port: int) -> None:
        self._rule("egress", source, port, "To the next group only", group=target)
        self._rule("ingress", target, port, "From the group before only", group=source)

    def _rule(
        self,
        direction: str,
        of: aws.SecurityGroup,
        port: int,
        description: str,
        *,
        network: str | None = None,
        group: aws.SecurityGroup | None = None,
    ) -> None:
        rule = aws.SecurityGroupRule(
            self,
            f"{of.node.id}_{direction}_{port}",
            type=direction,
            security_group_id=of.id,
            protocol="tcp",
            from_port=port,
            to_port=port,
            description=description,
            cidr_blocks=[network] if network else None,
            source_security_group_id=group.id if group else None,
        )
        self.rules.append(rule)
