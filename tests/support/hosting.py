"""Hosting stacks of the tests."""

from stacks.auth.secret_store import SecretStore
from stacks.hosting.props import ExistingNetwork, HostingProps, NewNetwork
from stacks.removal_policy import RemovalPolicy

DIGEST = f"sha256:{'0f' * 32}"
POOL = "us-east-1_AbCdEfGhI"
ZONE = "Z0123456789AB"
_SECRETS = "arn:aws:secretsmanager:us-east-1:111122223333:secret:"

DEFAULT = HostingProps(domain="api.example.com", hosted_zone_id=ZONE, user_pool_id=POOL, image_digest=DIGEST)
LARGE = HostingProps(
    name="shop",
    domain="api.example.com",
    hosted_zone_id=ZONE,
    network=NewNetwork(zones=("a", "b", "c"), nat_gateways=2),
    image_digest=DIGEST,
    user_pool_id=POOL,
    client_secret_store=SecretStore(name="shop/client-secret"),
    settings={"ADMIN_GROUP": "administrators", "NOTICES_FROM": "Shop <no-reply@shop.example>"},
    secret_settings={"METRICS_TOKEN": f"{_SECRETS}metrics-AbCdEf"},
    valkey_node_type="cache.t4g.micro",
    captcha_on_sign_up=True,
    managed_rules="block",
    close_pool=True,
    alarm_mail="operators@example.com",
    access_log_bucket="shop-access-logs",
)
SCENARIOS = {
    "hosting": DEFAULT,
    "hosting_without_image": DEFAULT.model_copy(update={"image_digest": None}),
    "hosting_destroyable": DEFAULT.model_copy(update={"removal_policy": RemovalPolicy.DESTROY}),
    "hosting_with_everything": LARGE,
    "hosting_in_existing_network": HostingProps(
        domain="api.example.com",
        certificate_arn="arn:aws:acm:us-east-1:111122223333:certificate/0f0f0f0f",
        network=ExistingNetwork(
            vpc_id="vpc-0123456789abcdef0",
            cidr="10.0.0.0/16",
            public_subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
            task_subnet_ids=("subnet-0123456789abcdef2", "subnet-0123456789abcdef3"),
        ),
        image_digest=DIGEST,
        user_pool_id=POOL,
        state_table="sign-in-state",
    ),
    "hosting_without_nat": HostingProps(
        domain="api.example.com",
        hosted_zone_id=ZONE,
        network=NewNetwork(nat_gateways=0),
        image_digest=DIGEST,
        user_pool_id=POOL,
        min_tasks=2,
        max_tasks=2,
    ),
}
