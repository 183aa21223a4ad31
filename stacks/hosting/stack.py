"""The Terraform stack of the service: what runs the API's image, and what watches it."""

from cdktf import TerraformOutput, TerraformStack
from constructs import Construct

from stacks import aws
from stacks.auth.admitted import AdmittedAddresses
from stacks.auth.monitoring import WebAcl
from stacks.hosting.alarms import Alarms
from stacks.hosting.dashboard import declare_dashboard
from stacks.hosting.firewall import Firewall
from stacks.hosting.images import ImageRepository
from stacks.hosting.load_balancer import Certificate, LoadBalancer, address_record
from stacks.hosting.network import subnets_of
from stacks.hosting.props import HostingProps
from stacks.hosting.roles import Roles
from stacks.hosting.security_groups import SecurityGroups
from stacks.hosting.service import Service, task_definition
from stacks.hosting.task_policy import statements
from stacks.hosting.task_secrets import TaskSecrets
from stacks.hosting.valkey import Valkey
from stacks.provider import declare_provider
from stacks.removal_policy import RemovalPolicy, kept
from stacks.state_table import StateTable
from stacks.variables import StackVariables


class HostingStack(TerraformStack):
    """Everything but the pool: network, load balancer, tasks, state table, secrets, log and alarms."""

    def __init__(self, scope: Construct, id_: str, props: HostingProps) -> None:
        """Build the stack; without an image's digest it has everything but the service."""
        super().__init__(scope, id_)
        self.props = props
        self._retain = props.removal_policy is RemovalPolicy.RETAIN
        variables = StackVariables(self, props.variables)
        variables.require_no_more()
        self._region = variables.aws_region.string_value
        declare_provider(
            self,
            variables,
            allowed_account_ids=props.allowed_account_ids,
            assume_role_arn=props.assume_role_arn,
        )
        self._partition = aws.DataAwsPartition(self, "partition").partition
        self._subnets = subnets_of(self, props.network, name=props.name, region=self._region, retain=self._retain)
        self._groups = SecurityGroups(
            self,
            "security",
            name=props.name,
            vpc_id=self._subnets.vpc_id,
            has_valkey=props.valkey_node_type is not None,
        )
        self._balancer = self._load_balancer()
        self._repository = ImageRepository(self, "images", name=props.name, retain=self._retain).resource
        self._log = aws.CloudwatchLogGroup(
            self,
            "log",
            name=f"/{props.name}/api",
            retention_in_days=props.log_retention_days,
            lifecycle=kept(self._retain),
        )
        self._secrets = TaskSecrets(self, "secrets", name=props.name, retain=self._retain)
        self._table = self._state_table()
        alarms = self._monitoring()
        self._tasks(alarms)
        if props.close_pool:
            self._close_pool()
        self._outputs(alarms)

    def _load_balancer(self) -> LoadBalancer:
        props = self.props
        certificate_arn = props.certificate_arn
        if certificate_arn is None and props.hosted_zone_id:
            certificate = Certificate(self, "certificate", domain=props.domain, hosted_zone_id=props.hosted_zone_id)
            certificate_arn = certificate.arn
        balancer = LoadBalancer(
            self,
            "load_balancer",
            name=props.name,
            subnets=self._subnets,
            security_group_id=self._groups.load_balancer.id,
            certificate_arn=certificate_arn or "",
            access_log_bucket=props.access_log_bucket,
            retain=self._retain,
        )
        if props.hosted_zone_id:
            address_record(self, balancer.resource, domain=props.domain, hosted_zone_id=props.hosted_zone_id)
        Firewall(
            self,
            "firewall",
            name=props.name,
            load_balancer_arn=balancer.resource.arn,
            requests_per_address=props.requests_per_address,
            captcha_on_sign_up=props.captcha_on_sign_up,
            managed_rules=props.managed_rules,
        )
        return balancer

    def _state_table(self) -> str:
        if self.props.state_table:
            return self.props.state_table
        name = f"{self.props.name}-state"
        StateTable(self, "state_table", name=name, is_protected=self._retain)
        return name

    def _monitoring(self) -> Alarms:
        name = self.props.name
        declare_dashboard(
            self,
            name=name,
            region=self._region,
            load_balancer=self._balancer,
            table=self._table,
            user_pool_id=self.props.user_pool_id,
        )
        return Alarms(
            self,
            "alarms",
            name=name,
            log_group=self._log.name,
            load_balancer=self._balancer,
            mail=self.props.alarm_mail,
            min_tasks=self.props.min_tasks if self.props.image_digest else None,
        )

    def _tasks(self, alarms: Alarms) -> None:
        props = self.props
        insights = aws.EcsClusterSetting(name="containerInsights", value="enabled")
        cluster = aws.EcsCluster(self, "cluster", name=props.name, setting=[insights])
        secrets = {**self._secrets.arns, **props.secret_settings}
        roles = Roles(
            self,
            "roles",
            name=props.name,
            repository_arn=self._repository.arn,
            log_group_arn=self._log.arn,
            secret_arns=list(secrets.values()),
            task_statements=list(statements(props, partition=self._partition, region=self._region, table=self._table)),
        )
        settings = self._settings()
        if props.image_digest is None:
            return
        task = task_definition(
            self,
            props,
            roles,
            image=f"{self._repository.repository_url}@{props.image_digest}",
            settings=settings,
            secrets=secrets,
            log={
                "awslogs-group": self._log.name,
                "awslogs-region": self._region,
                "awslogs-stream-prefix": "api",
            },
        )
        Service(
            self,
            "service",
            props=props,
            cluster=cluster,
            task=task,
            load_balancer=self._balancer,
            subnets=self._subnets,
            security_group_id=self._groups.tasks.id,
            alarm_names=alarms.of_deployments,
            needs=[*roles.policies, *self._groups.rules, *self._subnets.ways_out],
        )

    def _settings(self) -> dict[str, str]:
        """Return the API's settings without secrets."""
        settings = {
            "AWS_REGION": self._region,
            "STATE_STORE": f"dynamodb://{self._table}",
            # The load balancer's addresses are in the network, and its group alone reaches the tasks.
            "TRUSTED_PROXIES": self._subnets.cidr,
        }
        if self.props.valkey_node_type and self._groups.valkey:
            valkey = Valkey(
                self,
                "valkey",
                name=self.props.name,
                node_type=self.props.valkey_node_type,
                subnet_ids=self._subnets.tasks,
                security_group_id=self._groups.valkey.id,
            )
            settings["RATE_LIMIT_STORAGE"] = valkey.url
        return settings | self.props.settings

    def _close_pool(self) -> None:
        networks = tuple(self._subnets.outgoing_addresses)
        acl = AdmittedAddresses(self, "admitted", name=f"{self.props.name}-pool", networks=networks)
        account = aws.DataAwsCallerIdentity(self, "account").account_id
        pool = f"arn:{self._partition}:cognito-idp:{self._region}:{account}:userpool/{self.props.user_pool_id}"
        WebAcl(self, "pool_web_acl", user_pool_arn=pool, web_acl_arn=acl.resource.arn)

    def _outputs(self, alarms: Alarms) -> None:
        values = {
            "api_url": f"https://{self.props.domain}",
            "load_balancer_dns_name": self._balancer.resource.dns_name,
            "image_repository_url": self._repository.repository_url,
            "cluster_name": self.props.name,
            "service_name": self.props.name if self.props.image_digest else None,
            "alarm_topic_arn": alarms.topic.arn,
            "outgoing_addresses": self._subnets.outgoing_addresses,
            **{f"{name.lower()}_secret_arn": arn for name, arn in self._secrets.arns.items()},
            "aws_region": self._region,
        }
        for name, value in values.items():
            if value is not None:
                TerraformOutput(self, name, value=value)
