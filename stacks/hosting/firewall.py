"""Web ACL of the load balancer: a limit for each address, AWS's rules, and a CAPTCHA on sign-up if wanted."""

from typing import Any, Literal

from constructs import Construct

from stacks import aws

_COMMON = "AWSManagedRulesCommonRuleSet"
_KNOWN_BAD = "AWSManagedRulesKnownBadInputsRuleSet"


class Firewall(Construct):
    """A regional web ACL (WAFV2, CreateWebACL), associated with the load balancer.

    The API has limits of its own, by account and by address; this one keeps floods from reaching it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        load_balancer_arn: str,
        requests_per_address: int,
        captcha_on_sign_up: bool,
        managed_rules: Literal["count", "block"],
    ) -> None:
        """Create the web ACL ``name`` and associate it."""
        super().__init__(scope, id_)
        self._name = name
        rules = [
            self._rule("rate", 0, _rate(requests_per_address), action=aws.Wafv2WebAclRuleAction(block={})),
            # Requests that only attackers send, such as Log4j's look-ups.
            self._managed(_KNOWN_BAD, 1, "block"),
            self._managed(_COMMON, 2, managed_rules),
        ]
        if captcha_on_sign_up:
            rules.append(self._rule("captcha", 3, _SIGN_UP, action=aws.Wafv2WebAclRuleAction(captcha={})))
        self.resource = aws.Wafv2WebAcl(
            self,
            "Default",
            name=name,
            scope="REGIONAL",
            default_action=aws.Wafv2WebAclDefaultAction(allow={}),
            rule=rules,
            visibility_config=aws.Wafv2WebAclVisibilityConfig(**_visible(name)),
        )
        aws.Wafv2WebAclAssociation(self, "association", resource_arn=load_balancer_arn, web_acl_arn=self.resource.arn)

    def _managed(self, group: str, priority: int, mode: Literal["count", "block"]) -> aws.Wafv2WebAclRule:
        nothing: dict[str, Any] = {}
        override = aws.Wafv2WebAclRuleOverrideAction(**{"count" if mode == "count" else "none": nothing})
        statement = {"managed_rule_group_statement": {"name": group, "vendor_name": "AWS"}}
        return self._rule(group, priority, statement, override_action=override)

    def _rule(self, label: str, priority: int, statement: dict[str, Any], **action: Any) -> aws.Wafv2WebAclRule:  # noqa: ANN401 - one of two kinds of action
        visible = aws.Wafv2WebAclRuleVisibilityConfig(**_visible(f"{self._name}-{label}"))
        return aws.Wafv2WebAclRule(
            name=label, priority=priority, statement=statement, visibility_config=visible, **action
        )


def _rate(limit: int) -> dict[str, Any]:
    # AWS counts over five minutes.
    return {"rate_based_statement": {"limit": limit, "aggregate_key_type": "IP"}}


def _matches(part: str, value: str) -> dict[str, Any]:
    return {
        "byte_match_statement": {
            "field_to_match": {part: {}},
            "positional_constraint": "EXACTLY",
            "search_string": value,
            # As the server reads the path: /%73ignup is /signup.
            "text_transformation": [{"priority": 0, "type": "URL_DECODE"}, {"priority": 1, "type": "NORMALIZE_PATH"}],
        }
    }


_SIGN_UP = {"and_statement": {"statement": [_matches("method", "POST"), _matches("uri_path", "/signup")]}}


def _visible(name: str) -> dict[str, Any]:
    # Samples would store headers of requests, and so tokens.
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": False}
