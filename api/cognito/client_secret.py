"""The client secret: given, or kept by AWS and named by its ARN, and then read every minute, so that it can rotate.

Both of a client's two secrets count at Cognito while one takes the place of the other (``api.rotate``), so no request
is refused in that minute.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, NamedTuple

from api.errors import ConfigurationError

logger = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where AWS keeps a secret: the service, its region, and what the service knows the secret by."""

    service: Literal["secretsmanager", "ssm"]
    region: str
    name: str


class ClientSecret:
    """The secret as it is now; its text is shown nowhere."""

    def __init__(self, value: str, read: Callable[[], str] | None = None) -> None:
        """Begin with ``value``; ``read`` returns what it has become, and may block."""
        self.value = value
        self._read = read

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
            except Exception as error:  # noqa: BLE001 - whatever it is, the last one goes on to count
                logger.warning("%s", error if isinstance(error, ConfigurationError) else type(error).__name__)
                continue
            if value != self.value:
                logger.info("the client secret has been exchanged")
                self.value = value


def reader(arn: str) -> Callable[[], str]:
    """Return what reads the secret at ``arn``: of Secrets Manager, or of Parameter Store.

    Raises ``ConfigurationError`` for another ARN, as the reader does when there is no secret to be had.
    """
    place = place_of(arn)
    if place.service == "ssm":
        return lambda: _ask(arn, place, lambda client: _parameter_value(client, place.name))
    return lambda: _ask(arn, place, lambda client: client.get_secret_value(SecretId=place.name)["SecretString"])


def place_of(arn: str) -> Place:
    """Return where ``arn`` keeps a secret; raise ``ConfigurationError`` for the ARN of something else."""
    match arn.split(":", 5):
        case ["arn", _, "secretsmanager", region, _, _]:
            return Place("secretsmanager", region, arn)
        case ["arn", _, "ssm", region, _, name] if name.startswith("parameter/"):
            return Place("ssm", region, name.removeprefix("parameter"))
        case _:
            message = f"The client secret cannot be read at {arn!r}; give the ARN of a secret, or of an SSM parameter."
            raise ConfigurationError(message)


def aws_client(service: str, region: str) -> Any:  # noqa: ANN401 - botocore makes the class
    """Return a client that signs with this process's own credentials, and gives up soon."""
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
        if value.strip():
            return value.strip()
        reason = "it is empty"
    message = (
        f"The client secret cannot be read at {arn} ({reason}). The API's role needs what `python -m api.iam` prints, "
        "and the key's use where the secret has a key of its own."
    )
    raise ConfigurationError(message)


def _parameter_value(client: Any, name: str) -> str:  # noqa: ANN401 - botocore's own
    return client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
