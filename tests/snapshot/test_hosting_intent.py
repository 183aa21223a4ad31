"""One test for each security property of the hosting stack: an update of the snapshots cannot accept a weakening."""

import json
from typing import Any

import pytest

from tests.support.hosting import DEFAULT, LARGE, SCENARIOS
from tests.support.stacks import synthesize_hosting

Json = dict[str, Any]


@pytest.fixture(scope="module")
def stack() -> Json:
    return synthesize_hosting(DEFAULT)["resource"]


@pytest.fixture(scope="module")
def large() -> Json:
    return synthesize_hosting(LARGE)["resource"]


def only(stack: Json, kind: str) -> Json:
    (resource,) = stack[kind].values()
    return resource


def container(stack: Json) -> Json:
    (found,) = json.loads(only(stack, "aws_ecs_task_definition")["container_definitions"])
    return found


class TestTask:
    def test_has_no_rights_on_its_host(self, stack: Json) -> None:
        found = container(stack)
        assert found["user"] == "65532:65532"
        assert found["readonlyRootFilesystem"] is True
        assert found["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}

    def test_runs_an_image_by_digest(self, stack: Json) -> None:
        assert container(stack)["image"].endswith(f"@{DEFAULT.image_digest}")

    def test_secrets_are_never_in_the_environment(self, large: Json) -> None:
        found = container(large)
        assert {row["name"] for row in found["secrets"]} == {"STACK_OUTPUTS_JSON", "SEALING_KEYS", "METRICS_TOKEN"}
        assert {row["name"] for row in found["environment"]} == {
            "ADMIN_GROUP",
            "AWS_REGION",
            "NOTICES_FROM",
            "RATE_LIMIT_STORAGE",
            "STATE_STORE",
            "TRUSTED_PROXIES",
        }

    def test_believes_the_network_of_the_load_balancer_only(self, stack: Json) -> None:
        settings = {row["name"]: row["value"] for row in container(stack)["environment"]}
        assert settings["TRUSTED_PROXIES"] == only(stack, "aws_vpc")["cidr_block"] == "10.20.0.0/16"

    def test_secrets_have_no_value_in_the_state(self, large: Json) -> None:
        assert "aws_secretsmanager_secret_version" not in large

    def test_has_time_to_end_its_requests(self, stack: Json) -> None:
        drained = int(only(stack, "aws_lb_target_group")["deregistration_delay"])
        assert container(stack)["stopTimeout"] >= drained + 8

    def test_has_no_public_address_behind_a_nat_gateway(self, stack: Json) -> None:
        assert only(stack, "aws_ecs_service")["network_configuration"]["assign_public_ip"] is False
        assert all(
            "_private_" in subnet for subnet in only(stack, "aws_ecs_service")["network_configuration"]["subnets"]
        )

    def test_role_may_do_only_what_the_api_asks_for(self, stack: Json) -> None:
        policy = json.loads(stack["aws_iam_role_policy"]["roles_task_policy_181D7BB7"]["policy"])
        assert [row["Sid"] for row in policy["Statement"]] == ["State"]
        assert not any(row["Resource"] == "*" for row in policy["Statement"])


class TestNetwork:
    def test_tasks_are_reached_from_the_load_balancer_only(self, stack: Json) -> None:
        rules = stack["aws_security_group_rule"].values()
        tasks = [row for row in rules if "_tasks_" in row["security_group_id"] and row["type"] == "ingress"]
        (rule,) = tasks
        assert (rule["from_port"], rule["to_port"]) == (8000, 8000)
        assert "load_balancer" in rule["source_security_group_id"]

    def test_world_reaches_two_ports_of_the_load_balancer(self, large: Json) -> None:
        rules = large["aws_security_group_rule"].values()
        opened = {row["from_port"] for row in rules if row["type"] == "ingress" and row.get("cidr_blocks")}
        assert opened == {80, 443}

    def test_default_group_admits_nothing(self, stack: Json) -> None:
        group = only(stack, "aws_default_security_group")
        assert (group["ingress"], group["egress"]) == ([], [])


class TestLoadBalancer:
    def test_speaks_tls_1_2_or_newer(self, stack: Json) -> None:
        listeners = {row["port"]: row for row in stack["aws_lb_listener"].values()}
        assert listeners[443]["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        assert listeners[80]["default_action"][0]["redirect"]["protocol"] == "HTTPS"

    def test_forwards_nothing_ambiguous(self, stack: Json) -> None:
        balancer = only(stack, "aws_lb")
        assert balancer["drop_invalid_header_fields"] is True
        assert balancer["desync_mitigation_mode"] == "strictest"

    def test_replaces_no_task_because_of_cognito(self, stack: Json) -> None:
        assert only(stack, "aws_lb_target_group")["health_check"]["path"] == "/livez"

    def test_closes_idle_connections_before_the_api_does(self, stack: Json) -> None:
        assert only(stack, "aws_lb")["idle_timeout"] < 75


class TestFirewall:
    def test_limits_each_address(self, stack: Json) -> None:
        rules = {row["name"]: row for row in only(stack, "aws_wafv2_web_acl")["rule"]}
        assert rules["rate"]["action"] == {"block": {}}
        assert rules["rate"]["statement"]["rate_based_statement"]["limit"] == 1000
        assert rules["AWSManagedRulesCommonRuleSet"]["override_action"] == {"count": {}}
        assert rules["AWSManagedRulesKnownBadInputsRuleSet"]["override_action"] == {"none": {}}

    def test_stores_no_requests(self, large: Json) -> None:
        for acl in large["aws_wafv2_web_acl"].values():
            visible = [acl["visibility_config"], *(rule["visibility_config"] for rule in acl["rule"])]
            assert not any(row["sampled_requests_enabled"] for row in visible)

    def test_captcha_reads_the_path_as_the_server_does(self, large: Json) -> None:
        rules = {row["name"]: row for acl in large["aws_wafv2_web_acl"].values() for row in acl["rule"]}
        parts = rules["captcha"]["statement"]["and_statement"]["statement"]
        for part in parts:
            kinds = [row["type"] for row in part["byte_match_statement"]["text_transformation"]]
            assert kinds == ["URL_DECODE", "NORMALIZE_PATH"]

    def test_closed_pool_admits_the_gateways_only(self, large: Json) -> None:
        (addresses,) = large["aws_wafv2_ip_set"].values()
        # One for each gateway.
        assert len(addresses["addresses"]) == len(large["aws_nat_gateway"]) == 2
        closed = next(row for row in large["aws_wafv2_web_acl"].values() if row["name"] == "shop-pool")
        assert closed["default_action"] == {"block": {}}


KEPT = (
    "aws_cloudwatch_log_group",
    "aws_dynamodb_table",
    "aws_ecr_repository",
    "aws_eip",
    "aws_lb",
    "aws_secretsmanager_secret",
)


@pytest.mark.parametrize("kind", KEPT)
def test_destroy_is_refused_unless_it_is_meant(kind: str, stack: Json) -> None:
    assert all(row["lifecycle"] == {"prevent_destroy": True} for row in stack[kind].values())
    destroyable = synthesize_hosting(SCENARIOS["hosting_destroyable"])["resource"]
    assert not any("lifecycle" in row for row in destroyable[kind].values())


def test_table_and_load_balancer_are_protected_at_aws(stack: Json) -> None:
    assert only(stack, "aws_dynamodb_table")["deletion_protection_enabled"] is True
    assert only(stack, "aws_dynamodb_table")["point_in_time_recovery"] == {"enabled": True}
    assert only(stack, "aws_lb")["enable_deletion_protection"] is True


def test_deployment_that_fails_is_rolled_back(stack: Json) -> None:
    service = only(stack, "aws_ecs_service")
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
    assert service["deployment_minimum_healthy_percent"] == 100
    assert service["desired_count"] == 2
    assert only(stack, "aws_ecs_task_definition")["skip_destroy"] is True


def test_tags_of_images_never_move(stack: Json) -> None:
    assert only(stack, "aws_ecr_repository")["image_tag_mutability"] == "IMMUTABLE"


def test_each_alarm_notifies(large: Json) -> None:
    alarms = large["aws_cloudwatch_metric_alarm"].values()
    assert all(row["alarm_actions"] for row in alarms)
    # CloudWatch may not use the key that SNS has by itself.
    assert "kms_master_key_id" not in only(large, "aws_sns_topic")


def test_without_an_image_there_is_no_service() -> None:
    stack = synthesize_hosting(SCENARIOS["hosting_without_image"])["resource"]
    assert not {"aws_ecs_service", "aws_ecs_task_definition", "aws_appautoscaling_target"} & stack.keys()
