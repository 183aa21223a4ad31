"""The tasks that run the API's image: definition, service and autoscaling."""

import json
from typing import Any

from cdktf import TerraformResource
from constructs import Construct

from stacks import aws
from stacks.hosting.load_balancer import DRAIN_SECONDS, LoadBalancer
from stacks.hosting.network import Subnets
from stacks.hosting.props import HostingProps
from stacks.hosting.roles import Roles
from stacks.hosting.security_groups import PORT

_USER = "65532:65532"
# SIGTERM, the requests in progress (20 s), the work after their responses (8 s).
_STOP_SECONDS = DRAIN_SECONDS + 10
# The image's own check: it fails with /livez, and asks /readyz, whose answer is then in the log.
HEALTH_COMMAND = ["CMD", "/venv/bin/python", "-m", "api.health.check"]
_CPU_PERCENT = 60


def task_definition(
    scope: Construct,
    props: HostingProps,
    roles: Roles,
    *,
    image: str,
    settings: dict[str, str],
    secrets: dict[str, str],
    log: dict[str, str],
) -> aws.EcsTaskDefinition:
    """Return the definition of a task: one container, read-only, without capabilities, as a user without rights."""
    container: dict[str, Any] = {
        "name": "api",
        "image": image,
        "essential": True,
        "user": _USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
        "portMappings": [{"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in sorted(settings.items())],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(secrets.items())],
        "healthCheck": {"command": HEALTH_COMMAND, "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 15},
        "stopTimeout": _STOP_SECONDS,
        "logConfiguration": {"logDriver": "awslogs", "options": log},
        # AWS fills these in; without them each plan would show a change.
        "mountPoints": [],
        "systemControls": [],
        "volumesFrom": [],
    }
    return aws.EcsTaskDefinition(
        scope,
        "task",
        family=props.name,
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu=str(props.cpu),
        memory=str(props.memory),
        execution_role_arn=roles.execution.arn,
        task_role_arn=roles.task.arn,
        runtime_platform=aws.EcsTaskDefinitionRuntimePlatform(
            operating_system_family="LINUX", cpu_architecture=props.architecture
        ),
        container_definitions=json.dumps([container]),
        # A roll-back needs the former definition.
        skip_destroy=True,
    )


class Service(Construct):
    """The running tasks: new ones are healthy before old ones stop, and a deployment that fails is rolled back."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        props: HostingProps,
        cluster: aws.EcsCluster,
        task: aws.EcsTaskDefinition,
        load_balancer: LoadBalancer,
        subnets: Subnets,
        security_group_id: str,
        alarm_names: list[str],
        needs: list[TerraformResource],
    ) -> None:
        """Run ``task`` behind the load balancer; one of the alarms during a deployment rolls it back.

        ``needs`` is what a task uses and does not refer to: its policies, rules and routes.
        """
        super().__init__(scope, id_)
        self._props, self._cluster = props, cluster
        scales = props.max_tasks > props.min_tasks
        self.resource = aws.EcsService(
            self,
            "Default",
            name=props.name,
            cluster=cluster.id,
            task_definition=task.arn,
            desired_count=props.min_tasks,
            launch_type="FARGATE",
            platform_version="LATEST",
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=aws.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            alarms=aws.EcsServiceAlarms(alarm_names=alarm_names, enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            health_check_grace_period_seconds=30,
            propagate_tags="SERVICE",
            # Otherwise a deploy succeeds before the image has started.
            wait_for_steady_state=True,
            network_configuration=aws.EcsServiceNetworkConfiguration(
                subnets=subnets.tasks,
                security_groups=[security_group_id],
                assign_public_ip=subnets.tasks_have_public_addresses,
            ),
            load_balancer=[
                aws.EcsServiceLoadBalancer(
                    target_group_arn=load_balancer.targets.arn, container_name="api", container_port=PORT
                )
            ],
            depends_on=[load_balancer.listener, *needs],
            # Autoscaling changes the count; a deploy must not undo it.
            lifecycle={"ignore_changes": ["desired_count"]} if scales else None,
        )
        if scales:
            self._scale(f"{load_balancer.resource.arn_suffix}/{load_balancer.targets.arn_suffix}")

    def _scale(self, targets: str) -> None:
        target = aws.AppautoscalingTarget(
            self,
            "scaling",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{self._cluster.name}/{self.resource.name}",
            min_capacity=self._props.min_tasks,
            max_capacity=self._props.max_tasks,
        )
        self._follow(target, "cpu", "ECSServiceAverageCPUUtilization", _CPU_PERCENT)
        self._follow(target, "requests", "ALBRequestCountPerTarget", self._props.requests_per_task, targets)

    def _follow(
        self, target: aws.AppautoscalingTarget, name: str, metric: str, value: int, label: str | None = None
    ) -> None:
        specification = aws.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification(
            predefined_metric_type=metric, resource_label=label
        )
        tracking = aws.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration(
            predefined_metric_specification=specification,
            target_value=value,
            # Up at once, down slowly: a start takes a second, and a wave of sign-ins comes back.
            scale_out_cooldown=60,
            scale_in_cooldown=300,
        )
        aws.AppautoscalingPolicy(
            self,
            f"scale_by_{name}",
            name=f"{self._props.name}-{name}",
            policy_type="TargetTrackingScaling",
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            service_namespace=target.service_namespace,
            target_tracking_scaling_policy_configuration=tracking,
        )
