"""Arguments of the hosting stack; ``environments/NAME.toml`` contains them in its table ``hosting``."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from stacks.auth.secret_store import SecretStore
from stacks.props import AccountId, CertificateArn, Network, Props, RoleArn, TableName, UserPoolId, matching, twice
from stacks.removal_policy import RemovalPolicy

ZONES = "abcdefgh"
# Of a VPC, and of one whose sixteen subnets still have room for a load balancer.
_LARGEST_NETWORK, _SMALLEST_NETWORK = 16, 22
# Fargate, "Task CPU and memory": the amounts of memory in MiB by CPU units.
_SIZES = {
    256: (512, 1024, 2048),
    512: (1024, 2048, 3072, 4096),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
}
# ACM, RequestCertificate: the first name of a certificate.
_LONGEST_CERTIFIED = 64
# What the stack sets itself.
_OWN_SETTINGS = {
    "AWS_REGION": "the stack's variable aws_region",
    "RATE_LIMIT_STORAGE": "valkey_node_type",
    "STACK_OUTPUTS_FILE": "`make hosting-secrets`",
    "STACK_OUTPUTS_JSON": "`make hosting-secrets`",
    "STATE_STORE": "state_table",
    "TRUSTED_PROXIES": "network",
}
_SECRET_SETTING = re.compile(r"SECRET$|SECRET_ARN$|TOKEN$|KEYS?$|PASSWORD$")

Domain = Annotated[
    str, matching(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", "a host such as api.example.com")
]
VpcId = Annotated[str, matching(r"vpc-[0-9a-f]{8,17}", "an id such as vpc-0123456789abcdef0")]
SubnetIds = Annotated[
    tuple[Annotated[str, matching(r"subnet-[0-9a-f]{8,17}", "an id such as subnet-0123456789abcdef0")], ...],
    Field(min_length=2),
]
SettingName = Annotated[str, matching(r"[A-Z][A-Z0-9_]*", "the name of a setting in capitals, such as ADMIN_GROUP")]
SecretArn = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:secretsmanager:[\w-]+:\d{12}:secret:[^:\s]+",
        "the ARN of a secret in Secrets Manager, without the name of a key in it",
    ),
]


def _network(text: str) -> str:
    try:
        network = IPv4Network(text)
    except ValueError:
        network = None
    if network is None or not network.is_private or network.is_loopback or network.is_link_local:
        message = "it must be a private IPv4 network without host bits, such as 10.20.0.0/16"
        raise ValueError(message)
    return text


Cidr = Annotated[str, AfterValidator(_network)]


class NewNetwork(Props):
    """A network of its own: in each zone a subnet for the load balancer, and one for the tasks."""

    cidr: Cidr = "10.20.0.0/16"
    zones: Annotated[
        tuple[Annotated[str, matching(f"[{ZONES}]", f"the letter of a zone, {ZONES[0]} to {ZONES[-1]}")], ...],
        Field(min_length=2),
    ] = ("a", "b")
    nat_gateways: Annotated[int, Field(ge=0)] = 1
    """Gateways through which the tasks reach Cognito; 0 gives the tasks public addresses in place of it."""

    def _problems(self) -> Iterator[str]:
        if not _LARGEST_NETWORK <= IPv4Network(self.cidr).prefixlen <= _SMALLEST_NETWORK:
            yield f"cidr = {self.cidr!r}: its size must be /{_LARGEST_NETWORK} to /{_SMALLEST_NETWORK}"
        yield from (f"zones: {zone!r} is there more than once; each must be unique" for zone in twice(self.zones))
        if self.nat_gateways > len(self.zones):
            yield f"nat_gateways = {self.nat_gateways}: at most one for each of the {len(self.zones)} zones"


class ExistingNetwork(Props):
    """A network that another stack manages."""

    vpc_id: VpcId
    cidr: Cidr
    """Its addresses: the load balancer's are in it, and the API believes their X-Forwarded-For."""
    public_subnet_ids: SubnetIds
    task_subnet_ids: SubnetIds
    """They need a way to Cognito, ECR, Secrets Manager, CloudWatch and DynamoDB: a NAT gateway, or endpoints."""
    tasks_have_public_addresses: bool = False
    """Only where the subnets of the tasks have an internet gateway, and no other way out."""
    outgoing_addresses: tuple[Network, ...] = ()
    """The public addresses of the NAT gateways; needed for ``close_pool``."""


