"""Actions that a deploy of the hosting stack needs, by type of resource; see ``stacks.iam``."""

Actions = tuple[str, tuple[str, ...]]


def _ec2(*names: str) -> Actions:
    return "ec2", (*names, "CreateTags", "DeleteTags", "DescribeTags")


def _elb(*names: str) -> Actions:
    return "elasticloadbalancing", (*names, "AddTags", "RemoveTags", "DescribeTags")


TAGS = ("ListTagsForResource", "TagResource", "UntagResource")

ACTIONS: dict[str, Actions] = {
    "aws_acm_certificate": (
        "acm",
        (
            "AddTagsToCertificate",
            "DeleteCertificate",
            "DescribeCertificate",
            "ListTagsForCertificate",
            "RemoveTagsFromCertificate",
            "RequestCertificate",
        ),
    ),
    "aws_acm_certificate_validation": ("acm", ("DescribeCertificate",)),
    "aws_appautoscaling_policy": (
        "application-autoscaling",
        ("DeleteScalingPolicy", "DescribeScalingPolicies", "PutScalingPolicy"),
    ),
    "aws_appautoscaling_target": (
        "application-autoscaling",
        ("DeregisterScalableTarget", "DescribeScalableTargets", "RegisterScalableTarget", *TAGS),
    ),
    "aws_cloudwatch_dashboard": ("cloudwatch", ("DeleteDashboards", "GetDashboard", "PutDashboard")),
    "aws_cloudwatch_log_group": (
        "logs",
        ("CreateLogGroup", "DeleteLogGroup", "DescribeLogGroups", "PutRetentionPolicy", *TAGS),
    ),
    "aws_cloudwatch_log_metric_filter": (
        "logs",
        ("DeleteMetricFilter", "DescribeMetricFilters", "PutMetricFilter"),
    ),
    "aws_cloudwatch_metric_alarm": ("cloudwatch", ("DeleteAlarms", "DescribeAlarms", "PutMetricAlarm", *TAGS)),
    "aws_default_security_group": _ec2(
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "DescribeSecurityGroups",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
    ),
    "aws_ecr_lifecycle_policy": ("ecr", ("DeleteLifecyclePolicy", "GetLifecyclePolicy", "PutLifecyclePolicy")),
    "aws_ecr_repository": (
        "ecr",
        (
            "CreateRepository",
            "DeleteRepository",
            "DescribeRepositories",
            "PutImageScanningConfiguration",
            "PutImageTagMutability",
            *TAGS,
        ),
    ),
    "aws_ecs_cluster": (
        "ecs",
        (
            "CreateCluster",
            "DeleteCluster",
            "DescribeClusters",
            "PutClusterCapacityProviders",
            "UpdateCluster",
            *TAGS,
        ),
    ),
    "aws_ecs_service": (
        "ecs",
        (
            "CreateService",
            "DeleteService",
            "DescribeServices",
            "DescribeServiceDeployments",
            "ListServiceDeployments",
            "UpdateService",
            *TAGS,
        ),
    ),
    "aws_ecs_task_definition": (
        "ecs",
        ("DeregisterTaskDefinition", "DescribeTaskDefinition", "RegisterTaskDefinition", *TAGS),
    ),
    "aws_eip": _ec2("AllocateAddress", "DescribeAddresses", "DescribeAddressesAttribute", "ReleaseAddress"),
    "aws_elasticache_replication_group": (
        "elasticache",
        (
            "AddTagsToResource",
            "CreateReplicationGroup",
            "DeleteReplicationGroup",
            "DescribeCacheClusters",
            "DescribeReplicationGroups",
            "ListTagsForResource",
            "ModifyReplicationGroup",
            "RemoveTagsFromResource",
        ),
    ),
    "aws_elasticache_subnet_group": (
        "elasticache",
        (
            "AddTagsToResource",
            "CreateCacheSubnetGroup",
            "DeleteCacheSubnetGroup",
            "DescribeCacheSubnetGroups",
            "ListTagsForResource",
            "ModifyCacheSubnetGroup",
        ),
    ),
    "aws_iam_role": (
        "iam",
        (
            "CreateRole",
            "DeleteRole",
            "GetRole",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "ListRolePolicies",
            "PassRole",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
        ),
    ),
    "aws_iam_role_policy": ("iam", ("DeleteRolePolicy", "GetRolePolicy", "PutRolePolicy")),
    "aws_internet_gateway": _ec2(
        "AttachInternetGateway",
        "CreateInternetGateway",
        "DeleteInternetGateway",
        "DescribeInternetGateways",
        "DetachInternetGateway",
    ),
    "aws_lb": _elb(
        "CreateLoadBalancer",
        "DeleteLoadBalancer",
        "DescribeCapacityReservation",
        "DescribeLoadBalancerAttributes",
        "DescribeLoadBalancers",
        "ModifyLoadBalancerAttributes",
        "SetSecurityGroups",
        "SetSubnets",
    ),
    "aws_lb_listener": _elb(
        "CreateListener",
        "DeleteListener",
        "DescribeListenerAttributes",
        "DescribeListeners",
        "ModifyListener",
    ),
    "aws_lb_target_group": _elb(
        "CreateTargetGroup",
        "DeleteTargetGroup",
        "DescribeTargetGroupAttributes",
        "DescribeTargetGroups",
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
    ),
    "aws_nat_gateway": _ec2("CreateNatGateway", "DeleteNatGateway", "DescribeNatGateways"),
    "aws_route": _ec2("CreateRoute", "DeleteRoute", "DescribeRouteTables", "ReplaceRoute"),
    "aws_route53_record": (
        "route53",
        ("ChangeResourceRecordSets", "GetChange", "GetHostedZone", "ListResourceRecordSets"),
    ),
    "aws_route_table": _ec2("CreateRouteTable", "DeleteRouteTable", "DescribeRouteTables"),
    "aws_route_table_association": _ec2(
        "AssociateRouteTable", "DescribeRouteTables", "DisassociateRouteTable", "ReplaceRouteTableAssociation"
    ),
    "aws_security_group": _ec2(
        "CreateSecurityGroup", "DeleteSecurityGroup", "DescribeNetworkInterfaces", "DescribeSecurityGroups"
    ),
    "aws_security_group_rule": _ec2(
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "DescribeSecurityGroupRules",
        "DescribeSecurityGroups",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
    ),
    "aws_sns_topic": ("sns", ("CreateTopic", "DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", *TAGS)),
    "aws_sns_topic_subscription": ("sns", ("GetSubscriptionAttributes", "Subscribe", "Unsubscribe")),
    "aws_subnet": _ec2(
        "CreateSubnet", "DeleteSubnet", "DescribeNetworkInterfaces", "DescribeSubnets", "ModifySubnetAttribute"
    ),
    "aws_vpc": _ec2(
        "CreateVpc",
        "DeleteVpc",
        "DescribeNetworkAcls",
        "DescribeRouteTables",
        "DescribeSecurityGroups",
        "DescribeVpcAttribute",
        "DescribeVpcs",
        "ModifyVpcAttribute",
    ),
    "aws_vpc_endpoint": _ec2(
        "CreateVpcEndpoint", "DeleteVpcEndpoints", "DescribePrefixLists", "DescribeVpcEndpoints", "ModifyVpcEndpoint"
    ),
}
# What the services need of others: their own roles, and the load balancer's web ACL.
MORE = {
    "aws_appautoscaling_target": ("iam:CreateServiceLinkedRole", "ecs:DescribeServices", "ecs:UpdateService"),
    "aws_ecs_cluster": ("iam:CreateServiceLinkedRole",),
    "aws_elasticache_replication_group": ("iam:CreateServiceLinkedRole",),
    "aws_lb": (
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "elasticloadbalancing:SetWebACL",
        "iam:CreateServiceLinkedRole",
    ),
}
DELETES = ("DeleteLogGroup", "DeleteRepository", "DeleteLoadBalancer", "ReleaseAddress")
