"""What a destroy may do."""

from enum import StrEnum

from cdktf import TerraformResourceLifecycle


class RemovalPolicy(StrEnum):
    """What a destroy may do to what holds users' data; the two names are AWS CDK's."""

    RETAIN = "retain"
    DESTROY = "destroy"


def kept(retain: bool) -> TerraformResourceLifecycle | None:
    """Return the life cycle of a resource whose loss users would notice: with ``retain``, no plan may destroy it."""
    return TerraformResourceLifecycle(prevent_destroy=True) if retain else None
