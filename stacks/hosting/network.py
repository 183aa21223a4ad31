"""Network of the service: subnets for the load balancer and for the tasks."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from cdktf import TerraformResource
from constructs import Construct

from stacks import aws
from stacks.hosting.props import ZONES, ExistingNetwork, NewNetwork
from stacks.removal_policy import kept

_ANYWHERE = "0.0.0.0/0"
# Sixteen subnets in each network: those of one size can be added for more zones, and none can be changed.
_SUBNET_BITS = 4


@dataclass(frozen=True)
class Subnets:
    """Where the load balancer and the tasks are, and from which addresses (CIDR) the tasks call out."""

    vpc_id: str
    cidr: str
    public: list[str]
    tasks: list[str]
    tasks_have_public_addresses: bool
    outgoing_addresses: list[str]
    ways_out: list[TerraformResource]
    """What must exist before anything in the subnets can be reached or call out."""


def subnets_of(
    scope: Construct, props: NewNetwork | ExistingNetwork, *, name: str, region: str, retain: bool
) -> Subnets:
    """Return the subnets of the existing network, or of a new one."""
    if isinstance(props, NewNetwork):
        return Network(scope, "network", name=name, region=region, props=props, retain=retain).subnets
    return Subnets(
        vpc_id=props.vpc_id,
        cidr=props.cidr,
        public=list(props.public_subnet_ids),
        tasks=list(props.task_subnet_ids),
        tasks_have_public_addresses=props.tasks_have_public_addresses,
        outgoing_addresses=list(props.outgoing_addresses),
        ways_out=[],
    )


class Network(Construct):
    """A VPC with a public and a private subnet in each zone; without NAT gateways, the tasks are in the public ones."""

    def __init__(self, scope: Construct, id_: str, *, name: str, region: str, props: NewNetwork, retain: bool) -> None:
        """Create the network that ``props`` describe, in ``region``; ``retain`` keeps the addresses of its gateways."""
        super().__init__(scope, id_)
        self._name, self._region, self._props, self._retain = name, region, props, retain
        self._vpc = aws.Vpc(self, "vpc", cidr_block=props.cidr, enable_dns_hostnames=True, tags={"Name": name})
        # Each VPC has a group that admits everything; nothing here uses it (CIS AWS Foundations, 5.4).
        aws.DefaultSecurityGroup(self, "default_group", vpc_id=self._vpc.id, ingress=[], egress=[])
        gateway = aws.InternetGateway(self, "gateway", vpc_id=self._vpc.id, tags={"Name": name})
        outside = self._table("public")
        self._ways_out: list[TerraformResource] = [self._route("public", outside, gateway_id=gateway.id)]
        public = [self._subnet("public", number, outside) for number in range(len(props.zones))]
        addresses, inside = self._behind_nat(public)
        private = [self._subnet("private", number, table) for number, table in enumerate(inside)]
        # Free, and the state store is then reached without the gateways.
        aws.VpcEndpoint(
            self,
            "dynamodb",
            vpc_id=self._vpc.id,
            service_name=f"com.amazonaws.{region}.dynamodb",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in (inside or [outside])],
        )
        self.subnets = Subnets(
            vpc_id=self._vpc.id,
            cidr=props.cidr,
            public=[subnet.id for subnet in public],
            tasks=[subnet.id for subnet in private or public],
            tasks_have_public_addresses=not private,
            outgoing_addresses=[f"{address.public_ip}/32" for address in addresses],
            ways_out=self._ways_out,
        )

    def _subnet(self, kind: str, number: int, table: aws.RouteTable) -> aws.Subnet:
        zone = self._props.zones[number]
        network = IPv4Network(self._props.cidr)
        blocks = list(network.subnets(prefixlen_diff=_SUBNET_BITS))
        subnet = aws.Subnet(
            self,
            f"{kind}_{zone}",
            vpc_id=self._vpc.id,
            # By the letter, not by its place in the list: a zone that is added must not move the others.
            cidr_block=str(blocks[2 * ZONES.index(zone) + (kind == "private")]),
            availability_zone=f"{self._region}{zone}",
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._name}-{kind}-{zone}"},
        )
        aws.RouteTableAssociation(self, f"{kind}_{zone}_table", route_table_id=table.id, subnet_id=subnet.id)
        return subnet

    def _behind_nat(self, public: list[aws.Subnet]) -> tuple[list[aws.Eip], list[aws.RouteTable]]:
        """Return the addresses of the NAT gateways, and a table for each zone; a zone without a gateway shares one."""
        zones = self._props.zones[: self._props.nat_gateways]
        addresses = [
            aws.Eip(self, f"address_{zone}", domain="vpc", tags={"Name": self._name}, lifecycle=kept(self._retain))
            for zone in zones
        ]
        gateways = [
            aws.NatGateway(
                self, f"nat_{zone}", allocation_id=address.id, subnet_id=subnet.id, depends_on=[*self._ways_out]
            )
            for zone, address, subnet in zip(zones, addresses, public, strict=False)
        ]
        tables: list[aws.RouteTable] = []
        for number, zone in enumerate(self._props.zones if gateways else ()):
            tables.append(self._table(f"private_{zone}"))
            nat = gateways[number % len(gateways)].id
            self._ways_out.append(self._route(f"private_{zone}", tables[-1], nat_gateway_id=nat))
        return addresses, tables

    def _table(self, kind: str) -> aws.RouteTable:
        name = f"{self._name}-{kind.replace('_', '-')}"
        return aws.RouteTable(self, f"{kind}_routes", vpc_id=self._vpc.id, tags={"Name": name})

    def _route(self, kind: str, table: aws.RouteTable, **target: str) -> aws.Route:
        return aws.Route(self, f"{kind}_route", route_table_id=table.id, destination_cidr_block=_ANYWHERE, **target)  # pyright: ignore[reportArgumentType] - the target's name is one of many
