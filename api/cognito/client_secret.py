"""Client secret: given directly, or stored by AWS under an ARN and read every minute, so that it can rotate.

During a rotation (``api.rotate``) Cognito accepts both secrets of the client, so no request is rejected before the next
read.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Literal, NamedTuple

from api.errors import ConfigurationError
from api.kit.placeholders import is_placeholder

logger = logging.getLogger(__name__)


class Place(NamedTuple):
    """Location of a secret at AWS: the service, its region, and the identifier of the secret in that service."""

    service: Literal["secretsmanager", "ssm"]
    region: str
    name: str


class ClientSecret:
    """The current client secret; its ``repr`` does not show it."""

    def __init__(self, value: str, read: Callable[[], str] | None = None) -> None:
        """Start with ``value``; ``read`` returns the current value, and may block."""
        self.value = value
        self._read = read
        self._read_at = monotonic()

    @property
    def age(self) -> float:
        """Seconds since the secret was read; 0 for one that was given, and is not read again."""
        return monotonic() - self._read_at if self._read else 0.0

    @asynccontextmanager
    async def following(self, seconds: float) -> AsyncGenerator[None]:
        """Read the secret again every ``seconds`` for as long as the context lasts."""
        if self._read is None:
            yield
            return
        task = asyncio.create_task(self._follow(self._read, seconds))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _follow(self, read: Callable[[], str], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                value = await asyncio.to_thread(read)
            except Exception as error:  # noqa: BLE001 - on any error the last value stays in use
                logger.warning("%s", error if isinstance(error, ConfigurationError) else type(error).__name__)
                continue
            self._read_at = monotonic()
            if value != self.value:
                logger.info("the client secret has been rotated")
                self.value = value


def reader(arn: str) -> Callable[[], str]:
    """Return a function that reads the secret at ``arn`` from Secrets Manager or Parameter Store.

    Raises ``ConfigurationError`` for any other ARN; the function raises it when the secret cannot be read.
    """
    place = place_of(arn)
    if place.service == "ssm":
        return lambda: _ask(arn, place, lambda client: _parameter_value(client, place.name))
    return lambda: _ask(arn, place, lambda client: client.get_secret_value(SecretId=place.name)["SecretString"])


def place_of(arn: str) -> Place:
    """Return the location of the secret at ``arn``; raise ``ConfigurationError`` for the ARN of anything else."""
    match arn.split(":", 5):
        case ["arn", _, "secretsmanager", region, _, _]:
            return Place("secretsmanager", region, arn)
        case ["arn", _, "ssm", region, _, name] if name.startswith("parameter/"):
            return Place("ssm", region, name.removeprefix("parameter"))
        case _:
            message = f"The client secret cannot be read at {arn!r}; set the ARN of a secret or of an SSM parameter."
            raise ConfigurationError(message)


def aws_client(service: str, region: str) -> Any:  # noqa: ANN401 - botocore generates the class
    """Return a client with this process's own AWS credentials and short time-outs."""
    import boto3  # noqa: PLC0415 - 28 MB that most deployments never need
    from botocore.config import Config  # noqa: PLC0415 - as above

    config = Config(retries={"total_max_attempts": 3}, connect_timeout=2, read_timeout=3)
    return boto3.Session().client(service, region_name=region, config=config)  # pyright: ignore[reportUnknownMemberType, reportCallIssue, reportArgumentType, reportUnknownVariableType] - only the stubs of some services are installed


def _ask(arn: str, place: Place, question: Callable[[Any], str]) -> str:
    from botocore import exceptions  # noqa: PLC0415 - as above

    try:
        value = question(aws_client(place.service, place.region))
    except exceptions.ClientError as error:
        reason = error.response.get("Error", {}).get("Code", "an error")
    except exceptions.BotoCoreError as error:
        reason = type(error).__name__
    else:
        if value.strip() and not is_placeholder(value):
            return value.strip()
        reason = "it is empty, or a placeholder"
    message = (
        f"The client secret cannot be read at {arn} ({reason}). The API's role needs the policy that "
        "`python -m api.iam` prints and, if the secret has its own KMS key, permission to use that key."
    )
    raise ConfigurationError(message)


def _parameter_value(client: Any, name: str) -> str:  # noqa: ANN401 - botocore's own
    return client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
