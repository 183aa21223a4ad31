"""The dashboard: traffic, errors, tasks, state, web ACL, and Cognito's throttles and quotas."""

import json
from collections.abc import Iterator
from typing import Any

from constructs import Construct

from stacks import aws
from stacks.hosting.load_balancer import LoadBalancer
from stacks.hosting.signals import NAMESPACE, SIGNALS

Json = dict[str, Any]
_WIDTH, _HEIGHT, _COLUMNS = 8, 6, 3
_THROTTLES = ("SignUpThrottles", "SignInThrottles", "TokenRefreshThrottles", "FederationThrottles")


def declare_dashboard(
    scope: Construct,
    *,
    name: str,
    region: str,
    load_balancer: LoadBalancer,
    table: str,
    user_pool_id: str,
) -> aws.CloudwatchDashboard:
    """Return the dashboard ``name``."""
    balancer = ["LoadBalancer", load_balancer.resource.arn_suffix]
    targets = ["TargetGroup", load_balancer.targets.arn_suffix, *balancer]
    charts = [
        *_of_requests(name, balancer, targets),
        *_of_tasks(name, table, region),
        *_of_cognito(user_pool_id),
    ]
    widgets = [_widget(number, chart, region) for number, chart in enumerate(charts)]
    body = json.dumps({"widgets": widgets})
    return aws.CloudwatchDashboard(scope, "dashboard", dashboard_name=name, dashboard_body=body)


def _chart(title: str, metrics: list[list[Any]], stat: str = "Sum") -> Json:
    return {"title": title, "metrics": metrics, "stat": stat, "period": 300, "view": "timeSeries"}


def _of_requests(name: str, balancer: list[str], targets: list[str]) -> Iterator[Json]:
    alb = "AWS/ApplicationELB"
    yield _chart("Requests", [[alb, "RequestCount", *balancer]])
    kinds = ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_4XX_Count")
    yield _chart("Errors", [[alb, kind, *balancer] for kind in kinds])
    times = [[NAMESPACE, f"{name}-RequestMilliseconds", {"stat": stat}] for stat in ("p50", "p95", "p99")]
    yield _chart("Milliseconds of a request", times)
    signals = [signal.name for signal in SIGNALS if signal.value == "1"]
    yield _chart("Signals of the log", [[NAMESPACE, f"{name}-{signal}"] for signal in signals])
    tasks = [[alb, kind, *targets] for kind in ("HealthyHostCount", "UnHealthyHostCount")]
    yield _chart("Healthy tasks", tasks, "Minimum")


def _of_tasks(name: str, table: str, region: str) -> Iterator[Json]:
    service = ["ClusterName", name, "ServiceName", name]
    used = [["AWS/ECS", kind, *service] for kind in ("CPUUtilization", "MemoryUtilization")]
    yield _chart("Use of the tasks, percent", used, "Average")
    units = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents")
    yield _chart("State table", [["AWS/DynamoDB", unit, "TableName", table] for unit in units])
    acl = ["WebACL", name, "Rule", "ALL"]
    kinds = ("BlockedRequests", "CountedRequests")
    yield _chart("Web ACL", [["AWS/WAFV2", kind, *acl, "Region", region] for kind in kinds])


def _of_cognito(user_pool_id: str) -> Iterator[Json]:
    # Each client has metrics of its own, and so has each quota: they are looked up.
    pool = f'{{AWS/Cognito,UserPool,UserPoolClient}} UserPool="{user_pool_id}"'
    searches = [f"SEARCH('{pool} MetricName=\"{metric}\"', 'Sum', 300)" for metric in _THROTTLES]
    yield _chart("Throttled by Cognito", [[{"expression": search}] for search in searches])
    usage = "SEARCH('{AWS/Usage,Class,Resource,Service,Type} Cognito MetricName=\"CallCount\"', 'Sum', 300)"
    yield _chart("Calls that count for Cognito's quotas", [[{"expression": usage}]])


def _widget(number: int, chart: Json, region: str) -> Json:
    row, column = divmod(number, _COLUMNS)
    place = {"x": column * _WIDTH, "y": row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
    return {"type": "metric", **place, "properties": {**chart, "region": region}}
