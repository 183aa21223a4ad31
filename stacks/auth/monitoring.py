"""Log delivery and web ACL of a pool."""

from collections.abc import Iterator
from typing import Literal

from constructs import Construct

from stacks import aws
from stacks.props import DestinationArn, Props, WebAclArn


class LogDelivery(Props):
    """A kind of log and the ARN of its destination: a CloudWatch log group, a Firehose stream or an S3 bucket."""

    event_source: Literal["userNotification", "userAuthEvents"]
    """Email and SMS that could not be sent (every tier), or sign-ins with their risk (PLUS)."""
    destination_arn: DestinationArn

    @property
    def destination(self) -> Literal["logs", "firehose", "s3"]:
        """The service of the destination."""
        return next(
            name for name in ("firehose", "s3", "logs") if f":{name}:" in self.destination_arn or name == "logs"
        )

    def _problems(self) -> Iterator[str]:
        if self.event_source == "userNotification" and self.destination != "logs":
            yield f"destination_arn = {self.destination_arn}: userNotification goes to CloudWatch; set a log group"


class LogDeliveries(Construct):
    """Log delivery of a pool."""

    def __init__(self, scope: Construct, id_: str, *, user_pool_id: str, logs: tuple[LogDelivery, ...]) -> None:
        """Deliver ``logs`` of the pool."""
        super().__init__(scope, id_)
        self.resource = aws.CognitoLogDeliveryConfiguration(
            self, "Default", user_pool_id=user_pool_id, log_configurations=[_configuration(log) for log in logs]
        )


def _configuration(log: LogDelivery) -> aws.CognitoLogDeliveryConfigurationLogConfigurations:
    arn = log.destination_arn
    logs = aws.CognitoLogDeliveryConfigurationLogConfigurationsCloudWatchLogsConfiguration(log_group_arn=arn)
    stream = aws.CognitoLogDeliveryConfigurationLogConfigurationsFirehoseConfiguration(stream_arn=arn)
    bucket = aws.CognitoLogDeliveryConfigurationLogConfigurationsS3Configuration(bucket_arn=arn)
    return aws.CognitoLogDeliveryConfigurationLogConfigurations(
        event_source=log.event_source,
        log_level="ERROR" if log.event_source == "userNotification" else "INFO",
        cloud_watch_logs_configuration=[logs] if log.destination == "logs" else None,
        firehose_configuration=[stream] if log.destination == "firehose" else None,
        s3_configuration=[bucket] if log.destination == "s3" else None,
    )


class WebAcl(Construct):
    """A regional web ACL for the pool."""

    def __init__(self, scope: Construct, id_: str, *, user_pool_arn: str, web_acl_arn: WebAclArn) -> None:
        """Associate the web ACL with the pool."""
        super().__init__(scope, id_)
        self.resource = aws.Wafv2WebAclAssociation(self, "Default", resource_arn=user_pool_arn, web_acl_arn=web_acl_arn)
