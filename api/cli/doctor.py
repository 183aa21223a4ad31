"""``python -m api.doctor``: report what a deployment lacks for the API, and what is weaker than the defaults.

It reads the outputs and, with AWS credentials (``cognito-idp:DescribeUserPool``, ``GetUserPoolMfaConfig`` and
``DescribeUserPoolClient``), the live pool and client. It changes nothing, and exits with 1 when something is missing
or cannot be read.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from api.cli.doctor_checks import CHECKS, Level, Live
from api.cognito.client_secret import aws_client, reader
from api.config.settings import Settings
from api.errors import ConfigurationError


@dataclass(frozen=True)
class Line:
    """One line of the report."""

    level: Level
    text: str


def examine(live: Live) -> Iterator[Line]:
    """Yield a line for each check."""
    for check in CHECKS:
        holds = check.holds(live)
        yield Line("ok", check.name) if holds else Line(check.level, f"not met: {check.name}; to fix: {check.fix}")


def look(settings: Settings) -> Live:
    """Return the live pool and client; exceptions of botocore propagate."""
    stack = settings.stack_outputs
    cognito = aws_client("cognito-idp", settings.region)
    pool = {"UserPoolId": stack.cognito_user_pool_id}
    return Live(
        settings,
        cognito.describe_user_pool(**pool)["UserPool"],
        # Only this call returns the passkey settings.
        cognito.get_user_pool_mfa_config(**pool),
        cognito.describe_user_pool_client(**pool, ClientId=stack.cognito_user_pool_client_id)["UserPoolClient"],
    )


def main() -> int:
    """Print a line for each check; return 1 when something is missing or cannot be read."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - 28 MB, needed by this command only

    try:
        settings = Settings.load()
        _say(Line("ok", f"the outputs name the pool {settings.stack_outputs.cognito_user_pool_id}"))
        if arn := settings.stack_outputs.cognito_user_pool_client_secret_arn:
            reader(arn)()
            _say(Line("ok", "the client secret can be read at its ARN"))
        lines = list(examine(look(settings)))
    except ConfigurationError as error:
        _say(Line("missing", str(error)))
        return 1
    except (BotoCoreError, ClientError) as error:
        reason = type(error).__name__
        if isinstance(error, ClientError):
            reason = error.response.get("Error", {}).get("Code", reason)
        _say(Line("unknown", f"the live pool cannot be read ({reason}); use AWS credentials that can describe it"))
        return 1
    for line in lines:
        _say(line)
    return int(any(line.level == "missing" for line in lines))


def _say(line: Line) -> None:
    sys.stdout.write(f"{line.level:<8} {line.text}\n")
