"""Alarms: on signals of the log, on the load balancer, and on the error budget of a month."""

from typing import Any

from constructs import Construct

from stacks import aws
from stacks.hosting.load_balancer import LoadBalancer
from stacks.hosting.signals import NAMESPACE, SIGNALS, Signal

# Of a month's requests, one in a thousand may fail (docs/hosting.md, Objectives).
BUDGET = 0.001
# How fast a budget may burn, and over which time it is measured: 2 % of it in an hour, 5 % in six (Google, "The Site
# Reliability Workbook", chapter 5).
BURNS = (("fast", 3600, 14.4), ("slow", 21600, 6.0))
_MANY_REQUESTS = 100


class Alarms(Construct):
    """A topic, and alarms that go to it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        log_group: str,
        load_balancer: LoadBalancer,
        mail: str | None,
        min_tasks: int | None,
    ) -> None:
        """Watch the log and the load balancer; ``mail`` gets the alarms after it is confirmed.

        ``min_tasks`` is the number of tasks that must be healthy, or None where there is no service.
        """
        super().__init__(scope, id_)
        self._name = name
        self._alarms: dict[str, aws.CloudwatchMetricAlarm] = {}
        # No key: CloudWatch may not use SNS's own, and a message has only the name of an alarm.
        self.topic = aws.SnsTopic(self, "topic", name=name)
        if mail:
            aws.SnsTopicSubscription(self, "mail", topic_arn=self.topic.arn, protocol="email", endpoint=mail)
        for signal in SIGNALS:
            self._watch(signal, log_group)
        parts = {"LoadBalancer": load_balancer.resource.arn_suffix}
        targets = parts | {"TargetGroup": load_balancer.targets.arn_suffix}
        self._alarm(
            "UnhealthyTasks",
            "A task does not answer /livez and is replaced; its log says why.",
            threshold=1,
            metric={"namespace": "AWS/ApplicationELB", "metric_name": "UnHealthyHostCount", "dimensions": targets},
            statistic="Maximum",
        )
        if min_tasks:
            self._alarm(
                "TooFewTasks",
                "Fewer tasks than wanted answer for ten minutes; the events of the service say why.",
                threshold=min_tasks,
                metric={"namespace": "AWS/ApplicationELB", "metric_name": "HealthyHostCount", "dimensions": targets},
                comparison="LessThanThreshold",
                missing="breaching",
                period=600,
                statistic="Maximum",
            )
        for speed, seconds, rate in BURNS:
            self._burn(speed, seconds, rate, parts)
        # A deployment is rolled back for these only: others may be of the world, and the former image not mend them.
        self.of_deployments = [self._alarms[signal].alarm_name for signal in ("ServerErrors", "UnhandledErrors")]

    def _watch(self, signal: Signal, log_group: str) -> None:
        aws.CloudwatchLogMetricFilter(
            self,
            f"filter_{signal.name}",
            name=signal.name,
            log_group_name=log_group,
            pattern=signal.pattern,
            metric_transformation=aws.CloudwatchLogMetricFilterMetricTransformation(
                namespace=NAMESPACE, name=f"{self._name}-{signal.name}", value=signal.value
            ),
        )
        kind = "extended_statistic" if signal.statistic.startswith("p") else "statistic"
        self._alarm(
            signal.name,
            signal.meaning,
            threshold=signal.threshold,
            metric={"namespace": NAMESPACE, "metric_name": f"{self._name}-{signal.name}"},
            period=signal.seconds,
            **{kind: signal.statistic},
        )

    def _burn(self, speed: str, seconds: int, rate: float, dimensions: dict[str, str]) -> None:
        names = {
            "requests": "RequestCount",
            "own": "HTTPCode_Target_5XX_Count",
            "balancer": "HTTPCode_ELB_5XX_Count",
        }
        queries = [
            aws.CloudwatchMetricAlarmMetricQuery(
                id=id_,
                metric=aws.CloudwatchMetricAlarmMetricQueryMetric(
                    namespace="AWS/ApplicationELB",
                    metric_name=metric,
                    dimensions=dimensions,
                    period=seconds,
                    stat="Sum",
                ),
            )
            for id_, metric in names.items()
        ]
        # With a few requests, one error is no trend.
        # `requests` counts those that had a task: without any task, all are the balancer's own errors.
        errors, all_ = "(FILL(own, 0) + FILL(balancer, 0))", "(FILL(requests, 0) + FILL(balancer, 0))"
        share = f"IF({all_} > {_MANY_REQUESTS}, {errors} / {all_}, 0)"
        queries.append(aws.CloudwatchMetricAlarmMetricQuery(id="share", expression=share, return_data=True))
        self._alarm(
            f"ErrorBudget-{speed}",
            f"In {seconds // 3600} h errors used the budget of a month {rate} times as fast as it lasts.",
            threshold=rate * BUDGET,
            metric={"metric_query": queries},
            period=None,
        )

    def _alarm(
        self,
        name: str,
        meaning: str,
        *,
        threshold: float,
        metric: dict[str, Any],
        comparison: str = "GreaterThanOrEqualToThreshold",
        missing: str = "notBreaching",
        period: int | None = 300,
        **statistic: Any,  # noqa: ANN401 - one of two names
    ) -> None:
        self._alarms[name] = aws.CloudwatchMetricAlarm(
            self,
            f"alarm_{name}",
            alarm_name=f"{self._name}-{name}",
            alarm_description=meaning,
            comparison_operator=comparison,
            threshold=threshold,
            evaluation_periods=1,
            period=period,
            # Nothing is logged while nothing happens; a percentile of a few requests is one request.
            treat_missing_data=missing,
            evaluate_low_sample_count_percentiles="ignore" if "extended_statistic" in statistic else None,
            alarm_actions=[self.topic.arn],
            ok_actions=[self.topic.arn],
            **metric,
            **statistic,
        )
