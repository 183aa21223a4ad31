"""Load balancer: TLS ends here; the name and the certificate of the host."""

from typing import Any

from constructs import Construct

from stacks import aws
from stacks.hosting.network import Subnets
from stacks.hosting.security_groups import PORT
from stacks.removal_policy import kept

# TLS 1.2 with forward secrecy, and TLS 1.3 (ALB, "Security policies for your Application Load Balancer").
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
# Less than uvicorn keeps an idle connection (75 s, `python -m api`), so that this side always closes it.
_IDLE_SECONDS = 60
# As long as `stop` lets requests take (`--timeout-graceful-shutdown`).
DRAIN_SECONDS = 20


class LoadBalancer(Construct):
    """A public Application Load Balancer with an HTTPS listener; port 80 redirects to it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        subnets: Subnets,
        security_group_id: str,
        certificate_arn: str,
        access_log_bucket: str | None,
        retain: bool,
    ) -> None:
        """Create the load balancer in the public ``subnets``."""
        super().__init__(scope, id_)
        logs = aws.LbAccessLogs(bucket=access_log_bucket, prefix=name, enabled=True) if access_log_bucket else None
        self.resource = aws.Lb(
            self,
            "Default",
            name=name,
            load_balancer_type="application",
            subnets=subnets.public,
            security_groups=[security_group_id],
            idle_timeout=_IDLE_SECONDS,
            # The client's address is appended to X-Forwarded-For, of which the API believes the last (TRUSTED_PROXIES).
            xff_header_processing_mode="append",
            # Request smuggling: what is ambiguous is not forwarded.
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            enable_deletion_protection=retain,
            access_logs=logs,
            lifecycle=kept(retain),
            depends_on=subnets.ways_out,
        )
        self.targets = self._targets(name, subnets.vpc_id)
        self.listener = self._listener(certificate_arn)

    def _targets(self, name: str, vpc_id: str) -> aws.LbTargetGroup:
        # /livez, not /readyz: where Cognito refuses the client, new tasks would be as unready as the old ones.
        health = aws.LbTargetGroupHealthCheck(
            path="/livez", matcher="200", interval=10, timeout=5, healthy_threshold=2, unhealthy_threshold=3
        )
        return aws.LbTargetGroup(
            self,
            "targets",
            name=name,
            port=PORT,
            protocol="HTTP",
            target_type="ip",
            vpc_id=vpc_id,
            deregistration_delay=str(DRAIN_SECONDS),
            # A sign-in lasts a second, a look-up a millisecond: turns would load the tasks unevenly.
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check=health,
        )

    def _listener(self, certificate_arn: str) -> aws.LbListener:
        to_https = aws.LbListenerDefaultActionRedirect(protocol="HTTPS", port="443", status_code="HTTP_301")
        aws.LbListener(
            self,
            "http",
            load_balancer_arn=self.resource.arn,
            port=80,
            protocol="HTTP",
            default_action=[aws.LbListenerDefaultAction(type="redirect", redirect=to_https)],
        )
        return aws.LbListener(
            self,
            "https",
            load_balancer_arn=self.resource.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=_TLS_POLICY,
            certificate_arn=certificate_arn,
            default_action=[aws.LbListenerDefaultAction(type="forward", target_group_arn=self.targets.arn)],
        )


class Certificate(Construct):
    """A certificate of ACM, validated by a record in the hosted zone; ACM renews it as long as that record exists."""

    def __init__(self, scope: Construct, id_: str, *, domain: str, hosted_zone_id: str) -> None:
        """Request the certificate for ``domain``; ``arn`` is known when it has been issued."""
        super().__init__(scope, id_)
        certificate = aws.AcmCertificate(
            self,
            "Default",
            domain_name=domain,
            validation_method="DNS",
            # A new certificate exists before the old one is removed: a listener must always have one.
            lifecycle={"create_before_destroy": True},
        )
        place = f"{certificate.terraform_resource_type}.{certificate.friendly_unique_id}"

        def part(name: str) -> str:
            return f"${{tolist({place}.domain_validation_options)[0].{name}}}"

        record = aws.Route53Record(
            self,
            "validation_record",
            zone_id=hosted_zone_id,
            name=part("resource_record_name"),
            type=part("resource_record_type"),
            records=[part("resource_record_value")],
            ttl=300,
            allow_overwrite=True,
        )
        self.arn = aws.AcmCertificateValidation(
            self, "validation", certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn]
        ).certificate_arn


def address_record(scope: Construct, load_balancer: aws.Lb, *, domain: str, hosted_zone_id: str) -> aws.Route53Record:
    """Return the record that leads from ``domain`` to the load balancer."""
    alias: Any = aws.Route53RecordAlias(
        name=load_balancer.dns_name, zone_id=load_balancer.zone_id, evaluate_target_health=True
    )
    return aws.Route53Record(scope, "address", zone_id=hosted_zone_id, name=domain, type="A", alias=alias)
