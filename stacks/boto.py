"""Clients of AWS for the operator's commands, which look for, or write, what Terraform does not know."""

from collections.abc import Callable
from typing import Any

from stacks import terraform
from stacks.terraform import DeployError


def client(service: str, region: str) -> Any:  # noqa: ANN401 - boto3 has types for a few services only
    """Return boto3's client of ``service``."""
    import boto3  # noqa: PLC0415 - a deploy starts in a tenth of a second without it

    session: Any = boto3.Session(region_name=region)
    return session.client(service)


def exit_status(run: Callable[[], object]) -> int:
    """Run a command as ``stacks.terraform.exit_status`` does; what AWS refuses is one message, too."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    def explained() -> None:
        try:
            run()
        except (BotoCoreError, ClientError) as error:
            raise DeployError(str(error)) from None

    return terraform.exit_status(explained)
