"""``environments/NAME.toml``: the committed values of one environment. It contains no secret.

=============  =====================================================================================
``product``    name of the product, where several share an account or a state bucket
``state``      bucket, region and KMS key of Terraform's state
``variables``  values of the Terraform variables
``stack``      arguments of the stack (``AuthStackProps``)
``hosting``    arguments of the hosting stack (``HostingProps``), where HOSTING=fargate selects it
=============  =====================================================================================

Environment variables (``STATE_BUCKET``, ``TF_VAR_name``, ...) take precedence, for trials.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from stacks.props import Props, explain, matching
from stacks.state import S3State

DIRECTORY = Path("environments")
DEV = "dev"
Product = Annotated[
    str, matching(r"[a-z][a-z0-9-]{0,30}[a-z0-9]", "2 to 32 characters out of a-z, 0-9 and hyphens inside")
]


class InvalidSettingError(ValueError):
    """A value of an environment is missing or invalid; the message says what is allowed."""


class EnvironmentFile(Props):
    """The content of the file; both stacks' parts are validated later, with what the environment variables add."""

    product: Product | None = None
    state: S3State | None = None
    variables: dict[str, Any] = Field(default_factory=dict)
    stack: dict[str, Any] = Field(default_factory=dict)
    hosting: dict[str, Any] = Field(default_factory=dict)


def path_of(name: str) -> Path:
    """Return the path of the file of the environment ``name``, in the current directory."""
    return DIRECTORY / f"{name}.toml"


def read(name: str) -> EnvironmentFile:
    """Return the values of the environment ``name``; raise ``InvalidSettingError`` when they cannot be used."""
    path = path_of(name)
    known = sorted({DEV, *(file.stem for file in DIRECTORY.glob("*.toml"))})
    if name not in known:
        message = f"ENVIRONMENT = {name!r}, and there is no {path}; allowed: {', '.join(known)}, and bootstrap."
        raise InvalidSettingError(message)
    try:
        return EnvironmentFile.model_validate(tomllib.loads(path.read_text()) if path.exists() else {})
    except tomllib.TOMLDecodeError as error:
        message = f"{path} is not TOML: {error}."
        raise InvalidSettingError(message) from None
    except ValidationError as error:
        message = f"{path}: {explain(error)}"
        raise InvalidSettingError(message) from None


def arguments(file: EnvironmentFile) -> dict[str, Any]:
    """Return the arguments of the stack: those of the file, overridden by the environment variables.

    Raises ``InvalidSettingError`` for the former name of the state table.
    """
    for old, new in (("REVOCATION_TABLE", "STATE_TABLE"), ("revocation_table", "state_table")):
        if old in os.environ or old in file.stack:
            message = f"{old} is now {new}: the same table, which holds all of the API's state. Rename it."
            raise InvalidSettingError(message)
    given: dict[str, Any] = {
        "removal_policy": os.environ.get("USER_POOL_REMOVAL_POLICY"),
        "state_table": os.environ.get("STATE_TABLE"),
        "client_secret_store": _secret_store(),
        "adopt": _adoption(),
    }
    return file.stack | {name: value for name, value in given.items() if value}


def _secret_store() -> dict[str, str] | None:
    """Parse ``CLIENT_SECRET_STORE``: ``secretsmanager:NAME`` or ``ssm:/NAME``; the name may be left out."""
    service, _, name = os.environ.get("CLIENT_SECRET_STORE", "").partition(":")
    if not service:
        return None
    return {"service": service, **({"name": name} if name else {})}


def _adoption() -> dict[str, str] | None:
    names = {"user_pool_id": "ADOPT_USER_POOL_ID", "client_id": "ADOPT_CLIENT_ID"}
    found = {field: os.environ[name] for field, name in names.items() if os.environ.get(name)}
    return found or None
