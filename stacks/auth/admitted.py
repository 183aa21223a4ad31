"""A web ACL that admits only given addresses to the pool: nothing but the API reaches it.

Cognito accepts a user's access token from any client, so that rules of the API (a recent sign-in, rate limits) do not
hold for calls straight to Cognito. Requests signed with AWS credentials are not affected.
"""

from collections.abc import Iterator
from typing import Any

from constructs import Construct

from stacks import aws


class AdmittedAddresses(Construct):
    """Regional web ACL with an IP set per family; every other address is blocked (WAFV2, CreateWebACL)."""

    def __init__(self, scope: Construct, id_: str, *, name: str, networks: tuple[str, ...]) -> None:
        """Admit ``networks``, in CIDR notation."""
        super().__init__(scope, id_)
        families = {
            "IPV4": [network for network in networks if ":" not in network],
            "IPV6": [network for network in networks if ":" in network],
        }
        self.resource = aws.Wafv2WebAcl(
            self,
            "Default",
            name=name,
            scope="REGIONAL",
            default_action=aws.Wafv2WebAclDefaultAction(block=aws.Wafv2WebAclDefaultActionBlock()),
            rule=list(self._rules(name, families)),
            visibility_config=aws.Wafv2WebAclVisibilityConfig(**_visible(name)),
        )

    def _rules(self, name: str, families: dict[str, list[str]]) -> "Iterator[aws.Wafv2WebAclRule]":
        for priority, (family, networks) in enumerate(families.items()):
            if not networks:
                continue
            label = f"{name}-{family.lower()}"
            addresses = aws.Wafv2IpSet(
                self, family.lower(), name=label, scope="REGIONAL", ip_address_version=family, addresses=networks
            )
            yield aws.Wafv2WebAclRule(
                name=label,
                priority=priority,
                action=aws.Wafv2WebAclRuleAction(allow=aws.Wafv2WebAclRuleActionAllow()),
                statement={"ip_set_reference_statement": {"arn": addresses.arn}},
                visibility_config=aws.Wafv2WebAclRuleVisibilityConfig(**_visible(label)),
            )


def _visible(name: str) -> dict[str, Any]:
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": False}