class HostingProps(Props):
    """Synthesis-time arguments of the hosting stack."""

    name: Annotated[
        str,
        # ECR and ElastiCache take no double hyphen; the two words begin names that AWS keeps for itself.
        matching(
            r"(?!sg-|internal-)(?=.{2,28}$)[a-z](-?[a-z0-9])*",
            "2 to 28 characters out of a-z, 0-9 and single hyphens inside, and not begin with sg- or internal-",
        ),
    ] = "sign-in"
    """Name of the load balancer, the cluster and everything else."""
    variables: dict[str, Any] = Field(default_factory=dict)
    """Values of the Terraform variables, in place of their defaults."""
    domain: Domain
    """The host of the API, such as ``api.example.com``."""
    hosted_zone_id: (
        Annotated[str, matching("[A-Z0-9]{1,32}", "the id of a hosted zone, such as Z0123456789AB")] | None
    ) = None
    """Zone of Route 53 that gets the records of the host and its certificate."""
    certificate_arn: CertificateArn | None = None
    """A certificate of ACM in the stack's region; default: a new one, validated in the hosted zone."""
    network: NewNetwork | ExistingNetwork = NewNetwork()
    image_digest: (
        Annotated[str, matching("sha256:[0-9a-f]{64}", "a digest, sha256:..., as `make image-push` prints it")] | None
    ) = None
    """The image that runs; without one there is no service yet."""
    user_pool_id: UserPoolId
    client_secret_store: SecretStore | None = None
    """As in the auth stack: the task may read that secret."""
    settings: dict[SettingName, str] = Field(default_factory=dict[str, str])
    """Settings of the API without secrets (docs/settings.md), such as ``ADMIN_GROUP``."""
    secret_settings: dict[SettingName, SecretArn] = Field(default_factory=dict[str, str])
    """Settings of the API that are secrets: for each the ARN of a secret, encrypted with Secrets Manager's own key."""
    state_table: TableName | None = None
    """Name of the table of the auth stack (its ``state_table``); default: a new table, ``NAME-state``."""
    cpu: Literal[256, 512, 1024, 2048] = 256
    memory: int = 512
    """MiB of a task."""
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    min_tasks: Annotated[int, Field(ge=2)] = 2
    """At least two, so that the loss of a zone is no outage."""
    max_tasks: int = 6
    """Equal to ``min_tasks``: no autoscaling."""
    requests_per_task: Annotated[int, Field(ge=100)] = 3000
    """Requests in a minute for each task, above which a task is added."""
    valkey_node_type: (
        Annotated[str, matching(r"cache\.[a-z0-9]+\.[a-z0-9]+", "a node type, cache.t4g.micro")] | None
    ) = None
    """With it the tasks share their rate limits; without it each task counts by itself."""
    requests_per_address: Annotated[int, Field(ge=100, le=2_000_000_000)] = 1000
    """Requests from one address in five minutes, above which the web ACL blocks it."""
    captcha_on_sign_up: bool = False
    """WAF asks the browser for a CAPTCHA before ``POST /signup``: for pages that use its JavaScript integration."""
    managed_rules: Literal["count", "block"] = "count"
    """AWS's common rules: count first, look at what they would block (CountedRequests by rule), then block."""
    close_pool: bool = False
    """The pool gets a web ACL that admits only this service's addresses, and so no hosted pages."""
    alarm_mail: Annotated[str, matching(r"[^\s@]+@[^\s@]+", "a mail address")] | None = None
    """Alarms are mailed to this address, after it is confirmed; other subscribers go to the topic of the outputs."""
    log_retention_days: Literal[7, 14, 30, 60, 90, 180, 365, 400, 731] = 90
    access_log_bucket: Annotated[str, matching(r"[a-z0-9.-]{3,63}", "the name of a bucket")] | None = None
    """Bucket for the load balancer's access logs, with the policy that they need."""
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN
    allowed_account_ids: tuple[AccountId, ...] = ()
    assume_role_arn: RoleArn | None = None

    def _problems(self) -> Iterator[str]:
        yield from self._setting_problems()
        if self.memory not in _SIZES[self.cpu]:
            allowed = ", ".join(map(str, _SIZES[self.cpu]))
            yield f"memory = {self.memory}: Fargate offers with cpu = {self.cpu}: {allowed}"
        if self.max_tasks < self.min_tasks:
            yield f"max_tasks = {self.max_tasks}: at least min_tasks = {self.min_tasks}"
        if self.hosted_zone_id is None and self.certificate_arn is None:
            yield "hosted_zone_id and certificate_arn: without a zone, the certificate must exist; set certificate_arn"
        if self.certificate_arn is None and len(self.domain) > _LONGEST_CERTIFIED:
            yield f"domain = {self.domain!r}: longer than {_LONGEST_CERTIFIED} characters; set certificate_arn"
        if self.close_pool and not self._has_fixed_addresses():
            yield (
                "close_pool without fixed addresses: set nat_gateways = 1 or more, or outgoing_addresses of the "
                "existing network"
            )
        if self.close_pool and {"OAUTH_DOMAIN", "OAUTH_CALLBACK_URL"} & {*self.settings}:
            yield "close_pool with hosted pages: the web ACL would close them to all browsers; remove one of them"

    def _has_fixed_addresses(self) -> bool:
        network = self.network
        return bool(network.nat_gateways if isinstance(network, NewNetwork) else network.outgoing_addresses)

    def _setting_problems(self) -> Iterator[str]:
        for name in sorted({*self.settings, *self.secret_settings} & {*_OWN_SETTINGS}):
            yield f"settings.{name}: the stack sets it; see {_OWN_SETTINGS[name]}"
        for name in sorted(name for name in self.settings if _SECRET_SETTING.search(name)):
            yield f"settings.{name}: a secret; put it into Secrets Manager, and its ARN into secret_settings"
        for name in sorted({*self.settings} & {*self.secret_settings}):
            yield f"settings.{name}: it is in secret_settings, too; remove one of them"
        if self.settings.get("LOG_LEVEL", "INFO") not in {"INFO", "DEBUG"}:
            yield "settings.LOG_LEVEL: the alarms read the lines of INFO; use INFO or DEBUG"
        if "SEALING_KEYS" in self.secret_settings:
            yield "secret_settings.SEALING_KEYS: the stack has them; `make hosting-secrets` renews them"
